r"""Explicit coupling of second order, by the two-step method of Adams and Bashforth.

The voltages are extrapolated to the middle of the step from its start and the start of the step
before, and the current of the step is that at the extrapolated voltages. With a membrane whose own
step is of second order, such as a ``'staggered'`` one, the whole step is of second order. One
current flows along each edge, with opposite signs at its ends: charge is conserved exactly.

For a pattern of voltages that decays by coupling at the rate :math:`\lambda`, and through the
membranes at the rate a in a Crank-Nicolson step, one step is

.. math:: (1 + a\,dt / 2)\, V_{n+1} = (1 - a\,dt / 2)\, V_n - \lambda\,dt\,(3 V_n - V_{n-1}) / 2,

whose solution changes sign from step to step without decay at :math:`\lambda\,dt = 1`, whatever a
is: half of the limit of the method of first order. The same holds with exponential Euler, where the
limit is :math:`a \coth(a\,dt / 2) / 2`.
"""

from __future__ import annotations

import dataclasses
from typing import ClassVar, final

from gapjunction._typing import Value
from gapjunction.coupling._instant import Instant
from gapjunction.coupling.modes._mode import Mode


@final
@dataclasses.dataclass(frozen=True)
class Extrapolated(Mode):
    """``'extrapolated'``: the current at voltages extrapolated to the middle of the step."""

    __module__ = "gapjunction.coupling"

    name: ClassVar[str] = "extrapolated"
    remembers: ClassVar[bool] = True
    stiffness: ClassVar[float] = 2.0

    def leave(self, junction: Instant) -> None:
        """Leave the current at the extrapolated voltages, for all stages of the step."""
        if junction.before is None:
            raise RuntimeError(f"{junction.name} has not remembered its voltages.")

        def middle(now: Value, before: Value) -> Value:
            return now + (now - before) / 2

        v_pre, v_post = map(middle, junction.voltages, junction.before)
        current = junction.flow(v_pre, v_post)
        junction.put(current, (lambda *args: current.pre, lambda *args: current.post))

    def caution(self, kappa: float) -> str:
        """Return nothing: the limit of the time step is all that there is to say."""
        return ""
