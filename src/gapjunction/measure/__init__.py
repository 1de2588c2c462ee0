"""What electrophysiologists measure, for models and for recorded traces."""

from gapjunction.measure._estimate import Estimate as Estimate
from gapjunction.measure._fit import PassiveFit as PassiveFit
from gapjunction.measure._fit import fit_conductance as fit_conductance
from gapjunction.measure._fit_channel import ChannelFit as ChannelFit
from gapjunction.measure._fit_channel import fit_channel as fit_channel
from gapjunction.measure._fit_model import ModelFit as ModelFit
from gapjunction.measure._fit_model import fit_model as fit_model
from gapjunction.measure._fit_points import CurveFit as CurveFit
from gapjunction.measure._fit_points import fit_points as fit_points
from gapjunction.measure._graph import Conductances as Conductances
from gapjunction.measure._graph import conductance_from_transfer as conductance_from_transfer
from gapjunction.measure._graph import effective_conductance as effective_conductance
from gapjunction.measure._inject import inject as inject
from gapjunction.measure._linear import coupling_coefficient as coupling_coefficient
from gapjunction.measure._linear import input_resistance as input_resistance
from gapjunction.measure._linear import transfer as transfer
from gapjunction.measure._linearise import linearise as linearise
from gapjunction.measure._network import LinearNetwork as LinearNetwork
from gapjunction.measure._phase import PhaseDifference as PhaseDifference
from gapjunction.measure._phase import phase_difference as phase_difference
from gapjunction.measure._phase import phase_locking as phase_locking
from gapjunction.measure._phase import phases as phases
from gapjunction.measure._phase import splay as splay
from gapjunction.measure._recording import Recording as Recording
from gapjunction.measure._response import FrequencyResponse as FrequencyResponse
from gapjunction.measure._spikelet import Spikelet as Spikelet
from gapjunction.measure._spikelet import spikelet_amplitude as spikelet_amplitude
from gapjunction.measure._spikes import spike_times as spike_times
from gapjunction.measure._synchrony import spike_coincidence as spike_coincidence
from gapjunction.measure._synchrony import synchrony as synchrony
from gapjunction.measure._voltage_clamp import VoltageClamp as VoltageClamp
from gapjunction.measure._voltage_clamp import voltage_clamp as voltage_clamp

__all__ = [
    "ChannelFit",
    "Conductances",
    "CurveFit",
    "Estimate",
    "FrequencyResponse",
    "LinearNetwork",
    "ModelFit",
    "PassiveFit",
    "PhaseDifference",
    "Recording",
    "Spikelet",
    "VoltageClamp",
    "conductance_from_transfer",
    "coupling_coefficient",
    "effective_conductance",
    "fit_channel",
    "fit_conductance",
    "fit_model",
    "fit_points",
    "inject",
    "input_resistance",
    "linearise",
    "phase_difference",
    "phase_locking",
    "phases",
    "spike_coincidence",
    "spike_times",
    "spikelet_amplitude",
    "splay",
    "synchrony",
    "transfer",
    "voltage_clamp",
]
