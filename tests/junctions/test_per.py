"""Junctions between populations whose inputs are in unlike units, by the argument ``per``."""

import copy
import pickle

import braincell
import brainpy.state as bp
import brainstate
import jax.numpy as jnp
import numpy as np
import pytest
import saiunit as u

import gapjunction as gj
from models import Passive

DT, G, TAU = 0.5 * u.ms, 6.0, 5.0  # G in nS, TAU in ms
R = np.array([0.05, 0.2])  # Gohm, of the cells of pre
AREA = np.array([1e-4, 3e-4, 2e-4])  # cm2, of the cells of post
R_AREA = 2e-5  # Gohm cm2
PRE, POST = np.array([0, 1, 1]), np.array([0, 0, 2])
V0 = np.array([-60.0, -40.0, -70.0, -65.0, -30.0])
DENSITY = u.uA / u.cm**2
MODES = ("step", "stage", "semi_implicit", "implicit")
LEVELS = {"V_rest": -70 * u.mV, "V_th": 0 * u.mV, "V_reset": -70 * u.mV, "tau": TAU * u.ms}


def absolute(n=2, R=R):
    """Return neurons that take a current in nA."""
    return bp.LIF(n, R=R * u.Gohm, **LEVELS)


def per_area(n=3):
    """Return neurons that take a current per area."""
    return bp.LIF(n, R=R_AREA * u.Gohm * u.cm**2, **LEVELS)


def unlike(mode="stage", **kwargs):
    pre, post = absolute(), per_area()
    kwargs = {"per": (None, AREA * u.cm**2), "weight": G * u.nS} | kwargs
    weight = kwargs.pop("weight")
    gap = gj.AsymmetryGapJunction(pre, "V", post, "V", (PRE, POST), weight, coupling=mode, **kwargs)
    return pre, post, gap


def run(pre, post, gap, steps=6, batch=None, zero=0 * DENSITY):
    """Return the voltages of all cells after each step, in mV."""
    pre.init_state(batch), post.init_state(batch)
    like = np.ones((*([] if batch is None else [batch]), 1))
    if batch is not None:
        like[:, 0] = np.linspace(0.5, 1, batch)
    pre.V.value, post.V.value = (
        jnp.asarray(like * V, pre.V.value.mantissa.dtype) * u.mV for V in (V0[:2], V0[2:])
    )

    def step(i):
        gap()
        pre(0.1 * u.nA), post(zero)
        return jnp.concatenate([c.V.value.to_decimal(u.mV) for c in (pre, post)], axis=-1)

    with brainstate.environ.context(dt=DT):
        return np.asarray(brainstate.transform.for_loop(step, jnp.arange(steps)))


def oracle(mode, steps=6, V=V0, weights=(G, G)):
    """Return the same in NumPy, with all numbers absolute: nS, Gohm, pA, mV, ms."""
    resistance = np.concatenate([R, R_AREA / AREA])
    L = np.zeros((5, 5))
    for i, j in zip(PRE, POST + 2, strict=True):
        L[i, [i, j]] += np.array([1, -1]) * weights[1]
        L[j, [j, i]] += np.array([1, -1]) * weights[0]
    drive = np.array([100.0, 100.0, 0, 0, 0])
    decay = np.exp(-0.5 / TAU)
    found = []
    for _ in range(steps):
        # V' = decay V + (1 - decay) (V_rest + R I): exact for a current I that is held.
        free = decay * V + (1 - decay) * (-70 + resistance * drive)
        gain = ((1 - decay) * resistance)[:, None]
        if mode == "implicit":
            V = np.linalg.solve(np.eye(5) + gain * L, free)
        elif mode == "semi_implicit":
            own = np.diag(np.diag(L))
            V = np.linalg.solve(np.eye(5) + gain * own, free - gain[:, 0] * ((L - own) @ V))
        else:
            V = free - gain[:, 0] * (L @ V)
        found.append(V)
    return np.array(found)


