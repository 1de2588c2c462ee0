"""Catalogue entries against those of Arbor's bundled catalogues: gates and currents.

Every cell starts at its own voltage, and is clamped to another from the first step on.
"""

import numpy as np
import pytest
import saiunit as u

from gapjunction.ion_channels.catalogue import (
    gouwens_2018,
    hay_2011,
    hay_2011_potassium,
    hodgkin_huxley_1952,
)
from simulators import arbor_peer

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("need_arbor")]

START = np.arange(-120.0, 60.5, 4.5)
HELD = np.roll(START, START.size // 2)
CALCIUM = np.geomspace(1e-5, 1e-2, START.size)  # mM
STEP = 1 / 256  # ms
REVERSAL = {"Na": 50.0, "K": -85.0, "Ca": 120.0}  # mV
# S/cm2; so small because currents move V before the clamp sets it back.
G = 1e-12
# Arbor's catalogue, its mechanism, the name of its conductance, our entry, the temperature.
PAIRS = [
    ("bbp", "NaTa_t", "gNaTa_tbar", hay_2011.NaTa_Ha2011, 34.0),
    ("bbp", "NaTs2_t", "gNaTs2_tbar", hay_2011.NaTs2_Ha2011, 34.0),
    ("bbp", "Nap_Et2", "gNap_Et2bar", hay_2011.Nap_Ha2011, 34.0),
    ("bbp", "Ca_HVA", "gCa_HVAbar", hay_2011.Ca_HVA_Ha2011, 34.0),
    ("bbp", "Ca_LVAst", "gCa_LVAstbar", hay_2011.Ca_LVA_Ha2011, 34.0),
    ("bbp", "Ih", "gIhbar", hay_2011.Ih_Ha2011, 34.0),
    ("bbp", "K_Pst", "gK_Pstbar", hay_2011_potassium.K_P_Ha2011, 34.0),
    ("bbp", "K_Tst", "gK_Tstbar", hay_2011_potassium.K_T_Ha2011, 34.0),
    ("bbp", "SKv3_1", "gSKv3_1bar", hay_2011_potassium.SKv3_1_Ha2011, 34.0),
    ("bbp", "SK_E2", "gSK_E2bar", hay_2011_potassium.SK_Ha2011, 34.0),
    ("bbp", "Im", "gImbar", hay_2011_potassium.Im_Ha2011, 34.0),
    ("allen", "Kv2like", "gbar", gouwens_2018.Kv2like_Go2018, 34.0),
    ("allen", "Kv2like", "gbar", gouwens_2018.Kv2like_Go2018, 24.0),
    ("allen", "Im_v2", "gbar", gouwens_2018.Im_v2_Go2018, 34.0),
    ("allen", "Im_v2", "gbar", gouwens_2018.Im_v2_Go2018, 24.0),
    ("allen", "Kd", "gbar", gouwens_2018.Kd_Go2018, 34.0),
    ("default", "hh", "gnabar", hodgkin_huxley_1952.Na_HH1952, 6.3),
    ("default", "hh", "gkbar", hodgkin_huxley_1952.K_HH1952, 16.3),
]
NAV = ("allen", "NaV", "gbar", gouwens_2018.NaV_Go2018)


def run(catalogue, mechanism, conductance, temperature, step=STEP, steps=3):
    """Return each state, and the current in uA/cm2, by sample and cell.

    Sample 0 is the start, at its own voltage; at sample 1 the gates are still the same.
    """
    parameters = {conductance: G}
    if mechanism == "hh":
        parameters = {"gnabar": 0.0, "gkbar": 0.0, "gl": 0.0, **parameters}
    job = {
        "start": START.tolist(),
        "clamp": HELD.tolist(),
        "calcium": CALCIUM.tolist(),
        "reversal": {ion.lower(): voltage for ion, voltage in REVERSAL.items()},
        "size": 6.0,
        "kelvin": temperature + 273.15,
        "catalogue": catalogue,
        "mechanism": mechanism,
        "parameters": parameters,
        "record": ["states", "current"],
        "dt": step,
        "steps": steps,
    }
    return arbor_peer.run({mechanism: job})[mechanism]


def ours(entry, temperature):
    """Return our channel, and the concentrations and voltages that its pool would give it."""
    channel = entry(
        START.size,
        g_max=1000 * G * u.mS / u.cm**2,
        E=REVERSAL.get(entry.ion, -45.0) * u.mV,
        temperature=temperature,
    )
    pool = {"Ca": CALCIUM * u.mM} if "Ca" in channel.reads() else {}
    channel.init_state(START * u.mV, **pool)
    return channel, pool


def relaxation_time(start, end, target):
    """Return the time constant of a step of Arbor's, whose exponential is a fraction."""
    left = (end - target) / (start - target)
    return STEP * (1 + left) / (2 * (1 - left))


def differences(pair):
    """Return the largest differences: steady states, time constants and currents, relative."""
    catalogue, mechanism, conductance, entry, temperature = pair
    theirs = run(catalogue, mechanism, conductance, temperature)
    channel, pool = ours(entry, temperature)
    steady = channel.steady_state(START * u.mV, **pool)
    settled = channel.steady_state(HELD * u.mV, **pool)
    tau = channel.time_constant(HELD * u.mV, **pool)
    worst = dict.fromkeys(("steady state", "time constant", "current"), 0.0)

    def note(what, got, want, where=slice(None)):
        apart = np.abs(np.asarray(got) / want - 1)[where]
        worst[what] = max(worst[what], float(apart.max()))

    for name, gate in channel.gates.items():
        note("steady state", steady[name], theirs[name][0])
        getattr(channel, name).value = theirs[name][2]
        if gate.reads:
            continue  # Calcium does not jump.
        # Below -119 mV Arbor takes 1 s where the published time constant of h2 is negative.
        where = (-119 if name == "h2" else -np.inf) < HELD
        want = relaxation_time(theirs[name][1], theirs[name][2], np.asarray(settled[name]))
        note("time constant", tau[name].to_decimal(u.ms), want, where)
    current = channel.current(HELD * u.mV, **pool).to_decimal(u.uA / u.cm**2)
    note("current", current, theirs["current"][2])
    return worst


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: f"{pair[1]}-{pair[3].ion}-{pair[4]:.0f}")
def test_gates_and_currents_are_those_of_arbor(pair, x64):
    worst = differences(pair)
    assert worst["steady state"] < 1e-9
    assert worst["time constant"] < 1e-8
    assert worst["current"] < 1e-9


