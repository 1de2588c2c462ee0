"""The table of simulators, with a simulator that answers at once."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

import environments
import harness
import peer_simulators
from simulators import reference, task

WORKER = '''"""Oracle: knows the answer.

It has the converged solution, 0.1 ms late.
"""
import json, sys
import numpy as np
NAME = "Oracle"
PACKAGES = []
VARIANTS = {"guess": {}, "fail": {}}
THREADS = "faster"
EQUATIONS = "the task's"
task, result, *rest = sys.argv[1:]
options = dict(zip(rest[::2], rest[1::2]))
if options["--variant"] == "fail":
    sys.exit("the oracle is silent")
if "--trace" in options:
    trace = np.load(sys.argv[0].replace("oracle_worker.py", "answer.npy"))
    np.savez(options["--trace"], trace=np.vstack([trace[:1]] * 4 + [trace[:-4]]))
threads = int(options.get("--threads", 1))
said = {"version": "1", "python": "3", "threads": threads, "n": 100}
numbers = ["fastest_us", "slowest_us", "timed_ms", "simulated_ms", "setup_s", "compile_s"]
said |= dict.fromkeys([*numbers, "rate_hz", "silent_cells", "mean_voltage"], 1.0)
open(result, "w").write(json.dumps(said | {"us_per_step": 7.0 / threads}))
'''


@pytest.fixture
def oracle(tmp_path, monkeypatch):
    """Put two simulators in the place of all: one that answers, one that is not installed."""
    worker = tmp_path / "oracle_worker.py"
    worker.write_text(WORKER)
    absent = tmp_path / "absent_worker.py"
    absent.write_text('"""Absent: not there."""\nNAME = "Absent"\nPACKAGES = ["absent"]\n')
    monkeypatch.setattr(environments, "PLACE", tmp_path)
    found = {"oracle": environments.Peer(worker), "absent": environments.Peer(absent)}
    monkeypatch.setattr(peer_simulators, "peers", lambda: found)
    monkeypatch.setattr(peer_simulators.machine, "cores", lambda: 2)
    made = task.make(100)
    steps = round(peer_simulators.ACCURACY / task.DT)
    np.save(tmp_path / "answer.npy", reference.solve(made, steps))
    return found


def test_results_errors_and_what_is_lost(oracle, tmp_path, capsys):
    harness.main(
        peer_simulators.QUESTION,
        peer_simulators.__doc__,
        peer_simulators.measure,
        peer_simulators.add_options,
        ["--quick", "--output", str(tmp_path / "out")],
    )
    report = json.loads((tmp_path / "out" / "peer_simulators.json").read_text())
    speed, runs, known = report["tables"]
    guess, fail = speed["rows"]
    assert guess["N = 100"] == 3.5  # two threads were faster than one
    assert guess["threads"] == "2"
    assert guess["spike error, us"] == pytest.approx(100, rel=1e-6)
    assert fail["N = 100"] is None
    assert len(runs["rows"]) == 1
    assert [row["simulator"] for row in known["rows"]] == ["Oracle"]
    lost = [note for note in speed["notes"] if note not in peer_simulators.NOTES]
    assert "Absent: skipped, not installed (`make bench-peers` does it)" in lost
    assert "Oracle, fail, N = 100: the oracle is silent" in lost


def test_a_run_that_takes_too_long_is_given_up(tmp_path):
    worker = tmp_path / "slow_worker.py"
    worker.write_text(WORKER.split("task, result")[0] + "import time; time.sleep(60)\n")
    runs = peer_simulators.Runs(tmp_path, 1.0, 1.0, limit=0.5)
    with pytest.raises(peer_simulators.LostError, match=r"not done after 0\.5 s"):
        runs.error(environments.Peer(worker), "guess")


def test_the_process_is_the_simulators_own():
    assert Path(sys.executable) == environments.peers()["gapjunction"].python
