"""Semi-implicit and implicit coupling: strong junctions, against closed forms and references."""

import brainpy.state as bp
import brainstate
import braintools
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import saiunit as u
from scipy.integrate import solve_ivp
from scipy.linalg import expm

import gapjunction as gj
from models import Network, Passive, gradient_and_difference, mv, pairs, random_pairs, simulate

DRIVE = u.uA / u.cm**2
MODES = ("semi_implicit", "implicit")


def lif(n):
    return bp.LIF(
        n,
        R=1 * u.ohm,
        tau=5 * u.ms,
        V_rest=-65 * u.mV,
        V_th=-50 * u.mV,
        V_reset=-65 * u.mV,
        V_initializer=braintools.init.Constant(-65 * u.mV),
    )


def hh(n):
    return bp.HH(n, gL=0.3 * u.mS, V_initializer=braintools.init.Constant(-65 * u.mV))


def point(solver):
    return lambda n: gj.neurons.HH1952(n, solver=solver)


# How to make a population, what drives it, and its capacitance.
HOSTS = {
    "LIF": (lif, 20 * u.mA, 5 * u.ms / u.ohm),
    "HH": (hh, 10 * u.uA, 1 * u.uF),
    "exp_euler": (point("exp_euler"), 10 * DRIVE, 1 * u.uF / u.cm**2),
    "staggered": (point("staggered"), 10 * DRIVE, 1 * u.uF / u.cm**2),
}


def all_pairs(n):
    return pairs(*np.triu_indices(n, 1))


def traces(*args, **kwargs):
    return mv(voltages(*args, **kwargs))


def voltages(make, x, steps, dt, n, g=None, coupling="implicit", conn=None):
    cells = make(n)
    junctions = []
    if g is not None:
        conn = all_pairs(n) if conn is None else conn
        junctions = [gj.SymmetryGapJunction(cells, "V", conn, g, coupling=coupling)]
    net = Network([cells], junctions)
    brainstate.nn.init_all_states(net)
    return simulate(net, [x], steps, dt * u.ms)[0]


# Two cells are solved directly, a hundred by iteration. The quick part of the suite takes each host
# in each way once, and each precision with each way twice.
@pytest.mark.parametrize(
    ("host", "n", "precision"),
    [
        pytest.param(host, n, bits, marks=() if quick == (n == 2) else pytest.mark.slow)
        for n in (2, 100)
        for bits in (32, 64)
        for host, quick in zip(HOSTS, (bits == 32, bits == 64) * 2, strict=True)
    ],
)
def test_identical_cells_driven_alike_step_as_if_alone(host, n, precision):
    make, x, C = HOSTS[host]
    dt, steps = 0.1, 40
    alone = traces(make, x, steps, dt, n)
    rise = np.abs(alone - alone[0]).max()
    coupled = brainstate.transform.jit(lambda g: voltages(make, x, steps, dt, n, g))
    for kappa in (0.025, 1.0, 1e4):
        g = (kappa * C / (dt * u.ms) / (n - 1)).in_unit((C / u.ms).unit)
        V = mv(coupled(g))
        assert np.abs(V - alone).max() / rise < (1e-5 if precision == 32 else 1e-10)


def laplacian(n, ids, g):
    L = np.zeros((n, n))
    for i, j in zip(*ids, strict=True):
        L[i, i] += g
        L[j, j] += g
        L[i, j] -= g
        L[j, i] -= g
    return L


def passive_error(coupling, dt, kappa_at=0.1, make=None, n=12, t=2.0):
    """Worst error of a random passive network; g is such that kappa is 10 at ``kappa_at``."""
    ids = random_pairs(n, 20)
    g = 10.0 / kappa_at / 3.3
    start = np.linspace(-80, -20, n)
    cells = make(n, start)
    gap = gj.SymmetryGapJunction(
        cells,
        "V",
        lambda a, b: ids,
        g * u.uS if make is leaky else g * u.mS / u.cm**2,
        coupling=coupling,
    )
    net = Network([cells], [gap])
    brainstate.nn.init_all_states(net)
    zero = 0 * u.nA if make is leaky else 0 * DRIVE
    last = mv(simulate(net, [zero], round(t / dt), dt * u.ms)[0])[-1]
    A = -(laplacian(n, ids, g) + 0.2 * np.eye(n))
    rest = np.full(n, -60.0)
    want = rest + expm(A * t) @ (start - rest)
    return np.abs(last - want).max()


