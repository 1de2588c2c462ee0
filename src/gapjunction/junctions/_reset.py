"""How integrate-and-fire neurons reset their voltage at a spike.

Those of brainpy.state end the step of a spike at a voltage above threshold, and reset it at the
start of their next step. A junction is updated between the two, and reads the voltage before the
reset. This file computes the voltage after it, without stepping the neuron.
"""

from __future__ import annotations

from typing import Any, Final

import brainpy.state as bp
import brainstate
import jax
import saiunit as u

from gapjunction._hosts import resets, spike_threshold
from gapjunction._typing import Population, Value

# Where the classes of brainpy.state reset to: to 0, to a parameter c, and to a parameter V_reset.
_TO_ZERO: Final = (bp.IF,)
_TO_C: Final = (bp.Izhikevich, bp.IzhikevichRef)
_TO_V_RESET: Final = (
    bp.LIF,
    bp.LIFRef,
    bp.ALIF,
    bp.ExpIF,
    bp.ExpIFRef,
    bp.AdExIF,
    bp.AdExIFRef,
    bp.QuaIF,
    bp.AdQuaIF,
    bp.AdQuaIFRef,
    bp.Gif,
    bp.GifRef,
    bp.CubaLIF,
    bp.CobaLIF,
)
_KNOWN: Final = (*_TO_ZERO, *_TO_C, *_TO_V_RESET)
# Classes whose delta inputs are not added to the voltage, but to a synaptic conductance or current.
_NO_JUMPS: Final = (bp.CubaLIF, bp.CobaLIF)


def check_resetting(name: str, host: brainstate.nn.Dynamics) -> None:
    """Raise an error if the spikes and the reset of a population are not known.

    Raises
    ------
    TypeError
        If the population is not one of the integrate-and-fire neurons of brainpy.state, with the
        ``update()`` of that library, and does not have the methods ``get_spike()`` and
        ``after_reset()`` either.
    """
    if callable(getattr(host, "get_spike", None)) and keeps_spikes(host):
        return
    kind = type(host).__name__
    if resets(host):
        why = (
            "of which it is not known that it keeps the voltage of a spike until its next step. "
            "If it does, give it a method after_reset(V) that returns the V its step starts from"
        )
    else:
        why = (
            "whose voltage has the shape of its spikes: use an ohmic junction, such as "
            "SymmetryGapJunction, through which these make spikelets by themselves"
        )
    raise TypeError(
        f"couples must be integrate-and-fire neurons of brainpy.state, which reset; "
        f"{name} is {kind}, {why}."
    )


def keeps_spikes(host: Population) -> bool:
    """Return whether a host is known to keep the voltage of a spike until its next step.

    The integrate-and-fire neurons of brainpy.state are known to. A subclass of theirs with another
    ``update()`` may reset within it. Any other host states that it does not by having a method
    ``after_reset()``.
    """
    if callable(getattr(host, "after_reset", None)):
        return True
    # The function that update() is, wherever it is inherited from: a method is a new object at
    # each reading.
    own = getattr(getattr(host, "update", None), "__func__", None)
    return isinstance(host, _KNOWN) and any(own is kind.update for kind in _KNOWN)


def after_reset(host: brainstate.nn.Dynamics, V: Value) -> Any:
    """Return the voltage from which the host's next step starts, for a present voltage ``V``."""
    if callable(own := getattr(host, "after_reset", None)):
        return own(V)
    spike = host.get_spike(V)
    if isinstance(host, _TO_C):
        return u.math.where(spike > 0, host.c, V)
    # Written as in the neurons, so that value and derivative are theirs: a hard reset subtracts the
    # voltage itself, through which no gradient goes; a soft one subtracts the threshold.
    level = spike_threshold(host) if host.spk_reset == "soft" else jax.lax.stop_gradient(V)
    return V - (level if isinstance(host, _TO_ZERO) else level - host.V_reset) * spike


def takes_jumps(host: brainstate.nn.Dynamics) -> bool:
    """Return whether the host adds its delta inputs to its voltage."""
    return not isinstance(host, _NO_JUMPS)