@pytest.mark.parametrize("mode", MODES)
def test_two_populations_against_a_dense_matrix(mode, precision):
    found = run(*unlike(mode))
    np.testing.assert_allclose(found, oracle(mode), rtol=1e-12 if precision == 64 else 2e-6)


def test_the_same_with_the_area_put_in_by_hand(x64):
    pre, post = absolute(), absolute(3, R_AREA / AREA)
    gap = gj.AsymmetryGapJunction(pre, "V", post, "V", (PRE, POST), G * u.nS, coupling="implicit")
    want = run(pre, post, gap, zero=0 * u.nA)
    np.testing.assert_allclose(run(*unlike("implicit")), want, rtol=1e-13)


@pytest.mark.parametrize("mode", ["step", "implicit"])
def test_two_conductances(mode, x64):
    found = run(*unlike(mode, weight=np.array([G, 2 * G]) * u.nS))
    np.testing.assert_allclose(found, oracle(mode, weights=(G, 2 * G)), rtol=1e-12)


@pytest.mark.parametrize("mode", ["stage", "implicit"])
def test_batches(mode, x64):
    found = run(*unlike(mode), batch=3)
    for member, factor in enumerate(np.linspace(0.5, 1, 3)):
        want = oracle(mode, V=factor * V0)
        np.testing.assert_allclose(found[:, member], want, rtol=1e-12)


@pytest.mark.parametrize("mode", ["stage", "implicit"])
def test_one_population(mode, x64):
    """The current per area is the absolute one over the area of each cell."""
    area = AREA * u.cm**2
    own, whole = per_area(), absolute(3, R_AREA / AREA)
    one = gj.SymmetryGapJunction(own, "V", ([0, 1], [1, 2]), G * u.nS, coupling=mode, per=area)
    other = gj.SymmetryGapJunction(whole, "V", ([0, 1], [1, 2]), G * u.nS, coupling=mode)
    for cells in (own, whole):
        cells.init_state()
        cells.V.value = V0[2:] * u.mV

    @brainstate.transform.jit
    def step():
        one(), other(), own(0 * DENSITY), whole(0 * u.nA)
        return own.V.value.to_decimal(u.mV), whole.V.value.to_decimal(u.mV)

    with brainstate.environ.context(dt=DT):
        for _ in range(3):
            np.testing.assert_allclose(*step(), rtol=1e-13)


@pytest.mark.parametrize(("n", "g"), [(3, 1e-5), (40, 1e-5), (40, 0.0)])
def test_few_cells_and_many_beside_junctions_per_area(n, g, x64):
    """A population of cells of different areas has junctions of both kinds.

    Its rows then have no common factor that makes the matrix symmetric. They have where there are
    none within it.
    """
    rng = np.random.default_rng(0)
    area = rng.uniform(1, 3, n) * 1e-4
    ids = np.arange(n - 1)
    pre, post = absolute(n, np.full(n, 0.1)), per_area(n)
    within = gj.SymmetryGapJunction(
        post, "V", (ids, ids + 1), g * u.siemens / u.cm**2, coupling="implicit"
    )
    across = gj.SymmetryGapJunction(
        (pre, post),
        "V",
        (np.arange(n), np.arange(n)),
        G * u.nS,
        coupling="implicit",
        per=(None, area * u.cm**2),
    )
    pre.init_state(), post.init_state()
    V = rng.uniform(-70, -30, 2 * n)
    pre.V.value, post.V.value = V[:n] * u.mV, V[n:] * u.mV

    @brainstate.transform.jit
    def step():
        if g:
            within()
        across(), pre(), post(0 * DENSITY)

    with brainstate.environ.context(dt=DT):
        step()
    L = np.zeros((2 * n, 2 * n))
    for i, j in zip(ids + n, ids + n + 1, strict=True):
        L[[i, j], [i, j]] += g
        L[[i, j], [j, i]] -= g
    for i in range(n):
        j, per = i + n, area[i]
        L[i, [i, j]] += np.array([1, -1]) * G * 1e-9
        L[j, [j, i]] += np.array([1, -1]) * G * 1e-9 / per
    decay = np.exp(-0.5 / TAU)
    gain = (1 - decay) * np.concatenate([np.full(n, 1e8), np.full(n, 1e9 * R_AREA)])
    want = np.linalg.solve(np.eye(2 * n) + gain[:, None] * L, decay * V + (1 - decay) * -70)
    found = np.concatenate([c.V.value.to_decimal(u.mV) for c in (pre, post)])
    np.testing.assert_allclose(found, want, rtol=1e-10)


