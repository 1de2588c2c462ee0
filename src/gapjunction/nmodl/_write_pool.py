"""A pool as the sections of a file: a mechanism that writes a concentration."""

from __future__ import annotations

import re

import saiunit as u

from gapjunction._checks import describe
from gapjunction._params import value_of
from gapjunction.ion_channels import DecayPool, IonPool
from gapjunction.ion_channels._ion import valence_of
from gapjunction.nmodl._errors import NmodlError
from gapjunction.nmodl._sections import UNITS, Sections
from gapjunction.nmodl._spell import Block, number
from gapjunction.nmodl._to_nodes import number_of


def pool_sections(pool: IonPool) -> Sections:
    """Return the sections of the file of a pool."""
    if not isinstance(pool, DecayPool):
        raise NmodlError(
            "pool must be a DecayPool to be written, because the concentrations of others are "
            f"those of a section or have equations of their own; got {describe(type(pool))}."
        )
    what = f"the pool of {pool.label}"
    if pool.label != pool.ion:
        raise NmodlError(f"label of {what} must be its ion's name to be written.")
    if pool.sources is not None:
        raise NmodlError(
            f"sources of {what} must be left out to be written: in NEURON all currents of an ion "
            "change its concentration."
        )
    if pool.E is not None:
        raise NmodlError(
            f"E of {what} must be left out to be written: NEURON computes it where a mechanism "
            "writes the concentration."
        )
    if not pool.per_area:
        raise NmodlError(
            f"gain of {what} must be per area to be written, as mechanisms of NMODL are."
        )
    file = Sections(re.sub(r"\W", "", f"{pool.ion}_{type(pool).__name__}"))
    file.reserve((pool.ion,))
    file.comment = [f"Concentration of {pool.ion} inside."]
    if pool.outside is not None:
        outside = number_of(value_of(pool.outside), u.mM, f"outside of {what}")
        low = str(pool.ion)[:1].lower() + str(pool.ion)[1:]
        file.comment.append(f"Outside it is a section's: {low}o = {number(outside)} mM.")
    for name, unit in (("gain", "mM-cm2/mA-ms"), ("tau", "ms"), ("rest", "mM")):
        value = number_of(value_of(getattr(pool, name)), UNITS[unit], f"{name} of {what}")
        file.parameter(name, value, unit)
    current, inside = file.take_current(pool.ion), file.write(pool.ion, "i")
    file.states[inside] = "mM"
    solve = Block()
    solve.add("SOLVE states METHOD cnexp")
    file.block("BREAKPOINT", solve)
    file.block("INITIAL", [f"{inside} = rest"])
    # Outward current empties pools of cations, and fills those of anions.
    sign = "-" if valence_of(pool.ion) > 0 else ""
    equation = [f"{inside}' = influx - ({inside} - rest)/tau"]
    guard = ["if (influx < 0) {", "    influx = 0", "}"] if pool.rectified else []
    body = ["LOCAL influx", f"influx = {sign}gain*{current}", *guard, *equation]
    file.block("DERIVATIVE states", body)
    return file
