"""The response to sinusoidal currents: amplitude and phase."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import saiunit as u

from gapjunction._typing import ArrayLike


class FrequencyResponse(NamedTuple):
    """Amplitude and phase of a ratio, such as an impedance, at one or several frequencies.

    Attributes
    ----------
    frequency : Quantity
        The frequencies, as they were given.
    amplitude : Quantity or array
        Its shape is that of ``frequency``, followed by that of the ratio.
    phase : array
        In radians, in (-pi, pi]; negative where the response lags.
    """

    frequency: ArrayLike
    amplitude: Any
    phase: Any

    @property
    def value(self) -> Any:
        """The ratio as complex numbers."""
        return self.amplitude * np.exp(1j * np.asarray(self.phase))

    def __repr__(self) -> str:
        return (
            f"FrequencyResponse(frequency={self.frequency}, amplitude={self.amplitude}, "
            f"phase={self.phase} rad)"
        )


def response(frequency: ArrayLike, ratio: np.ndarray, unit: u.Unit) -> FrequencyResponse:
    """Return complex numbers in ``unit`` as amplitude and phase."""
    return FrequencyResponse(frequency, quantity(abs(ratio), unit), np.angle(ratio)[()])


def quantity(value: np.ndarray, unit: u.Unit) -> Any:
    """Return numbers with their unit; a single number without unit as a float."""
    if unit.is_unitless:
        return float(value) if np.ndim(value) == 0 else value
    return u.Quantity(value, unit=unit)
