"""States of a file as gates, schemes and variables."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Sequence
from typing import Any

import jax
import numpy as np
import saiunit as u

from gapjunction._typing import QuantityLike
from gapjunction.ion_channels import Gate, Markov, Variable
from gapjunction.nmodl._calculus import derivative, substitute
from gapjunction.nmodl._errors import NmodlError
from gapjunction.nmodl._functions import Function, Names
from gapjunction.nmodl._graph import START, Node
from gapjunction.nmodl._model import Model
from gapjunction.nmodl._probe import VOLTAGES, probe, same, surroundings
from gapjunction.nmodl._trace import Flux

PER_MS = u.get_unit(1 / u.ms)


@dataclasses.dataclass(frozen=True)
class TwoState:
    """The formulas of a state whose equation is linear: its steady state and time constant."""

    steady: Node
    tau: Node
    start: Node | None

    def gate(self, power: int, names: Names) -> Gate:
        """Return it as a gate."""
        return Gate(
            power,
            steady_state=Function(self.steady, names),
            time_constant=Function(self.tau, names, u.ms),
            start=None if self.start is None else Function(self.start, names),
        )


@dataclasses.dataclass(frozen=True)
class Scheme:
    """A kinetic scheme: states, and the formula of each rate."""

    states: tuple[str, ...]
    rates: dict[tuple[str, str], Node]
    start: dict[str, float] | None

    def gate(self, power: int, weights: dict[str, float], names: Names) -> Markov:
        """Return it as a gate with these conducting states."""
        whole = all(x == 1.0 for x in weights.values())
        rates = {key: Function(node, names, PER_MS) for key, node in self.rates.items()}
        opened = tuple(weights) if whole else weights
        return Markov(self.states, rates, opened, power, start=self.start)


def two_states(made: Model) -> dict[str, TwoState]:
    """Return the states that are gates: linear, and independent of other states."""
    found = {}
    kinetic = {name for fluxes in made.fluxes.values() for name in _members(fluxes)}
    for name in made.used_states:
        rate = made.derivatives[name]
        others = rate.inputs & set(made.program.states) - {name}
        if name in kinetic or others:
            continue
        gate = _two_state(made, name, rate)
        if gate is not None:
            found[name] = gate
    return found


def _two_state(made: Model, name: str, rate: Node) -> TwoState | None:
    g = made.graph
    slope = derivative(g, rate, name)
    if slope is None or name in slope.inputs or slope.is_constant(0.0):
        return None
    fixed = substitute(g, rate, {name: g.constant(0.0)})
    tau = g.make("div", g.constant(-1.0), slope)
    steady = g.make("div", g.neg(fixed), slope)
    values = surroundings(made)
    target, constant = probe(steady, values), probe(tau, values)
    finite = np.isfinite(target)
    # A state that leaves the range from 0 to 1 is not an open fraction.
    if not finite.any() or (target[finite] < -1e-9).any() or (target[finite] > 1 + 1e-9).any():
        return None
    if not (constant[np.isfinite(constant)] > 0).all():
        return None
    start = made.starts[name]
    if name in made.settled or start is _at_start(made, steady):
        return TwoState(steady, tau, None)
    if start.inputs & set(made.program.states):
        raise NmodlError(f"{name} must start from a value of INITIAL.", file=made.program.file)
    settled = same(probe(start, values), target, 1e-9)
    return TwoState(steady, tau, None if settled else start)


def _at_start(made: Model, node: Node) -> Node:
    return substitute(made.graph, node, {"v": made.graph.input(START)})


def _members(fluxes: list[Flux]) -> list[str]:
    names = [name for flux in fluxes for _, name in (*flux.left, *flux.right)]
    return list(dict.fromkeys(names))


def schemes(made: Model) -> list[Scheme]:
    """Return the KINETIC blocks that are schemes of one channel: states of sum 1."""
    found = []
    parts = [part for whole in made.fluxes.values() for part in _parts(whole)]
    for fluxes in parts:
        scheme = _scheme(made, fluxes)
        if scheme is None:
            continue
        settled = made.settled >= set(scheme.states)
        given = scheme.start is not None or settled
        # Without one of these, only the start shows that the states have the sum 1.
        if given or _sums_to_one(made, scheme.states):
            found.append(scheme)
    members = [frozenset(_members(part)) for part in parts]
    for names in made.conserved:
        # A simulator puts a CONSERVE in the place of an equation. This changes nothing where the
        # reactions keep the sum and INITIAL sets it to 1.
        kept = names in members and (
            made.settled >= names or _sums_to_one(made, tuple(sorted(names)))
        )
        if not kept:
            raise NmodlError(
                f"CONSERVE of {', '.join(sorted(names))} must be of all states that reactions "
                "join, and INITIAL must set them to the sum 1.",
                file=made.program.file,
            )
    return found


def solves_steady_state(made: Model, gates: dict[str, TwoState], known: Sequence[Scheme]) -> bool:
    """Whether the LINEAR blocks have the steady state, at which the class starts, as solution."""
    named = set[str]().union(*(equation.inputs for equation in made.equations))
    states = [name for name in made.program.states if name in named]
    values = surroundings(made)
    shares = {name: probe(gate.steady, values) for name, gate in gates.items()}
    for scheme in known:
        shares |= _settled_shares(scheme, values)
    if not shares.keys() >= set(states):
        return True  # Such a state is refused as a variable, or no current depends on it.
    zeros = values | {name: np.zeros_like(VOLTAGES) for name in states}
    for equation in made.equations:
        # The equations are linear: their values for a single 1 among zeros give the coefficients.
        constant = probe(equation, zeros)
        terms = [constant]
        for name in states:
            one = probe(equation, zeros | {name: np.ones_like(VOLTAGES)})
            terms.append((one - constant) * shares[name])
        if not (np.abs(sum(terms)) <= 1e-6 * sum(np.abs(term) for term in terms)).all():
            return False
    return True


def _settled_shares(scheme: Scheme, values: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return the share of each state of a scheme in its steady state, for each voltage.

    States are eliminated one by one. Nothing is subtracted, so that small shares are precise, too.
    """
    number = len(scheme.states)
    rates = np.zeros((number, number, VOLTAGES.size))
    for (a, b), rate in scheme.rates.items():
        rates[scheme.states.index(a), scheme.states.index(b)] = probe(rate, values)
    with np.errstate(all="ignore"):
        for k in range(number - 1, 0, -1):
            rates[:k, k] /= rates[k, :k].sum(0)
            rates[:k, :k] += rates[:k, None, k] * rates[None, k, :k]
        shares = np.ones((number, VOLTAGES.size))
        for k in range(1, number):
            shares[k] = (shares[:k] * rates[:k, k]).sum(0)
        return dict(zip(scheme.states, shares / shares.sum(0), strict=True))