@pytest.mark.parametrize("temperature", [37.0, 24.0])
def test_sodium_scheme_is_that_of_arbor(temperature, x64):
    # Arbor's steps are implicit Euler's: the change is the derivative at the end. Its start has
    # a misprint of the model file, and is not compared.
    *names, entry = NAV
    step = 2e-4
    theirs = run(*names, temperature, step=step)
    channel, _ = ours(entry, temperature)
    states = [np.stack([theirs[name][k] for name in entry.s.states], -1) for k in (1, 2)]
    channel.s.value = states[1]
    change = step * channel.derivative(HELD * u.mV)["s"].to_decimal(u.kHz)
    np.testing.assert_allclose(states[0] + change, states[1], atol=1e-12)
    assert np.abs(change).max() > 1e-3
    current = channel.current(HELD * u.mV).to_decimal(u.uA / u.cm**2)
    np.testing.assert_allclose(current, theirs["current"][2], rtol=1e-9, atol=1e-12)


def test_sodium_scheme_settles_where_arbors_does(x64):
    theirs = run(*NAV[:3], 34.0, step=1.0, steps=400)
    channel, _ = ours(NAV[3], 34.0)
    settled = channel.steady_state(HELD * u.mV)["s"]
    for k, name in enumerate(NAV[3].s.states):
        np.testing.assert_allclose(theirs[name][-1], settled[:, k], rtol=1e-6, atol=1e-9)
