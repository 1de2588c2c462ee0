"""Channels in regions of multi-compartment cells, beside braincell's own."""

import brainpy.state as bp
import brainstate
import jax.numpy as jnp
import numpy as np
import pytest
import saiunit as u

import gapjunction as gj
from dendrites import HAVE_PLACES, make, needs_places
from gapjunction.ion_channels import K_HH1952, Na_HH1952, insert

if HAVE_PLACES:
    import braincell
    from braincell.filter import BranchSlice, branch_in
    from braincell.mech import Channel, CurrentClamp, Ion

pytestmark = needs_places


def channels(cells):
    size = (*cells.pop_size, cells.n_cv)
    return {"na": Na_HH1952(size), "k": K_HH1952(size)}


def run(cells, steps=400, dt=0.02):
    cells.init_state()

    def step(i):
        with brainstate.environ.context(i=i, t=i * dt * u.ms, dt=dt * u.ms):
            cells()
            return cells.V.value.to_decimal(u.mV)

    return np.asarray(
        brainstate.transform.jit(lambda: brainstate.transform.for_loop(step, jnp.arange(steps)))()
    )


def driven(solver="staggered", pop=1):
    cells = make(pop, 1, solver=solver)
    cells.place(
        braincell.filter.at("soma", 0.5),
        CurrentClamp(delay=1 * u.ms, durations=100 * u.ms, amplitudes=0.3 * u.nA),
    )
    return cells


@pytest.mark.parametrize("solver", ["staggered", "rk4"])
def test_traces_are_those_of_braincells_own_channels(solver, x64):
    soma = branch_in("type", "soma")
    theirs, ours = driven(solver), driven(solver)
    theirs.paint(
        soma,
        Ion("SodiumFixed", E=50.0 * u.mV),
        Ion("PotassiumFixed", E=-77.0 * u.mV),
        Channel("Na_HH1952", g_max=120.0 * u.mS / u.cm**2),
        Channel("K_HH1952", g_max=36.0 * u.mS / u.cm**2),
    )
    insert(ours, channels(ours), where=soma)
    want = run(theirs)
    assert want.max() > 20, "the soma should spike"
    np.testing.assert_allclose(run(ours), want, rtol=0, atol=1e-8)


def test_regions_are_shares_of_the_volumes_of_chosen_cells():
    cells = make(2, 2)
    half = insert(cells, channels(cells), where=BranchSlice(1, 0.0, 0.25), name="half")
    np.testing.assert_allclose(half.share, [[0, 0, 0.5, 0], [0, 0, 0.5, 0]], atol=1e-6)
    one = insert(cells, channels(cells), where=cells[1].branch["soma"], name="one")
    np.testing.assert_allclose(one.share, [[0] * 4, [1, 1, 0, 0]])
    everywhere = insert(cells, channels(cells))
    assert everywhere.share.all()
    cells.init_state()
    V = cells.V.value
    ratio = half.current(V).mantissa[:, 2] / everywhere.current(V).mantissa[:, 2]
    np.testing.assert_allclose(ratio, 0.5, rtol=1e-5)


def test_refusals():
    cells = make(2, 1)
    with pytest.raises(TypeError, match="where must be a region"):
        insert(cells, channels(cells), where="dend")
    with pytest.raises(ValueError, match="selection of the cells that get the channels"):
        insert(cells, channels(cells), where=make(2, 1).branch["dend"])
    with pytest.raises(ValueError, match="where must choose at least one place of Cell, got none"):
        insert(cells, channels(cells), where=branch_in("type", "axon"))
    with pytest.raises(TypeError, match=r"neuron must be the cells themselves, .* where="):
        insert(cells.branch["dend"], channels(cells))
    with pytest.raises(TypeError, match="where must be None"):
        insert(
            bp.LIF(2, R=1 * u.Mohm), K_HH1952(2, g_max=1 * u.nS), where=branch_in("type", "soma")
        )
    with pytest.raises(ValueError, match="must have the neuron's size"):
        insert(cells, K_HH1952(2))
    insert(cells, channels(cells))
    cells.cv_policy = braincell.CVPerBranch(3)
    with pytest.raises(ValueError, match="control volumes for which channels were inserted"):
        cells.init_state()
    # A gap junction of dendrites with channels in its circuit.
    active = make(2, 1)
    insert(active, channels(active))
    gap = gj.SymmetryGapJunction(gj.sites(active), "V", ([1], [3]), 1 * u.nS)
    active.init_state()
    assert np.isfinite(gj.measure.linearise(gap).leak.mantissa).all()
    passive = make(2, 1)
    other = gj.SymmetryGapJunction(gj.sites(passive), "V", ([1], [3]), 1 * u.nS)
    passive.init_state()
    more = gj.measure.linearise(gap, gates="frozen").leak - gj.measure.linearise(other).leak
    assert (more > 0 * u.nS).all()
