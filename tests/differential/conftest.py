"""Networks are many and small: compiling takes most of their time."""

import dataclasses
import functools

import jax
import pytest

from gapjunction.kernels import CORE, _exchange


@dataclasses.dataclass(frozen=True)
class Alike:
    """A layout, equal to those whose product is the same program on arrays of the same shapes."""

    key: tuple
    layout: object = dataclasses.field(compare=False)


@functools.partial(jax.jit, static_argnums=0)
def _product(alike, *args):
    return _exchange._compute(True, *args, layout=alike.layout)


# Outside of transformations the package compiles the product with the Laplacian once for each
# network. Here it is compiled once for all networks that are alike: of these two layouts, nothing
# of the graph but its size is in the program.
@pytest.fixture(autouse=True)
def _compiled_once(monkeypatch):
    compiled_for_each = _exchange.EXCHANGE.impl

    def product(w, x, *arrays, layout):
        if layout.name not in ("dense", "edges") or w.ndim > CORE[layout.kind]:
            return compiled_for_each(w, x, *arrays, layout=layout)
        graph = layout.graph
        key = (layout.name, layout.kind, graph.n, graph.groups, graph.loops is None)
        return _product(Alike(key, layout), w, x, *arrays)

    monkeypatch.setattr(_exchange.EXCHANGE, "impl", product)