def leaky(n, start):
    return Passive(n, 1 * u.nF, 0.2 * u.uS, -60 * u.mV, start * u.mV)


def leaky_point(solver):
    def make(n, start):
        leak = gj.ion_channels.Channel(n, 0.2 * u.mS / u.cm**2, -60 * u.mV)
        V = lambda size, *_, **__: start * u.mV  # noqa: E731
        return gj.PointNeuron(n, 1 * u.uF / u.cm**2, {"leak": leak}, solver, V_initializer=V)

    return make


@pytest.mark.parametrize(
    ("make", "coupling", "order"),
    [
        (leaky, "implicit", 1),
        (leaky, "semi_implicit", 1),
        (leaky_point("exp_euler"), "implicit", 1),
        (leaky_point("staggered"), "implicit", 2),
    ],
)
def test_order_of_convergence_to_the_matrix_exponential(make, coupling, order, x64):
    coarse, fine = (passive_error(coupling, dt, 100.0, make) for dt in (0.05, 0.025))
    assert np.log2(coarse / fine) == pytest.approx(order, abs=0.2)


def test_implicit_is_right_where_explicit_is_not_finite(x64):
    assert not passive_error("stage", 0.1, 0.1, leaky) < 1e3
    assert passive_error("implicit", 0.1, 0.1, leaky) < 0.1
    # Bounded, but far from the truth: neighbours lag.
    assert 0.1 < passive_error("semi_implicit", 0.1, 0.1, leaky) < 60


@pytest.mark.parametrize(("conn", "precision"), [("ring", 32), ("grid", 64), ("random", 32)])
def test_thousand_cells_at_kappa_of_ten_thousand(conn, precision):
    n = 1024
    builder = {
        "ring": gj.connectivity.ring(),
        "grid": gj.connectivity.grid(),
        "random": random_connection(n, 4 * n),
    }[conn]
    size = (32, 32) if conn == "grid" else n
    start = np.random.default_rng(0).uniform(-90, 30, size)
    cells = Passive(size, 1 * u.nF, 0 * u.uS, 0 * u.mV, start * u.mV)
    gap = gj.SymmetryGapJunction(cells, "V", builder, 1e4 / 0.1 / 4 * u.uS, coupling="implicit")
    net = Network([cells], [gap])
    brainstate.nn.init_all_states(net)
    V = mv(simulate(net, [0 * u.nA], 30)[0]).reshape(30, -1).astype(float)
    spread = np.ptp(V, axis=1)
    assert np.isfinite(V).all()
    assert (V.min(1) >= start.min() - 1e-3).all()
    assert (V.max(1) <= start.max() + 1e-3).all()
    assert (np.diff(spread) <= 1e-3).all()
    # Of currents that would move a cell by 1e6 mV.
    tolerance = 5e-3 if precision == 32 else 1e-9
    np.testing.assert_allclose(V.mean(1), start.mean(), atol=tolerance)


def random_connection(n, n_edges):
    ids = np.random.default_rng(1).integers(0, n, (2, n_edges))
    ids = ids[:, ids[0] != ids[1]]
    return pairs(*np.unique(np.sort(ids, axis=0), axis=1))


