"""Conductances of networks between two cells, and of junctions from resistances."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import saiunit as u
import scipy.sparse as sp
from scipy.sparse import csgraph
from scipy.sparse.linalg import splu

from gapjunction._checks import describe
from gapjunction.measure._linearise import as_network


def effective_conductance(source: Any, i: Any, j: Any, *, leak: bool = False) -> u.Quantity:
    r"""Return the conductance between two cells through all paths of junctions.

    A source of current between two cells, in at i and out at j, makes between them the voltage
    :math:`V_i - V_j`. The conductance is current over voltage,

    .. math::
        g_{ij}^{-1} = (e_i - e_j)^T L^{+} (e_i - e_j) \quad\text{or}\quad
        (e_i - e_j)^T (G + L)^{-1} (e_i - e_j),

    through the junctions alone (the graph's resistance distance), or with the leaks in parallel.

    Parameters
    ----------
    source : LinearNetwork or model
    i, j : int or tuple of str and int
        Two cells, by flat id in the whole or in a model's population.
    leak : bool
        Whether current may also flow through the membranes of all cells.

    Returns
    -------
    Quantity
        In the unit of the conductances; 0 without ``leak`` if no path of junctions joins them.

    Raises
    ------
    ValueError
        If the two are one cell, or junctions pass current better in one direction and ``leak`` is
        not set, where there is no such one conductance.

    References
    ----------
    .. [1] Klein, D. J., & Randic, M. (1993). Resistance distance. Journal of Mathematical
       Chemistry, 12(1), 81-95.

    Examples
    --------
    >>> import saiunit as u
    >>> import gapjunction as gj
    >>> triangle = gj.connectivity.Edges([0, 1, 2], [1, 2, 0], 3)
    >>> net = gj.measure.LinearNetwork(triangle, 1 * u.nS, leak=1 * u.nS)
    >>> print(gj.measure.effective_conductance(net, 0, 1).round(6))   # 1 nS, and two in series
    1.5 nS
    """
    network = as_network(source)
    a, b = network.cell("i", i), network.cell("j", j)
    if a == b:
        raise ValueError(f"i and j must be different cells, got {i!r} twice.")
    if leak:
        current = np.zeros((network.n_cells, 1))
        current[a], current[b] = 1.0, -1.0
        V = network.solve(current, 0.0)[:, 0]
        found = u.Quantity(1.0 / (V[a] - V[b]), unit=u.get_unit(1 / network.resistance_unit))
        return u.Quantity(np.asarray(found.to_decimal(network.unit)), unit=network.unit)
    matrix = network.laplacian
    if abs(matrix - matrix.T).max() > 1e-9 * abs(matrix).max():
        raise ValueError("source must have junctions of one conductance in both directions.")
    label = csgraph.connected_components(matrix, directed=False)[1]
    if label[a] != label[b]:
        return u.Quantity(0.0, unit=network.unit)
    # With j at ground, the rest of their component has one solution.
    rest = np.flatnonzero((label == label[a]) & (np.arange(network.n_cells) != b))
    current = (rest == a).astype(float)
    V = splu(sp.csc_array(matrix[rest][:, rest])).solve(current)
    return u.Quantity(1.0 / float(current @ V), unit=network.unit)


class Conductances(NamedTuple):
    """Conductances that make a transfer matrix.

    Attributes
    ----------
    junctions : Quantity, shape (n_cells, n_cells)
        Between each two cells; 0 on the diagonal. Into the row's cell, if not symmetric.
    leak : Quantity, shape (n_cells,)
        Of each cell to ground.
    """

    junctions: Any
    leak: Any


def conductance_from_transfer(resistances: Any) -> Conductances:
    r"""Return junctions and leaks from measured input and transfer resistances.

    The inverse of the transfer matrix is :math:`G + L`: junctions are minus its entries off the
    diagonal, leaks its row sums. Of two cells, in Bennett's terms,

    .. math::
        g_c = \frac{r_{12}}{r_{11} r_{22} - r_{12}^2}, \qquad
        g_1 = \frac{r_{22} - r_{12}}{r_{11} r_{22} - r_{12}^2}.

    Parameters
    ----------
    resistances : Quantity, shape (n_cells, n_cells)
        Input resistances on the diagonal, transfer resistances elsewhere, as :func:`transfer`
        returns them. Every coupled cell must be there: a cell that was not recorded counts as
        junctions between those that were.

    Returns
    -------
    Conductances
        In nS, or one over the unit of ``resistances`` where these are per area.

    Raises
    ------
    ValueError
        If ``resistances`` is not a square matrix with an inverse.

    References
    ----------
    .. [1] Bennett, M. V. L. (1966). Physiology of electrotonic junctions. Annals of the New York
       Academy of Sciences, 137(2), 509-539.

    Examples
    --------
    >>> import numpy as np, saiunit as u
    >>> import gapjunction as gj
    >>> R = np.array([[300.0, 100.0], [100.0, 200.0]]) * u.Mohm
    >>> junctions, leak = gj.measure.conductance_from_transfer(R)
    >>> print(junctions[0, 1].round(6), leak.round(6))
    2. nS [2. 4.] nS
    """
    plain = np.asarray(u.get_mantissa(resistances), np.float64)
    if plain.ndim != 2 or plain.shape[0] != plain.shape[1] or not np.isfinite(plain).all():
        raise ValueError(
            f"resistances must be a square matrix of finite numbers, got {describe(resistances)}."
        )
    unit = u.get_unit(resistances)
    absolute = unit.dim == u.Mohm.dim
    if absolute:
        plain = np.asarray(resistances.to_decimal(u.Gohm), np.float64)
    try:
        G = np.linalg.inv(plain)
    except np.linalg.LinAlgError as error:
        raise ValueError("resistances must have an inverse, got a singular matrix.") from error
    out = u.nS if absolute else u.get_unit(1 / unit)
    return Conductances(
        u.Quantity(np.diag(np.diag(G)) - G, unit=out), u.Quantity(G.sum(axis=1), unit=out)
    )
