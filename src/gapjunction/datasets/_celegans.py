"""The wiring of *C. elegans*."""

from __future__ import annotations

import csv
import dataclasses
import difflib
import functools
import importlib.resources
import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final, overload

import numpy as np

from gapjunction._checks import describe
from gapjunction.connectivity import Edges

SOURCE: Final = (
    "Varshney LR, Chen BL, Paniagua E, Hall DH, Chklovskii DB (2011) Structural properties of the "
    "Caenorhabditis elegans neuronal network. PLoS Comput Biol 7(2): e1001066. "
    "doi:10.1371/journal.pcbi.1001066"
)

# The eight classes of the ventral cord: White JG, Southgate E, Thomson JN, Brenner S (1986)
# Phil Trans R Soc Lond B 314:1-340. VC06 makes no synapse and is not among the 279.
_MOTOR: Final = re.compile(r"(AS|DA|DB|DD|VA|VB|VC|VD)\d\d")

# McIntire SL, Jorgensen E, Kaplan J, Horvitz HR (1993) Nature 364:337-341.
_GABAERGIC: Final = re.compile(r"(DD|VD)\d\d|AVL|DVB|RIS|RME[DLRV]")


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Connectome:
    """Named neurons with their electrical and chemical connections.

    Attributes
    ----------
    labels : tuple of str
        Names of the neurons in alphabetical order; the position of a name is the neuron's id.
    electrical : gapjunction.connectivity.Edges
        Pairs of neurons with gap junctions, each pair once; ``values`` are numbers of junctions.
    chemical : gapjunction.connectivity.Edges
        Directed chemical connections; ``values`` are numbers of synapses.
    self_junctions : mapping of str to int
        Gap junctions of a neuron with itself. They carry no current and are not in
        ``electrical``.
    motor : numpy.ndarray of int
        Ids of the ventral cord motor neurons (classes AS, DA, DB, DD, VA, VB, VC, VD) [1]_.
    inhibitory : numpy.ndarray of int
        Ids of the GABAergic neurons [2]_.
    source : str
        The publication to cite.

    References
    ----------
    .. [1] White JG, Southgate E, Thomson JN, Brenner S (1986). Phil Trans R Soc Lond B
       314:1-340.
    .. [2] McIntire SL, Jorgensen E, Kaplan J, Horvitz HR (1993). Nature 364:337-341.
    """

    labels: tuple[str, ...]
    electrical: Edges
    chemical: Edges
    self_junctions: Mapping[str, int]
    motor: np.ndarray
    inhibitory: np.ndarray
    source: str

    @property
    def n_neurons(self) -> int:
        """Number of neurons."""
        return len(self.labels)

    @property
    def junctions(self) -> np.ndarray:
        """Number of gap junctions of each electrical pair."""
        return np.asarray(self.electrical.values)

    @property
    def synapses(self) -> np.ndarray:
        """Number of synapses of each chemical connection."""
        return np.asarray(self.chemical.values)

    # mypy warns that a str is an Iterable of str too. For a str, the first overload is the right
    # one.
    @overload
    def index(self, names: str) -> int: ...  # type: ignore[overload-overlap]
    @overload
    def index(self, names: Iterable[str]) -> np.ndarray: ...
    def index(self, names: str | Iterable[str]) -> int | np.ndarray:
        """Return the id of a neuron, or the ids of several.

        Parameters
        ----------
        names : str or iterable of str
            One name, such as ``'AVAL'``, or several.

        Returns
        -------
        int or numpy.ndarray of int

        Raises
        ------
        TypeError
            If a name is not a string.
        ValueError
            If there is no such neuron; the message suggests similar names.

        Examples
        --------
        >>> import gapjunction as gj
        >>> worm = gj.datasets.celegans()
        >>> worm.index('AVAL')
        53
        >>> worm.index(['PLML', 'PLMR'])
        array([145, 146])
        """
        if isinstance(names, str):
            return self._index_of(names)
        if not isinstance(names, Iterable):
            raise TypeError(f"names must be a neuron's name or several, got {describe(names)}.")
        return np.array([self._index_of(name) for name in names], dtype=np.int64)

    def _index_of(self, name: str) -> int:
        if not isinstance(name, str):
            raise TypeError(f"names must be a neuron's name or several, got {describe(name)}.")
        try:
            return self.labels.index(name)
        except ValueError:
            pass
        near = _near(name, self.labels)
        hint = f" Did you mean {' or '.join(near)}?" if near else ""
        raise ValueError(
            f"names must be in labels: none of the {self.n_neurons} neurons is called "
            f"{name!r}.{hint}"
        )

    def __repr__(self) -> str:
        return (
            f"Connectome({self.n_neurons} neurons, {self.electrical.n_edges} electrical pairs, "
            f"{self.chemical.n_edges} chemical connections)"
        )


