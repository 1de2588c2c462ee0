"""Multi-compartment cells as linear circuits, beside closed forms of cable theory."""

import numpy as np
import pytest
import saiunit as u

import gapjunction as gj
from comparisons.ball_and_stick import coefficient, impedances
from dendrites import CM, circuit, make, needs_places

pytestmark = [needs_places, pytest.mark.usefixtures("x64")]


def network(volumes, g=1.0):
    from braincell.filter import at

    cells = make(2, volumes)
    dend, soma = gj.sites(cells, at("dend", 0.5)), gj.sites(cells, at("soma", 0.5))
    gap = gj.SymmetryGapJunction(dend, "V", ([0], [1]), g * u.nS)
    cells.init_state()
    return gj.measure.linearise(gap), soma, dend, gap


@pytest.mark.parametrize("frequency", [None, 40.0])
def test_coupling_converges_to_the_cable_with_second_order(frequency):
    want = coefficient(1e-3, 0.0 if frequency is None else 2e-3j * np.pi * frequency)
    at = None if frequency is None else frequency * u.Hz
    errors = []
    for volumes in (3, 9, 27):
        net, soma, _, _ = network(volumes)
        found = gj.measure.coupling_coefficient(net, (soma, 0), (soma, 1), at)
        errors.append(abs(np.asarray(found if at is None else found.value) - want))
    assert errors[-1] < 2e-5
    assert errors[0] / errors[1] == pytest.approx(9, rel=0.1)
    assert errors[1] / errors[2] == pytest.approx(9, rel=0.1)


def test_input_and_transfer_resistances():
    net, soma, dend, _ = network(27, g=1e-9)
    own, transfer, middle = impedances()
    one = gj.measure.input_resistance(net, (soma, 0))
    np.testing.assert_allclose(one.to_decimal(u.Mohm), own, rtol=1e-4)
    other = gj.measure.input_resistance(net, (dend, 1))
    np.testing.assert_allclose(other.to_decimal(u.Mohm), middle, rtol=1e-4)
    found = gj.measure.transfer(net).to_decimal(u.Mohm)
    i, j = net.cell("cell", (soma, 0)), net.cell("cell", (dend, 0))
    np.testing.assert_allclose(found[i, j], transfer, rtol=1e-4)
    np.testing.assert_allclose(found[j, i], transfer, rtol=1e-4)


def test_the_conductance_between_somata_is_in_series_with_their_dendrites():
    net, soma, _, gap = network(3)
    _, axial, _ = circuit(gap.pre.owner)
    L = np.kron(np.eye(2), axial)
    ends = [net.cell("cell", (gap.pre, k)) for k in (0, 1)]
    L[ends, ends] += 1e-3
    L[ends, ends[::-1]] -= 1e-3
    e = np.zeros(len(L))
    e[net.cell("cell", (soma, 0))], e[net.cell("cell", (soma, 1))] = 1, -1
    found = gj.measure.effective_conductance(net, (soma, 0), (soma, 1))
    assert found.to_decimal(u.uS) == pytest.approx(1 / (e @ np.linalg.pinv(L) @ e), rel=1e-6)


def test_injected_currents_make_the_voltages_of_the_circuit():
    from braincell.filter import at

    cells = make(2, 1)
    dend, soma = gj.sites(cells, at("dend", 0.5)), gj.sites(cells, at("soma", 0.5))
    gap = gj.SymmetryGapJunction(dend, "V", ([0], [1]), 1 * u.nS, coupling="implicit")
    cells.init_state()
    on = np.where(np.arange(700) < 100, 0.0, 20.0) * u.pA
    record = gj.measure.inject(gap, on, (soma, 0), dt=1.0 * u.ms, places=soma)
    # Places of junctions come first: 0 and 1 are on dendrites, 2 and 3 are somata.
    found = gj.measure.coupling_coefficient(record, 2, 3)
    net = gj.measure.linearise(gap)
    assert found == pytest.approx(
        float(gj.measure.coupling_coefficient(net, (soma, 0), (soma, 1))), rel=1e-5
    )
    assert not cells.current_inputs.keys() & {"gapjunction.measure electrode 0"}
    # What is fitted to somata is another conductance than that between the dendrites, and says so.
    assert record.compartments
    at_somata = gj.measure.Recording(record.V[:, 2:], record.I[:, 2:], record.dt, True)
    with pytest.warns(gj.GapJunctionWarning, match="apparent"):
        fit = gj.measure.fit_conductance(at_somata)
    assert fit.apparent
    assert "apparent" in str(fit)


