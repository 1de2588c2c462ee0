import sys

import brainstate
import matplotlib as mpl
import numpy as np
import pytest
import saiunit as u

mpl.use("agg")
import matplotlib.pyplot as plt
from matplotlib.collections import LineCollection, PathCollection

import gapjunction as gj
from gapjunction.connectivity import Edges, layout, ring
from gapjunction.plotting import network
from models import Passive


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def parts(ax):
    (lines,) = [item for item in ax.collections if isinstance(item, LineCollection)]
    (dots,) = [item for item in ax.collections if isinstance(item, PathCollection)]
    return lines, dots


def legend(ax):
    found = ax.get_legend()
    return None if found is None else [text.get_text() for text in found.get_texts()]


def test_draws_every_edge_and_cell_at_its_place():
    edges = Edges([0, 1], [1, 2], 4)
    places = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 2.0], [3.0, 3.0]])
    lines, dots = parts(network(edges, positions=places))
    np.testing.assert_array_equal(lines.get_segments(), [places[[0, 1]], places[[1, 2]]])
    np.testing.assert_array_equal(dots.get_offsets(), places)
    _, dots = parts(network(edges, positions=places * u.um))
    np.testing.assert_array_equal(dots.get_offsets(), places)
    _, dots = parts(network(edges))
    np.testing.assert_array_equal(dots.get_offsets(), layout(edges))


def test_second_population_is_drawn_apart():
    places = np.arange(10.0).reshape(5, 2)
    lines, _ = parts(network(Edges([1], [2], 2, 3), positions=places))
    np.testing.assert_array_equal(lines.get_segments()[0], places[[1, 4]])


def test_lines_that_do_not_conduct_may_have_a_width():
    edges = Edges([0, 1, 2], [1, 2, 3], 4)
    ax = network(edges, weight=[0.0, 3.0, 6.0] * u.nS, width=(1.0, 5.0))
    np.testing.assert_allclose(parts(ax)[0].get_linewidths(), [1.0, 3.0, 5.0])
    np.testing.assert_allclose([h.get_linewidth() for h in ax.get_legend().get_lines()], [5, 3, 2])
    lines, _ = parts(network(edges, weight=0.0, width=(1.0, 5.0)))
    np.testing.assert_allclose(lines.get_linewidths(), 1.0)
    lines, _ = parts(network(edges, width=(1.0, 5.0)))
    np.testing.assert_allclose(lines.get_linewidths(), 2.0)


def test_a_graph_without_edges():
    lines, dots = parts(network(Edges([], [], 30)))
    assert len(lines.get_segments()) == 0
    assert len(dots.get_offsets()) == 30


def test_cells_have_their_labels_or_ids():
    ax = network(ring()(3, 3), names=True)
    assert [text.get_text() for text in ax.texts] == ["0", "1", "2"]


def test_settings_reach_matplotlib():
    settings = {"node_color": np.arange(4), "cmap": "viridis", "vmin": 0, "vmax": 3}
    ax = network(ring()(4, 4), edge_color="r", node_size=7.0, **settings)
    lines, dots = parts(ax)
    np.testing.assert_array_equal(dots.get_array(), np.arange(4))
    assert dots.get_sizes().tolist() == [7.0]
    assert dots.get_cmap().name == "viridis"
    np.testing.assert_allclose(lines.get_colors()[0], [1, 0, 0, 1])


def test_nothing_is_shown(monkeypatch):
    monkeypatch.setattr(plt, "show", lambda *args, **kwargs: pytest.fail("shown"))
    network(ring()(5, 5)).figure.canvas.draw()


def test_widths_are_proportional_to_conductance():
    edges = Edges([0, 1, 2], [1, 2, 3], 4)
    ax = network(edges, weight=[1.0, 0.0, 4.0] * u.nS, width=6.0)
    lines, dots = parts(ax)
    np.testing.assert_allclose(lines.get_linewidths(), [1.5, 0.0, 6.0])
    assert len(dots.get_offsets()) == 4
    assert legend(ax) == ["4 nS", "2 nS", "1 nS"]
    np.testing.assert_allclose(
        [h.get_linewidth() for h in ax.get_legend().get_lines()], [6, 3, 1.5]
    )


def test_values_of_edges_and_labels():
    worm = gj.datasets.celegans().electrical
    ax = network(worm, positions=np.zeros((worm.n_cells, 2)), width=5.0)
    widths = np.array(parts(ax)[0].get_linewidths())
    np.testing.assert_allclose(widths, 5 * worm.values / worm.values.max())
    ax = network(Edges([0], [1], 2, labels=["AVAL", "AVAR"]), names=True)
    assert [text.get_text() for text in ax.texts] == ["AVAL", "AVAR"]


