"""What programs run on."""

from __future__ import annotations

import jax


def is_cpu() -> bool:
    """Return whether programs run on a CPU, and not on a GPU or TPU.

    A CPU adds to an array element by element, in the order of the edges. A GPU does so by atomic
    operations, whose order is another one in each run: sums are then rounded differently.
    """
    return jax.default_backend() == "cpu"
