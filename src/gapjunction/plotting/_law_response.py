"""A plot of a junction's current after steps of voltage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
import saiunit as u

from gapjunction._checks import describe
from gapjunction._typing import Numbers, QuantityLike
from gapjunction.laws import Law
from gapjunction.plotting._axes import BESIDE, axes_for, bare, shades
from gapjunction.plotting._clamp import settling
from gapjunction.plotting._law_curve import one_voltage
from gapjunction.plotting._numbers import labelled, plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_STEPS = np.array([-100, -80, -60, -40, -20, 20, 40, 60, 80, 100]) * u.mV
# Number of time steps within a voltage step.
_POINTS = 1000
# Times in ms at which currents are computed to find when they settle. Channels of some connexins
# take minutes.
_TIMES = np.geomspace(1e-3, 1e7, 401)
# Time shown before and after the step, as a part of the step's duration.
_MARGIN = 0.15
# Duration in ms of steps in which the current is constant.
_SHORT = 100.0
# With more steps than this there is no legend.
_MAX_NAMES = 20


def law_response(
    law: Law,
    ax: Axes | None = None,
    *,
    V_j: Numbers | None = None,
    V_hold: QuantityLike | None = None,
    weight: QuantityLike | None = None,
    duration: QuantityLike | None = None,
) -> Axes:
    """Draw the junctional currents in response to voltage steps, as in double voltage clamp.

    Both cells are clamped. The voltage difference between them is held constant, steps to each
    value, and returns. Currents from pre to post are positive.

    Parameters
    ----------
    law : Law
        How the conductance depends on voltages and time.
    ax : matplotlib.axes.Axes, optional
        Where to draw; by default in a new figure. Nothing is shown.
    V_j : Quantity, optional
        Voltage difference V_pre - V_post in each step; by default -100 to 100 mV in steps of 20 mV.
    V_hold : Quantity, optional
        Difference before and after the step. The conductance has settled at it before the step. By
        default 0 mV.
    weight : Quantity, optional
        Conductance of the junction when the law's normalised conductance is 1; by default currents
        are in pA per nS.
    duration : Quantity, optional
        Duration of the steps; by default until all currents have settled, or 100 ms if they do not
        change.

    Returns
    -------
    matplotlib.axes.Axes
        The axes, with one line for each step, which begins at time 0.

    Raises
    ------
    TypeError
        If ``law`` is not a ``Law``, or ``ax`` is not an ``Axes``.
    ValueError
        If ``V_j`` is not one or more finite voltages, or ``V_hold``, ``weight`` or ``duration`` is
        not a single finite value; or if no ``duration`` is given and none can be found because the
        law's conductance is not finite in long time steps.
    saiunit.UnitMismatchError
        If an argument has a unit of another kind.
    ImportError
        If Matplotlib is not installed.

    Examples
    --------
    >>> import matplotlib, saiunit as u
    >>> import gapjunction as gj
    >>> matplotlib.use("agg")
    >>> law = gj.laws.Boltzmann(60 * u.mV, 8 * u.mV, s_min=0.25, rate=0.01 / u.ms)
    >>> ax = gj.plotting.law_response(law, V_j=[40, 80] * u.mV, weight=2 * u.nS)
    >>> ax.get_ylabel()
    'junctional current (pA)'
    >>> round(float(ax.lines[1].get_ydata().max()))  # 2 nS times 80 mV, before gates close
    160
    """
    if not isinstance(law, Law):
        raise TypeError(f"law must be a Law, got {describe(law)}.")
    v = np.atleast_1d(plain("V_j", _STEPS if V_j is None else V_j, u.mV, "voltages"))
    if v.ndim != 1 or not len(v) or not np.isfinite(v).all():
        raise ValueError(f"V_j must be one or more voltages, got {describe(V_j)}.")
    hold = one_voltage("V_hold", V_hold)
    scale, label = _scale(weight)
    end = _end(law, v, hold, duration)
    time, current = _clamp(law, v, hold, end)
    ax = axes_for(ax, "law_response")
    unit, per = (u.second, 1e3) if end > 2000 else (u.ms, 1.0)
    for value, row, color in zip(v, current.T * scale, shades(len(v)), strict=True):
        name = f"{value:g} mV".replace("-", "−")
        ax.plot(time / per, row, color=color, linewidth=1.2, label=name)
    ax.axhline(0.0, color="0.7", linewidth=0.7, zorder=0)
    ax.set_xlim(time[0] / per, time[-1] / per)
    ax.set_xlabel(labelled("time", unit))
    ax.set_ylabel(label)
    bare(ax)
    if len(v) <= _MAX_NAMES:
        handles, texts = ax.get_legend_handles_labels()
        # The legend begins with the largest step, whose current is at the top of the axes.
        order = np.argsort(-v, kind="stable")
        ax.legend([handles[i] for i in order], [texts[i] for i in order], title="$V_j$", **BESIDE)
    return ax


def _scale(weight: QuantityLike | None) -> tuple[float, str]:
    """Return the factor from mV to the current, and the label of the current's axis."""
    if weight is None:
        return 1.0, "junctional current (pA per nS)"
    unit = u.get_unit(weight)
    if unit.dim == u.nS.dim:
        number, label = plain("weight", weight, u.nS, "a conductance"), "pA"
    elif unit.dim == (u.nS / u.cm**2).dim:
        number, label = plain("weight", weight, u.mS / u.cm**2, "a conductance"), "µA/cm²"
    else:
        raise u.UnitMismatchError(
            f"weight must be a conductance, of a junction or per area, got {describe(weight)}."
        )
    if number.shape != () or not np.isfinite(number):
        raise ValueError(f"weight must be one conductance, got {describe(weight)}.")
    if label == "pA" and abs(number) >= 100:
        return float(number) / 1e3, "junctional current (nA)"
    return float(number), f"junctional current ({label})"


