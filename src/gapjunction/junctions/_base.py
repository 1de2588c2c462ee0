"""What every junction between two populations has in common."""

from __future__ import annotations

import abc
from collections.abc import Callable
from typing import Any

import brainstate
import jax
import jax.numpy as jnp
import saiunit as u

from gapjunction._checks import check_choice, describe
from gapjunction._hosts import check_current_unit, check_population, voltage_unit
from gapjunction._params import is_parameter, value_of
from gapjunction._typing import ArrayLike, Connection
from gapjunction.connectivity import Edges, as_edges
from gapjunction.coupling import Implicit, check_coupling, with_unit
from gapjunction.junctions._delivery import Delivery
from gapjunction.junctions._flow import Along, Currents, Wiring
from gapjunction.junctions._scale import check_scale, scale_now, scaled
from gapjunction.junctions._voltages import read_voltages
from gapjunction.junctions._weights import as_parameter, check_state
from gapjunction.kernels import LAYOUTS
from gapjunction.laws import Law, Ohmic
from gapjunction.limits import warn_if_unstable


class GapJunction(Delivery):
    """Base of the junctions: edges, conductances, a law, and the way into the populations.

    A subclass says in which shapes conductances come, and what changes them from step to step.
    """

    _symmetric = True
    law: Law = Ohmic()
    """How conductances depend on voltages; a subclass sets another before all else."""

    def __init__(
        self,
        pre: Any,
        pre_state: str,
        post: Any,
        post_state: str,
        conn: Connection,
        weight: ArrayLike | Callable[..., Any] | Any,
        param_type: Callable[[Any], Any] = brainstate.ParamState,
        *,
        coupling: str | Implicit = "stage",
        layout: str | None = None,
        scale: Any = None,
        name: str | None = None,
    ) -> None:
        if not (name is None or isinstance(name, str)):
            raise TypeError(f"name must be a string or None, got {describe(name)}.")
        super().__init__(name=name)
        for label, state in (("pre_state", pre_state), ("post_state", post_state)):
            if not isinstance(state, str):
                raise TypeError(f"{label} must be the name of a state, got {describe(state)}.")
        check_population("pre", pre)
        check_population("post", post)
        if layout is not None:
            check_choice("layout", layout, LAYOUTS)
        self.coupling, self._settings = check_coupling(coupling)
        self.pre_state = pre_state
        self.post_state = post_state
        self.edges: Edges = as_edges(
            conn, tuple(pre.out_size), tuple(post.out_size), same_population=pre is post
        )
        self.weight = as_parameter(
            weight, param_type, self.edges.n_edges, self._weight_shapes(self.edges.n_edges)
        )
        self._check_units(pre, post, u.get_unit(value_of(self.weight)))
        check_scale(scale, self.edges.n_edges)
        self.scale = scale
        self._stateful = check_law(self.law, self._volts(pre, post))
        self._wiring = Wiring(
            self.edges,
            pre is post and pre_state == post_state,
            not self._symmetric,
            layout,
            self._conductance_shape(),
        )
        self._merged = self._wiring.merged and not self._instantaneous
        # Once: limits ask for it again and again.
        self._slope = 1.0 if isinstance(self.law, Ohmic) else self.law.largest_slope()
        # The populations are changed last, when nothing can fail any more.
        self._plug_into(pre, post)
        self._limit_told = warn_if_unstable(self, self._label)

    # After the populations', whose voltages are read.
    @brainstate.nn.call_order(1)
    def init_state(self, *args: Any, **kwargs: Any) -> None:
        """Make the state of the law, as it settles at the present voltages, if it has one.

        Warns if coupling is too strong for the time step, where there was none to tell before.

        Raises
        ------
        ValueError
            If the law has a state, and the populations are not initialised.
        """
        if self._stateful:
            self.gating = brainstate.HiddenState(self._settled())
        if not self._limit_told:
            self._limit_told = warn_if_unstable(self, self._label)

    @brainstate.nn.call_order(1)
    def reset_state(self, *args: Any, **kwargs: Any) -> None:
        """Let the state of the law settle at the present voltages."""
        if self._stateful:
            self._gating().value = self._settled()

    @property
    def pre_ids(self) -> Any:
        """Flat id of each edge's cell in pre, shape ``(n_edges,)``."""
        return self.edges.pre_ids

    @property
    def post_ids(self) -> Any:
        """Flat id of each edge's cell in post, shape ``(n_edges,)``."""
        return self.edges.post_ids

    @property
    def layout(self) -> str:
        """How the network lies in memory; chosen by the shape of graph and conductances."""
        return self._wiring.laplacian.layout(self._conductance_shape()).name

    @staticmethod
    @abc.abstractmethod
    def _weight_shapes(n_edges: int) -> tuple[tuple[int, ...], ...]:
        """Return the accepted shapes of ``weight``; initialisers get the last."""

    def _check_units(self, pre: Any, post: Any, unit: u.Unit) -> None:
        a, b = voltage_unit(pre, self.pre_state), voltage_unit(post, self.post_state)
        if a is not None and b is not None and a.dim != b.dim:
            raise u.UnitMismatchError(
                f"pre_state and post_state must be in the same kind of unit; {self.pre_state!r} is "
                f"in {a} and {self.post_state!r} in {b}."
            )
        check_current_unit("pre", pre, self.pre_state, unit)
        check_current_unit("post", post, self.post_state, unit)

    def conductance(self) -> Any:
        """Return the conductance of each edge now: weight, law, scale and all.

        Returns
        -------
        Quantity or array
            Shape ``(*batch, n_edges)``, with two columns more for a junction that has two.

        Raises
        ------
        ValueError
            If a state is missing, or ``scale`` needs the time and there is none.
        """
        conductance = self._weight()
        if not isinstance(self.law, Ohmic):
            conductance = conductance * self._relative(*self._voltages())
        tail = () if self._symmetric else (2,)
        shape = (*u.math.shape(conductance)[: -1 - len(tail)], self.edges.n_edges, *tail)
        return u.math.broadcast_to(conductance, shape)

    def largest_conductance(self) -> Any:
        """Return the conductance that limits of the time step are computed with.

        It is ``weight`` times the law's largest slope, and times ``scale`` unless that is a
        function of time.
        """
        weight = value_of(self.weight)
        if is_parameter(self.scale) or not callable(self.scale):
            factor = scale_now(self.scale, self.edges.n_edges)
            weight = weight if factor is None else scaled(weight, factor, not self._symmetric)
        return weight if isinstance(self.law, Ohmic) else weight * self._slope

    def _volts(self, pre: Any, post: Any) -> u.Unit | None:
        found = voltage_unit(pre, self.pre_state)
        return voltage_unit(post, self.post_state) if found is None else found

    def _conductance_shape(self) -> tuple[int, ...]:
        """Return the shape of conductances of a step, without batch."""
        shape = tuple(u.math.shape(value_of(self.weight)))
        return shape if self._alike or not self._symmetric else (self.edges.n_edges,)

    @property
    def _instantaneous(self) -> bool:
        return self.law.instantaneous

    @property
    def _alike(self) -> bool:
        """Whether edges with one weight have one conductance."""
        return isinstance(self.law, Ohmic) and self.scale is None

    def _factor(self) -> Any:
        """Return what multiplies weights apart from the law: a number, or one for each edge."""
        return scale_now(self.scale, self.edges.n_edges)

    def _read(self) -> tuple[Any, Any, Any]:
        """Return V_pre, V_post and the conductance, of which the user may change any.

        What follows the voltages within the step is not in the conductance.
        """
        v_pre, v_post = self._voltages()
        weight = self._weight()
        if not (isinstance(self.law, Ohmic) or self._instantaneous):
            weight = weight * self._relative(v_pre, v_post)
        return v_pre, v_post, weight

    def _weight(self) -> Any:
        """Return the conductance without what the law makes of it."""
        # Once: a Param computes its transform at each reading.
        weight = value_of(self.weight)
        check_state(weight, self.edges.n_edges, self._weight_shapes(self.edges.n_edges))
        self._check_units(self.pre, self.post, u.get_unit(weight))
        factor = self._factor()
        return weight if factor is None else scaled(weight, factor, not self._symmetric)

    def _voltages(self) -> tuple[Any, Any]:
        return read_voltages(self.pre, self.pre_state, self.post, self.post_state)

    def _gating(self) -> Any:
        if not isinstance(getattr(self, "gating", None), brainstate.State):
            raise ValueError(
                f"{self._label} has no state yet: call its init_state(), or "
                "brainstate.nn.init_all_states(model), after its populations are initialised."
            )
        return self.gating

    def _settled(self) -> jax.Array:
        return self.law.initial(*self._wiring.ends(*self._voltages()))

    def _relative(self, v_pre: Any, v_post: Any) -> jax.Array:
        """Return what the law makes of the conductance of each edge."""
        state = self._gating().value if self._stateful else None
        return self.law.conductance(state, *self._wiring.ends(v_pre, v_post))

    def _advance(self) -> None:
        """Take what changes conductances one step further."""
        if self._stateful:
            state, dt = self._gating(), brainstate.environ.get_dt()
            ends = self._wiring.ends(*self._voltages())
            new = self.law.advance(state.value, *ends, dt)
            state.value = new.astype(state.value.dtype)

    def _flow(self, v_pre: Any, v_post: Any, conductance: Any) -> Currents:
        """Return the currents to put into the populations, in the fastest way."""
        if self._instantaneous:
            return self._currents(v_pre, v_post, conductance)
        return self._wiring.total(v_pre, v_post, conductance)

    def _currents(self, v_pre: Any, v_post: Any, conductance: Any) -> Currents:
        """Return the currents into each end by itself."""
        along = self._along(conductance, u.get_unit(v_pre))
        return self._wiring.along(v_pre, v_post, conductance, along)

    def _along(self, conductance: Any, volt: u.Unit) -> Along:
        """Return the current along each edge as a function of plain voltages."""
        plain, law = u.get_mantissa(conductance), self.law
        state = self._gating().value if self._stateful else None

        def current(a: jax.Array, b: jax.Array) -> tuple[jax.Array, jax.Array]:
            g, dv = jnp.asarray(plain, a.dtype), a - b
            if not self._symmetric and g.shape not in ((), (1,)):
                return dv * g[..., 0], dv * g[..., 1]
            if law.instantaneous:
                g = g * law.conductance(state, with_unit(a, volt), with_unit(b, volt))
            return dv * g, dv * g

        return current

    def _linearised(
        self, v_pre: Any, v_post: Any, conductance: Any
    ) -> Callable[[Any, Any, Any], Currents]:
        """Return the currents of an instantaneous law as a linear function of the voltages.

        The tangent at the present voltage differences; where it falls, which no implicit step
        could be relied on with, the present current.
        """
        volt = u.get_unit(v_pre)
        current = self._along(conductance, volt)
        a, b = (u.get_mantissa(v) for v in self._wiring.ends(v_pre, v_post))
        half = jnp.full_like(a, 0.5)
        now, slope = jax.jvp(lambda a, b: current(a, b)[0], (a, b), (half, -half))
        slope = jnp.maximum(slope, 0)

        def along(x: jax.Array, y: jax.Array) -> tuple[jax.Array, jax.Array]:
            found = now + slope * ((x - y) - (a - b))
            return found, found

        return lambda x, y, g: self._wiring.along(x, y, g, along)


def check_law(law: Any, volt: u.Unit | None) -> bool:
    """Return whether a law has a state; refuse what is no law, or does not fit the voltages."""
    if not isinstance(law, Law):
        raise TypeError(f"law must be one of gapjunction.laws, or a Law, got {describe(law)}.")
    if isinstance(law, Ohmic):
        return False
    if volt is not None and volt.dim != u.mV.dim:
        raise u.UnitMismatchError(
            f"law must be Ohmic between populations whose voltages are in {volt}, "
            f"got {describe(law)}."
        )
    state = jax.eval_shape(
        lambda a, b: law.initial(a * u.mV, b * u.mV), *[jax.ShapeDtypeStruct((1,), jnp.float32)] * 2
    )
    return state is not None
