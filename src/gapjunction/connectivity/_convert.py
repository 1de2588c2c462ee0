"""Making edges from every form in which a connection may be given."""

from __future__ import annotations

import dataclasses
from typing import Any

import jax
import numpy as np
import saiunit as u
import scipy.sparse as sp

from gapjunction._checks import as_size, describe, size_of, warn
from gapjunction._typing import Connection, Size
from gapjunction.connectivity._builder import Builder, is_same_population
from gapjunction.connectivity._edges import Edges
from gapjunction.connectivity._ids import refuse_traced
from gapjunction.connectivity._networkx import from_networkx, is_graph
from gapjunction.connectivity._scipy import from_scipy
from gapjunction.connectivity._table import from_table
from gapjunction.connectivity._unusual import warn_if_unusual

_ACCEPTED = (
    "a builder of gapjunction.connectivity or another function of (pre_size, post_size), an "
    "Edges, a pair (pre_ids, post_ids) or an integer array of shape (2, n_edges), a SciPy sparse "
    "matrix, a NetworkX graph, or a result of braintools.conn"
)

_Shape = tuple[int, ...]


def as_edges(
    conn: Connection, pre_size: Size, post_size: Size, *, same_population: bool | None = None
) -> Edges:
    """Return the edges that a connection describes.

    Parameters
    ----------
    conn : callable, Edges, pair, array, sparse matrix or graph
        - a builder, or the class of one that needs no settings, such as :class:`ring`;
        - another callable, which is called once as ``conn(pre_size, post_size)`` with two tuples,
          and returns one of the forms below;
        - :class:`Edges`;
        - a pair ``(pre_ids, post_ids)``, or an integer array of shape ``(2, n_edges)``;
        - a SciPy sparse matrix of shape ``(n_pre, n_post)``, see :class:`from_scipy`;
        - a NetworkX graph, see :class:`from_networkx`;
        - a ``braintools.conn.ConnectionResult``.
    pre_size, post_size : int or tuple of int
        Shapes of the two populations.
    same_population : bool, optional
        Whether pre and post are one and the same population. By default they are if their shapes
        are equal; an :class:`Edges` says so itself.

    Returns
    -------
    Edges
        In the order in which the connection lists them.

    Raises
    ------
    TypeError
        If ``conn`` is none of these, or its ids are not integers.
    ValueError
        If ``conn`` does not fit the populations, or can be read in two ways.

    Warns
    -----
    GapJunctionWarning
        If edges repeat each other (in one population also as ``(i, j)`` and ``(j, i)``), in which
        case their conductances add up, or join a cell to itself.

    Examples
    --------
    >>> import gapjunction as gj
    >>> gj.connectivity.as_edges(([0, 1], [1, 2]), 3, 3)
    Edges(2 edges in one population of shape (3,))
    >>> gj.connectivity.as_edges(gj.connectivity.ring, 3, 3)
    Edges(3 edges in one population of shape (3,))
    """
    edges = read_edges(conn, pre_size, post_size, same_population)
    warn_if_unusual(edges)
    return edges


def read_edges(
    conn: Connection, pre_size: Size, post_size: Size, same_population: bool | None
) -> Edges:
    """Return the edges that a connection describes, without warnings about unusual edges.

    Which edges are unusual may depend on the conductances, which are not known here.
    """
    pre_shape, post_shape = as_size("pre_size", pre_size), as_size("post_size", post_size)
    # This raises an error if the arguments contradict each other. Its answer is not used, because
    # Edges say themselves whether they are in one population.
    is_same_population(pre_shape, post_shape, same_population)
    if isinstance(conn, type) or conn is from_table:
        conn = _with_defaults(conn)
    if isinstance(conn, Builder):
        return conn(pre_shape, post_shape, same_population=same_population)
    if callable(conn) and not isinstance(conn, Edges):
        result = conn(pre_shape, post_shape)
        return _read("what conn returns", result, pre_shape, post_shape, same_population)
    return _read("conn", conn, pre_shape, post_shape, same_population)


def _with_defaults(maker: Any) -> Builder:
    """Return the builder that a class makes without any settings.

    Raises
    ------
    TypeError
        If the class makes no builder, or none without settings.
    """
    name = maker.__name__
    found, cause = None, None
    if isinstance(maker, type) and issubclass(maker, Builder):
        try:
            found = maker()
        except (TypeError, ValueError) as error:
            cause = error
    if found is None:
        raise TypeError(
            f"conn must be made first: {name}(...) with the settings that it needs; got {name} "
            f"itself."
        ) from cause
    return found


