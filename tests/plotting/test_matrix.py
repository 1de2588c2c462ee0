import matplotlib as mpl
import numpy as np
import pytest
import saiunit as u

mpl.use("agg")
import matplotlib.pyplot as plt

import gapjunction as gj
from gapjunction.connectivity import Edges, ring
from gapjunction.plotting import coupling_matrix
from models import Passive


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def matrix(ax):
    (image,) = ax.images
    return np.ma.filled(image.get_array(), 0.0)


def test_entries_are_conductances_and_empty_where_there_is_none():
    edges = Edges([0, 1, 1, 2], [1, 2, 2, 2], 3)  # one twice, one to itself
    ax = coupling_matrix(edges, weight=[1.0, 2.0, 0.5, 9.0] * u.nS)
    np.testing.assert_array_equal(matrix(ax), [[0, 1, 0], [1, 0, 2.5], [0, 2.5, 0]])
    np.testing.assert_array_equal(ax.images[0].get_array().mask, matrix(ax) == 0)
    assert ax.images[0].get_clim() == (0.0, 2.5)
    assert ax.figure.axes[1].get_ylabel() == "conductance (nS)"
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("cell j, driving", "cell i, receiving")


def test_a_product_with_it_is_the_current_of_the_junction():
    pre, post = Passive(2, V0=0 * u.mV), Passive(3, V0=0 * u.mV)
    weight = [[1.0, 2.0], [3.0, 4.0]] * u.uS
    gap = gj.AsymmetryGapJunction(pre, "V", post, "V", ([0, 1], [2, 0]), weight)
    pre.init_state(), post.init_state()
    pre.V.value, post.V.value = [1.0, 5.0] * u.mV, [2.0, -1.0, 7.0] * u.mV
    ax = coupling_matrix(gap)
    G, V = matrix(ax), np.array([1.0, 5.0, 2.0, -1.0, 7.0])
    into = G @ V - G.sum(axis=1) * V
    flows = gap.currents()
    found = [np.asarray(part.to_decimal(u.nA)) for part in (flows.pre, flows.post)]
    np.testing.assert_allclose(into, np.concatenate(found), rtol=1e-5)
    assert len(ax.lines) == 2  # between the populations
    assert "pre | post" in ax.get_xlabel()


def test_edges_without_values_are_counted():
    ax = coupling_matrix(ring()(4, 4), colorbar=False)
    assert matrix(ax).sum() == 8
    assert len(ax.figure.axes) == 1
    assert coupling_matrix(ring()(4, 4)).figure.axes[1].get_ylabel() == "edges"


def test_negative_conductances_are_drawn_about_zero():
    ax = coupling_matrix(Edges([0, 1], [1, 2], 3), weight=[1.0, -3.0])
    assert ax.images[0].get_clim() == (-3.0, 3.0)
    ax = coupling_matrix(Edges([0, 1], [1, 2], 3), weight=[1.0, 3.0], vmin=0.5, vmax=2, cmap="bone")
    assert ax.images[0].get_clim() == (0.5, 2.0)
    assert ax.images[0].get_cmap().name == "bone"


def test_cells_are_called_by_their_labels():
    ax = coupling_matrix(Edges([0], [1], 2, labels=["AVAL", "AVAR"]))
    assert [text.get_text() for text in ax.get_yticklabels()] == ["AVAL", "AVAR"]


def test_given_axes_are_used():
    figure, ax = plt.subplots()
    assert coupling_matrix(ring()(4, 4), ax) is ax
    assert plt.get_fignums() == [figure.number]


def test_what_is_wrong_is_named():
    with pytest.raises(TypeError, match="graph must be Edges or a gap junction"):
        coupling_matrix(np.eye(3))
    with pytest.raises(ValueError, match="graph must have at most 5000 cells, got 5001"):
        coupling_matrix(Edges([0], [1], 5001))
    assert not plt.get_fignums()
