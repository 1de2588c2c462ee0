"""Errors of each coupling mode at each time step, and the time of a step.

The model is that of ``gapjunction demo --published``: 279 neurons, of which 514 pairs have gap
junctions, from rest with a current into two neurons. Errors are those of the voltages of the motor
neurons, sampled each 8 ms, relative to SciPy's BDF solver on an independent implementation, and
those of the period of the limit cycle. The stimulus moves motor neurons by up to 750 mV within 100
ms; the cycle that follows has an amplitude of 20 mV. Times are those of a loop that records
nothing. The mode ``'step'`` is left out because it equals ``'stage'`` here: the neurons' solver
has one stage.
"""

from __future__ import annotations

import argparse
import functools
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import brainstate
import jax
import numpy as np
import saiunit as u

import gapjunction as gj
import harness
from comparisons.worm_reference import Reference
from gapjunction.demo.job import Job
from gapjunction.demo.modes import find_modes
from gapjunction.demo.parameters import PUBLISHED_STIMULUS, Parameters
from gapjunction.demo.run import NotFiniteError, simulate
from tables import Table

QUESTION = "Which coupling mode is how near the solution at which time step, and at what cost?"
MODES: Final = ("stage", "semi_implicit", "implicit")
STEPS: Final = (0.025, 0.05, 0.1, 0.16, 0.2, 0.4, 0.8)
QUICK: Final = (0.16, 0.8)
EVERY: Final = 8.0  # ms from record to record: each step divides it
DURATION: Final = 12_000.0
ONSET: Final = (0.0, 200.0)
TURN: Final = (1000.0, 2200.0)  # one turn of the cycle; later the phases drift apart
CYCLE: Final = (4000.0, DURATION)
RTOL: Final = 1e-10
TIMED: Final = 400.0  # ms, per call


def job(mode: str, dt: float) -> Job:
    """Return the demo's job in a coupling mode."""
    records, each = round(DURATION / EVERY), round(EVERY / dt)
    worm = gj.datasets.celegans()
    return Job(worm, Parameters(), PUBLISHED_STIMULUS, dt, records, each, mode)


@functools.cache
def solution(rtol: float) -> tuple[np.ndarray, np.ndarray]:
    """Return times in ms, and V of the motor neurons in mV by SciPy."""
    asked = job("stage", 0.1)
    times = np.arange(0, DURATION + EVERY / 2, EVERY)
    V = Reference(asked.current).solve(times, rtol, 100 * rtol)
    return times, V[:, asked.worm.motor]


def period(times: np.ndarray, motor: np.ndarray) -> float:
    """Return the period of the limit cycle in ms, as the demo finds it; NaN without one."""
    late = within(times, CYCLE)
    return find_modes(times[late], motor[late]).period or np.nan


def within(times: np.ndarray, ends: tuple[float, float]) -> np.ndarray:
    """Return which records are in a window, its start excluded."""
    return (times > ends[0]) & (times <= ends[1])


def errors(motor: np.ndarray, rtol: float = RTOL) -> dict[str, float]:
    """Return what is wrong with V of the motor neurons: in mV, and the period in %."""
    times, exact = solution(rtol)
    found = {}
    for name, ends in (("onset", ONSET), ("turn", TURN)):
        wrong = (motor - exact)[within(times, ends)]
        found[f"{name}, rms"] = float(np.sqrt(np.mean(wrong**2)))
        found[f"{name}, worst"] = float(np.abs(wrong).max())
    return found | {"period": 100 * (period(times, motor) / period(times, exact) - 1)}


def run(mode: str, dt: float, rtol: float = RTOL) -> dict[str, float] | None:
    """Return the errors of a run; None if it diverges."""
    asked = job(mode, dt)
    try:
        V = simulate(asked.model(), dt, asked.n_records, asked.record_every).V
    except NotFiniteError:
        return None
    return errors(V[:, asked.worm.motor], rtol)


def loop(mode: str, dt: float) -> Callable[[], jax.Array]:
    """Return a function that simulates ``TIMED`` ms, from where the last call ended."""
    model, steps = job(mode, dt).model(), np.arange(round(TIMED / dt))

    @brainstate.transform.jit
    def compiled() -> jax.Array:
        def step(i: Any) -> None:
            model.update(i)

        brainstate.transform.for_loop(step, steps)
        return model.neurons.V.value.mantissa

    def call() -> jax.Array:
        with brainstate.environ.context(dt=dt * u.ms):
            return compiled()

    with brainstate.environ.context(dt=dt * u.ms):
        brainstate.nn.init_all_states(model)
    return call


