"""What gapjunction.stability reports, against linear algebra and against simulations."""

import brainpy.state as bp
import brainstate
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import saiunit as u

import gapjunction as gj
from gapjunction.demo.parameters import Parameters
from gapjunction.demo.worm import NervousSystem
from models import Network, Passive, mv, pairs, random_pairs, simulate

EXPLICIT = ("step", "stage")
ANY = "The junctions are stable at any dt; the neurons' own equations may need less."
AREA = u.cm**2
PER_MS = u.get_unit(1 / u.ms)


def start_at(values):
    return lambda size, *args, **kwargs: np.asarray(values, np.float64) * u.mV


def alternating(n, middle=-65.0):
    return middle + np.where(np.arange(n) % 2, 1e-3, -1e-3)


def lif(n):
    return bp.LIF(
        n,
        R=1 * u.ohm,
        tau=5 * u.ms,
        V_rest=-65 * u.mV,
        V_th=1e9 * u.mV,
        V_initializer=start_at(alternating(n)),
    )


def hh(n):
    return bp.HH(n, gL=0.3 * u.mS, V_initializer=start_at(alternating(n)))


def passive(n, g_L=0.5 * u.uS):
    return Passive(n, C=1 * u.nF, g_L=g_L, V0=alternating(n, 0.0) * u.mV)


def point(solver):
    def make(n):
        leak = gj.ion_channels.Channel(n, 0.5 * u.mS / AREA, -65 * u.mV)
        start = start_at(alternating(n))
        return gj.PointNeuron(n, 1 * u.uF / AREA, {"leak": leak}, solver, V_initializer=start)

    return make


def all_pairs(n):
    return pairs(*np.triu_indices(n, 1))


# How to make a population, its size, each junction's conductance, an input of nothing, the mode.
CASES = {
    "LIF pair": (lif, 2, 25 * u.siemens, 0 * u.mA, "step"),
    "LIF pair, slow": (lif, 2, 1 * u.siemens, 0 * u.mA, "step"),
    "LIF all to all": (lif, 100, 0.1 * u.siemens, 0 * u.mA, "step"),
    "HH pair": (hh, 2, 100 * u.mS, 0 * u.uA, "step"),
    "Passive pair": (passive, 2, 5 * u.uS, 0 * u.nA, "step"),
    "Passive pair, slow": (passive, 2, 0.3 * u.uS, 0 * u.nA, "step"),
    "Passive pair, stage": (passive, 2, 5 * u.uS, 0 * u.nA, "stage"),
    **{
        f"PointNeuron, {solver}": (point(solver), 2, 5 * u.mS / AREA, 0 * u.uA / AREA, "stage")
        for solver in ("exp_euler", "staggered", "euler", "rk2", "rk3", "rk4")
    },
    **{
        f"PointNeuron, {solver}, {mode}": (point(solver), 2, 5 * u.mS / AREA, 0 * u.uA / AREA, mode)
        for solver, mode in (
            ("staggered", "step"),
            ("rk4", "step"),
            ("exp_euler", "extrapolated"),
            ("staggered", "extrapolated"),
            ("rk4", "extrapolated"),
        )
    },
}


def growth(case, *factors):
    """Return by how much differences grow in 1500 steps of these times the largest dt."""
    make, n, g, x, coupling = CASES[case]

    def network():
        cells = make(n)
        gap = gj.SymmetryGapJunction(cells, "V", all_pairs(n), g, coupling=coupling)
        net = Network([cells], [gap])
        brainstate.nn.init_all_states(net)
        return net

    largest = gj.stability(network(), 0.1 * u.ms).largest_dt[coupling]
    # Compiled once for all factors.
    end = brainstate.transform.jit(lambda dt: simulate(network(), [x], 1500, dt)[0][-1])
    return [np.ptp(mv(end(largest * factor))) / 2e-3 for factor in factors]