def test_a_junction_is_drawn_by_weight_before_voltages_and_by_its_law_after():
    cells = Passive(3, C=1 * u.nF)
    law = gj.laws.Olive(width=10 * u.mV, s_min=0.2)
    gap = gj.RectifyingGapJunction(cells, "V", ([0, 1], [1, 2]), [2.0, 1.0] * u.uS, law=law)
    np.testing.assert_allclose(parts(network(gap, width=4.0))[0].get_linewidths(), [4.0, 2.0])
    brainstate.nn.init_all_states(cells)
    cells.V.value = [0.0, 1000.0, 1000.0] * u.mV
    ax = network(gap, width=4.0)
    # The first edge conducts 0.2 of 2 uS, the second all of 1 uS.
    np.testing.assert_allclose(parts(ax)[0].get_linewidths(), [1.6, 4.0], rtol=1e-5)
    assert legend(ax)[0] == "1 µS"


def test_two_conductances_count_by_their_mean():
    pre, post = Passive(2), Passive(2)
    weight = [[1.0, 3.0], [1.0, 0.0]] * u.uS
    gap = gj.AsymmetryGapJunction(pre, "V", post, "V", ([0, 1], [0, 1]), weight)
    np.testing.assert_allclose(parts(network(gap, width=4.0))[0].get_linewidths(), [4.0, 1.0])


def test_a_batch_must_be_chosen_from():
    cells = Passive(3)
    law = gj.laws.Olive()
    gap = gj.RectifyingGapJunction(cells, "V", ([0, 1], [1, 2]), 1 * u.uS, law=law)
    brainstate.nn.init_all_states(cells, batch_size=4)
    with pytest.raises(ValueError, match=r"weight must be given .* \(4, 2\)"):
        network(gap)
    network(gap, weight=gap.conductance()[0])
    assert len(plt.get_fignums()) == 1


def test_cells_are_coloured_by_voltage():
    V = np.array([-70.0, -60.0, 20.0])
    ax = network(ring()(3, 3), color_by=V * u.mV, cmap="magma", vmin=-80)
    _, dots = parts(ax)
    np.testing.assert_array_equal(dots.get_array(), V)
    assert dots.norm.vmin == -80
    (bar,) = [a for a in ax.figure.axes if a is not ax]
    assert bar.get_ylabel() == "V (mV)"
    ax = network(ring()(3, 3), color_by=V * u.nA, label="input")
    assert ax.figure.axes[1].get_ylabel() == "input (nA)"
    assert len(network(ring()(3, 3), color_by=V, colorbar=False).figure.axes) == 1


def test_two_populations_are_coloured_by_a_pair():
    edges = Edges([0], [1], 2, 3)
    ax = network(edges, color_by=([1, 2] * u.mV, [0.003, 0.004, 0.005] * u.volt))
    np.testing.assert_allclose(parts(ax)[1].get_array(), [1, 2, 3, 4, 5], rtol=1e-6)


def test_the_legend_is_there_only_where_it_says_something():
    assert legend(network(ring()(4, 4))) is None
    assert legend(network(ring()(4, 4), weight=3.0)) is None
    assert legend(network(ring()(4, 4), weight=3.0 * u.nS)) == ["3 nS"]
    assert legend(network(ring()(4, 4), weight=[1, 2, 3, 4.0] * u.nS, legend=False)) is None
    assert legend(network(Edges([], [], 4), weight=1 * u.nS)) is None


def test_given_axes_are_used_and_no_figure_is_made():
    figure, (ax, other) = plt.subplots(1, 2)
    assert network(ring()(4, 4), ax, weight=1 * u.nS, color_by=np.arange(4)) is ax
    assert plt.get_fignums() == [figure.number]
    assert not other.collections


def test_what_is_wrong_is_named():
    edges = ring()(4, 4)
    with pytest.raises(TypeError, match="graph must be Edges or a gap junction, got 'ring'"):
        network("ring")
    with pytest.raises(ValueError, match="weight must have one of the shapes"):
        network(edges, weight=np.ones(3))
    with pytest.raises(ValueError, match="color_by must have a number for each of the 4 cells, "):
        network(edges, color_by=np.ones(3))
    with pytest.raises(u.UnitMismatchError, match="color_by must have one kind of unit"):
        network(Edges([0], [1], 2, 2, bipartite=True), color_by=([1, 2] * u.mV, [1, 2] * u.nA))
    with pytest.raises(TypeError, match="color_by must be real numbers"):
        network(edges, color_by=np.array(list("abcd")))
    with pytest.raises(ValueError, match="width must be"):
        network(edges, width=-1.0)
    with pytest.raises(
        ValueError, match=r"width must be a number, or a pair of them, got \(1, 2, 3"
    ):
        network(edges, width=(1, 2, 3))
    with pytest.raises(ValueError, match=r"width\[1\] must be a finite number in \[3, inf\]"):
        network(edges, width=(3.0, 2.0))
    for places in (np.zeros((3, 2)), np.zeros((4, 3)), np.zeros(4)):
        with pytest.raises(ValueError, match=r"positions must have the shape .* \(4, 2\)"):
            network(edges, positions=places)
    assert not plt.get_fignums()
    with pytest.raises(TypeError, match="ax must be Axes of Matplotlib, or None, got <Figure"):
        network(edges, plt.figure())


def test_without_matplotlib_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.axes", None)
    with pytest.raises(ImportError, match=r"network needs Matplotlib, of the extra 'examples'"):
        network(ring()(4, 4))
