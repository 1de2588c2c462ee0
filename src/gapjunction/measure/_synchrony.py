"""Measures of synchrony: of the voltages of a population, and of its spikes."""

from __future__ import annotations

import brainstate
import numpy as np
import saiunit as u

from gapjunction._checks import describe
from gapjunction._typing import ArrayLike
from gapjunction.measure._spikes import positive_time, traces

try:  # These functions are in these modules from braintools 0.4 on.
    from braintools.analysis.population import voltage_fluctuation
    from braintools.analysis.spike import cross_correlation
except ImportError:
    from braintools.metric import cross_correlation, voltage_fluctuation


def synchrony(V: ArrayLike) -> float:
    r"""Return the synchrony measure chi of Golomb, Hansel and Rinzel.

    .. math::
        \chi^2 = \frac{\sigma_{\bar V}^2}{\frac{1}{N} \sum_i \sigma_{V_i}^2}

    This is the variance over time of the population's mean voltage, divided by the mean over cells
    of the variance of a cell's voltage.

    Parameters
    ----------
    V : Quantity or array, shape (n_samples, n_cells)
        Voltages, or those of a model without units; without the initial transient. Clip spikes if
        they should not dominate the result.

    Returns
    -------
    float
        Without unit: 1 for traces that are equal except for constants, of the order of
        :math:`1/\sqrt N` for independent ones, and 0 for traces that cancel. NaN if no voltage
        changes.

    Notes
    -----
    It is the square root of the ``voltage_fluctuation`` of braintools. The mean of each voltage is
    subtracted first, which only reduces rounding errors.

    References
    ----------
    .. [1] Golomb, D., & Rinzel, J. (1993). Dynamics of globally coupled inhibitory neurons with
       heterogeneity. Physical Review E, 48(6), 4810-4814.
    .. [2] Golomb, D., & Hansel, D. (2000). The number of synaptic inputs and the synchrony of
       large, sparse neuronal networks. Neural Computation, 12(5), 1095-1139.

    Examples
    --------
    >>> import numpy as np, saiunit as u
    >>> import gapjunction as gj
    >>> wave = np.sin(np.linspace(0, 20 * np.pi, 2000, endpoint=False))
    >>> print(f'{gj.measure.synchrony(np.stack([wave, wave], 1) * u.mV):.3f}')
    1.000
    >>> print(f'{gj.measure.synchrony(np.stack([wave, -wave], 1) * u.mV):.3f}')
    0.000
    """
    volts = _population(V)
    around = volts - volts.mean(axis=0)
    if not np.ptp(volts, axis=0).any():
        return float("nan")
    squared = voltage_fluctuation(around, method="vmap")
    return float(np.sqrt(squared))


def spike_coincidence(spikes: ArrayLike, bin: ArrayLike, dt: ArrayLike) -> float:
    r"""Return the coincidence kappa of spikes, averaged over all pairs of cells.

    .. math::
        \kappa_{ij} = \frac{\sum_l X_i(l) X_j(l)}{\sqrt{\sum_l X_i(l) \sum_l X_j(l)}}

    where X(l) is 1 if the cell spikes in bin l, and 0 if not.

    Parameters
    ----------
    spikes : array, shape (n_samples, n_cells)
        Any number but 0 in the samples in which a cell spikes.
    bin, dt : Quantity or float
        Width of the bins, and time between samples; both numbers in a model without units. For
        independent spikes the expected coincidence is the mean firing rate times ``bin``.

    Returns
    -------
    float
        Without unit, in [0, 1]. A pair with a cell that never spikes counts as 0.

    Notes
    -----
    It is computed by the ``cross_correlation`` of braintools.

    References
    ----------
    .. [1] Wang, X.-J., & Buzsaki, G. (1996). Gamma oscillation by synaptic inhibition in a
       hippocampal interneuronal network model. Journal of Neuroscience, 16(20), 6402-6413.

    Examples
    --------
    >>> import numpy as np, saiunit as u
    >>> import gapjunction as gj
    >>> spikes = np.array([[1, 0], [0, 1], [0, 0], [1, 1]])
    >>> print(f'{gj.measure.spike_coincidence(spikes, 1 * u.ms, 1 * u.ms):.2f}')
    0.50
    """
    plain = np.asarray(u.get_mantissa(spikes))
    if plain.ndim != 2 or plain.shape[1] < 2 or plain.dtype.kind not in "biuf":
        raise ValueError(
            f"spikes must be numbers of shape (n_samples, n_cells), of 2 cells or more; got "
            f"{describe(spikes)}."
        )
    if not np.isfinite(plain).all():
        raise ValueError("spikes must be finite, got numbers that are not.")
    (width, unit), (step, time) = positive_time("bin", bin), positive_time("dt", dt)
    if unit != time:
        raise u.UnitMismatchError(
            f"bin and dt must both be times, or both numbers; got {describe(bin)} and "
            f"{describe(dt)}."
        )
    if width < step:
        raise ValueError(
            f"bin must be a sample or more, {step:g}{'' if time.is_unitless else ' ms'}; got "
            f"{describe(bin)}."
        )
    found = cross_correlation((plain != 0).astype(brainstate.environ.dftype()), width, step)
    return float(found)


def _population(V: ArrayLike) -> np.ndarray:
    """Return the voltages of a population in mV, or in no unit, as plain numbers."""
    volts = traces("V", V)
    if u.math.ndim(V) != 2:
        raise ValueError(f"V must have the shape (n_samples, n_cells), got {describe(V)}.")
    return volts
