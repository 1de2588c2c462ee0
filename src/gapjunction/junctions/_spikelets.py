"""Charges that spikes send through junctions, for neurons whose voltage has no spikes."""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar, final

import brainstate
import jax
import jax.numpy as jnp
import numpy as np
import saiunit as u

from gapjunction._checks import describe
from gapjunction._params import value_of
from gapjunction._typing import ArrayLike, Value
from gapjunction.coupling import Impulse, as_plain, unit_at, with_unit
from gapjunction.hosts import (
    Part,
    after_reset,
    check_resetting,
    read_state,
    shows_spikes,
    takes_jumps,
)
from gapjunction.junctions._component import Component, Kept, Voltages
from gapjunction.junctions._ends import Ends
from gapjunction.junctions._scale import scaled
from gapjunction.junctions._spike import AREA, JUMP, check_spikelet
from gapjunction.limits import NoCapacitanceError, capacitance_of


@final
@dataclasses.dataclass(frozen=True)
class Spikelets(Component):
    """The effect of a spike on each partner of its cell.

    Parameters
    ----------
    spikelet : Quantity, State or Param
        The area of a spike, a charge, or a jump of the partner's voltage.
    """

    spikelet: ArrayLike | brainstate.State | brainstate.nn.Param

    states: ClassVar[dict[str, type[brainstate.State]]] = {"fired": brainstate.ShortTermState}
    missing: ClassVar[str] = "does not know yet which cells have spiked"
    alike: ClassVar[bool] = True
    largest_factor = 1.0

    def check(self, ends: Ends) -> None:
        """Raise an error if the populations cannot have spikelets."""
        rows = zip(("pre", "post"), ends.hosts, ends.states, ends.per, strict=True)
        # Only neurons that reset send spikelets. The voltage of their partners may show spikes.
        none = all(map(shows_spikes, ends.hosts))
        for label, host, state, per in rows:
            if none or not shows_spikes(host):
                check_resetting(label, host)
            if state != "V":
                raise ValueError(
                    f"{label}_state must be 'V', which spikelets go to, got {state!r}."
                )
            if isinstance(host, Part):
                # It gets charges as currents, for which no capacitance is needed.
                continue
            own = unit_at(ends.weight, per)
            try:
                capacitance_of(host, label, own)
            except NoCapacitanceError as error:
                raise ValueError(
                    f"couples must have a known capacitance: {label} ({type(host).__name__}) has "
                    f"no C, nor tau and R, that fits a weight in {own}."
                ) from error
        self._kind(ends)

    def initial(self, ends: Ends, voltages: Voltages) -> Kept:
        """Return the initial value: no cell has spiked."""
        hosts = _hosts(ends)
        return {"fired": tuple(jnp.zeros(u.math.shape(_voltage(host)), bool) for host in hosts)}

    def advance(self, ends: Ends, voltages: Voltages, kept: Kept) -> Kept:
        """Return the values as they are: :meth:`impulses` advances them."""
        return kept

    def factor(self, kept: Kept) -> None:
        """Return no factor."""
        return

    def start(self, ends: Ends, voltages: Voltages) -> Voltages:
        """Return the voltages after reset."""
        (pre, post), (v_pre, v_post) = ends.hosts, voltages
        v_pre = after_reset(pre, v_pre)
        return v_pre, v_pre if pre is post else after_reset(post, v_post)

    def impulses(
        self, ends: Ends, kept: Kept, conductance: Value, factor: jax.Array | None
    ) -> tuple[tuple[Impulse, Impulse], Kept]:
        """Return the spikelets into pre and into post in this step."""
        spikes, before = [_spikes(host) for host in _hosts(ends)], kept["fired"]
        # Cells that get no spikelet; the Notes of SpikeletGapJunction say why.
        closed = [(s > 0) | (last != 0) for s, last in zip(spikes, before, strict=True)]
        # A step must not change the dtype of a state, because loops of JAX refuse that. If a user
        # has flattened the states of a model and done arithmetic on them, the dtype is not bool.
        fired = tuple(
            (s > 0).astype(jnp.asarray(last).dtype) for s, last in zip(spikes, before, strict=True)
        )
        spikelet, kind = value_of(self.spikelet), self._kind(ends)
        if kind == AREA:
            each = conductance * spikelet
        else:
            each = spikelet if factor is None else scaled(spikelet, factor, False)
        # This is the product of the Laplacian with a vector that is 1 at cells that spike and 0 at
        # others. An edge between a cell that spikes and one that does not carries its spikelet; an
        # edge between two that spike, or two that do not, carries nothing.
        total = ends.wiring.total(spikes[0], spikes[-1], each)
        at_pre, at_post = (
            _impulse(ends, k, u.math.where(shut, 0 * x, x), kind, conductance)
            for k, shut, x in ((0, closed[0], total.pre), (1, closed[-1], total.post))
        )
        return (Impulse() if ends.wiring.merged else at_pre, at_post), {"fired": fired}

    def _kind(self, ends: Ends) -> str:
        """Return the form of the spikelet, after checking it."""
        value = value_of(self.spikelet)
        kind = check_spikelet(value, ends.n_edges, ends.common_volt(), ends.weight)
        if kind == JUMP and any(isinstance(host, Part) for host in ends.hosts):
            raise ValueError(
                "spikelet must be an area or a charge for places of cells, in a unit such as "
                "mV * ms or pA * ms: the jump of a control volume's voltage would be another "
                f"charge with each division of the cells; got {describe(value)}."
            )
        return kind


def _impulse(ends: Ends, end: int, total: Value, kind: str, conductance: Value) -> Impulse:
    """Return the sum of spikelets as a jump, or as a current where the host takes no jumps.

    The current is that of the junction, which is not divided by ``per`` yet.
    """
    host, per = ends.hosts[end], ends.per[end]
    C = capacitance_of(host, ends.label, unit_at(u.get_unit(conductance), per))
    if per is not None:
        C = C * per
    volt, dtype = u.get_unit(_voltage(host)), _dtype(host)

    def as_state(value: ArrayLike, unit: u.Unit) -> Any:
        # The jump gets the unit and dtype of the voltage, which a step must not change.
        return with_unit(as_plain(value, unit).astype(dtype), unit)

    if takes_jumps(host):
        return Impulse(kick=as_state(total if kind == JUMP else total / C, volt))
    pulse = (total * C if kind == JUMP else total) / brainstate.environ.get_dt()
    return Impulse(current=as_state(pulse, volt * u.get_unit(conductance)))


def _hosts(ends: Ends) -> list[Any]:
    """Return the populations; a population coupled to itself appears once."""
    pre, post = ends.hosts
    return [pre] if pre is post else [pre, post]


def _spikes(host: Any) -> jax.Array:
    """Return 1 for each cell whose spike is followed by a reset, and 0 for the others."""
    if shows_spikes(host):
        # Its spikes go through junctions as ohmic current.
        return jnp.zeros(u.math.shape(_voltage(host)), _dtype(host))
    # The neuron's own function is used, so that its surrogate derivative holds for spikelets too.
    return jnp.asarray(u.get_mantissa(host.get_spike(_voltage(host))), _dtype(host))


def _voltage(host: Any) -> Any:
    """Return the voltages of a population, or of places of cells."""
    return read_state("couples", host, "V")


def _dtype(host: Any) -> np.dtype:
    """Return the dtype of a population's voltage, which a user may have set to a NumPy array."""
    return jnp.asarray(u.get_mantissa(_voltage(host))).dtype
