"""Measures of models without units: the numbers of the same model with units.

With conductances in uS, capacitances in nF, currents in nA, voltages in mV and times in ms, no
equation of a circuit has a factor. Every number is then the same without the units.
"""

import brainpy.state as bp
import brainstate
import braintools
import numpy as np
import pytest
import saiunit as u

import gapjunction as gj
from gapjunction import measure

G, DT, N = 0.4, 0.5, 240
ON = np.where(np.arange(N) >= 40, 2.0, 0.0)


def model(units):
    """Return two leaky cells and a junction, with units or as plain numbers."""
    V, R, t, g = (u.mV, u.Mohm, u.ms, u.uS) if units else (1.0,) * 4
    cells = bp.LIF(
        2,
        R=np.array([2.0, 4.0]) * R,
        tau=5.0 * t,
        V_th=100.0 * V,
        V_rest=0.0 * V,
        V_reset=0.0 * V,
        V_initializer=braintools.init.Constant(0.0 * V),
    )
    gap = gj.SymmetryGapJunction(cells, "V", ([0], [1]), G * g, coupling="implicit")
    cells.init_state()

    def step():
        gap(), cells(0.0 * u.nA if units else 0.0)

    return gap, step


@pytest.fixture(scope="module")
def pair():
    """Two recordings of the same model, without units and with them."""
    with brainstate.environ.context(precision=32):
        found = []
        for units in (False, True):
            gap, step = model(units)
            current, dt = (ON * u.nA, DT * u.ms) if units else (ON, DT)
            found.append(measure.inject(gap, current, 0, dt=dt, step=step))
    return found


def number(value):
    return np.asarray(u.get_mantissa(value))


def test_recording_of_a_model(pair):
    plain, same = pair
    assert isinstance(plain.V, np.ndarray)
    np.testing.assert_allclose(plain.volts, same.volts, rtol=1e-5, atol=1e-6)
    assert repr(plain) == "Recording(2 cells, 240 samples in 120, current into cell 0)"
    assert repr(same) == "Recording(2 cells, 240 samples in 120 ms, current into cell 0)"


def test_ratios_of_a_recording_and_of_the_circuit(pair):
    plain, same = pair
    gap, _ = model(False)
    for source in (plain, gap):
        want = measure.coupling_coefficient(same, 0, 1)
        assert measure.coupling_coefficient(source, 0, 1) == pytest.approx(want, rel=1e-4)
        # Of resistances in Mohm.
        found = measure.input_resistance(source, 0)
        assert isinstance(found, float)
        want = float(measure.input_resistance(same, 0).to_decimal(u.Mohm))
        assert found == pytest.approx(want, rel=1e-4)
    window = measure.coupling_coefficient(plain, 0, 1, window=(110.0, 120.0), baseline=(0, 20.0))
    assert window == pytest.approx(measure.coupling_coefficient(same, 0, 1), rel=1e-3)


def test_frequencies_are_numbers_too(x64):
    f = np.array([0.005, 0.05])
    parts = [model(units)[0] for units in (False, True)]
    plain, same = (measure.transfer(gap, at) for gap, at in zip(parts, (f, f * u.kHz), strict=True))
    np.testing.assert_allclose(
        plain.value, same.amplitude.to_decimal(u.Mohm) * np.exp(1j * same.phase), rtol=1e-6
    )
    with pytest.raises(u.UnitMismatchError, match="frequency must be a number, as times have no"):
        measure.transfer(parts[0], 5 * u.Hz)
    t = np.arange(0, 600, DT)
    wave = np.sin(2 * np.pi * 0.02 * t)
    V, I = np.stack([3 * wave, wave], 1), np.stack([wave, 0 * wave], 1)  # noqa: E741
    plain = measure.input_resistance(measure.Recording(V, I, DT), 0, 0.02)
    same = measure.Recording(V * u.mV, I * u.nA, DT * u.ms)
    want = measure.input_resistance(same, 0, 20 * u.Hz)
    assert plain.amplitude == pytest.approx(float(want.amplitude.to_decimal(u.Mohm)))
    with pytest.raises(ValueError, match=r"below half the sampling rate, 1; got 3\.$"):
        measure.input_resistance(measure.Recording(V, I, DT), 0, 3.0)


def test_circuit_of_numbers(x64):
    leak = np.array([0.5, 0.25])
    plain = measure.LinearNetwork(([0], [1]), G, leak, capacitance=2.0)
    same = measure.LinearNetwork(([0], [1]), G * u.uS, leak * u.uS, capacitance=2 * u.nF)
    found, want = measure.transfer(plain), measure.transfer(same).to_decimal(u.Mohm)
    np.testing.assert_allclose(found, want, rtol=1e-12)
    there = measure.transfer(same, 10 * u.Hz).amplitude.to_decimal(u.Mohm)
    np.testing.assert_allclose(measure.transfer(plain, 0.01).amplitude, there, rtol=1e-12)
    back = measure.conductance_from_transfer(found)
    np.testing.assert_allclose(number(back.junctions)[0, 1], G, rtol=1e-12)
    assert number(measure.effective_conductance(plain, 0, 1)) == pytest.approx(G)
    # Times have their own unit: conductances that are numbers, capacitances in ms.
    clocked = measure.LinearNetwork(([0], [1]), G, leak, capacitance=2 * u.ms)
    np.testing.assert_allclose(measure.transfer(clocked, 10 * u.Hz).amplitude, there, rtol=1e-12)
    with pytest.raises(u.UnitMismatchError, match="capacitance must be in a unit such as"):
        measure.LinearNetwork(([0], [1]), G * u.uS, leak * u.uS, capacitance=2.0)


