"""Estimates with confidence intervals."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import saiunit as u
from scipy import stats


class Estimate(NamedTuple):
    """Numbers estimated from data.

    Attributes
    ----------
    value, standard_error : Quantity
        The estimates and their standard errors.
    low, high : Quantity
        Ends of the confidence interval of each number.
    """

    value: u.Quantity
    standard_error: u.Quantity
    low: u.Quantity
    high: u.Quantity

    def __repr__(self) -> str:
        return f"Estimate({self})"

    def __str__(self) -> str:
        unit = u.get_unit(self.value)
        plain = (np.atleast_1d(u.Quantity(x).to_decimal(unit)) for x in self)
        rows = [f"{v:.4g} +- {s:.2g} [{a:.4g}, {b:.4g}]" for v, s, a, b in zip(*plain, strict=True)]
        return f"{', '.join(rows)} {'' if unit.is_unitless else unit}".strip()


def estimate(
    value: np.ndarray, error: np.ndarray, unit: u.Unit, level: float, freedom: int
) -> Estimate:
    """Return an estimate whose errors follow Student's t with ``freedom`` degrees of freedom."""
    half = error * stats.t.ppf(0.5 + level / 2, freedom)
    return Estimate(*(u.Quantity(x, unit=unit) for x in (value, error, value - half, value + half)))


def covariance(
    jacobians: list[np.ndarray], residuals: list[np.ndarray], lags: int
) -> tuple[np.ndarray, int, float]:
    """Return the covariance of least-squares estimates, degrees of freedom and residual variance.

    Parameters
    ----------
    jacobians : list of numpy.ndarray, shape (n_samples, n_channels, n_parameters)
        Derivatives of the residuals by the parameters, one array for each recording.
    residuals : list of numpy.ndarray, shape (n_samples, n_channels)
        One array for each recording.
    lags : int
        Number of samples over which residuals may be correlated, within a channel and between
        channels; 0 for white noise.
    """
    J = np.concatenate([j.reshape(-1, j.shape[-1]) for j in jacobians])
    r = np.concatenate([x.reshape(-1) for x in residuals])
    freedom = max(len(r) - J.shape[1], 1)
    variance = float(r @ r) / freedom
    # Conductances and capacitances differ by orders of magnitude. Scaling each column of the
    # Jacobian to length 1 keeps the inversion accurate.
    scale = np.linalg.norm(J, axis=0)
    scale[scale == 0] = 1.0
    inverse = np.linalg.pinv((J / scale).T @ (J / scale), hermitian=True)
    middle = (J / scale).T @ (J / scale) * variance
    if lags:
        middle = _long_run(jacobians, residuals, scale, lags) * len(r) / freedom
    return inverse @ middle @ inverse / np.outer(scale, scale), freedom, variance


def _long_run(
    jacobians: list[np.ndarray], residuals: list[np.ndarray], scale: np.ndarray, lags: int
) -> np.ndarray:
    """Return the long-run covariance of the scores, with the Bartlett weights of Newey and West."""
    total = np.zeros((len(scale), len(scale)))
    for jacobian, residual in zip(jacobians, residuals, strict=True):
        score = np.einsum("tcp,tc->tp", jacobian / scale, residual)
        total += score.T @ score
        for lag in range(1, min(lags, len(score) - 1) + 1):
            cross = score[lag:].T @ score[:-lag] * (1 - lag / (lags + 1))
            total += cross + cross.T
    return total
