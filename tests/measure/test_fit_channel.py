"""Channels fitted to voltage-clamp currents, and curves fitted to points."""

import dataclasses
import functools

import matplotlib.pyplot as plt
import numpy as np
import pytest
import saiunit as u

import gapjunction as gj
from gapjunction.ion_channels import (
    K_HH1952,
    Channel,
    Gate,
    GHKChannel,
    Markov,
    Parameter,
    exponential,
    linoid,
    sigmoid,
)
from gapjunction.measure import VoltageClamp, fit_channel, fit_points, voltage_clamp
from gapjunction.measure._free import chosen, numbers_of

pytestmark = pytest.mark.usefixtures("x64")
MS = u.mS / u.cm**2
DENSITY = u.uA / u.cm**2
NOISE = 10.0
TEST = np.arange(-60.0, 41.0, 20.0)
STEPS = np.stack([TEST, np.full(TEST.shape, -50.0)]) * u.mV
TIMES = {"durations": [12.0, 8.0] * u.ms, "holding": -80 * u.mV, "dt": 0.4 * u.ms}
TRUTH = {
    "g_max": 36 * MS,
    "n.alpha.scale": 0.1 / u.ms,
    "n.alpha.V_half": -55 * u.mV,
    "n.beta.scale": 0.125 / u.ms,
    "n.beta.slope": -80 * u.mV,
}
START = {
    "g_max": 60 * MS,
    "n.alpha.scale": 0.2 / u.ms,
    "n.alpha.V_half": -45 * u.mV,
    "n.beta.scale": 0.06 / u.ms,
    "n.beta.slope": -50 * u.mV,
}


@functools.cache
def family():
    return voltage_clamp(K_HH1952(1), STEPS, **TIMES)


@functools.cache
def fit():
    """A fit of currents with noise, from numbers that are far from the truth."""
    noise = NOISE * np.random.default_rng(1).standard_normal(u.math.shape(family().current))
    noisy = dataclasses.replace(family(), current=family().current + noise * DENSITY)
    return fit_channel(K_HH1952, noisy, list(START), values=START)


def number(value, unit):
    return float(u.Quantity(value).to_decimal(u.get_unit(unit)))


def test_currents_of_a_clamp_are_those_of_the_equations():
    # At a constant voltage n approaches its steady state exponentially.
    V = TEST - 1e-9
    a = 0.1 * ((V + 55) / 10) / -np.expm1(-(V + 55) / 10)
    b = 0.125 * np.exp(-(V + 65) / 80)
    held_a, held_b = 0.01 * 25 / np.expm1(2.5), 0.125 * np.exp(15 / 80)
    start, end = held_a / (held_a + held_b), a / (a + b)
    clamp = family()
    t = np.asarray(clamp.time.to_decimal(u.ms))[:30, None]
    n = end + (start - end) * np.exp(-t * (a + b))
    expected = 36 * n**4 * (V + 77)
    found = np.asarray(clamp.current.to_decimal(DENSITY))
    np.testing.assert_allclose(found[:30], expected, rtol=1e-6)
    # Where the second step begins, the voltage is its own, and the gates are as they were.
    last = end + (start - end) * np.exp(-12 * (a + b))
    np.testing.assert_allclose(found[30], 36 * last**4 * 27, rtol=1e-6)
    assert len(found) == 51
    assert clamp.command.to_decimal(u.mV)[[29, 30, 50], 0].tolist() == [-60, -50, -50]


def test_numbers_of_a_channel_are_found_within_their_intervals():
    found = fit()
    assert found.converged
    assert not found.undetermined
    for name, truth in TRUTH.items():
        one, unit = found.parameters[name], u.get_unit(truth)
        low, high, error = (number(x, unit) for x in (one.low, one.high, one.standard_error))
        assert low < number(truth, unit) < high, name
        # The intervals say something: they are narrow, and far from where the fit began.
        assert high - low < 0.2 * abs(number(truth, unit))
        assert not low < number(START[name], unit) < high
        assert error == pytest.approx((high - low) / 4, rel=0.1)
    assert number(found.noise, DENSITY) == pytest.approx(NOISE, rel=0.12)
    assert abs(found.correlation) < 0.2
    (left,) = found.residuals
    assert number(np.std(left.to_decimal(DENSITY)), u.UNITLESS) == pytest.approx(NOISE, rel=0.12)


