"""Iterative solution of linear equations, of each member of a batch by itself.

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

Product: TypeAlias = Callable[[Vector], Vector]


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


def conjugate_gradients(
    product: Product,
    b: Vector,
    x: Vector,
    diagonal: Vector,
    limit: jax.Array,
    max_steps: int,
    batch: int,
) -> Vector:
    """Solve ``A x = b`` for a symmetric positive definite A.

    Parameters
    ----------
    product : callable
        Product of A with a vector.
    b, x : list of arrays
        The right side, and where to start.
    diagonal : list of arrays
        The diagonal of A, by which it is preconditioned.
    limit : array
        Norm of the residual at which a member of the batch is done, shape of the batch.
    max_steps : int
        Largest number of iterations.
    batch : int
        How many leading axes are those of a batch.
    """
    r = _minus(b, product(x))
    p = z = _over(r, diagonal)

    def go_on(carry: tuple[Vector, Vector, Vector, jax.Array, jax.Array]) -> jax.Array:
        _, r, _, _, step = carry
        return (step < max_steps) & (norm(r, batch) > limit).any()

    def turn(
        carry: tuple[Vector, Vector, Vector, jax.Array, jax.Array],
    ) -> tuple[Vector, Vector, Vector, jax.Array, jax.Array]:
        x, r, p, rz, step = carry
        active = norm(r, batch) > limit
        Ap = product(p)
        alpha = _ratio(rz, dot(p, Ap, batch), active)
        x, r = _add(x, alpha, p), _add(r, -alpha, Ap)
        z = _over(r, diagonal)
        new = jnp.where(active, dot(r, z, batch), rz)
        return x, r, _add(z, _ratio(new, rz, active), p), new, step + 1

    start = (x, r, p, dot(r, z, batch), jnp.asarray(0))
    return jax.lax.while_loop(go_on, turn, start)[0]


def stabilised_biconjugate_gradients(
    product: Product,
    b: Vector,
    x: Vector,
    diagonal: Vector,
    limit: jax.Array,
    max_steps: int,
    batch: int,
) -> Vector:
    """Solve ``A x = b`` for a matrix that need not be symmetric (van der Vorst 1992).

    Parameters are those of :func:`conjugate_gradients`.
    """
    r = shadow = _minus(b, product(x))
    one = jnp.ones_like(limit)

    def go_on(carry: tuple[Vector, Vector, Vector, Vector, jax.Array, jax.Array]) -> jax.Array:
        return (carry[-1] < max_steps) & (norm(carry[1], batch) > limit).any()

    def turn(
        carry: tuple[Vector, Vector, Vector, Vector, jax.Array, jax.Array],
    ) -> tuple[Vector, Vector, Vector, Vector, jax.Array, jax.Array]:
        x, r, p, v, numbers, step = carry
        rho, alpha, omega = numbers
        active = norm(r, batch) > limit
        new = dot(shadow, r, batch)
        beta = _ratio(new * alpha, rho * omega, active)
        p = _add(r, beta, _add(p, -omega, v))
        y = _over(p, diagonal)
        v = product(y)
        alpha = _ratio(new, dot(shadow, v, batch), active)
        s = _add(r, -alpha, v)
        z = _over(s, diagonal)
        t = product(z)
        omega = _ratio(dot(t, s, batch), dot(t, t, batch), active)
        x = _add(_add(x, alpha, y), omega, z)
        # A member that is done keeps its residual, by which it stays done.
        r = [
            jnp.where(spread(active, own), now, own)
            for own, now in zip(r, _add(s, -omega, t), strict=True)
        ]
        return x, r, p, v, jnp.stack([new, alpha, omega]), step + 1

    zero = [jnp.zeros_like(own) for own in b]
    start = (x, r, zero, zero, jnp.stack([one, one, one]), jnp.asarray(0))
    return jax.lax.while_loop(go_on, turn, start)[0]


def _minus(a: Vector, b: Vector) -> Vector:
    return [x - y for x, y in zip(a, b, strict=True)]


def _over(a: Vector, b: Vector) -> Vector:
    return [x / y for x, y in zip(a, b, strict=True)]


def _add(a: Vector, factor: jax.Array, b: Vector) -> Vector:
    """Return a + factor b, with one factor for each member of the batch."""
    return [x + spread(factor, y) * y for x, y in zip(a, b, strict=True)]


def _ratio(a: jax.Array, b: jax.Array, active: jax.Array) -> jax.Array:
    """Return a / b in members that have not converged, 0 in others and where b is 0."""
    return jnp.where(active & (b != 0), a / jnp.where(b != 0, b, 1), 0)
