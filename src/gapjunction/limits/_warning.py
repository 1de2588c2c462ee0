"""A warning for a junction that will not be stable at the time step of the environment."""

from __future__ import annotations

from collections.abc import Mapping

import brainstate
import jax
import numpy as np
import saiunit as u

from gapjunction._checks import warn
from gapjunction.connectivity import degree
from gapjunction.limits._junction import Junction
from gapjunction.limits._network import EXPLICIT, Network, per_edge
from gapjunction.limits._populations import Cells, NoCapacitanceError, populations_of


def warn_if_unstable(junction: Junction, label: str) -> bool:
    """Warn if an explicit junction, taken alone, is not stable at the environment's time step.

    Returns
    -------
    bool
        Whether this could be decided. If not, the caller tries again at ``init_state()``. It
        cannot where the environment has no ``dt``, the capacitance is not known, or ``dt`` or the
        weight is traced by JAX and has no value yet.
    """
    if junction.coupling not in EXPLICIT:
        return True
    dt = brainstate.environ.get("dt", default=None)
    weight = junction.largest_conductance()
    known = isinstance(dt, u.Quantity) and dt.dim == u.ms.dim
    if not known or _is_traced(dt) or _is_traced(weight):
        return False
    try:
        cells = populations_of([junction], {}, None)
    except NoCapacitanceError:
        return False
    step = float(dt.to_decimal(u.ms))
    # Eigenvalues take long for large networks: first a bound that is cheap.
    if not step > 0 or not _may_be_unstable(junction, cells, step):
        return True
    net = Network.of([junction], cells)
    top, limit, _ = net.limits()
    if step >= limit:
        kappa = step * net.matrix.diagonal() / net.C
        warn(
            f"{label} is too strong for explicit coupling at dt = {step:.4g} ms: voltages will "
            f"blow up. kappa = dt sum(g) / C is {kappa.mean():.3g} on average, {kappa.max():.3g} "
            f"at most, and lambda_max {top:.4g} / ms; {junction.coupling!r} is stable up to "
            f"dt = {limit:.4g} ms, 'implicit' coupling at any."
        )
    return True


def _may_be_unstable(junction: Junction, cells: Mapping[int, Cells], dt: float) -> bool:
    """Whether the junction may be unstable, by Gershgorin's bound.

    The bound on the eigenvalues, twice the sum of the conductances at each cell, takes one pass
    over the edges. If it is below the limit of every cell, so are the eigenvalues.
    """
    weight = junction.largest_conductance()
    g = per_edge(junction, weight).mantissa
    # Of two conductances per edge, the larger one bounds the dependence of an edge's current on the
    # voltage of either of its ends.
    total = degree(junction.edges, g.max(axis=1) if g.ndim == 2 else g)
    ends = list(dict.fromkeys((id(junction.pre), id(junction.post))))
    parts = np.split(total, [junction.edges.n_pre]) if len(ends) == 2 else [total]
    for end, part in zip(ends, parts, strict=True):
        own = cells[end]
        C = np.asarray(own.C.to_decimal(u.get_unit(weight) * u.ms))
        rate = np.zeros(len(C)) if own.rate is None else own.rate
        with np.errstate(divide="ignore", invalid="ignore"):
            ceiling = own.ceiling(rate, dt)
        if not (2 * part < C * ceiling).all():
            return True
    return False


def _is_traced(value: object) -> bool:
    return isinstance(u.get_mantissa(value), jax.core.Tracer)
