"""Steady states and time constants of a channel's gates, over voltage or concentration."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from typing import Any, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np
import saiunit as u

from gapjunction.ion_channels import IonChannel, Markov

VOLTAGES = np.arange(-140.0, 60.5)
"""Voltages in mV at which curves are computed."""

# Concentrations in mM at which the gates are tried to find the range in which they respond, and the
# number of concentrations that are then chosen within it.
_CONCENTRATION = np.geomspace(1e-6, 10, 141)
_N_FAMILY = 5
# A curve counts as constant if it changes by less than this part of its largest value.
_FLAT = 1e-3
# A scheme with more groups of states than this is shown by its open fraction only.
_MAX_GROUPS = 6
# The largest number of time constants of a scheme that are shown.
_MAX_RELAXATIONS = 4


@dataclasses.dataclass(frozen=True)
class Curve:
    """A property of a gate over voltage or over a concentration.

    Parameters
    ----------
    label : str
        The name of the gate, or of states of a scheme.
    x : array, shape (n,)
        Voltages in mV or concentrations in mM.
    y : array, shape (n,) or (n, family)
        Pure numbers, or times in ms; with one column for each concentration if they depend on it.
    over : {'V', 'concentration'}
        What ``x`` is.
    """

    label: str
    x: np.ndarray
    y: np.ndarray
    over: str = "V"

    @property
    def flat(self) -> bool:
        """Whether ``y`` does not depend on ``x``."""
        return not _depends(self.y, axis=0)


def family_of(channel: IonChannel, ions: Mapping[str, Any], varied: str) -> u.Quantity:
    """Return a few concentrations over which the steady open fraction changes.

    They cover the range from a tenth to nine tenths of the change, at the voltage where the change
    is largest.

    Parameters
    ----------
    channel : IonChannel
        A channel of one cell; its states change.
    ions : dict of str to Quantity
        Everything that the channel reads.
    varied : str
        The name of the concentration.
    """
    V, c = np.arange(-140.0, 61.0, 20.0), _CONCENTRATION
    held = V[:, None, None] * np.ones((c.size, 1)) * u.mV
    values = {**ions, varied: c[:, None] * u.mM}
    channel.init_state(held, **values)
    share = np.asarray(channel.open_fraction(held, **values))[..., 0]
    span = np.ptp(share, axis=1)
    # The change may be nearly as large at several voltages. The one nearest to -20 mV is taken,
    # because cells do reach this voltage.
    enough = np.flatnonzero(span >= 0.9 * span.max())
    best = share[enough[np.abs(V[enough] + 20).argmin()]]
    risen = np.abs(best - best[0]) / max(np.ptp(best), 1e-9)
    low, high = (c[(risen >= part).argmax()] for part in (0.1, 0.9))
    chosen = np.geomspace(low, max(high, 1.5 * low), _N_FAMILY)
    return u.Quantity(np.array([float(f"{value:.1e}") for value in chosen]), unit=u.mM)


def grid(
    ions: Mapping[str, Any], varied: str | None, family: u.Quantity | None
) -> tuple[u.Quantity, dict[str, Any]]:
    """Return voltages, shape ``(n, k, 1)`` with k concentrations, and what the channel reads."""
    V = VOLTAGES[:, None, None]
    if varied is None or family is None:
        return u.Quantity(V, unit=u.mV), dict(ions)
    V = V * np.ones((len(family), 1))
    return u.Quantity(V, unit=u.mV), {**ions, varied: family[:, None]}


def gate_curves(
    channel: IonChannel, ions: Mapping[str, Any], varied: str | None, family: u.Quantity | None
) -> tuple[list[Curve], list[Curve]]:
    """Return steady states, and time constants in ms, of all gates.

    Parameters
    ----------
    channel : IonChannel
        A channel of one cell; its states change.
    ions : dict of str to Quantity
        Everything that the channel reads.
    varied : str, optional
        The concentration that its gates read.
    family : Quantity, shape (k,), optional
        Values of this concentration.
    """
    found = _evaluate(channel, *grid(ions, varied, family))
    c, over = np.ones(1), found
    if varied is not None and family is not None:
        c = _around(family)
        at = u.Quantity(np.full((c.size, 1, 1), -20.0), unit=u.mV)
        over = _evaluate(channel, at, {**ions, varied: c[:, None, None] * u.mM})
    steady, tau = (
        [_curve(label, y, c, alone[:, 0]) for (label, y), (_, alone) in zip(*pair, strict=True)]
        for pair in zip(found, over, strict=True)
    )
    return steady, tau


def _curve(label: str, y: np.ndarray, c: np.ndarray, over_c: np.ndarray) -> Curve:
    """Return a curve over voltage, or over concentration where voltage does not matter.

    ``y`` has a row for each voltage and a column for each concentration of the family. ``over_c``
    has a value for each concentration in ``c``.
    """
    if not _depends(y, axis=1):
        return Curve(label, VOLTAGES, y.mean(axis=1))
    if _depends(y, axis=0):
        return Curve(label, VOLTAGES, y)
    return Curve(label, c, over_c, "concentration")


_Labelled: TypeAlias = list[tuple[str, np.ndarray]]


def _evaluate(
    channel: IonChannel, V: u.Quantity, ions: Mapping[str, Any]
) -> tuple[_Labelled, _Labelled]:
    """Return labelled steady states and time constants, without the dimension of cells."""
    steady: _Labelled = []
    tau: _Labelled = []
    taus = channel.time_constant(V, **ions)
    for name, value in channel.steady_state(V, **ions).items():
        gate = channel.gates[name]
        if isinstance(gate, Markov):
            steady += _groups(name, gate, jnp.asarray(value)[..., 0, :])
            slow = relaxations(channel, name, V, ions)[..., 0, :]
            n = min(slow.shape[-1], _MAX_RELAXATIONS)
            label = (
                f"{name}: {n} slowest relaxations" if n < slow.shape[-1] else f"{name}: relaxations"
            )
            tau += [(label, slow[..., k]) for k in range(n)]
        else:
            steady.append((name, np.asarray(value)[..., 0]))
            if name in taus:
                tau.append((name, np.asarray(taus[name].to_decimal(u.ms))[..., 0]))
    return steady, tau


def _groups(name: str, gate: Markov, occupancy: jax.Array) -> _Labelled:
    """Return the occupancies of a scheme, summed over states such as C1, C2, ... of one kind."""
    kinds: dict[str, list[int]] = {}
    for index, state in enumerate(gate.states):
        kinds.setdefault(re.sub(r"\d+$", "", state), []).append(index)
    if len(kinds) > _MAX_GROUPS:
        return [(f"{name}: open", np.asarray(gate.open_fraction(occupancy)))]
    return [
        (
            gate.states[own[0]] if len(own) == 1 else f"{kind} ({len(own)} states)",
            np.asarray(occupancy[..., np.array(own)].sum(axis=-1)),
        )
        for kind, own in kinds.items()
    ]


def relaxations(
    channel: IonChannel, name: str, V: u.Quantity, ions: Mapping[str, Any]
) -> np.ndarray:
    """Return the time constants in ms with which a scheme relaxes, longest first.

    They are given by the real parts of the eigenvalues of its rate matrix.

    Returns
    -------
    array, shape (*V.shape, n_states - 1)
    """
    channel.init_state(V, **ions)
    state = getattr(channel, name)
    settled = state.value
    rows = []
    for unit in np.eye(settled.shape[-1], dtype=settled.dtype):
        state.value = jnp.broadcast_to(unit, settled.shape)
        rows.append(channel.derivative(V, **ions)[name].to_decimal(u.get_unit(1 / u.ms)))
    state.value = settled
    rates = np.stack([np.asarray(row, np.float64) for row in rows], axis=-2)
    # The diagonal is computed again in double precision, so that each row sums to zero. Otherwise
    # rounding would hide slow relaxations.
    diagonal = np.arange(rates.shape[-1])
    rates[..., diagonal, diagonal] = 0.0
    rates[..., diagonal, diagonal] = -rates.sum(axis=-1)
    speed = np.sort(-np.linalg.eigvals(rates).real, axis=-1)[..., 1:]
    return 1 / np.maximum(speed, 1e-9)


def _depends(y: np.ndarray, axis: int) -> bool:
    return bool((np.ptp(y, axis=axis) > _FLAT * np.abs(y).max(axis=axis)).any())


def _around(family: u.Quantity) -> np.ndarray:
    """Return concentrations in mM from a tenth of the lowest to ten times the highest."""
    values = np.asarray(family.to_decimal(u.mM))
    return np.geomspace(values.min() / 10, values.max() * 10, 121)
