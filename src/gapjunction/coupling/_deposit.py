"""What a junction leaves for one step of its populations, and whether it is still valid."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from gapjunction._typing import Value
from gapjunction.coupling._traces import Traces, open_traces

Deliver: TypeAlias = Callable[..., Any]
"""``later(V)``: the current into a population at a voltage that it passes."""


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

    @property
    def alive(self) -> bool:
        """Whether a step can still use what the call has left."""
        return not (self.void or self.has_ended)

    def refuse(self, junction: str, host: object, why: str) -> ValueError:
        """Invalidate the current at both ends, and return the error to raise.

        If only one end were invalidated, the population at the other end would use its current, or
        raise a second error.
        """
        self.void = True
        return ValueError(
            f"{junction} was not called in the same transformed function (jit, for_loop, "
            f"checkpoint, ...) as its population {type(host).__name__}: {why}. Call both in the "
            "same function."
        )


class Deposit:
    """Current and kick waiting for one step of one population.

    Parameters
    ----------
    junction : str
        The junction's name, for messages.
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
        Jump of the population's voltage in this step, handed over once as a delta input.

    Notes
    -----
    The first evaluation gets an array, and not ``later(V)``, so that ``'stage'`` equals ``'step'``
    (and `brainpy.state`) in populations with one evaluation per step. With ``later(V)`` it would
    not: integrate-and-fire neurons reset at the start of their step and pass the voltage after the
    reset, while the junction has read the one before it.
    """

    __slots__ = (
        *("announced", "current", "junction", "kick", "kicked", "later", "live", "update", "used"),
    )

    def __init__(
        self,
        junction: str,
        current: Value | int,
        later: Deliver | None,
        update: Update,
        live: bool = False,
        kick: Value | None = None,
    ) -> None:
        self.junction = junction
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
        """Give later evaluations, if they get a current at all, that of ``update()`` as well."""
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

        ``used``: an evaluation has taken the current. ``announced``: the delta plug was called
        before the current plug. ``kicked``: the kick was handed over.
        """
        return self.used, self.announced, self.kicked

    @flags.setter
    def flags(self, flags: tuple[bool, bool, bool]) -> None:
        self.used, self.announced, self.kicked = flags
