"""Ion pools: closed forms of what currents do to concentrations."""

import brainstate
import numpy as np
import pytest
import saiunit as u

import gapjunction as gj
from gapjunction.ion_channels import (
    L_HH1952,
    CaDynamics_E2,
    Channel,
    DecayPool,
    FixedPool,
    Gate,
    nernst,
)

DENSITY = u.mS / u.cm**2
DRIVE = u.uA / u.cm**2


class CaLeak(Channel):
    """A calcium conductance that is always open."""

    ion = "Ca"
    g_max = 0.01 * DENSITY
    E = "Nernst"


class SK(Channel):
    """Potassium, by calcium."""

    ion = "K"
    g_max = 1 * DENSITY
    E = -90 * u.mV
    c = Gate(2, steady_state=lambda V, Ca: Ca / (Ca + 1e-3 * u.mM), time_constant=3 * u.ms)


def test_fixed_pool_offers_what_it_knows():
    assert FixedPool(1, "K", E=-90 * u.mV).offers() == ("E_K",)
    assert FixedPool(1, "Ca", inside=1e-4 * u.mM, outside=2 * u.mM).offers() == ("Ca", "Ca_out")
    full = FixedPool(1, "Ca", 1e-4 * u.mM, 2 * u.mM, temperature=36.0)
    assert full.offers() == ("Ca", "Ca_out", "E_Ca")
    want = nernst("Ca", 1e-4 * u.mM, 2 * u.mM, 36.0)
    assert float(full.read()["E_Ca"] / want) == pytest.approx(1)
    assert float(want.to_decimal(u.mV)) == pytest.approx(131.9, abs=0.05)
    held = FixedPool(1, "Ca", 1e-4 * u.mM, 2 * u.mM, E=120 * u.mV, temperature=36.0)
    assert float(held.read()["E_Ca"].to_decimal(u.mV)) == pytest.approx(120)


def test_concentration_follows_a_held_current_exactly(x64):
    pool = DecayPool(1, "Ca", gain=2e-3 * u.mM / (u.nA * u.ms), tau=50 * u.ms, rest=1e-4 * u.mM)
    pool.init_state(np.array([-65.0]) * u.mV)
    target = 1e-4 + 2e-3 * 50 * 0.3
    got = pool.after(pool.concentration, -0.3 * u.nA, 20 * u.ms).to_decimal(u.mM)
    np.testing.assert_allclose(got, target + (1e-4 - target) * np.exp(-20 / 50), rtol=1e-12)
    slope = pool.derivative(-0.3 * u.nA)["inside"].to_decimal(u.mM / u.ms)
    np.testing.assert_allclose(slope, 2e-3 * 0.3, rtol=1e-12)
    held = pool.after(pool.concentration, 5 * u.nA, 500 * u.ms).to_decimal(u.mM)
    np.testing.assert_allclose(held, 1e-7)


def test_shell_has_the_gain_of_its_geometry():
    # 1 uA/cm2 into 0.1 um for 1 ms: 1e-9 C/cm2 / (2 F) / 1e-5 cm = 5.18e-10 mol/cm3 = 5.18e-4 mM.
    pool = CaDynamics_E2(1, gamma=1.0)
    gain = pool.gain.to_decimal(u.mM / (DRIVE * u.ms))
    assert float(gain) == pytest.approx(5.182e-4, rel=1e-3)
    assert pool.per_area


def steady(cells, steps=20000, dt=0.1):
    brainstate.nn.init_all_states(cells)

    def step(i):
        with brainstate.environ.context(i=i, dt=dt * u.ms):
            cells()

    brainstate.transform.for_loop(step, np.arange(steps))


