"""Cells and junctions as a linear circuit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import saiunit as u
import scipy.sparse as sp
from scipy.sparse.linalg import splu

from gapjunction._checks import check_int, describe
from gapjunction._typing import ArrayLike, Connection
from gapjunction.connectivity import Edges, laplacian
from gapjunction.connectivity._convert import read_edges
from gapjunction.connectivity._unusual import warn_if_unusual
from gapjunction.hosts import Sites
from gapjunction.limits import MS
from gapjunction.measure._cells import Cell, cell_id


class Active(NamedTuple):
    """Gates and pools of some cells in linear form, dx/dt = A x + b V.

    The outward current of a cell has the additional term c x. Times are in ms, V and currents in
    the units of the network, and x may have any unit.
    """

    cells: slice
    A: np.ndarray  # (n, k, k)
    b: np.ndarray  # (n, k)
    c: np.ndarray  # (n, k)

    def admittance(self, omega: float) -> np.ndarray:
        """Return the contribution to each cell's admittance, at ``omega`` radians per ms."""
        system = 1j * omega * np.eye(self.A.shape[-1]) - self.A
        return np.einsum("nk,nk->n", self.c, np.linalg.solve(system, self.b[..., None])[..., 0])


class LinearNetwork:
    r"""Cells and junctions as a linear circuit, :math:`C\,dV/dt = I - (G + L)\,V`.

    V are the deflections of the cells from rest, and I the currents into them. C and G are diagonal
    matrices with the capacitance of each cell and its conductance to ground, and L is the Laplacian
    of the junctions. :func:`linearise` makes such a network from a model.

    Parameters
    ----------
    edges : Edges or pair of arrays
        The coupled pairs of cells, as any of the forms that
        :func:`gapjunction.connectivity.as_edges` takes.
    conductance : Quantity or array
        Conductance of each edge: one for all, shape ``(n_edges,)``, or shape ``(n_edges, 2)`` with
        one conductance for the current into post and one for the current out of pre.
    leak : Quantity or array
        Conductance of each cell to ground, shape ``(n_cells,)``. It may be one value for all cells
        if ``edges`` is an Edges, which has the number of cells.
    capacitance : Quantity or array, optional
        Capacitance of the cells, one for all or shape ``(n_cells,)``. A network without
        capacitances has responses to steady currents only.

    Attributes
    ----------
    n_cells : int
        Number of cells.
    unit : saiunit.Unit
        Unit of the conductances.
    clock : saiunit.Unit
        Unit of times: ms, or none if conductances and capacitances are numbers.
    populations : dict of str to slice
        Which cells belong to each population of a model.

    Raises
    ------
    ValueError
        If shapes do not fit, or a capacitance is not positive.
    saiunit.UnitMismatchError
        If the leak does not have the dimension of the conductances, or the capacitance not that of
        a conductance times a time.

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

    def __init__(
        self,
        edges: Connection,
        conductance: ArrayLike,
        leak: ArrayLike,
        capacitance: ArrayLike | None = None,
    ) -> None:
        if not isinstance(edges, Edges):
            shape = u.math.shape(leak)
            if len(shape) != 1:
                raise ValueError(
                    "leak must have one value for each cell if edges is not an Edges, which has "
                    f"the number of cells; got {describe(leak)}."
                )
            edges = read_edges(edges, shape, shape, True)
            # If conductances have two columns, there is one for each direction of an edge.
            warn_if_unusual(edges, directed=len(u.math.shape(conductance)) == 2)
        unit = u.get_unit(conductance)
        n = edges.n_cells
        own = per_cell("leak", leak, unit, n)
        # In a model without units, capacitances and times have no unit either.
        plain = unit.is_unitless and capacitance is not None and u.get_unit(capacitance).is_unitless
        clock = u.UNITLESS if plain else MS
        C = None if capacitance is None else per_cell("capacitance", capacitance, unit * clock, n)
        matrix = laplacian(edges, conductance, unit=unit)
        self._set(matrix, unit, own, C, (), {"cells": slice(0, n)}, clock)

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
        clock: u.Unit,
        axial: sp.csr_array | None = None,
        places: Mapping[int, np.ndarray] | None = None,
    ) -> None:
        if C is not None and not (np.isfinite(C).all() and C.min() > 0):
            raise ValueError(f"capacitance must be positive, got a minimum of {C.min():g}.")
        self.n_cells = len(leak)
        self.unit = unit
        self.clock = clock
        self.populations = dict(populations)
        self.laplacian = matrix
        """The Laplacian of the junctions, as plain numbers in ``unit``."""
        self._leak, self._C, self._active = leak, C, active
        # The Laplacian of the axial conductances within multi-compartment cells, and the numbers in
        # the network of the compartments of each population, by its id().
        self._axial, self._places = axial, dict(places or {})

    @property
    def leak(self) -> u.Quantity:
        """Conductance of each cell to ground for steady currents, shape ``(n_cells,)``."""
        return u.Quantity(self._admittance(0.0).real, unit=self.unit)

    @property
    def capacitance(self) -> u.Quantity | None:
        """Capacitance of each cell, shape ``(n_cells,)``, or None if it was not given."""
        unit = u.get_unit(self.unit * self.clock)
        return None if self._C is None else u.Quantity(self._C, unit=unit)

    @property
    def resistance_unit(self) -> u.Unit:
        """Unit of resistances: megaohm, or one over the unit of conductances per area."""
        return u.Mohm if self.unit.dim == u.siemens.dim else u.get_unit(1 / self.unit)

    def cell(self, name: str, value: Cell) -> int:
        """Return the flat id of a cell, given as a flat id or as ``(population, id)``.

        For multi-compartment cells, ``(sites, k)`` is place ``k`` of :func:`gapjunction.sites`.
        """
        if isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], Sites):
            return self._place(name, *value)
        return cell_id(name, value, self.populations, self.n_cells)

    def _place(self, name: str, sites: Sites, k: int) -> int:
        where = self._places.get(id(sites.owner))
        if where is None:
            raise ValueError(f"{name} must be a place of cells of the model, got {sites!r}.")
        if check_int(name, k) >= len(sites.labels):
            raise ValueError(f"{name} must be a place's id below {len(sites.labels)}, got {k!r}.")
        return int(where[sites.index[k]])

    def solve(self, currents: np.ndarray, omega: float) -> np.ndarray:
        """Return the voltages that sinusoidal or steady currents produce.

        Parameters
        ----------
        currents : numpy.ndarray, shape (n_cells, m)
            Currents into all cells; each of the m columns is a stimulus of its own.
        omega : float
            Angular frequency in radians per ``clock``; 0 for steady currents.

        Returns
        -------
        numpy.ndarray, shape (n_cells, m)
            Voltages over currents, in :attr:`resistance_unit`; complex if ``omega`` is not 0.

        Raises
        ------
        ValueError
            If there is no capacitance and ``omega`` is not 0, or if a steady current cannot leave
            the network.
        """
        own = self._admittance(omega)
        matrix = (self.joined() + sp.diags_array(own if omega else own.real)).tocsc()
        try:
            found = splu(matrix).solve(currents.astype(matrix.dtype))
        except RuntimeError:  # SuperLU raises this error for a matrix that is exactly singular.
            found = np.full(currents.shape, np.nan)
        scale = abs(matrix).max() * np.abs(found).max()
        if not np.isfinite(scale) or scale > 1e12 * max(np.abs(currents).max(), 1e-300):
            raise ValueError(
                "network must have a leak in each group of coupled cells, because a steady current "
                "that cannot leave them makes no steady voltage; got a group without a leak."
            )
        return found * float(u.Quantity(1 / self.unit).to_decimal(self.resistance_unit))

    def joined(self) -> sp.csr_array:
        """Return a new Laplacian of the junctions and of the conductances within cells."""
        return self.laplacian.copy() if self._axial is None else self.laplacian + self._axial

    def _admittance(self, omega: float) -> np.ndarray:
        found = self._leak.astype(complex)
        if omega:
            if self._C is None:
                raise ValueError(
                    "network must have a capacitance for a frequency other than 0; got none."
                )
            found += 1j * omega * self._C
        for part in self._active:
            found[part.cells] += part.admittance(omega)
        return found

    def __repr__(self) -> str:
        return f"LinearNetwork({self.n_cells} cells, conductances in {self.unit})"


def per_cell(name: str, value: ArrayLike, unit: u.Unit, n: int) -> np.ndarray:
    """Return a quantity as plain numbers in ``unit``, one for each of ``n`` cells."""
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
