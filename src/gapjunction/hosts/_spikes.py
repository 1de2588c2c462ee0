"""How the spikes of a population are detected."""

from __future__ import annotations

from typing import Any, Final

import brainpy.state
import brainstate
import jax

from gapjunction._typing import ArrayLike, Population, Value
from gapjunction.hosts._host import describe
from gapjunction.hosts._states import spike_threshold

# The get_spike() of the base class does nothing: a class that has not replaced it does not say what
# its spikes are.
_NO_SPIKE: Final = brainpy.state.Neuron.get_spike


def resets(host: Population) -> bool:
    """Return whether a host resets its voltage after each spike."""
    return describe(host).resets


def spiked(
    host: brainstate.nn.Dynamics,
    V: Value,
    V_before: Value | None = None,
    threshold: ArrayLike | None = None,
) -> jax.Array:
    """Return which cells spiked in the step that took their voltage from ``V_before`` to ``V``.

    A neuron that resets its voltage does so at the start of its next step. Until then its voltage
    shows the spike, by the neuron's ``get_spike()`` or by being at or above its ``V_th``, and
    every step that ends with such a voltage is a spike. Any other neuron spikes where its voltage
    crosses a threshold upwards.

    Parameters
    ----------
    host : Dynamics
        The population.
    V, V_before : Quantity or array
        Its voltage now, and one step before. The latter is needed only where the host does not
        reset its voltage.
    threshold : Quantity or array, optional
        Threshold for a host that does not reset its voltage; by default its ``V_th``.

    Returns
    -------
    array of bool
        Shape of ``V``.

    Raises
    ------
    ValueError
        If a threshold is needed, and neither given nor known from the host.
    """
    own = getattr(type(host), "get_spike", _NO_SPIKE)
    if resets(host) and own is not _NO_SPIKE:
        # The voltage is not compared with V_th here: the threshold of some neurons changes with
        # time, and their get_spike() takes that into account.
        return host.get_spike(V) > 0
    level: Any = spike_threshold(host) if threshold is None or resets(host) else threshold
    above = level <= V
    return above if resets(host) else above & (V_before < level)


def keeps_spikes(host: Population) -> bool:
    """Return whether a host is known to keep the voltage of a spike until its next step."""
    return describe(host).after_reset is not None


def shows_spikes(host: Population) -> bool:
    """Return whether a host is known to show the shape of each spike in its voltage."""
    facts = describe(host)
    return facts.shows_spikes and not facts.resets


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
            "which is not known to keep the voltage of a spike until its next step. If it does, "
            "give it a method after_reset(V) that returns the V from which its step starts"
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


def after_reset(host: Population, V: Value) -> Any:
    """Return the voltage from which a host's next step starts, for a present voltage ``V``.

    The host must be known to keep its spikes.
    """
    return V if (reset := describe(host).after_reset) is None else reset(V)


def takes_jumps(host: Population) -> bool:
    """Return whether a host adds its delta inputs to its voltage."""
    return describe(host).takes_jumps