@pytest.mark.parametrize("case", CASES)
def test_simulations_are_stable_just_below_the_largest_dt_and_not_above(case, x64):
    below, above = growth(case, 0.98, 1.02)
    assert below < 1e-2
    assert not above < 1e2


def test_limit_of_leaky_neurons_is_that_of_the_exponential_step():
    # lambda_max(L) R = coth(dt / (2 tau))
    for n, g in ((2, 50.0), (100, 1.0)):
        gap = gj.SymmetryGapJunction(lif(n), "V", all_pairs(n), g * u.siemens)
        report = gj.stability(gap, 0.1 * u.ms)
        want = 10 * np.arctanh(1 / (n * g))
        for mode in EXPLICIT:
            np.testing.assert_allclose(report.largest_dt[mode].to_decimal(u.ms), want, rtol=1e-6)
        np.testing.assert_allclose(report.stiffness, n * g, rtol=1e-6)
    # Coupling weaker than the leak is stable at any step.
    gap = gj.SymmetryGapJunction(lif(2), "V", all_pairs(2), 0.4 * u.siemens)
    assert gj.stability(gap).largest_dt["step"] == np.inf * u.ms


def test_kappa_lambda_and_damping_against_numpy(x64):
    n, ids = 40, random_pairs(40, 90)
    rng = np.random.default_rng(3)
    g, C = rng.uniform(0.1, 2, 90), rng.uniform(0.5, 3, n)
    cells = passive(n)
    cells.C = C * u.nF
    gap = gj.SymmetryGapJunction(cells, "V", pairs(*ids), g * u.uS, name="gap")
    report = gj.stability(gap, 0.2 * u.ms)
    L = np.zeros((n, n))
    for i, j, x in zip(*ids, g, strict=True):
        L[[i, j], [i, j]] += x
        L[[i, j], [j, i]] -= x
    top = np.linalg.eigvalsh(L / np.sqrt(np.outer(C, C)))[-1]
    kappa = 0.2 * np.diag(L) / C
    np.testing.assert_allclose(report.lambda_max.to_decimal(PER_MS), top, rtol=1e-12)
    np.testing.assert_allclose(report.kappa["Passive"], kappa, rtol=1e-12)
    np.testing.assert_allclose(report.kappa_mean, kappa.mean())
    assert report.worst == ("Passive", kappa.argmax())
    np.testing.assert_allclose(report.damping_max, kappa.max() / (1 + kappa.max()))
    np.testing.assert_allclose(report.damping_mean, (kappa / (1 + kappa)).mean())
    # The step itself, at the limit of cells that all differ: V' = (E - (1 - E) / a C L) V.
    a, dt = 0.5 / C, report.largest_dt["step"].to_decimal(u.ms)
    E = np.exp(-a * dt)
    step = np.diag(E) - ((1 - E) / (a * C))[:, None] * L
    np.testing.assert_allclose(np.linalg.eigvals(step).real.min(), -1, rtol=1e-7)


def test_large_networks_are_as_small_ones():
    n = 3000
    ring = gj.SymmetryGapJunction(passive(n), "V", gj.connectivity.ring(), 0.7 * u.uS)
    rate = gj.stability(ring, 0.1 * u.ms).lambda_max.to_decimal(PER_MS)
    np.testing.assert_allclose(rate, 4 * 0.7, rtol=1e-4)
    edges = random_pairs(600, 2000)
    gap = gj.AsymmetryGapJunction(
        *(passive(600), "V") * 2, pairs(*edges), np.array([1.0, 0.5]) * u.uS
    )
    report = gj.stability(gap, 0.1 * u.ms)
    L = gj.connectivity.laplacian(gap.edges, np.tile([1.0, 0.5], (2000, 1))).toarray()
    top = np.linalg.eigvals(L).real.max()
    np.testing.assert_allclose(report.lambda_max.to_decimal(PER_MS), top, rtol=1e-4)


