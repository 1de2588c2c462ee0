"""The current of each junction by itself."""

import brainpy.state as bp
import brainstate
import jax
import numpy as np
import pytest
import saiunit as u

import gapjunction as gj
from covering import covering
from gapjunction.kernels.partition import Place
from models import mv

CELL = {"R": 1 * u.Gohm, "tau": 20 * u.ms, "V_rest": -70 * u.mV, "V_th": -50 * u.mV}
SLOW = gj.laws.Boltzmann(10 * u.mV, 5 * u.mV, s_min=0.2, rate=0.1 / u.ms)
# Edges in no order, between the same two cells as well, and one from a cell to itself.
PRE, POST = np.array([0, 3, 2, 0, 1, 2]), np.array([1, 0, 3, 1, 1, 0])
WEIGHT = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])

KINDS = {
    "ohmic": lambda a, b: gj.SymmetryGapJunction((a, b), "V", (PRE, POST), WEIGHT * u.nS),
    "one number": lambda a, b: gj.SymmetryGapJunction((a, b), "V", (PRE, POST), 2 * u.nS),
    "two conductances": lambda a, b: gj.AsymmetryGapJunction(
        a, "V", b, "V", (PRE, POST), np.stack([WEIGHT, 0.5 + WEIGHT[::-1]], axis=1) * u.nS
    ),
    "two alike": lambda a, b: gj.AsymmetryGapJunction(a, "V", b, "V", (PRE, POST), 2 * u.nS),
    "scaled": lambda a, b: gj.SymmetryGapJunction(
        (a, b), "V", (PRE, POST), 2 * u.nS, scale=WEIGHT, coupling="implicit"
    ),
    "rectifying": lambda a, b: gj.RectifyingGapJunction((a, b), "V", (PRE, POST), WEIGHT * u.nS),
    "gated": lambda a, b: gj.VoltageGatedGapJunction(
        (a, b), "V", (PRE, POST), WEIGHT * u.nS, law=SLOW
    ),
}


@pytest.mark.filterwarnings("ignore::gapjunction.GapJunctionWarning")
@pytest.mark.parametrize(("name", "two", "batch"), covering(KINDS, (False, True), (None, 3)))
def test_they_are_ohms_law_and_add_up_to_what_the_cells_get(name, two, batch, x64):
    pre = bp.LIF((2, 2), **CELL)
    post = bp.LIF((2, 2), **CELL) if two else pre
    gap = KINDS[name](pre, post)
    rng = np.random.default_rng(1)
    for cells in dict.fromkeys((pre, post)):
        cells.init_state(batch)
        cells.V.value = rng.uniform(-80, -50, cells.V.value.shape) * u.mV
    gap.init_state()
    with brainstate.environ.context(dt=0.1 * u.ms):
        found = gap.edge_currents()
    lead = () if batch is None else (batch,)
    paired = name.startswith("two")
    assert found.shape == ((*lead, 6, 2) if paired else (*lead, 6))
    plain = np.asarray(found.to_decimal(u.pA))

    a, b = (mv(cells.V.value).reshape(*lead, 4) for cells in (pre, post))
    difference = a[..., PRE] - b[..., POST]
    g = np.asarray(gap.conductance().to_decimal(u.nS))
    np.testing.assert_allclose(plain, g * (difference[..., None] if paired else difference))

    into_post, out_of_pre = (plain[..., 0], plain[..., 1]) if paired else (plain, plain)
    expected = {"pre": np.zeros((*lead, 4)), "post": np.zeros((*lead, 4))}
    for edge in range(6):
        expected["post"][..., POST[edge]] += into_post[..., edge]
        expected["pre"][..., PRE[edge]] -= out_of_pre[..., edge]
    for end, value in expected.items():
        got = getattr(gap.currents(), end).to_decimal(u.pA).reshape(*lead, 4)
        np.testing.assert_allclose(got, value, atol=1e-9)


def test_plastic_and_spikelet_junctions_have_them():
    cells = bp.LIF(2, **CELL)
    rule = gj.plasticity.BurstSpike(depression=0.1 / u.second, potentiation=0.1)
    plastic = gj.PlasticGapJunction(cells, "V", ([0], [1]), 2 * u.nS, rule=rule)
    spikelet = gj.SpikeletGapJunction(cells, "V", ([0], [1]), 2 * u.nS, spikelet=1 * u.mV)
    brainstate.nn.init_all_states([cells, plastic, spikelet])
    cells.V.value = [-60.0, -65.0] * u.mV
    for gap in (plastic, spikelet):
        np.testing.assert_allclose(gap.edge_currents().to_decimal(u.pA), [10.0], rtol=1e-6)


def test_plain_numbers_and_other_prefixes():
    cells = bp.FitzHughNagumo(2)
    cells.init_state()
    cells.V.value = np.array([0.5, 0.1], np.float32)
    found = gj.SymmetryGapJunction(cells, "V", ([0], [1]), 0.5).edge_currents()
    assert not isinstance(found, u.Quantity)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, [0.2])

    pre, post = bp.LIF(1, **CELL), bp.LIF(1, **CELL)
    pre.init_state()
    post.init_state()
    pre.V.value, post.V.value = [-0.06] * u.volt, [-65.0] * u.mV
    gap = gj.SymmetryGapJunction((pre, post), "V", ([0], [0]), 2 * u.nS)
    np.testing.assert_allclose(gap.edge_currents().to_decimal(u.pA), [10.0], rtol=1e-5)


def test_before_init_state_they_are_refused():
    gap = gj.SymmetryGapJunction(bp.LIF(2, **CELL), "V", ([0], [1]), 2 * u.nS)
    with pytest.raises(ValueError, match="has no state 'V' yet"):
        gap.edge_currents()


def test_they_are_refused_where_processes_have_different_edges():
    """Each process then stores its edges in blocks, which have another order and another length."""
    cells = bp.LIF(4, **CELL)
    gap = gj.SymmetryGapJunction(cells, "V", ([3, 0], [2, 1]), 2 * u.nS)
    cells.init_state()
    cells.V.value = [-70.0, -60.0, -50.0, -30.0] * u.mV
    place = Place(jax.sharding.Mesh(jax.devices()[:1], ("cells",)), "cells", None)
    for shared in (True, False):
        gap._wiring = gap._wiring.over(place, lambda arrays: lambda: arrays, shared)
        np.testing.assert_allclose(gap.currents().post.to_decimal(u.pA), [0, -20, 40, 0])
        if shared:
            np.testing.assert_allclose(gap.edge_currents().to_decimal(u.pA), [40, -20])
    with pytest.raises(ValueError, match="SymmetryGapJunction must have the same edges in all"):
        gap.edge_currents()