def test_limits_of_the_time_step_know_the_cable():
    """The spectral radius of the scheme is 1 at the limit."""
    _, _, dend, gap = network(3, g=300.0)
    limit = float(gj.stability(gap, 0.025 * u.ms).largest_dt["stage"].to_decimal(u.ms))
    C, axial, leak = circuit(gap.pre.owner)
    n = len(C)
    inner = np.kron(np.eye(2), axial + np.diag(leak))
    laplacian = np.zeros((2 * n, 2 * n))
    i, j = dend.index
    laplacian[[i, j], [i, j]] += 0.3
    laplacian[[i, j], [j, i]] -= 0.3

    def radius(dt):
        left = np.diag(np.tile(C, 2) / dt)
        return abs(np.linalg.eigvals(np.linalg.solve(left + inner, left - laplacian))).max()

    assert radius(0.999 * limit) < 1 < radius(1.001 * limit)
    # More than the volume by itself would bear: axial currents hold it.
    assert limit > 1.1 * C[4] / 0.3


def test_places_in_one_volume_count_together():
    """However they are named: two junctions of half the conductance are one."""
    from braincell.filter import LocsetMask, at

    def limit(*junctions):
        return float(gj.stability(junctions, 0.025 * u.ms).largest_dt["stage"].to_decimal(u.ms))

    cells = make(2, 1)
    once, again = gj.sites(cells, at("dend", 0.4)), gj.sites(cells, at("dend", 0.6))
    both = gj.sites(cells, LocsetMask(points=[(1, 0.4), (1, 0.6)]))
    whole = gj.SymmetryGapJunction(once, "V", ([0], [1]), 300 * u.nS)
    halves = [
        gj.SymmetryGapJunction(once, "V", ([0], [1]), 150 * u.nS),
        gj.SymmetryGapJunction((again, once), "V", ([0], [1]), 150 * u.nS),
    ]
    two = gj.SymmetryGapJunction(both, "V", ([0, 1], [3, 2]), 150 * u.nS)
    cells.init_state()
    want = limit(whole)
    assert limit(*halves) == pytest.approx(want, rel=1e-6)
    assert limit(two) == pytest.approx(want, rel=1e-6)
    report = gj.stability(whole, 0.025 * u.ms)
    assert report.worst_name in ("0:dend(0.4)", "1:dend(0.4)")
    with pytest.raises(ValueError, match="capacitance must not be given"):
        gj.stability(whole, 0.025 * u.ms, capacitance=1 * u.pF)


def test_what_a_circuit_is_not_is_refused():
    from braincell.mech import Channel

    net, soma, _, gap = network(1)
    with pytest.raises(ValueError, match="leak must be left out"):
        gj.measure.linearise(gap, leak=1 * u.nS)
    with pytest.raises(ValueError, match="place's id below 2"):
        gj.measure.input_resistance(net, (soma, 2))
    with pytest.raises(ValueError, match="place of cells of the model"):
        gj.measure.input_resistance(net, (gj.sites(make(2, 1)), 0))
    with pytest.raises(ValueError, match="give places="):
        gj.measure.inject(gap, np.ones(3) * u.pA, (soma, 0), dt=0.1 * u.ms)
    cells = make(2, 1, channels=(Channel("HCN_HM1992", g_max=1e-5 * u.siemens / u.cm**2),))
    places = gj.sites(cells)
    gap = gj.SymmetryGapJunction(places, "V", ([0], [2]), 1 * u.nS)
    with pytest.raises(ValueError, match=r"call init_state\(\) of Cell"):
        gj.stability(gap, 0.025 * u.ms)
    cells.init_state()
    with pytest.raises(ValueError, match="gates must be 'frozen'"):
        gj.measure.linearise(gap)
    frozen = gj.measure.linearise(gap, gates="frozen")
    assert (frozen.leak.to_decimal(u.nS) > 0).all()


