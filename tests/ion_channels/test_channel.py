"""Declaring a channel and asking it."""

import brainstate
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import saiunit as u

from gapjunction.ion_channels import Channel, Gate, Na_HH1952, Source, exponential, sigmoid

DENSITY = u.mS / u.cm**2
SOURCE = Source("Nobody (1900)", "10.0/0", "none", "none", temperature=20.0, check="none")


class Fractional(Channel):
    """0.85 n^2 + 0.15 p, as high-threshold potassium channels of the cochlear nucleus."""

    ion = "K"
    g_max = 10 * u.nS
    E = -70 * u.mV
    n = Gate(2, steady_state=sigmoid(1.0, -15 * u.mV, 5 * u.mV), time_constant=2 * u.ms, q10=3)
    p = Gate(1, steady_state=sigmoid(1.0, -23 * u.mV, 6 * u.mV), time_constant=5 * u.ms)
    terms = ((0.85, ("n",)), (0.15, ("p",)))
    q10_conductance = 2.0
    source = SOURCE


class CalciumGated(Channel):
    """A gate that reads a concentration, beside one that follows V at once."""

    ion = "K"
    g_max = 1 * DENSITY
    E = -90 * u.mV
    c = Gate(1, steady_state=lambda V, Ca: Ca / (Ca + 1e-3 * u.mM), time_constant=10 * u.ms)
    m = Gate(3, steady_state=sigmoid(1.0, -20 * u.mV, 5 * u.mV))


@pytest.mark.parametrize(
    ("gate", "message"),
    [
        (Gate(alpha=1 / u.ms), "gate 'x' of Made must be given by"),
        (Gate(), "got nothing"),
        (Gate(alpha=1 / u.ms, beta=1 / u.ms, steady_state=0.5), "must be given by"),
        (Gate(alpha=lambda V: 3.0, beta=1 / u.ms), "alpha of gate 'x' of Made must be in a unit"),
        (Gate(alpha=lambda V: V, beta=1 / u.ms), "alpha of gate 'x'"),
        (Gate(alpha=1 / u.ms, beta=lambda V: jnp.exp(V + 3)), "beta of gate 'x'"),
        (Gate(steady_state=1 * u.mV), "steady_state of gate 'x' of Made must be a number"),
        (Gate(steady_state=0.5, time_constant=2.0), "time_constant of gate 'x'"),
        (Gate(power=0, steady_state=0.5), "power of gate 'x' of Made must be a positive number"),
        (Gate(q10=-1, steady_state=0.5), "q10 of gate 'x'"),
    ],
)
def test_mistakes_are_named_when_the_class_is_made(gate, message):
    with pytest.raises((ValueError, u.UnitMismatchError), match=message):
        type("Made", (Channel,), {"x": gate})


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"current": Gate(steady_state=0.5)}, "must not be called 'current'"),
        ({"terms": ((1.0, ("q",)),)}, "terms of Made must name its gates"),
        ({"g_max": 3 * u.mV}, "g_max of Made must be a conductance"),
        ({"E": 3 * u.mS}, "E of Made must be a voltage"),
    ],
)
def test_mistakes_outside_of_gates_are_named_too(body, message):
    with pytest.raises((ValueError, u.UnitMismatchError), match=message):
        type("Made", (Channel,), body)


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"g_max": 1.0}, "g_max must be a conductance"),
        ({"E": 1.0}, "E must be a voltage"),
        ({"temperature": "warm"}, "temperature must be"),
    ],
)
def test_mistakes_of_the_constructor(kwargs, message):
    with pytest.raises((ValueError, TypeError, u.UnitMismatchError), match=message):
        Na_HH1952(2, **kwargs)


def test_channel_without_defaults_asks_for_them():
    bare = type("Bare", (Channel,), {})
    with pytest.raises(ValueError, match="g_max must be given"):
        bare(1)
    with pytest.raises(ValueError, match="E must be given"):
        bare(1, g_max=1 * u.nS)


def test_current_is_the_product_of_its_parts():
    V = np.array([-60.0, -30.0]) * u.mV
    na = Na_HH1952(2)
    na.init_state(V)
    m, h = (np.asarray(x) for x in na.steady_state(V).values())
    want = 120 * m**3 * h * (np.array([-60.0, -30.0]) - 50)
    np.testing.assert_allclose(na.current(V).to_decimal(u.uA / u.cm**2), want, rtol=1e-5)
    g, battery = na.affine(V)
    current = (g * V - battery).to_decimal(u.uA / u.cm**2)
    np.testing.assert_allclose(current, want, rtol=1e-4)


