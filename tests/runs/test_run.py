"""What a run computes and records, in memory."""

import brainstate
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import saiunit as u

import gapjunction as gj
from every_junction import built, check_equal, symmetry, values
from gapjunction.runs import PerStep, Record
from gapjunction.runs._cost import cost_of
from gapjunction.runs._grid import (
    CHUNK_SECONDS,
    check_time_resolution,
    make_grid,
    windows_per_chunk,
)
from gapjunction.runs._record import Total

DT = 0.1 * u.ms
N = 60


@pytest.fixture(scope="module")
def plain():
    """Voltages and spikes after each of 60 steps of a plain loop, and the last states."""
    brainstate.environ.set(dt=DT)
    net = built(symmetry)

    def step(i):
        with brainstate.environ.context(i=i, t=i * DT):
            net.update(0.01 * u.nA * (i % 7))
            return net.cells.V.value, net.cells.get_spike()

    V, spikes = brainstate.transform.for_loop(step, np.arange(N))
    return np.asarray(V.to_decimal(u.mV)), np.asarray(spikes), values(net)["random"]


def drive(t):
    return 0.01 * u.nA * (brainstate.environ.get("i") % 7)


def close(found, expected):
    # Another program than the plain loop: it may round otherwise.
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def run(net, duration=N * DT, **more):
    return gj.run(net, duration, **{"progress": False, **more})


def test_each_step_is_recorded_by_default(plain):
    net = built(symmetry)
    found = run(net, inputs=drive, record={"V": net.cells.V})
    close(found["V"].to_decimal(u.mV), plain[0])
    np.testing.assert_allclose(found.time.to_decimal(u.ms), 0.1 * np.arange(1, N + 1))
    close(net.cells.V.value.to_decimal(u.mV), plain[0][-1])
    np.testing.assert_array_equal(values(net)["random"], plain[2])


@pytest.mark.parametrize("chunk", [None, 24])
def test_windows_are_decimated_averaged_and_summed(plain, chunk):
    net = built(symmetry)
    record = {
        "last": net.cells.V,
        "some": Record(lambda: net.cells.V.value, at=[3, 1]),
        "mean": Record(net.cells.V, how="mean"),
        "count": Record(lambda: net.cells.V.value > -60 * u.mV, at=2, how="sum"),
    }
    found = run(net, inputs=drive, record=record, every=1.2 * u.ms, chunk=chunk)
    V = plain[0].reshape(5, 12, 4)
    close(found["last"].to_decimal(u.mV), V[:, -1])
    close(found["some"].to_decimal(u.mV), V[:, -1, [3, 1]])
    np.testing.assert_allclose(found["mean"].to_decimal(u.mV), V.mean(axis=1), rtol=1e-6)
    np.testing.assert_array_equal(found["count"], (V[..., 2] > -60).sum(axis=1))
    assert list(found) == ["last", "some", "mean", "count"]
    np.testing.assert_allclose(found.time.to_decimal(u.ms), 1.2 * np.arange(1, 6))
    np.testing.assert_array_equal(values(net)["random"], plain[2])


def test_inputs_for_each_step_and_a_run_that_goes_on(plain):
    rows = 0.01 * (np.arange(N) % 7)
    net = built(symmetry)
    first = run(net, 24 * DT, inputs=PerStep(rows[:24], u.nA), record={"V": net.cells.V}, chunk=8)
    # Times and indices go on where the first run has ended.
    rest = run(net, 36 * DT, inputs=drive, record={"V": net.cells.V}, start=24 * DT)
    V = np.concatenate([found["V"].to_decimal(u.mV) for found in (first, rest)])
    close(V, plain[0])
    np.testing.assert_allclose(rest.time.to_decimal(u.ms)[[0, -1]], [2.5, 6.0])


