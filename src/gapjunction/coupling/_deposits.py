r"""What junctions have left for the coming step of a population.

A population (the *host*) has two lists of inputs. It sums its *current inputs* inside its membrane
equation: once per step, or once at each stage of a solver that has several. It sums its *delta
inputs*, which are added to the voltage directly, once per step. It also calls lists of functions
before and after its update.

Within a time step this happens in order:

1. ``junction.update()`` computes its currents and leaves a :class:`Deposit` at each of its ends.
2. The population steps. Its current inputs take the current of the deposit.
3. In the same step its delta inputs take the deposit's *kick* (a jump of the voltage). A deposit
   whose current was used is removed then, and it is an error if the junction was called in another
   transformed function than the population.
4. After the update a deposit that is left is removed, and it is an error if its current was not
   used. (Where the population's ``update()`` is called instead of the population itself, there is
   no call after the update, and only the delta inputs can remove deposits.)

Junctions register callables once, while those of `brainpy.state` add an array as an input at each
step. A population removes an array when it first evaluates its equation, so that the later stages
of a multi-stage solver are integrated without coupling. A callable stays, and is called again at
each stage with the voltage of that stage.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from gapjunction._typing import Value
from gapjunction.coupling._deposit import Deliver, Deposit, Update
from gapjunction.coupling._place import Place
from gapjunction.coupling._traces import Traces, open_traces
from gapjunction.hosts import describe


class SavedDeposits(NamedTuple):
    """All that a step changes in the deposits of a population."""

    waiting: dict[str, Deposit]
    flags: dict[str, tuple[bool, bool, bool]]
    stepped: Traces
    served: frozenset[str]


class Deposits:
    """The deposits that wait at a population, by the keys of the junctions' ends.

    Parameters
    ----------
    place : Place
        The population.

    Attributes
    ----------
    waiting : dict of str to Deposit
        What junctions have left for the next step.
    stepped : tuple
        The open traces in which the population has last stepped.
    served : frozenset of str
        The ends whose deposits that step has used.
    """

    def __init__(self, place: Place) -> None:
        self.place = place
        self.waiting: dict[str, Deposit] = {}
        self.stepped: Traces = ()
        self.served: frozenset[str] = frozenset()
        self._kicked = False

    def check_order(self, key: str, junction: str) -> None:
        """Raise an error if the population has stepped before the junction in the same trace.

        The junction's deposit would be for the next step. The body of a loop is traced once,
        however, with no next step in it, so the current would be lost. In plain Python, outside of
        transformations, the order is free.
        """
        now = open_traces()
        if now and now[0] in self.stepped and key not in self.served:
            raise ValueError(
                f"{junction} was called after {type(self.place.host).__name__}, its population, "
                "in the same step of a transformed function (jit, for_loop, ...): its current "
                "would be lost. Call junctions before their neurons."
            )

    def put(
        self,
        key: str,
        junction: str,
        current: Value | int,
        later: Deliver | None,
        update: Update,
        kick: Value | None = None,
    ) -> None:
        """Leave a deposit for the population's next step; it replaces one that still waits.

        Parameters are those of :class:`Deposit`, and the key of the junction's end.
        """
        keeps = describe(self.place.host).keeps_arrays
        self.waiting[key] = Deposit(junction, current, later, update, keeps, kick)

    def hold(self) -> None:
        """Let every evaluation of the coming step get the currents that the first one gets.

        A coupler asks for this when its population's step is solved together with other junctions.
        """
        for deposit in self.waiting.values():
            deposit.hold()

    def first_unused(self) -> Deposit | None:
        """Return a deposit whose junction was called for the step to come, if there is one."""
        found = (d for d in self.waiting.values() if d.update.alive and not d.used)
        return next(found, None)

    def save(self) -> SavedDeposits:
        """Return all that a step changes here, for :meth:`load` to put back."""
        flags = {key: deposit.flags for key, deposit in self.waiting.items()}
        return SavedDeposits(dict(self.waiting), flags, self.stepped, self.served)

    def load(self, saved: SavedDeposits) -> None:
        """Restore what :meth:`save` returned."""
        self.waiting, self.stepped, self.served = dict(saved.waiting), saved.stepped, saved.served
        for key, flags in saved.flags.items():
            self.waiting[key].flags = flags

    def take(self, key: str, args: tuple[Any, ...]) -> Any:
        """Return the current of one junction for one evaluation of the membrane equation."""
        if self.place.passive:
            return 0 if (deposit := self._on_trial(key)) is None else deposit.take(*args)
        deposit = self._waiting(key)
        if deposit is None:
            return 0
        current = deposit.take(*args)
        if deposit.announced:
            # The delta inputs were summed earlier in this step: nothing else will remove it.
            del self.waiting[key]
        return current

    def kicks(self) -> list[Any]:
        """Return the kicks of all junctions, and remove the deposits that the step has used."""
        if self.place.passive:
            every = [self._on_trial(key) for key in self.waiting]
            return [deposit.take_kick() for deposit in every if deposit is not None]
        self._kicked = True
        now, found, served = open_traces(), [], set()
        self.stepped, self.served = now, frozenset()
        for key in list(self.waiting):
            deposit = self._waiting(key)
            if deposit is None:
                continue
            if deposit.announced:
                # Announced, but not taken by an evaluation since: it was for the step before.
                del self.waiting[key]
                continue
            # Was the junction called in the same transformed function as the population? The
            # current inputs cannot check this: solvers such as exponential Euler differentiate the
            # membrane equation, which opens a trace of its own around each evaluation. Delta
            # inputs are summed outside of it.
            if deposit.update.traces[:1] != now[:1]:
                del self.waiting[key]
                why = "its current would be compiled in as a constant, for every step to come"
                raise deposit.update.refuse(deposit.junction, self.place.host, why)
            served.add(key)
            if deposit.used:
                del self.waiting[key]
            else:
                # CubaLIF and others sum their delta inputs before their current inputs: the
                # current will be taken later in this step.
                deposit.announced = True
            found.append(deposit.take_kick())
        self.served = frozenset(served)
        return found

    def after(self) -> None:
        """Remove the deposits of a step that is over.

        Raises
        ------
        ValueError
            If the step has not taken a current, so that its cells would stay uncoupled.
        """
        if self.place.passive:
            return
        over = {key: deposit for key, deposit in self.waiting.items() if deposit.update.alive}
        self.waiting = {key: d for key, d in self.waiting.items() if key not in over}
        if not self._kicked:
            # A population that sums no delta inputs has not checked this yet.
            now = open_traces()
            self.stepped, self.served = now, frozenset(over)
            for deposit in over.values():
                if deposit.update.traces[:1] != now[:1]:
                    why = "its current would be compiled in as a constant, for every step to come"
                    raise deposit.update.refuse(deposit.junction, self.place.host, why)
        self._kicked = False
        for deposit in over.values():
            if not deposit.used:
                raise ValueError(
                    f"{deposit.junction} left current for {type(self.place.host).__name__}, whose "
                    "update() has not taken it: it must call self.sum_current_inputs(...), without "
                    "a label, in its membrane equation."
                )

    def _on_trial(self, key: str) -> Deposit | None:
        """Return the deposit for a trial of the population's update; None if it is not valid.

        The check of :meth:`kicks` is left out: a trial is differentiated, so that its innermost
        trace always differs from that of the junction.
        """
        deposit = self.waiting.get(key)
        return deposit if deposit is not None and deposit.update.alive else None

    def _waiting(self, key: str) -> Deposit | None:
        """Return the deposit that waits for the step; remove one that is not valid any more.

        Raises
        ------
        ValueError
            If the transformed function of the junction is over, and no step has used its current.
        """
        deposit = self.waiting.get(key)
        if deposit is None or deposit.update.alive:
            return deposit
        del self.waiting[key]
        # A deposit that was used is no error. It is left over where a population sums no delta
        # inputs, so that it could not be removed before the loop was over.
        if not (deposit.update.void or deposit.used):
            why = "the function that computed its current has ended, or failed, without a step"
            raise deposit.update.refuse(deposit.junction, self.place.host, why)
        return None
