"""Phases of oscillating cells, and how they are distributed."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import saiunit as u

from gapjunction._checks import check_unit, describe
from gapjunction._crossings import crossings
from gapjunction._typing import ArrayLike
from gapjunction.measure._spikes import spike_times, threshold_beside, traces


class PhaseDifference(NamedTuple):
    """The circular mean of phase differences, and their spread.

    Attributes
    ----------
    mean : float
        Fraction of a period by which the second cell lags behind the first, in [0, 1).
    spread : float
        Circular standard deviation, in periods.
    locking : float
        Length of the mean vector: 1 if all phases are equal, near 0 if they are uniformly
        distributed.
    phases : array
        One phase for each spike of the second cell that lies between two spikes of the first.
    """

    mean: float
    spread: float
    locking: float
    phases: np.ndarray

    def __repr__(self) -> str:
        return (
            f"PhaseDifference(mean={self.mean:.4g}, spread={self.spread:.3g}, "
            f"locking={self.locking:.4g}, n={len(self.phases)})"
        )


def phase_difference(
    first: ArrayLike,
    second: ArrayLike,
    dt: ArrayLike | None = None,
    *,
    threshold: ArrayLike = -20 * u.mV,
) -> PhaseDifference:
    r"""Return the fraction of a period by which one cell's spikes lag behind another's.

    A spike at t of the second cell, between the spikes :math:`t_k` and :math:`t_{k+1}` of the
    first, has the phase :math:`(t - t_k) / (t_{k+1} - t_k)`. The circular mean
    :math:`\bar\phi` and the locking R are defined by
    :math:`R e^{2 \pi i \bar\phi} = \langle e^{2 \pi i \phi} \rangle`, and the spread is
    :math:`\sqrt{-2 \ln R} / 2 \pi` [1]_.

    Parameters
    ----------
    first, second : Quantity or array, shape (n,)
        Spike times, or voltages if ``dt`` is given; without units in a model without units.
    dt : Quantity or float, optional
        Time between samples of voltages.
    threshold : Quantity or float, default -20 mV
        A spike is a crossing of this voltage from below. It must be given, as a number, where
        voltages have no unit.

    Returns
    -------
    PhaseDifference
        Its ``mean`` is 0 for cells in phase, and 0.5 for cells in antiphase.

    Raises
    ------
    ValueError
        If no spike of the second cell lies between two of the first, or if times do not rise.
    saiunit.UnitMismatchError
        If times have another unit, or one of the two has a unit and the other none.

    References
    ----------
    .. [1] Fisher, N. I. (1993). Statistical analysis of circular data. Cambridge University Press.

    Examples
    --------
    >>> import numpy as np, saiunit as u
    >>> import gapjunction as gj
    >>> times = np.arange(10) * 20.0
    >>> gj.measure.phase_difference(times * u.ms, (times + 5) * u.ms)
    PhaseDifference(mean=0.25, spread=0, locking=1, n=9)
    """
    given = (("first", first), ("second", second))
    (a, unit), (b, other) = (_times(name, x, dt, threshold) for name, x in given)
    if unit != other:
        raise u.UnitMismatchError(
            f"first and second must both have units, or both none; got {describe(first)} and "
            f"{describe(second)}."
        )
    k = np.searchsorted(a, b, side="right") - 1
    inside = (k >= 0) & (k < len(a) - 1)
    if not inside.any():
        raise ValueError(
            f"second must have a spike between two of first; got {len(a)} spikes of first and "
            f"{len(b)} of second."
        )
    k, t = k[inside], b[inside]
    phases = (t - a[k]) / (a[k + 1] - a[k])
    vector = np.exp(2j * np.pi * phases).mean()
    R = min(float(abs(vector)), 1.0)
    # A mean of 0 may come out just below 1 because of rounding; it is set to 0 at the end.
    mean = float(np.angle(vector) / (2 * np.pi)) % 1.0
    spread = float(np.sqrt(max(-2 * np.log(R), 0.0)) / (2 * np.pi)) if R > 0 else np.inf
    if spread < 1e-7:
        spread = 0.0
    return PhaseDifference(0.0 if mean > 1 - 1e-12 else mean, spread, R, phases)


def phases(V: ArrayLike, threshold: ArrayLike | None = None) -> np.ndarray:
    r"""Return the phase of each cell over time.

    Parameters
    ----------
    V : Quantity or array, shape (n_samples, n_cells)
        Voltages, or those of a model without units.
    threshold : Quantity or float, optional
        If it is given, a spike is a crossing of this voltage from below, and the phase rises
        linearly from 0 to 1 between two spikes. Otherwise the phase is the angle of the analytic
        signal (by the Hilbert transform) of V minus its mean, which is suited to oscillations in a
        narrow frequency band.

    Returns
    -------
    array, shape (n_samples, n_cells)
        In periods, in [0, 1). NaN where a cell has no phase: without a threshold if its voltage is
        constant, and with a threshold before its first spike and after its last one.

    References
    ----------
    .. [1] Pikovsky, A., Rosenblum, M., & Kurths, J. (2001). Synchronization. Cambridge University
       Press.

    Examples
    --------
    >>> import numpy as np, saiunit as u
    >>> import gapjunction as gj
    >>> t = np.arange(400) / 100
    >>> V = np.stack([np.cos(2 * np.pi * t), np.cos(2 * np.pi * (t - 0.25))], 1) * u.mV
    >>> gj.measure.phases(V)[10].round(3)
    array([0.1 , 0.85])
    """
    volts = traces("V", V)
    if threshold is None:
        # It is imported here because nothing else needs scipy.signal, whose import is slow.
        from scipy.signal import hilbert

        turns = np.angle(hilbert(volts - volts.mean(axis=0), axis=0)) / (2 * np.pi) % 1.0
        # The analytic signal of a constant voltage is 0, which has no angle.
        return np.where(np.ptp(volts, axis=0) > 0, turns, np.nan)
    level = threshold_beside(V, threshold)
    found = np.full(volts.shape, np.nan)
    time = np.arange(len(volts))
    for i, v in enumerate(volts.T):
        spikes = crossings(v, level)
        if len(spikes) > 1:
            turns = np.interp(time, spikes, np.arange(len(spikes)), left=np.nan, right=np.nan)
            found[:, i] = turns % 1.0
    return found


def phase_locking(phases: ArrayLike) -> np.ndarray:
    r"""Return the phase-locking value of each pair of cells, over time.

    .. math:: P_{ij} = |\langle e^{2 \pi i (\phi_i - \phi_j)} \rangle_t|

    Parameters
    ----------
    phases : array, shape (n_samples, n_cells)
        In periods, as :func:`phases` returns them. For each pair, times at which one of the two is
        NaN are left out.

    Returns
    -------
    array, shape (n_cells, n_cells)
        Without unit: 1 if the phase difference is constant. NaN for a pair without a time at which
        both have a phase.

    Notes
    -----
    ``braintools.metric.phase_locking_value`` measures something else: how well spikes are locked
    to a given frequency.

    References
    ----------
    .. [1] Lachaux, J.-P., Rodriguez, E., Martinerie, J., & Varela, F. J. (1999). Measuring phase
       synchrony in brain signals. Human Brain Mapping, 8(4), 194-208.

    Examples
    --------
    >>> import numpy as np
    >>> import gapjunction as gj
    >>> t = np.arange(100) / 100
    >>> gj.measure.phase_locking(np.stack([t, t + 0.3, 2 * t], 1)).round(3)
    array([[1., 1., 0.],
           [1., 1., 0.],
           [0., 0., 1.]])
    """
    vectors, known = _vectors(phases)
    together = known.T.astype(float) @ known
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.abs(vectors.conj().T @ vectors) / np.where(together > 0, together, np.nan)


def splay(phases: ArrayLike) -> np.ndarray:
    r"""Return the order parameters that distinguish in-phase, antiphase, cluster and splay states.

    .. math:: Z_m = \langle |\tfrac{1}{n} \sum_j e^{2 \pi i m \phi_j}| \rangle_t, \quad m = 1..n

    Parameters
    ----------
    phases : array, shape (n_cells,) or (n_samples, n_cells)
        In periods. Times at which the phase of any cell is NaN are left out.

    Returns
    -------
    array, shape (n_cells,)
        Without unit, for m = 1 to n. If all cells are in phase, all are 1. In the splay state, with
        the phases spread evenly over the period, they are 0 for m < n and 1 for m = n. For two
        equal clusters in antiphase they are 0 for odd m and 1 for even m. The first one is
        Kuramoto's order parameter.

    References
    ----------
    .. [1] Daido, H. (1992). Order function and macroscopic mutual entrainment in uniformly
       coupled limit-cycle oscillators. Progress of Theoretical Physics, 88(6), 1213-1218.

    Examples
    --------
    >>> import numpy as np
    >>> import gapjunction as gj
    >>> abs(gj.measure.splay(np.array([0, 0.25, 0.5, 0.75])).round(3))
    array([0., 0., 0., 1.])
    """
    plain = np.asarray(u.get_mantissa(phases), np.float64)
    vectors, known = _vectors(plain[None] if plain.ndim == 1 else plain)
    vectors = vectors[known.all(axis=1)]
    if not len(vectors):
        raise ValueError("phases must have a time at which no cell has NaN, got none.")
    powers = np.arange(1, vectors.shape[1] + 1)
    return np.array([np.abs((vectors**m).mean(axis=1)).mean() for m in powers])


def _vectors(phases: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Return ``exp(2 pi i phase)``, with 0 where the phase is NaN, and which phases are known."""
    plain = np.asarray(u.get_mantissa(phases), np.float64)
    if plain.ndim != 2 or not u.get_unit(phases).is_unitless:
        raise ValueError(
            f"phases must be in periods, of shape (n_samples, n_cells); got {describe(phases)}."
        )
    known = np.isfinite(plain)
    return np.where(known, np.exp(2j * np.pi * np.where(known, plain, 0.0)), 0.0), known


def _times(
    name: str, value: ArrayLike, dt: ArrayLike | None, threshold: ArrayLike
) -> tuple[np.ndarray, u.Unit]:
    """Return spike times as plain numbers, and their unit, from spike times or from voltages.

    The unit is ms, or none if the times have none.
    """
    if dt is not None:
        value = spike_times(value, dt, threshold)
    unit = u.get_unit(value)
    if not unit.is_unitless:
        unit = u.get_unit(u.ms)
    check_unit(name, value, unit, "spike times, or voltages with dt")
    plain = np.asarray(u.Quantity(value).to_decimal(unit), np.float64)
    if plain.ndim != 1 or not np.isfinite(plain).all() or np.any(np.diff(plain) <= 0):
        raise ValueError(f"{name} must be rising times of shape (n,), got {describe(value)}.")
    return plain, unit
