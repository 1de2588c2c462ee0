"""A rule by which bursts weaken a junction and spikes strengthen it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, final

import jax
import jax.numpy as jnp
import saiunit as u

from gapjunction._checks import check_real, describe
from gapjunction._typing import QuantityLike, Value
from gapjunction.laws._numbers import PER_MS, check_number, number_in
from gapjunction.plasticity._rule import Rule, Traces, check_bounds


@final
@dataclasses.dataclass(frozen=True, eq=False, kw_only=True)
class BurstSpike(Rule):
    r"""Bursts of either cell weaken a junction, spikes of either strengthen it.

    The spikes of each cell are low-pass filtered,
    :math:`\tau\,\dot b = -b + \tau \sum_k \delta(t - t_k)`, and a cell counts as bursting while
    :math:`b > \theta`. The strength :math:`s` changes as

    .. math::
        \dot s = -D\,\frac{H_{pre} + H_{post}}{2}
        + P\,\Big(1 - \frac{s}{s_{max}}\Big) \frac{S_{pre} + S_{post}}{2}

    where :math:`H` is 1 while the cell bursts and 0 otherwise,
    :math:`S = \sum_k \delta(t - t_k)` are its spikes, and :math:`s_{max}` is the upper bound. With
    ``potentiation=0`` there is only the depression, as Haas et al. observed it [2]_.

    Parameters
    ----------
    depression : Quantity
        :math:`D`, the rate at which the strength falls while both cells burst.
    potentiation : float
        :math:`P`, the increase of a strength of 0 when both cells spike once.
    tau : Quantity, default 8 ms
        Time constant of the filter.
    threshold : float, default 1.3
        :math:`\theta`. With a ``tau`` of 8 ms, two spikes within 9.6 ms are a burst.
    bounds : (float, float), default (0, 2)
        The smallest and the largest strength. A strength of 1 leaves the junction's ``weight`` as
        it is.
    start : float, default 1
        The initial strength.

    Raises
    ------
    TypeError, ValueError, saiunit.UnitMismatchError
        If a parameter has the wrong type or unit, or a value out of range.

    Notes
    -----
    The default ``tau`` and ``threshold`` are those of the code published with [1]_. In that code
    each spike potentiates by an amount that vanishes at the upper bound, as here, and the
    ``potentiation`` is 2 ms times the ``depression``. Its strength is a conductance, whereas here
    it is in multiples of ``weight``; this is why ``depression`` has no default. For spikes at the
    ends of time steps, the filter and the time for which a cell bursts are exact at any ``dt``.

    References
    ----------
    .. [1] Pernelle, G., Nicola, W., & Clopath, C. (2018). Gap junction plasticity as a mechanism
       to regulate network-wide oscillations. PLoS Comput Biol, 14(3), e1006025.
       https://doi.org/10.1371/journal.pcbi.1006025
    .. [2] Haas, J. S., Zavala, B., & Landisman, C. E. (2011). Activity-dependent long-term
       depression of electrical synapses. Science, 334(6054), 389-393.
       https://doi.org/10.1126/science.1207502

    Examples
    --------
    >>> import saiunit as u
    >>> rule = BurstSpike(depression=1e-4 / u.ms, potentiation=2e-4)
    """

    __module__ = "gapjunction.plasticity"

    depression: QuantityLike
    potentiation: float
    tau: QuantityLike = dataclasses.field(default_factory=lambda: 8.0 * u.ms)
    threshold: float = 1.3
    bounds: tuple[float, float] = (0.0, 2.0)
    start: float = 1.0

    def __post_init__(self) -> None:
        depression = check_number("depression", self.depression, PER_MS, "a rate")
        check_real("depression", depression, low=0.0)
        check_number("tau", self.tau, u.ms, "a time", positive=True)
        check_real("potentiation", self.potentiation, low=0.0)
        if not check_real("threshold", self.threshold) > 0:
            raise ValueError(f"threshold must be positive, got {describe(self.threshold)}.")
        check_bounds(self.bounds, self.start)

    def initial(self, V: Value, named: Mapping[str, Any]) -> Traces:
        """Return the traces of cells that have not spiked yet."""
        silent = jnp.zeros_like(u.get_mantissa(V))
        return {"burst": silent, "spike": silent}

    def follow(
        self,
        traces: Traces,
        V: Value,
        spike: jax.Array | None,
        named: Mapping[str, Any],
        dt: QuantityLike,
    ) -> Traces:
        """Return the filtered spikes, and the spikes of this step."""
        old = traces["burst"]
        new = jnp.asarray(spike, old.dtype)
        steps = u.Quantity(dt).to_decimal(u.ms) / number_in(self.tau, u.ms)
        return {"burst": old * jnp.exp(-steps) + new, "spike": new}

    def change(self, strength: jax.Array, pre: Traces, post: Traces, dt: QuantityLike) -> jax.Array:
        """Return the strength after the spikes at the step's start and the bursts during it."""
        up = self.potentiation * (pre["spike"] + post["spike"]) / 2
        # The spikes are at the start of the step. They cannot raise the strength above its bound,
        # and the bursts then lower it from there, so that it is clipped in between. The junction
        # clips only the result.
        raised = self.bounded(strength + up * (1 - strength / self.bounds[1]))
        time = self._bursting(pre["burst"], dt) + self._bursting(post["burst"], dt)
        return raised - number_in(self.depression, PER_MS) * time / 2

    def _bursting(self, burst: jax.Array, dt: QuantityLike) -> jax.Array:
        """Return for how many ms of a time step each cell bursts."""
        # The filtered spikes decay exponentially, and fall below the threshold after this time.
        above = number_in(self.tau, u.ms) * jnp.log(jnp.maximum(burst / self.threshold, 1.0))
        return jnp.minimum(above, u.Quantity(dt).to_decimal(u.ms))
