"""Channels from NeuroML 2 files, and back.

:func:`read` returns a channel of a file as a class, :func:`report` says what was imported,
approximated and left out. :func:`write` and :func:`to_neuroml` write channels as NeuroML.
"""

from gapjunction.neuroml._errors import NeuromlError as NeuromlError
from gapjunction.neuroml._reader import Part as Part
from gapjunction.neuroml._reader import Report as Report
from gapjunction.neuroml._reader import read as read
from gapjunction.neuroml._reader import report as report
from gapjunction.neuroml._writer import to_neuroml as to_neuroml
from gapjunction.neuroml._writer import write as write

__all__ = ["NeuromlError", "Part", "Report", "read", "report", "to_neuroml", "write"]
