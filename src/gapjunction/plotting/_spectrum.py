"""A picture of the rates at which differences between coupled cells decay."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import saiunit as u
import scipy.sparse as sp

from gapjunction._checks import describe
from gapjunction.connectivity import Edges, laplacian
from gapjunction.junctions import GapJunction
from gapjunction.limits import Network, populations_of
from gapjunction.plotting._axes import axes_for, bare, whole
from gapjunction.plotting._graphs import MAX_CELLS, check_small, graph_of
from gapjunction.plotting._numbers import labelled, plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def spectrum(
    graph: Any,
    ax: Axes | None = None,
    *,
    weight: Any = None,
    capacitance: Any = None,
    dt: Any = None,
) -> Axes:
    r"""Draw the eigenvalues of the Laplacian, or of it over capacitance, in order.

    With ``C dV/dt = -L V``, an eigenvalue of :math:`C^{-1} L` is the rate at which coupling alone
    makes a pattern of voltages decay. There are as many of 0 as the graph has components.

    Parameters
    ----------
    graph : GapJunction, sequence of them, or Edges
        The network, of up to 5000 cells. Junctions that share populations count together.
    ax : matplotlib.axes.Axes, optional
        Where to draw; by default in a new figure. Nothing is shown.
    weight : float, array_like or Quantity, optional
        Conductance of each of the edges; by default their values, or 1. Junctions have their own:
        the largest slope of their current over voltage.
    capacitance : Quantity, or dict of them by population, optional
        Of junctions as :func:`gapjunction.stability` takes it, by default that of the populations.
        Of edges a scalar, or one for each cell; by default eigenvalues of the Laplacian alone.
    dt : Quantity, optional
        A time step: draws the rate above which explicit coupling grows at it, of the populations'
        solvers and of what their membranes do by themselves; where cells differ, a band: below it
        all is stable, above it not. Of edges it is 2 / dt.

    Returns
    -------
    matplotlib.axes.Axes
        The first line has the eigenvalues. If two conductances in an edge make some complex, it
        has their real parts, and the next line their imaginary parts.

    Raises
    ------
    TypeError
        If ``graph`` or ``ax`` is none, or ``weight`` is given for junctions.
    ValueError
        If an array has another shape, no capacitance is found or is positive, ``dt`` is not, or
        cells are too many.
    saiunit.UnitMismatchError
        If ``dt`` is no time, or conductance over capacitance no rate.
    ImportError
        If Matplotlib is not installed.

    See Also
    --------
    gapjunction.stability : Tells the largest stable time step.

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
    """Return the eigenvalues of ``matrix`` over capacitance, by rising real part."""
    dense = matrix.toarray()
    root = np.sqrt(np.broadcast_to(C, len(dense)))
    # Similar to C^-1 L, and symmetric if L is.
    dense = dense / root / root[:, None]
    if np.abs(dense - dense.T).max(initial=0.0) <= 1e-12 * np.abs(dense).max(initial=0.0):
        return np.linalg.eigvalsh(dense)
    return np.sort_complex(np.linalg.eigvals(dense))


def _of_edges(edges: Edges, weight: Any, capacitance: Any, dt: Any) -> tuple[np.ndarray, str]:
    check_small(edges)
    _, numbers, unit = graph_of(edges, weight)
    matrix = laplacian(edges, 1.0 if numbers is None else numbers)
    if capacitance is None:
        if dt is not None:
            raise ValueError("capacitance must be given with dt: a limit is one of rates.")
        return eigenvalues(matrix, 1.0), labelled("eigenvalue of L", unit)
    # A conductance over it is a rate.
    C = plain("capacitance", capacitance, unit * u.ms, "a capacitance to its conductances")
    if C.shape not in ((), (edges.n_cells,)):
        raise ValueError(
            f"capacitance must be one, or one for each of the {edges.n_cells} cells, got "
            f"{describe(capacitance)}."
        )
    if not (np.isfinite(C).all() and (C > 0).all()):
        raise ValueError(f"capacitance must be positive, got {describe(capacitance)}.")
    return eigenvalues(matrix, C), "decay rate (1/ms)"


def _net(graph: Any, weight: Any, capacitance: Any) -> Network:
    junctions: Sequence[Any] = [graph] if isinstance(graph, GapJunction) else graph
    if not isinstance(junctions, (list, tuple)) or not junctions:
        raise TypeError(f"graph must be Edges, or gap junctions, got {describe(graph)}.")
    for junction in junctions:
        if not isinstance(junction, GapJunction):
            raise TypeError(f"graph must be made of gap junctions, got {describe(junction)}.")
    if weight is not None:
        raise TypeError("weight must be None for junctions, which have their own.")
    hosts = {id(end): end for j in junctions for end in (j.pre, j.post)}
    n_cells = sum(int(np.prod(host.out_size)) for host in hosts.values())
    if n_cells > MAX_CELLS:
        raise ValueError(f"graph must have at most {MAX_CELLS} cells, got {n_cells}.")
    return Network.of(junctions, populations_of(junctions, {}, capacitance))


def _limit(ax: Axes, limit: np.ndarray, label: str) -> None:
    low, high = float(limit.min()), float(limit.max())
    if high - low <= 1e-6 * abs(high):
        ax.axhline(high, color="tab:orange", linestyle="--", linewidth=1.2, label=label)
    else:
        ax.axhspan(low, high, color="tab:orange", alpha=0.3, linewidth=0, label=label)
