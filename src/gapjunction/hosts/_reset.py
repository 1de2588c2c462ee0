"""How integrate-and-fire neurons reset their voltage at a spike.

The neurons of brainpy.state end the step of a spike at a voltage above threshold, and reset it at
the start of their next step. A junction is updated between the two, and reads the voltage before
the reset. This file computes the voltage after it, without stepping the neuron.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Final

import brainpy.state as bp
import brainstate
import jax
import saiunit as u

from gapjunction._typing import Population, Value
from gapjunction.hosts._states import spike_threshold

# The voltage that classes of brainpy.state reset to: 0, a parameter c, or a parameter V_reset.
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


def after_reset_of(host: Population) -> Callable[[Value], Value] | None:
    """Return how a host's reset changes a voltage, if it resets at the start of the next step.

    The integrate-and-fire neurons of brainpy.state are known to do so. A subclass of theirs with
    another ``update()`` may reset within the step of the spike. Any other host states that it
    resets at the start of the next step by having a method ``after_reset()``.

    Returns
    -------
    callable or None
        ``f(V)``, the voltage from which the next step starts; None where this is not known.
    """
    if callable(own := getattr(host, "after_reset", None)):
        return own
    # Compare the underlying functions, wherever they are inherited from: each access to a method
    # makes a new object.
    update = getattr(getattr(host, "update", None), "__func__", None)
    if isinstance(host, _KNOWN) and any(update is kind.update for kind in _KNOWN):
        return functools.partial(_after_reset, host)
    return None


def _after_reset(host: brainstate.nn.Dynamics, V: Value) -> Any:
    """Return the voltage from which the next step of a neuron of brainpy.state starts."""
    spike = host.get_spike(V)
    if isinstance(host, _TO_C):
        return u.math.where(spike > 0, host.c, V)
    # This is written as in the neurons, so that values and derivatives equal theirs: a hard reset
    # subtracts the voltage itself, through which no gradient flows; a soft one subtracts the
    # threshold.
    level = spike_threshold(host) if host.spk_reset == "soft" else jax.lax.stop_gradient(V)
    return V - (level if isinstance(host, _TO_ZERO) else level - host.V_reset) * spike


def takes_jumps(host: brainstate.nn.Dynamics) -> bool:
    """Return whether the host adds its delta inputs to its voltage."""
    return not isinstance(host, _NO_JUMPS)
