"""Cells and junctions as a linear circuit, in numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import saiunit as u
import scipy.sparse as sp
from scipy.sparse.linalg import splu

from gapjunction._checks import describe
from gapjunction.connectivity import Edges, as_edges, laplacian
from gapjunction.measure._cells import cell_id


class Active(NamedTuple):
    """Gates and pools of some cells, linear: dx/dt = A x + b V, and c x in the outward current.

    Times are in ms, V and currents in the network's units, x in any.
    """

    cells: slice
    A: np.ndarray  # (n, k, k)
    b: np.ndarray  # (n, k)
    c: np.ndarray  # (n, k)

    def admittance(self, omega: float) -> np.ndarray:
        """Return what the parts add to each cell's admittance, at radians per ms."""
        system = 1j * omega * np.eye(self.A.shape[-1]) - self.A
        return np.einsum("nk,nk->n", self.c, np.linalg.solve(system, self.b[..., None])[..., 0])


class LinearNetwork:
    r"""Cells and junctions as a linear circuit, :math:`C\,dV/dt = I - (G + L)\,V`.

    V is the deflection from rest, G the conductance of each cell to ground, on the diagonal, and
    L the Laplacian of the junctions. :func:`linearise` makes one of a model.

    Parameters
    ----------
    edges : Edges or pair of arrays
        Who is coupled to whom, in any form that :func:`gapjunction.connectivity.as_edges` takes.
    conductance : Quantity
        Of each edge: a scalar, shape ``(n_edges,)``, or ``(n_edges, 2)`` with the conductances
        into post and out of pre.
    leak : Quantity
        Of each cell, shape ``(n_cells,)``, or of all where ``edges`` tells how many there are.
    capacitance : Quantity, optional
        The same. Without one there are steady answers only.

    Attributes
    ----------
    n_cells : int
    unit : saiunit.Unit
        Of conductances.
    populations : dict of str to slice
        The cells of each population of a model.

    Raises
    ------
    ValueError
        If shapes do not fit, or a capacitance is not positive.
    saiunit.UnitMismatchError
        If the leak is no such conductance, or the capacitance no conductance times time.

    Examples
    --------
    >>> import numpy as np, saiunit as u
    >>> import gapjunction as gj
    >>> pair = gj.measure.LinearNetwork(([0], [1]), 1 * u.nS, leak=np.array([5.0, 4.0]) * u.nS)
    >>> pair
    LinearNetwork(2 cells, conductances in nS)
    >>> round(gj.measure.coupling_coefficient(pair, 0, 1), 12)
    0.2
    """

    __module__ = "gapjunction.measure"

    def __init__(self, edges: Any, conductance: Any, leak: Any, capacitance: Any = None) -> None:
        if not isinstance(edges, Edges):
            shape = u.math.shape(leak)
            if len(shape) != 1:
                raise ValueError(
                    "leak must have one value for each cell where edges are no Edges, "
                    f"got {describe(leak)}."
                )
            edges = as_edges(edges, shape, shape, same_population=True)
        unit = u.get_unit(conductance)
        n = edges.n_cells
        own = per_cell("leak", leak, unit, n)
        C = None if capacitance is None else per_cell("capacitance", capacitance, unit * u.ms, n)
        self._set(
            laplacian(edges, conductance, unit=unit), unit, own, C, (), {"cells": slice(0, n)}
        )

    @classmethod
    def _of(cls, *parts: Any) -> LinearNetwork:
        new = object.__new__(cls)
        new._set(*parts)
        return new

    def _set(
        self,
        matrix: sp.csr_array,
        unit: u.Unit,
        leak: np.ndarray,
        C: np.ndarray | None,
        active: tuple[Active, ...],
        populations: Mapping[str, slice],
    ) -> None:
        if C is not None and not (np.isfinite(C).all() and C.min() > 0):
            raise ValueError(f"capacitance must be positive, got a minimum of {C.min():g}.")
        self.n_cells = len(leak)
        self.unit = unit
        self.populations = dict(populations)
        self.laplacian = matrix
        """Of the junctions, as numbers in ``unit``."""
        self._leak, self._C, self._active = leak, C, active

    @property
    def leak(self) -> u.Quantity:
        """Conductance of each cell to ground for steady currents, shape ``(n_cells,)``."""
        return u.Quantity(self._admittance(0.0).real, unit=self.unit)

    @property
    def capacitance(self) -> u.Quantity | None:
        """Of each cell, shape ``(n_cells,)``."""
        return None if self._C is None else u.Quantity(self._C, unit=self.unit * u.ms)

    @property
    def resistance_unit(self) -> u.Unit:
        """The unit of resistances: megaohm, or one over that of the conductances."""
        return u.Mohm if self.unit.dim == u.siemens.dim else u.get_unit(1 / self.unit)

    def cell(self, name: str, value: Any) -> int:
        """Return the id in the whole of a cell, given as that or as ``(population, id)``."""
        return cell_id(name, value, self.populations, self.n_cells)

    def solve(self, currents: np.ndarray, omega: float) -> np.ndarray:
        """Return the voltages that currents make, per unit of them, at radians per ms.

        Parameters
        ----------
        currents : numpy.ndarray, shape (n_cells, m)
        omega : float

        Raises
        ------
        ValueError
            If there is no capacitance and ``omega`` is not 0, or steady currents have no way out.
        """
        own = self._admittance(omega)
        matrix = (self.laplacian + sp.diags_array(own if omega else own.real)).tocsc()
        try:
            found = splu(matrix).solve(currents.astype(matrix.dtype))
        except RuntimeError:  # SuperLU's word for exactly singular
            found = np.full(currents.shape, np.nan)
        scale = abs(matrix).max() * np.abs(found).max()
        if not np.isfinite(scale) or scale > 1e12 * max(np.abs(currents).max(), 1e-300):
            raise ValueError(
                "network must have a leak in each group of coupled cells: a steady current that "
                "cannot leave has no steady voltage."
            )
        return found * float(u.Quantity(1 / self.unit).to_decimal(self.resistance_unit))

    def _admittance(self, omega: float) -> np.ndarray:
        found = self._leak.astype(complex)
        if omega:
            if self._C is None:
                raise ValueError("network must have a capacitance for a frequency other than 0.")
            found += 1j * omega * self._C
        for part in self._active:
            found[part.cells] += part.admittance(omega)
        return found

    def __repr__(self) -> str:
        return f"LinearNetwork({self.n_cells} cells, conductances in {self.unit})"


def per_cell(name: str, value: Any, unit: u.Unit, n: int) -> np.ndarray:
    """Return one number for each cell, in a unit."""
    if u.get_unit(value).dim != unit.dim:
        raise u.UnitMismatchError(
            f"{name} must be in a unit such as {unit}, to fit the junctions' conductances; "
            f"got {describe(value)}."
        )
    plain = np.asarray(u.Quantity(value).to_decimal(unit), np.float64).reshape(-1)
    if plain.size not in (1, n):
        raise ValueError(
            f"{name} must have one value, or one for each of {n} cells; got {describe(value)}."
        )
    if not np.isfinite(plain).all():
        raise ValueError(f"{name} must be finite, got {describe(value)}.")
    return np.broadcast_to(plain, (n,)).copy()
