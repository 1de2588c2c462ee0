"""Laws of junctions: how their conductance depends on voltages, and on a state of their own.

:class:`Ohmic` is constant. :class:`Rectifier` and :class:`Olive` follow the voltage difference at
once; :class:`Boltzmann`, the gating of connexins, and :class:`Contingent`, with a gate in each
:class:`Hemichannel`, at once or in their own time. :class:`Law` is what they are, for one of your
own.
"""

from gapjunction.laws._boltzmann import Boltzmann as Boltzmann
from gapjunction.laws._contingent import Contingent as Contingent
from gapjunction.laws._contingent import Hemichannel as Hemichannel
from gapjunction.laws._law import Law as Law
from gapjunction.laws._ohmic import Ohmic as Ohmic
from gapjunction.laws._rectifying import Olive as Olive
from gapjunction.laws._rectifying import Rectifier as Rectifier

__all__ = ["Boltzmann", "Contingent", "Hemichannel", "Law", "Ohmic", "Olive", "Rectifier"]