def test_the_fitted_class_has_the_numbers_of_the_fit():
    found = fit()
    again = voltage_clamp(found.channel(1), STEPS, **TIMES)
    ours = np.asarray(found.fitted[0].to_decimal(DENSITY))
    np.testing.assert_allclose(np.asarray(again.current.to_decimal(DENSITY)), ours, rtol=1e-9)
    assert found.channel.__name__ == "K_HH1952_fitted"
    assert found.channel.n.alpha.slope == K_HH1952.n.alpha.slope
    assert (found.channel.n.q10, found.channel.reference_temperature) == (3, 6.3)
    assert found.channel.source is None
    assert "n.beta.slope" in str(found)
    assert "95 %" in str(found)


def test_a_fit_is_drawn_with_its_residuals():
    top, bottom = fit().plot()
    assert len(top.lines) == 2 * len(TEST)
    np.testing.assert_allclose(
        bottom.lines[0].get_ydata(), np.asarray(fit().residuals[0].to_decimal(DENSITY))[:, 0]
    )
    assert "cm" in top.get_ylabel()
    plt.close(top.figure)
    figure, axes = plt.subplots(2)
    assert fit().plot(axes=axes)[0] is axes[0]
    with pytest.raises(ValueError, match="axes must be a pair"):
        fit().plot(axes=axes[:1])
    with pytest.raises(ValueError, match="current and fitted must"):
        gj.plotting.clamp_fit(np.arange(3) * u.ms, np.ones((3, 2)) * u.nA, np.ones(3) * u.nA)
    plt.close(figure)


def test_numbers_that_go_together_are_named_and_have_no_interval():
    # A shift of an exponential is a change of its scale.
    with pytest.warns(gj.GapJunctionWarning, match="n.beta.scale, n.beta.V_half are not deter"):
        found = fit_channel(K_HH1952, family(), ["n.beta"])
    assert found.undetermined == ("n.beta.scale", "n.beta.V_half")
    assert np.isinf(number(found.parameters["n.beta.V_half"].standard_error, u.mV))
    assert np.isfinite(number(found.parameters["n.beta.slope"].standard_error, u.mV))
    assert "not determined" in str(found)


class Two(Channel):
    """A channel with a parameter, a constant time constant, and a gate that is not seen."""

    ion = "K"
    g_max = 10 * u.nS
    E = -90 * u.mV
    half = Parameter(-30 * u.mV)
    hidden = Parameter(1.0)
    a = Gate(1, steady_state=sigmoid(1.0, half, 9 * u.mV), time_constant=3 * u.ms)
    b = Gate(1, steady_state=lambda V, hidden: 0 * hidden + 0.5)


SMALL = {"durations": [6.0] * u.ms, "holding": -80 * u.mV, "dt": 1 * u.ms}


def test_parameters_and_constants_are_fitted_from_several_starts():
    truth = Two(1, half=-42 * u.mV, g_max=4 * u.nS)
    clamp = voltage_clamp(truth, [[-50.0, -20.0, 10.0]] * u.mV, **SMALL)
    names = ["half", "g_max", "a.time_constant"]
    found = fit_channel(Two, clamp, names, starts=3, seed=4)
    values = [found.parameters[name].value for name in names]
    units = (u.mV, u.nS, u.ms)
    assert [number(x, y) for x, y in zip(values, units, strict=True)] == pytest.approx([-42, 4, 3])
    assert len(found.costs) == 3
    assert found.channel.parameters["half"].default == found.parameters["half"].value
    with pytest.warns(gj.GapJunctionWarning, match="hidden is not determined .* no effect"):
        assert fit_channel(Two, clamp, ["g_max", "hidden"]).undetermined == ("hidden",)


def test_samples_of_a_transient_do_not_count():
    clamp = voltage_clamp(Two(1), [[-50.0, 10.0], [-60.0, -60.0]] * u.mV,
                          **{**SMALL, "durations": [4.0, 3.0] * u.ms})  # fmt: skip
    spoiled = np.asarray(clamp.current.to_decimal(u.nA)).copy()
    spoiled[[0, 4]] += 100.0
    blanked = dataclasses.replace(clamp, current=spoiled * u.nA, blank=1 * u.ms)
    assert blanked.counted.tolist() == [False, True, True, True, False, True, True, True]
    found = fit_channel(Two, [blanked, clamp], ["g_max"], values={"g_max": 3 * u.nS})
    assert number(found.parameters["g_max"].value, u.nS) == pytest.approx(10)
    assert len(found.fitted) == 2


