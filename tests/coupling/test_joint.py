"""Steps of populations whose units answer to the current of each other, solved without a matrix."""

import brainpy.state as bp
import brainstate
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import saiunit as u

import gapjunction as gj
from gapjunction.coupling import _front, _joint, _ohmic, _solve
from gapjunction.coupling._front import seats_of
from gapjunction.hosts import describe
from models import Network, Passive, mv

CELLS, PARTS, DT, AXIAL = 40, 4, 0.1, 5.0
# A cable of four compartments of different sizes.
C = np.array([3.0, 1.0, 0.5, 0.25])
CHAIN = AXIAL * (np.diag([1.0, 2, 2, 1]) - np.diag([1.0] * 3, 1) - np.diag([1.0] * 3, -1))


class Cables(bp.Neuron):
    """Cells of four compartments in a row, by an implicit step of Euler; currents in nA."""

    def __init__(self, n=CELLS):
        super().__init__((n, PARTS))

    def init_state(self, batch_size=None, **kwargs):
        shape = self.varshape if batch_size is None else (batch_size, *self.varshape)
        self.V = brainstate.HiddenState(jnp.full(shape, -65.0) * u.mV)

    def update(self, x=0.0 * u.nA):
        dt = brainstate.environ.get_dt().to_decimal(u.ms)
        current = self.sum_current_inputs(x, self.V.value).to_decimal(u.nA)
        right = C / dt * self.V.value.to_decimal(u.mV) + current
        matrix = jnp.diag(C / dt) + CHAIN
        self.V.value = jnp.linalg.solve(matrix, right[..., None])[..., 0] * u.mV


class Known(Cables):
    """The same, and it is known which compartments are of one cell."""


@describe.register
def _(cells: Known) -> gj.hosts.Host:
    return gj.hosts.Host(input_unit=u.nA, capacitance=C * u.nF, cell_axes=1, symmetric=True)


class Symmetric(Cables):
    """The same, of which only the symmetry is known: conjugate gradients apply the response."""


@describe.register
def _(cells: Symmetric) -> gj.hosts.Host:
    return gj.hosts.Host(input_unit=u.nA, capacitance=C * u.nF, symmetric=True)


def edges(n=CELLS, seed=0):
    """Random edges between compartments of different cells, three at each cell."""
    rng = np.random.default_rng(seed)
    pre, post = rng.permutation(n), rng.permutation(n)
    pairs = [(a, b) for a, b in zip(np.r_[pre, pre], np.r_[post, pre[::-1]], strict=True) if a != b]
    sites = rng.integers(0, PARTS, (len(pairs), 2))
    return np.array(pairs) * PARTS + sites


EDGES = edges()
# One compartment of each cell, and two of them, whose response is written out.
ONE = EDGES // PARTS * PARTS + (EDGES // PARTS * 7) % PARTS
TWO = EDGES // PARTS * PARTS + EDGES % 2 * 3
WHERE = {"one": ONE, "two": TWO, "any": EDGES}
START = np.random.default_rng(1).uniform(-80, 20, (CELLS, PARTS))


