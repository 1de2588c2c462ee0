"""What is not finite stays where the graph puts it, in every layout."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from covering import covering_of
from gapjunction.kernels import LAYOUTS, Laplacian
from gapjunction.kernels.layouts import Layout


def graphs():
    """Return graphs with cells that have no edge, and lattices and their like, by name."""
    rng = np.random.default_rng(0)
    first, second = rng.integers(0, 36, (2, 60))
    once = first != second
    line = np.arange(36)
    sheet = np.arange(35).reshape(5, 7)
    return {
        "random": (first[once], second[once], (40,)),
        # The cells of the first and the last edge have an edge with themselves; the last no other.
        "loops": (np.r_[4, line[:-1], 38], np.r_[4, line[1:], 38], (40,)),
        "line": (line[:-1], line[1:], (40,)),
        "sheet": (
            np.r_[sheet[:, :-1].ravel(), sheet[:-1].ravel()],
            np.r_[sheet[:, 1:].ravel(), sheet[1:].ravel()],
            (35,),
        ),
        "all to all": (*np.triu_indices(9, 1), (9,)),
        "all of two": (np.repeat(range(5), 7), np.tile(range(5, 12), 5), (5, 7)),
    }


GRAPHS = {
    name: (pre.astype(np.int32), post.astype(np.int32), groups)
    for name, (pre, post, groups) in graphs().items()
}
CASES = covering_of(
    (graph, layout, kind)
    for graph, (pre, post, groups) in GRAPHS.items()
    for layout, make in LAYOUTS.items()
    for kind in ("one", "edge", "pair")
    if make(Laplacian(pre, post, groups).graph, kind) is not None
)
VALUES = (np.nan, np.inf)


def written_out(graph, w, x):
    """Return the current, in sums over the edges alone."""
    pre, post, _ = GRAPHS[graph]
    both = np.broadcast_to(np.reshape(w, (*w.shape, *(1,) * (2 - w.ndim))), (len(pre), 2))
    y = np.zeros_like(x)
    with np.errstate(invalid="ignore"):
        for a, b, (into, out) in zip(pre, post, both, strict=True):
            if a == b:
                continue
            change = x[..., a] - x[..., b]
            y[..., b] += into * change
            y[..., a] -= out * change
    return y


def ways(operator, w):
    """Return the functions to check: on other devices it may be another one."""
    layout = operator.layout(w.shape)
    if type(layout).on_cpu is Layout.on_cpu:
        return [operator]
    return [operator, jax.jit(lambda w, x: layout.plain(w, x, *layout.arrays))]


def check(graph, functions, w, x):
    want = written_out(graph, w, x)
    there = np.isfinite(want)
    w, x = jnp.asarray(w), jnp.asarray(x)
    for function in functions:
        got = function(w, x)
        np.testing.assert_array_equal(np.isfinite(got), there)
        np.testing.assert_allclose(np.asarray(got)[there], want[there], atol=1e-4)


def start(graph, layout, kind):
    pre, post, groups = GRAPHS[graph]
    operator = Laplacian(pre, post, groups, paired=kind == "pair", layout=layout)
    shape = {"one": (), "edge": (len(pre),), "pair": (len(pre), 2)}[kind]
    rng = np.random.default_rng(1)
    w = np.asarray(rng.random(shape), np.float32)
    return operator, w, rng.normal(-65, 5, sum(groups)).astype(np.float32)


@pytest.mark.parametrize(("graph", "layout", "kind"), CASES)
def test_voltage_reaches_the_cells_that_an_edge_joins_to_it(graph, layout, kind):
    operator, w, x = start(graph, layout, kind)
    functions = ways(operator, w)
    for value in VALUES:
        # The first cell, from which some layouts count voltages, and one at the end of a row.
        for cell in (0, 6):
            one = x.copy()
            one[cell] = value
            check(graph, functions, w, one)
        # A batch with each of the cells, and with none in the last member.
        batch = np.tile(x, (len(x) + 1, 1))
        np.fill_diagonal(batch[:-1], value)
        check(graph, functions, w, batch)


@pytest.mark.parametrize(("graph", "layout", "kind"), CASES)
def test_conductance_reaches_the_two_cells_of_its_edge(graph, layout, kind):
    operator, w, x = start(graph, layout, kind)
    functions = ways(operator, w)
    for value in VALUES:
        for edge in (*range(0, len(w), len(w) // 3), -1) if w.ndim else (0,):
            one = w.copy()
            one[edge if w.ndim else ()] = value
            check(graph, functions, one, x)
        check(graph, functions, one, np.stack([x, x + 1]))


@pytest.mark.parametrize("kind", ["edge", "pair"])
@pytest.mark.parametrize("layout", ["edges", "rows", "padded", "dense"])
def test_a_loop_leaves_derivatives_alone(layout, kind):
    operator, w, x = start("loops", layout, kind)
    broken = w.copy()
    broken[[0, -1]] = np.nan

    def total(w, x):
        return (operator(w, x) ** 2).sum()

    x = jnp.asarray(x)
    want, got = (jax.grad(total, argnums=(0, 1))(jnp.asarray(v), x) for v in (w, broken))
    np.testing.assert_allclose(got[0], want[0])
    np.testing.assert_allclose(got[1], want[1])
    np.testing.assert_array_equal(got[0][0], 0)
