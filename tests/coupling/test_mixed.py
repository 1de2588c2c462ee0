"""Junctions of several modes at one population, and hosts and edges that are unusual."""

import brainstate
import jax.numpy as jnp
import numpy as np
import pytest
import saiunit as u

import gapjunction as gj
from covering import covering
from models import Network, Passive, mv, simulate

DENSITY = u.mS / u.cm**2


def passive_point(n, solver, start):
    leak = gj.ion_channels.Channel(n, 0.1 * DENSITY, -60 * u.mV)
    V = lambda size, *_, **__: start * u.mV  # noqa: E731
    return gj.PointNeuron(n, 1 * u.uF / u.cm**2, {"leak": leak}, solver, V_initializer=V)


@pytest.mark.parametrize(
    ("solver", "explicit", "solved"),
    covering(
        ["exp_euler", "staggered", "rk2", "rk3", "rk4"],
        ["step", "stage"],
        ["semi_implicit", "implicit"],
    ),
)
def test_explicit_junctions_beside_solved_ones(solver, explicit, solved, x64):
    """The stiff pairs move as one; the weak junction lets both pairs relax to their mean."""
    start = np.array([-80.0, -60.0, -40.0, -20.0])
    # One-stage and staggered solvers bear any strength; explicit solvers are given their current.
    kappa = 100.0
    cells = passive_point(4, solver, start)
    strong = gj.SymmetryGapJunction(
        cells, "V", ([0, 2], [1, 3]), kappa / 0.1 * DENSITY, coupling=solved
    )
    weak = gj.SymmetryGapJunction(cells, "V", ([1], [2]), 1.2 * DENSITY, coupling=explicit)
    net = Network([cells], [strong, weak])
    brainstate.nn.init_all_states(net)
    V = mv(simulate(net, [0 * u.uA / u.cm**2], 100)[0])
    assert V.min() >= start.min() - 1e-6
    assert V.max() <= start.max() + 1e-6
    if solved == "implicit":
        # Charge is conserved, but for the leak: the mean relaxes to -60 mV at 0.1 / ms.
        # (Semi-implicit coupling slows all that strongly coupled cells do.)
        np.testing.assert_allclose(V[-1].mean(), -60 + 10 * np.exp(-1.0), atol=0.2)
        left = V[-1, 2:].mean() - V[-1, :2].mean()
        assert left == pytest.approx(40 * np.exp(-(0.1 + 1.2) * 10), abs=0.3)


@pytest.mark.parametrize("coupling", ["step", "stage", "semi_implicit", "implicit"])
def test_a_cell_joined_with_itself_steps_as_without(coupling, x64):
    def run(ids):
        cells = Passive(3, V0=np.array([-10.0, 0.0, 10.0]) * u.mV)
        gap = gj.SymmetryGapJunction(cells, "V", ids, 1 * u.uS, coupling=coupling)
        net = Network([cells], [gap])
        brainstate.nn.init_all_states(net)
        return mv(simulate(net, [1 * u.nA], 3)[0])

    with pytest.warns(gj.GapJunctionWarning, match="self"):
        looped = run(([0, 1, 1], [1, 2, 1]))
    np.testing.assert_allclose(looped, run(([0, 1], [1, 2])), atol=1e-12)


# Equations of all cells cannot be written in float32 with conductances that are 1e8 times the
# membrane's; beyond some 1e6 voltages become NaN.
@pytest.mark.parametrize(
    ("coupling", "kappa"),
    [("semi_implicit", 1e4), ("semi_implicit", 1e10), ("implicit", 1e4), ("implicit", 1e6)],
)
def test_voltages_are_bounded_in_float32(coupling, kappa):
    start = np.array([-80.0, -60.0, -40.0, -20.0])
    cells = Passive(4, V0=start * u.mV)
    gap = gj.SymmetryGapJunction(
        cells, "V", ([0, 1, 2], [1, 2, 3]), kappa / 0.1 * u.uS, coupling=coupling
    )
    net = Network([cells], [gap])
    brainstate.nn.init_all_states(net)
    V = mv(simulate(net, [0 * u.nA], 20)[0])
    # In float32 the current of the solved equations has a rounding error of kappa * 6e-8 * 60 mV.
    margin = 0.1 + (4e-6 * kappa if coupling == "implicit" else 0)
    assert V.min() > start.min() - margin
    assert V.max() < start.max() + margin


class NeverTakes(Passive):
    """A neuron whose update() does not look at its inputs."""

    def update(self, x=0.0 * u.nA):
        self.V.value = self.V.value + 0 * u.mV


class OnlyLabelled(Passive):
    """A neuron that takes those inputs alone that have a label."""

    def update(self, x=0.0 * u.nA):
        current = self.sum_current_inputs(x, self.V.value, label="soma")
        self.V.value = self.V.value + current * brainstate.environ.get_dt() / self.C


@pytest.mark.parametrize(
    ("host", "coupling"),
    [
        (NeverTakes, "step"),
        (OnlyLabelled, "stage"),
        (NeverTakes, "semi_implicit"),
        (OnlyLabelled, "implicit"),
    ],
)
def test_a_population_that_never_takes_its_inputs_is_named(host, coupling):
    cells = host(2)
    gap = gj.SymmetryGapJunction(cells, "V", ([0], [1]), 1 * u.uS, coupling=coupling)
    net = Network([cells], [gap])
    brainstate.nn.init_all_states(net)
    with pytest.raises(ValueError, match=rf"{host.__name__}.*must call self.sum_current_inputs"):
        simulate(net, [0 * u.nA], 2)


class NoDeltaInputs(Passive):
    """A neuron that sums no delta inputs."""

    def update(self, x=0.0 * u.nA):
        current = self.sum_current_inputs(x, self.V.value)
        self.V.value = self.V.value + current * brainstate.environ.get_dt() / self.C


@pytest.mark.parametrize("coupling", ["step", "stage", "semi_implicit", "implicit"])
def test_a_junction_that_is_not_called_puts_in_nothing(coupling, x64):
    cells = NoDeltaInputs(2, V0=np.array([-50.0, -70.0]) * u.mV)
    gap = gj.SymmetryGapJunction(cells, "V", ([0], [1]), 1 * u.uS, coupling=coupling)
    cells.init_state()
    for i in range(5):
        with brainstate.environ.context(i=i, t=i * 0.1 * u.ms):
            if i < 1:
                gap()
            cells()
        if i == 0:
            after_one = mv(cells.V.value)
    assert after_one[0] < -50
    np.testing.assert_array_equal(mv(cells.V.value), after_one)
    assert jnp.isfinite(cells.V.value.to_decimal(u.mV)).all()
