"""Jobs of the demo, and an outcome that needs no simulation."""

import numpy as np

import gapjunction as gj
from gapjunction.demo.job import Job, Outcome
from gapjunction.demo.modes import find_modes
from gapjunction.demo.parameters import PUBLISHED_STIMULUS, Parameters
from gapjunction.demo.run import Recording
from gapjunction.demo.steady import steady_voltages


def job(dt=0.05, gap_conductance=100.0, stimulus=PUBLISHED_STIMULUS, **how):
    parameters = Parameters(gap_conductance=gap_conductance)
    return Job(gj.datasets.celegans(), parameters, stimulus, dt, 20, 100, **how)


def settled(asked):
    """The outcome of a job that goes from rest to its fixed point at once."""
    worm, p = asked.worm, asked.parameters
    rest = steady_voltages(worm, p, np.zeros(worm.n_neurons))
    V = np.stack([rest, *[steady_voltages(worm, p, asked.current)] * 20])
    time, lasting = np.arange(21) * 5.0, slice(8, None)
    modes = find_modes(time[lasting], V[lasting][:, worm.motor])
    return Outcome(Recording(time, V, rest), modes, 0.5, lasting)
