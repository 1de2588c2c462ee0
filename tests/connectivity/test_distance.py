import itertools
import math

import jax.numpy as jnp
import numpy as np
import pytest
import saiunit as u

from gapjunction.connectivity import _distance, distance, grid

from .strategies import assert_simple_and_sorted, pairs


def _near(reach):
    return lambda d: d <= reach


def _cloud(n, seed=0, dimensions=2):
    return np.random.default_rng(seed).uniform(0, 100, (n, dimensions)) * u.um


def _brute(positions, reach):
    points = positions.to_decimal(u.um)
    return [
        (i, j)
        for i, j in itertools.combinations(range(len(points)), 2)
        if math.dist(points[i], points[j]) <= reach
    ]


@pytest.mark.parametrize("dimensions", [1, 2, 3])
@pytest.mark.parametrize("max_distance", [None, 20 * u.um, 0.05 * u.mm])
def test_one_within_a_radius_and_zero_outside_is_the_exact_neighbour_set(dimensions, max_distance):
    positions = _cloud(60, dimensions=dimensions)
    edges = distance(positions, _near(20 * u.um), max_distance=max_distance)(60, 60)
    assert_simple_and_sorted(edges)
    assert pairs(edges) == _brute(positions, 20.0)
    assert not edges.bipartite


def test_nothing_beyond_max_distance():
    positions = _cloud(60)
    edges = distance(positions, lambda d: 1.0, max_distance=20 * u.um)(60, 60)
    assert pairs(edges) == _brute(positions, 20.0)


@pytest.mark.parametrize("max_distance", [None, 25 * u.um])
def test_two_populations(max_distance):
    pre, post = _cloud(30, 1), _cloud(20, 2)
    edges = distance((pre, post), _near(25 * u.um), max_distance=max_distance)(30, 20)
    a, b = pre.to_decimal(u.um), post.to_decimal(u.um)
    expected = [(i, j) for i in range(30) for j in range(20) if math.dist(a[i], b[j]) <= 25.0]
    assert pairs(edges) == expected
    assert edges.bipartite


@pytest.mark.parametrize("max_distance", [None, 10 * u.um])
def test_two_populations_at_the_same_places(max_distance):
    where = _cloud(10)
    conn = distance((where, where), _near(1e-9 * u.um), max_distance=max_distance)
    assert pairs(conn(10, 10, same_population=False)) == [(i, i) for i in range(10)]


def test_two_populations_in_different_units():
    pre, post = [[0.0, 0.0]] * u.mm, [[40.0, 0.0], [60.0, 0.0]] * u.um
    assert pairs(distance((pre, post), _near(50 * u.um))(1, 2)) == [(0, 0)]
    assert pairs(distance((pre, post), _near(0.05 * u.mm), max_distance=1 * u.mm)(1, 2)) == [(0, 0)]


@pytest.mark.parametrize("max_distance", [None, 100 * u.um])
def test_profile_is_respected(monkeypatch, max_distance):
    # Small blocks, so that there are many.
    monkeypatch.setattr(_distance, "_BLOCK", 5000)
    n, length = 1000, 30.0
    positions = np.random.default_rng(5).uniform(0, 400, (n, 2)) * u.um
    profile = lambda d: 0.8 * u.math.exp(-(d / (length * u.um)))  # noqa: E731
    edges = distance(positions, profile, max_distance=max_distance, seed=3)(n, n)

    points = positions.to_decimal(u.um)
    apart = np.linalg.norm(points[:, None] - points[None], axis=2)[np.triu_indices(n, 1)]
    found = np.linalg.norm(points[edges.pre_ids] - points[edges.post_ids], axis=1)
    for low in range(0, 100, 10):
        within = apart[(apart >= low) & (apart < low + 10)]
        p = 0.8 * np.exp(-within / length)
        count = np.count_nonzero((found >= low) & (found < low + 10))
        assert abs(count - p.sum()) < 4.5 * math.sqrt((p * (1 - p)).sum())


