"""How alike the voltages of a population are, and how close its spikes."""

from __future__ import annotations

from typing import Any

import brainstate
import numpy as np
import saiunit as u

from gapjunction._checks import describe
from gapjunction.measure._spikes import positive_ms, traces

try:  # where they are from braintools 0.4 on
    from braintools.analysis.population import voltage_fluctuation
    from braintools.analysis.spike import cross_correlation
except ImportError:
    from braintools.metric import cross_correlation, voltage_fluctuation


def synchrony(V: Any) -> float:
    r"""Return the synchrony measure chi of Golomb, Hansel and Rinzel.

    .. math::
        \chi^2 = \frac{\sigma_{\bar V}^2}{\frac{1}{N} \sum_i \sigma_{V_i}^2}

    the variance over time of the population's mean, over the mean of those of its cells.

    Parameters
    ----------
    V : Quantity, shape (n_samples, n_cells)
        Voltages, without the transient; clip spikes where these should not dominate.

    Returns
    -------
    float
        No unit: 1 for identical traces up to constants, of the order of :math:`1/\sqrt N` for
        independent ones, 0 for those that cancel. NaN if no voltage changes.

    Notes
    -----
    The square root of braintools' ``voltage_fluctuation``, of the voltages about their own
    means, which changes nothing but rounding.

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


def spike_coincidence(spikes: Any, bin: Any, dt: Any) -> float:
    r"""Return the mean coincidence kappa of the spikes of all pairs of cells.

    .. math::
        \kappa_{ij} = \frac{\sum_l X_i(l) X_j(l)}{\sqrt{\sum_l X_i(l) \sum_l X_j(l)}}

    with X(l) = 1 if the cell spikes in bin l, and 0 if not.

    Parameters
    ----------
    spikes : array, shape (n_samples, n_cells)
        Not 0 where a cell spikes.
    bin, dt : Quantity
        Width of bins, and of a sample. Chance is the mean rate times ``bin``.

    Returns
    -------
    float
        No unit, in [0, 1]. Pairs with a silent cell count as 0.

    Notes
    -----
    Computed by braintools' ``cross_correlation``.

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
            f"spikes must be numbers of shape (n_samples, n_cells), 2 cells or more; got "
            f"{describe(spikes)}."
        )
    width, step = positive_ms("bin", bin), positive_ms("dt", dt)
    if width < step:
        raise ValueError(f"bin must be a sample or more, {step:g} ms; got {describe(bin)}.")
    found = cross_correlation((plain != 0).astype(brainstate.environ.dftype()), width, step)
    return float(found)


def _population(V: Any) -> np.ndarray:
    volts = traces("V", V)
    if u.math.ndim(V) != 2:
        raise ValueError(f"V must have the shape (n_samples, n_cells), got {describe(V)}.")
    return volts
