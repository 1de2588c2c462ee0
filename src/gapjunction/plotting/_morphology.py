"""A drawing of cells with dendrites, and of the junctions between them."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import saiunit as u

from gapjunction._checks import describe
from gapjunction._typing import Numbers, QuantityLike
from gapjunction.connectivity._proximity import for_each, moves, positions
from gapjunction.hosts import Sites
from gapjunction.junctions import GapJunction
from gapjunction.plotting._axes import axes_for, bar, bare
from gapjunction.plotting._numbers import labelled, noun

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_AXES: Final = "xyz"


def morphology(
    junction: GapJunction | Sites,
    ax: Axes | None = None,
    *,
    origins: QuantityLike | tuple[QuantityLike | None, QuantityLike | None] | None = None,
    view: str = "xy",
    color_by: Numbers | tuple[Numbers, Numbers] | None = None,
    label: str | None = None,
    colorbar: bool = True,
    color: Any = None,
    junction_color: Any = "tab:red",
    junction_size: float = 20.0,
) -> Axes:
    """Draw multi-compartment cells in space, with the junctions between their dendrites.

    Dendrites are drawn with their diameters, projected along one axis. A junction is a line between
    two places, with a dot at each.

    Parameters
    ----------
    junction : GapJunction or Sites
        A junction between :func:`gapjunction.sites` of one population of cells, or of two; or the
        places alone, which are then drawn as dots. All cells of the populations are drawn.
    ax : matplotlib.axes.Axes, optional
        Where to draw; by default in a new figure. Nothing is shown.
    origins : Quantity of length, shape ``(n_cells, 3)``, or pair of them, optional
        Displacement of each cell, as in :func:`gapjunction.connectivity.proximity`; by default
        cells are not moved. Two populations of cells take a pair.
    view : {'xy', 'xz', 'yz', 'yx', 'zx', 'zy'}
        Which coordinates are drawn to the right and upwards.
    color_by : array_like or Quantity, shape of the cells' voltage, or pair of them, optional
        A number for each control volume, such as its voltage, that sets its colour. Two
        populations of cells take a pair.
    label : str, optional
        Label of the colour bar, without unit; by default ``V`` for voltages and otherwise
        ``value``.
    colorbar : bool, default True
        Whether to add a colour bar, which takes space from ``ax``.
    color : color or list of them, optional
        Colours of the cells, one after the other, if there is no ``color_by``; by default those of
        Matplotlib's cycle.
    junction_color, junction_size
        Colour of the junctions, and size of their dots in points squared.

    Returns
    -------
    matplotlib.axes.Axes
        The axes, with a ``PolyCollection`` of the cells, a ``LineCollection`` of the junctions, if
        there are any, and a ``PathCollection`` of the places. Coordinates are in um.

    Raises
    ------
    TypeError
        If ``junction`` is neither a junction nor places, or ``ax`` is not an ``Axes``.
    ValueError
        If the junction does not join places of multi-compartment cells, the morphology has no
        points in space, ``view`` is not two of x, y and z, or ``origins`` or ``color_by`` have
        another shape.
    saiunit.UnitMismatchError
        If ``origins`` is not a length.
    ImportError
        If Matplotlib is not installed.

    Examples
    --------
    Two cells of one branch, one 15 um above the other, joined in their middles:

    >>> import matplotlib, saiunit as u
    >>> import gapjunction as gj
    >>> from braincell import Branch, Cell, Morphology
    >>> from braincell.filter import at
    >>> matplotlib.use("agg")
    >>> branch = Branch.from_points(
    ...     points=[[0.0, 0.0, 0.0], [80.0, 0.0, 0.0]] * u.um, radii=[5.0, 1.0] * u.um, type='soma')
    >>> cells = Cell(Morphology.from_root(branch, name='soma'), pop_size=2, V_init=-65.0 * u.mV)
    >>> places = gj.sites(cells, at('soma', 0.5))
    >>> gap = gj.SymmetryGapJunction(places, 'V', ([0], [1]), 1 * u.nS)
    >>> ax = gj.plotting.morphology(
    ...     gap, origins=[[0.0, 0.0, 0.0], [0.0, 15.0, 0.0]] * u.um)
    >>> ax.get_xlabel()
    'x (um)'
    """
    pre, post = _places_of(junction)
    if view not in map("".join, itertools.permutations(_AXES, 2)):
        raise ValueError(f"view must be two of x, y and z, such as 'xy'; got {describe(view)}.")
    axes = [_AXES.index(axis) for axis in view]
    owners = [pre.owner] if post.owner is pre.owner else [pre.owner, post.owner]
    moved = moves("origins", origins, [int(np.prod(owner.pop_size)) for owner in owners])
    where = positions(pre, moved[0]), positions(post, moved[-1])
    drawn = [_shapes(owner, axes) for owner in owners]
    shown, unit = _values(color_by, owners, [volumes for _, volumes in drawn])
    ax = axes_for(ax, "morphology")
    from matplotlib.collections import LineCollection, PolyCollection

    # The pieces of all cells, one cell after the other.
    every = [
        shapes + away[axes] for (shapes, _), own in zip(drawn, moved, strict=True) for away in own
    ]
    bodies = PolyCollection(list(np.concatenate(every)), linewidths=0.3)
    if shown is not None:
        bodies.set_array(shown)
        bodies.set_edgecolor("face")
    else:
        colors = _colors(color, len(every))
        bodies.set_color([one for one, cell in zip(colors, every, strict=True) for _ in cell])
    ax.add_collection(bodies)
    used = where[0]
    if isinstance(junction, GapJunction):
        ids = map(np.asarray, junction.edges)
        ends = np.stack([own[at] for own, at in zip(where, ids, strict=True)], axis=1)
        ax.add_collection(
            LineCollection(list(ends[:, :, axes]), colors=junction_color, linewidths=1.2, zorder=3)
        )
        used = ends.reshape(-1, 3)
    x, y = used[:, axes].T
    ax.scatter(x, y, s=junction_size, color=junction_color, zorder=4, linewidths=0)
    ax.set(xlabel=f"{view[0]} (um)", ylabel=f"{view[1]} (um)")
    ax.set_aspect("equal")
    ax.autoscale_view()
    bare(ax)
    if shown is not None and colorbar:
        bar(ax, bodies, labelled(label or noun(unit), unit))
    return ax


def _places_of(junction: object) -> tuple[Sites, Sites]:
    """Return the places of both ends, whose cells are drawn."""
    if isinstance(junction, Sites):
        return junction, junction
    if not isinstance(junction, GapJunction):
        raise TypeError(
            "junction must be a GapJunction between places of cells, or gapjunction.sites(), got "
            f"{describe(junction)}."
        )
    if not (isinstance(junction.pre, Sites) and isinstance(junction.post, Sites)):
        raise ValueError(
            "junction must join places of multi-compartment cells, made by gapjunction.sites(); "
            f"got {describe(junction.pre)} and {describe(junction.post)}."
        )
    return junction.pre, junction.post


def _values(
    color_by: Any, owners: list[Any], volumes: list[np.ndarray]
) -> tuple[np.ndarray | None, u.Unit]:
    """Return the numbers of all pieces that are drawn, and their unit; None without numbers."""
    if color_by is None:
        return None, u.UNITLESS
    parts, found = for_each("color_by", color_by, len(owners)), []
    unit = u.get_unit(next(iter(parts.values())))
    for (label, part), owner, own in zip(parts.items(), owners, volumes, strict=True):
        if u.get_unit(part).dim != unit.dim:
            raise u.UnitMismatchError(f"{label} must be in {unit}, got {describe(part)}.")
        plain = np.asarray(u.Quantity(part).to_decimal(unit), np.float64)
        shape = (*owner.pop_size, owner.n_cv)
        if plain.shape != shape:
            raise ValueError(
                f"{label} must have a number for each control volume, {shape}; got "
                f"{describe(part)}."
            )
        found.append(plain.reshape(-1, owner.n_cv)[:, own].ravel())
    return np.concatenate(found), unit


def _colors(color: Any, n_cells: int) -> list[tuple[float, float, float, float]]:
    """Return a colour for each cell."""
    import matplotlib as mpl
    from matplotlib.colors import to_rgba_array

    given = mpl.rcParams["axes.prop_cycle"].by_key()["color"] if color is None else color
    found = to_rgba_array(given)
    return [tuple(found[k % len(found)].tolist()) for k in range(n_cells)]


def _shapes(owner: Any, axes: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Return the outlines of the pieces of one cell, ``(n, 4, 2)``, and each one's volume.

    A piece is a truncated cone within one control volume.
    """
    shapes, volumes = [], []
    for number, branch in enumerate(owner.morpho.branches):
        points, radii, x = _line_of(branch)
        own = [v for v in owner.cvs if v.branch_id == number]
        cuts = np.unique(np.concatenate([x, [v.dist for v in own[:-1]]]).clip(0.0, 1.0))
        middles = (cuts[1:] + cuts[:-1]) / 2
        at = np.stack([np.interp(cuts, x, points[:, axis]) for axis in axes], axis=1)
        wide = np.interp(cuts, x, radii)
        along = np.diff(at, axis=0)
        length = np.linalg.norm(along, axis=1, keepdims=True)
        # A piece that points towards the viewer has no direction in the picture, so any direction
        # will do.
        across = np.where(length > 0, along[:, ::-1] * [-1, 1] / np.maximum(length, 1e-12), [0, 1])
        a, b = across * wide[:-1, None], across * wide[1:, None]
        shapes.append(np.stack([at[:-1] - a, at[:-1] + a, at[1:] + b, at[1:] - b], axis=1))
        ends = np.array([v.dist for v in own])
        which = np.minimum(np.searchsorted(ends, middles), len(own) - 1)
        volumes.append(np.array([v.id for v in own])[which])
    return np.concatenate(shapes), np.concatenate(volumes)


def _line_of(branch: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return points in um, radii in um and places from 0 to 1 along a branch."""
    start, end = (
        np.asarray(points.to_decimal(u.um)).reshape(-1, 3)
        for points in (branch.points_proximal, branch.points_distal)
    )
    inner, outer = (
        np.asarray(radii.to_decimal(u.um)).reshape(-1)
        for radii in (branch.radii_proximal, branch.radii_distal)
    )
    # Each frustum contributes both of its ends. Where the diameter jumps, two points therefore have
    # the same place along the branch, with different radii.
    points = np.stack([start, end], axis=1).reshape(-1, 3)
    radii = np.stack([inner, outer], axis=1).reshape(-1)
    ends = np.concatenate([[0.0], np.cumsum(np.linalg.norm(end - start, axis=1))])
    x = np.stack([ends[:-1], ends[1:]], axis=1).reshape(-1) / ends[-1]
    return points, radii, x
