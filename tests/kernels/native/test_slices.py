"""The accelerator's slices: rows of every length, batches of every size, and both derivatives."""

import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gapjunction.kernels import Laplacian, native
from gapjunction.kernels.layouts import Rows
from gapjunction.kernels.layouts._slices import ROWS, slices
from gapjunction.kernels.native import edge_products

needs_it = pytest.mark.skipif(not native.is_available(), reason=native.status())


def edges(name):
    """Return the two ends of edges, and the number of cells."""
    rng = np.random.default_rng(0)
    if name == "hubs":
        # Rows of 1,300, of 40 and of some few entries, and cells that have none.
        pre = np.concatenate([np.zeros(1300), np.ones(40), rng.integers(2, 1200, 900)])
        post = np.concatenate([np.arange(1, 1301), np.arange(100, 140), rng.integers(2, 1200, 900)])
        n = 1333
    elif name == "few":
        pre, post, n = np.array([0, 1, 1]), np.array([1, 2, 1]), 3
    elif name == "none":
        pre, post, n = np.zeros(0), np.zeros(0), 5
    else:
        # More cells than one window, and not a multiple of eight.
        n = 4096 + 37
        pre, post = rng.integers(0, n, (2, 5 * n))
    return pre.astype(np.int32), post.astype(np.int32), n


NAMES = ("hubs", "few", "none", "two windows")


def written_out(pre, post, w, x):
    y = np.zeros(x.shape)
    flow = w * (x[..., pre] - x[..., post])
    for member in np.ndindex(x.shape[:-1]):
        np.add.at(y[member], post, flow[member])
        np.subtract.at(y[member], pre, flow[member])
    return y


@pytest.mark.parametrize("name", NAMES)
def test_every_entry_has_one_place(name):
    pre, post, n = edges(name)
    entries = Laplacian(pre, post, (n,)).graph.entries
    made = slices(entries, np.arange(n))
    begin, full, depth = made.shape.T
    length = made.length.reshape(-1, ROWS)
    np.testing.assert_array_equal(np.sort(made.cell[:n]), np.arange(n))
    np.testing.assert_array_equal(made.length[:n], entries.degree[made.cell[:n]])
    np.testing.assert_array_equal(made.length[n:], 0)
    np.testing.assert_array_equal(np.sort(made.entry[made.entry >= 0]), np.arange(len(entries.col)))
    for s in range(len(length)):
        assert full[s] == min(length[s].min(), depth[s])
        place = begin[s]
        for k in range(depth[s]):
            for lane in range(ROWS):
                there = entries.start[made.cell[s * ROWS + lane]] + k
                assert made.entry[place] == (there if k < length[s, lane] else -1)
                place += 1
        for lane in range(ROWS):
            for k in range(depth[s], length[s, lane]):
                assert made.entry[place] == entries.start[made.cell[s * ROWS + lane]] + k
                place += 1
        assert place == begin[s + 1]
    # Only networks with rows of very different length have many places that are empty.
    assert len(made.entry) <= 1.02 * len(entries.col) or name != "two windows"


