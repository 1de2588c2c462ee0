"""Every member of a batch is a system of its own; sizes on both sides of the direct solution."""

import brainstate
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import saiunit as u

import gapjunction as gj
from gapjunction.coupling._iterations import (
    conjugate_gradients,
    stabilised_biconjugate_gradients,
)
from gapjunction.coupling._ohmic import Network as Ohmic
from gapjunction.coupling._ohmic import Problem, currents, solve_network
from gapjunction.coupling._solve import Settings
from gapjunction.kernels import Laplacian
from models import Network, Passive, gradient_and_difference, mv, simulate

METHODS = {True: conjugate_gradients, False: stabilised_biconjugate_gradients}


@pytest.mark.parametrize("symmetric", METHODS)
def test_members_of_a_batch_are_solved_each_by_itself(symmetric, x64):
    """Against NumPy; one member needs many steps, one is done at once, one is not finite."""
    rng = np.random.default_rng(0)
    size = 30
    matrices = []
    for spread in (1e4, 2.0):
        vectors = np.linalg.qr(rng.standard_normal((size, size)))[0]
        other = vectors if symmetric else vectors + 0.02 * rng.standard_normal((size, size))
        matrices.append(vectors @ np.diag(np.geomspace(1, spread, size)) @ other.T)
    A = np.stack([*matrices, np.eye(size), np.full((size, size), np.nan)])
    b = rng.standard_normal((4, size))
    b[2] = 0
    diagonal = np.abs(np.diagonal(A, axis1=1, axis2=2))

    def product(x):
        # In two parts, as two populations are.
        whole = jnp.einsum("bij,bj->bi", A, jnp.concatenate(x, axis=-1))
        return jnp.split(whole, [10], axis=-1), [2 * own for own in x]

    def parts(x):
        return jnp.split(jnp.asarray(x), [10], axis=-1)

    limit = 1e-11 * jnp.ones(4)
    found, beside = METHODS[symmetric](product, parts(b), parts(diagonal), limit, 3000, 1)
    found, beside = (np.concatenate(v, axis=-1) for v in (found, beside))
    np.testing.assert_allclose(beside[:3], 2 * found[:3], rtol=1e-9)
    for member in range(3):
        np.testing.assert_allclose(found[member], np.linalg.solve(A[member], b[member]), atol=1e-6)
    assert not np.isfinite(found[3]).all()


@pytest.mark.one_stack
@pytest.mark.parametrize("n", [8, 40])
@pytest.mark.parametrize("coupling", ["semi_implicit", "implicit"])
def test_a_trial_that_is_not_finite_leaves_the_others(n, coupling, x64):
    def run(members):
        cells = Passive(2 * n, V0=0 * u.mV)
        ring = gj.connectivity.ring()
        gap = gj.SymmetryGapJunction(cells, "V", ring, 50 * u.uS, coupling=coupling)
        net = Network([cells], [gap])
        brainstate.nn.init_all_states(net, batch_size=len(members))
        cells.V.value = jnp.asarray(members) * u.mV
        return mv(simulate(net, [0 * u.nA], 3)[0])

    members = np.random.default_rng(1).uniform(-80, 20, (3, 2 * n))
    want = run(members)
    poisoned = members.copy()
    poisoned[1, 0] = np.nan
    got = run(poisoned)
    np.testing.assert_allclose(got[:, [0, 2]], want[:, [0, 2]], rtol=1e-9)
    assert np.isnan(got[:, 1]).any()
    alone = np.concatenate([run(members[k : k + 1]) for k in range(3)], axis=1)
    np.testing.assert_allclose(want, alone, rtol=1e-9)


