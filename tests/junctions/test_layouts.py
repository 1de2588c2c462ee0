"""Networks large enough for a layout of their own, against the built-in."""

import functools
import re

import brainpy.state as bp
import brainstate
import jax
import jax.extend.core
import jax.numpy as jnp
import numpy as np
import pytest
import saiunit as u

import gapjunction as gj
from gapjunction.kernels import native
from models import Network, Passive, mv, pairs, random_pairs, simulate

N, N_EDGES = 60, 700
SPARSE = "rows" if native.is_available() else "padded"


def start(size, batch_size=None):
    shape = (size,) if batch_size is None else (batch_size, size)
    return np.random.default_rng(0).uniform(-70, -50, shape) * u.mV


def run(junction, host, unit, batch_size=None, pair=False, **kwargs):
    # HH starts at random.
    brainstate.random.seed(2)
    rng = np.random.default_rng(1)
    ids = random_pairs(N, N_EDGES)
    if pair:
        pre, post = host(N), host(N)
        weight = rng.uniform(0.5, 1.5, (N_EDGES, 2)) * unit
        gap = junction(pre, "V", post, "V", pairs(*ids), weight, **kwargs)
        populations = [pre, post]
    else:
        populations = [host(N)]
        gap = junction(
            populations[0], "V", pairs(*ids), rng.uniform(0.5, 1.5, N_EDGES) * unit, **kwargs
        )
    net = Network(populations, [gap])
    for cells in populations:
        cells.init_state(batch_size)
        cells.V.value = start(N, batch_size)
    drive = (5 * u.uA if host is bp.HH else 20 * u.mA) * np.linspace(0.5, 1.5, N)
    traces = simulate(net, [drive] * len(populations), 300)
    return np.stack([mv(v) for v in traces])


HOSTS = {"HH": (bp.HH, 2e-3 * u.mS), "LIF": (bp.LIF, 2e-3 * u.siemens)}


@functools.cache
def built_in(host, batch_size):
    return run(bp.SymmetryGapJunction, *HOSTS[host], batch_size)


@pytest.mark.parametrize(
    ("host", "batch_size", "layout"),
    [
        ("HH", None, "rows"),
        ("HH", None, "padded"),
        ("LIF", None, None),
        ("LIF", 3, "dense"),
    ],
)
def test_traces_are_the_built_ins(host, batch_size, layout, x64):
    ours = run(gj.SymmetryGapJunction, *HOSTS[host], batch_size, layout=layout)
    np.testing.assert_allclose(ours, built_in(host, batch_size), rtol=0, atol=1e-9)


@pytest.mark.parametrize("host", HOSTS)
def test_traces_of_two_populations_are_the_built_ins(host, x64):
    ours = run(gj.AsymmetryGapJunction, *HOSTS[host], pair=True, layout="rows")
    theirs = run(bp.AsymmetryGapJunction, *HOSTS[host], pair=True)
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-9)


def test_single_precision_is_as_near_to_double_as_the_built_in():
    """One step of coupling: errors against the same numbers in float64."""
    cells = bp.HH(N)
    ids, w = random_pairs(N, N_EDGES), np.random.default_rng(1).uniform(0.5, 1.5, N_EDGES)
    w = w.astype(np.float32)
    cells.init_state()
    cells.V.value = start(N).astype(np.float32)
    v = np.asarray(cells.V.value.mantissa, np.float64)
    flow = (np.float32(0.1) * w).astype(np.float64) * (v[ids[0]] - v[ids[1]])
    exact = np.bincount(ids[1], flow, N) - np.bincount(ids[0], flow, N)
    errors = []
    for layout in (SPARSE, "edges"):
        gap = gj.SymmetryGapJunction(cells, "V", pairs(*ids), 0.1 * w * u.mS, layout=layout)
        gap()
        with brainstate.environ.context(dt=0.1 * u.ms):
            got = cells.sum_current_inputs(0 * u.uA, cells.V.value)
        cells.sum_delta_inputs(cells.V.value)
        errors.append(np.std(np.asarray(got.to_decimal(u.uA)) - exact))
    assert errors[0] <= 1.5 * errors[1]


@pytest.mark.parametrize(
    ("conn", "size", "each", "wanted"),
    [
        (gj.connectivity.ring(), 5, False, "edges"),
        (gj.connectivity.ring(), 600, False, "shifts"),
        (gj.connectivity.grid(), (20, 20), True, "shifts"),
        (gj.connectivity.all_to_all(), 40, False, "complete"),
        (gj.connectivity.all_to_all(), 40, True, "dense"),
    ],
)
def test_layout_is_chosen_by_the_shape_of_the_network(conn, size, each, wanted, x64):
    """Whatever it is, the current is that of the edges, in a population of any shape."""
    found = []
    for layout in (None, "edges"):
        cells = Passive(size)
        count = gj.connectivity.as_edges(conn, cells.out_size, cells.out_size).n_edges
        w = np.random.default_rng(2).random(count) if each else 0.5
        gap = gj.SymmetryGapJunction(cells, "V", conn, w * u.nS, layout=layout)
        assert gap.layout == (layout or wanted)
        cells.init_state()
        cells.V.value = np.random.default_rng(3).normal(size=cells.out_size) * u.mV
        leaving = gap()
        got = cells.sum_current_inputs(0 * u.nA, cells.V.value)
        cells.sum_delta_inputs(cells.V.value)
        found.append((got.to_decimal(u.pA), leaving.to_decimal(u.pA)))
    for a, b in zip(*found, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-12)


