"""Which Python runs another simulator."""

import functools
import sys
from pathlib import Path

ENVIRONMENTS = Path(__file__).parents[2] / ".venv-bench"


@functools.cache
def python(simulator):
    """Return the interpreter of a simulator's own environment, or this one.

    ``make bench-peers`` makes the environments; without them the simulator may be installed here.
    """
    own = ENVIRONMENTS / simulator
    return str(own / "bin" / "python") if (own / "made").exists() else sys.executable
