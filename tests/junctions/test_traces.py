"""The built-in's traces, where the built-in is right."""

import itertools

import brainpy.state as bp
import brainstate
import braintools
import numpy as np
import pytest
import saiunit as u

import gapjunction as gj
from models import Network, mv, random_pairs, simulate

pytestmark = pytest.mark.every_host

N = 20
UNIFORM = braintools.init.Uniform(-70 * u.mV, -50 * u.mV)

# That the two are equal on hosts with one stage is tested below, for more hosts.
COUPLINGS = [pytest.param("step", marks=pytest.mark.slow), "stage"]

# The defaults of the leaky neurons reset above their threshold.
LEAKY = {"V_rest": -65 * u.mV, "V_reset": -60 * u.mV, "V_th": -50 * u.mV}
GIF = {
    "V_rest": -65 * u.mV,
    "V_reset": -60 * u.mV,
    "V_th_inf": -50 * u.mV,
    "V_th_reset": -55 * u.mV,
    "V_th_initializer": braintools.init.Constant(-50 * u.mV),
}
THRESHOLDS = dict.fromkeys(
    (bp.LIF, bp.LIFRef, bp.ALIF, bp.ExpIF, bp.AdExIF, bp.QuaIF, bp.CubaLIF), LEAKY
) | {bp.Gif: GIF, bp.GifRef: GIF}

# host, conductance, drive: strong enough that the traces spike (Morris-Lecar: oscillates)
HOSTS = {
    "HH": (bp.HH, 0.02 * u.mS, np.linspace(0, 10, N) * u.uA),
    "WangBuzsakiHH": (bp.WangBuzsakiHH, 0.01 * u.mS, np.linspace(0, 2, N) * u.uA),
    "MorrisLecar": (bp.MorrisLecar, 0.2 * u.mS, np.linspace(80, 120, N) * u.uA),
    "LIF": (bp.LIF, 0.02 * u.siemens, np.linspace(10, 60, N) * u.mA),
    "CubaLIF": (bp.CubaLIF, 0.02 * u.siemens, np.linspace(10, 60, N) * u.mA),
    "GifRef": (bp.GifRef, 0.02 * u.siemens, np.linspace(10, 60, N) * u.mA),
    "Izhikevich": (bp.Izhikevich, 0.02 / u.ms, np.linspace(0, 10, N) * u.mV / u.ms),
}


def population(host, batch_size):
    cells = host(N, V_initializer=UNIFORM, **THRESHOLDS.get(host, {}))
    cells.init_state(batch_size)
    return cells


def symmetric_run(junction, host, weight, drive, batch_size=None, **kwargs):
    brainstate.random.seed(3)
    cells = population(host, batch_size)
    ids = random_pairs(N, 40)
    gap = junction(cells, "V", lambda pre, post: ids, weight, **kwargs)
    return mv(simulate(Network([cells], [gap]), [drive], 600)[0])


# Each host once; with each of them, a batch and the precision differ in nothing but shapes.
SETTINGS = itertools.cycle([(None, 64), (3, 32), (3, 64), (None, 32)])


@pytest.mark.parametrize("coupling", COUPLINGS)
@pytest.mark.parametrize(
    ("name", "batch_size", "precision"),
    [(name, *setting) for name, setting in zip(HOSTS, SETTINGS, strict=False)],
)
def test_symmetric_network_has_the_built_ins_traces(name, batch_size, coupling, precision):
    ours = symmetric_run(gj.SymmetryGapJunction, *HOSTS[name], batch_size, coupling=coupling)
    theirs = symmetric_run(bp.SymmetryGapJunction, *HOSTS[name], batch_size)
    assert np.ptp(theirs) > 10, "the comparison needs cells that do something"
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-4 if precision == 32 else 1e-10)


# Parameters without a unit: all of them, or only the resistance, which makes the input a voltage.
ZERO = braintools.init.Constant(0.0)
NUMBERS = {"R": 1.0, "V_th": 1.0, "V_initializer": ZERO}
LEVELS = NUMBERS | {"V_rest": 0.0, "V_reset": 0.0}
PLAIN = {
    "LIF": (bp.LIF, LEVELS, 1.0),
    "IF": (bp.IF, NUMBERS, 1.0),
    "LIFRef": (bp.LIFRef, LEVELS, 1.0),
    "ExpIF": (bp.ExpIF, LEVELS | {"V_T": 1.0, "delta_T": 1.0}, 1.0),
    "QuaIF": (bp.QuaIF, LEVELS | {"V_c": 0.5, "c": 0.1}, 1.0),
    "LIF in mV": (bp.LIF, LEAKY | {"R": 1.0}, u.mV),
    "LIFRef in mV": (bp.LIFRef, LEAKY | {"R": 1.0}, u.mV),
    "IF in mV": (bp.IF, {"R": 1.0, "V_th": 30.0 * u.mV}, u.mV),
    "ExpIF in mV": (bp.ExpIF, LEAKY | {"R": 1.0}, u.mV),
    "QuaIF in mV": (bp.QuaIF, LEAKY | {"R": 1.0}, u.mV),
}


