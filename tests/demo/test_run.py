"""The simulation loop keeps its books right."""

import brainstate
import numpy as np
import pytest
import saiunit as u

import gapjunction as gj
from gapjunction.demo import run
from gapjunction.demo.parameters import Parameters
from gapjunction.demo.worm import NervousSystem


@pytest.fixture(scope="module")
def model():
    worm = gj.datasets.celegans()
    current = np.zeros(worm.n_neurons)
    current[worm.index("AVAL")] = 100.0
    return NervousSystem(worm, Parameters(), current, gj.SymmetryGapJunction)


@pytest.fixture(scope="module")
def every_step(model):
    """Voltages after each of 60 steps, in one plain loop."""
    with brainstate.environ.context(dt=0.1 * u.ms):
        brainstate.nn.init_all_states(model)
        start = model.neurons.V.value
        V = brainstate.transform.for_loop(model.update, np.arange(60))
    return np.concatenate([np.asarray(start.to_decimal(u.mV))[None], V.to_decimal(u.mV)])


@pytest.mark.parametrize(("n_records", "record_every"), [(60, 1), (20, 3), (1, 60), (57, 1)])
def test_records_are_every_so_many_steps(model, every_step, n_records, record_every):
    recording = run.simulate(model, 0.1, n_records, record_every)
    expected = every_step[: n_records * record_every + 1 : record_every]
    assert recording.V.shape == (n_records + 1, 279)
    np.testing.assert_allclose(recording.V, expected, rtol=1e-5)
    np.testing.assert_allclose(recording.time, np.arange(n_records + 1) * 0.1 * record_every)


def test_progress_adds_up_to_the_number_of_records(model):
    seen = []
    run.simulate(model, 0.1, 60, 1, seen.append)
    assert sum(seen) == 60
    assert len(seen) > 20  # it moves all the time


def test_a_run_starts_anew(model):
    first, again = (run.simulate(model, 0.1, 5, 4).V for _ in range(2))
    np.testing.assert_array_equal(first, again)
