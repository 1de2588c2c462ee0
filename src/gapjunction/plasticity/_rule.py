"""The base class of rules of plasticity."""

from __future__ import annotations

import abc
from collections.abc import Mapping
from typing import Any, ClassVar, TypeAlias

import jax
import jax.numpy as jnp

from gapjunction._checks import check_real, describe
from gapjunction._typing import ArrayLike, QuantityLike, Value

Traces: TypeAlias = Mapping[str, Any]
"""What a rule remembers of each cell, by name: arrays or quantities of one shape."""


class Rule(abc.ABC):
    r"""How the strength of a junction changes with the activity of its two cells.

    The conductance of an edge is the product of the junction's ``weight``, the strength of the edge
    and the factor that the junction's law computes. A rule holds parameters only. What it remembers
    of each cell, its traces, and the strength of each edge are stored by the junction, which passes
    them to the rule and keeps what the rule returns. To write a rule of your own, derive a frozen
    dataclass that has :meth:`initial`, :meth:`follow` and :meth:`change`. The junction clips the
    strength to ``bounds`` after each step.

    Attributes
    ----------
    bounds : (float, float)
        The smallest and the largest strength.
    start : float
        The initial strength.
    reads : tuple of str
        Names of the states of the populations that the rule needs in addition to the voltage. A
        dot leads to an attribute or to the entry of a mapping: ``'pools.ca.C'``.
    spikes : bool
        Whether the rule needs to know which cells spike.

    Examples
    --------
    A strength that falls by 1 % with every spike of either cell:

    >>> import dataclasses
    >>> import gapjunction as gj
    >>> @dataclasses.dataclass(frozen=True)
    ... class Wearing(gj.plasticity.Rule):
    ...     bounds: tuple = (0.0, 1.0)
    ...
    ...     def initial(self, V, named):
    ...         return {'spike': 0 * V.mantissa}
    ...
    ...     def follow(self, traces, V, spike, named, dt):
    ...         return {'spike': spike.astype(V.dtype)}
    ...
    ...     def change(self, strength, pre, post, dt):
    ...         return strength * 0.99 ** (pre['spike'] + post['spike'])
    """

    bounds: tuple[float, float]
    start: float = 1.0
    reads: tuple[str, ...] = ()
    spikes: ClassVar[bool] = True

    @abc.abstractmethod
    def initial(self, V: Value, named: Mapping[str, Any]) -> Traces:
        """Return the initial traces of cells.

        Parameters
        ----------
        V : Quantity or array, shape (*batch, *cells)
            Voltages of the cells.
        named : mapping
            Values of the states in ``reads`` by their names, in the shape of ``V``.
        """

    @abc.abstractmethod
    def follow(
        self,
        traces: Traces,
        V: Value,
        spike: jax.Array | None,
        named: Mapping[str, Any],
        dt: QuantityLike,
    ) -> Traces:
        """Return the traces at the end of a time step.

        Parameters
        ----------
        traces : mapping
            The traces at the start of the step.
        V, named
            As in :meth:`initial`, at the end of the step.
        spike : array of bool, or None
            Which cells spiked in this step; None if the attribute ``spikes`` is False.
        dt : Quantity
            The time step.
        """

    @abc.abstractmethod
    def change(self, strength: jax.Array, pre: Traces, post: Traces, dt: QuantityLike) -> jax.Array:
        """Return the strength of edges at the end of the time step that starts now.

        Parameters
        ----------
        strength : array, shape (*batch, n_edges)
            The strength at the start of the step.
        pre, post : mapping
            Traces of the cells at the two ends of each edge, in the shape of ``strength``.
        dt : Quantity
            The time step.
        """

    def begin(self, pre: Traces, post: Traces) -> ArrayLike:
        """Return the initial strength, one number for all edges or one for each: ``start``."""
        return self.start

    def bounded(self, strength: jax.Array) -> jax.Array:
        """Return the strength, clipped to ``bounds``."""
        return jnp.clip(strength, *self.bounds)


def check_bounds(bounds: object, start: object) -> None:
    """Raise an error if bounds are not a rising pair, or a start is not within them."""
    if not isinstance(bounds, (tuple, list)) or len(bounds) != 2:
        raise TypeError(f"bounds must be a pair (low, high), got {describe(bounds)}.")
    low = check_real("bounds[0]", bounds[0], low=0.0)
    high = check_real("bounds[1]", bounds[1])
    if not low < high:
        raise ValueError(f"bounds must rise, got {describe(bounds)}.")
    if start is not None:
        check_real("start", start, low=low, high=high)
