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


def warn_if_unstable(junction: Junction, label: str, checked: float | None = None) -> float | None:
    """Warn if an explicit junction, taken alone, is not stable at the environment's time step.

    Parameters
    ----------
    junction : Junction
        The junction.
    label : str
        Its name in the warning.
    checked : float, optional
        What this function returned last. Nothing is said again of a junction that is not stronger
        for the time step than it was then.

    Returns
    -------
    float or None
        How strong the junction is for the time step: the largest kappa, dt sum(g) / C, of a cell.
        It is ``checked`` where nothing can be decided: where the environment has no ``dt``, the
        capacitance is not known, or a number is traced by JAX and has no value yet.
    """
    if junction.coupling not in EXPLICIT:
        return checked
    dt = brainstate.environ.get("dt", default=None)
    weight = junction.largest_conductance()
    known = isinstance(dt, u.Quantity) and dt.dim == u.ms.dim
    if not known or _is_traced(dt) or _is_traced(weight):
        return checked
    step = float(dt.to_decimal(u.ms))
    try:
        cells = populations_of([junction], {}, None)
    except (NoCapacitanceError, jax.errors.TracerArrayConversionError):
        return checked
    # Eigenvalues take long for large networks: first a bound that is cheap.
    strength, suspected = _strength(junction, cells, step)
    # Two computations of one strength may differ by rounding.
    again = checked is not None and strength <= checked * (1 + 1e-6)
    if again or not step > 0 or not suspected:
        return strength
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
    return strength


def _strength(junction: Junction, cells: Mapping[int, Cells], dt: float) -> tuple[float, bool]:
    """Return the largest kappa of a cell, and whether the junction may be unstable.

    This takes one pass over the edges. By Gershgorin's theorem no eigenvalue exceeds twice the sum
    of the conductances at a cell: if this is below the limit of every cell, the step is stable.
    """
    weight = junction.largest_conductance()
    g = per_edge(junction, weight).mantissa
    # Of two conductances per edge, the larger one bounds the dependence of an edge's current on the
    # voltage of either of its ends.
    total = degree(junction.edges, g.max(axis=1) if g.ndim == 2 else g)
    ends = list(dict.fromkeys((id(junction.pre), id(junction.post))))
    parts = np.split(total, [junction.edges.n_pre]) if len(ends) == 2 else [total]
    kappa, suspected = 0.0, False
    for end, part in zip(ends, parts, strict=True):
        own = cells[end]
        C = np.asarray(own.C.to_decimal(u.get_unit(weight) * u.ms))
        rate = np.zeros(len(C)) if own.rate is None else own.rate
        with np.errstate(divide="ignore", invalid="ignore"):
            ceiling = own.ceiling(rate, dt)
        kappa = max(kappa, float((dt * part / C).max()))
        suspected = suspected or not (2 * part < C * ceiling).all()
    return kappa, suspected


def _is_traced(value: object) -> bool:
    return isinstance(u.get_mantissa(value), jax.core.Tracer)