def test_charge_is_conserved_in_absolute_current(x64):
    pre, post, gap = unlike()
    pre.init_state(), post.init_state()
    pre.V.value, post.V.value = V0[:2] * u.mV, V0[2:] * u.mV
    want = G * (V0[PRE] - V0[POST + 2])
    each = gap.edge_currents().to_decimal(u.pA)
    np.testing.assert_allclose(each, np.stack([want, want], axis=1), rtol=1e-14)
    into_pre, into_post = (x.to_decimal(u.pA) for x in gap.currents())
    assert into_pre.sum() == -into_post.sum() != 0
    np.testing.assert_allclose(into_post, np.bincount(POST, want, 3), rtol=1e-14)
    assert gap.current().unit.dim == gap().unit.dim == u.nA.dim
    np.testing.assert_array_equal(gap.current().to_decimal(u.pA), -into_pre)


# A population of each kind of input, what `per` it needs, and what its input is at rest.
KINDS = {
    "current": (lambda: Passive(2), None, 0 * u.nA),
    "HH": (
        lambda: bp.HH(2, C=1 * u.nF, gNa=0 * u.uS, gK=0 * u.uS, gL=0 * u.uS),
        None,
        0 * u.nA,
    ),
    "per area": (
        lambda: Passive(2, C=1 * u.uF / u.cm**2, g_L=0 * u.mS / u.cm**2),
        1e-3 * u.cm**2,
        0 * DENSITY,
    ),
    "braincell": (
        lambda: braincell.SingleCompartment(2, C=1 * u.uF / u.cm**2),
        1e-3 * u.cm**2,
        0 * DENSITY,
    ),
    "point, area": (lambda: gj.neurons.HH1952(2, area=1e-3 * u.cm**2), None, 0 * u.nA),
    "point, per area": (lambda: gj.neurons.HH1952(2), 1e-3 * u.cm**2, 0 * DENSITY),
    "rate": (lambda: bp.Izhikevich(2), 1000 * u.pF, 0 * u.mV / u.ms),
    "number as R": (lambda: bp.LIF(2, R=1.0, **LEVELS), 200 * u.nS, 0 * u.mV),
}


@pytest.mark.parametrize("one", KINDS)
def test_every_pair_of_kinds_can_be_coupled(one):
    """Each of these cells has 1 nF, so that 5 nA change its voltage by 5 mV / ms."""
    later = list(KINDS)[list(KINDS).index(one) :]
    for other in later:
        parts = [KINDS[one], KINDS[other]]
        hosts = [make() for make, _, _ in parts]
        gap = gj.SymmetryGapJunction(
            tuple(hosts), "V", ([0, 1], [0, 1]), 0.5 * u.uS, per=tuple(per for _, per, _ in parts)
        )
        for cells in hosts:
            cells.init_state()
            cells.V.value = jnp.full(2, -60.0) * u.mV
        start = jnp.array([-60.0, -50.0]) * u.mV
        hosts[0].V.value = start
        assert gap.edge_currents().to_decimal(u.nA)[1] == pytest.approx(5)
        with brainstate.environ.context(t=0 * u.ms, dt=1e-3 * u.ms):
            gap()
            for cells, (_, _, zero) in zip(hosts, parts, strict=True):
                cells(zero)
        # The first of the two cells is without current.
        first, second = hosts[1].V.value.to_decimal(u.mV)
        assert second - first == pytest.approx(5e-3, rel=0.02), (one, other)