@functools.cache
def celegans() -> Connectome:
    """Return the wiring of the somatic nervous system of the hermaphrodite *C. elegans*.

    279 neurons, 514 pairs of them with 887 gap junctions, and 2,194 directed chemical connections
    with 6,394 synapses, from Varshney et al. [1]_. Three self-junctions (RIBL, RIBR, VA08) are
    reported but carry no current. Neuromuscular junctions and the pharynx are not in the data;
    CANL, CANR and VC06 make no synapse and are left out, as in the paper.

    Returns
    -------
    Connectome
        Each call returns the same object, which cannot be changed.

    Notes
    -----
    The paper's text counts 890 gap junctions, which is 887 and the 3 self-junctions, and 6,393
    chemical synapses, where the released data sum to 6,394.

    References
    ----------
    .. [1] Varshney LR, Chen BL, Paniagua E, Hall DH, Chklovskii DB (2011). Structural properties
       of the Caenorhabditis elegans neuronal network. PLoS Comput Biol 7(2): e1001066.

    Examples
    --------
    >>> import gapjunction as gj
    >>> worm = gj.datasets.celegans()
    >>> worm
    Connectome(279 neurons, 514 electrical pairs, 2194 chemical connections)
    >>> int(worm.junctions.sum()), int(worm.synapses.sum())
    (887, 6394)

    Its edges can be passed to a junction as they are. Their numbers of junctions, times the
    conductance of one, are the weight:

    >>> import brainpy, saiunit as u
    >>> cells = brainpy.state.LIF(worm.n_neurons, R=1 * u.Gohm, tau=100 * u.ms)
    >>> weight = worm.junctions * 100.0 * u.psiemens
    >>> gap = gj.SymmetryGapJunction(cells, 'V', conn=worm.electrical, weight=weight)
    """
    electrical = _read("celegans_electrical.csv")
    chemical = _read("celegans_chemical.csv")
    labels = tuple(sorted({name for row in electrical + chemical for name in row[:2]}))
    pairs = [row for row in electrical if row[0] != row[1]]
    return Connectome(
        labels=labels,
        electrical=_edges(labels, pairs),
        chemical=_edges(labels, chemical),
        self_junctions=MappingProxyType({a: count for a, b, count in electrical if a == b}),
        motor=_ids_of(labels, _MOTOR),
        inhibitory=_ids_of(labels, _GABAERGIC),
        source=SOURCE,
    )


def _read(filename: str) -> list[tuple[str, str, int]]:
    table = importlib.resources.files(__package__).joinpath("data", filename)
    _, *rows = csv.reader(table.read_text(encoding="utf-8").splitlines())
    return [(pre, post, int(count)) for pre, post, count in rows]


def _edges(labels: tuple[str, ...], rows: list[tuple[str, str, int]]) -> Edges:
    ids = {name: i for i, name in enumerate(labels)}
    pre, post, counts = zip(*((ids[a], ids[b], count) for a, b, count in rows), strict=True)
    return Edges(np.array(pre), np.array(post), len(labels), values=np.array(counts), labels=labels)


def _ids_of(labels: tuple[str, ...], pattern: re.Pattern[str]) -> np.ndarray:
    ids = np.array([i for i, name in enumerate(labels) if pattern.fullmatch(name)])
    ids.setflags(write=False)
    return ids


def _near(name: str, labels: tuple[str, ...]) -> list[str]:
    wanted = name.upper()
    # The literature often writes VA8 for VA08, and AVA for the pair of AVAL and AVAR.
    padded = re.sub(r"(?<=\D)(\d)$", r"0\1", wanted)
    sided = [label for label in labels if label in (wanted, padded, wanted + "L", wanted + "R")]
    return sided or difflib.get_close_matches(wanted, labels, n=3)
