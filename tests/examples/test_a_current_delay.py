import pytest


def test_the_a_current_delays_the_first_spike(load, tmp_path):
    figure = tmp_path / "figure.png"
    found = load("a_current_delay")["main"](figure)
    assert 60 < found["delay"] < 150
    assert found["first_without"] == pytest.approx(25.3, abs=0.5)
    assert found["first_with"] == pytest.approx(126.6, abs=2)
    assert figure.stat().st_size > 10_000


def test_half_the_time_step_gives_the_same_delay(load):
    simulate = load("a_current_delay")["simulate"]
    firsts = []
    for dt in (0.05, 0.025):
        t, records = simulate(dt)
        firsts.append(t[records["spike"].argmax(axis=0)])
    assert firsts[0] == pytest.approx(firsts[1], abs=0.1)


def test_the_other_cell_has_none_of_it(load):
    _, records = load("a_current_delay")["simulate"]()
    total = records["I_A1"] + records["I_A2"]
    assert total[:, 0].max() > 1
    assert (total[:, 1] == 0).all()
