"""A rule by which the strength follows a state of the cells, such as the pH or a modulator."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, final

import jax
import jax.numpy as jnp
import saiunit as u

from gapjunction import _stable
from gapjunction._checks import describe
from gapjunction._typing import ArrayLike, QuantityLike, Value
from gapjunction.laws._numbers import check_number, number_in
from gapjunction.plasticity._rule import Rule, Traces, check_bounds


@final
@dataclasses.dataclass(frozen=True, eq=False, kw_only=True)
class FollowsState(Rule):
    r"""The strength relaxes towards a function of a state of the two cells.

    .. math::
        \tau\,\dot s = f(x_{pre}, x_{post}) - s

    Parameters
    ----------
    state : str
        Name of the state ``x``, which both populations must have, with one value for all cells or
        one for each. A dot leads to an attribute or to the entry of a mapping: ``'pools.ca.C'``.
    target : callable
        The function ``f``. It is called with the states of the presynaptic and of the postsynaptic
        cells, in their own unit, and returns plain numbers.
    tau : Quantity
        Time constant.
    bounds : (float, float), default (0, 1)
        The smallest and the largest strength. A strength of 1 leaves the junction's ``weight`` as
        it is.
    start : float, optional
        The initial strength; by default ``target`` of the initial states.

    Raises
    ------
    TypeError, ValueError, saiunit.UnitMismatchError
        If a parameter has the wrong type or unit, or a value out of range.

    Notes
    -----
    During a time step the states are taken to be constant, with their values at its start; the
    relaxation towards that target is exact.

    Examples
    --------
    Acidification closes the junction; the more acid of the two cells counts:

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
    tau: QuantityLike
    bounds: tuple[float, float] = (0.0, 1.0)
    # Here None stands for the target's value; in other rules the start is always a number.
    start: float | None = None  # type: ignore[assignment]
    spikes: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if not (isinstance(self.state, str) and self.state):
            raise TypeError(f"state must be the name of a state, got {describe(self.state)}.")
        if not callable(self.target):
            raise TypeError(
                f"target must be a function of two cells' states, got {describe(self.target)}."
            )
        check_number("tau", self.tau, u.ms, "a time", positive=True)
        check_bounds(self.bounds, self.start)

    # In the base class this is an attribute; here it follows from another parameter.
    @property
    def reads(self) -> tuple[str, ...]:  # type: ignore[override]
        """The name of the state, in a tuple."""
        return (self.state,)

    def initial(self, V: Value, named: Mapping[str, Any]) -> Traces:
        """Return the state as the only trace, ``x``."""
        return {"x": named[self.state]}

    def follow(
        self,
        traces: Traces,
        V: Value,
        spike: jax.Array | None,
        named: Mapping[str, Any],
        dt: QuantityLike,
    ) -> Traces:
        """Return the state as the only trace, ``x``."""
        return self.initial(V, named)

    def begin(self, pre: Traces, post: Traces) -> ArrayLike:
        """Return ``start``, or ``target`` of the states if it is None."""
        return self.target(pre["x"], post["x"]) if self.start is None else self.start

    def change(self, strength: jax.Array, pre: Traces, post: Traces, dt: QuantityLike) -> jax.Array:
        """Return the strength after it has relaxed towards the target for ``dt``."""
        steps = jnp.asarray(u.Quantity(dt).to_decimal(u.ms) / number_in(self.tau, u.ms))
        return strength + (strength - self.target(pre["x"], post["x"])) * _stable.fall(steps)
