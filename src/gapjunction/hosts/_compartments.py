"""What junctions know of the multi-compartment cells of braincell.

Such a cell keeps one voltage for each control volume, takes currents per area, and sums its inputs
over *points*: the middles of the volumes, their ends and forks. Junctions see the control volumes,
with currents in nA; the area of each volume, as it is at the time, makes a density of them.
"""

from __future__ import annotations

from typing import Any, Final

import brainstate
import jax.numpy as jnp
import numpy as np
import saiunit as u

from gapjunction.hosts._braincell import cell_class
from gapjunction.hosts._host import Intake, describe
from gapjunction.hosts._inferred import Inferred
from gapjunction.hosts._stepping import Stepping

# Solvers in whose step the response to current is a symmetric matrix: one implicit step of Euler
# for the voltages, with the conductances of the step's start.
_SYMMETRIC: Final = ("staggered", "stagger", "dhs_voltage")


class Compartments:
    """What a junction has to know of a population of multi-compartment cells.

    Each attribute is that of :class:`gapjunction.hosts.Host`.

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
        """Not told: a volume decays into its neighbours, which a single rate does not say."""
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
        """How currents into volumes become inputs at points, and voltages at points those."""
        cell = self.cell
        middle = np.asarray(cell.node_tree.cv_to_mid_node_id)

        def into(current: u.Quantity) -> u.Quantity:
            area = self._over_volumes(cell.runtime.current_cable().area).to_decimal(u.cm**2)
            plain = current.to_decimal(u.nA)
            density = plain / jnp.asarray(area, plain.dtype)
            points = jnp.zeros((*plain.shape[:-1], cell.n_point), plain.dtype)
            return u.Quantity(points.at[..., middle].set(density), unit=u.nA / u.cm**2)

        return Intake(into, lambda V: V[..., middle])

    def forget_runs(self) -> None:
        """Drop the loops that ``Cell.run()`` has compiled, which know of no junction.

        Kept ones would run on without coupling, and without the error that says so.
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
    """Let :func:`gapjunction.hosts.describe` know braincell's cells, once braincell is loaded."""
    kind = cell_class()
    if kind is not None and describe.dispatch(kind) is describe.dispatch(object):
        describe.register(kind)(Compartments)
