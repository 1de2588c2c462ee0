"""Rothman & Manis 2003, against the first author's own program (NeuroMatic), written out."""

import numpy as np
import saiunit as u

from gapjunction.ion_channels.catalogue.rothman_manis_2003 import (
    A_RM2003,
    HT_RM2003,
    LT_RM2003,
    Leak_RM2003,
    Na_RM2003,
    h_RM2003,
)
from gate_curves import check_gates

V = np.linspace(-120.0, 60.0, 361)
exp = np.exp
v60 = V + 60
REFERENCE = {
    Na_RM2003: {
        "m": (1 / (1 + exp(-(V + 38) / 7)), 0.04 + 10 / (5 * exp(v60 / 18) + 36 * exp(-v60 / 25))),
        "h": (1 / (1 + exp((V + 65) / 6)), 0.6 + 100 / (7 * exp(v60 / 11) + 10 * exp(-v60 / 25))),
    },
    HT_RM2003: {
        "n": (
            (1 + exp(-(V + 15) / 5)) ** -0.5,
            0.7 + 100 / (11 * exp(v60 / 24) + 21 * exp(-v60 / 23)),
        ),
        "p": (1 / (1 + exp(-(V + 23) / 6)), 5 + 100 / (4 * exp(v60 / 32) + 5 * exp(-v60 / 22))),
    },
    LT_RM2003: {
        "w": (
            (1 + exp(-(V + 48) / 6)) ** -0.25,
            1.5 + 100 / (6 * exp(v60 / 6) + 16 * exp(-v60 / 45)),
        ),
        "z": (0.5 + 0.5 / (1 + exp((V + 71) / 10)), 50 + 1000 / (exp(v60 / 20) + exp(-v60 / 8))),
    },
    A_RM2003: {
        "a": (
            (1 + exp(-(V + 31) / 6)) ** -0.25,
            0.1 + 100 / (7 * exp(v60 / 14) + 29 * exp(-v60 / 24)),
        ),
        "b": (
            (1 + exp((V + 66) / 7)) ** -0.5,
            1 + 1000 / (14 * exp(v60 / 27) + 29 * exp(-v60 / 24)),
        ),
        "c": ((1 + exp((V + 66) / 7)) ** -0.5, 10 + 90 / (1 + exp(-(V + 66) / 17))),
    },
    h_RM2003: {
        "r": (
            1 / (1 + exp((V + 76) / 7)),
            25 + 100000 / (237 * exp(v60 / 12) + 17 * exp(-v60 / 14)),
        )
    },
}
# Conductances in nS (table 1: Na, HT, LT, A, h, leak) and the program's resting potential, mV.
CELLS = {
    "I-c": ((1000, 150, 0, 0, 0.5, 2), -63.9311),
    "I-t": ((1000, 80, 0, 65, 0.5, 2), -64.1973),
    "I-II": ((1000, 150, 20, 0, 2, 2), -64.0523),
    "II-I": ((1000, 150, 35, 0, 3.5, 2), -63.8959),
    "II": ((1000, 150, 200, 0, 20, 2), -63.6284),
}
KINDS = (Na_RM2003, HT_RM2003, LT_RM2003, A_RM2003, h_RM2003, Leak_RM2003)


def test_gates_are_those_of_the_authors_program(x64):
    for kind, gates in REFERENCE.items():
        check_gates(kind(1), gates, V)


def test_cells_rest_where_the_authors_program_starts_them(x64):
    # Four decimals are given; its cell I-c is 2.4 uV from where it would settle.
    rest = np.array([rest for _, rest in CELLS.values()])
    slack = np.array([3e-3 if cell == "I-c" else 2e-4 for cell in CELLS])
    volts = np.stack([rest - slack, rest + slack])
    total = 0.0
    for n, kind in enumerate(KINDS):
        per_nS = kind(len(rest), g_max=1 * u.nS)
        per_nS.init_state(volts * u.mV)
        g = np.array([conductances[n] for conductances, _ in CELLS.values()])
        total = total + g * np.asarray(per_nS.current(volts * u.mV).to_decimal(u.pA))
    assert (total[0] < 0).all()
    assert (total[1] > 0).all()


def test_the_high_threshold_conductance_is_a_sum(x64):
    volts = np.array([-40.0, 0.0]) * u.mV
    channel = HT_RM2003(2)
    channel.init_state(volts)
    gates = channel.steady_state(volts)
    expected = 150 * (0.85 * gates["n"] ** 2 + 0.15 * gates["p"])
    np.testing.assert_allclose(channel.conductance(volts).to_decimal(u.nS), expected, rtol=1e-9)


def test_at_38_degrees_rates_and_conductances_are_faster_and_larger(x64):
    volts = np.array([-50.0]) * u.mV
    for kind in KINDS:
        cold, warm = kind(1), kind(1, temperature=38.0)
        cold.init_state(volts)
        warm.init_state(volts)
        ratio = warm.conductance(volts) / cold.conductance(volts)
        np.testing.assert_allclose(ratio, 2**1.6, rtol=1e-9)
        for gate, tau in cold.time_constant(volts).items():
            np.testing.assert_allclose(tau / warm.time_constant(volts)[gate], 3**1.6, rtol=1e-9)
