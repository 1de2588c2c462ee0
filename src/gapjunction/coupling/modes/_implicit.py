"""Coupling in which all voltages of the step are solved together."""

from __future__ import annotations

import dataclasses
from typing import ClassVar, final

from gapjunction._checks import check_int, check_real, describe
from gapjunction.coupling._instant import Instant
from gapjunction.coupling._solve import Settings
from gapjunction.coupling.modes._mode import Mode


@final
@dataclasses.dataclass(frozen=True)
class Implicit(Mode):
    """Implicit coupling with settings other than those of ``coupling='implicit'``.

    Parameters
    ----------
    rtol : float, optional
        Relative tolerance of the iterative solver; by default 1e-6 in float32, 1e-12 in float64.
        On a CPU the equations of up to 64 coupled cells are solved directly, without iteration.
    max_steps : int, default 2000
        Largest number of iterations. Where they do not suffice, the voltages become NaN.
    check : bool, default False
        Whether to raise an error instead of giving NaN, which costs some time at each step.
    theta : float, optional
        Where in the step the current is taken, from 0.5 (its middle, as in the Crank-Nicolson
        method) to 1 (its end, as in implicit Euler). The default follows the population's own step:
        the middle for a ``'staggered'`` neuron, the end for others. In the middle a centred step
        stays of second order, but a jump that is stiff (kappa above 1) rings; at the end it is
        damped, and the step is of first order. It must be the same for all implicit junctions that
        are solved together.

    Examples
    --------
    >>> import brainpy, saiunit as u
    >>> import gapjunction as gj
    >>> cells = brainpy.state.HH(100)
    >>> gap = gj.SymmetryGapJunction(
    ...     cells, 'V', gj.connectivity.ring(), 50 * u.mS, coupling=gj.Implicit(rtol=1e-4))
    >>> gap.coupling
    'implicit'
    """

    __module__ = "gapjunction"

    name: ClassVar[str] = "implicit"
    solved: ClassVar[bool] = True

    rtol: float | None = None
    max_steps: int = 2000
    check: bool = False
    theta: float | None = None

    def __post_init__(self) -> None:
        # Settings are kept as numbers of Python: JAX would compute in float64 with those of NumPy,
        # also for voltages in float32.
        if self.rtol is not None:
            object.__setattr__(self, "rtol", check_real("rtol", self.rtol, low=1e-15, high=1.0))
        object.__setattr__(self, "max_steps", check_int("max_steps", self.max_steps, low=1))
        if not isinstance(self.check, bool):
            raise TypeError(f"check must be True or False, got {describe(self.check)}.")
        if self.theta is not None:
            object.__setattr__(self, "theta", check_real("theta", self.theta, low=0.5, high=1.0))

    def leave(self, junction: Instant) -> None:
        """Ask for a current that is solved together with all voltages of the step."""
        junction.ask(Settings(self.rtol, self.max_steps, self.check, self.theta))

    def caution(self, kappa: float) -> str:
        """Return nothing: the step is stable, and does not damp what all cells do alike."""
        return ""