def _parts(fluxes: list[Flux]) -> list[list[Flux]]:
    """Return the reactions in groups, one for each set of connected states."""
    parts: list[list[Flux]] = []
    for flux in fluxes:
        names = set(_members([flux]))
        joined = [part for part in parts if names & set(_members(part))]
        parts = [part for part in parts if part not in joined]
        parts.append([*(item for part in joined for item in part), flux])
    return parts


def _sums_to_one(made: Model, names: tuple[str, ...]) -> bool:
    values = surroundings(made)
    shares = np.array([probe(made.starts[name], values) for name in names])
    return same(shares.sum(0), np.ones_like(VOLTAGES))


def _scheme(made: Model, fluxes: list[Flux]) -> Scheme | None:
    names = _members(fluxes)
    states = set(made.program.states)
    rates: dict[tuple[str, str], Node] = {}
    for flux in fluxes:
        sides = (*flux.left, *flux.right)
        if len(flux.left) != 1 or len(flux.right) != 1 or any(count != 1 for count, _ in sides):
            return None
        a, b = flux.left[0][1], flux.right[0][1]
        for key, rate in (((a, b), flux.forward), ((b, a), flux.backward)):
            if rate.inputs & states or a == b:
                return None
            if not rate.is_constant(0.0):
                rates[key] = made.graph.add(rates.get(key, made.graph.constant(0.0)), rate)
    start = None
    if not made.settled >= set(names):
        given = {name: made.starts[name] for name in names}
        if all(node.op == "constant" for node in given.values()):
            numbers = {name: node.value for name, node in given.items()}
            if abs(sum(numbers.values()) - 1) > 1e-9 or min(numbers.values()) < 0:
                return None
            start = numbers
        elif not _is_settled(made, names, rates):
            return None
    return Scheme(tuple(names), rates, start)


def _is_settled(made: Model, names: list[str], rates: dict[tuple[str, str], Node]) -> bool:
    """Whether INITIAL puts a scheme into its steady state."""
    values = surroundings(made)
    found = {name: probe(made.starts[name], values) for name in names}
    change = {name: np.zeros_like(VOLTAGES) for name in names}
    size = np.zeros_like(VOLTAGES)
    for (a, b), rate in rates.items():
        flow = probe(rate, values) * found[a]
        change[a] -= flow
        change[b] += flow
        size = np.maximum(size, np.abs(flow))
    still = all((np.abs(x) <= 1e-9 * size).all() for x in change.values())
    return still and same(np.array([*found.values()]).sum(0), np.ones_like(VOLTAGES))


class Share:
    """The share of one state of a scheme in its steady state, as a function."""

    def __init__(self, scheme: Scheme, state: str, names: Names) -> None:
        self.markov = scheme.gate(1, {state: 1.0}, names)
        self.place = scheme.states.index(state)
        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
        every = ("V", *self.markov.reads)
        self.__signature__ = inspect.Signature([inspect.Parameter(x, kind) for x in every])

    def __call__(self, V: QuantityLike, **readings: Any) -> jax.Array:
        """Return the share at a voltage."""
        return self.markov.steady_state_at(V, readings)[..., self.place]


def variable(
    made: Model, name: str, names: Names, unit: u.Unit, known: Sequence[Scheme]
) -> Variable:
    """Return a state as a variable, with its equation unchanged."""
    start = made.starts[name]
    slope = PER_MS if unit.is_unitless else u.get_unit(unit / u.ms)
    rate = Function(made.derivatives[name], names, slope)
    whole = [scheme for scheme in known if name in scheme.states]
    if name in made.settled and whole:
        return Variable(rate, Share(whole[0], name, names))
    if name in made.settled:
        raise NmodlError(
            f"{name} is refused: it starts at the steady state of equations that are not those of "
            "a scheme.",
            file=made.program.file,
        )
    if start.inputs & set(made.program.states):
        raise NmodlError(f"{name} must start from a value of INITIAL.", file=made.program.file)
    return Variable(rate, Function(start, names, unit))
