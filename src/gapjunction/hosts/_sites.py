"""Places of multi-compartment cells, as a population that junctions couple."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, NamedTuple, final

import brainstate
import numpy as np
import saiunit as u

from gapjunction._checks import describe as shown
from gapjunction.hosts import _braincell
from gapjunction.hosts._cable import CableStep
from gapjunction.hosts._compartments import Compartments, register
from gapjunction.hosts._host import describe
from gapjunction.hosts._part import Part
from gapjunction.hosts._stepping import RungeKutta, Stepping

# Locations on a branch that differ by less are the same.
_EPSILON: Final = 1e-9


class Row(NamedTuple):
    """One place."""

    cell: int
    """Which cell of the population."""
    branch: int
    """Index of the branch of the morphology."""
    x: float
    """Where on the branch: 0 is its proximal end, 1 its distal one."""
    whole: tuple[float, float] | None
    """The ends of the control volume on the branch, where that was meant; None for a location."""


class Places:
    """Places as they were chosen, whatever cells they are in: copies of a model share them.

    Parameters
    ----------
    rows : sequence of Row
        The places.
    labels : sequence of str
        Their names.
    """

    def __init__(self, rows: Sequence[Row], labels: Sequence[str]) -> None:
        self.rows, self.labels = tuple(rows), tuple(labels)

    def __copy__(self) -> Places:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Places:
        return self


@final
class Sites(Part):
    """Places of braincell's multi-compartment cells, made by :func:`gapjunction.sites`.

    Attributes
    ----------
    owner : Cell
        The cells.
    labels : tuple of str
        A name for each place, such as ``'3:dend(0.5)'``, for tables of
        :func:`gapjunction.connectivity.from_table`.
    """

    __module__ = "gapjunction.hosts"

    def __init__(self, owner: Any, places: Places) -> None:
        register()
        super().__init__(owner, len(places.rows))
        self.places = places
        self._found: tuple[Any, np.ndarray] | None = None

    # What is in them is known by the cells and by `places`.
    graph_invisible_attrs = ("_found", "places")

    @property
    def labels(self) -> tuple[str, ...]:
        """A name for each place."""
        return self.places.labels

    @property
    def V_th(self) -> Any:  # noqa: N802
        """The threshold of the cells, at each place where it differs from volume to volume."""
        level = self.owner.V_th
        return self.gather(level) if u.math.ndim(level) else level

    @property
    def index(self) -> np.ndarray:
        """Flat id in the cells' ``V`` of the control volume of each place.

        Raises
        ------
        ValueError
            If places were chosen as whole volumes, and the cells have been divided otherwise since.
        """
        volumes = self.owner.cvs
        # The cells have new volumes after a change of their morphology or of its division.
        if self._found is None or self._found[0] is not volumes:
            self._found = (volumes, self._locate(volumes))
        return self._found[1]

    @property
    def cells(self) -> np.ndarray:
        """Which cell of the population each place is in, shape ``(n,)``."""
        return np.array([row.cell for row in self.places.rows], dtype=np.int64)

    @property
    def volumes(self) -> np.ndarray:
        """Which control volume of its cell each place is in, shape ``(n,)``."""
        return self.index % self.owner.n_cv

    @property
    def branches(self) -> tuple[str, ...]:
        """Name of the branch that each place is on."""
        names = _branch_names(self.owner)
        return tuple(names[row.branch] for row in self.places.rows)

    @property
    def x(self) -> np.ndarray:
        """Where on its branch each place is, shape ``(n,)``: 0 is the proximal end, 1 the other.

        Current enters in the middle of the control volume that a place is in.
        """
        return np.array([row.x for row in self.places.rows])

    def _locate(self, volumes: Any) -> np.ndarray:
        """Return the flat id of the volume of each place."""
        n, found = len(volumes), np.zeros(len(self.places.rows), np.int64)
        for k, row in enumerate(self.places.rows):
            own = [v for v in volumes if v.branch_id == row.branch]
            if row.whole is not None and row.whole not in [(v.prox, v.dist) for v in own]:
                raise ValueError(
                    f"cell has been divided into other control volumes since its places were "
                    f"chosen: {self.labels[k]} was a whole one. Choose the places again, or by "
                    "locations."
                )
            # The rule of braincell: a location where two volumes meet is in the distal one.
            here = [v.id for v in own if v.prox - _EPSILON <= row.x < v.dist - _EPSILON]
            found[k] = row.cell * n + (here[0] if here else own[-1].id)
        return found

    def __repr__(self) -> str:
        names = ", ".join(self.labels[:3]) + (", ..." if len(self.labels) > 3 else "")
        return f"<{len(self.labels)} places of {type(self.owner).__name__}: {names}>"


class Placed:
    """What a junction has to know of places: what it has to know of the cells, at these.

    Each attribute is that of :class:`gapjunction.hosts.Host`.

    Parameters
    ----------
    sites : Sites
        The places.
    """

    keeps_arrays = False
    states_answer = False
    resets = False
    after_reset = None
    takes_jumps = False
    intake = None
    cell_axes = None
    symmetric = False
    by_call = False

    def __init__(self, sites: Sites) -> None:
        self.sites = sites
        self.cells = Compartments(sites.owner)

    @property
    def input_unit(self) -> u.Unit:
        """Unit of the current into a place."""
        return self.cells.input_unit

    @property
    def capacitance(self) -> Any:
        """Capacitance of the control volume of each place; None before there are volumes."""
        C = self.cells.capacitance
        return None if C is None else self.sites.gather(C)

    @property
    def rate(self) -> Callable[[], Any]:
        """Input conductance of the cell at each place over the capacitance of its volume."""
        return self._rate

    def _rate(self) -> Any:
        circuit, index = self.cells.circuit(), self.sites.index
        n = circuit.C.shape[1]
        cell, at = np.divmod(index, n)
        try:
            resistance = np.linalg.inv(circuit.G)[cell, at, at]
        except np.linalg.LinAlgError:
            # Without a leak a current cannot leave the cell.
            resistance = np.full(len(index), np.inf)
        return u.Quantity(1 / resistance / circuit.C.reshape(-1)[index], unit=u.ms**-1)

    @property
    def stepping(self) -> Stepping:
        """The kind of step that the cells take, as seen from the places."""
        if not self.cells.is_initialised:
            return self.cells.stepping
        own = self.cells.stepping
        interval = None
        if isinstance(own, RungeKutta) and not self.cells.symmetric:
            interval = own.interval
        return CableStep(self.cells, self.sites.index, interval)


describe.register(Sites)(Placed)


def volumes_of(sites: Sequence[Sites]) -> Sites:
    """Return the control volumes that several places of the same cells are in, each once."""
    owner, n = sites[0].owner, sites[0].owner.n_cv
    rows, labels = [], []
    for flat in np.unique(np.concatenate([one.index for one in sites])):
        volume = owner.cvs[int(flat) % n]
        middle = (volume.prox + volume.dist) / 2
        rows.append(Row(int(flat) // n, int(volume.branch_id), float(middle), None))
        named = [one.labels[k] for one in sites for k in np.flatnonzero(one.index == flat)]
        labels.append(named[0])
    return Sites(owner, Places(rows, labels))


def owner_of(end: brainstate.nn.Dynamics) -> Any:
    """Return the population that steps what a junction has as one of its populations."""
    return end.owner if isinstance(end, Part) else end


def places_of(end: brainstate.nn.Dynamics) -> Places | None:
    """Return which places of a population a junction has; None for all of the population."""
    return end.places if isinstance(end, Sites) else None


def prepare(host: brainstate.nn.Dynamics) -> None:
    """Forget what a population has compiled of steps from before it had junctions."""
    facts = describe(host)
    if isinstance(facts, Compartments):
        facts.forget_runs()


def sites(cell: Any, where: Any = None, *, labels: Iterable[str] | None = None) -> Sites:
    """Return places of braincell's multi-compartment cells, for junctions to couple.

    The places are a population of their own to a junction, with one unit for each place, in the
    order of the cells and then of the locations: places at one location of each of 100 cells have
    the shape ``(100,)``, and the builders of :mod:`gapjunction.connectivity` couple cells. Current
    enters in the middle of the control volume that a place is in. Conductances are absolute, in a
    unit such as nS; braincell takes a current per area, and the area of the volume converts it.

    Parameters
    ----------
    cell : Cell or CellView
        The population, or a selection of it such as ``cell[0]``, ``cell.dendrite`` or
        ``cell[3:].loc(at('dend', 0.5))``.
    where : locations or region, optional
        An expression of ``braincell.filter``: locations in each of the cells, or a region, of which
        every control volume is a place. By default the selection itself: its locations where it has
        some, and else its control volumes.
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
        If ``cell`` is not such cells or ``where`` is not such an expression.
    ValueError
        If there are no such places, labels are not all different or as many as places, or the cells
        belong to a network of braincell, which steps them without their junctions.

    Notes
    -----
    Call the cells themselves, ``cells()``, as in brainpy.state: ``Cell.run()`` and braincell's
    ``Network`` step cells without what is registered at them, and are refused with an error once
    cells have junctions.

    Locations stay what they are if the cells are divided more finely afterwards; an error is raised
    if whole control volumes were chosen.

    Examples
    --------
    >>> import gapjunction as gj
    >>> import saiunit as u
    >>> from braincell import Branch, Cell, CVPerBranch, Morphology    # doctest: +SKIP
    >>> from braincell.filter import at                                # doctest: +SKIP
    >>> tree = Morphology.from_root(                                   # doctest: +SKIP
    ...     Branch.from_lengths(lengths=[20] * u.um, radii=[10, 10] * u.um, type='soma'),
    ...     name='soma')
    >>> _ = tree.attach(                                               # doctest: +SKIP
    ...     parent='soma', child_name='dend', parent_x=1.0,
    ...     child_branch=Branch.from_lengths(
    ...         lengths=[200] * u.um, radii=[1, 1] * u.um, type='basal_dendrite'))
    >>> cells = Cell(tree, pop_size=10, cv_policy=CVPerBranch(5))      # doctest: +SKIP
    >>> half_way = gj.sites(cells, at('dend', 0.5))                    # doctest: +SKIP
    >>> gap = gj.SymmetryGapJunction(                                  # doctest: +SKIP
    ...     half_way, 'V', gj.connectivity.ring(), 1 * u.nS, coupling='implicit')
    """
    braincell = _braincell.load("sites(cell)")
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
    view = cell if where is None else _selected(braincell, cell, where)
    names = _branch_names(owner)
    rows, made = [], []
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


def _selected(braincell: Any, cell: Any, where: Any) -> Any:
    """Return a selection of cells as a view of locations or of a region."""
    filters = braincell.filter
    if isinstance(where, (filters.LocsetExpr, filters.LocsetMask, filters.LocsetBatch)):
        return cell.loc(where)
    if isinstance(where, (filters.RegionExpr, filters.RegionMask)):
        return cell.on(where)
    raise TypeError(
        "where must be locations or a region of braincell.filter, such as at('dend', 0.5), got "
        f"{shown(where)}."
    )


def _all_pairs(owner: Any) -> np.ndarray:
    members, volumes = int(np.prod(owner.pop_size)), owner.n_cv
    return np.stack(np.divmod(np.arange(members * volumes), volumes), axis=-1)


def _branch_names(owner: Any) -> list[str]:
    return [str(branch.name) for branch in owner.morpho.branches]


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
        raise ValueError(f"labels must be as many as places, {len(made)}, got {len(names)}.")
    if len(set(names)) != len(names):
        raise ValueError("labels must differ from each other.")
    return names