def _read(
    name: str, conn: Connection, pre_size: _Shape, post_size: _Shape, same_population: bool | None
) -> Edges:
    if isinstance(conn, Edges):
        return _tagged(conn(pre_size, post_size), same_population)
    if sp.issparse(conn):
        return from_scipy(conn)(pre_size, post_size, same_population=same_population)
    if is_graph(conn):
        return from_networkx(conn)(pre_size, post_size, same_population=same_population)
    if hasattr(conn, "pre_indices") and hasattr(conn, "post_indices"):
        pair, values = _read_result(name, conn, pre_size, post_size)
    else:
        pair, values = _read_pair(name, conn, pre_size, post_size), None
    bipartite = None if same_population is None else not same_population
    return Edges(*pair, pre_size, post_size, bipartite, values)


def _tagged(edges: Edges, same_population: bool | None) -> Edges:
    """Return edges that agree with the junction on whether pre and post are one population."""
    if same_population is None or edges.bipartite is not same_population:
        return edges
    # Labels name the cells of one population, or those of two, and do not fit the other case.
    return dataclasses.replace(edges, bipartite=not same_population, labels=None)


def _read_pair(name: str, conn: object, pre_size: _Shape, post_size: _Shape) -> tuple[Any, Any]:
    refuse_traced(name, conn)
    if isinstance(conn, (np.ndarray, jax.Array)):
        return _read_array(name, np.asarray(conn), (size_of(pre_size), size_of(post_size)))
    if not isinstance(conn, (tuple, list)):
        raise TypeError(f"{name} must be {_ACCEPTED}; got {describe(conn)}.")
    if len(conn) != 2:
        raise ValueError(
            f"{name} must be a pair (pre_ids, post_ids), got {len(conn)} items: {describe(conn)}. "
            f"A list of (pre_id, post_id) is passed as tuple(zip(*pairs))."
        )
    short = all(isinstance(part, (tuple, list)) and len(part) == 2 for part in conn)
    if isinstance(conn, list) and short:
        raise ValueError(_ambiguous(name, "a list of two pairs"))
    return conn[0], conn[1]


def _read_array(
    name: str, array: np.ndarray, n_cells: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    # A matrix with as many rows and columns as cells could be a matrix of weights.
    if array.ndim == 2 and (array.dtype.kind in "bfc" or (array.shape == n_cells != (2, 2))):
        kind = "a boolean mask" if array.dtype.kind == "b" else "a dense matrix"
        raise ValueError(
            f"{name} must not be {kind}; pass scipy.sparse.coo_array(matrix) for a matrix of "
            f"shape (n_pre, n_post), or (pre_ids, post_ids) for ids. Got {describe(array)}."
        )
    if array.shape == (2, 2):
        raise ValueError(_ambiguous(name, "an array of shape (2, 2)"))
    if array.ndim == 2 and array.shape[0] == 2:
        return array[0], array[1]
    if array.ndim == 2 and array.shape[1] == 2:
        raise ValueError(
            f"{name} must have the shape (2, n_edges), got {array.shape}; transpose it: array.T."
        )
    raise ValueError(f"{name} must be {_ACCEPTED}; got {describe(array)}.")


def _ambiguous(name: str, form: str) -> str:
    return (
        f"{name} is {form}, which may be two edges or two columns of ids; pass a tuple "
        f"(pre_ids, post_ids)."
    )


def _read_result(
    name: str, result: Connection, pre_size: _Shape, post_size: _Shape
) -> tuple[tuple[Any, Any], Any]:
    """Take the ids and weights of a ``braintools.conn.ConnectionResult``."""
    for side, shape in (("pre", pre_size), ("post", post_size)):
        own = getattr(result, f"{side}_size", None)
        if own is not None and size_of(as_size(f"{side}_size of {name}", own)) != size_of(shape):
            raise ValueError(
                f"{name} was made for {side}_size={own}, but {side} has shape {shape}."
            )
        if getattr(result, f"{side}_compartments", None) is not None:
            raise ValueError(
                f"{name} couples compartments ({side}_compartments is set); cells of one "
                f"compartment are needed here."
            )
    if getattr(result, "delays", None) is not None:
        warn(f"{name} has delays; a gap junction has none, and they are left out.")
    values, n_edges = getattr(result, "weights", None), len(result.pre_indices)
    if values is not None and u.math.size(values) == 1:
        unit = u.get_unit(values)
        numbers = np.full(n_edges, np.asarray(u.get_mantissa(values)).item())
        values = numbers if unit.is_unitless else u.Quantity(numbers, unit=unit)
    return (result.pre_indices, result.post_indices), values
