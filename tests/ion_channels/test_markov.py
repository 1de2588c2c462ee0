"""Kinetic schemes: against gates they are equal to, and against SciPy."""

import brainstate
import jax.numpy as jnp
import numpy as np
import pytest
import saiunit as u
from scipy.linalg import expm

from gapjunction.ion_channels import K_HH1952, Channel, Gate, Markov, exponential, linoid

ALPHA = linoid(0.1 / u.ms, -55 * u.mV, 10 * u.mV)
BETA = exponential(0.125 / u.ms, -65 * u.mV, -80 * u.mV)
PER_MS = u.get_unit(1 / u.ms)


class FiveStates(Channel):
    """The delayed rectifier's four equal gates, as the scheme they are."""

    ion = "K"
    g_max = 36 * u.mS / u.cm**2
    E = -77 * u.mV
    s = Markov(
        states=("C4", "C3", "C2", "C1", "O"),
        rates={
            ("C4", "C3"): lambda V: 4 * ALPHA(V),
            ("C3", "C2"): lambda V: 3 * ALPHA(V),
            ("C2", "C1"): lambda V: 2 * ALPHA(V),
            ("C1", "O"): ALPHA,
            ("O", "C1"): lambda V: 4 * BETA(V),
            ("C1", "C2"): lambda V: 3 * BETA(V),
            ("C2", "C3"): lambda V: 2 * BETA(V),
            ("C3", "C4"): BETA,
        },
        open=("O",),
        q10=3,
    )
    source = K_HH1952.source


@pytest.mark.parametrize("temperature", [6.3, 16.3])
def test_scheme_of_equal_gates_is_their_power(temperature, x64):
    V = np.linspace(-100, 40, 29) * u.mV
    scheme, gate = (cls(29, temperature=temperature) for cls in (FiveStates, K_HH1952))
    for channel in (scheme, gate):
        channel.init_state(-65 * u.mV * np.ones(29))
    for _ in range(5):
        with brainstate.environ.context(dt=0.3 * u.ms):
            scheme.update(V)
            gate.update(V)
        np.testing.assert_allclose(scheme.open_fraction(V), gate.open_fraction(V), rtol=1e-9)
    steady = scheme.steady_state(V)["s"]
    assert steady.shape == (29, 5)
    np.testing.assert_allclose(steady[:, -1], gate.steady_state(V)["n"] ** 4, rtol=1e-9)
    slope = scheme.derivative(V)["s"].to_decimal(PER_MS)
    np.testing.assert_allclose(slope.sum(-1), 0, atol=1e-12)


def test_update_is_the_exponential_of_the_rate_matrix(x64):
    V = np.array([-30.0]) * u.mV
    channel = FiveStates(1)
    channel.init_state(np.array([-80.0]) * u.mV)
    before = np.asarray(channel.s.value[0])
    a, b = (float(f(V).to_decimal(PER_MS)[0]) for f in (ALPHA, BETA))
    q = np.diag([4 * a, 3 * a, 2 * a, a], 1) + np.diag([b, 2 * b, 3 * b, 4 * b], -1)
    q -= np.diag(q.sum(1))
    with brainstate.environ.context(dt=0.5 * u.ms):
        channel.update(V)
    np.testing.assert_allclose(channel.s.value[0], before @ expm(0.5 * q), rtol=1e-10)


def test_scheme_and_gate_multiply():
    made = type(
        "Made",
        (Channel,),
        {
            "g_max": 1 * u.nS,
            "E": 0 * u.mV,
            "s": FiveStates.gates["s"],
            "h": Gate(steady_state=0.25),
        },
    )
    channel = made(3)
    V = jnp.linspace(-60, 0, 3) * u.mV
    channel.init_state(V)
    want = 0.25 * channel.steady_state(V)["s"][:, -1]
    np.testing.assert_allclose(channel.conductance(V).to_decimal(u.nS), want, rtol=1e-5)


@pytest.mark.parametrize(
    ("scheme", "message"),
    [
        (Markov(("A",), {}, ("A",)), "states of gate 's' of Made must be two or more"),
        (Markov(("A", "A"), {}, ("A",)), "different names"),
        (Markov(("A", "B"), {("A", "B"): 1 / u.ms}), "open of gate 's' of Made must name"),
        (Markov(("A", "B"), {("A", "B"): 1 / u.ms}, ("O",)), "open of gate 's'"),
        (Markov(("A", "B"), {("A", "C"): 1 / u.ms}, ("A",)), "rates of gate 's'"),
        (Markov(("A", "B"), {("A", "A"): 1 / u.ms}, ("A",)), "must not lead from A to A"),
        (Markov(("A", "B", "C"), {("A", "B"): 1 / u.ms}, ("A",)), r"connect all states; \['C'\]"),
        (Markov(("A", "B"), {("A", "B"): 1 * u.ms}, ("A",)), "rate A->B of gate 's' of Made"),
        (Markov(("A", "B"), {("A", "B"): 1 / u.ms}, ("A",), power=0), "power of gate 's'"),
        (
            Markov(("A", "B"), {("A", "B"): 1 / u.ms}, {"A": -1.0}),
            r"open\['A'\] of gate 's' of Made",
        ),
        (Markov(("A", "B"), {("A", "B"): 1 / u.ms}, {"A": np.nan}), "must be a finite number"),
    ],
)
def test_mistakes_are_named_when_the_class_is_made(scheme, message):
    with pytest.raises((ValueError, u.UnitMismatchError), match=message):
        type("Made", (Channel,), {"s": scheme})


@pytest.mark.parametrize("rates", [[1 / u.ms], {"A->B": 1 / u.ms}])
def test_rates_that_are_not_of_pairs_are_named(rates):
    with pytest.raises(TypeError, match="rates of a Markov scheme must be a dict with pairs"):
        Markov(("A", "B"), rates, ("A",))