def test_asymmetric_cycle_has_the_limit_of_its_complex_eigenvalues(x64):
    cells = passive(3, g_L=0 * u.uS)
    cells.V0 = np.array([1.0, 0.0, 0.0]) * u.mV
    ids = ([0, 1, 2], [1, 2, 0])
    weight = np.tile([1.0, 0.0], (3, 1)) * u.uS
    gap = gj.AsymmetryGapJunction(cells, "V", cells, "V", pairs(*ids), weight, coupling="step")
    report = gj.stability(gap, 0.1 * u.ms)
    # The eigenvalues are 1 - exp(+-2 pi i / 3): 1.5 +- 0.87i, of which |z|^2 / Re z is 2.
    np.testing.assert_allclose(report.lambda_max.to_decimal(PER_MS), 1.5)
    np.testing.assert_allclose(report.largest_dt["step"].to_decimal(u.ms), 1.0)
    net = Network([cells], [gap])
    for factor, stable in ((0.98, True), (1.02, False)):
        brainstate.nn.init_all_states(net)
        V = mv(simulate(net, [0 * u.nA], 3000, factor * u.ms)[0])
        assert (np.ptp(V[-1]) < 1e-2) == stable


def test_junctions_that_share_populations_count_together():
    a, b = passive(3), passive(3)
    first = gj.SymmetryGapJunction((a, b), "V", gj.connectivity.one_to_one, 1 * u.uS, name="first")
    second = gj.SymmetryGapJunction(
        a, "V", pairs([0], [1]), 500 * u.nS, coupling="implicit", name="second"
    )
    net = Network([a, b], [first, second])
    report = gj.stability(net, 0.1 * u.ms)
    assert [part.name for part in report.parts] == ["junctions.0", "junctions.1"]
    np.testing.assert_allclose(report.kappa["populations.0"], [0.15, 0.15, 0.1])
    np.testing.assert_allclose(report.kappa["populations.1"], [0.1, 0.1, 0.1])
    assert report.worst == ("populations.0", 0)
    assert report.couplings == ("stage", "implicit")
    one, two = report.parts
    np.testing.assert_allclose(one.lambda_max.to_decimal(PER_MS), 2.0)
    np.testing.assert_allclose(two.lambda_max.to_decimal(PER_MS), 1.0)
    assert report.lambda_max > one.lambda_max
    # Only the first limits the step as the model is.
    assert report.largest_dt["step"] < report.largest_dt_as_built
    assert two.largest_dt_as_built == np.inf * u.ms
    np.testing.assert_allclose(report.largest_dt_as_built / one.largest_dt["step"], 1.0, rtol=1e-6)
    assert gj.stability([first, second], 0.1 * u.ms).lambda_max == report.lambda_max


def test_worm_demo():
    worm = gj.datasets.celegans()
    model = NervousSystem(worm, Parameters(), np.zeros(279), gj.SymmetryGapJunction)
    report = gj.stability(model, 0.05 * u.ms)
    population, cell = report.worst
    assert (population, worm.labels[cell]) == ("neurons", "AVAL")
    # 113 junctions of 100 pS on 1 pF.
    np.testing.assert_allclose(report.kappa_max, 0.05 * 11.3, rtol=1e-6)
    text = str(report)
    assert "0.565 at most (neurons, AVAL)" in text
    assert report.advice in text
    assert report.largest_dt["implicit"] == np.inf * u.ms
    assert "Unstable" in gj.stability(model, 1 * u.ms).advice


def test_cells_are_called_what_the_labels_of_edges_call_them():
    a, b = passive(2), passive(3)
    edges = gj.connectivity.Edges([0, 0], [1, 2], 2, 3, labels=["a0", "a1", "b0", "b1", "b2"])
    one = gj.SymmetryGapJunction((a, b), "V", edges, [1.0, 1.5] * u.uS)
    assert gj.stability(one).worst_name == "a0"
    unnamed = gj.SymmetryGapJunction(b, "V", pairs([1], [2]), 9 * u.uS)
    report = gj.stability([unnamed, one])
    assert report.worst == ("Passive", 2)
    assert report.worst_name == "b2"
    assert "(Passive, b2)" in str(report)
    assert [part.worst_name for part in report.parts] == [None, "a0"]


