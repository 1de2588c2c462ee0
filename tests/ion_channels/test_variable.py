"""States that are not gates, against closed forms and SciPy."""

import brainstate
import jax
import numpy as np
import pytest
import saiunit as u
from scipy.integrate import solve_ivp
from scipy.linalg import expm

import gapjunction as gj
from gapjunction.ion_channels import Channel, Gate, Parameter, Variable, sigmoid

DENSITY = u.mS / u.cm**2
V = np.array([-50.0, -30.0]) * u.mV


class Chain(Channel):
    """Two linear variables of different units that exchange, and one that stands alone."""

    ion = "K"
    g_max = 1 * DENSITY
    E = -90 * u.mV
    k = Parameter(2 / u.ms)
    a = Variable(lambda V, a, b, k: -k * a + 3 * b / (u.mM * u.ms) + 0.5 / u.ms, start=1.0)
    b = Variable(lambda V, a, b: 1 * u.mM / u.ms * a - 4 / u.ms * b, start=0.2 * u.mM)
    w = Variable(lambda V, w: (V - w) / (5 * u.ms), start=lambda V: V + 10 * u.mV)
    n = Gate(1, alpha=lambda V, a: a**2 / u.ms, beta=1 / u.ms)


def test_linear_equations_are_exact_at_any_step(x64):
    channel = Chain(2)
    channel.init_state(V)
    with brainstate.environ.context(dt=0.7 * u.ms):
        channel.update(V)
        channel.update(V)
    whole = np.array([[-2.0, 3.0, 0.5], [1.0, -4.0, 0.0], [0.0, 0.0, 0.0]])
    want = expm(whole * 1.4) @ [1.0, 0.2, 1.0]
    np.testing.assert_allclose(channel.a.value, want[0], rtol=1e-12)
    np.testing.assert_allclose(channel.b.value.to_decimal(u.mM), want[1], rtol=1e-12)
    v = V.to_decimal(u.mV)
    got = channel.w.value.to_decimal(u.mV)
    np.testing.assert_allclose(got, v + 10 * np.exp(-1.4 / 5), rtol=1e-12)


def test_they_start_where_they_are_told_and_rates_read_them(x64):
    channel = Chain(2, k=[2.0, 4.0] / u.ms)
    channel.init_state(V)
    assert channel.a.value.shape == (2,)
    np.testing.assert_allclose(channel.n.value, 0.5)
    slopes = channel.derivative(V)
    np.testing.assert_allclose(slopes["a"].to_decimal(u.kHz), [-0.9, -2.9])
    np.testing.assert_allclose(slopes["b"].to_decimal(u.mM / u.ms), 0.2)
    assert list(channel.integrated_states()) == ["n", "a", "b", "w"]
    with brainstate.environ.context(dt=0.7 * u.ms):
        channel.update(V)
    channel.reset_state(V)
    np.testing.assert_allclose(channel.b.value.to_decimal(u.mM), 0.2)


class Oscillator(Channel):
    """Van der Pol's equation, which is stiff where x turns."""

    g_max = 1 * DENSITY
    E = 0 * u.mV
    x = Variable(lambda V, y: y / u.ms, start=2.0)
    y = Variable(lambda V, x, y: (5 * (1 - x**2) * y - x) / u.ms, start=0.0)


def run_oscillator(dt, until=2.0):
    channel = Oscillator(1)
    channel.init_state([0.0] * u.mV)

    def step(i):
        channel.update([0.0] * u.mV)

    with brainstate.environ.context(dt=dt * u.ms):
        brainstate.transform.for_loop(step, np.arange(round(until / dt)))
    return float(channel.x.value[0])


def test_curved_equations_are_of_second_order(x64):
    exact = solve_ivp(
        lambda t, z: [z[1], 5 * (1 - z[0] ** 2) * z[1] - z[0]],
        (0, 2.0),
        [2.0, 0.0],
        rtol=1e-11,
        atol=1e-13,
    ).y[0, -1]
    errors = [abs(run_oscillator(dt) - exact) for dt in (0.02, 0.01)]
    assert errors[1] < 1e-4
    assert np.log2(errors[0] / errors[1]) == pytest.approx(2, abs=0.2)


class Modulated(Channel):
    """Calcium phosphorylates it, which shifts its activation."""

    ion = "K"
    g_max = 2 * DENSITY
    E = -90 * u.mV
    p = Variable(
        lambda V, p, Ca: Ca / (1 * u.uM) / (200 * u.ms) * (1 - p) - p / (500 * u.ms),
        start=0.0,
        steady_state=lambda V, Ca: 1 / (1 + 200 / 500 * (1 * u.uM / Ca)),
    )
    n = Gate(
        1,
        steady_state=lambda V, p: sigmoid(1.0, -30 * u.mV - 20 * u.mV * p, 6 * u.mV)(V),
        time_constant=3 * u.ms,
    )


