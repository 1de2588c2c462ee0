"""Ion channels, written as papers write them.

A channel is a subclass of :class:`Channel` that declares its gates (:class:`Gate`) with rates in
the forms the field uses (:class:`exponential`, :class:`linoid`, :class:`sigmoid`, or any function).
Published channels are in the catalogue, one file per paper.
"""

from gapjunction.ion_channels._channel import Affine as Affine
from gapjunction.ion_channels._channel import Channel as Channel
from gapjunction.ion_channels._gate import Gate as Gate
from gapjunction.ion_channels._rates import RateForm as RateForm
from gapjunction.ion_channels._rates import exponential as exponential
from gapjunction.ion_channels._rates import linoid as linoid
from gapjunction.ion_channels._rates import sigmoid as sigmoid
from gapjunction.ion_channels._source import Source as Source
from gapjunction.ion_channels.catalogue import K_HH1952 as K_HH1952
from gapjunction.ion_channels.catalogue import L_HH1952 as L_HH1952
from gapjunction.ion_channels.catalogue import Na_HH1952 as Na_HH1952

__all__ = [
    "K_HH1952",
    "L_HH1952",
    "Affine",
    "Channel",
    "Gate",
    "Na_HH1952",
    "RateForm",
    "Source",
    "exponential",
    "linoid",
    "sigmoid",
]
