"""Cells with dendrites in space, and the junctions between them."""

import numpy as np
import pytest
import saiunit as u

import gapjunction as gj
from dendrites import HAVE_PLACES, make, needs_places
from models import Passive

if HAVE_PLACES:
    import braincell
    from braincell.filter import at

pytestmark = needs_places
APART = np.array([[0.0, 0, 0], [0.0, 40, 0]]) * u.um


def cells(pop=2):
    """A soma, and a dendrite whose diameter jumps half-way, along x; two volumes in each."""
    branch = braincell.Branch.from_points
    soma = branch(points=np.array([[-10.0, 0, 0], [0, 0, 0]]) * u.um, radii=[5.0, 5.0] * u.um)
    tree = braincell.Morphology.from_root(soma, name="soma")
    dendrite = branch(
        points=np.array([[0.0, 0, 0], [50, 0, 0], [100, 0, 0]]) * u.um,
        radii_proximal=[2.0, 1.0] * u.um,
        radii_distal=[2.0, 1.0] * u.um,
    )
    tree.attach(parent="soma", child_branch=dendrite, child_name="dend", parent_x=1.0)
    return braincell.Cell(
        tree, pop_size=pop, cv_policy=braincell.CVPerBranch(2), V_init=-65.0 * u.mV
    )


def test_cells_have_their_diameters_and_junctions_their_places():
    places = gj.sites(cells(), at("dend", 0.7))
    gap = gj.SymmetryGapJunction(places, "V", ([0], [1]), 1 * u.nS)
    ax = gj.plotting.morphology(gap, origins=APART)
    bodies, lines, dots = ax.collections
    corners = np.array([path.vertices[:4] for path in bodies.get_paths()])
    low, high = corners.min(axis=(0, 1)), corners.max(axis=(0, 1))
    np.testing.assert_allclose([low, high], [[-10, -5], [100, 45]], atol=1e-6)
    far = corners[corners[..., 0].min(axis=1) >= 50 - 1e-6]
    np.testing.assert_allclose(np.ptp(far[..., 1], axis=1), 2.0, atol=1e-6)
    # In the middle of the volume that a place is in.
    np.testing.assert_allclose(lines.get_segments(), [[[75, 0], [75, 40]]], atol=1e-6)
    np.testing.assert_allclose(dots.get_offsets(), [[75, 0], [75, 40]], atol=1e-6)


def test_volumes_have_the_colours_of_their_values():
    one = cells(1)
    ax = gj.plotting.morphology(
        gj.sites(one, at("soma", 0.5)), color_by=np.array([[1.0, 2, 3, 4]]) * u.mV, view="xz"
    )
    bodies = ax.collections[0]
    middle = [path.vertices[:4, 0].mean() for path in bodies.get_paths()]
    want = {-7.5: 1, -2.5: 2, 25.0: 3, 75.0: 4}
    kept = [(m, v) for m, v in zip(middle, bodies.get_array(), strict=True) if m in want]
    assert len(kept) == 4
    assert all(want[m] == v for m, v in kept)
    assert ax.get_ylabel() == "z (um)"
    assert ax.figure.axes[-1].get_ylabel() == "V (mV)"


def test_cells_of_two_populations():
    one, other = cells(1), cells(2)
    ends = gj.sites(one, at("dend", 0.7)), gj.sites(other, at("soma", 0.3))
    gap = gj.SymmetryGapJunction(ends, "V", ([0, 0], [0, 1]), 1 * u.nS)
    values = np.array([[1.0, 2, 3, 4]]) * u.mV, np.arange(8.0).reshape(2, 4) * 1e-3 * u.volt
    ax = gj.plotting.morphology(gap, origins=(None, APART + 50 * u.um), color_by=values)
    bodies, lines, _ = ax.collections
    # The first population, then each cell of the second; pieces of its second cell come last.
    np.testing.assert_allclose(sorted(set(bodies.get_array())), range(8), atol=1e-6)
    np.testing.assert_allclose(
        lines.get_segments(), [[[75, 0], [42.5, 50]], [[75, 0], [42.5, 90]]], atol=1e-6
    )
    assert ax.figure.axes[-1].get_ylabel() == "V (mV)"
    with pytest.raises(ValueError, match="color_by must be a pair"):
        gj.plotting.morphology(gap, color_by=values[0])
    with pytest.raises(ValueError, match=r"color_by\[1\] must have a number for each"):
        gj.plotting.morphology(gap, color_by=(values[0], values[0]))
    with pytest.raises(u.UnitMismatchError, match=r"color_by\[1\] must be in mV"):
        gj.plotting.morphology(gap, color_by=(values[0], np.zeros((2, 4))))
    # Two choices of places of the same cells are drawn once.
    both = gj.sites(other, at("soma", 0.3)), gj.sites(other, at("dend", 0.7))
    gap = gj.SymmetryGapJunction(both, "V", ([0], [1]), 1 * u.nS)
    drawn = gj.plotting.morphology(gap, origins=APART).collections
    assert 3 * len(drawn[0].get_paths()) == 2 * len(bodies.get_paths())
    np.testing.assert_allclose(drawn[1].get_segments(), [[[-7.5, 0], [75, 40]]], atol=1e-6)


def test_refusals():
    places = gj.sites(cells(), at("soma", 0.5))
    with pytest.raises(TypeError, match="junction must be a GapJunction between places"):
        gj.plotting.morphology(cells())
    with pytest.raises(ValueError, match="view must be two of x, y and z"):
        gj.plotting.morphology(places, view="xx")
    with pytest.raises(ValueError, match="origins must have the shape"):
        gj.plotting.morphology(places, origins=[0.0, 1.0, 2.0] * u.um)
    with pytest.raises(ValueError, match="color_by must have a number for each control volume"):
        gj.plotting.morphology(places, color_by=[1.0, 2.0])
    with pytest.raises(ValueError, match="points in space"):
        gj.plotting.morphology(gj.sites(make(2, 1)))
    points = Passive(1, 1 * u.nF)
    with pytest.raises(ValueError, match="must join places of multi-compartment cells"):
        gj.plotting.morphology(gj.SymmetryGapJunction((places, points), "V", ([0], [0]), 1 * u.nS))
