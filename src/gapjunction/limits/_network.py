r"""Which time steps are stable for junctions between populations.

With L the Laplacian of the network and C the capacitances, each eigenvalue :math:`\lambda` of
:math:`C^{-1} L` is the rate at which a pattern of voltages decays by coupling. If the current is
taken at the start of the step, and the step is too long for this rate, the pattern changes sign and
grows from step to step. With :math:`a` the rate at which the cells decay by themselves (their
conductance over capacitance), it does not grow as long as :math:`\lambda < f(a, dt)`, where f
depends on the step of the membrane (:class:`gapjunction.hosts.Stepping`) and is near :math:`2 / dt`
for a step of first order. If f differs between cells, there is one condition on all of them: the
largest eigenvalue of :math:`(C f)^{-1} L` must be below 1.
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

from gapjunction._typing import ArrayLike
from gapjunction.connectivity import laplacian
from gapjunction.connectivity._ids import refuse_traced
from gapjunction.coupling import MODES, Link, Mode, shares_of
from gapjunction.hosts import Sites, owner_of, volumes_of
from gapjunction.limits._junction import Junction, divisor, numbers
from gapjunction.limits._populations import MS, Cells, cells_of

# Up to this many cells all eigenvalues are computed; beyond, the largest is found by iteration.
_DENSE: Final = 512


@dataclasses.dataclass(frozen=True, eq=False)
class Network:
    """Junctions and their populations in plain numbers, with times in ms.

    Where the time step is a plain number, times have no unit, and neither has anything that is in
    ms or 1/ms below.
    """

    junctions: Sequence[Junction]
    """All junctions."""
    cells: Sequence[Cells]
    """The populations, in the order in which the rows of ``matrix`` have their cells."""
    hosts: Sequence[Any]
    """The populations. Parts of one population are put together to one object for all of them."""
    matrix: sp.csr_array
    """The Laplacian of all junctions together."""
    explicit: sp.csr_array
    """The Laplacian of those junctions whose mode limits the time step, each multiplied by the
    ``stiffness`` of its mode."""
    C: np.ndarray
    """Capacitance of each cell, in the unit of ``matrix`` times ms.

    Where junctions have ``per``, the rows of a population and its capacitances are multiplied by
    it, because the matrix of absolute conductances is symmetric.
    """

    @classmethod
    def of(
        cls, junctions: Sequence[Junction], populations: Mapping[int, Cells], clock: u.Unit = MS
    ) -> Network:
        """Return the network of junctions.

        ``populations`` and ``clock`` are those of :func:`populations_of`.

        Raises
        ------
        ValueError
            If a conductance is not finite.
        """
        ends = {id(end): end for j in junctions for end in (j.pre, j.post)}
        hosts, index, at = grouped(list(ends.values()))
        cells = []
        for host, members in hosts:
            first = populations[members[0]]
            # Places in the same volume count as one cell.
            joined = isinstance(host, Sites)
            cells.append(cells_of(host, first.label, first.unit, None, clock) if joined else first)
        bounds = np.cumsum([0, *(len(c.C) for c in cells)])
        n = int(bounds[-1])
        weights = [junction.largest_conductance() for junction in junctions]
        for junction, weight in zip(junctions, weights, strict=True):
            _check_finite(junction, weight)
        # Conductances of one dimension are brought to one unit.
        units: dict[Any, u.Unit] = {}
        for weight in weights:
            units.setdefault(u.get_unit(weight).dim, u.get_unit(weight))
        own = [units.get(c.unit.dim, c.unit) for c in cells]
        links = []
        for junction, weight in zip(junctions, weights, strict=True):
            unit = units[u.get_unit(weight).dim]
            i, j = index[id(junction.pre)], index[id(junction.post)]
            a, b = junction.per
            links.append(Link((i, j), (divisor(a, unit, own[i]), divisor(b, unit, own[j]))))
        shares = shares_of(len(cells), links)
        C = np.concatenate(
            [
                numbers(c.C, unit * clock) * _flat(row, len(c.C))
                for c, unit, row in zip(cells, own, shares.rows, strict=True)
            ]
        )
        all_, explicit = sp.csr_array((n, n)), sp.csr_array((n, n))
        for junction, weight, link, into in zip(
            junctions, weights, links, shares.into, strict=True
        ):
            edges, unit = junction.edges, units[u.get_unit(weight).dim]
            # For each cell of this junction's own Laplacian, its row in the whole matrix and the
            # factor on the current into it.
            place = bounds[link.ends[0]] + at[id(junction.pre)]
            factor = _flat(into[0], edges.n_pre)
            if edges.bipartite:
                other = edges.n_cells - edges.n_pre
                place = np.concatenate([place, bounds[link.ends[1]] + at[id(junction.post)]])
                factor = np.concatenate([factor, _flat(into[1], other)])
            local = laplacian(edges, per_edge(junction, weight), unit=unit).tocoo()
            where = (place[local.row], place[local.col])
            found = sp.coo_array((local.data * factor[local.row], where), shape=(n, n)).tocsr()
            all_ = all_ + found
            if junction.mode.stiffness:
                explicit = explicit + junction.mode.stiffness * found
        return cls(junctions, cells, [host for host, _ in hosts], all_, explicit, C)

    @property
    def rate(self) -> np.ndarray | None:
        """Rate in 1/ms at which each cell decays by itself; None unless it is known for all."""
        rates = [c.rate for c in self.cells if c.rate is not None]
        return np.concatenate(rates) if len(rates) == len(self.cells) else None

    def ceiling(self, dt: float, held: bool = False) -> np.ndarray:
        """Return the right side of the condition of each cell, taking unknown rates as 0.

        ``held`` is for a current that stays that of the step's start at all stages of a step.
        """
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.concatenate(
                [
                    (c.stepping.held if held else c.stepping.ceiling)(
                        np.zeros(len(c.C)) if c.rate is None else c.rate, dt
                    )
                    for c in self.cells
                ]
            )

    def limits(self) -> tuple[float, dict[str, float], float]:
        """Return lambda_max and the largest stable time steps.

        Returns
        -------
        lambda_max : float
            The largest rate at which coupling makes voltages decay, in 1/ms.
        by_mode : dict of str to float
            The largest stable time step in ms if all junctions had this coupling mode.
        as_built : float
            The largest stable time step in ms with the coupling modes that junctions have.
        """
        top, alone = largest_eigenvalue(self.matrix, self.C)
        modes = {j.mode.name: j.mode for j in self.junctions}
        every = {**MODES, **modes}
        by_mode = {name: self._largest_dt(mode, alone) for name, mode in every.items()}
        if len(modes) == 1:
            return top, by_mode, by_mode[next(iter(modes))]
        if not any(mode.stiffness for mode in modes.values()):
            return top, by_mode, math.inf
        # If one junction holds its current for the step or is solved with it, all hold theirs.
        alone = largest_eigenvalue(self.explicit, self.C)[1]
        return top, by_mode, self._largest(self.explicit, alone, held=True)

    def _largest_dt(self, mode: Mode, alone: float) -> float:
        """Return the largest stable time step in ms if all junctions had one coupling mode."""
        if not mode.stiffness:
            return math.inf
        return self._largest(mode.stiffness * self.matrix, mode.stiffness * alone, mode.held)

    def _largest(self, matrix: sp.csr_array, alone: float, held: bool) -> float:
        """Return the largest stable time step in ms for junctions that are explicit.

        Parameters
        ----------
        matrix : sparse array
            The Laplacian of these junctions.
        alone : float
            The second result of :func:`largest_eigenvalue` for it and the capacitances.
        held : bool
            Whether their current is the same throughout the step. Solvers of several stages are
            then stable up to no longer steps than those of one stage.
        """
        coupled = np.flatnonzero(abs(matrix).sum(axis=1))
        if alone <= 0:
            return math.inf
        matrix, C = matrix[coupled][:, coupled], self.C[coupled]

        def excess(log_dt: float) -> float:
            """Return a number that is negative at a stable step and positive at an unstable one."""
            dt = math.exp(log_dt) if log_dt < 700 else math.inf
            f = self.ceiling(dt, held)[coupled]
            if f.min() <= 0:
                return 1.0
            # If all cells are alike, no new eigenvalue is needed for each step that is tried.
            same = f.max() - f.min() <= 1e-12 * f.max()
            return 1 - 1 / (alone / f[0] if same else largest_eigenvalue(matrix, C * f)[1])

        if excess(math.inf) <= 0:
            return math.inf
        # Start from the limit for cells without a leak, and widen the interval until it has a root.
        low = high = math.log(2 / alone)
        while excess(low) > 0:
            low -= 1
        while excess(high) < 0:
            high += 1
        if low == high:
            return math.exp(low)
        return math.exp(brentq(excess, low, high, xtol=1e-9 if C.size <= _DENSE else 1e-5))


def grouped(
    ends: Sequence[Any],
) -> tuple[list[tuple[Any, list[int]]], dict[int, int], dict[int, np.ndarray]]:
    """Return the populations of junctions, with parts of one population put together.

    Returns
    -------
    list of tuple
        Each population, and the ``id()`` of the object that junctions have for it.
    dict of int to int
        For the ``id()`` of an end of a junction, which of these populations it is at.
    dict of int to array
        For the same ``id()``, which units of that population the units of the end are.
    """
    groups: dict[int, list[Any]] = {}
    for end in ends:
        groups.setdefault(id(owner_of(end)), []).append(end)
    found: list[tuple[Any, list[int]]] = []
    index: dict[int, int] = {}
    at: dict[int, np.ndarray] = {}
    for k, members in enumerate(groups.values()):
        host = members[0]
        if isinstance(host, Sites):
            host = volumes_of(members)
            at |= {id(end): np.searchsorted(host.index, end.index) for end in members}
        else:
            at[id(host)] = np.arange(int(np.prod(host.out_size)))
        found.append((host, [id(end) for end in members]))
        index |= {id(end): k for end in members}
    return found, index, at


def largest_eigenvalue(matrix: sp.csr_array, scale: np.ndarray) -> tuple[float, float]:
    """Return the largest eigenvalue of ``matrix / scale``, and the one that stability depends on.

    The first is the largest real part. Two conductances per junction can make eigenvalues z
    complex; the second is the largest ``|z|^2 / Re z``, which is the real eigenvalue for which
    explicit Euler has the same limit as for z.
    """
    # Scaling by the square root from both sides keeps a symmetric matrix symmetric.
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
            # The iteration is slow for rings and grids, whose eigenvalues lie close together. It is
            # ended early there, in favour of Gershgorin's bound below, which is exact for them.
            found = solve(
                scaled, k, which=which, v0=start, tol=1e-4, maxiter=30, return_eigenvectors=False
            )
    except (ArpackNoConvergence, np.linalg.LinAlgError):
        found = np.array([(abs(matrix).sum(axis=1) / scale).max()])
    top = float(max(found.real.max(), 0.0))
    decaying = found[found.real > 1e-9 * top]
    return top, float((np.abs(decaying) ** 2 / decaying.real).max(initial=0.0))


def _flat(factor: np.ndarray | float | None, n: int) -> np.ndarray:
    """Return a factor on ``n`` cells as one number for each; None stands for 1."""
    found = np.ones(n) if factor is None else np.reshape(factor, -1)
    return np.broadcast_to(found, (n,))


def _check_finite(junction: Junction, weight: ArrayLike) -> None:
    """Raise an error for conductances without eigenvalues, whose limits would seem infinite."""
    refuse_traced("weight", u.get_mantissa(weight))
    found = np.asarray(u.get_mantissa(weight), np.float64)
    if not np.isfinite(found).all():
        value = found[~np.isfinite(found)][0]
        raise ValueError(f"weight of {type(junction).__name__} must be finite, got {value}.")


def per_edge(junction: Junction, weight: ArrayLike) -> u.Quantity:
    """Return the conductance of each edge as a quantity with a NumPy array.

    Shape ``(n_edges,)``, or ``(n_edges, 2)`` for a junction with two conductances per edge.
    """
    refuse_traced("weight", u.get_mantissa(weight))
    n, shape = junction.edges.n_edges, u.math.shape(weight)
    wide = not junction.symmetric and shape not in ((), (1,))
    numbers = np.broadcast_to(np.asarray(u.get_mantissa(weight)), (n, 2) if wide else (n,))
    return u.Quantity(numbers, unit=u.get_unit(weight))
