"""Junctions between integrate-and-fire neurons, whose voltage does not show their spikes.

The current of a spike through a junction depends on the shape of the spike. An integrate-and-fire
neuron replaces the spike by a reset, so that an ohmic junction would pass none of that current.
Here each spike sends a charge through the junctions of its cell instead.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, final

import brainstate
import jax
import jax.numpy as jnp
import numpy as np
import saiunit as u

from gapjunction._params import as_floating, is_parameter, value_of
from gapjunction._typing import ArrayLike, Connection, Value
from gapjunction.coupling import Impulse, Mode, as_plain, unit_at, with_unit
from gapjunction.hosts import after_reset, check_resetting, takes_jumps
from gapjunction.junctions._one import Couples, OneConductance
from gapjunction.junctions._per import Per
from gapjunction.junctions._scale import Scale, scaled
from gapjunction.junctions._spike import AREA, JUMP, check_spikelet
from gapjunction.junctions._voltages import common_unit
from gapjunction.junctions._weights import Weight
from gapjunction.limits import NoCapacitanceError, capacitance_of


@final
class SpikeletGapJunction(OneConductance):
    r"""Electrical coupling of integrate-and-fire neurons, with spikelets.

    Below threshold the current into post, and out of pre, is
    :math:`g\,(V_{pre} - V_{post})`, at the voltages after reset. A spike has no shape in such a
    neuron; in a cell it sends the charge :math:`g \int V_{spike}\,dt` through each of the cell's
    junctions. Here the voltage of each partner therefore jumps at a spike, by that charge over the
    partner's capacitance: a spikelet.

    Parameters
    ----------
    couples : Dynamics or tuple of two Dynamics
        The population that is coupled to itself, or the two populations ``(pre, post)``, of
        brainpy.state's integrate-and-fire neurons: ``LIF``, ``ExpIF``, ``Izhikevich``, ...
    states, conn, weight, param_type
        As in :class:`SymmetryGapJunction`.
    spikelet : Quantity, State or Param
        What a spike sends to each partner of its cell: one value, or one for each edge. Its unit
        tells which of three forms it has. Voltage times time (mV ms): the area of a spike above the
        voltage after reset; a spike of 80 mV that lasts 1 ms has some 80 mV ms. Current times time
        (pA ms): the charge through the junction. Voltage (mV): the jump of the partner's voltage.
        It is negative where the after-hyperpolarisation has a larger area than the spike. Where
        the unit is the same for area and charge, it is taken as an area.
    coupling, layout, scale, per, name
        As in :class:`SymmetryGapJunction`. ``scale`` multiplies spikelets too, in all three forms.

    Attributes
    ----------
    spikelet : Quantity, State or Param
        As given; may be changed between steps.
    fired : brainstate.ShortTermState
        A tuple of which cells of pre, and which of post, spiked in the step before; of one item for
        a population that is coupled to itself. It exists after :meth:`init_state`.

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

    A cell that has spiked in the same step as its partner gets no spikelet: it would be lost in
    the cell's reset. Nor does a cell that has spiked in the step before: it may be its own
    spikelet that made the partner fire, which in continuous time is the same instant. Two cells
    that have synchronised thus stay synchronous. Refractory cells take no spikelet and no current,
    as their models define it.

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
            couples,
            states,
            conn,
            weight,
            param_type,
            coupling=coupling,
            layout=layout,
            scale=scale,
            per=per,
            name=name,
        )

    @brainstate.nn.call_order(1)
    def init_state(self, *args: Any, **kwargs: Any) -> None:
        """Forget which cells have spiked; populations must be initialised before.

        Raises
        ------
        ValueError
            If the populations are not initialised.
        """
        super().init_state(*args, **kwargs)
        self.fired = brainstate.ShortTermState(self._silent())

    @brainstate.nn.call_order(1)
    def reset_state(self, *args: Any, **kwargs: Any) -> None:
        """Forget which cells have spiked."""
        super().reset_state(*args, **kwargs)
        self._fired().value = self._silent()

    def _plug_into(self, pre: brainstate.nn.Dynamics, post: brainstate.nn.Dynamics) -> None:
        """Check populations and spikelet, then register this junction in its populations."""
        unit = u.get_unit(value_of(self.weight))
        for label, host, per in (("pre", pre, self.per[0]), ("post", post, self.per[1])):
            check_resetting(label, host)
            if (state := getattr(self, f"{label}_state")) != "V":
                raise ValueError(
                    f"{label}_state must be 'V', which spikelets go to, got {state!r}."
                )
            try:
                capacitance_of(host, label, unit_at(unit, per))
            except NoCapacitanceError as error:
                raise ValueError(
                    f"couples must tell their capacitance: {label} ({type(host).__name__}) has no "
                    f"C, nor tau and R, that fits a weight in {unit_at(unit, per)}."
                ) from error
        if not is_parameter(self.spikelet):
            self._kind(self.spikelet, pre, post)
            self.spikelet = as_floating(self.spikelet)
        self._kind(value_of(self.spikelet), pre, post)
        # Make the layout that spikelets need now: a network of one conductance may have spikelets
        # that differ from edge to edge.
        size = max((self._conductance_shape(), u.math.shape(value_of(self.spikelet))), key=len)
        self._wiring.laplacian.layout(size)
        super()._plug_into(pre, post)

    def _kind(
        self, spikelet: object, pre: brainstate.nn.Dynamics, post: brainstate.nn.Dynamics
    ) -> str:
        """Return the form of a spikelet, after checking it."""
        unit = u.get_unit(value_of(self.weight))
        volt = common_unit(pre, self.pre_state, post, self.post_state)
        return check_spikelet(spikelet, self.edges.n_edges, volt, unit)

    def _voltages(self) -> tuple[Any, Any]:
        """Return the voltages after reset: those from which the populations' next step starts."""
        v_pre, v_post = super()._voltages()
        v_pre = after_reset(self.pre, v_pre)
        return v_pre, v_pre if self.pre is self.post else after_reset(self.post, v_post)

    def _impulses(self, conductance: Value) -> tuple[Impulse, Impulse]:
        """Return the spikelets into pre and into post in this step."""
        spikes = [self._spikes(host) for host in self._hosts()]
        before = self._fired()
        # Cells that get no spikelet; the Notes of the class say why.
        closed = [(s > 0) | (last != 0) for s, last in zip(spikes, before.value, strict=True)]
        # A step must not change the dtype of a state: loops of JAX refuse that. It is no longer
        # bool where the states of a model were taken apart, multiplied and put together again.
        kept = zip(spikes, before.value, strict=True)
        before.value = tuple((s > 0).astype(jnp.asarray(last).dtype) for s, last in kept)
        spikelet = value_of(self.spikelet)
        kind = self._kind(spikelet, self.pre, self.post)
        if kind == AREA:
            each = conductance * spikelet
        else:
            factor = self._factor()
            each = spikelet if factor is None else scaled(spikelet, factor, False)
        # The product of the Laplacian with a vector that is 1 at the cells that spike and 0 at the
        # others: each edge from a cell that spikes to one that does not then carries its spikelet,
        # and edges between two cells of a kind carry nothing.
        total = self._wiring.total(spikes[0], spikes[-1], each)
        at_pre, at_post = (
            self._impulse(host, per, u.math.where(shut, 0 * x, x), kind, conductance)
            for host, per, shut, x in (
                (self.pre, self.per[0], closed[0], total.pre),
                (self.post, self.per[1], closed[-1], total.post),
            )
        )
        return Impulse() if self._wiring.merged else at_pre, at_post

    def _impulse(
        self,
        host: brainstate.nn.Dynamics,
        per: u.Quantity | None,
        total: Value,
        kind: str,
        conductance: Value,
    ) -> Impulse:
        """Return the sum of spikelets as a jump, or as a current where the host takes no jumps.

        The current is that of the junction, which is not divided by ``per`` yet.
        """
        C = capacitance_of(host, self._label, unit_at(u.get_unit(conductance), per))
        if per is not None:
            C = C * per
        volt, dtype = u.get_unit(host.V.value), _dtype(host)

        def as_state(value: ArrayLike, unit: u.Unit) -> Any:
            # In unit and dtype of the voltage, which a step must not change.
            return with_unit(as_plain(value, unit).astype(dtype), unit)

        if takes_jumps(host):
            return Impulse(kick=as_state(total if kind == JUMP else total / C, volt))
        pulse = (total * C if kind == JUMP else total) / brainstate.environ.get_dt()
        return Impulse(current=as_state(pulse, volt * u.get_unit(conductance)))

    def _hosts(self) -> list[Any]:
        """Return the populations; one that is coupled to itself only once."""
        return [self.pre] if self.pre is self.post else [self.pre, self.post]

    def _spikes(self, host: brainstate.nn.Dynamics) -> jax.Array:
        """Return 1 for each cell that has spiked and 0 for the others."""
        # By the neuron's own function, whose surrogate derivative then holds for spikelets too.
        return jnp.asarray(u.get_mantissa(host.get_spike(host.V.value)), _dtype(host))

    def _silent(self) -> tuple[jax.Array, ...]:
        """Return the value of ``fired`` if no cell has spiked."""
        # Checks that the populations are initialised.
        super()._voltages()
        return tuple(jnp.zeros(u.math.shape(host.V.value), bool) for host in self._hosts())

    def _fired(self) -> brainstate.State:
        """Return the State ``fired``; an error says to initialise it if it does not exist yet."""
        if not isinstance(getattr(self, "fired", None), brainstate.State):
            raise ValueError(
                f"{self._label} does not know yet which cells have spiked: call its init_state(), "
                "or brainstate.nn.init_all_states(model), after its populations are initialised."
            )
        return self.fired


def _dtype(host: brainstate.nn.Dynamics) -> np.dtype:
    """Return the dtype of a population's voltage, which a user may have set to a NumPy array."""
    return jnp.asarray(u.get_mantissa(host.V.value)).dtype
