"""The linear equations of a coupled step.

Each population says how its voltage answers to current, cell by cell; the junctions say the
current at voltages. With y the voltages at which junctions take their current, and
``S = sqrt(rho)``::

    y = c + rho I,  I = -L y      is      y = c + S z,  (1 + S L S) z = -S L c

This is symmetric positive where L is, and its solution is 0 exactly where all cells have one
voltage: identical cells, driven alike, step as if they were alone.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from brainstate.transform import jit_error_if
from jax.flatten_util import ravel_pytree
from jax.scipy.sparse.linalg import bicgstab, cg

from gapjunction.coupling._modes import Implicit

# Up to so many voltages the matrix is written out and factored.
_DENSE = 64

Vector = list[jax.Array]
"""One array per population."""


@dataclasses.dataclass(frozen=True)
class Law:
    """The currents of a network of junctions into its populations, linear at frozen states.

    Parameters
    ----------
    affine : callable
        Currents at voltages.
    linear : callable
        Their change with voltages.
    slope : list of arrays
        The change of each cell's current with its own voltage; negative.
    symmetric : bool
        Whether ``linear`` is.
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
        Of each population: voltage without coupling, and its answer to current.
    guess : list of arrays
        Voltages to start an iteration from.
    mode : Implicit
        Tolerance and limit.
    """
    scale = [jnp.sqrt(r) for r in rho]

    def matrix(z: Vector) -> Vector:
        flows = law.linear(_times(scale, z))
        return [x - s * i for x, s, i in zip(z, scale, flows, strict=True)]

    right = _times(scale, law.affine(c))
    if sum(v.size for v in c) <= _DENSE:
        z, failed = _dense(matrix, right), jnp.asarray(False)
    else:
        diagonal = [1 - r * g for r, g in zip(rho, law.slope, strict=True)]
        start = [_over(v - w, s) for v, w, s in zip(guess, c, scale, strict=True)]
        # What changes voltages by less than their rounding does not matter.
        top = max(s.max() for s in scale)
        floor = jnp.finfo(top.dtype).eps * _norm(c) / jnp.where(top > 0, top, 1)
        z, failed = _iterate(matrix, right, start, diagonal, floor, law.symmetric, mode)
    if mode.check:
        jit_error_if(failed, "Implicit coupling has not converged: raise max_steps, or rtol.")
    # From the law, not as z / S: what one cell loses another gains, to the last digit. In two
    # parts, because rounding of nearly equal voltages would show at strong coupling.
    change = law.linear(_times(scale, z))
    flows = [x + y for x, y in zip(law.affine(c), change, strict=True)]
    # Where the iteration failed: no bounded wrong answer, but one that is seen.
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
    """Return the solution by conjugate gradients, and whether it is none."""
    rtol = mode.rtol
    if rtol is None:
        rtol = 1e-12 if right[0].dtype == jnp.float64 else 1e-6
    # The voltages of before are a good start, unless the cells are alike: then 0 is the solution.
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
    # Backward error; a Laplacian's norm is at most twice its diagonal's.
    size = 2 * max(d.max() for d in diagonal)
    return z, ~(left <= 10 * (rtol * (size * _norm(z) + _norm(right)) + size * floor))


def _dense(matrix: Callable[[Vector], Vector], right: Vector) -> Vector:
    flat, unflatten = ravel_pytree(right)

    def column(x: jax.Array) -> Any:
        return ravel_pytree(matrix(unflatten(x)))[0]

    full = jax.vmap(column, out_axes=1)(jnp.eye(len(flat), dtype=flat.dtype))
    return unflatten(jnp.linalg.solve(full, flat))


def _times(a: Vector, b: Vector) -> Vector:
    return [x * y for x, y in zip(a, b, strict=True)]


def _over(x: jax.Array, s: jax.Array) -> jax.Array:
    return x / jnp.where(s > 0, s, 1)


def _norm(v: Vector) -> jax.Array:
    return jnp.sqrt(sum(jnp.sum(x * x) for x in v))
