"""A list of edges between cells."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import saiunit as u

from gapjunction._checks import as_size, describe, size_of
from gapjunction._typing import Numbers, Size
from gapjunction.connectivity._ids import as_ids, refuse_traced


@dataclasses.dataclass(init=False, repr=False, eq=False, frozen=True, slots=True, weakref_slot=True)
class Edges:
    """Who is coupled to whom: a checked, unchangeable list of edges.

    Edges hold NumPy arrays, which cannot be changed. They unpack as ``pre_ids, post_ids = edges``
    and may be passed as ``conn`` to the junctions of this library and of `brainpy.state`.

    Parameters
    ----------
    pre_ids, post_ids : array_like of int, shape (n_edges,)
        The two cells of each edge, as flat ids in C order over the population's shape: a
        population of shape ``(4, 5)`` has the ids 0 to 19. They may be arrays of NumPy or JAX,
        lists, tuples or ranges.
    pre_size : int or tuple of int
        Shape of the population of ``pre_ids``.
    post_size : int or tuple of int, optional
        Shape of the population of ``post_ids``; by default that of ``pre_size``.
    bipartite : bool, optional
        Whether pre and post are two populations. By default they are if their shapes differ.
    values : array_like or Quantity, shape (n_edges,), optional
        A number per edge that comes with the data, such as a count of junctions. Junctions use it
        only where it is passed as their weight: ``weight=edges.values * 100 * u.psiemens``.
    labels : sequence of str, optional
        One name for each cell. If there are two populations, the names of pre come before those of
        post.

    Attributes
    ----------
    pre_ids, post_ids : numpy.ndarray
        int32, read-only.
    pre_size, post_size : tuple of int
    bipartite : bool
    values : numpy.ndarray, Quantity or None
    labels : tuple of str or None

    Raises
    ------
    TypeError
        If ids are not integers (floats, masks, complex numbers, quantities), or are traced by a
        JAX transform; if values are not real numbers; if labels are not strings.
    ValueError
        If an id is not a cell of its population, or lengths or sizes do not fit each other.

    Examples
    --------
    >>> import gapjunction as gj
    >>> edges = gj.connectivity.Edges([0, 1], [1, 2], pre_size=(3,))
    >>> edges
    Edges(2 edges in one population of shape (3,))
    >>> pre_ids, post_ids = edges
    >>> post_ids
    array([1, 2], dtype=int32)
    """

    pre_ids: np.ndarray
    post_ids: np.ndarray
    pre_size: tuple[int, ...]
    post_size: tuple[int, ...]
    bipartite: bool
    values: np.ndarray | u.Quantity | None
    labels: tuple[str, ...] | None

    def __init__(
        self,
        pre_ids: Numbers,
        post_ids: Numbers,
        pre_size: Size,
        post_size: Size | None = None,
        bipartite: bool | None = None,
        values: Numbers | None = None,
        labels: Sequence[str] | None = None,
    ) -> None:
        pre_shape = as_size("pre_size", pre_size)
        post_shape = pre_shape if post_size is None else as_size("post_size", post_size)
        pre, post = as_ids("pre_ids", pre_ids, pre_shape), as_ids("post_ids", post_ids, post_shape)
        if len(pre) != len(post):
            raise ValueError(
                f"pre_ids and post_ids must have the same length, got {len(pre)} and {len(post)}."
            )
        two = _is_bipartite(bipartite, pre_shape, post_shape)
        n_cells = size_of(pre_shape) + (size_of(post_shape) if two else 0)
        fields = {
            "pre_ids": pre,
            "post_ids": post,
            "pre_size": pre_shape,
            "post_size": post_shape,
            "bipartite": two,
            "values": None if values is None else _as_values(values, len(pre)),
            "labels": None if labels is None else _as_labels(labels, n_cells),
        }
        for name, value in fields.items():
            object.__setattr__(self, name, value)

    @property
    def n_edges(self) -> int:
        """Number of edges."""
        return len(self.pre_ids)

    @property
    def n_pre(self) -> int:
        """Number of cells of the pre population."""
        return size_of(self.pre_size)

    @property
    def n_post(self) -> int:
        """Number of cells of the post population."""
        return size_of(self.post_size)

    @property
    def n_cells(self) -> int:
        """Number of cells of the graph: of the population, or of both if there are two."""
        return self.n_pre + self.n_post if self.bipartite else self.n_pre

    def __iter__(self) -> Iterator[np.ndarray]:
        # There is no __len__, because len(edges) would have to be 2, the number of items here, and
        # users would take it for the number of edges.
        return iter((self.pre_ids, self.post_ids))

    def __call__(self, pre_size: Size, post_size: Size) -> Edges:
        """Return these edges if they fit populations of these sizes.

        Edges of a flat population fit one of several dimensions with as many cells.

        Raises
        ------
        ValueError
            If they do not fit.

        Examples
        --------
        >>> import gapjunction as gj
        >>> edges = gj.connectivity.Edges([0, 1], [1, 2], pre_size=4)
        >>> edges((4,), (4,)) is edges
        True
        >>> edges((2, 2), (2, 2))
        Edges(2 edges in one population of shape (2, 2))
        """
        pre_shape, post_shape = as_size("pre_size", pre_size), as_size("post_size", post_size)
        if (pre_shape, post_shape) == (self.pre_size, self.post_size):
            return self
        if not (_fits(self.pre_size, pre_shape) and _fits(self.post_size, post_shape)):
            raise ValueError(
                f"edges between populations of shapes {self.pre_size} and {self.post_size} do "
                f"not fit populations of shapes {pre_shape} and {post_shape}."
            )
        two = self.bipartite or pre_shape != post_shape
        labels = self.labels if two == self.bipartite else None
        return dataclasses.replace(
            self, pre_size=pre_shape, post_size=post_shape, bipartite=two, labels=labels
        )

    def __repr__(self) -> str:
        between = f"in one population of shape {self.pre_size}"
        if self.bipartite:
            between = f"between populations of shapes {self.pre_size} and {self.post_size}"
        extras = [name for name in ("values", "labels") if getattr(self, name) is not None]
        carries = f", with {' and '.join(extras)}" if extras else ""
        return f"Edges({self.n_edges} edge{'s'[: self.n_edges != 1]} {between}{carries})"

    # Edges cannot be changed, so all copies of a model may share them.
    def __copy__(self) -> Edges:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Edges:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        # Unpickled arrays are writeable; the constructor makes them read-only again.
        return type(self), tuple(getattr(self, field.name) for field in dataclasses.fields(self))


def _is_bipartite(
    bipartite: bool | None, pre_shape: tuple[int, ...], post_shape: tuple[int, ...]
) -> bool:
    if bipartite is None:
        return pre_shape != post_shape
    if not isinstance(bipartite, (bool, np.bool_)):
        raise TypeError(f"bipartite must be True, False or None, got {describe(bipartite)}.")
    if not bipartite and pre_shape != post_shape:
        raise ValueError(
            f"bipartite must be True for populations of different shapes, got False with "
            f"{pre_shape} and {post_shape}."
        )
    return bool(bipartite)


def _fits(own: tuple[int, ...], asked: tuple[int, ...]) -> bool:
    return own == asked or (len(own) == 1 and own[0] == size_of(asked))


def _as_values(values: Numbers, n_edges: int) -> np.ndarray | u.Quantity:
    mantissa: Numbers = values
    unit = None
    if isinstance(values, u.Quantity):
        mantissa, unit = values.mantissa, values.unit
    refuse_traced("values", mantissa)
    array = np.array(mantissa)
    if array.dtype.kind == "b":
        array = array.astype(np.int64)
    if array.size == 0 and isinstance(values, (list, tuple)):
        array = array.astype(np.float64)
    if array.dtype.kind not in "iuf":
        raise TypeError(f"values must be real numbers, got {describe(array)}.")
    if array.shape != (n_edges,):
        raise ValueError(
            f"values must have one number per edge, shape {(n_edges,)}, got {describe(values)}."
        )
    array.setflags(write=False)
    return array if unit is None else u.Quantity(array, unit=unit)


def _as_labels(labels: Sequence[str], n_cells: int) -> tuple[str, ...]:
    is_sequence = isinstance(labels, Iterable) and not isinstance(labels, str)
    names = tuple(labels) if is_sequence else ()
    if not is_sequence or not all(isinstance(name, str) for name in names):
        raise TypeError(f"labels must be a sequence of strings, got {describe(labels)}.")
    if len(names) != n_cells:
        raise ValueError(f"labels must name each of {n_cells} cells, got {len(names)} labels.")
    if len(set(names)) != n_cells:
        twice = next(name for i, name in enumerate(names) if name in names[:i])
        raise ValueError(f"labels must differ from each other, got {twice!r} twice.")
    return names
