"""A channel that is in no catalogue."""

import saiunit as u

from gapjunction.ion_channels import Channel, Markov, exponential, linoid, sigmoid

PER_MS = 1 / u.ms


def _up(times):
    return linoid(times * PER_MS, -40 * u.mV, 10 * u.mV)


def _down(times):
    return exponential(times * 4.0 * PER_MS, -65 * u.mV, -18 * u.mV)


_INACTIVATE = sigmoid(1.0 * PER_MS, -35 * u.mV, 10 * u.mV)
_RECOVER = exponential(0.07 * PER_MS, -65 * u.mV, -20 * u.mV)


class SixState(Channel):
    """The sodium channel of ``simulators/mechanisms/sixstate.mod``."""

    ion = "Na"
    g_max = 120 * u.mS / u.cm**2
    E = 50 * u.mV
    s = Markov(
        states=("C0", "C1", "C2", "O", "IC", "IO"),
        open=("O",),
        rates={
            ("C0", "C1"): _up(3),
            ("C1", "C0"): _down(1),
            ("C1", "C2"): _up(2),
            ("C2", "C1"): _down(2),
            ("C2", "O"): _up(1),
            ("O", "C2"): _down(3),
            ("IC", "IO"): _up(1),
            ("IO", "IC"): _down(3),
            ("C2", "IC"): _INACTIVATE,
            ("IC", "C2"): _RECOVER,
            ("O", "IO"): _INACTIVATE,
            ("IO", "O"): _RECOVER,
        },
    )
