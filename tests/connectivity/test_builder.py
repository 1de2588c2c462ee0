import pytest

from gapjunction.connectivity import Builder, Edges, all_to_all, random, ring


def test_builders_show_their_settings():
    assert repr(ring(k=2)) == "ring(k=2)"
    assert repr(random(probability=0.5)) == "random(probability=0.5, mean_degree=None, seed=0)"


def test_builders_compare_by_settings():
    assert ring(2) == ring(k=2) != ring(3)
    assert hash(ring(2)) == hash(ring(k=2))


def test_settings_cannot_be_changed():
    with pytest.raises(AttributeError):
        ring(2).k = 3


def test_one_population_cannot_have_two_sizes():
    with pytest.raises(ValueError, match="same_population must be False"):
        all_to_all()(3, 4, same_population=True)


def test_a_builder_of_ones_own():
    class star(Builder):  # noqa: N801
        def build(self, pre_size, post_size, same_population):
            assert (pre_size, post_size, same_population) == ((4,), (4,), True)
            return Edges([0, 0, 0], [1, 2, 3], pre_size)

    assert star()(4, 4).n_edges == 3
