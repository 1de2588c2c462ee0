"""Neurons made of channels.

:class:`gapjunction.PointNeuron` is made of any channels. Each of the other neurons is the model of
one paper, and is loaded when it is first accessed.
"""

from importlib import import_module as _import_module
from typing import TYPE_CHECKING as _TYPE_CHECKING
from typing import Any as _Any

from gapjunction.neurons._point import PointNeuron as PointNeuron

if _TYPE_CHECKING:
    from gapjunction.neurons.destexhe_1998 import Destexhe1998 as Destexhe1998
    from gapjunction.neurons.hodgkin_huxley_1952 import HH1952 as HH1952
    from gapjunction.neurons.mancilla_2007 import Mancilla2007 as Mancilla2007
    from gapjunction.neurons.pospischil_2008 import Pospischil2008 as Pospischil2008
    from gapjunction.neurons.prinz_2004 import Prinz2004 as Prinz2004
    from gapjunction.neurons.solinas_2007 import Solinas2007 as Solinas2007
    from gapjunction.neurons.wang_buzsaki_1996 import WangBuzsaki1996 as WangBuzsaki1996

__all__ = [
    "HH1952",
    "Destexhe1998",
    "Mancilla2007",
    "PointNeuron",
    "Pospischil2008",
    "Prinz2004",
    "Solinas2007",
    "WangBuzsaki1996",
]

_PAPERS = {
    "Destexhe1998": "destexhe_1998",
    "HH1952": "hodgkin_huxley_1952",
    "Mancilla2007": "mancilla_2007",
    "Pospischil2008": "pospischil_2008",
    "Prinz2004": "prinz_2004",
    "Solinas2007": "solinas_2007",
    "WangBuzsaki1996": "wang_buzsaki_1996",
}


def __getattr__(name: str) -> _Any:
    if name in _PAPERS:
        return getattr(_import_module(f"{__name__}.{_PAPERS[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
