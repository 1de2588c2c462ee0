"""Every layout against sums that are written out, and its derivatives against those of JAX."""

import copy
import functools
import pickle

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import export
from jax.interpreters import ad

from covering import covering, covering_of
from gapjunction.kernels import LAYOUTS, Laplacian, _exchange, _products, native

N = 30


def ids(*pairs):
    return tuple(np.asarray(x, np.int32) for x in pairs)


def graphs():
    rng = np.random.default_rng(0)
    line = np.arange(N - 1)
    return {
        # With edges given twice, and of a cell with itself.
        "random": (*ids(*rng.integers(0, N, (2, 120))), (N,)),
        "two edges": (*ids([0, 1], [1, 2]), (N,)),
        "complete": (*ids(*np.triu_indices(N, 1)), (N,)),
        "line": (*ids(line, line + 1), (N,)),
        "ring": (*ids(np.arange(N), (np.arange(N) + 1) % N), (N,)),
        "two populations": (*ids(*rng.integers([[0], [10]], [[10], [N]], (2, 60))), (10, N - 10)),
        "all of two": (*ids(np.repeat(range(10), 20), np.tile(range(10, N), 10)), (10, N - 10)),
    }


GRAPHS = graphs()
KINDS = {"one": (), "edge": (None,), "pair": (None, 2)}
BATCHES = [(), (2, 17)]


def weights(kind, n_edges, seed=1):
    shape = tuple(n_edges if n is None else n for n in KINDS[kind])
    return jnp.asarray(np.random.default_rng(seed).random(shape))


def voltages(batch=(), seed=2):
    return jnp.asarray(np.random.default_rng(seed).normal(-65, 5, (*batch, N)))


def written_out(graph, w, x):
    pre, post, _ = GRAPHS[graph]
    both = np.broadcast_to(np.reshape(w, (*np.shape(w), *(1,) * (2 - np.ndim(w)))), (len(pre), 2))
    x, y = np.asarray(x, np.float64), np.zeros(np.shape(x))
    for a, b, (into_post, out_of_pre) in zip(pre, post, both, strict=True):
        y[..., b] += into_post * (x[..., a] - x[..., b])
        y[..., a] += out_of_pre * (x[..., b] - x[..., a])
    return y


def by_jax(graph, w, x):
    """The same with functions that JAX differentiates by itself."""
    pre, post, _ = GRAPHS[graph]
    into, out = (w[:, 0], w[:, 1]) if w.ndim == 2 else (w, w)
    dv = x[..., pre] - x[..., post]
    return jnp.zeros_like(x).at[..., post].add(dv * into).at[..., pre].add(-dv * out)


def laplacian(graph, kind, layout):
    return Laplacian(*GRAPHS[graph], paired=kind == "pair", layout=layout)


# Closed forms, and the graphs and conductances that each of them is for.
CLOSED_FORMS = {
    "shifts": [(graph, kind) for graph in ("line", "ring") for kind in ("one", "edge")],
    "complete": [("complete", "one"), ("all of two", "one")],
}
CASES = covering_of(
    (graph, kind, layout, precision)
    for graph in GRAPHS
    for kind in KINDS
    for layout in (None, *LAYOUTS)
    if (graph, kind) in CLOSED_FORMS.get(layout, [(graph, kind)])
    for precision in (32, 64)
)
# Edges of cells with themselves are left out, and the conductances of the others must stay theirs.
CASES += [
    case
    for kind in ("edge", "pair")
    for layout in LAYOUTS
    if layout not in CLOSED_FORMS and (case := ("random", kind, layout, 64)) not in CASES
]


@pytest.fixture(params=KINDS)
def kind(request):
    return request.param


@pytest.mark.parametrize(("graph", "kind", "layout", "precision"), CASES)
def test_current_is_that_of_the_edges(graph, kind, layout, precision):
    operator = laplacian(graph, kind, layout)
    w = weights(kind, operator.graph.n_edges)
    for batch in BATCHES:
        x = voltages(batch)
        want = written_out(graph, w, x)
        got = operator(w, x)
        assert got.dtype == x.dtype
        tolerance = (2e-6 if precision == 32 else 1e-14) * np.abs(want).max()
        np.testing.assert_allclose(got, want, rtol=0, atol=tolerance)


