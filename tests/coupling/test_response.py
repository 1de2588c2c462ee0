"""How populations answer to current: which answers are told apart, and both kinds solved."""

import brainpy.state as bp
import brainstate
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import saiunit as u

import gapjunction as gj
from gapjunction.coupling._front import Front
from gapjunction.coupling._response import answer_of, works_elementwise
from models import Network, Passive, mv, simulate

ONES = jnp.ones(4)


@pytest.mark.parametrize(
    "function",
    [
        lambda x: 2 * x - x / 3,
        lambda x: jnp.where(jnp.arange(4) > 1, x, 0),
        lambda x: jax.jit(lambda y: -y)(x),
        lambda x: x[:, None].astype(jnp.float32).reshape(4) + x,
        lambda x: jax.lax.fori_loop(0, 3, lambda i, y: 0.5 * y + x, x),
        lambda x: jax.lax.scan(lambda y, _: (2 * y + x, None), x, None, length=2)[0],
        lambda x: jax.lax.scan(lambda y, a: (a * y, None), x, jnp.arange(3.0))[0],
        lambda x: jax.lax.cond(jnp.ones(()) > 0, lambda y: y, lambda y: 2 * y, x),
        lambda x: jnp.zeros(4) + 0 * x,
    ],
)
def test_elementwise_programs_are_recognised(function):
    assert works_elementwise(function, ONES)


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x - x.mean(),
        lambda x: x[::-1],
        lambda x: jnp.roll(x, 1),
        lambda x: x.reshape(2, 2).T.reshape(4),
        lambda x: jnp.eye(4) @ x,
        lambda x: jnp.cumsum(x),
        lambda x: x.at[0].add(x[1]),
        lambda x: jax.jit(lambda y: y.sum() * ONES)(x),
        lambda x: jax.lax.fori_loop(0, 3, lambda i, y: jnp.roll(y, 1), x),
        lambda x: jax.lax.scan(lambda y, a: (y + a, None), ONES, x[:, None] * ONES)[0],
        lambda x: jax.lax.scan(lambda y, _: (y, y), x, None, length=2)[1].sum(0),
    ],
)
def test_programs_that_join_elements_are_recognised(function):
    assert not works_elementwise(function, ONES)


@pytest.mark.parametrize(
    "matrix", [np.diag([2.0, 3.0]), np.array([[2.0, 1.0], [1.0, 3.0]])], ids=["alone", "joined"]
)
def test_voltages_are_those_at_which_junctions_take_their_current(matrix):
    """The step ends at free + M I, and junctions see start + point (end - start)."""
    start, free, current = np.array([[-70.0, -60.0], [-65.0, -40.0], [1.0, -2.0]])
    alone = matrix[0, 1] == 0
    M = matrix.diagonal() if alone else matrix
    tangent = (lambda x: M * x) if alone else (lambda x: M @ x)
    middle = answer_of(free, tangent, start, 0.5, 0)
    for answer, point in ((middle, 0.5), (middle.at(None), 0.5), (middle.at(1.0), 1.0)):
        np.testing.assert_allclose(answer.c, start + point * (free - start))
        np.testing.assert_allclose(answer.apply(current), point * matrix @ current)
        np.testing.assert_allclose(Front.whole(answer).end, free)
        assert answer.point == point
        if alone:
            np.testing.assert_allclose(answer.rho, point * M)
        else:
            assert answer.rho is None


class Compartments(bp.Neuron):
    """Cells of two compartments each, which an axial conductance joins; an implicit Euler step."""

    def __init__(self, n, axial, V0):
        super().__init__(2 * n)
        self.C, self.V0 = 1.0 * u.nF, V0
        inner = np.kron(np.eye(n), [[1.0, -1.0], [-1.0, 1.0]]) * axial
        self.inner = inner

    def init_state(self, batch_size=None, **kwargs):
        shape = self.varshape if batch_size is None else (batch_size, *self.varshape)
        self.V = brainstate.HiddenState(jnp.broadcast_to(jnp.asarray(self.V0), shape) * u.mV)

    def update(self, x=0.0 * u.nA):
        dt = brainstate.environ.get_dt().to_decimal(u.ms)
        current = self.sum_current_inputs(x, self.V.value).to_decimal(u.nA)
        right = self.V.value.to_decimal(u.mV) + dt * current
        matrix = jnp.eye(len(self.inner)) + dt * self.inner
        self.V.value = jnp.linalg.solve(matrix, right[..., None])[..., 0] * u.mV
        return self.V.value


