"""Against the rates in plain NumPy (mV, ms), as NEST's hh_psc_alpha_gap has them."""

import numpy as np
import pytest
import saiunit as u

from gapjunction.ion_channels.catalogue.mancilla_2007 import (
    Kv1_Ma2007,
    Kv3_Ma2007,
    Leak_Ma2007,
    Na_Ma2007,
)

# Off the voltages at which the printed rates are 0/0.
v = np.arange(-120.0, 60.0) + 0.3
exp = np.exp
RATES = {
    "m": (40 * (75.5 - v) / (exp((75.5 - v) / 13.5) - 1), 1.2262 / exp(v / 42.248)),
    "h": (0.0035 / exp(v / 24.186), 0.017 * (-51.25 - v) / (exp((-51.25 - v) / 5.2) - 1)),
    "n": (0.014 * (-44 - v) / (exp((-44 - v) / 2.3) - 1), 0.0043 / exp((44 + v) / 34)),
    "p": ((95 - v) / (exp((95 - v) / 11.8) - 1), 0.025 / exp(v / 22.222)),
}


@pytest.mark.parametrize(
    ("entry", "powers"),
    [(Na_Ma2007, {"m": 3, "h": 1}), (Kv1_Ma2007, {"n": 4}), (Kv3_Ma2007, {"p": 2})],
)
def test_rates_of_the_model(entry, powers, x64):
    channel = entry(v.size)
    steady, tau = channel.steady_state(v * u.mV), channel.time_constant(v * u.mV)
    assert {name: gate.power for name, gate in channel.gates.items()} == powers
    for name in powers:
        opening, closing = RATES[name]
        np.testing.assert_allclose(steady[name], opening / (opening + closing), rtol=1e-9)
        np.testing.assert_allclose(tau[name].to_decimal(u.ms), 1 / (opening + closing), rtol=1e-9)


def test_conductances_are_those_of_a_cell_of_40_pf():
    # NEST has 4500, 9, 9000 and 10 nS; 40 pF are 4000 um2 at 1 uF/cm2.
    area = 40 * u.pF / (1 * u.uF / u.cm**2)
    for entry, whole in ((Na_Ma2007, 4500), (Kv1_Ma2007, 9), (Kv3_Ma2007, 9000), (Leak_Ma2007, 10)):
        assert float((entry.g_max * area).to_decimal(u.nS)) == pytest.approx(whole, rel=1e-6)
