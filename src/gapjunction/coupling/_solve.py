"""The linear equations of a coupled step, and their solution.

Each population states how the voltage of each of its cells answers to current, and the junctions
state the current at given voltages. With y the voltages at which junctions take their current, rho
the answer of each cell to current, and L the Laplacian of the network, the equations are::

    y = c + rho I,    I = -L y

They are solved for a scaled unknown z. With ``S = sqrt(rho)`` and ``y = c + S z`` they become::

    (1 + S L S) z = -S L c

There are three reasons for this form.

- Its matrix is symmetric and positive definite if L is symmetric and has no negative eigenvalue,
  so that conjugate gradients apply. The equations for y itself have the matrix ``1 + rho L``, which
  is not symmetric where cells differ.
- rho may be 0, in a cell that ignores current (one that is refractory, or clamped). Nothing is
  divided by it: such a cell has z = 0 and y = c.
- The right side is exactly 0 where all cells have the same voltage, and so is z: identical cells
  that are driven alike step exactly as if they were not coupled.
"""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np
from brainstate.transform import jit_error_if

from gapjunction.coupling._iterations import (
    Product,
    Vector,
    conjugate_gradients,
    conjugate_gradients_in_one_sum,
    minus,
    norm,
    spread,
    stabilised_biconjugate_gradients,
)
from gapjunction.kernels import _device

# Up to this many voltages the matrix is written out and factored, which is faster than iterating.
DENSE = 64


class Settings(NamedTuple):
    """How the voltages of a step are solved for: see :class:`gapjunction.Implicit`."""

    rtol: float | None
    """Relative tolerance of an iteration; None for what the precision allows."""
    max_steps: int
    """Largest number of iterations."""
    check: bool
    """Whether an iteration that has not converged raises an error; otherwise it gives NaN."""
    point: float | None
    """Where in the step currents are taken; None to take what the populations state."""

    def tolerance(self, dtype: np.dtype) -> float:
        """Return the relative tolerance of an iteration in a precision."""
        if self.rtol is not None:
            return self.rtol
        return 1e-12 if dtype == jnp.float64 else 1e-6


Pair: TypeAlias = tuple[Vector, Vector]


@dataclasses.dataclass(frozen=True)
class Law:
    """The currents of a network of junctions into its populations, as a linear law.

    Parameters
    ----------
    affine : callable
        Returns the currents into all cells at given voltages: ``-L y``, with a constant added for
        junctions whose law is not ohmic.
    linear : callable
        Returns the change of the currents for a given change of the voltages: ``-L x``.
    slope : list of arrays
        The change of the current into each cell with its own voltage, which is negative: the
        diagonal of ``-L``.
    symmetric : bool
        Whether L is symmetric.
    spread : bool
        Whether cells are spread over devices, for which each sum over all cells is slow.
    """

    affine: Callable[[Vector], Vector]
    linear: Callable[[Vector], Vector]
    slope: Vector
    symmetric: bool
    spread: bool = False


def solve(law: Law, c: Vector, rho: Vector, settings: Settings, batch: int = 0) -> Vector:
    """Return the currents into the populations, with all voltages of the step solved together.

    Parameters
    ----------
    law : Law
        The junctions.
    c, rho : list of arrays
        The voltages without coupling, and the change of each with the current into its cell.
    settings : Settings
        Tolerance, largest number of iterations, and what to do where they do not suffice.
    batch : int
        How many leading axes are those of a batch. Each member is a system of its own: it
        converges by itself, and one that is not finite leaves the others as they are.
    """
    # The currents are computed from the law, and not as z / S, which is the same in exact numbers:
    # the law conserves charge to the last digit, so that what one cell loses, another gains. The
    # law is applied to c and to S z, and not to their sum: the sum is rounded, and strong coupling
    # would turn that rounding error, between voltages that are nearly equal, into a large current.
    # On a GPU, many small factorisations take longer than iterations.
    if _device.is_cpu() and not law.spread and sum(math.prod(v.shape[batch:]) for v in c) <= DENSE:
        scale, free = [_root(r) for r in rho], law.affine(c)

        def matrix(z: Vector) -> Vector:
            """Return (1 + S L S) z."""
            flows = law.linear(_times(scale, z))
            return [x - s * i for x, s, i in zip(z, scale, flows, strict=True)]

        z = solve_directly(matrix, _times(scale, free), batch)
        change = law.linear(_times(scale, z))
        return [x + y for x, y in zip(free, change, strict=True)]
    flows, failed = iterate(law, c, rho, settings, batch)
    if settings.check:
        check_converged(failed.any())
    # Where the iteration failed, voltages become NaN: a wrong number could pass unnoticed.
    return [jnp.where(spread(failed, i), jnp.nan, i) for i in flows]


def check_converged(failed: jax.Array) -> None:
    """Raise an error, also within transformed functions, if an iteration has failed."""
    jit_error_if(failed, "Implicit coupling has not converged: raise max_steps, or rtol.")


