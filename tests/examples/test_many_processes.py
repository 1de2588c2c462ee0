"""The example that runs on several processes gives what one process gives."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

EXAMPLE = Path(__file__).parents[2] / "examples" / "many_processes.py"


def run(n, folder, coupling="stage"):
    """Run the example on n processes; return the voltages at the end."""
    with socket.socket() as free:
        free.bind(("localhost", 0))
        address = f"localhost:{free.getsockname()[1]}"
    output = folder / "V.npy"
    output.unlink(missing_ok=True)
    env = dict(os.environ, JAX_PLATFORMS="cpu", XLA_FLAGS="")
    env["PYTHONPATH"] = str(EXAMPLE.parents[1] / "src")
    shared = ["--cells", "640", "--steps", "40", "--coupling", coupling, "--output", str(output)]
    joined = [
        [] if n == 1 else ["--coordinator", address, "--processes", str(n), "--process", str(k)]
        for k in range(n)
    ]
    processes = [
        subprocess.Popen(
            [sys.executable, str(EXAMPLE), *shared, *own],
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
    return np.load(output)


@pytest.mark.slow
@pytest.mark.parametrize(("n", "coupling"), [(2, "stage"), (4, "stage"), (2, "implicit")])
def test_processes_give_what_one_gives(tmp_path, n, coupling):
    one = run(1, tmp_path, coupling)
    several, again = (run(n, tmp_path, coupling) for _ in range(2))
    assert np.ptp(one) > 5
    np.testing.assert_allclose(several, one, atol=2e-3)
    np.testing.assert_array_equal(several, again)
