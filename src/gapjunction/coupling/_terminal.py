r"""The two ends of a junction, and how current gets from there into a population.

A population (the *host*) has two lists of inputs. It sums its *current inputs* inside its membrane
equation: once per step, or once at each stage of a solver that has several. It sums its *delta
inputs*, which are added to the voltage at once, one time per step. And it calls a list of functions
when its update is over. A junction registers a callable, a *plug*, in each list, when it is made::

    junction --- Terminal --- CurrentPlug (in the population's current inputs)
                         |--- StepPlug    (in its delta inputs)
                         \--- AfterPlug   (in what it calls after its update)

Within a time step this happens in order:

1. ``junction.update()`` computes its current and leaves it at the terminal as a *deposit*.
2. The population steps. It calls the current plug, which hands over the current of the deposit.
3. In the same step it calls the step plug, which hands over the deposit's *kick* (a jump of the
   voltage), removes the deposit if its current was used, and raises an error if the junction was
   called in another transformed function than the population.
4. After its update the population calls the after plug, which removes a deposit that is left, and
   raises an error if its current was not used. (It is not called where somebody calls
   ``update()`` of the population instead of the population: then the step plug is all there is.)

Why plugs, and not an array that is added as an input at each step, as `brainpy.state` does it: a
population removes an input that is an array when it first evaluates its equation, so that the later
stages of a multi-stage solver would be integrated without coupling. A callable stays, and is called
again at each stage with the voltage of that stage.

Why terminal and plugs are graph nodes of brainstate: a plain function would be shared between a
model and its deep copy, so that the copy would put current into the cells of the original. A
Module would add its states to those of the population it is registered in. A node without states
does neither: a clone of a model gets terminals of its own, and the paths of a model's states are
those that it has without junctions. The terminal itself does not lead to the population, only the
plug inside the population does.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import brainstate
from brainstate.graph import Node

from gapjunction._typing import Value
from gapjunction.coupling._deposit import Deliver, Deposit, Update
from gapjunction.coupling._pickling import check_host, reserve
from gapjunction.coupling._plugs import AfterPlug, CurrentPlug, StepPlug
from gapjunction.coupling._traces import Traces, open_traces
from gapjunction.hosts import describe

SavedTerminal: TypeAlias = "tuple[Deposit | None, tuple[bool, bool, bool] | None, Traces]"
"""The deposit of a terminal, the flags of the deposit, and ``stepped_alone``."""


class Terminal(Node):
    """One end of a junction: what the junction and its population share.

    Parameters
    ----------
    host : Dynamics
        The population at this end.
    key : str
        The key under which the population keeps the plugs of this end.
    junction : str
        The junction's name, for error messages.

    Attributes
    ----------
    deposit : Deposit or None
        What the junction has left for the population's next step.
    stepped_alone : tuple
        The open traces in which the population last stepped without a deposit; see
        :meth:`check_order`.
    passive : bool
        Whether the population is being stepped on trial. The terminal then hands current over
        without removing anything, and without checks.
    """

    graph_invisible_attrs = ("deposit", "host", "passive", "stepped_alone")

    # Attributes that are invisible to brainstate's graph are not copied when a model is cloned. A
    # clone starts with the values of the class; its plug then tells the terminal its host.
    host: Any = None
    deposit: Deposit | None = None
    stepped_alone: Traces = ()
    passive: bool = False

    def __init__(self, host: brainstate.nn.Dynamics, key: str, junction: str) -> None:
        self.host = host
        self.key = key
        self.junction = junction

    def __getstate__(self) -> dict[str, Any]:
        # Pickled as it is cloned: a deposit holds functions, and belongs to a step of the original.
        check_host(self.host, self.junction)
        return {"host": self.host, "key": self.key, "junction": self.junction}

    def __setstate__(self, saved: dict[str, Any]) -> None:
        self.__dict__.update(saved)
        reserve(self.key)

    def connect(self) -> None:
        """Register the plugs of this end in its population, once and for all steps."""
        self.host.add_current_input(self.key, CurrentPlug(self, self.host))
        self.host.add_delta_input(self.key, StepPlug(self))
        self.host.add_after_update(self.key, AfterPlug(self))

    def check_order(self) -> None:
        """Raise an error if the population has stepped before the junction in the same trace.

        The junction's deposit would be for the next step. The body of a loop is traced once,
        however, with no next step in it, so the current would be lost. In plain Python, outside of
        transformations, the order is free.
        """
        now = open_traces()
        if now and now[0] in self.stepped_alone:
            raise ValueError(
                f"{self.junction} was called after {type(self.host).__name__}, its population, "
                "in the same step of a transformed function (jit, for_loop, ...): its current "
                "would be lost. Call junctions before their neurons."
            )

    def put(
        self,
        current: Value | int,
        later: Deliver | None,
        update: Update,
        kick: Value | None = None,
    ) -> None:
        """Leave a deposit for the population's next step; it replaces one that still waits.

        Parameters are those of :class:`Deposit`.
        """
        self.deposit = Deposit(current, later, update, describe(self.host).keeps_arrays, kick)

    def hold(self) -> None:
        """Let every evaluation of the coming step get the current that the first one gets.

        A coupler asks for it whose population is solved together with other junctions.
        """
        if self.deposit is not None:
            self.deposit.hold()

    def save(self) -> SavedTerminal:
        """Return all that a step changes here, for :meth:`load` to put back."""
        deposit = self.deposit
        return deposit, deposit.flags if deposit else None, self.stepped_alone

    def load(self, saved: SavedTerminal) -> None:
        """Restore what :meth:`save` returned."""
        self.deposit, flags, self.stepped_alone = saved
        if self.deposit is not None and flags is not None:
            self.deposit.flags = flags

    def take(self, *args: Any) -> Any:
        """Return the current for one evaluation of the membrane equation."""
        if self.passive:
            return 0 if (deposit := self._on_trial()) is None else deposit.take(*args)
        deposit = self._waiting()
        if deposit is None:
            return 0
        current = deposit.take(*args)
        if deposit.announced:
            # The step plug was called earlier in this step: nothing else will remove the deposit.
            self.deposit = None
        return current

    def end_step(self) -> Any:
        """Return the kick, and remove the deposit if the step has used its current."""
        if self.passive:
            return 0 if (deposit := self._on_trial()) is None else deposit.take_kick()
        deposit, now = self._waiting(), open_traces()
        if deposit is None or deposit.announced:
            # No deposit for this step. (One that was announced, but that no evaluation has taken
            # since, was for the step before.)
            self.deposit, self.stepped_alone = None, now
            return 0
        # Was the junction called in the same transformed function as the population? The current
        # plug cannot check this: solvers such as exponential Euler differentiate the membrane
        # equation, which opens a trace of its own around each evaluation. Delta inputs are summed
        # outside of it.
        if deposit.update.traces[:1] != now[:1]:
            self.deposit = None
            raise deposit.update.refuse(
                self, "its current would be compiled in as a constant, for every step to come"
            )
        self.stepped_alone = ()
        if deposit.used:
            self.deposit = None
        else:
            # CubaLIF and others sum their delta inputs before their current inputs: the current
            # will be taken later in this step.
            deposit.announced = True
        return deposit.take_kick()

    def after(self) -> None:
        """Remove the deposit of a step that is over.

        Raises
        ------
        ValueError
            If the step has not taken its current, so that its cells would stay uncoupled.
        """
        deposit = self.deposit
        if self.passive or deposit is None or deposit.update.void or deposit.update.has_ended:
            return
        self.deposit = None
        if not deposit.used:
            raise ValueError(
                f"{self.junction} left current for {type(self.host).__name__}, whose update() has "
                "not taken it: it must call self.sum_current_inputs(...), without a label, in its "
                "membrane equation."
            )

    def _on_trial(self) -> Deposit | None:
        """Return the deposit for a trial of the population's update; None if it is not valid.

        Without the check of :meth:`end_step`: a trial is differentiated, and so always has another
        innermost trace than the junction.
        """
        deposit = self.deposit
        gone = deposit is None or deposit.update.void or deposit.update.has_ended
        return None if gone else deposit

    def _waiting(self) -> Deposit | None:
        """Return the deposit that waits for the step; remove one that is not valid any more.

        Raises
        ------
        ValueError
            If the transformed function of the junction is over, and no step has used its current.
        """
        deposit = self.deposit
        if deposit is None:
            return None
        if not (deposit.update.void or deposit.update.has_ended):
            return deposit
        self.deposit = None
        # A deposit that was used is no error. It is left over where a population sums no delta
        # inputs, so that no step plug could remove it before the loop was over.
        if not (deposit.update.void or deposit.used):
            raise deposit.update.refuse(
                self, "the function that computed its current has ended, or failed, without a step"
            )
        return None