class Field(GHKChannel):
    """A constant-field current through a scheme."""

    ion = "Ca"
    P_max = 1e-4 * u.cm / u.second
    s = Markov(
        ("C", "O"),
        {
            ("C", "O"): exponential(0.5 / u.ms, -20 * u.mV, 12 * u.mV),
            ("O", "C"): exponential(0.5 / u.ms, -20 * u.mV, -12 * u.mV),
        },
        ("O",),
    )


def test_a_scheme_and_a_permeability_are_fitted():
    ions = {"Ca": 1e-4 * u.mM, "Ca_out": 2 * u.mM}
    clamp = voltage_clamp(
        Field(1, temperature=22.0, P_max=3e-4 * u.cm / u.second), [[-30.0, 0.0, 20.0]] * u.mV,
        **SMALL, **ions,
    )  # fmt: skip
    assert "s.C->O.V_half" in numbers_of(Field)
    found = fit_channel(Field, clamp, ["P_max", "s.C->O.scale"], values={"s.C->O.scale": 1 / u.ms})
    assert number(found.parameters["P_max"].value, u.cm / u.second) == pytest.approx(3e-4)
    assert number(found.parameters["s.C->O.scale"].value, 1 / u.ms) == pytest.approx(0.5)


# Hodgkin & Huxley (1952) J Physiol 117:500, https://doi.org/10.1113/jphysiol.1952.sp004764, table
# 1, axon 17 at 6 to 7 degC: depolarisation in mV, g_K in mS/cm2, n, its time constant in ms, and
# the two rates in 1/ms.
TABLE = np.array(
    [
        (109, 20.70, 0.961, 1.05, 0.915, 0.037),
        (100, 20.00, 0.953, 1.10, 0.866, 0.043),
        (88, 18.60, 0.935, 1.25, 0.748, 0.052),
        (76, 17.00, 0.914, 1.50, 0.610, 0.057),
        (63, 15.30, 0.891, 1.70, 0.524, 0.064),
        (51, 13.27, 0.859, 2.05, 0.419, 0.069),
        (38, 10.29, 0.806, 2.60, 0.310, 0.075),
        (32, 8.62, 0.772, 3.20, 0.241, 0.071),
        (26, 6.84, 0.728, 3.80, 0.192, 0.072),
        (19, 5.00, 0.674, 4.50, 0.150, 0.072),
        (10, 1.47, 0.496, 5.25, 0.095, 0.096),
        (6, 0.98, 0.448, 5.25, 0.085, 0.105),
    ]
).T


def test_the_published_points_are_what_their_authors_computed():
    # Each number of a row follows from others, so that a slip in copying them would show.
    _, g, n, tau, alpha, beta = TABLE
    np.testing.assert_allclose((g / 24.31) ** 0.25, n, atol=1e-3)
    np.testing.assert_allclose(n / tau, alpha, atol=1e-3)
    np.testing.assert_allclose((1 - n) / tau, beta, atol=1e-3)


def test_rates_and_activation_are_fitted_to_published_points():
    V, g, _, _, alpha, _ = TABLE
    rate = fit_points(linoid(0.2 / u.ms, 0 * u.mV, 20 * u.mV), V * u.mV, alpha / u.ms)
    x = (V - 10 + 1e-9) / 10
    published = 0.1 * x / -np.expm1(-x)
    ours = np.asarray(rate.residuals.to_decimal(u.get_unit(1 / u.ms)))
    # Nearer to the points of this axon than the formula for all axons, and near to that.
    assert (ours**2).sum() < ((alpha - published) ** 2).sum() < 0.012
    assert np.abs(ours).max() < 0.03
    scale, slope = rate.parameters["scale"], rate.parameters["slope"]
    assert number(scale.low, 1 / u.ms) < 0.1 < number(scale.high, 1 / u.ms)
    assert number(slope.low, u.mV) < 10 < number(slope.high, u.mV)
    curve = fit_points(sigmoid(24.31, 20 * u.mV, 20 * u.mV), V * u.mV, g, ["V_half", "slope"])
    assert 38 < number(curve.form.V_half, u.mV) < 63
    assert "V_half" in str(curve)


