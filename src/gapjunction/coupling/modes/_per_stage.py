"""Explicit coupling that follows the stages of a host's solver."""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar, final

import saiunit as u

from gapjunction._checks import describe
from gapjunction._typing import Value
from gapjunction.coupling._instant import Instant
from gapjunction.coupling.modes._mode import Mode


@final
@dataclasses.dataclass(frozen=True)
class PerStage(Mode):
    """``'stage'``: the current is evaluated at each stage of the host's solver.

    It equals ``'step'`` for solvers of one stage. The voltages of a stage are known only within the
    step, so the junction leaves functions of the population's own voltage. For the other population
    they use the voltage that it had at ``update()``. Its present value must not be read at a stage:
    if the other population has stepped already, that value is a new one, and the result would
    depend on the order in which populations step.
    """

    __module__ = "gapjunction.coupling"

    name: ClassVar[str] = "stage"
    stiffness: ClassVar[float] = 1.0
    held: ClassVar[bool] = False

    def leave(self, junction: Instant) -> None:
        """Leave the current of this instant, and functions that give it at later stages."""
        v_pre, v_post = junction.voltages
        states, within = junction.states, junction.within

        def into_pre(*args: Any) -> Any:
            v = _stage_voltage(junction.name, states[0], v_pre, args)
            if v is None:
                # The junction couples a state other than V, which has no value at a stage.
                return junction.now.pre
            # Within one population both ends of an edge are at the voltages of the stage.
            other = args[1] if junction.joined else v_post
            return junction.into(0, v, v if within else other)

        def into_post(*args: Any) -> Any:
            v = _stage_voltage(junction.name, states[1], v_post, args)
            if v is None:
                return junction.now.post
            other = args[1] if junction.joined else v_pre
            return junction.into(1, v if within else other, v)

        junction.put(junction.now, (into_pre, into_post))

    def caution(self, kappa: float) -> str:
        """Return nothing: the limit of the time step is all that there is to say."""
        return ""


def _stage_voltage(junction: str, state: str, now: Value, args: tuple[Any, ...]) -> Any:
    """Return the voltage at which a population evaluates its membrane equation.

    Parameters
    ----------
    junction : str
        The junction's name, for messages.
    state : str
        The state that the junction couples.
    now : Quantity or array
        That state at the instant of ``update()``.
    args : tuple
        What the population has called its current inputs with: its V at the present stage.

    Returns
    -------
    Quantity or array or None
        None if the junction couples a state other than V, because populations pass V alone.

    Raises
    ------
    ValueError
        If what the population passes is not a voltage of its shape.
    """
    if state != "V":
        return None
    v = args[0] if args else None
    if v is None or u.math.shape(v) != u.math.shape(now) or u.get_dim(v) != u.get_dim(now):
        raise ValueError(
            f"coupling='stage' of {junction} needs a population that passes its V "
            f"to sum_current_inputs(x, V); got {describe(v)}. Use coupling='step' with this one."
        )
    return v
