"""Each idiom against the class that one writes by hand, and against its own blocks."""

import brainstate
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import saiunit as u

import gapjunction as gj
from gapjunction.ion_channels import Na_HH1952
from nmodl_idioms import (
    A_TYPE,
    ALL,
    AT_ONCE,
    BY_CALCIUM,
    CALCIUM,
    NOT_A_GATE,
    PUMP,
    SCHEME,
    SEVERAL,
    SODIUM,
    STEPPED,
    WARM,
)

V = np.array([-95.0, -65.0, -40.0, -35.0, 0.0, 40.0]) * u.mV


@pytest.mark.parametrize("name", ALL)
def test_class_does_what_the_blocks_do(name, write):
    text, form = ALL[name]
    path = write(text)
    assert gj.nmodl.read(path).report.form == form
    compared = gj.nmodl.check(path)
    assert np.abs(compared.expected).max() > 0
    assert compared.error < 2e-5


def test_sodium_is_that_of_the_catalogue(read):
    cls = read(SODIUM)
    assert {name: gate.power for name, gate in cls.gates.items()} == {"m": 3, "h": 1}
    ours, theirs = cls(6), Na_HH1952(6)
    assert float(ours.g_max / theirs.g_max) == pytest.approx(1.0)
    found, expected = ours.steady_state(V), theirs.steady_state(V)
    tau, expected_tau = ours.time_constant(V), theirs.time_constant(V)
    for gate in ("m", "h"):
        np.testing.assert_allclose(found[gate], expected[gate], rtol=1e-5)
        np.testing.assert_allclose(tau[gate] / expected_tau[gate], 1.0, rtol=1e-5)


def test_gradients_are_finite_where_rates_are_0_by_0(read):
    for text, name, at in ((SODIUM, "m", -40.0), (STEPPED, "n", -25.0)):
        channel = read(text)(1)

        def steady(v, channel=channel, name=name):
            return channel.steady_state(v[None] * u.mV)[name][0]

        slopes = jax.vmap(jax.grad(steady))(jnp.array([at - 1e-3, at, at + 1e-3, 300.0, -300.0]))
        assert np.isfinite(slopes).all()
        # A guard that a gradient passes through as it stands gives other slopes beside it.
        np.testing.assert_allclose(slopes[:3], slopes[1], rtol=1e-3)


def test_temperature_and_parameters(read):
    cls = read(A_TYPE)
    assert set(cls.parameters) == {"vhalf", "q10"}
    assert float(cls.g_max / (u.mS / u.cm**2)) == pytest.approx(0.5)
    with pytest.raises(ValueError, match="temperature must be given"):
        cls(1)
    cold, warm = (cls(6, temperature=t).time_constant(V)["l"] for t in (24.0, 34.0))
    np.testing.assert_allclose(cold / warm, 3.0, rtol=1e-5)
    shifted = cls(6, temperature=24.0, vhalf=-35.0 * u.mV).steady_state(V)["n"]
    expected = 1 / (1 + np.exp(-(np.asarray(V / u.mV) + 35) / 8.5))
    np.testing.assert_allclose(shifted, expected, rtol=1e-5)
    assert read(A_TYPE, celsius=34).temperature == 34
    assert float(read(A_TYPE, gbar=20).g_max / (u.mS / u.cm**2)) == pytest.approx(2.0)


def test_hand_written_step_is_its_equation(read):
    cls = read(STEPPED)
    v = np.asarray(V / u.mV, float)
    a = 0.02 * (v + 25) / (1 - np.exp(-(v + 25) / 9))
    b = 0.002 * np.exp(-(v + 40) / 40)
    channel = cls(6)
    np.testing.assert_allclose(channel.time_constant(V)["n"] / u.ms, 1 / (a + b), rtol=1e-5)
    np.testing.assert_allclose(channel.steady_state(V)["n"], a / (a + b), rtol=1e-5)
    assert any("hand-written" in text for text in cls.report.approximated)


def test_scheme_is_markov(read):
    cls = read(SCHEME)
    (gate,) = cls.gates.values()
    assert gate.states == ("c1", "c2", "o", "i")
    assert gate.weights == {"o": 1.0, "c2": 0.5}
    shares = cls(6).steady_state(V)["scheme"]
    np.testing.assert_allclose(shares.sum(-1), 1.0, rtol=1e-6)
    v = np.asarray(V / u.mV, float)
    a, b = 0.4 * np.exp(v / 30), 0.2 * np.exp(-(v + 30) / 25)
    # Detailed balance of a scheme without loops.
    np.testing.assert_allclose(shares[:, 1] / shares[:, 0], 2 * a / b, rtol=1e-4)
    np.testing.assert_allclose(shares[:, 2] / shares[:, 1], a / (2 * b), rtol=1e-4)


def test_calcium_is_ghk(read):
    cls = read(CALCIUM)
    assert cls.RT_F is None  # the file's is that of the constants of nature
    assert float(cls.P_max / (u.cm / u.second)) == pytest.approx(2e-4, rel=1e-5)
    assert cls.temperature == 30
    assert cls(1).reads() == ("Ca", "Ca_out")
    rounded = read(CALCIUM.replace("z = (1e-3)*2*FARADAY*v/(R*(celsius + 273.15))", "z = 2*v/25"))
    assert float(rounded.RT_F / u.mV) == pytest.approx(25.0)


