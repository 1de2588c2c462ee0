"""Strength that follows a state of the cells: acid, a modulator, the activity of a region."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, final

import jax
import saiunit as u

from gapjunction import _stable
from gapjunction._checks import check_unit, describe
from gapjunction.plasticity._rule import Rule, Traces, check_bounds


@final
@dataclasses.dataclass(frozen=True, eq=False, kw_only=True)
class FollowsState(Rule):
    r"""The strength relaxes to a function of a state that the two cells have.

    .. math::
        \tau\,\dot s = f(x_{pre}, x_{post}) - s

    Parameters
    ----------
    state : str
        Name of the state ``x``, in both populations, of one value or one for each cell. A dot goes
        into an attribute, or an entry: ``'pools.ca.C'``.
    target : callable
        The function ``f`` of the state in pre and in post, of any unit; returns plain numbers.
    tau : Quantity
        Time constant.
    bounds : (float, float), default (0, 1)
        The least and the largest strength, in multiples of ``weight``.
    start : float, optional
        The first strength; by default what ``target`` says of the first state.

    Raises
    ------
    TypeError, ValueError, saiunit.UnitMismatchError
        If a parameter is not what it must be.

    Notes
    -----
    The state is that of the start of a step, held for the step; the relaxation is exact.

    Examples
    --------
    Acid closes a junction, and the more acid cell decides:

    >>> import jax, jax.numpy as jnp, saiunit as u
    >>> rule = FollowsState(
    ...     state='pH',
    ...     target=lambda a, b: jax.nn.sigmoid((jnp.minimum(a, b) - 6.9) / 0.1),
    ...     tau=2 * u.second,
    ... )
    """

    __module__ = "gapjunction.plasticity"

    state: str
    target: Callable[[Any, Any], Any]
    tau: u.Quantity
    bounds: tuple[float, float] = (0.0, 1.0)
    start: float | None = None  # type: ignore[assignment]
    spikes: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if not (isinstance(self.state, str) and self.state):
            raise TypeError(f"state must be the name of a state, got {describe(self.state)}.")
        if not callable(self.target):
            raise TypeError(f"target must be a function of two, got {describe(self.target)}.")
        check_unit("tau", self.tau, u.ms, "a time")
        if not self.tau.to_decimal(u.ms) > 0:
            raise ValueError(f"tau must be positive, got {describe(self.tau)}.")
        check_bounds(self.bounds, self.start)

    @property
    def reads(self) -> tuple[str, ...]:  # type: ignore[override]
        """The name of the state."""
        return (self.state,)

    def initial(self, V: Any, named: Mapping[str, Any]) -> Traces:
        """Return the state."""
        return {"x": named[self.state]}

    def follow(
        self, traces: Traces, V: Any, spike: Any, named: Mapping[str, Any], dt: Any
    ) -> Traces:
        """Return the state."""
        return self.initial(V, named)

    def begin(self, pre: Traces, post: Traces) -> Any:
        """Return ``start``, or the target."""
        return self.target(pre["x"], post["x"]) if self.start is None else self.start

    def change(self, strength: jax.Array, pre: Traces, post: Traces, dt: Any) -> jax.Array:
        """Return the strength one ``dt`` nearer to the target."""
        steps = dt.to_decimal(u.ms) / float(self.tau.to_decimal(u.ms))
        return strength + (strength - self.target(pre["x"], post["x"])) * _stable.fall(steps)
