"""Derivatives, substitution, and the removable singularities of formulas."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from gapjunction.nmodl._graph import Graph, Node


def order(outputs: Iterable[Node]) -> list[Node]:
    """Return all nodes that some depend on, each after those that it depends on."""
    seen: set[int] = set()
    stack = list(outputs)
    found = []
    while stack:
        node = stack.pop()
        if node.number not in seen:
            seen.add(node.number)
            found.append(node)
            stack += node.args
    # A node is created after its arguments, so that numbers rise from arguments to results.
    return sorted(found, key=lambda node: node.number)


def substitute(graph: Graph, node: Node, values: Mapping[str, Node]) -> Node:
    """Return a formula with inputs replaced by others."""
    if not node.inputs & set(values):
        return node
    new: dict[int, Node] = {}
    for item in order([node]):
        if item.op == "input":
            new[item.number] = values.get(item.key, item)
        elif not item.inputs & set(values):
            new[item.number] = item
        else:
            args = [new[x.number] for x in item.args]
            new[item.number] = (
                graph.where(*args) if item.op == "where" else graph.make(item.op, *args)
            )
    return new[node.number]


def derivative(graph: Graph, node: Node, key: str) -> Node | None:
    """Return the derivative by an input; None if that of a function is not known."""
    zero, one = graph.constant(0.0), graph.constant(1.0)
    new: dict[int, Node] = {}
    for item in order([node]):
        if key not in item.inputs:
            new[item.number] = zero
        elif item.op == "input":
            new[item.number] = one
        else:
            slope = _slope(graph, item, [new[x.number] for x in item.args], key)
            if slope is None:
                return None
            new[item.number] = slope
    return new[node.number]


# Operations whose values change in jumps, and are constant between them.
_FLAT: Final = ("less", "less_equal", "equal", "and", "or", "not", "floor", "ceil")


def _slope(graph: Graph, node: Node, d: list[Node], key: str) -> Node | None:
    g, args = graph, node.args
    if node.op in _FLAT:
        return g.constant(0.0)
    if node.op == "add":
        return g.add(*d)
    if node.op == "mul":
        return g.add(g.mul(d[0], args[1]), g.mul(args[0], d[1]))
    if node.op in ("div", "guarded"):
        first = g.make(node.op, d[0], args[1])
        if d[1].is_constant(0.0):
            return first
        second = g.make(node.op, g.mul(node, d[1]), args[1])
        return g.add(first, g.neg(second))
    if node.op == "where":
        return g.where(args[0], d[1], d[2])
    if node.op == "exp":
        return g.mul(node, d[0])
    if node.op == "expm1":
        return g.mul(g.make("exp", args[0]), d[0])
    if node.op == "log":
        return g.make("div", d[0], args[0])
    if node.op == "pow" and key not in args[1].inputs:
        lower = g.make("pow", args[0], g.add(args[1], g.constant(-1.0)))
        return g.mul(g.mul(args[1], lower), d[0])
    if node.op == "pow" and key not in args[0].inputs:
        return g.mul(g.mul(node, g.make("log", args[0])), d[1])
    return None


def factors(node: Node) -> tuple[float, list[Node], list[Node]]:
    """Return a product as a number, the factors of its numerator and those of its denominator."""
    number, above, below = 1.0, list[Node](), list[Node]()
    stack = [(node, True)]
    while stack:
        item, up = stack.pop()
        if item.op == "mul":
            stack += [(x, up) for x in item.args]
        elif item.op in ("div", "guarded"):
            stack += [(item.args[0], up), (item.args[1], not up)]
        elif item.op == "constant" and item.value != 0:
            number = number * item.value if up else number / item.value
        elif (
            item.op == "pow"
            and item.args[1].op == "constant"
            and item.args[1].value in (2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0)
        ):
            stack += [(item.args[0], up)] * int(item.args[1].value)
        else:
            (above if up else below).append(item)
    return number, above, below


def linear(node: Node) -> tuple[dict[int, float], dict[int, Node], float]:
    """Return a sum as numbers times nodes, by the nodes' numbers, and a constant."""
    sums: dict[int, float] = {}
    nodes: dict[int, Node] = {}
    constant = 0.0
    stack = [(node, 1.0)]
    while stack:
        item, scale = stack.pop()
        if item.op == "constant":
            constant += scale * item.value
        elif item.op == "add":
            stack += [(x, scale) for x in item.args]
        elif item.op == "mul" and item.args[0].op == "constant":
            stack.append((item.args[1], scale * item.args[0].value))
        elif item.op in ("div", "guarded") and item.args[1].op == "constant":
            if item.args[1].value == 0:
                return {node.number: 1.0}, {node.number: node}, 0.0
            stack.append((item.args[0], scale / item.args[1].value))
        else:
            sums[item.number] = sums.get(item.number, 0.0) + scale
            nodes[item.number] = item
    return sums, nodes, constant


