"""Reading the voltages of two populations."""

from __future__ import annotations

from typing import Any

import saiunit as u

from gapjunction._checks import describe
from gapjunction._hosts import read_state


def read_voltages(pre: Any, pre_state: str, post: Any, post_state: str) -> tuple[Any, Any]:
    """Return the voltages of two populations, refused if they have no common batch.

    Raises
    ------
    ValueError
        If a state is missing or has another shape than its population.
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


def stage_voltage(junction: str, state: str, now: Any, args: tuple[Any, ...]) -> Any:
    """Return the voltage that the population gave with its request; None for another state."""
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
    """Return one unit for all of its dimension, so that several junctions add up."""
    for common in (u.mV, u.nA, u.uA / u.cm**2):
        if unit.dim == u.get_unit(common).dim:
            return u.get_unit(common)
    return unit
