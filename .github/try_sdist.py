"""Unpacks a source distribution elsewhere, and runs its tests there.

``python .github/try_sdist.py dist/gapjunction-0.1.0.tar.gz`` runs the tests of what is in the
package beside its code: the documentation, the examples, the project's files. ``... tests`` runs
all but the slow ones. The Python that runs it must have the extra ``test``.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

# The tests that read files of the project.
FILES = [
    *("tests/docs", "tests/mutation", "tests/datasets", "tests/test_project.py"),
    *("tests/test_architecture.py", "tests/test_checks.py", "tests/test_readme.py"),
]


def main(archive: str, *tests: str) -> int:
    """Unpack and test; return the exit status."""
    with tempfile.TemporaryDirectory() as name:
        with tarfile.open(archive) as file:
            file.extractall(name, filter="data")
        (folder,) = Path(name).iterdir()
        # The code that is tested is the unpacked one, whatever is installed.
        environment = {**os.environ, "PYTHONPATH": str(folder / "src"), "MPLBACKEND": "Agg"}
        command = [sys.executable, "-m", "pytest", "-q", "-m", "not slow", *(tests or FILES)]
        return subprocess.run(command, cwd=folder, env=environment, check=False).returncode


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("usage: python try_sdist.py ARCHIVE [TESTS ...]")
    sys.exit(main(*sys.argv[1:]))