def test_the_worst_cell_may_be_the_first_of_a_population():
    a, b = passive(3), passive(2)
    hub = gj.SymmetryGapJunction((a, b), "V", ([0, 1, 2], [0, 0, 0]), 1 * u.uS)
    assert gj.stability(hub, 0.1 * u.ms).worst == ("Passive (2)", 0)


def test_point_neuron_tells_its_conductance_once_it_has_states():
    cells = gj.neurons.HH1952(3)
    gap = gj.SymmetryGapJunction(cells, "V", gj.connectivity.ring(), 1 * u.mS / AREA)
    before = gj.stability(gap, 0.01 * u.ms)
    assert before.membrane_rate is None
    assert before.stiffness is None
    cells.init_state(2)
    after = gj.stability(gap, 0.01 * u.ms)
    assert 0.3 < after.membrane_rate.to_decimal(PER_MS) < 2
    assert after.largest_dt["stage"] > before.largest_dt["stage"]
    np.testing.assert_allclose(before.largest_dt["step"].to_decimal(u.ms), 2 / 3, rtol=1e-6)


@pytest.mark.parametrize("solver", ["exp_euler", "staggered"])
@pytest.mark.filterwarnings("ignore::gapjunction.GapJunctionWarning")
def test_report_can_be_had_after_a_blow_up(solver):
    cells = gj.neurons.HH1952(2, solver=solver)
    conn = ([0], [1])
    strong = gj.SymmetryGapJunction(cells, "V", conn, 2000 * u.mS / AREA)
    weak = gj.SymmetryGapJunction(cells, "V", conn, 0.02 * u.mS / AREA)
    before = gj.stability([strong, weak], 0.1 * u.ms)
    net = Network([cells], [strong, weak])
    brainstate.nn.init_all_states(net)
    cells.V.value = [-65.0, -60.0] * u.mV
    assert not np.isfinite(mv(simulate(net, [0 * u.uA / AREA], 100)[0])[-1]).any()
    after = gj.stability([strong, weak], 0.1 * u.ms)
    assert after.membrane_rate is None
    assert str(after) == str(before)
    assert after.advice.startswith("Unstable: take dt < 0.000")


def test_area_turns_capacitance_per_area_into_capacitance():
    leak = gj.ion_channels.Channel(2, 0.1 * u.mS / AREA, -65 * u.mV)
    cells = gj.PointNeuron(2, 1 * u.uF / AREA, {"leak": leak}, area=1e-5 * AREA)
    gap = gj.SymmetryGapJunction(cells, "V", all_pairs(2), 1 * u.nS)
    np.testing.assert_allclose(
        gj.stability(gap, 0.1 * u.ms).kappa_max, 0.1 * 1e-6 / 1e-5, rtol=1e-5
    )


def test_neurons_without_a_constant_slope_get_the_bound_of_no_leak():
    for kind in (bp.ExpIF, bp.QuaIF):
        gap = gj.SymmetryGapJunction(kind(2, tau=5 * u.ms), "V", all_pairs(2), 10 * u.siemens)
        report = gj.stability(gap, 0.1 * u.ms)
        assert report.membrane_rate is None
        np.testing.assert_allclose(report.largest_dt["step"].to_decimal(u.ms), 0.5, rtol=1e-5)


