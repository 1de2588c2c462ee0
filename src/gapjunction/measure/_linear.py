"""Resistances, impedances and coupling coefficients, for models and for recordings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import saiunit as u

from gapjunction._checks import check_unit, describe
from gapjunction._typing import ArrayLike
from gapjunction.measure._cells import Cell, Model
from gapjunction.measure._deflections import sinusoid, steady
from gapjunction.measure._linearise import as_network
from gapjunction.measure._network import LinearNetwork
from gapjunction.measure._recording import Recording, Window
from gapjunction.measure._response import quantity, response


def transfer(
    source: LinearNetwork | Model | Recording | Sequence[Recording],
    frequency: ArrayLike | None = None,
    *,
    window: Window | None = None,
    baseline: Window | None = None,
) -> Any:
    r"""Return the transfer matrix Z, which maps currents to deflections of the voltages.

    .. math:: V_i = \sum_j Z_{ij} I_j, \qquad Z(f) = (2 \pi i f\,C + G + L)^{-1}

    Here C and G are diagonal matrices with the capacitances and leak conductances of the cells, and
    L is the Laplacian of the junctions.

    Parameters
    ----------
    source : LinearNetwork, model, or sequence of Recording
        A model is linearised with :func:`linearise`. If recordings are given, there must be one for
        each cell, with a current into that cell only.
    frequency : Quantity or array, optional
        One or several frequencies, which are numbers where times have no unit. By default the
        currents are steady.
    window, baseline : pair of Quantity, optional
        For recordings, as in :func:`coupling_coefficient`.

    Returns
    -------
    Quantity or FrequencyResponse
        Its shape is that of ``frequency``, followed by ``(n_cells, n_cells)``. Input resistances
        are on the diagonal and transfer resistances elsewhere. They are in megaohm, or in one over
        the unit of the conductances if these are per area.

    Raises
    ------
    ValueError
        If a steady current cannot leave the network, if a frequency is given for a network without
        capacitances, if there is not one recording for each cell, or if recordings differ in their
        cells or units.

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

        return _over(frequency, columns, _resistance_of(records[0]), records[0].clock)
    network = as_network(source)
    every = np.eye(network.n_cells)
    unit, clock = network.resistance_unit, network.clock
    return _over(frequency, lambda f: network.solve(every, _omega(f)), unit, clock)


def input_resistance(
    source: LinearNetwork | Model | Recording,
    cell: Cell,
    frequency: ArrayLike | None = None,
    *,
    window: Window | None = None,
    baseline: Window | None = None,
) -> Any:
    r"""Return the input resistance or impedance :math:`V_i / I_i` of a cell within its network.

    Parameters
    ----------
    source : LinearNetwork, model, or Recording
    cell : int or tuple of str and int
        Its flat id among all cells, or the name of a population of the model and the id in it.
    frequency : Quantity or array, optional
        One or several frequencies, which are numbers where times have no unit. By default the
        current is steady.
    window, baseline : pair of Quantity, optional
        For a recording, as in :func:`coupling_coefficient`.

    Returns
    -------
    Quantity or FrequencyResponse
        In the unit that :func:`transfer` returns.

    Raises
    ------
    ValueError
        If there is no such cell, or as for :func:`transfer` and :func:`coupling_coefficient`.

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
            source.clock,
        )
    network = as_network(source)
    k = network.cell("cell", cell)
    current = _unit_current(network, k)

    def own(f: float | None) -> np.ndarray:
        return network.solve(current, _omega(f))[k, 0]

    return _over(frequency, own, network.resistance_unit, network.clock)


def coupling_coefficient(
    source: LinearNetwork | Model | Recording,
    pre: Cell,
    post: Cell | None = None,
    frequency: ArrayLike | None = None,
    *,
    window: Window | None = None,
    baseline: Window | None = None,
) -> Any:
    r"""Return :math:`\Delta V_{post} / \Delta V_{pre}` for a current into the cell ``pre``.

    It is :math:`Z_{post,pre} / Z_{pre,pre}` (see :func:`transfer`). For a pair of passive cells
    this is :math:`g / (g + G_{post})`, with the conductance g of the junction and the leak
    :math:`G_{post}`. For a sinusoidal current it has an amplitude and a phase.

    Parameters
    ----------
    source : LinearNetwork, model, or Recording
        A model is linearised with :func:`linearise`; :func:`inject` makes a recording of a model.
    pre, post : int or tuple of str and int
        Each cell as its flat id among all cells, or as the name of a population of the model and
        the id in it. Without ``post``, the coefficients of all cells are returned.
    frequency : Quantity or array, optional
        One or several frequencies, which are numbers where times have no unit. By default the
        current is steady.
    window, baseline : pair of Quantity, optional
        For a recording: the times ``(start, stop)`` over which the deflected voltages and those
        before the stimulus are averaged. By default these are the last fifth of the longest step
        of the current into ``pre``, and everything before that step. With a frequency, a sinusoid
        and a line are fitted to ``window``, by default the second half of the stimulus.

    Returns
    -------
    float, array or FrequencyResponse
        Without unit: a float for one cell and steady currents, an array for all cells, amplitude
        and phase for a frequency.

    Raises
    ------
    ValueError
        If there is no such cell, if the recorded current is not a step or sinusoid into ``pre``
        alone, or if a frequency is given for a network without capacitances.

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

        return _over(frequency, measured, u.UNITLESS, source.clock)
    network = as_network(source)
    k = network.cell("pre", pre)
    to = slice(None) if post is None else network.cell("post", post)
    unit = _unit_current(network, k)

    def computed(f: float | None) -> np.ndarray:
        Z = network.solve(unit, _omega(f))[:, 0]
        return Z[to] / Z[k]

    return _over(frequency, computed, u.UNITLESS, network.clock)


