"""Junctions between integrate-and-fire neurons, whose voltage does not show their spikes.

The current of a spike through a junction depends on the shape of the spike. An integrate-and-fire
neuron replaces the spike by a reset, so that an ohmic junction would pass none of that current.
Here each spike sends a charge through the junctions of its cell instead.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, final

import brainstate
import saiunit as u

from gapjunction._params import as_floating, is_parameter, value_of
from gapjunction._typing import ArrayLike, Connection
from gapjunction.coupling import Mode
from gapjunction.junctions._base import GapJunction
from gapjunction.junctions._component import Component
from gapjunction.junctions._couples import Couples, ends_of
from gapjunction.junctions._per import Per
from gapjunction.junctions._scale import Scale
from gapjunction.junctions._spikelets import Spikelets
from gapjunction.junctions._weights import Weight
from gapjunction.laws import Ohmic


@final
class SpikeletGapJunction(GapJunction):
    r"""Electrical coupling of integrate-and-fire neurons, with spikelets.

    Below threshold the current into post, and out of pre, is
    :math:`g\,(V_{pre} - V_{post})`, at the voltages after reset. In such a neuron a spike has no
    shape, while in a real cell it sends the charge :math:`g \int V_{spike}\,dt` through each of the
    cell's junctions. Here, the voltage of each partner therefore jumps at a spike, by that charge
    over the partner's capacitance. This jump is called a spikelet.

    Parameters
    ----------
    couples : Dynamics or tuple of two Dynamics
        The population that is coupled to itself, or the two populations ``(pre, post)``, of
        brainpy.state's integrate-and-fire neurons: ``LIF``, ``ExpIF``, ``Izhikevich``, ... One of
        two populations may instead show the shape of each spike in its voltage: places of cells, or
        a `PointNeuron`.
    states, conn, weight, param_type
        As in :class:`SymmetryGapJunction`.
    spikelet : Quantity, State or Param
        What a spike sends to each partner of its cell: one value, or one for each edge. Its unit
        tells which of three forms it has. Voltage times time (mV ms): the area of a spike above the
        voltage after reset; a spike of 80 mV that lasts 1 ms has some 80 mV ms. Current times time
        (pA ms): the charge through the junction. Voltage (mV): the jump of the partner's voltage.
        The value is negative if the after-hyperpolarisation has a larger area than the spike. If
        areas and charges have the same unit, the value is taken as an area. A jump is refused if
        one of the populations is places of cells.
    coupling, layout, scale, per, name
        As in :class:`SymmetryGapJunction`. ``scale`` multiplies spikelets too, in all three forms.

    Attributes
    ----------
    spikelet : Quantity, State or Param
        As given; it may be changed between steps.
    fired : brainstate.ShortTermState
        A tuple of two arrays: which cells of pre, and which cells of post, spiked in the step
        before. It has one item for a population that is coupled to itself. It exists after
        :meth:`init_state`.

    Raises
    ------
    TypeError, ValueError, saiunit.UnitMismatchError
        As in :class:`SymmetryGapJunction`; also if a population does not reset its voltage, if its
        capacitance is not known, and if the unit of ``spikelet`` is none of the three.

    See Also
    --------
    SymmetryGapJunction : For neurons whose voltage has the shape of their spikes.

    Notes
    -----
    A neuron of brainpy.state that spikes keeps its voltage until its next step, which starts with
    the reset. In that step its partners get the spikelet, through their delta inputs. Reset and
    spikelet both come one step late, which is first order. The delta inputs of ``CubaLIF`` and
    ``CobaLIF`` act on synapses; these neurons get the charge as a current during the step.

    A cell that has spiked in the same step as its partner gets no spikelet: it would be lost in the
    cell's reset. Nor does a cell that has spiked in the step before: its own spikelet may have made
    the partner fire, which in continuous time happens at the same instant. Two cells that have
    synchronised thus stay synchronous. Refractory cells take no spikelet and no current, as their
    models define it.

    If the voltage of one of two populations has the shape of its spikes, as in places of dendrites
    (:func:`gapjunction.sites`) or a `PointNeuron`, this population gets the spikelets of the other
    one and sends none: its own spikes go through the junctions as ohmic current. A place gets a
    spikelet as a current into its control volume during the step.

    Between steps, ``current()`` and ``currents()`` are those at the voltages after reset.

    A population of another class is accepted if it keeps the voltage of a spike until its next
    step, adds its delta inputs to V in each step, and has two methods: ``get_spike(V)``, and
    ``after_reset(V)``, which returns the V that its step starts from.

    References
    ----------
    .. [1] Lewis, T. J., & Rinzel, J. (2003). Dynamics of spiking neurons connected by both
       inhibitory and electrical coupling. Journal of Computational Neuroscience, 14(3), 283-309.
    .. [2] Ostojic, S., Brunel, N., & Hakim, V. (2009). Synchronization properties of networks of
       electrically coupled neurons in the presence of noise and heterogeneities. Journal of
       Computational Neuroscience, 26(3), 369-392.

    Examples
    --------
    A spike of 80 mV ms sends 160 pA ms through a junction of 2 nS. The voltage of a partner of
    100 pF jumps by 1.6 mV:

    >>> import brainpy, brainstate, saiunit as u
    >>> import gapjunction as gj
    >>> cells = brainpy.state.LIF(
    ...     2, R=0.1 * u.Gohm, tau=10 * u.ms, V_rest=-70 * u.mV, V_th=-50 * u.mV,
    ...     V_reset=-70 * u.mV, spk_reset='hard')
    >>> gap = gj.SpikeletGapJunction(cells, 'V', ([0], [1]), 2 * u.nS, spikelet=80 * u.mV * u.ms)
    >>> cells.init_state()
    >>> gap.init_state()
    >>> cells.V.value = [-49., -70.] * u.mV
    >>> with brainstate.environ.context(dt=0.1 * u.ms):
    ...     leaving = gap()
    ...     spikes = cells(0 * u.nA)
    >>> print(f"{cells.V.value[1].to_decimal(u.mV):.2f} mV")
    -68.40 mV
    """

    __module__ = "gapjunction"

    def __init__(
        self,
        couples: Couples,
        states: str | tuple[str, str],
        conn: Connection,
        weight: Weight,
        param_type: Callable[[Any], Any] = brainstate.ParamState,
        *,
        spikelet: ArrayLike | brainstate.State | brainstate.nn.Param,
        coupling: str | Mode = "stage",
        layout: str | None = None,
        scale: Scale | None = None,
        per: Per | None = None,
        name: str | None = None,
    ) -> None:
        self.spikelet = spikelet
        super().__init__(
            *ends_of(couples, states),
            conn,
            weight,
            param_type,
            law=Ohmic(),
            coupling=coupling,
            layout=layout,
            scale=scale,
            per=per,
            name=name,
        )
        if not is_parameter(spikelet):
            self.spikelet = as_floating(spikelet)
        # The layout for the spikelets is made now, not within a step. It may differ from that for
        # the conductances, because one conductance for all edges allows a spikelet for each edge.
        size = max((self._conductance_shape(), u.math.shape(value_of(self.spikelet))), key=len)
        self._wiring.laplacian.layout(size)

    @property
    def _component(self) -> Component:
        return Spikelets(self.spikelet)