def test_capacitance_can_be_given():
    cells = passive(2)
    del cells.C
    gap = gj.SymmetryGapJunction(cells, "V", all_pairs(2), 1 * u.uS)
    with pytest.raises(ValueError, match="capacitance must be given for Passive"):
        gj.stability(gap)
    for given in (2 * u.nF, {"Passive": 2 * u.nF}, {cells: np.full(2, 2000.0) * u.pF}):
        np.testing.assert_allclose(gj.stability(gap, 0.1 * u.ms, given).kappa_max, 0.05)
    with pytest.raises(u.UnitMismatchError, match="capacitance of Passive"):
        gj.stability(gap, capacitance=2 * u.uF / AREA)
    with pytest.raises(ValueError, match="capacitance must have populations, or their names in"):
        gj.stability(gap, capacitance={"HH": 2 * u.nF})
    with pytest.raises(ValueError, match="capacitance of Passive must be positive"):
        gj.stability(gap, capacitance=-2 * u.nF)
    with pytest.raises(ValueError, match=r"population's size \(2,\)"):
        gj.stability(gap, capacitance=np.ones(3) * u.nF)


@pytest.mark.parametrize(
    ("coupling", "g", "dt", "advice"),
    [
        ("stage", 1.0, 0.1, "The junctions are stable up to dt ="),
        ("stage", 0.1, 0.1, ANY),
        ("stage", 5.0, 0.15, "Stable, but differences change sign at each step: take dt < 0.1 ms"),
        ("stage", 5.0, 0.21, "Unstable: take dt < 0.2 ms"),
        ("semi_implicit", 5.0, 0.2, "Stable, but damped by up to 50 %"),
        ("implicit", 5.0, 0.2, ANY),
        ("stage", -5.0, 0.1, "Negative conductances"),
    ],
)
@pytest.mark.filterwarnings("ignore::gapjunction.GapJunctionWarning")
def test_advice(coupling, g, dt, advice):
    gap = gj.SymmetryGapJunction(passive(2), "V", all_pairs(2), g * u.uS, coupling=coupling)
    report = gj.stability(gap, dt * u.ms)
    assert report.advice.startswith(advice)
    assert "nan" not in str(report)


def test_time_step_is_that_of_the_environment():
    gap = gj.SymmetryGapJunction(passive(2), "V", all_pairs(2), 1 * u.uS)
    with brainstate.environ.context(dt=0.03 * u.ms):
        np.testing.assert_allclose(gj.stability(gap).kappa_max, 0.03, rtol=1e-6)


def test_no_edges_limit_nothing():
    gap = gj.SymmetryGapJunction(passive(2), "V", gj.connectivity.Edges([], [], 2), 1 * u.uS)
    report = gj.stability(gap)
    assert report.largest_dt["step"] == np.inf * u.ms
    assert report.lambda_max == 0 / u.ms
    assert report.advice == ANY


def test_one_weight_for_all_edges_and_one_for_each():
    for weight in (1.0, [1.0], [1.0, 1.0]):
        gap = gj.SymmetryGapJunction(passive(3), "V", pairs([0, 1], [1, 2]), weight * u.uS)
        np.testing.assert_allclose(gj.stability(gap, 0.1 * u.ms).kappa_max, 0.2, rtol=1e-6)


def test_wrong_arguments():
    gap = gj.SymmetryGapJunction(passive(2), "V", all_pairs(2), 1 * u.uS)
    with pytest.raises(TypeError, match="model must be a Module"):
        gj.stability(3)
    with pytest.raises(TypeError, match="model must be made of gap junctions"):
        gj.stability([gap, 3])
    with pytest.raises(ValueError, match="empty"):
        gj.stability([])
    with pytest.raises(ValueError, match="LIF holds none"):
        gj.stability(lif(2))
    with pytest.raises(u.UnitMismatchError, match="dt must be a time"):
        gj.stability(gap, 0.1)
    for dt in (0 * u.ms, -1 * u.ms, np.nan * u.ms, [0.1, 0.2] * u.ms):
        with pytest.raises(ValueError, match="dt must be one positive time"):
            gj.stability(gap, dt)

    def traced(weight):
        gap.weight.value = weight * u.uS
        return gj.stability(gap).kappa_max

    with pytest.raises(TypeError, match="weight"):
        brainstate.transform.jit(traced)(jax.numpy.asarray(1.0))


