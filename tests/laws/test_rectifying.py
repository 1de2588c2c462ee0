"""Rectification and the bell of the inferior olive: against their formulas."""

import brainstate
import numpy as np
import pytest
import saiunit as u
from scipy.special import expit

import gapjunction as gj
from every_law import held, settled
from gapjunction.laws import Olive, Rectifier
from models import Passive

V = np.linspace(-200, 200, 81)


@pytest.mark.parametrize(("V_half", "slope"), [(0.0, 5.0), (12.0, 3.0), (-7.0, -20.0)])
def test_rectifier_is_a_sigmoid(V_half, slope, x64):
    law = Rectifier(V_half * u.mV, slope * u.mV, 0.1)
    want = 0.1 + 0.9 * expit((V - V_half) / slope)
    np.testing.assert_allclose(settled(law, V), want, rtol=1e-12)


def test_steep_sigmoid_tends_to_the_hard_one(x64):
    hard = settled(Rectifier(slope=0 * u.mV, s_min=0.1), V)
    np.testing.assert_array_equal(hard, np.where(V == 0, 0.55, np.where(V > 0, 1, 0.1)))
    for slope in (1e-3, 1e-30):
        steep = settled(Rectifier(slope=slope * u.mV, s_min=0.1), V)
        np.testing.assert_allclose(steep, hard, rtol=1e-12)


def test_reversed_slope_is_the_edge_turned_around(x64):
    one, other = (settled(Rectifier(slope=k * u.mV), V) for k in (4.0, -4.0))
    np.testing.assert_allclose(one, other[::-1], rtol=1e-12)


@pytest.mark.parametrize("coupling", ["step", "stage", "semi_implicit", "implicit"])
def test_two_conductances_one_for_each_direction(coupling, x64):
    """The formula is I = g V_j for V_j > 0 and h V_j below, in each step of the cells."""
    g, h, kappa = 0.4, 0.1, 0.5  # uS; dt / C in Gohm
    law = Rectifier(slope=0 * u.mV, s_min=h / g)
    V = np.array([-40.0, -60.0, -75.0, -50.0, -50.0])
    first, second = np.array([0, 2, 3]), np.array([1, 1, 4])
    cells = Passive(5, 1 * u.nF)
    gap = gj.RectifyingGapJunction(
        cells, "V", (first, second), g * u.uS, law=law, coupling=coupling
    )
    cells.init_state()
    cells.V.value = V * u.mV
    V_j = V[first] - V[second]
    want = np.where(V_j > 0, g, h) * V_j
    np.testing.assert_allclose(gap.edge_currents().to_decimal(u.nA), want, rtol=1e-14)
    with brainstate.environ.context(dt=kappa * u.ms):
        gap(), cells()
    L = np.zeros((5, 5))
    for i, j, own in zip(first, second, np.where(V_j > 0, g, h), strict=True):
        L[[i, j], [i, j]] += own
        L[[i, j], [j, i]] -= own
    held = {"implicit": 0 * L, "semi_implicit": L - np.diag(np.diag(L))}.get(coupling, L)
    want = np.linalg.solve(np.eye(5) + kappa * (L - held), V - kappa * held @ V)
    np.testing.assert_allclose(cells.V.value.to_decimal(u.mV), want, rtol=1e-12)


@pytest.mark.parametrize("width", [5.0, 40.0])
def test_olive_is_a_bell(width, x64):
    law = Olive(width * u.mV, 0.2)
    np.testing.assert_allclose(settled(law, V), 0.2 + 0.8 * np.exp(-((V / width) ** 2)), rtol=1e-12)


def test_only_the_difference_matters(x64):
    for law in (Rectifier(), Olive()):
        V_pre, V_post = held(V)
        moved = law.conductance(None, V_pre + 17 * u.mV, V_post + 17 * u.mV)
        np.testing.assert_allclose(moved, settled(law, V), rtol=1e-9)


def test_limits_are_ohmic(x64):
    for law in (Rectifier(s_min=1.0), Olive(s_min=1.0)):
        np.testing.assert_array_equal(settled(law, V), 1)
    np.testing.assert_allclose(settled(Olive(1e9 * u.mV, 0.2), V), 1, rtol=1e-12)
    np.testing.assert_allclose(settled(Rectifier(slope=1e12 * u.mV, s_min=0.2), V), 0.6, rtol=1e-9)
    np.testing.assert_allclose(settled(Rectifier(-1e4 * u.mV), V), 1, rtol=1e-12)


@pytest.mark.parametrize(
    ("make", "kwargs", "message"),
    [
        (Rectifier, {"V_half": 3.0}, "V_half must be a voltage"),
        (Rectifier, {"slope": 1 * u.nA}, "slope must be a voltage"),
        (Rectifier, {"s_min": -0.1}, "s_min must be"),
        (Rectifier, {"s_min": [0.1, 0.2]}, "s_min must be"),
        (Olive, {"width": 10.0}, "width must be a voltage"),
        (Olive, {"width": 0 * u.mV}, "width must be positive"),
        (Olive, {"width": np.nan * u.mV}, "width must be one finite value"),
        (Olive, {"s_min": 2.0}, "s_min must be"),
        (Rectifier, {"V_half": [0, 5] * u.mV}, "V_half must be"),
        (Rectifier, {"slope": [4, 5] * u.mV}, "slope must be"),
        (Rectifier, {"slope": np.nan * u.mV}, "slope must be"),
        (Rectifier, {"V_half": np.inf * u.mV}, "V_half must be"),
        (Olive, {"width": [10, 5] * u.mV}, "width must be"),
    ],
)
def test_bad_parameters_are_refused_by_name(make, kwargs, message):
    with pytest.raises((TypeError, ValueError, u.UnitMismatchError), match=message):
        make(**kwargs)