@pytest.mark.parametrize(
    ("host", "coupling"),
    [
        *(("LIF", coupling) for coupling in (*MODES, "both")),
        ("HH", "semi_implicit"),
        ("exp_euler", "implicit"),
        ("staggered", "both"),
    ],
)
def test_bounded_on_every_host(coupling, host):
    """Cells that are driven differently: it is their difference that could grow."""
    make, x, C = HOSTS[host]
    modes = MODES if coupling == "both" else [coupling]

    @brainstate.transform.jit
    def run(g):
        cells = make(6)
        gaps = [
            gj.SymmetryGapJunction(cells, "V", all_pairs(6), g / len(modes), coupling=mode)
            for mode in modes
        ]
        net = Network([cells], gaps)
        brainstate.nn.init_all_states(net)
        return simulate(net, [jnp.arange(6.0) / 3 * x], 200)[0]

    for kappa in (2.5, 1e4):
        V = mv(run((kappa * C / (0.1 * u.ms) / 5).in_unit((C / u.ms).unit)))
        assert np.isfinite(V).all()
        assert V.min() > -150
        assert V.max() < 120


def two_populations(coupling, dt, order=(0, 1), t=2.0, symmetric=True, g=3.0):
    """One cell each, 20 mV apart, g in uS on 1 and 2 nF."""
    a = Passive(1, 1 * u.nF, V0=-60 * u.mV)
    b = Passive(1, 2 * u.nF, V0=-40 * u.mV)
    if symmetric:
        gap = gj.SymmetryGapJunction((a, b), "V", ([0], [0]), g * u.uS, coupling=coupling)
    else:
        gap = gj.AsymmetryGapJunction(
            a, "V", b, "V", ([0], [0]), [g, g / 3] * u.uS, coupling=coupling
        )
    populations = [(a, b)[k] for k in order]
    net = Network(populations, [gap])
    brainstate.nn.init_all_states(net)
    V = simulate(net, [0 * u.nA] * 2, round(t / dt), dt * u.ms)
    return [float(mv(V[order.index(k)])[-1, 0]) for k in (0, 1)]


@pytest.mark.parametrize(("symmetric", "order"), [(True, (0, 1)), (False, (1, 0))])
def test_populations_coupled_to_each_other_are_solved_together(order, symmetric, x64):
    g, back = 3.0, (3.0 if symmetric else 1.0)
    # Into post: column 0; out of pre: column 1.
    A = np.array([[-back, back], [g / 2, -g / 2]])
    want = expm(A * 2.0) @ [-60.0, -40.0]
    errors = []
    for dt in (0.02, 0.01):
        got = two_populations("implicit", dt, order, symmetric=symmetric)
        errors.append(np.abs(np.array(got) - want).max())
    assert errors[0] / errors[1] == pytest.approx(2, abs=0.35)
    stiff = two_populations("implicit", 0.1, order, symmetric=symmetric, g=3e4)
    assert stiff[0] == pytest.approx(stiff[1], abs=1e-3)
    if symmetric:
        assert stiff[0] == pytest.approx((-60 + 2 * -40) / 3, abs=1e-3)


def test_order_of_stepping_does_not_matter(x64):
    np.testing.assert_allclose(
        two_populations("implicit", 0.1, (0, 1)), two_populations("implicit", 0.1, (1, 0))
    )


def test_several_junctions_and_modes_in_one_model(x64):
    """Two implicit junctions are one of their sum; a weak one may be explicit."""
    start = np.linspace(-80, -20, 4)

    def run(*parts):
        cells = leaky(4, start)
        gaps = [
            gj.SymmetryGapJunction(cells, "V", pairs(*ids), g * u.uS, coupling=mode)
            for ids, g, mode in parts
        ]
        net = Network([cells], gaps)
        brainstate.nn.init_all_states(net)
        return mv(simulate(net, [0 * u.nA], 20)[0])

    one = ([0, 1, 2], [1, 2, 3])
    whole = run((one, 40.0, "implicit"))
    halves = run((one, 15.0, "implicit"), (one, 25.0, "implicit"))
    np.testing.assert_allclose(halves, whole, rtol=1e-9)
    for weak in ("step", "stage", "semi_implicit"):
        mixed = run((one, 39.99, "implicit"), (one, 0.01, weak))
        np.testing.assert_allclose(mixed, whole, atol=0.02)
    semi = run((one, 15.0, "semi_implicit"), (one, 25.0, "semi_implicit"))
    np.testing.assert_allclose(semi, run((one, 40.0, "semi_implicit")), rtol=1e-9)


