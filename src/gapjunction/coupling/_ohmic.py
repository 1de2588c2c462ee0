"""The coupled step of one ohmic network, in one operation.

Many models have one population with one implicit junction whose current is ohmic. Where the
accelerator is installed, one call of it solves the equations of such a step. Up to some thousand
cells, JAX would spend most of each iteration on starting its many small operations.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax.core import ShapedArray
from jax.extend.core import Primitive
from jax.interpreters import batching

from gapjunction.coupling._iterations import Vector, spread
from gapjunction.coupling._solve import DENSE, Law, Settings, check_converged, iterate
from gapjunction.kernels import CORE, Laplacian, Layout, exchange, implement, solve_rows


class Network(NamedTuple):
    """An ohmic junction within one population: its operator, and its conductances."""

    laplacian: Laplacian
    conductance: jax.Array
    """Shape () or (n_edges,), a plain array."""


@dataclasses.dataclass(frozen=True)
class Problem:
    """What does not change from step to step.

    Parameters
    ----------
    layout : Layout
        The network, in the layout that suits it.
    rows : Layout
        The network in the layout that the accelerator knows, if there is one.
    settings : Settings
        Tolerance and largest number of iterations.
    """

    layout: Layout
    rows: Layout
    settings: Settings

    def plain(self, w: jax.Array, c: jax.Array, rho: jax.Array, *_: jax.Array) -> jax.Array:
        """Return the current into each cell, NaN without convergence, by functions of JAX."""

        def flow(v: Vector) -> Vector:
            return [exchange(self.layout, w, v[0])]

        slope = [-self.layout.strength(w, self.layout.arrays)]
        law = Law(flow, flow, slope, True, self.layout.spread)
        flows, failed = iterate(law, [c], [rho], self.settings, 0)
        return jnp.where(spread(failed, flows[0]), jnp.nan, flows[0])

    def on_cpu(self, w: jax.Array, c: jax.Array, rho: jax.Array, *arrays: jax.Array) -> jax.Array:
        """Return the same, in the way that is fastest on a CPU."""
        rtol = self.settings.tolerance(c.dtype)
        found = solve_rows(self.rows, w, c, rho, arrays, rtol, self.settings.max_steps)
        return self.plain(w, c, rho) if found is None else found


_coupled = Primitive("gapjunction_coupled")


@functools.partial(jax.custom_jvp, nondiff_argnums=(0,))
def currents(problem: Problem, w: jax.Array, c: jax.Array, rho: jax.Array) -> jax.Array:
    """Return the currents I for which ``I = -L (c + rho I)``.

    Parameters
    ----------
    problem : Problem
        The network and how to solve.
    w : array, shape () or (n_edges,)
        Conductances.
    c, rho : arrays, shape (n_cells,)
        The voltage of each cell without coupling, and its change with the current.
    """
    found: jax.Array = _coupled.bind(w, c, rho, *problem.rows.arrays, problem=problem)
    return found


@currents.defjvp
def _currents_jvp(
    problem: Problem, primals: Sequence[jax.Array], tangents: Sequence[jax.Array]
) -> tuple[jax.Array, jax.Array]:
    # The derivative of the solution is that of the equations, however they are solved.
    return jax.jvp(problem.plain, tuple(primals), tuple(tangents))


def _abstract(
    w: ShapedArray, c: ShapedArray, rho: ShapedArray, *arrays: ShapedArray, problem: Problem
) -> ShapedArray:
    return c.update(shape=c.shape, dtype=c.dtype)


def _batch(
    args: Sequence[jax.Array], dims: Sequence[int | None], *, problem: Problem
) -> tuple[jax.Array, int]:
    return jax.vmap(problem.plain, in_axes=tuple(dims))(*args), 0


_coupled.def_abstract_eval(_abstract)
batching.primitive_batchers[_coupled] = _batch
implement(
    _coupled,
    lambda *args, problem: problem.plain(*args),
    lambda *args, problem: problem.on_cpu(*args),
)


def solve_network(
    network: Network, c: jax.Array, rho: jax.Array, settings: Settings
) -> jax.Array | None:
    """Return the current into each cell of a population; None if it must be solved otherwise.

    Parameters
    ----------
    network : Network
        The junction.
    c, rho : arrays of one shape, that of the population
        The voltage of each cell without coupling, and its change with the current.
    settings : Settings
        Tolerance, largest number of iterations, and what to do where they do not suffice.
    """
    w = network.conductance.astype(c.dtype)
    layout, rows = network.laplacian.layout(w.shape), network.laplacian.rows(w.shape)
    w = w.reshape(()) if layout.kind == "one" else w
    if (
        layout.kind == "pair"
        or w.ndim != CORE[layout.kind]
        or (c.size <= DENSE and not layout.spread)
    ):
        return None
    problem = Problem(layout, rows, settings)
    # Arrays that are spread over devices have to be read while a function is traced, to become
    # arguments of it. A primitive would read them only later, when it is compiled.
    call = problem.plain if layout.spread else functools.partial(currents, problem)
    found = call(w, c.reshape(-1), rho.reshape(-1))
    if settings.check:
        check_converged(~jnp.isfinite(found).all())
    return found.reshape(c.shape)
