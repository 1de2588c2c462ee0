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

from collections.abc import Callable
from typing import Any, Protocol, TypeAlias

import brainstate
from brainstate.graph import Node

from gapjunction._hosts import keeps_arrays
from gapjunction._typing import Value
from gapjunction.coupling._pickling import check_host, reserve
from gapjunction.coupling._traces import Traces, open_traces

Deliver: TypeAlias = Callable[..., Any]
"""``later(V)``: the current into a population at a voltage that it passes."""

SavedTerminal: TypeAlias = "tuple[Deposit | None, tuple[bool, bool, bool] | None, Traces]"
"""The deposit of a terminal, the flags of the deposit, and ``stepped_alone``."""


class Update:
    """One call of a junction's ``update()``, shared by the deposits that it leaves at both ends.

    It records in which traces of JAX the call was made. A current that is computed inside a
    transformed function (``jit``, a loop) is a placeholder that is valid only there: in another
    function it would fail, and one from outside would be compiled in as a constant.
    """

    __slots__ = ("traces", "void")

    def __init__(self) -> None:
        self.traces: Traces = open_traces()
        self.void = False

    @property
    def has_ended(self) -> bool:
        """Whether the transformed function in which the call was made has returned or failed."""
        return bool(self.traces) and self.traces[0] not in open_traces()

    def refuse(self, terminal: Terminal, why: str) -> ValueError:
        """Invalidate the current at both ends, and return the error to raise.

        Both ends, because otherwise the other population would raise a second error, or use it.
        """
        self.void = True
        host = type(terminal.host).__name__
        return ValueError(
            f"{terminal.junction} was not called in the same transformed function (jit, for_loop, "
            f"checkpoint, ...) as its population {host}: {why}. Call both in the same function."
        )


class Deposit:
    """Current and kick waiting for one step of one population.

    Parameters
    ----------
    current : Quantity or array
        The current at the instant of ``update()``, which the first evaluation of the membrane
        equation gets.
    later : callable, optional
        ``later(V)`` is what all further evaluations get, those at the later stages of a solver.
        It must be a function, because the voltages of these stages are known only within the
        population's step. Without it, further evaluations get no current.
    update : Update
        The call of the junction that left this deposit.
    live : bool
        Whether the first evaluation gets ``later(V)`` as well. It does in a `PointNeuron`, whose
        solver may put its evaluations into a loop of JAX: the loop's body is traced once for all
        of its turns, so that no evaluation is the first. It passes the same voltages there that
        the junction has read.
    kick : Quantity or array, optional
        What the population's voltage jumps by in this step, handed over once as a delta input.

    Notes
    -----
    The first evaluation gets an array, and not ``later(V)``, so that ``'stage'`` equals ``'step'``
    (and `brainpy.state`) in populations with one evaluation per step. It would not otherwise:
    integrate-and-fire neurons reset at the start of their step, and pass the voltage after the
    reset, while the junction has read the one before it.
    """

    __slots__ = ("announced", "current", "kick", "kicked", "later", "live", "update", "used")

    def __init__(
        self,
        current: Value | int,
        later: Deliver | None,
        update: Update,
        live: bool = False,
        kick: Value | None = None,
    ) -> None:
        self.current = current
        self.later = later
        self.update = update
        self.live = live and later is not None
        self.kick = kick
        self.used = False
        self.announced = False
        self.kicked = False

    def take(self, *args: Any) -> Any:
        """Return the current for one evaluation of the membrane equation."""
        first, self.used = not self.used, True
        if first and not self.live:
            return self.current
        # brainstate accepts a plain zero as an input in any unit.
        return 0 if self.later is None else self.later(*args)

    def hold(self) -> None:
        """Give the current of ``update()`` to later evaluations, too, if they get any."""
        if self.later is not None:
            current = self.current
            self.later, self.live = lambda *args: current, False

    def take_kick(self) -> Any:
        """Return the kick at the first call; 0 at further calls, or if there is none."""
        first, self.kicked = not self.kicked, True
        return self.kick if first and self.kick is not None else 0

    @property
    def flags(self) -> tuple[bool, bool, bool]:
        """All that a step changes in the deposit; a trial of the step saves and restores it.

        ``used``: an evaluation has taken the current. ``announced``: the step plug was called
        before the current plug. ``kicked``: the kick was handed over.
        """
        return self.used, self.announced, self.kicked

    @flags.setter
    def flags(self, flags: tuple[bool, bool, bool]) -> None:
        self.used, self.announced, self.kicked = flags


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
        self.deposit = Deposit(current, later, update, keeps_arrays(self.host), kick)

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


class Source(Protocol):
    """Where a plug gets the current from: a :class:`Terminal`, or the coupler of a population."""

    host: Any
    junction: str

    def take(self, *args: Any) -> Any:
        """Return the current for one evaluation of the membrane equation."""

    def end_step(self) -> Any:
        """Return what is added to the voltage at once, and end the step."""

    def after(self) -> None:
        """Do what is left to do when the step is over."""


class CurrentPlug(Node):
    """What a population calls when it sums its current inputs.

    Parameters
    ----------
    terminal : Terminal or Coupler
        What to take the current from: anything with ``take()`` and a ``host``.
    host : Dynamics
        The population in which this plug is registered.
    """

    def __init__(self, terminal: Source, host: brainstate.nn.Dynamics) -> None:
        self.terminal = terminal
        self.host = host

    def __setattr__(self, name: str, value: object) -> None:
        super().__setattr__(name, value)
        # brainstate makes a clone attribute by attribute, without calling __init__. When both of
        # the attributes are there, the terminal of the clone learns which population it belongs to.
        if len(vars(self)) == 2:
            self.terminal.host = self.host

    def __call__(self, *args: Any) -> Any:
        return self.terminal.take(*args)

    def __repr__(self) -> str:
        return f"<current of {self.terminal.junction}>"


class AfterPlug(Node):
    """What a population calls when its step is over.

    Parameters
    ----------
    source : Terminal or Coupler
        What wants to know.
    """

    # brainstate marks by this attribute what does not get the value that the update returned.
    _not_receive_update_output = True

    def __init__(self, source: Source) -> None:
        self.source = source

    def __call__(self) -> None:
        self.source.after()

    def __repr__(self) -> str:
        return f"<end of the step for {self.source.junction}>"


class StepPlug(Node):
    """What a population calls when it sums its delta inputs, once per step."""

    def __init__(self, terminal: Source) -> None:
        self.terminal = terminal

    def __call__(self, *args: Any) -> Any:
        return self.terminal.end_step()

    def __repr__(self) -> str:
        return f"<step end of {self.terminal.junction}>"
