"""The three forms in which a spikelet can be given, told apart by their units."""

from __future__ import annotations

from typing import Final

import jax.numpy as jnp
import saiunit as u

from gapjunction._checks import check_finite, describe

AREA: Final = "area"
CHARGE: Final = "charge"
JUMP: Final = "jump"


def check_spikelet(spikelet: object, n_edges: int, volt: u.Unit | None, conductance: u.Unit) -> str:
    """Return which form a spikelet has: ``'area'``, ``'charge'`` or ``'jump'``.

    Parameters
    ----------
    spikelet : Quantity or array
        One value, or one for each edge.
    n_edges : int
        Number of edges.
    volt : Unit or None
        Unit of the voltages; None if the populations do not have one, in which case mV is assumed.
    conductance : Unit
        Unit of the junction's ``weight``.

    Raises
    ------
    TypeError
        If the spikelet is not a real number or an array of real numbers.
    ValueError
        If it is not finite, or is an array without the shape of the edges.
    saiunit.UnitMismatchError
        If its unit is that of none of the three forms.

    Examples
    --------
    >>> check_spikelet(80 * u.mV * u.ms, 1, u.get_unit(u.mV), u.get_unit(u.nS))
    'area'
    >>> check_spikelet(200 * u.pA * u.ms, 1, u.get_unit(u.mV), u.get_unit(u.nS))
    'charge'
    """
    mantissa = u.get_mantissa(spikelet)
    try:
        # A list or tuple is refused, as it is for conductances.
        plain = None if isinstance(mantissa, (list, tuple)) else jnp.asarray(mantissa)
    except (TypeError, ValueError):
        plain = None
    if plain is None or not (
        jnp.issubdtype(plain.dtype, jnp.floating) or jnp.issubdtype(plain.dtype, jnp.integer)
    ):
        raise TypeError(
            f"spikelet must be a real number or an array with a unit, got {describe(spikelet)}."
        )
    if plain.shape not in ((), (1,), (n_edges,)):
        raise ValueError(
            f"spikelet must be one value or have the shape {(n_edges,)} of the edges, got the "
            f"shape {plain.shape}."
        )
    check_finite("spikelet", plain, spikelet)
    volt = u.get_unit(u.mV) if volt is None else volt
    milli = u.get_unit(u.ms)
    area, charge = volt * milli, volt * conductance * milli
    dim = u.get_unit(spikelet).dim
    for form, unit in ((AREA, area), (CHARGE, charge), (JUMP, volt)):
        if dim == unit.dim:
            return form
    raise u.UnitMismatchError(
        f"spikelet must be the area of a spike (in a unit such as {area}), the charge that goes "
        f"through a junction ({charge}) or the jump of the partner's voltage ({volt}); got "
        f"{describe(spikelet)}."
    )
