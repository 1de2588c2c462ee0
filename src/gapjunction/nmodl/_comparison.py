"""The results of comparing a class with its file, as a table."""

from __future__ import annotations

import dataclasses
import math

import numpy as np

# In mV. None of them is a voltage at which a rate of a common file is 0 / 0.
HELD = -79.7
VOLTAGES = (-103.3, -78.9, -61.3, -47.7, -33.1, -18.9, -3.7, 21.3, 47.9)
# The first is not 0, because files compute some variables only when a step is taken.
TIMES = (0.025, 0.5, 3.0, 20.0)
# Relative to the largest current, to 1 for open fractions, and to the largest value for other
# states. Both sides may be computed in single precision.
_ALIKE = 1e-4
_SPIKES_ALIKE = 0.02  # ms


@dataclasses.dataclass(frozen=True)
class StateComparison:
    """One state of a file, in the class and in what it is compared with.

    Parameters
    ----------
    name : str
        Its name in the file.
    kind : str
        "gate", "occupancy" or "variable"; or why the class has no such state.
    found, expected : array, optional
        Values, a row for each time after the step and a column for each voltage: shares, or
        numbers in the unit of the file. None if the class has no such state.

    Examples
    --------
    >>> import numpy as np
    >>> from gapjunction.nmodl import StateComparison
    >>> state = StateComparison("m", "gate", np.array([[0.5, 0.9]]), np.array([[0.5, 0.8]]))
    >>> round(state.error, 3)
    0.1
    """

    __module__ = "gapjunction.nmodl"

    name: str
    kind: str
    found: np.ndarray | None = None
    expected: np.ndarray | None = None

    @property
    def error(self) -> float:
        """The largest difference, for a variable relative to its largest value; or NaN."""
        if self.found is None or self.expected is None:
            return math.nan
        difference = float(np.abs(self.found - self.expected).max())
        size = float(np.abs(self.expected).max())
        return difference / size if self.kind == "variable" and size > 0 else difference

    def __str__(self) -> str:
        if self.found is None or self.expected is None:
            return f"{self.name:>16}  not compared: {self.kind}"
        largest = np.abs(self.expected).max()
        difference = np.abs(self.found - self.expected).max()
        return f"{self.name:>16}  {self.kind:<9}  {largest:>13.6g}  {difference:>18.3g}"


@dataclasses.dataclass(frozen=True)
class SpikeComparison:
    """A squid axon with the mechanism, by the class and in NEURON.

    Parameters
    ----------
    density : float
        The size of the current step that makes it fire, in uA/cm2.
    times : array
        Times in ms.
    found, expected : array
        Voltages in mV at these times; empty where there are none.
    reason : str
        Why the two are not compared; empty if they are.

    Examples
    --------
    >>> import numpy as np
    >>> from gapjunction.nmodl import SpikeComparison
    >>> t = np.arange(5.0)
    >>> trace = np.array([-65.0, -20.0, 20.0, 10.0, -70.0])
    >>> cell = SpikeComparison(10.0, t, trace, trace - 5.0)
    >>> cell.spikes_found, cell.spikes_expected, cell.error
    (array([1.5]), array([1.625]), 0.125)
    """

    __module__ = "gapjunction.nmodl"

    density: float
    times: np.ndarray
    found: np.ndarray
    expected: np.ndarray
    reason: str = ""

    @property
    def spikes_found(self) -> np.ndarray:
        """Times in ms at which the voltage of the class's cell rises through 0 mV."""
        return crossings(self.times, self.found)

    @property
    def spikes_expected(self) -> np.ndarray:
        """Times in ms at which the voltage of NEURON's cell rises through 0 mV."""
        return crossings(self.times, self.expected)

    @property
    def error(self) -> float:
        """The largest difference of spike times in ms; NaN without spikes, or infinite.

        It is infinite if the numbers of spikes differ.
        """
        found, expected = self.spikes_found, self.spikes_expected
        if len(found) != len(expected):
            return math.inf
        return float(np.abs(found - expected).max()) if len(found) else math.nan

    def __str__(self) -> str:
        if self.reason:
            return f"spiking cell: not compared: {self.reason}"
        found, expected = len(self.spikes_found), len(self.spikes_expected)
        apart = np.abs(self.found - self.expected).max()
        lines = [
            f"spiking cell: a squid axon with it, {self.density:g} uA/cm2, {self.times[-1]:g} ms",
            f"  spikes: {found} and {expected}; largest difference of voltages: {apart:.3g} mV",
        ]
        if found or expected:
            lines[-1] += f", of spike times: {self.error:.3g} ms"
        else:
            lines.append("  It does not fire under any step; a smaller conductance can be given.")
        return "\n".join(lines)


def crossings(times: np.ndarray, V: np.ndarray) -> np.ndarray:
    """Return when a voltage rises through 0, between samples on a straight line."""
    k = np.flatnonzero((V[:-1] < 0) & (V[1:] >= 0))
    before, after = V[k], V[k + 1]
    return times[k] + (times[k + 1] - times[k]) * before / (before - after)


@dataclasses.dataclass(frozen=True)
class Comparison:
    """Total currents of a class and of what it is compared with, in mA/cm2, and its states.

    Parameters
    ----------
    name : str
        The class.
    reference : str
        What it is compared with.
    found, expected : array
        Currents, a row for each time after the step and a column for each voltage.
    states : tuple of StateComparison
        Every state of the file.
    cell : SpikeComparison, optional
        A spiking cell with the mechanism, where the comparison is with NEURON.
    """

    __module__ = "gapjunction.nmodl"

    name: str
    reference: str
    found: np.ndarray
    expected: np.ndarray
    states: tuple[StateComparison, ...] = ()
    cell: SpikeComparison | None = None

    @property
    def error(self) -> float:
        """The largest difference of currents, as a share of the largest current."""
        size = np.abs(self.expected).max()
        difference = np.abs(self.found - self.expected).max()
        return float(difference / size) if size > 0 else float(difference)

    @property
    def agrees(self) -> bool:
        """Whether currents and states differ by less than 1e-4, and spikes by less than 0.02 ms.

        States and cells that are not compared do not count.
        """
        compared = [state.error for state in self.states if state.found is not None]
        if not all(error < _ALIKE for error in (self.error, *compared)):
            return False
        # Without spikes the error is NaN.
        return self.cell is None or bool(self.cell.reason) or not self.cell.error >= _SPIKES_ALIKE

    def __str__(self) -> str:
        worst = np.abs(self.found - self.expected).max(axis=0)
        lines = [
            f"{self.name} and {self.reference}: {HELD:g} mV, then {TIMES[-1]:g} ms at V",
            "        V      peak current  largest difference (mA/cm2)",
        ]
        for k, v in enumerate(VOLTAGES):
            peak = self.expected[np.abs(self.expected[:, k]).argmax(), k]
            lines.append(f"{v:>9.1f}  {peak:>16.6g}  {worst[k]:>18.3g}")
        lines.append(f"difference / largest current: {self.error:.2g}")
        if self.states:
            lines.append("           state                  largest  largest difference")
            lines += map(str, self.states)
        if self.cell is not None:
            lines.append(str(self.cell))
        return "\n".join(lines)
