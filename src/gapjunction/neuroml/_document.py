"""A file in memory: its elements, its types, numbers that override its own, and notes."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Mapping
from typing import Final
from xml.etree.ElementTree import Element

import numpy as np
import saiunit as u

from gapjunction._checks import describe
from gapjunction._typing import ArrayLike
from gapjunction.neuroml._check import dimension_of
from gapjunction.neuroml._errors import NeuromlError
from gapjunction.neuroml._nodes import Node, Number, names_in, replace
from gapjunction.neuroml._types import ComponentType, TypeReader
from gapjunction.neuroml._units import DIMENSIONS, ZERO_CELSIUS, Dimension, host_unit, quantity

# The quantities of the cell that expressions read.
READ: Final = {"v": "voltage", "caConc": "concentration", "temperature": "temperature"}


@dataclasses.dataclass
class Notes:
    """The notes for the report about one channel."""

    imported: list[str] = dataclasses.field(default_factory=list)
    approximated: list[str] = dataclasses.field(default_factory=list)
    left_out: list[str] = dataclasses.field(default_factory=list)
    numbers: dict[str, str] = dataclasses.field(default_factory=dict)


class Document:
    """Everything that reading one channel needs."""

    def __init__(self, root: Element, given: Mapping[str, ArrayLike] | None = None) -> None:
        self.root = root
        self.types = TypeReader(root)
        self.notes = Notes()
        self._given = dict(given or {})

    def number(self, key: str, text: str, dimension: Dimension, what: str) -> float:
        """Return a number of the file, or one that overrides it, in the units of this package."""
        found, own = quantity(text, what, self.types.units)
        if own != dimension and not (found == 0 and own == DIMENSIONS["none"]):
            raise NeuromlError(f"{what} must be a {dimension}, got {text[:40]!r}.")
        return self.override(key, found, dimension, text)

    def override(self, key: str, value: float, dimension: Dimension, text: str) -> float:
        """Return the number that overrides a given one, or else the given one."""
        self.notes.numbers.setdefault(key, " ".join(text.split()))
        return self.given(key, value, dimension)

    def given(self, key: str, value: float, dimension: Dimension) -> float:
        """Return the caller's value for a name, as a number in the units of this package."""
        if key not in self._given:
            return value
        new = self._given[key]
        plain = dimension == DIMENSIONS["temperature"]
        unit = u.UNITLESS if plain else host_unit(dimension)
        if u.get_unit(new).dim != unit.dim:
            must = "in degrees Celsius, a number" if plain else f"a {dimension}"
            raise NeuromlError(f"{key} must be {must}, got {describe(new)}.")
        scalar = np.asarray(u.Quantity(new).to_decimal(unit))
        if scalar.shape != () or not np.isfinite(scalar):
            raise NeuromlError(f"{key} must be one finite number, got {describe(new)}.")
        return float(scalar) + (ZERO_CELSIUS if plain else 0.0)

    def check_all_used(self) -> None:
        """Raise an error for a number that the caller gave and the file does not have."""
        for key in self._given:
            if key not in self.notes.numbers:
                near = difflib.get_close_matches(key, self.notes.numbers, n=1)
                hint = f" Did you mean {near[0]!r}?" if near else ""
                listed = ", ".join(self.notes.numbers) or "none"
                raise NeuromlError(f"{key} must be a number of the channel ({listed}).{hint}")

    def attribute(self, element: Element, name: str, what: str) -> str:
        """Return a required attribute."""
        text = element.get(name)
        if text is None:
            raise NeuromlError(f"{what} must have the attribute {name!r}.")
        return text

    def component(
        self,
        element: Element,
        key: str,
        exposure: str,
        dimension: Dimension,
        around: Mapping[str, Node],
    ) -> Node:
        """Return the expression of a rate, time course or variable.

        Parameters
        ----------
        element : Element
            Such as a ``forwardRate``.
        key : str
            The prefix of the names of its numbers.
        exposure : str
            Which variable of its type is asked for: ``r``, ``t`` or ``x``.
        dimension : Dimension
            The dimension that it must have.
        around : dict of str to Node
            Values of the gate that it may require: ``alpha``, ``beta``, ``rateScale``.
        """
        name = element.get("type") or ""
        kind = self.types.find(name, key)
        what = f"{key} ({name})"
        values: dict[str, Node] = {}
        for parameter, own in kind.parameters.items():
            text = self.attribute(element, parameter, what)
            label = f"{parameter} of {what}"
            number = self.number(f"{key}_{parameter}", text, own, label)
            values[parameter] = Number(number, own)
        for attribute in element.attrib:
            if attribute not in (*kind.parameters, "type", "id", "metaid", "neuroLexId"):
                raise NeuromlError(
                    f"{attribute} of {what} is not known: its type has no such parameter."
                )
        for constant, node in kind.constants.items():
            text = f"{node.value:g}"
            number = self.override(f"{key}_{constant}", node.value, node.dimension, text)
            values[constant] = Number(number, node.dimension)
        return self._exposed(
            kind,
            exposure,
            dimension,
            {**values, **self._around(kind, exposure, around, what)},
            what,
        )

    def _around(
        self, kind: ComponentType, exposure: str, around: Mapping[str, Node], what: str
    ) -> dict[str, Node]:
        # A type may require values that the wanted variable does not read.
        used = names_in(kind.values[exposure]) if exposure in kind.values else set()
        read = [key for key in kind.reads if key not in READ and key in used]
        for key in read:
            if key == "vShift" and key not in around:
                around = {**around, key: self._no_shift()}
            elif key not in around:
                raise NeuromlError(f"{what} requires {key}, which its gate does not have.")
        return {key: around[key] for key in read}

    def _no_shift(self) -> Node:
        """Return the shift of a channel without a density, whose attribute it would be."""
        voltage = DIMENSIONS["voltage"]
        text = "vShift: the file states none, so it is 0 mV unless you give vShift="
        if text not in self.notes.approximated:
            self.notes.approximated.append(text)
        return Number(self.override("vShift", 0.0, voltage, "not in the file"), voltage)

    def _exposed(
        self,
        kind: ComponentType,
        exposure: str,
        dimension: Dimension,
        values: dict[str, Node],
        what: str,
    ) -> Node:
        if exposure not in kind.values:
            raise NeuromlError(f"{what} must expose {exposure!r}, a {dimension}.")
        node = replace(kind.values[exposure], values)
        known = {key: DIMENSIONS[name] for key, name in READ.items()}
        found = dimension_of(node, known, what)
        if found != dimension:
            raise NeuromlError(f"{exposure} of {what} must be a {dimension}, and is a {found}.")
        return node