def test_tree_and_blocks_agree_in_number():
    positions = _cloud(400)
    profile = lambda d: u.math.exp(-((d / (10 * u.um)) ** 2))  # noqa: E731
    by_tree = [
        distance(positions, profile, max_distance=60 * u.um, seed=i)(400, 400).n_edges
        for i in range(30)
    ]
    by_blocks = [distance(positions, profile, seed=i)(400, 400).n_edges for i in range(30)]
    spread = math.sqrt((np.var(by_tree) + np.var(by_blocks)) / 30)
    assert abs(np.mean(by_tree) - np.mean(by_blocks)) < 4 * spread


def test_blocks_do_not_change_a_sure_result(monkeypatch):
    expected = pairs(distance(_cloud(50), _near(20 * u.um))(50, 50))
    monkeypatch.setattr(_distance, "_BLOCK", 7)
    assert pairs(distance(_cloud(50), _near(20 * u.um))(50, 50)) == expected
    near = distance(_cloud(50), _near(20 * u.um), max_distance=30 * u.um)
    assert pairs(near(50, 50)) == expected


def test_the_seed_decides():
    def build(seed):
        return pairs(distance(_cloud(50), lambda d: 0.5, seed=seed)(50, 50))

    assert build(1) == build(1) != build(2)


@pytest.mark.parametrize("shape", [(6,), (3, 4), (2, 3, 4)])
def test_grid_coordinates(shape):
    edges = distance(None, _near(1.01 * u.um), spacing=1 * u.um)(shape, shape)
    assert pairs(edges) == pairs(grid()(shape, shape))


def test_grid_spacing_of_each_axis():
    conn = distance(None, _near(10 * u.um), spacing=[100.0, 10.0] * u.um)
    assert pairs(conn((2, 3), (2, 3))) == [(0, 1), (1, 2), (3, 4), (4, 5)]
    with pytest.raises(ValueError, match="spacing must be one length, or one per axis"):
        conn((2, 3, 4), (2, 3, 4))


def test_positions_in_one_dimension():
    conn = distance([0.0, 1.0, 5.0] * u.um, _near(2 * u.um))
    assert pairs(conn(3, 3)) == [(0, 1)]


def test_positions_by_function_of_the_shape():
    seen = []

    def place(shape):
        seen.append(shape)
        return np.arange(shape[0])[:, None] * u.um

    conn = distance(place, _near(1 * u.um))
    assert pairs(conn(4, 4)) == [(0, 1), (1, 2), (2, 3)]
    assert pairs(conn(2, 3)) == [(0, 0), (0, 1), (1, 0), (1, 1), (1, 2)]
    assert seen == [(4,), (2,), (3,)]


@pytest.mark.parametrize(
    "profile",
    [
        lambda d: d < 20 * u.um,
        lambda d: np.asarray((d / u.um).astype(float) < 20),
        lambda d: jnp.where(d.to_decimal(u.um) < 20, 1.0, 0.0),
        lambda d: u.math.where(d < 20 * u.um, 1.0, 0.0),
        lambda d: (d < 20 * u.um) * (1000 * u.um / u.mm),
    ],
    ids=["bool", "numpy", "jax", "saiunit", "scaled unit"],
)
def test_profiles_may_return_any_kind_of_number(profile):
    positions = _cloud(30)
    assert pairs(distance(positions, profile)(30, 30)) == _brute(positions, 20.0)


def test_max_distance_none_within():
    conn = distance([0.0, 9.0] * u.um, lambda d: 1.0, max_distance=1 * u.um)
    assert conn(2, 2).n_edges == 0


def test_a_single_cell():
    assert distance(_cloud(1), lambda d: 1.0)(1, 1).n_edges == 0
    assert distance(_cloud(1), lambda d: 1.0, max_distance=1 * u.um)(1, 1).n_edges == 0


