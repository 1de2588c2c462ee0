import numpy as np


def test_rate_falls_by_the_ahp_current_alone(load, tmp_path):
    figure = tmp_path / "figure.png"
    found = load("ahp_adaptation")["main"](figure)
    adapting, steady = found["with"], found["without"]
    assert adapting[-1] < adapting[0] / 2
    assert steady[-1] > steady[0]
    assert np.ptp(steady[-20:]) < 0.5
    assert 0.2 < found["open"] < 0.35
    assert figure.stat().st_size > 10_000


def test_calcium_is_gone_between_spikes_and_the_channels_are_not(load):
    t, records = load("ahp_adaptation")["simulate"](0.1)
    late = t > 1500
    calcium, q = (records[name][late, 0] for name in ("Ca", "q"))
    assert calcium.min() < 0.05 * calcium.max()
    assert q.min() > 0.9 * q.max()
