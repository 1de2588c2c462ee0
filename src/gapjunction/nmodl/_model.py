"""What a file computes: the equation of each state, where it starts, and the currents."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Final

from gapjunction.ion_channels._ion import VALENCE
from gapjunction.nmodl._calculus import substitute
from gapjunction.nmodl._errors import NmodlError
from gapjunction.nmodl._graph import START, Graph, Node
from gapjunction.nmodl._syntax import Assign, If, Loop, Program, Solve, Statement, Table
from gapjunction.nmodl._trace import Flux, Run, rate_of_step

# The values that a simulator sets before a run, unless the user changes them.
_REVERSALS: Final = {"ena": 50.0, "ek": -77.0, "eca": 132.4579341637009}
_REFUSED: Final = {
    START: "it depends on the voltage at which INITIAL was run",
    "t": "it depends on the time",
    "dt": "it depends on the time step",
    "diam": "it depends on the diameter of a section",
    "area": "it depends on the area of a segment",
    "L": "it depends on the length of a section",
}
_SURROUNDINGS: Final = ("v", "celsius", "t", "dt", "diam", "area")


@dataclasses.dataclass
class Model:
    """The formulas of a file, in its units, and what their inputs are.

    ``parameters`` have a default value, and ``reversals`` one in mV; ``concentrations`` are those
    of pools, by the name in the file: ``{"cai": "Ca", "cao": "Ca_out"}``.
    """

    program: Program
    graph: Graph
    parameters: dict[str, float]
    reversals: dict[str, float]
    concentrations: dict[str, str]
    valences: dict[str, int]
    currents: dict[str, tuple[str, Node]]
    derivatives: dict[str, Node]
    starts: dict[str, Node]
    settled: set[str]
    fluxes: dict[str, list[Flux]]
    conserved: list[frozenset[str]]
    equations: list[Node]
    named: dict[str, Node]
    celsius: float | None
    approximated: list[str]
    left_out: list[str]
    overridden: dict[str, float]

    @property
    def included(self) -> list[str]:
        """The files that it includes."""
        return self.program.included

    @property
    def used_states(self) -> list[str]:
        """The states that a current depends on, directly or through others."""
        used: set[str] = set()
        new = {key for _, node in self.currents.values() for key in node.inputs}
        while new := (new & set(self.program.states)) - used:
            used |= new
            new = {key for name in new for key in self.derivatives[name].inputs}
        return [name for name in self.program.states if name in used]


def model(program: Program, overrides: Mapping[str, float]) -> Model:
    """Run the blocks of a file once, and return its formulas."""
    return _Assembly(program, dict(overrides)).model()


def statements(body: tuple[Statement, ...]) -> Iterator[Statement]:
    """Yield all statements, those within others too."""
    stack = list(body)
    while stack:
        item = stack.pop()
        yield item
        if isinstance(item, If):
            stack += [*item.then, *item.otherwise]
        elif isinstance(item, Loop):
            stack += item.body


class _Assembly:
    def __init__(self, program: Program, overrides: dict[str, float]) -> None:
        self.program, self.graph = program, Graph(program.file)
        self.approximated: list[str] = []
        self.left_out: list[str] = list(program.notes)
        self.reversals: dict[str, float] = {}
        self.concentrations: dict[str, str] = {}
        self.valences: dict[str, int] = {}
        self.writes: dict[str, str] = {}  # currents, and the ion of each
        self.celsius: float | None = None
        self.overrides, self.overridden = overrides, dict(overrides)
        self._ions()
        for name in program.nonspecific:
            self.writes[name] = "nonspecific"
        if not self.writes:
            raise self._error("it writes no current, so it is not a channel.")
        self.parameters: dict[str, float] = {}
        self.values = self._values()

    def _error(self, message: str, line: int | None = None) -> NmodlError:
        return NmodlError(message, line, self.program.file)

    def _ions(self) -> None:
        for use in self.program.ions:
            name, charge = use.ion, use.valence
            ion = {"ca": "Ca", "na": "Na", "k": "K", "cl": "Cl", "mg": "Mg", "h": "H"}.get(name)
            if ion is None:
                ion = name[:1].upper() + name[1:]
                self.valences[ion] = 0 if charge is None else charge
            elif charge not in (None, VALENCE[ion]):
                raise self._error(
                    f"VALENCE of {name} must be {VALENCE[ion]}, got {charge}.", use.line
                )
            for what in use.read:
                if what == f"e{name}":
                    value = self._declared(what)
                    known = _REVERSALS.get(what, 0.0)
                    self.reversals[what] = known if value is None else value
                elif what in (f"{name}i", f"{name}o"):
                    self.concentrations[what] = ion if what.endswith("i") else f"{ion}_out"
                elif what == f"i{name}":
                    # A variable that the mechanism writes itself may be listed as read, too.
                    if what not in use.write:
                        raise self._error(
                            f"READ {what} is refused: it takes up a current, as a pool does.",
                            use.line,
                        )
                else:
                    raise self._error(f"READ {what} is not a variable of the ion {name}.", use.line)
            for what in use.write:
                if what != f"i{name}":
                    raise self._error(
                        f"WRITE {what} is refused: concentrations are those of a Pool.", use.line
                    )
                self.writes[what] = ion

    def _declared(self, name: str) -> float | None:
        """Return the value that the user gave, or else that of the file."""
        if name in self.overrides:
            return self.overrides.pop(name)
        found = self.program.parameters.get(name)
        return None if found is None else found.value

    def _values(self) -> dict[str, Node]:
        g, program = self.graph, self.program
        found = {name: g.constant(value) for name, value in program.constants.items()}
        assigned = {
            item.name
            for block in program.blocks.values()
            for item in statements(block.body)
            if isinstance(item, (Assign, Loop))
        }
        for name, item in program.parameters.items():
            if name in self.reversals or name in self.concentrations or name in _SURROUNDINGS:
                continue
            value = self._declared(name)
            if name in program.ranges and name not in assigned:
                self.parameters[name] = 0.0 if value is None else value
                found[name] = g.input(name)
            else:
                found[name] = g.constant(0.0 if value is None else value)
            if value is None:
                self.left_out.append(f"a value of {name}, which line {item.line} does not give: 0")
        self.celsius = self._declared("celsius")
        free = program.ranges & program.assigned.keys() - assigned - set(self.writes)
        for name in free - program.arrays.keys():
            if name not in (*self.reversals, *self.concentrations, *_SURROUNDINGS):
                # The user of a simulator sets this value; it is 0 otherwise.
                self.parameters[name] = self.overrides.pop(name, 0.0)
                found[name] = g.input(name)
        for name in (*self.reversals, *self.concentrations, *_SURROUNDINGS):
            found[name] = g.input(name)
        if self.overrides:
            name = next(iter(self.overrides))
            if name in self.concentrations:
                raise self._error(f"{name} cannot be given: it is the concentration of a pool.")
            known = {*self.parameters, *program.parameters, *self.reversals, "celsius"}
            known -= {*self.concentrations, *_SURROUNDINGS} - {"celsius"}
            raise self._error(f"{name} must be one of its parameters: {', '.join(sorted(known))}.")
        return found

    def model(self) -> Model:
        g, program = self.graph, self.program
        run = Run(program, g, {**self.values, "v": g.input(START)})
        for name, state in program.states.items():
            # A state starts from the parameter that has its name and a 0 behind it.
            first = g.constant(0.0 if state.value is None else state.value)
            run.globals[name] = run.globals.setdefault(f"{name}0", first)
        run.block("INITIAL")
        starts = {name: self._without_step(name, run.globals[name]) for name in program.states}
        settled, equations = run.settled, run.equations
        if run.unset:
            names = ", ".join(dict.fromkeys(run.unset))
            self.approximated.append(f"INITIAL reads {names} before they are set, as 0")
        self.approximated += [
            f"LINEAR {name}: its states start at the steady state of their equations"
            for name in run.linear
        ]
        for passed in range(3):
            run = self._again(run)
            found = self._outputs(run)
            if passed == 1:
                second = found
        if any(found[key] is not second[key] for key in found):
            raise self._error("a variable that is not a STATE keeps its value from step to step.")
        currents = {
            name: (ion, run.globals.get(name, g.constant(0.0))) for name, ion in self.writes.items()
        }
        derivatives, currents = self._states(run, currents)
        made = Model(
            program,
            g,
            self.parameters,
            self.reversals,
            self.concentrations,
            self.valences,
            currents,
            derivatives,
            starts,
            settled,
            run.fluxes,
            run.conserved,
            equations,
            run.globals,
            self.celsius,
            self.approximated,
            self.left_out,
            self.overridden,
        )
        self._check(made)
        self._notes(made)
        return made

    def _without_step(self, name: str, start: Node) -> Node:
        """Return where a state starts; some INITIAL blocks take a hand-written step, too."""
        if "dt" not in start.inputs:
            return start
        self.approximated.append(f"the hand-written step of {name} in INITIAL: none, as for dt = 0")
        return substitute(self.graph, start, {"dt": self.graph.constant(0.0)})

    def _again(self, before: Run) -> Run:
        """Run BREAKPOINT at the present voltage and states, after what ran before."""
        g = self.graph
        run = Run(self.program, g, before.globals)
        run.started = True
        run.globals["v"] = g.input("v")
        run.globals.update({name: g.input(name) for name in self.program.states})
        run.block("BREAKPOINT")
        return run

    def _outputs(self, run: Run) -> dict[str, Node]:
        found = {name: run.globals[name] for name in self.writes if name in run.globals}
        found |= {f"{name}'": node for name, node in run.derivatives.items()}
        return found | {f"{name} later": node for name, node in run.steps.items()}

    def _states(
        self, run: Run, currents: dict[str, tuple[str, Node]]
    ) -> tuple[dict[str, Node], dict[str, tuple[str, Node]]]:
        """Return the derivative of each state, and currents without states that have none."""
        found = dict(run.derivatives)
        for name, new in run.steps.items():
            if new.inputs.isdisjoint({name, "dt"}):
                # This state follows the voltage without delay.
                known = {name: new}
                currents = {
                    key: (ion, substitute(self.graph, node, known))
                    for key, (ion, node) in currents.items()
                }
                continue
            rate = rate_of_step(self.graph, new)
            still = substitute(self.graph, new, {"dt": self.graph.constant(0.0)})
            if rate is None or still is not self.graph.input(name):
                raise self._error(f"the step of {name} is not one of a differential equation.")
            found[name] = rate
            self.approximated.append(
                f"the hand-written step of {name}: the equation that it solves for small dt"
            )
        for fluxes in run.fluxes.values():
            found |= self._kinetic(fluxes)
        return found, currents

    def _kinetic(self, fluxes: list[Flux]) -> dict[str, Node]:
        g = self.graph
        found: dict[str, Node] = {}
        for flux in fluxes:
            net = g.constant(0.0)
            for sign, side, rate in (
                (1.0, flux.left, flux.forward),
                (-1.0, flux.right, flux.backward),
            ):
                value = g.mul(g.constant(sign), rate)
                for count, state in side if flux.left else ():
                    for _ in range(count):
                        value = g.mul(value, g.input(state))
                net = g.add(net, value if flux.left or sign > 0 else g.constant(0.0))
            for sign, side in ((-1.0, flux.left), (1.0, flux.right)):
                for count, state in side:
                    change = g.mul(g.constant(sign * count), net)
                    found[state] = g.add(found.get(state, g.constant(0.0)), change)
        return found

    def _check(self, made: Model) -> None:
        lost = [
            key
            for _, node in made.currents.values()
            for key in node.inputs
            if key in self.program.states and key not in made.derivatives
        ]
        if lost:
            raise self._error(f"the state {lost[0]} has no equation.")
        nodes = {name: node for name, (_, node) in made.currents.items()}
        used = made.used_states
        nodes |= {f"{name}'": made.derivatives[name] for name in used}
        starting = {
            f"start of {name}": made.starts[name] for name in used if name not in made.settled
        }
        for name, node in (*nodes.items(), *starting.items()):
            for key, reason in _REFUSED.items():
                if key in node.inputs and not (key == START and name in starting):
                    raise self._error(f"{name} is refused: {reason}.")

    def _notes(self, made: Model) -> None:
        for block in self.program.blocks.values():
            for item in statements(block.body):
                if isinstance(item, Table):
                    names = ", ".join(item.names) or "its values"
                    self.left_out.append(
                        f"TABLE of line {item.line}: {names} are computed, not interpolated"
                    )
                if isinstance(item, Solve) and item.method == "euler":
                    self.approximated.append(f"METHOD euler of line {item.line}: steps are exact")
        unused = [name for name in self.program.states if name not in made.used_states]
        if unused:
            self.left_out.append(f"states that no current depends on: {', '.join(unused)}")