@pytest.mark.parametrize(
    ("layout", "n", "pair", "kind"),
    covering([name for name in LAYOUTS if name not in CLOSED_FORMS], (1, 4), ((), (0,)), KINDS),
)
def test_graphs_through_which_no_current_flows(layout, n, pair, kind):
    """One cell, cells without edges, and an edge of a cell with itself."""
    ids = np.asarray(pair, np.int32)
    operator = Laplacian(ids, ids, (n,), paired=kind == "pair", layout=layout)
    w, zero = weights(kind, len(ids)), jnp.zeros(())
    for batch in ((), (3,)):
        x = voltages(batch)[..., :n]
        np.testing.assert_array_equal(operator(w, x), zero * x)
        to_w, to_x = jax.grad(lambda w, x: operator(w, x).sum(), (0, 1))(w, x)
        np.testing.assert_array_equal(to_w, zero * w)
        np.testing.assert_array_equal(to_x, zero * x)


@pytest.mark.parametrize("layout", CLOSED_FORMS)
def test_closed_forms_are_refused_where_they_do_not_hold(layout):
    for graph in GRAPHS:
        for kind in KINDS:
            operator = laplacian(graph, kind, layout)
            shape = weights(kind, operator.graph.n_edges).shape
            if (graph, kind) in CLOSED_FORMS[layout]:
                assert operator.layout(shape).name == layout
            else:
                with pytest.raises(ValueError, match="layout must suit"):
                    operator.layout(shape)


@pytest.mark.parametrize(
    ("graph", "kind", "layout"),
    covering(["random", "two edges", "two populations"], KINDS, ["rows", "dense"]),
)
def test_derivatives_are_those_of_jax(graph, kind, layout, x64):
    operator = laplacian(graph, kind, layout)
    w, x = weights(kind, operator.graph.n_edges), voltages((2,))

    def ours(w, x):
        return jnp.sin(operator(w, x))

    def theirs(w, x):
        return jnp.sin(by_jax(graph, w, x))

    toward = (weights(kind, len(GRAPHS[graph][0]), seed=3), voltages((2,), seed=4))
    cotangent = voltages((2,), seed=5)
    for a, b in zip(
        jax.tree.leaves((jax.jvp(ours, (w, x), toward), jax.vjp(ours, w, x)[1](cotangent))),
        jax.tree.leaves((jax.jvp(theirs, (w, x), toward), jax.vjp(theirs, w, x)[1](cotangent))),
        strict=True,
    ):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(
    ("kind", "layout", "batch"), covering(KINDS, ["rows", "padded", "edges"], BATCHES)
)
def test_other_devices_compute_the_same(kind, layout, batch, x64):
    """The form for accelerators, run here."""
    operator = laplacian("random", kind, layout)
    w, x = weights(kind, operator.graph.n_edges), voltages(batch)
    made = operator.layout(w.shape)
    got = jax.jit(made.plain)(w, x, *made.arrays)
    np.testing.assert_allclose(got, written_out("random", w, x), atol=1e-10)


@pytest.mark.parametrize("platforms", [("cpu",), ("cpu", "cuda")], ids=" ".join)
def test_what_is_exported_does_without_the_accelerator(kind, platforms, x64):
    """Also after the same function has been compiled with it, and in a backward pass."""
    operator = laplacian("random", kind, "rows")
    w, x = weights(kind, operator.graph.n_edges), voltages((2,))

    @jax.jit
    def value_and_gradients(w, x):
        return jax.value_and_grad(lambda *both: (operator(*both) ** 2).sum(), (0, 1))(w, x)

    expected = value_and_gradients(w, x)
    exported = export.export(value_and_gradients, platforms=platforms)(w, x)
    assert "custom_call @gapjunction" not in exported.mlir_module()
    for found, wanted in zip(
        jax.tree.leaves(exported.call(w, x)), jax.tree.leaves(expected), strict=True
    ):
        np.testing.assert_allclose(found, wanted, rtol=1e-10, atol=1e-10)
    # The next program that is compiled for this machine has the accelerator again.
    again = value_and_gradients.lower(w, x).as_text()
    assert ("custom_call @gapjunction" in again) == native.is_available()


