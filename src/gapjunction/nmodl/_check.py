"""The class of a file against the file itself, in a voltage clamp and in a spiking cell."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from os import PathLike
from typing import Any

import brainstate
import jax
import jax.numpy as jnp
import numpy as np
import saiunit as u

from gapjunction.ion_channels import IonChannel, Markov
from gapjunction.nmodl._build import build
from gapjunction.nmodl._cell import GRID, ONSET, SAMPLE, SAMPLES, START, firing
from gapjunction.nmodl._comparison import (
    HELD,
    TIMES,
    VOLTAGES,
    Comparison,
    SpikeComparison,
    StateComparison,
)
from gapjunction.nmodl._direct import Direct
from gapjunction.nmodl._errors import NmodlError
from gapjunction.nmodl._model import Model
from gapjunction.nmodl._neuron import cell_job, clamp_job, need_compiler, neuron_answers
from gapjunction.nmodl._read import understand
from gapjunction.nmodl._units import unit_of

# Steps between these times, for states without an exact step. Changes are fastest at the beginning.
_COUNTS = (100, 200, 500, 1700)
# Parameters that are 0 in the file get this value if no current flows with 0.
_ON = 0.01
_INSIDE = {"Ca": 1e-4, "Na": 10.0, "K": 54.4, "Cl": 8.0, "Mg": 0.5}
_OUTSIDE = {"Ca": 2.0, "Na": 140.0, "K": 2.5, "Cl": 110.0, "Mg": 1.0}


@dataclasses.dataclass(frozen=True)
class Clamped:
    """The class of a file in the clamp: its formulas, their values, and its answers.

    ``answers`` has a row for each time and a column for each voltage: of the current in mA/cm2,
    and then of each of the ``states``, by the name in the file and its kind.
    """

    cls: type[IonChannel]
    made: Model
    values: dict[str, float]
    states: dict[str, str]
    answers: np.ndarray

    @property
    def current(self) -> np.ndarray:
        """The current in mA/cm2."""
        return self.answers[0]


def check(path: str | PathLike[str], *, simulator: bool = False, **parameters: float) -> Comparison:
    """Compare the class of a file with the file's own blocks, in voltage steps.

    The blocks are run unchanged, by an interpreter that shares nothing with the reader but the
    syntax tree, and integrated by SciPy.

    Parameters
    ----------
    path : str or path
        The file.
    simulator : bool
        Whether to compare with NEURON instead, which must be installed, with a C compiler. This
        compiles and runs the file, in the voltage steps and in a spiking cell: a squid axon at 6.3
        degC that has the mechanism at its default density, under the current step at which it fires
        most often. Concentrations stay as they are.
    **parameters : float
        As for :func:`read`.

    Returns
    -------
    Comparison
        The currents, states and spikes, and their largest differences.

    Raises
    ------
    NmodlError
        As :func:`read`; or if NEURON is asked for and does not run the file.
    """
    one = clamped(path, **parameters)
    if not simulator:
        return _compared(one, "its blocks", direct_answers(one.made, one.values, one.states))
    need_compiler()
    made, values = one.made, one.values
    density, V = firing(one.cls, made, values, _temperature(one.cls, values))
    jobs = [
        clamp_job(made, values, HELD, VOLTAGES, TIMES, list(one.states)),
        cell_job(made, values, START, ONSET, SAMPLE, SAMPLES) | {"density": density},
    ]
    clamp, cell = neuron_answers(path, made, jobs)
    if isinstance(clamp, str):
        raise NmodlError(f"NEURON does not run it: {clamp}", file=made.program.file)
    return _compared(one, "NEURON", clamp, _fired(density, V, cell))


def _compared(
    one: Clamped, reference: str, expected: np.ndarray, cell: SpikeComparison | None = None
) -> Comparison:
    """Compare what a class does in the clamp with what it should do."""
    places = {name: k for k, name in enumerate(one.states, 1)}
    states = []
    for name in one.made.program.states:
        if name in places:
            k = places[name]
            states.append(StateComparison(name, one.states[name], one.answers[k], expected[k]))
        else:
            states.append(StateComparison(name, _why_not(one.made, name)))
    return Comparison(one.cls.__name__, reference, one.current, expected[0], tuple(states), cell)


def _why_not(made: Model, name: str) -> str:
    """Return why a state of a file is not found in its class."""
    if name in made.used_states:
        return "the class has no state of this name"
    if name not in made.derivatives:
        return "it has no differential equation, and is a formula in the class"
    return "no current depends on it"


def _fired(density: float, V: np.ndarray, expected: np.ndarray | str) -> SpikeComparison:
    """Compare the voltages of two cells, if both have one."""
    none = np.empty(0)
    if isinstance(expected, str):
        return SpikeComparison(density, GRID, V, none, f"NEURON does not run it: {expected}")
    for who, trace in (("the class", V), ("NEURON", expected)):
        if not np.isfinite(trace).all():
            reason = f"with {who} its voltage is not finite"
            return SpikeComparison(density, GRID, V, expected, reason)
    return SpikeComparison(density, GRID, V, expected)


def clamped(path: str | PathLike[str], **parameters: float) -> Clamped:
    """Hold the class of a file in the clamp."""
    made = understand(path, **parameters)
    cls = build(made)
    values = _values(made, cls)
    states = {key: kind for key in made.program.states if (kind := _kind(cls, key))}
    found = class_answers(cls, made, values, states)
    off = [key for key, value in made.parameters.items() if value == 0 and key not in parameters]
    if off and not (np.isfinite(found[0]) & (found[0] != 0)).any():
        # Many files have a conductance of 0, or all parameters 0, and leave it to a cell to set
        # them.
        return clamped(path, **parameters, **dict.fromkeys(off, _ON))
    return Clamped(cls, made, values, states, found)


def _kind(cls: type[IonChannel], key: str) -> str:
    """Return the kind that a state of the file has in its class, if it kept its name."""
    if key in cls.variables:
        return "variable"
    if any(isinstance(gate, Markov) and key in gate.states for gate in cls.gates.values()):
        return "occupancy"
    return "gate" if key in cls.gates else ""


def _values(made: Model, cls: type[IonChannel]) -> dict[str, float]:
    """Return the values that both get, by their names in the file."""
    warm = made.celsius
    if warm is None:
        warm = 20.0 if cls.temperature is None else cls.temperature
    values = {**made.parameters, **made.reversals, **made.overridden, "celsius": warm}
    for key, name in made.concentrations.items():
        ion = name.removesuffix("_out")
        known = _OUTSIDE if name.endswith("_out") else _INSIDE
        values[key] = known.get(ion, 1.0)
    return values


def _temperature(cls: type[IonChannel], values: dict[str, float]) -> float | None:
    """Return the temperature to give to a class, if it needs one and has none."""
    warm = values["celsius"] if cls.temperature is None else None
    if warm is not None and not cls(1, temperature=warm).depends_on_temperature:
        return None
    return warm


def class_answers(
    cls: type[IonChannel], made: Model, values: dict[str, float], states: Iterable[str]
) -> np.ndarray:
    """Return the currents and states of a class."""
    channel = cls(len(VOLTAGES), temperature=_temperature(cls, values))
    read = channel.reads()
    concentrations: dict[str, Any] = {
        name: values[key] * u.mM for key, name in made.concentrations.items() if name in read
    }
    held, V = np.full(len(VOLTAGES), HELD) * u.mV, np.array(VOLTAGES) * u.mV

    def answer() -> list[Any]:
        current = channel.current(V, **concentrations).to_decimal(u.mA / u.cm**2)
        each = (_state(channel, made, key, V, concentrations) for key in states)
        return [jnp.broadcast_to(x, V.shape) for x in (current, *each)]

    channel.init_state(held, **concentrations)
    if channel.variables:
        # Gates step exactly. Variables read the gates at the step's start, an error of first order
        # in the step.
        def stepped(parts: int) -> np.ndarray:
            channel.init_state(held, **concentrations)
            return _stepped(lambda: channel.update(V, **concentrations), answer, parts)

        return 2 * stepped(2) - stepped(1)
    rows = []
    before = 0.0
    for time in TIMES:
        with brainstate.environ.context(dt=(time - before) * u.ms):
            channel.update(V, **concentrations)
        before = time
        rows.append(answer())
    return np.array(rows, float).swapaxes(0, 1)


def _state(
    channel: IonChannel, made: Model, key: str, V: Any, concentrations: dict[str, Any]
) -> Any:
    """Return a state of the file from its class: a share, or a number in the file's unit."""
    if key in channel.variables:
        unit = unit_of(made.program.states[key].unit, made.program.unit_names)
        value = u.Quantity(getattr(channel, key).value)
        return value.to_decimal(u.UNITLESS if unit is None else unit)
    for name, gate in channel.gates.items():
        if isinstance(gate, Markov) and key in gate.states:
            return getattr(channel, name).value[..., gate.states.index(key)]
    if channel.gates[key].instantaneous:
        return channel.steady_state(V, **concentrations)[key]
    return getattr(channel, key).value


