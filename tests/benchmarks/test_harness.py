"""Paired timing, and results that are whole or not there."""

import doctest
import gc
import json
import math

import jax.numpy as jnp
import numpy as np
import pytest

import harness
from tables import Table


class Clock:
    """Time that passes only where a function says so."""

    def __init__(self):
        self.now, self.calls = 0.0, []

    def __call__(self):
        return self.now

    def function(self, name, *seconds):
        """Return a function that takes these seconds in turn, and the last from then on."""
        left = list(seconds)

        def call():
            self.calls.append(name)
            self.now += left.pop(0) if len(left) > 1 else left[0]

        return call


def test_functions_alternate():
    clock = Clock()
    functions = {"a": clock.function("a", 2.0), "b": clock.function("b", 1.0)}
    times = harness.paired(functions, rounds=4, sample=1.0, clock=clock)
    assert "".join(clock.calls).endswith("abababab")
    assert "".join(clock.calls)[:-8] == "aaabbb"  # warm, and once to see how long it takes
    assert times.seconds == {"a": [2.0] * 4, "b": [1.0] * 4}


def test_samples_last_as_long_as_asked():
    clock = Clock()
    functions = {"slow": clock.function("s", 0.5), "fast": clock.function("f", 1 / 1024)}
    times = harness.paired(functions, rounds=1, sample=1.0, clock=clock)
    assert "".join(clock.calls).endswith("s" * 2 + "f" * 1024)
    assert times.median("fast") == 1 / 1024


def test_ratios_are_taken_within_rounds():
    # In each round twice as fast; the medians of each, 3 and 2, would say otherwise.
    times = harness.Paired({"a": [1.0, 3.0, 400.0], "b": [0.5, 1.5, 2.0], "c": [1.0, 1.0, 1.0]})
    assert times.speedup("b") == 2.0
    assert times.speedup("c") == 3.0
    assert times.speedup("b", over="c") == pytest.approx(2 / 3)
    assert times.spread("b") == (2.0, 101.0)


def test_one_round_has_a_spread():
    assert harness.Paired({"a": [4.0], "b": [2.0]}).spread("b") == (2.0, 2.0)


def test_collection_is_off_while_timing_and_on_again_after():
    seen = []

    def fail():
        seen.append(gc.isenabled())
        if len(seen) > 5:
            raise RuntimeError

    with pytest.raises(RuntimeError):
        harness.paired({"a": fail}, rounds=9, sample=1e-9)
    assert seen[-1] is False
    assert gc.isenabled()


def test_rounds_must_be_one_or_more():
    with pytest.raises(ValueError, match="rounds must be at least 1, got 0"):
        harness.paired({"a": int}, rounds=0)


def answer(options):
    row = {"n": np.int64(3), "ratio": np.float32(1.5), "quick": options.quick, "none": None}
    return [Table("Numbers", [row, {"n": jnp.asarray(4), "name": "x|y"}], ["A note."])]


def test_report_has_tables_machine_and_versions(tmp_path, capsys):
    arguments = ["--quick", "--output", str(tmp_path / "new")]
    harness.main("Is it?", "First.\n\nMore.", answer, arguments=arguments)
    (path,) = (tmp_path / "new").iterdir()
    report = json.loads(path.read_text())
    assert path.name == "test_harness.json" == report["name"] + ".json"
    assert (report["question"], report["quick"]) == ("Is it?", True)
    assert report["tables"][0]["rows"][0] == {"n": 3, "ratio": 1.5, "quick": True, "none": None}
    assert report["machine"]["cores"] >= 1
    assert {"jax", "brainpy", "brainstate", "saiunit", "numpy"} <= set(report["versions"])
    printed = capsys.readouterr().out
    assert "| 3 | 1.50 | yes | – | – |" in printed
    assert "x\\|y" in printed


@pytest.mark.parametrize("bad", [math.nan, math.inf, object()], ids=["nan", "inf", "object"])
def test_report_is_whole_or_not_there(bad, tmp_path):
    kept = tmp_path / "test_harness.json"
    kept.write_text("before")
    with pytest.raises((ValueError, TypeError)):
        harness.main(
            "Is it?",
            "",
            lambda _: [Table("Numbers", [{"n": 1}, {"n": bad}])],
            arguments=["--output", str(tmp_path)],
        )
    assert [path.name for path in tmp_path.iterdir()] == [kept.name]
    assert kept.read_text() == "before"


def test_folder_is_checked_before_the_work(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(NotADirectoryError):
        harness.main("Is it?", "", pytest.fail, arguments=["--output", str(tmp_path / "file")])


def test_examples():
    assert doctest.testmod(harness).failed == 0
