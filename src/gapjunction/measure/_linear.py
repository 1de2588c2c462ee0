"""Resistances, impedances and coupling coefficients, of models and of recordings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import saiunit as u

from gapjunction._checks import check_unit, describe
from gapjunction.measure._deflections import sinusoid, steady
from gapjunction.measure._linearise import as_network
from gapjunction.measure._recording import Recording
from gapjunction.measure._response import quantity, response


def transfer(
    source: Any, frequency: Any = None, *, window: Any = None, baseline: Any = None
) -> Any:
    r"""Return the transfer matrix Z: :math:`V_i = \sum_j Z_{ij} I_j` of deflections and currents.

    .. math:: Z(f) = (2 \pi i f\,C + G + L)^{-1}

    Parameters
    ----------
    source : LinearNetwork, model, or sequence of Recording
        A model is linearised as :func:`linearise` does it. Of recordings there must be one for
        each cell, with the current into that cell.
    frequency : Quantity, optional
        One or several; by default steady currents.
    window, baseline : pair of Quantity, optional
        Of recordings, as in :func:`coupling_coefficient`.

    Returns
    -------
    Quantity or FrequencyResponse
        Shape ``(n_cells, n_cells)``, behind that of ``frequency``; in megaohm, or one over the unit
        of the conductances where these are per area. The diagonal holds input resistances, the
        rest transfer resistances.

    Raises
    ------
    ValueError
        If steady currents have no way out, there is no capacitance for a frequency, or recordings
        are not one for each cell.

    Examples
    --------
    >>> import numpy as np, saiunit as u
    >>> import gapjunction as gj
    >>> pair = gj.measure.LinearNetwork(([0], [1]), 1 * u.nS, leak=np.array([3.0, 1.0]) * u.nS)
    >>> print(gj.measure.transfer(pair).round(3))
    [[285.714 142.857]
     [142.857 571.429]] Mohm
    """
    if isinstance(source, Recording) or (
        isinstance(source, (list, tuple)) and any(isinstance(x, Recording) for x in source)
    ):
        records = _by_cell(source)

        def columns(f: float | None) -> np.ndarray:
            return np.stack(
                [_ratios(r, j, f, window, baseline) for j, r in enumerate(records)], axis=1
            )

        return _over(frequency, columns, _resistance_of(records[0]))
    network = as_network(source)
    every = np.eye(network.n_cells)
    return _over(frequency, lambda f: network.solve(every, _omega(f)), network.resistance_unit)


def input_resistance(
    source: Any, cell: Any, frequency: Any = None, *, window: Any = None, baseline: Any = None
) -> Any:
    r"""Return a cell's input resistance within its network, :math:`V_i / I_i`, or impedance.

    Parameters
    ----------
    source : LinearNetwork, model, or Recording
    cell : int or tuple of str and int
        Its flat id, in the whole or in a model's population.
    frequency : Quantity, optional
        By default steady currents.
    window, baseline : pair of Quantity, optional
        Of a recording, as in :func:`coupling_coefficient`.

    Returns
    -------
    Quantity or FrequencyResponse
        In megaohm, or as :func:`transfer` has it.

    Examples
    --------
    >>> import numpy as np, saiunit as u
    >>> import gapjunction as gj
    >>> pair = gj.measure.LinearNetwork(([0], [1]), 1 * u.nS, leak=np.array([3.0, 1.0]) * u.nS)
    >>> print(gj.measure.input_resistance(pair, 0).round(3))
    285.714 Mohm
    """
    if isinstance(source, Recording):
        k = source.cell("cell", cell)
        return _over(
            frequency,
            lambda f: _ratios(source, k, f, window, baseline)[k],
            _resistance_of(source),
        )
    network = as_network(source)
    k = network.cell("cell", cell)
    unit = np.eye(network.n_cells)[:, [k]]
    return _over(frequency, lambda f: network.solve(unit, _omega(f))[k, 0], network.resistance_unit)


def coupling_coefficient(
    source: Any,
    pre: Any,
    post: Any = None,
    frequency: Any = None,
    *,
    window: Any = None,
    baseline: Any = None,
) -> Any:
    r"""Return :math:`\Delta V_{post} / \Delta V_{pre}` when a current goes into pre.

    It is :math:`Z_{post,pre} / Z_{pre,pre}` (see :func:`transfer`); of a pair of passive cells,
    :math:`g / (g + G_{post})`. At a frequency it has an amplitude and a phase.

    Parameters
    ----------
    source : LinearNetwork, model, or Recording
        A model is linearised as :func:`linearise` does it; :func:`inject` makes a recording of one.
    pre, post : int or tuple of str and int
        Flat ids, in the whole or in a model's population. Without ``post``, those of all cells.
    frequency : Quantity, optional
        One or several; by default steady currents.
    window, baseline : pair of Quantity, optional
        Of a recording: times ``(start, stop)`` over which deflections are averaged, and their
        baseline. By default the last fifth of the longest step of the current into pre, and
        all that is before it. With a frequency, ``window`` is where a sinusoid and a line are
        fitted, by default the second half of the stimulus.

    Returns
    -------
    float, array or FrequencyResponse
        No unit. With a frequency, amplitude and phase.

    Raises
    ------
    ValueError
        If a cell is none, the current is not such a one, or there is no capacitance for a
        frequency.

    References
    ----------
    .. [1] Bennett, M. V. L. (1966). Physiology of electrotonic junctions. Annals of the New York
       Academy of Sciences, 137(2), 509-539.

    Examples
    --------
    >>> import numpy as np, saiunit as u
    >>> import gapjunction as gj
    >>> pair = gj.measure.LinearNetwork(
    ...     ([0], [1]), 1 * u.nS, np.array([3.0, 1.0]) * u.nS, capacitance=20 * u.pF)
    >>> round(gj.measure.coupling_coefficient(pair, 0, 1), 12)
    0.5
    >>> low_pass = gj.measure.coupling_coefficient(pair, 0, 1, 100 / (2 * np.pi) * u.Hz)
    >>> print(f'{low_pass.amplitude:.3f} {low_pass.phase:.3f}')
    0.354 -0.785
    """
    if isinstance(source, Recording):
        k = source.cell("pre", pre)
        to = slice(None) if post is None else source.cell("post", post)

        def measured(f: float | None) -> np.ndarray:
            Z = _ratios(source, k, f, window, baseline)
            return Z[to] / Z[k]

        return _over(frequency, measured, u.UNITLESS)
    network = as_network(source)
    k = network.cell("pre", pre)
    to = slice(None) if post is None else network.cell("post", post)
    unit = np.eye(network.n_cells)[:, [k]]

    def computed(f: float | None) -> np.ndarray:
        Z = network.solve(unit, _omega(f))[:, 0]
        return Z[to] / Z[k]

    return _over(frequency, computed, u.UNITLESS)


def _over(frequency: Any, ratio: Callable[[float | None], Any], unit: u.Unit) -> Any:
    """Return a ratio at each frequency (given to ``ratio`` in cycles per ms), or the steady one."""
    if frequency is None:
        return quantity(np.asarray(ratio(None)), unit)
    check_unit("frequency", frequency, u.Hz, "a frequency")
    plain = np.asarray(u.Quantity(frequency).to_decimal(u.kHz), np.float64)
    if not (np.isfinite(plain).all() and (plain >= 0).all()) or plain.ndim > 1:
        raise ValueError(
            f"frequency must be one or several, none of them negative; got {describe(frequency)}."
        )
    found = [np.asarray(ratio(float(f)), complex) for f in np.atleast_1d(plain)]
    return response(frequency, np.stack(found) if plain.ndim else found[0], unit)


def _omega(frequency: float | None) -> float:
    return 2 * np.pi * (frequency or 0.0)


def _ratios(
    recording: Recording, cell: int, frequency: float | None, window: Any, baseline: Any
) -> np.ndarray:
    """Return the voltage of each cell over the current into one."""
    if frequency is None:
        V, current = steady(recording, cell, window, baseline)
        return V / current
    amplitudes, amplitude = sinusoid(recording, cell, frequency, window)
    return amplitudes / amplitude


def _resistance_of(recording: Recording) -> u.Unit:
    return u.get_unit(u.mV / recording.current_unit)


def _by_cell(source: Any) -> Sequence[Recording]:
    records = [source] if isinstance(source, Recording) else list(source)
    if not all(isinstance(r, Recording) for r in records):
        raise TypeError(f"source must be recordings, or a model; got {describe(source)}.")
    found = {int(r.driven[0]): r for r in records if len(r.driven) == 1}
    n = records[0].n_cells
    if sorted(found) != list(range(n)) or len(records) != n:
        driven = [r.driven.tolist() for r in records]
        raise ValueError(
            f"source must hold one recording for each of {n} cells, with current into that cell "
            f"alone; their currents go into {driven}."
        )
    return [found[j] for j in range(n)]
