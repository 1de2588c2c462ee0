"""Cells that are held at a voltage for the step that follows, as by a voltage clamp.

A voltage that is only assigned between two steps is that of a cell which moves within the step.
Where the voltages at the end of the step are solved for, its neighbours get a wrong current: the
equations let the cell go. That a cell is *held* must therefore be said.

A population that has clamps has one :class:`Holder`, plugged into it in four places. Within a time
step this happens in order:

1. Clamps set the voltage, and leave a :class:`Hold` at the holder.
2. Junctions are called: they read the holding voltage.
3. The population is called. All plugs of junctions give no current to a held cell, because the
   amplifier supplies the opposite of it; they show the others a cell that stays where it is, at
   every stage of a solver. A coupler is told that the cell does not answer to current.
4. After the update the holder puts the voltage back, and the hold is over.
"""

from __future__ import annotations

import dataclasses
from typing import Any, TypeAlias

import brainstate
import jax
import jax.numpy as jnp
import numpy as np
import saiunit as u
from brainstate.graph import Node

from gapjunction._typing import Value
from gapjunction.coupling._deposit import Update
from gapjunction.coupling._pickling import check_host
from gapjunction.coupling._plugs import HOLDER, AfterPlug, CurrentPlug, holder_of
from gapjunction.coupling._response import Answer
from gapjunction.coupling._traces import Traces, open_traces
from gapjunction.coupling._trial import terminals_of
from gapjunction.hosts import find_state


@dataclasses.dataclass(frozen=True, eq=False)
class Hold:
    """Which cells of a population are held in its next step, and where.

    Parameters
    ----------
    mask : numpy.ndarray of bool
        Which cells are held, shape of the population.
    value : Quantity or array
        Voltages of all cells, of which those in ``mask`` are holding voltages.
    update : Update
        The call of the clamp.
    """

    mask: np.ndarray
    value: Any
    update: Update

    def put(self, V: Value) -> Any:
        """Return voltages with those of the held cells put to where they are held."""
        return u.math.where(self.mask, self.value, V)

    def silence(self, x: Value) -> Any:
        """Return values of cells with 0 in those that are held."""
        return u.math.where(self.mask, u.math.zeros_like(x), x)


SavedHolder: TypeAlias = tuple[Hold | None, bool, Traces]
"""The hold, whether the population has been called since, and ``stepped_alone``."""


