"""What every junction between two populations has in common."""

from __future__ import annotations

import abc
from collections.abc import Callable
from typing import Any, NamedTuple

import brainpy.state
import brainstate
import jax
import jax.numpy as jnp
import saiunit as u
from brainstate.util import get_unique_name

from gapjunction._checks import describe
from gapjunction._hosts import (
    check_current_unit,
    check_population,
    keeps_arrays,
    read_state,
    voltage_unit,
)
from gapjunction._params import value_of
from gapjunction._typing import ArrayLike, Connection
from gapjunction.connectivity import Edges, as_edges
from gapjunction.coupling import (
    Coupler,
    Implicit,
    Request,
    Terminal,
    Update,
    as_plain,
    check_coupling,
    with_unit,
)
from gapjunction.junctions._weights import as_parameter, check_state
from gapjunction.kernels import accumulate, flatten_cells, working_dtype
from gapjunction.limits import warn_if_unstable


class Currents(NamedTuple):
    """The currents a junction puts into its two populations, inward-positive."""

    pre: Any
    """Into pre, shape of V_pre."""
    post: Any
    """Into post, shape of V_post."""


class GapJunction(brainpy.state.Projection):
    """Base of the junctions: edges, conductances, and the way into the populations.

    A subclass says which current flows along an edge, in :meth:`_edge_currents`, and whether what
    it takes from one end it gives to the other.
    """

    _symmetric: bool

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
        self._prepare(pre, post)
        # The populations are changed last, when nothing can fail any more.
        self._plug_into(pre, post)
        self._limit_told = warn_if_unstable(self, self._label)

    def init_state(self, *args: Any, **kwargs: Any) -> None:
        """Warn if coupling is too strong for the time step, where there was none to tell before.

        There is nothing to initialise: a junction has no state but its conductance.
        """
        if not self._limit_told:
            self._limit_told = warn_if_unstable(self, self._label)

    @property
    def pre(self) -> Any:
        """The population that edges start at."""
        return self._host(self._pre_end)

    @property
    def post(self) -> Any:
        """The population that edges end at."""
        return self._host(self._post_end)

    @property
    def pre_ids(self) -> Any:
        """Flat id of each edge's cell in pre, shape ``(n_edges,)``."""
        return self.edges.pre_ids

    @property
    def post_ids(self) -> Any:
        """Flat id of each edge's cell in post, shape ``(n_edges,)``."""
        return self.edges.post_ids

    def update(self, *args: Any, **kwargs: Any) -> Any:
        """Put this step's current into both populations.

        Call it before the populations step. Arguments are ignored, as in `brainpy.state`.

        Returns
        -------
        Quantity or array
            Minus the current into pre at the present voltages, shape of V_pre. What pre receives
            in a ``'semi_implicit'`` or ``'implicit'`` step is that at voltages yet to come.

        Raises
        ------
        ValueError
            If a state is missing (populations not initialised), the populations have different
            batches, or the populations have stepped before in the same traced function.
        """
        self._pre_end.check_order()
        self._post_end.check_order()
        v_pre, v_post, conductance = self._read()
        flow = self._flow(v_pre, v_post, conductance)
        # Inside of transformations, what nobody uses is not computed.
        leaving = -(self._currents(v_pre, v_post, conductance) if self._merged else flow).pre
        now = Update()
        if self._couplers is not None:
            request = self._request(self._couplers, v_pre, v_post, conductance, flow, now)
            for coupler in dict.fromkeys(self._couplers):
                coupler.put(request)
            # Nothing waits at the terminals but what tells them that there was an update.
            self._post_end.put(0, None, now)
            self._pre_end.put(0, None, now)
            return leaving
        later_pre, later_post = self._stages(v_pre, v_post, conductance, flow)
        self._post_end.put(flow.post, later_post, now)
        self._pre_end.put(flow.pre, later_pre, now)
        return leaving

    def current(self) -> Any:
        """Return what :meth:`update` would return now, without putting current anywhere.

        Returns
        -------
        Quantity or array
            Minus the current that pre would receive, shape of V_pre.
        """
        return -self.currents().pre

    def currents(self) -> Currents:
        """Return the currents into both populations at their present voltages.

        Nothing is put anywhere. A population coupled to itself receives the sum of the two.

        Returns
        -------
        Currents
            Named pair ``(pre, post)``, inward-positive.
        """
        return self._currents(*self._read())

    @staticmethod
    @abc.abstractmethod
    def _weight_shapes(n_edges: int) -> tuple[tuple[int, ...], ...]:
        """Return the accepted shapes of ``weight``; initialisers get the last."""

    @staticmethod
    @abc.abstractmethod
    def _edge_currents(dv: jax.Array, weight: jax.Array) -> tuple[jax.Array, jax.Array]:
        """Return the current into post and out of pre along each edge.

        Parameters
        ----------
        dv : jax.Array
            V_pre - V_post, shape ``(*batch, n_edges)``.
        weight : jax.Array
            Conductance in one of the shapes of :meth:`_weight_shapes`.
        """

    def _check_units(self, pre: Any, post: Any, unit: u.Unit) -> None:
        a, b = voltage_unit(pre, self.pre_state), voltage_unit(post, self.post_state)
        if a is not None and b is not None and a.dim != b.dim:
            raise u.UnitMismatchError(
                f"pre_state and post_state must be in the same kind of unit; {self.pre_state!r} is "
                f"in {a} and {self.post_state!r} in {b}."
            )
        check_current_unit("pre", pre, self.pre_state, unit)
        check_current_unit("post", post, self.post_state, unit)

    def _read(self) -> tuple[Any, Any, Any]:
        """Return V_pre, V_post and the conductance, of which the user may change any."""
        v_pre, v_post = self._voltages()
        # Once: a Param computes its transform at each reading.
        weight = value_of(self.weight)
        check_state(weight, self.edges.n_edges, self._weight_shapes(self.edges.n_edges))
        self._check_units(self.pre, self.post, u.get_unit(weight))
        return v_pre, v_post, weight

    def _voltages(self) -> tuple[Any, Any]:
        pre, post = self.pre, self.post
        v_pre = read_state("pre", pre, self.pre_state)
        v_post = read_state("post", post, self.post_state)
        batches = []
        for label, host, v in (("pre", pre, v_pre), ("post", post, v_post)):
            shape, cells = tuple(u.math.shape(v)), tuple(host.out_size)
            if shape[len(shape) - len(cells) :] != cells or len(shape) < len(cells):
                raise ValueError(
                    f"{label}_state must have the population's shape {cells}, behind any batch "
                    f"dimensions; it has {shape}."
                )
            batches.append(shape[: len(shape) - len(cells)])
        if batches[0] != batches[1]:
            raise ValueError(
                f"pre and post must be initialised with the same batch, got the batch shapes "
                f"{batches[0]} and {batches[1]}: current between them would change the shape of "
                "a voltage."
            )
        return v_pre, v_post

    def _currents(self, v_pre: Any, v_post: Any, conductance: Any) -> Currents:
        edges, volt = self.edges, u.get_unit(v_pre)
        unit = volt * u.get_unit(conductance)
        a = jnp.asarray(u.get_mantissa(v_pre))
        b = jnp.asarray(u.get_mantissa(u.Quantity(v_post).in_unit(volt)))
        dtype = working_dtype(a.dtype, b.dtype)
        dv = _gather(a, edges.pre_ids, edges.pre_size, dtype)
        dv = dv - _gather(b, edges.post_ids, edges.post_size, dtype)
        into_post, out_of_pre = self._edge_currents(
            dv, jnp.asarray(u.get_mantissa(conductance), dtype)
        )
        post = accumulate(into_post, edges.post_ids, edges.post_size, b.dtype)
        pre = accumulate(out_of_pre, edges.pre_ids, edges.pre_size, a.dtype)
        return Currents(with_unit(-pre, unit), with_unit(post, unit))

    _merged = False
    """Whether :meth:`_flow` returns all in ``post``, the currents of both ends of the edges."""

    def _prepare(self, pre: Any, post: Any) -> None:
        """Make what a subclass needs for its steps, once edges and conductances are there."""

    def _flow(self, v_pre: Any, v_post: Any, conductance: Any) -> Currents:
        """Return the currents to put into the populations."""
        return self._currents(v_pre, v_post, conductance)

    def _request(
        self,
        couplers: tuple[Coupler, Coupler],
        v_pre: Any,
        v_post: Any,
        conductance: Any,
        flow: Currents,
        now: Update,
    ) -> Request:
        """Return what couplers need to know to solve for the voltages of the step."""
        volt = _canonical(u.get_unit(v_pre))
        ampere = _canonical(u.get_unit(v_pre) * u.get_unit(conductance))

        def plain(law: Callable[..., Currents]) -> Callable[..., tuple[jax.Array, jax.Array]]:
            def currents(a: jax.Array, b: jax.Array) -> tuple[jax.Array, jax.Array]:
                found = law(with_unit(a, volt), with_unit(b, volt), conductance)
                return as_plain(found.pre, ampere), as_plain(found.post, ampere)

            return currents

        return Request(
            owner=self._post_end,
            ends=couplers,
            states=(self.pre_state, self.post_state),
            voltages=(as_plain(v_pre, volt), as_plain(v_post, volt)),
            currents=plain(self._currents),
            flow=plain(self._flow),
            now=(as_plain(flow.pre, ampere), as_plain(flow.post, ampere)),
            volt=volt,
            ampere=ampere,
            symmetric=self._symmetric,
            mode=self._settings if self.coupling == "implicit" else None,
            update=now,
        )

    def _stages(
        self, v_pre: Any, v_post: Any, conductance: Any, now: Currents
    ) -> tuple[Callable[..., Any] | None, Callable[..., Any] | None]:
        """Return what pre and post get at the later stages of a multi-stage step.

        Each population's own voltage is the stage's; the other population's stays that of the
        instant of ``update()``, so that it does not matter which one steps first.
        """
        if self.coupling == "step":
            # As the host has it with arrays.
            return (
                (lambda *args: now.pre) if keeps_arrays(self.pre) else None,
                (lambda *args: now.post) if keeps_arrays(self.post) else None,
            )
        both = self.pre is self.post and self.pre_state == self.post_state

        def into_pre(*args: Any) -> Any:
            v = _stage_voltage(self, self.pre_state, v_pre, args)
            if v is None:
                return now.pre
            return self._flow(v, v if both else v_post, conductance).pre

        def into_post(*args: Any) -> Any:
            v = _stage_voltage(self, self.post_state, v_post, args)
            if v is None:
                return now.post
            return self._flow(v if both else v_pre, v, conductance).post

        return into_pre, into_post

    def _plug_into(self, pre: Any, post: Any) -> None:
        self._post_end = Terminal(post, get_unique_name("gap_junction_post"), self._label)
        self._pre_end = Terminal(pre, get_unique_name("gap_junction_pre"), self._label)
        self._post_end.connect()
        self._pre_end.connect()
        self._couplers: tuple[Coupler, Coupler] | None = None
        if self.coupling in ("semi_implicit", "implicit"):
            self._couplers = (Coupler.of(pre), Coupler.of(post))

    @property
    def _label(self) -> str:
        return f"{type(self).__name__} {self.name!r}" if self.name else type(self).__name__

    def _host(self, end: Terminal) -> Any:
        if end.host is None:
            raise ValueError(
                f"{type(self).__name__} is a clone that was made without its populations: clone "
                "the model that holds them all."
            )
        return end.host

    def __copy__(self) -> GapJunction:
        # Sharing the ends would let one junction's current replace the other's.
        new = object.__new__(type(self))
        new.__dict__.update(self.__dict__)
        new._plug_into(self.pre, self.post)
        return new

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> GapJunction:
        # The populations are copied too: a copy of the junction alone would couple nothing.
        return brainstate.graph.clone((self.pre, self.post, self))[2]


def _stage_voltage(junction: GapJunction, state: str, now: Any, args: tuple[Any, ...]) -> Any:
    """Return the voltage that the population gave with its request; None for another state."""
    if state != "V":
        return None
    v = args[0] if args else None
    if v is None or u.math.shape(v) != u.math.shape(now) or u.get_dim(v) != u.get_dim(now):
        raise ValueError(
            f"coupling='stage' of {type(junction).__name__} needs a population that passes its V "
            f"to sum_current_inputs(x, V); got {describe(v)}. Use coupling='step' with this one."
        )
    return v


def _canonical(unit: u.Unit) -> u.Unit:
    """Return one unit for all of its dimension, so that several junctions add up."""
    for common in (u.mV, u.nA, u.uA / u.cm**2):
        if unit.dim == u.get_unit(common).dim:
            return u.get_unit(common)
    return unit


def _gather(v: jax.Array, ids: Any, size: tuple[int, ...], dtype: Any) -> jax.Array:
    cells = flatten_cells(v, size)
    # Ids were checked when the edges were made; saying so spares a bounds test per edge.
    return cells.at[..., ids].get(mode="promise_in_bounds").astype(dtype)
