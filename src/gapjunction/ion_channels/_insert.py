"""Inserting channels into neurons that are not made of channels."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from typing import Any

import brainstate
import saiunit as u
from brainstate.graph import Node
from brainstate.util import get_unique_name

from gapjunction._checks import describe
from gapjunction.hosts import (
    check_population,
    input_unit,
    is_cell,
    is_view,
    read_state,
    region_of,
)
from gapjunction.ion_channels._assembly import (
    Assembly,
    check_channels,
    check_fit,
    check_pools,
    take_up,
)
from gapjunction.ion_channels._ion_channel import IonChannel
from gapjunction.ion_channels._pools import IonPool


class Insertion(brainstate.nn.Module):
    """The channels that :func:`insert` put into a neuron, and the pools they share.

    Attributes
    ----------
    channels : dict of str to IonChannel
        By name.
    pools : list of IonPool
        Concentrations that the channels read and their currents change.
    """

    __module__ = "gapjunction.ion_channels"

    def __init__(
        self, host: brainstate.nn.Dynamics, channels: dict[str, IonChannel], pools: list[IonPool]
    ) -> None:
        super().__init__()
        self.host = host
        self.channels = channels
        self.pools = pools

    @property
    def assembly(self) -> Assembly:
        """Channels and pools, handled together."""
        return Assembly(self.channels, self.pools)

    # This runs after init_state of the neuron itself, which creates V.
    @brainstate.nn.call_order(1)
    def init_state(self, *args: Any, **kwargs: Any) -> None:
        """Create the pools' states at rest, and the gates' at their steady state for V."""
        self.assembly.init_states(read_state("neuron", self.host, "V"))

    @brainstate.nn.call_order(1)
    def reset_state(self, *args: Any, **kwargs: Any) -> None:
        """Put pools and gates back to their initial values."""
        self.assembly.reset_states(read_state("neuron", self.host, "V"))

    def concentrations(self) -> dict[str, u.Quantity]:
        """Return all that the pools offer now."""
        return self.assembly.concentrations()

    def currents(self) -> dict[str, u.Quantity]:
        """Return the outward current of each channel now, by name."""
        return self.assembly.currents(self.host.V.value, self.concentrations())


class InsertedCurrent(Node):
    """What the neuron calls when it sums its current inputs."""

    def __init__(self, insertion: Insertion) -> None:
        self.insertion = insertion

    def __call__(self, V: u.Quantity) -> u.Quantity:
        return -self.insertion.assembly.total(V, self.insertion.concentrations())

    def __repr__(self) -> str:
        return f"<current of inserted {', '.join(self.insertion.channels)}>"


class InsertedStep(Node):
    """What the neuron calls when it sums its delta inputs, once a step."""

    def __init__(self, insertion: Insertion) -> None:
        self.insertion = insertion

    def __call__(self, *args: Any) -> int:
        self.insertion.assembly.advance(self.insertion.host.V.value)
        return 0


def insert(
    neuron: brainstate.nn.Dynamics,
    channel: IonChannel | Mapping[str, IonChannel],
    pools: Iterable[IonPool] = (),
    name: str | None = None,
    where: Any = None,
) -> Any:
    """Add channels to a neuron of brainpy.state or braincell; they then step with it.

    In a neuron of brainpy.state the current becomes one of the neuron's inputs. Gates advance once
    in each step of the neuron, with the voltage at the start of the step, which is of first order
    in dt. Neurons of the HH family integrate inputs explicitly: dt times the inserted conductance,
    divided by C, must stay below 2. In a braincell cell, the cell's own solver integrates gates and
    concentrations; kinetic schemes advance once after each of its steps.

    Insert before ``init_state``, or at any time between steps. If the neuron has its V already,
    gates are initialised at once, at their steady state for it.
    ``brainstate.nn.init_all_states`` and ``reset_all_states`` reach what was inserted; the neuron's
    own ``reset_state()`` does not.

    Parameters
    ----------
    neuron : Dynamics
        A neuron with a state ``V``: one of brainpy.state, ``braincell.SingleCompartment``, or
        multi-compartment cells, ``braincell.Cell``, whose channels have the shape
        ``(*pop_size, n_cv)``.
    channel : IonChannel or dict of str to IonChannel
        Per area or absolute, as the neuron's input is. A single channel is named by its class.
    pools : iterable of IonPool
        Concentrations that the channels read and their currents change.
    name : str, optional
        Name of the neuron's attribute that the returned insertion is stored in.
    where : region or CellView, optional
        For multi-compartment cells: where the channels are, as a region of ``braincell.filter`` or
        a selection such as ``cells.branch['dend']``. By default they are everywhere. If only part
        of the area of a control volume is in the region, it has only that part of the current.

    Returns
    -------
    Insertion
        It has ``channels``, ``pools`` and ``currents()``, and is an attribute of the neuron.

    Raises
    ------
    TypeError
        If the neuron takes no inputs, or ``channel`` or ``pools`` hold anything else.
    ValueError
        If the sizes differ, a channel reads what no pool offers, or the name is taken.
    saiunit.UnitMismatchError
        If the neuron's input is not a current, or if it is absolute and the channels are per area,
        or the other way round.

    Examples
    --------
    >>> import brainpy, brainstate, saiunit as u
    >>> from gapjunction.ion_channels import K_HH1952, insert
    >>> cells = brainpy.state.LIF(2, tau=10 * u.ms, R=1 * u.Mohm)
    >>> slow = insert(cells, K_HH1952(2, g_max=50 * u.nS))
    >>> _ = brainstate.nn.init_all_states(cells)
    >>> with brainstate.environ.context(dt=0.1 * u.ms, t=0 * u.ms):
    ...     spikes = cells(20 * u.nA)
    >>> slow.channels['K_HH1952'].n.value.shape
    (2,)
    """
    if is_view(neuron):
        raise TypeError(
            "neuron must be the cells themselves, with a selection of them as where=...; got "
            f"{type(neuron).__name__}."
        )
    compartments = is_cell(neuron)
    share = region_of(neuron, where) if compartments else None
    kind = type(neuron).__name__
    if share is None:
        check_population("neuron", neuron)
        if where is not None:
            raise TypeError(
                f"where must be None for {kind}, a neuron of one compartment; got "
                f"{describe(where)}."
            )
    if isinstance(getattr(neuron, "membrane", None), Assembly):
        raise ValueError(
            f"neuron must be one that is not made of channels; give {kind} its channels when it "
            "is made."
        )
    single = isinstance(channel, IonChannel)
    channels = check_channels({type(channel).__name__: channel} if single else channel)
    found = check_pools(pools)
    takes = u.get_unit(u.nA / u.cm**2) if compartments else input_unit(neuron, "V")
    per_area = takes is not None and takes.dim == (u.uA / u.cm**2).dim
    if not per_area and (takes is None or takes.dim != u.uA.dim):
        raise u.UnitMismatchError(
            f"neuron must take its input as a current, absolute or per area, for channels to be "
            f"put into it; {kind} takes {'input of an unknown unit' if takes is None else takes}."
        )
    reason = f"as the input of {kind} is"
    # The size of cells that are not initialised does not include their control volumes.
    size = (*neuron.pop_size, neuron.n_cv) if compartments else tuple(neuron.in_size)
    check_fit(channels, found, size, per_area, reason)
    name = get_unique_name("inserted") if name is None else name
    if hasattr(neuron, name):
        raise ValueError(f"name must be new in {kind}, got {name!r}.")
    take_up(channels, found)
    # These modules are imported only here because braincell is optional: it is installed if one of
    # its cells exists.
    if share is not None:
        from gapjunction.ion_channels._regions import insert_into_region

        return insert_into_region(neuron, channels, found, name, share)
    if _is_single_compartment(neuron):
        from gapjunction.ion_channels._braincell import insert_into_cell

        return insert_into_cell(neuron, channels, found, name)
    insertion = Insertion(neuron, channels, found)
    setattr(neuron, name, insertion)
    neuron.add_current_input(name, InsertedCurrent(insertion))
    neuron.add_delta_input(name, InsertedStep(insertion))
    if isinstance(getattr(neuron, "V", None), brainstate.State):
        insertion.init_state()
    return insertion


def _is_single_compartment(neuron: object) -> bool:
    # There is no need to import braincell: one of its cells exists only if it has been imported.
    braincell = sys.modules.get("braincell")
    return braincell is not None and isinstance(neuron, braincell.SingleCompartment)
