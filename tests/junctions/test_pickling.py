"""Pickles of junctions and models, and messages that say what cannot be pickled."""

import itertools
import pickle
import re
import subprocess
import sys

import brainpy.state as bp
import brainstate
import jax.numpy as jnp
import numpy as np
import pytest
import saiunit as u

import gapjunction as gj
from covering import covering
from models import Passive, mv, pairs

MODES = ["step", "stage"]
LEAKY = {"R": 1 * u.Gohm, "V_rest": -70 * u.mV, "V_reset": -65 * u.mV, "V_th": -50 * u.mV}
RULE = gj.plasticity.BurstSpike(depression=1e-3 / u.ms, potentiation=0.1)


def leak():
    return gj.ion_channels.Channel(4, g_max=9 * u.nS, E=-65 * u.mV)


class Kept(brainstate.HiddenState):
    """A state that can be pickled, as those of brainstate cannot."""

    def __reduce__(self):
        return Kept, (self.value,)


class Cells(Passive):
    """A population that can be pickled at any time."""

    def init_state(self, batch_size=None, **kwargs):
        self.V = Kept(jnp.linspace(-70.0, -50.0, self.varshape[0]) * u.mV)


class Model(brainstate.nn.Module):
    def __init__(self, cells, make, first="cells"):
        super().__init__()
        # The order in which pickle meets the two.
        if first == "cells":
            self.cells = cells
        self.gap = make(cells)
        self.cells = cells

    def update(self):
        self.gap()
        self.cells()
        return self.cells.V.value


def ohmic(cells, **more):
    return gj.SymmetryGapJunction(cells, "V", pairs([0, 1], [1, 3]), 2 * u.nS, **more)


def again(item):
    return pickle.loads(pickle.dumps(item))


def alike(model, twin, steps=4):
    assert twin.gap.pre is twin.cells
    assert twin.cells is not model.cells
    for _ in range(steps):
        np.testing.assert_array_equal(mv(model.update()), mv(twin.update()))
    assert np.ptp(mv(model.cells.V.value)) > 0


HOSTS = {
    "LIF": lambda: bp.LIF(4, **LEAKY),
    "Izhikevich": lambda: bp.Izhikevich(4),
    "PointNeuron": lambda: gj.PointNeuron(4, 1 * u.nF, {"leak": leak()}),
}


@pytest.mark.parametrize(("host", "first", "coupling"), covering(HOSTS, ["cells", "gap"], MODES))
def test_a_model_is_pickled_before_it_is_initialised(host, first, coupling):
    cells = HOSTS[host]()
    weight = 2 * u.nS if type(cells) is not bp.Izhikevich else 0.2 / u.ms
    model = Model(
        cells,
        lambda c: gj.SymmetryGapJunction(c, "V", ([0, 1], [1, 3]), weight, coupling=coupling),
        first,
    )
    twin = again(model)
    for one in (model, twin):
        brainstate.nn.init_all_states(one)
        unit = u.get_unit(one.cells.V.value)
        one.cells.V.value = u.Quantity(jnp.linspace(-70.0, -55.0, 4), unit=unit)
    alike(model, twin)


KINDS = {
    "ohmic": ohmic,
    "scaled": lambda c: ohmic(c, scale=brainstate.ShortTermState(jnp.array([0.5, 2.0]))),
    "layout": lambda c: ohmic(c, layout="dense"),
    "two conductances": lambda c: gj.AsymmetryGapJunction(
        c, "V", c, "V", pairs([0, 1], [1, 3]), [[1.0, 2.0], [2.0, 3.0]] * u.nS
    ),
    "rectifying": lambda c: gj.RectifyingGapJunction(
        c,
        "V",
        ([0, 1], [1, 3]),
        2 * u.nS,
        law=gj.laws.Boltzmann(20 * u.mV, 5 * u.mV, 0.2),
    ),
    "gated": lambda c: gj.VoltageGatedGapJunction(
        c,
        "V",
        ([0, 1], [1, 3]),
        2 * u.nS,
        law=gj.laws.Boltzmann(20 * u.mV, 5 * u.mV, 0.2, rate=0.1 / u.ms),
    ),
    "plastic": lambda c: gj.PlasticGapJunction(
        c, "V", ([0, 1], [1, 3]), 2 * u.nS, rule=RULE, threshold=-60 * u.mV
    ),
}


@pytest.mark.parametrize(
    ("kind", "coupling"), list(zip(KINDS, itertools.cycle(MODES), strict=False))
)
def test_a_running_model_is_pickled_where_its_population_can_be(kind, coupling):
    model = Model(Cells(4, C=20 * u.pF), KINDS[kind])
    brainstate.nn.init_all_states(model)
    for _ in range(3):
        model.update()
    twin = again(model)
    assert twin.gap.weight is not model.gap.weight
    assert set(twin.states()) == set(model.states())
    alike(model, twin)
    # States of a copy work in transformations, as those of the original do.
    for one in (model, twin):
        brainstate.transform.for_loop(lambda i, one=one: one.update(), jnp.arange(5))
    np.testing.assert_array_equal(mv(model.cells.V.value), mv(twin.cells.V.value))


