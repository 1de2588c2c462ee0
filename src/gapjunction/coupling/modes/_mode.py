"""The base class of coupling modes: what each of them has to define."""

from __future__ import annotations

import abc
from typing import ClassVar

from gapjunction.coupling._instant import Instant


class Mode(abc.ABC):
    """A way in which the current of a junction enters the step of its populations.

    A subclass is final and has a file of its own. Its attributes state its name and its limit,
    :meth:`leave` leaves what a step needs, and :meth:`caution` returns its sentence for the
    stability report. Users can give its name once it is in the table ``MODES``.
    """

    __module__ = "gapjunction.coupling"

    name: ClassVar[str]
    """What users call it: ``coupling='...'``."""

    solved: ClassVar[bool] = False
    """Whether currents are solved together with the step, by the couplers of the populations."""

    remembers: ClassVar[bool] = False
    """Whether the mode needs the voltages of one step before."""

    stiffness: ClassVar[float] = 0.0
    """Factor on the rates of coupling in the condition on the time step: 1 for a current that is
    taken at the step's start, 0 if coupling does not limit the time step."""

    held: ClassVar[bool] = True
    """Whether the current is the same at all stages of a step."""

    @abc.abstractmethod
    def leave(self, junction: Instant) -> None:
        """Leave what the coming step of the populations needs.

        Parameters
        ----------
        junction : Instant
            The junction as it is now. :meth:`Instant.put` leaves a current, :meth:`Instant.ask`
            asks for one that is solved together with the step.
        """

    @abc.abstractmethod
    def caution(self, kappa: float) -> str:
        """Return what the stability report adds about a step that is stable; empty for nothing.

        Parameters
        ----------
        kappa : float
            The time step times the conductances over the capacitance of the most coupled cell.
        """
