"""What a population gets from the end of a junction, evaluation by evaluation."""

import pytest

from gapjunction.coupling import Port, Update
from models import Passive

KEY = "gap_junction_pre0"


@pytest.fixture
def port():
    found = Port.of(Passive(2))
    found.connect(KEY, "a junction")
    return found


def put(port, *args, key=KEY, **kwargs):
    port.parts.deposits.put(key, "a junction", *args, **kwargs)


def current(port, *args, key=KEY):
    return port.host.current_inputs[key](*args)


def kick(port):
    (plug,) = port.host.delta_inputs.values()
    return plug()


def is_idle(port):
    return not port.parts.deposits.waiting


def test_idle_end_is_neutral(port):
    assert current(port, 1.0) == 0
    assert kick(port) == 0


def test_current_without_stages_is_given_once(port):
    put(port, 5.0, None, Update())
    assert [current(port, 1.0) for _ in range(3)] == [5.0, 0, 0]


def test_current_with_stages_is_first_that_of_update_then_live(port):
    put(port, 5.0, lambda v: 10 * v, Update())
    assert [current(port, v) for v in (1.0, 2.0, 3.0)] == [5.0, 20.0, 30.0]


def test_step_end_takes_away_what_was_used(port):
    put(port, 5.0, lambda v: 10 * v, Update())
    current(port, 1.0)
    assert kick(port) == 0
    assert current(port, 1.0) == 0


def test_step_end_before_use_leaves_the_current(port):
    # CubaLIF sums its delta inputs first.
    put(port, 5.0, None, Update())
    assert kick(port) == 0
    assert current(port, 1.0) == 5.0
    assert kick(port) == 0
    assert is_idle(port)


def test_kick_is_given_once_in_the_step(port):
    put(port, 5.0, None, Update(), kick=3.0)
    current(port, 1.0)
    assert [kick(port) for _ in range(3)] == [3.0, 0, 0]
    assert is_idle(port)


def test_kick_is_given_once_to_a_host_that_sums_delta_inputs_first(port):
    put(port, 5.0, None, Update(), kick=3.0)
    assert kick(port) == 3.0
    assert current(port, 1.0) == 5.0
    # The next step, without an update.
    assert (kick(port), current(port, 1.0)) == (0, 0)


def test_junctions_of_a_population_are_kept_apart(port):
    port.connect("other", "another junction")
    put(port, 5.0, None, Update(), kick=3.0)
    put(port, 7.0, None, Update(), key="other", kick=4.0)
    assert current(port, 1.0) == 5.0
    assert current(port, 1.0, key="other") == 7.0
    assert kick(port) == 7.0
    assert is_idle(port)


def test_a_population_is_registered_in_once(port):
    port.connect("other", "another junction")
    assert Port.of(port.host) is port
    host = port.host
    plugs = (host.before_updates, host.current_inputs, host.delta_inputs, host.after_updates)
    assert [len(each) for each in plugs] == [1, 2, 1, 1]


def test_trial_gets_the_kick_and_leaves_it(port):
    put(port, 5.0, None, Update(), kick=3.0)
    saved, port.passive = port.parts.deposits.save(), True
    assert (current(port, 1.0), kick(port), kick(port)) == (5.0, 3.0, 0)
    port.parts.deposits.load(saved)
    port.passive = False
    assert (current(port, 1.0), kick(port)) == (5.0, 3.0)
    # The step is taken again.
    port.parts.deposits.load(saved)
    assert (current(port, 1.0), kick(port)) == (5.0, 3.0)


@pytest.mark.parametrize("passive", [False, True])
def test_void_update_kicks_nobody(port, passive):
    update = Update()
    put(port, 5.0, None, update, kick=3.0)
    update.void, port.passive = True, passive
    assert (current(port, 1.0), kick(port)) == (0, 0)


def test_new_current_replaces_one_that_waits(port):
    put(port, 5.0, None, Update(), kick=2.0)
    put(port, 7.0, None, Update(), kick=3.0)
    assert current(port, 1.0) == 7.0
    assert kick(port) == 3.0


def test_void_update_gives_nothing_at_either_end(port):
    update = Update()
    put(port, 5.0, None, update)
    update.void = True
    assert current(port, 1.0) == 0
