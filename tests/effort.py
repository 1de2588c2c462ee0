"""How much a piece of code computes, independent of the machine and of what else it does."""

import contextlib
import sys

# A usual file of a channel takes some ten thousand calls. The readers refuse files that are too
# large, so that none takes thousands of times as many.
MOST_CALLS = 20_000_000


@contextlib.contextmanager
def bounded_effort():
    """Fail after too many function calls; seconds would depend on what the machine does."""
    left = MOST_CALLS

    def count(frame, event, arg):
        nonlocal left
        left -= event == "call"
        if left < 0:
            sys.setprofile(None)
            raise RuntimeError("the code takes too many calls of functions.")

    sys.setprofile(count)
    try:
        yield
    finally:
        sys.setprofile(None)
    assert left >= 0
