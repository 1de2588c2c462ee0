"""Spikelets: how large, to whom, and in which step."""

import itertools

import brainpy.state as bp
import brainstate
import braintools
import jax.numpy as jnp
import numpy as np
import pytest
import saiunit as u
from numpy.testing import assert_allclose, assert_array_equal

import gapjunction as gj
from models import Network, mv, pairs

MODES = ("step", "stage", "semi_implicit", "implicit")
DT = 0.1
# 100 pF, 10 ms.
REAL = {
    "R": 0.1 * u.Gohm,
    "tau": 10.0 * u.ms,
    "V_rest": -70.0 * u.mV,
    "V_reset": -70.0 * u.mV,
    "V_th": -50.0 * u.mV,
}
SPIKING, RESTING = -49.0, -70.0


def lif(size, kind=bp.LIF, **kwargs):
    return kind(size, **{"spk_reset": "hard", **REAL, **kwargs})


def spikelets(cells, conn=([0], [1]), weight=0.0 * u.nS, spikelet=1.0 * u.mV, **kwargs):
    return gj.SpikeletGapJunction(cells, "V", conn, weight, spikelet=spikelet, **kwargs)


def start(cells, gap, V, batch_size=None):
    cells.init_state(batch_size)
    cells.V.value = jnp.asarray(V, float) * u.mV
    gap.init_state()


def step(cells, *gaps, x=0.0 * u.nA, t=0.0):
    with brainstate.environ.context(dt=DT * u.ms, t=t * u.ms, i=0):
        for gap in gaps:
            gap()
        cells(x)
    return mv(cells.V.value)


@pytest.mark.parametrize(
    ("spikelet", "jump", "mode"),
    [
        # 2 nS x 80 mV ms / 100 pF; 50 pA ms / 100 pF.
        *((80 * u.mV * u.ms, 1.6, mode) for mode in MODES),
        (50 * u.pA * u.ms, 0.5, "stage"),
        (5e-14 * u.coulomb, 0.5, "stage"),
        (0.7 * u.mV, 0.7, "implicit"),
        (-0.7 * u.mV, -0.7, "stage"),
    ],
)
def test_partner_jumps_once_by_the_charge_over_its_capacitance(x64, mode, spikelet, jump):
    cells = lif(2)
    gap = spikelets(cells, weight=2 * u.nS, spikelet=spikelet, coupling=mode)
    start(cells, gap, [SPIKING, RESTING])
    # After the reset both are at -70 mV, so that no current flows, but with what jumps.
    share = {"implicit": 4e-3, "semi_implicit": 3e-3}.get(mode, 1e-12)
    assert_allclose(step(cells, gap) + 70, [0, jump], rtol=share, atol=share * abs(jump))
    before = mv(cells.V.value)
    total, change = before.sum() + 140.0, step(cells, gap) - before
    # And no second time: what is left leaks away.
    assert_allclose((before + change).sum() + 140.0, total * np.exp(-DT / 10), rtol=3e-3)


def test_each_edge_has_its_own_spikelet_and_scale():
    cells = lif(4)
    conn = ([0, 2, 0], [1, 0, 3])
    gap = spikelets(cells, conn, spikelet=[1.0, 2.0, 4.0] * u.mV, scale=np.array([1.0, 0.5, 0.0]))
    start(cells, gap, [SPIKING] + 3 * [RESTING])
    assert_allclose(step(cells, gap) + 70, [0, 1, 1, 0], atol=1e-5)


def test_scale_is_that_of_the_conductance_of_an_area():
    cells = lif(2)
    gap = spikelets(cells, weight=2 * u.nS, spikelet=80 * u.mV * u.ms, scale=0.25)
    start(cells, gap, [SPIKING, RESTING])
    assert_allclose(step(cells, gap)[1] + 70, 0.4, rtol=1e-4)


