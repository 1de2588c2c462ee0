"""Bursts depress, spikes potentiate."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, final

import jax
import jax.numpy as jnp
import saiunit as u

from gapjunction._checks import check_real, check_unit, describe
from gapjunction.plasticity._rule import Rule, Traces, check_bounds

_PER_MS = u.get_unit(1 / u.ms)


@final
@dataclasses.dataclass(frozen=True, eq=False, kw_only=True)
class BurstSpike(Rule):
    r"""Bursts of either cell weaken a junction, spikes of either strengthen it.

    Spikes are low-pass filtered, :math:`\tau\,\dot b = -b + \tau \sum_k \delta(t - t_k)`, and a
    cell bursts while :math:`b > \theta`. With :math:`H` one while it does and zero otherwise,

    .. math::
        \dot s = -D\,\frac{H_{pre} + H_{post}}{2}
        + P\,\Big(1 - \frac{s}{s_{max}}\Big) \frac{S_{pre} + S_{post}}{2}

    where :math:`S = \sum_k \delta(t - t_k)` and :math:`s_{max}` is the upper bound. With
    ``potentiation=0`` it is the depression alone, that Haas et al. saw.

    Parameters
    ----------
    depression : Quantity
        :math:`D`: the rate at which the strength falls while both cells burst.
    potentiation : float
        :math:`P`: by how much a spike of both cells would raise a strength of 0.
    tau : Quantity, default 8 ms
        Time constant of the filter.
    threshold : float, default 1.3
        :math:`\theta`: with 8 ms, two spikes within 9.6 ms are a burst.
    bounds : (float, float), default (0, 2)
        The least and the largest strength, in multiples of ``weight``.
    start : float, default 1
        The first strength.

    Raises
    ------
    TypeError, ValueError, saiunit.UnitMismatchError
        If a parameter is not what it must be.

    Notes
    -----
    ``tau``, ``threshold`` and a ``potentiation`` of 2 ms times ``depression`` are those of the code
    published with [1]_, which potentiates by spikes and softly bounded. The strength there is a
    conductance of its own scale; here it is in multiples of ``weight``, which leaves ``depression``
    to be chosen. For spikes that fall on steps the filter and the time that a cell bursts are
    exact, at any time step.

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

    depression: u.Quantity
    potentiation: float
    tau: u.Quantity = dataclasses.field(default_factory=lambda: 8.0 * u.ms)
    threshold: float = 1.3
    bounds: tuple[float, float] = (0.0, 2.0)
    start: float = 1.0

    def __post_init__(self) -> None:
        check_unit("depression", self.depression, 1 / u.ms, "a rate")
        check_unit("tau", self.tau, u.ms, "a time")
        check_real("depression", float(self.depression.to_decimal(_PER_MS)), low=0.0)
        check_real("potentiation", self.potentiation, low=0.0)
        check_real("threshold", self.threshold, low=0.0)
        for name, value in (("tau", self.tau.to_decimal(u.ms)), ("threshold", self.threshold)):
            if not value > 0:
                raise ValueError(f"{name} must be positive, got {describe(getattr(self, name))}.")
        check_bounds(self.bounds, self.start)

    def initial(self, V: Any, named: Mapping[str, Any]) -> Traces:
        """Return traces of cells that have not spiked."""
        silent = jnp.zeros_like(u.get_mantissa(V))
        return {"burst": silent, "spike": silent}

    def follow(
        self, traces: Traces, V: Any, spike: Any, named: Mapping[str, Any], dt: Any
    ) -> Traces:
        """Return the filtered spikes, and those of now."""
        old = traces["burst"]
        new = spike.astype(old.dtype)
        steps = dt.to_decimal(u.ms) / float(self.tau.to_decimal(u.ms))
        return {"burst": old * jnp.exp(-steps) + new, "spike": new}

    def change(self, strength: jax.Array, pre: Traces, post: Traces, dt: Any) -> jax.Array:
        """Return the strength after the spikes of now, and the bursts until ``dt`` later."""
        up = self.potentiation * (pre["spike"] + post["spike"]) / 2
        # Within the bounds already here: what bursts take away is taken from there.
        raised = self.bounded(strength + up * (1 - strength / self.bounds[1]))
        time = self._bursting(pre["burst"], dt) + self._bursting(post["burst"], dt)
        return raised - float(self.depression.to_decimal(_PER_MS)) * time / 2

    def _bursting(self, burst: jax.Array, dt: Any) -> jax.Array:
        """Return for how many ms of a step a cell bursts."""
        tau = float(self.tau.to_decimal(u.ms))
        above = tau * jnp.log(jnp.maximum(burst / self.threshold, 1.0))
        return jnp.minimum(above, dt.to_decimal(u.ms))
