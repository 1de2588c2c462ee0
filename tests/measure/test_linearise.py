"""Models as linear circuits: slopes by differences, impedances by simulation."""

import brainpy.state as bp
import brainstate
import jax.numpy as jnp
import numpy as np
import pytest
import saiunit as u

import gapjunction as gj
from gapjunction import measure
from gapjunction.ion_channels import K_HH1952, Channel, ChannelNoise, Markov, exponential
from models import Network, Passive, pairs

AREA = u.cm**2


class ThreeStates(Channel):
    g_max = 0.1 * u.mS / AREA
    E = 60 * u.mV
    s = Markov(
        states=("C", "O", "I"),
        rates={
            ("C", "O"): exponential(0.5 / u.ms, -40 * u.mV, 15 * u.mV),
            ("O", "C"): exponential(2 / u.ms, -40 * u.mV, -15 * u.mV),
            ("O", "I"): 0.5 / u.ms,
            ("I", "C"): exponential(0.1 / u.ms, -60 * u.mV, -10 * u.mV),
        },
        open=("O",),
    )


def settle(step, steps, dt):
    def one(i):
        with brainstate.environ.context(i=i, t=i * dt, dt=dt):
            step()

    brainstate.transform.for_loop(one, jnp.arange(steps))


def test_passive_hosts_tell_leak_and_capacitance():
    lif = bp.LIF(3, R=0.25 * u.Gohm, tau=10 * u.ms)
    plain = Passive(2, C=50 * u.pF, g_L=2 * u.nS)
    gaps = [
        gj.SymmetryGapJunction(lif, "V", pairs([0], [2]), 0.5 * u.nS),
        gj.SymmetryGapJunction((lif, plain), "V", pairs([1], [0]), 1.5 * u.nS),
    ]
    net = measure.linearise(Network([lif, plain], gaps))
    assert list(net.populations) == ["populations.0", "populations.1"]
    np.testing.assert_allclose(net.leak.to_decimal(u.nS), [4, 4, 4, 2, 2], rtol=1e-6)
    np.testing.assert_allclose(net.capacitance.to_decimal(u.pF), [40] * 3 + [50] * 2, rtol=1e-6)
    L = np.zeros((5, 5))
    for a, b, g in [(0, 2, 0.5), (1, 3, 1.5)]:
        L[[a, b], [a, b]] += g
        L[[a, b], [b, a]] -= g
    np.testing.assert_allclose(net.laplacian.toarray(), L, rtol=1e-6)
    found = measure.coupling_coefficient(net, ("populations.0", 1), ("populations.1", 0))
    assert found == pytest.approx(1.5 / 3.5, rel=1e-6)


def test_leak_may_be_given():
    a, b = bp.HH(2), bp.HH(1)
    gap = gj.SymmetryGapJunction((a, b), "V", pairs([0, 1], [0, 0]), 0.1 * u.mS)
    with pytest.raises(ValueError, match="leak must be given for HH: the membrane"):
        measure.linearise(gap)
    every = measure.linearise(gap, leak=np.array([1.0, 2.0, 3.0]) * u.mS)
    np.testing.assert_allclose(every.leak.to_decimal(u.mS), [1, 2, 3])
    by_name = measure.linearise(gap, leak={"HH": 1 * u.mS, "HH (2)": [3.0] * u.mS})
    np.testing.assert_allclose(by_name.leak.to_decimal(u.mS), [1, 1, 3])
    with pytest.raises(ValueError, match="leak must have one value, or one for each of 3"):
        measure.linearise(gap, leak=np.ones(4) * u.mS)
    with pytest.raises(ValueError, match="leak must be one of"):
        measure.linearise(gap, leak={"other": 1 * u.mS})


def test_nonlinear_neurons_do_not_tell():
    cells = bp.ExpIF(2, R=1 * u.ohm)
    gap = gj.SymmetryGapJunction(cells, "V", pairs([0], [1]), 1 * u.siemens)
    with pytest.raises(ValueError, match="leak must be given for ExpIF"):
        measure.linearise(gap)


@pytest.mark.parametrize("kind", ["rectifying", "asymmetric"])
def test_junctions_count_with_their_slopes(x64, kind):
    cells = Passive(3, g_L=1 * u.nS, V0=np.array([0.0, 4.0, -3.0]) * u.mV)
    edges = pairs([0, 1], [1, 2])
    if kind == "rectifying":
        law = gj.laws.Rectifier(slope=3 * u.mV, s_min=0.1)
        gap = gj.RectifyingGapJunction(cells, "V", edges, [1.0, 2.0] * u.nS, law=law)
    else:
        gap = gj.AsymmetryGapJunction(cells, "V", cells, "V", edges, [[1, 2], [3, 4.0]] * u.nS)
    cells.init_state()
    found = measure.linearise(gap).laplacian.toarray()

    @brainstate.transform.jit
    def outward(V):
        cells.V.value = V * u.mV
        into = gap.currents()
        return -(into.pre + into.post).to_decimal(u.pA)

    V, h = np.array([0.0, 4.0, -3.0]), 1e-5
    for j in range(3):
        e = h * np.eye(3)[j]
        np.testing.assert_allclose(
            found[:, j], (outward(V + e) - outward(V - e)) / (2 * h), atol=1e-8
        )


