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

import jax
import jax.numpy as jnp
import numpy as np
from brainstate.transform import jit_error_if

from gapjunction.coupling._iterations import (
    Vector,
    conjugate_gradients,
    norm,
    spread,
    stabilised_biconjugate_gradients,
)
from gapjunction.coupling._modes import Implicit

# Up to so many voltages the matrix is written out and factored, which is faster than to iterate.
_DENSE = 64
# The same of populations whose units answer to the current of others: there is no other way.
MOST_GENERAL = 1024


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
    """

    affine: Callable[[Vector], Vector]
    linear: Callable[[Vector], Vector]
    slope: Vector
    symmetric: bool


def solve(
    law: Law, c: Vector, rho: Vector, guess: Vector, mode: Implicit, batch: int = 0
) -> Vector:
    """Return the currents into the populations, with all voltages of the step solved together.

    Parameters
    ----------
    law : Law
        The junctions.
    c, rho : list of arrays
        The voltages without coupling, and the change of each with the current into its cell.
    guess : list of arrays
        Voltages from which an iteration starts.
    mode : Implicit
        Tolerance, largest number of iterations, and what to do where they do not suffice.
    batch : int
        How many leading axes are those of a batch. Each member is a system of its own: it
        converges by itself, and one that is not finite leaves the others as they are.
    """
    scale = [_root(r) for r in rho]

    def matrix(z: Vector) -> Vector:
        """Return (1 + S L S) z."""
        flows = law.linear(_times(scale, z))
        return [x - s * i for x, s, i in zip(z, scale, flows, strict=True)]

    right = _times(scale, law.affine(c))
    if sum(math.prod(v.shape[batch:]) for v in c) <= _DENSE:
        z = solve_directly(matrix, right, batch)
        failed = jnp.zeros(c[0].shape[:batch], bool)
    else:
        diagonal = [1 - r * g for r, g in zip(rho, law.slope, strict=True)]
        start = [_over(v - w, s) for v, w, s in zip(guess, c, scale, strict=True)]
        # A residual that changes voltages by less than their rounding errors is small enough: in
        # float32 the iteration could not reduce it.
        top = _largest(scale, batch)
        floor = jnp.finfo(top.dtype).eps * norm(c, batch) / jnp.where(top > 0, top, 1)
        z, failed = _iterate(matrix, right, start, diagonal, floor, law.symmetric, mode, batch)
    if mode.check:
        jit_error_if(failed.any(), "Implicit coupling has not converged: raise max_steps, or rtol.")
    # The current is computed from the law, and not as z / S, which is the same in exact numbers:
    # the law conserves charge to the last digit, so that what one cell loses, another gains. The
    # law is applied to c and to S z, and not to their sum: the sum is rounded, and strong coupling
    # would turn that rounding error, between voltages that are nearly equal, into a large current.
    change = law.linear(_times(scale, z))
    flows = [x + y for x, y in zip(law.affine(c), change, strict=True)]
    # Where the iteration failed, voltages become NaN: a wrong number could pass unnoticed.
    return [jnp.where(spread(failed, i), jnp.nan, i) for i in flows]


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


def _iterate(
    matrix: Callable[[Vector], Vector],
    right: Vector,
    start: Vector,
    diagonal: Vector,
    floor: jax.Array,
    symmetric: bool,
    mode: Implicit,
    batch: int,
) -> tuple[Vector, jax.Array]:
    """Solve iteratively: return the solution, and in which members the iteration has failed.

    By conjugate gradients where the matrix is symmetric, else by their stabilised biconjugate form.

    Parameters
    ----------
    matrix : callable
        Product of the matrix with a vector.
    right : list of arrays
        The right side.
    start : list of arrays
        Where to start.
    diagonal : list of arrays
        The diagonal of the matrix, by which it is preconditioned.
    floor : array
        Norm of a change of z that does not matter, of each member of the batch.
    symmetric : bool
        Whether the matrix is symmetric.
    mode : Implicit
        Tolerance and largest number of iterations.
    batch : int
        How many leading axes are those of a batch.
    """
    rtol = mode.rtol
    if rtol is None:
        rtol = 1e-12 if right[0].dtype == jnp.float64 else 1e-6
    floor = jax.lax.stop_gradient(floor)
    # The voltages of the step's start are usually near the solution. Where all cells are alike they
    # are not, and z = 0 is the exact solution, which an iteration that starts there does not leave.
    residual = [a - b for a, b in zip(matrix(start), right, strict=True)]
    better = norm(residual, batch) < norm(right, batch)
    start = [jax.lax.stop_gradient(jnp.where(spread(better, x), x, 0)) for x in start]
    method = conjugate_gradients if symmetric else stabilised_biconjugate_gradients

    def run(product: Callable[[Vector], Vector], b: Vector, x: Vector) -> Vector:
        limit = jnp.maximum(rtol * norm(b, batch), floor)
        return method(product, b, x, diagonal, limit, mode.max_steps, batch)

    z = jax.lax.custom_linear_solve(
        matrix,
        right,
        lambda product, b: run(product, b, start),
        lambda product, b: run(product, b, [jnp.zeros_like(x) for x in b]),
        symmetric=symmetric,
    )
    left = norm([a - b for a, b in zip(matrix(z), right, strict=True)], batch)
    # Judged by the backward error: the residual, relative to the sizes of matrix and solution. A
    # Laplacian is diagonally dominant, so its norm is at most twice its largest diagonal entry.
    size = 2 * _largest(diagonal, batch)
    bound = rtol * (size * norm(z, batch) + norm(right, batch)) + size * floor
    return z, ~(left <= 10 * bound)


def _largest(v: Vector, batch: int) -> jax.Array:
    """Return the largest element of each member of the batch."""
    each = [x.max(axis=tuple(range(batch, x.ndim))) for x in v]
    return functools.reduce(jnp.maximum, each)


def _times(a: Vector, b: Vector) -> Vector:
    return [x * y for x, y in zip(a, b, strict=True)]


def _root(r: jax.Array) -> jax.Array:
    """Return the square root, with derivative 0 at 0, in a cell that no current changes."""
    return jnp.where(r == 0, 0, jnp.sqrt(jnp.where(r == 0, 1, r)))


def _over(x: jax.Array, s: jax.Array) -> jax.Array:
    """Return x / s; x itself where s is 0, in a cell that no current changes."""
    return x / jnp.where(s > 0, s, 1)
