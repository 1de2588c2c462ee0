"""Channels in neurons of brainpy.state and braincell."""

import copy
import importlib.util

import brainpy.state as bp
import brainstate
import braintools
import jax.numpy as jnp
import numpy as np
import pytest
import saiunit as u

import gapjunction as gj
from gapjunction.ion_channels import (
    K_HH1952,
    L_HH1952,
    CaDynamics_E2,
    Channel,
    DecayPool,
    Gate,
    Na_HH1952,
    exponential,
    insert,
    sigmoid,
)
from models import mv, random_pairs

DENSITY = u.mS / u.cm**2


class Sag(Channel):
    """A slow inward current that opens with hyperpolarisation."""

    g_max = 5 * u.nS
    E = -40 * u.mV
    q = Gate(
        1,
        steady_state=sigmoid(1.0, -75 * u.mV, -6 * u.mV),
        time_constant=40 * u.ms,
    )


def lif(n=1, **kwargs):
    return bp.LIF(
        n,
        R=100 * u.Mohm,
        tau=20 * u.ms,
        V_rest=-70 * u.mV,
        V_th=-50 * u.mV,
        V_reset=-60 * u.mV,
        V_initializer=braintools.init.Constant(-70 * u.mV),
        **kwargs,
    )


def run(cells, x, steps, dt):
    def step(i):
        with brainstate.environ.context(i=i, t=i * dt * u.ms, dt=dt * u.ms):
            cells(x)
            return cells.V.value

    return mv(brainstate.transform.for_loop(step, jnp.arange(steps)))


def sag_reference(current, t, dt=0.001):
    """The same cell, stepped by hand: 1/R (E - V) + g q (E_h - V), in nA, uS and ms."""
    v = -70.0
    q = 1 / (1 + np.exp((v + 75) / 6))
    for _ in range(round(t / dt)):
        slope = ((-70 - v) / 100 + 0.005 * q * (-40 - v) + current) * 100 / 20
        v, q = v + dt * slope, q + dt * (1 / (1 + np.exp((v + 75) / 6)) - q) / 40
    return v


def test_lif_with_a_channel_follows_the_membrane_equation(x64):
    want, errors = sag_reference(-0.1, 60.0), []
    for dt in (0.2, 0.1):
        cells = lif()
        insert(cells, Sag(1))
        brainstate.nn.init_all_states(cells)
        errors.append(abs(run(cells, -0.1 * u.nA, round(60 / dt), dt)[-1, 0] - want))
    assert errors[1] < 0.02
    assert errors[0] / errors[1] == pytest.approx(2, abs=0.3)


def test_hh_with_a_channel_is_the_point_neuron_that_has_it(x64):
    extra = {"g_max": 0.02 * u.mS}
    theirs = bp.HH(
        2, gL=0.3 * u.mS, V_th=0 * u.mV, V_initializer=braintools.init.Constant(-65 * u.mV)
    )
    added = insert(theirs, {"sag": Sag(2, **extra)}, name="extra")
    ours = gj.PointNeuron(
        2,
        1 * u.uF,
        {
            "na": Na_HH1952(2, g_max=120 * u.mS),
            "k": K_HH1952(2, g_max=36 * u.mS),
            "leak": L_HH1952(2, g_max=0.3 * u.mS),
            "sag": Sag(2, **extra),
        },
    )
    traces = []
    for cells in (theirs, ours):
        brainstate.nn.init_all_states(cells)
        traces.append(run(cells, [2.0, 9.0] * u.uA, 4000, 0.005))
    assert traces[0].max() > 20
    # The current is an input of HH, and part of the linear term of ours: first order both.
    assert np.sqrt(np.mean((traces[0] - traces[1]) ** 2)) < 0.05
    assert theirs.extra is added
    assert list(added.currents()) == ["sag"]


def test_calcium_pool_in_a_host(x64):
    class Ca(Channel):
        ion = "Ca"
        g_max = 1 * u.nS
        E = 120 * u.mV
        m = Gate(2, steady_state=sigmoid(1.0, -60 * u.mV, 5 * u.mV), time_constant=1 * u.ms)

    class K(Channel):
        ion = "K"
        g_max = 10 * u.nS
        E = -90 * u.mV
        c = Gate(1, steady_state=lambda V, Ca: Ca / (Ca + 1e-3 * u.mM), time_constant=5 * u.ms)

    pool = DecayPool(1, "Ca", 1e-3 * u.mM / (u.nA * u.ms), 100 * u.ms, 1e-4 * u.mM)
    cells = lif()
    added = insert(cells, {"ca": Ca(1), "k": K(1)}, [pool])
    brainstate.nn.init_all_states(cells)
    run(cells, 0.0 * u.nA, 20000, 0.1)
    inside = float(pool.concentration.to_decimal(u.mM)[0])
    flow = float(added.currents()["ca"].to_decimal(u.nA)[0])
    assert flow < 0
    assert inside == pytest.approx(1e-4 - 1e-3 * 100 * flow, rel=1e-6)


