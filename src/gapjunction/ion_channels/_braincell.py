"""Channels as one ion channel of a braincell cell, which the cell's solver integrates."""

from __future__ import annotations

from typing import Any

import braincell
import brainstate
import saiunit as u

from gapjunction.ion_channels._assembly import Assembly
from gapjunction.ion_channels._ion_channel import IonChannel
from gapjunction.ion_channels._markov import Markov
from gapjunction.ion_channels._noise import ChannelCounts
from gapjunction.ion_channels._pools import IonPool

# braincell 0.1 has one class for the states that a solver integrates, later versions several.
_State: Any = getattr(braincell, "DiffEqSingleState", braincell.DiffEqState)


class CellInsertion(braincell.Channel):
    """Channels and pools in the form in which a braincell cell takes a channel.

    Attributes
    ----------
    channels : dict of str to IonChannel
        By name.
    pools : list of IonPool
        Concentrations that the channels read and their currents change.
    """

    root_type = braincell.HHTypedNeuron

    def __init__(
        self,
        cell: braincell.SingleCompartment,
        channels: dict[str, IonChannel],
        pools: list[IonPool],
    ) -> None:
        super().__init__(size=cell.varshape)
        self.host = cell
        self.channels = channels
        self.pools = pools

    @property
    def assembly(self) -> Assembly:
        """Channels and pools, handled together."""
        return Assembly(self.channels, self.pools)

    def init_state(self, V: u.Quantity | None = None, *args: Any, **kwargs: Any) -> None:
        """Create the pools' states at rest, and the gates' at their steady state for ``V``."""
        self.assembly.init_states(V)
        for owner, name in self._integrated():
            setattr(owner, name, _State(getattr(owner, name).value))

    def reset_state(self, V: u.Quantity | None = None, *args: Any, **kwargs: Any) -> None:
        """Put pools and gates back to their initial values."""
        self.assembly.reset_states(V)

    def concentrations(self) -> dict[str, u.Quantity]:
        """Return all that the pools offer now."""
        return self.assembly.concentrations()

    def currents(self) -> dict[str, u.Quantity]:
        """Return the outward current of each channel now, by name."""
        return self.assembly.currents(self.host.V.value, self.concentrations())

    def current(self, V: u.Quantity, *args: Any) -> u.Quantity:
        """Return the total inward current, as braincell counts currents."""
        return -self.assembly.total(V, self.concentrations())

    def compute_derivative(self, V: u.Quantity, *args: Any) -> None:
        """Store the time derivative of each state where the cell's solver reads it."""
        assembly, integrated = self.assembly, self._integrated()
        for (owner, name), slope in zip(assembly.states(), assembly.derivative(V), strict=True):
            if (owner, name) in integrated:
                getattr(owner, name).derivative = slope

    def pre_integral(self, V: u.Quantity, *args: Any) -> None:
        """Do nothing before a step."""

    def post_integral(self, V: u.Quantity, *args: Any) -> None:
        """Advance the states that the cell's solver does not integrate, after its step.

        Kinetic schemes are too stiff for explicit solvers, and channels that are counted change in
        jumps.
        """
        self.assembly.keep_in_range()
        ions = self.concentrations()
        for channel in self.channels.values():
            channel.update(V, only=(Markov, ChannelCounts), **ions)

    def _integrated(self) -> list[tuple[Any, str]]:
        """Return owner and name of each state that the cell's solver integrates.

        These are all states that have a derivative, except those of kinetic schemes.
        """
        return [
            (owner, name)
            for owner, name in self.assembly.states()
            if not (isinstance(owner, IonChannel) and isinstance(owner.gates.get(name), Markov))
        ]


def insert_into_cell(
    cell: braincell.SingleCompartment,
    channels: dict[str, IonChannel],
    pools: list[IonPool],
    name: str,
) -> CellInsertion:
    """Give a braincell cell the channels, as its attribute ``name``."""
    insertion = CellInsertion(cell, channels, pools)
    setattr(cell, name, insertion)
    if isinstance(getattr(cell, "V", None), brainstate.State):
        insertion.init_state(cell.V.value)
    return insertion
