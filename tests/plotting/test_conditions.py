"""What a channel that is drawn alone is surrounded by."""

import numpy as np
import pytest
import saiunit as u

from gapjunction.ion_channels import (
    T_HM1992,
    C_Tr1991,
    Ca_LVA_Ha2011,
    Channel,
    Gate,
    Na_HH1952,
    SK_Ha2011,
)
from gapjunction.plotting._conditions import TYPICAL, read_by_gates, single, surroundings


def test_constant_field_channels_get_both_concentrations():
    values = surroundings(T_HM1992(1))
    assert values == {"Ca": TYPICAL["Ca"][0], "Ca_out": TYPICAL["Ca"][1]}


def test_nernst_is_at_the_temperature_of_the_channel():
    # RT/2F ln(2 mM / 1 uM) at 34 degC, by hand.
    values = surroundings(Ca_LVA_Ha2011(1), {"Ca": 1 * u.uM})
    expected = 1e3 * 8.314462 * 307.15 / (2 * 96485.33) * np.log(2000)
    assert float(values["E_Ca"] / u.mV) == pytest.approx(expected, rel=1e-5)


def test_a_given_reversal_potential_needs_no_concentrations():
    assert surroundings(Ca_LVA_Ha2011(1), {"E_Ca": 120 * u.mV}) == {"E_Ca": 120 * u.mV}


@pytest.mark.parametrize(
    ("kind", "given", "error", "message"),
    [
        (Na_HH1952, {"Ca": 1 * u.mM}, ValueError, r"Na_HH1952 reads \(nothing\), got 'Ca'"),
        (T_HM1992, {"Caa": 1 * u.mM}, ValueError, r"\(Ca, Ca_out\), got 'Caa'"),
        (T_HM1992, {"Ca": 1 * u.mV}, u.UnitMismatchError, "must be a concentration"),
        (SK_Ha2011, {"Ca": 1e-3}, u.UnitMismatchError, "must be a concentration"),
        (Ca_LVA_Ha2011, {"E_Ca": 1 * u.mM}, u.UnitMismatchError, "must be a voltage"),
        (T_HM1992, {"Ca_out": [1.0, 2.0] * u.mM}, ValueError, "must be one value, got"),
        (SK_Ha2011, {"Ca": np.ones((2, 2)) * u.mM}, ValueError, "one value or a list of them"),
    ],
)
def test_bad_concentrations_are_refused(kind, given, error, message):
    with pytest.raises(error, match=message):
        surroundings(kind(1), given)


def test_an_ion_without_typical_values_must_be_given():
    class Blocked(Channel):
        g_max = 1 * u.nS
        E = 0 * u.mV
        b = Gate(1, steady_state=lambda V, Mg_out: 1 / (1 + Mg_out / u.mM))

    with pytest.raises(ValueError, match="must hold Mg_out, which Blocked reads"):
        surroundings(Blocked(1))
    assert surroundings(Blocked(1), {"Mg_out": 1 * u.mM}) == {"Mg_out": 1 * u.mM}


def test_what_gates_read_is_told_from_what_drives_the_current():
    assert read_by_gates(T_HM1992(1)) is None
    assert read_by_gates(Ca_LVA_Ha2011(1)) is None
    assert read_by_gates(C_Tr1991(1)) == "Ca"


def test_a_channel_is_copied_and_a_population_refused():
    channel = Na_HH1952(1, temperature=20.0)
    channel.init_state([-65.0] * u.mV)
    before = channel.m.value
    copy = single(channel)
    copy.init_state([0.0] * u.mV)
    assert copy.temperature == 20.0
    assert channel.m.value is before
    with pytest.raises(ValueError, match=r"of one cell, got in_size \(2,\)"):
        single(Na_HH1952(2))
    for other in ("Na_HH1952", int, None):
        with pytest.raises(TypeError, match="must be a channel or a class of them"):
            single(other)
