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

arbor = pytest.importorskip(
    "arbor", reason="Arbor cannot be imported; pip install 'gapjunction[peers]'"
)

pytestmark = pytest.mark.slow

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


class Clamped(arbor.recipe):
    """One single-compartment cell per voltage."""

    def __init__(self, catalogue, mechanism, parameters, temperature):
        super().__init__()
        self.mechanism, self.parameters = mechanism, parameters
        self.kelvin = temperature + 273.15
        self.properties = arbor.neuron_cable_properties()
        mechanisms = getattr(arbor, f"{catalogue}_catalogue")()
        self.states = sorted(mechanisms[mechanism].state)
        mechanisms.extend(arbor.default_catalogue(), "default_")
        self.properties.catalogue = mechanisms

    def num_cells(self):
        return START.size

    def cell_kind(self, gid):
        return arbor.cell_kind.cable

    def global_properties(self, kind):
        return self.properties

    def cell_description(self, gid):
        tree = arbor.segment_tree()
        ends = arbor.mpoint(-3, 0, 0, 3), arbor.mpoint(3, 0, 0, 3)
        tree.append(arbor.mnpos, *ends, tag=1)
        mv, mm = arbor.units.mV, arbor.units.mM
        decor = arbor.decor()
        decor.set_property(Vm=START[gid] * mv, tempK=self.kelvin * arbor.units.Kelvin)
        for ion, voltage in REVERSAL.items():
            decor.set_ion(ion.lower(), rev_pot=voltage * mv)
        decor.set_ion("ca", int_con=CALCIUM[gid] * mm)
        decor.paint("(all)", arbor.density(self.mechanism, self.parameters))
        decor.paint("(all)", arbor.voltage_process(f"default_v_clamp/v0={HELD[gid]}"))
        return arbor.cable_cell(tree, decor, None, arbor.cv_policy_single())

    def probes(self, gid):
        here = "(location 0 0.5)"
        gates = [
            arbor.cable_probe_density_state(here, self.mechanism, name, name)
            for name in self.states
        ]
        return [*gates, arbor.cable_probe_total_ion_current_density(here, "current")]


def run(catalogue, mechanism, conductance, temperature, step=STEP, steps=4):
    """Return each state, and the current in uA/cm2, by sample and cell.

    Sample 0 is the start, at its own voltage; at sample 1 the gates are still the same.
    """
    parameters = {conductance: G}
    if mechanism == "hh":
        parameters = {"gnabar": 0.0, "gkbar": 0.0, "gl": 0.0, **parameters}
    recipe = Clamped(catalogue, mechanism, parameters, temperature)
    simulation = arbor.simulation(recipe, arbor.context(threads=1))
    every = arbor.regular_schedule(step * arbor.units.ms)
    handles = {
        tag: [simulation.sample((gid, tag), every) for gid in range(START.size)]
        for tag in (*recipe.states, "current")
    }
    simulation.run(steps * step * arbor.units.ms, step * arbor.units.ms)
    found = {
        tag: np.array([simulation.samples(handle)[0][0][:, 1] for handle in cells]).T
        for tag, cells in handles.items()
    }
    found["current"] = 100 * found["current"]  # from A/m2
    return found


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
