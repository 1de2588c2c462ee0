"""How the current along each edge of a junction depends on the voltages of its two cells."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
import saiunit as u

from gapjunction._checks import describe
from gapjunction.coupling import as_plain, with_unit
from gapjunction.hosts import is_initialised
from gapjunction.junctions._base import GapJunction
from gapjunction.junctions._scale import is_function
from gapjunction.laws import Ohmic


def edge_slopes(junction: GapJunction, unit: u.Unit) -> tuple[Any, Any]:
    """Return the derivatives of each edge's current into post, and of its current out of pre.

    Each is a pair: the derivative by the voltage of pre, and by the voltage of post.
    """
    n = junction.edges.n_edges
    initialised = all(
        is_initialised(host, name)
        for host, name in (
            (junction.pre, junction.pre_state),
            (junction.post, junction.post_state),
        )
    )
    # The conductance of an ohmic junction is known without voltages, before the model has a state.
    if not initialised and isinstance(junction.law, Ohmic) and not is_function(junction.scale):
        g = np.asarray(u.Quantity(junction.largest_conductance()).to_decimal(unit), np.float64)
        wide = not junction.symmetric and g.shape not in ((), (1,))
        into, out = np.broadcast_to(g, (n, 2)).T if wide else (np.broadcast_to(g, (n,)),) * 2
        return (into, -into), (out, -out)
    junction._wiring.check_in_order(junction._label)
    v_pre, v_post, conductance = junction._read()
    volt = u.get_unit(v_pre)
    a, b = (as_plain(v, volt) for v in junction._wiring.ends(v_pre, v_post))
    if a.ndim != 1:
        raise ValueError(
            f"model must be initialised without a batch, got voltages of {describe(v_pre)}."
        )
    current = junction._along(with_unit(as_plain(conductance, unit), unit), volt)
    one, zero = np.ones_like(a), np.zeros_like(a)
    by_pre = jax.jvp(current, (a, b), (one, zero))[1]
    by_post = jax.jvp(current, (a, b), (zero, one))[1]
    into, out = (
        tuple(np.broadcast_to(np.asarray(x, np.float64), (n,)) for x in pair)
        for pair in zip(by_pre, by_post, strict=True)
    )
    return into, out