def test_spikelets_are_pickled():
    def make(cells):
        return gj.SpikeletGapJunction(
            cells, "V", ([0], [1]), 2 * u.nS, spikelet=brainstate.ParamState(80.0 * u.mV * u.ms)
        )

    twin = again(Model(bp.LIF(2, **LEAKY), make))
    assert type(twin.gap.spikelet) is brainstate.ParamState
    brainstate.nn.init_all_states(twin)
    twin.cells.V.value = jnp.array([-45.0, -70.0]) * u.mV
    twin.gap()
    twin.cells(0 * u.nA)
    assert mv(twin.cells.V.value)[1] > -69


def test_what_junctions_share_is_shared_by_what_is_read():
    cells = Cells(4)
    gap = ohmic(cells)
    other = gj.SymmetryGapJunction(cells, "V", pairs([2], [3]), gap.weight)
    one, two, population = again([gap, other, cells])
    assert one.weight is two.weight
    assert type(one.weight) is brainstate.ParamState
    assert one.weight is not gap.weight
    assert one.pre is two.post is population
    gap.weight.value = 5.0 * u.nS
    assert float(one.weight.value.to_decimal(u.nS)) == 2


@pytest.mark.parametrize(
    "param",
    [
        lambda: brainstate.nn.Param(2.0 * u.nS, t=brainstate.nn.SoftplusT(0.0 * u.nS)),
        lambda: brainstate.nn.Param(2.0 * u.nS, reg=brainstate.nn.L2Reg(0.1)),
        lambda: brainstate.nn.Param(2.0 * u.nS, fit=False),
    ],
    ids=["transformed", "regularised", "fixed"],
)
def test_a_param_is_pickled_as_what_it_was_made_of(param):
    weight = param()
    cells = Cells(4)
    gap = gj.SymmetryGapJunction(cells, "V", pairs([0], [1]), weight)
    other = gj.SymmetryGapJunction(cells, "V", pairs([1], [3]), weight)
    gap.conductance()
    one, two = again([gap, other])
    assert one.weight is two.weight
    assert one.weight is not weight
    assert type(one.weight.t) is type(weight.t)
    assert (one.weight.reg is None) == (weight.reg is None)
    assert set(one.states()) == set(gap.states())
    np.testing.assert_array_equal(mv(one.conductance()), mv(gap.conductance()))
    if not weight.fit:
        return
    # What is kept of the transform is dropped when the value changes, in the copy as well.
    for junction in (gap, one):
        junction.weight.cache()
        junction.weight.val.value = 2 * junction.weight.val.value
    np.testing.assert_array_equal(mv(one.conductance()), mv(gap.conductance()))
    assert mv(two.conductance())[0] > 2.5


def test_the_error_names_what_of_a_param_cannot_be_pickled():
    weight = brainstate.nn.Param(2.0 * u.nS, precompute=lambda value: value)
    gap = gj.SymmetryGapJunction(Cells(4), "V", ([0], [1]), weight)
    with pytest.raises(TypeError, match=r"its weight\.precompute is a function"):
        pickle.dumps(gap)


def test_a_waiting_current_is_not_pickled():
    model = Model(Cells(4), ohmic)
    brainstate.nn.init_all_states(model)
    model.gap()
    twin = again(model)
    assert not twin.gap._pre_port.parts.deposits.waiting
    model.cells()
    twin.update()
    np.testing.assert_array_equal(mv(model.cells.V.value), mv(twin.cells.V.value))


def test_another_process_can_read_it_and_add_a_junction(tmp_path):
    cells = bp.LIF(4, **LEAKY)
    (tmp_path / "model").write_bytes(pickle.dumps((cells, ohmic(cells))))
    code = (
        "import pickle, sys, brainstate, saiunit as u, gapjunction as gj;"
        "brainstate.environ.set(dt=0.1 * u.ms);"
        "cells, gap = pickle.load(open(sys.argv[1], 'rb'));"
        "more = gj.SymmetryGapJunction(cells, 'V', ([0], [2]), 1 * u.nS);"
        "cells.init_state(); gap(); more(); cells(0 * u.nA);"
        "print(gap.pre is more.pre, len(cells.current_inputs))"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "model")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout.split() == ["True", "4"]


@pytest.mark.parametrize("first", ["cells", "gap"])
def test_the_error_names_what_of_the_population_cannot_be_pickled(first):
    model = Model(bp.LIF(4, **LEAKY), ohmic, first)
    brainstate.nn.init_all_states(model)
    with pytest.raises(
        TypeError,
        match=r"SymmetryGapJunction cannot be pickled, because its population LIF cannot be: "
        r"LIF\.V is a HiddenState, .*weakref.* before init_state\(\)",
    ):
        pickle.dumps(model)


def test_the_error_names_the_part_of_a_part():
    cells = gj.neurons.HH1952(2)
    gj.SymmetryGapJunction(cells, "V", ([0], [1]), 1 * u.mS / u.cm**2)
    for channel in cells.channels.values():
        channel.note = {"odd": [0, lambda: None]}
    where = re.escape("HH1952.channels['na'].note['odd'][1]")
    with pytest.raises(TypeError, match=f"{where} is a function"):
        pickle.dumps(cells)


def test_the_error_names_what_of_the_junction_cannot_be_pickled():
    def conductance():
        pass

    gap = ohmic(bp.LIF(4, **LEAKY), scale=lambda: conductance, name="gap A")
    with pytest.raises(TypeError, match="'gap A' cannot be pickled: its scale is a function"):
        pickle.dumps(gap)
