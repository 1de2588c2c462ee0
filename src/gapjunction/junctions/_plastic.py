"""Junctions whose strength changes with what their cells do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, final

import brainpy.state
import brainstate
import jax
import jax.numpy as jnp
import saiunit as u

from gapjunction._checks import describe
from gapjunction._hosts import read_named, resets, spike_threshold, spiked, voltage_unit
from gapjunction._typing import ArrayLike, Connection
from gapjunction.coupling import Implicit
from gapjunction.junctions._lawful import Lawful
from gapjunction.junctions._scale import scaled
from gapjunction.laws import Law, Ohmic
from gapjunction.plasticity import Rule

# The replicas of NEST's neurons, which brainpy 2.9 has no more.
_WITHIN: Final = (brainpy.state.NESTNeuron,) if hasattr(brainpy.state, "NESTNeuron") else ()


@final
class PlasticGapJunction(Lawful):
    r"""Electrical coupling whose strength depends on the activity of its cells.

    The conductance of an edge is ``weight`` times its strength, times what a law says. A rule
    changes the strength, from traces that it keeps of each cell: of spikes, or of a state.

    Parameters
    ----------
    couples, states, conn, weight, param_type
        As in :class:`SymmetryGapJunction`; ``weight`` is the conductance at a strength of 1.
    rule : gapjunction.plasticity.Rule
        What changes the strength: ``BurstSpike``, ``FollowsState``, or one of your own.
    law : gapjunction.laws.Law, default gapjunction.laws.Ohmic()
        How the conductance depends on voltages.
    threshold : Quantity, optional
        Voltage at whose upward crossing a cell spikes; by default the population's ``V_th``. A
        population that resets its voltage tells its spikes by itself.
    coupling, layout, scale, name
        As in :class:`VoltageGatedGapJunction`.

    Attributes
    ----------
    strength : brainstate.HiddenState
        Strength of each edge, shape ``(*batch, n_edges)``. :meth:`init_state` makes it.
    traces : brainstate.ShortTermState
        What the rule remembers of the cells of pre, and of those of post; of one population that
        is coupled to itself, only once.

    Raises
    ------
    TypeError, ValueError, saiunit.UnitMismatchError
        As in :class:`SymmetryGapJunction`; if ``rule`` or ``law`` is none; if the rule reads spikes
        and a population tells none, or ``threshold`` is no voltage of it.

    Notes
    -----
    In ``update()`` first the law's state is advanced; then the traces, by the step that ends; then
    the strength, to the end of the step that starts. Rules do not see what happens within a step.

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
        couples: Any,
        states: str | tuple[str, str],
        conn: Connection,
        weight: ArrayLike | Callable[..., Any] | Any,
        param_type: Callable[[Any], Any] = brainstate.ParamState,
        *,
        rule: Rule,
        law: Law | None = None,
        threshold: Any = None,
        coupling: str | Implicit = "stage",
        layout: str | None = None,
        scale: Any = None,
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
            name=name,
        )

    @brainstate.nn.call_order(1)
    def init_state(self, *args: Any, **kwargs: Any) -> None:
        """Make the strength, the traces, and the law's state, as they start.

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
        """Put the strength, the traces, and the law's state back to their start."""
        super().reset_state(*args, **kwargs)
        strength = self._strength()
        self._before.value, self.traces.value, strength.value = self._start()

    def largest_conductance(self) -> Any:
        """Return the conductance that limits of the time step are computed with.

        It is that of :class:`VoltageGatedGapJunction`, at the largest strength.
        """
        return super().largest_conductance() * self.rule.bounds[1]

    @property
    def _alike(self) -> bool:
        return False

    def _factor(self) -> Any:
        factor, strength = super()._factor(), self._strength().value
        return strength if factor is None else scaled(strength, factor, False)

    def _advance(self) -> None:
        super()._advance()
        strength, dt = self._strength(), brainstate.environ.get_dt()
        rule, before, traces = self.rule, [], []
        last = zip(self._cells(), self._before.value, self.traces.value, strict=True)
        for (host, V), V_before, trace in last:
            spike = spiked(host, V, V_before, self.threshold) if rule.spikes else None
            new = rule.follow(trace, V, spike, self._named(host, V), dt)
            before.append(None if V_before is None else V)
            # A step must not change a dtype: it may be within a loop.
            traces.append({key: _like(new[key], trace[key]) for key in trace})
        self._before.value, self.traces.value = tuple(before), tuple(traces)
        new = rule.change(strength.value, *self._ends(traces), dt)
        strength.value = _like(rule.bounded(new), strength.value)

    def _start(self) -> tuple[Any, Any, Any]:
        """Return the first voltages before, traces and strength."""
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
        """Return the populations that have traces of their own, and their voltages."""
        v_pre, v_post = self._voltages()
        ends = [(self.pre, v_pre), (self.post, v_post)]
        return ends[:1] if self._is_one else ends

    @property
    def _is_one(self) -> bool:
        return self.pre is self.post and self.pre_state == self.post_state

    def _named(self, host: Any, V: Any) -> dict[str, Any]:
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

    def _ends(self, traces: list[Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the traces at the two ends of each edge."""
        first, last = traces[0], traces[-1]
        found = {key: self._wiring.ends(first[key], last[key]) for key in first}
        return {key: x for key, (x, _) in found.items()}, {key: x for key, (_, x) in found.items()}

    def _strength(self) -> Any:
        if not isinstance(getattr(self, "strength", None), brainstate.State):
            raise ValueError(
                f"{self._label} has no strength yet: call its init_state(), or "
                "brainstate.nn.init_all_states(model), after its populations are initialised."
            )
        return self.strength

    def _plug_into(self, pre: Any, post: Any) -> None:
        if self.rule.spikes:
            for host, state in ((pre, self.pre_state), (post, self.post_state)):
                _check_spikes(host, voltage_unit(host, state), self.threshold)
            if self.threshold is not None and resets(pre) and resets(post):
                raise ValueError(
                    f"threshold must be left out: {type(pre).__name__} resets its voltage, and "
                    f"tells its spikes by itself; got {describe(self.threshold)}."
                )
        super()._plug_into(pre, post)


def _check_spikes(host: Any, volt: u.Unit | None, threshold: Any) -> None:
    """Refuse a population that does not tell its spikes, and a threshold of another kind."""
    if isinstance(host, _WITHIN) and hasattr(host, "V_reset"):
        raise TypeError(
            f"couples must keep the voltage of a spike until their next step; "
            f"{type(host).__name__} resets within its own, so that its spikes cannot be told."
        )
    if not resets(host) and threshold is None:
        spike_threshold(host)
    if threshold is not None and volt is not None and u.get_unit(threshold).dim != volt.dim:
        raise u.UnitMismatchError(
            f"threshold must be a voltage in a unit such as {volt}, got {describe(threshold)}."
        )


def _like(new: Any, old: Any) -> Any:
    dtype = u.get_mantissa(old).dtype
    return jax.tree.map(lambda x: jnp.asarray(x, dtype), new)