def test_a_batch_of_any_size_can_be_exported(kind, x64):
    operator = laplacian("random", kind, "rows")
    w = weights(kind, operator.graph.n_edges)
    any_batch = jax.ShapeDtypeStruct(export.symbolic_shape(f"batch, {N}"), w.dtype)
    exported = export.export(jax.jit(lambda x: operator(w, x)))(any_batch)
    for size in (1, 5):
        x = voltages((size,))
        np.testing.assert_allclose(exported.call(x), written_out("random", w, x), atol=1e-10)


@pytest.mark.one_stack
def test_second_derivatives(x64):
    """With a batch of directions; without one they are asked for below."""
    kind = "pair"
    operator = laplacian("random", kind, None)
    w, x = weights(kind, operator.graph.n_edges), voltages()
    found, wanted = (
        jax.hessian(lambda w, x, f=f: jnp.sin(f(w, x)).sum(), argnums=(0, 1))(w, x)
        for f in (operator, lambda w, x: by_jax("random", w, x))
    )
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, atol=1e-8), found, wanted)


@pytest.mark.parametrize("mode", ["forward", "backward"])
def test_product_with_the_second_derivatives(kind, mode, x64):
    """Without a batch of directions, as optimisers ask for it."""
    operator = laplacian("random", kind, None)
    w, x = weights(kind, operator.graph.n_edges), voltages()
    along = weights(kind, operator.graph.n_edges, seed=5), voltages(seed=6)

    def product(f):
        gradient = jax.grad(lambda at: jnp.sin(f(*at)).sum())
        if mode == "forward":
            return jax.jvp(gradient, ((w, x),), (along,))[1]
        parts = lambda at: jax.tree.map(jnp.vdot, gradient(at), along)  # noqa: E731
        return jax.grad(lambda at: sum(parts(at)))((w, x))

    found, wanted = product(operator), product(lambda w, x: by_jax("random", w, x))
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, atol=1e-7), found, wanted)


@pytest.mark.one_stack
@pytest.mark.parametrize(
    ("kind", "in_axes"),
    [
        *(("pair", axes) for axes in ((0, 0), (None, 0), (0, None))),
        ("edge", (0, 0)),
        ("edge", (None, 0)),
        ("one", (0, None)),
    ],
)
def test_members_of_a_batch_may_have_weights_of_their_own(kind, in_axes, x64):
    operator = laplacian("random", kind, "rows")
    ws = jnp.stack([weights(kind, operator.graph.n_edges, seed=s) for s in range(4)])
    w = ws if in_axes[0] == 0 else ws[0]
    x = voltages((4,)) if in_axes[1] == 0 else voltages()

    def loss(f):
        return jax.vmap(lambda w, x: (f(w, x) ** 2).sum(), in_axes=in_axes)

    def gradients(f):
        return jax.vmap(jax.grad(lambda w, x: (f(w, x) ** 2).sum()), in_axes=in_axes)(w, x)

    def gradient_of_sum(f):
        return jax.grad(lambda w: loss(f)(w, x).sum())(w)

    for result in (lambda f: loss(f)(w, x), gradients, gradient_of_sum):
        a, b = result(operator), result(lambda w, x: by_jax("random", w, x))
        np.testing.assert_allclose(a, b, rtol=1e-9)


def test_nested_batches(x64):
    kind = "pair"
    operator = laplacian("random", kind, "rows")
    ws = jnp.stack([weights(kind, operator.graph.n_edges, seed=s) for s in range(2)])
    xs = voltages((3,))
    outer_weights = jax.vmap(jax.vmap(operator, (None, 0)), (0, None))(ws, xs)
    inner_weights = jax.vmap(jax.vmap(operator, (0, None)), (None, 0))(ws, xs)
    for i in range(2):
        for j in range(3):
            want = by_jax("random", ws[i], xs[j])
            np.testing.assert_allclose(outer_weights[i, j], want, rtol=1e-9, atol=1e-9)
            np.testing.assert_allclose(inner_weights[j, i], want, rtol=1e-9, atol=1e-9)

    def loss(f):
        return lambda ws: (jax.vmap(jax.vmap(f, (None, 0)), (0, None))(ws, xs) ** 2).sum()

    found = [jax.grad(loss(f))(ws) for f in (operator, lambda w, x: by_jax("random", w, x))]
    np.testing.assert_allclose(*found, rtol=1e-9)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_cells_that_are_alike_exchange_nothing(layout, kind):
    for name in ("complete", "line", "random"):
        try:
            operator = Laplacian(*GRAPHS[name], paired=kind == "pair", layout=layout)
            y = operator(weights(kind, operator.graph.n_edges), jnp.full(N, -65.3))
        except ValueError:
            continue
        np.testing.assert_array_equal(y, 0)


