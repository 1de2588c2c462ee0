"""The cortical interneuron that NEST has as ``hh_psc_alpha_gap``, made of channels.

After Mancilla JG, Lewis TJ, Pinto DJ, Rinzel J, Connors BW (2007) Synchronization of electrically
coupled pairs of inhibitory interneurons in neocortex. J Neurosci 27:2058-2073; with the parameters
of NEST 3.10, for a whole cell.
"""

import saiunit as u

import gapjunction as gj
from gapjunction.ion_channels import Channel, Gate, exponential, linoid

PER_MS = 1 / u.ms
# NEST's default V_m: where this cell rests without input.
REST = -69.60401191631222  # mV


class Na_Ma2007(Channel):  # noqa: N801
    """Transient sodium current, m^3 h."""

    ion = "Na"
    g_max = 4500 * u.nS
    E = 74 * u.mV
    m = Gate(
        3,
        alpha=linoid(40 * 13.5 * PER_MS, 75.5 * u.mV, 13.5 * u.mV),
        beta=exponential(1.2262 * PER_MS, 0 * u.mV, -42.248 * u.mV),
    )
    h = Gate(
        1,
        alpha=exponential(0.0035 * PER_MS, 0 * u.mV, -24.186 * u.mV),
        beta=linoid(0.017 * 5.2 * PER_MS, -51.25 * u.mV, 5.2 * u.mV),
    )


class Kv1_Ma2007(Channel):  # noqa: N801
    """Low-threshold potassium current, n^4."""

    ion = "K"
    g_max = 9 * u.nS
    E = -90 * u.mV
    n = Gate(
        4,
        alpha=linoid(0.014 * 2.3 * PER_MS, -44 * u.mV, 2.3 * u.mV),
        beta=exponential(0.0043 * PER_MS, -44 * u.mV, -34 * u.mV),
    )


class Kv3_Ma2007(Channel):  # noqa: N801
    """High-threshold potassium current, p^2."""

    ion = "K"
    g_max = 9000 * u.nS
    E = -90 * u.mV
    p = Gate(
        2,
        alpha=linoid(11.8 * PER_MS, 95 * u.mV, 11.8 * u.mV),
        beta=exponential(0.025 * PER_MS, 0 * u.mV, -22.222 * u.mV),
    )


def cells(n, solver):
    """Return ``n`` of the cells, to start at rest."""
    channels = {
        "na": Na_Ma2007(n),
        "kv1": Kv1_Ma2007(n),
        "kv3": Kv3_Ma2007(n),
        "leak": Channel(n, g_max=10 * u.nS, E=-70 * u.mV),
    }
    return gj.PointNeuron(n, 40 * u.pF, channels, solver=solver, V_initializer=REST * u.mV)
