r"""The equations of a step in which units respond to each other's current, and their solution.

With c the voltages without coupling, R the response and ``M`` the change of all currents of
junctions with the voltages (which is minus a Laplacian for ohmic junctions), the currents are::

    I = b + M R I,    b = M c + the part of the currents that does not depend on voltages

R is never written out as a matrix: compartments of a cell respond to each other's current, so that
a product of R with a vector costs a step of all cells. Where both M and R are symmetric,
``1 - M R`` is self-adjoint and positive definite in the inner product ``<x, y> = x R y``: conjugate
gradients apply, in that inner product. For ``M = -B g B'``, with the incidence matrix B, this is
equivalent to conjugate gradients for the matrix ``1 + s B' R B s``, with ``s = sqrt(g)``, and an
unknown z for each edge: ``I = -B s z``, with the same norms. The form over units is used because
vectors over units are shorter than vectors over edges, and junctions need not list their edges.
Where M or R is not symmetric, the stabilised biconjugate form is used.

The right side is exactly 0 for cells that have the same voltage. The final currents
are computed from the law of the junctions, which conserves charge to the last digit.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Final

import jax
import jax.numpy as jnp

from gapjunction.coupling._front import Front
from gapjunction.coupling._iterations import (
    Carry,
    Vector,
    add,
    dot,
    goes_on,
    minus,
    norm,
    ratio,
    spread,
    stabilised_biconjugate_gradients,
)
from gapjunction.coupling._solve import DENSE, Settings, check_converged, solve_directly

# The biconjugate form may need many iterations for strong coupling, or fail. Where conjugate
# gradients do not apply, the equations of up to this many units are therefore written out and
# factored.
_MOST_DIRECT: Final = 1024


@dataclasses.dataclass(frozen=True)
class System:
    """The equations ``I = b + M R I`` of a step.

    Parameters
    ----------
    fronts : list of Front
        The units of each population, and R.
    rows : list of array or None
        Divisors that turn the currents of each front into those that its population takes.
    right : list of arrays
        The currents b.
    change : callable
        The product of M with a vector.
    slope : list of arrays
        The diagonal of M.
    symmetric : bool
        Whether M and R are symmetric.
    apart : bool
        Whether M is diagonal: no cell sees the voltage of another one.
    """

    fronts: list[Front]
    rows: list[jax.Array | None]
    right: Vector
    change: Callable[[Vector], Vector]
    slope: Vector
    symmetric: bool
    apart: bool = False

    @property
    def batch(self) -> int:
        """How many leading axes are those of a batch."""
        return self.fronts[0].answer.batch

    def respond(self, x: Vector) -> Vector:
        """Return R x."""
        parts = zip(self.fronts, self.rows, x, strict=True)
        return [front.respond(own if row is None else own / row) for front, row, own in parts]

    def matrix(self, x: Vector) -> Vector:
        """Return ``(1 - M R) x``."""
        return minus(x, self.change(self.respond(x)))


def solve_jointly(system: System, settings: Settings) -> Vector:
    """Return the currents into all fronts.

    Parameters
    ----------
    system : System
        The equations.
    settings : Settings
        Tolerance and largest number of iterations, and what to do where they do not suffice.
    """
    batch = system.batch
    units = sum(math.prod(front.picks.shape) for front in system.fronts)
    few = units <= (DENSE if system.symmetric else _MOST_DIRECT)
    if not units:
        return system.right
    if system.apart and all(front.written is not None for front in system.fronts):
        return _solve_each(system)
    if few:
        found = solve_directly(system.matrix, system.right, batch)
    else:
        found = _iterate(system, settings)
    # The currents come from the law of the junctions, so that what one unit loses, another gains,
    # to the last digit.
    flows = _plus(system.right, system.change(system.respond(found)))
    if few:
        return flows
    failed = _has_failed(system, found, flows, settings)
    if settings.check:
        check_converged(failed.any())
    return [jnp.where(spread(failed, i), jnp.nan, i) for i in flows]


def _solve_each(system: System) -> Vector:
    """Solve for each cell by itself, where its response is written out and M is diagonal."""
    blocks = _blocks(system)
    return [
        jnp.linalg.solve(block, b[..., None])[..., 0]
        for block, b in zip(blocks, system.right, strict=True)
    ]


def _blocks(system: System) -> list[jax.Array]:
    """Return ``1 - d R`` with the diagonal d of M, a small matrix for each cell."""
    found = []
    for front, row, slope in zip(system.fronts, system.rows, system.slope, strict=True):
        R = jnp.asarray(front.written)
        R = R if row is None else R / row[..., None, :]
        found.append(jnp.eye(R.shape[-1], dtype=R.dtype) - slope[..., :, None] * R)
    return found


def _iterate(system: System, settings: Settings) -> Vector:
    """Solve iteratively, with derivatives that follow from the equations."""
    batch, steps = system.batch, settings.max_steps
    rtol = settings.tolerance(system.right[0].dtype)

    def by_gradients(b: Vector) -> Vector:
        return _conjugate_gradients(system, b, rtol, _floor(system, b), steps)

    def by_biconjugate(product: Callable[[Vector], Vector], b: Vector) -> Vector:
        scale = _scale(system)
        # Divided by the diagonal, the right side has the size of the solution. Undivided it is
        # larger by the strength of coupling, and so would be the error of the voltages.
        solution = norm([x / y for x, y in zip(b, scale, strict=True)], batch)
        limit = jnp.maximum(rtol * solution, _floor(system, b))
        none = [jnp.zeros_like(x) for x in b]
        found, _ = stabilised_biconjugate_gradients(
            lambda x: (product(x), none), b, scale, limit, steps, batch
        )
        return found

    def forward(matrix: Callable[[Vector], Vector], b: Vector) -> Vector:
        return by_gradients(b) if system.symmetric else by_biconjugate(matrix, b)

    def backward(transposed: Callable[[Vector], Vector], b: Vector) -> Vector:
        if not system.symmetric:
            return by_biconjugate(transposed, b)
        # (1 - R M) x = b has the solution b + R w, where (1 - M R) w = M b.
        return _plus(b, system.respond(by_gradients(system.change(b))))

    found: Vector = jax.lax.custom_linear_solve(system.matrix, system.right, forward, backward)
    return found


def _conjugate_gradients(
    system: System, b: Vector, rtol: float, floor: jax.Array, max_steps: int
) -> Vector:
    """Solve ``(1 - M R) x = b`` by conjugate gradients in the inner product of R.

    In this inner product the norm of a residual is a bound on the norm of the error of x, which
    equals the norm of the error of the voltages in the inner product of the inverse of R. It is
    compared with the norm of x.
    """
    batch = system.batch
    smooth = _smoother(system)
    y = smooth(b)
    Ry = system.respond(y)

    def turn(carry: Carry) -> Carry:
        (x, Rx, r, p, Rp), old, active, step = carry
        Ap = minus(p, system.change(Rp))
        alpha = ratio(old, dot(Rp, Ap, batch), active)
        x, Rx, r = add(x, alpha, p), add(Rx, alpha, Rp), add(r, -alpha, Ap)
        y = smooth(r)
        Ry = system.respond(y)
        new = jnp.where(active, dot(r, Ry, batch), old)
        beta = ratio(new, old, active)
        p, Rp = add(y, beta, p), add(Ry, beta, Rp)
        # Without a preconditioner, y is r, and its square in the inner product is there already.
        left = new if smooth is _as_it_is else dot(r, system.respond(r), batch)
        limit = jnp.maximum(rtol * _root(dot(x, Rx, batch)), floor)
        return [x, Rx, r, p, Rp], new, active & (_root(left) > limit), step + 1

    zero = [jnp.zeros_like(own) for own in b]
    start = dot(b, Ry, batch)
    begin = ([zero, zero, b, y, Ry], start, start > 0, jnp.asarray(0))
    return jax.lax.while_loop(goes_on(max_steps), turn, begin)[0][0]


def _as_it_is(x: Vector) -> Vector:
    return x


def _smoother(system: System) -> Callable[[Vector], Vector]:
    """Return a preconditioner: each cell solved by itself, with all others held.

    The junctions of a cell alone are the diagonal d of M, and ``1 - d R`` is a small matrix for
    each cell, self-adjoint in the inner product of R as the whole is.
    """
    if any(front.written is None for front in system.fronts):
        return _as_it_is
    inverses = [
        1 / block if block.shape[-1] == 1 else jnp.linalg.inv(block) for block in _blocks(system)
    ]

    def smooth(x: Vector) -> Vector:
        parts = zip(inverses, x, strict=True)
        return [jnp.einsum("...ij,...j->...i", inverse, own) for inverse, own in parts]

    return smooth


def _scale(system: System) -> Vector:
    """Return positive numbers near the diagonal of the matrix, to divide by."""
    ones = [jnp.ones_like(x) for x in system.right]
    own = system.respond(ones)
    found = [1 + jnp.abs(slope * x) for slope, x in zip(system.slope, own, strict=True)]
    return [jax.lax.stop_gradient(x) for x in found]


def _size(system: System, x: Vector) -> jax.Array:
    """Return the norm in which a system is solved, one number for each member of the batch."""
    if not system.symmetric:
        return norm(x, system.batch)
    return _root(dot(x, system.respond(x), system.batch))


def _floor(system: System, b: Vector) -> jax.Array:
    """Return the norm of a residual that changes voltages by no more than their rounding errors."""
    batch = system.batch
    c = norm([front.c for front in system.fronts], batch)
    eps = jnp.finfo(c.dtype).eps
    moved = norm(system.respond(b), batch)
    return eps * c * _size(system, b) / jnp.where(moved > 0, moved, jnp.inf)


def _has_failed(system: System, found: Vector, flows: Vector, settings: Settings) -> jax.Array:
    """Return in which members of the batch the solution does not satisfy the equations."""
    b = system.right
    rtol = settings.tolerance(b[0].dtype)
    left = _size(system, minus(flows, found))
    # This is judged by the backward error: the residual, relative to the sizes of the matrix (at
    # least as large as its effect on b) and of the solution.
    own = _size(system, b)
    largest = _size(system, system.matrix(b)) / jnp.where(own > 0, own, 1)
    floor = jnp.maximum(1, largest) * _floor(system, b)
    bound = rtol * (largest * _size(system, found) + own) + floor
    return ~(left <= 10 * bound)


def _root(x: jax.Array) -> jax.Array:
    return jnp.sqrt(jnp.maximum(x, 0))


def _plus(a: Vector, b: Vector) -> Vector:
    return [x + y for x, y in zip(a, b, strict=True)]
