"""Places of multi-compartment cells as a population."""

import copy
import dataclasses

import brainpy.state as bp
import brainstate
import numpy as np
import pytest
import saiunit as u

import gapjunction as gj
from dendrites import HAVE_PLACES, ball_and_stick, make, needs_places

if HAVE_PLACES:
    import braincell
    from braincell.filter import LocsetMask, at, branch_in


@needs_places
def test_places_are_those_of_braincell():
    cells = make(3, volumes=4)
    where = LocsetMask(points=[(1, x) for x in (0.0, 0.2, 0.25, 0.5, 0.77, 1.0)])
    found = gj.sites(cells, where)
    assert found.out_size == (18,)
    want = [(r.population_index, r.cv_id) for r in cells.loc(where).locations]
    np.testing.assert_array_equal(np.stack([found.cells, found.volumes], 1), want)
    np.testing.assert_array_equal(found.index, found.cells * 8 + found.volumes)
    assert found.labels[:2] == ("0:dend(0)", "0:dend(0.2)")
    assert set(found.branches) == {"dend"}


@needs_places
def test_selections_regions_and_all_volumes():
    cells = make(3, volumes=2)
    assert gj.sites(cells).out_size == (12,)
    assert gj.sites(cells[1:]).cells.tolist() == [1] * 4 + [2] * 4
    assert gj.sites(cells[2].loc(at("dend", 0.9))).index.tolist() == [2 * 4 + 3]
    dendrite = gj.sites(cells, branch_in("type", "basal_dendrite"))
    assert dendrite.volumes.tolist() == [2, 3] * 3
    assert gj.sites(cells.soma, labels=list("abcdef")).labels == tuple("abcdef")


@needs_places
def test_tables_name_places():
    cells = make(2, volumes=1)
    places = gj.sites(cells, at("dend", 0.5))
    edges = gj.connectivity.from_table([("1:dend(0.5)", "0:dend(0.5)", 3)], labels=places.labels)
    gap = gj.SymmetryGapJunction(places, "V", edges, edges.values * u.nS)
    assert (gap.pre_ids.tolist(), gap.post_ids.tolist()) == ([1], [0])
    assert gap.pre is places
    # A table by itself numbers places as they appear in it.
    table = gj.connectivity.from_table([("1:dend(0.5)", "0:dend(0.5)", 3)])
    with pytest.raises(ValueError, match=r"conn must number places in their own order"):
        gj.SymmetryGapJunction(places, "V", table, 1 * u.nS)
    soma = gj.sites(cells, at("soma", 0.5), labels=["a", "b"])
    ends = gj.connectivity.Edges([0], [1], 2, 2, bipartite=True, labels=["x", "y", "b", "a"])
    with pytest.raises(ValueError, match="label 0 is 'b', and place 0 is 'a'"):
        gj.SymmetryGapJunction((places, soma), "V", ends, 1 * u.nS)
    own = gj.connectivity.Edges([0], [1], 2, labels=["AVAL", "AVAR"])
    assert gj.SymmetryGapJunction(places, "V", own, 1 * u.nS).edges.labels == ("AVAL", "AVAR")


@needs_places
def test_rules_read_the_states_of_control_volumes_at_places():
    cells = make(2, volumes=1)
    places = gj.sites(cells, at("dend", 0.5))
    rule = gj.plasticity.FollowsState(
        state="V", target=lambda a, b: -(a + b).to_decimal(u.mV) / 200, tau=1 * u.ms
    )
    gap = gj.PlasticGapJunction(places, "V", ([0], [1]), 1 * u.nS, rule=rule)
    cells.init_state()
    cells.V.value = np.array([[-1.0, -40.0], [-2.0, -80.0]]) * u.mV
    gap.init_state()
    np.testing.assert_allclose(gap.strength.value, 0.6, rtol=1e-6)
    # A run records the voltages of places by their name.
    found, unit = gj.runs.Record(places).read("V")
    np.testing.assert_array_equal(found, [-40.0, -80.0])
    assert unit == u.mV
    other = dataclasses.replace(rule, state="pH")
    with pytest.raises(ValueError, match="rule reads 'pH', which must be a State of Cell"):
        gj.PlasticGapJunction(places, "V", ([0], [1]), 1 * u.nS, rule=other).init_state()


@needs_places
def test_places_are_found_again_when_cells_are_divided_otherwise():
    cells = make(2, volumes=1)
    location, whole = gj.sites(cells, at("dend", 0.9)), gj.sites(cells.branch["dend"])
    assert location.volumes.tolist() == [1, 1]
    cells.cv_policy = braincell.CVPerBranch(5)
    assert location.volumes.tolist() == [9, 9]
    with pytest.raises(ValueError, match="divided into other control volumes"):
        _ = whole.index
    cells.init_state()
    assert location.volumes.tolist() == [9, 9]