def test_constants_and_several_arguments():
    class Sum(brainstate.nn.Module):
        def __init__(self):
            super().__init__()
            self.total = brainstate.ShortTermState(jnp.zeros(2))

        def update(self, a, b, c):
            self.total.value = self.total.value + a / u.nA + b + c / u.ms

    net = Sum()
    inputs = (3 * u.nA, PerStep(np.arange(8.0).reshape(4, 2)), lambda t: t)
    found = run(net, 4 * DT, inputs=inputs, record={"total": net.total})
    rows = 3 + np.arange(8.0).reshape(4, 2) + 0.1 * np.arange(4)[:, None]
    np.testing.assert_allclose(found["total"], rows.cumsum(axis=0), rtol=1e-6)
    assert isinstance(found["total"], np.ndarray)
    with pytest.raises(
        KeyError, match=r"'totals' was not recorded; recorded: 'total'. Did you mean"
    ):
        found["totals"]


def test_a_long_mean_in_float32_keeps_its_digits():
    values = np.random.default_rng(0).normal(-65, 0.01, 200_000).astype(np.float32)
    total = Total(jax.ShapeDtypeStruct((), jnp.float32))
    summed, _ = jax.lax.scan(lambda s, x: (total.add(s, x), None), total.zero(), values)
    mean = float(total.result(summed, "mean", values.size))
    np.testing.assert_allclose(mean, values.mean(dtype=np.float64), rtol=1e-7)


def test_chunks_take_about_a_second_and_leave_no_rest():
    grid = make_grid(3000 * u.ms, DT, 10, None)
    assert windows_per_chunk(grid, 1e-4, 8) == 1000
    assert windows_per_chunk(grid, CHUNK_SECONDS, 8) == 1
    assert windows_per_chunk(grid, 1e-9, 8) == 3000
    assert windows_per_chunk(grid, 1e-9, 2**20) == 30
    prime = make_grid(100.3 * u.ms, DT, None, None)
    assert windows_per_chunk(prime, 1e-1, 8) == 10


def test_the_estimate_counts_loops():
    def loop(n):
        def f(i, t):
            return jax.lax.fori_loop(0, n, lambda k, x: x * 2 + t, i * jnp.ones(100))

        return cost_of(jax.make_jaxpr(f)(1.0, 2.0).jaxpr, 1)

    (used, short), (_, long) = loop(10), loop(1000)
    assert used
    assert 50 < long / short < 110


@pytest.mark.parametrize(
    ("more", "error", "message"),
    [
        ({"duration": 0.05 * u.ms}, ValueError, r"duration must be a whole number of dt \(0.1"),
        ({"duration": 0 * u.ms}, ValueError, "duration must be one dt at least"),
        ({"duration": 3 * u.mV}, u.UnitMismatchError, "duration must be a time"),
        ({"every": 7}, ValueError, r"duration must be a whole number of every \(7 steps\), got 60"),
        ({"every": 0}, ValueError, "every must be an int of at least 1"),
        ({"start": -1 * u.ms}, ValueError, "start must not be negative"),
        ({"duration": 3e5 * u.second}, ValueError, "before step 2147483647"),
        ({"dt": 0 * u.ms}, ValueError, "dt must be positive"),
        ({"every": 10, "chunk": 15}, ValueError, r"chunk must be a multiple of every \(10 steps\)"),
        ({"checkpoint_every": 0}, ValueError, "checkpoint_every must be an int of at least 1"),
        ({"checkpoint": 3}, TypeError, "checkpoint must be the path of a folder, got 3"),
        ({"progress": "yes"}, TypeError, "progress must be True, False or a function, got 'yes'"),
        ({"record": ["V"]}, TypeError, "record must be a dict of names"),
        ({"record": {"a/b": len}}, ValueError, "names without a slash"),
        ({"record": {"a": 3}}, TypeError, "record must be of a State or of a function .* got 3"),
        ({"record": {"a": lambda: "x"}}, TypeError, r"record\['a'\] must be one array, got 'x'"),
        ({"inputs": "x"}, TypeError, "inputs must be a number or an array, a function"),
        (
            {"inputs": PerStep(np.zeros(59))},
            ValueError,
            r"inputs must have 60 rows, one for each step of the run; got .*\(59,\)",
        ),
    ],
)
def test_arguments_are_checked(more, error, message):
    net = built(symmetry)
    before = values(net)
    with pytest.raises(error, match=message):
        run(net, **{"duration": N * DT, **more})
    check_equal(values(net), before)


