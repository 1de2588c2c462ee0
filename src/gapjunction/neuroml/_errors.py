"""The one error of everything here."""

from __future__ import annotations


class NeuromlError(ValueError):
    """What a NeuroML file holds cannot be read, or a channel cannot be written as NeuroML.

    The message names the element by its id, or the part of the channel.
    """

    __module__ = "gapjunction.neuroml"
