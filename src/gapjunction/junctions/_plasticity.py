"""Strengths of junctions that change with the activity of their cells."""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar, final

import brainstate
import jax
import jax.numpy as jnp
import saiunit as u

from gapjunction._checks import check_finite, describe
from gapjunction._typing import ArrayLike, Value
from gapjunction.coupling import Impulse
from gapjunction.hosts import keeps_spikes, read_named, resets, spike_threshold, spiked
from gapjunction.junctions._component import Component, Kept, Voltages
from gapjunction.junctions._ends import Ends
from gapjunction.plasticity import Rule


@final
@dataclasses.dataclass(frozen=True)
class Plasticity(Component):
    """A rule that changes the strength of each edge.

    Parameters
    ----------
    rule : Rule
        What changes the strength.
    threshold : Quantity or None
        A cell spikes where its voltage crosses this one upwards; None for the population's own.
    """

    rule: Rule
    threshold: ArrayLike | None

    states: ClassVar[dict[str, type[brainstate.State]]] = {
        "_before": brainstate.ShortTermState,
        "traces": brainstate.ShortTermState,
        "strength": brainstate.HiddenState,
    }
    missing: ClassVar[str] = "has no strength yet"
    # Each edge has a strength of its own.
    alike: ClassVar[bool] = False

    @property
    def largest_factor(self) -> float:
        """The largest strength."""
        return self.rule.bounds[1]

    def check(self, ends: Ends) -> None:
        """Raise an error if the rule needs spikes that are not known, or ignores the threshold."""
        if not self.rule.spikes:
            if self.threshold is not None:
                raise ValueError(
                    f"threshold must be left out: {type(self.rule).__name__} reads no spikes; got "
                    f"{describe(self.threshold)}."
                )
            return
        for host in ends.hosts:
            _check_spikes(host, ends.volt(host), self.threshold)
        pre, post = ends.hosts
        if self.threshold is not None and resets(pre) and resets(post):
            raise ValueError(
                f"threshold must be left out: {type(pre).__name__} resets its voltage, and its "
                f"spikes are known without one; got {describe(self.threshold)}."
            )

    def initial(self, ends: Ends, voltages: Voltages) -> Kept:
        """Return the initial voltages of the step before, traces and strength.

        Voltages of the step before are kept only where spikes are crossings of a threshold.
        """
        before, traces = [], []
        for host, V in _cells(ends, voltages):
            if self.rule.spikes:
                _check_spikes(host, u.get_unit(V), self.threshold)
            before.append(V if self.rule.spikes and not resets(host) else None)
            traces.append(dict(self.rule.initial(V, self._named(host, V))))
        pre, post = _at_edges(ends, traces)
        V = u.get_mantissa(ends.wiring.ends(*voltages)[0])
        strength = jnp.broadcast_to(jnp.asarray(self.rule.begin(pre, post), V.dtype), V.shape)
        return {
            "_before": tuple(before),
            "traces": tuple(traces),
            "strength": self.rule.bounded(strength),
        }

    def advance(self, ends: Ends, voltages: Voltages, kept: Kept) -> Kept:
        """Advance the traces by the step that has ended, then the strength by the coming one."""
        dt, rule, before, traces = brainstate.environ.get_dt(), self.rule, [], []
        last = zip(_cells(ends, voltages), kept["_before"], kept["traces"], strict=True)
        for (host, V), V_before, trace in last:
            spike = spiked(host, V, V_before, self.threshold) if rule.spikes else None
            new = rule.follow(trace, V, spike, self._named(host, V), dt)
            before.append(None if V_before is None else V)
            # A step must not change the dtype of a state, because loops of JAX refuse that.
            traces.append({key: _like(new[key], trace[key]) for key in trace})
        changed = rule.change(kept["strength"], *_at_edges(ends, traces), dt)
        strength = _like(rule.bounded(changed), kept["strength"])
        return {"_before": tuple(before), "traces": tuple(traces), "strength": strength}

    def factor(self, kept: Kept) -> jax.Array:
        """Return the strength."""
        return jnp.asarray(kept["strength"])

    def start(self, ends: Ends, voltages: Voltages) -> Voltages:
        """Return the present voltages."""
        return voltages

    def impulses(
        self, ends: Ends, kept: Kept, conductance: Value, factor: jax.Array | None
    ) -> tuple[tuple[Impulse, Impulse], Kept]:
        """Return no impulses."""
        return (Impulse(), Impulse()), {}

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


def _cells(ends: Ends, voltages: Voltages) -> list[tuple[Any, Any]]:
    """Return each population and its voltage; a population coupled to itself appears once."""
    found = list(zip(ends.hosts, voltages, strict=True))
    return found[:1] if ends.is_one else found


def _at_edges(ends: Ends, traces: list[dict[str, Any]]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the traces of the cells at the two ends of each edge."""
    # For a population that is coupled to itself, both are the same item of the list.
    first, last = traces[0], traces[-1]
    found = {key: ends.wiring.ends(first[key], last[key]) for key in first}
    return {key: x for key, (x, _) in found.items()}, {key: x for key, (_, x) in found.items()}


def _check_spikes(
    host: brainstate.nn.Dynamics, volt: u.Unit | None, threshold: ArrayLike | None
) -> None:
    """Raise an error if a population's spikes cannot be detected with this threshold."""
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
    if threshold is None:
        return
    if volt is not None and u.get_unit(threshold).dim != volt.dim:
        raise u.UnitMismatchError(
            f"threshold must be a voltage in a unit such as {volt}, got {describe(threshold)}."
        )
    try:
        plain = jnp.asarray(u.get_mantissa(threshold))
    except TypeError as error:
        raise TypeError(f"threshold must be a voltage, got {describe(threshold)}.") from error
    cells = tuple(host.out_size)
    if not resets(host) and plain.shape not in ((), (1,), cells):
        raise ValueError(
            f"threshold must be one value or have the shape {cells} of {type(host).__name__}, got "
            f"the shape {plain.shape}."
        )
    check_finite("threshold", plain, threshold)


def _like(new: Value, old: Value) -> Any:
    """Return ``new`` in the dtype of ``old``."""
    dtype = u.get_mantissa(old).dtype
    return jax.tree.map(lambda x: jnp.asarray(x, dtype), new)
