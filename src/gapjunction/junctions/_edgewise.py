"""The current along one edge, as a function of the voltages of its two cells."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import saiunit as u

from gapjunction._typing import Value
from gapjunction.coupling import with_unit
from gapjunction.junctions._flow import Along
from gapjunction.laws import Law


def by_law(law: Law, state: jax.Array | None, conductance: Value, volt: u.Unit) -> Along:
    """Return the currents of edges with one conductance each.

    Parameters
    ----------
    law : Law
        How conductances depend on voltages. A law without delay is applied at the voltages that the
        returned function gets; ``conductance`` contains the factor of any other law already.
    state : array or None
        The state of the law.
    conductance : Quantity or array
        Conductances of the edges.
    volt : Unit
        The unit of the voltages, which the function gets as plain arrays.
    """
    plain = u.get_mantissa(conductance)

    def current(a: jax.Array, b: jax.Array) -> tuple[jax.Array, jax.Array]:
        g = jnp.asarray(plain, a.dtype)
        if law.instantaneous:
            g = g * law.conductance(state, with_unit(a, volt), with_unit(b, volt))
        found = (a - b) * g
        return found, found

    return current


def two_ways(conductance: Value) -> Along:
    """Return the currents of edges with a conductance for each direction.

    Parameters
    ----------
    conductance : Quantity or array
        One number, or two columns: the conductance for the current into post, and the one for the
        current out of pre.
    """
    plain = u.get_mantissa(conductance)

    def current(a: jax.Array, b: jax.Array) -> tuple[jax.Array, jax.Array]:
        g, dv = jnp.asarray(plain, a.dtype), a - b
        if g.shape in ((), (1,)):
            return dv * g, dv * g
        return dv * g[..., 0], dv * g[..., 1]

    return current


def tangent(current: Along, a: jax.Array, b: jax.Array) -> Along:
    """Return the currents of edges as affine functions of the voltages, near given ones.

    Implicit coupling solves linear equations, so the current of each edge is replaced by its
    tangent at the present voltage difference. Where the current falls with rising difference, its
    present value is used instead: a negative slope is a negative conductance, with which the
    equations need not have a bounded solution.

    Parameters
    ----------
    current : callable
        The currents along edges of one conductance each.
    a, b : arrays
        The present voltages at the two ends of each edge.
    """
    # The derivative by V_pre - V_post at constant mean of the two: each end moves by half.
    half = jnp.full_like(a, 0.5)
    now, slope = jax.jvp(lambda a, b: current(a, b)[0], (a, b), (half, -half))
    slope = jnp.maximum(slope, 0)

    def affine(x: jax.Array, y: jax.Array) -> tuple[jax.Array, jax.Array]:
        found = now + slope * ((x - y) - (a - b))
        return found, found

    return affine
