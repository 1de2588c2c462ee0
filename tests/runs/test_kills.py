"""Processes that are killed at any instant, and go on in others."""

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

SCRIPT = Path(__file__).parents[1] / "long_run.py"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.optimized,
    pytest.mark.skipif(sys.platform == "win32", reason="signals and limits of POSIX"),
]


def start(folder, result, *more):
    return subprocess.Popen(
        [sys.executable, str(SCRIPT), str(folder), str(result), *more],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([*sys.path, str(SCRIPT.parent)])},
    )


def finish(process):
    _, errors = process.communicate()
    assert process.returncode == 0, errors


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The results of a run that was not stopped."""
    folder = tmp_path_factory.mktemp("whole")
    finish(start(folder / "run", folder / "result.npz"))
    return folder / "result.npz"


def check(found, expected):
    with np.load(found) as a, np.load(expected) as b:
        assert set(a) == set(b)
        assert {"V", "mean", "spikes", "key"} < set(a)
        assert b["spikes"].sum() > 100
        for name in a:
            assert a[name].dtype == b[name].dtype
            np.testing.assert_array_equal(a[name], b[name], err_msg=name)


def test_a_run_that_is_killed_again_and_again_ends_with_the_same_bits(tmp_path, whole):
    random = np.random.default_rng(20)
    # After so many chunks of its process: before the first one, and before and after each of the
    # first checkpoints, which come with every seventh chunk.
    for left in random.permutation([0, 1, 6, 7, 13, 14]):
        process = start(tmp_path / "run", tmp_path / "result.npz")
        before = time.monotonic()
        # The first line after "begun" tells where the run goes on.
        for line in process.stdout:
            took, before = time.monotonic() - before, time.monotonic()
            left -= line.strip() == "1"
            if left < 0 or (left == 0 and line.strip() == "begun"):
                break
        # At any instant of what comes next, which takes about as long as what came last.
        time.sleep(random.uniform(0, 1.2) * min(took, 0.2))
        process.kill()
        process.communicate()
        assert process.returncode == -9
    finish(start(tmp_path / "run", tmp_path / "result.npz"))
    check(tmp_path / "result.npz", whole)


def test_a_disk_that_is_full_leaves_the_last_checkpoint(tmp_path, whole):
    process = start(tmp_path / "run", tmp_path / "result.npz", "full")
    _, errors = process.communicate()
    assert process.returncode == 1
    assert "OSError: the run could not be written to" in errors
    assert "its last checkpoint is that of" in errors
    finish(start(tmp_path / "run", tmp_path / "result.npz"))
    check(tmp_path / "result.npz", whole)
