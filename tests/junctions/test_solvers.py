"""Multi-stage solvers of braincell: coupling at every stage."""

import braincell
import brainstate
import braintools
import numpy as np
import pytest
import saiunit as u

import gapjunction as gj
from models import Network, mv, pairs, simulate

EXACT = 40 * np.exp(-0.4 * 5)  # mV: the difference of the pair below after 5 ms
MULTI_STAGE = {
    "rk2": 2, "heun2": 2, "midpoint": 2, "ralston2": 2, "rk3": 3, "heun3": 3, "ssprk3": 3,
    "ralston3": 3, "rk4": 4, "ralston4": 4,
}  # fmt: skip
ONE_STAGE = ["euler", "exp_euler", "ind_exp_euler", "backward_euler"]


def population(v, solver):
    cells = braincell.SingleCompartment(
        len(v), C=1 * u.uF / u.cm**2, solver=solver,
        V_initializer=braintools.init.Constant(0 * u.mV),
    )  # fmt: skip
    brainstate.nn.init_all_states(cells)
    cells.V.value = np.array(v) * u.mV
    return cells


def pair_difference(solver, dt=0.1, **kwargs):
    """Difference of two passive cells of one population, C = 1 uF/cm2, g = 0.2 mS/cm2."""
    cells = population([20.0, -20.0], solver)
    gap = gj.SymmetryGapJunction(cells, "V", pairs([0], [1]), 0.2 * u.mS / u.cm**2, **kwargs)
    net = Network([cells], [gap])
    v = mv(simulate(net, [0 * u.nA / u.cm**2], round(5 / dt), dt * u.ms)[0])[-1]
    return v[0] - v[1]


# The others have the same number of stages as one of these.
FEW = ("rk2", "midpoint", "rk3", "rk4")


@pytest.mark.parametrize(
    "solver",
    [pytest.param(s, marks=[] if s in FEW else [pytest.mark.slow]) for s in MULTI_STAGE],
)
def test_every_stage_is_coupled_at_the_solvers_order(solver, x64):
    order = MULTI_STAGE[solver]
    coarse, fine = (abs(pair_difference(solver, dt) - EXACT) for dt in (0.2, 0.1))
    assert fine < 0.01
    assert np.log2(coarse / fine) > order - 0.2


@pytest.mark.parametrize("solver", ONE_STAGE)
def test_stage_equals_step_with_one_stage(solver):
    step, stage = pair_difference(solver, coupling="step"), pair_difference(solver)
    assert step == stage
    assert stage == pytest.approx(EXACT, abs=0.3)


@pytest.mark.parametrize("solver", ["midpoint", "rk4"])
def test_two_populations_see_each_other_at_one_instant_whichever_steps_first(solver):
    def run(swap, dt):
        a, b = population([20.0], solver), population([-20.0], solver)
        gap = gj.SymmetryGapJunction((a, b), "V", pairs([0], [0]), 0.2 * u.mS / u.cm**2)
        net = Network([b, a] if swap else [a, b], [gap])
        v = simulate(net, [0 * u.nA / u.cm**2] * 2, round(5 / dt), dt * u.ms)
        return abs(mv(v[0])[-1, 0] - mv(v[1])[-1, 0])

    assert run(False, 0.1) == run(True, 0.1)
    errors = [abs(run(False, dt) - EXACT) for dt in (0.1, 0.05)]
    assert errors[0] < 0.12
    assert errors[0] / errors[1] == pytest.approx(2, rel=0.1)


def test_spiking_compartments_converge_with_the_default_solver(x64):
    def run(dt):
        cells = braincell.SingleCompartment(2, solver="rk4")
        cells.na = braincell.ion.SodiumFixed(2, E=50.0 * u.mV)
        cells.na.add(INa=braincell.channel.Na_HH1952(2))
        cells.k = braincell.ion.PotassiumFixed(2, E=-77.0 * u.mV)
        cells.k.add(IK=braincell.channel.K_HH1952(2))
        cells.IL = braincell.channel.IL(2, E=-54.387 * u.mV, g_max=0.3 * u.mS / u.cm**2)
        brainstate.nn.init_all_states(cells)
        cells.V.value = np.array([-65.0, -60.0]) * u.mV
        gap = gj.SymmetryGapJunction(cells, "V", pairs([0], [1]), 0.1 * u.mS / u.cm**2)
        drive = np.array([10.0, 0.0]) * u.uA / u.cm**2
        return mv(simulate(Network([cells], [gap]), [drive], round(20 / dt), dt * u.ms)[0])[-1]

    reference = run(0.00625)
    errors = [abs(run(dt) - reference).max() for dt in (0.05, 0.025)]
    # Fourth order needs every stage coupled; one uncoupled stage makes it zeroth.
    assert errors[0] < 0.05
    assert errors[0] / errors[1] > 8