def test_before_or_after_init_and_in_batches():
    late, early = lif(3), lif(3)
    brainstate.nn.init_all_states(late, 2)
    insert(late, Sag(3))
    insert(early, Sag(3))
    brainstate.nn.init_all_states(early, 2)
    a, b = (run(cells, -0.1 * u.nA, 20, 0.1) for cells in (late, early))
    assert a.shape == (20, 2, 3)
    np.testing.assert_array_equal(a, b)
    brainstate.nn.reset_all_states(early, 2)
    np.testing.assert_array_equal(run(early, -0.1 * u.nA, 20, 0.1), b)


def test_copies_are_independent():
    cells = lif()
    insert(cells, Sag(1), name="sag")
    brainstate.nn.init_all_states(cells)
    twin = copy.deepcopy(cells)
    run(twin, -0.1 * u.nA, 50, 0.1)
    channel, other = cells.sag.channels["Sag"], twin.sag.channels["Sag"]
    assert channel is not other
    assert float(other.q.value[0]) != float(channel.q.value[0])
    assert twin.sag.host is twin


def test_beside_a_junction():
    cells = lif(4)
    insert(cells, Sag(4))
    gap = gj.SymmetryGapJunction(cells, "V", random_pairs(4, 4), 1 * u.nS)
    brainstate.nn.init_all_states(cells)

    def step(i):
        with brainstate.environ.context(i=i, t=i * 0.1 * u.ms, dt=0.1 * u.ms):
            gap()
            cells([0.0, 0.1, 0.2, 0.3] * u.nA)
            return cells.V.value

    assert np.isfinite(mv(brainstate.transform.for_loop(step, jnp.arange(200)))).all()
    assert "Sag" in repr(cells)


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ((lambda: [3, Sag(1)]), "neuron must be a neuron population"),
        ((lambda: [lif(), 3]), "channels must map names to channels"),
        ((lambda: [lif(), {"x": 3}]), r"channels\['x'\] must be a channel"),
        ((lambda: [lif(), {}]), "at least one channel"),
        ((lambda: [lif(2), Sag(3)]), r"must have the neuron's size \(2,\), got \(3,\)"),
        ((lambda: [lif(), K_HH1952(1)]), "must be absolute, as the input of LIF is"),
        ((lambda: [lif(), Sag(1), [], "V_th"]), "name must be new in LIF"),
        ((lambda: [bp.Izhikevich(1), Sag(1)]), "neuron must take its input as a current"),
    ],
)
def test_mistakes_are_named(args, message):
    with pytest.raises((ValueError, TypeError, u.UnitMismatchError), match=message):
        insert(*args())


needs_braincell = pytest.mark.skipif(
    importlib.util.find_spec("braincell") is None, reason="braincell is not installed"
)


@needs_braincell
@pytest.mark.parametrize("solver", ["exp_euler", "rk4"])
def test_cell_of_braincell_integrates_inserted_channels_with_its_solver(solver, x64):
    import braincell

    cell = braincell.SingleCompartment(
        1, solver=solver, V_initializer=braintools.init.Constant(-62 * u.mV)
    )
    insert(cell, {"na": Na_HH1952(1), "k": K_HH1952(1), "leak": L_HH1952(1)})
    reference = gj.PointNeuron(
        1,
        1 * u.uF / u.cm**2,
        {"na": Na_HH1952(1), "k": K_HH1952(1), "leak": L_HH1952(1)},
        solver="rk4",
        V_initializer=-62 * u.mV,
    )
    for cells in (cell, reference):
        brainstate.nn.init_all_states(cells)
    drive = 10 * u.uA / u.cm**2
    got, want = (run(cells, drive, 1200, 0.005) for cells in (cell, reference))
    assert want.max() > 30
    worst = {"exp_euler": 5.0, "rk4": 1e-9}[solver]
    np.testing.assert_allclose(got, want, atol=worst)


@needs_braincell
def test_cell_of_braincell_with_a_pool(x64):
    import braincell

    class Ca(Channel):
        ion = "Ca"
        g_max = 0.01 * DENSITY
        E = "Nernst"
        m = Gate(
            2,
            alpha=exponential(0.1 / u.ms, -60 * u.mV, 20 * u.mV),
            beta=exponential(0.1 / u.ms, -60 * u.mV, -20 * u.mV),
        )

    pool = CaDynamics_E2(2, temperature=34.0)
    cell = braincell.SingleCompartment(2, solver="rk4")
    added = insert(cell, {"ca": Ca(2), "leak": L_HH1952(2)}, [pool], name="calcium")
    brainstate.nn.init_all_states(cell)
    run(cell, 0 * u.uA / u.cm**2, 20000, 0.05)
    flow = added.currents()["ca"]
    want = pool.rest - pool.gain * pool.tau * flow
    np.testing.assert_allclose(
        pool.concentration.to_decimal(u.mM), want.to_decimal(u.mM), rtol=1e-4
    )