def squid_admittance(V, omega):
    """Admittance of the squid axon's sodium and potassium channels in S/cm2, by its equations."""

    def x(V):
        rise = [
            0.1 * (V + 40) / -np.expm1(-(V + 40) / 10),
            0.07 * np.exp(-(V + 65) / 20),
            0.01 * (V + 55) / -np.expm1(-(V + 55) / 10),
        ]
        fall = [
            4 * np.exp(-(V + 65) / 18),
            1 / (1 + np.exp(-(V + 35) / 10)),
            0.125 * np.exp(-(V + 65) / 80),
        ]
        rise, fall = np.array(rise), np.array(fall)
        return rise / (rise + fall), 1 / (rise + fall)

    (m, h, n), tau = x(V)
    slope = (x(V + 1e-4)[0] - x(V - 1e-4)[0]) / 2e-4
    na, k = 0.12 * (V - 50), 0.036 * (V + 77)
    by_gate = np.array([na * 3 * m**2 * h, na * m**3, k * 4 * n**3])
    follow = (by_gate * slope / (1 + 1j * omega * tau)).sum()
    return 0.12 * m**3 * h + 0.036 * n**4 + follow


def test_gates_of_dendrites_follow_the_voltage():
    """Quasi-active dendrites on passive somata, beside the equations of the channels."""
    from braincell.filter import at

    from gapjunction.ion_channels import K_HH1952, Na_HH1952, insert

    cells = make(2, 1)
    size = (*cells.pop_size, cells.n_cv)
    insert(cells, {"na": Na_HH1952(size), "k": K_HH1952(size)}, where=cells.branch["dend"])
    gap = gj.SymmetryGapJunction(gj.sites(cells, at("dend", 0.5)), "V", ([0], [1]), 2 * u.nS)
    cells.init_state()
    net = gj.measure.linearise(gap)
    C, axial, leak = circuit(cells)
    for frequency in (None, 70.0):
        omega = 0.0 if frequency is None else 2e-3 * np.pi * frequency
        own = leak + 1j * omega * C
        own[1] = own[1] + C[1] / (CM * 1e3) * 1e6 * squid_admittance(-65.0, omega)
        matrix = np.kron(np.eye(2), axial + np.diag(own))
        matrix[[1, 3], [1, 3]] += 2e-3
        matrix[[1, 3], [3, 1]] -= 2e-3
        want = np.linalg.inv(matrix)
        found = gj.measure.transfer(net, None if frequency is None else frequency * u.Hz)
        found = found if frequency is None else found.value
        np.testing.assert_allclose(found.to_decimal(u.Mohm), want, rtol=1e-6)


def test_gates_whose_equations_are_not_known_are_refused():
    from braincell.filter import AllRegion
    from braincell.mech import Channel, Ion

    cells = make(2, 1)
    ion, channel = Ion("PotassiumFixed", E=-77.0 * u.mV), Channel("K_HH1952")
    cells.paint(AllRegion(), ion, channel)
    gap = gj.SymmetryGapJunction(gj.sites(cells), "V", ([1], [3]), 1 * u.nS)
    cells.init_state()
    with pytest.raises(ValueError, match=r"gates must be 'frozen' for .* of braincell"):
        gj.measure.linearise(gap)
    assert (gj.measure.linearise(gap, gates="frozen").leak > 0 * u.nS).all()
