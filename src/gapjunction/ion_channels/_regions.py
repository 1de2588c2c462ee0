"""Channels in regions of braincell's multi-compartment cells."""

from __future__ import annotations

from typing import Any

import brainstate
import jax.numpy as jnp
import numpy as np
import saiunit as u

from gapjunction.hosts import prepare
from gapjunction.ion_channels._braincell import CellInsertion
from gapjunction.ion_channels._ion_channel import IonChannel
from gapjunction.ion_channels._pools import IonPool


class RegionInsertion(CellInsertion):
    """Channels and pools in a region of cells.

    Parameters
    ----------
    cell : Cell
        The cells.
    channels, pools
        As for :class:`CellInsertion`, in the shape of the cells' control volumes.
    share : numpy.ndarray
        The fraction of the area of each control volume that is in the region, in that shape.
    """

    # The reference is hidden from brainstate: a solver that follows this node's attributes would
    # come back to the cell.
    graph_invisible_attrs = ("host",)
    host: Any = None

    def __init__(
        self,
        cell: Any,
        channels: dict[str, IonChannel],
        pools: list[IonPool],
        share: np.ndarray,
    ) -> None:
        super().__init__(cell, channels, pools)
        self.share = share

    def init_state(self, V: u.Quantity | None = None, *args: Any, **kwargs: Any) -> None:
        """Create the states of pools and gates.

        Raises
        ------
        ValueError
            If the cells have other control volumes than when the channels were inserted.
        """
        shape = () if V is None else tuple(u.math.shape(V))
        if V is not None and shape[-self.share.ndim :] != self.share.shape:
            raise ValueError(
                f"cell must have the control volumes for which channels were inserted, of the "
                f"shape {self.share.shape}; it has {shape}."
            )
        super().init_state(V, *args, **kwargs)

    def current(self, V: u.Quantity, *args: Any) -> u.Quantity:
        """Return the inward current over the area of each control volume."""
        found = super().current(V, *args)
        return found * jnp.asarray(self.share, u.get_mantissa(found).dtype)


def insert_into_region(
    cell: Any,
    channels: dict[str, IonChannel],
    pools: list[IonPool],
    name: str,
    share: np.ndarray,
) -> RegionInsertion:
    """Give cells channels in a region, as their attribute ``name``."""
    insertion = RegionInsertion(cell, channels, pools, share)
    setattr(cell, name, insertion)
    prepare(cell)
    if isinstance(getattr(cell, "V", None), brainstate.State):
        insertion.init_state(cell.V.value)
    return insertion
