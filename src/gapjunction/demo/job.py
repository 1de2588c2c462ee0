"""The specification of a simulation, and its results."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Mapping
from typing import Any, Final

import brainpy.state
import numpy as np
import saiunit as u

from gapjunction.datasets import Connectome
from gapjunction.demo.modes import Modes, find_modes
from gapjunction.demo.parameters import Parameters
from gapjunction.demo.run import Recording
from gapjunction.demo.worm import NervousSystem
from gapjunction.junctions import SymmetryGapJunction
from gapjunction.stability import StabilityReport, stability

TRANSIENT: Final = 0.4
"""The part of a run, from its start, in which activity develops from rest. It is not analysed."""


@dataclasses.dataclass(frozen=True, eq=False)
class Job:
    """A simulation that is fully specified.

    Attributes
    ----------
    worm : Connectome
        The wiring.
    parameters : Parameters
        Parameters of the model.
    stimulus : mapping of str to float
        Current in pA for each stimulated neuron.
    dt : float
        Time step in ms.
    n_records, record_every : int
        Number of records, and number of steps from one to the next.
    coupling : str
        How the current of the gap junctions enters the neurons' time step.
    builtin : bool
        Whether to use the gap junctions of brainpy.state, whose coupling is ``'step'``.
    """

    worm: Connectome
    parameters: Parameters
    stimulus: Mapping[str, float]
    dt: float
    n_records: int
    record_every: int
    coupling: str = "stage"
    builtin: bool = False

    @property
    def n_steps(self) -> int:
        """Number of steps."""
        return self.n_records * self.record_every

    @property
    def duration(self) -> float:
        """Simulated time in s."""
        return self.n_steps * self.dt / 1e3

    @property
    def current(self) -> np.ndarray:
        """Stimulus into each neuron in pA."""
        current = np.zeros(self.worm.n_neurons)
        current[self.worm.index(self.stimulus)] = list(self.stimulus.values())
        return current

    @property
    def junction(self) -> str:
        """The class of the gap junctions and its coupling, as readable text."""
        if self.builtin:
            return "brainpy.state.SymmetryGapJunction"
        return f"gapjunction.SymmetryGapJunction with coupling {self.coupling!r}"

    def model(self) -> NervousSystem:
        """Return the model of this job."""
        if self.builtin:
            return self._model(brainpy.state.SymmetryGapJunction)
        return self._model(functools.partial(SymmetryGapJunction, coupling=self.coupling))

    @functools.cached_property
    def stability(self) -> StabilityReport:
        """The report on the stability of the time step."""
        # The report needs junctions of this library. With ``builtin`` they represent those of
        # brainpy.state, which couple in the same way.
        model = self._model(functools.partial(SymmetryGapJunction, coupling=self.coupling))
        return stability(model, u.Quantity(self.dt, unit=u.ms))

    def _model(self, make_junction: Callable[..., Any]) -> NervousSystem:
        return NervousSystem(self.worm, self.parameters, self.current, make_junction)


@dataclasses.dataclass(frozen=True, eq=False)
class Outcome:
    """The results of a job.

    Attributes
    ----------
    recording : Recording
        All voltages.
    modes : Modes
        Modes of the motor neurons after the transient.
    wall_time : float
        Wall time in s, which includes compilation.
    lasting : slice
        The records after the transient.
    """

    recording: Recording
    modes: Modes
    wall_time: float
    lasting: slice


def evaluate(job: Job, recording: Recording, wall_time: float) -> Outcome:
    """Return a recording with the modes of the motor neurons after the transient."""
    # The recording of a long run may contain only its end, without the transient.
    ends = recording.time > TRANSIENT * job.duration * 1e3
    lasting = slice(min(int(TRANSIENT * len(recording.time)), int(ends.argmax())), None)
    motor = recording.V[lasting][:, job.worm.motor]
    modes = find_modes(recording.time[lasting], motor)
    return Outcome(recording, modes, wall_time, lasting)


def response(outcome: Outcome) -> np.ndarray:
    """Return the change of each neuron's voltage (mV) from rest to the mean after the transient.

    Parameters
    ----------
    outcome : Outcome
        The results of a job.

    Returns
    -------
    numpy.ndarray, shape (n_neurons,)
    """
    recording = outcome.recording
    return recording.V[outcome.lasting].mean(axis=0) - recording.rest
