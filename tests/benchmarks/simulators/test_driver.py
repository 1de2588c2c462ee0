"""What every worker does, with a simulator whose steps take the time that they are said to."""

import json

import driver
import numpy as np
import pytest

from simulators import task


class Metronome(driver.Simulator):
    """Takes 100 us per step, fires every 400 steps."""

    version, chunk, made = "1", 100, []

    def __init__(self, task, options, threads, record):
        self.n, self.done, self.runs = task.n, 0, []
        self.value = options.get("value", -60.0)
        self.made.append(self)

    def run(self, steps):
        self.runs.append(steps)
        self.done += steps
        return steps * 1e-4

    def spikes(self):
        return np.full(self.n, self.done // 400)

    def voltages(self):
        return np.full(self.n, self.value)

    def trace(self):
        return np.zeros((self.done + 1, self.n))


class Anew(Metronome):
    """Starts at time 0 in each run."""

    continues = False

    def spikes(self):
        return np.full(self.n, self.runs[-1] // 400)


@pytest.fixture
def network():
    return task.make(21)


def test_whole_duration_within_the_budget(network):
    found = driver.measure(Metronome, network, {}, 1, steps=4200, budget=60.0)
    assert Metronome.made[-1].runs == [100, 100, 1000, 1000, 1000, 1000]
    assert found["us_per_step"] == pytest.approx(100)
    assert found["timed_ms"] == pytest.approx(100.0)
    assert found["simulated_ms"] == pytest.approx(105.0)
    assert found["rate_hz"] == pytest.approx(10 / 0.105)
    json.dumps(found, allow_nan=False)


def test_budget_shortens_the_run(network):
    found = driver.measure(Metronome, network, {}, 1, steps=40_000, budget=0.2)
    assert Metronome.made[-1].runs == [100, 100, 500, 500, 500, 500]
    assert found["timed_ms"] == pytest.approx(50.0)


def test_runs_that_start_anew_cover_the_duration_in_one(network):
    found = driver.measure(Anew, network, {}, 1, steps=4000, budget=60.0)
    assert Anew.made[-1].runs == [100, 100, 4000]
    assert found["simulated_ms"] == found["timed_ms"] == pytest.approx(100.0)
    assert found["rate_hz"] == pytest.approx(100.0)


def test_voltages_that_ran_away_are_no_result(network):
    with pytest.raises(ArithmeticError, match="not finite after"):
        driver.measure(Metronome, network, {"value": np.nan}, 1, steps=1000, budget=1.0)


def test_command_line(network, tmp_path, monkeypatch):
    network.save(tmp_path / "task.npz")
    paths = [str(tmp_path / name) for name in ("task.npz", "result.json")]
    monkeypatch.setattr("sys.argv", ["worker", *paths, "--duration", "50", "--threads", "3"])
    driver.main(Metronome, {"only": {}})
    found = json.loads((tmp_path / "result.json").read_text())
    assert (found["n"], found["threads"], found["version"]) == (21, 3, "1")
    trace = tmp_path / "trace.npz"
    monkeypatch.setattr("sys.argv", ["worker", *paths, "--duration", "5", "--trace", str(trace)])
    driver.main(Metronome, {"only": {}})
    assert np.load(trace)["trace"].shape == (201, 21)
    assert len(list(tmp_path.iterdir())) == 3


def test_jobs_on_the_command_line(tmp_path, monkeypatch):
    jobs, results = tmp_path / "jobs.json", tmp_path / "results.npz"
    jobs.write_text(json.dumps({"a": {"n": 2}, "b": {"n": 3}}))

    def run(jobs):
        return {name: {"V": np.arange(job["n"])} for name, job in jobs.items()}

    monkeypatch.setattr("sys.argv", ["worker", str(jobs), str(results), "--jobs"])
    driver.main(Metronome, {"only": {}}, run)
    with np.load(results) as found:
        assert {name: len(found[name]) for name in found.files} == {"a/V": 2, "b/V": 3}


def test_jobs_are_refused_where_a_simulator_takes_none(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["worker", "jobs.json", "results.npz", "--jobs"])
    with pytest.raises(SystemExit):
        driver.main(Metronome, {"only": {}})
    assert "unrecognized arguments: --jobs" in capsys.readouterr().err