def test_records_and_rows_are_checked():
    net = built(symmetry)
    with pytest.raises(ValueError, match=r"at of record\['V'\] must hold ids from 0 to 3, got 4"):
        run(net, record={"V": Record(net.cells.V, at=[0, 4])})
    with pytest.raises(ValueError, match=r"at of record\['m'\] must be left out, .* got \[0\]"):
        Record(lambda: 1.0, at=[0]).read("m")
    with pytest.raises(TypeError, match=r"record must be of a State .*: name one of its states"):
        Record(net.cells)
    for at, error in (([-1], ValueError), ([], TypeError), (0.5, TypeError)):
        with pytest.raises(error, match="at must"):
            Record(net.cells.V, at=at)
    with pytest.raises(ValueError, match="how must be one of 'last', 'mean', 'sum'"):
        Record(net.cells.V, how="median")
    with pytest.raises(TypeError, match="values must be an array with one row for each step"):
        PerStep(3.0)
    with pytest.raises(ValueError, match="unit must be left out"):
        PerStep(np.zeros(3) * u.nA, u.nA)


def test_models_that_cannot_be_run_are_refused():
    with pytest.raises(TypeError, match=r"model must be a brainstate.nn.Module, got 3"):
        run(3)
    with brainstate.environ.context(dt=None), pytest.raises(ValueError, match="dt must be given"):
        run(built(symmetry))
    net = built(symmetry)

    @brainstate.transform.jit
    def inside():
        net.cells.V.value = net.cells.V.value + 1 * u.mV
        run(net)

    with pytest.raises(RuntimeError, match="must be called outside of transformed functions"):
        inside()


def test_inputs_that_are_left_over_are_refused():
    net = built(symmetry)
    net.cells.add_current_input("late", 1.0 * u.nA)
    with pytest.raises(
        ValueError, match=r"current_inputs\['late'\] of cells holds an array before"
    ):
        run(net)

    class Late(type(net)):
        def update(self, x=0.0 * u.nA):
            super().update(x)
            self.cells.add_current_input("late", self.cells.V.value / u.Gohm)

    late = built(lambda cells: symmetry(cells))
    late.__class__ = Late
    with pytest.raises(ValueError, match=r"current_inputs\['late'\] of cells .* after a step"):
        run(late)


def test_what_is_not_finite_stops_the_run():
    class Grows(brainstate.nn.Module):
        def __init__(self):
            super().__init__()
            self.x = brainstate.ShortTermState(jnp.ones(2))

        def update(self):
            self.x.value = self.x.value * jnp.asarray([1.0, 1e10])

    net = Grows()
    with pytest.raises(gj.runs.NotFiniteError, match=r"record 'x' is not finite after 0.4"):
        run(net, 8 * DT, record={"x": net.x}, chunk=2)
    net.x.value = jnp.ones(2)
    assert np.isinf(run(net, 8 * DT, record={"x": net.x}, finite=False)["x"][-1, 1])


def test_a_time_that_float32_cannot_tell_apart_is_told():
    class Clock(brainstate.nn.Module):
        def update(self, x):
            pass

    late = {"start": 1000 * u.second, "dt": 0.01 * u.ms}
    with pytest.warns(gj.GapJunctionWarning, match="in float32 cannot tell steps of 0.01"):
        run(Clock(), 0.1 * u.ms, inputs=lambda t: t, record={"t": _time}, **late)
    # Nothing is said where nothing reads it.
    run(Clock(), 0.1 * u.ms, inputs=0.0, **late)


def test_a_time_that_float16_cannot_hold_is_told():
    grid = make_grid(70_000 * u.ms, 1 * u.ms, None, None)
    message = "in float16 cannot tell steps of 1"
    with (
        brainstate.environ.context(precision=16),
        pytest.warns(gj.GapJunctionWarning, match=message),
    ):
        check_time_resolution(grid, True)


def _time():
    return brainstate.environ.get("t")


def test_a_bar_shows_the_steps(capfd):
    run_with_bar = {"chunk": 20, "inputs": 0.0 * u.nA}
    gj.run(built(symmetry), N * DT, **run_with_bar)
    assert "60.0/60.0" in capfd.readouterr().err
