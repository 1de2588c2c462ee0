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
from collections.abc import Callable
from typing import TypeAlias

import jax
import jax.numpy as jnp
from brainstate.transform import jit_error_if
from jax.flatten_util import ravel_pytree
from jax.scipy.sparse.linalg import bicgstab, cg

from gapjunction.coupling._modes import Implicit

# Up to so many voltages the matrix is written out and factored, which is faster than to iterate.
_DENSE = 64

Vector: TypeAlias = list[jax.Array]
"""A vector over all cells: one array per population, in the shape of its voltage."""


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


def solve(law: Law, c: Vector, rho: Vector, guess: Vector, mode: Implicit) -> Vector:
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
    """
    scale = [jnp.sqrt(r) for r in rho]

    def matrix(z: Vector) -> Vector:
        """Return (1 + S L S) z."""
        flows = law.linear(_times(scale, z))
        return [x - s * i for x, s, i in zip(z, scale, flows, strict=True)]

    right = _times(scale, law.affine(c))
    if sum(v.size for v in c) <= _DENSE:
        z, failed = _dense(matrix, right), jnp.asarray(False)
    else:
        diagonal = [1 - r * g for r, g in zip(rho, law.slope, strict=True)]
        start = [_over(v - w, s) for v, w, s in zip(guess, c, scale, strict=True)]
        # A residual that changes voltages by less than their rounding errors is small enough: in
        # float32 the iteration could not reduce it.
        top = max(s.max() for s in scale)
        floor = jnp.finfo(top.dtype).eps * _norm(c) / jnp.where(top > 0, top, 1)
        z, failed = _iterate(matrix, right, start, diagonal, floor, law.symmetric, mode)
    if mode.check:
        jit_error_if(failed, "Implicit coupling has not converged: raise max_steps, or rtol.")
    # The current is computed from the law, and not as z / S, which is the same in exact numbers:
    # the law conserves charge to the last digit, so that what one cell loses, another gains. The
    # law is applied to c and to S z, and not to their sum: the sum is rounded, and strong coupling
    # would turn that rounding error, between voltages that are nearly equal, into a large current.
    change = law.linear(_times(scale, z))
    flows = [x + y for x, y in zip(law.affine(c), change, strict=True)]
    # Where the iteration failed, voltages become NaN: a wrong number could pass unnoticed.
    return [jnp.where(failed, jnp.nan, i) for i in flows]


def _iterate(
    matrix: Callable[[Vector], Vector],
    right: Vector,
    start: Vector,
    diagonal: Vector,
    floor: jax.Array,
    symmetric: bool,
    mode: Implicit,
) -> tuple[Vector, jax.Array]:
    """Solve iteratively: return the solution, and whether the iteration has failed.

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
        Norm of a change of z that does not matter.
    symmetric : bool
        Whether the matrix is symmetric.
    mode : Implicit
        Tolerance and largest number of iterations.
    """
    rtol = mode.rtol
    if rtol is None:
        rtol = 1e-12 if right[0].dtype == jnp.float64 else 1e-6
    # The voltages of the step's start are usually near the solution. Where all cells are alike they
    # are not, and z = 0 is the exact solution, which an iteration that starts there does not leave.
    better = _norm([a - b for a, b in zip(matrix(start), right, strict=True)]) < _norm(right)
    start = [jnp.where(better, x, 0) for x in start]
    z, _ = (cg if symmetric else bicgstab)(
        matrix,
        right,
        x0=start,
        tol=rtol,
        atol=jax.lax.stop_gradient(floor),
        maxiter=mode.max_steps,
        M=lambda x: [a / d for a, d in zip(x, diagonal, strict=True)],
    )
    left = _norm([a - b for a, b in zip(matrix(z), right, strict=True)])
    # Judged by the backward error: the residual, relative to the sizes of matrix and solution. A
    # Laplacian is diagonally dominant, so its norm is at most twice its largest diagonal entry.
    size = 2 * max(d.max() for d in diagonal)
    return z, ~(left <= 10 * (rtol * (size * _norm(z) + _norm(right)) + size * floor))


def _dense(matrix: Callable[[Vector], Vector], right: Vector) -> Vector:
    """Solve directly, with the matrix written out column by column."""
    flat, unflatten = ravel_pytree(right)

    def column(x: jax.Array) -> jax.Array:
        return ravel_pytree(matrix(unflatten(x)))[0]

    full = jax.vmap(column, out_axes=1)(jnp.eye(len(flat), dtype=flat.dtype))
    return unflatten(jnp.linalg.solve(full, flat))


def _times(a: Vector, b: Vector) -> Vector:
    return [x * y for x, y in zip(a, b, strict=True)]


def _over(x: jax.Array, s: jax.Array) -> jax.Array:
    """Return x / s; x itself where s is 0, in a cell that no current changes."""
    return x / jnp.where(s > 0, s, 1)


def _norm(v: Vector) -> jax.Array:
    return jnp.sqrt(sum(jnp.sum(x * x) for x in v))
