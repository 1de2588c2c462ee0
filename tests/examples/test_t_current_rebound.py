import numpy as np
import pytest

# Spikes after release in ms, from the same equations in C at a time step of 0.005 ms.
REFERENCE = [38.0, 52.7, 57.6, 64.1, 75.1]


def test_release_makes_a_burst_by_the_t_current_alone(load, tmp_path):
    figure = tmp_path / "figure.png"
    found = load("t_current_rebound")["main"](figure)
    assert len(found["with"]) >= 3
    assert found["with"] == pytest.approx(REFERENCE, abs=0.6)
    assert len(found["without"]) == 0
    assert figure.stat().st_size > 10_000


def test_calcium_comes_with_the_burst_and_goes(load):
    t, records = load("t_current_rebound")["simulate"](0.05)
    calcium = records["Ca"][:, 0]
    assert 30 < t[calcium.argmax()] < 60
    assert calcium.max() > 100 * calcium[np.argmin(abs(t))]
    assert calcium[-1] < 0.02 * calcium.max()
    assert records["Ca"][:, 1] == pytest.approx(0.24, abs=0.01)


def test_the_pulse_makes_the_current_available(load):
    t, records = load("t_current_rebound")["simulate"](0.05)
    before, at_release = (records["h"][np.argmin(abs(t - at)), 0] for at in (-501, 0))
    assert before < 0.05
    assert at_release > 0.8
