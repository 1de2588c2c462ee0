r"""How fast coupling may be for a step of the membrane to be stable.

With :math:`a` the rate at which a cell decays by itself, a pattern of voltages that decays by
explicit coupling at the rate :math:`\lambda` does not grow from step to step as long as

======================================  ===============================================
step of the membrane                    condition
======================================  ===============================================
exponential Euler                       :math:`\lambda < a \coth(a\,dt / 2)`
Crank-Nicolson                          :math:`\lambda < 2 / dt + a`
explicit Runge-Kutta                    :math:`\lambda < s / dt - a`
======================================  ===============================================

where s is the length of the solver's stability interval on the negative real axis.
"""

from __future__ import annotations

import abc
import dataclasses
import functools
import math
from collections.abc import Callable
from typing import Any, Final, final

import brainstate
import numpy as np
import saiunit as u
from scipy.optimize import brentq


class Stepping(abc.ABC):
    """The kind of step that a population takes."""

    coupling_point: float = 1.0
    """Where in the step implicit junctions take their current: 0 is its start, 1 its end. A step
    that is centred stays of second order if the current is taken in the middle."""

    @abc.abstractmethod
    def ceiling(self, rate: np.ndarray, dt: float) -> np.ndarray:
        """Return the largest stable rate of coupling, where current follows the solver's stages.

        Parameters
        ----------
        rate : numpy.ndarray
            Rate at which each cell decays by itself.
        dt : float
            The time step.
        """

    @abc.abstractmethod
    def held(self, rate: np.ndarray, dt: float) -> np.ndarray:
        """Return the largest stable rate for a current that is held from the start of the step."""


@final
@dataclasses.dataclass(frozen=True)
class ExponentialEuler(Stepping):
    """Exponential Euler, as the neurons of `brainpy.state` step: it has one stage."""

    def ceiling(self, rate: np.ndarray, dt: float) -> np.ndarray:
        """Return ``a coth(a dt / 2)``."""
        # If the product a dt is tiny, a coth(a dt / 2) equals 2 / dt to rounding. At a = 0 the
        # formula would divide 0 by 0.
        slow = rate * dt < 1e-6 if dt < math.inf else rate == 0
        return np.where(slow, 2 / dt, rate / np.tanh(np.where(slow, 1.0, rate * dt / 2)))

    def held(self, rate: np.ndarray, dt: float) -> np.ndarray:
        """Return the same: there are no later stages."""
        return self.ceiling(rate, dt)


@final
@dataclasses.dataclass(frozen=True)
class CrankNicolson(Stepping):
    """A centred step, such as that of ``'staggered'`` point neurons.

    Parameters
    ----------
    coupling_point : float, default 0.5
        Where in the step implicit junctions take their current: in its middle.
    """

    coupling_point: float = 0.5

    def ceiling(self, rate: np.ndarray, dt: float) -> np.ndarray:
        """Return ``2 / dt + a``."""
        return 2 / dt + rate

    def held(self, rate: np.ndarray, dt: float) -> np.ndarray:
        """Return ``2 / dt``."""
        return np.full_like(rate, 2 / dt)


@final
@dataclasses.dataclass(frozen=True)
class RungeKutta(Stepping):
    """An explicit method.

    Parameters
    ----------
    interval : float, default 2
        Length of its stability interval on the negative real axis; that of explicit Euler is 2.
    """

    interval: float = 2.0

    def ceiling(self, rate: np.ndarray, dt: float) -> np.ndarray:
        """Return ``interval / dt - a``."""
        return self.interval / dt - rate

    def held(self, rate: np.ndarray, dt: float) -> np.ndarray:
        """Return the limit of explicit Euler, or that of the method itself if it is lower."""
        return np.minimum(self.ceiling(rate, dt), 2 / dt)


# The search ends here: longer intervals count as this long.
_LONGEST: Final = 60.0


@functools.lru_cache(maxsize=64)
def runge_kutta(step: Callable[..., Any]) -> RungeKutta:
    """Return the facts about a step function, measured on two coupled cells.

    With dt = 1, one step multiplies the difference of two cells that decays at the rate z by R(-z).
    The interval ends where the absolute value of R first exceeds 1. For a Runge-Kutta method R is
    its stability function. Two cells are needed because a method such as exponential Euler treats
    terms that are linear in a cell's own voltage exactly, but not the coupling.

    Parameters
    ----------
    step : callable
        ``step(f, y, t)`` returns y one ``dt`` later, as the functions of ``braintools.quad`` do.

    Examples
    --------
    >>> from braintools import quad
    >>> round(runge_kutta(quad.ode_rk4_step).interval, 3)
    2.785
    """

    def growth(z: np.ndarray) -> np.ndarray:
        rate = z[:, None] / u.ms
        start = np.tile([1.0, -1.0], (len(z), 1))
        with brainstate.environ.context(dt=1.0 * u.ms):
            end = step(lambda y, t: rate * (y[:, ::-1] - y) / 2, start, 0.0 * u.ms)
        # In single precision the value at the end of the interval is 1 to rounding.
        return np.abs(np.asarray(u.get_mantissa(end), np.float64)[:, 0]) - 1 - 1e-6

    grid = np.linspace(0.01, _LONGEST, 6000)
    try:
        beyond = np.flatnonzero(growth(grid) > 0)
    except (AttributeError, IndexError, TypeError, ValueError, u.UnitMismatchError):
        # This step function does not take plain numbers. No method in use has a shorter interval
        # than Euler's.
        return RungeKutta()
    if beyond.size == 0:
        return RungeKutta(_LONGEST)
    if beyond[0] == 0:
        return RungeKutta()
    low, high = grid[beyond[0] - 1], grid[beyond[0]]
    return RungeKutta(brentq(lambda z: growth(np.array([z]))[0], low, high, xtol=1e-7))
