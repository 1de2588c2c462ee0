"""The class of a file against the file itself, in a voltage clamp."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from os import PathLike
from typing import Any

import brainstate
import jax
import jax.numpy as jnp
import numpy as np
import saiunit as u

from gapjunction.ion_channels import IonChannel
from gapjunction.nmodl._build import build
from gapjunction.nmodl._direct import Direct
from gapjunction.nmodl._model import Model
from gapjunction.nmodl._neuron import neuron_currents
from gapjunction.nmodl._read import understand

# In mV. None is where a rate of a common file is 0 / 0.
HELD = -79.7
VOLTAGES = (-103.3, -78.9, -61.3, -47.7, -33.1, -18.9, -3.7, 21.3, 47.9)
# The first is not 0: files compute some variables only when a step is made.
TIMES = (0.025, 0.5, 3.0, 20.0)
# Steps between these times, for what has no exact step: all is fastest at the beginning.
_COUNTS = (100, 200, 500, 1700)
_ON = 0.01
_INSIDE = {"Ca": 1e-4, "Na": 10.0, "K": 54.4, "Cl": 8.0, "Mg": 0.5}
_OUTSIDE = {"Ca": 2.0, "Na": 140.0, "K": 2.5, "Cl": 110.0, "Mg": 1.0}


@dataclasses.dataclass(frozen=True)
class Comparison:
    """Total currents of a class and of what it is compared with, in mA/cm2.

    Parameters
    ----------
    name : str
        The class.
    reference : str
        What it is compared with.
    found, expected : array
        Currents, a row for each time after the step and a column for each voltage.
    """

    __module__ = "gapjunction.nmodl"

    name: str
    reference: str
    found: np.ndarray
    expected: np.ndarray

    @property
    def error(self) -> float:
        """The largest difference, as a share of the largest current."""
        size = np.abs(self.expected).max()
        difference = np.abs(self.found - self.expected).max()
        return float(difference / size) if size > 0 else float(difference)

    def __str__(self) -> str:
        worst = np.abs(self.found - self.expected).max(axis=0)
        lines = [
            f"{self.name} and {self.reference}: {HELD:g} mV, then {TIMES[-1]:g} ms at V",
            "        V      peak current  largest difference (mA/cm2)",
        ]
        for k, v in enumerate(VOLTAGES):
            peak = self.expected[np.abs(self.expected[:, k]).argmax(), k]
            lines.append(f"{v:>9.1f}  {peak:>16.6g}  {worst[k]:>18.3g}")
        lines.append(f"difference / largest current: {self.error:.2g}")
        return "\n".join(lines)


def check(path: str | PathLike[str], *, simulator: bool = False, **parameters: float) -> Comparison:
    """Compare the class of a file with the file's own blocks, in voltage steps.

    The blocks are run as they stand, by an interpreter that shares nothing with the reader but the
    syntax tree, and integrated by SciPy.

    Parameters
    ----------
    path : str or path
        The file.
    simulator : bool
        Whether to compare with NEURON instead, which must be installed, with a C compiler. This
        compiles and runs the file.
    **parameters : float
        As for :func:`read`.

    Returns
    -------
    Comparison
        The currents, and their largest difference.

    Raises
    ------
    NmodlError
        As :func:`read`; or if NEURON is asked for and does not run the file.
    """
    if simulator:
        return compared(
            path,
            lambda made, values: neuron_currents(path, made, values, HELD, VOLTAGES, TIMES),
            "NEURON",
            **parameters,
        )
    return compared(path, direct_currents, "its blocks", **parameters)


def compared(
    path: str | PathLike[str],
    currents: Callable[[Model, dict[str, float]], np.ndarray],
    reference: str,
    **parameters: float,
) -> Comparison:
    """Compare the class of a file with what a function says of its formulas and values."""
    name, made, values, found = clamped(path, **parameters)
    return Comparison(name, reference, found, currents(made, values))


def clamped(
    path: str | PathLike[str], **parameters: float
) -> tuple[str, Model, dict[str, float], np.ndarray]:
    """Return the name of a file's class, its formulas, their values, and the class's currents."""
    made = understand(path, **parameters)
    cls = build(made)
    values = _values(made, cls)
    found = class_currents(cls, made, values)
    off = [key for key, value in made.parameters.items() if value == 0 and key not in parameters]
    if off and not (np.isfinite(found) & (found != 0)).any():
        # Many files have a conductance of 0, or nothing but zeros, which a cell's description sets.
        return clamped(path, **parameters, **dict.fromkeys(off, _ON))
    return cls.__name__, made, values, found


def _values(made: Model, cls: type[IonChannel]) -> dict[str, float]:
    """Return what both are given, by the name in the file."""
    warm = made.celsius
    if warm is None:
        warm = 20.0 if cls.temperature is None else cls.temperature
    values = {**made.parameters, **made.reversals, **made.overridden, "celsius": warm}
    for key, name in made.concentrations.items():
        ion = name.removesuffix("_out")
        known = _OUTSIDE if name.endswith("_out") else _INSIDE
        values[key] = known.get(ion, 1.0)
    return values


def class_currents(cls: type[IonChannel], made: Model, values: dict[str, float]) -> np.ndarray:
    """Return the currents of a class, a row for each time."""
    warm = values["celsius"] if cls.temperature is None else None
    if warm is not None and not cls(1, temperature=warm).depends_on_temperature:
        warm = None
    channel = cls(len(VOLTAGES), temperature=warm)
    read = channel.reads()
    concentrations: dict[str, Any] = {
        name: values[key] * u.mM for key, name in made.concentrations.items() if name in read
    }
    held, V = np.full(len(VOLTAGES), HELD) * u.mV, np.array(VOLTAGES) * u.mV
    channel.init_state(held, **concentrations)
    if channel.variables:
        # Gates step exactly. What variables read of gates is that of the step's start, an error
        # that halves with the step.
        coarse, fine = (_stepped(channel, held, V, concentrations, parts) for parts in (1, 2))
        return 2 * fine - coarse
    rows = []
    before = 0.0
    for time in TIMES:
        with brainstate.environ.context(dt=(time - before) * u.ms):
            channel.update(V, **concentrations)
        before = time
        rows.append(channel.current(V, **concentrations).to_decimal(u.mA / u.cm**2))
    return np.array(rows, float)


def _stepped(
    channel: IonChannel, held: Any, V: Any, concentrations: dict[str, Any], parts: int
) -> np.ndarray:
    """Return the currents of a channel with variables, after many short steps."""

    def step(dt: jax.Array) -> Any:
        with brainstate.environ.context(dt=dt * u.ms):
            channel.update(V, **concentrations)
        return channel.current(V, **concentrations).to_decimal(u.mA / u.cm**2)

    counts = [parts * count for count in _COUNTS]
    lengths = np.repeat(np.diff((0.0, *TIMES)) / counts, counts)
    channel.init_state(held, **concentrations)
    # The steps are compiled as one loop.
    with jax.disable_jit(False):
        every = brainstate.transform.for_loop(step, jnp.asarray(lengths))
    return np.asarray(every, float)[np.cumsum(counts) - 1]


def direct_currents(made: Model, values: dict[str, float]) -> np.ndarray:
    """Return the currents of the file's own blocks, a row for each time."""
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
            column.append(sum(cell.currents(list(made.currents))))
        columns.append(column)
    return np.array(columns, float).T