def test_izhikevich_gets_the_current_over_its_capacitance(x64):
    cells = [bp.Izhikevich(2) for _ in range(2)]
    capacity = [100.0, 50.0] * u.pF
    absolute = gj.SymmetryGapJunction(cells[0], "V", ([0], [1]), 3 * u.nS, per=capacity)
    rates = [3 / 50, 3 / 100] / u.ms
    by_hand = gj.AsymmetryGapJunction(cells[1], "V", cells[1], "V", ([0], [1]), rates)
    for host, gap in zip(cells, (absolute, by_hand), strict=True):
        host.init_state()
        host.V.value = np.array([-60.0, -70.0]) * u.mV
        gap(), host(0 * u.mV / u.ms)
    got, want = (host.V.value.to_decimal(u.mV) for host in cells)
    np.testing.assert_allclose(got, want, rtol=1e-14)
    assert abs(got[1] - got[0]) < 10


def test_weights_of_one_kind_in_two_units_are_solved_together(x64):
    """Rates have no unit of their own in which implicit coupling adds up currents."""
    found = []
    for weight in (50 / u.second, 0.05 / u.ms):
        cells = bp.Izhikevich(2)
        one = gj.SymmetryGapJunction(cells, "V", ([0], [1]), 0.05 / u.ms, coupling="implicit")
        two = gj.SymmetryGapJunction(cells, "V", ([0], [1]), weight, coupling="implicit")
        cells.init_state()
        cells.V.value = np.array([-60.0, -70.0]) * u.mV
        one(), two(), cells(0 * u.mV / u.ms)
        found.append(cells.V.value.to_decimal(u.mV))
    np.testing.assert_allclose(*found, rtol=1e-13)


def test_half_precision_does_not_overflow():
    pre, post = Passive(1), Passive(1, C=1 * u.uF / u.cm**2, g_L=0 * u.mS / u.cm**2)
    gap = gj.SymmetryGapJunction(
        (pre, post), "V", ([0], [0]), 100 * u.nS, per=(None, 2000 * u.um**2)
    )
    pre.init_state(), post.init_state()
    for cells, V in ((pre, -50.0), (post, -60.0)):
        cells.V.value = jnp.array([V], jnp.float16) * u.mV
    with brainstate.environ.context(dt=1e-3 * u.ms):
        gap()
        given = post.sum_current_inputs(0 * DENSITY, post.V.value)
    assert given.mantissa.dtype == jnp.float16
    assert float(given.to_decimal(DENSITY)[0]) == pytest.approx(50, rel=2e-3)


def test_spikelets_are_over_the_capacitance_of_the_whole_cell(x64):
    """The charge G * area of the spike, over C = tau / R of the partner."""
    for jumps in (bp.LIF, bp.LIFRef):
        pre = absolute()
        post = jumps(3, R=R_AREA * u.Gohm * u.cm**2, **LEVELS)
        gap = gj.SpikeletGapJunction(
            (pre, post),
            "V",
            (PRE, POST),
            G * u.nS,
            spikelet=0.5 * u.mV * u.ms,
            per=(None, AREA * u.cm**2),
        )
        pre.init_state(), post.init_state()
        gap.init_state()
        pre.V.value, post.V.value = [1.0, -70.0] * u.mV, [-70.0] * 3 * u.mV
        with brainstate.environ.context(dt=1e-3 * u.ms, t=0 * u.ms):
            gap(), post(0 * DENSITY)
        # In pF: ms / Gohm.
        want = -70 + G * 0.5 / (TAU / (R_AREA / AREA[0]))
        assert post.V.value[0].to_decimal(u.mV) == pytest.approx(want, abs=5e-4)


