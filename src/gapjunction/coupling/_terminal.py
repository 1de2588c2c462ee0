r"""The two ends of a junction, and how current gets from there into a population.

A population sums its *current inputs* inside its membrane equation, once or once per stage of
its solver, and its *delta inputs* once a step. A junction plugs one callable into each::

    junction --- Terminal --- CurrentPlug (in the population's current inputs)
                         \--- StepPlug    (in its delta inputs)

The junction leaves a deposit at the terminal; the current plug hands its current over; the step
plug hands over its kick, sees the step end, takes away what was used, and notices a junction that
was called at the wrong place.

The terminal is what junction and population share. It is a graph node without states, so a clone
of a model keeps the link, and a model's state paths are those it has without junctions: the
terminal itself does not lead to the population, only the plug inside the population does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from brainstate.graph import Node

from gapjunction._hosts import keeps_arrays
from gapjunction.coupling._traces import Traces, open_traces

Deliver = Callable[..., Any]


class Update:
    """One call of a junction's ``update()``: what the deposits at its two ends share."""

    __slots__ = ("traces", "void")

    def __init__(self) -> None:
        self.traces: Traces = open_traces()
        self.void = False

    @property
    def has_ended(self) -> bool:
        """Whether the transformed function in which it was made is over."""
        return bool(self.traces) and self.traces[0] not in open_traces()

    def refuse(self, terminal: Terminal, why: str) -> ValueError:
        """Drop the current at both ends and return the error that says so."""
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
        What the first evaluation of the step gets: the current at the instant of ``update()``.
    later : callable, optional
        ``later(V)`` is what the further evaluations get (later stages of a solver); without it
        they get nothing.
    update : Update
        The call that left it.
    live : bool
        Whether the first evaluation, too, gets ``later(V)``: one that is traced once for all
        turns of a loop has no first.
    kick : Quantity or array, optional
        What the population's delta inputs get, once: what its voltage jumps by in the step.
    """

    __slots__ = ("announced", "current", "kick", "kicked", "later", "live", "update", "used")

    def __init__(
        self,
        current: Any,
        later: Deliver | None,
        update: Update,
        live: bool = False,
        kick: Any = None,
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
        # A plain zero is neutral in every unit.
        return 0 if self.later is None else self.later(*args)

    def take_kick(self) -> Any:
        """Return the kick, the first time."""
        first, self.kicked = not self.kicked, True
        return self.kick if first and self.kick is not None else 0

    @property
    def flags(self) -> tuple[bool, bool, bool]:
        """What a step changes."""
        return self.used, self.announced, self.kicked

    @flags.setter
    def flags(self, flags: tuple[bool, bool, bool]) -> None:
        self.used, self.announced, self.kicked = flags


class Terminal(Node):
    """One end of a junction.

    Parameters
    ----------
    host : Dynamics
        The population at this end.
    key : str
        The key of this end's inputs in the population.
    junction : str
        The junction's name, for messages.
    """

    graph_invisible_attrs = ("deposit", "host", "passive", "stepped_alone")

    # Invisible attributes do not survive a clone; these are what a clone starts with.
    host: Any = None
    deposit: Deposit | None = None
    stepped_alone: Traces = ()
    passive: bool = False

    def __init__(self, host: Any, key: str, junction: str) -> None:
        self.host = host
        self.key = key
        self.junction = junction

    def connect(self) -> None:
        """Plug this end into its population."""
        self.host.add_current_input(self.key, CurrentPlug(self, self.host))
        self.host.add_delta_input(self.key, StepPlug(self))

    def check_order(self) -> None:
        """Refuse an ``update()`` that follows its population's step within one trace.

        The deposit would be for the next step, but a traced loop body has no next step: it would
        be lost. Outside of transformations the order is free.
        """
        now = open_traces()
        if now and now[0] in self.stepped_alone:
            raise ValueError(
                f"{self.junction} was called after {type(self.host).__name__}, its population, "
                "in the same step of a transformed function (jit, for_loop, ...): its current "
                "would be lost. Call junctions before their neurons."
            )

    def put(self, current: Any, later: Deliver | None, update: Update, kick: Any = None) -> None:
        """Leave current for the population's next step, in place of any that still waits."""
        self.deposit = Deposit(current, later, update, keeps_arrays(self.host), kick)

    def save(self) -> tuple[Any, ...]:
        """Return what :meth:`load` puts back."""
        deposit = self.deposit
        return deposit, deposit.flags if deposit else None, self.stepped_alone

    def load(self, saved: tuple[Any, ...]) -> None:
        """Go back to when :meth:`save` was called."""
        self.deposit, flags, self.stepped_alone = saved
        if self.deposit is not None:
            self.deposit.flags = flags

    def take(self, *args: Any) -> Any:
        """Hand over current for one evaluation of the membrane equation."""
        if self.passive:
            return 0 if (deposit := self._on_trial()) is None else deposit.take(*args)
        deposit = self._waiting()
        if deposit is None:
            return 0
        current = deposit.take(*args)
        if deposit.announced:
            self.deposit = None
        return current

    def end_step(self) -> Any:
        """Hand over the kick, and clear what the step has used."""
        if self.passive:
            return 0 if (deposit := self._on_trial()) is None else deposit.take_kick()
        deposit, now = self._waiting(), open_traces()
        if deposit is None or deposit.announced:
            self.deposit, self.stepped_alone = None, now
            return 0
        # The current plug cannot tell: hosts that linearise their equation trace it by themselves.
        if deposit.update.traces[:1] != now[:1]:
            self.deposit = None
            raise deposit.update.refuse(
                self, "its current would be compiled in as a constant, for every step to come"
            )
        self.stepped_alone = ()
        if deposit.used:
            self.deposit = None
        else:
            # Hosts such as CubaLIF sum their delta inputs before their current inputs.
            deposit.announced = True
        return deposit.take_kick()

    def _on_trial(self) -> Deposit | None:
        """Return what a trial of the population's update gets, which is traced by itself."""
        deposit = self.deposit
        gone = deposit is None or deposit.update.void or deposit.update.has_ended
        return None if gone else deposit

    def _waiting(self) -> Deposit | None:
        deposit = self.deposit
        if deposit is None:
            return None
        if not (deposit.update.void or deposit.update.has_ended):
            return deposit
        self.deposit = None
        # Used and ended: left over from a loop, by a population that sums no delta inputs.
        if not (deposit.update.void or deposit.used):
            raise deposit.update.refuse(
                self, "the function that computed its current has ended, or failed, without a step"
            )
        return None


class CurrentPlug(Node):
    """What a population calls when it sums its current inputs."""

    def __init__(self, terminal: Terminal, host: Any) -> None:
        self.terminal = terminal
        self.host = host

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        # A clone is made attribute by attribute: tell its terminal where it is now.
        if len(vars(self)) == 2:
            self.terminal.host = self.host

    def __call__(self, *args: Any) -> Any:
        return self.terminal.take(*args)

    def __repr__(self) -> str:
        return f"<current of {self.terminal.junction}>"


class StepPlug(Node):
    """What a population calls when it sums its delta inputs, once a step."""

    def __init__(self, terminal: Terminal) -> None:
        self.terminal = terminal

    def __call__(self, *args: Any) -> Any:
        return self.terminal.end_step()

    def __repr__(self) -> str:
        return f"<step end of {self.terminal.junction}>"
