import dataclasses

import matplotlib as mpl
import numpy as np
import pytest
import saiunit as u
from scipy.integrate import solve_ivp

mpl.use("agg")
import matplotlib.pyplot as plt

from gapjunction import laws
from gapjunction.plotting import law_response

RATE, V0, K, LOW = 0.01, 60.0, 8.0, 0.25
SLOW = laws.Boltzmann(V0 * u.mV, K * u.mV, s_min=LOW, rate=RATE / u.ms)


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def solved(v, hold, times):
    """Return the current in pA at 1 nS by SciPy, from the rates of opening and closing."""

    def rates(v):
        x = (abs(v) - V0) / K
        return RATE * np.exp(-x / 2), RATE * np.exp(x / 2)

    a, b = rates(hold)
    start = a / (a + b)
    a, b = rates(v)
    end = max(times[-1], 1.0)
    found = solve_ivp(
        lambda t, n: a * (1 - n) - b * n, (0, end), [start], t_eval=times, rtol=1e-9, atol=1e-12
    )
    return (LOW + (1 - LOW) * found.y[0]) * v


@pytest.mark.parametrize("hold", [0.0, 50.0])
def test_currents_follow_the_rates_of_the_law(hold):
    steps = [-90.0, 40.0, 70.0]
    ax = law_response(SLOW, V_j=steps * u.mV, V_hold=hold * u.mV, duration=80 * u.ms)
    for v, line in zip(steps, ax.lines, strict=False):
        t, current = line.get_data()
        during = slice(2, np.searchsorted(t, 80.0, "right") - 1)
        np.testing.assert_allclose(current[during], solved(v, hold, t[during]), rtol=2e-4)
        # Before it, what is held has settled; after it, the voltage is that at once.
        np.testing.assert_allclose(current[t < 0], solved(hold, hold, np.zeros(1)), rtol=1e-5)
        after = current[t > 80.0]
        held = solved(v, hold, np.array([80.0]))[0] / v * hold
        np.testing.assert_allclose(after[0], held, rtol=1e-2)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("time (ms)", "junctional current (pA per nS)")


@pytest.mark.parametrize(
    ("weight", "number", "label"),
    [
        (2 * u.nS, 80.0, "junctional current (pA)"),
        (0.3 * u.uS, 12.0, "junctional current (nA)"),
        (0.5 * u.mS / u.cm**2, 20.0, "junctional current (µA/cm²)"),
    ],
)
def test_a_weight_gives_currents_their_size(weight, number, label):
    ax = law_response(laws.Ohmic(), V_j=40 * u.mV, weight=weight)
    np.testing.assert_allclose(ax.lines[0].get_ydata().max(), number, rtol=1e-6)
    assert ax.get_ylabel() == label


def test_a_family_with_its_legend():
    ax = law_response(SLOW)
    texts = [text.get_text() for text in ax.get_legend().get_texts()]
    assert texts[0] == "100 mV"
    assert texts[-1] == "−100 mV"
    assert len(ax.lines) == len(texts) + 1 == 11  # and zero


def test_steps_last_until_currents_have_settled():
    slower = dataclasses.replace(SLOW, rate=1e-3 * RATE / u.ms)
    for law, unit in ((SLOW, "ms"), (slower, "s")):
        ax = law_response(law, V_j=[-60, 60] * u.mV)
        assert ax.get_xlabel() == f"time ({unit})"
        t, current = ax.lines[1].get_data()
        end = np.flatnonzero(current)[-1]
        settled, start = (float(law.steady_state(v * u.mV)) * 60 for v in (60.0, 0.0))
        assert abs(current[end] - settled) < 0.06 * (start - settled)
        # The slowest relaxation, at 60 mV, takes 50 ms, or 50 s: a few of them are shown.
        assert 100 < t[end] < 400


def test_a_law_without_a_state_steps_at_once():
    t, current = law_response(laws.Olive(), V_j=10 * u.mV).lines[0].get_data()
    inside = (t > 0) & (t < 100)
    np.testing.assert_allclose(current[inside], 10 * (0.2 + 0.8 * np.exp(-1)), rtol=1e-5)
    assert (current[t < 0] == 0).all()


def test_a_law_of_several_states():
    half = laws.Hemichannel(40 * u.mV, 8 * u.mV, 0.25, 60 * u.psiemens, -1, rate=0.02 / u.ms)
    law = laws.Contingent(half, half)
    t, current = law_response(law, V_j=80 * u.mV, duration=300 * u.ms).lines[0].get_data()
    last = current[t < 300][-1]
    np.testing.assert_allclose(last, float(law.steady_state(80.0 * u.mV)) * 80, rtol=1e-3)


def test_given_axes_are_used():
    figure, ax = plt.subplots()
    assert law_response(SLOW, ax, duration=10 * u.ms) is ax
    assert plt.get_fignums() == [figure.number]


def test_what_is_wrong_is_named():
    @dataclasses.dataclass(frozen=True, eq=False)
    class Euler(laws.Law):
        def initial(self, V_pre, V_post):
            return 0 * (V_pre - V_post).to_decimal(u.mV)

        def advance(self, state, V_pre, V_post, dt):
            return state + 1e6 * dt.to_decimal(u.ms) * (1 - state)

        def conductance(self, state, V_pre, V_post):
            return state

    with pytest.raises(ValueError, match="duration must be given: Euler is not finite"):
        law_response(Euler())
    law_response(Euler(), duration=1e-4 * u.ms)
    plt.close("all")
    with pytest.raises(TypeError, match="law must be a Law, got 'Cx36'"):
        law_response("Cx36")
    with pytest.raises(ValueError, match="duration must be one positive time"):
        law_response(SLOW, duration=0 * u.ms)
    with pytest.raises(u.UnitMismatchError, match="weight must be a conductance"):
        law_response(SLOW, weight=2.0)
    with pytest.raises(ValueError, match="weight must be one conductance"):
        law_response(SLOW, weight=[2.0, 3.0] * u.nS)
    with pytest.raises(u.UnitMismatchError, match="V_j must be voltages"):
        law_response(SLOW, V_j=[20, 40])
    assert not plt.get_fignums()