def junction(cells, g, coupling):
    return gj.SymmetryGapJunction(cells, "V", ([1, 3], [2, 4]), g * u.uS, coupling=coupling)


@pytest.mark.parametrize(
    ("kappa", "transform"), [(1e-2, "for_loop"), (1.0, "eager"), (1e2, "eager"), (1e4, "for_loop")]
)
def test_compartments_of_one_cell_are_solved_as_one_system(kappa, transform, x64):
    """One implicit Euler step of the whole, written out, is the truth."""
    V0, dt = np.array([-80.0, -75.0, -40.0, -45.0, -60.0, -20.0]), 0.1
    g = kappa / dt
    cells = Compartments(3, 5.0, V0)
    net = Network([cells], [junction(cells, g, "implicit")])
    brainstate.nn.init_all_states(net)
    outer = np.zeros((6, 6))
    for i, j in ((1, 2), (3, 4)):
        outer[[i, j], [i, j]] += g
        outer[[i, j], [j, i]] -= g
    step = np.linalg.inv(np.eye(6) + dt * (cells.inner + outer))
    if transform == "for_loop":
        got = mv(simulate(net, [0 * u.nA], 5)[0])
    else:
        got = []
        for i in range(5):
            with brainstate.environ.context(i=i, t=i * dt * u.ms):
                got.append(mv(net.update(0 * u.nA)[0]))
    want = [np.linalg.matrix_power(step, k + 1) @ V0 for k in range(5)]
    # The equations have the condition number of kappa.
    np.testing.assert_allclose(got, want, rtol=0, atol=1e-9 * max(kappa, 1))


def test_semi_implicit_coupling_of_compartments_is_bounded_and_of_first_order(x64):
    V0 = np.array([-80.0, -75.0, -40.0, -45.0])

    def end(coupling, g, dt, t=1.0):
        cells = Compartments(2, 5.0, V0)
        gap = gj.SymmetryGapJunction(cells, "V", ([1], [2]), g * u.uS, coupling=coupling)
        net = Network([cells], [gap])
        brainstate.nn.init_all_states(net)
        return mv(simulate(net, [0 * u.nA], round(t / dt), dt * u.ms)[0])

    strong = end("semi_implicit", 1e5, 0.1)
    assert strong.min() >= V0.min() - 1e-6
    assert strong.max() <= V0.max() + 1e-6
    truth = end("implicit", 1.0, 1e-3)[-1]
    errors = [np.abs(end("semi_implicit", 1.0, dt)[-1] - truth).max() for dt in (0.1, 0.05)]
    assert errors[0] / errors[1] == pytest.approx(2, abs=0.4)


def test_point_neurons_join_compartments(x64):
    V0 = np.array([-80.0, -75.0])
    cells, points = Compartments(1, 5.0, V0), Passive(1, 1 * u.nF, V0=-20 * u.mV)
    gap = gj.SymmetryGapJunction((cells, points), "V", ([1], [0]), 1e3 * u.uS, coupling="implicit")
    net = Network([cells, points], [gap])
    brainstate.nn.init_all_states(net)
    a, b = simulate(net, [0 * u.nA] * 2, 1)
    # All three in one system; the point neuron's own step is exact, and linear without a leak.
    L = np.array([[5.0, -5.0, 0], [-5.0, 1005.0, -1000.0], [0, -1000.0, 1000.0]])
    want = np.linalg.solve(np.eye(3) + 0.1 * L, [*V0, -20.0])
    np.testing.assert_allclose(np.append(mv(a)[-1], mv(b)[-1]), want, atol=1e-6)