def test_spikelets_as_currents(x64):
    """Where a population takes no jumps, a spikelet is a current for the step, over the area."""
    pre, post = absolute(), bp.CubaLIF(3, R=R_AREA * u.Gohm * u.cm**2, **LEVELS)
    gap = gj.SpikeletGapJunction(
        (pre, post),
        "V",
        (PRE, POST),
        1e-3 * u.nS,
        spikelet=5 * u.pA * u.ms,
        per=(None, AREA * u.cm**2),
    )
    pre.init_state(), post.init_state()
    gap.init_state()
    pre.V.value, post.V.value = [1.0, -70.0] * u.mV, [-70.0] * 3 * u.mV
    with brainstate.environ.context(dt=1e-3 * u.ms, t=0 * u.ms):
        gap()
        given = post.sum_current_inputs(0 * DENSITY, post.V.value).to_decimal(DENSITY)
    want = 5e-6 / 1e-3 / AREA[0]
    np.testing.assert_allclose(given, [want, 0, 0], rtol=1e-3, atol=1e-4)


def test_gradient_by_the_weight(x64):
    pre, post, gap = unlike("implicit", weight=G * u.nS)
    pre.init_state(), post.init_state()

    def loss():
        pre.V.value, post.V.value = V0[:2] * u.mV, V0[2:] * u.mV
        with brainstate.environ.context(dt=DT):
            gap(), pre(0.1 * u.nA), post(0 * DENSITY)
        return jnp.square(post.V.value.to_decimal(u.mV)).sum()

    slope = brainstate.transform.grad(loss, gap.weight)()
    ahead, behind = (
        np.square(oracle("implicit", 1, weights=(g, g))[0, 2:]).sum() for g in (G + 1e-4, G - 1e-4)
    )
    want = (ahead - behind) / 2e-4
    assert float(u.get_mantissa(slope)) == pytest.approx(want, rel=1e-6)


def test_stability_is_that_of_the_absolute_pair(x64):
    _, _, gap = unlike("step")
    whole = absolute(3, R_AREA / AREA)
    same = gj.AsymmetryGapJunction(absolute(), "V", whole, "V", (PRE, POST), G * u.nS)
    found, want = (gj.stability(x, DT) for x in (gap, same))
    for mine, theirs in zip(found.kappa.values(), want.kappa.values(), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-12)
    C = TAU / np.concatenate([R, R_AREA / AREA])
    kappa = 0.5 * G * np.array([1, 2, 2, 0, 1]) / C
    np.testing.assert_allclose(np.concatenate(list(found.kappa.values())), kappa, rtol=1e-12)
    for name in ("lambda_max", "largest_dt_as_built"):
        a, b = getattr(found, name), getattr(want, name)
        assert float(a / b) == pytest.approx(1, rel=1e-12)


def test_stability_beside_junctions_per_area(x64):
    """Against the eigenvalues of a matrix without any common factor."""
    _, post, gap = unlike("step")
    within = gj.SymmetryGapJunction(post, "V", ([0, 1], [1, 2]), 1e-5 * u.siemens / u.cm**2)
    L = np.zeros((5, 5))
    for i, j in zip(PRE, POST + 2, strict=True):
        L[i, [i, j]] += np.array([1, -1]) * G
        L[j, [j, i]] += np.array([1, -1]) * G / AREA[j - 2]
    for i, j in ((2, 3), (3, 4)):
        L[[i, j], [i, j]] += 1e4
        L[[i, j], [j, i]] -= 1e4
    # In pF and pF / cm2.
    C = TAU / np.concatenate([R, np.full(3, R_AREA)])
    found = gj.stability([gap, within], DT)
    want = np.linalg.eigvals(L / C[:, None]).real.max()
    assert float(found.lambda_max * u.ms) == pytest.approx(want, rel=1e-9)
    np.testing.assert_allclose(
        np.concatenate(list(found.kappa.values())), 0.5 * np.diag(L) / C, rtol=1e-12
    )