def test_circuit_of_a_model(x64):
    plain, same = (measure.linearise(model(units)[0]) for units in (False, True))
    np.testing.assert_allclose(number(plain.leak), same.leak.to_decimal(u.uS), rtol=1e-12)
    np.testing.assert_allclose(
        number(plain.capacitance), same.capacitance.to_decimal(u.nF), rtol=1e-12
    )
    assert u.get_unit(plain.capacitance).is_unitless
    with pytest.raises(ValueError, match="leak must be given for HindmarshRose"):
        measure.linearise(gj.SymmetryGapJunction(bp.HindmarshRose(2), "V", ([0], [1]), 0.1))


def test_fits(pair):
    plain, same = (measure.fit_conductance(record) for record in pair)
    for name, unit in (("conductance", u.uS), ("leak", u.uS), ("capacitance", u.nF)):
        found, want = getattr(plain, name), getattr(same, name)
        np.testing.assert_allclose(
            number(found.value), want.value.to_decimal(unit), rtol=1e-3, err_msg=name
        )
        assert u.get_unit(found.value).is_unitless
    assert number(plain.conductance.value)[0] == pytest.approx(G, rel=0.2)
    assert "mV" not in str(plain)
    assert "mV" in str(same)
    gap, step = model(False)
    gap.weight.value = gap.weight.value * 0.5
    fit = measure.fit_model(pair[0], gap, step=step)
    assert number(fit.estimates[0].value) == pytest.approx(G, rel=1e-3)


def test_spikelet():
    t = np.arange(0, 100, 0.1)
    pre = np.where((t >= 50) & (t < 51), 20.0, -65.0)
    s = np.clip(t - 50, 0, None)
    post = -70 + 2 * s * np.exp(1 - s)
    plain = measure.spikelet_amplitude(
        pre, post, 0.1, threshold=-20.0, before=5.0, after=20.0, isolation=30.0
    )
    same = measure.spikelet_amplitude(pre * u.mV, post * u.mV, 0.1 * u.ms, isolation=30 * u.ms)
    for found, want in zip(plain, same, strict=True):
        np.testing.assert_allclose(found, number(want), rtol=1e-12, equal_nan=True)
    assert isinstance(plain.amplitude, float)
    assert "mV" not in repr(plain)
    assert repr(same).startswith("Spikelet(amplitude=2 mV, ")
    with pytest.raises(u.UnitMismatchError, match="threshold must be a number, as V has no unit"):
        measure.spikelet_amplitude(pre, post, 0.1, before=5.0, after=20.0)
    with pytest.raises(u.UnitMismatchError, match="before must be a number, as dt has no unit"):
        measure.spikelet_amplitude(pre, post, 0.1, threshold=-20.0)
    with pytest.raises(u.UnitMismatchError, match="v_post must be numbers, as v_pre"):
        measure.spikelet_amplitude(pre, post * u.mV, 0.1, threshold=-20.0, before=5.0, after=20.0)


def test_a_recording_has_units_in_all_or_in_none():
    V = np.zeros((5, 2))
    with pytest.raises(u.UnitMismatchError, match="V must be voltages"):
        measure.Recording(V, V * u.nA, 1 * u.ms)
    with pytest.raises(u.UnitMismatchError, match="I must be currents"):
        measure.Recording(V * u.mV, V, 1 * u.ms)
    with pytest.raises(ValueError, match="dt must be positive"):
        measure.Recording(V, V, 0.0)
    record = measure.Recording(V, np.eye(5)[:, :2], 1.0)
    with pytest.raises(u.UnitMismatchError, match="window must be a number, as dt has no unit"):
        measure.input_resistance(record, 0, window=(1 * u.ms, 2 * u.ms), baseline=(0, 1))


def test_voltage_per_time_as_input():
    """Izhikevich's neuron takes mV / ms: resistances are then times."""
    cells = bp.Izhikevich(2)
    gap = gj.SymmetryGapJunction(cells, "V", ([0], [1]), 0.1 / u.ms)
    cells.init_state()

    def step():
        gap(), cells(0.0 * u.mV / u.ms)

    current = np.where(np.arange(20) >= 10, 0.5, 0.0) * u.mV / u.ms
    record = measure.inject(gap, current, 0, dt=0.1 * u.ms, step=step)
    assert measure.input_resistance(record, 0).unit.dim == u.ms.dim


def test_stability_of_numbers():
    gap, _ = model(False)
    same, _ = model(True)
    found, want = gj.stability(gap, DT), gj.stability(same, DT * u.ms)
    np.testing.assert_allclose(found.kappa["LIF"], want.kappa["LIF"], rtol=1e-6)
    assert found.lambda_max == pytest.approx(float(want.lambda_max * u.ms), rel=1e-6)
    assert found.largest_dt["step"] == pytest.approx(
        float(want.largest_dt["step"].to_decimal(u.ms)), rel=1e-6
    )
