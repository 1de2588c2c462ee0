"""The states of a channel as blocks: rates, equations, schemes, and where they start."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import saiunit as u

from gapjunction.ion_channels import Gate, IonChannel, Markov
from gapjunction.ion_channels._temperature import reference_of
from gapjunction.neuroml._nodes import Name, Node, Number, apply
from gapjunction.nmodl._errors import NmodlError
from gapjunction.nmodl._sections import UNITS, Sections
from gapjunction.nmodl._simpler import power, product, total
from gapjunction.nmodl._spell import Block
from gapjunction.nmodl._to_nodes import Input, expression

_NONE, _PER_MS = u.UNITLESS, UNITS["/ms"]
_ONE: Final = Number(1.0)
_TINY: Final = Number(1e-20)


class Kinetics:
    """Declares the gates and variables of a class in a file, and writes their blocks.

    Parameters
    ----------
    cls : type
        The channel.
    file : Sections
        The file to write to.
    V : Node
        The voltage at which they are evaluated.
    inputs : dict of str to Input
        What their functions can read; the states are added to it.
    """

    def __init__(
        self, cls: type[IonChannel], file: Sections, V: Node, inputs: dict[str, Input]
    ) -> None:
        self.cls, self.file, self.V, self.inputs = cls, file, V, inputs
        self.what = f"channel {cls.__name__}"
        self.names: dict[str, str] = {}
        self.shares: dict[str, Node] = {}  # the open fraction of each gate
        self.schemes: dict[str, list[str]] = {}  # the reactions of each
        self._scheme_states: dict[str, dict[str, str]] = {}
        self._scheme_rates: dict[str, dict[tuple[str, str], str]] = {}
        self._rates = Block()
        self._equations: list[tuple[str, Node]] = []
        self._phis: dict[float, str] = {}
        self._targets: dict[str, str] = {}
        self._declare_variables()
        for name, gate in cls.gates.items():
            self.names[name] = file.safe(name)
            if isinstance(gate, Markov):
                self.shares[name] = self._scheme(name, gate)
            elif isinstance(gate, Gate):
                self.shares[name] = self._gate(name, gate)
            else:
                raise NmodlError(f"{self._called(name)} must be a Gate or Markov to be written.")
            inputs[name] = Input(self.shares[name], _NONE)

    def write(self) -> None:
        """Add the blocks to the file."""
        self._initial()
        if self._equations or self.cls.variables:
            block = Block()
            self.call_rates(block)
            for name, variable in self.cls.variables.items():
                unit = self.inputs[name].unit
                slope = u.get_unit(u.Quantity(1.0, unit=unit) / u.ms)
                what = f"derivative of variable {name!r} of {self.what}"
                node = self._outside(variable.derivative, slope, what)
                self._equations.append((f"{self.names[name]}'", node))
            block.assign(self._equations)
            self.file.block("DERIVATIVE states", block)
        for name, reactions in self.schemes.items():
            block = Block()
            self.call_rates(block)
            block.add(*reactions)
            self.file.block(f"KINETIC {name}_scheme", block)
        if self._rates.lines:
            self.file.block("PROCEDURE rates(v (mV))", self._rates)

    def call_rates(self, block: Block) -> None:
        """Add a call of the procedure that computes the rates, if there are any."""
        if self._rates.lines:
            block.add("rates(v)" if isinstance(self.V, Name) else "rates(v - V_shift)")

    def solve(self, block: Block) -> None:
        """Add the statements that integrate the states."""
        if self._equations or self.cls.variables:
            # Equations of variables need not be linear.
            method = "derivimplicit" if self.cls.variables else "cnexp"
            block.add(f"SOLVE states METHOD {method}")
        for name in self.schemes:
            block.add(f"SOLVE {name}_scheme METHOD sparse")
        if any(gate.instantaneous for gate in self.cls.gates.values()):
            self.call_rates(block)

    def factor(self, q10: float) -> Node:
        """Return the factor of temperature."""
        reference = reference_of(self.cls)
        if q10 == 1 or reference is None:
            return _ONE
        warmer = apply("-", self.inputs["temperature"].node, Number(float(reference)))
        return apply("^", Number(float(q10)), apply("/", warmer, Number(10.0)))

    def share(self) -> Node:
        """Return the open share of the conductance."""
        cls = self.cls
        terms = ((1.0, tuple(cls.gates)),) if cls.terms is None else cls.terms
        products = []
        for weight, names in terms:
            factors = [power(self.shares[name], cls.gates[name].power) for name in names]
            products.append(product(*([Number(float(weight))] if weight != 1 else []), *factors))
        return product(self.factor(cls.q10_conductance), total(products))

    def _called(self, name: str) -> str:
        return f"gate {name!r} of {self.what}"

    def _outside(self, rate: Any, unit: u.Unit, what: str) -> Node:
        """Return a function as an expression outside of the procedure of the rates."""
        return expression(rate, Input(self.V, u.mV), self.inputs, unit, what)

    def _inside(self, rate: Any, unit: u.Unit, what: str) -> Node:
        """Return a function as an expression in the procedure of the rates."""
        return expression(rate, Input(Name("v"), u.mV), self.inputs, unit, what)

    def _declare_variables(self) -> None:
        known: dict[str, Any] = {"E": -50 * u.mV, "temperature": 20.0}
        known |= {name: item.default for name, item in self.cls.parameters.items()}
        for name, variable in self.cls.variables.items():
            what = f"variable {name!r} of {self.what}"
            text, unit = self.file.unit(variable.unit(what, known), what)
            self.names[name] = self.file.safe(name)
            self.file.states[self.names[name]] = text
            self.inputs[name] = Input(Name(self.names[name]), unit)
            known[name] = 0.5 if unit.is_unitless else u.Quantity(0.5, unit=unit)

    def _phi(self, q10: float) -> Node:
        """Return the name of a local variable with the temperature factor of rates."""
        if isinstance(self.factor(q10), Number):
            return _ONE
        if q10 not in self._phis:
            self._phis[q10] = self._rates.local(f"phi{len(self._phis) + 1}_")
            self._rates.assign([(self._phis[q10], self.factor(q10))])
        return Name(self._phis[q10])

    def _gate(self, name: str, gate: Gate) -> Node:
        own, what = self.names[name], self._called(name)
        if gate.instantaneous:
            node = self._inside(gate.steady_state, _NONE, f"steady_state of {what}")
            self._rates.assign([(self.file.variable(own), node)])
            return Name(own)
        self.file.states[own] = "1"
        target = self.file.variable(self.file.safe(f"{own}_inf"))
        self._targets[name] = target
        tau = self.file.variable(self.file.safe(f"{own}_tau"), "ms")
        phi = self._phi(gate.q10)
        if gate.alpha is not None:
            alpha, beta = Name(self._rates.local("alpha_")), Name(self._rates.local("beta_"))
            both = apply("+", alpha, beta)
            values: list[tuple[str, Node]] = [
                (alpha.name, self._inside(gate.alpha, _PER_MS, f"alpha of {what}")),
                (beta.name, self._inside(gate.beta, _PER_MS, f"beta of {what}")),
                (target, apply("/", alpha, both)),
                (tau, apply("/", _ONE, product(phi, both))),
            ]
        else:
            constant = self._inside(gate.time_constant, u.ms, f"time_constant of {what}")
            values = [
                (target, self._inside(gate.steady_state, _NONE, f"steady_state of {what}")),
                (tau, constant if phi is _ONE else apply("/", constant, phi)),
            ]
        self._rates.assign(values)
        slope = apply("/", apply("-", Name(target), Name(own)), Name(tau))
        self._equations.append((f"{own}'", slope))
        return Name(own)

    def _scheme(self, name: str, gate: Markov) -> Node:
        own, what = self.names[name], self._called(name)
        states = {state: self.file.safe(f"{own}_{state}") for state in gate.states}
        self.file.states |= dict.fromkeys(states.values(), "1")
        phi = self._phi(gate.q10)
        rates: dict[tuple[str, str], str] = {}
        for (a, b), rate in gate.rates.items():
            node = self._inside(rate, _PER_MS, f"rate {a}->{b} of {what}")
            called = self.file.variable(self.file.safe(f"{own}_{a}_{b}"), "/ms")
            self._rates.assign([(called, product(phi, node) if phi is not _ONE else node)])
            rates[a, b] = called
        self.schemes[own] = _reactions(states, rates)
        self._scheme_states[own], self._scheme_rates[own] = states, rates
        weighted = [
            product(*([Number(float(w))] if w != 1 else []), Name(states[key]))
            for key, w in gate.weights.items()
        ]
        return total(weighted)

    def _initial(self) -> None:
        """Add the block that sets the initial values of the states."""
        block = Block()
        for name, variable in self.cls.variables.items():
            what = f"start of variable {name!r} of {self.what}"
            node = self._outside(variable.start, self.inputs[name].unit, what)
            block.assign([(self.names[name], node)])
        self.call_rates(block)
        read = {key for gate in self.cls.gates.values() for key in gate.reads}
        for name, gate in self.cls.gates.items():
            own = self.names[name]
            if isinstance(gate, Markov):
                self._start_scheme(block, own, gate)
            elif not gate.instantaneous and isinstance(gate, Gate):
                first: Node = Name(self._targets[name])
                if gate.start is not None:
                    first = self._outside(gate.start, _NONE, f"start of {self._called(name)}")
                block.assign([(own, first)])
            if name in read and not gate.instantaneous:
                # The rates of later gates read this one, so they are computed again from its start.
                self.call_rates(block)
        self.file.block("INITIAL", block)

    def _start_scheme(self, block: Block, own: str, gate: Markov) -> None:
        shares: list[Node]
        if gate.start is None:
            shares = _settled(gate.states, self._scheme_rates[own])
        else:
            shares = [Number(float(gate.start.get(state, 0.0))) for state in gate.states]
        block.assign(zip(self._scheme_states[own].values(), shares, strict=True))


def _reactions(states: Mapping[str, str], rates: Mapping[tuple[str, str], str]) -> list[str]:
    """Return the lines of a scheme, one for each pair of states."""
    lines = []
    done: set[frozenset[str]] = set()
    for a, b in rates:
        if frozenset((a, b)) not in done:
            done.add(frozenset((a, b)))
            back = rates.get((b, a), "0")
            lines.append(f"~ {states[a]} <-> {states[b]} ({rates[a, b]}, {back})")
    return [*lines, f"CONSERVE {' + '.join(states.values())} = 1"]


def _settled(states: Sequence[str], named: Mapping[tuple[str, str], str]) -> list[Node]:
    """Return the steady state of a scheme, by the elimination that the library uses too.

    A simulator's own steady state of a scheme is a long implicit step, which loses digits where
    rates differ much.
    """
    rates: dict[tuple[str, str], Node] = {pair: Name(name) for pair, name in named.items()}
    shares: dict[str, dict[str, Node]] = {}
    for k in range(len(states) - 1, 0, -1):
        last, left = states[k], states[:k]
        leaving = [rates[last, b] for b in left if (last, b) in rates]
        # If no rate leads out of a state, all channels end in it: the divisor is tiny, and not 0.
        below = apply("+", total(leaving), _TINY) if leaving else _TINY
        shares[last] = {a: apply("/", rates[a, last], below) for a in left if (a, last) in rates}
        for a, share in shares[last].items():
            for b in left:
                if a != b and (last, b) in rates:
                    way = product(share, rates[last, b])
                    rates[a, b] = apply("+", rates[a, b], way) if (a, b) in rates else way
    weights: dict[str, Node] = {states[0]: _ONE}
    for state in states[1:]:
        weights[state] = total([product(weights[a], x) for a, x in shares[state].items()])
    every = total([weights[state] for state in states])
    return [apply("/", weights[state], every) for state in states]
