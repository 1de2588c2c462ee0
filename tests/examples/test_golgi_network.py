import numpy as np
import pytest
import saiunit as u


@pytest.mark.slow
@pytest.mark.optimized
def test_sparse_excitation_puts_the_network_out_of_step(load, tmp_path):
    figure = tmp_path / "figure.png"
    found = load("golgi_network")["main"](figure)
    # 152 ms in the published model, with its morphology.
    assert found["interval"] == pytest.approx(152, rel=0.05)
    peak, trough = found["spikelet"]
    assert trough > 2 * peak > 1
    # Between the two ways to hold cells lies what was measured, at any distance.
    for published, near, far in found["table"].values():
        assert far < published < near
        assert (near, far) == pytest.approx((published, published), rel=0.4)

    levels = found["levels"]
    assert levels["none", "before"].min() > 0.95
    assert levels["none", "after"].min() > 0.95
    assert levels["stimulus", "before"].min() > 0.95
    assert levels["stimulus", "after"].min() < 0.75
    assert levels["stimulus", "later"].min() > 0.88
    assert levels["uncoupled", "later"].max() < 0.4

    # Excitation and inhibition, by phase; and by how a cell is coupled.
    delay, g = found["delays"]
    early = (found["phase"] < 0.25) | (found["phase"] > 0.85)
    middle = (found["phase"] > 0.3) & (found["phase"] < 0.6)
    assert (delay[early].mean(axis=1) > 10).all()
    assert (delay[middle].mean(axis=1) < -5).all()
    assert found["rank"] > 0.85
    assert abs(delay[:, g > 3]).mean() > 3 * abs(delay[:, g < 0.1]).mean()
    assert figure.stat().st_size > 10_000


def test_conductances_and_probabilities_are_those_of_the_published_network(load):
    example = load("golgi_network")
    r = np.array([20, 50, 80, 100, 130])
    assert example["conductance"](r) == pytest.approx([3.13, 1.04, 0.476, 0.293, 0.136], rel=0.01)
    chance = example["probability"](np.array([0, 50, 100, 150, 160.0]) * u.um)
    assert chance == pytest.approx([0.885, 0.835, 0.655, 0.03, 0], abs=0.02)
    # 9.6 junctions for a cell, in the mean over networks.
    counts = [len(example["network"](seed)[2]) * 2 / example["N"] for seed in range(40)]
    assert np.mean(counts) == pytest.approx(9.6, abs=0.4)


@pytest.mark.slow
@pytest.mark.optimized
def test_half_the_step_gives_the_same_interval(load):
    example = load("golgi_network")
    intervals = []
    for dt in (0.1, 0.05):
        t, V, _ = example["spikelet"](dt=dt)
        k = np.flatnonzero((V[1:, 2] >= -20) & (V[:-1, 2] < -20))
        intervals.append(np.diff(t[k])[-1])
    assert intervals[0] == pytest.approx(intervals[1], rel=0.01)
