"""The converged solution, and the distance to it."""

import numpy as np
import pytest
from scipy.linalg import expm

from simulators import reference, task


def test_spike_times_are_upward_crossings_of_zero():
    t = np.arange(0, 40, 0.025)
    trace = np.stack([np.sin(2 * np.pi * (t - 1) / 10), -50 + 0 * t], axis=1)
    first, second = reference.spike_times(trace, 0.025)
    np.testing.assert_allclose(first, [1, 11, 21, 31], atol=1e-4)
    assert second.size == 0


def test_distance_of_what_is_late():
    t = np.arange(0, 40, 0.025)
    exact = 30 * np.sin(2 * np.pi * (t[:, None] - np.array([1, 3])) / 10)
    late = 30 * np.sin(2 * np.pi * (t[:, None] - 0.05 - np.array([1, 3])) / 10)
    found = reference.compare(late, exact, 0.025)
    assert found["spike_us"] == pytest.approx(50, rel=1e-3)
    assert found["rms_mv"] == pytest.approx(30 * 2 * np.pi * 0.05 / 10 / np.sqrt(2), rel=1e-2)
    assert (found["spikes"], found["unmatched"]) == (8, 0)
    assert reference.compare(late[:1000], exact[:1000], 0.025)["spikes"] == 6


def test_spikes_of_one_run_alone_are_counted():
    exact = np.array([[-1.0], [1.0], [-1.0], [1.0]])
    found = reference.compare(np.array([[-1.0], [1.0], [-1.0], [-1.0]]), exact, 1.0)
    assert found["unmatched"] == 1
    silent = reference.compare(np.full((4, 1), -1.0), exact, 1.0)
    assert (silent["unmatched"], silent["spike_us"]) == (2, None)


def test_total_current_through_junctions_is_zero():
    # Uncoupled from everything else, junctions only move charge: the mean voltage stays.
    made = task.make(30)
    values = dict.fromkeys(("G_NA", "G_K", "G_L", "DRIVE"), 0.0) | {"DRIVE": (0.0, 0.0)}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in values.items():
            patch.setattr(task, name, value)
        trace = reference.solve(made, 40)
    np.testing.assert_allclose(trace.mean(axis=1), trace[0].mean(), atol=1e-9)
    # Linear: against the Laplacian's exponential.
    source, target = made.both_ways
    laplacian = np.diag(np.bincount(target, minlength=30)).astype(float)
    laplacian[target, source] -= 1
    exact = expm(-task.G_GAP * laplacian * 40 * made.dt) @ made.voltage
    np.testing.assert_allclose(trace[-1], exact, atol=1e-8)
