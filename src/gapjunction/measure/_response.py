"""A response to sinusoids: amplitude and phase."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import saiunit as u


class FrequencyResponse(NamedTuple):
    """Amplitude and phase of a ratio at frequencies.

    Attributes
    ----------
    frequency : Quantity
        In Hz, as it was given.
    amplitude : Quantity or array
        Shape of ``frequency``, then that of the ratio.
    phase : array
        In radians, in (-pi, pi]; negative where the response lags.
    """

    frequency: Any
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


def response(frequency: Any, ratio: np.ndarray, unit: u.Unit) -> FrequencyResponse:
    """Return complex numbers in a unit as a response."""
    return FrequencyResponse(frequency, quantity(abs(ratio), unit), np.angle(ratio)[()])


def quantity(value: np.ndarray, unit: u.Unit) -> Any:
    """Return numbers with their unit, those of one number and no unit as a float."""
    if unit.is_unitless:
        return float(value) if np.ndim(value) == 0 else value
    return u.Quantity(value, unit=unit)
