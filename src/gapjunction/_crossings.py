"""When a recorded voltage rises through a level."""

from __future__ import annotations

import numpy as np


def crossings(v: np.ndarray, level: float) -> np.ndarray:
    """Return where a trace rises through a level, as positions in samples.

    Positions between two samples are found by linear interpolation.

    Examples
    --------
    >>> import numpy as np
    >>> print(crossings(np.array([-60.0, -20.0, 20.0, -60.0]), 0.0))
    [1.5]
    """
    before = np.flatnonzero((v[:-1] < level) & (v[1:] >= level))
    return before + (level - v[before]) / (v[before + 1] - v[before])
