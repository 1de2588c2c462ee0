"""Whether a law suits a junction between two populations."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import saiunit as u

from gapjunction._checks import describe
from gapjunction.laws import Law, Ohmic


def check_law(law: object, volt: u.Unit | None) -> bool:
    """Return whether a law has a state of its own.

    Raises
    ------
    TypeError
        If ``law`` is not a Law.
    saiunit.UnitMismatchError
        If the law needs voltages in volts, and those of the populations are in another unit.
    """
    if not isinstance(law, Law):
        raise TypeError(f"law must be one of gapjunction.laws, or a Law, got {describe(law)}.")
    if isinstance(law, Ohmic):
        return False
    if volt is not None and volt.dim != u.mV.dim:
        raise u.UnitMismatchError(
            f"law must be Ohmic between populations whose voltages are in {volt}, "
            f"got {describe(law)}."
        )
    # Nothing is computed here: JAX only finds out what initial() would return.
    state = jax.eval_shape(
        lambda a, b: law.initial(a * u.mV, b * u.mV), *[jax.ShapeDtypeStruct((1,), jnp.float32)] * 2
    )
    return state is not None
