"""How fast coupling may be for a step of cells with many compartments to be stable.

With C the capacitances of the compartments, G their axial and membrane conductances as a matrix,
and L the Laplacian of junctions whose current is that of the step's start, voltages do not grow as
long as ``L < S``, as quadratic forms over the compartments, where

======================================  ===============================================
step of the cells                       S
======================================  ===============================================
implicit Euler                          ``2 C / dt + G``
explicit Runge-Kutta                    ``s C / dt - G``
======================================  ===============================================

and s is the length of the solver's stability interval. Junctions touch few compartments, the
*sites*. On these the condition is that L be below the inverse of R, the block of ``S^-1`` that
belongs to the sites. If each cell has one site, R is diagonal. If a cell has several, R is below
the diagonal matrix of the row sums of its absolute values, and a limit that is computed with these
sums is a lower bound of the true one.
"""

from __future__ import annotations

import dataclasses
import functools
import math
from typing import Protocol, final

import numpy as np

from gapjunction.hosts._stepping import Stepping


@dataclasses.dataclass(frozen=True, eq=False)
class Circuit:
    """Cells of several compartments as linear circuits.

    Attributes
    ----------
    C : numpy.ndarray, shape (n_cells, n_compartments)
        Capacitances, in a unit of conductance times ms.
    axial : numpy.ndarray, shape (n_cells, n_compartments, n_compartments)
        Axial conductances as a Laplacian.
    membrane : numpy.ndarray, shape (n_cells, n_compartments)
        Slopes of the membrane currents, with gates and concentrations as they are.
    """

    C: np.ndarray
    axial: np.ndarray
    membrane: np.ndarray

    @property
    def G(self) -> np.ndarray:  # noqa: N802
        """Axial and membrane conductances together."""
        return self.axial + _diagonals(self.membrane)


class HasCircuit(Protocol):
    """Cells that can be asked for their circuits."""

    def circuit(self) -> Circuit:
        """Return the cells as linear circuits."""


@final
@dataclasses.dataclass(frozen=True, eq=False)
class CableStep(Stepping):
    """The step of cells with many compartments, as it appears to junctions at some of these.

    Parameters
    ----------
    cells : object with a method ``circuit()``
        The cells, asked for their circuits when a limit is computed.
    index : numpy.ndarray of int
        Flat id, over cells and compartments, of each site.
    interval : float, optional
        Length of the stability interval of an explicit solver; None for an implicit step of Euler.
    """

    cells: HasCircuit
    index: np.ndarray
    interval: float | None = None

    @functools.cached_property
    def circuit(self) -> Circuit:
        """The cells as they are when a limit is first asked for."""
        return self.cells.circuit()

    def ceiling(self, rate: np.ndarray, dt: float) -> np.ndarray:
        """Return the largest stable rate of coupling at each site; ``rate`` is not used."""
        c, by_dt = self.circuit, 0.0 if math.isinf(dt) else 1 / dt
        if self.interval is None:
            S = _diagonals(2 * by_dt * c.C) + c.G
        else:
            S = _diagonals(self.interval * by_dt * c.C) - c.G
        C = c.C.reshape(-1)[self.index]
        return 1 / (C * self._row_sums(S))

    def held(self, rate: np.ndarray, dt: float) -> np.ndarray:
        """Return the largest stable rate for a current that is held in all stages of a step."""
        if self.interval is None:
            return self.ceiling(rate, dt)
        return np.minimum(self.ceiling(rate, dt), 2 / dt)

    def _row_sums(self, S: np.ndarray) -> np.ndarray:
        """Return the row sums of R; they are infinite where S is not positive definite."""
        n, sums = S.shape[-1], np.full(len(self.index), math.inf)
        of_cell, known = self.index // n, {}
        for cell in np.unique(of_cell):
            own = np.flatnonzero(of_cell == cell)
            at = self.index[own] % n
            # Most cells are equal while they are at rest; equal ones are computed once.
            key = S[cell].tobytes(), at.tobytes()
            if key not in known:
                known[key] = _sums(S[cell], self.circuit.C[cell], at)
            sums[own] = known[key]
        return sums


def _sums(S: np.ndarray, C: np.ndarray, at: np.ndarray) -> np.ndarray | float:
    """Return the row sums of the absolute values of one cell's ``S^-1`` at the compartments."""
    # A step that is unstable without junctions tolerates no coupling. At an infinite time step,
    # neither does a cell without a leak.
    if np.linalg.eigvalsh(_scaled(S, C))[0] <= 1e-12:
        return math.inf
    found: np.ndarray = abs(np.linalg.solve(S, np.eye(len(C))[:, at])[at]).sum(axis=1)
    return found


def _scaled(S: np.ndarray, C: np.ndarray) -> np.ndarray:
    """Return the symmetric part of S in units of the capacitances, whose eigenvalues are rates."""
    root = np.sqrt(C)
    return (S + S.T) / 2 / root / root[:, None]


def _diagonals(x: np.ndarray) -> np.ndarray:
    """Return diagonal matrices with the last axis of ``x`` on their diagonals."""
    return x[..., None] * np.eye(x.shape[-1])
