"""Small models that several tests share."""

import brainpy.state as bp
import brainstate
import braintools
import jax.numpy as jnp
import numpy as np
import saiunit as u


class Passive(bp.Neuron):
    """C dV/dt = -g_L (V - E_L) + I, stepped as the leaky neurons of brainpy.state are."""

    def __init__(self, size, C=1.0 * u.nF, g_L=0.0 * u.uS, E_L=0.0 * u.mV, V0=0.0 * u.mV):
        super().__init__(size)
        self.C, self.g_L, self.E_L, self.V0 = C, g_L, E_L, V0

    def init_state(self, batch_size=None, **kwargs):
        self.V = brainstate.HiddenState(
            braintools.init.param(braintools.init.Constant(0.0 * u.mV), self.varshape, batch_size)
        )
        self.V.value = self.V.value + self.V0

    def update(self, x=0.0 * u.nA):
        def dv(v):
            return (-self.g_L * (v - self.E_L) + self.sum_current_inputs(x, v)) / self.C

        self.V.value = self.sum_delta_inputs(brainstate.nn.exp_euler_step(dv, self.V.value))
        return self.V.value


class Network(brainstate.nn.Module):
    """Populations and the junctions between them, stepped in the right order."""

    def __init__(self, populations, junctions):
        super().__init__()
        self.populations = list(populations)
        self.junctions = list(junctions)

    def update(self, *inputs):
        for junction in self.junctions:
            junction()
        for population, x in zip(self.populations, inputs, strict=True):
            population(x)
        return tuple(population.V.value for population in self.populations)


def simulate(net, inputs, steps, dt=0.1 * u.ms):
    """Step ``net`` with constant inputs; voltages of its populations, shape (steps, ...)."""

    def step(i):
        with brainstate.environ.context(i=i, t=i * dt, dt=dt):
            return net.update(*inputs)

    return brainstate.transform.for_loop(step, jnp.arange(steps))


def mv(value):
    """Voltage (or anything with a magnitude) as a NumPy array, in mV where it is a voltage."""
    if u.get_unit(value).dim == u.mV.dim:
        return np.asarray(value.to_decimal(u.mV))
    return np.asarray(u.get_mantissa(value))


def pairs(pre, post):
    """Return a connection function that gives these ids."""
    return lambda pre_size, post_size: (np.asarray(pre), np.asarray(post))


def random_pairs(n, n_edges, seed=0):
    """Return ids of distinct random undirected pairs."""
    i, j = np.triu_indices(n, 1)
    keep = np.sort(np.random.default_rng(seed).choice(len(i), n_edges, replace=False))
    return i[keep], j[keep]


def gradient_and_difference(function, at, by=1e-5):
    """Return the derivative of a function by its number, and the central difference.

    Both are compiled once: a loop that is run eagerly is compiled at every call.
    """
    value_at = brainstate.transform.jit(function)
    gradient = brainstate.transform.jit(brainstate.transform.grad(function))(at)
    return float(gradient), float(value_at(at + by) - value_at(at - by)) / (2 * by)
