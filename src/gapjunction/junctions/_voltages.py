"""Reading the voltages of two populations."""

from __future__ import annotations

from typing import Any

import saiunit as u

from gapjunction._typing import Population
from gapjunction.hosts import read_state, voltage_unit


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
                f"{label}_state must have the population's shape {cells}, after any batch "
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


def common_unit(
    pre: Population, pre_state: str, post: Population, post_state: str
) -> u.Unit | None:
    """Return the unit of the voltages, from either population; None if neither has one."""
    found = voltage_unit(pre, pre_state)
    return voltage_unit(post, post_state) if found is None else found
