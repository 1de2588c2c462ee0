"""A junction couples the state that its current goes into, or is refused by name."""

import brainpy.state as bp
import brainstate
import jax.numpy as jnp
import numpy as np
import pytest
import saiunit as u

import gapjunction as gj

ONE = ([0], [1])
DT = 0.1 * u.ms


class Lower(bp.Neuron):
    """Keeps its summed input as a state, and has its voltage under another name."""

    def init_state(self, batch_size=None, **kwargs):
        for name in ("total", "v", "trace"):
            setattr(self, name, brainstate.HiddenState(jnp.zeros(self.varshape)))

    def update(self, x=0.0):
        self.total.value = self.sum_current_inputs(x, self.v.value) + jnp.zeros(self.varshape)
        self.v.value = self.v.value + 0.1 * (self.total.value - self.v.value)


class Follower(bp.Neuron):
    """A second variable that follows the new V, as many write it."""

    def init_state(self, batch_size=None, **kwargs):
        self.V = brainstate.HiddenState(jnp.zeros(self.varshape))
        self.w = brainstate.HiddenState(jnp.zeros(self.varshape))
        self.pushes = 0

    def update(self, x=0.0):
        self.pushes += 1
        V = self.V.value + 0.1 * self.sum_current_inputs(x, self.V.value)
        self.V.value = self.sum_delta_inputs(V)
        self.w.value = self.w.value + 0.01 * self.V.value


class Astrocyte(bp.Neuron):
    """IP3 that diffuses: the input is a change of concentration per time."""

    def init_state(self, batch_size=None, **kwargs):
        self.IP3 = brainstate.HiddenState(jnp.zeros(self.varshape) * u.uM)

    def update(self, x=0.0 * u.uM / u.second):
        def change(ip3):
            return self.sum_current_inputs(x, ip3) - 0.0 * ip3 / u.second

        self.IP3.value = self.sum_delta_inputs(brainstate.nn.exp_euler_step(change, self.IP3.value))


HOSTS = {
    "FitzHughNagumo w": (lambda: bp.FitzHughNagumo(2), "w", 0.1),
    "HindmarshRose y": (lambda: bp.HindmarshRose(2), "y", 0.1),
    "HindmarshRose z": (lambda: bp.HindmarshRose(2), "z", 0.1),
    "HH gate": (lambda: bp.HH(2), "m", 1 * u.uA),
    "AdExIF w": (lambda: bp.AdExIF(2), "w", 1.0),
    "follower": (lambda: Follower(2), "w", 0.1),
}


@pytest.mark.parametrize("loop", [False, True], ids=["eager", "for_loop"])
@pytest.mark.parametrize("coupling", ["step", "stage", "semi_implicit", "implicit"])
@pytest.mark.parametrize("name", HOSTS)
def test_state_that_inputs_do_not_reach_is_refused_by_name(name, coupling, loop):
    make, state, weight = HOSTS[name]
    cells = make()
    cells.init_state()
    gap = gj.SymmetryGapJunction(cells, state, ONE, weight, coupling=coupling)

    def step(i):
        with brainstate.environ.context(i=i, t=i * DT, dt=DT):
            gap()
            cells()

    kind = type(cells).__name__
    before = {key: np.asarray(u.get_mantissa(s.value)) for key, s in cells.states().items()}
    message = f"pre_state must name a state that current inputs of {kind} go into, 'V'; got"
    with pytest.raises(ValueError, match=message):
        brainstate.transform.for_loop(step, jnp.arange(2)) if loop else step(0)
    for key, item in cells.states().items():
        np.testing.assert_array_equal(u.get_mantissa(item.value), before[key])


def test_the_end_is_named():
    pre, post = bp.HH(2), bp.HH(2)
    gap = gj.SymmetryGapJunction((pre, post), ("V", "m"), ONE, 1 * u.uS)
    pre.init_state()
    post.init_state()
    with pytest.raises(u.UnitMismatchError, match="pre_state and post_state"):
        gap()
    first, second = bp.FitzHughNagumo(2), bp.FitzHughNagumo(2)
    gap = gj.SymmetryGapJunction((first, second), ("V", "w"), ONE, 0.1)
    first.init_state()
    second.init_state()
    with (
        brainstate.environ.context(t=0 * u.ms, dt=DT),
        pytest.raises(ValueError, match="post_state must name a state that current inputs of Fitz"),
    ):
        gap()


