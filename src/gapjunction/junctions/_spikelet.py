"""Junctions between integrate-and-fire neurons, which have no spikes that could flow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, final

import brainstate
import jax
import jax.numpy as jnp
import saiunit as u

from gapjunction._params import as_floating, is_parameter, value_of
from gapjunction._typing import ArrayLike, Connection
from gapjunction.coupling import Implicit, as_plain, with_unit
from gapjunction.junctions._delivery import Impulse
from gapjunction.junctions._one import OneConductance
from gapjunction.junctions._reset import after_reset, check_resetting, takes_jumps
from gapjunction.junctions._scale import scaled
from gapjunction.junctions._spike import AREA, JUMP, check_spikelet
from gapjunction.limits import NoCapacitanceError, capacitance_of


@final
class SpikeletGapJunction(OneConductance):
    r"""Electrical coupling of integrate-and-fire neurons, with the spike that these leave out.

    Below threshold the current into post, and out of pre, is
    :math:`g\,(V_{pre} - V_{post})`, at the voltages after reset. A spike, which has no shape in
    such a neuron, would send the charge :math:`g \int V_{spike}\,dt` through each junction of its
    cell: the partner's voltage jumps by that charge over its capacitance, a spikelet.

    Parameters
    ----------
    couples : Dynamics or tuple of two Dynamics
        The population that is coupled to itself, or the two populations ``(pre, post)``, of
        brainpy.state's integrate-and-fire neurons: ``LIF``, ``ExpIF``, ``Izhikevich``, ...
    states, conn, weight, param_type
        As in :class:`SymmetryGapJunction`.
    spikelet : Quantity, State or Param
        What a spike sends to each partner of its cell: one value, or one for each edge. Its unit
        tells what it is. Voltage times time (mV ms): the area of a spike, above the voltages after
        reset; a spike of 80 mV that lasts 1 ms has some 80 mV ms. Current times time (pA ms): the
        charge. Voltage: the partner's jump. Negative where the after-hyperpolarisation has the
        larger area. In units that do not tell the first two apart it is an area.
    coupling, layout, scale, name
        As in :class:`SymmetryGapJunction`. ``scale`` is that of spikelets too, in all three forms.

    Attributes
    ----------
    spikelet : Quantity, State or Param
        As given; may be changed between steps.
    fired : brainstate.ShortTermState
        Which cells spiked in the step before, of pre and of post; of one population that is coupled
        to itself, only once. :meth:`init_state` makes it.

    Raises
    ------
    TypeError, ValueError, saiunit.UnitMismatchError
        As in :class:`SymmetryGapJunction`; if a population does not reset, or does not tell its
        capacitance, and if ``spikelet`` is of none of the three units.

    See Also
    --------
    SymmetryGapJunction : For neurons whose spikes are in their voltage.

    Notes
    -----
    A neuron of brainpy.state that spikes keeps its voltage until the next step, which starts with
    the reset. In that step the partner gets the spikelet, through its delta inputs: both come one
    step late, which is first order. ``CubaLIF`` and ``CobaLIF``, whose delta inputs are those of
    synapses, get its charge as current during the step.

    A cell that spiked in the same step, or in the one before, gets no spikelet: the first would be
    lost in its reset; the second is that of a partner that its own spikelet has made fire, at the
    same instant in continuous time. So two cells that have come together stay so. Refractory cells
    take no spikelet, and no current, as their model has it.

    Between steps, ``current()`` and ``currents()`` are those at the voltages after reset.

    A population of another class is taken if it keeps the voltage of a spike until its next step,
    adds its delta inputs to V in each step, and has two methods: ``get_spike(V)``, and
    ``after_reset(V)``, which returns the V its step starts from.

    References
    ----------
    .. [1] Lewis, T. J., & Rinzel, J. (2003). Dynamics of spiking neurons connected by both
       inhibitory and electrical coupling. Journal of Computational Neuroscience, 14(3), 283-309.
    .. [2] Ostojic, S., Brunel, N., & Hakim, V. (2009). Synchronization properties of networks of
       electrically coupled neurons in the presence of noise and heterogeneities. Journal of
       Computational Neuroscience, 26(3), 369-392.

    Examples
    --------
    A cell of 100 pF and its partner, a junction of 2 nS, a spike of 80 mV ms: 160 pA ms, 1.6 mV.

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
        couples: Any,
        states: str | tuple[str, str],
        conn: Connection,
        weight: ArrayLike | Callable[..., Any] | Any,
        param_type: Callable[[Any], Any] = brainstate.ParamState,
        *,
        spikelet: Any,
        coupling: str | Implicit = "stage",
        layout: str | None = None,
        scale: Any = None,
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
            name=name,
        )

    @brainstate.nn.call_order(1)
    def init_state(self, *args: Any, **kwargs: Any) -> None:
        """Forget which cells have spiked; populations must be initialised before.

        Raises
        ------
        ValueError
            If they are not.
        """
        super().init_state(*args, **kwargs)
        self.fired = brainstate.ShortTermState(self._silent())

    @brainstate.nn.call_order(1)
    def reset_state(self, *args: Any, **kwargs: Any) -> None:
        """Forget which cells have spiked."""
        super().reset_state(*args, **kwargs)
        self._fired().value = self._silent()

    def _plug_into(self, pre: Any, post: Any) -> None:
        unit = u.get_unit(value_of(self.weight))
        for label, host in (("pre", pre), ("post", post)):
            check_resetting(label, host)
            if (state := getattr(self, f"{label}_state")) != "V":
                raise ValueError(
                    f"{label}_state must be 'V', which spikelets go to, got {state!r}."
                )
            try:
                capacitance_of(host, label, unit)
            except NoCapacitanceError as error:
                raise ValueError(
                    f"couples must tell their capacitance: {label} ({type(host).__name__}) has no "
                    f"C, nor tau and R, that fits a weight in {unit}."
                ) from error
        if not is_parameter(self.spikelet):
            self._kind(self.spikelet, pre, post)
            self.spikelet = as_floating(self.spikelet)
        self._kind(value_of(self.spikelet), pre, post)
        size = max((self._conductance_shape(), u.math.shape(value_of(self.spikelet))), key=len)
        self._wiring.laplacian.layout(size)
        super()._plug_into(pre, post)

    def _kind(self, spikelet: Any, pre: Any, post: Any) -> str:
        unit = u.get_unit(value_of(self.weight))
        return check_spikelet(spikelet, self.edges.n_edges, self._volts(pre, post), unit)

    def _voltages(self) -> tuple[Any, Any]:
        v_pre, v_post = super()._voltages()
        v_pre = after_reset(self.pre, v_pre)
        return v_pre, v_pre if self.pre is self.post else after_reset(self.post, v_post)

    def _impulses(self, conductance: Any) -> tuple[Impulse, Impulse]:
        spikes = [self._spikes(host) for host in self._hosts()]
        before = self._fired()
        closed = [(s > 0) | last for s, last in zip(spikes, before.value, strict=True)]
        before.value = tuple(s > 0 for s in spikes)
        spikelet = value_of(self.spikelet)
        kind = self._kind(spikelet, self.pre, self.post)
        if kind == AREA:
            each = conductance * spikelet
        else:
            factor = self._factor()
            each = spikelet if factor is None else scaled(spikelet, factor, False)
        # Between two cells that spike nothing flows, and what flows from a cell that spikes into
        # one that does not is the same as what a Laplacian makes of ones and zeros.
        total = self._wiring.total(spikes[0], spikes[-1], each)
        at_pre, at_post = (
            self._impulse(host, u.math.where(shut, 0 * x, x), kind, conductance)
            for host, shut, x in (
                (self.pre, closed[0], total.pre),
                (self.post, closed[-1], total.post),
            )
        )
        return Impulse() if self._wiring.merged else at_pre, at_post

    def _impulse(self, host: Any, total: Any, kind: str, conductance: Any) -> Impulse:
        C = capacitance_of(host, self._label, u.get_unit(conductance))
        volt, dtype = u.get_unit(host.V.value), _dtype(host)

        def as_state(value: Any, unit: u.Unit) -> Any:
            return with_unit(as_plain(value, unit).astype(dtype), unit)

        if takes_jumps(host):
            return Impulse(kick=as_state(total if kind == JUMP else total / C, volt))
        pulse = (total * C if kind == JUMP else total) / brainstate.environ.get_dt()
        return Impulse(current=as_state(pulse, volt * u.get_unit(conductance)))

    def _hosts(self) -> list[Any]:
        """Return the populations, the one that is coupled to itself only once."""
        return [self.pre] if self.pre is self.post else [self.pre, self.post]

    def _spikes(self, host: Any) -> jax.Array:
        # The neuron's own, so that its surrogate derivatives hold for spikelets too.
        return jnp.asarray(u.get_mantissa(host.get_spike(host.V.value)), _dtype(host))

    def _silent(self) -> tuple[jax.Array, ...]:
        super()._voltages()
        return tuple(jnp.zeros(u.math.shape(host.V.value), bool) for host in self._hosts())

    def _fired(self) -> Any:
        if not isinstance(getattr(self, "fired", None), brainstate.State):
            raise ValueError(
                f"{self._label} does not know yet which cells have spiked: call its init_state(), "
                "or brainstate.nn.init_all_states(model), after its populations are initialised."
            )
        return self.fired


def _dtype(host: Any) -> Any:
    # Voltages may be set to arrays of NumPy.
    return jnp.asarray(u.get_mantissa(host.V.value)).dtype