def test_fractional_gates_add():
    V = np.array([-40.0, -10.0]) * u.mV
    channel = Fractional(2)
    channel.init_state(V)
    n, p = (np.asarray(x) for x in channel.steady_state(V).values())
    np.testing.assert_allclose(
        channel.conductance(V).to_decimal(u.nS), 10 * (0.85 * n**2 + 0.15 * p), rtol=1e-5
    )


def test_temperature_scales_speed_and_conductance():
    V = np.array([-20.0]) * u.mV
    cold, warm = Fractional(1), Fractional(1, temperature=30.0)
    for channel in (cold, warm):
        channel.init_state(V)
    ratio = {k: float((cold.time_constant(V)[k] / warm.time_constant(V)[k])[0]) for k in "np"}
    assert ratio == pytest.approx({"n": 3.0, "p": 1.0})
    assert float((warm.conductance(V) / cold.conductance(V))[0]) == pytest.approx(2.0)


def test_concentrations_are_passed_by_name():
    V = np.array([-20.0]) * u.mV
    channel = CalciumGated(1)
    assert channel.reads() == ("Ca",)
    channel.init_state(V, Ca=1e-3 * u.mM)
    assert channel.steady_state(V, Ca=1e-3 * u.mM)["c"][0] == pytest.approx(0.5)
    with pytest.raises(ValueError, match="concentration Ca is needed"):
        channel.steady_state(V)


def test_instantaneous_gates_have_no_state():
    channel = CalciumGated(1)
    channel.init_state(np.array([-20.0]) * u.mV, Ca=1e-3 * u.mM)
    assert set(channel.states()) == {("c",)}


def test_update_is_exact_at_a_held_voltage(x64):
    start, held = np.array([-65.0]) * u.mV, np.array([-20.0]) * u.mV
    na = Na_HH1952(1)
    na.init_state(start)
    before = {name: float(getattr(na, name).value[0]) for name in na.gates}
    with brainstate.environ.context(dt=0.7 * u.ms):
        na.update(held)
    for name in na.gates:
        target = float(na.steady_state(held)[name][0])
        tau = float(na.time_constant(held)[name].to_decimal(u.ms)[0])
        want = target + (before[name] - target) * np.exp(-0.7 / tau)
        assert float(getattr(na, name).value[0]) == pytest.approx(want, rel=1e-12)


def test_gates_stay_between_closed_and_open():
    V = jnp.linspace(-150, 150, 601) * u.mV
    na = Na_HH1952(601)
    na.init_state(V)
    with brainstate.environ.context(dt=5 * u.ms):
        na.update(V[::-1])
    for name in na.gates:
        x = np.asarray(getattr(na, name).value)
        assert ((x >= 0) & (x <= 1)).all()


def test_gradient_of_a_closed_gate_is_finite():
    na = Na_HH1952(1)
    na.init_state(np.array([-65.0]) * u.mV)
    na.m.value = jnp.zeros(1)

    def current(m):
        na.m.value = m
        return na.current(np.array([-65.0]) * u.mV).to_decimal(u.uA / u.cm**2)[0]

    assert np.isfinite(brainstate.transform.grad(current)(jnp.zeros(1))).all()
    power = sigmoid(1.0, -20 * u.mV, 5 * u.mV)
    assert np.isfinite(jax.grad(lambda v: power(v * u.mV) ** 3)(-150.0))


def test_cite():
    assert "10.1113/jphysiol.1952.sp004764" in Na_HH1952.cite()
    with pytest.raises(ValueError, match="has no source"):
        CalciumGated.cite()


def test_declared_rates_may_be_any_function():
    made = type(
        "Made",
        (Channel,),
        {
            "g_max": 1 * DENSITY,
            "E": 0 * u.mV,
            "x": Gate(
                steady_state=0.5,
                time_constant=lambda V: (
                    1 * u.ms + 2 * u.ms / (1 + exponential(1, -35 * u.mV, 10 * u.mV)(V))
                ),
            ),
        },
    )
    tau = made(1).time_constant(np.array([-35.0]) * u.mV)["x"]
    assert float(tau.to_decimal(u.ms)[0]) == pytest.approx(2)


@pytest.mark.parametrize("body", [{"x": Gate(steady_state=0.5, q10=3)}, {"q10_conductance": 2.0}])
def test_temperature_without_a_reference_is_refused(body):
    made = type("Made", (Channel,), {"g_max": 1 * DENSITY, "E": 0 * u.mV, **body})
    with pytest.raises(ValueError, match="temperature needs a reference"):
        made(1, temperature=30.0)