@pytest.mark.parametrize("coupling", MODES)
def test_a_trial_leaves_no_trace(coupling):
    """Arrays are used once, random numbers and gates of inserted channels step once."""
    results = []
    for g in (None, 1e-9):
        cells = lif(3)
        sag = gj.ion_channels.Channel(3, 1e-3 * u.mS, -40 * u.mV)
        gj.ion_channels.insert(cells, sag, name="sag")
        parts = []
        if g is not None:
            parts = [gj.SymmetryGapJunction(cells, "V", all_pairs(3), g * u.mS, coupling=coupling)]
        brainstate.nn.init_all_states(cells)
        brainstate.random.seed(3)
        rows = []
        for i in range(5):
            with brainstate.environ.context(i=i, t=i * 0.1 * u.ms, dt=0.1 * u.ms):
                for part in parts:
                    part()
                cells.add_current_input("pulse", 3.0 * u.mA)
                cells(brainstate.random.rand(3) * u.mA)
                rows.append(mv(cells.V.value))
        results.append(rows)
    np.testing.assert_allclose(results[0], results[1], atol=1e-3)


# Few cells are solved directly, many by iteration.
@pytest.mark.one_stack
@pytest.mark.parametrize(
    ("host", "n"),
    [
        ("HH", 70),
        ("staggered", 4),
        *(pytest.param(*case, marks=pytest.mark.slow) for case in (("HH", 4), ("staggered", 70))),
    ],
)
def test_gradients_agree_with_finite_differences(host, n, x64):
    make, x, C = HOSTS[host]
    unit = (C / u.ms).unit

    def final(g):
        cells = make(n)
        ring = gj.connectivity.ring()
        gap = gj.SymmetryGapJunction(
            cells, "V", ring, g * 50 * unit, brainstate.ShortTermState, coupling="implicit"
        )
        net = Network([cells], [gap])
        brainstate.nn.init_all_states(net)
        drive = jnp.arange(float(n)) / n * x
        return (simulate(net, [drive], 20)[0][-1] / u.mV * jnp.arange(1.0, n + 1)).sum()

    at = jnp.array(0.7)
    gradient, difference = gradient_and_difference(final, at)
    assert gradient == pytest.approx(difference, rel=1e-5)


def test_batches(x64):
    cells = lif(5)
    gap = gj.SymmetryGapJunction(cells, "V", all_pairs(5), 1e3 * u.mS, coupling="implicit")
    net = Network([cells], [gap])
    brainstate.nn.init_all_states(net, batch_size=3)
    drive = jnp.arange(15.0).reshape(3, 5) * u.mA
    V = mv(simulate(net, [drive], 20)[0])
    single = []
    for row in range(3):
        cells.init_state()
        single.append(mv(simulate(net, [drive[row]], 20)[0]))
    np.testing.assert_allclose(V, np.stack(single, 1), rtol=1e-9)


def test_iteration_that_fails_is_seen():
    n = 200
    start = np.random.default_rng(0).uniform(-90, 30, n)

    def run(settings):
        cells = Passive(n, 1 * u.nF, V0=start * u.mV)
        gap = gj.SymmetryGapJunction(
            cells, "V", gj.connectivity.ring(), 1e6 * u.uS, coupling=settings
        )
        net = Network([cells], [gap])
        brainstate.nn.init_all_states(net)
        return mv(simulate(net, [0 * u.nA], 2)[0])

    assert np.isnan(run(gj.Implicit(max_steps=2))).all()
    assert np.isfinite(run(gj.Implicit(rtol=1e-3))).all()
    with pytest.raises(Exception, match="Implicit coupling has not converged"):
        jax.block_until_ready(run(gj.Implicit(max_steps=2, check=True)))


