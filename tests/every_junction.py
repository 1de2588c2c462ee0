"""A small network for every class of junction, and what can be in the middle of a run."""

import brainpy.state as bp
import brainstate
import jax
import jax.numpy as jnp
import numpy as np
import saiunit as u

import gapjunction as gj

LEAKY = {"R": 1 * u.Gohm, "tau": 10 * u.ms}
LEAKY |= {"V_rest": -70 * u.mV, "V_reset": -65 * u.mV, "V_th": -50 * u.mV}
EDGES = ([0, 1, 2], [1, 2, 3])
RULE = gj.plasticity.BurstSpike(depression=1e-3 / u.ms, potentiation=0.1)
LAW = gj.laws.Boltzmann(20 * u.mV, 5 * u.mV, 0.2)
SLOW = gj.laws.Boltzmann(20 * u.mV, 5 * u.mV, 0.2, rate=0.1 / u.ms)
MODES = ["step", "stage", "semi_implicit", "implicit", "extrapolated"]


def symmetry(cells, **more):
    return gj.SymmetryGapJunction(cells, "V", EDGES, [2.0, 3.0, 4.0] * u.nS, **more)


def asymmetry(cells, **more):
    weight = [[1.0, 2.0], [2.0, 3.0], [4.0, 1.0]] * u.nS
    return gj.AsymmetryGapJunction(cells, "V", cells, "V", EDGES, weight, **more)


def rectifying(cells, **more):
    return gj.RectifyingGapJunction(cells, "V", EDGES, 2 * u.nS, law=LAW, **more)


def gated(cells, **more):
    return gj.VoltageGatedGapJunction(cells, "V", EDGES, 2 * u.nS, law=SLOW, **more)


def plastic(cells, **more):
    if isinstance(cells, gj.PointNeuron):
        more["threshold"] = -60 * u.mV
    return gj.PlasticGapJunction(cells, "V", EDGES, 2 * u.nS, rule=RULE, **more)


def spikelet(cells, **more):
    size = 8.0 * u.mV * u.ms
    return gj.SpikeletGapJunction(cells, "V", EDGES, 2 * u.nS, spikelet=size, **more)


JUNCTIONS = {f.__name__: f for f in (symmetry, asymmetry, rectifying, gated, plastic, spikelet)}


def passive():
    leak = gj.ion_channels.Channel(4, g_max=9 * u.nS, E=-65 * u.mV)
    return gj.PointNeuron(4, 100 * u.pF, {"leak": leak})


# Spikelets are of cells that reset, across which voltages cannot be extrapolated.
CASES = [
    (kind, mode)
    for kind in JUNCTIONS
    for mode in MODES
    if (kind, mode) != ("spikelet", "extrapolated")
]


class Net(brainstate.nn.Module):
    """Four cells that spike, driven by a constant current and noise, with one junction."""

    def __init__(self, make, **more):
        super().__init__()
        # Voltages cannot be extrapolated across a reset.
        smooth = more.get("coupling") == "extrapolated"
        self.cells = passive() if smooth else bp.LIF(4, **LEAKY)
        self.gap = make(self.cells, **more)

    def update(self, x=0.0 * u.nA):
        self.gap()
        noise = brainstate.random.randn(4) * 2e-3 * u.nA
        self.cells(jnp.asarray([0.03, 0.02, 0.01, 0.0]) * u.nA + noise + x)
        return self.cells.V.value


def built(make, **more):
    """Return a network with initialised states and a key of its own."""
    brainstate.random.seed(5)
    net = Net(make, **more)
    brainstate.nn.init_all_states(net)
    net.cells.V.value = jnp.asarray([-70.0, -60.0, -65.0, -55.0]) * u.mV
    return net


def values(model):
    """Return the numbers of all states, and the random key."""
    found = {path: jax.tree.leaves(state.value) for path, state in model.states().items()}
    key = jax.random.key_data(brainstate.random.DEFAULT.value)
    return {**found, "random": [key]}


def check_equal(one, other):
    """Raise if two sets of numbers differ in any bit."""
    assert set(one) == set(other)
    for name, leaves in one.items():
        for a, b in zip(leaves, other[name], strict=True):
            assert np.asarray(a).dtype == np.asarray(b).dtype, name
            np.testing.assert_array_equal(np.asarray(a), np.asarray(b), err_msg=str(name))
