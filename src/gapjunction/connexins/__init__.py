"""Connexins: published properties of their channels, from which laws of junctions are made.

Each is a :class:`Connexin`. It names the source of its numbers, says which of them are not
confirmed, and makes laws for :class:`gapjunction.VoltageGatedGapJunction`.
"""

from gapjunction.connexins._connexin import Connexin as Connexin
from gapjunction.connexins._pairs import Cx43_Cx45 as Cx43_Cx45
from gapjunction.connexins._pairs import Pair as Pair
from gapjunction.connexins._pairs import heterotypic as heterotypic
from gapjunction.connexins._presets import Cx26 as Cx26
from gapjunction.connexins._presets import Cx30 as Cx30
from gapjunction.connexins._presets import Cx36 as Cx36
from gapjunction.connexins._presets import Cx40 as Cx40
from gapjunction.connexins._presets import Cx43 as Cx43
from gapjunction.connexins._presets import Cx45 as Cx45

__all__ = [
    "Connexin",
    "Cx26",
    "Cx30",
    "Cx36",
    "Cx40",
    "Cx43",
    "Cx43_Cx45",
    "Cx45",
    "Pair",
    "heterotypic",
]
