"""How far a response spreads: distances in the electrical network, and who is drawn."""

import dataclasses

import numpy as np
import pytest
from matplotlib.figure import Figure

from demo_jobs import job, settled
from gapjunction.demo.job import response
from gapjunction.demo.parameters import DEFAULT_STIMULUS
from gapjunction.demo.response import draw_distances, draw_traces, junctions_away


@pytest.fixture(scope="module")
def asked():
    return job(stimulus=DEFAULT_STIMULUS)


def test_distance_is_the_number_of_junctions_to_the_nearest_stimulated_neuron(asked):
    away, worm = junctions_away(asked), asked.worm
    assert set(np.flatnonzero(away == 0)) == set(worm.index(["PLML", "PLMR"]))
    pre, post = worm.electrical
    both = np.concatenate([pre, post]), np.concatenate([post, pre])
    partners = {b for a, b in zip(*both, strict=True) if away[a] == 0} - set(
        worm.index(["PLML", "PLMR"])
    )
    assert set(np.flatnonzero(away == 1)) == partners
    # Of 31 neurons none is joined to these two by any number of junctions.
    assert np.isinf(away).sum() == 31


def test_one_stimulated_neuron_is_enough():
    away = junctions_away(job(stimulus={"AVAL": 1.0}))
    assert np.flatnonzero(away == 0).size == 1


def test_response_is_the_change_from_the_start(asked):
    change = response(settled(asked))
    assert change.shape == (279,)
    assert change.argmax() == asked.worm.index("PLML")
    assert change.max() == pytest.approx(20.92, abs=0.01)


def test_response_of_the_end_of_a_run_is_still_the_change_from_rest(asked):
    whole = settled(asked)
    recording = dataclasses.replace(
        whole.recording, time=whole.recording.time[10:], V=whole.recording.V[10:]
    )
    end = dataclasses.replace(whole, recording=recording, lasting=slice(0, None))
    np.testing.assert_allclose(response(end), response(whole), atol=1e-9)


def test_strongest_are_drawn_and_the_rest_by_distance(asked):
    upper, lower = Figure().subplots(2)
    outcome = settled(asked)
    draw_traces(upper, asked, outcome)
    labels = [line.get_label() for line in upper.lines]
    assert labels[0] == "PLML (+20.9 mV)"
    assert len(labels) == 8
    draw_distances(lower, asked, outcome)
    drawn = sum(len(line.get_xdata()) for line in lower.lines)
    moved = np.abs(response(outcome)) > 1e-3
    assert drawn == (moved & np.isfinite(junctions_away(asked))).sum()
    assert drawn > 200