def test_unknown_and_unfit_layouts_are_refused_before_anything_is_changed():
    cells = bp.HH(5)
    with pytest.raises(ValueError, match=r"layout must be one of .*got 'row'. Did you mean 'rows'"):
        gj.SymmetryGapJunction(cells, "V", gj.connectivity.ring(), 1e-3 * u.mS, layout="row")
    with pytest.raises(ValueError, match="layout must suit the network"):
        gj.SymmetryGapJunction(cells, "V", gj.connectivity.ring(), 1e-3 * u.mS, layout="complete")
    assert not cells.current_inputs


def gradient(junction, coupling=None):
    ids = random_pairs(N, N_EDGES)
    at = jnp.full(N_EDGES, 2e-3)

    def loss(w):
        brainstate.random.seed(2)
        cells = bp.HH(N)
        extra = {} if coupling is None else {"coupling": coupling}
        gap = junction(cells, "V", pairs(*ids), at * u.mS, **extra)
        net = Network([cells], [gap])
        brainstate.nn.init_all_states(net)
        cells.V.value = start(N)
        gap.weight.value = w * u.mS
        return (simulate(net, [5 * u.uA], 20)[0][-1] / u.mV * jnp.arange(N)).sum()

    return jax.grad(loss)(at)


@pytest.mark.one_stack
def test_gradient_through_a_loop_is_the_built_ins(x64):
    theirs = gradient(bp.SymmetryGapJunction)
    for coupling in ("stage", "step"):
        ours = gradient(gj.SymmetryGapJunction, coupling)
        np.testing.assert_allclose(ours, theirs, rtol=1e-8, atol=1e-8 * np.abs(theirs).max())


def test_another_shape_of_conductance_gets_another_layout(x64):
    cells = Passive(40)
    gap = gj.SymmetryGapJunction(cells, "V", gj.connectivity.all_to_all(), 0.5 * u.nS)
    cells.init_state()
    cells.V.value = np.arange(40.0) * u.mV
    assert gap.layout == "complete"
    one = gap.current()
    gap()
    first = cells.sum_current_inputs(0 * u.nA, cells.V.value)
    gap.weight.value = np.full(780, 0.5) * u.nS
    assert gap.layout == "dense"
    gap()
    second = cells.sum_current_inputs(0 * u.nA, cells.V.value)
    np.testing.assert_allclose(first.to_decimal(u.nA), second.to_decimal(u.nA), atol=1e-12)
    np.testing.assert_allclose(one.to_decimal(u.nA), gap.current().to_decimal(u.nA), atol=1e-12)


@pytest.mark.parametrize("layout", ["edges", "rows", "padded", "dense", "shifts"])
@pytest.mark.parametrize("coupling", ["stage", "implicit"])
def test_the_conductance_of_a_cell_with_itself_reaches_nothing(layout, coupling):
    cells = Passive(4)
    with pytest.warns(gj.GapJunctionWarning, match="itself"):
        gap = gj.SymmetryGapJunction(
            cells,
            "V",
            ([0, 1, 2, 1], [1, 2, 3, 1]),
            np.ones(4) * u.uS,
            layout=layout,
            coupling=coupling,
        )
    cells.init_state()
    found = []
    for loop in (1.0, np.nan, np.inf):
        gap.weight.value = jnp.array([1.0, 1.0, 1.0, loop]) * u.uS
        cells.V.value = jnp.array([-60.0, -65.0, -70.0, -62.0]) * u.mV
        gap()
        cells()
        found.append(mv(cells.V.value))
    assert np.isfinite(found).all()
    np.testing.assert_array_equal(found[1:], [found[0]] * 2)


def places_in(function, *args):
    """Return how many places of rows the products in a compiled function have in all."""
    text = jax.jit(function).lower(*args).compile().as_text()
    calls = [line for line in text.splitlines() if '"gapjunction_rows"' in line]
    ids = [re.findall(r"s32\[(\d+)\]", line.split("custom-call(")[1]) for line in calls]
    # One for each place is the largest of the arrays of ids.
    return sum(max(map(int, sizes)) for sizes in ids)


@pytest.mark.one_stack
@pytest.mark.skipif(not native.is_available(), reason="no other products are separate")
def test_two_populations_make_four_products_under_rk4():
    # At each stage of the solver each population computes the current into itself alone.
    n, K = 200, 10
    rng = np.random.default_rng(0)
    ids = np.repeat(np.arange(n), K), rng.permutation(np.repeat(np.arange(n), K))
    cells = [gj.neurons.HH1952(n, solver="rk4") for _ in range(2)]
    weight = rng.uniform(0.001, 0.01, n * K) * u.mS / u.cm**2
    gap = gj.SymmetryGapJunction(tuple(cells), "V", ids, weight)
    assert gap.layout == "rows"
    for own in cells:
        own.init_state()

    def step():
        gap.update()
        for own in cells:
            own()

    V = jnp.zeros(n)
    whole = places_in(lambda v: gap._flow(v * u.mV, v * u.mV, weight), V)
    program = brainstate.transform.make_jaxpr(step)()[0]
    shapes = [jax.ShapeDtypeStruct(v.shape, v.dtype) for v in program.in_avals]
    made = places_in(jax.extend.core.jaxpr_as_fun(program), *shapes)
    # Rows are filled up to the length of the longest of eight.
    np.testing.assert_allclose(made / whole, 4, rtol=0.1)
