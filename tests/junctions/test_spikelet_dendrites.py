"""Spikelets that neurons which reset send into places of dendrites."""

import brainpy.state as bp
import brainstate
import numpy as np
import pytest
import saiunit as u

import gapjunction as gj
from dendrites import HAVE_PLACES, REST, circuit, make, needs_places
from models import Passive, mv

if HAVE_PLACES:
    from braincell.filter import at

pytestmark = pytest.mark.usefixtures("x64")
DT, G = 0.025, 2.0
AREA = 80 * u.mV * u.ms
CHARGE = G * 1e-3 * 80  # nA ms


def lif(n=2, V_th=-50 * u.mV):
    return bp.LIF(
        n,
        R=0.1 * u.Gohm,
        tau=10 * u.ms,
        V_rest=-70 * u.mV,
        V_reset=-70 * u.mV,
        V_th=V_th,
        spk_reset="hard",
    )


def step(gap, *populations):
    with brainstate.environ.context(i=0, t=0 * u.ms, dt=DT * u.ms):
        gap()
        for population in populations:
            population()


def joined(mode, spikelet=AREA, turned=False, **settings):
    """Two neurons that reset, and two dendrites; the first neuron spikes, towards the second."""
    cells, points = make(2, volumes=1, **settings), lif()
    places = gj.sites(cells, at("dend", 0.5))
    ends, edges = ((places, points), ([1], [0])) if turned else ((points, places), ([0], [1]))
    gap = gj.SpikeletGapJunction(ends, "V", edges, G * u.nS, spikelet=spikelet, coupling=mode)
    for part in (cells, points, gap):
        part.init_state()
    V0 = REST + np.random.default_rng(0).uniform(-20, 20, tuple(cells.out_size))
    cells.V.value, points.V.value = V0 * u.mV, [-49.0, -70.0] * u.mV
    return cells, points, places, gap, V0


@needs_places
@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("mode", ["step", "stage", "semi_implicit"])
def test_a_place_gets_the_charge_during_the_step(mode, turned):
    cells, points, places, gap, V0 = joined(mode, turned=turned)
    C, axial, leak = circuit(cells)
    matrix = np.kron(np.eye(2), np.diag(C / DT + leak) + axial)
    right = np.tile(C / DT, 2) * V0.ravel() + np.tile(leak, 2) * REST
    j, g = places.index[1], G * 1e-3
    # The neuron is at -70 mV after its reset.
    right[j] += CHARGE / DT + g * (-70 if mode == "semi_implicit" else -70 - V0.flat[j])
    matrix[j, j] += g if mode == "semi_implicit" else 0
    step(gap, cells, points)
    want = np.linalg.solve(matrix, right).reshape(V0.shape)
    np.testing.assert_allclose(mv(cells.V.value), want, atol=1e-9)
    fired = gap.fired.value[::-1] if turned else gap.fired.value
    assert np.asarray(fired[0]).tolist() == [True, False]
    assert not np.asarray(fired[1]).any()
    # And no second time.
    before = mv(cells.V.value)
    right = np.tile(C / DT, 2) * before.ravel() + np.tile(leak, 2) * REST
    there = mv(points.V.value)[0]
    right[j] += g * (there if mode == "semi_implicit" else there - before.flat[j])
    step(gap, cells, points)
    want = np.linalg.solve(matrix, right).reshape(V0.shape)
    np.testing.assert_allclose(mv(cells.V.value), want, atol=1e-9)


@needs_places
@pytest.mark.parametrize(
    ("mode", "solver"), [("implicit", "staggered"), ("implicit", "rk4"), ("stage", "rk4")]
)
def test_solvers_of_one_and_of_several_stages_give_the_same_charge(mode, solver):
    """Beside the same step without the spike: a current that lasts is there at every stage."""
    found = []
    for spikelet in (AREA, 0 * AREA):
        cells, points, _, gap, _ = joined(mode, spikelet, solver=solver)
        step(gap, cells, points)
        C = np.tile(circuit(cells)[0], 2)
        found.append((C * mv(cells.V.value).ravel()).sum())
    # But for what leaks, and flows back, within the step.
    assert found[0] - found[1] == pytest.approx(CHARGE, rel=5e-3)


@needs_places
def test_a_spike_of_the_dendrite_goes_through_as_its_voltage():
    """It is not counted a second time: the junction is an ohmic one in that direction."""
    cells, points, _, gap, V0 = joined("step")
    points.V.value = [-70.0, -70.0] * u.mV
    cells.V.value = V0 * 0 * u.mV + 30 * u.mV
    step(gap, cells, points)
    want = -70 + 0.1 * (1 - np.exp(-DT / 10)) * G * 100
    assert mv(points.V.value)[0] == pytest.approx(want, rel=1e-9)


