"""What all junctions that are made of edges, conductances and a law have in common."""

from __future__ import annotations

import abc
from collections.abc import Callable
from typing import Any

import brainstate
import jax
import jax.numpy as jnp
import saiunit as u

from gapjunction._checks import check_choice, describe
from gapjunction._params import value_of
from gapjunction._typing import Connection, Value
from gapjunction.connectivity import Edges
from gapjunction.connectivity._unusual import warn_if_unusual
from gapjunction.coupling import Currents, Impulse, Mode, as_mode, with_unit
from gapjunction.junctions._between import edges_between
from gapjunction.junctions._checked_law import check_law
from gapjunction.junctions._component import Component, Kept, kept_by
from gapjunction.junctions._couples import check_ends
from gapjunction.junctions._delivery import Delivery
from gapjunction.junctions._edgewise import by_law, tangent, two_ways
from gapjunction.junctions._ends import Ends
from gapjunction.junctions._flow import Along, Wiring
from gapjunction.junctions._per import Per, as_divisors, check_units
from gapjunction.junctions._reach import check_reached, check_steady
from gapjunction.junctions._scale import Scale, check_scale, is_function, scale_now, scaled
from gapjunction.junctions._voltages import common_unit, read_voltages
from gapjunction.junctions._weights import Weight, as_parameter, check_state
from gapjunction.kernels import LAYOUTS, Laplacian
from gapjunction.laws import Law, Ohmic
from gapjunction.limits import warn_if_too_weak, warn_if_unstable


