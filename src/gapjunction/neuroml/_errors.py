"""The error that this package raises."""

from __future__ import annotations


class NeuromlError(ValueError):
    """A NeuroML file cannot be read, or a channel cannot be written as NeuroML.

    The message names the element by its id, or the part of the channel.
    """

    __module__ = "gapjunction.neuroml"
