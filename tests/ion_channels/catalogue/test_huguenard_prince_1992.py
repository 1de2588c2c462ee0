"""Huguenard & Prince 1992, against ModelDB 17663 (IT2.mod), written out, and braincell."""

import braincell.channel as peer
import numpy as np
import saiunit as u

from gapjunction.ion_channels.catalogue.huguenard_prince_1992 import T_HP1992

V = np.linspace(-120.0, 60.0, 361)


def test_gates_are_those_of_modeldb_17663(x64):
    exp = np.exp
    reference = {
        "m": (
            1 / (1 + exp(-(V + 50) / 7.4)),
            3 + 1 / (exp((V + 25) / 10) + exp(-(V + 100) / 15)),
        ),
        "h": (
            1 / (1 + exp((V + 78) / 5)),
            85 + 1 / (exp((V + 46) / 4) + exp(-(V + 405) / 50)),
        ),
    }
    steady, tau = T_HP1992(1).steady_state(V * u.mV), T_HP1992(1).time_constant(V * u.mV)
    for gate, (inf, time) in reference.items():
        np.testing.assert_allclose(steady[gate], inf, rtol=1e-9)
        np.testing.assert_allclose(tau[gate].to_decimal(u.ms), time, rtol=1e-9)


def test_gates_against_braincell(x64):
    # It has the 2 mV of screening charge in its numbers, and moves them again by V_sh.
    shifted = T_HP1992(1, V_shift=-2 * u.mV)
    other = peer.CaT_HP1992(1, V_sh=0 * u.mV)
    steady, tau = shifted.steady_state(V * u.mV), shifted.time_constant(V * u.mV)
    for ours, theirs in (("m", "p"), ("h", "q")):
        inf = getattr(other, f"f_{theirs}_inf")(V * u.mV, None)
        time = getattr(other, f"f_{theirs}_tau")(V * u.mV, None)
        np.testing.assert_allclose(steady[ours], inf, rtol=1e-6)
        np.testing.assert_allclose(tau[ours].to_decimal(u.ms), time, rtol=1e-6)


def test_q10_of_activation_and_inactivation(x64):
    cold = T_HP1992(1).time_constant(V * u.mV)
    warm = T_HP1992(1, temperature=34.0).time_constant(V * u.mV)
    np.testing.assert_allclose(cold["m"] / warm["m"], 5.0, rtol=1e-9)
    np.testing.assert_allclose(cold["h"] / warm["h"], 3.0, rtol=1e-9)


def test_inactivation_hardly_depends_on_voltage():
    # The abstract: the rate of inactivation was nearly voltage independent.
    tau = T_HP1992(1).time_constant(np.array([-50.0, 0.0]) * u.mV)["h"].to_decimal(u.ms)
    assert tau[0] / tau[1] < 1.2