def summed_to_one(difference: Node) -> frozenset[str] | None:
    """Return the inputs whose sum is 1 where a formula is 0; None if it says something else."""
    sums, nodes, constant = linear(difference)
    if not sums or any(node.op != "input" for node in nodes.values()):
        return None
    # The formula is c (a + b + ...) - c.
    return frozenset(x.key for x in nodes.values()) if set(sums.values()) == {-constant} else None


def proportion(a: Node, b: Node) -> float | None:
    """Return the number c for which a is c times b, or None."""
    if a is b:
        return 1.0
    (p, _, x), (q, _, y) = linear(a), linear(b)
    if set(p) != set(q) or not p:
        return None
    first = next(iter(p))
    if not q[first]:
        return None
    c = p[first] / q[first]
    near = [abs(p[key] - c * q[key]) <= 1e-12 * abs(p[key]) for key in p]
    near.append(abs(x - c * y) <= 1e-12 * max(abs(x), 1e-12))
    return c if all(near) and c else None


def ratio(graph: Graph, a: Node, b: Node) -> Node:
    r"""Return a / b, without the singularity of :math:`x / (e^{x/k} - 1)` where x is 0.

    Published rates have this form. It is 0 / 0 at x = 0, loses digits near it, and its gradient
    there is NaN. Files guard against the first by a condition, but not against the others. Here it
    becomes ``k`` times a function that is precise everywhere.
    """
    number, above, below = factors(graph.div(graph.constant(1.0), b))
    for place, bottom in enumerate(below):
        exponent, sign = _exponent(graph, bottom)
        if exponent is None:
            continue
        scale, tops, under = factors(exponent)
        c, numerators, denominators = factors(a)
        for k, x in enumerate(tops):
            for j, top in enumerate(numerators):
                share = proportion(top, x)
                if share is None:
                    continue
                # top / (e^E - 1) is (top / E) E / (e^E - 1), and top / E has no x in it.
                rest = [*numerators[:j], *numerators[j + 1 :], *above, *under]
                parts = [*denominators, *below[:place], *below[place + 1 :]]
                parts += [*tops[:k], *tops[k + 1 :]]
                smooth = graph.make("linoid", graph.neg(exponent))
                found = graph.mul(graph.constant(c * number * sign * share / scale), smooth)
                for factor in rest:
                    found = graph.mul(found, factor)
                for factor in parts:
                    found = graph.div(found, factor)
                return found
    return graph.div(a, b)


def _exponent(graph: Graph, node: Node) -> tuple[Node | None, float]:
    """Return E and s of s (e^E - 1)."""
    sums, nodes, constant = linear(node)
    if len(sums) != 1 or constant == 0:
        return None, 1.0
    (key, scale), (inner,) = next(iter(sums.items())), nodes.values()
    if key != inner.number or abs(scale + constant) > 1e-12 * abs(constant):
        return None, 1.0
    if inner.op == "exp":
        return inner.args[0], scale
    if inner.op in ("div", "guarded") and inner.args[1].op == "exp":
        numerator = inner.args[0]
        if numerator.is_constant(1.0):
            return graph.neg(inner.args[1].args[0]), scale
    return None, 1.0
