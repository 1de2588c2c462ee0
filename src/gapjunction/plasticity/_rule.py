"""What a rule of plasticity is."""

from __future__ import annotations

import abc
from collections.abc import Mapping
from typing import Any, ClassVar

import jax
import jax.numpy as jnp

from gapjunction._checks import check_real, describe

Traces = Mapping[str, Any]
"""What a rule remembers of cells, by name: arrays or quantities of one shape."""


class Rule(abc.ABC):
    r"""How the strength of a junction changes with what its two cells do.

    The conductance of an edge is ``weight`` times its strength, times what a law says. A rule is a
    set of parameters: the traces that it keeps of each cell, and the strength of each edge, are
    the junction's, handed in and out. A rule of your own is a frozen dataclass with
    :meth:`initial`, :meth:`follow` and :meth:`change`; the junction keeps the strength within
    ``bounds``, whatever the rule says.

    Attributes
    ----------
    bounds : (float, float)
        The least and the largest strength.
    start : float
        The first strength.
    reads : tuple of str
        States of the populations that the rule reads beside their voltages. A dot goes into an
        attribute, or an entry: ``'pools.ca.C'``.
    spikes : bool
        Whether the rule reads spikes.

    Examples
    --------
    A strength that falls by 1% at every spike, of either cell:

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
    def initial(self, V: Any, named: Mapping[str, Any]) -> Traces:
        """Return the first traces of cells.

        Parameters
        ----------
        V : Quantity or array, shape (*batch, *cells)
            Their voltages.
        named : mapping
            What ``reads`` names, in the shape of ``V``.
        """

    @abc.abstractmethod
    def follow(
        self, traces: Traces, V: Any, spike: Any, named: Mapping[str, Any], dt: Any
    ) -> Traces:
        """Return the traces after the step that ends now.

        Parameters
        ----------
        traces : mapping
            Those one step before.
        V, named
            As in :meth:`initial`.
        spike : array of bool, or None
            Which cells spiked in this step; None if ``spikes`` is false.
        dt : Quantity
            The time step.
        """

    @abc.abstractmethod
    def change(self, strength: jax.Array, pre: Traces, post: Traces, dt: Any) -> jax.Array:
        """Return the strength of edges at the end of the step that starts now.

        Parameters
        ----------
        strength : array, shape (*batch, n_edges)
            That at its start.
        pre, post : mapping
            The traces of the cells at the two ends of each edge, in the shape of ``strength``.
        dt : Quantity
            The time step.
        """

    def begin(self, pre: Traces, post: Traces) -> Any:
        """Return the first strength, of all edges or of each; ``start``."""
        return self.start

    def bounded(self, strength: jax.Array) -> jax.Array:
        """Return a strength within ``bounds``."""
        return jnp.clip(strength, *self.bounds)


def check_bounds(bounds: Any, start: Any) -> None:
    """Refuse bounds that hold no strength, and a start that is not within them."""
    if not isinstance(bounds, (tuple, list)) or len(bounds) != 2:
        raise TypeError(f"bounds must be a pair (low, high), got {describe(bounds)}.")
    low = check_real("bounds[0]", bounds[0], low=0.0)
    high = check_real("bounds[1]", bounds[1])
    if not low < high:
        raise ValueError(f"bounds must rise, got {describe(bounds)}.")
    if start is not None:
        check_real("start", start, low=low, high=high)