def test_iteration_that_fails_is_seen_between_two_populations():
    """Which are not solved by the accelerator, but by JAX."""
    n, V0 = 100, np.random.default_rng(0).uniform(-90, 30, (2, 100))
    ring = (np.tile(np.arange(n), 2), np.concatenate([np.arange(n), (np.arange(n) + 1) % n]))

    def run(settings):
        cells = [Passive(n, 1 * u.nF, V0=start * u.mV) for start in V0]
        gap = gj.SymmetryGapJunction(tuple(cells), "V", ring, 1e6 * u.uS, coupling=settings)
        net = Network(cells, [gap])
        brainstate.nn.init_all_states(net)
        return mv(simulate(net, [0 * u.nA, 0 * u.nA], 2)[0])

    assert np.isnan(run(gj.Implicit(max_steps=2))).all()
    assert np.isfinite(run(gj.Implicit(rtol=1e-3))).all()


def test_update_without_the_call_is_refused():
    cells = lif(2)
    gap = gj.SymmetryGapJunction(cells, "V", all_pairs(2), 1 * u.mS, coupling="implicit")
    brainstate.nn.init_all_states(cells)
    with brainstate.environ.context(i=0, t=0 * u.ms, dt=0.1 * u.ms):
        gap()
        with pytest.raises(ValueError, match=r"call the population itself, cells\(x\)"):
            cells.update(0 * u.mA)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: gj.Implicit(rtol=-1.0), "rtol must be"),
        (lambda: gj.Implicit(max_steps=0), "max_steps must be"),
        (lambda: gj.Implicit(check=1), "check must be True or False"),
    ],
)
def test_wrong_settings_are_named(make, message):
    with pytest.raises((ValueError, TypeError), match=message):
        make()


def hh_pair_truth(t, g, drive=(10.0, 0.0)):
    """Two Hodgkin-Huxley cells and a conductance, by SciPy's stiff solver."""

    def rates(v):
        a = [0.1 * (v + 40) / (1 - np.exp(-(v + 40) / 10)), 0.07 * np.exp(-(v + 65) / 20)]
        b = [4 * np.exp(-(v + 65) / 18), 1 / (1 + np.exp(-(v + 35) / 10))]
        a.append(0.01 * (v + 55) / (1 - np.exp(-(v + 55) / 10)))
        b.append(0.125 * np.exp(-(v + 65) / 80))
        return np.array(a), np.array(b)

    def slope(_, y):
        v, gates = y[:2], y[2:].reshape(3, 2)
        m, h, n = gates
        ionic = 120 * m**3 * h * (v - 50) + 36 * n**4 * (v + 77) + 0.3 * (v + 54.387)
        a, b = rates(v)
        dv = np.array(drive) - ionic + g * (v[::-1] - v)
        return np.concatenate([dv, (a * (1 - gates) - b * gates).ravel()])

    a, b = rates(np.array([-65.0, -65.0]))
    start = np.concatenate([[-65.0, -65.0], (a / (a + b)).ravel()])
    return solve_ivp(slope, (0, t), start, method="Radau", rtol=1e-10, atol=1e-11).y[:2, -1]


def hh_pair(solver, coupling, dt, t, g, cls=gj.SymmetryGapJunction):
    cells = gj.neurons.HH1952(2, solver=solver)
    options = {} if coupling is None else {"coupling": coupling}
    gap = cls(cells, "V", pairs([0], [1]), g * u.mS / u.cm**2, **options)
    net = Network([cells], [gap])
    brainstate.nn.init_all_states(net)
    drive = np.array([10.0, 0.0]) * DRIVE
    return mv(simulate(net, [drive], round(t / dt), dt * u.ms)[0])[-1]


def test_strongly_coupled_spiking_pair_at_kappa_ten(x64):
    dt, t = 0.02, 6.0
    g = 10 / dt
    truth = hh_pair_truth(t, g)
    # On the upstroke of the first spike, where V rises by 100 mV/ms.
    errors = [
        np.abs(hh_pair("staggered", "implicit", step, t, g) - truth).max() for step in (dt, dt / 2)
    ]
    assert errors[0] < 0.1
    assert errors[0] / errors[1] == pytest.approx(4, abs=0.6)
    builtin = hh_pair("exp_euler", None, dt, t, g, bp.SymmetryGapJunction)
    assert not np.isfinite(builtin).all()