@pytest.mark.parametrize("layout", ["edges", None])
def test_a_network_sums_over_spiking_partners(x64, layout):
    rng = np.random.default_rng(0)
    i, j = np.triu_indices(12, 1)
    keep = rng.random(len(i)) < 0.5
    i, j = i[keep], j[keep]
    q = rng.random(len(i))
    cells = lif((3, 4), R=(0.1 + rng.random((3, 4))) * u.Gohm)
    gap = spikelets(cells, (i, j), spikelet=q * u.pA * u.ms, layout=layout)
    spiking = rng.random((5, 12)) < 0.4
    start(cells, gap, np.where(spiking, SPIKING, RESTING).reshape(5, 3, 4), batch_size=5)
    matrix = np.zeros((12, 12))
    matrix[i, j] = matrix[j, i] = q
    charge = np.where(spiking, 0, spiking @ matrix)
    C = np.asarray((cells.tau / cells.R).to_decimal(u.pF)).reshape(-1)
    found = step(cells, gap).reshape(5, 12) + 70
    assert_allclose(found, charge / C, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("conn", ["all", "ring"])
def test_layouts_without_edges_give_whole_spikelets(conn):
    n = 40
    made = gj.connectivity.all_to_all() if conn == "all" else gj.connectivity.ring()
    cells = lif(n)
    gap = spikelets(cells, made, spikelet=0.5 * u.mV)
    V = np.full(n, RESTING)
    V[[3, 4, 20]] = SPIKING
    start(cells, gap, V)
    found = step(cells, gap) + 70
    if conn == "all":
        expected = np.where(V == SPIKING, 0, 1.5)
    else:
        expected = np.zeros(n)
        expected[[2, 5, 19, 21]] = 0.5
    assert_allclose(found, expected, atol=2e-5)


@pytest.mark.parametrize("mode", MODES)
def test_charge_of_a_spike_train_arrives_in_full(x64, mode):
    # A cell without leak, which only spikelets reach, counts the spikes of its partner.
    a, b = lif(1), lif(1, tau=1e12 * u.ms, R=1e10 * u.Gohm, V_th=1e6 * u.mV)
    gap = gj.SpikeletGapJunction(
        (a, b), "V", ([0], [0]), 0 * u.nS, spikelet=30 * u.pA * u.ms, coupling=mode
    )
    net = Network([a, b], [gap])
    brainstate.nn.init_all_states(net)
    a.V.value, b.V.value = [-70.0] * u.mV, [0.0] * u.mV

    def run(i):
        with brainstate.environ.context(i=i, t=i * DT * u.ms, dt=DT * u.ms):
            gap()
            return a(0.4 * u.nA), b(0 * u.nA)

    spikes, _ = brainstate.transform.for_loop(run, jnp.arange(1000))
    told = int(np.asarray(spikes)[:-1].sum())
    assert told > 10
    assert_allclose(mv(b.V.value), told * 30 / 100, rtol=1e-7)


@pytest.mark.parametrize("mode", ["stage", "implicit"])
def test_two_populations_are_as_one(x64, mode):
    drive = np.array([0.35, 0.28])
    one, a, b = lif(2), lif(1), lif(1)
    kwargs = {"spikelet": 60 * u.mV * u.ms, "coupling": mode}
    first = gj.SpikeletGapJunction(one, "V", ([0], [1]), 4 * u.nS, **kwargs)
    second = gj.SpikeletGapJunction((a, b), "V", ([0], [0]), 4 * u.nS, **kwargs)
    nets = [Network([one], [first]), Network([a, b], [second])]
    for net in nets:
        brainstate.nn.init_all_states(net)
    for cells in (one, a, b):
        cells.V.value = cells.V.value * 0 - 70 * u.mV

    def run(i):
        with brainstate.environ.context(i=i, t=i * DT * u.ms, dt=DT * u.ms):
            return nets[0].update(drive * u.nA), nets[1].update(drive[:1] * u.nA, drive[1:] * u.nA)

    (x,), (y, z) = brainstate.transform.for_loop(run, jnp.arange(800))
    assert (mv(x) > -50).sum() > 10
    assert_allclose(mv(x), np.concatenate([mv(y), mv(z)], axis=1), rtol=1e-9)


def test_implicit_step_takes_the_spikelet_into_its_solution(x64):
    cells = lif(2)
    gap = spikelets(cells, weight=50 * u.nS, spikelet=3 * u.mV, coupling="implicit")
    start(cells, gap, [SPIKING, -60.0])
    found = step(cells, gap)
    # Exponential Euler: V = c + rho I, here with I at the new V of both.
    decay = np.exp(-DT / 10)
    c = np.array([-70.0, -70 + 10 * decay + 3])
    rho = (1 - decay) * 0.1 * 50
    matrix = np.eye(2) - rho * np.array([[-1, 1], [1, -1]])
    assert_allclose(found, np.linalg.solve(matrix, c), rtol=1e-12)


# When several spike.


@pytest.mark.parametrize("mode", MODES)
def test_cells_that_spike_together_get_nothing(mode):
    cells = lif(3)
    gap = spikelets(cells, ([0, 1], [1, 2]), coupling=mode)
    start(cells, gap, [SPIKING, SPIKING, RESTING])
    assert_allclose(step(cells, gap) + 70, [0, 0, 1], atol=1e-5)


def test_spike_made_by_a_spikelet_is_passed_on_but_not_back():
    cells = lif(3)
    gap = spikelets(cells, ([0, 1], [1, 2]), spikelet=2 * u.mV)
    start(cells, gap, [SPIKING, -51.0, RESTING])
    assert step(cells, gap)[1] > -50
    assert_allclose(step(cells, gap) + 70, [0, 0, 2], atol=1e-5)
    # Once more, after it has been silent for two steps.
    step(cells, gap)
    cells.V.value = [RESTING, SPIKING, RESTING] * u.mV
    assert_allclose(step(cells, gap) + 70, [2, 0, 2], atol=1e-5)


def test_reset_state_forgets_spikes():
    cells = lif(2)
    gap = spikelets(cells)
    start(cells, gap, [SPIKING, RESTING])
    step(cells, gap)
    cells.V.value = [RESTING, SPIKING] * u.mV
    gap.reset_state()
    assert_allclose(step(cells, gap) + 70, [1, 0], atol=1e-5)


def test_refractory_partner_takes_no_spikelet():
    cells = lif(2, bp.LIFRef, tau_ref=1.0 * u.ms)
    gap = spikelets(cells)
    start(cells, gap, [SPIKING, RESTING])
    cells.last_spike_time.value = [-1e7, 0.0] * u.ms
    assert_allclose(step(cells, gap, t=0.5) + 70, [0, 0], atol=1e-5)
    cells.V.value = [SPIKING, RESTING] * u.mV
    gap.reset_state()
    assert_allclose(step(cells, gap, t=1.5) + 70, [0, 1], atol=1e-5)


def test_junction_that_is_not_called_kicks_nobody():
    cells = lif(2)
    gap = spikelets(cells)
    start(cells, gap, [SPIKING, RESTING])
    assert_allclose(step(cells) + 70, [0, 0], atol=1e-5)
    cells.V.value = [SPIKING, RESTING] * u.mV
    step(cells, gap)
    cells.V.value = [SPIKING, RESTING] * u.mV
    assert_allclose(step(cells) + 70, [0, 0], atol=1e-5)


def test_two_junctions_add_up():
    cells = lif(2)
    gaps = [spikelets(cells, spikelet=x * u.mV) for x in (1.0, 2.5)]
    cells.init_state()
    cells.V.value = [SPIKING, RESTING] * u.mV
    for gap in gaps:
        gap.init_state()
    assert_allclose(step(cells, *gaps) + 70, [0, 3.5], atol=1e-5)


# Below threshold.


@pytest.mark.parametrize("mode", ["step", "stage"])
def test_current_after_a_spike_is_that_after_the_reset(x64, mode):
    found = []
    for kind, extra in (
        (gj.SymmetryGapJunction, {}),
        (gj.SpikeletGapJunction, {"spikelet": 0.0 * u.mV}),
    ):
        cells = lif(2)
        gap = kind(cells, "V", ([0], [1]), 3 * u.nS, coupling=mode, **extra)
        cells.init_state()
        cells.V.value = [-45.0, -60.0] * u.mV
        if extra:
            gap.init_state()
            assert_allclose(gap.current().to_decimal(u.pA), [-30, 0])
        found.append(step(cells, gap))
    # The built-in's array is that of the -45 mV that the spike has reached, not of -70 mV.
    share = 0.1 * 3 * (1 - np.exp(-DT / 10))
    if mode == "step":
        assert_allclose(found[0] - found[1], [-share * 25, share * 25], atol=1e-9)
    assert_allclose(found[1][1], -70 + 10 * np.exp(-DT / 10) - share * 10, rtol=1e-9)


def test_below_threshold_it_is_an_ohmic_junction(x64):
    traces = []
    for kind, extra in (
        (gj.SymmetryGapJunction, {}),
        (gj.SpikeletGapJunction, {"spikelet": 9.0 * u.mV}),
    ):
        cells = lif(3)
        gap = kind(cells, "V", ([0, 1], [1, 2]), 3 * u.nS, **extra)
        net = Network([cells], [gap])
        brainstate.nn.init_all_states(net)
        cells.V.value = [-52.0, -60.0, -75.0] * u.mV
        traces.append([step(cells, gap, x=0.1 * u.nA) for _ in range(6)])
    assert_array_equal(*traces)


# All integrate-and-fire neurons.

FAMILY = {
    "IF": {"V_th": 1.0 * u.mV, "V_initializer": braintools.init.Constant(0.5 * u.mV)},
    "LIF": REAL,
    "LIFRef": REAL,
    "ALIF": REAL,
    "ExpIF": {},
    "ExpIFRef": {},
    "AdExIF": {},
    "AdExIFRef": {},
    "QuaIF": {},
    "AdQuaIF": {},
    "AdQuaIFRef": {},
    "Gif": {},
    "GifRef": {},
    "CubaLIF": REAL,
    "CobaLIF": REAL,
    "Izhikevich": {},
    "IzhikevichRef": {},
}


def two(name, soft):
    """Return two cells, the first of which has just spiked, and the voltage they come from."""
    reset = {} if name.startswith("Izh") else {"spk_reset": "soft" if soft else "hard"}
    cells = getattr(bp, name)(2, **FAMILY[name], **reset)
    cells.init_state()
    rest = -70.0 if FAMILY[name] is REAL else mv(cells.V.value)[0]
    level = cells.V_th.value if isinstance(cells.V_th, brainstate.State) else cells.V_th
    high = float(np.max(mv(level))) + 2.0
    cells.V.value = np.array([high, rest]) * u.mV
    return cells


def unit_of_weight(cells):
    return 1 / u.ms if type(cells).__name__.startswith("Izh") else u.siemens


@pytest.mark.parametrize(
    ("name", "soft"), list(zip(FAMILY, itertools.cycle([True, False]), strict=False))
)
def test_neurons_take_the_jump_and_reset_as_the_junction_says(x64, name, soft):
    found = []
    for with_gap in (False, True):
        cells = two(name, soft)
        gap = spikelets(cells, weight=0 * unit_of_weight(cells), spikelet=0.3 * u.mV)
        gap.init_state()
        assert_array_equal(gap.fired.value[0], [False, False])
        unit = {"x": 0 * u.mV / u.ms} if name.startswith("Izh") else {"x": 0 * u.mA}
        found.append(step(cells, *([gap] if with_gap else []), **unit))
    jump = found[1] - found[0]
    expected = 0.3
    if name in ("CubaLIF", "CobaLIF"):
        # Not at once but during the step, so that some of it has leaked by its end.
        expected = 0.3 * (1 - np.exp(-DT / 10)) / (DT / 10)
    assert_allclose(jump, [0, expected], rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("name", list(FAMILY))
@pytest.mark.parametrize("soft", [True, False], ids=["soft", "hard"])
def test_voltage_after_reset_is_the_neurons_own(x64, name, soft):
    cells = two(name, soft)
    unit = 1e-12 * unit_of_weight(cells)
    gap = spikelets(cells, weight=1 * unit, spikelet=0 * u.mV)
    gap.init_state()
    flow = gap.current()
    told = float((flow[0] / unit).to_decimal(u.mV))
    # Where the neuron itself starts from: a step of next to no time.
    with brainstate.environ.context(dt=1e-9 * u.ms, t=0 * u.ms):
        cells(0 * u.mV / u.ms if name.startswith("Izh") else 0 * u.mA)
    V = mv(cells.V.value)
    assert_allclose(told, V[0] - V[1], atol=1e-5)


def test_cobalif_gets_the_charge_of_each_form(x64):
    jumps = []
    for x in (0.8 * u.mV, 80 * u.pA * u.ms, 40 * u.mV * u.ms):
        cells = lif(2, bp.CobaLIF)
        gap = spikelets(cells, weight=2 * u.nS, spikelet=x, coupling="implicit")
        start(cells, gap, [SPIKING, RESTING])
        jumps.append(step(cells, gap).sum() + 140)
    assert_allclose(jumps, 0.8 * (1 - np.exp(-DT / 10)) / (DT / 10), rtol=1e-6)


def test_conductances_that_are_rates():
    cells = bp.Izhikevich(2)
    gap = spikelets(cells, weight=0.02 / u.ms, spikelet=100 * u.mV * u.ms)
    start(cells, gap, [31.0, -65.0])
    still = bp.Izhikevich(2)
    still.init_state()
    still.V.value = [31.0, -65.0] * u.mV
    x = 0 * u.mV / u.ms
    assert_allclose((step(cells, gap, x=x) - step(still, x=x))[1], 2.0, atol=1e-4)


def test_neurons_without_units():
    cells = bp.LIF(
        2,
        R=1.0,
        tau=10.0 * u.ms,
        V_rest=0.0,
        V_reset=0.0,
        V_th=1.0,
        spk_reset="hard",
        V_initializer=braintools.init.Constant(0.0),
    )
    cells.input_unit = u.UNITLESS
    gap = spikelets(cells, weight=0.2, spikelet=0.5 * 10 * u.ms)
    cells.init_state()
    cells.V.value = jnp.array([1.1, 0.0])
    gap.init_state()
    assert_allclose(step(cells, gap, x=0.0), [0, 0.1], atol=1e-6)


class Own(bp.Neuron):
    """Keeps its spike until the next step, and goes a fixed way down from there."""

    C = 100 * u.pF
    V_th = -50 * u.mV

    def init_state(self, batch_size=None):
        self.V = brainstate.HiddenState(jnp.full(self.varshape, -70.0) * u.mV)

    def get_spike(self, V=None):
        V = self.V.value if V is None else V
        return self.spk_fun((V - self.V_th) / u.mV)

    def after_reset(self, V):
        return V - 15 * u.mV * self.get_spike(V)

    def update(self, x=0.0 * u.nA):
        V = self.after_reset(self.V.value)
        V = V + self.sum_current_inputs(x, V) * brainstate.environ.get_dt() / self.C
        self.V.value = self.sum_delta_inputs(V)


def test_population_of_ones_own():
    cells = Own(2)
    gap = spikelets(cells, weight=1 * u.nS, spikelet=50 * u.pA * u.ms)
    start(cells, gap, [-45.0, -70.0])
    assert_allclose(step(cells, gap), [-60 - 0.01, -70 + 0.01 + 0.5], rtol=1e-6)


# Transformations.


def test_loop_is_as_stepping(x64):
    def made():
        cells = lif(6)
        gap = spikelets(cells, gj.connectivity.ring(), 3 * u.nS, 60 * u.mV * u.ms)
        start(cells, gap, np.linspace(-70, -52, 6))
        return cells, gap

    cells, gap = made()
    by_hand = np.array([step(cells, gap, x=0.6 * u.nA) for _ in range(32)])
    cells, gap = made()

    def run(i):
        with brainstate.environ.context(dt=DT * u.ms, t=i * DT * u.ms, i=i):
            gap()
            cells(0.6 * u.nA)
            return cells.V.value

    looped = mv(brainstate.transform.for_loop(run, jnp.arange(32)))
    assert (by_hand > -50).sum() > 3
    assert_allclose(looped, by_hand, rtol=1e-9)


def test_gradients_flow_through_spikes(x64):
    # The derivative of the neuron's surrogate spike, times the jump.
    slope = braintools.surrogate.ReluGrad(alpha=0.3, width=1.0)
    cells = lif(2, spk_fun=slope)
    gap = spikelets(cells, spikelet=2.0 * u.mV)
    V = np.array([-48.0, -70.0])
    start(cells, gap, V)

    def partner(v):
        cells.V.value = jnp.array([v, -70.0]) * u.mV
        gap.reset_state()
        with brainstate.environ.context(dt=DT * u.ms, t=0 * u.ms):
            gap()
            cells(0 * u.nA)
        return cells.V.value[1].to_decimal(u.mV)

    found = brainstate.transform.grad(partner)(-48.0)
    x = 2.0 / 20
    assert_allclose(found, 2.0 * 0.3 * (1 - x) / 20, rtol=1e-9)


def test_spikelet_can_be_trained(x64):
    cells = lif(2)
    area = brainstate.ParamState(80.0 * u.mV * u.ms)
    gap = spikelets(cells, weight=2 * u.nS, spikelet=area)
    assert area in gap.states().values()
    start(cells, gap, [SPIKING, RESTING])

    def partner():
        cells.V.value = jnp.array([SPIKING, RESTING]) * u.mV
        gap.reset_state()
        with brainstate.environ.context(dt=DT * u.ms, t=0 * u.ms):
            gap()
            cells(0 * u.nA)
        return cells.V.value[1].to_decimal(u.mV)

    grads = brainstate.transform.grad(partner, {"area": area, "weight": gap.weight})()
    # Of g area / C: 2 nS / 100 pF and 80 mV ms / 100 pF.
    assert_allclose(u.get_mantissa(grads["area"]), 0.02, rtol=1e-9)
    assert_allclose(u.get_mantissa(grads["weight"]), 0.8, rtol=1e-9)
    area.value = 40.0 * u.mV * u.ms
    assert_allclose(partner() + 70, 0.8, rtol=1e-9)


def test_copy_is_coupled_by_itself():
    import copy

    cells = lif(2)
    gap = spikelets(cells)
    start(cells, gap, [SPIKING, RESTING])
    other = copy.deepcopy(gap)
    other.pre.V.value = [RESTING, SPIKING] * u.mV
    assert_allclose(step(other.pre, other) + 70, [1, 0], atol=1e-5)
    assert_allclose(step(cells, gap) + 70, [0, 1], atol=1e-5)


# Mistakes.


@pytest.mark.parametrize(
    ("spikelet", "error", "text"),
    [
        (1.0, u.UnitMismatchError, "spikelet must be the area of a spike"),
        (1.0 * u.ms, u.UnitMismatchError, "spikelet must be the area"),
        (1.0 * u.nS, u.UnitMismatchError, "spikelet must be the area"),
        ([1.0, 2.0] * u.mV, ValueError, r"shape \(1,\) of the edges"),
        (np.nan * u.mV, ValueError, "spikelet must be finite"),
        ("80 mV ms", TypeError, "spikelet must be a real number"),
        (1j * u.mV, TypeError, "spikelet must be a real number"),
        (None, TypeError, "spikelet must be a real number"),
        ([1.0], TypeError, "spikelet must be a real number"),
    ],
)
def test_wrong_spikelet_is_refused(spikelet, error, text):
    cells = lif(2)
    with pytest.raises(error, match=text):
        spikelets(cells, spikelet=spikelet)
    assert not cells.current_inputs


@pytest.mark.parametrize(
    ("host", "unit"),
    [
        (lambda: bp.HH(2), u.mS),
        (lambda: bp.FitzHughNagumo(2), 1.0),
        (lambda: gj.neurons.HH1952(2), u.mS / u.cm**2),
    ],
    ids=["HH", "FitzHughNagumo", "HH1952"],
)
def test_neurons_with_spikes_of_their_own_are_refused(host, unit):
    with pytest.raises(TypeError, match=r"couples must be .* make spikelets by themselves"):
        spikelets(host(), weight=0.1 * unit)


def test_neurons_that_may_reset_within_their_step_are_refused():
    class Other(Own):
        V_reset = -70 * u.mV
        after_reset = None

    with pytest.raises(TypeError, match=r"couples must be .* pre is Other.* after_reset\(V\)"):
        spikelets(Other(2), weight=1 * u.nS)


def test_a_subclass_with_an_update_of_its_own_must_say_where_it_resets():
    class Another(bp.LIF):
        def update(self, x=0.0 * u.nA):
            return super().update(x)

    class Told(Another):
        def after_reset(self, V):
            return V - (V - self.V_reset) * self.get_spike(V)

    with pytest.raises(TypeError, match=r"pre is Another, .* after_reset\(V\)"):
        spikelets(Another(2, R=1 * u.Gohm), weight=1 * u.nS)
    spikelets(Told(2, R=1 * u.Gohm), weight=1 * u.nS)


def test_both_populations_are_checked():
    with pytest.raises(TypeError, match="post is HH"):
        spikelets((lif(2), bp.HH(2)), weight=1 * u.nS)


def test_other_state_is_refused():
    with pytest.raises(ValueError, match="post_state must be 'V'"):
        gj.SpikeletGapJunction(lif(2), ("V", "g"), pairs([0], [1]), 1 * u.nS, spikelet=1 * u.mV)


def test_population_without_capacitance_is_refused():
    class Bare(Own):
        C = None

    with pytest.raises(ValueError, match=r"couples must have a known capacitance: pre \(Bare\)"):
        spikelets(Bare(2), weight=1 * u.nS)


def test_missing_state_says_what_to_call():
    cells = lif(2)
    gap = spikelets(cells)
    cells.init_state()
    with pytest.raises(ValueError, match="init_all_states"):
        gap()
    with pytest.raises(ValueError, match="init_state"):
        spikelets(lif(2)).init_state()
