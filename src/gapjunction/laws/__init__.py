"""Laws of junctions: how their conductance depends on voltages, and on a state of their own.

The conductance of an :class:`Ohmic` junction is constant. That of a :class:`Rectifier` or an
:class:`Olive` junction depends on the voltage difference without delay. :class:`Boltzmann`
describes the gating of connexins, and :class:`Contingent` a channel with one gate in each
:class:`Hemichannel`; the gates of these two respond without delay or with kinetics. Derive your
own law from :class:`Law`, the base class of all of them.
"""

from gapjunction.laws._boltzmann import Boltzmann as Boltzmann
from gapjunction.laws._contingent import Contingent as Contingent
from gapjunction.laws._contingent import Hemichannel as Hemichannel
from gapjunction.laws._law import Law as Law
from gapjunction.laws._ohmic import Ohmic as Ohmic
from gapjunction.laws._rectifying import Olive as Olive
from gapjunction.laws._rectifying import Rectifier as Rectifier

__all__ = ["Boltzmann", "Contingent", "Hemichannel", "Law", "Ohmic", "Olive", "Rectifier"]