class GapJunction(Delivery):
    """Base of the junctions: edges, conductances, a law, and the two populations.

    The classes that users see are final. Each has a constructor with its own arguments and may have
    a *component*, such as plasticity, which can change conductances from step to step.
    """

    symmetric = True
    """Whether an edge has one conductance for both directions."""

    def __init__(
        self,
        pre: brainstate.nn.Dynamics,
        pre_state: str,
        post: brainstate.nn.Dynamics,
        post_state: str,
        conn: Connection,
        weight: Weight,
        param_type: Callable[[Any], Any],
        *,
        law: Law,
        coupling: str | Mode,
        layout: str | None,
        scale: Scale | None,
        per: Per | None,
        name: str | None,
    ) -> None:
        if not (name is None or isinstance(name, str)):
            raise TypeError(f"name must be a string or None, got {describe(name)}.")
        super().__init__(name=name)
        hosts, states = (pre, post), (pre_state, post_state)
        check_ends(hosts, states)
        if layout is not None:
            check_choice("layout", layout, LAYOUTS)
        self.mode = as_mode(coupling)
        self.coupling = self.mode.name
        check_steady(self.mode, pre, post)
        self.law, (self.pre_state, self.post_state) = law, states
        self.edges: Edges = edges_between(conn, pre, post)
        self.weight = as_parameter(weight, param_type, self.edges.n_edges, not self.symmetric)
        self.per = as_divisors(per, pre, post)
        unit = u.get_unit(value_of(self.weight))
        check_units(hosts, states, self.per, unit)
        self.scale = check_scale(scale, self.edges.n_edges)
        self._stateful = check_law(self.law, common_unit(pre, pre_state, post, post_state))
        ohmic = isinstance(self.law, Ohmic)
        # If the two directions of an edge differ, (i, j) and (j, i) do not repeat each other.
        directed = not self.symmetric or (not ohmic and self.law.is_directional())
        warn_if_unusual(self.edges, directed=directed)
        self._wiring = Wiring(
            self.edges,
            pre is post and pre_state == post_state,
            not self.symmetric,
            layout,
            self._conductance_shape(),
        )
        # The largest slope of the law is found by sampling it. That is done once, here, because the
        # limits of the time step need it repeatedly.
        self._slope = 1.0 if ohmic else self.law.largest_slope()
        self._component.check(Ends(hosts, states, self.per, self._wiring, unit, self._label))
        # The populations are changed last, so that an error leaves them as they were.
        self._plug_into(pre, post)
        self._strength_checked: float | None = None
        self._weakness_told = False
        self._check_limit()

    # This order makes init_all_states(model) initialise the populations first, because their
    # voltages are read here.
    @brainstate.nn.call_order(1)
    def init_state(self, *args: Any, **kwargs: Any) -> None:
        """Make the states of the junction, if it has any, from the present voltages.

        Warns if coupling is too strong for the time step of the environment, unless there was a
        warning of coupling at least as strong before. Warns also of coupling that is too weak to
        matter, if this could not be decided when the junction was made.

        Raises
        ------
        ValueError
            If there are states, and the populations are not initialised yet, or lack a state that
            a rule of plasticity reads.
        """
        if self._stateful:
            self.gating = brainstate.HiddenState(self._settled())
        self._forget()
        self._check_limit()
        component = self._component
        if component.states:
            for key, value in component.initial(self._ends, self._voltages()).items():
                setattr(self, key, component.states[key](value))

    @brainstate.nn.call_order(1)
    def reset_state(self, *args: Any, **kwargs: Any) -> None:
        """Put the states of the junction back to their initial values at the present voltages."""
        if self._stateful:
            self._gating().value = self._settled()
        self._forget()
        self._check_limit()
        if self._component.states:
            self._kept()  # Raises an error if the states do not exist yet.
            self._keep(self._component.initial(self._ends, self._voltages()))

    @property
    @abc.abstractmethod
    def _component(self) -> Component:
        """What this junction has in addition to edges, conductances, a law and a scale."""

    @property
    def _ends(self) -> Ends:
        """The populations and edges, for the component."""
        return Ends(
            (self.pre, self.post),
            (self.pre_state, self.post_state),
            self.per,
            self._wiring,
            u.get_unit(value_of(self.weight)),
            self._label,
        )

    def _kept(self) -> Kept:
        return kept_by(self, self._component, self._label)

    def _keep(self, kept: Kept) -> None:
        """Give the component's states new values."""
        for key, value in kept.items():
            getattr(self, key).value = value

    def _check_limit(self) -> None:
        """Warn of coupling that is too strong or too weak; again only if it is stronger by now."""
        self._strength_checked = warn_if_unstable(self, self._label, self._strength_checked)
        if not self._weakness_told:
            self._weakness_told = warn_if_too_weak(self, self._label)

    @property
    def layout(self) -> str:
        """Name of the layout in memory, chosen by the graph and the shape of the conductances."""
        return self._wiring.laplacian.layout(self._conductance_shape()).name

    def conductance(self) -> Any:
        """Return the present conductance of each edge, with all factors on ``weight``.

        Returns
        -------
        Quantity or array
            Shape ``(*batch, n_edges)``, or ``(*batch, n_edges, 2)`` for a junction that has two
            conductances for each edge.

        Raises
        ------
        ValueError
            If a state is missing, or ``scale`` is a function of time and the environment has no
            ``t``.
        """
        conductance = self._weight()
        if not isinstance(self.law, Ohmic):
            conductance = conductance * self._relative(*self._voltages())
        tail = () if self.symmetric else (2,)
        shape = (*u.math.shape(conductance)[: -1 - len(tail)], self.edges.n_edges, *tail)
        return u.math.broadcast_to(conductance, shape)

    def edge_currents(self) -> Any:
        """Return the current along each edge at the present voltages; nothing is put anywhere.

        A positive current flows from pre to post. The currents of all edges at a cell, each with
        its sign, add up to the current into the cell, before ``per`` and without spikelets.

        Returns
        -------
        Quantity or array
            Shape ``(*batch, n_edges)``, in the order of ``edges``, in the unit of V_pre times the
            unit of ``weight``. A junction with two conductances for each edge returns the current
            into post and the one out of pre, in the shape ``(*batch, n_edges, 2)``.

        Raises
        ------
        ValueError
            As in :meth:`conductance`; and if processes have different edges, which are then not
            stored in their order.

        See Also
        --------
        currents : The sums of these at the cells of pre and of post.

        Examples
        --------
        >>> import brainpy, saiunit as u
        >>> import gapjunction as gj
        >>> cells = brainpy.state.LIF(3, R=1 * u.Gohm, V_rest=-70 * u.mV, V_th=-50 * u.mV)
        >>> gap = gj.SymmetryGapJunction(cells, 'V', ([0, 1], [1, 2]), [2., 4.] * u.nS)
        >>> cells.init_state()
        >>> cells.V.value = [-60., -65., -70.] * u.mV
        >>> print(gap.edge_currents().in_unit(u.pA))
        [10. 20.] pA
        """
        self._wiring.check_in_order(self._label)
        v_pre, v_post, conductance = self._read()
        volt = u.get_unit(v_pre)
        currents = self._wiring.each(v_pre, v_post, conductance, self._along(conductance, volt))
        found = currents[0] if self.symmetric else jnp.stack(currents, axis=-1)
        dtype = jnp.asarray(u.get_mantissa(v_pre)).dtype
        return with_unit(found.astype(dtype), volt * u.get_unit(conductance))

    def largest_conductance(self) -> Any:
        """Return the conductance with which limits of the time step are computed.

        It is ``weight`` times the largest slope of the law's current, and times ``scale`` unless
        that is a function of time, whose future values are not known.
        """
        weight = value_of(self.weight)
        if not is_function(self.scale):
            factor = scale_now(self.scale, self.edges.n_edges)
            weight = weight if factor is None else scaled(weight, factor, not self.symmetric)
        largest = self._slope * self._component.largest_factor
        # Within a transformed function even a product with 1 has no numbers that limits could use.
        return weight if largest == 1 else weight * largest

    def _conductance_shape(self) -> tuple[int, ...]:
        """Return the shape that conductances have in a step, without batch dimensions.

        The layout of the network depends on it: one number for all edges allows faster layouts.
        """
        shape = tuple(u.math.shape(value_of(self.weight)))
        return shape if self._alike or not self.symmetric else (self.edges.n_edges,)

    @property
    def _instantaneous(self) -> bool:
        return self.law.instantaneous

    @property
    def _alike(self) -> bool:
        """Whether all edges have the same conductance where ``weight`` is one number."""
        return isinstance(self.law, Ohmic) and self.scale is None and self._component.alike

    @property
    def _spread(self) -> bool:
        return self._wiring.partition is not None

    @property
    def _merged(self) -> bool:
        return self._wiring.merged and not self._by_edges

    @property
    def _by_edges(self) -> bool:
        """Whether currents are computed edge by edge, and not by the Laplacian's product."""
        # Where cells are spread over devices, so are the states of edges: voltages are sent there.
        stateful = self._stateful or not self._component.alike
        return self._instantaneous or (self._spread and stateful)

    def _factor(self) -> jax.Array | None:
        """Return the factor on weights apart from the law: one for all edges, one each, or None."""
        factor = scale_now(self.scale, self.edges.n_edges)
        own = self._component.factor(self._kept())
        if factor is None or own is None:
            return own if factor is None else factor
        return scaled(own, factor, False)

    def _read(self) -> tuple[Any, Any, Any]:
        """Return V_pre, V_post and the conductance.

        A law that follows the voltages at once is not in the conductance: it is applied when a
        current is computed, at the voltages of the stage.
        """
        v_pre, v_post = self._voltages()
        weight = self._weight()
        ends = self._ends
        check_reached(ends.hosts, ends.states, (v_pre, v_post), self.per, u.get_unit(weight))
        if not (isinstance(self.law, Ohmic) or self._instantaneous):
            weight = weight * self._relative(v_pre, v_post)
        return v_pre, v_post, weight

    def _weight(self) -> Any:
        """Return the conductance without the factor of the law.

        It is checked whenever JAX traces a step, as users may assign to ``weight.value``.
        """
        # The value is read once, because a Param computes its transform each time it is read.
        weight = value_of(self.weight)
        check_state(weight, self.edges.n_edges, not self.symmetric)
        ends = self._ends
        check_units(ends.hosts, ends.states, self.per, u.get_unit(weight))
        factor = self._factor()
        return weight if factor is None else scaled(weight, factor, not self.symmetric)

    def _voltages(self) -> tuple[Any, Any]:
        found = read_voltages(self.pre, self.pre_state, self.post, self.post_state)
        return self._component.start(self._ends, found)

    def _gating(self) -> brainstate.State:
        """Return the State of the law; an error says to initialise it if it does not exist yet."""
        if not isinstance(getattr(self, "gating", None), brainstate.State):
            raise ValueError(
                f"{self._label} has no state yet: call its init_state(), or "
                "brainstate.nn.init_all_states(model), after its populations are initialised."
            )
        return self.gating

    def _settled(self) -> jax.Array | None:
        """Return the state in which the law settles at the present voltages."""
        return self.law.initial(*self._wiring.ends(*self._voltages()))

    def _relative(self, v_pre: Value, v_post: Value) -> jax.Array:
        """Return the factor of the law on the conductance of each edge."""
        state = self._gating().value if self._stateful else None
        return self.law.conductance(state, *self._wiring.ends(v_pre, v_post))

    def _advance(self) -> None:
        """Advance the state of the law, then those of the component, by one step."""
        if self._stateful:
            state, dt = self._gating(), brainstate.environ.get_dt()
            ends = self._wiring.ends(*self._voltages())
            new = self.law.advance(state.value, *ends, dt)
            # A step must not change the dtype of a state, because loops of JAX refuse that.
            state.value = new.astype(state.value.dtype)
        component = self._component
        if component.states:
            self._keep(component.advance(self._ends, self._voltages(), self._kept()))

    def _impulses(self, conductance: Value) -> tuple[Impulse, Impulse]:
        """Return the impulses into pre and into post in this step."""
        component = self._component
        factor = scale_now(self.scale, self.edges.n_edges)
        found, kept = component.impulses(self._ends, self._kept(), conductance, factor)
        self._keep(kept)
        return found

    def _network(self, conductance: Value) -> tuple[Laplacian, Value] | None:
        return None if self._by_edges else self._wiring.network(conductance)

    def _flow(self, v_pre: Value, v_post: Value, conductance: Value) -> Currents:
        """Return the currents to put into the populations, computed in the fastest way.

        Only a current that is linear in the voltages is a product with the network's Laplacian.
        """
        if self._by_edges:
            return self._currents(v_pre, v_post, conductance)
        return self._wiring.total(v_pre, v_post, conductance)

    def _into(self, end: int, v_pre: Value, v_post: Value, conductance: Value) -> Any:
        """Return the current of :meth:`_flow` into pre (``end`` is 0) or into post (1) alone."""
        if self._by_edges:
            return self._currents(v_pre, v_post, conductance)[end]
        return self._wiring.into(end, v_pre, v_post, conductance)

    def _currents(self, v_pre: Value, v_post: Value, conductance: Value) -> Currents:
        """Return the currents into the two ends separately, also within one population."""
        along = self._along(conductance, u.get_unit(v_pre))
        return self._wiring.along(v_pre, v_post, conductance, along)

    def _along(self, conductance: Value, volt: u.Unit) -> Along:
        """Return the current along each edge as a function of plain voltages in ``volt``."""
        if not self.symmetric:
            return two_ways(conductance)
        state = self._gating().value if self._stateful else None
        return by_law(self.law, state, conductance, volt)

    def _linearised(
        self, v_pre: Value, v_post: Value, conductance: Value
    ) -> Callable[[Value, Value, Value], Currents]:
        """Return the currents of an instantaneous law as a linear function of the voltages."""
        a, b = (u.get_mantissa(v) for v in self._wiring.ends(v_pre, v_post))
        along = tangent(self._along(conductance, u.get_unit(v_pre)), a, b)
        return lambda x, y, g: self._wiring.along(x, y, g, along)
