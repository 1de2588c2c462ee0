"""Models between two steps, through every format: the copy goes on with the same numbers."""

import copy
import pickle

import brainstate
import braintools
import jax.numpy as jnp
import numpy as np
import pytest
import saiunit as u

import gapjunction as gj
from covering import covering_of, each_once
from every_junction import CASES, JUNCTIONS, Net, built, check_equal, symmetry, values


def named(net):
    return {".".join(path): state.value for path, state in net.states().items()}


def put(net, found):
    for path, state in net.states().items():
        state.value = found[".".join(path)]
    return net


def by_save(net, fresh, path):
    gj.runs.save(net, path / "model")
    return gj.runs.load(path / "model")


def by_deepcopy(net, fresh, path):
    return copy.deepcopy(net)


def by_clone(net, fresh, path):
    return brainstate.graph.clone(net)


def by_pickled_values(net, fresh, path):
    return put(fresh(), pickle.loads(pickle.dumps(named(net))))


def by_state_dictionary(net, fresh, path):
    twin = fresh()
    _, states = brainstate.graph.treefy_split(net)
    brainstate.graph.update_states(twin, states)
    return twin


def by_orbax(net, fresh, path):
    import orbax.checkpoint

    with orbax.checkpoint.StandardCheckpointer() as saver:
        saver.save((path / "orbax").absolute(), named(net))
        saver.wait_until_finished()
        twin = fresh()
        return put(twin, saver.restore((path / "orbax").absolute(), named(twin)))


def by_msgpack(net, fresh, path):
    file, twin = str(path / "msgpack"), fresh()
    braintools.file.msgpack_save(file, net.states(), verbose=False)
    braintools.file.msgpack_load(file, twin.states(), verbose=False)
    return twin


HOW = [by_save, by_deepcopy, by_clone, by_pickled_values, by_state_dictionary, by_orbax, by_msgpack]


# Each class, each mode and each format; among the slow tests every two of them; and all there is.
ALL = [(*case, how) for case in CASES for how in HOW]
SOME = each_once(ALL)
PAIRS = [case for case in covering_of(ALL) if case not in SOME]
REST = [case for case in ALL if case not in SOME and case not in PAIRS]


def step(net, n):
    """Take some steps from the same random key, and return all numbers."""
    brainstate.random.seed(9)
    for _ in range(n):
        net.update()
    return values(net)


@pytest.mark.parametrize(
    ("kind", "mode", "how"),
    [
        *SOME,
        *(pytest.param(*case, marks=pytest.mark.slow) for case in PAIRS),
        *(pytest.param(*case, marks=[pytest.mark.slow, pytest.mark.exhaustive]) for case in REST),
    ],
)
def test_a_copy_goes_on_as_the_model_does(tmp_path, kind, mode, how):
    def fresh():
        return built(JUNCTIONS[kind], coupling=mode)

    net = fresh()
    step(net, 3)
    twin = how(net, fresh, tmp_path)
    check_equal(values(twin), values(net))
    assert twin.gap.pre is twin.cells is not net.cells
    assert type(twin.gap.weight) is brainstate.ParamState
    ahead = step(twin, 2)
    # The original has not moved, and does the same.
    with np.testing.assert_raises(AssertionError):
        check_equal(values(net), ahead)
    check_equal(step(net, 2), ahead)


def test_a_file_has_params_keys_and_what_is_shared(tmp_path):
    noise = gj.ion_channels.ChannelNoise(100, seed=3)
    cells = gj.PointNeuron(
        3,
        1 * u.uF / u.cm**2,
        {
            "k": gj.ion_channels.K_HH1952(3, noise=noise),
            "leak": gj.ion_channels.L_HH1952(3),
        },
    )
    weight = brainstate.nn.Param(
        0.2 * u.mS / u.cm**2, t=brainstate.nn.SoftplusT(0 * u.mS / u.cm**2)
    )
    one = gj.SymmetryGapJunction(cells, "V", ([0], [1]), weight)
    two = gj.SymmetryGapJunction(cells, "V", ([1], [2]), weight)
    brainstate.nn.init_all_states(cells)
    random = brainstate.random.DEFAULT
    gj.runs.save({"model": (cells, one, two), "random": random}, tmp_path / "model")
    found = gj.runs.load(tmp_path / "model")
    twins, first, second = found["model"]
    assert first.weight is second.weight
    assert found["random"] is random
    assert first.pre is second.pre is twins
    for population, *gaps in ((cells, one, two), (twins, first, second)):
        for _ in range(3):
            for gap in gaps:
                gap()
            population()
    for a, b in ((cells.V, twins.V), (cells.channels["k"].counts, twins.channels["k"].counts)):
        np.testing.assert_array_equal(u.get_mantissa(a.value), u.get_mantissa(b.value))


def test_a_saved_model_is_read_by_pickle_and_named_by_version(tmp_path, monkeypatch):
    from gapjunction.runs import _models

    net = built(symmetry)
    gj.runs.save(net, tmp_path / "model")
    assert [path.name for path in tmp_path.iterdir()] == ["model"]
    assert isinstance(pickle.loads((tmp_path / "model").read_bytes())[2], Net)
    monkeypatch.setattr(_models, "version", lambda name: "0.0")
    with pytest.warns(gj.GapJunctionWarning, match=r"saved with other versions: .*jax .* \(now 0"):
        gj.runs.load(tmp_path / "model")
    (tmp_path / "other").write_bytes(pickle.dumps([1]))
    with pytest.raises(ValueError, match=r"path must be a file of gapjunction.runs.save; .* \[1\]"):
        gj.runs.load(tmp_path / "other")
    for content in (b"hello", b"", pickle.dumps(list(range(1000)))[:-9]):
        (tmp_path / "other").write_bytes(content)
        with pytest.raises(ValueError, match="path must be a complete file of gapj"):
            gj.runs.load(tmp_path / "other")


def test_what_cannot_be_saved_is_named(tmp_path):
    scaled = built(symmetry, scale=lambda: jnp.ones(3))
    (tmp_path / "model").write_bytes(b"as it was")
    with pytest.raises(TypeError, match=r"model cannot be saved: Net\.gap\.scale is a function"):
        gj.runs.save(scaled, tmp_path / "model")
    hooked = built(symmetry)
    hooked.cells.V.register_hook("read", lambda context: None)
    with pytest.raises(TypeError, match=r"Net\.cells\.V is a HiddenState, .*hooks"):
        gj.runs.save(hooked, tmp_path / "model")
    assert (tmp_path / "model").read_bytes() == b"as it was"
    with pytest.raises(TypeError, match=r"Take gapjunction\.runs\.save"):
        pickle.dumps(built(symmetry))


def test_a_model_with_a_junction_of_a_local_law_is_refused_by_name(tmp_path):
    class Local(gj.laws.Law):
        def conductance(self, state, v_pre, v_post):
            return 1.0 + 0 * u.get_mantissa(v_pre)

    net = built(
        lambda cells: gj.RectifyingGapJunction(cells, "V", ([0], [1]), 2 * u.nS, law=Local())
    )
    with pytest.raises(TypeError, match=r"Net\.gap\.law is a Local, .*local object"):
        gj.runs.save(net, tmp_path / "model")
