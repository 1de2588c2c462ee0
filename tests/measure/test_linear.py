"""Resistances and coupling coefficients of circuits, against closed forms."""

import tracemalloc

import numpy as np
import pytest
import saiunit as u

import gapjunction as gj
from gapjunction.measure import LinearNetwork, coupling_coefficient, input_resistance, transfer

G1, G2, g = 5.0, 3.0, 1.5  # nS


def pair(**kwargs):
    return LinearNetwork(([0], [1]), g * u.nS, np.array([G1, G2]) * u.nS, **kwargs)


def chain(n, leak=1.0, conductance=4.0):
    edges = gj.connectivity.Edges(np.arange(n - 1), np.arange(1, n), n)
    return LinearNetwork(edges, conductance * u.nS, leak * u.nS)


def test_pair_in_closed_form():
    net = pair()
    assert coupling_coefficient(net, 0, 1) == pytest.approx(g / (g + G2), rel=1e-12)
    assert coupling_coefficient(net, 1, 0) == pytest.approx(g / (g + G1), rel=1e-12)
    # The other cell is in series with the junction.
    R = 1e3 / (G1 + g * G2 / (g + G2))
    assert input_resistance(net, 0).to_decimal(u.Mohm) == pytest.approx(R, rel=1e-12)
    Z = transfer(net)
    det = G1 * G2 + g * (G1 + G2)
    expected = 1e3 / det * np.array([[G2 + g, g], [g, G1 + g]])
    np.testing.assert_allclose(Z.to_decimal(u.Mohm), expected, rtol=1e-12)


@pytest.mark.parametrize("n", [2, 5, 40])
def test_chain_is_a_discrete_cable(n):
    # Of V_k+1 - (2 + G / g) V_k + V_k-1 = 0 with a sealed end.
    mu = np.arccosh(1 + 1.0 / (2 * 4.0))
    k = np.arange(n)
    expected = np.cosh(mu * (n - 0.5 - k)) / np.cosh(mu * (n - 0.5))
    net = chain(n)
    np.testing.assert_allclose(coupling_coefficient(net, 0), expected, rtol=1e-10)
    R = 1e3 / (1.0 + 4.0 * (1 - expected[1]))
    assert input_resistance(net, 0).to_decimal(u.Mohm) == pytest.approx(R, rel=1e-10)


def test_long_chain_decays_with_its_length_constant():
    found = coupling_coefficient(chain(400), 200)
    mu = np.arccosh(1 + 1.0 / (2 * 4.0))
    np.testing.assert_allclose(found[200:240], np.exp(-mu * np.arange(40)), rtol=1e-10)


@pytest.mark.parametrize(
    "measure",
    [
        lambda net: coupling_coefficient(net, 10_000, 10_001),
        lambda net: input_resistance(net, 10_000),
        lambda net: gj.measure.effective_conductance(net, 10_000, 10_001, leak=True),
    ],
    ids=["coefficient", "resistance", "conductance"],
)
def test_memory_grows_with_the_number_of_cells_and_not_with_its_square(measure):
    net = chain(20_000)
    tracemalloc.start()
    try:
        found = measure(net)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert np.isfinite(u.get_mantissa(found))
    # A square matrix of float64 would have 3.2 GB.
    assert most < 20e6


def test_coupling_is_a_low_pass():
    C = np.array([90.0, 60.0])
    f = np.array([0.0, 1.0, 10.0, 100.0, 1000.0])
    found = coupling_coefficient(pair(capacitance=C * u.pF), 0, 1, f * u.Hz)
    expected = g / (g + G2 + 2j * np.pi * f * 1e-3 * C[1])
    np.testing.assert_allclose(found.amplitude, abs(expected), rtol=1e-12)
    np.testing.assert_allclose(found.phase, np.angle(expected), atol=1e-12)
    np.testing.assert_allclose(found.value, expected, rtol=1e-12)
    # At the corner the phase is an eighth of a period behind.
    corner = (g + G2) / (2 * np.pi * C[1]) * u.kHz
    one = coupling_coefficient(pair(capacitance=C * u.pF), 0, 1, corner)
    assert one.phase == pytest.approx(-np.pi / 4)
    assert one.amplitude == pytest.approx(g / (g + G2) / np.sqrt(2))


def test_impedance_of_a_lone_cell():
    net = LinearNetwork(([], []), 1 * u.nS, [4.0] * u.nS, 80 * u.pF)
    found = input_resistance(net, 0, 8 * u.Hz)
    Z = 1e3 / (4 + 2j * np.pi * 8e-3 * 80)
    assert found.amplitude.to_decimal(u.Mohm) == pytest.approx(abs(Z))
    assert found.phase == pytest.approx(np.angle(Z))


def test_two_conductances_couple_by_direction():
    net = LinearNetwork(([0], [1]), [[2.0, 0.5]] * u.nS, np.array([G1, G2]) * u.nS)
    assert coupling_coefficient(net, 0, 1) == pytest.approx(2.0 / (2.0 + G2))
    assert coupling_coefficient(net, 1, 0) == pytest.approx(0.5 / (0.5 + G1))


def test_transfer_at_several_frequencies_is_symmetric():
    edges = gj.connectivity.ring()(6, 6)
    net = LinearNetwork(edges, 1 * u.nS, np.linspace(1, 2, 6) * u.nS, 50 * u.pF)
    found = transfer(net, [0.0, 40.0] * u.Hz)
    assert found.amplitude.shape == (2, 6, 6)
    value = np.asarray(found.value.to_decimal(u.Mohm))
    np.testing.assert_allclose(value, np.swapaxes(value, 1, 2), rtol=1e-12)
    np.testing.assert_allclose(
        found.amplitude[0].to_decimal(u.Mohm), transfer(net).to_decimal(u.Mohm), rtol=1e-12
    )


def test_densities_have_their_own_unit():
    area = u.cm**2
    net = LinearNetwork(([0], [1]), 0.1 * u.mS / area, [0.3, 0.3] * u.mS / area)
    R = input_resistance(net, 0)
    assert R.dim == (u.ohm * area).dim
    assert R.to_decimal(u.kohm * area) == pytest.approx(1 / (0.3 + 0.03 / 0.4))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda n: coupling_coefficient(n, 0, 2), "post must be a cell's id below 2, got 2"),
        (lambda n: coupling_coefficient(n, ("E", 0), 1), r"pre\[0\] must be one of 'cells'"),
        (lambda n: input_resistance(n, 0, 1 * u.Hz), "must have a capacitance"),
        (lambda n: input_resistance(n, 0, -1 * u.Hz), "frequency must be"),
        (lambda n: LinearNetwork(([0], [1]), 1 * u.nS, 1 * u.nS), "leak must have one value"),
        (lambda n: LinearNetwork(([0], [1]), 1 * u.nS, [1.0] * 2 * u.nS, 0 * u.pF), "capacitance"),
        (lambda n: transfer(chain(3, leak=0.0)), "network must have a leak"),
    ],
)
def test_errors_name_the_argument(call, message):
    with pytest.raises(ValueError, match=message):
        call(pair())


def test_a_frequency_has_a_unit():
    with pytest.raises(u.UnitMismatchError, match="frequency must be a frequency"):
        input_resistance(pair(capacitance=1 * u.pF), 0, 5.0)
    with pytest.raises(u.UnitMismatchError, match="leak must be in a unit such as nS"):
        LinearNetwork(([0], [1]), 1 * u.nS, [1.0, 1.0] * u.pF)