@pytest.mark.parametrize("name", ["positions", "spacing", "max_distance"])
@pytest.mark.parametrize("value", [np.ones((3, 2)), np.ones((3, 2)) * u.mV, 5.0])
def test_lengths_are_lengths(name, value):
    kwargs = {"positions": _cloud(3), "profile": lambda d: 1.0}
    if name == "spacing":
        kwargs["positions"] = None
    kwargs[name] = value
    with pytest.raises(u.UnitMismatchError, match=f"{name} must be a length"):
        distance(**kwargs)


@pytest.mark.parametrize("value", [0.0, -1.0, float("nan"), float("inf")])
def test_spacing_and_reach_are_positive(value):
    with pytest.raises(ValueError, match="spacing must be positive and finite"):
        distance(None, lambda d: 1.0, spacing=value * u.um)
    with pytest.raises(ValueError, match="max_distance must be positive and finite"):
        distance(_cloud(3), lambda d: 1.0, max_distance=value * u.um)


def test_max_distance_is_one_length():
    with pytest.raises(ValueError, match="max_distance must be one length"):
        distance(_cloud(3), lambda d: 1.0, max_distance=[1.0, 2.0] * u.um)


def test_positions_are_finite_and_have_two_axes():
    with pytest.raises(ValueError, match="positions must be finite"):
        distance([[0.0, np.nan]] * u.um, lambda d: 1.0)
    with pytest.raises(ValueError, match=r"positions must have the shape \(n_cells,\) or"):
        distance(np.zeros((2, 2, 2)) * u.um, lambda d: 1.0)


def test_spacing_goes_with_positions_none_and_only_then():
    with pytest.raises(ValueError, match="spacing must be given with positions=None"):
        distance(None, lambda d: 1.0)
    with pytest.raises(ValueError, match="spacing must be given with positions=None"):
        distance(_cloud(3), lambda d: 1.0, spacing=1 * u.um)


def test_positions_for_every_cell():
    with pytest.raises(ValueError, match=r"one row per cell, 4 for .* \(2, 2\), got 3"):
        distance(_cloud(3), lambda d: 1.0)((2, 2), (2, 2))


def test_positions_of_one_population_are_not_a_pair():
    with pytest.raises(ValueError, match="positions must be one array for one population"):
        distance((_cloud(3), _cloud(3)), lambda d: 1.0)(3, 3)


def test_positions_of_two_populations_are_a_pair():
    with pytest.raises(ValueError, match=r"positions must be a pair \(pre, post\)"):
        distance(_cloud(3), lambda d: 1.0)(3, 4)
    with pytest.raises(ValueError, match="equally many dimensions, got 2 and 3"):
        distance((_cloud(3), _cloud(4, dimensions=3)), lambda d: 1.0)(3, 4)


def test_profile_is_a_function():
    with pytest.raises(TypeError, match="profile must be a function of distance"):
        distance(_cloud(3), 0.5)


@pytest.mark.parametrize("value", [-0.1, 1.5, float("nan")])
def test_profile_returns_probabilities(value):
    conn = distance([0.0, 3.0] * u.um, lambda d: np.full(d.shape, value))
    with pytest.raises(ValueError, match=rf"probabilities from 0 to 1, got {value} at .* 3\. um"):
        conn(2, 2)


def test_profile_returns_one_number_per_distance():
    with pytest.raises(ValueError, match=r"one probability per distance, shape \(3,\)"):
        distance(_cloud(3), lambda d: np.ones(2))(3, 3)


def test_profile_returns_numbers_without_a_unit():
    with pytest.raises(u.UnitMismatchError, match="profile must return probabilities, without"):
        distance(_cloud(3), lambda d: d)(3, 3)
    with pytest.raises(TypeError, match="profile must return real numbers"):
        distance(_cloud(3), lambda d: None)(3, 3)


def test_seed_is_an_int():
    with pytest.raises(TypeError, match="seed must be an int"):
        distance(_cloud(3), lambda d: 1.0, seed="0")