def test_warnings_count_the_whole_cell():
    with brainstate.environ.context(dt=DT):
        # kappa is above 2 at the smallest cell of post, of 1e-4 * 2.5e5 pF.
        with pytest.warns(gj.GapJunctionWarning, match="too strong for explicit coupling"):
            unlike(weight=200 * u.nS)
        with pytest.warns(gj.GapJunctionWarning, match=r"too weak to matter.* 25 pF"):
            unlike(weight=1e-7 * u.nS)


def test_measured_circuits_are_absolute(x64):
    pre, post, gap = unlike()
    G_all = 1 / np.concatenate([R, R_AREA / AREA])
    circuit = gj.measure.linearise(gap)
    np.testing.assert_allclose(circuit.leak.to_decimal(u.nS), G_all, rtol=1e-12)
    np.testing.assert_allclose(circuit.capacitance.to_decimal(u.pF), TAU * G_all, rtol=1e-12)
    L = np.diag(G_all)
    for i, j in zip(PRE, POST + 2, strict=True):
        L[[i, j], [i, j]] += G
        L[[i, j], [j, i]] -= G
    Z = 1e3 * np.linalg.inv(L)
    np.testing.assert_allclose(gj.measure.transfer(gap).to_decimal(u.Mohm), Z, rtol=1e-12)
    resistance = gj.measure.input_resistance(gap, 2)
    assert float(resistance.to_decimal(u.Mohm)) == pytest.approx(Z[2, 2], rel=1e-12)
    assert gj.measure.coupling_coefficient(gap, 2, 0) == pytest.approx(Z[0, 2] / Z[2, 2])
    # The same from a recording, whose currents are absolute too.
    pre.init_state(), post.init_state()
    pre.V.value, post.V.value = np.full(2, -70.0) * u.mV, np.full(3, -70.0) * u.mV

    def step():
        gap(), pre(0 * u.nA), post(0 * DENSITY)

    on = np.where(np.arange(300) >= 20, 5.0, 0.0) * u.pA
    record = gj.measure.inject(gap, on, 2, dt=DT, step=step)
    resistance = gj.measure.input_resistance(record, 2)
    assert float(resistance.to_decimal(u.Mohm)) == pytest.approx(Z[2, 2], rel=1e-3)
    assert gj.measure.coupling_coefficient(record, 2, 0) == pytest.approx(Z[0, 2] / Z[2, 2], 1e-3)
    with pytest.raises(u.UnitMismatchError, match="current must be in a unit such as"):
        gj.measure.inject(gap, on / (1 * u.cm**2), 2, dt=DT, step=step)


def test_copies_and_pickles_keep_it():
    pre, post, gap = unlike()
    for twin in (copy.deepcopy((pre, post, gap))[2], pickle.loads(pickle.dumps((post, gap)))[1]):
        assert twin.per[0] is None
        np.testing.assert_array_equal(twin.per[1].to_decimal(u.cm**2), AREA)
    assert "per=(None, " in repr(gap)
    assert "per" not in repr(gj.SymmetryGapJunction(pre, "V", ([0], [1]), 1 * u.nS))


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        (gj.SymmetryGapJunction, {}),
        (gj.RectifyingGapJunction, {}),
        (gj.VoltageGatedGapJunction, {"law": gj.laws.Boltzmann(40 * u.mV, 8 * u.mV)}),
        (
            gj.PlasticGapJunction,
            {"rule": gj.plasticity.BurstSpike(depression=1e-3 / u.ms, potentiation=2e-3)},
        ),
        (gj.SpikeletGapJunction, {"spikelet": 1 * u.mV}),
    ],
)
def test_every_junction_takes_it(kind, more):
    pre, post = absolute(), per_area()
    gap = kind((pre, post), "V", (PRE, POST), G * u.nS, per=(None, AREA * u.cm**2), **more)
    brainstate.nn.init_all_states([pre, post, gap])
    pre.V.value = jnp.array([-60.0, -40.0]) * u.mV
    gap()
    want = gap.currents().post.to_decimal(u.nA) / AREA
    given = post.sum_current_inputs(0 * DENSITY, post.V.value).to_decimal(u.nA / u.cm**2)
    np.testing.assert_allclose(given, want, rtol=1e-6)
    assert (abs(np.asarray(want)[[0, 2]]) > 0.1).all()


