"""Places of cells that come near each other in space."""

import numpy as np
import pytest
import saiunit as u

import gapjunction as gj
from dendrites import HAVE_PLACES, make, needs_places

if HAVE_PLACES:
    import braincell

pytestmark = needs_places


def in_space(pop=3):
    """Cells of a soma and a straight dendrite of 100 um along x, in volumes of 20 um."""
    tree = braincell.Morphology.from_root(
        braincell.Branch.from_points(
            points=np.array([[-10.0, 0, 0], [0.0, 0, 0]]) * u.um,
            radii=[5.0, 5.0] * u.um,
            type="soma",
        ),
        name="soma",
    )
    dendrite = braincell.Branch.from_points(
        points=np.array([[0.0, 0, 0], [100.0, 0, 0]]) * u.um,
        radii=[1.0, 1.0] * u.um,
        type="basal_dendrite",
    )
    tree.attach(parent="soma", child_branch=dendrite, child_name="dend", parent_x=1.0)
    return braincell.Cell(tree, pop_size=pop, cv_policy=braincell.CVPerBranch(5))


def test_pairs_of_different_cells_within_reach():
    cells = in_space()
    places = gj.sites(cells.branch["dend"])
    np.testing.assert_allclose(
        places.local_positions.to_decimal(u.um)[:5, 0], [10, 30, 50, 70, 90], atol=1e-6
    )
    np.testing.assert_allclose(
        places.path_from_soma.to_decimal(u.um)[5:10], [10, 30, 50, 70, 90], atol=1e-6
    )
    origins = np.array([[0.0, 0, 0], [80.0, 3, 0], [0.0, 0, 500]]) * u.um
    edges = gj.connectivity.proximity(places, 5 * u.um, origins)
    # The end of the first dendrite lies 3 um beside the beginning of the second.
    assert (edges.pre_ids.tolist(), edges.post_ids.tolist()) == ([4], [5])
    np.testing.assert_allclose(edges.values, [3.0])
    assert edges.labels == places.labels
    gj.SymmetryGapJunction(places, "V", edges, 1 * u.nS)
    everything = gj.connectivity.proximity(places, 5 * u.um)
    assert len(everything.values) == 15, "cells at one place meet at each of their volumes"


def test_pairs_of_two_populations():
    """Of cells of different kinds, or of two choices of places of the same cells."""
    one, other = in_space(1), in_space(2)
    ends = gj.sites(one.branch["dend"]), gj.sites(other.branch["dend"])
    beside = np.array([[500.0, 0, 0], [80.0, 3, 0]]) * u.um
    edges = gj.connectivity.proximity(ends, 5 * u.um, (None, beside))
    # Places 0 to 4 of the second population are those of its first cell, which is far away.
    assert (edges.pre_ids.tolist(), edges.post_ids.tolist()) == ([4], [5])
    assert (edges.bipartite, edges.pre_size, edges.post_size) == (True, (5,), (10,))
    np.testing.assert_allclose(edges.values, [3.0])
    assert edges.labels is None, "both populations have a place 0:dend(0.1)"
    gap = gj.SymmetryGapJunction(ends, "V", edges, 1 * u.nS)
    assert gap.edges.n_edges == 1
    # Between places of the same cells, none of a cell with itself.
    somata, dendrites = gj.sites(other.branch["soma"]), gj.sites(other.branch["dend"])
    beside = np.array([[0.0, 0, 0], [10.0, 0, 0]]) * u.um
    edges = gj.connectivity.proximity((somata, dendrites), 2 * u.um, beside)
    assert len(edges.values) > 0
    assert (somata.cells[edges.pre_ids] != dendrites.cells[edges.post_ids]).all()
    assert edges.labels == (*somata.labels, *dendrites.labels)
    far = gj.connectivity.proximity(ends, 1 * u.um, (None, beside + 900 * u.um))
    assert far.n_edges == 0
    with pytest.raises(ValueError, match="origins must be a pair"):
        gj.connectivity.proximity(ends, 5 * u.um, beside)
    with pytest.raises(ValueError, match=r"origins\[0\] must have the shape \(1, 3\)"):
        gj.connectivity.proximity(ends, 5 * u.um, (beside, beside))


def test_refusals():
    places = gj.sites(in_space())
    with pytest.raises(TypeError, match="sites must be places"):
        gj.connectivity.proximity(in_space(), 5 * u.um)
    with pytest.raises(u.UnitMismatchError, match="reach"):
        gj.connectivity.proximity(places, 5 * u.mV)
    with pytest.raises(ValueError, match="reach must be one length"):
        gj.connectivity.proximity(places, [5.0, 6.0] * u.um)
    with pytest.raises(ValueError, match="origins must have the shape"):
        gj.connectivity.proximity(places, 5 * u.um, np.zeros((2, 3)) * u.um)
    with pytest.raises(ValueError, match="morphology with points in space"):
        gj.connectivity.proximity(gj.sites(make(2, 1)), 5 * u.um)
