"""Spikelets: the voltage changes that spikes of one cell cause in a coupled cell."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import saiunit as u

from gapjunction._checks import check_unit, describe
from gapjunction._crossings import crossings
from gapjunction._typing import ArrayLike
from gapjunction.measure._recording import kind_of, shown, time_in
from gapjunction.measure._response import quantity
from gapjunction.measure._spikes import positive_in, positive_time, threshold_beside, traces


class Spikelet(NamedTuple):
    """The average of the spikelets that follow the spikes of one cell.

    Attributes
    ----------
    amplitude : Quantity or float
        Height of the peak above the baseline. Voltages and times have no unit where the traces, or
        ``dt``, have none.
    time_to_peak : Quantity or float
        Time from the threshold crossing of the spike to the peak of the spikelet.
    afterhyperpolarisation : Quantity or float
        Depth below the baseline of the trough after the peak; 0 if there is none.
    n_spikes : int
        Number of spikes that were averaged.
    standard_error : Quantity or float
        Standard error of the amplitude, from its variation over spikes; NaN for a single spike.
    time, average : Quantity or array, shape (n,)
        Times after the spike, and the average voltage minus the baseline.
    """

    amplitude: Any
    time_to_peak: Any
    afterhyperpolarisation: Any
    n_spikes: int
    standard_error: Any
    time: Any
    average: Any

    def __repr__(self) -> str:
        def text(value: ArrayLike) -> str:
            unit = u.get_unit(value)
            return f"{float(u.get_mantissa(value)):.4g}{'' if unit.is_unitless else f' {unit}'}"

        return (
            f"Spikelet(amplitude={text(self.amplitude)}, "
            f"time_to_peak={text(self.time_to_peak)}, "
            f"afterhyperpolarisation={text(self.afterhyperpolarisation)}, "
            f"n_spikes={self.n_spikes}, standard_error={text(self.standard_error)})"
        )


def spikelet_amplitude(
    v_pre: ArrayLike,
    v_post: ArrayLike,
    dt: ArrayLike,
    *,
    threshold: ArrayLike = -20 * u.mV,
    before: ArrayLike = 5 * u.ms,
    after: ArrayLike = 20 * u.ms,
    isolation: ArrayLike | None = None,
) -> Spikelet:
    r"""Return the spike-triggered average of a voltage, with its amplitude and time to peak.

    .. math:: \bar v(\tau) = \langle V_{post}(t_k + \tau) - b_k \rangle_k

    over the spikes :math:`t_k` of the presynaptic cell, where the baseline :math:`b_k` is a mean
    over the time before each spike. The amplitude is the largest value of :math:`\bar v` from
    :math:`\tau = 0` to ``after``.

    Parameters
    ----------
    v_pre, v_post : Quantity or array, shape (n_samples,)
        Voltages of the cell that spikes and of the cell with the spikelets; numbers in a model
        without units.
    dt : Quantity or float
        Time between samples; a number in a model without units.
    threshold : Quantity or float, default -20 mV
        A spike is a crossing of this voltage from below. It must be given, as a number, where
        voltages have no unit.
    before, after : Quantity or float, default 5 ms and 20 ms
        Length of the averaged trace before and after each spike. The baseline is the mean over the
        first half of the time before the spike, when the spike has not begun yet. Both lengths must
        be given, as numbers, where ``dt`` has no unit.
    isolation : Quantity or float, optional
        Spikes are left out if the presynaptic cell has another spike within this time before or
        after them. By default these times are ``before`` and ``after``.

    Returns
    -------
    Spikelet

    Raises
    ------
    ValueError
        If no spike is left, if shapes differ, if ``before`` or ``after`` is shorter than 2
        samples, or if ``isolation`` is negative.

    Notes
    -----
    Spikes of the postsynaptic cell itself are averaged, too. Clip or remove them beforehand.

    References
    ----------
    .. [1] Galarreta, M., & Hestrin, S. (1999). A network of fast-spiking cells in the neocortex
       connected by electrical synapses. Nature, 402, 72-75.

    Examples
    --------
    >>> import numpy as np, saiunit as u
    >>> import gapjunction as gj
    >>> t = np.arange(0, 100, 0.1)
    >>> pre = np.where((t >= 50) & (t < 51), 20, -65) * u.mV
    >>> s = np.clip(t - 50, 0, None)
    >>> post = (-70 + 2 * s * np.exp(1 - s)) * u.mV        # 2 mV at 1 ms
    >>> found = gj.measure.spikelet_amplitude(pre, post, 0.1 * u.ms, after=10 * u.ms)
    >>> print(found.amplitude.round(3), found.n_spikes)
    2. mV 1
    """
    pre, volt = traces("v_pre", v_pre), kind_of(v_pre, u.get_unit(u.mV))
    check_unit("v_post", v_post, volt, "numbers, as v_pre" if volt.is_unitless else "voltages")
    post = traces("v_post", v_post)
    if pre.shape[1] != 1 or pre.shape != post.shape:
        raise ValueError(
            f"v_pre and v_post must be one trace each, of one length; got {describe(v_pre)} and "
            f"{describe(v_post)}."
        )
    (step, clock), level = positive_time("dt", dt), threshold_beside(v_pre, threshold)
    left, right = (
        round(positive_in(n, x, clock) / step) for n, x in (("before", before), ("after", after))
    )
    if left < 2 or right < 2:
        raise ValueError(
            f"before and after must be 2 samples or more, {shown(2 * step, clock)}; got "
            f"{describe(before)} and {describe(after)}."
        )
    found = crossings(pre[:, 0], level)
    apart = np.diff(found, prepend=-np.inf, append=np.inf) * step
    gap = None if isolation is None else time_in("isolation", isolation, clock)
    if gap is not None and gap < 0:
        raise ValueError(f"isolation must be a time of at least 0, got {describe(isolation)}.")
    lone = (apart[:-1] > (left * step if gap is None else gap)) & (
        apart[1:] > (right * step if gap is None else gap)
    )
    # The first sample at or above the threshold.
    at = np.ceil(found[lone]).astype(int)
    kept = (at >= left) & (at + right < len(pre))
    if not kept.any():
        raise ValueError(
            f"v_pre must have an isolated spike, recorded from {shown(left * step, clock)} before "
            f"to {shown(right * step, clock)} after it; got {len(found)} spikes, but none of this "
            "kind."
        )
    at, exact = at[kept], found[lone][kept]
    each = post[at[:, None] + np.arange(-left, right + 1), 0]
    each = each - each[:, : left // 2].mean(axis=1, keepdims=True)
    average = each.mean(axis=0)
    time = np.arange(-left, right + 1) * step + (at - exact).mean() * step
    peak = left + int(np.argmax(average[left:]))
    trough = max(-float(average[peak:].min()), 0.0)
    error = each[:, peak].std(ddof=1) / np.sqrt(len(at)) if len(at) > 1 else np.nan
    return Spikelet(
        quantity(average[peak], volt),
        quantity(time[peak], clock),
        quantity(np.asarray(trough), volt),
        len(at),
        quantity(np.asarray(error), volt),
        quantity(time, clock),
        quantity(average, volt),
    )