def solve_directly(matrix: Callable[[Vector], Vector], right: Vector, batch: int) -> Vector:
    """Solve linear equations with the matrix written out, column by column.

    Parameters
    ----------
    matrix : callable
        Product of the matrix with a vector, for all members of the batch at once.
    right : list of arrays
        The right side.
    batch : int
        How many leading axes are those of a batch.
    """
    shapes = [x.shape for x in right]
    members = shapes[0][:batch]
    ends = np.cumsum([math.prod(shape[batch:]) for shape in shapes])

    def flat(v: Vector) -> jax.Array:
        return jnp.concatenate([x.reshape(*members, -1) for x in v], axis=-1)

    def unflatten(x: jax.Array) -> Vector:
        parts = jnp.split(x, ends[:-1], axis=-1)
        return [part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)]

    def column(unit: jax.Array) -> jax.Array:
        return flat(matrix(unflatten(jnp.broadcast_to(unit, (*members, ends[-1])))))

    full = jax.vmap(column, out_axes=-1)(jnp.eye(int(ends[-1]), dtype=right[0].dtype))
    return unflatten(jnp.linalg.solve(full, flat(right)[..., None])[..., 0])


def iterate(
    law: Law, c: Vector, rho: Vector, settings: Settings, batch: int
) -> tuple[Vector, jax.Array]:
    """Solve iteratively: return the currents, and in which members the iteration has failed.

    The method is that of conjugate gradients where the matrix is symmetric, and otherwise their
    stabilised biconjugate form. Scaled voltages z and currents I are the unknowns of one system,
    ``(1 + S L S) z = S free`` and ``I + L S z = free``, so that the derivatives of both follow from
    it. The first is solved by itself; I comes with the products that this takes.

    Parameters
    ----------
    law : Law
        The junctions.
    c, rho : list of arrays
        The voltages without coupling, and their change with the current.
    settings : Settings
        Tolerance and largest number of iterations.
    batch : int
        How many leading axes are those of a batch.
    """
    rtol, free, scale = settings.tolerance(c[0].dtype), law.affine(c), [_root(r) for r in rho]
    diagonal = [1 - r * g for r, g in zip(rho, law.slope, strict=True)]
    # A residual that changes voltages by less than their rounding errors is small enough: in
    # float32 the iteration could not reduce it.
    top = _largest(scale, batch)
    floor = jnp.finfo(top.dtype).eps * norm(c, batch) / jnp.where(top > 0, top, 1)
    floor = jax.lax.stop_gradient(floor)
    method = conjugate_gradients_in_one_sum if law.spread else conjugate_gradients
    method = method if law.symmetric else stabilised_biconjugate_gradients
    none = [jnp.zeros_like(x) for x in free]

    def system(unknown: Pair) -> Pair:
        z, flows = unknown
        change = law.linear(_times(scale, z))
        return minus(z, _times(scale, change)), minus(flows, change)

    def run(product: Product, right: Vector) -> tuple[Vector, Vector]:
        limit = jnp.maximum(rtol * norm(right, batch), floor)
        return method(product, right, diagonal, limit, settings.max_steps, batch)

    def forward(system: Callable[[Pair], Pair], right: Pair) -> Pair:
        def product(z: Vector) -> tuple[Vector, Vector]:
            found, less = system((z, none))
            return found, [-x for x in less]

        z, change = run(product, right[0])
        return z, [x + y for x, y in zip(right[1], change, strict=True)]

    def backward(transposed: Callable[[Pair], Pair], right: Pair) -> Pair:
        def product(z: Vector) -> tuple[Vector, Vector]:
            return transposed((z, none))[0], none

        z, _ = run(product, minus(right[0], transposed((none, right[1]))[0]))
        return z, right[1]

    right = (_times(scale, free), free)
    z, flows = jax.lax.custom_linear_solve(system, right, forward, backward)
    left = norm(minus(z, _times(scale, flows)), batch)
    # Judged by the backward error: the residual, relative to the sizes of matrix and solution. A
    # Laplacian is diagonally dominant, so its norm is at most twice its largest diagonal entry.
    size = 2 * _largest(diagonal, batch)
    bound = rtol * (size * norm(z, batch) + norm(right[0], batch)) + size * floor
    return flows, ~(left <= 10 * bound)


def _largest(v: Vector, batch: int) -> jax.Array:
    """Return the largest element of each member of the batch."""
    each = [x.max(axis=tuple(range(batch, x.ndim))) for x in v]
    return functools.reduce(jnp.maximum, each)


def _times(a: Vector, b: Vector) -> Vector:
    return [x * y for x, y in zip(a, b, strict=True)]


def _root(r: jax.Array) -> jax.Array:
    """Return the square root, with derivative 0 at 0, in a cell that no current changes."""
    return jnp.where(r == 0, 0, jnp.sqrt(jnp.where(r == 0, 1, r)))
