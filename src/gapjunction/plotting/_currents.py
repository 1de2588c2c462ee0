"""The current of a channel: in the steady state, and after steps of voltage or concentration."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
import saiunit as u

from gapjunction.ion_channels import IonChannel
from gapjunction.plotting._clamp import TIMES, clamp, settling
from gapjunction.plotting._curves import VOLTAGES, grid

# Voltages in mV: the levels of the steps for the peak current, the voltage from which steps start,
# and the steps whose currents are drawn over time.
_LEVELS = np.arange(-140.0, 61.0, 2.0)
_HOLD, _STEPS = -100.0, (-80.0, -60.0, -40.0, -20.0, 0.0, 20.0, 40.0)
# The same for channels that hyperpolarization opens.
_HOLD_OPENING, _STEPS_OPENING = -40.0, (-140.0, -120.0, -100.0, -80.0, -60.0)
# Steps of a concentration are made at 0 mV if the reversal potential is farther from 0 mV than this
# (in mV), and at -60 mV otherwise.
_FAR = 30.0
# Duration in ms that is shown of a current that does not change.
_UNCHANGING = 10.0
# If the slowest change takes more than this many times as long as the fastest, a linear time axis
# cannot show both.
_LOG_BEYOND = 300.0
_SCALES: dict[bool, dict[str, u.Unit]] = {
    True: {"nA/cm2": u.nA / u.cm**2, "uA/cm2": u.uA / u.cm**2, "mA/cm2": u.mA / u.cm**2},
    False: {"pA": u.pA, "nA": u.nA, "uA": u.uA},
}


@dataclasses.dataclass(frozen=True)
class Currents:
    """The data of the two panels that show currents.

    Parameters
    ----------
    unit : str
        Unit of all currents.
    V, steady : array, shape (n,) and (n,) or (n, family)
        Voltages in mV, and the steady current at each; one column for each concentration.
    levels, peak : array, shape (m,)
        Voltages of the steps, and the largest current after each of them.
    hold : float
        Voltage in mV from which steps start; for steps of a concentration, the constant voltage.
    opens_below : bool
        Whether hyperpolarization opens the channel.
    ligand_gated : bool
        Whether the steps are those of a concentration, and not of the voltage.
    steps : array, shape (k,)
        The steps whose currents are drawn over time: voltages in mV, or concentrations in mM.
    time, current : array, shape (t,) and (t, k)
        Time after the step in ms, and the current of each step.
    before : array, shape (k,)
        Current before each step.
    begin, end : float
        When the currents begin to change, and when they have settled, in ms.
    """

    unit: str
    V: np.ndarray
    steady: np.ndarray
    levels: np.ndarray
    peak: np.ndarray
    hold: float
    opens_below: bool
    ligand_gated: bool
    steps: np.ndarray
    time: np.ndarray
    current: np.ndarray
    before: np.ndarray
    begin: float
    end: float

    @property
    def logarithmic(self) -> bool:
        """Whether the time axis must be logarithmic to show both fast and slow changes."""
        return self.begin > 0 and self.end > _LOG_BEYOND * self.begin


def currents_of(
    channel: IonChannel,
    ions: Mapping[str, Any],
    varied: str | None,
    family: u.Quantity | None,
    ligand_gated: bool,
) -> Currents:
    """Return the currents of a channel.

    Parameters
    ----------
    channel : IonChannel
        A channel of one cell; its states change.
    ions : dict of str to Quantity
        Everything that the channel reads.
    varied : str, optional
        The concentration that its gates read.
    family : Quantity, shape (k,), optional
        Values of this concentration. Steps of voltage are at the middle one.
    ligand_gated : bool
        Whether the gates depend on this concentration alone, which is then stepped.
    """
    V = VOLTAGES
    settled, share = _steady(channel, ions, varied, family)
    middle = 0 if family is None else len(family) // 2
    there = dict(ions)
    if varied is not None and family is not None:
        there[varied] = family[middle]
    opens_below = not ligand_gated and _opens_below(V, share[:, middle])
    if ligand_gated and varied is not None and family is not None:
        reversal = V[np.abs(np.asarray(settled[:, -1].mantissa)).argmin()]
        hold = 0.0 if abs(reversal) > _FAR else -60.0
        levels, steps = np.full(len(family), hold), family.to_decimal(u.mM)
        chosen = np.arange(len(family))
        before, after = dict(ions), {**ions, varied: family[:, None]}
    else:
        hold, asked = (_HOLD_OPENING, _STEPS_OPENING) if opens_below else (_HOLD, _STEPS)
        levels, chosen = _LEVELS, np.flatnonzero(np.isin(_LEVELS, asked))
        steps, before, after = _LEVELS[chosen], there, there
    found = clamp(channel, (hold * u.mV, before), (levels[:, None] * u.mV, after))
    unit = _scale(channel.per_area, found[1], settled)
    to = _SCALES[channel.per_area][unit]
    start, response, steady = (np.asarray(x.to_decimal(to)) for x in (*found, settled))
    time = np.concatenate([[0.0], TIMES])
    begin, end = settling(time, response[:, chosen])
    top = np.abs(response).argmax(axis=0)
    return Currents(
        unit=unit,
        V=V,
        steady=steady[:, 0] if varied is None else steady,
        levels=levels,
        peak=response[top, np.arange(levels.size)],
        hold=hold,
        opens_below=opens_below,
        ligand_gated=ligand_gated,
        steps=np.asarray(steps),
        time=time,
        current=response[:, chosen],
        before=start[chosen],
        begin=begin,
        end=end or _UNCHANGING,
    )


def _steady(
    channel: IonChannel, ions: Mapping[str, Any], varied: str | None, family: u.Quantity | None
) -> tuple[u.Quantity, np.ndarray]:
    """Return the steady current and the open fraction for each voltage and concentration."""
    V, values = grid(ions, varied, family)
    channel.init_state(V, **values)
    share = np.asarray(channel.open_fraction(V, **values))
    return channel.current(V, **values)[..., 0], share[..., 0]


def _opens_below(V: np.ndarray, share: np.ndarray) -> bool:
    low, high = np.interp([-120.0, 20.0], V, share)
    return bool(low > 0.5 * share.max() and high < 0.5 * low)


def _scale(per_area: bool, *currents: u.Quantity) -> str:
    """Return the unit in which the largest current is a number from about 1 to 1000."""
    units = _SCALES[per_area]
    first = next(iter(units.values()))
    largest = max(float(np.abs(np.asarray(x.to_decimal(first))).max()) for x in currents)
    names = list(units)
    return names[0 if largest < 1e3 else 1 if largest < 1e6 else 2]