def _over(
    frequency: ArrayLike | None,
    ratio: Callable[[float | None], Any],
    unit: u.Unit,
    clock: u.Unit,
) -> Any:
    """Return a ratio at each frequency; without frequencies, that of steady currents.

    Parameters
    ----------
    frequency : Quantity, array or None
    ratio : callable
        The ratio as a function of a frequency in cycles per ``clock``, or of None for steady
        currents.
    unit : Unit
        The unit of what ``ratio`` returns.
    clock : Unit
        The unit of times: ms, or none.
    """
    if frequency is None:
        return quantity(np.asarray(ratio(None)), unit)
    if clock.is_unitless:
        check_unit("frequency", frequency, clock, "a number, as times have no unit")
    else:
        check_unit("frequency", frequency, u.Hz, "a frequency")
    plain = np.asarray(u.Quantity(frequency).to_decimal(u.get_unit(1 / clock)), np.float64)
    if not (np.isfinite(plain).all() and (plain >= 0).all()) or plain.ndim > 1:
        raise ValueError(
            f"frequency must be one or several finite values of at least 0, got "
            f"{describe(frequency)}."
        )
    found = [np.asarray(ratio(float(f)), complex) for f in np.atleast_1d(plain)]
    return response(frequency, np.stack(found) if plain.ndim else found[0], unit)


def _unit_current(network: LinearNetwork, cell: int) -> np.ndarray:
    """Return a current of 1 into one cell and none into the others, shape ``(n_cells, 1)``."""
    current = np.zeros((network.n_cells, 1))
    current[cell] = 1.0
    return current


def _omega(frequency: float | None) -> float:
    return 2 * np.pi * (frequency or 0.0)


def _ratios(
    recording: Recording,
    cell: int,
    frequency: float | None,
    window: Window | None,
    baseline: Window | None,
) -> np.ndarray:
    """Return the voltage of each cell, divided by the current into ``cell``."""
    if frequency is None:
        V, current = steady(recording, cell, window, baseline)
        return V / current
    amplitudes, amplitude = sinusoid(recording, cell, frequency, window)
    return amplitudes / amplitude


def _resistance_of(recording: Recording) -> u.Unit:
    return u.get_unit(recording.volt_unit / recording.current_unit)


def _by_cell(source: Recording | Sequence[Recording]) -> list[Recording]:
    """Return one recording for each cell, in the order of the cells that receive current."""
    records = [source] if isinstance(source, Recording) else list(source)
    if not all(isinstance(r, Recording) for r in records):
        raise TypeError(f"source must be recordings, or a model; got {describe(source)}.")
    kinds = {(r.n_cells, r.volt_unit, r.current_unit, r.clock) for r in records}
    if len(kinds) > 1:
        raise ValueError(f"source must hold recordings of the same cells and kind, got {records}.")
    found = {int(r.driven[0]): r for r in records if len(r.driven) == 1}
    n = records[0].n_cells
    if sorted(found) != list(range(n)) or len(records) != n:
        driven = [r.driven.tolist() for r in records]
        raise ValueError(
            f"source must hold one recording for each of {n} cells, with current into that cell "
            f"alone; got recordings with current into {driven}."
        )
    return [found[j] for j in range(n)]