def test_several_currents(read):
    cls = read(SEVERAL)
    assert set(cls.currents) == {"ina", "ik", "il"}
    channel = cls(6, gl=0 * u.mS / u.cm**2)
    channel.init_state(V)
    flows = channel.flows(V)
    n = np.asarray(channel.n.value)
    v = np.asarray(V / u.mV, float)
    expected = 0.01 * n * (v + 77)
    np.testing.assert_allclose(flows["K"] / (u.mA / u.cm**2), expected, rtol=1e-5)
    assert set(flows) == {"Na", "K"}
    total = np.asarray(channel.current(V) / (u.mA / u.cm**2))
    both = np.asarray((flows["Na"] + flows["K"]) / (u.mA / u.cm**2))
    np.testing.assert_allclose(total, both, rtol=1e-5)


def test_pump_is_in_the_unit_of_the_file(read):
    cls = read(PUMP)
    channel = cls(1, imax=4 * u.uA / u.cm**2)
    flows = channel.flows(V[:1], Na=10 * u.mM, K_out=1.5 * u.mM)
    # (1/2)^3 (1/2)^2 of 4 uA/cm2.
    assert float(flows["Na"][0] / (u.uA / u.cm**2)) == pytest.approx(3 * 4 / 32)
    assert float(flows["K"][0] / (u.uA / u.cm**2)) == pytest.approx(-2 * 4 / 32)


def test_calcium_opens(read):
    channel = read(BY_CALCIUM)(1, half=1 * u.uM)
    found = channel.steady_state(V[:1], Ca=[2e-3] * u.mM)["q"]
    assert float(found[0]) == pytest.approx(16 / 17, rel=1e-5)


def test_factor_that_follows_at_once(read):
    cls = read(AT_ONCE)
    assert cls.gates["minf"].instantaneous
    assert cls.gates["minf"].power == 3
    channel = cls(6)
    channel.init_state(V)
    # INITIAL does not start h at its steady state.
    np.testing.assert_array_equal(channel.h.value, 1.0)


def test_state_that_is_no_gate_is_a_variable(read):
    cls = read(NOT_A_GATE)
    assert set(cls.variables) == {"x"}
    assert set(cls.parameters) == {"gbar", "rate", "ek"}


def test_q10_of_the_conductance(read):
    cls = read(WARM)
    assert cls.q10_conductance == pytest.approx(1.5)
    assert cls.reference_temperature == pytest.approx(22.0)
    assert float(cls(1, temperature=32.0).steady_state(V[:1])["n"][0]) == pytest.approx(0.25)


def test_in_a_neuron_with_gradients(read):
    na, leak = read(SODIUM), gj.ion_channels.Channel

    def spike(g):
        channels = {
            "na": na(1, g_max=g * u.mS / u.cm**2),
            "leak": leak(1, 0.3 * u.mS / u.cm**2, -54.4 * u.mV),
        }
        cell = gj.PointNeuron(1, 1 * u.uF / u.cm**2, channels)
        cell.init_state()
        with brainstate.environ.context(dt=0.02 * u.ms):
            brainstate.transform.for_loop(lambda _: cell(10 * u.uA / u.cm**2), np.arange(100))
        return cell.V.value.to_decimal(u.mV)[0]

    value, slope = jax.value_and_grad(spike)(120.0)
    assert np.isfinite(value)
    step = 1.0
    numeric = (spike(120.0 + step) - spike(120.0 - step)) / (2 * step)
    assert slope == pytest.approx(float(numeric), rel=0.05)


TWO_SCHEMES = """
NEURON { SUFFIX two USEION na READ ena WRITE ina RANGE gbar }
PARAMETER { gbar = 0.01 (S/cm2) s0 = 0.25 }
ASSIGNED { v (mV) ena (mV) ina (mA/cm2) }
STATE { c o r i s }
BREAKPOINT { SOLVE kin METHOD sparse SOLVE slow METHOD cnexp ina = gbar*o^3*r*s*(v - ena) }
INITIAL { SOLVE kin STEADYSTATE sparse }
KINETIC kin {
    ~ c <-> o (2*exptrap(v/20), 0.5)
    ~ r <-> i (0.02, 0.1*exp(-(v + 60)/15))
    CONSERVE c + o = 1
    CONSERVE r + i = 1
}
DERIVATIVE slow { s' = (0.5 - s)/40 }
FUNCTION exptrap(x) { if (x >= 700) { exptrap = exp(700) } else { exptrap = exp(x) } }
"""


def test_schemes_of_one_block_are_apart(read):
    cls = read(TWO_SCHEMES)
    assert [gate.power for name, gate in cls.gates.items() if name.startswith("scheme")] == [3, 1]
    channel = cls(6)
    channel.init_state(V)
    # The parameter s0 is where s starts; the schemes start at their steady state.
    np.testing.assert_array_equal(channel.s.value, 0.25)
    v = np.asarray(V / u.mV, float)
    opening = 2 * np.exp(v / 20)
    np.testing.assert_allclose(channel.scheme.value[:, 1], opening / (opening + 0.5), rtol=1e-5)


def test_value_that_is_not_set_is_0_and_told(read):
    cls = read(AT_ONCE.replace("INITIAL { h = 1 }", "INITIAL { h = hinf }"))
    assert any("reads hinf before" in text for text in cls.report.approximated)
    channel = cls(6)
    channel.init_state(V)
    np.testing.assert_array_equal(channel.h.value, 0.0)