def _end(law: Law, v: np.ndarray, hold: float, duration: QuantityLike | None) -> float:
    """Return the duration of the steps in ms."""
    if duration is not None:
        found = plain("duration", duration, u.ms, "a time")
        if found.shape != () or not 0 < found < np.inf:
            raise ValueError(f"duration must be one positive time, got {describe(duration)}.")
        return float(found)
    found = _run(law, _settled(law, v, hold), v, np.diff(_TIMES, prepend=0.0))[1]
    if not np.isfinite(found).all():
        raise ValueError(
            f"duration must be given: {type(law).__name__} is not finite in the time steps of up "
            f"to {_TIMES[-1] / 1e3:g} s that are used to find when its currents settle."
        )
    settled = settling(np.concatenate([[0.0], _TIMES]), found)[1]
    if not settled:
        return _SHORT
    size = 10 ** np.floor(np.log10(settled))
    return float(size * next(n for n in (1, 1.5, 2, 3, 4, 5, 6, 8, 10) if n * size >= settled))


def _clamp(law: Law, v: np.ndarray, hold: float, end: float) -> tuple[np.ndarray, np.ndarray]:
    """Return times in ms, and at each time the currents per unit of conductance, in mV."""
    margin = _MARGIN * end
    held = np.full_like(v, hold)
    state = _settled(law, v, hold)
    before = _current(law, state, held)
    steps = np.full(_POINTS, end / _POINTS)
    state, during = _run(law, state, v, steps)
    back = steps[: round(_MARGIN * _POINTS)]
    _, after = _run(law, state, held, back)
    parts: list[Any] = [[-margin, 0.0, 0.0], np.cumsum(steps), [end], end + np.cumsum(back)]
    time = np.concatenate(parts)
    return time, np.concatenate([[before, before], during, after])


def _run(law: Law, state: Any, v: np.ndarray, steps: np.ndarray) -> tuple[Any, np.ndarray]:
    """Return the state at the end, and the currents at the start and after each time step (ms)."""
    half = u.Quantity(jnp.asarray(v / 2), unit=u.mV)

    def step(state: Any, dt: jax.Array) -> tuple[Any, jax.Array]:
        new = law.advance(state, half, -half, dt * u.ms)
        if new is not None:
            new = jnp.asarray(new, state.dtype)
        return new, law.conductance(new, half, -half)

    first = law.conductance(state, half, -half)
    state, rest = jax.lax.scan(step, state, jnp.asarray(steps))
    s = np.concatenate([np.asarray(first)[None], np.asarray(rest)]).astype(np.float64)
    return state, s * v


def _settled(law: Law, v: np.ndarray, hold: float) -> Any:
    half = u.Quantity(jnp.full(v.shape, hold / 2), unit=u.mV)
    return law.initial(half, -half)


def _current(law: Law, state: Any, v: np.ndarray) -> np.ndarray:
    half = u.Quantity(jnp.asarray(v / 2), unit=u.mV)
    return np.asarray(law.conductance(state, half, -half), np.float64) * v