@pytest.mark.parametrize("name", PLAIN)
def test_hosts_whose_resistance_has_no_unit(name):
    kind, parameters, unit = PLAIN[name]

    def run(junction, **kwargs):
        brainstate.random.seed(3)
        cells = kind(N, **parameters)
        cells.init_state()
        drive = np.linspace(0, 3, N) * (unit if unit == 1 else 10 * unit)
        gap = junction(cells, "V", lambda pre, post: random_pairs(N, 40), 0.5, **kwargs)
        return mv(simulate(Network([cells], [gap]), [drive], 300)[0])

    theirs, size = run(bp.SymmetryGapJunction), 1 if unit == 1 else 20
    assert np.ptp(theirs) > 0.2 * size, "the comparison needs cells that do something"
    # That the two are equal on hosts with one stage is tested below.
    for coupling in ("step", "stage") if name == "LIF in mV" else ("stage",):
        np.testing.assert_allclose(
            run(gj.SymmetryGapJunction, coupling=coupling), theirs, atol=1e-5 * size
        )


@pytest.mark.parametrize("coupling", ["step", "stage", "semi_implicit", "implicit"])
def test_numbers_without_units_give_what_they_give_with_units(coupling):
    def run(R, volt):
        levels = {"V_th": 1.0 * volt, "V_rest": 0.0 * volt, "V_reset": 0.0 * volt}
        cells = bp.LIF(N, R=R, V_initializer=braintools.init.Constant(0.0 * volt), **levels)
        cells.init_state()
        ids, ampere = random_pairs(N, 40), volt / u.get_unit(R)
        gap = gj.SymmetryGapJunction(cells, "V", ids, 0.5 / u.get_unit(R), coupling=coupling)
        return mv(simulate(Network([cells], [gap]), [np.linspace(0, 3, N) * ampere], 300)[0])

    np.testing.assert_allclose(run(1.0, 1.0), run(1.0 * u.ohm, u.mV), atol=2e-6)


def asymmetric_run(junction, host, weight, drive, batch_size=None, **kwargs):
    brainstate.random.seed(4)
    pre, post = population(host, batch_size), population(host, batch_size)
    rng = np.random.default_rng(5)
    ids = rng.integers(0, N, 30), rng.integers(0, N, 30)
    weights = weight * rng.uniform(0.5, 1.5, (30, 2))
    gap = junction(pre, "V", post, "V", lambda a, b: ids, weights, **kwargs)
    return [mv(v) for v in simulate(Network([pre, post], [gap]), [drive, drive[::-1]], 600)]


@pytest.mark.filterwarnings("ignore::gapjunction.GapJunctionWarning")
@pytest.mark.parametrize("coupling", COUPLINGS)
@pytest.mark.parametrize(("name", "batch_size"), [("HH", 3), ("LIF", None), ("MorrisLecar", 3)])
def test_asymmetric_pair_of_populations_has_the_built_ins_traces(name, batch_size, coupling):
    ours = asymmetric_run(gj.AsymmetryGapJunction, *HOSTS[name], batch_size, coupling=coupling)
    theirs = asymmetric_run(bp.AsymmetryGapJunction, *HOSTS[name], batch_size)
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=1e-4)


@pytest.mark.parametrize(
    "host", [bp.LIF, bp.LIFRef, bp.ALIF, bp.ExpIF, bp.AdExIF, bp.QuaIF, bp.Gif]
)
def test_stage_equals_step_at_spikes_and_resets(host):
    def run(coupling):
        brainstate.random.seed(6)
        cells = population(host, None)
        ids = random_pairs(N, 40)
        gap = gj.SymmetryGapJunction(
            cells, "V", lambda a, b: ids, 0.02 * u.siemens, coupling=coupling
        )
        return mv(simulate(Network([cells], [gap]), [np.linspace(10, 60, N) * u.mA], 400)[0])

    step, stage = run("step"), run("stage")
    np.testing.assert_array_equal(step, stage)
    assert (np.diff(step, axis=0) < -3).any(), "the comparison needs resets"
