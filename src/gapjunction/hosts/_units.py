"""Whether the current of a junction fits the membrane equation of a population."""

from __future__ import annotations

from collections.abc import Callable

import brainstate
import saiunit as u

from gapjunction.hosts._host import describe
from gapjunction.hosts._inferred import Inferred
from gapjunction.hosts._states import voltage_unit


def input_unit(host: brainstate.nn.Dynamics, state: str) -> u.Unit | None:
    """Return the unit of the current that a population's membrane equation takes, if known.

    ``state`` is the one that is coupled: it counts as the voltage of a population without V.
    """
    found = describe(host)
    return found.unit_for(state) if isinstance(found, Inferred) else found.input_unit


def check_current_unit(
    name: str,
    host: brainstate.nn.Dynamics,
    state: str,
    weight_unit: u.Unit,
    per: u.Unit | None = None,
    remedy: Callable[[], str] = str,
) -> None:
    """Raise an error if a conductance gives a current that the host's equation cannot take.

    An absolute conductance in a population whose equation is per area, or the reverse, would
    otherwise act as a silent factor. Nothing is checked if the units of the host are not known.

    Parameters
    ----------
    name : str
        Which end of the junction this is, ``'pre'`` or ``'post'``.
    host : Dynamics
        The population.
    state : str
        The state that is coupled.
    weight_unit : Unit
        The unit of the conductance.
    per : Unit, optional
        The unit of the divisor of the current before the population gets it.
    remedy : callable
        Returns the end of the message: what would fit, apart from another weight.
    """
    voltage, wanted = voltage_unit(host, state), input_unit(host, state)
    if voltage is None or wanted is None:
        return
    if (weight_unit * voltage).dim != (wanted if per is None else wanted * per).dim:
        membrane = voltage_unit(host, "V")
        if membrane is not None and membrane.dim != voltage.dim:
            # A conductance in a fitting unit would make a wrong model, so none is recommended.
            raise u.UnitMismatchError(
                f"{name}_state must name a state that current inputs of {type(host).__name__} go "
                f"into: these are in {_display(wanted)}, for V in {_display(membrane)}; "
                f"{state!r} is in {_display(voltage)}."
            )
        why = (
            f"because {name} ({type(host).__name__}) takes its input in {_display(wanted)} and has "
            f"{state} in {_display(voltage)}"
        )
        if per is not None and weight_unit.dim == u.siemens.dim:
            need = weight_unit * voltage / wanted
            what = "None" if need.dim == u.UNITLESS.dim else f"in a unit such as {_display(need)}"
            raise u.UnitMismatchError(
                f"per must be {what} for {name}, {why}, with a weight in {weight_unit}; got the "
                f"unit {per}."
            )
        if per is not None and (wanted / voltage).dim == u.siemens.dim:
            raise u.UnitMismatchError(
                f"per must be None for {name}, and weight a conductance in a unit such as "
                f"{_display(wanted / voltage)}, {why}; got the units {per} and {weight_unit}."
            )
        fitting = wanted / voltage if per is None else wanted * per / voltage
        raise u.UnitMismatchError(
            f"weight must be a conductance in a unit such as {_display(fitting)}, {why}; got the "
            f"unit {weight_unit}{remedy()}."
        )


def _display(unit: u.Unit) -> str:
    """Return a unit as text, using the common unit of its dimension where there is one."""
    if unit.is_unitless:
        return "1 (no unit)"
    common = (
        *(u.mS, u.mS / u.cm**2, u.uA, u.uA / u.cm**2, 1 / u.ms, u.mV / u.ms),
        *(u.cm**2, u.pF),
    )
    names = {u.get_unit(other).dim: u.get_unit(other) for other in common}
    return str(names.get(unit.dim, unit))