def table(
    title: str,
    found: Mapping[tuple[str, float], dict[str, float] | None],
    columns: Mapping[str, str],
    notes: Sequence[str] = (),
) -> Table:
    """Return a table with a row for each step, and columns for each mode.

    Parameters
    ----------
    title : str
    found : mapping of (mode, dt) to what was found, or None
    columns : mapping of str to str
        What of it to show, by what is put behind the mode's name for a heading.
    notes : sequence of str
    """
    rows: dict[float, dict[str, Any]] = {}
    for (mode, dt), values in found.items():
        kappa = job(mode, dt).stability.kappa_max
        row = rows.setdefault(dt, {"dt, ms": f"{dt:g}", "kappa": kappa})
        for end, key in columns.items():
            row[mode + end] = "diverges" if values is None else values[key]
    return Table(title, list(rows.values()), notes)


def times_table(bits: int, keys: Sequence[tuple[str, float]], timing: dict[str, float]) -> Table:
    """Return the times of the runs that do not diverge, in one precision."""
    set_precision(bits)
    times = harness.paired({name(*key): loop(*key) for key in keys}, **timing)
    spent: dict[tuple[str, float], dict[str, float] | None] = {
        (mode, dt): None for mode in MODES for dt in sorted({dt for _, dt in keys})
    }
    spent |= {key: {"time": times.median(name(*key)) / (TIMED / 1e3)} for key in keys}
    notes = [cost(times, *key) for key in keys if key[0] != "stage" and ("stage", key[1]) in keys]
    return table(f"Time: s per simulated s, float{bits}", spent, {"": "time"}, notes)


def set_precision(bits: int) -> None:
    """Set the width of floats."""
    jax.config.update("jax_enable_x64", bits == 64)
    brainstate.environ.set(precision=bits)


def measure(options: argparse.Namespace) -> list[Table]:
    """Return errors, in float64, and times."""
    set_precision(64)
    warnings.simplefilter("ignore", gj.GapJunctionWarning)
    steps, rtol = (QUICK, 1e-7) if options.quick else (STEPS, RTOL)
    found = {(mode, dt): run(mode, dt, rtol) for mode in MODES for dt in steps}
    own = errors(solution(10 * rtol)[1], rtol)
    stable = [key for key, values in found.items() if values is not None]
    both = {", rms": "rms", ", worst": "worst"}
    return [
        table(
            f"V in the first {ONSET[1]:g} ms: error in mV, root mean square and largest",
            found,
            {end: f"onset, {key}" for end, key in both.items()},
            [
                f"kappa is that of {job('stage', 0.1).stability.worst_name}, the largest.",
                f"The reference has a relative tolerance of {rtol:g}; with {10 * rtol:g} it is off "
                f"by {own['onset, worst']:.1g} mV at most, in a turn {own['turn, worst']:.1g} mV, "
                f"and its period by {abs(own['period']):.1g} %.",
            ],
        ),
        table(
            f"V from {TURN[0]:g} to {TURN[1]:g} ms, one turn: error in mV, root mean square and "
            "largest",
            found,
            {end: f"turn, {key}" for end, key in both.items()},
        ),
        table(
            f"Period of the limit cycle: error in % of {period(*solution(rtol)):.1f} ms",
            found,
            {"": "period"},
        ),
        *(times_table(bits, stable, options.timing) for bits in (32, 64)),
    ]


def name(mode: str, dt: float) -> str:
    """Return what a run is called among those that are timed."""
    return f"{mode} {dt:g}"


def cost(times: harness.Paired, mode: str, dt: float) -> str:
    """Return what a step of a mode costs beside one of 'stage'."""
    own, other = name(mode, dt), name("stage", dt)
    low, high = sorted(1 / ratio for ratio in times.spread(own, other))
    return (
        f"At {dt:g} ms a step of {mode} takes {1 / times.speedup(own, other):.2g} times as long as "
        f"one of stage (quartiles {low:.2g} and {high:.2g})."
    )


if __name__ == "__main__":
    harness.main(QUESTION, __doc__, measure)
