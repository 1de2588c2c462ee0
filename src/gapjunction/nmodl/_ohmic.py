"""Recognises a current that is conductance times driving force."""

from __future__ import annotations

import dataclasses
import math
from typing import Final

import numpy as np
import saiunit as u

from gapjunction.nmodl._calculus import derivative, factors, linear, substitute
from gapjunction.nmodl._graph import Node
from gapjunction.nmodl._model import Model
from gapjunction.nmodl._probe import probe, surroundings
from gapjunction.nmodl._states import Scheme, TwoState
from gapjunction.nmodl._units import amount

# The units of conductances and of permeabilities.
_CONDUCTANCES: Final = ((u.siemens / u.cm**2).dim, (u.cm / u.second).dim)


@dataclasses.dataclass(frozen=True)
class Product:
    """A current as a product of a number, a parameter, gates with powers, and a driving force.

    ``conductance`` names the parameter, or is empty; ``schemes`` have the power and the weights of
    open states; ``rest`` holds the other factors, each with a power; ``warmth`` is a Q10 and its
    reference temperature; ``drive`` is the formula of the reversal potential, or of a factor that
    may be a constant-field current.
    """

    number: float
    conductance: str
    gates: dict[str, int]
    schemes: dict[int, tuple[int, dict[str, float]]]
    rest: tuple[Node, int] | None
    warmth: tuple[float, float] | None
    drive: Node


def product(
    made: Model,
    current: Node,
    gates: dict[str, TwoState],
    schemes: list[Scheme],
    *,
    driven: bool = True,
) -> Product | None:
    """Return a current as a product, with ``driven`` as g (V - E); None if it is not one."""
    number, above, below = factors(current)
    drive = _take_drive(made, above) if driven else (1.0, current)
    if drive is None:
        return None
    number *= drive[0]
    powers: dict[str, int] = {}
    opened: dict[int, tuple[int, dict[str, float]]] = {}
    rest: list[Node] = []
    candidates = []
    for factor in above:
        if factor.op == "input" and factor.key in gates:
            powers[factor.key] = powers.get(factor.key, 0) + 1
        elif (found := _open(factor, schemes)) is not None:
            place, weights = found
            power, before = opened.get(place, (0, weights))
            if before != weights:
                return None
            opened[place] = (power + 1, weights)
        elif factor.op == "input" and factor.key in made.parameters:
            candidates.append(factor)
        else:
            rest.append(factor)
    chosen = _conductance(made, candidates)
    rest += [x for x in candidates if x is not chosen]
    if chosen is not None and _read_elsewhere(made, chosen.key, current):
        return None
    if any(x.inputs & set(made.program.states) for x in (*rest, *below)):
        return None
    field = None
    if not driven:
        fields = [x for x in rest if "v" in x.inputs and x.inputs & set(made.concentrations)]
        if len(fields) != 1 or "v" in set[str]().union(*(x.inputs for x in below)):
            return None
        field = fields[0]
        rest.remove(field)
    whole, power = _combined(made, rest, below)
    warmth = None
    if whole is not None and whole.inputs == {"celsius"} and power == 1:
        warmth = _q10(made, whole)
        whole = None if warmth else whole
    key = "" if chosen is None else chosen.key
    kept = None if whole is None else (whole, power)
    powers = {name: powers[name] for name in gates if name in powers}
    return Product(
        number, key, powers, dict(sorted(opened.items())), kept, warmth, field or drive[1]
    )


def _take_drive(made: Model, above: list[Node]) -> tuple[float, Node] | None:
    """Take the factor V - E out of a product; return the number before it, and E."""
    g = made.graph
    for place, factor in enumerate(above):
        slope = derivative(g, factor, "v") if "v" in factor.inputs else None
        if slope is not None and slope.op == "constant" and slope.value:
            at_zero = substitute(g, factor, {"v": g.constant(0.0)})
            reversal = g.div(g.neg(at_zero), slope)
            if not reversal.inputs & {"v", "celsius", *made.program.states}:
                del above[place]
                return slope.value, reversal
    return None


def _open(factor: Node, schemes: list[Scheme]) -> tuple[int, dict[str, float]] | None:
    """Return the scheme whose states a factor sums, with their weights."""
    for place, scheme in enumerate(schemes):
        if not factor.inputs & set(scheme.states):
            continue
        sums, nodes, constant = linear(factor)
        inner = list(nodes.values())
        if constant or any(x.op != "input" or x.key not in scheme.states for x in inner):
            return None
        return place, {nodes[key].key: scale for key, scale in sums.items()}
    return None


def _conductance(made: Model, candidates: list[Node]) -> Node | None:
    for node in candidates:
        declared = made.program.parameters.get(node.key)
        unit = amount(declared.unit, made.program.unit_names) if declared is not None else None
        if unit is not None and u.get_unit(unit).dim in _CONDUCTANCES:
            return node
    return candidates[0] if len(candidates) == 1 else None


def _read_elsewhere(made: Model, key: str, current: Node) -> bool:
    nodes = [made.derivatives[name] for name in made.used_states]
    nodes += [made.starts[name] for name in made.used_states if name not in made.settled]
    return any(key in node.inputs for node in nodes)


def _combined(made: Model, rest: list[Node], below: list[Node]) -> tuple[Node | None, int]:
    """Return the product of factors, as a node and its power."""
    if rest and not below and all(x is rest[0] for x in rest):
        return rest[0], len(rest)
    g = made.graph
    if below and not rest and all(x is below[0] for x in below):
        # Sigmoids are 1 / (1 + e^x), to a power.
        return g.div(g.constant(1.0), below[0]), len(below)
    whole = g.constant(1.0)
    for factor in rest:
        whole = g.mul(whole, factor)
    for factor in below:
        whole = g.div(whole, factor)
    return (None if whole.is_constant(1.0) else whole), 1


def _q10(made: Model, node: Node) -> tuple[float, float] | None:
    """Return the Q10 and the reference temperature of a factor of temperature, if it has one."""
    t = (3.0, 13.0, 23.0, 33.0)
    y = [float(probe(node, surroundings(made, celsius=x))[0]) for x in t]
    if not all(math.isfinite(x) and x > 0 for x in y):
        return None
    steps = np.diff(np.log(y))
    if not np.allclose(steps, steps[0], rtol=1e-9, atol=1e-12) or abs(steps[0]) < 1e-9:
        return None
    return math.exp(steps[0]), t[0] - 10 * math.log(y[0]) / steps[0]