@pytest.mark.parametrize("state", ["v", "total"])
def test_state_with_another_name_is_coupled(state):
    cells = Lower(2)
    gap = gj.SymmetryGapJunction(cells, state, ONE, 0.5)
    cells.init_state()
    cells.v.value = jnp.array([1.0, 0.0])
    cells.total.value = jnp.array([1.0, 0.0])
    cells.add_current_input("once", jnp.array([0.25, 0.0]))
    with brainstate.environ.context(t=0 * u.ms, dt=DT):
        gap()
        cells()
    # The look at the update has taken nothing that waits for the step.
    np.testing.assert_allclose(cells.total.value, [-0.25, 0.5])


def test_state_that_cannot_be_told_is_left_alone():
    class Needs(Lower):
        def update(self, x):
            super().update(x)

    cells = Needs(2)
    gap = gj.SymmetryGapJunction(cells, "trace", ONE, 0.5)
    cells.init_state()
    with brainstate.environ.context(t=0 * u.ms, dt=DT):
        gap()
        cells(0.0)


def test_another_name_for_the_voltage_is_coupled():
    class Named(Follower):
        @property
        def v(self):
            return self.V

    cells = Named(2)
    gap = gj.SymmetryGapJunction(cells, "v", ONE, 0.5)
    cells.init_state()
    cells.V.value = jnp.array([1.0, 0.0])
    with brainstate.environ.context(t=0 * u.ms, dt=DT):
        gap()
        cells()
    np.testing.assert_allclose(cells.V.value, [0.95, 0.05], rtol=1e-6)


def test_voltage_is_not_looked_at():
    cells = Follower(2)
    gap = gj.SymmetryGapJunction(cells, "V", ONE, 0.5)
    cells.init_state()
    with brainstate.environ.context(t=0 * u.ms, dt=DT):
        gap()
    assert cells.pushes == 0


def test_concentration_that_diffuses_through_junctions(x64):
    """The difference decays with twice the permeability, and no IP3 is lost."""
    cells = Astrocyte(2)
    gap = gj.SymmetryGapJunction(cells, "IP3", ONE, 2 / u.second)
    cells.init_state()
    cells.IP3.value = [3.0, 1.0] * u.uM

    def step(i):
        with brainstate.environ.context(i=i, t=i * u.ms, dt=1 * u.ms):
            gap()
            cells()
            return cells.IP3.value

    found = np.asarray(brainstate.transform.for_loop(step, jnp.arange(500)).to_decimal(u.uM))
    np.testing.assert_allclose(found.sum(axis=1), 4.0, rtol=1e-12)
    time = np.arange(1, 501) * 1e-3
    np.testing.assert_allclose(found[:, 0] - found[:, 1], 2 * np.exp(-4 * time), rtol=5e-3)


def test_concentration_beside_a_voltage_gets_no_unit_recommended():
    class Both(bp.LIF):
        def init_state(self, *args, **kwargs):
            super().init_state(*args, **kwargs)
            self.IP3 = brainstate.HiddenState(jnp.zeros(2) * u.uM)

    cells = Both(2)
    cells.init_state()
    with pytest.raises(u.UnitMismatchError) as caught:
        gj.SymmetryGapJunction(cells, "IP3", ONE, 1 / u.second)
    text = str(caught.value)
    assert "pre_state must name a state that current inputs of Both go into" in text
    assert "weight" not in text
    gap = gj.SymmetryGapJunction(cells, "IP3", ONE, 1 * u.mA / u.uM)
    with (
        brainstate.environ.context(t=0 * u.ms, dt=DT),
        pytest.raises(ValueError, match="go into, 'V'; got 'IP3'"),
    ):
        gap()
