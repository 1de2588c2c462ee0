"""The example that runs on several processes gives what one process gives."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

EXAMPLE = Path(__file__).parents[2] / "examples" / "many_processes.py"
COUPLINGS = ("stage", "implicit")
CELLS, STEPS = 640, 40
# The example as a program, and its network in the same processes once more, and in another mode:
# to start a process takes longer than to run in it.
PROGRAM = f"""
import pathlib, runpy, sys
folder, example = pathlib.Path(sys.argv[1]), sys.argv[2]
shared = ["--cells", "{CELLS}", "--steps", "{STEPS}", "--output", str(folder / "stage.npy")]
sys.argv = [example, *shared, *sys.argv[3:]]
main = runpy.run_path(example, run_name="__main__")["main"]
for name in ("stage again", "implicit", "implicit again"):
    main({CELLS}, {STEPS}, name.split()[0], folder / f"{{name}}.npy")
"""


def run(n, folder):
    """Run the example on n processes; return the voltages at the end of each run."""
    with socket.socket() as free:
        free.bind(("localhost", 0))
        address = f"localhost:{free.getsockname()[1]}"
    # What is computed is small.
    env = dict(os.environ, JAX_PLATFORMS="cpu", JAX_DISABLE_MOST_OPTIMIZATIONS="1")
    env["PYTHONPATH"] = str(EXAMPLE.parents[1] / "src")
    joined = [
        [] if n == 1 else ["--coordinator", address, "--processes", str(n), "--process", str(k)]
        for k in range(n)
    ]
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(folder), str(EXAMPLE), *own],
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for own in joined
    ]
    for process in processes:
        _, err = process.communicate(timeout=1200)
        assert process.returncode == 0, err[-4000:]
    return {path.stem: np.load(path) for path in folder.glob("*.npy")}


@pytest.fixture(scope="module")
def one(tmp_path_factory):
    """What a single process gives."""
    return run(1, tmp_path_factory.mktemp("one"))


@pytest.mark.slow
@pytest.mark.optimized
@pytest.mark.parametrize("n", [pytest.param(2, marks=pytest.mark.exhaustive), 4])
def test_processes_give_what_one_gives(tmp_path, one, n):
    several = run(n, tmp_path)
    for coupling in COUPLINGS:
        assert np.ptp(one[coupling]) > 5
        np.testing.assert_allclose(several[coupling], one[coupling], atol=2e-3)
        np.testing.assert_array_equal(several[coupling], several[f"{coupling} again"])
