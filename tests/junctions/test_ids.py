"""Ids: what the built-in gets silently wrong."""

import warnings

import brainpy.state as bp
import jax.numpy as jnp
import numpy as np
import pytest
import saiunit as u
import scipy.sparse

import gapjunction as gj
from models import Passive, pairs


def junction(cells, ids, weight=1 * u.uS):
    return gj.SymmetryGapJunction(cells, "V", lambda pre, post: ids, weight)


def test_multidimensional_population_couples_single_cells():
    cells = Passive((4, 5))
    cells.init_state()
    v = np.zeros((4, 5))
    v[0, 1] = 10.0
    cells.V.value = v * u.mV
    now = junction(cells, ([1], [19])).currents()
    into = np.asarray((now.pre + now.post).to_decimal(u.nA))
    want = np.zeros((4, 5))
    want[0, 1], want[3, 4] = -10, 10
    np.testing.assert_allclose(into, want)


def test_multidimensional_batch_equals_the_flat_population():
    grid, line = Passive((3, 4)), Passive(12)
    ids = ([0, 3, 7], [5, 11, 2])
    rng = np.random.default_rng(0)
    v = rng.normal(size=(2, 12))
    grid.init_state(2)
    line.init_state(2)
    grid.V.value, line.V.value = v.reshape(2, 3, 4) * u.mV, v * u.mV
    a, b = junction(grid, ids).currents(), junction(line, ids).currents()
    for x, y in zip(a, b, strict=True):
        assert x.shape == (2, 3, 4)
        np.testing.assert_array_equal(
            np.asarray(x.to_decimal(u.nA)).reshape(2, 12), y.to_decimal(u.nA)
        )


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        (([0, 1], [1, 3]), "post_ids"),
        (([0, -1], [1, 2]), "pre_ids"),
        (([0, 1], [1]), "length"),
        (([0.0, 1.0], [1, 2]), "int"),
        ((np.array([]), np.array([])), "int"),
        (([True, False], [1, 2]), "int"),
        ((np.array([True, False, True]), np.array([False, True, True])), "int"),
        (np.array([[0, 1], [1, 2], [2, 0]]), "transpose|shape"),
        (np.array([[0, 1], [1, 2]]), "2"),
        (np.ones((3, 3), bool), "coo_array"),
        (np.ones((3, 3)), "coo_array"),
        ("ring", "conn returns must be"),
        (3, "conn returns must be"),
        (None, "conn returns must be"),
    ],
    ids=[
        "out-of-range",
        "negative",
        "unequal-lengths",
        "float",
        "float-empty",
        "bool",
        "mask",
        "E-by-2",
        "two-by-two",
        "boolean-matrix",
        "dense-matrix",
        "text",
        "number",
        "none",
    ],
)
def test_wrong_ids_are_refused(ids, message):
    with pytest.raises((TypeError, ValueError), match=message):
        junction(Passive(3), ids)


@pytest.mark.parametrize(
    "ids",
    [
        ([0, 1], [1, 2]),
        (range(2), range(1, 3)),
        (np.array([0, 1], np.int64), np.array([1, 2], np.uint8)),
        (jnp.array([0, 1]), jnp.array([1, 2])),
        np.array([[0, 1], [1, 2]])[:, [0, 1, 1]][:, :1].repeat(3, 1)[:, :1],
        scipy.sparse.coo_array(([1.0, 1.0], ([0, 1], [1, 2])), shape=(3, 3)),
        scipy.sparse.csr_matrix(([1.0, 1.0], ([0, 1], [1, 2])), shape=(3, 3)),
    ],
    ids=["lists", "ranges", "numpy", "jax", "2-by-E", "coo", "csr"],
)
def test_right_ids_are_taken(ids):
    gap = junction(Passive(3), ids)
    assert gap.pre_ids.dtype.kind == "i"
    assert len(gap.pre_ids) == len(gap.post_ids) >= 1


def test_no_edges_at_all():
    cells = Passive(3)
    cells.init_state()
    gap = junction(cells, ([], []))
    np.testing.assert_array_equal(gap().to_decimal(u.nA), np.zeros(3))


def test_symmetric_sparse_matrix_gives_each_pair_once():
    ring = scipy.sparse.csr_array(np.array([[0, 1, 1], [1, 0, 1], [1, 1, 0]]))
    assert junction(Passive(3), ring).edges.n_edges == 3


def test_long_lists_are_converted_once():
    n = 200_000
    ids = list(range(n)), [*range(1, n), 0]
    cells = Passive(n)
    cells.init_state()
    gap = junction(cells, ids)
    assert isinstance(gap.pre_ids, np.ndarray)
    assert gap().shape == (n,)


def test_builders_serve_the_built_in_too():
    cells = bp.HH(5)
    cells.init_state()
    theirs = bp.SymmetryGapJunction(cells, "V", gj.connectivity.ring(), 0.1 * u.mS)
    ours = gj.SymmetryGapJunction(cells, "V", gj.connectivity.ring(), 0.1 * u.mS)
    np.testing.assert_allclose(
        theirs.update().to_decimal(u.uA), ours.current().to_decimal(u.uA), rtol=1e-5
    )


def test_self_junctions_are_named_and_carry_no_current():
    cells = Passive(3)
    cells.init_state()
    cells.V.value = [1.0, 2.0, 3.0] * u.mV
    with pytest.warns(gj.GapJunctionWarning, match="self"):
        gap = gj.SymmetryGapJunction(cells, "V", pairs([1], [1]), 1 * u.uS)
    now = gap.currents()
    np.testing.assert_array_equal((now.pre + now.post).to_decimal(u.nA), np.zeros(3))


ONE_SIDED = {
    "two conductances": lambda cells, ids: gj.AsymmetryGapJunction(
        cells, "V", cells, "V", ids, [2.0, 0.5] * u.nS
    ),
    "rectifying": lambda cells, ids: gj.RectifyingGapJunction(cells, "V", ids, 1 * u.nS),
    "two connexins": lambda cells, ids: gj.VoltageGatedGapJunction(
        cells,
        "V",
        ids,
        1 * u.nS,
        law=gj.laws.Boltzmann([15, 60] * u.mV, [5, 9] * u.mV, [0.1, 0.3]),
    ),
}
EVEN = {
    "one conductance": junction,
    "bell-shaped": lambda cells, ids: gj.RectifyingGapJunction(
        cells, "V", ids, 1 * u.nS, law=gj.laws.Olive()
    ),
}


@pytest.mark.parametrize("name", [*ONE_SIDED, *EVEN])
def test_opposite_edges_repeat_each_other_only_where_directions_are_alike(name):
    make = {**ONE_SIDED, **EVEN}[name]
    for ids, count in ((([0, 1], [1, 0]), int(name in EVEN)), (([0, 0], [1, 1]), 1)):
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            make(Passive(3), ids)
        assert ["repeats another" in str(w.message) for w in told] == [True] * count


def test_opposite_edges_of_two_conductances_in_a_linear_network():
    leak = np.ones(2) * u.nS
    for g, count in (([[1.0, 0.0], [2.0, 0.0]], 0), ([1.0, 2.0], 1)):
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            gj.measure.LinearNetwork(([0, 1], [1, 0]), g * u.nS, leak)
        assert len(told) == count
