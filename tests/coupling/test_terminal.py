"""A junction's end: what a population gets from it, evaluation by evaluation."""

import pytest

from gapjunction.coupling import Terminal, Update
from models import Passive


@pytest.fixture
def end():
    host = Passive(2)
    terminal = Terminal(host, "gap_junction_pre", "a junction")
    terminal.connect()
    return terminal


def current(end, *args):
    return end.host.current_inputs[end.key](*args)


def step_end(end):
    assert end.host.delta_inputs[end.key]() == 0


def test_idle_end_is_neutral(end):
    assert current(end, 1.0) == 0
    step_end(end)


def test_current_without_stages_is_given_once(end):
    end.put(5.0, None, Update())
    assert [current(end, 1.0) for _ in range(3)] == [5.0, 0, 0]


def test_current_with_stages_is_first_that_of_update_then_live(end):
    end.put(5.0, lambda v: 10 * v, Update())
    assert [current(end, v) for v in (1.0, 2.0, 3.0)] == [5.0, 20.0, 30.0]


def test_step_end_takes_away_what_was_used(end):
    end.put(5.0, lambda v: 10 * v, Update())
    current(end, 1.0)
    step_end(end)
    assert current(end, 1.0) == 0


def test_step_end_before_use_leaves_the_current(end):
    # CubaLIF sums its delta inputs first.
    end.put(5.0, None, Update())
    step_end(end)
    assert current(end, 1.0) == 5.0
    step_end(end)
    assert end.deposit is None


def kick(end):
    return end.host.delta_inputs[end.key]()


def test_kick_is_given_once_in_the_step(end):
    end.put(5.0, None, Update(), kick=3.0)
    current(end, 1.0)
    assert [kick(end) for _ in range(3)] == [3.0, 0, 0]
    assert end.deposit is None


def test_kick_is_given_once_to_a_host_that_sums_delta_inputs_first(end):
    end.put(5.0, None, Update(), kick=3.0)
    assert kick(end) == 3.0
    assert current(end, 1.0) == 5.0
    # The next step, without an update.
    assert (kick(end), current(end, 1.0)) == (0, 0)


def test_trial_gets_the_kick_and_leaves_it(end):
    end.put(5.0, None, Update(), kick=3.0)
    saved, end.passive = end.save(), True
    assert (current(end, 1.0), kick(end), kick(end)) == (5.0, 3.0, 0)
    end.load(saved)
    end.passive = False
    assert (current(end, 1.0), kick(end)) == (5.0, 3.0)
    # The step is taken again.
    end.load((saved[0], (False, False, False), saved[2]))
    assert (current(end, 1.0), kick(end)) == (5.0, 3.0)


@pytest.mark.parametrize("passive", [False, True])
def test_void_update_kicks_nobody(end, passive):
    update = Update()
    end.put(5.0, None, update, kick=3.0)
    update.void, end.passive = True, passive
    assert (current(end, 1.0), kick(end)) == (0, 0)


def test_new_current_replaces_one_that_waits(end):
    end.put(5.0, None, Update(), kick=2.0)
    end.put(7.0, None, Update(), kick=3.0)
    assert current(end, 1.0) == 7.0
    assert kick(end) == 3.0


def test_void_update_gives_nothing_at_either_end(end):
    update = Update()
    end.put(5.0, None, update)
    update.void = True
    assert current(end, 1.0) == 0
