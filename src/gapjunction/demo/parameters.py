r"""The parameters of the model, and the source of each.

The model is that of Kunert, Shlizerman & Kutz [K14]_, which gives every neuron of *C. elegans* the
graded membrane and synapses of Wicks, Roehrig & Rankin [W96]_:

.. math::

    C \dot V_i &= G^c (E^c - V_i) + \sum_j G^g_{ij} (V_j - V_i)
                  + \sum_j G^s_{ij} s_j (E_j - V_i) + I_i \\
    \dot s_i &= a_r \, \phi(V_i) (1 - s_i) - a_d \, s_i, \qquad
    \phi(V_i) = 1 / (1 + e^{-\beta (V_i - V^{th}_i)})

with :math:`G^g_{ij} = g` times the gap junctions and :math:`G^s_{ij} = g` times the synapses from j
to i. The threshold :math:`V^{th}` is the steady state in which every :math:`\phi = 1/2`, and so
depends on the current :math:`I`. All neurons are the same, apart from their connections.

=======================  ========  ================================================================
parameter                here      source, and what others use
=======================  ========  ================================================================
``capacitance``          1 pF      [K14]_, [S23]_. 1.5 pF in [I19]_ and [M25]_ (see below).
``leak_conductance``     10 pS     [K14]_, and all later works.
``leak_reversal``        -35 mV    [K14]_, and all later works.
``gap_conductance``      100 pS    [K14]_, and all later works; for each junction.
``synapse_conductance``  100 pS    [K14]_, and all later works; for each synapse.
``excitatory_reversal``  0 mV      [W96]_, and all later works.
``inhibitory_reversal``  -48 mV    [I19]_, [M25]_; -45 mV in [W96]_ and [S23]_. The results
                                   differ by less than 1 %.
``beta``                 0.125/mV  [K14]_, and all later works.
``rise_rate``            1/s       [K14]_, [S23]_. 1/1.5 per s in [I19]_ and [M25]_ (see below).
``decay_rate``           5/s       [K14]_, [S23]_. 5/1.5 per s in [I19]_ and [M25]_ (see below).
wiring                   [V11]_    [I19]_ ships other counts: 984 junctions, 6,932 synapses.
inhibitory neurons       26        GABAergic, McIntire et al. (1993); the same in [I19]_ and [S23]_.
stimulus                 5 pA      into PLML and PLMR each: of the order of the currents that touch
                                   evokes in PLM [O05]_.
published stimulus       2 nA      into PLML and PLMR each: 20,000 mV times 100 pS, as in [S23]_ and
                                   in the PLM preset of [I19]_.
=======================  ========  ================================================================

[I19]_ and [M25]_ multiply the capacitance by 1.5 and divide both rates by 1.5. These are the same
equations, with time stretched by 1.5. Some publications differ only in units: [S23]_ and [I19]_
divide the equation by g and give currents in mV.

Nothing in the model limits V. A neuron's input resistance is some 4 GOhm, as in the animal, and so
the published 2 nA drive PLM to 8 V, which no neuron survives. The model has solutions even so: a
synapse depends on V only through V - V\ :sup:`th`, and the threshold moves along with the steady
voltage. The published patterns belong to this regime: the fixed point of the equations is stable up
to 1,245 pA into each PLM, and the limit cycle of [K14]_ exists only beyond. At the default current
all voltages stay in the range of the animal. The neurons then come to rest, and those that are
coupled to PLM electrically follow it.

The values given for [K14]_ and [W96]_ were taken from the later works that cite them. [S23]_ and
[I19]_, which is from the group of [K14]_, were read as code.

References
----------
.. [K14] Kunert J, Shlizerman E, Kutz JN (2014). Low-dimensional functionality of complex network
   dynamics: neurosensory integration in the Caenorhabditis elegans connectome. Phys Rev E
   89:052805.
.. [W96] Wicks SR, Roehrig CJ, Rankin CH (1996). A dynamic network simulation of the nematode tap
   withdrawal circuit. J Neurosci 16:4017-4031.
.. [O05] O'Hagan R, Chalfie M, Goodman MB (2005). The MEC-4 DEG/ENaC channel of Caenorhabditis
   elegans touch receptor neurons transduces mechanical signals. Nat Neurosci 8:43-50.
.. [V11] Varshney LR, Chen BL, Paniagua E, Hall DH, Chklovskii DB (2011). Structural properties of
   the Caenorhabditis elegans neuronal network. PLoS Comput Biol 7(2): e1001066.
.. [I19] Kim J, Leahy W, Shlizerman E (2019). Neural interactome: interactive simulation of a
   neuronal system. Front Comput Neurosci 13:8. Values as in its code,
   github.com/shlizee/C-elegans-Neural-Interactome.
.. [M25] modWorm, github.com/shlizee/modWorm: values as in its code.
.. [S23] github.com/gourab-sar/C-elegans-synchronization: values as in its code.
"""

from __future__ import annotations

import dataclasses
from typing import Final

DEFAULT_STIMULUS: Final = {"PLML": 5.0, "PLMR": 5.0}
"""The default stimulus: names of neurons, and the constant current into each in pA."""

PUBLISHED_STIMULUS: Final = {"PLML": 2000.0, "PLMR": 2000.0}
"""The stimulus of Kunert et al. 2014, which drives neurons to voltages that no animal has."""


@dataclasses.dataclass(frozen=True)
class Parameters:
    """Parameters of the model, as plain numbers in the units given here.

    Examples
    --------
    >>> Parameters(gap_conductance=50).resting_activation
    0.09090909090909091
    """

    capacitance: float = 1.0
    """pF"""
    leak_conductance: float = 10.0
    """pS"""
    leak_reversal: float = -35.0
    """mV"""
    gap_conductance: float = 100.0
    """pS, for each junction"""
    synapse_conductance: float = 100.0
    """pS, for each synapse at s = 1"""
    excitatory_reversal: float = 0.0
    """mV"""
    inhibitory_reversal: float = -48.0
    """mV, of the synapses from GABAergic neurons"""
    rise_rate: float = 1.0
    """1/s"""
    decay_rate: float = 5.0
    """1/s"""
    beta: float = 0.125
    """1/mV"""

    @property
    def resting_activation(self) -> float:
        """Synaptic activation s in the steady state with phi = 1/2."""
        return self.rise_rate / (self.rise_rate + 2 * self.decay_rate)