def test_a_capacitance_that_is_given_is_in_the_unit_of_the_population():
    pre, post = absolute(), per_area()
    gap = gj.SymmetryGapJunction(
        (pre, post), "V", (PRE, POST), G * u.nS, per=(None, AREA * u.cm**2)
    )
    one = gj.stability(gap, DT, capacitance={post: 0.5 * u.uF / u.cm**2})
    kappa = 0.5 * G * np.array([2, 0, 1]) / (0.5e6 * AREA)
    np.testing.assert_allclose(list(one.kappa.values())[1], kappa, rtol=1e-6)


def both(**kwargs):
    return gj.AsymmetryGapJunction(absolute(), "V", per_area(), "V", ([0], [1]), **kwargs)


@pytest.mark.parametrize(
    ("per", "error", "message"),
    [
        ((None,), ValueError, "per must be one value, or a pair"),
        ((None, "1 cm2"), TypeError, r"per\[1\] must be a number or an array with a unit"),
        ((None, True), TypeError, r"per\[1\] must be a number"),
        ((None, [1, 2] * u.cm**2), ValueError, r"per\[1\] must be one value or have the shape"),
        ((None, 0 * u.cm**2), ValueError, r"per\[1\] must be positive and finite"),
        ((None, np.nan * u.cm**2), ValueError, r"per\[1\] must be positive and finite"),
        ((None, 1 * u.pF), u.UnitMismatchError, r"per must be in a unit such as cm\^2 for post"),
        ((1 * u.cm**2, 1 * u.cm**2), u.UnitMismatchError, "per must be None for pre"),
    ],
)
def test_bad_divisors_are_refused(per, error, message):
    with pytest.raises(error, match=message):
        both(weight=1 * u.nS, per=per)


def test_a_pair_for_one_population_is_refused():
    cells = per_area()
    with pytest.raises(TypeError, match="per must be one value where a population is coupled to"):
        gj.SymmetryGapJunction(cells, "V", ([0], [1]), 1 * u.nS, per=(1 * u.cm**2, 2 * u.cm**2))
    assert not cells.current_inputs


@pytest.mark.parametrize(
    ("make", "remedy"),
    [
        (lambda: both(weight=1 * u.nS), r"; or give per=\(None, area\) in cm\^2\."),
        (
            lambda: both(weight=1 * u.nS / u.cm**2),
            r"no weight fits both .* one in nS, and per=\(None, area\) in cm\^2\.",
        ),
        (
            lambda: gj.SymmetryGapJunction(
                (bp.Izhikevich(1), per_area()), "V", ([0], [0]), 1 * u.nS
            ),
            r"; or give per=\(capacitance, area\) in pF and cm\^2\.",
        ),
        (
            lambda: gj.SymmetryGapJunction(per_area(), "V", ([0], [1]), 1 * u.nS),
            r"; or give per=area in cm\^2\.",
        ),
        (
            lambda: gj.SymmetryGapJunction(bp.HH(2), "V", ([0], [1]), 1 * u.nS / u.cm**2),
            r"got the unit nS / cm\^2\.$",
        ),
        (
            lambda: gj.SymmetryGapJunction(bp.HH(2), "V", ([0], [1]), 1 * u.mV),
            r"got the unit mV\.$",
        ),
    ],
)
def test_the_refusal_of_a_weight_says_which_per_would_do(make, remedy):
    with pytest.raises(u.UnitMismatchError, match=remedy):
        make()


def test_a_weight_of_another_kind_is_refused_beside_per():
    pre, post, gap = unlike()
    pre.init_state(), post.init_state()
    gap.weight.value = 1.0 * u.mS / u.cm**2
    with pytest.raises(u.UnitMismatchError, match="weight must be a conductance in a unit such as"):
        gap()
