"""What a junction has to know about the populations at its ends.

A *host* is the population of neurons at one end of a junction. The neurons of `brainpy.state`,
braincell and this library are known. A class from elsewhere becomes a host through a function that
states the facts, registered for the class::

    @gj.hosts.describe.register
    def _(cells: TheirNeuron) -> gj.hosts.Host:
        return gj.hosts.Host(input_unit=u.pA, capacitance=cells.Cm, rate=cells.gl / cells.Cm)
"""

from gapjunction.hosts._braincell import is_cell as is_cell
from gapjunction.hosts._cable import Circuit as Circuit
from gapjunction.hosts._choosing import region_of as region_of
from gapjunction.hosts._choosing import sites as sites
from gapjunction.hosts._compartments import Compartments as Compartments
from gapjunction.hosts._host import Facts as Facts
from gapjunction.hosts._host import Host as Host
from gapjunction.hosts._host import Intake as Intake
from gapjunction.hosts._host import describe as describe
from gapjunction.hosts._part import Part as Part
from gapjunction.hosts._picks import Picks as Picks
from gapjunction.hosts._placed import prepare as prepare
from gapjunction.hosts._sites import Places as Places
from gapjunction.hosts._sites import Sites as Sites
from gapjunction.hosts._sites import owner_of as owner_of
from gapjunction.hosts._sites import places_of as places_of
from gapjunction.hosts._sites import volumes_of as volumes_of
from gapjunction.hosts._spikes import after_reset as after_reset
from gapjunction.hosts._spikes import check_resetting as check_resetting
from gapjunction.hosts._spikes import keeps_spikes as keeps_spikes
from gapjunction.hosts._spikes import resets as resets
from gapjunction.hosts._spikes import shows_spikes as shows_spikes
from gapjunction.hosts._spikes import spiked as spiked
from gapjunction.hosts._spikes import takes_jumps as takes_jumps
from gapjunction.hosts._states import check_population as check_population
from gapjunction.hosts._states import find_state as find_state
from gapjunction.hosts._states import is_initialised as is_initialised
from gapjunction.hosts._states import read_named as read_named
from gapjunction.hosts._states import read_state as read_state
from gapjunction.hosts._states import spike_threshold as spike_threshold
from gapjunction.hosts._states import voltage_unit as voltage_unit
from gapjunction.hosts._stepping import CrankNicolson as CrankNicolson
from gapjunction.hosts._stepping import ExponentialEuler as ExponentialEuler
from gapjunction.hosts._stepping import RungeKutta as RungeKutta
from gapjunction.hosts._stepping import Stepping as Stepping
from gapjunction.hosts._stepping import runge_kutta as runge_kutta
from gapjunction.hosts._units import check_current_unit as check_current_unit
from gapjunction.hosts._units import input_unit as input_unit

# Only these names are public; other modules of the package import the rest.
__all__ = [
    "CrankNicolson",
    "ExponentialEuler",
    "Host",
    "Intake",
    "RungeKutta",
    "Sites",
    "Stepping",
    "describe",
    "runge_kutta",
]