def test_backward_pass_of_a_loop_keeps_no_array_of_edges(kind):
    """What JAX keeps for the backward pass, by the shapes in the loop's program."""
    steps, operator = 7, laplacian("complete", kind, "rows")
    n_edges = operator.graph.n_edges

    def loss(w, x):
        def body(x, _):
            return x + 1e-3 * operator(w, x), None

        return (jax.lax.scan(body, x, None, length=steps)[0] ** 2).sum()

    program = str(jax.make_jaxpr(jax.grad(loss))(weights(kind, n_edges), voltages()))
    assert f"f32[{steps},{N}]" in program
    assert f"[{steps},{n_edges}" not in program


def test_copies_share_and_pickles_are_made_anew(x64):
    operator = laplacian("random", "pair", "rows")
    assert copy.deepcopy(operator) is operator
    assert copy.copy(operator) is operator
    other = pickle.loads(pickle.dumps(operator))
    w, x = weights("pair", operator.graph.n_edges), voltages()
    np.testing.assert_array_equal(other(w, x), operator(w, x))


def test_layout_that_does_not_suit_is_refused():
    operator = Laplacian(*GRAPHS["random"], layout="complete")
    with pytest.raises(ValueError, match=r"layout must suit .*'complete' for 120 edges between 30"):
        operator(jnp.asarray(1.0), voltages())


def test_first_use_may_be_inside_of_a_transformed_function(x64):
    operator = laplacian("random", "edge", "rows")
    w, x = weights("edge", operator.graph.n_edges), voltages()
    inside = jax.jit(operator)(w, x)
    np.testing.assert_allclose(inside, operator(w, x))


def test_derivative_is_zero_where_no_input_has_one(kind):
    """JAX marks inputs that are not differentiated by Zero; the rules answer with another."""
    operator = laplacian("random", kind, "rows")
    w, x = weights(kind, operator.graph.n_edges), voltages()
    layout = operator.layout(w.shape)
    for primitive, primals in (
        (_exchange.EXCHANGE, (w, x, *layout.arrays)),
        (_products.PRODUCTS, (x, x, *layout.ends)),
    ):
        zeros = [ad.Zero(jax.typeof(value).to_tangent_aval()) for value in primals]
        out, tangent = ad.primitive_jvps[primitive](primals, zeros, layout=layout)
        assert isinstance(tangent, ad.Zero)
        assert tangent.aval.shape == out.shape
        assert tangent.aval.dtype == out.dtype


@pytest.mark.one_stack
@pytest.mark.parametrize("layout", ["edges", "padded", "rows"])
@pytest.mark.parametrize("kind", KINDS)
def test_one_of_two_populations_alone(kind, layout, x64):
    pre, post, groups = GRAPHS["two populations"]
    both = Laplacian(pre, post, groups, paired=kind == "pair", layout=layout)
    w, x, first = weights(kind, len(pre)), voltages(), groups[0]
    c = jnp.asarray(np.random.default_rng(3).normal(size=N))

    for group, part in enumerate((slice(None, first), slice(first, None))):

        def loss(product, w, x, part=part):
            return product(w, x)[..., part] @ c[part]

        whole = functools.partial(loss, both)
        # What is not asked for counts as 0.
        alone = functools.partial(loss, lambda w, x, g=group: into(both, g, w, x))
        np.testing.assert_allclose(
            both.into(group, w, x), written_out("two populations", w, x)[part], atol=1e-10
        )
        for argnum in (0, 1):
            wanted = jax.grad(whole, argnum)(w, x)
            np.testing.assert_allclose(jax.grad(alone, argnum)(w, x), wanted, atol=1e-10)
        many = voltages((3,))
        found = jax.vmap(lambda v, g=group: both.into(g, w, v))(many)
        np.testing.assert_allclose(found, both(w, many)[..., part], atol=1e-10)


def into(both, group, w, x):
    """Return the current into one group, and 0 into the other."""
    first = both.graph.groups[0]
    zeros = jnp.zeros(both.graph.n - first if group == 0 else first)
    parts = [both.into(group, w, x), zeros]
    return jnp.concatenate(parts if group == 0 else parts[::-1])
