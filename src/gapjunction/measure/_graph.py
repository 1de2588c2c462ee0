"""The conductance between two cells of a network, and conductances from measured resistances."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import saiunit as u
import scipy.sparse as sp
from scipy.sparse import csgraph
from scipy.sparse.linalg import splu

from gapjunction._checks import describe
from gapjunction._typing import QuantityLike
from gapjunction.measure._cells import Cell, Model
from gapjunction.measure._linearise import as_network
from gapjunction.measure._network import LinearNetwork


def effective_conductance(
    source: LinearNetwork | Model, i: Cell, j: Cell, *, leak: bool = False
) -> u.Quantity:
    r"""Return the conductance between two cells through all paths of the network.

    A current that enters the network at cell i and leaves it at cell j makes the voltage
    :math:`V_i - V_j` between them. The conductance is the current over this voltage,

    .. math::
        g_{ij}^{-1} = (e_i - e_j)^T L^{+} (e_i - e_j) \quad\text{or}\quad
        (e_i - e_j)^T (G + L)^{-1} (e_i - e_j),

    where L is the Laplacian of the junctions and, for cells with several compartments, of the
    axial conductances between these. The right-hand side of the first form is the resistance
    distance of the graph; the second form also has the leak conductances G to ground.

    Parameters
    ----------
    source : LinearNetwork or model
    i, j : int or tuple of str and int
        The two cells, each as its flat id among all cells or as the name of a population of the
        model and the id in it.
    leak : bool, default False
        Whether current may also flow through the membranes of all cells.

    Returns
    -------
    Quantity
        In the unit of the conductances. Without ``leak`` it is 0 if no path of junctions connects
        the two cells.

    Raises
    ------
    ValueError
        If ``i`` and ``j`` are the same cell. Also without ``leak`` if the junctions have different
        conductances in their two directions, for which this conductance is not defined.

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
    matrix = network.joined()
    # Junctions without conductance connect nothing.
    matrix.eliminate_zeros()
    if abs(matrix - matrix.T).max() > 1e-9 * abs(matrix).max():
        raise ValueError(
            "source must have junctions with the same conductance in both directions; it has some "
            "that pass current better in one direction."
        )
    label = csgraph.connected_components(matrix, directed=False)[1]
    if label[a] != label[b]:
        return u.Quantity(0.0, unit=network.unit)
    # With cell j at ground, the other cells of this connected component have a unique solution.
    rest = np.flatnonzero((label == label[a]) & (np.arange(network.n_cells) != b))
    current = (rest == a).astype(float)
    V = splu(sp.csc_array(matrix[rest][:, rest])).solve(current)
    return u.Quantity(1.0 / float(current @ V), unit=network.unit)


class Conductances(NamedTuple):
    """Conductances of junctions and leaks, computed from a transfer matrix.

    Attributes
    ----------
    junctions : Quantity, shape (n_cells, n_cells)
        Conductance between each two cells; 0 on the diagonal. If the matrix is not symmetric, an
        entry is the conductance for the current into the cell of its row.
    leak : Quantity, shape (n_cells,)
        Conductance of each cell to ground.
    """

    junctions: u.Quantity
    leak: u.Quantity


def conductance_from_transfer(resistances: QuantityLike) -> Conductances:
    r"""Return conductances of junctions and leaks from measured input and transfer resistances.

    The inverse of the transfer matrix is :math:`G + L`, with the leaks G on the diagonal and the
    Laplacian L of the junctions. The conductance of a junction is minus an off-diagonal entry of
    this inverse, and a leak is the sum of a row. For two cells, these are the equations of
    Bennett [1]_:

    .. math::
        g_c = \frac{r_{12}}{r_{11} r_{22} - r_{12}^2}, \qquad
        g_1 = \frac{r_{22} - r_{12}}{r_{11} r_{22} - r_{12}^2}.

    Parameters
    ----------
    resistances : Quantity, shape (n_cells, n_cells)
        Input resistances on the diagonal and transfer resistances elsewhere, as :func:`transfer`
        returns them. All coupled cells must be included: a path of junctions through a cell that
        was not recorded appears as a junction between recorded cells.

    Returns
    -------
    Conductances
        In nS, or in one over the unit of ``resistances`` if that is not a unit of resistance, as
        for networks with conductances per area.

    Raises
    ------
    ValueError
        If ``resistances`` is not a square matrix of real numbers with an inverse.

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
    plain = np.asarray(u.get_mantissa(resistances))
    square = plain.ndim == 2 and plain.shape[0] == plain.shape[1]
    if not square or plain.dtype.kind not in "iuf" or not np.isfinite(plain).all():
        raise ValueError(
            "resistances must be a square matrix of finite real numbers, got "
            f"{describe(resistances)}."
        )
    plain = plain.astype(np.float64)
    unit = u.get_unit(resistances)
    absolute = unit.dim == u.Mohm.dim
    if absolute:
        plain = np.asarray(u.Quantity(resistances).to_decimal(u.Gohm), np.float64)
    # Rounding can hide that a matrix is singular: its inverse then exists, but means nothing.
    if not np.linalg.cond(plain) < 1e14:
        raise ValueError("resistances must have an inverse, got a singular matrix.")
    G = np.linalg.inv(plain)
    out = u.nS if absolute else u.get_unit(1 / unit)
    return Conductances(
        u.Quantity(np.diag(np.diag(G)) - G, unit=out), u.Quantity(G.sum(axis=1), unit=out)
    )