# With 32 cells the equations are solved directly, with 120 by iteration, where a fault once was.
@pytest.mark.parametrize("n", [pytest.param(16, marks=pytest.mark.slow), 60])
@pytest.mark.parametrize("symmetric", [True, False])
def test_two_populations_of_any_size_in_a_loop(n, symmetric, x64):
    """Against the linear system of one implicit step, written out; and the gradient."""
    rng = np.random.default_rng(2)
    start = rng.uniform(-80, 20, 2 * n)
    ids = np.unique(rng.integers(0, n, (2, 3 * n)), axis=1)
    g = rng.uniform(10, 40, (ids.shape[1], 2))
    if symmetric:
        g[:, 1] = g[:, 0]

    def final(scale):
        a, b = (Passive(n, V0=part * u.mV) for part in (start[:n], start[n:]))
        weight = scale * jnp.asarray(g)
        if symmetric:
            gap = gj.SymmetryGapJunction(
                (a, b), "V", tuple(ids), weight[:, 0] * u.uS, brainstate.ShortTermState,
                coupling="implicit",
            )  # fmt: skip
        else:
            gap = gj.AsymmetryGapJunction(
                a, "V", b, "V", tuple(ids), weight * u.uS, brainstate.ShortTermState,
                coupling="implicit",
            )  # fmt: skip
        net = Network([a, b], [gap])
        brainstate.nn.init_all_states(net)
        V = simulate(net, [0 * u.nA] * 2, 2)
        return jnp.concatenate([v[-1].to_decimal(u.mV) for v in V])

    L = np.zeros((2 * n, 2 * n))
    for (i, j), (into_post, out_of_pre) in zip(ids.T, g, strict=True):
        L[n + j, [n + j, i]] += [into_post, -into_post]
        L[i, [i, n + j]] += [out_of_pre, -out_of_pre]
    want = np.linalg.matrix_power(np.linalg.inv(np.eye(2 * n) + 0.1 * L), 2) @ start
    np.testing.assert_allclose(brainstate.transform.jit(final)(1.0), want, atol=1e-6)
    weights = jnp.asarray(rng.standard_normal(2 * n))
    gradient, difference = gradient_and_difference(lambda s: final(s) @ weights, jnp.array(1.0))
    assert gradient == pytest.approx(difference, rel=1e-5)


@pytest.mark.parametrize("conn", ["random", "ring"])
@pytest.mark.parametrize("kappa", [0.01, 1e3])
def test_one_ohmic_network_is_solved_by_the_accelerator_alike(conn, kappa, precision):
    """Against the same system solved by functions of JAX, and against NumPy; derivatives too."""
    n, rng = 90, np.random.default_rng(4)
    pre, post = np.arange(n), (np.arange(n) + 1) % n
    if conn == "random":
        pre, post = np.unique(rng.integers(0, n, (2, 4 * n)), axis=1)
    start, g = rng.uniform(-80, 20, n), kappa * rng.uniform(1, 4)
    laplacian = Laplacian(pre.astype(np.int32), post.astype(np.int32), (n,))
    c, rho = jnp.asarray(start), jnp.asarray(rng.uniform(0, 0.2, n))
    c, rho = (x.astype(jnp.float64 if precision == 64 else jnp.float32) for x in (c, rho))
    settings = Settings(None, 2000, False, None)
    rows = Problem(laplacian.layout(()), laplacian.rows(()), settings)
    plain = rows.plain(jnp.asarray(g, c.dtype), c, rho)
    found = solve_network(Ohmic(laplacian, jnp.asarray(g)), c, rho, settings)
    L = np.zeros((n, n))
    for i, j in zip(pre, post, strict=True):
        if i != j:
            L[[i, j], [i, j]] += g
            L[[i, j], [j, i]] -= g
    c64, rho64 = np.asarray(c, float), np.asarray(rho, float)
    want = -np.linalg.solve(np.eye(n) + L * rho64, L @ c64)
    atol = (1e-10 if precision == 64 else 2e-5) * abs(want).max() * max(1, kappa / 10)
    np.testing.assert_allclose(found, want, rtol=0, atol=atol)
    np.testing.assert_allclose(plain, want, rtol=0, atol=atol)
    if precision == 64:
        weights = jnp.asarray(rng.standard_normal(n))

        def total(w):
            return currents(rows, w, c, rho) @ weights

        slope = jax.grad(total)(jnp.asarray(g))
        step = 1e-5 * g
        difference = (total(jnp.asarray(g + step)) - total(jnp.asarray(g - step))) / (2 * step)
        assert float(slope) == pytest.approx(float(difference), rel=1e-5)
        # What is not finite is not hidden, and too few steps are told.
        assert np.isnan(currents(rows, jnp.asarray(jnp.nan), c, rho)).all()
        few = Problem(rows.layout, rows.rows, Settings(1e-14, 1, False, None))
        assert np.isnan(currents(few, jnp.asarray(g), c, rho)).all()


def test_identical_cells_of_a_network_get_no_current(precision):
    laplacian = Laplacian(np.arange(99, dtype=np.int32), np.arange(1, 100, dtype=np.int32), (100,))
    settings = Settings(None, 2000, False, None)
    c = jnp.full(100, -61.3)
    found = solve_network(Ohmic(laplacian, jnp.asarray(7.0)), c, 0.1 + 0 * c, settings)
    assert (np.asarray(found) == 0).all()
