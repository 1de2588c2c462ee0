r"""Which time steps are stable for junctions between populations.

A mode of the network that decays at the rate :math:`\lambda`, an eigenvalue of :math:`C^{-1} L`,
changes sign and grows if the current is taken at the start of a step that is too long for it. With
the cell's own rate :math:`a` (conductance over capacitance), it does not as long as

======================================  ===============================================
step of the membrane                    condition
======================================  ===============================================
exponential Euler                       :math:`\lambda < a \coth(a\,dt / 2)`
Crank-Nicolson                          :math:`\lambda < 2 / dt + a`
explicit Runge-Kutta                    :math:`\lambda < s / dt - a`, with s its interval
======================================  ===============================================

each of which is :math:`\lambda\,dt < 2` (or s) where :math:`a` is small. Cells that differ make it
one condition on all: the largest eigenvalue of :math:`(C f)^{-1} L` below 1, f being the right side
for each.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import saiunit as u
import scipy.sparse as sp
from scipy.optimize import brentq
from scipy.sparse.linalg import ArpackNoConvergence, eigs, eigsh

from gapjunction.connectivity import laplacian
from gapjunction.connectivity._ids import refuse_traced
from gapjunction.limits._junction import Junction
from gapjunction.limits._populations import Cells, numbers

# Up to so many cells all eigenvalues are computed.
_DENSE: Final = 512
EXPLICIT: Final = ("step", "stage")


@dataclasses.dataclass(frozen=True, eq=False)
class Network:
    """Junctions and their populations in plain numbers, times in ms."""

    junctions: Sequence[Junction]
    cells: Sequence[Cells]
    matrix: sp.csr_array  # the Laplacian
    explicit: sp.csr_array  # that of the junctions that are neither implicit nor semi-implicit
    C: np.ndarray  # in the unit of the matrix times ms

    @classmethod
    def of(cls, junctions: Sequence[Junction], populations: Mapping[int, Cells]) -> Network:
        ends = dict.fromkeys(id(end) for j in junctions for end in (j.pre, j.post))
        cells = [populations[end] for end in ends]
        first = dict(zip(ends, np.cumsum([0, *(len(c.C) for c in cells)]), strict=False))
        n = sum(len(c.C) for c in cells)
        units: dict[Any, u.Unit] = {}
        C, all_, explicit = np.zeros(n), sp.csr_array((n, n)), sp.csr_array((n, n))
        for junction in junctions:
            weight = junction.largest_conductance()
            unit = units.setdefault(u.get_unit(weight).dim, u.get_unit(weight))
            edges = junction.edges
            place = first[id(junction.pre)] + np.arange(edges.n_pre)
            if edges.bipartite:
                other = first[id(junction.post)] + np.arange(edges.n_cells - edges.n_pre)
                place = np.concatenate([place, other])
            for end in {id(junction.pre), id(junction.post)}:
                here = populations[end].C
                C[first[end] : first[end] + len(here)] = numbers(here, unit * u.ms)
            local = laplacian(edges, per_edge(junction, weight), unit=unit).tocoo()
            where = (place[local.row], place[local.col])
            found = sp.coo_array((local.data, where), shape=(n, n)).tocsr()
            all_ = all_ + found
            if junction.coupling in EXPLICIT:
                explicit = explicit + found
        return cls(junctions, cells, all_, explicit, C)

    @property
    def rate(self) -> np.ndarray | None:
        rates = [c.rate for c in self.cells if c.rate is not None]
        return np.concatenate(rates) if len(rates) == len(self.cells) else None

    def ceiling(self, dt: float) -> np.ndarray:
        """Return the right side of each cell's condition."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.concatenate(
                [
                    c.ceiling(np.zeros(len(c.C)) if c.rate is None else c.rate, dt)
                    for c in self.cells
                ]
            )

    def limits(self) -> tuple[float, float, float]:
        """Return lambda_max, the largest dt if all junctions were explicit, and as they are."""
        top, alone = largest_eigenvalue(self.matrix, self.C)
        limit = self._largest_dt(self.matrix, alone)
        explicit = [j.coupling in EXPLICIT for j in self.junctions]
        if all(explicit):
            return top, limit, limit
        if not any(explicit):
            return top, limit, math.inf
        alone = largest_eigenvalue(self.explicit, self.C)[1]
        return top, limit, self._largest_dt(self.explicit, alone)

    def _largest_dt(self, matrix: sp.csr_array, alone: float) -> float:
        """Return the largest time step in ms at which current of the step's start is stable."""
        coupled = np.flatnonzero(abs(matrix).sum(axis=1))
        if alone <= 0:
            return math.inf
        matrix, C = matrix[coupled][:, coupled], self.C[coupled]

        def excess(log_dt: float) -> float:
            f = self.ceiling(math.exp(log_dt) if log_dt < 700 else math.inf)[coupled]
            if f.min() <= 0:
                return 1.0
            same = f.max() - f.min() <= 1e-12 * f.max()
            return 1 - 1 / (alone / f[0] if same else largest_eigenvalue(matrix, C * f)[1])

        if excess(math.inf) <= 0:
            return math.inf
        low = high = math.log(2 / alone)
        while excess(low) > 0:
            low -= 1
        while excess(high) < 0:
            high += 1
        if low == high:
            return math.exp(low)
        return math.exp(brentq(excess, low, high, xtol=1e-9 if C.size <= _DENSE else 1e-5))


def largest_eigenvalue(matrix: sp.csr_array, scale: np.ndarray) -> tuple[float, float]:
    """Return the largest eigenvalue of ``matrix / scale``, and one that tells its stability.

    The first by its real part; the second is the largest ``|z|^2 / Re z``: the real eigenvalue for
    which explicit Euler has the same limit as for a complex z.
    """
    root = np.sqrt(scale)
    scaled = sp.diags_array(1 / root) @ matrix @ sp.diags_array(1 / root)
    symmetric = abs(matrix - matrix.T).max() <= 1e-12 * abs(matrix).max()
    n = len(scale)
    try:
        if n <= _DENSE and symmetric:
            found = np.linalg.eigvalsh(scaled.toarray())
        elif n <= _DENSE:
            found = np.linalg.eigvals(scaled.toarray())
        else:
            start = np.random.default_rng(0).standard_normal(n)
            solve, which, k = (eigsh, "LA", 1) if symmetric else (eigs, "LM", 6)
            # Lattices, whose eigenvalues lie close together, are slow: their bound is exact.
            found = solve(
                scaled, k, which=which, v0=start, tol=1e-4, maxiter=30, return_eigenvectors=False
            )
    except (ArpackNoConvergence, np.linalg.LinAlgError):
        found = np.array([(abs(matrix).sum(axis=1) / scale).max()])
    top = float(max(found.real.max(), 0.0))
    decaying = found[found.real > 1e-9 * top]
    return top, float((np.abs(decaying) ** 2 / decaying.real).max(initial=0.0))


def per_edge(junction: Junction, weight: Any) -> u.Quantity:
    """Return conductances of each edge, in one or two columns, as a quantity of NumPy."""
    refuse_traced("weight", u.get_mantissa(weight))
    n, shape = junction.edges.n_edges, u.math.shape(weight)
    wide = not junction._symmetric and shape not in ((), (1,))
    numbers = np.broadcast_to(np.asarray(u.get_mantissa(weight)), (n, 2) if wide else (n,))
    return u.Quantity(numbers, unit=u.get_unit(weight))
