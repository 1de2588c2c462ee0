"""Ion channels, declared in the form in which papers give them.

A channel is a subclass of :class:`Channel` (or :class:`GHKChannel`) that declares its gates
(:class:`Gate`, :class:`Markov`) with rates in the forms the field uses (:class:`exponential`,
:class:`linoid`, :class:`sigmoid`, or any function), and any :class:`Parameter` that these read. A
:class:`Mechanism` has currents of any form and of several ions (:class:`Current`), and states that
are not gates (:class:`Variable`). With :class:`ChannelNoise` the channels of a cell are counted,
and open and close at random. Ion pools (:class:`FixedPool`, :class:`DecayPool`,
:class:`CaDynamics_E2`, :class:`Pool`) hold the concentrations that channels read and that their
currents change.

Published channels are in the catalogue, one file per paper: :func:`find` searches it, and each is
an attribute of this module, loaded when it is first accessed.
"""

from difflib import get_close_matches as _get_close_matches
from typing import Any as _Any

from gapjunction.ion_channels import catalogue as _catalogue
from gapjunction.ion_channels._affine import Affine as Affine
from gapjunction.ion_channels._channel import Channel as Channel
from gapjunction.ion_channels._current import Current as Current
from gapjunction.ion_channels._decay_pool import CaDynamics_E2 as CaDynamics_E2
from gapjunction.ion_channels._decay_pool import DecayPool as DecayPool
from gapjunction.ion_channels._declared_pool import Pool as Pool
from gapjunction.ion_channels._gate import Gate as Gate
from gapjunction.ion_channels._ghk import GHKChannel as GHKChannel
from gapjunction.ion_channels._insert import Insertion as Insertion
from gapjunction.ion_channels._insert import insert as insert
from gapjunction.ion_channels._ion import Ion as Ion
from gapjunction.ion_channels._ion_channel import IonChannel as IonChannel
from gapjunction.ion_channels._kinetics import Kinetics as Kinetics
from gapjunction.ion_channels._markov import Markov as Markov
from gapjunction.ion_channels._mechanism import Mechanism as Mechanism
from gapjunction.ion_channels._nernst import ghk as ghk
from gapjunction.ion_channels._nernst import nernst as nernst
from gapjunction.ion_channels._noise import ChannelNoise as ChannelNoise
from gapjunction.ion_channels._parameter import Parameter as Parameter
from gapjunction.ion_channels._pools import FixedPool as FixedPool
from gapjunction.ion_channels._pools import IonPool as IonPool
from gapjunction.ion_channels._rates import RateForm as RateForm
from gapjunction.ion_channels._rates import exponential as exponential
from gapjunction.ion_channels._rates import linoid as linoid
from gapjunction.ion_channels._rates import sigmoid as sigmoid
from gapjunction.ion_channels._source import Source as Source
from gapjunction.ion_channels._variable import Variable as Variable
from gapjunction.ion_channels.catalogue import find as find

__all__ = [
    "Affine",
    "CaDynamics_E2",
    "Channel",
    "ChannelNoise",
    "Current",
    "DecayPool",
    "FixedPool",
    "GHKChannel",
    "Gate",
    "Insertion",
    "Ion",
    "IonChannel",
    "IonPool",
    "Kinetics",
    "Markov",
    "Mechanism",
    "Parameter",
    "Pool",
    "RateForm",
    "Source",
    "Variable",
    "exponential",
    "find",
    "ghk",
    "insert",
    "linoid",
    "nernst",
    "sigmoid",
]


def __getattr__(name: str) -> _Any:
    if name in _catalogue.NAMES:
        return _catalogue.load(name)
    near = _get_close_matches(name, _catalogue.NAMES, n=1)
    hint = f". Did you mean {near[0]!r}?" if near else ""
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}{hint}")


def __dir__() -> list[str]:
    return sorted([*__all__, *_catalogue.NAMES])
