import jax
import jax.numpy as jnp
import numpy as np
import pytest
import saiunit as u

from gapjunction.connectivity import Edges
from gapjunction.connectivity._ids import as_ids


@pytest.mark.parametrize(
    "ids",
    [
        [0, 1, 3],
        (0, 1, 3),
        np.array([0, 1, 3]),
        np.array([0, 1, 3], np.uint64),
        np.array([0, 1, 3], np.int8),
        jnp.array([0, 1, 3]),
        [np.int64(0), 1, jnp.int32(3)],
    ],
    ids=["list", "tuple", "int64", "uint64", "int8", "jax", "list of scalars"],
)
def test_takes_integer_sequences_of_every_kind(ids):
    result = as_ids("pre_ids", ids, (4,))
    assert type(result) is np.ndarray
    assert result.dtype == np.int32
    np.testing.assert_array_equal(result, [0, 1, 3])


def test_takes_a_range():
    np.testing.assert_array_equal(as_ids("pre_ids", range(1, 4), (4,)), [1, 2, 3])


def test_takes_a_list_of_200_000_ids():
    np.testing.assert_array_equal(
        as_ids("pre_ids", list(range(200_000)), (200_000,)), np.arange(200_000)
    )


@pytest.mark.parametrize("ids", [[], (), np.zeros(0, int), range(0)])
def test_takes_an_empty_sequence(ids):
    assert as_ids("pre_ids", ids, (4,)).shape == (0,)


def test_ids_are_flat_over_the_shape():
    assert as_ids("pre_ids", [19], (4, 5))[0] == 19
    with pytest.raises(ValueError, match=r"from 0 to 19.*\(4, 5\)"):
        as_ids("pre_ids", [20], (4, 5))


def test_result_is_read_only_and_apart_from_the_input():
    mine = np.array([0, 1], np.int32)
    result = as_ids("pre_ids", mine, (4,))
    mine[0] = 3
    assert result[0] == 0
    assert mine.flags.writeable
    with pytest.raises(ValueError, match="read-only"):
        result[0] = 1


def test_a_read_only_view_of_changeable_ids_is_copied():
    mine = np.array([0, 1, 2], np.int32)
    view = mine[:2]
    view.setflags(write=False)
    result = as_ids("pre_ids", view, (4,))
    mine[0] = 3
    assert result[0] == 0


def test_finished_ids_are_not_copied_again():
    done = as_ids("pre_ids", [0, 1], (4,))
    assert as_ids("pre_ids", done, (2,)) is done
    with pytest.raises(ValueError, match="edge 1 has 1"):
        as_ids("pre_ids", done, (1,))


@pytest.mark.parametrize(
    ("ids", "said"),
    [
        (np.array([0.0, 1.0]), "float64"),
        ([0.5, 1.0], "float64"),
        (np.zeros(0), "float64"),
        (np.array([0j]), "complex128"),
        (["0", "1"], "<U1"),
        ([None, 1], "object"),
        ([2**70], "object"),
        (jnp.zeros(0), "float32"),
    ],
    ids=["floats", "float list", "empty floats", "complex", "strings", "objects", "huge", "jax"],
)
def test_refuses_what_is_not_integer(ids, said):
    with pytest.raises(TypeError, match=f"post_ids must be integers.*{said}"):
        as_ids("post_ids", ids, (4,))


@pytest.mark.parametrize("mask", [np.array([True, False]), [True, False], jnp.array([True])])
def test_refuses_a_boolean_mask(mask):
    with pytest.raises(TypeError, match=r"pre_ids must be integer ids, got a boolean mask"):
        as_ids("pre_ids", mask, (4,))


def test_refuses_a_quantity():
    with pytest.raises(TypeError, match="pre_ids must be integers without a unit"):
        as_ids("pre_ids", np.array([0, 1]) * u.mV, (4,))


@pytest.mark.parametrize("ids", [3, np.array(3), np.zeros((2, 2), int), [[0], [1]]])
def test_refuses_other_than_one_dimension(ids):
    with pytest.raises(ValueError, match="pre_ids must be one-dimensional"):
        as_ids("pre_ids", ids, (4,))


@pytest.mark.parametrize("ids", [[[0], [1, 2]], {0, 1}, "01", None])
def test_refuses_what_is_no_sequence_of_integers(ids):
    with pytest.raises(TypeError, match="pre_ids must be"):
        as_ids("pre_ids", ids, (4,))


def test_names_the_first_id_out_of_range():
    with pytest.raises(ValueError, match=r"pre_ids must be flat ids from 0 to 3.*edge 1 has 4\."):
        as_ids("pre_ids", [0, 4, 7], (4,))


def test_negative_ids_do_not_wrap():
    with pytest.raises(ValueError, match=r"edge 2 has -1\. Negative ids do not count"):
        as_ids("pre_ids", [0, 1, -1], (4,))


def test_an_id_that_int32_would_wrap_is_out_of_range():
    with pytest.raises(ValueError, match=str(2**32)):
        as_ids("pre_ids", [2**32], (4,))


@pytest.mark.parametrize("form", [lambda ids: ids, lambda ids: [ids[0], ids[1]]])
def test_refuses_traced_ids(form):
    def make(ids):
        return Edges(form(ids), [0, 1], 3)

    with pytest.raises(TypeError, match="pre_ids must be known when the edges are made"):
        jax.jit(make)(jnp.array([0, 1]))