def test_an_inactivation_curve_has_its_negative_slope():
    V = np.linspace(-100, -20, 9) * u.mV
    points = sigmoid(1.0, -62 * u.mV, -7 * u.mV)(V) ** 2
    start = sigmoid(1.0, -50 * u.mV, -15 * u.mV)
    found = fit_points(start, V, points, ["V_half", "slope"], power=2)
    assert number(found.form.slope, u.mV) == pytest.approx(-7)
    assert number(found.form.V_half, u.mV) == pytest.approx(-62)
    assert np.abs(found.residuals).max() < 1e-9


def recording(**given):
    made = {
        "current": np.ones((5, 2)) * u.pA,
        "voltages": [[-40.0, 0.0]] * u.mV,
        "durations": [4.0] * u.ms,
        "holding": -80 * u.mV,
        "dt": 1 * u.ms,
    }
    return VoltageClamp(**{**made, **given})


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"current": np.ones((5, 2)) * u.mV}, "current must be a current"),
        ({"current": np.ones(5) * u.pA}, "current must have the shape"),
        ({"voltages": [[1.0, 2.0]] * u.pA}, "voltages must be a voltage"),
        ({"voltages": [-40.0, 0.0] * u.mV}, "voltages must have the shape"),
        ({"voltages": [[-40.0, 0.0, 1.0]] * u.mV}, "voltages and holding must be one for all"),
        ({"holding": [-80.0, -80.0, -80.0] * u.mV}, "voltages and holding must be one for all"),
        ({"durations": [3.5] * u.ms}, "durations must be whole multiples of dt"),
        ({"durations": [2.0] * u.ms}, "durations must add up to the length of .* 5 samples"),
        ({"dt": 0 * u.ms}, "dt must be positive"),
        ({"current": np.full((5, 2), np.nan) * u.pA}, "current must be finite"),
        ({"blank": -1 * u.ms}, "blank must be one time of at least 0"),
    ],
)
def test_recordings_that_cannot_be_are_refused(given, message):
    with pytest.raises((ValueError, u.UnitMismatchError), match=message):
        recording(**given)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((int, recording(), ["g_max"]), TypeError, "cls must be a class of channels"),
        ((Two, [], ["g_max"]), ValueError, "recordings must hold at least one"),
        ((Two, [1], ["g_max"]), TypeError, "recordings must hold VoltageClamps"),
        ((Two, recording(), "g_max"), TypeError, "names must be a list of names"),
        ((Two, recording(), []), ValueError, "names must hold a number to fit"),
        ((Two, recording(), ["gmax"]), ValueError, "names must be one of 'g_max'.*mean 'g_max'"),
        ((K_HH1952, recording(), ["g_max"]), u.UnitMismatchError, "must be per area, as K_HH"),
    ],
)
def test_what_cannot_be_fitted_is_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        fit_channel(*arguments)


def test_values_that_do_not_fit_are_refused():
    with pytest.raises(u.UnitMismatchError, match=r"values\['g_max'\] must be in a unit"):
        fit_channel(Two, recording(), ["g_max"], values={"g_max": 3 * u.mV})
    with pytest.raises(ValueError, match="values must be one of"):
        fit_channel(Two, recording(), ["g_max"], values={"a.tau": 3 * u.ms})
    with pytest.raises(ValueError, match="more samples than numbers"):
        fit_channel(Two, recording(blank=4 * u.ms), ["g_max", "half"])
    with pytest.raises(TypeError, match="channel must be an ion channel"):
        voltage_clamp(Two, STEPS, **TIMES)
    assert chosen(Two, ["a"]) == ["a.steady_state.scale", "a.steady_state.slope", "a.time_constant"]


def test_points_that_do_not_fit_are_refused():
    V = [-50.0, 0.0] * u.mV
    curve = sigmoid(1.0, -50 * u.mV, 5 * u.mV)
    with pytest.raises(TypeError, match="form must be a rate form"):
        fit_points(lambda V: V, V, [0.1, 0.2])
    with pytest.raises(TypeError, match="V_half of the form must be a number"):
        fit_points(sigmoid(1.0, Parameter(-50 * u.mV), 5 * u.mV), V, [0.1, 0.2])
    with pytest.raises(u.UnitMismatchError, match="points must be in a unit"):
        fit_points(curve, V, [0.1, 0.2] * u.mV)
    with pytest.raises(ValueError, match="points must have the shape of V"):
        fit_points(curve, V, [0.1, 0.2, 0.3])
    with pytest.raises(ValueError, match="more samples than numbers"):
        fit_points(curve, V, [0.1, 0.2])
