"""The model: the nervous system of a connectome.

The equations and parameters are in ``parameters.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import brainstate
import jax.numpy as jnp
import numpy as np
import saiunit as u

from gapjunction.datasets import Connectome
from gapjunction.demo.cells import GradedNeuron, GradedProjection, GradedSynapse
from gapjunction.demo.parameters import Parameters
from gapjunction.demo.steady import steady_voltages


class NervousSystem(brainstate.nn.Module):
    """All neurons of a connectome, with their gap junctions, synapses and a constant stimulus.

    The initial voltages are those of rest without a stimulus.

    Parameters
    ----------
    worm : Connectome
        The wiring.
    parameters : Parameters
        Parameters of the model.
    current : numpy.ndarray, shape (n,)
        Stimulus into each neuron in pA.
    make_junction : callable
        ``make_junction(neurons, 'V', conn=..., weight=...)`` gives the gap junctions:
        :class:`gapjunction.SymmetryGapJunction`, or brainpy.state's.

    Examples
    --------
    >>> import gapjunction as gj
    >>> worm = gj.datasets.celegans()
    >>> model = NervousSystem(worm, Parameters(), np.zeros(279), gj.SymmetryGapJunction)
    >>> _ = brainstate.nn.init_all_states(model)
    >>> with brainstate.environ.context(dt=0.05 * u.ms):
    ...     V = brainstate.transform.for_loop(model.update, np.arange(10))
    >>> V.shape
    (10, 279)
    """

    def __init__(
        self,
        worm: Connectome,
        parameters: Parameters,
        current: np.ndarray,
        make_junction: Callable[..., Any],
    ) -> None:
        super().__init__()
        p, n = parameters, worm.n_neurons
        # These arrays get JAX's precision; saiunit would keep NumPy's float64.
        self.current = jnp.asarray(current) * u.pA
        self.neurons = GradedNeuron(
            n,
            C=p.capacitance * u.pfarad,
            g_leak=p.leak_conductance * u.psiemens,
            E_leak=p.leak_reversal * u.mV,
            V_initializer=jnp.asarray(steady_voltages(worm, p, np.zeros(n))) * u.mV,
        )
        self.gap = make_junction(
            self.neurons,
            "V",
            conn=worm.electrical,
            weight=jnp.asarray(worm.junctions * p.gap_conductance) * u.psiemens,
        )
        self.synapse = GradedSynapse(
            n,
            V_th=jnp.asarray(steady_voltages(worm, p, current)) * u.mV,
            beta=p.beta / u.mV,
            rise_rate=p.rise_rate / u.second,
            decay_rate=p.decay_rate / u.second,
            s_initializer=p.resting_activation,
        )
        inhibits = np.isin(worm.chemical.pre_ids, worm.inhibitory)
        self.excitatory = self._projection(worm, p, ~inhibits, p.excitatory_reversal)
        self.inhibitory = self._projection(worm, p, inhibits, p.inhibitory_reversal)

    def _projection(
        self, worm: Connectome, p: Parameters, chosen: np.ndarray, E: float
    ) -> GradedProjection:
        return GradedProjection(
            self.synapse,
            self.neurons,
            conn=(worm.chemical.pre_ids[chosen], worm.chemical.post_ids[chosen]),
            conductance=jnp.asarray(worm.synapses[chosen] * p.synapse_conductance) * u.psiemens,
            E=E * u.mV,
        )

    def update(self, step: object = None) -> u.Quantity:
        """Advance by one step and return the voltages.

        ``step`` is not used; it allows ``for_loop`` to call this method.
        """
        self.gap.update()
        self.excitatory.update()
        self.inhibitory.update()
        self.synapse.update(self.neurons.V.value)
        return self.neurons(self.current)