class Holder(Node):
    """What all clamps of a population share with it.

    Parameters
    ----------
    host : Dynamics
        The population.
    state : str
        Name of its voltage state that is held.

    Attributes
    ----------
    hold : Hold or None
        What clamps have asked for in the population's next step.
    called : bool
        Whether the population has been called since, so that it will say when its step is over.
    stepped_alone : tuple
        The open traces in which the population last stepped without being held.
    passive : bool
        Whether the population is being stepped on trial.
    """

    graph_invisible_attrs = ("called", "hold", "host", "passive", "stepped_alone")

    # As in a Terminal: a clone starts with these, and its plug tells it the host.
    host: Any = None
    hold: Hold | None = None
    called: bool = False
    stepped_alone: Traces = ()
    passive: bool = False

    def __init__(self, host: brainstate.nn.Dynamics, state: str) -> None:
        self.host = host
        self.state = state
        # What the plugs show as the junction's name.
        self.junction = "VoltageClamp"

    def __getstate__(self) -> dict[str, Any]:
        check_host(self.host, self.junction)
        return {"host": self.host, "state": self.state, "junction": self.junction}

    @classmethod
    def of(cls, host: brainstate.nn.Dynamics, state: str) -> Holder:
        """Return the holder of a population, made and plugged in if there is none yet."""
        if (found := holder_of(host)) is not None:
            return found
        holder = cls(host, state)
        host.add_before_update(HOLDER, CallPlug(holder))
        host.add_current_input(HOLDER, CurrentPlug(holder, host))
        host.add_after_update(HOLDER, AfterPlug(holder))
        # Before all others, so that whoever reads voltages after the update finds the holding one.
        afters = host.after_updates
        others = {key: afters.pop(key) for key in list(afters) if key != HOLDER}
        afters.update(others)
        return holder

    def check_order(self) -> None:
        """Raise an error if the population or one of its junctions was called in this step.

        The junction has read the voltages from before the clamp. Its current is given up, so that
        calling all in the right order works after the error.
        """
        now = open_traces()
        if now and now[0] in self.stepped_alone:
            raise ValueError(
                f"{self.junction} was called after {type(self.host).__name__}, its population, in "
                "the same step of a transformed function (jit, for_loop, ...), which would leave "
                "the cells free. Call clamps first, then junctions, then neurons."
            )
        for terminal in terminals_of(self.host):
            deposit = terminal.deposit
            if deposit is None or deposit.used or deposit.update.void or deposit.update.has_ended:
                continue
            deposit.update.void = True
            raise ValueError(
                f"{self.junction} was called after {terminal.junction}, which has read the "
                f"voltages of {type(self.host).__name__} from before. Call clamps first, then "
                "junctions, then neurons."
            )

    def put(self, mask: np.ndarray, value: Value) -> None:
        """Hold cells at a voltage in the next step, beside those that are held in it already.

        Parameters
        ----------
        mask : numpy.ndarray of bool
            Which cells, shape of the population.
        value : Quantity or array
            Voltages of all cells; those in ``mask`` are used.
        """
        update, state = Update(), find_state(self.junction, self.host, self.state)
        earlier = self.hold
        new = Hold(mask, value, update)
        if earlier is not None and earlier.update.traces[:1] == update.traces[:1]:
            new = Hold(mask | earlier.mask, new.put(earlier.put(state.value)), update)
        self.hold, self.called = new, False
        state.value = new.put(state.value)

    def before(self) -> None:
        """Note that the population was called, and not its ``update()`` alone."""
        hold = self.hold
        if hold is None:
            return
        # On trial the innermost trace is that of the derivative.
        if not self.passive and hold.update.traces[:1] != open_traces()[:1]:
            self._refuse()
        self.called = True

    def take(self, *args: Any) -> int:
        """Return no current: only a step that could not be held is noticed here."""
        if self.hold is not None and not self.called:
            if self.hold.update.has_ended:
                self._refuse()
            kind = type(self.host).__name__
            raise ValueError(
                f"{self.junction} holds cells of {kind} during its step: call the population "
                "itself, cells(x), not cells.update(x)."
            )
        return 0

    def after(self) -> None:
        """Put the voltage of held cells back; the step is over."""
        if self.hold is None:
            self.stepped_alone = open_traces()
            return
        state = find_state(self.junction, self.host, self.state)
        state.value = self.hold.put(state.value)
        self.hold, self.called, self.stepped_alone = None, False, ()

    def at_stage(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """Return what junctions are called with at a stage, with held cells where they are held.

        Populations pass their V there, and no other state.
        """
        if self.hold is None or self.state != "V" or not args:
            return args
        V = args[0]
        if u.math.shape(V) != u.math.shape(self.hold.value):
            return args
        return (self.hold.put(V), *args[1:])

    def answer(self, answer: Answer, state: str, volt: u.Unit) -> Answer:
        """Return the answer of a population to current in which held cells do not answer.

        Parameters
        ----------
        answer : Answer
            The answer of a population that is free.
        state : str
            Name of the state that junctions couple.
        volt : Unit
            Unit of the voltages in ``answer``.
        """
        hold = self.hold
        if hold is None:
            return answer
        if state != self.state:
            raise ValueError(
                f"{self.junction} must hold the state of {type(self.host).__name__} that implicit "
                f"junctions couple, {state!r}; it holds {self.state!r}."
            )
        value = hold.value
        plain = value.to_decimal(volt) if isinstance(value, u.Quantity) else value
        at = Hold(hold.mask, jnp.asarray(plain, answer.c.dtype), hold.update)
        rho, free = None, answer.apply
        if answer.rho is not None:
            rho = at.silence(answer.rho)

        def apply(x: jax.Array) -> jax.Array:
            # Nor do others answer to the current into a held cell, which the amplifier takes away.
            return jnp.asarray(at.silence(free(at.silence(x))))

        return dataclasses.replace(
            answer, c=at.put(answer.c), start=at.put(answer.start), rho=rho, apply=apply
        )

    def save(self) -> SavedHolder:
        """Return all that a step changes here, for :meth:`load` to put back."""
        return self.hold, self.called, self.stepped_alone

    def load(self, saved: SavedHolder) -> None:
        """Restore what :meth:`save` returned."""
        self.hold, self.called, self.stepped_alone = saved

    def _refuse(self) -> None:
        self.hold = None
        raise ValueError(
            f"{self.junction} was not called in the same transformed function (jit, for_loop, "
            f"checkpoint, ...) as its population {type(self.host).__name__}. Call both in the same "
            "function."
        )


class CallPlug(Node):
    """What a population calls before its update, unless ``update()`` is called by itself."""

    def __init__(self, holder: Holder) -> None:
        self.holder = holder

    def __call__(self) -> None:
        self.holder.before()

    def __repr__(self) -> str:
        return f"<start of the step for {self.holder.junction}>"
