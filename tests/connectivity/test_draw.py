import sys

import matplotlib as mpl
import numpy as np
import pytest
import saiunit as u

mpl.use("agg")
import matplotlib.pyplot as plt
from matplotlib.collections import LineCollection, PathCollection

from gapjunction.connectivity import Edges, draw, grid, layout, random, ring


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def _parts(ax):
    (lines,) = [item for item in ax.collections if isinstance(item, LineCollection)]
    (dots,) = [item for item in ax.collections if isinstance(item, PathCollection)]
    return lines, dots


def test_draws_every_edge_and_cell_at_its_place():
    edges = Edges([0, 1], [1, 2], 4)
    places = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 2.0], [3.0, 3.0]])
    _, mine = plt.subplots()
    ax = draw(edges, mine, positions=places)
    assert ax is mine
    lines, dots = _parts(ax)
    np.testing.assert_array_equal(lines.get_segments(), [places[[0, 1]], places[[1, 2]]])
    np.testing.assert_array_equal(dots.get_offsets(), places)


def test_second_population_is_drawn_apart():
    places = np.arange(10.0).reshape(5, 2)
    lines, _ = _parts(draw(Edges([1], [2], 2, 3), positions=places))
    np.testing.assert_array_equal(lines.get_segments()[0], places[[1, 4]])


def test_positions_may_have_a_unit():
    _, dots = _parts(draw(Edges([0], [1], 2), positions=np.eye(2) * u.um))
    np.testing.assert_array_equal(dots.get_offsets(), np.eye(2))


def test_width_follows_weight():
    edges = Edges([0, 1, 2], [1, 2, 3], 4, values=[1, 2, 4])
    lines, _ = _parts(draw(edges, widths=(1.0, 5.0)))
    np.testing.assert_allclose(lines.get_linewidths(), [2.0, 3.0, 5.0])
    lines, _ = _parts(draw(edges, weight=[0.0, 3.0, 6.0] * u.nS, widths=(1.0, 5.0)))
    np.testing.assert_allclose(lines.get_linewidths(), [1.0, 3.0, 5.0])


def test_all_lines_are_alike_without_values():
    lines, _ = _parts(draw(ring()(5, 5)))
    assert len(set(np.ravel(lines.get_linewidths()))) == 1


def test_zero_weights_draw_thin_lines():
    lines, _ = _parts(draw(ring()(3, 3), weight=0.0, widths=(1.0, 5.0)))
    np.testing.assert_allclose(lines.get_linewidths(), 1.0)


def test_names():
    ax = draw(Edges([0], [1], 2, labels=["AVAL", "AVAR"]), names=True)
    assert [text.get_text() for text in ax.texts] == ["AVAL", "AVAR"]
    assert [text.get_text() for text in draw(ring()(3, 3), names=True).texts] == ["0", "1", "2"]


def test_colours_by_number():
    _, dots = _parts(draw(ring()(4, 4), node_color=np.arange(4), cmap="viridis", vmin=0, vmax=3))
    np.testing.assert_array_equal(dots.get_array(), np.arange(4))


def test_a_graph_without_edges():
    lines, dots = _parts(draw(Edges([], [], 30)))
    assert len(lines.get_segments()) == 0
    assert len(dots.get_offsets()) == 30


def test_nothing_is_shown(monkeypatch):
    monkeypatch.setattr(plt, "show", lambda *args, **kwargs: pytest.fail("shown"))
    draw(ring()(5, 5)).figure.canvas.draw()


@pytest.mark.parametrize("places", [np.zeros((3, 2)), np.zeros((4, 3)), np.zeros(4)])
def test_positions_of_another_shape(places):
    with pytest.raises(ValueError, match=r"positions must have the shape .* \(4, 2\)"):
        draw(ring()(4, 4), positions=places)


def test_weight_of_another_shape():
    with pytest.raises(ValueError, match="weight must have one of the shapes"):
        draw(ring()(4, 4), weight=np.ones(3))


def test_without_matplotlib_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(ImportError, match=r"gapjunction\[examples\]"):
        draw(ring()(4, 4))


# layout


@pytest.mark.parametrize(
    "edges",
    [
        ring()(5, 5),
        ring()(100, 100),
        grid()((4, 5), (4, 5)),
        grid()((3, 4, 5), (3, 4, 5)),
        random(mean_degree=1, seed=1)(60, 60),
        random(mean_degree=4, seed=1)(1500, 1500),
        Edges([], [], 1),
        Edges([], [], 40),
        Edges([0, 1], [0, 1], 2, 3),
        Edges([0] * 30, range(1, 31), 31),
        Edges([0, 0], [0, 0], 1, bipartite=True),
    ],
    ids=repr,
)
def test_layout_gives_every_cell_a_place_of_its_own(edges):
    places = layout(edges)
    assert places.shape == (edges.n_cells, 2)
    assert np.isfinite(places).all()
    assert len(np.unique(places.round(9), axis=0)) == edges.n_cells
    np.testing.assert_array_equal(places, layout(edges))


def test_layout_of_a_ring_is_round():
    places = layout(ring(k=2)(60, 60))
    radius = np.linalg.norm(places - places.mean(axis=0), axis=1)
    assert radius.min() > 0.9 * radius.max()


def test_layout_puts_coupled_cells_near_each_other():
    edges = grid()((1, 10, 10), (1, 10, 10))
    places = layout(edges)
    coupled = np.linalg.norm(places[edges.pre_ids] - places[edges.post_ids], axis=1)
    apart = np.linalg.norm(places[:, None] - places[None], axis=2)
    assert coupled.mean() < 0.3 * apart.mean()
    # Springs pull edges to one length.
    assert coupled.std() < 0.25 * coupled.mean()
