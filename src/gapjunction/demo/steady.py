"""Steady states of the model, found without simulating it."""

from __future__ import annotations

import numpy as np

from gapjunction.connectivity import laplacian as gap_laplacian
from gapjunction.datasets import Connectome
from gapjunction.demo.parameters import Parameters


def conductances(worm: Connectome, parameters: Parameters) -> tuple[np.ndarray, np.ndarray]:
    """Return the gap Laplacian and the synaptic conductances, dense and in pS.

    Parameters
    ----------
    worm : Connectome
        The wiring.
    parameters : Parameters
        Parameters of the model.

    Returns
    -------
    laplacian : numpy.ndarray, shape (n, n)
        ``laplacian @ V`` is the current that leaves each neuron through its gap junctions.
    synaptic : numpy.ndarray, shape (n, n)
        Conductances at s = 1, with presynaptic neurons in columns and postsynaptic ones in rows.
    """
    g = worm.junctions * parameters.gap_conductance
    laplacian = gap_laplacian(worm.electrical, g).toarray()
    pre, post = worm.chemical
    synaptic = np.zeros_like(laplacian)
    np.add.at(synaptic, (post, pre), worm.synapses * parameters.synapse_conductance)
    return laplacian, synaptic


def reversals(worm: Connectome, parameters: Parameters) -> np.ndarray:
    """Return the reversal potential (mV) of the synapses that each neuron makes."""
    reversal = np.full(worm.n_neurons, parameters.excitatory_reversal)
    reversal[worm.inhibitory] = parameters.inhibitory_reversal
    return reversal


def steady_voltages(worm: Connectome, parameters: Parameters, current: np.ndarray) -> np.ndarray:
    """Return the steady voltages (mV) under a constant current, where every phi is 1/2.

    They are the thresholds V_th of the model under that current, and the voltages of its fixed
    point.

    Parameters
    ----------
    worm : Connectome
        The wiring.
    parameters : Parameters
        Parameters of the model.
    current : numpy.ndarray, shape (n,)
        Current into each neuron in pA.

    Returns
    -------
    numpy.ndarray, shape (n,)

    Examples
    --------
    >>> import gapjunction as gj, numpy as np
    >>> worm = gj.datasets.celegans()
    >>> rest = steady_voltages(worm, Parameters(), np.zeros(279))
    >>> bool(-48 < rest.min() and rest.max() < 0)     # between the reversal potentials
    True
    """
    matrix, s = _membrane_matrix(worm, parameters), parameters.resting_activation
    _, synaptic = conductances(worm, parameters)
    battery = parameters.leak_conductance * parameters.leak_reversal
    battery = battery + s * synaptic @ reversals(worm, parameters)
    return np.linalg.solve(matrix, battery + 1e3 * current)  # pA = 1e3 pS mV


def _membrane_matrix(worm: Connectome, parameters: Parameters) -> np.ndarray:
    laplacian, synaptic = conductances(worm, parameters)
    own = parameters.leak_conductance + parameters.resting_activation * synaptic.sum(axis=1)
    return laplacian + np.diag(own)
