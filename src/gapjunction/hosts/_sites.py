"""Places of multi-compartment cells, as a population that junctions couple."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple, final

import brainstate
import numpy as np
import saiunit as u

from gapjunction.hosts._compartments import register
from gapjunction.hosts._part import Part

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
    """Where a control volume that was chosen as a whole starts and ends; None for a location."""


class Places:
    """Places as they were chosen, without a reference to the cells, so that copies can share them.

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

    # A clone finds its volumes again, in its own cells.
    graph_invisible_attrs: tuple[str, ...] = ("_found", "_kept")
    _found: tuple[Any, np.ndarray] | None = None

    @property
    def labels(self) -> tuple[str, ...]:
        """A name for each place."""
        return self.places.labels

    @property
    def V_th(self) -> Any:  # noqa: N802
        """The threshold of the cells: one value, or one for each place."""
        level = self.owner.V_th
        return self.gather(level) if u.math.ndim(level) else level

    @property
    def index(self) -> np.ndarray:
        """Flat id in the cells' ``V`` of the control volume of each place.

        Raises
        ------
        ValueError
            If places were chosen as whole volumes, and the cells are divided differently by now.
        """
        volumes = self.owner.cvs
        # The list of volumes is a new one after a change of the morphology or of its division.
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
        names = branch_names(self.owner)
        return tuple(names[row.branch] for row in self.places.rows)

    @property
    def x(self) -> np.ndarray:
        """Where on its branch each place is, shape ``(n,)``: 0 is the proximal end, 1 the other.

        Current enters in the middle of the control volume that a place is in.
        """
        return np.array([row.x for row in self.places.rows])

    @property
    def path_from_soma(self) -> u.Quantity:
        """Distance along the cell from its soma to the middle of each place's volume, in um."""
        contexts = self.owner.cv_contexts
        found = [contexts[k].path_distance_from_soma.to_decimal(u.um) for k in self.volumes]
        return u.Quantity(np.array(found, np.float64), unit=u.um)

    @property
    def local_positions(self) -> u.Quantity:
        """Where the middle of each place's volume is in the cell's morphology, ``(n, 3)``, in um.

        Raises
        ------
        ValueError
            If the morphology has lengths alone, and no points in space.
        """
        if not self.owner.morpho.has_full_point_geometry:
            raise ValueError(
                f"{type(self.owner).__name__} must have a morphology with points in space, such as "
                "one that was read from a file, for its places to have positions."
            )
        contexts = self.owner.cv_contexts
        found = [contexts[k].local_position.to_decimal(u.um) for k in self.volumes]
        return u.Quantity(np.array(found, np.float64), unit=u.um)

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
    """Return the population that does the stepping for one end of a junction."""
    return end.owner if isinstance(end, Part) else end


def places_of(end: brainstate.nn.Dynamics) -> Places | None:
    """Return the places of a population that are one end of a junction; None for all of it."""
    return end.places if isinstance(end, Sites) else None


def branch_names(owner: Any) -> list[str]:
    """Return the names of the branches of cells, in the order of their indices."""
    return [str(branch.name) for branch in owner.morpho.branches]
