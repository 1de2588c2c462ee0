"""The kind of device that programs run on."""

from __future__ import annotations

import jax


def is_cpu() -> bool:
    """Return whether programs run on a CPU, rather than on a GPU or TPU.

    A CPU adds to an array element by element, in the order of the edges. A GPU does so by atomic
    operations, whose order differs from run to run, and with it the rounding of sums.
    """
    return jax.default_backend() == "cpu"
