"""What the gates of a channel do, as curves over voltage or concentration."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from typing import Any, TypeAlias

import jax.numpy as jnp
import numpy as np
import saiunit as u

from gapjunction.ion_channels import IonChannel, Markov

VOLTAGES = np.arange(-140.0, 60.5)
"""In mV."""

_CONCENTRATION = np.geomspace(1e-6, 10, 141)
_N_FAMILY = 5
_FLAT = 1e-3
_MAX_GROUPS = 6
_MAX_RELAXATIONS = 4


@dataclasses.dataclass(frozen=True)
class Curve:
    """Something over voltage or over a concentration.

    Parameters
    ----------
    label : str
        The gate, or what else it is.
    x : array, shape (n,)
        In mV or mM.
    y : array, shape (n,) or (n, family)
        A pure number, or ms; one column for each concentration, if they differ.
    over : {'V', 'concentration'}
        What ``x`` is.
    """

    label: str
    x: np.ndarray
    y: np.ndarray
    over: str = "V"

    @property
    def flat(self) -> bool:
        """Whether nothing depends on ``x``."""
        return not _depends(self.y, axis=0)


def family_of(channel: IonChannel, ions: Mapping[str, Any], varied: str) -> u.Quantity:
    """Return a few concentrations over which the steady current comes up.

    They run from a tenth to nine tenths of the change, at the voltage where there is most change.

    Parameters
    ----------
    channel : IonChannel
        Of one cell; its states change.
    ions : dict of str to Quantity
        All that it reads.
    varied : str
        Which of them.
    """
    V, c = np.arange(-140.0, 61.0, 20.0), _CONCENTRATION
    held = V[:, None, None] * np.ones((c.size, 1)) * u.mV
    values = {**ions, varied: c[:, None] * u.mM}
    channel.init_state(held, **values)
    share = np.asarray(channel.open_fraction(held, **values))[..., 0]
    span = np.ptp(share, axis=1)
    # Several voltages may show nearly all of it; of those, one that cells are at.
    enough = np.flatnonzero(span >= 0.9 * span.max())
    best = share[enough[np.abs(V[enough] + 20).argmin()]]
    risen = np.abs(best - best[0]) / max(np.ptp(best), 1e-9)
    low, high = (c[(risen >= part).argmax()] for part in (0.1, 0.9))
    chosen = np.geomspace(low, max(high, 1.5 * low), _N_FAMILY)
    return np.array([float(f"{value:.1e}") for value in chosen]) * u.mM


def grid(
    ions: Mapping[str, Any], varied: str | None, family: Any
) -> tuple[u.Quantity, dict[str, Any]]:
    """Return all voltages against all of a family, shape ``(n, k, 1)``, and what is read there."""
    if varied is None:
        return VOLTAGES[:, None, None] * u.mV, dict(ions)
    V = VOLTAGES[:, None, None] * np.ones((len(family), 1)) * u.mV
    return V, {**ions, varied: family[:, None]}


def gate_curves(
    channel: IonChannel, ions: Mapping[str, Any], varied: str | None, family: Any
) -> tuple[list[Curve], list[Curve]]:
    """Return steady states, and time constants in ms, of all gates.

    Parameters
    ----------
    channel : IonChannel
        Of one cell; its states change.
    ions : dict of str to Quantity
        All that it reads.
    varied : str, optional
        The concentration that its gates read.
    family : Quantity, shape (k,), optional
        Values of it.
    """
    found = _evaluate(channel, *grid(ions, varied, family))
    c, over = np.ones(1), found
    if varied is not None:
        c = _around(family)
        at = np.full((c.size, 1, 1), -20.0) * u.mV
        over = _evaluate(channel, at, {**ions, varied: c[:, None, None] * u.mM})
    steady, tau = (
        [_curve(label, y, c, alone[:, 0]) for (label, y), (_, alone) in zip(*pair, strict=True)]
        for pair in zip(found, over, strict=True)
    )
    return steady, tau


def _curve(label: str, y: np.ndarray, c: np.ndarray, over_c: np.ndarray) -> Curve:
    """Return the curve over what matters; ``y`` is over voltage and the family."""
    if not _depends(y, axis=1):
        return Curve(label, VOLTAGES, y.mean(axis=1))
    if _depends(y, axis=0):
        return Curve(label, VOLTAGES, y)
    return Curve(label, c, over_c, "concentration")


_Labelled: TypeAlias = list[tuple[str, np.ndarray]]


def _evaluate(channel: IonChannel, V: Any, ions: Mapping[str, Any]) -> tuple[_Labelled, _Labelled]:
    """Return steady states and time constants with labels, without the axis of the cell."""
    steady: _Labelled = []
    tau: _Labelled = []
    taus = channel.time_constant(V, **ions)
    for name, value in channel.steady_state(V, **ions).items():
        gate = channel.gates[name]
        if isinstance(gate, Markov):
            steady += _groups(name, gate, np.asarray(value)[..., 0, :])
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


def _groups(name: str, gate: Markov, occupancy: np.ndarray) -> _Labelled:
    """Return the occupancies of C1, C2, ... together, and so on."""
    kinds: dict[str, list[int]] = {}
    for index, state in enumerate(gate.states):
        kinds.setdefault(re.sub(r"\d+$", "", state), []).append(index)
    if len(kinds) > _MAX_GROUPS:
        return [(f"{name}: open", np.asarray(gate.open_fraction(occupancy)))]
    return [
        (
            gate.states[own[0]] if len(own) == 1 else f"{kind} ({len(own)} states)",
            occupancy[..., own].sum(axis=-1),
        )
        for kind, own in kinds.items()
    ]


def relaxations(channel: IonChannel, name: str, V: Any, ions: Mapping[str, Any]) -> np.ndarray:
    """Return the time constants in ms with which a scheme relaxes, longest first.

    They are those of the real parts of the eigenvalues of its rate matrix.

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
    # Each row sums to zero, to rounding in double precision, so that slow ones are found too.
    diagonal = np.arange(rates.shape[-1])
    rates[..., diagonal, diagonal] = 0.0
    rates[..., diagonal, diagonal] = -rates.sum(axis=-1)
    speed = np.sort(-np.linalg.eigvals(rates).real, axis=-1)[..., 1:]
    return 1 / np.maximum(speed, 1e-9)


def _depends(y: np.ndarray, axis: int) -> bool:
    return bool((np.ptp(y, axis=axis) > _FLAT * np.abs(y).max(axis=axis)).any())


def _around(family: Any) -> np.ndarray:
    """Return concentrations in mM from well below to well above a family."""
    values = family.to_decimal(u.mM)
    return np.geomspace(values.min() / 10, values.max() * 10, 121)
