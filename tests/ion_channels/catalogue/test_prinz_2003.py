"""Prinz, Billimoria & Marder 2003, against the ports of xolotl and Open Source Brain, written out.

The two agree with each other in every number used here.
"""

import numpy as np
import saiunit as u

from gapjunction.ion_channels import DecayPool
from gapjunction.ion_channels.catalogue.prinz_2003 import (
    A_Pr2003,
    CaS_Pr2003,
    CaT_Pr2003,
    H_Pr2003,
    KCa_Pr2003,
    Kd_Pr2003,
    Leak_Pr2003,
    Na_Pr2003,
)
from gate_curves import check_gates

V = np.linspace(-120.0, 60.0, 361)
CALCIUM = 4.0  # uM
exp = np.exp
REFERENCE = {
    Na_Pr2003: {
        "m": (1 / (1 + exp((V + 25.5) / -5.29)), 2.64 - 2.52 / (1 + exp((V + 120) / -25))),
        "h": (
            1 / (1 + exp((V + 48.9) / 5.18)),
            1.34 / (1 + exp((V + 62.9) / -10)) * (1.5 + 1 / (1 + exp((V + 34.9) / 3.6))),
        ),
    },
    CaT_Pr2003: {
        "m": (1 / (1 + exp((V + 27.1) / -7.2)), 43.4 - 42.6 / (1 + exp((V + 68.1) / -20.5))),
        "h": (1 / (1 + exp((V + 32.1) / 5.5)), 210 - 179.6 / (1 + exp((V + 55) / -16.9))),
    },
    CaS_Pr2003: {
        "m": (
            1 / (1 + exp((V + 33) / -8.1)),
            2.8 + 14 / (exp((V + 27) / 10) + exp((V + 70) / -13)),
        ),
        "h": (
            1 / (1 + exp((V + 60) / 6.2)),
            120 + 300 / (exp((V + 55) / 9) + exp((V + 65) / -16)),
        ),
    },
    A_Pr2003: {
        "m": (1 / (1 + exp((V + 27.2) / -8.7)), 23.2 - 20.8 / (1 + exp((V + 32.9) / -15.2))),
        "h": (1 / (1 + exp((V + 56.9) / 4.9)), 77.2 - 58.4 / (1 + exp((V + 38.9) / -26.5))),
    },
    KCa_Pr2003: {
        "m": (
            CALCIUM / (CALCIUM + 3) / (1 + exp((V + 28.3) / -12.6)),
            180.6 - 150.2 / (1 + exp((V + 46) / -22.7)),
        )
    },
    Kd_Pr2003: {
        "m": (1 / (1 + exp((V + 12.3) / -11.8)), 14.4 - 12.8 / (1 + exp((V + 28.3) / -19.2)))
    },
    H_Pr2003: {
        "m": (
            1 / (1 + exp((V + 75) / 5.5)),
            2 / (exp((V + 169.7) / -11.6) + exp((V - 26.7) / 14.3)),
        )
    },
    Leak_Pr2003: {},
}
POWERS = {"Na": 3, "CaT": 3, "CaS": 3, "A": 3, "KCa": 4, "Kd": 4, "H": 1}


def test_gates_are_those_of_the_ports(x64):
    for kind, gates in REFERENCE.items():
        check_gates(kind(1), gates, V, rtol=1e-8, Ca=CALCIUM * u.uM)


def test_powers_are_those_of_the_paper():
    for kind in REFERENCE:
        name = kind.__name__.removesuffix("_Pr2003")
        if name in POWERS:
            assert kind.gates["m"].power == POWERS[name]
            assert {gate.power for key, gate in kind.gates.items() if key == "h"} <= {1}


def test_calcium_reverses_where_the_pool_says(x64):
    # The module's own pool, and RT/zF as xolotl has it: 0.0431 mV/K at 11 degC.
    pool = DecayPool(
        1,
        "Ca",
        gain=14.96 / 200 * 0.628 * u.uM / (u.uA / u.cm**2 * u.ms),
        tau=200 * u.ms,
        rest=0.05 * u.uM,
        outside=3 * u.mM,
        temperature=CaT_Pr2003.source.temperature,
    )
    pool.init_state(np.full(1, -50.0) * u.mV)
    expected = 0.0431 * (11 + 273.15) * np.log(3000 / 0.05)
    known = pool.read()
    np.testing.assert_allclose(known["E_Ca"].to_decimal(u.mV), expected, rtol=1e-3)
    for kind in (CaT_Pr2003, CaS_Pr2003):
        channel = kind(1)
        channel.init_state(np.full(1, -30.0) * u.mV)
        current = channel.current(known["E_Ca"], **known)
        assert abs(current.to_decimal(u.uA / u.cm**2)) < 1e-9
    # A held current of 1 nA brings 14.96 uM, as the paper puts it.
    held = -1 * u.nA / (0.628e-3 * u.cm**2)
    reached = pool.after(pool.concentration, held, 1e5 * u.ms)
    np.testing.assert_allclose(reached.to_decimal(u.uM), 0.05 + 14.96, rtol=1e-9)
