"""The wiring of C. elegans against what Varshney et al. (2011) publish about it."""

import collections
import dataclasses

import brainpy
import numpy as np
import pytest
import saiunit as u
import scipy.sparse as sp
from scipy.sparse import csgraph

import gapjunction as gj


@pytest.fixture(scope="module")
def worm():
    return gj.datasets.celegans()


@pytest.fixture(scope="module")
def graphs(worm):
    """Unweighted adjacency matrices, straight from the ids."""
    gap, chemical = np.zeros((279, 279), bool), np.zeros((279, 279), bool)
    gap[tuple(worm.electrical)] = True
    chemical[tuple(worm.chemical)] = True
    gap |= gap.T
    return {"gap": gap, "chemical": chemical, "both": gap | chemical}


def largest_strong_component(adjacency):
    _, label = csgraph.connected_components(sp.csr_array(adjacency), connection="strong")
    cells = np.flatnonzero(label == np.bincount(label).argmax())
    return adjacency[np.ix_(cells, cells)]


def clustering(adjacency):
    """Mean over neurons of the connected part of pairs of neurons it connects to.

    As the authors define it for directed graphs; neurons with one neighbour count as 0.
    """
    parts = []
    for row in adjacency:
        near = np.flatnonzero(row)
        pairs = len(near) * (len(near) - 1)
        parts.append(adjacency[np.ix_(near, near)].sum() / max(pairs, 1))
    return np.mean(parts)


def path_length(adjacency):
    steps = csgraph.shortest_path(sp.csr_array(adjacency), unweighted=True)
    return steps.sum() / (len(steps) * (len(steps) - 1))


# Published: size of the largest (strong) component, characteristic path length, clustering.
PUBLISHED = {"gap": (248, 4.52, 0.21), "chemical": (237, 3.48, 0.22), "both": (274, 2.87, 0.26)}


@pytest.mark.parametrize("network", PUBLISHED)
def test_small_world_statistics_are_those_published(graphs, network):
    giant = largest_strong_component(graphs[network])
    found = len(giant), round(path_length(giant), 2), round(clustering(giant), 2)
    assert found == PUBLISHED[network]


def test_counts_are_those_published(worm):
    assert worm.n_neurons == 279
    assert worm.electrical.n_edges == 514
    assert worm.junctions.sum() == 887
    # The paper's 890 gap junctions are these and the self-junctions.
    assert worm.junctions.sum() + sum(worm.self_junctions.values()) == 890
    assert worm.chemical.n_edges == 2194
    # The paper says 6,393; the data its authors released sum to one more, as these do.
    assert worm.synapses.sum() == 6394


def test_gap_junction_components_are_those_published(worm):
    parts = gj.connectivity.components(worm.electrical)
    sizes = collections.Counter(len(part) for part in parts)
    assert sizes == {248: 1, 3: 1, 2: 1, 1: 26}
    assert gj.connectivity.mean_path_length(worm.electrical) == pytest.approx(4.52, abs=0.005)


def test_degrees_and_spectrum_of_the_gap_junctions(worm):
    pairs = gj.connectivity.degree(worm.electrical)
    junctions = gj.connectivity.degree(worm.electrical, worm.junctions)
    assert pairs.mean() == pytest.approx(3.68, abs=0.005)
    assert junctions[worm.index(["AVAL", "AVAR"])].tolist() == [113, 85]
    assert junctions.max() == 113
    giant = gj.connectivity.components(worm.electrical)[0]
    laplacian = gj.connectivity.laplacian(worm.electrical)[giant][:, giant].toarray()
    spectrum = np.linalg.eigvalsh(laplacian)
    assert spectrum[0] == pytest.approx(0, abs=1e-12)
    assert spectrum[1] == pytest.approx(0.0981, abs=5e-5)


def test_labels_are_sorted_and_shared_by_both_networks(worm):
    assert list(worm.labels) == sorted(set(worm.labels))
    assert worm.electrical.labels == worm.chemical.labels == worm.labels
    named = {i for edges in (worm.electrical, worm.chemical) for ids in edges for i in ids.tolist()}
    assert len(named) == 279


def test_each_electrical_pair_is_listed_once_and_none_is_a_self_junction(worm):
    pre, post = worm.electrical
    assert np.all(pre != post)
    assert len({frozenset(pair) for pair in zip(pre.tolist(), post.tolist(), strict=True)}) == 514
    assert dict(worm.self_junctions) == {"RIBL": 1, "RIBR": 1, "VA08": 1}


def test_motor_neurons_are_the_eight_classes_of_the_ventral_cord(worm):
    classes = collections.Counter(worm.labels[i][:2] for i in worm.motor)
    # VC06 makes no synapse.
    expected = {"AS": 11, "DA": 9, "DB": 7, "DD": 6, "VA": 12, "VB": 11, "VC": 5, "VD": 13}
    assert classes == expected


def test_inhibitory_neurons_are_the_26_gabaergic_ones(worm):
    names = {worm.labels[i] for i in worm.inhibitory}
    others = {"AVL", "DVB", "RIS", "RMED", "RMEL", "RMER", "RMEV"}
    assert len(names) == 26
    assert names == others | {name for name in worm.labels if name[:2] in ("DD", "VD")}


def test_index_finds_one_and_several(worm):
    assert worm.labels[worm.index("AVAL")] == "AVAL"
    assert isinstance(worm.index("AVAL"), int)
    assert [worm.labels[i] for i in worm.index(("PLMR", "PLML"))] == ["PLMR", "PLML"]
    assert worm.index([]).shape == (0,)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("AVA", "Did you mean AVAL or AVAR?"),
        ("aval", "Did you mean AVAL?"),
        ("VA8", "Did you mean VA08?"),
        ("AVAX", "AVAL"),
    ],
)
def test_index_suggests_a_near_name(worm, name, hint):
    with pytest.raises(ValueError, match=f"none of the 279 neurons is called '{name}'") as caught:
        worm.index(name)
    assert hint in str(caught.value)


@pytest.mark.parametrize("names", [7, [7], None])
def test_index_refuses_what_is_not_a_name(worm, names):
    with pytest.raises(TypeError, match="names must be"):
        worm.index(names)


def test_nothing_can_be_changed(worm):
    with pytest.raises(dataclasses.FrozenInstanceError):
        worm.labels = ()
    with pytest.raises(TypeError):
        worm.self_junctions["AVAL"] = 1
    for array in (worm.motor, worm.inhibitory, worm.junctions, worm.electrical.pre_ids):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0
    assert gj.datasets.celegans() is worm


def test_source_is_the_paper_and_repr_is_short(worm):
    assert "10.1371/journal.pcbi.1001066" in worm.source
    assert len(repr(worm)) < 100


def test_serves_as_conn_of_a_junction(worm):
    cells = brainpy.state.LIF(worm.n_neurons, R=1 * u.Gohm, tau=100 * u.ms)
    weight = worm.junctions * 100.0 * u.psiemens
    for junction in (gj.SymmetryGapJunction, brainpy.state.SymmetryGapJunction):
        gap = junction(cells, "V", conn=worm.electrical, weight=weight)
        assert len(gap.pre_ids) == 514
