"""The choice of places of multi-compartment cells."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from gapjunction._checks import describe as shown
from gapjunction.hosts import _braincell
from gapjunction.hosts._sites import Places, Row, Sites, branch_names


def sites(cell: Any, where: Any = None, *, labels: Iterable[str] | None = None) -> Sites:
    """Return places of braincell's multi-compartment cells, for junctions to couple.

    To a junction the places are a population of their own, with one unit for each place, in the
    order of the cells and then of the locations. Places at one location of each of 100 cells have
    the shape ``(100,)``, so that the builders of :mod:`gapjunction.connectivity` couple cells.
    Current enters in the middle of the control volume that a place is in. Conductances are
    absolute, in a unit such as nS; braincell takes a current per area, and the area of the volume
    converts it.

    Parameters
    ----------
    cell : Cell or CellView
        The population, or a selection of it such as ``cell[0]``, ``cell.dendrite`` or
        ``cell[3:].loc(at('dend', 0.5))``.
    where : locations or region, optional
        An expression of ``braincell.filter``: locations in each of the cells, or a region, of which
        every control volume is a place. By default the places are those of ``cell``: its locations
        if it is a selection of locations, and its control volumes otherwise.
    labels : iterable of str, optional
        A name for each place, for tables; by default ``'cell:branch(x)'``.

    Returns
    -------
    Sites
        The places. Give them to a junction where a population is expected.

    Raises
    ------
    ImportError
        If braincell is older than 0.2.0.
    TypeError
        If ``cell`` is not braincell's cells or a selection of them, or ``where`` is neither
        locations nor a region.
    ValueError
        If no place is chosen, if labels are repeated or are not as many as the places, or if the
        cells belong to a network of braincell, which steps them without their junctions.

    Notes
    -----
    Step the cells by calling them, ``cells()``, as in brainpy.state. ``Cell.run()`` and braincell's
    ``Network`` step cells without the inputs of junctions, and raise an error once cells have
    junctions.

    Places that were chosen as locations remain valid if the cells are divided differently
    afterwards. For places that were chosen as control volumes, this is an error.

    Examples
    --------
    Ten cells in a ring, each joined with its neighbours half-way along its dendrite:

    >>> import gapjunction as gj
    >>> import saiunit as u
    >>> from braincell import Branch, Cell, CVPerBranch, Morphology
    >>> from braincell.filter import at
    >>> soma = Branch.from_lengths(lengths=[20] * u.um, radii=[10, 10] * u.um, type='soma')
    >>> dendrite = Branch.from_lengths(lengths=[200] * u.um, radii=[1, 1] * u.um, type='dendrite')
    >>> tree = Morphology.from_root(soma, name='soma')
    >>> _ = tree.attach(
    ...     parent='soma', child_branch=dendrite, child_name='dend', parent_x=1.0)
    >>> cells = Cell(tree, pop_size=10, cv_policy=CVPerBranch(5), V_init=-65.0 * u.mV)
    >>> places = gj.sites(cells, at('dend', 0.5))
    >>> places
    <10 places of Cell: 0:dend(0.5), 1:dend(0.5), 2:dend(0.5), ...>
    >>> gap = gj.SymmetryGapJunction(
    ...     places, 'V', gj.connectivity.ring(), 1 * u.nS, coupling='implicit')
    """
    braincell = _braincell.load("gapjunction.sites")
    if not isinstance(cell, (braincell.Cell, braincell.CellView)):
        raise TypeError(
            f"cell must be a braincell.Cell or a view of one, such as cell[0], got {shown(cell)}."
        )
    owner = cell.root
    if owner.network_owner is not None:
        raise ValueError(
            "cell must not belong to a braincell Network, which steps cells without their "
            "junctions. Step the cells yourself: junctions first, then cells()."
        )
    if len(owner.pop_size) != 1 and (where is not None or cell is not owner):
        raise ValueError(
            "cell must have a pop_size of one number, as braincell selects places in no other; "
            f"got the shape {tuple(owner.pop_size)}."
        )
    view = cell if where is None else _selected(braincell, cell, where)
    names = branch_names(owner)
    rows = []
    if view.__class__ is braincell.CellView and view.locations:
        rows = [
            Row(int(r.population_index), int(r.branch_id), float(r.branch_x), None)
            for r in view.locations
        ]
    else:
        pairs = view.spatial_pairs if isinstance(view, braincell.CellView) else _all_pairs(owner)
        for member, number in pairs:
            volume = owner.cvs[int(number)]
            middle = (volume.prox + volume.dist) / 2
            ends = (volume.prox, volume.dist)
            rows.append(Row(int(member), int(volume.branch_id), float(middle), ends))
    if not rows:
        raise ValueError(f"where must choose at least one place, got none with {shown(where)}.")
    made = [f"{row.cell}:{names[row.branch]}({row.x:.6g})" for row in rows]
    return Sites(owner, Places(rows, _labels(labels, made)))


def region_of(cell: Any, where: Any) -> np.ndarray:
    """Return what fraction of the area of each control volume of cells is in a region.

    Parameters
    ----------
    cell : Cell
        The cells.
    where : region, CellView or None
        An expression of ``braincell.filter``, a selection of the cells, or None for all.

    Returns
    -------
    numpy.ndarray
        Shape of the cells' volumes.

    Raises
    ------
    TypeError
        If ``where`` is none of these.
    ValueError
        If it selects other cells, or nothing.
    """
    braincell = _braincell.load("gapjunction.ion_channels.insert")
    shape = (*cell.pop_size, cell.n_cv)
    if where is None:
        return np.ones(shape)
    if isinstance(where, (braincell.filter.RegionExpr, braincell.filter.RegionMask)):
        where = _selected(braincell, cell, where)
    if not isinstance(where, braincell.CellView):
        raise TypeError(
            "where must be a region of braincell.filter, or a selection such as "
            f"cell.branch['dend'], got {shown(where)}."
        )
    if where.root is not cell:
        raise ValueError("where must be a selection of the cells that get the channels.")
    share = np.zeros((int(np.prod(cell.pop_size)), cell.n_cv))
    covered = dict(zip(where.cv.ids.tolist(), where.cv.coverage_fraction.tolist(), strict=True))
    for member, volume in where.spatial_pairs:
        share[member, volume] = covered[int(volume)]
    return share.reshape(shape)


def _selected(braincell: Any, cell: Any, where: Any) -> Any:
    """Return a selection of cells as a view of locations or of a region."""
    filters = braincell.filter
    try:
        if isinstance(where, (filters.LocsetExpr, filters.LocsetMask, filters.LocsetBatch)):
            return cell.loc(where)
        if isinstance(where, (filters.RegionExpr, filters.RegionMask)):
            return _on(cell, where)
    except KeyError as error:
        # The message of braincell's error is only the name.
        known = ", ".join(map(repr, branch_names(cell.root)))
        raise ValueError(
            f"where must name a branch of {type(cell.root).__name__}, one of {known}; got {error}."
        ) from error
    raise TypeError(
        "where must be locations or a region of braincell.filter, such as at('dend', 0.5), got "
        f"{shown(where)}."
    )


def _on(cell: Any, region: Any) -> Any:
    """Return a region of cells as a view."""
    try:
        return cell.on(region)
    except TypeError as error:
        # braincell raises this error for a region that contains no control volume.
        raise ValueError(
            f"where must choose at least one place of {type(cell.root).__name__}, got none with "
            f"{shown(region)}."
        ) from error


def _all_pairs(owner: Any) -> np.ndarray:
    """Return the cell and the control volume of every volume of a population, shape ``(n, 2)``."""
    members, volumes = int(np.prod(owner.pop_size)), owner.n_cv
    return np.stack(np.divmod(np.arange(members * volumes), volumes), axis=-1)


def _labels(given: Iterable[str] | None, made: list[str]) -> list[str]:
    """Return a name for each place: those given, or those made, without repetition."""
    if given is None:
        found: dict[str, None] = {}
        for name in made:
            same, k = name, 1
            while same in found:
                k += 1
                same = f"{name} ({k})"
            found[same] = None
        return list(found)
    if isinstance(given, str):
        raise TypeError(f"labels must be a sequence of names, got {given!r}.")
    names = [str(name) for name in given]
    if len(names) != len(made):
        raise ValueError(f"labels must name each of {len(made)} places, got {len(names)}.")
    if len(set(names)) != len(names):
        raise ValueError("labels must differ from each other.")
    return names
