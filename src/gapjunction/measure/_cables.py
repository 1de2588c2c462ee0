"""Multi-compartment cells in the linear circuit of a model, with all their compartments."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
import saiunit as u
import scipy.sparse as sp

from gapjunction.hosts import Circuit, Compartments, Sites
from gapjunction.limits import unique
from gapjunction.measure._membrane import linear
from gapjunction.measure._network import Active


@dataclasses.dataclass(frozen=True)
class Cables:
    """The compartments of all multi-compartment cells of a model, numbered one after the other.

    Attributes
    ----------
    circuits : list of Circuit
        The circuit of each population.
    owners : dict of int to array
        The numbers of the compartments of each population, by its ``id()``.
    nodes : dict of int to array
        The numbers of the compartments in which places lie, by the ``id()`` of the places.
    where : dict of str to slice
        The numbers of the compartments of each population, by its name.
    gates : list of Active
        Gates and pools of the compartments of populations, with conductances in uS.
    """

    circuits: list[Circuit]
    owners: dict[int, np.ndarray]
    nodes: dict[int, np.ndarray]
    where: dict[str, slice]
    gates: list[Active]

    @property
    def n(self) -> int:
        """Number of compartments."""
        return sum(circuit.C.size for circuit in self.circuits)

    def membrane(self, unit: u.Unit) -> np.ndarray:
        """Return the membrane conductances in a unit."""
        if not self.n:
            return np.zeros(0)
        return _joined([circuit.membrane for circuit in self.circuits]) * _number(u.uS, unit)

    def capacitance(self, unit: u.Unit, clock: u.Unit) -> np.ndarray:
        """Return the capacitances in a unit of conductance times one of time."""
        if not self.n:
            return np.zeros(0)
        return _joined([circuit.C for circuit in self.circuits]) * _number(u.nF, unit * clock)

    def active(self, unit: u.Unit) -> list[Active]:
        """Return the gates and pools, with conductances in a unit."""
        return [one._replace(c=one.c * _number(u.uS, unit)) for one in self.gates]

    def axial(self, unit: u.Unit, n: int) -> sp.csr_array | None:
        """Return the Laplacian of the axial conductances in a unit, for a network of ``n`` nodes.

        It is None if there are no compartments.
        """
        if not self.n:
            return None
        blocks = [sp.csr_array(cell) for circuit in self.circuits for cell in circuit.axial]
        found = sp.block_diag([*blocks, sp.csr_array((n - self.n, n - self.n))], format="csr")
        return sp.csr_array(found * _number(u.uS, unit))


def cables_of(hosts: Mapping[int, Any], names: Mapping[int, str], free: bool) -> Cables:
    """Return the multi-compartment cells whose places junctions couple.

    Parameters
    ----------
    hosts : mapping of int to Dynamics
        The populations and places that junctions couple, by ``id()``.
    names : mapping of int to str
        Names of populations in the model, by ``id()``.
    free : bool
        Whether gates follow the voltage.

    Raises
    ------
    ValueError
        If the cells have a batch dimension or synapses, or if ``free`` is set and the equations of
        some gates are not known.
    """
    places = {key: host for key, host in hosts.items() if isinstance(host, Sites)}
    owners = {id(sites.owner): sites.owner for sites in places.values()}
    labels = unique(names.get(key) or owner.name or "Cell" for key, owner in owners.items())
    circuits, numbers, where, gates, start = [], {}, {}, [], 0
    for label, (key, owner) in zip(labels, owners.items(), strict=True):
        facts = Compartments(owner)
        _check(label, facts)
        circuit = facts.circuit()
        circuits.append(circuit)
        where[label] = slice(start, start + circuit.C.size)
        if free and facts.has_gates:
            gates += _gates(label, facts, where[label])
        numbers[key] = start + np.arange(circuit.C.size)
        start += circuit.C.size
    nodes = {key: numbers[id(sites.owner)][sites.index] for key, sites in places.items()}
    return Cables(circuits, numbers, nodes, where, gates)


def _gates(label: str, facts: Compartments, where: slice) -> list[Active]:
    """Return the gates and pools of this library's channels in the compartments of cells.

    Raises
    ------
    ValueError
        If braincell's own channels or ions have states, or channels open at random.
    """
    # The module needs braincell, which must be installed where there are such cells.
    from gapjunction.ion_channels._regions import RegionInsertion

    cell = facts.cell
    own = [one for one in facts.mechanisms() if isinstance(one, RegionInsertion)]
    states = [getattr(holder, name) for one in own for holder, name in one.assembly.states()]
    if facts.integrated() - set(map(id, states)):
        raise ValueError(
            f"gates must be 'frozen' for {label}, which has channels or ions of braincell with "
            "states that follow the voltage; you can also inject() a current into the model at "
            "rest."
        )
    for one in own:
        if random := [name for name, c in one.channels.items() if c.noise is not None]:
            raise ValueError(
                f"gates must be 'frozen' for {label}, whose channels called {', '.join(random)} "
                "open at random."
            )
    area = cell.runtime.current_cable().area

    def current(V: u.Quantity) -> u.Quantity:
        return -sum((one.current(V) for one in own[1:]), start=own[0].current(V)) * area

    def derivative(V: u.Quantity) -> list[Any]:
        return [slope for one in own for slope in one.assembly.derivative(V)]

    found = linear(cell.V.value, states, current, derivative, u.get_unit(u.uS), gates=True).gates
    return [] if found is None else [Active(where, *found)]


def _check(label: str, facts: Compartments) -> None:
    cell = facts.cell
    if facts.is_initialised and cell.V.value.shape != tuple(cell.out_size):
        raise ValueError(f"{label} must be initialised without a batch.")
    if len(cell.synapses):
        raise ValueError(
            f"{label} must be without synapses, whose conductance events change; you can inject() "
            "a current into the model instead."
        )


def _joined(parts: list[np.ndarray]) -> np.ndarray:
    return np.concatenate([part.reshape(-1) for part in parts])


def _number(unit: u.Unit, to: u.Unit | u.Quantity) -> float:
    return float(u.Quantity(1.0, unit=u.get_unit(unit)).to_decimal(u.get_unit(to)))