def _stepped(update: Callable[[], None], answer: Callable[[], list[Any]], parts: int) -> np.ndarray:
    """Return the answers of a channel with variables, after many short steps."""

    def step(dt: jax.Array) -> list[Any]:
        with brainstate.environ.context(dt=dt * u.ms):
            update()
        return answer()

    counts = [parts * count for count in _COUNTS]
    lengths = np.repeat(np.diff((0.0, *TIMES)) / counts, counts)
    # The steps are compiled as one loop.
    with jax.disable_jit(False):
        every = brainstate.transform.for_loop(step, jnp.asarray(lengths))
    return np.array(every, float)[:, np.cumsum(counts) - 1]


def direct_answers(made: Model, values: dict[str, float], states: Iterable[str]) -> np.ndarray:
    """Return the currents and states of the file's own blocks."""
    columns = []
    for v in VOLTAGES:
        cell = Direct(made.program, values)
        cell.start(HELD)
        column, before = [], 0.0
        for time in TIMES:
            if time > before:
                cell.hold(v, time - before)
            before = time
            cell.values["v"] = cell.v = v
            found = cell.answers([*made.currents, *states])
            count = len(made.currents)
            column.append([sum(found[:count]), *found[count:]])
        columns.append(column)
    return np.array(columns, float).T
