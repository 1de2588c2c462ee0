import matplotlib as mpl
import numpy as np
import pytest
import saiunit as u

mpl.use("agg")
import matplotlib.pyplot as plt

import gapjunction as gj
from gapjunction.connectivity import Edges, all_to_all, ring
from gapjunction.plotting import spectrum
from models import Passive


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def of_ring(n, rate):
    return np.sort(2 * rate * (1 - np.cos(2 * np.pi * np.arange(n) / n)))


def test_eigenvalues_of_a_ring():
    ax = spectrum(ring()(10, 10), weight=3 * u.nS)
    np.testing.assert_allclose(ax.lines[0].get_ydata(), of_ring(10, 3.0), atol=1e-12)
    np.testing.assert_array_equal(ax.lines[0].get_xdata(), np.arange(1, 11))
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("mode", "eigenvalue of L (nS)")


def test_rates_of_edges_over_capacitance():
    ax = spectrum(ring()(10, 10), weight=3 * u.nS, capacitance=6 * u.pF, dt=0.25 * u.ms)
    np.testing.assert_allclose(ax.lines[0].get_ydata(), of_ring(10, 0.5), atol=1e-12)
    assert ax.get_ylabel() == "decay rate (1/ms)"
    np.testing.assert_allclose(ax.lines[1].get_ydata(), 8.0)


def test_cells_that_differ():
    # Of two cells the one rate is g (1 / C1 + 1 / C2).
    ax = spectrum(Edges([0], [1], 2), weight=2 * u.nS, capacitance=[1.0, 4.0] * u.pF)
    np.testing.assert_allclose(ax.lines[0].get_ydata(), [0.0, 2.5], atol=1e-12)


@pytest.mark.parametrize("g_L", [0.0, 2.0])
def test_a_junction_with_its_populations_and_their_limit(g_L):
    cells = Passive(8, C=1 * u.nF, g_L=g_L * u.uS)
    gap = gj.SymmetryGapJunction(cells, "V", ring(), 0.5 * u.uS)
    ax = spectrum(gap, dt=0.5 * u.ms)
    np.testing.assert_allclose(ax.lines[0].get_ydata(), of_ring(8, 0.5), atol=1e-6)
    # Exponential Euler: a coth(a dt / 2), which is 2 / dt without a leak.
    limit = g_L / np.tanh(g_L * 0.5 / 2) if g_L else 4.0
    np.testing.assert_allclose(ax.lines[1].get_ydata(), limit, rtol=1e-6)
    assert ax.get_legend().get_texts()[0].get_text() == "explicit limit at dt = 0.5 ms"


def test_the_limit_is_that_of_the_stability_report():
    cells = Passive(6, C=1 * u.nF, g_L=0.3 * u.uS)
    gap = gj.SymmetryGapJunction(cells, "V", all_to_all(), 0.4 * u.uS)
    dt = gj.stability(gap, 0.1 * u.ms).largest_dt["step"]
    ax = spectrum(gap, dt=dt)
    assert ax.lines[1].get_ydata()[0] == pytest.approx(ax.lines[0].get_ydata()[-1], rel=1e-5)


def test_the_limit_of_cells_that_differ_is_a_band():
    cells = Passive(3, C=1 * u.nF, g_L=[0.0, 1.0, 2.0] * u.uS)
    gap = gj.SymmetryGapJunction(cells, "V", ring(), 0.5 * u.uS)
    (band,) = spectrum(gap, dt=0.5 * u.ms).patches
    box = band.get_extents().transformed(plt.gca().transData.inverted())
    np.testing.assert_allclose([box.y0, box.y1], [4.0, 2 / np.tanh(0.5)], rtol=1e-6)


def test_junctions_that_share_populations_count_together():
    cells = Passive(5, C=1 * u.nF)
    gaps = [gj.SymmetryGapJunction(cells, "V", all_to_all(), g * u.uS) for g in (0.25, 0.5)]
    np.testing.assert_allclose(spectrum(gaps).lines[0].get_ydata(), [0, *[0.75 * 5] * 4], atol=1e-6)


def test_complex_eigenvalues_show_both_parts():
    # A cycle that conducts one way only: 1 - exp(2 pi i k / 3).
    weight = np.array([[1.0, 0.0]] * 3) * u.nS
    ax = spectrum(Edges([0, 1, 2], [1, 2, 0], 3), weight=weight)
    np.testing.assert_allclose(ax.lines[0].get_ydata(), [0, 1.5, 1.5], atol=1e-7)
    imaginary = np.sort(ax.lines[1].get_ydata())
    np.testing.assert_allclose(imaginary, [-np.sqrt(3) / 2, 0, np.sqrt(3) / 2], atol=1e-7)


def test_given_axes_are_used():
    figure, ax = plt.subplots()
    assert spectrum(ring()(4, 4), ax) is ax
    assert plt.get_fignums() == [figure.number]


def test_what_is_wrong_is_named():
    edges, gap = ring()(4, 4), gj.SymmetryGapJunction(Passive(4), "V", ring(), 0.5 * u.uS)
    with pytest.raises(TypeError, match="graph must be Edges, or gap junctions, got 'ring'"):
        spectrum("ring")
    with pytest.raises(TypeError, match="graph must be made of gap junctions, got 3"):
        spectrum([gap, 3])
    with pytest.raises(TypeError, match="weight must be None for junctions"):
        spectrum(gap, weight=1 * u.nS)
    with pytest.raises(ValueError, match="capacitance must be given with dt"):
        spectrum(edges, dt=0.1 * u.ms)
    with pytest.raises(ValueError, match="dt must be one positive time"):
        spectrum(gap, dt=-0.1 * u.ms)
    with pytest.raises(u.UnitMismatchError, match="dt must be a time"):
        spectrum(gap, dt=0.1)
    with pytest.raises(u.UnitMismatchError, match="capacitance must be a capacitance"):
        spectrum(edges, weight=1 * u.nS, capacitance=1 * u.uF / u.cm**2)
    with pytest.raises(ValueError, match="capacitance must be one, or one for each of the 4"):
        spectrum(edges, weight=1 * u.nS, capacitance=[1.0, 2.0] * u.pF)
    with pytest.raises(ValueError, match="capacitance must be positive"):
        spectrum(edges, weight=1 * u.nS, capacitance=0 * u.pF)
    with pytest.raises(ValueError, match="graph must have at most 5000 cells, got 5001"):
        spectrum(Edges([0], [1], 5001))
    assert not plt.get_fignums()
