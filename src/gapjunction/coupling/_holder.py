"""Cells that are held at a voltage for the step that follows, as by a voltage clamp.

If the voltage of a cell is merely assigned between two steps, the cell still moves within the step.
Where the voltages at the end of the step are solved for, its neighbours then get a wrong current,
because the equations treat the cell as free. A clamp therefore has to declare which cells are
*held*.

The units that can be held are point neurons, and compartments of a cell. A compartment that is held
acts on others within the step, and the population computes this step by itself. So the current of
the clamp's amplifier is put into that compartment; the coupler solves for it (:class:`Clamping`).

Within a time step this happens in order:

1. Clamps set the voltage, and leave a :class:`Hold` at the population's :class:`Holder`.
2. Junctions are called: they read the holding voltage.
3. The population is called. Its port gives no current to a held cell, because the amplifier
   supplies the opposite of it, and shows the others a cell that stays where it is, at every stage
   of a solver. A coupler is told that the cell does not answer to current. Where the current of the
   amplifier is solved for, it is one more input of the population.
4. After the update the holder puts the voltage back, tells clamps their currents, and the hold is
   over.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, Final, TypeAlias

import brainstate
import jax
import jax.numpy as jnp
import numpy as np
import saiunit as u

from gapjunction._typing import Value
from gapjunction.coupling._clamping import Clamping
from gapjunction.coupling._deposit import Update
from gapjunction.coupling._deposits import Deposits
from gapjunction.coupling._intake import canonical
from gapjunction.coupling._place import Place
from gapjunction.coupling._plain import with_unit
from gapjunction.coupling._response import Answer
from gapjunction.coupling._traces import Traces, open_traces
from gapjunction.hosts import describe, find_state

CLAMP: Final = "VoltageClamp"
"""What messages call a clamp."""

HELD: Final = "gap_junction_clamp"
"""The key of the current plug of all clamps, which gives the current of their amplifiers."""

Report: TypeAlias = Callable[[Any], None]
"""Takes the current of amplifiers into each unit of a population, when a step is over."""


@dataclasses.dataclass(frozen=True, eq=False)
class Hold:
    """Which cells of a population are held in its next step, and at which voltages.

    Parameters
    ----------
    state : str
        Name of the voltage state that is held.
    mask : numpy.ndarray of bool
        Which cells are held, shape of the population.
    value : Quantity or array
        Voltages of all cells, of which those in ``mask`` are holding voltages.
    update : Update
        The call of the clamp.
    moved : Quantity or array
        By how much clamps have changed the voltages that the step starts from.
    reports : tuple
        For each clamp, the cells whose holding voltage is its own (the last clamp counts where
        several hold a cell), and the function that is told their currents.
    """

    state: str
    mask: np.ndarray
    value: Any
    update: Update
    moved: Any = None
    reports: tuple[tuple[np.ndarray, Report], ...] = ()

    def put(self, V: Value) -> Any:
        """Return the voltages, with those of held cells replaced by their holding voltages."""
        return u.math.where(self.mask, self.value, V)

    def silence(self, x: Value) -> Any:
        """Return the values of all cells, with 0 for those that are held."""
        return u.math.where(self.mask, u.math.zeros_like(x), x)


SavedHolder: TypeAlias = tuple[Hold | None, bool, Traces]
"""The hold, whether the population has been called since, and ``stepped_alone``."""


class Holder:
    """What all clamps of a population share with it.

    Parameters
    ----------
    place : Place
        The population.
    deposits : Deposits
        What its junctions have left for its next step.

    Attributes
    ----------
    hold : Hold or None
        What clamps have asked for in the population's next step.
    called : bool
        Whether the population has been called since, so that it will say when its step is over.
    stepped_alone : tuple
        The open traces in which the population last stepped without being held.
    amplifiers : array or None
        The current that amplifiers put into each unit in the step, in the unit that the coupler
        solves in; None if they have none.
    """

    def __init__(self, place: Place, deposits: Deposits) -> None:
        self.place, self.deposits = place, deposits
        self.hold: Hold | None = None
        self.called = False
        self.stepped_alone: Traces = ()
        self.amplifiers: jax.Array | None = None

    @property
    def by_current(self) -> bool:
        """Whether units are held in the coming step, by a current that is solved for."""
        return self.hold is not None and describe(self.place.host).held_by_current

    def check_order(self) -> None:
        """Raise an error if the population or one of its junctions was called in this step.

        Such a junction has read the voltages from before the clamp. Its current is discarded, so
        that calls in the right order work again after the error.
        """
        now = open_traces()
        if now and now[0] in self.stepped_alone:
            raise ValueError(
                f"{CLAMP} was called after {type(self.place.host).__name__}, its population, in "
                "the same step of a transformed function (jit, for_loop, ...), which would leave "
                "the cells free. Call clamps first, then junctions, then neurons."
            )
        if (deposit := self.deposits.first_unused()) is not None:
            deposit.update.void = True
            raise ValueError(
                f"{CLAMP} was called after {deposit.junction}, which has read the voltages of "
                f"{type(self.place.host).__name__} from before. Call clamps first, then junctions, "
                "then neurons."
            )

    def put(self, state: str, mask: np.ndarray, value: Value, report: Report) -> None:
        """Hold cells at a voltage in the next step, in addition to those that are held already.

        Parameters
        ----------
        state : str
            Name of the voltage state, the same for all clamps of the population.
        mask : numpy.ndarray of bool
            Which cells, shape of the population.
        value : Quantity or array
            Voltages of all cells; those in ``mask`` are used.
        report : callable
            Told the currents of the amplifiers after the step, where these have one.
        """
        update, V = Update(), find_state(CLAMP, self.place.host, state)
        earlier, before = self.hold, V.value
        new = Hold(state, mask, value, update)
        moved = new.put(before) - before
        reports: tuple[tuple[np.ndarray, Report], ...] = ((mask, report),)
        if earlier is not None and earlier.update.traces[:1] == update.traces[:1]:
            new = Hold(state, mask | earlier.mask, new.put(earlier.put(before)), update)
            moved = earlier.moved + moved
            others = tuple((own & ~mask, tell) for own, tell in earlier.reports)
            reports = (*others, *reports)
        new = dataclasses.replace(new, moved=moved, reports=reports)
        self.hold, self.called, self.amplifiers = new, False, None
        V.value = new.put(before)

    def before(self) -> None:
        """Note that the population was called, and not its ``update()`` alone."""
        hold = self.hold
        if hold is None:
            return
        # On trial the innermost trace is that of the derivative.
        if not self.place.passive and hold.update.traces[:1] != open_traces()[:1]:
            self._refuse()
        self.called = True

    def check_called(self) -> None:
        """Raise an error if the population steps without having been called itself."""
        if self.hold is not None and not self.called:
            if self.hold.update.has_ended:
                self._refuse()
            kind = type(self.place.host).__name__
            raise ValueError(
                f"{CLAMP} holds cells of {kind} during its step: call the population itself, "
                "cells(x), not cells.update(x)."
            )

    def after(self) -> None:
        """Put the voltage of held cells back; the step is over."""
        if self.hold is None:
            self.stepped_alone = open_traces()
            return
        V = find_state(CLAMP, self.place.host, self.hold.state)
        V.value = self.hold.put(V.value)
        self._tell(self.hold)
        self.hold, self.called, self.stepped_alone = None, False, ()

    def _tell(self, hold: Hold) -> None:
        """Tell clamps the currents of their amplifiers in the step that is over."""
        if self.amplifiers is None:
            return
        ampere, capacitance = self.ampere, describe(self.place.host).capacitance
        # The current that has charged the units from the voltages that they had before the clamp
        # was called to those that the step starts from.
        charging = capacitance * hold.moved / brainstate.environ.get_dt()
        total = with_unit(self.amplifiers, ampere) + charging.in_unit(ampere)
        for own, report in hold.reports:
            report(u.math.where(own, total, u.math.zeros_like(total)))

    def silence(self, x: Value | int) -> Any:
        """Return currents or changes of the population's cells, with 0 for those that are held."""
        # A junction that was not called gives a plain 0.
        if self.hold is None or isinstance(x, int) or self.by_current:
            return x
        return self.hold.silence(x)

    def at_stage(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """Return the arguments of junctions at a stage, with held cells at their holding voltages.

        Populations pass their V there, and no other state.
        """
        if self.hold is None or self.hold.state != "V" or not args or self.by_current:
            return args
        V = args[0]
        if u.math.shape(V) != u.math.shape(self.hold.value):
            return args
        return (self.hold.put(V), *args[1:])

    def asked(self) -> tuple[str, u.Unit, u.Unit]:
        """Return the state that is held, and the units of voltage and current to solve in."""
        if self.hold is None:
            raise RuntimeError("No unit is held.")
        V = find_state(CLAMP, self.place.host, self.hold.state).value
        return self.hold.state, canonical(u.get_unit(V)), self.ampere

    @property
    def ampere(self) -> u.Unit:
        """The unit of the currents of amplifiers."""
        unit = describe(self.place.host).input_unit
        if unit is None:
            raise RuntimeError(f"{type(self.place.host).__name__} does not tell its input_unit.")
        return canonical(unit)

    def clamping(self, answer: Answer, state: str, volt: u.Unit) -> Clamping | None:
        """Return what solves for the currents of amplifiers; None where these have none.

        Parameters are those of :meth:`answer`.
        """
        if not self.by_current:
            return None
        hold = self._at(answer, state, volt)
        return Clamping.of(answer, hold.mask, hold.value)

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
        if self.hold is None:
            return answer
        at = self._at(answer, state, volt)
        rho, free = None, answer.apply
        if answer.rho is not None:
            rho = at.silence(answer.rho)

        def apply(x: jax.Array) -> jax.Array:
            # Other cells do not answer to the current into a held cell either, because the
            # amplifier takes that current away.
            return jnp.asarray(at.silence(free(at.silence(x))))

        return dataclasses.replace(
            answer, c=at.put(answer.c), start=at.put(answer.start), rho=rho, apply=apply
        )

    def _at(self, answer: Answer, state: str, volt: u.Unit) -> Hold:
        """Return the hold in plain numbers, as ``answer`` is."""
        hold = self.hold
        if hold is None:
            raise RuntimeError("No unit is held.")
        if state != hold.state:
            raise ValueError(
                f"{CLAMP} must hold the state of {type(self.place.host).__name__} that implicit "
                f"junctions couple, {state!r}; it holds {hold.state!r}."
            )
        value = hold.value
        plain = value.to_decimal(volt) if isinstance(value, u.Quantity) else value
        return Hold(state, hold.mask, jnp.asarray(plain, answer.c.dtype), hold.update)

    def save(self) -> SavedHolder:
        """Return all that a step changes here, for :meth:`load` to put back."""
        return self.hold, self.called, self.stepped_alone

    def load(self, saved: SavedHolder) -> None:
        """Restore what :meth:`save` returned."""
        self.hold, self.called, self.stepped_alone = saved

    def _refuse(self) -> None:
        self.hold = None
        raise ValueError(
            f"{CLAMP} was not called in the same transformed function (jit, for_loop, "
            f"checkpoint, ...) as its population {type(self.place.host).__name__}. Call both in "
            "the same function."
        )
