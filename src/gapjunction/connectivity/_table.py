"""Edges from a table of cell names."""

from __future__ import annotations

import csv
import difflib
import math
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from gapjunction._checks import describe
from gapjunction.connectivity._edges import Edges

_Row = tuple[str, Sequence[Any]]


def from_table(
    table: str | os.PathLike[str] | Iterable[Sequence[Any]],
    *,
    columns: Sequence[str] | None = None,
    labels: Iterable[Any] | None = None,
    delimiter: str = ",",
) -> Edges:
    """Read edges from a table that names two cells in each row.

    Parameters
    ----------
    table : path, or iterable of rows
        A CSV file in UTF-8 with a header line, or rows ``(cell, other)`` or
        ``(cell, other, number)``.
    columns : sequence of str, optional
        For a file, the headers of the two columns of names and, optionally, of a column of numbers.
        By default they are the first two columns of the file, and the third if there is one.
    labels : iterable, optional
        The names of all cells in the order of their ids, such as ``range(100)`` for a table of
        ids. By default the cells are numbered as they appear in the table; cells without an edge
        are then missing.
    delimiter : str, default ','
        What separates the columns of a file.

    Returns
    -------
    Edges
        In the table's order, of one population of shape ``(n_cells,)``, with the names as
        ``labels`` and the numbers, if any, as ``values``.

    Raises
    ------
    OSError
        If the file cannot be read.
    TypeError, ValueError
        If a row is not as above (the message names it); if a name is not among the labels; if the
        names are numbers and no labels are given.

    Examples
    --------
    >>> import gapjunction as gj
    >>> edges = gj.connectivity.from_table(
    ...     [("AVAL", "AVAR", 2), ("AVAR", "PVCL", 1)], labels=["AVAL", "AVAR", "PVCL", "PVCR"]
    ... )
    >>> edges
    Edges(2 edges in one population of shape (4,), with values and labels)
    >>> edges.values
    array([2, 1])
    """
    if isinstance(table, (str, os.PathLike)):
        rows = list(_read_file(Path(table), columns, delimiter))
    elif columns is not None:
        raise ValueError(f"columns must be None for a table that is not a file, got {columns}.")
    else:
        rows = list(_read_rows(table))
    widths = {len(row) for _, row in rows}
    if len(widths) > 1:
        where, _ = next(item for item in rows if len(item[1]) != len(rows[0][1]))
        raise ValueError(f"table must have equally many items in all rows; {where} differs.")
    number = _number_cells(rows, labels)
    ids = np.array(
        [[_find(number, where, name) for name in row[:2]] for where, row in rows], dtype=np.int64
    ).reshape(-1, 2)
    values = [_number(where, row[2]) for where, row in rows] if 3 in widths else None
    return Edges(ids[:, 0], ids[:, 1], len(number), values=values, labels=tuple(number))


def _read_file(path: Path, columns: Sequence[str] | None, delimiter: str) -> Iterator[_Row]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.reader(file, delimiter=delimiter)
        header = [name.strip() for name in next(reader, [])]
        if len(header) < 2:
            raise ValueError(f"table must have at least two columns, {path} has {header}.")
        if columns is None:
            # By position, since headers may repeat each other, as in "neuron,neuron,junctions".
            picked = list(range(min(len(header), 3)))
        else:
            wanted = list(columns)
            if len(wanted) not in (2, 3) or not set(wanted) <= set(header):
                raise ValueError(f"columns must be two or three of {header}, got {wanted}.")
            if len(set(wanted)) < len(wanted) or any(header.count(name) > 1 for name in wanted):
                raise ValueError(
                    f"columns must differ, each with a header of its own, got {wanted} of {header}."
                )
            picked = [header.index(name) for name in wanted]
        for row in reader:
            where = f"line {reader.line_num} of {path}"
            if not any(item.strip() for item in row):
                continue
            if len(row) != len(header):
                raise ValueError(
                    f"table must have {len(header)} items in each row; {where} has {len(row)}."
                )
            yield where, [row[at].strip() for at in picked]


def _read_rows(table: object) -> Iterator[_Row]:
    if not isinstance(table, Iterable):
        raise TypeError(f"table must be a path or rows, got {describe(table)}.")
    for at, row in enumerate(table):
        items = row if isinstance(row, Sequence) and not isinstance(row, str) else None
        if isinstance(row, np.ndarray) and row.ndim == 1:
            items = row.tolist()
        if items is None or len(items) not in (2, 3):
            raise ValueError(
                f"table must have rows (cell, other) or (cell, other, number); row {at} is "
                f"{describe(row)}."
            )
        yield f"row {at}", items


def _number_cells(rows: list[_Row], labels: Iterable[Any] | None) -> dict[str, int]:
    if labels is not None:
        if isinstance(labels, str) or not isinstance(labels, Iterable):
            raise TypeError(f"labels must be a sequence of names, got {describe(labels)}.")
        names = [str(label) for label in labels]
        number = {name: at for at, name in enumerate(names)}
        if len(number) != len(names):
            raise ValueError("labels must differ from each other.")
        return number
    found = dict.fromkeys(str(name) for _, row in rows for name in row[:2])
    if not found:
        raise ValueError("labels must be given for a table without rows.")
    if all(name.isdecimal() for name in found):
        raise ValueError(
            "labels must be given for a table whose names are numbers: labels=range(n_cells) if "
            "they are ids from 0."
        )
    return {name: at for at, name in enumerate(found)}


def _find(number: dict[str, int], where: str, name: object) -> int:
    if (at := number.get(str(name))) is not None:
        return at
    near = difflib.get_close_matches(str(name), number, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    raise ValueError(f"labels must name every cell of the table; {where} has {name!r}.{hint}")


def _number(where: str, item: str | float | np.number) -> int | float:
    try:
        # int() would drop the fraction of a number of another type, such as a Decimal.
        value = int(item) if isinstance(item, (str, int, np.integer)) else float(item)
    except (TypeError, ValueError):
        try:
            value = float(item)
        except (TypeError, ValueError):
            value = math.nan
    if not math.isfinite(value):
        raise ValueError(
            f"table must have finite numbers in its third column; {where} has {item!r}."
        )
    return value