def test_channels_read_and_feed_a_pool(x64):
    pool = CaDynamics_E2(1, gamma=0.05, temperature=34.0)
    channels = {"ca": CaLeak(1), "sk": SK(1), "leak": L_HH1952(1)}
    cells = gj.PointNeuron(1, 1 * u.uF / u.cm**2, channels, pools=[pool])
    steady(cells)
    # At rest: influx balances removal, and the channel is driven by the pool's own potential.
    inside = float(pool.concentration.to_decimal(u.mM)[0])
    current = float(cells.currents()["ca"].to_decimal(DRIVE)[0])
    gain = float(pool.gain.to_decimal(u.mM / (DRIVE * u.ms)))
    assert inside == pytest.approx(1e-4 - gain * 80 * current, rel=1e-6)
    E = float(nernst("Ca", inside * u.mM, 2 * u.mM, 34.0).to_decimal(u.mV))
    V = float(cells.V.value.to_decimal(u.mV)[0])
    assert current == pytest.approx(0.01 * (V - E), rel=1e-6)
    c = float(cells.channels["sk"].c.value[0])
    assert c == pytest.approx(inside / (inside + 1e-3), rel=1e-5)
    assert {path[-1] for path in cells.states()} == {"V", "c", "inside"}


@pytest.mark.parametrize("solver", ["exp_euler", "euler", "rk4"])
def test_no_solver_takes_a_concentration_below_the_least(solver):
    # A strong outward current would empty the pool many times over in one step.
    class Extrusion(Channel):
        ion = "Ca"
        g_max = 1 * DENSITY
        E = -200 * u.mV

    gain = 1e-3 * u.mM / (DRIVE * u.ms)
    pool = DecayPool(1, "Ca", gain, tau=50 * u.ms, rest=1e-4 * u.mM)
    cells = neuron(pool, channels={"ca": Extrusion(1)}, solver=solver)
    cells.init_state()
    with brainstate.environ.context(dt=0.1 * u.ms, t=0 * u.ms):
        cells()
    np.testing.assert_allclose(pool.inside.value.to_decimal(u.mM), 1e-7, rtol=1e-5)


def test_batches():
    pool = CaDynamics_E2(3, temperature=34.0)
    cells = gj.PointNeuron(3, 1 * u.uF / u.cm**2, {"ca": CaLeak(3)}, pools=[pool])
    cells.init_state(2)
    with brainstate.environ.context(dt=0.1 * u.ms):
        cells()
    assert pool.inside.value.shape == (2, 3)
    cells.reset_state(2)
    np.testing.assert_allclose(pool.inside.value.to_decimal(u.mM), 1e-4)


def neuron(*pools, channels=None, solver="exp_euler"):
    channels = {"ca": CaLeak(1)} if channels is None else channels
    return gj.PointNeuron(1, 1 * u.uF / u.cm**2, channels, pools=pools, solver=solver)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: neuron(), "pools must offer E_Ca, which channels"),
        (lambda: neuron(channels={"sk": SK(1)}), "pools must offer Ca, .* they offer nothing"),
        (lambda: neuron(CaDynamics_E2(1)), "must offer E_Ca, .* they offer Ca, Ca_out"),
        (lambda: neuron(*2 * [FixedPool(1, "Ca", E=1 * u.mV)]), "one pool per ion"),
        (lambda: neuron(FixedPool(2, "Ca", E=1 * u.mV)), "pool of Ca must have the neuron's size"),
        (lambda: neuron(3), "pools must hold ion pools only"),
        (
            lambda: neuron(
                DecayPool(1, "Ca", 1 * u.mM / (u.nA * u.ms), 1 * u.ms, 1 * u.mM, E=1 * u.mV)
            ),
            "gain of the pool of Ca must be per area, as C is; it is absolute",
        ),
        (lambda: FixedPool(1, "Ca"), "E must be given, or both inside and outside"),
        (lambda: FixedPool(1, "Ca", E=3.0), "E must be a voltage"),
        (lambda: FixedPool(1, "Ca", 3.0, 2 * u.mM), "inside must be a concentration"),
        (lambda: FixedPool(1, "calcium", E=1 * u.mV), "ion must be one of"),
        (lambda: CaDynamics_E2(1, gamma=3.0), "gamma must be"),
        (lambda: CaDynamics_E2(1, depth=3 * u.ms), "depth must be a length"),
        (lambda: CaDynamics_E2(1, tau=3 * u.mV), "tau must be a time"),
        (lambda: CaLeak(1).current([0.0] * u.mV), "E_Ca is needed by CaLeak"),
    ],
)
def test_mistakes_are_named(make, message):
    with pytest.raises((ValueError, TypeError, u.UnitMismatchError), match=message):
        make()
