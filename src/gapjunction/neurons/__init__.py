"""Neurons made of channels: :class:`PointNeuron` from any, the others from those of a paper."""

from gapjunction.neurons._point import PointNeuron as PointNeuron
from gapjunction.neurons.destexhe_1998 import Destexhe1998 as Destexhe1998
from gapjunction.neurons.hodgkin_huxley_1952 import HH1952 as HH1952
from gapjunction.neurons.pospischil_2008 import Pospischil2008 as Pospischil2008
from gapjunction.neurons.prinz_2004 import Prinz2004 as Prinz2004
from gapjunction.neurons.wang_buzsaki_1996 import WangBuzsaki1996 as WangBuzsaki1996

__all__ = [
    "HH1952",
    "Destexhe1998",
    "PointNeuron",
    "Pospischil2008",
    "Prinz2004",
    "WangBuzsaki1996",
]
