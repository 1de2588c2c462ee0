"""Somebody else's class of neurons becomes a host by one registered function."""

import brainpy.state as bp
import brainstate
import jax.numpy as jnp
import numpy as np
import pytest
import saiunit as u

import gapjunction as gj
from gapjunction.coupling import MODES
from gapjunction.hosts import describe
from models import Network, mv, simulate

pytestmark = pytest.mark.every_host


class Foreign(bp.Neuron):
    """C dV/dt = -g V + I by explicit Euler, with names that nobody else has."""

    def __init__(self, size, start):
        super().__init__(size)
        self.cap, self.conductance_0, self.start = 2.0 * u.nF, 0.1 * u.uS, start

    def init_state(self, batch_size=None, **kwargs):
        self.V = brainstate.HiddenState(jnp.asarray(self.start) * u.mV)

    def update(self, x):
        V, dt = self.V.value, brainstate.environ.get_dt()
        total = self.sum_current_inputs(x, V) - self.conductance_0 * V
        self.V.value = self.sum_delta_inputs(V + dt * total / self.cap)


@describe.register
def _(cells: Foreign) -> gj.hosts.Host:
    return gj.hosts.Host(
        input_unit=u.nA,
        capacitance=cells.cap,
        rate=cells.conductance_0 / cells.cap,
        stepping=gj.hosts.RungeKutta(),
    )


START = np.array([-60.0, -20.0, 10.0])
L = np.array([[1.0, -1, 0], [-1, 2, -1], [0, -1, 1]])


def after_one_step(mode, g, dt=0.1):
    """The voltages after one step of Euler, by the equation of each mode."""
    current = -g * L @ START
    leak = -0.1 * START
    if mode == "semi_implicit":
        own = g * np.diag(L)
        free = START + dt * leak / 2
        return (free + dt / 2 * (current + own * START)) / (1 + dt / 2 * own)
    if mode == "implicit":
        return np.linalg.solve(np.eye(3) + dt / 2 * g * L, START + dt * leak / 2)
    return START + dt * (leak + current) / 2


@pytest.mark.parametrize("mode", MODES)
def test_works_in_all_modes(mode, x64):
    cells = Foreign(3, START)
    g = 1.0 if MODES[mode].stiffness else 1000.0
    gap = gj.SymmetryGapJunction(cells, "V", ([0, 1], [1, 2]), g * u.uS, coupling=mode)
    net = Network([cells], [gap])
    brainstate.nn.init_all_states(net)
    V = mv(simulate(net, [0 * u.nA], 1)[0])
    np.testing.assert_allclose(V[0], after_one_step(mode, g), rtol=1e-10)


def test_reports_and_units_use_what_is_stated():
    cells = Foreign(3, START)
    cells.init_state()
    with pytest.raises(u.UnitMismatchError, match="weight must be a conductance"):
        gj.SymmetryGapJunction(cells, "V", ([0, 1], [1, 2]), 1 * u.uS / u.cm**2)
    gap = gj.SymmetryGapJunction(cells, "V", ([0, 1], [1, 2]), 1 * u.uS)
    report = gj.stability(gap, 0.1 * u.ms)
    # 3 uS / 2 nF is the largest eigenvalue, 0.05 / ms the leak: 2 / dt - 0.05 = 1.5.
    np.testing.assert_allclose(report.largest_dt["stage"].to_decimal(u.ms), 2 / 1.55, rtol=1e-6)
    np.testing.assert_allclose(report.kappa_max, 0.1, rtol=1e-6)


def test_bases_count_and_others_are_inferred():
    class Special(Foreign):
        pass

    assert describe(Special(2, 0.0)).capacitance == 2.0 * u.nF
    assert isinstance(describe(gj.neurons.HH1952(2)), gj.hosts.Host)


def test_who_is_held_by_a_current_tells_its_unit_and_capacitance():
    with pytest.raises(ValueError, match="held_by_current must be False without input_unit"):
        gj.hosts.Host(held_by_current=True, capacitance=1 * u.pF)
    host = gj.hosts.Host(held_by_current=True, input_unit=u.pA, capacitance=1 * u.pF)
    assert host.held_by_current