@needs_it
@pytest.mark.parametrize("by_row", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_current(name, by_row, precision):
    """Alone, in batches that fill a tile, that fill none, and with one weight of all."""
    pre, post, n = edges(name)
    rng = np.random.default_rng(1)
    graph = Laplacian(pre, post, (n,)).graph
    each, one = (Rows(graph, kind, by_row=by_row) for kind in ("edge", "one"))
    w = rng.uniform(0.5, 1, len(pre))
    tolerance = 1e-12 if precision == 64 else 3e-4
    for batch in ((), (1,), (2,), (3,), (8,), (17,), (2, 19)):
        x = rng.normal(-65, 5, (*batch, n))
        given = jnp.asarray(w), jnp.asarray(x)
        got = each.on_cpu(*given, *each.arrays)
        assert got.dtype == given[1].dtype
        np.testing.assert_allclose(
            got, written_out(pre, post, w, x), rtol=0, atol=tolerance * len(pre) ** 0.5
        )
        got = one.on_cpu(jnp.asarray(0.25), given[1], *one.arrays)
        np.testing.assert_allclose(
            got, written_out(pre, post, 0.25, x), rtol=0, atol=tolerance * len(pre) ** 0.5
        )


@needs_it
@pytest.mark.parametrize("kind", ["one", "edge"])
def test_what_is_not_finite_stays_in_its_row(kind):
    """Empty places repeat the row's own cell, and must not make NaN of an infinite voltage."""
    pre, post, n = edges("hubs")
    layout = Rows(Laplacian(pre, post, (n,)).graph, kind)
    alone = np.flatnonzero(layout.graph.entries.degree == 0)
    w = np.full(() if kind == "one" else len(pre), np.nan, np.float32)
    for batch in ((), (3,)):
        x = np.full((*batch, n), np.inf, np.float32)
        y = np.asarray(layout.on_cpu(jnp.asarray(w), jnp.asarray(x), *layout.arrays))
        np.testing.assert_array_equal(y[..., alone], 0)
        assert np.isnan(np.delete(y, alone, axis=-1)).all()
        # One infinite voltage draws current without end into it, and gives it to its neighbours.
        x = np.zeros((*batch, n), np.float32)
        x[..., 2] = np.inf
        y = np.asarray(layout.on_cpu(jnp.ones_like(w), jnp.asarray(x), *layout.arrays))
        near = layout.graph.entries.col[slice(*layout.graph.entries.start[2:4])]
        assert (y[..., 2] == -np.inf).all()
        assert (y[..., near] == np.inf).all()
        assert np.isfinite(np.delete(y, [2, *near], axis=-1)).all()


@needs_it
@pytest.mark.parametrize("batch", [(), (16,), (21,)])
def test_a_member_does_not_depend_on_threads(batch):
    """Large sums are cut into pieces for threads; small ones, of the same rows, are not."""
    n = 6_000
    pre, post = np.random.default_rng(0).integers(0, n, (2, 20 * n)).astype(np.int32)
    layout = Rows(Laplacian(pre, post, (n,)).graph, "edge")
    rng = np.random.default_rng(1)
    w, x = jnp.asarray(rng.random(len(pre))), jnp.asarray(rng.normal(size=(*batch, n)))
    first = layout.on_cpu(w, x, *layout.arrays)
    for _ in range(3):
        np.testing.assert_array_equal(layout.on_cpu(w, x, *layout.arrays), first)
    if batch:
        # A batch twice as large is cut otherwise, and has the same members.
        twice = layout.on_cpu(w, jnp.concatenate([x[:16], x[:16]]), *layout.arrays)
        np.testing.assert_array_equal(twice[:16], first[:16])
        np.testing.assert_array_equal(twice[16:], first[:16])


@needs_it
@pytest.mark.parametrize("name", NAMES)
def test_both_derivatives(name, precision):
    pre, post, n = edges(name)
    rng = np.random.default_rng(1)
    layout = Rows(Laplacian(pre, post, (n,)).graph, "edge")
    w = rng.uniform(0.5, 1, len(pre))
    tolerance = 1e-12 if precision == 64 else 3e-4
    for batch in ((), (3,), (16,)):
        x, c = rng.normal(size=(2, *batch, n))
        given = jnp.asarray(w), jnp.asarray(x), jnp.asarray(c)
        to_w, to_x = layout.both_derivatives(*given, layout.arrays, layout.ends)
        members = tuple(range(len(batch)))
        want = ((x[..., pre] - x[..., post]) * (c[..., post] - c[..., pre])).sum(axis=members)
        np.testing.assert_allclose(to_w, want, rtol=0, atol=10 * tolerance)
        np.testing.assert_allclose(
            to_x, written_out(pre, post, w, c), rtol=0, atol=tolerance * len(pre) ** 0.5
        )


@needs_it
def test_the_backward_pass_is_one_call():
    pre, post, n = edges("two windows")
    operator = Laplacian(pre, post, (n,), layout="rows")
    w, x = jnp.ones(len(pre)), jnp.zeros(n)
    gradient = jax.grad(lambda w, x: (operator(w, x) ** 2).sum(), (0, 1))
    program = jax.jit(gradient).lower(w, x).as_text()
    assert program.count("custom_call @gapjunction_both") == 1
    assert "custom_call @gapjunction_products" not in program


@needs_it
def test_a_batch_is_not_transposed_by_xla():
    pre, post, n = edges("two windows")
    operator = Laplacian(pre, post, (n,), layout="rows")

    @jax.jit
    def loop(w, x):
        return jax.lax.fori_loop(0, 5, lambda _, x: x + 1e-3 * operator(w, x), x)

    program = loop.lower(jnp.ones(len(pre)), jnp.zeros((16, n))).compile().as_text()
    assert "transpose(" not in program
    # Constant conductances are laid out once, before the loop: its body only passes them on.
    body = next(part for part in program.split("\n\n") if "custom-call" in part)
    laid_out = len(operator.layout((len(pre),)).arrays[3])
    made = re.findall(rf"= f32\[{laid_out}(?:,1)?\]\S* ([a-z-]+)\(", body)
    assert made
    assert set(made) <= {"get-tuple-element", "bitcast"}


@needs_it
def test_memory_that_is_too_small_is_refused():
    x = jnp.zeros(3)
    call = jax.ffi.ffi_call("gapjunction_products", (x, jax.ShapeDtypeStruct((1,), x.dtype)))
    with pytest.raises(Exception, match="the memory that was given is too small"):
        call(*jnp.array([[0, 1], [1, 2]], jnp.int32), x, x)
    assert edge_products(*jnp.array([[0, 1], [1, 2]], jnp.int32), x, x).shape == (2,)


@needs_it
def test_status_tells_the_instructions():
    assert native.status().split(":")[1].split(",")[0].strip() in (
        "AVX-512", "AVX2", "SSE2", "NEON", "vectors of 16 bytes",
    )  # fmt: skip
