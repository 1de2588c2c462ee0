"""Cells that are held at a voltage by an amplifier, as in a voltage clamp."""

from __future__ import annotations

from typing import Any

import brainstate
import jax.numpy as jnp
import numpy as np
import saiunit as u

from gapjunction._checks import check_finite, check_int, describe
from gapjunction._typing import Numbers, Population, Value
from gapjunction.connectivity._ids import as_ids
from gapjunction.coupling import Port, saved_junction
from gapjunction.hosts import (
    Part,
    Sites,
    check_population,
    find_state,
    owner_of,
    places_of,
    read_state,
    voltage_unit,
)
from gapjunction.hosts import describe as describe_host
from gapjunction.junctions._copies import copy_with_host


class VoltageClamp(brainstate.nn.Module):
    """Holds cells of a population at a voltage for a whole step, in every coupling mode.

    Call it in each step before junctions and populations: ``clamp(); gap(); cells(x)``. It sets the
    voltage of its cells, and they are held during the step that follows: no current moves them,
    their neighbours see them at the holding voltage, and they are still at that voltage after the
    population's update. In a step without such a call the cells are free.

    To assign the voltage at each step is not the same, because the voltage of such a cell then
    changes within the step. With implicit coupling its neighbours get a wrong current, because the
    voltages at the end of the step are solved for all cells together, this one included.

    Parameters
    ----------
    population : Dynamics
        The population, or places of multi-compartment cells, made by :func:`gapjunction.sites`.
    index : int or array_like of int
        Flat ids of the cells to hold, in C order over the population's shape, each only once. For
        places of cells, the numbers of the places.
    voltage : Quantity or array
        Holding voltage: one for all cells, or of shape ``(*batch, n_held)``, in the order of
        ``index``. A plain number or array for a population without units.
    state : str, default 'V'
        Name of the voltage state, which must be the one that current inputs go into.
    name : str, optional
        Name of this Module.

    Attributes
    ----------
    current : brainstate.ShortTermState
        For places of cells, the current that the amplifier has put into each of them in the last
        step, averaged over the step, in nA and inward-positive, shape ``(*batch, n_held)``. It
        exists after :meth:`init_state`. None for other populations.

    Raises
    ------
    TypeError
        If ``population`` is not a population of neurons, the ids are not integers, ``state`` is not
        a string, or ``voltage`` is not a number.
    ValueError
        If an id is not a cell of the population or is repeated, the population has no such state,
        another clamp holds another state of it, or ``voltage`` is not finite or has a wrong shape.
    saiunit.UnitMismatchError
        If ``voltage`` is not in a unit of the state.

    See Also
    --------
    SymmetryGapJunction.edge_currents : What flows between a held cell and its neighbours.

    Notes
    -----
    No current of a junction is delivered to a held cell, because the amplifier cancels it. The
    current that an amplifier would record has two parts. The part that flows through junctions can
    be read from their ``edge_currents()``. The other part flows through the cell's own membrane,
    and only the cell knows it; a `PointNeuron` returns it by ``currents()``.

    At a place of a multi-compartment cell, the control volume of the place is held. The step of the
    rest of the cell is solved together with the current that this takes, which is the whole current
    of an electrode without a series resistance: it includes the currents of junctions, the axial
    currents, and the charge of the volume where the voltage differs from that of the step before.
    With braincell's ``'staggered'`` solver the step is exactly the implicit step with the holding
    voltage given. With explicit solvers the current is constant within a step, which is of second
    order. In single precision the error of the current is that of a voltage, some 1e-5 mV, over the
    resistance to the next volume: the current is more precise for a soma of one volume than for one
    that is divided into several.

    Several clamps may belong to a population. Where they hold the same cell in the same step, the
    one that was called last counts. An integrate-and-fire cell that is held above its threshold
    reports a spike in each step. What ``update()`` of a population returns was computed before its
    voltages are put back; read them from the state, as ``cells.V.value``.

    In a `PointNeuron` the voltage of held cells does not change within a step. In other neurons
    whose solvers have several stages, a cell's own current changes its voltage between the stages,
    and the gates follow that voltage.

    Examples
    --------
    The current through a junction of 2 nS from a held cell to one that is at rest:

    >>> import brainpy, brainstate, jax.numpy as jnp, saiunit as u
    >>> import gapjunction as gj
    >>> cells = brainpy.state.LIF(2, R=1 * u.Gohm, V_rest=-65 * u.mV, V_th=0 * u.mV)
    >>> gap = gj.SymmetryGapJunction(cells, 'V', ([0], [1]), 2 * u.nS, coupling='implicit')
    >>> clamp = gj.VoltageClamp(cells, 0, -20 * u.mV)
    >>> cells.init_state()
    >>> cells.V.value = [-65., -65.] * u.mV
    >>> def step(i):
    ...     clamp()
    ...     leaving = gap()
    ...     spikes = cells(0 * u.nA)
    >>> with brainstate.environ.context(dt=0.1 * u.ms):
    ...     _ = brainstate.transform.for_loop(step, jnp.arange(500))
    >>> print(f'{gap.edge_currents()[0].to_decimal(u.pA):.2f} pA')
    30.00 pA
    """

    __module__ = "gapjunction"

    current: brainstate.State | None = None

    def __init__(
        self,
        population: brainstate.nn.Dynamics,
        index: Numbers,
        voltage: Numbers,
        state: str = "V",
        name: str | None = None,
    ) -> None:
        super().__init__(name=name)
        host = check_population("population", population)
        if not isinstance(state, str):
            raise TypeError(f"state must be the name of a state, got {describe(state)}.")
        self.index = _as_index(index, tuple(host.out_size))
        self.state = state
        self._places = places_of(population)
        if isinstance(host, Part):
            host.check_state(state)
        elif any(isinstance(item, brainstate.State) for item in vars(population).values()):
            # A population that has no states yet is checked when the clamp is called.
            find_state("VoltageClamp", host, state)
        self._check(host, voltage)
        self.voltage = voltage
        # The population is changed last, so that an error leaves it as it was.
        self._port = Port.of(owner_of(population))
        if isinstance(host, Sites):
            self._port.show(host)
        self._port.connect_clamp(state)

    @property
    def population(self) -> Any:
        """The population whose cells are held."""
        host = self._port.host
        if host is None:
            raise ValueError(
                "VoltageClamp is a clone that was made without its population: clone the model "
                "that holds both."
            )
        return self._port.end(self._places)

    # The order makes init_all_states(model) initialise the populations first.
    @brainstate.nn.call_order(1)
    def init_state(self, *args: Any, **kwargs: Any) -> None:
        """Make the state ``current`` of a clamp of places, 0 until the first step.

        Raises
        ------
        ValueError
            If the cells are not initialised yet.
        """
        host = self.population
        if not describe_host(host).held_by_current:
            return
        V = read_state("population", host, self.state)
        plain = jnp.asarray(u.get_mantissa(V))
        batch = plain.shape[: plain.ndim - len(host.out_size)]
        none = jnp.zeros((*batch, self.index.size), plain.dtype)
        self.current = brainstate.ShortTermState(
            u.Quantity(none, unit=self._port.parts.holder.ampere)
        )

    @brainstate.nn.call_order(1)
    def reset_state(self, *args: Any, **kwargs: Any) -> None:
        """Put the state ``current`` back to 0."""
        if self.current is not None:
            self.current.value = u.math.zeros_like(self.current.value)

    def update(self, voltage: Numbers | None = None) -> None:
        """Set the voltage of the cells, and hold them there in the step that follows.

        Parameters
        ----------
        voltage : Quantity or array, optional
            Holding voltage of this step, in place of the one that the clamp was made with. It may
            be traced, as in a loop over the steps of a protocol.

        Raises
        ------
        ValueError
            If the population has no such state (it may not be initialised), ``voltage`` has a wrong
            shape, the population or one of its junctions was called before in this step, or two
            places are in the same control volume.
        saiunit.UnitMismatchError
            If ``voltage`` is not in a unit of the state.
        """
        host = self.population
        owner, voltage = owner_of(host), self.voltage if voltage is None else voltage
        if isinstance(host, Part):
            # It raises an error if the voltages of the cells cannot be held.
            host.read(self.state)
        V = find_state("VoltageClamp", owner, self.state).value
        self._check(host, voltage)
        units = self._units(host)
        full = self._over_cells(owner, units, voltage, V)
        self._port.parts.holder.check_order()
        mask = np.zeros(tuple(owner.out_size), bool)
        mask.flat[units] = True
        self._port.parts.holder.put(self.state, mask, full, lambda x: self._record(units, x))

    def _units(self, host: Population) -> np.ndarray:
        """Return the flat ids of the held units in the population that steps."""
        if not isinstance(host, Part):
            return self.index
        units: np.ndarray = host.index[self.index]
        values, counts = np.unique(units, return_counts=True)
        if (counts > 1).any():
            double = self.index[units == values[counts > 1][0]]
            raise ValueError(
                f"index must name each control volume once; places {double.tolist()} of "
                f"{type(host.owner).__name__} are in the same one."
            )
        return units

    def _record(self, units: np.ndarray, current: Any) -> None:
        """Store the currents into the units of this clamp, from the currents into all units."""
        if self.current is None:
            return
        like, unit = self.current.value, u.get_unit(self.current.value)
        plain = current.to_decimal(unit)
        batch = plain.shape[: plain.ndim - len(owner_of(self.population).out_size)]
        found = plain.reshape(*batch, -1)[..., units].astype(u.get_mantissa(like).dtype)
        self.current.value = u.Quantity(found, unit=unit)

    def _check(self, host: Population, voltage: Numbers) -> None:
        """Raise an error if a holding voltage has another unit or shape, or is not finite."""
        try:
            mantissa = u.get_mantissa(voltage)
            kind = jnp.result_type(mantissa) if voltage is not None else None
        except (TypeError, ValueError):
            kind = None
        if kind is None or not (jnp.issubdtype(kind, jnp.floating) or kind.kind in "iu"):
            raise TypeError(f"voltage must be a voltage, got {describe(voltage)}.")
        unit = voltage_unit(host, self.state)
        if unit is not None and u.get_dim(voltage) != unit.dim:
            wanted = "a plain number" if unit.is_unitless else f"in a unit such as {unit}"
            raise u.UnitMismatchError(
                f"voltage must be {wanted}, because {self.state!r} of {type(host).__name__} is; "
                f"got {describe(voltage)}."
            )
        shape = tuple(u.math.shape(voltage))
        if shape and shape[-1] not in (1, self.index.size):
            raise ValueError(
                f"voltage must be one number or end in the shape ({self.index.size},), one for "
                f"each cell of index, got the shape {shape}."
            )
        check_finite("voltage", mantissa, voltage)

    def _over_cells(self, host: Population, units: np.ndarray, voltage: Numbers, V: Value) -> Value:
        """Return the voltages V with the holding voltage at the held units."""
        plain, unit = jnp.asarray(u.get_mantissa(V)), u.get_unit(V)
        batch = plain.shape[: plain.ndim - len(host.out_size)]
        held = u.get_mantissa(u.Quantity(voltage).in_unit(unit))
        try:
            held = jnp.broadcast_to(jnp.asarray(held), (*batch, self.index.size))
        except ValueError as error:
            raise ValueError(
                f"voltage must fit the shape {(*batch, self.index.size)}: the batch of "
                f"{type(host).__name__}, and the cells of index; got {describe(voltage)}."
            ) from error
        flat = plain.reshape(*batch, -1).at[..., units].set(held.astype(plain.dtype))
        found = flat.reshape(plain.shape)
        return found if unit.is_unitless else u.Quantity(found, unit=unit)

    def __getstate__(self) -> dict[str, Any]:
        return saved_junction(self, type(self).__name__)

    def __copy__(self) -> VoltageClamp:
        new = object.__new__(type(self))
        new.__dict__.update(self.__dict__)
        return new

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> VoltageClamp:
        twin: VoltageClamp = copy_with_host(self, {} if memo is None else memo)
        return twin

    def __pretty_repr_item__(self, name: str, value: Any) -> tuple[str, Any] | None:
        """Return an attribute as ``repr()`` shows it, or None to leave it out."""
        if name == "_port":
            host = value.host
            what = None if host is None else f"{type(host).__name__} of shape {host.out_size}"
            return "population", what if self._places is None or host is None else repr(
                self.population
            )
        if name == "_places":
            return None
        return super().__pretty_repr_item__(name, value)


def _as_index(index: Numbers, shape: tuple[int, ...]) -> np.ndarray:
    """Return the flat ids of the cells to hold."""
    if isinstance(index, (bool, int, np.bool_, np.integer)):
        index = [check_int("index", index)]
    ids = as_ids("index", index, shape, "item")
    if not ids.size:
        raise ValueError("index must name at least one cell, got none.")
    values, counts = np.unique(ids, return_counts=True)
    if (counts > 1).any():
        raise ValueError(
            f"index must name each cell once; cell {values[counts > 1][0]} is repeated."
        )
    return ids
