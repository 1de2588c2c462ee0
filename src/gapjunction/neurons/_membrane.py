"""Whether the parts of a membrane add up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import saiunit as u

from gapjunction._checks import check_unit, describe
from gapjunction.ion_channels import DecayPool, IonChannel, IonPool


def check_pools(pools: Any, size: tuple[int, ...]) -> list[IonPool]:
    """Return the pools, refusing two of one ion and other sizes."""
    if not isinstance(pools, Iterable):
        raise TypeError(f"pools must be ion pools, such as [CaDynamics_E2(n)]; {_got(pools)}")
    found: dict[str, IonPool] = {}
    for pool in pools:
        if not isinstance(pool, IonPool):
            raise TypeError(f"pools must hold ion pools only; {_got(pool)}")
        _check_size(f"pool of {pool.ion}", pool, size)
        if pool.ion in found:
            raise ValueError(f"pools must hold one pool per ion, got two of {pool.ion}.")
        found[pool.ion] = pool
    return list(found.values())


def check_membrane(
    C: Any, channels: Any, pools: list[IonPool], size: tuple[int, ...]
) -> bool:
    """Return whether the membrane is per area; refuse channels and pools that do not fit."""
    per_area = _is_per_area(C)
    if not isinstance(channels, Mapping):
        raise TypeError(f"channels must map names to channels; {_got(channels)}")
    offered = [name for pool in pools for name in pool.offers()]
    for key, channel in channels.items():
        what = f"channels[{key!r}]"
        if not isinstance(channel, IonChannel):
            raise TypeError(f"{what} must be a channel; {_got(channel)}")
        _check_size(what, channel, size)
        if channel.per_area != per_area:
            raise u.UnitMismatchError(
                f"{what} must be {_kind(per_area)}, as C is; the {type(channel).__name__} given "
                f"is {_kind(not per_area)}."
            )
        if missing := [name for name in channel.reads() if name not in offered]:
            raise ValueError(
                f"pools must offer {', '.join(missing)}, which {what} "
                f"({type(channel).__name__}) reads; they offer {', '.join(offered) or 'nothing'}."
            )
    for pool in pools:
        if isinstance(pool, DecayPool) and pool.per_area != per_area:
            raise u.UnitMismatchError(
                f"the gain of the pool of {pool.ion} must be {_kind(per_area)}, as C is; "
                f"{_got(pool.gain)}"
            )
    return per_area


def check_area(area: Any, per_area: bool) -> None:
    """Refuse an area that is none, or has nothing to convert."""
    if area is None:
        return
    check_unit("area", area, u.cm**2, "an area")
    if not per_area:
        raise u.UnitMismatchError(f"area must be left out where C is absolute; {_got(area)}")


def _check_size(what: str, part: IonChannel | IonPool, size: tuple[int, ...]) -> None:
    if tuple(part.in_size) not in (size, (1,)):
        raise ValueError(
            f"{what} must have the neuron's size {size}, got {tuple(part.in_size)}."
        )


def _is_per_area(C: Any) -> bool:
    dim = u.get_unit(C).dim
    if dim == u.farad.dim:
        return False
    if dim == (u.farad / u.cm**2).dim:
        return True
    raise u.UnitMismatchError(f"C must be in a unit such as pF, or uF/cm2; {_got(C)}")


def _kind(per_area: bool) -> str:
    return "per area" if per_area else "absolute"


def _got(value: Any) -> str:
    return f"got {describe(value)}."
