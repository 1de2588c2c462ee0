"""Iterative solution of linear equations, separately for each member of a batch.

The solvers of `jax.scipy.sparse.linalg` see a batch as one system: its members then converge when
the worst of them has, and one that is not finite spoils all. Here inner products are taken within
a member, and a member that has converged stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import jax
import jax.numpy as jnp

Vector: TypeAlias = list[jax.Array]
"""A vector over all cells: one array per population, in the shape of its voltage."""

Carry: TypeAlias = tuple[list[Vector], jax.Array, jax.Array, jax.Array]
"""The state of an iteration: vectors, numbers, which members are not done, and its count."""

Product: TypeAlias = Callable[[Vector], tuple[Vector, Vector]]


def dot(a: Vector, b: Vector, batch: int) -> jax.Array:
    """Return the inner product of two vectors, shape of the batch."""
    parts = [(x * y).sum(axis=tuple(range(batch, x.ndim))) for x, y in zip(a, b, strict=True)]
    return sum(parts[1:], parts[0])


def norm(v: Vector, batch: int) -> jax.Array:
    """Return the Euclidean norm of a vector, shape of the batch."""
    return jnp.sqrt(dot(v, v, batch))


def spread(factor: jax.Array, like: jax.Array) -> jax.Array:
    """Return a number of each member of a batch in a shape that broadcasts over its cells."""
    return factor.reshape(factor.shape + (1,) * (like.ndim - factor.ndim))


def goes_on(max_steps: int) -> Callable[[Carry], jax.Array]:
    """Return whether to iterate again: a member is not done, and ``max_steps`` is not reached."""

    def go_on(carry: Carry) -> jax.Array:
        _, _, active, step = carry
        return (step < max_steps) & active.any()

    return go_on


def conjugate_gradients(
    product: Product,
    b: Vector,
    diagonal: Vector,
    limit: jax.Array,
    max_steps: int,
    batch: int,
) -> tuple[Vector, Vector]:
    """Solve ``A x = b`` for a symmetric positive definite A, from x = 0.

    Parameters
    ----------
    product : callable
        Returns the product of A with a vector, and a second vector that is linear in the first.
        Products take most of the time of an iteration: if the caller needs the same product with
        the solution, it is summed along the way, which saves a further product.
    b : list of arrays
        The right side.
    diagonal : list of arrays
        The diagonal of A, by which it is preconditioned.
    limit : array
        Norm of the residual at which a member of the batch is done, shape of the batch.
    max_steps : int
        Largest number of iterations.
    batch : int
        How many leading axes are those of a batch.

    Returns
    -------
    list of arrays
        The solution.
    list of arrays
        The second result of ``product`` for the solution.
    """
    z = _over(b, diagonal)

    def turn(carry: Carry) -> Carry:
        (x, beside, r, p), rz, active, step = carry
        Ap, other = product(p)
        alpha = ratio(rz, dot(p, Ap, batch), active)
        x, beside, r = add(x, alpha, p), add(beside, alpha, other), add(r, -alpha, Ap)
        z = _over(r, diagonal)
        new = jnp.where(active, dot(r, z, batch), rz)
        p = add(z, ratio(new, rz, active), p)
        return [x, beside, r, p], new, norm(r, batch) > limit, step + 1

    zero = [jnp.zeros_like(own) for own in b]
    start = ([zero, zero, b, z], dot(b, z, batch), norm(b, batch) > limit, jnp.asarray(0))
    found = jax.lax.while_loop(goes_on(max_steps), turn, start)[0]
    return found[0], found[1]


def conjugate_gradients_in_one_sum(
    product: Product,
    b: Vector,
    diagonal: Vector,
    limit: jax.Array,
    max_steps: int,
    batch: int,
) -> tuple[Vector, Vector]:
    """Solve as :func:`conjugate_gradients`, with one sum over all cells in each iteration.

    Where cells are spread over devices, a sum over all of them makes every device wait for every
    other. This form of the method (Chronopoulos and Gear 1989) takes all inner products at once, at
    the cost of one more vector and one more iteration.
    """

    def turn(carry: Carry) -> Carry:
        (x, beside, r, p, s, q), (rz, alpha), _, step = carry
        z = _over(r, diagonal)
        Az, other = product(z)
        new, size, square = _inner([(r, z), (Az, z), (r, r)], batch)
        active = jnp.sqrt(square) > limit
        beta = ratio(new, rz, active)
        alpha = ratio(new, size - beta * new / jnp.where(alpha != 0, alpha, 1), active)
        p, s, q = add(z, beta, p), add(Az, beta, s), add(other, beta, q)
        x, beside, r = add(x, alpha, p), add(beside, alpha, q), add(r, -alpha, s)
        return [x, beside, r, p, s, q], jnp.stack([new, alpha]), active, step + 1

    zero, numbers = [jnp.zeros_like(own) for own in b], jnp.zeros((2, *limit.shape), limit.dtype)
    start = ([zero, zero, b, zero, zero, zero], numbers, norm(b, batch) > limit, jnp.asarray(0))
    found = jax.lax.while_loop(goes_on(max_steps), turn, start)[0]
    return found[0], found[1]


def _inner(pairs: list[tuple[Vector, Vector]], batch: int) -> jax.Array:
    """Return several inner products by one sum over the cells, shape (n_pairs, *batch)."""
    parts = [
        jnp.stack([x * y for x, y in row]).sum(axis=tuple(range(batch + 1, row[0][0].ndim + 1)))
        for row in zip(*(list(zip(a, b, strict=True)) for a, b in pairs), strict=True)
    ]
    return sum(parts[1:], parts[0])


def stabilised_biconjugate_gradients(
    product: Product,
    b: Vector,
    diagonal: Vector,
    limit: jax.Array,
    max_steps: int,
    batch: int,
) -> tuple[Vector, Vector]:
    """Solve ``A x = b`` for a matrix that need not be symmetric (van der Vorst 1992).

    Parameters and results are those of :func:`conjugate_gradients`.
    """

    def turn(carry: Carry) -> Carry:
        (x, beside, r, p, v), numbers, active, step = carry
        rho, alpha, omega = numbers
        new = dot(b, r, batch)
        beta = ratio(new * alpha, rho * omega, active)
        p = add(r, beta, add(p, -omega, v))
        y = _over(p, diagonal)
        v, along_y = product(y)
        alpha = ratio(new, dot(b, v, batch), active)
        s = add(r, -alpha, v)
        z = _over(s, diagonal)
        t, along_z = product(z)
        omega = ratio(dot(t, s, batch), dot(t, t, batch), active)
        x = add(add(x, alpha, y), omega, z)
        beside = add(add(beside, alpha, along_y), omega, along_z)
        # A member that is done keeps its residual, so that it stays done.
        r = [
            jnp.where(spread(active, own), now, own)
            for own, now in zip(r, add(s, -omega, t), strict=True)
        ]
        return (
            [x, beside, r, p, v],
            jnp.stack([new, alpha, omega]),
            norm(r, batch) > limit,
            step + 1,
        )

    zero, numbers = [jnp.zeros_like(own) for own in b], jnp.ones((3, *limit.shape), limit.dtype)
    start = ([zero, zero, b, zero, zero], numbers, norm(b, batch) > limit, jnp.asarray(0))
    found = jax.lax.while_loop(goes_on(max_steps), turn, start)[0]
    return found[0], found[1]


def _over(a: Vector, b: Vector) -> Vector:
    return [x / y for x, y in zip(a, b, strict=True)]


def add(a: Vector, factor: jax.Array, b: Vector) -> Vector:
    """Return a + factor b, with one factor for each member of the batch."""
    return [x + spread(factor, y) * y for x, y in zip(a, b, strict=True)]


def ratio(a: jax.Array, b: jax.Array, active: jax.Array) -> jax.Array:
    """Return a / b in members that have not converged, 0 in others and where b is 0."""
    return jnp.where(active & (b != 0), a / jnp.where(b != 0, b, 1), 0)


def minus(a: Vector, b: Vector) -> Vector:
    """Return a - b."""
    return [x - y for x, y in zip(a, b, strict=True)]
