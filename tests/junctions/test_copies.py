"""Copies of junctions and models, and the paths of their states."""

import copy

import brainpy.state as bp
import brainstate
import numpy as np
import pytest
import saiunit as u

import gapjunction as gj
from models import mv, pairs

MODES = ["step", "stage"]


class Model(brainstate.nn.Module):
    """Attribute names chosen so that the junction is reached first."""

    def __init__(self, coupled=True):
        super().__init__()
        self.neurons = bp.HH(4)
        if coupled:
            self.gap = gj.SymmetryGapJunction(self.neurons, "V", pairs([0, 1], [2, 3]), 0.1 * u.mS)

    def update(self):
        self.gap()
        self.neurons(5 * u.uA)
        return self.neurons.V.value


@pytest.fixture
def model():
    model = Model()
    brainstate.nn.init_all_states(model)
    return model


def after(model, steps=5):
    for _ in range(steps):
        v = model.update()
    return mv(v)


def test_adding_a_junction_leaves_state_paths_alone(model):
    plain = Model(coupled=False)
    brainstate.nn.init_all_states(plain)
    assert set(model.states()) == set(plain.states()) | {("gap", "weight")}


def test_a_checkpoint_of_the_model_without_junctions_still_loads(model):
    plain = Model(coupled=False)
    brainstate.nn.init_all_states(plain)
    for path, state in plain.states().items():
        model.states()[path].value = state.value
    np.testing.assert_array_equal(mv(model.neurons.V.value), mv(plain.neurons.V.value))


@pytest.mark.parametrize("how", [copy.deepcopy, brainstate.graph.clone], ids=["deepcopy", "clone"])
def test_copied_model_is_independent_and_coupled(model, how):
    twin = how(model)
    assert twin.gap.pre is twin.neurons
    assert twin.neurons is not model.neurons
    assert twin.gap.weight is not model.gap.weight
    start = mv(model.neurons.V.value)
    ahead = after(twin)
    np.testing.assert_array_equal(mv(model.neurons.V.value), start)
    np.testing.assert_array_equal(after(model), ahead)


def test_copies_of_copies(model):
    twin = copy.deepcopy(brainstate.graph.clone(model))
    del model
    assert twin.gap.post is twin.neurons
    after(twin)


def test_copying_between_junction_and_neuron(model):
    model.gap()
    twin = copy.deepcopy(model)
    twin.update()
    model.neurons(5 * u.uA)
    np.testing.assert_array_equal(mv(model.neurons.V.value), mv(twin.neurons.V.value))


def test_shallow_copy_of_a_junction_adds_its_own_current(model):
    twin = copy.copy(model.gap)
    assert twin.weight is model.gap.weight
    assert twin.pre is model.neurons
    reference = copy.deepcopy(model)
    reference.gap.weight.value = 2 * reference.gap.weight.value
    for _ in range(3):
        twin()
        model.update()
        reference.update()
    np.testing.assert_allclose(mv(model.neurons.V.value), mv(reference.neurons.V.value), rtol=1e-5)


def test_deepcopy_of_a_junction_takes_its_populations_along(model):
    twin = copy.deepcopy(model.gap)
    assert twin.pre is twin.post
    assert twin.pre is not model.neurons
    twin()
    twin.pre(5 * u.uA)
    after(model)


def steps_alike(cells, gap, twins, twin):
    """Whether a junction and its copy do the same to their own cells, and nothing to the others."""
    assert twins is not cells
    assert twin.pre is twins
    assert twin.weight is not gap.weight
    before = mv(cells.V.value)
    for _ in range(3):
        twin()
        twins(5 * u.uA)
    np.testing.assert_array_equal(mv(cells.V.value), before)
    for _ in range(3):
        gap()
        cells(5 * u.uA)
    np.testing.assert_array_equal(mv(cells.V.value), mv(twins.V.value))


@pytest.fixture(params=MODES)
def parts(request):
    cells = bp.HH(4)
    gap = gj.SymmetryGapJunction(
        cells, "V", pairs([0, 1], [1, 2]), 0.1 * u.mS, coupling=request.param
    )
    cells.init_state()
    cells.V.value = np.array([-60.0, -70.0, -50.0, -65.0], np.float32) * u.mV
    return cells, gap


