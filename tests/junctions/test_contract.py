"""The contract as brainpy.state has it."""

import inspect

import brainpy.state as bp
import brainstate
import numpy as np
import pytest
import saiunit as u

import gapjunction as gj
from models import Passive, pairs


@pytest.mark.parametrize("name", ["SymmetryGapJunction", "AsymmetryGapJunction"])
def test_signature_extends_the_built_ins(name):
    ours = list(inspect.signature(getattr(gj, name).__init__).parameters.values())
    theirs = list(inspect.signature(getattr(bp, name).__init__).parameters.values())
    assert [(p.name, p.default) for p in ours[: len(theirs)]] == [
        (p.name, p.default) for p in theirs
    ]
    extra = ours[len(theirs) :]
    assert [p.name for p in extra] == ["coupling", "layout", "scale", "per", "name"]
    assert all(p.kind is p.KEYWORD_ONLY for p in extra)


def test_base_class_and_attributes():
    pre, post = bp.HH(3), bp.HH(4)
    gap = gj.SymmetryGapJunction((pre, post), ("V", "V"), pairs([0, 1], [2, 3]), 0.1 * u.mS)
    assert isinstance(gap, bp.Projection)
    assert gap.pre is pre
    assert gap.post is post
    assert (gap.pre_state, gap.post_state) == ("V", "V")
    np.testing.assert_array_equal(gap.pre_ids, [0, 1])
    np.testing.assert_array_equal(gap.post_ids, [2, 3])
    assert isinstance(gap.weight, brainstate.ParamState)


def test_conn_is_called_once_with_tuples():
    calls = []

    def conn(*sizes):
        calls.append(sizes)
        return [0], [1]

    gj.SymmetryGapJunction((bp.HH((2, 3)), bp.HH(4)), "V", conn, 0.1 * u.mS)
    assert calls == [((2, 3), (4,))]


def test_keys_are_stable_and_unique():
    cells = Passive(3)
    cells.init_state()
    first = gj.SymmetryGapJunction(cells, "V", pairs([0], [1]), 1 * u.uS)
    keys = set(cells.current_inputs)
    assert {key.rstrip("0123456789") for key in keys} == {"gap_junction_post", "gap_junction_pre"}
    second = gj.SymmetryGapJunction(cells, "V", pairs([1], [2]), 1 * u.uS)
    assert len(set(cells.current_inputs) - keys) == 2
    both = set(cells.current_inputs)
    for _ in range(3):
        first()
        second()
        cells()
    assert set(cells.current_inputs) == both


def test_update_takes_any_arguments():
    cells = Passive(2)
    cells.init_state()
    gap = gj.SymmetryGapJunction(cells, "V", pairs([0], [1]), 1 * u.uS)
    assert gap(1, 2, three=4).shape == gap.update().shape == (2,)


def test_states_may_be_initialised_after_construction_and_with_another_batch():
    cells = Passive(2)
    gap = gj.SymmetryGapJunction(cells, "V", pairs([0], [1]), 1 * u.uS)
    for batch_size, shape in ((None, (2,)), (4, (4, 2)), (None, (2,))):
        cells.init_state(batch_size)
        assert gap().shape == shape
        assert cells().shape == shape


def test_missing_state_says_to_call_init_state():
    gap = gj.SymmetryGapJunction(Passive(2), "V", pairs([0], [1]), 1 * u.uS)
    with pytest.raises(ValueError, match=r"init_state\(\)"):
        gap.update()


def test_misnamed_state_is_an_error_at_update_and_names_the_nearest():
    cells = bp.HH(2)
    cells.init_state()
    gap = gj.SymmetryGapJunction(cells, "v", pairs([0], [1]), 1 * u.uS)
    with pytest.raises(ValueError, match="got 'v'") as caught:
        gap.update()
    assert "['V', 'h', 'm', 'n']" in str(caught.value) or "'V'" in str(caught.value)
    # The population itself is not harmed by it.
    cells(1 * u.uA)


def test_init_and_reset_leave_weights_alone():
    cells = Passive(2)
    gap = gj.SymmetryGapJunction(cells, "V", pairs([0], [1]), 3 * u.uS)
    brainstate.nn.init_all_states(gap)
    gap.init_state()
    gap.reset_state()
    assert gap.weight.value == 3 * u.uS


def test_reassigned_weight_takes_effect_in_another_unit_prefix():
    cells = Passive(2)
    cells.init_state()
    cells.V.value = [4.0, 0.0] * u.mV
    gap = gj.SymmetryGapJunction(cells, "V", pairs([0], [1]), 1 * u.uS)
    before = gap.current()
    gap.weight.value = 2000.0 * u.nS
    np.testing.assert_allclose(gap.current().to_decimal(u.nA), 2 * before.to_decimal(u.nA))


def test_current_reads_without_consuming():
    cells = Passive(2)
    cells.init_state()
    cells.V.value = [4.0, 0.0] * u.mV
    gap = gj.SymmetryGapJunction(cells, "V", pairs([0], [1]), 1 * u.uS)
    read = gap.current()
    still = cells()
    np.testing.assert_allclose(still.to_decimal(u.mV), [4, 0])
    np.testing.assert_array_equal(gap.update().to_decimal(u.nA), read.to_decimal(u.nA))
    gap.current()
    moved = cells()
    np.testing.assert_allclose(moved.to_decimal(u.mV), [3.6, 0.4], rtol=1e-5)


def test_name():
    cells = Passive(2)
    gap = gj.SymmetryGapJunction(cells, "V", pairs([0], [1]), 1 * u.uS, name="dendritic")
    assert gap.name == "dendritic"


def test_update_is_abstract_in_the_base():
    with pytest.raises(TypeError, match="abstract"):
        gj.junctions.GapJunction(None, "V", None, "V", None, 1, None, coupling="step", name=None)


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"couples": "cells"}, "couples must be"),
        ({"couples": (bp.HH(2),)}, "couples must be"),
        ({"couples": (bp.HH(2), 3)}, "post must be a neuron population"),
        ({"couples": brainstate.nn.Linear(2, 2)}, "couples must be"),
        ({"couples": brainstate.nn.Dynamics(2)}, "add_current_input"),
        ({"states": ("V", 1)}, "post_state must be the name"),
        ({"states": ("V", "V", "V")}, "states must be"),
        ({"coupling": "stages"}, "Did you mean 'stage'"),
        ({"coupling": None}, "coupling must be one of"),
        ({"param_type": 3}, "param_type must be"),
        ({"name": 3}, "name must be"),
    ],
)
def test_bad_arguments_are_refused_by_name(kwargs, message):
    good = {"couples": bp.HH(2), "states": "V", "conn": pairs([0], [1]), "weight": 1 * u.mS}
    with pytest.raises((TypeError, ValueError), match=message):
        gj.SymmetryGapJunction(**(good | kwargs))


def test_a_refused_junction_leaves_the_population_as_it_was():
    cells = bp.HH(2)
    with pytest.raises(u.UnitMismatchError):
        gj.SymmetryGapJunction(cells, "V", pairs([0], [1]), 1 * u.mV)
    assert not cells.current_inputs
    assert not cells.delta_inputs
