"""The names of the coupling modes, and the settings of implicit coupling."""

from __future__ import annotations

import dataclasses
from typing import Final

from gapjunction._checks import check_choice, check_int, check_real, describe

COUPLINGS: Final[tuple[str, ...]] = ("step", "stage", "semi_implicit", "implicit")


@dataclasses.dataclass(frozen=True)
class Implicit:
    """Implicit coupling with settings other than those of ``coupling='implicit'``.

    Parameters
    ----------
    rtol : float, optional
        Relative tolerance of the iterative solver; by default 1e-6 in float32, 1e-12 in float64.
        Up to 64 coupled cells the equations are solved directly, without iteration.
    max_steps : int, default 2000
        Largest number of iterations. Where they do not suffice, the voltages become NaN.
    check : bool, default False
        Whether to raise an error instead of giving NaN, which costs some time at each step.

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


def check_coupling(coupling: object) -> tuple[str, Implicit]:
    """Return the name of a coupling mode, and the settings of implicit coupling."""
    if isinstance(coupling, Implicit):
        return "implicit", coupling
    return check_choice("coupling", coupling, COUPLINGS), Implicit()
