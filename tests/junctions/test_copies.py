"""Copies of junctions and models, and the paths of their states."""

import copy

import brainpy.state as bp
import brainstate
import numpy as np
import pytest
import saiunit as u

import gapjunction as gj
from models import mv, pairs


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


def test_clone_of_a_junction_alone_says_what_is_missing(model):
    with pytest.raises(ValueError, match="clone the model"):
        brainstate.graph.clone(model.gap).update()


def test_repr_is_short_and_does_not_unfold_the_populations(model):
    text = repr(model.gap)
    assert len(text) < 1000
    assert "ENa" not in text