@needs_places
def test_a_cell_of_one_compartment_is_a_point_neuron():
    """Without a leak, which solvers treat differently, they have the same voltages to rounding."""
    import braincell
    from braincell.filter import AllRegion

    def compartment():
        soma = braincell.Branch.from_lengths(
            lengths=[20] * u.um, radii=[10, 10] * u.um, type="soma"
        )
        cells = braincell.Cell(
            braincell.Morphology.from_root(soma, name="soma"),
            pop_size=1,
            cv_policy=braincell.CVPerBranch(1),
            V_init=REST * u.mV,
        )
        cells.paint(
            AllRegion(),
            braincell.mech.CableProperty(
                resting_potential=REST * u.mV,
                membrane_capacitance=1 * u.uF / u.cm**2,
                axial_resistivity=100 * u.ohm * u.cm,
            ),
        )
        return cells, gj.sites(cells)

    def neuron():
        leak = gj.ion_channels.Channel(1, g_max=0 * u.nS, E=REST * u.mV)
        cells = gj.PointNeuron(1, 4e-6 * np.pi * u.uF, {"leak": leak}, V_initializer=REST * u.mV)
        return cells, cells

    parts = []
    for mode in ("step", "implicit"):
        for make_one in (compartment, neuron):
            (cells, end), points = make_one(), lif(1)
            gap = gj.SpikeletGapJunction(
                (points, end), "V", ([0], [0]), G * u.nS, spikelet=AREA, coupling=mode
            )
            for part in (cells, points, gap):
                part.init_state()
            parts.append((gap, cells, points))

    def turn(i):
        with brainstate.environ.context(i=i, t=i * DT * u.ms, dt=DT * u.ms):
            for gap, cells, points in parts:
                gap()
                cells()
                # It fires some ten times.
                points(0.5 * u.nA)
            return [cells.V.value.to_decimal(u.mV).ravel() for _, cells, _ in parts]

    found = brainstate.transform.for_loop(turn, np.arange(2000))
    for place, point in zip(found[::2], found[1::2], strict=True):
        np.testing.assert_allclose(place, point, rtol=0, atol=1e-9)
        assert np.diff(place[:, 0]).max() > 0.9 * CHARGE / (4e-3 * np.pi)
        assert place[-1, 0] > REST + 5


def test_a_point_neuron_with_spikes_of_its_own_gets_spikelets_too():
    leak = gj.ion_channels.Channel(1, g_max=10 * u.nS, E=-65 * u.mV)
    cells, points = gj.PointNeuron(1, 100 * u.pF, {"leak": leak}), lif(1)
    gap = gj.SpikeletGapJunction((points, cells), "V", ([0], [0]), 0 * u.nS, spikelet=0.5 * u.mV)
    for part in (cells, points, gap):
        part.init_state()
    points.V.value = [-49.0] * u.mV
    with brainstate.environ.context(dt=DT * u.ms):
        gap()
        cells(0 * u.nA)
        points(0 * u.nA)
    assert mv(cells.V.value)[0] == pytest.approx(-64.5, abs=2e-3)


@needs_places
def test_refusals():
    cells, points = make(2, volumes=1), lif()
    places = gj.sites(cells, at("dend", 0.5))
    with pytest.raises(ValueError, match="spikelet must be an area or a charge for places"):
        gj.SpikeletGapJunction((points, places), "V", ([0], [1]), G * u.nS, spikelet=1 * u.mV)
    with pytest.raises(TypeError, match="pre is Sites, whose voltage has the shape of its spikes"):
        gj.SpikeletGapJunction(places, "V", ([0], [1]), G * u.nS, spikelet=AREA)
    with pytest.raises(TypeError, match="pre is Passive"):
        gj.SpikeletGapJunction((Passive(2), places), "V", ([0], [1]), G * u.nS, spikelet=AREA)
    with pytest.raises(ValueError, match="post_state must be 'V'"):
        gj.SpikeletGapJunction(
            (points, places), ("V", "spike"), ([0], [1]), G * u.nS, spikelet=AREA
        )
    with pytest.raises(ValueError, match="coupling must not be 'extrapolated'"):
        gj.SpikeletGapJunction(
            (points, places), "V", ([0], [1]), G * u.nS, spikelet=AREA, coupling="extrapolated"
        )
