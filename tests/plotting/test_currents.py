"""What the panels of currents show."""

import numpy as np
import pytest
import saiunit as u

import gapjunction as gj
from gapjunction.plotting._conditions import read_by_gates, rest_of, single, surroundings
from gapjunction.plotting._currents import currents_of
from gapjunction.plotting._curves import family_of


def currents(name, ligand_gated=False):
    own = single(getattr(gj.ion_channels, name))
    varied, ions = read_by_gates(own), surroundings(own)
    family = None
    if varied is not None:
        family = family_of(own, ions, varied)
        ions[varied] = rest_of(varied, family)
    return currents_of(own, ions, varied, family, ligand_gated)


def test_leak_is_a_line_and_does_not_change():
    found = currents("Leak_WB1996")
    np.testing.assert_allclose(found.steady, (0.1 * (found.V + 65)), rtol=1e-4, atol=2e-3)
    assert found.unit == "uA/cm2"
    np.testing.assert_allclose(found.current, np.tile(found.current[0], (len(found.time), 1)))
    np.testing.assert_allclose(found.before, 0.1 * (-100 + 65), rtol=1e-5)
    assert not found.logarithmic


def test_transient_current_peaks_and_vanishes():
    found = currents("Na_HH1952")
    assert found.unit == "mA/cm2"
    assert found.hold == -100
    assert list(found.steps) == [-80, -60, -40, -20, 0, 20, 40]
    # It reverses at E; between, peaks are inward and far larger than what stays.
    assert np.interp(50, found.levels, found.peak) == pytest.approx(0, abs=1e-3)
    deepest = found.peak.argmin()
    assert -10 <= found.levels[deepest] <= 10
    assert found.peak[deepest] < 20 * found.steady.min()
    assert 0.1 < found.begin < 1 < found.end < 20


def test_h_current_is_stepped_down():
    found = currents("h_HM1992")
    assert found.opens_below
    assert found.hold == -40
    assert found.steps.max() < -40
    assert (found.current[-1] < found.current[0]).all()


def test_inactivation_over_seconds_is_on_a_logarithmic_axis():
    assert currents("Nap_Ha2011").logarithmic
    assert not currents("T_HM1992").logarithmic


def test_calcium_is_stepped_where_it_is_all_that_matters():
    found = currents("SK_Ha2011", ligand_gated=True)
    assert found.steady.shape == (found.V.size, 5)
    assert found.current.shape[1] == 5
    assert found.hold == 0.0
    assert (np.diff(found.current[-1]) > 0).all()
    assert (found.before < found.current[-1, 0]).all()
    # It reverses at -20 mV: nothing would be seen at 0.
    assert currents("CAN_De1994", ligand_gated=True).hold == -60.0


def test_absolute_currents_have_an_absolute_unit():
    found = currents("HT_RM2003")
    assert found.unit == "nA"
    # All open at 60 mV: 150 nS * 130 mV.
    assert found.steady[-1] == pytest.approx(19.5, rel=0.01)


def test_constant_field_current_is_that_of_the_channel():
    found = currents("CaL_MH1992")
    own = gj.ion_channels.CaL_MH1992(1)
    V = [0.0] * u.mV
    own.init_state(V)
    expected = own.current(V, **surroundings(own)) / (u.uA / u.cm**2)
    assert found.unit == "uA/cm2"
    assert np.interp(0, found.V, found.steady) == pytest.approx(float(expected[0]), rel=1e-4)
