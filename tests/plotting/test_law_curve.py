import dataclasses

import matplotlib as mpl
import numpy as np
import pytest
import saiunit as u

mpl.use("agg")
import matplotlib.pyplot as plt

from gapjunction import laws
from gapjunction.plotting import law_curve

SLOW = laws.Boltzmann(60 * u.mV, 8 * u.mV, s_min=0.25, rate=0.01 / u.ms)


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def boltzmann(v):
    return 0.25 + 0.75 / (1 + np.exp((np.abs(v) - 60) / 8))


def test_the_steady_line_is_the_formula_of_the_law():
    ax = law_curve(SLOW)
    v, s = ax.lines[0].get_data()
    assert (v[0], v[-1]) == (-120.0, 120.0)
    np.testing.assert_allclose(s, boltzmann(v), atol=1e-6)
    assert ax.get_xlabel().endswith("(mV)")
    assert "conductance" in ax.get_ylabel()
    assert ax.get_ylim()[0] == 0.0


def test_at_once_the_state_is_that_of_what_was_held():
    ax = law_curve(SLOW, V_hold=60 * u.mV)
    steady, start = ax.lines
    assert [text.get_text() for text in ax.get_legend().get_texts()] == [
        "steady state",
        "at once, from 60 mV",
    ]
    np.testing.assert_allclose(start.get_ydata(), boltzmann(60.0), atol=1e-6)
    # The two meet where it was held.
    where = np.flatnonzero(steady.get_xdata() == 60.0)
    np.testing.assert_allclose(steady.get_ydata()[where], start.get_ydata()[where], atol=1e-6)
    assert len(law_curve(SLOW, initial=False).lines) == 1


def test_at_once_a_law_may_follow_the_voltage_as_well():
    @dataclasses.dataclass(frozen=True, eq=False)
    class Both(laws.Law):
        def initial(self, V_pre, V_post):
            return 1 + (V_pre - V_post).to_decimal(u.mV) / 100

        def conductance(self, state, V_pre, V_post):
            return state * (V_pre - V_post).to_decimal(u.mV) ** 2 / 1e4

    steady, start = law_curve(Both(), V_hold=-50 * u.mV).lines
    v = steady.get_xdata()
    np.testing.assert_allclose(steady.get_ydata(), (1 + v / 100) * v**2 / 1e4, atol=1e-5)
    np.testing.assert_allclose(start.get_ydata(), 0.5 * v**2 / 1e4, atol=1e-5)


def test_a_law_without_a_state_has_one_line():
    ax = law_curve(laws.Olive(width=20 * u.mV), V_j=[-50, 50] * u.mV)
    (line,) = ax.lines
    v, s = line.get_data()
    np.testing.assert_allclose(s, 0.2 + 0.8 * np.exp(-((v / 20) ** 2)), atol=1e-6)
    assert ax.get_xlim() == (-50.0, 50.0)
    assert ax.get_legend() is None


def test_the_points_of_the_curve_may_be_given():
    ax = law_curve(laws.Ohmic(), V_j=[10.0, -0.02e3, 0.0] * u.mV)
    np.testing.assert_array_equal(ax.lines[0].get_xdata(), [-20, 0, 10])


def test_several_laws_are_told_apart_by_name():
    ax = law_curve({"slow": SLOW, "ohmic": laws.Ohmic()})
    texts = [text.get_text() for text in ax.get_legend().get_texts()]
    assert texts == ["slow", "ohmic", "at once, from 0 mV"]
    assert len(ax.lines) == 3
    assert ax.lines[0].get_color() == ax.lines[1].get_color() != ax.lines[2].get_color()


def test_given_axes_are_used_and_settings_stay():
    before = dict(mpl.rcParams)
    figure, ax = plt.subplots()
    assert law_curve(SLOW, ax) is ax
    assert plt.get_fignums() == [figure.number]
    assert dict(mpl.rcParams) == before


def test_what_is_wrong_is_named():
    with pytest.raises(TypeError, match="law must be a Law, or a dict of them by name, got 'Cx"):
        law_curve("Cx36")
    with pytest.raises(TypeError, match=r"law\['a'\] must be a Law, got 3"):
        law_curve({"a": 3})
    with pytest.raises(u.UnitMismatchError, match="V_j must be voltages"):
        law_curve(SLOW, V_j=[-50, 50])
    with pytest.raises(ValueError, match="V_j must be two or more different voltages"):
        law_curve(SLOW, V_j=[5, 5] * u.mV)
    with pytest.raises(ValueError, match="V_hold must be one voltage"):
        law_curve(SLOW, V_hold=[5, 5] * u.mV)
    assert not plt.get_fignums()