@needs_places
def test_conductances_are_absolute():
    places = gj.sites(make(2, volumes=1), at("dend", 0.5))
    with pytest.raises(u.UnitMismatchError, match="weight must be a conductance"):
        gj.SymmetryGapJunction(places, "V", ([0], [1]), 1 * u.mS / u.cm**2)
    for weight in (1 * u.nS, 1 * u.mS / u.cm**2):
        with pytest.raises(u.UnitMismatchError, match="per must be None"):
            gj.SymmetryGapJunction(places, "V", ([0], [1]), weight, per=1e-6 * u.cm**2)


@needs_places
def test_refusals():
    cells = make(2, volumes=1)
    with pytest.raises(TypeError, match=r"gapjunction.sites\(cell"):
        gj.SymmetryGapJunction(cells, "V", ([0], [1]), 1 * u.nS)
    for view in (cells[0], cells.branch["dend"], cells.loc(at("dend", 0.5))):
        with pytest.raises(TypeError, match=r"gapjunction.sites\(cell, ...\); got CellView itself"):
            gj.SymmetryGapJunction(view, "V", ([0], [1]), 1 * u.nS)
    with pytest.raises(TypeError, match=r"gapjunction.sites\(cell"):
        gj.VoltageClamp(cells, 0, -20 * u.mV)
    with pytest.raises(TypeError, match=r"cell must be a braincell.Cell"):
        gj.sites(bp.LIF(2))
    with pytest.raises(TypeError, match="where must be locations or a region"):
        gj.sites(cells, "dend")
    with pytest.raises(ValueError, match="one of 'soma', 'dend'; got 'axon'"):
        gj.sites(cells, at("axon", 0.5))
    for nowhere in (LocsetMask(points=[]), branch_in("type", "axon")):
        with pytest.raises(ValueError, match="at least one place"):
            gj.sites(cells, nowhere)
    for labels, error in ((["a"], ValueError), (["a", "a"], ValueError), ("ab", TypeError)):
        with pytest.raises(error, match="labels"):
            gj.sites(cells, at("dend", 0.5), labels=labels)
    places = gj.sites(cells, at("dend", 0.5))
    with pytest.raises(TypeError, match="does not step by itself"):
        places()
    with pytest.raises(TypeError, match="takes currents of junctions alone"):
        places.add_current_input("x", 1 * u.nA)
    with pytest.raises(ValueError, match="states must be 'V'"):
        gj.SymmetryGapJunction(places, "spike", ([0], [1]), 1 * u.nS).current()
    with pytest.raises(ValueError, match="has no state 'V' yet"):
        gj.SymmetryGapJunction(places, "V", ([0], [1]), 1 * u.nS).current()
    with pytest.raises(TypeError, match="couples must be integrate-and-fire"):
        gj.SpikeletGapJunction(places, "V", ([0], [1]), 1 * u.nS, spikelet=1 * u.pA * u.ms)
    grid = make((2, 2), volumes=1)
    assert gj.sites(grid).out_size == (8,)
    with pytest.raises(ValueError, match=r"pop_size of one number.*got the shape \(2, 2\)"):
        gj.sites(grid, at("dend", 0.5))
    network = braincell.Network()
    network.add_population("cells", cells)
    with pytest.raises(ValueError, match="must not belong to a braincell Network"):
        gj.sites(cells, at("dend", 0.5))


@needs_places
def test_copies_have_places_of_their_own():
    cells = make(2, volumes=1)
    places = gj.sites(cells, at("dend", 0.5))
    gap = gj.SymmetryGapJunction(places, "V", ([0], [1]), 1 * u.nS)
    again = copy.copy(gap)
    assert again.pre is places
    assert again._keys != gap._keys
    assert "<2 places of Cell: 0:dend(0.5), 1:dend(0.5)>" in repr(gap)
    cells.init_state()
    twin, other = copy.deepcopy((cells, gap))
    assert other.pre.owner is twin
    assert other.pre.labels == places.labels
    graphdef, states = brainstate.graph.treefy_split((cells, places))
    new, clone = brainstate.graph.treefy_merge(graphdef, states)
    assert clone.owner is new
    assert clone.index.tolist() == places.index.tolist()


@pytest.mark.skipif(HAVE_PLACES, reason="for braincell before 0.2.0")
def test_older_cells_are_refused_with_the_version_that_is_needed():
    import braincell

    cells = braincell.Cell(ball_and_stick())
    with pytest.raises(ImportError, match=r"braincell 0.2.0 or newer"):
        gj.sites(cells)
    with pytest.raises(TypeError, match=r"braincell 0.2.0 or newer"):
        gj.SymmetryGapJunction(cells, "V", ([0], [1]), 1 * u.nS)