@pytest.mark.parametrize("order", ["cells first", "junction first", "by name"])
def test_deepcopy_keeps_a_junction_and_the_cells_beside_it_together(parts, order):
    cells, gap = parts
    if order == "cells first":
        twins, twin = copy.deepcopy((cells, gap))
    elif order == "junction first":
        twin, twins = copy.deepcopy([gap, cells])
    else:
        both = copy.deepcopy({"cells": cells, "more": {"gap": gap}})
        twins, twin = both["cells"], both["more"]["gap"]
    steps_alike(cells, gap, twins, twin)


def test_deepcopy_of_two_populations_beside_their_junction():
    pre, post = bp.HH(2), bp.HH(3)
    gap = gj.SymmetryGapJunction((pre, post), "V", pairs([0, 1], [1, 2]), 0.1 * u.mS)
    one, both, two = copy.deepcopy((pre, gap, post))
    assert (both.pre, both.post) == (one, two)
    two, both, one = copy.deepcopy((post, gap, pre))
    assert (both.pre, both.post) == (one, two)
    one, two, both = copy.deepcopy((pre, post, gap))
    assert (both.pre, both.post) == (one, two)
    for cells in (one, two):
        cells.init_state()
    one.V.value = np.array([-60.0, -70.0], np.float32) * u.mV
    start = mv(two.V.value)
    both()
    two(0 * u.uA)
    with_current = mv(two.V.value)
    two.V.value = start * u.mV
    two(0 * u.uA)
    assert abs(with_current - mv(two.V.value))[1:].min() > 1e-3


def test_deepcopy_of_two_junctions_at_the_same_cells(parts):
    cells, gap = parts
    more = gj.AsymmetryGapJunction(cells, "V", cells, "V", pairs([0], [3]), 0.1 * u.mS)
    sharing = gj.SymmetryGapJunction(cells, "V", pairs([0], [3]), gap.weight)
    for order in ([gap, more, sharing], [sharing, gap, more]):
        twins = dict(zip([j.edges for j in order], copy.deepcopy(order), strict=True))
        assert len({id(twin.pre) for twin in twins.values()}) == 1
        assert twins[sharing.edges].weight is twins[gap.edges].weight
        assert twins[sharing.edges].weight is not gap.weight


def test_deepcopy_of_a_model_beside_its_junction(model):
    twin, gap, cells = copy.deepcopy((model, model.gap, {"cells": model.gap}))
    assert gap is twin.gap
    assert cells["cells"] is gap
    other = gj.SymmetryGapJunction(model.neurons, "V", pairs([0], [3]), 0.1 * u.mS)
    twin, other = copy.deepcopy((model, other))
    assert other.pre is twin.neurons


def test_deepcopy_of_a_junction_before_its_model_is_refused(model):
    with pytest.raises(
        ValueError, match=r"SymmetryGapJunction was copied .* holds HH.*model first"
    ):
        copy.deepcopy((model.gap, model))
    # Copies that are made afterwards are as ever.
    copy.deepcopy(model.gap)
    twin, gap = copy.deepcopy((model, model.gap))
    assert gap is twin.gap
    assert brainstate.graph.clone(model).gap.pre is not model.neurons


def test_deepcopy_beside_cells_that_have_lost_their_plugs(parts):
    cells, gap = parts
    bare = bp.HH(4)
    bare.init_state()
    for name, state in cells.states().items():
        bare.states()[name].value = state.value
    # A memo that says what the cells become, as a user may pass one.
    steps_alike(cells, gap, bare, copy.deepcopy(gap, {id(cells): bare}))


def test_deepcopy_copies_the_arrays_of_states(parts):
    gap = parts[1]
    values = np.array([0.1, 0.1], np.float32)
    gap.weight.value = u.Quantity(values, unit=u.mS)
    twin = copy.deepcopy(gap)
    assert not np.shares_memory(np.asarray(twin.weight.value.mantissa), values)


def test_clone_of_a_junction_alone_says_what_is_missing(model):
    with pytest.raises(ValueError, match="clone the model"):
        brainstate.graph.clone(model.gap).update()


def test_repr_is_short_and_does_not_unfold_the_populations(model):
    text = repr(model.gap)
    assert len(text) < 1000
    assert "ENa" not in text