class Number(bp.Neuron):
    """tau dV/dt = I, with a time that has no unit, by explicit Euler steps."""

    V_th, tau = 1.0, 5.0

    def init_state(self, batch_size=None, **kwargs):
        self.V = brainstate.HiddenState(jnp.array([1.0, -1.0, 1.0, -1.0]))

    def update(self, x=0.0):
        dt = brainstate.environ.get("dt")
        step = dt * self.sum_current_inputs(x, self.V.value) / self.tau
        self.V.value = self.sum_delta_inputs(self.V.value + step)
        return self.V.value


def test_models_whose_time_has_no_unit():
    """A ring of four has the eigenvalue 4 g / tau, of the pattern that the cells start with."""
    cells = Number(4)
    gap = gj.SymmetryGapJunction(cells, "V", gj.connectivity.ring(), 2.5)
    report = gj.stability(gap, 0.1)
    assert report.dt == 0.1
    assert report.lambda_max == pytest.approx(2.0)
    assert report.largest_dt["stage"] == report.largest_dt_as_built == pytest.approx(1.0)
    assert report.kappa_max == pytest.approx(0.1 * 5 / 5)
    text = str(report)
    assert " ms" not in text
    for line in ("at dt = 0.1\n", "lambda_max     2\n", "The junctions are stable up to dt = 1; "):
        assert line in text

    for dt, grows in ((0.99, False), (1.01, True)):
        cells.init_state()
        with brainstate.environ.context(dt=dt):
            for _ in range(50):
                gap()
                cells()
        assert (abs(cells.V.value).max() > 1) == grows
        assert ("Unstable" in gj.stability(gap, dt).advice) == grows


def test_a_number_is_no_time_step_where_the_cells_have_units():
    cells = bp.LIF(2, R=1.0, V_th=1.0, V_rest=0.0, V_reset=0.0)
    gap = gj.SymmetryGapJunction(cells, "V", ([0], [1]), 0.5)
    assert gj.stability(gap, 0.1 * u.ms).lambda_max.to_decimal(PER_MS) == pytest.approx(0.2)
    with pytest.raises(u.UnitMismatchError, match="dt must be a time"):
        gj.stability(gap, 0.1)


def test_neurons_with_a_time_constant_alone():
    cells = bp.FitzHughNagumo(2, tau=4.0 * u.ms)
    gap = gj.SymmetryGapJunction(cells, "V", ([0], [1]), 0.5)
    assert gj.stability(gap, 0.1 * u.ms).lambda_max.to_decimal(PER_MS) == pytest.approx(0.25)


def test_implicit_beside_semi_implicit_has_no_limit_in_a_large_network():
    cells, ring = passive(600), gj.connectivity.ring()
    gaps = [
        gj.SymmetryGapJunction(cells, "V", ring, 50 * u.uS, coupling=coupling)
        for coupling in ("implicit", "semi_implicit")
    ]
    report = gj.stability(Network([cells], gaps), 0.1 * u.ms)
    assert report.largest_dt_as_built == np.inf * u.ms


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_conductances_that_are_not_finite_have_no_limits(value):
    """Training can make them so. Without an error, every time step would seem to be stable."""
    gap = gj.SymmetryGapJunction(passive(2), "V", all_pairs(2), 1 * u.uS)
    gap.weight.value = value * u.uS
    with pytest.raises(ValueError, match="weight of SymmetryGapJunction must be finite, got"):
        gj.stability(gap, 0.1 * u.ms)
    with brainstate.environ.context(dt=0.1 * u.ms):
        gap.init_state()


def test_junctions_without_edges():
    gap = gj.SymmetryGapJunction(passive(2), "V", np.zeros((2, 0), int), np.zeros(0) * u.uS)
    assert gj.stability(gap, 0.1 * u.ms).advice == ANY
