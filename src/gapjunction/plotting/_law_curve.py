"""A plot of how a junction's conductance depends on the voltage difference."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import saiunit as u

from gapjunction._checks import describe
from gapjunction._typing import Numbers, QuantityLike
from gapjunction.laws import Law
from gapjunction.plotting._axes import BESIDE, axes_for, bare, shades
from gapjunction.plotting._numbers import plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_RANGE = (-120.0, 120.0)  # mV
V_J = r"$V_j = V_\mathrm{pre} - V_\mathrm{post}$ (mV)"


def law_curve(
    law: Law | Mapping[str, Law],
    ax: Axes | None = None,
    *,
    V_j: Numbers | None = None,
    V_hold: QuantityLike | None = None,
    initial: bool = True,
) -> Axes:
    r"""Draw the normalised conductance against the voltage difference.

    The solid line is the conductance in the steady state at each difference. A law with a state
    also has a dashed line: the conductance immediately after a step to each difference, before the
    state changes. A normalised conductance of 1 means the junction's ``weight``.

    Parameters
    ----------
    law : Law, or dict of them by name
        One law, or several to compare.
    ax : matplotlib.axes.Axes, optional
        Where to draw; by default in a new figure. Nothing is shown.
    V_j : Quantity, optional
        Voltage differences. Two are the limits of the range; more are the points of the curve. By
        default the range is from -120 to 120 mV.
    V_hold : Quantity, optional
        For the dashed line, the difference before the step; by default 0 mV.
    initial : bool, default True
        Whether to draw the dashed line.

    Returns
    -------
    matplotlib.axes.Axes
        The axes. For each law they have a solid line, followed by a dashed one if it has a state.

    Raises
    ------
    TypeError
        If ``law`` is neither a ``Law`` nor a dict of them, or ``ax`` is not an ``Axes``.
    ValueError
        If ``V_j`` is not two or more different voltages, or ``V_hold`` is not one voltage.
    saiunit.UnitMismatchError
        If ``V_j`` or ``V_hold`` are not voltages.
    ImportError
        If Matplotlib is not installed.

    Examples
    --------
    >>> import matplotlib, saiunit as u
    >>> import gapjunction as gj
    >>> matplotlib.use("agg")
    >>> law = gj.laws.Boltzmann(60 * u.mV, 8 * u.mV, s_min=0.25, rate=0.01 / u.ms)
    >>> ax = gj.plotting.law_curve(law)
    >>> [line.get_label() for line in ax.lines]
    ['steady state', 'at once, from 0 mV']
    """
    laws = laws_of(law)
    v = _differences(V_j)
    hold = one_voltage("V_hold", V_hold)
    curves = {name: (_steady(one, v), _at_once(one, v, hold)) for name, one in laws.items()}
    ax = axes_for(ax, "law_curve")
    several = len(laws) > 1
    colors = [f"C{i}" for i in range(len(laws))] if len(laws) <= 10 else shades(len(laws))
    at_once = False
    for (name, (steady, start)), color in zip(curves.items(), colors, strict=True):
        ax.plot(v, steady, color=color, linewidth=1.6, label=name or "steady state")
        if initial and start is not None:
            # If there are several laws, one entry of the legend explains all dashed lines.
            label = None if several and at_once else f"at once, from {hold:g} mV"
            ax.plot(v, start, color=color, linewidth=1.2, linestyle=(0, (4, 2)), label=label)
            at_once = True
    _legend(ax, several, at_once, hold)
    bare(ax)
    _, top = ax.get_ylim()
    ax.set_ylim(0.0, max(1.05, top))
    ax.set_xlim(v[0], v[-1])
    ax.set_xlabel(V_J)
    ax.set_ylabel(r"normalised conductance $G_j$")
    return ax


def laws_of(law: object) -> dict[str, Law]:
    """Return laws by name; a single law has an empty name."""
    if isinstance(law, Law):
        return {"": law}
    if not isinstance(law, Mapping) or not law:
        raise TypeError(f"law must be a Law, or a dict of them by name, got {describe(law)}.")
    for name, one in law.items():
        if not isinstance(one, Law):
            raise TypeError(f"law[{name!r}] must be a Law, got {describe(one)}.")
    return {str(name): one for name, one in law.items()}


def one_voltage(name: str, value: QuantityLike | None) -> float:
    """Return a voltage in mV, or 0 if it is None."""
    if value is None:
        return 0.0
    number = plain(name, value, u.mV, "a voltage")
    if number.shape != () or not np.isfinite(number):
        raise ValueError(f"{name} must be one voltage, got {describe(value)}.")
    return float(number)


def _differences(V_j: Numbers | None) -> np.ndarray:
    if V_j is None:
        return _grid(*_RANGE)
    v = plain("V_j", V_j, u.mV, "voltages")
    if v.ndim != 1 or len(v) < 2 or not np.isfinite(v).all() or not np.ptp(v):
        raise ValueError(f"V_j must be two or more different voltages, got {describe(V_j)}.")
    return _grid(float(v.min()), float(v.max())) if len(v) == 2 else np.sort(v)


def _grid(low: float, high: float) -> np.ndarray:
    return np.linspace(low, high, 481)


def _steady(law: Law, v: np.ndarray) -> np.ndarray:
    return np.asarray(law.steady_state(v * u.mV), np.float64)


def _at_once(law: Law, v: np.ndarray, hold: float) -> np.ndarray | None:
    held = np.full_like(v, hold / 2) * u.mV
    state = law.initial(held, -held)
    if state is None:
        return None
    return np.asarray(law.conductance(state, v / 2 * u.mV, -v / 2 * u.mV), np.float64)


def _legend(ax: Axes, several: bool, at_once: bool, hold: float) -> None:
    if not several:
        if at_once:
            ax.legend(frameon=False, fontsize="small", loc="lower center")
        return
    from matplotlib.lines import Line2D

    handles: list[Any] = [line for line in ax.lines if line.get_linestyle() == "-"]
    texts = [str(line.get_label()) for line in handles]
    if at_once:
        handles.append(Line2D([], [], color="0.4", linewidth=1.2, linestyle=(0, (4, 2))))
        texts.append(f"at once, from {hold:g} mV")
    ax.legend(handles, texts, **BESIDE)
