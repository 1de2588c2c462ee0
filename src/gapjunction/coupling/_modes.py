"""How a junction's current enters the step of its populations."""

from __future__ import annotations

import dataclasses
from typing import Any, Final

from gapjunction._checks import check_choice, check_int, check_real, describe

COUPLINGS: Final[tuple[str, ...]] = ("step", "stage", "semi_implicit", "implicit")


@dataclasses.dataclass(frozen=True)
class Implicit:
    """Settings of implicit coupling, where ``coupling='implicit'`` should not be by default.

    Parameters
    ----------
    rtol : float, optional
        Relative tolerance of the iterative solve; by default 1e-6 in float32, 1e-12 in float64.
        Up to 64 coupled cells the equations are solved directly.
    max_steps : int, default 2000
        Of the iteration. A step that has not converged by then gives NaN.
    check : bool, default False
        Raise an error instead, which costs some time at each step.

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

    rtol: float | None = None
    max_steps: int = 2000
    check: bool = False

    def __post_init__(self) -> None:
        if self.rtol is not None:
            check_real("rtol", self.rtol, low=1e-15, high=1.0)
        check_int("max_steps", self.max_steps, low=1)
        if not isinstance(self.check, bool):
            raise TypeError(f"check must be True or False, got {describe(self.check)}.")


def check_coupling(coupling: Any) -> tuple[str, Implicit]:
    """Return the name of a coupling mode, and the settings it is solved with."""
    if isinstance(coupling, Implicit):
        return "implicit", coupling
    return check_choice("coupling", coupling, COUPLINGS), Implicit()
