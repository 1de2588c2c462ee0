"""Channels from NMODL files, the language in which NEURON's mechanisms are written, and back.

:func:`read` returns a channel class of :mod:`gapjunction.ion_channels` from a file, with a
:class:`Report` that says what was imported, what was approximated and what was left out.
:func:`write` and :func:`to_nmodl` write channels as NMODL.
"""

from gapjunction.nmodl._check import check as check
from gapjunction.nmodl._comparison import Comparison as Comparison
from gapjunction.nmodl._comparison import SpikeComparison as SpikeComparison
from gapjunction.nmodl._comparison import StateComparison as StateComparison
from gapjunction.nmodl._errors import NmodlError as NmodlError
from gapjunction.nmodl._read import read as read
from gapjunction.nmodl._report import Report as Report
from gapjunction.nmodl._writer import to_nmodl as to_nmodl
from gapjunction.nmodl._writer import write as write

__all__ = [
    "Comparison",
    "NmodlError",
    "Report",
    "SpikeComparison",
    "StateComparison",
    "check",
    "read",
    "to_nmodl",
    "write",
]
