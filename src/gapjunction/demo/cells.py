"""Graded neurons and synapses, written with `brainpy.state` as in any model.

The equations are in ``parameters.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import brainpy
import brainstate
import braintools
import jax
import jax.numpy as jnp
import numpy as np
import saiunit as u

from gapjunction._typing import QuantityLike, Size


class GradedNeuron(brainpy.state.Neuron):
    """Neurons that do not spike, with a leak and currents from outside.

    Parameters
    ----------
    in_size : int or tuple of int
        Shape of the population.
    C : Quantity
        Membrane capacitance.
    g_leak, E_leak : Quantity
        Conductance and reversal potential of the leak.
    V_initializer : callable or Quantity, shape ``in_size``
        Voltage to start from.

    Examples
    --------
    >>> start = braintools.init.Constant(-35.0 * u.mV)
    >>> cells = GradedNeuron(2, 1 * u.pfarad, 10 * u.psiemens, -35 * u.mV, start)
    >>> _ = brainstate.nn.init_all_states(cells)
    >>> with brainstate.environ.context(dt=1e6 * u.ms):      # far longer than C / g = 0.1 s
    ...     print(cells.update(0.1 * u.pA))
    [-25. -25.] mV
    """

    def __init__(
        self,
        in_size: Size,
        C: QuantityLike,
        g_leak: QuantityLike,
        E_leak: QuantityLike,
        V_initializer: QuantityLike | Callable[..., u.Quantity],
    ) -> None:
        super().__init__(in_size)
        self.C, self.g_leak, self.E_leak = C, g_leak, u.Quantity(E_leak)
        self.V_initializer = V_initializer

    def init_state(self, batch_size: int | None = None, **kwargs: Any) -> None:
        """Make the voltage."""
        start = braintools.init.param(self.V_initializer, self.varshape, batch_size)
        self.V = brainstate.HiddenState(start)

    def update(self, x: QuantityLike = 0 * u.pA) -> u.Quantity:
        """Advance by one step under the current ``x`` and return the voltage."""

        def dv(v: u.Quantity) -> u.Quantity:
            current = self.sum_current_inputs(x, v)
            return (self.g_leak * (self.E_leak - v) + current) / self.C

        V = brainstate.nn.exp_euler_step(dv, self.V.value)
        self.V.value = self.sum_delta_inputs(V)
        return self.V.value


class GradedSynapse(brainpy.state.Synapse):
    """Activation of a neuron's outgoing synapses, driven by that neuron's voltage.

    Parameters
    ----------
    in_size : int or tuple of int
        Shape of the population.
    V_th : Quantity
        Voltage at which the drive is half of its maximum.
    beta : Quantity
        Steepness of the drive, in units of one over voltage.
    rise_rate, decay_rate : Quantity
        Rates at which the activation rises, at full drive, and decays.
    s_initializer : float
        Activation to start from.
    """

    def __init__(
        self,
        in_size: Size,
        V_th: QuantityLike,
        beta: QuantityLike,
        rise_rate: QuantityLike,
        decay_rate: QuantityLike,
        s_initializer: float,
    ) -> None:
        super().__init__(in_size)
        self.V_th, self.beta = V_th, beta
        self.rise_rate, self.decay_rate = rise_rate, decay_rate
        self.s_initializer = braintools.init.Constant(s_initializer)

    def init_state(self, batch_size: int | None = None, **kwargs: Any) -> None:
        """Make the activation."""
        start = braintools.init.param(self.s_initializer, self.varshape, batch_size)
        self.s = brainstate.HiddenState(start)

    def update(self, V: u.Quantity) -> jax.Array:
        """Advance by one step at the presynaptic voltage ``V`` and return the activation."""
        drive = self.rise_rate * u.math.sigmoid(self.beta * (V - self.V_th))

        def ds(s: jax.Array) -> Any:
            return drive * (1 - s) - self.decay_rate * s

        self.s.value = brainstate.nn.exp_euler_step(ds, self.s.value)
        return self.s.value


class GradedProjection(brainpy.state.Projection):
    """Chemical connections of one kind: ``post`` gets the current ``sum_j g_ij s_j (E - V_i)``.

    As in `brainpy.state`, the activations ``s`` keep their values of the start of the time step,
    whereas ``V`` changes within the step. The neurons' solver therefore treats these conductances
    like the leak, and is stable however large they are.

    Parameters
    ----------
    synapse : GradedSynapse
        The activation of each presynaptic cell.
    post : GradedNeuron
        The postsynaptic cells.
    conn : tuple of two arrays of int, shape (n_edges,)
        The two cells of each edge.
    conductance : Quantity, shape (n_edges,)
        Conductance of each edge at full activation.
    E : Quantity
        Reversal potential.
    """

    def __init__(
        self,
        synapse: GradedSynapse,
        post: GradedNeuron,
        conn: tuple[np.ndarray, np.ndarray],
        conductance: QuantityLike,
        E: QuantityLike,
    ) -> None:
        super().__init__()
        self.synapse, self.post = synapse, post
        self.pre_ids, self.post_ids = conn
        self.conductance = conductance
        self.out = brainpy.state.COBA(E)
        post.add_current_input(brainstate.util.get_unique_name("graded_synapse"), self.out)

    def update(self) -> None:
        """Give ``post`` the present conductance for its next step."""
        each = self.conductance * self.synapse.s.value[self.pre_ids]
        amount, unit = u.split_mantissa_unit(each)
        total = jnp.zeros(self.post.varshape, amount.dtype).at[self.post_ids].add(amount)
        self.out.bind_cond(u.Quantity(total, unit=unit))