def truth(g, V0=START, pairs=EDGES, back=None, dt=DT):
    """The voltages after one implicit step of the whole, written out; conductances in uS."""
    n = V0.size
    matrix = np.kron(np.eye(n // PARTS), np.diag(C / dt) + CHAIN)
    g = np.broadcast_to(g, len(pairs))
    back = g if back is None else np.broadcast_to(back, len(pairs))
    for (i, j), out, into in zip(pairs, back, g, strict=True):
        matrix[i, i] += out
        matrix[i, j] -= out
        matrix[j, j] += into
        matrix[j, i] -= into
    return np.linalg.solve(matrix, (np.tile(C / dt, n // PARTS) * V0.ravel())).reshape(V0.shape)


def stepper(kind, coupling, batch=None, make=gj.SymmetryGapJunction, pairs=EDGES):
    """Return a compiled step from given voltages with given conductances, and the junction."""
    cells = kind()
    ends = (cells,) if make is gj.SymmetryGapJunction else (cells, "V", cells)
    weight = 1.0 if make is gj.SymmetryGapJunction else np.ones((len(EDGES), 2))
    gap = make(*ends, "V", pairs.T, weight * u.uS, coupling=coupling)
    cells.init_state(batch)

    @brainstate.transform.jit
    def step(V0, g):
        gap.weight.value, cells.V.value = g * u.uS, V0 * u.mV
        gap()
        cells()
        return cells.V.value.to_decimal(u.mV)

    return step, gap


@pytest.mark.parametrize("kind", [Cables, Symmetric, Known])
def test_step_is_that_of_the_whole(kind, x64):
    step, _ = stepper(kind, "implicit")
    for kappa in (1e-3, 1.0, 1e3, 1e5):
        g = kappa * C.min() / DT
        np.testing.assert_allclose(
            step(START, g), truth(g), rtol=0, atol=1e-9 * max(kappa, 1) ** 0.5
        )
    # Conductances of one network that differ by seven orders of magnitude.
    wide = 10.0 ** np.random.default_rng(2).uniform(-4, 3, len(EDGES))
    step, _ = stepper(kind, "implicit")
    np.testing.assert_allclose(step(START, wide), truth(wide), rtol=0, atol=1e-8)


@pytest.mark.parametrize("dense", [True, False])
@pytest.mark.parametrize("where", ["one", "two"])
def test_few_units_of_each_cell_are_solved_without_the_step(where, dense, x64, monkeypatch):
    """What is written out gives what the derivative of the step gives, and the whole matrix."""
    if not dense:
        for module in (_joint, _solve, _ohmic):
            monkeypatch.setattr(module, "DENSE", 0)
    pairs = WHERE[where]
    applied, _ = stepper(Symmetric, "implicit", pairs=pairs)
    written, _ = stepper(Known, "implicit", pairs=pairs)
    assert _front.seats_of(np.unique(pairs), START.shape, 1).shape[1] == (where == "two") + 1
    for g in (1e-3, 5.0, 1e4):
        found = written(START, g)
        np.testing.assert_allclose(found, truth(g, pairs=pairs), rtol=0, atol=1e-8)
        np.testing.assert_allclose(found, applied(START, g), rtol=0, atol=1e-8)


@pytest.mark.parametrize("kind", [Symmetric, Known])
def test_cells_that_are_alike_feel_nothing_and_charge_is_kept(kind, x64):
    step, _ = stepper(kind, "implicit")
    # Compartments of one cell differ by rounding: only those of the same number are alike.
    same, _ = stepper(
        kind, "implicit", pairs=EDGES // PARTS * PARTS + np.arange(len(EDGES))[:, None] % PARTS
    )
    alike = np.full_like(START, -61.3)
    np.testing.assert_array_equal(same(alike, 1e4), same(alike, 0.0))
    after = np.asarray(step(START, 50.0))
    charge = (C * START).sum()
    np.testing.assert_allclose((C * after).sum(), charge, rtol=1e-14)


@pytest.mark.parametrize("where", ["one", "any"])
def test_two_conductances_per_edge(where, x64):
    pairs = WHERE[where]
    step, _ = stepper(Known, "implicit", make=gj.AsymmetryGapJunction, pairs=pairs)
    g = np.random.default_rng(3).uniform(0, 20, (len(EDGES), 2))
    want = truth(g[:, 0], pairs=pairs, back=g[:, 1])
    np.testing.assert_allclose(step(START, g), want, atol=1e-8)


@pytest.mark.parametrize(("kind", "where"), [(Symmetric, "any"), (Known, "any"), (Known, "one")])
def test_members_of_a_batch_are_solved_by_themselves(kind, where, x64):
    pairs = WHERE[where]
    step, _ = stepper(kind, "implicit", batch=3, pairs=pairs)
    V0 = np.stack([START, np.full_like(START, np.nan), START[::-1]])
    found = np.asarray(step(V0, 100.0))
    np.testing.assert_allclose(found[0], truth(100.0, pairs=pairs), atol=1e-8)
    np.testing.assert_allclose(found[2], truth(100.0, START[::-1], pairs), atol=1e-8)
    assert np.isnan(found[1]).all()


@pytest.mark.parametrize("kind", [Symmetric, Known])
def test_too_few_iterations_are_not_taken_for_a_solution(kind, x64):
    step, _ = stepper(kind, gj.Implicit(max_steps=1))
    assert np.isnan(np.asarray(step(START, 100.0))).any()


def test_many_units_without_symmetry_are_iterated(x64, monkeypatch):
    monkeypatch.setattr(_joint, "_MOST_DIRECT", 0)
    step, _ = stepper(Cables, "implicit")
    for g in (1e-2, 5.0):
        np.testing.assert_allclose(step(START, g), truth(g), atol=1e-8)
    assert not np.isfinite(np.asarray(step(START, np.nan))).all()


def test_failure_is_an_error_where_that_is_asked_for(x64):
    step, _ = stepper(Known, gj.Implicit(max_steps=1, check=True))
    with pytest.raises(Exception, match="has not converged"):
        jax.block_until_ready(step(START, 100.0))


@pytest.mark.one_stack
@pytest.mark.parametrize(
    ("kind", "where"), [(Cables, "any"), (Symmetric, "any"), (Known, "any"), (Known, "one")]
)
def test_derivatives_are_those_of_the_equations(kind, where, x64):
    pairs = WHERE[where]
    step, _ = stepper(kind, "implicit", pairs=pairs)
    direction = np.random.default_rng(4).standard_normal(START.shape)
    g = np.random.default_rng(5).uniform(1, 50, len(EDGES))

    def loss(V0, g):
        return (step(V0, g) * direction).sum()

    gradient = brainstate.transform.jit(brainstate.transform.grad(loss, argnums=(0, 1)))
    by_V, by_g = gradient(jnp.asarray(START), jnp.asarray(g))
    h = 1e-5
    for k in (0, 7, 33):
        shift = h * np.eye(len(EDGES))[k]
        apart = truth(g + shift, pairs=pairs) - truth(g - shift, pairs=pairs)
        want = (apart * direction).sum() / (2 * h)
        assert by_g[k] == pytest.approx(want, rel=1e-5, abs=1e-6)
    shift = np.zeros_like(START)
    shift[3, 2] = 1.0
    apart = truth(g, START + shift, pairs) - truth(g, START - shift, pairs)
    assert by_V[3, 2] == pytest.approx((apart * direction).sum() / 2, rel=1e-7)
    # The same derivative in the other direction of the chain rule.
    change = jnp.asarray(np.random.default_rng(6).standard_normal(len(EDGES)))
    forward = brainstate.transform.jit(
        brainstate.transform.jacfwd(lambda t: loss(jnp.asarray(START), g + t * change))
    )
    assert float(forward(jnp.asarray(0.0))) == pytest.approx(float((by_g * change).sum()), rel=1e-9)


@pytest.mark.parametrize(
    ("kind", "where"), [(Cables, "any"), (Known, "any"), (Known, "one"), (Known, "two")]
)
def test_semi_implicit_steps_are_those_of_each_cell_with_its_neighbours_at_rest(kind, where, x64):
    pairs = WHERE[where]
    step, _ = stepper(kind, "semi_implicit", pairs=pairs)
    for g in (0.1, 1e4):
        matrix = np.kron(np.eye(CELLS), np.diag(C / DT) + CHAIN)
        right = np.tile(C / DT, CELLS) * START.ravel()
        for i, j in pairs:
            for own, other in ((i, j), (j, i)):
                matrix[own, own] += g
                right[own] += g * START.ravel()[other]
        want = np.linalg.solve(matrix, right).reshape(START.shape)
        np.testing.assert_allclose(step(START, g), want, atol=1e-8)


def test_point_neurons_and_cables_are_one_system(x64):
    cells, points = Known(), Passive(CELLS, 1 * u.nF, V0=-20 * u.mV)
    target = np.arange(CELLS) * PARTS + 2
    gap = gj.SymmetryGapJunction(
        (cells, points), "V", (target, np.arange(CELLS)), 30 * u.uS, coupling="implicit"
    )
    net = Network([cells, points], [gap])
    brainstate.nn.init_all_states(net)
    cells.V.value = START * u.mV
    a, b = net.update(*[0 * u.nA] * 2)
    for k in (0, 17):
        # Without a leak, the point neuron's own step is linear as well.
        matrix = np.zeros((PARTS + 1, PARTS + 1))
        matrix[:PARTS, :PARTS] = np.diag(C / DT) + CHAIN
        matrix[PARTS, PARTS] = 1 / DT
        matrix[[2, PARTS], [2, PARTS]] += 30
        matrix[[2, PARTS], [PARTS, 2]] -= 30
        want = np.linalg.solve(matrix, [*C / DT * START[k], -20 / DT])
        np.testing.assert_allclose([*mv(a)[k], mv(b)[k]], want, atol=1e-8)


def test_seats_tell_the_units_of_each_cell():
    found = seats_of(np.array([1, 2, 8]), (3, 4), 1)
    np.testing.assert_array_equal(found[found < 12], [1, 2, 8])
    assert found.shape == (2, 2)
    assert len(np.unique(found)) == 4
    assert seats_of(np.array([1, 2, 8]), (3, 4), None).shape == (1, 3)
