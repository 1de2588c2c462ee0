"""A plot of the rates at which voltage differences between coupled cells decay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import saiunit as u
import scipy.sparse as sp

from gapjunction._checks import describe
from gapjunction._typing import Numbers, QuantityLike
from gapjunction.connectivity import Edges, laplacian
from gapjunction.junctions import GapJunction
from gapjunction.limits import Network, populations_of
from gapjunction.plotting._axes import axes_for, bare, whole
from gapjunction.plotting._graphs import MAX_CELLS, check_small, graph_of
from gapjunction.plotting._numbers import labelled, plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def spectrum(
    graph: GapJunction | Sequence[GapJunction] | Edges,
    ax: Axes | None = None,
    *,
    weight: Numbers | None = None,
    capacitance: QuantityLike | Mapping[Any, QuantityLike] | None = None,
    dt: QuantityLike | None = None,
) -> Axes:
    r"""Draw the eigenvalues of the Laplacian, or of the Laplacian over capacitance, in order.

    With ``C dV/dt = -L V``, an eigenvalue of :math:`C^{-1} L` is the rate at which coupling alone
    makes a pattern of voltages decay. The number of eigenvalues that are 0 is the number of
    components of the graph.

    Parameters
    ----------
    graph : GapJunction, sequence of them, or Edges
        The network, of up to 5000 cells. Junctions that share populations make one network.
    ax : matplotlib.axes.Axes, optional
        Where to draw; by default in a new figure. Nothing is shown.
    weight : float, array_like or Quantity, optional
        Conductance of each edge, if ``graph`` is an ``Edges``; by default its values, or 1.
        For junctions the conductance is always the largest slope of their current over voltage.
    capacitance : Quantity, or dict of them by population, optional
        For junctions, as in :func:`gapjunction.stability`; by default that of the populations. For
        edges, a scalar or one for each cell; by default the eigenvalues of the Laplacian are drawn.
    dt : Quantity, optional
        A time step. Decay rates above a limit are then unstable with explicit coupling, and this
        limit is drawn. For junctions it depends on the solvers of the populations and on their
        membranes. If it differs between cells, it is drawn as a band: rates below the band are
        stable, rates above it are not. For edges the limit is 2 / dt.

    Returns
    -------
    matplotlib.axes.Axes
        The axes. Their first line has the eigenvalues. If some are complex, which can happen where
        edges have two conductances, it has the real parts, and the next line the imaginary parts.

    Raises
    ------
    TypeError
        If ``graph`` is neither junctions nor ``Edges``, if ``ax`` is not an ``Axes``, or if
        ``weight`` is given for junctions.
    ValueError
        If an array has another shape, no capacitance is found, ``capacitance`` or ``dt`` is not
        positive, or there are too many cells.
    saiunit.UnitMismatchError
        If ``dt`` is not a time, or a conductance over ``capacitance`` is not a rate.
    ImportError
        If Matplotlib is not installed.

    See Also
    --------
    gapjunction.stability : Finds the largest stable time step.

    Examples
    --------
    >>> import matplotlib, saiunit as u
    >>> import gapjunction as gj
    >>> matplotlib.use("agg")
    >>> path = gj.connectivity.Edges([0, 1], [1, 2], 3)
    >>> ax = gj.plotting.spectrum(path, weight=2 * u.nS, capacitance=10 * u.pF)
    >>> ax.get_ylabel()
    'decay rate (1/ms)'
    >>> print(ax.lines[0].get_ydata().round(3) + 0.0)
    [0.  0.2 0.6]
    """
    step: Any = None
    if dt is not None:
        step = plain("dt", dt, u.ms, "a time")
        if step.shape != () or not 0 < step < np.inf:
            raise ValueError(f"dt must be one positive time, got {describe(dt)}.")
    limit: np.ndarray | None = None
    if isinstance(graph, Edges):
        found, label = _of_edges(graph, weight, capacitance, dt)
        limit = None if step is None else np.array([2 / step])
    else:
        net = _net(graph, weight, capacitance)
        found, label = eigenvalues(net.matrix, net.C), "decay rate (1/ms)"
        if step is not None:
            coupled = np.asarray(abs(net.matrix).sum(axis=1)).ravel() > 0
            limit = net.ceiling(float(step))[coupled]
    ax = axes_for(ax, "spectrum")
    mode = np.arange(1, len(found) + 1)
    style: dict[str, Any] = {"marker": "o", "linestyle": "none", "clip_on": False, "zorder": 3}
    size = float(np.clip(120 / len(found), 2.0, 4.5))
    ax.plot(mode, found.real, markersize=size, color="tab:blue", **style)
    if (np.abs(found.imag) > 1e-9 * np.abs(found).max(initial=0.0)).any():
        ax.lines[-1].set_label("real part")
        ax.plot(mode, found.imag, "o", markersize=size, mfc="none", color="tab:red")
        ax.lines[-1].set_label("imaginary part")
    if limit is not None and limit.size:
        _limit(ax, limit, f"explicit limit at dt = {float(step):g} ms")
    if ax.get_legend_handles_labels()[0]:
        ax.legend(frameon=False, fontsize="small", loc="best")
    ax.set_xlabel("mode")
    ax.set_ylabel(label)
    whole(ax.xaxis)
    ax.margins(x=0.02)
    bare(ax)
    return ax


def eigenvalues(matrix: sp.csr_array, C: np.ndarray | float) -> np.ndarray:
    """Return the eigenvalues of ``matrix`` over capacitance, in order of their real parts."""
    dense = matrix.toarray()
    root = np.sqrt(np.broadcast_to(C, len(dense)))
    # This matrix has the same eigenvalues as C^-1 L, and is symmetric if L is.
    dense = dense / root / root[:, None]
    if np.abs(dense - dense.T).max(initial=0.0) <= 1e-12 * np.abs(dense).max(initial=0.0):
        return np.linalg.eigvalsh(dense)
    return np.sort_complex(np.linalg.eigvals(dense))


def _of_edges(
    edges: Edges,
    weight: Numbers | None,
    capacitance: QuantityLike | Mapping[Any, QuantityLike] | None,
    dt: QuantityLike | None,
) -> tuple[np.ndarray, str]:
    """Return the eigenvalues, and the label of their axis."""
    check_small(edges)
    _, numbers, unit = graph_of(edges, weight)
    matrix = laplacian(edges, 1.0 if numbers is None else numbers)
    if capacitance is None:
        if dt is not None:
            raise ValueError(
                "capacitance must be given with dt, because the limit is one of decay rates, which "
                "are conductances over capacitances."
            )
        return eigenvalues(matrix, 1.0), labelled("eigenvalue of L", unit)
    if isinstance(capacitance, Mapping):
        raise TypeError(
            f"capacitance must be one, or one for each of the {edges.n_cells} cells, for Edges, "
            f"got {describe(capacitance)}."
        )
    # In this unit, a conductance over a capacitance is a rate in 1/ms.
    of_rate = u.get_unit(unit * u.ms)
    C = plain("capacitance", capacitance, of_rate, "a capacitance that fits the conductances")
    if C.shape not in ((), (edges.n_cells,)):
        raise ValueError(
            f"capacitance must be one, or one for each of the {edges.n_cells} cells, got "
            f"{describe(capacitance)}."
        )
    if not (np.isfinite(C).all() and (C > 0).all()):
        raise ValueError(f"capacitance must be positive, got {describe(capacitance)}.")
    return eigenvalues(matrix, C), "decay rate (1/ms)"


def _net(
    graph: GapJunction | Sequence[GapJunction],
    weight: Numbers | None,
    capacitance: QuantityLike | Mapping[Any, QuantityLike] | None,
) -> Network:
    junctions: Sequence[GapJunction] = [graph] if isinstance(graph, GapJunction) else graph
    if not isinstance(junctions, (list, tuple)) or not junctions:
        raise TypeError(f"graph must be Edges, or gap junctions, got {describe(graph)}.")
    for junction in junctions:
        if not isinstance(junction, GapJunction):
            raise TypeError(f"graph must be made of gap junctions, got {describe(junction)}.")
    if weight is not None:
        raise TypeError(
            f"weight must be None for junctions, which have conductances of their own; got "
            f"{describe(weight)}."
        )
    hosts = {id(end): end for j in junctions for end in (j.pre, j.post)}
    n_cells = sum(int(np.prod(host.out_size)) for host in hosts.values())
    if n_cells > MAX_CELLS:
        raise ValueError(f"graph must have at most {MAX_CELLS} cells, got {n_cells}.")
    return Network.of(junctions, populations_of(junctions, {}, capacitance))


def _limit(ax: Axes, limit: np.ndarray, label: str) -> None:
    """Draw the limits of all cells as a line, or as a band if they differ."""
    low, high = float(limit.min()), float(limit.max())
    if high - low <= 1e-6 * abs(high):
        ax.axhline(high, color="tab:orange", linestyle="--", linewidth=1.2, label=label)
    else:
        ax.axhspan(low, high, color="tab:orange", alpha=0.3, linewidth=0, label=label)
