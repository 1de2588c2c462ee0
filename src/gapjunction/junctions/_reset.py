"""What integrate-and-fire neurons do at a spike.

Those of brainpy.state keep the voltage that a spike has reached until their next step, which
starts with the reset.
"""

from __future__ import annotations

from typing import Any, Final

import brainpy.state as bp
import jax
import saiunit as u

from gapjunction._hosts import spike_threshold

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
# Their delta inputs go into a synaptic conductance or current.
_NO_JUMPS: Final = (bp.CubaLIF, bp.CobaLIF)


def check_resetting(name: str, host: Any) -> None:
    """Refuse a population whose spikes and resets cannot be told.

    Raises
    ------
    TypeError
        If it is none of the integrate-and-fire neurons of brainpy.state, and has no
        ``after_reset()`` of its own.
    """
    own = callable(getattr(host, "after_reset", None)) and callable(
        getattr(host, "get_spike", None)
    )
    if own or isinstance(host, (*_TO_ZERO, *_TO_C, *_TO_V_RESET)):
        return
    kind = type(host).__name__
    if hasattr(host, "V_reset"):
        why = (
            "which does not keep the voltage of a spike until its next step, as far as is known. "
            "If it does, give it a method after_reset(V) that returns the V its step starts from"
        )
    else:
        why = (
            "whose spikes are in its own voltage: they pass an ohmic junction, such as "
            "SymmetryGapJunction, and make spikelets by themselves"
        )
    raise TypeError(
        f"couples must be integrate-and-fire neurons of brainpy.state, which reset; "
        f"{name} is {kind}, {why}."
    )


def after_reset(host: Any, V: Any) -> Any:
    """Return the voltage that the host's next step starts from, where V is what it has now."""
    if callable(own := getattr(host, "after_reset", None)):
        return own(V)
    spike = host.get_spike(V)
    if isinstance(host, _TO_C):
        return u.math.where(spike > 0, host.c, V)
    # As the neurons do, in value and derivative.
    level = spike_threshold(host) if host.spk_reset == "soft" else jax.lax.stop_gradient(V)
    return V - (level if isinstance(host, _TO_ZERO) else level - host.V_reset) * spike


def takes_jumps(host: Any) -> bool:
    """Return whether the host adds its delta inputs to its voltage."""
    return not isinstance(host, _NO_JUMPS)
