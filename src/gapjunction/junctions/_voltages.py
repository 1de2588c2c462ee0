"""Reading the voltages of two populations."""

from __future__ import annotations

from typing import Any

import saiunit as u

from gapjunction._checks import describe
from gapjunction._hosts import read_state
from gapjunction._typing import Population, Value


def read_voltages(
    pre: Population, pre_state: str, post: Population, post_state: str
) -> tuple[Any, Any]:
    """Return the voltages of two populations.

    Raises
    ------
    ValueError
        If a state is missing, a voltage does not have the shape of its population, or the two
        populations were initialised with different batch dimensions.
    """
    v_pre = read_state("pre", pre, pre_state)
    v_post = read_state("post", post, post_state)
    batches = []
    for label, host, v in (("pre", pre, v_pre), ("post", post, v_post)):
        shape, cells = tuple(u.math.shape(v)), tuple(host.out_size)
        if shape[len(shape) - len(cells) :] != cells or len(shape) < len(cells):
            raise ValueError(
                f"{label}_state must have the population's shape {cells}, behind any batch "
                f"dimensions; it has {shape}."
            )
        batches.append(shape[: len(shape) - len(cells)])
    if batches[0] != batches[1]:
        raise ValueError(
            f"pre and post must be initialised with the same batch, got the batch shapes "
            f"{batches[0]} and {batches[1]}: current between them would change the shape of "
            "a voltage."
        )
    return v_pre, v_post


def stage_voltage(junction: str, state: str, now: Value, args: tuple[Any, ...]) -> Any:
    """Return the voltage at which a population evaluates its membrane equation.

    Parameters
    ----------
    junction : str
        The junction's name, for messages.
    state : str
        The state that the junction couples.
    now : Quantity or array
        That state at the instant of ``update()``.
    args : tuple
        What the population has called its current inputs with: its V at the present stage.

    Returns
    -------
    Quantity or array or None
        None if the junction couples another state than V, which populations do not pass.

    Raises
    ------
    ValueError
        If what the population passes is not a voltage of its shape.
    """
    if state != "V":
        return None
    v = args[0] if args else None
    if v is None or u.math.shape(v) != u.math.shape(now) or u.get_dim(v) != u.get_dim(now):
        raise ValueError(
            f"coupling='stage' of {junction} needs a population that passes its V "
            f"to sum_current_inputs(x, V); got {describe(v)}. Use coupling='step' with this one."
        )
    return v


def canonical(unit: u.Unit) -> u.Unit:
    """Return one unit for all units of a dimension.

    Implicit coupling adds currents of several junctions as plain numbers, so that these must be in
    the same unit, also where one junction has its weight in nS and another in uS.
    """
    for common in (u.mV, u.nA, u.uA / u.cm**2, u.mV / u.ms):
        if unit.dim == u.get_unit(common).dim:
            return u.get_unit(common)
    return u.Unit(unit.dim)
