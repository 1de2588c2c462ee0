"""Spikelets: what a spike of one cell looks like in another."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import saiunit as u

from gapjunction._checks import check_unit, describe
from gapjunction._crossings import crossings
from gapjunction.measure._recording import time_in_ms
from gapjunction.measure._spikes import positive_ms, traces


class Spikelet(NamedTuple):
    """A mean spikelet.

    Attributes
    ----------
    amplitude : Quantity
        Peak above baseline.
    time_to_peak : Quantity
        From the spike's crossing of its threshold.
    afterhyperpolarisation : Quantity
        Depth of the trough after the peak below baseline; 0 if there is none.
    n_spikes : int
        How many were averaged.
    standard_error : Quantity
        Of the amplitude, over spikes; NaN for a single one.
    time, average : Quantity, shape (n,)
        The mean trace, baseline subtracted.
    """

    amplitude: Any
    time_to_peak: Any
    afterhyperpolarisation: Any
    n_spikes: int
    standard_error: Any
    time: Any
    average: Any

    def __repr__(self) -> str:
        mv, ms = (lambda q: f"{float(q.to_decimal(u.mV)):.4g} mV"), self.time_to_peak
        return (
            f"Spikelet(amplitude={mv(self.amplitude)}, "
            f"time_to_peak={float(ms.to_decimal(u.ms)):.4g} ms, "
            f"afterhyperpolarisation={mv(self.afterhyperpolarisation)}, "
            f"n_spikes={self.n_spikes}, standard_error={mv(self.standard_error)})"
        )


def spikelet_amplitude(
    v_pre: Any,
    v_post: Any,
    dt: Any,
    *,
    threshold: Any = -20 * u.mV,
    before: Any = 5 * u.ms,
    after: Any = 20 * u.ms,
    isolation: Any = None,
) -> Spikelet:
    r"""Return the spike-triggered average of a voltage, in its amplitude and times.

    .. math:: \bar v(\tau) = \langle V_{post}(t_k + \tau) - b_k \rangle_k

    over the spikes :math:`t_k` of pre, b being the mean over the time before each. The amplitude
    is the largest value of :math:`\bar v` at :math:`\tau \ge 0`, up to ``after``.

    Parameters
    ----------
    v_pre, v_post : Quantity, shape (n_samples,)
        Voltages of the cell that spikes, and of the one that is watched.
    dt : Quantity
        Time between samples.
    threshold : Quantity, default -20 mV
        A spike is a crossing of this from below.
    before, after : Quantity
        How far to look to both sides of a spike. Baselines are means over the first half of the
        time before it, out of the way of the spike's foot.
    isolation : Quantity, optional
        Leave out spikes with another one of pre this shortly before or after; by default
        within ``before`` and ``after``.

    Returns
    -------
    Spikelet

    Raises
    ------
    ValueError
        If no spike is left, or shapes differ.

    Notes
    -----
    Spikes of the watched cell are not left out: clip or exclude them where there are any.

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
    pre, post = traces("v_pre", v_pre), traces("v_post", v_post)
    if pre.shape[1] != 1 or pre.shape != post.shape:
        raise ValueError(
            f"v_pre and v_post must be one trace each, of one length; got {describe(v_pre)} and "
            f"{describe(v_post)}."
        )
    step = positive_ms("dt", dt)
    level = float(check_unit("threshold", threshold, u.mV, "a voltage").to_decimal(u.mV))
    left, right = (
        round(positive_ms(n, x) / step) for n, x in (("before", before), ("after", after))
    )
    if left < 2 or right < 2:
        raise ValueError(
            f"before and after must be 2 samples or more, got {describe(before)} and "
            f"{describe(after)}."
        )
    found = crossings(pre[:, 0], level)
    apart = np.diff(found, prepend=-np.inf, append=np.inf) * step
    gap = None if isolation is None else time_in_ms("isolation", isolation)
    lone = (apart[:-1] > (left * step if gap is None else gap)) & (
        apart[1:] > (right * step if gap is None else gap)
    )
    # The first sample at or above threshold.
    at = np.ceil(found[lone]).astype(int)
    kept = (at >= left) & (at + right < len(pre))
    if not kept.any():
        raise ValueError(
            f"v_pre must have a spike that is alone for {left * step:g} ms before and "
            f"{right * step:g} ms after; of {len(found)} there is none."
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
        average[peak] * u.mV,
        time[peak] * u.ms,
        trough * u.mV,
        len(at),
        error * u.mV,
        u.Quantity(time, unit=u.ms),
        u.Quantity(average, unit=u.mV),
    )
