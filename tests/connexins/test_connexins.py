"""Connexins: their curves, what they are compared with, and how they go into junctions."""

import dataclasses

import brainstate
import numpy as np
import pytest
import saiunit as u

import gapjunction as gj
from gapjunction import connexins
from gapjunction.connexins import Cx26, Cx30, Cx40, Cx43, Cx43_Cx45, Cx45, heterotypic
from models import Passive, pairs

ALL = [value for value in vars(connexins).values() if isinstance(value, connexins.Connexin)]
V = np.linspace(-120, 120, 49)
every = pytest.mark.parametrize("cx", ALL, ids=lambda cx: cx.name)


def settled(law, V_j=V):
    return np.asarray(law.steady_state(V_j * u.mV))


def test_six_of_them_under_their_names():
    assert [cx.name for cx in ALL] == ["Cx26", "Cx30", "Cx36", "Cx40", "Cx43", "Cx45"]
    assert all(getattr(gj.connexins, cx.name) is cx for cx in ALL)


@every
def test_says_where_it_is_from_and_what_is_not_confirmed(cx):
    assert any(year in cx.source for year in ("(1994)", "(1999)", "(2016)"))
    assert len(cx.note) > 40
    if not cx.confirmed:
        assert cx.note.startswith("Not confirmed:")


@every
def test_curve_is_the_boltzmann_function_of_its_numbers(cx, x64):
    V0, k, low = (float(cx.V0 / u.mV), float(cx.slope / u.mV), cx.residual)
    want = low + (1 - low) / (1 + np.exp((abs(V) - V0) / k))
    np.testing.assert_allclose(settled(cx.boltzmann()), want, rtol=1e-10)


@every
def test_two_halves_make_that_curve_where_they_do_not_meet(cx, x64):
    pair = heterotypic(cx, cx)
    assert pair.unitary.to_decimal(u.psiemens) == pytest.approx(cx.open.to_decimal(u.psiemens))
    V0, k, low = (float(cx.V0 / u.mV), float(cx.slope / u.mV), cx.residual)
    # In the scheme both gates share one open state: they meet at rest, by e^(-V0 / k).
    np.testing.assert_allclose(
        settled(pair), settled(cx.boltzmann()), atol=(1 - low) * 1.2 * np.exp(-V0 / k)
    )


# Slopes are kT / ze. Published fits, as far as they could be had.
@pytest.mark.parametrize(
    ("cx", "V0", "z", "kT", "residual"),
    [
        # Valiunas et al. 1999, abstract.
        (Cx30, 27, 4, 26.68, 0.15),
        # Desplantez et al. 2004, of both polarities.
        (Cx43, 60.8, 3.4, 25.7, 0.26),
        (Cx43, 62.9, 2.9, 25.7, 0.25),
        (Cx45, 38.9, 2.5, 25.7, 0.17),
        (Cx45, 38.5, 2.7, 25.7, 0.16),
    ],
)
def test_near_published_fits(cx, V0, z, kT, residual):
    fit = gj.laws.Boltzmann(V0 * u.mV, kT / z * u.mV, residual)
    np.testing.assert_allclose(settled(cx.boltzmann()), settled(fit), atol=0.055)


@pytest.mark.parametrize(
    ("cx", "open_", "residual", "V0", "k"),
    [
        (Cx40, 162, 23.6384, 57.74, 13.42),
        (Cx43, 61, 14.6460, 61.41, 8.405),
        (Cx45, 32, 4.2393, 39.55, 10.24),
    ],
)
def test_cardiac_channels_are_those_of_the_code(cx, open_, residual, V0, k, x64):
    """ModelDB 244692, in pS: the curves of both sides are added."""
    side = (open_ - residual) / (1 + np.exp((np.stack([V, -V]) - V0) / k)) + residual
    want = side.sum(0) - open_
    for law, within in ((cx.boltzmann(), 0.02), (heterotypic(cx, cx), 0.008)):
        got = settled(law) * cx.open.to_decimal(u.psiemens)
        np.testing.assert_allclose(got, want, atol=within * open_)


