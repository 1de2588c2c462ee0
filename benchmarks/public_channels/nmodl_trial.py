"""NMODL files: are they read, and do their classes have NEURON's currents?"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import brainstate
import jax
import numpy as np

from gapjunction.nmodl import Comparison, NmodlError
from gapjunction.nmodl._check import HELD, TIMES, VOLTAGES, clamped
from gapjunction.nmodl._neuron import clamp_job
from gapjunction.nmodl._read import understand
from public_channels.in_neuron import Neuron
from public_channels.outcome import Outcome, each

TOLERANCE = 1e-4
# A simulator that is asked for the temperature says 6.3 degrees, at which many rates stand still.
_CELSIUS = 30.0


@dataclasses.dataclass(frozen=True)
class Clamped:
    """What the class of a file does in the clamp, and what NEURON is to do; or why not."""

    outcome: Outcome | None
    form: str = ""
    name: str = ""
    found: np.ndarray | None = None
    job: dict[str, Any] = dataclasses.field(default_factory=dict)


def trials(files: Sequence[Path], neuron: Neuron, workers: int, seconds: int) -> list[Outcome]:
    """Read files, and compare their classes with NEURON."""
    classes = each(clamp, files, workers, seconds, _failed)
    jobs = [(file, x.job) for file, x in zip(files, classes, strict=True) if x.outcome is None]
    answers = neuron.run(jobs)
    return [_judged(x, answers.get(file)) for file, x in zip(files, classes, strict=True)]


def clamp(file: Path) -> Clamped:
    """Read a file and hold its class in the clamp."""
    jax.config.update("jax_enable_x64", True)
    brainstate.environ.set(precision=64)
    try:
        made = understand(file)
        given = {} if made.celsius is not None else {"celsius": _CELSIUS}
        # To compile what is run once costs more than it saves.
        with jax.disable_jit():
            one = clamped(file, **given)
    except NmodlError as error:
        return Clamped(Outcome("refused", error.message))
    job = clamp_job(one.made, one.values, HELD, VOLTAGES, TIMES)
    return Clamped(None, "", one.cls.__name__, one.current, job)


def _failed(reason: str) -> Clamped:
    return Clamped(Outcome("failed", reason))


def _judged(made: Clamped, expected: np.ndarray | str | None) -> Outcome:
    """Return what a comparison says."""
    if made.outcome is not None:
        return made.outcome
    if expected is None or isinstance(expected, str):
        return Outcome("not compared", f"NEURON: {expected}")
    # The current is all that was asked for.
    (current,) = expected
    if not np.isfinite(current).all():
        return Outcome("not compared", "NEURON's current is not a number")
    if not current.any() and not made.found.any():
        return Outcome("not compared", "its current is 0 with the values of its parameters")
    error = Comparison(made.name, "NEURON", made.found, current).error
    if math.isfinite(error) and error <= TOLERANCE:
        return Outcome("agrees", "", error)
    return Outcome("differs", "", error if math.isfinite(error) else None)