def test_steady_states_are_read_by_gates(x64):
    channel = Modulated(2)
    got = channel.steady_state(V, Ca=1 * u.uM)["n"]
    half = -30 - 20 / 1.4
    np.testing.assert_allclose(got, 1 / (1 + np.exp(-(V.to_decimal(u.mV) - half) / 6)), rtol=1e-9)
    tau = channel.time_constant(V, Ca=1 * u.uM)["n"]
    np.testing.assert_allclose(tau.to_decimal(u.ms), 3)
    # It starts where it is told, and not at the steady state.
    channel.init_state(V, Ca=1 * u.uM)
    np.testing.assert_allclose(channel.p.value, 0)


@pytest.mark.parametrize("solver", ["exp_euler", "staggered", "rk4"])
def test_solvers_agree_with_scipy(solver, x64):
    calcium = gj.ion_channels.FixedPool(1, "Ca", inside=0.5 * u.uM, outside=2 * u.mM)
    channels = {"m": Modulated(1), "leak": Channel(1, 0.1 * DENSITY, -60 * u.mV)}
    cells = gj.PointNeuron(1, 1 * u.uF / u.cm**2, channels, solver, pools=[calcium])
    cells.init_state()

    def step(i):
        cells(8 * u.uA / u.cm**2)

    with brainstate.environ.context(dt=0.025 * u.ms, t=0 * u.ms):
        brainstate.transform.for_loop(step, np.arange(800))

    def slope(t, z):
        v, n, p = z
        share = 1 / (1 + np.exp(-(v + 30 + 20 * p) / 6))
        return [
            8 - 2 * n * (v + 90) - 0.1 * (v + 60),
            (share - n) / 3,
            0.5 / 200 * (1 - p) - p / 500,
        ]

    start = [-65.0, 1 / (1 + np.exp(35 / 6)), 0.0]
    v, _n, p = solve_ivp(slope, (0, 20.0), start, rtol=1e-10, atol=1e-12).y[:, -1]
    close = 2e-2 if solver == "exp_euler" else 2e-3
    assert float(cells.V.value.to_decimal(u.mV)[0]) == pytest.approx(v, abs=close)
    assert float(cells.channels["m"].p.value[0]) == pytest.approx(p, rel=1e-6)


@pytest.mark.one_stack
def test_gradients_are_finite_and_right(x64):
    def final(k, start=1.0):
        channel = Chain(1, k=k / u.ms)
        channel.init_state([-50.0] * u.mV)
        with brainstate.environ.context(dt=1.0 * u.ms):
            channel.update([-50.0] * u.mV)
        return channel.a.value[0]

    slope = jax.grad(final)(2.0)
    assert float(slope) == pytest.approx(
        float(final(2.0 + 1e-5) - final(2.0 - 1e-5)) / 2e-5, rel=1e-6
    )

    # At rest nothing changes, and no size can be divided by.
    class Still(Channel):
        g_max = 1 * DENSITY
        E = 0 * u.mV
        k = Parameter(1 / u.ms)
        a = Variable(lambda V, a, b, k: k * (b - a), start=0.0)
        b = Variable(lambda V, a, b, k: k * (a - b), start=0.0)

    def still(k):
        channel = Still(1, k=k / u.ms)
        channel.init_state([-50.0] * u.mV)
        with brainstate.environ.context(dt=1.0 * u.ms):
            channel.update([-50.0] * u.mV)
        return channel.a.value[0]

    assert float(still(1.0)) == 0
    assert np.isfinite(jax.grad(still)(1.0))


def made(**body):
    return type("Made", (Channel,), {"g_max": 1 * DENSITY, "E": 0 * u.mV, **body})


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: made(x=Variable(lambda V, x: -x, start=1.0)),
            "derivative of variable 'x' of Made must be in a unit such as",
        ),
        (
            lambda: made(x=Variable(lambda V, x: -x / u.ms, 1.0, steady_state=1 * u.mV)),
            "steady_state of variable 'x' of Made must be a number",
        ),
        (lambda: made(x=Variable(3.0, start=1.0)), "derivative of variable 'x' .* a function"),
        (lambda: made(E=Variable(lambda V, E: -E / u.ms, 1.0)), "variable E of Made must not be"),
        (
            lambda: made(
                x=Variable(lambda V, x: -x / u.ms, start=lambda V: 1.0 if 0 * u.mV < V else 0.0)
            ),
            "start of variable 'x' of Made must be a function of V",
        ),
        (
            lambda: type("Again", (Chain,), {"a": Gate(steady_state=0.5)}),
            "variable a of Again must be a Variable, or None",
        ),
        (lambda: Chain(1).current(V), "has no state yet"),
    ],
)
def test_mistakes_are_named(make, message):
    with pytest.raises((ValueError, TypeError, u.UnitMismatchError), match=message):
        make()