def brown(V):
    """Heterotypic Cx43/Cx45 of Brown et al. 2016."""
    return 0.04 + 0.99 / (1 + np.exp(0.088 * (V - 22.3)) + np.exp(0.027 * (-V - 125.3)))


def desplantez(V):
    """Heterotypic Cx43/Cx45 of 2004, over its largest value; V of Cx43's cell over Cx45's."""
    V, kT = -V, 25.7
    weak = 0.95 / (0.73 + np.exp(0.7 / kT * (V - 149.3))) + 0.05
    strong = 0.95 / (0.73 + np.exp(-2.1 / kT * (V + 15.9))) + 0.05
    return np.where(V > 25.08, weak, strong) / (0.95 / 0.73 + 0.05)


def test_heterotypic_channel_is_as_measured(x64):
    s = settled(Cx43_Cx45.measured)
    assert abs(s - desplantez(V)).max() < 0.04
    # Another fit, on the side where channels close, over its value at rest.
    apart = s / s[V == 0] - brown(V) / brown(np.zeros(1))
    assert abs(apart[V >= 0]).max() < 0.17
    # The strong side, away from where the paper's branches meet.
    far = V > 10
    np.testing.assert_allclose(s[far], desplantez(V)[far], atol=5e-3)


def test_prediction_has_the_sides_right_and_underrates_the_asymmetry():
    predicted, measured = settled(Cx43_Cx45.predicted()), settled(Cx43_Cx45.measured)
    for s in (predicted, measured):
        # Cx45's side, the more negative one, closes at lower voltages.
        assert s[V == 40.0] < s[V == -40.0]
    assert measured[V == -60] - measured[V == 60] > predicted[V == -60] - predicted[V == 60]
    turned = settled(heterotypic(Cx45, Cx43))
    np.testing.assert_allclose(turned, predicted[::-1], rtol=1e-5)


def test_opposite_polarities_close_on_one_side():
    """A Cx26 half closes if positive, a Cx40 half if negative: both at the same sign of V_j."""
    s = settled(heterotypic(Cx26, Cx40))
    np.testing.assert_allclose(s[V < -20], 1, atol=0.01)
    assert s[-1] < 0.3


def test_rate_makes_it_slow():
    slow = Cx43.boltzmann(rate=2 / u.second, closing=0.7)
    assert not slow.instantaneous
    np.testing.assert_allclose(settled(slow), settled(Cx43.boltzmann()), rtol=1e-5)
    pair = heterotypic(Cx43, Cx45, both=0.2, rate=2 / u.second)
    assert (pair.pre.rate, pair.both) == (2 / u.second, 0.2)
    own = dataclasses.replace(Cx43, rate=3 / u.second, closing=0.2)
    assert own.boltzmann().rate == 3 / u.second
    assert own.hemichannel(closing=0.4).closing == 0.4
    with pytest.raises(ValueError, match="both have a rate"):
        heterotypic(own, Cx45)


def test_in_a_junction():
    cells = Passive(2)
    cells.init_state()
    cells.V.value = [60.0, -20.0] * u.mV
    law = heterotypic(Cx43, Cx45, rate=5 / u.second)
    channels = 100
    gap = gj.VoltageGatedGapJunction(
        cells, "V", pairs([0], [1]), (channels * law.unitary).in_unit(u.nS), law=law
    )
    brainstate.nn.init_all_states(gap)
    want = channels * 0.042 * settled(law, np.array([80.0]))
    np.testing.assert_allclose(gap.conductance().to_decimal(u.nS), want, rtol=1e-2)


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"V0": 60}, "V0 must be a voltage"),
        ({"slope": 0 * u.mV}, "slope must be positive"),
        ({"residual": 2}, "residual must be"),
        ({"open": 3 * u.mV}, "open must be a conductance"),
        ({"polarity": 2}, "polarity must be -1 or 1"),
    ],
)
def test_bad_numbers_are_refused_by_name(kwargs, message):
    with pytest.raises((ValueError, TypeError, u.UnitMismatchError), match=message):
        dataclasses.replace(Cx43, **kwargs)


def test_what_is_no_connexin_is_refused():
    with pytest.raises(TypeError, match="post must be a Connexin, got 'Cx45'"):
        heterotypic(Cx43, "Cx45")
