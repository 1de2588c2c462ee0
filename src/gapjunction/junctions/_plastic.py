"""Junctions whose strength changes with the activity of their cells."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, final

import brainstate
import jax
import jax.numpy as jnp
import saiunit as u

from gapjunction._checks import describe
from gapjunction._typing import ArrayLike, Connection, Value
from gapjunction.coupling import Mode
from gapjunction.hosts import (
    keeps_spikes,
    read_named,
    resets,
    spike_threshold,
    spiked,
    voltage_unit,
)
from gapjunction.junctions._lawful import Lawful
from gapjunction.junctions._one import Couples
from gapjunction.junctions._per import Per
from gapjunction.junctions._scale import Scale, scaled
from gapjunction.junctions._weights import Weight
from gapjunction.laws import Law, Ohmic
from gapjunction.plasticity import Rule


@final
class PlasticGapJunction(Lawful):
    r"""Electrical coupling whose strength depends on the activity of its cells.

    The conductance of an edge is ``weight`` times its strength, times the value of a law. A rule
    changes the strength. For that it keeps *traces* of each cell, such as its filtered spike train,
    or one of its states.

    Parameters
    ----------
    couples, states, conn, weight, param_type
        As in :class:`SymmetryGapJunction`; ``weight`` is the conductance at a strength of 1.
    rule : gapjunction.plasticity.Rule
        What changes the strength: ``BurstSpike``, ``FollowsState``, or a rule of your own.
    law : gapjunction.laws.Law, default gapjunction.laws.Ohmic()
        How the conductance depends on voltages.
    threshold : Quantity, optional
        A cell spikes where its voltage crosses this one upwards; by default the population's
        ``V_th``. It is not used for populations that reset their voltage, whose spikes are known.
    coupling, layout, scale, per, name
        As in :class:`VoltageGatedGapJunction`.

    Attributes
    ----------
    strength : brainstate.HiddenState
        Strength of each edge, shape ``(*batch, n_edges)``. It exists after :meth:`init_state`.
    traces : brainstate.ShortTermState
        A tuple of the traces of the cells of pre and of those of post; of one item for a
        population that is coupled to itself.

    Raises
    ------
    TypeError, ValueError, saiunit.UnitMismatchError
        As in :class:`SymmetryGapJunction`; a TypeError if ``rule`` is not a Rule or ``law`` not a
        Law; and an error if the rule reads spikes, but the spikes of a population are not known (as
        of one that may reset within the step of a spike), or ``threshold`` is not in the unit of
        its voltage.

    Notes
    -----
    ``update()`` is called between two steps. It first advances the state of the law, then the
    traces by the step that has ended, and then the strength to the end of the step that follows.
    Rules do not see what happens within a step. A population of your own that resets its voltage
    must therefore keep the voltage of a spike until its next step, and states this by a method
    ``after_reset(V)`` that returns the V from which its step starts. It is known to reset by its
    attribute ``V_reset``, or by a true attribute ``resets``. Whatever has neither spikes where its
    voltage crosses the threshold between two steps.

    Examples
    --------
    Two cells that burst together, at 250 Hz, drift apart:

    >>> import brainpy, brainstate, jax.numpy as jnp, saiunit as u
    >>> import gapjunction as gj
    >>> cells = brainpy.state.LIF(
    ...     2, R=1 * u.Gohm, V_rest=-70 * u.mV, V_reset=-70 * u.mV, V_th=-50 * u.mV)
    >>> rule = gj.plasticity.BurstSpike(depression=1e-3 / u.ms, potentiation=2e-3)
    >>> gap = gj.PlasticGapJunction(cells, 'V', ([0], [1]), 2 * u.nS, rule=rule)
    >>> cells.init_state()
    >>> gap.init_state()
    >>> def step(i):
    ...     cells.V.value = jnp.where(i % 40 == 0, -40., -70.) * jnp.ones(2) * u.mV
    ...     gap()
    ...     return gap.conductance()
    >>> with brainstate.environ.context(dt=0.1 * u.ms):
    ...     g = brainstate.transform.for_loop(step, jnp.arange(1000))
    >>> print(f'{g[0, 0].to_decimal(u.nS):.2f} -> {g[-1, 0].to_decimal(u.nS):.2f} nS')
    2.00 -> 1.87 nS
    """

    __module__ = "gapjunction"
    law = Ohmic()

    def __init__(
        self,
        couples: Couples,
        states: str | tuple[str, str],
        conn: Connection,
        weight: Weight,
        param_type: Callable[[Any], Any] = brainstate.ParamState,
        *,
        rule: Rule,
        law: Law | None = None,
        threshold: ArrayLike | None = None,
        coupling: str | Mode = "stage",
        layout: str | None = None,
        scale: Scale | None = None,
        per: Per | None = None,
        name: str | None = None,
    ) -> None:
        if not isinstance(rule, Rule):
            raise TypeError(
                f"rule must be one of gapjunction.plasticity, or a Rule, got {describe(rule)}."
            )
        self.rule = rule
        self.threshold = threshold
        super().__init__(
            couples,
            states,
            conn,
            weight,
            param_type,
            law=law,
            coupling=coupling,
            layout=layout,
            scale=scale,
            per=per,
            name=name,
        )

    @brainstate.nn.call_order(1)
    def init_state(self, *args: Any, **kwargs: Any) -> None:
        """Make the strength, the traces, and the state of the law, with their initial values.

        Raises
        ------
        ValueError
            If the populations are not initialised, or lack a state that the rule reads.
        """
        super().init_state(*args, **kwargs)
        before, traces, strength = self._start()
        self._before = brainstate.ShortTermState(before)
        self.traces = brainstate.ShortTermState(traces)
        self.strength = brainstate.HiddenState(strength)

    @brainstate.nn.call_order(1)
    def reset_state(self, *args: Any, **kwargs: Any) -> None:
        """Put the strength, the traces, and the state of the law back to their initial values."""
        super().reset_state(*args, **kwargs)
        strength = self._strength()
        self._before.value, self.traces.value, strength.value = self._start()

    def largest_conductance(self) -> Any:
        """Return the conductance with which limits of the time step are computed.

        It is that of :class:`VoltageGatedGapJunction`, at the largest strength.
        """
        return super().largest_conductance() * self.rule.bounds[1]

    @property
    def _alike(self) -> bool:
        # Each edge has a strength of its own.
        return False

    def _factor(self) -> jax.Array:
        factor, strength = super()._factor(), self._strength().value
        return strength if factor is None else scaled(strength, factor, False)

    def _advance(self) -> None:
        """Advance the state of the law, then the traces, then the strength; see the Notes."""
        super()._advance()
        strength, dt = self._strength(), brainstate.environ.get_dt()
        rule, before, traces = self.rule, [], []
        last = zip(self._cells(), self._before.value, self.traces.value, strict=True)
        for (host, V), V_before, trace in last:
            spike = spiked(host, V, V_before, self.threshold) if rule.spikes else None
            new = rule.follow(trace, V, spike, self._named(host, V), dt)
            before.append(None if V_before is None else V)
            # A step must not change the dtype of a state: loops of JAX refuse that.
            traces.append({key: _like(new[key], trace[key]) for key in trace})
        self._before.value, self.traces.value = tuple(before), tuple(traces)
        changed = rule.change(strength.value, *self._ends(traces), dt)
        strength.value = _like(rule.bounded(changed), strength.value)

    def _start(self) -> tuple[tuple[Any, ...], tuple[dict[str, Any], ...], jax.Array]:
        """Return the voltages of the step before, the traces and the strength, as they start.

        Voltages of the step before are kept only where spikes are crossings of a threshold.
        """
        before, traces = [], []
        for host, V in self._cells():
            if self.rule.spikes:
                _check_spikes(host, u.get_unit(V), self.threshold)
            before.append(V if self.rule.spikes and not resets(host) else None)
            traces.append(dict(self.rule.initial(V, self._named(host, V))))
        pre, post = self._ends(traces)
        V = u.get_mantissa(self._wiring.ends(*self._voltages())[0])
        strength = jnp.broadcast_to(jnp.asarray(self.rule.begin(pre, post), V.dtype), V.shape)
        return tuple(before), tuple(traces), self.rule.bounded(strength)

    def _cells(self) -> list[tuple[Any, Any]]:
        """Return each population and its voltage; one that is coupled to itself only once."""
        v_pre, v_post = self._voltages()
        ends = [(self.pre, v_pre), (self.post, v_post)]
        return ends[:1] if self._is_one else ends

    @property
    def _is_one(self) -> bool:
        """Whether both ends of the edges are the same voltages of one population."""
        return self.pre is self.post and self.pre_state == self.post_state

    def _named(self, host: brainstate.nn.Dynamics, V: Value) -> dict[str, Any]:
        """Return the states that the rule reads, by name, in the shape of the voltage."""
        shape, found = u.math.shape(V), {}
        for name in self.rule.reads:
            value = read_named("rule", host, name)
            try:
                found[name] = u.math.broadcast_to(value, shape)
            except ValueError as error:
                raise ValueError(
                    f"rule reads {name!r}, which must be one value or have the shape {shape} of "
                    f"the voltages; it has {u.math.shape(value)}."
                ) from error
        return found

    def _ends(self, traces: list[dict[str, Any]]) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the traces of the cells at the two ends of each edge."""
        # For one population these are the same item of the list.
        first, last = traces[0], traces[-1]
        found = {key: self._wiring.ends(first[key], last[key]) for key in first}
        return {key: x for key, (x, _) in found.items()}, {key: x for key, (_, x) in found.items()}

    def _strength(self) -> brainstate.State:
        """Return the State of the strength; an error says to initialise it if it is missing."""
        if not isinstance(getattr(self, "strength", None), brainstate.State):
            raise ValueError(
                f"{self._label} has no strength yet: call its init_state(), or "
                "brainstate.nn.init_all_states(model), after its populations are initialised."
            )
        return self.strength

    def _plug_into(self, pre: brainstate.nn.Dynamics, post: brainstate.nn.Dynamics) -> None:
        """Check that spikes are known, then register this junction in its populations."""
        if self.rule.spikes:
            for host, state in ((pre, self.pre_state), (post, self.post_state)):
                _check_spikes(host, voltage_unit(host, state), self.threshold)
            if self.threshold is not None and resets(pre) and resets(post):
                raise ValueError(
                    f"threshold must be left out: {type(pre).__name__} resets its voltage, and "
                    f"tells its spikes by itself; got {describe(self.threshold)}."
                )
        super()._plug_into(pre, post)


def _check_spikes(
    host: brainstate.nn.Dynamics, volt: u.Unit | None, threshold: ArrayLike | None
) -> None:
    """Raise an error if a population's spikes cannot be told, or the threshold is no voltage."""
    if resets(host) and not keeps_spikes(host):
        raise TypeError(
            "couples must keep the voltage of a spike until their next step, as the "
            "integrate-and-fire neurons of brainpy.state do: the rule finds spikes by it. "
            f"{type(host).__name__} has a reset of its own, which may come within the step of the "
            "spike. If it comes at the start of the next step, say so by a method after_reset(V) "
            "that returns the V its step starts from."
        )
    if not resets(host) and threshold is None:
        spike_threshold(host)
    if threshold is not None and volt is not None and u.get_unit(threshold).dim != volt.dim:
        raise u.UnitMismatchError(
            f"threshold must be a voltage in a unit such as {volt}, got {describe(threshold)}."
        )


def _like(new: Value, old: Value) -> Any:
    """Return ``new`` in the dtype of ``old``."""
    dtype = u.get_mantissa(old).dtype
    return jax.tree.map(lambda x: jnp.asarray(x, dtype), new)