def neuron(kind, n=2):
    if kind == "scheme":
        leak = Channel(n, 0.3 * u.mS / AREA, -60 * u.mV)
        channels = {"na": ThreeStates(n), "leak": leak}
        return gj.PointNeuron(n, 1 * u.uF / AREA, channels, "staggered")
    return {"HH": gj.neurons.HH1952, "pool": gj.neurons.Destexhe1998}[kind](n)


def steady_slope(cells, V, h=1e-4 * u.mV):
    """Slope of the current when all gates have settled."""

    @brainstate.transform.jit
    def current(V):
        cells.membrane.reset_states(V)
        return cells.membrane.total(V, cells.membrane.concentrations())

    return (current(V + h) - current(V - h)) / (2 * h)


@pytest.mark.parametrize("kind", ["HH", "scheme"])
def test_leak_of_channels_is_the_slope_of_the_steady_state_curve(x64, kind):
    cells = neuron(kind)
    gap = gj.SymmetryGapJunction(cells, "V", pairs([0], [1]), 0.1 * u.mS / AREA)
    cells.init_state()
    V = np.array([-65.0, -58.0]) * u.mV
    cells.V.value = V
    brainstate.transform.jit(lambda: cells.membrane.reset_states(V))()
    free, frozen = measure.linearise(gap), measure.linearise(gap, gates="frozen")
    total = cells.membrane.affine(V, cells.membrane.concentrations()).conductance
    unit = u.mS / AREA
    np.testing.assert_allclose(frozen.leak.to_decimal(unit), total.to_decimal(unit), rtol=1e-9)
    slope = steady_slope(cells, V)
    np.testing.assert_allclose(free.leak.to_decimal(unit), slope.to_decimal(unit), rtol=1e-6)


@pytest.mark.parametrize(
    ("kind", "frequency"),
    [
        ("pool", 8.0),
        ("scheme", 40.0),
        # Gates alone, which the cell with a pool has too.
        pytest.param("HH", 60.0, marks=pytest.mark.slow),
    ],
)
def test_impedance_is_that_of_small_sinusoids(x64, kind, frequency):
    cells = neuron(kind)
    current = 1e-3 * u.uA / AREA if kind != "pool" else 1 * u.pA
    g = 0.05 * u.mS / AREA if kind != "pool" else 2 * u.nS
    gap = gj.SymmetryGapJunction(cells, "V", pairs([0], [1]), g)
    cells.init_state()
    step, steps = (0.05, 6000) if kind == "pool" else (0.025, 4000)
    dt = step * u.ms
    settle(lambda: (gap(), cells()), steps, dt)
    before = [np.asarray(u.get_mantissa(s.value)) for s in cells.states().values()]
    n = round(6 / (frequency * u.Hz) / dt)
    wave = current * jnp.sin(2 * np.pi * frequency * 1e-3 * np.arange(n) * step)
    recording = measure.inject(gap, wave, 0, dt=dt)
    for state, value in zip(cells.states().values(), before, strict=True):
        np.testing.assert_array_equal(u.get_mantissa(state.value), value)
    net = measure.linearise(gap)
    expected = measure.input_resistance(net, 0, frequency * u.Hz)
    found = measure.input_resistance(recording, 0, frequency * u.Hz)
    assert float(found.amplitude / expected.amplitude) == pytest.approx(1, rel=5e-3)
    assert found.phase == pytest.approx(expected.phase, abs=5e-3)
    expected = measure.coupling_coefficient(net, 0, 1, frequency * u.Hz)
    found = measure.coupling_coefficient(recording, 0, 1, frequency * u.Hz)
    assert found.amplitude == pytest.approx(expected.amplitude, rel=5e-3)
    assert found.phase == pytest.approx(expected.phase, abs=5e-3)


def test_random_channels_have_no_small_signal_but_are_a_conductance():
    channels = {
        "k": K_HH1952(2, noise=ChannelNoise(100, seed=0)),
        "leak": Channel(2, 0.1 * u.mS / AREA, -65 * u.mV),
    }
    cells = gj.PointNeuron(2, 1 * u.uF / AREA, channels)
    gap = gj.SymmetryGapJunction(cells, "V", pairs([0], [1]), 0.1 * u.mS / AREA)
    cells.init_state()
    with pytest.raises(ValueError, match=r"gates must be .frozen. .* PointNeuron called k do"):
        measure.linearise(gap)
    frozen = measure.linearise(gap, gates="frozen").leak.to_decimal(u.mS / AREA)
    want = 0.1 + 36 * np.asarray(channels["k"].open_fraction(cells.V.value))
    np.testing.assert_allclose(frozen, want, rtol=1e-5)


def test_a_batch_is_refused():
    cells = Passive(2, g_L=1 * u.nS)
    gap = gj.SymmetryGapJunction(cells, "V", pairs([0], [1]), 1 * u.nS)
    cells.init_state(4)
    with pytest.raises(ValueError, match="model must be initialised without a batch"):
        measure.linearise(gap)
