"""What junctions know about the multi-compartment cells of braincell.

Such a cell has one voltage for each control volume. Its inputs are currents per area, and there is
one for each *point*: the middles of the volumes, their ends and the forks. Junctions see the
control volumes, with currents in nA; each current is divided by the present area of its volume and
becomes an input at the middle.
"""

from __future__ import annotations

import importlib
from typing import Any, Final

import brainstate
import jax
import jax.numpy as jnp
import numpy as np
import saiunit as u

from gapjunction.hosts._braincell import cell_class
from gapjunction.hosts._cable import Circuit
from gapjunction.hosts._host import Intake, describe
from gapjunction.hosts._inferred import Inferred
from gapjunction.hosts._picks import Picks
from gapjunction.hosts._stepping import Stepping

# Solvers in whose step the response to current is a symmetric matrix: one implicit step of Euler
# for the voltages, with the conductances of the step's start.
_SYMMETRIC: Final = ("staggered", "stagger", "dhs_voltage")


class Compartments:
    """What a junction has to know about a population of multi-compartment cells.

    The attributes have the meanings that :class:`gapjunction.hosts.Host` gives.

    Parameters
    ----------
    cell : Cell
        The population.
    """

    keeps_arrays = False
    states_answer = False
    resets = False
    after_reset = None
    # Solvers that step voltages by themselves do not sum delta inputs.
    takes_jumps = False
    cell_axes = 1
    by_call = True
    # A step is affine in the currents, exactly so where the solver is implicit.
    held_by_current = True
    shows_spikes = True

    def __init__(self, cell: Any) -> None:
        self.cell = cell

    @property
    def input_unit(self) -> u.Unit:
        """Unit of the current into a control volume, before its area divides it."""
        return u.get_unit(u.nA)

    @property
    def capacitance(self) -> Any:
        """Capacitance of each control volume, shape of the voltage; None before it has volumes."""
        cable = self._cable()
        return None if cable is None else self._over_volumes(cable.cm * cable.area)

    @property
    def rate(self) -> None:
        """None: a volume also decays into its neighbours, which a single rate cannot express."""
        return None

    @property
    def stepping(self) -> Stepping:
        """The kind of step that the solver takes."""
        return Inferred(self.cell).stepping

    @property
    def symmetric(self) -> bool:
        """Whether the response to absolute currents is a symmetric matrix."""
        return self.cell.solver_name in _SYMMETRIC

    @property
    def intake(self) -> Intake:
        """How currents into volumes become inputs at points, and how voltages are read back."""
        cell = self.cell
        middle = Picks(np.asarray(cell.node_tree.cv_to_mid_node_id), (cell.n_point,))

        def into(current: u.Quantity) -> u.Quantity:
            area = self._over_volumes(cell.runtime.current_cable().area).to_decimal(u.cm**2)
            plain = current.to_decimal(u.nA)
            density = plain / jnp.asarray(area, plain.dtype)
            return u.Quantity(middle.put(jnp.asarray(density)), unit=u.nA / u.cm**2)

        def seen(V: u.Quantity) -> u.Quantity:
            return u.Quantity(middle.take(u.get_mantissa(V)), unit=u.get_unit(V))

        return Intake(into, seen)

    def circuit(self) -> Circuit:
        """Return the cells as linear circuits at their present state, in nF and uS.

        The conductances of synapses are left out. In a batch, each volume gets the smallest
        membrane conductance that it has in a member.

        Raises
        ------
        ValueError
            If the cells are not initialised.
        """
        cell = self.cell
        if not self.is_initialised:
            raise ValueError(f"{type(cell).__name__} must be initialised: call its init_state().")
        V = cell.V.value
        n, like = cell.n_cv, jnp.asarray(u.get_mantissa(V), brainstate.environ.dftype())
        cable = cell.runtime.current_cable()
        area, volt = self._over_volumes(cable.area), u.get_unit(V)

        def inward(v: jax.Array) -> jax.Array:
            """Return the current into each volume through its membrane, in nA."""
            total = jnp.zeros_like(v)
            for channel in self.mechanisms():
                found = channel.current(u.Quantity(v, unit=volt))
                if found is not None:
                    total = total + (found * area).to_decimal(u.nA)
            return total

        def between(v: jax.Array) -> jax.Array:
            """Return the rate of change of voltages by axial currents, in 1/ms times V."""
            return cell.compute_axial_derivative(u.Quantity(v, unit=volt)).to_decimal(volt / u.ms)

        # The membrane current of a volume depends on no voltage but its own.
        slope = jax.jvp(inward, (like,), (jnp.ones_like(like),))[1]
        shape = tuple(cell.out_size)
        units = jnp.broadcast_to(
            jnp.eye(n, dtype=like.dtype).reshape(n, *(1,) * (len(shape) - 1), n), (n, *shape)
        )
        columns = jax.vmap(between)(units)
        rates = -np.moveaxis(np.asarray(columns, np.float64).reshape(n, -1, n), 0, -1)
        C = np.asarray(self.capacitance.to_decimal(u.nF), np.float64).reshape(-1, n)
        to_siemens = float(u.Quantity(1.0, unit=volt).to_decimal(u.mV))
        membrane = -np.asarray(slope, np.float64).reshape(-1, *C.shape).max(axis=0) / to_siemens
        return Circuit(C, C[:, :, None] * rates, membrane)

    @property
    def has_gates(self) -> bool:
        """Whether a channel or an ion has a state, which follows the voltage."""
        return bool(self.integrated())

    def integrated(self) -> set[int]:
        """Return the ``id()`` of each state of a channel or an ion that a solver integrates."""
        kind = importlib.import_module("braincell").DiffEqState
        states = self.cell.states().values()
        return {id(s) for s in states if isinstance(s, kind) and s is not self.cell.V}

    def mechanisms(self) -> list[Any]:
        """Return the channels and the ions, each of which holds its own channels."""
        braincell = importlib.import_module("braincell")
        found = self.cell.runtime_objects(braincell.IonChannel, allowed_hierarchy=(1, 1)).values()
        return [one for one in found if not isinstance(one, braincell.Synapse)]

    def forget_runs(self) -> None:
        """Drop the loops that ``Cell.run()`` compiled before the cells had junctions.

        Otherwise they would still run, without coupling and without the error that says so.
        """
        self.cell._run_loop_cache.clear()

    def _cable(self) -> Any:
        return self.cell.runtime.current_cable() if self.is_initialised else None

    @property
    def is_initialised(self) -> bool:
        """Whether the cell has states."""
        return isinstance(getattr(self.cell, "V", None), brainstate.State)

    def _over_volumes(self, value: u.Quantity) -> u.Quantity:
        return u.math.broadcast_to(value, tuple(self.cell.out_size))


def register() -> None:
    """Register braincell's cells in :func:`gapjunction.hosts.describe`, if braincell is loaded."""
    kind = cell_class()
    if kind is not None and describe.dispatch(kind) is describe.dispatch(object):
        describe.register(kind)(Compartments)
