"""Runs of any length: recorded to disk, resumed where they were stopped, and models as files."""

from gapjunction.runs._inputs import PerStep as PerStep
from gapjunction.runs._models import load as load
from gapjunction.runs._models import save as save
from gapjunction.runs._record import Record as Record
from gapjunction.runs._recording import Recorded as Recorded
from gapjunction.runs._run import NotFiniteError as NotFiniteError
from gapjunction.runs._run import run as run

__all__ = ["NotFiniteError", "PerStep", "Record", "Recorded", "load", "run", "save"]
