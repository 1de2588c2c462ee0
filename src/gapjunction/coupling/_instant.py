"""A junction as it is at one instant."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

import jax
import saiunit as u

from gapjunction._typing import Value
from gapjunction.coupling._coupler import Coupler
from gapjunction.coupling._deposit import Update
from gapjunction.coupling._inlet import Inlet
from gapjunction.coupling._intake import canonical, number, unit_at
from gapjunction.coupling._ohmic import Network
from gapjunction.coupling._plain import as_plain, with_unit
from gapjunction.coupling._port import Port
from gapjunction.coupling._request import Request
from gapjunction.coupling._solve import Settings
from gapjunction.kernels import Laplacian


class Currents(NamedTuple):
    """The currents that a junction puts into its two populations, inward-positive."""

    pre: Any
    """Current into pre, shape of V_pre."""
    post: Any
    """Current into post, shape of V_post."""


class Impulse(NamedTuple):
    """A charge that a population gets in one step, apart from the current along its junctions.

    It is given either as a jump of the voltage, or as a current that lasts for the step.
    """

    kick: Any = None
    """Jump of the voltage, or None."""
    current: Any = None
    """Current during the step, for populations that do not add delta inputs to their voltage."""

    def and_current(self, current: Value | int) -> Any:
        """Return the sum of a current and the current of this impulse."""
        if self.current is None:
            return current
        # A plain 0 has no unit to add to.
        return self.current if isinstance(current, int) else current + self.current

    def and_later(self, later: Callable[..., Any] | None) -> Callable[..., Any] | None:
        """Return a current at later evaluations of the step with that of this impulse."""
        if self.current is None:
            return later
        return lambda *args: self.and_current(0 if later is None else later(*args))


CurrentsAt: TypeAlias = Callable[[Value, Value], Currents]
"""``f(v_pre, v_post)``: the currents into both populations at these voltages."""


@dataclasses.dataclass(frozen=True, eq=False)
class Instant:
    """A junction at the instant of its ``update()``: its conductances and states stand still.

    This is all that a coupling mode knows of a junction, whatever its law.

    Parameters
    ----------
    name : str
        The junction's class, and its name if it has one, for messages.
    ports : tuple of two Ports
        Those of pre and of post.
    keys : tuple of two str
        The keys of the junction in pre and in post.
    states : tuple of two str
        The states that are coupled.
    voltages : tuple of two Quantity or array
        Their values.
    before : tuple of two Quantity or array, or None
        Their values one step before, where the mode remembers them.
    now : Currents
        The currents at ``voltages``.
    flow : callable
        The currents at any voltages, in the fastest form. Where both ends are the same voltages of
        one population, only the sum of its two results is meaningful.
    into : callable
        ``into(end, v_pre, v_post)``: what ``flow`` gives for one end alone, 0 for pre, 1 for post.
    tangent : callable
        ``tangent(v_pre, v_post)`` returns two functions of the voltages that are affine, and equal
        the currents to first order near the given ones: ``flow``, and one whose two results are
        meaningful by themselves.
    network : tuple of Laplacian and Quantity or array, or None
        The operator and the conductances of an ohmic junction within one population.
    within : bool
        Whether both ends are the same voltages of one population.
    symmetric : bool
        Whether the tangent, as a matrix over all cells, is symmetric.
    inlets : tuple of two Inlets
        How the currents get into pre and into post.
    impulses : tuple of two Impulses
        What pre and post get apart from the current.
    update : Update
        The call of the junction.
    spread : bool
        Whether the cells of the junction are spread over devices.
    """

    __module__ = "gapjunction.coupling"

    name: str
    ports: tuple[Port, Port]
    keys: tuple[str, str]
    states: tuple[str, str]
    voltages: tuple[Value, Value]
    before: tuple[Value, Value] | None
    now: Currents
    flow: CurrentsAt
    into: Callable[[int, Value, Value], Any]
    tangent: Callable[[Value, Value], tuple[CurrentsAt, CurrentsAt]]
    network: tuple[Laplacian, Value] | None
    within: bool
    symmetric: bool
    inlets: tuple[Inlet, Inlet]
    impulses: tuple[Impulse, Impulse]
    update: Update
    spread: bool = False

    def put(
        self,
        current: tuple[Any, Any],
        later: tuple[Callable[..., Any] | None, Callable[..., Any] | None] = (None, None),
    ) -> None:
        """Leave currents for the coming step of pre and of post.

        Parameters
        ----------
        current : tuple of two
            Into pre and into post, at the first evaluation of their membrane equations.
        later : tuple of two callables or None
            ``later(V)`` for further evaluations; None where these get no current. With ``joined``
            ends it is called with the voltages of its own end and of the other one.
        """
        # Post first: it is the order in which brainpy.state adds its inputs.
        for k in (1, 0):
            impulse = self.impulses[k]
            now = self.inlets[k].into(impulse.and_current(current[k]))
            after = self._entering(k, impulse.and_later(later[k]))
            self.ports[k].parts.deposits.put(
                self.keys[k], self.name, now, after, self.update, impulse.kick
            )

    @property
    def joined(self) -> bool:
        """Whether the ends are two different parts of one population, which steps both at once."""
        return not self.within and self.ports[0] is self.ports[1] and self.is_part

    @property
    def is_part(self) -> bool:
        """Whether an end is a part of the population that steps."""
        return any(inlet.part is not None for inlet in self.inlets)

    def _entering(self, k: int, later: Callable[..., Any] | None) -> Callable[..., Any] | None:
        """Return a function that gives a current of one end as one that the population takes."""
        own, other = self.inlets[k], self.inlets[1 - k]
        if later is None:
            return None
        if own.part is None and own.per is None:
            return later
        if own.part is None:
            return lambda *args: own.into(later(*args))

        def entering(*args: Any) -> Any:
            ends = (own, other) if self.joined else (own,)
            return own.into(later(*(end.seen(args[0]) for end in ends if args)))

        return entering

    def ask(self, settings: Settings | None) -> None:
        """Ask for currents that are solved together with the coming step.

        Parameters
        ----------
        settings : Settings or None
            How to solve for all voltages together; None where neighbours keep their voltages.
        """
        volt = canonical(u.get_unit(self.voltages[0]))
        own = u.get_unit(self.now.post)
        ampere = canonical(own)
        a, b = (as_plain(v, volt) for v in self.voltages)
        flow, each = self.tangent(with_unit(a, volt), with_unit(b, volt))

        def plain(law: CurrentsAt) -> Callable[..., tuple[jax.Array, jax.Array]]:
            """Return a law between quantities as one between plain arrays in volt and ampere."""

            def currents(a: jax.Array, b: jax.Array) -> tuple[jax.Array, jax.Array]:
                found = law(with_unit(a, volt), with_unit(b, volt))
                return as_plain(found.pre, ampere), as_plain(found.post, ampere)

            return currents

        pers = [inlet.per for inlet in self.inlets]
        inputs = [canonical(unit_at(ampere, per)) for per in pers]
        divisors = [
            None if per is None else number(per, ampere, unit)
            for per, unit in zip(pers, inputs, strict=True)
        ]
        network = None
        if self.network is not None:
            laplacian, conductance = self.network
            siemens = u.get_unit(ampere / volt)
            network = Network(laplacian, as_plain(conductance, siemens))
        pre, post = (port.parts.coupler for port in self.ports)
        picks = self.inlets[0].picks
        request: Request[Coupler] = Request(
            keys=self.keys,
            ends=(pre, post),
            states=self.states,
            voltages=(a, b),
            currents=plain(each),
            flow=plain(flow),
            volt=volt,
            inputs=(inputs[0], inputs[1]),
            given=(unit_at(own, pers[0]), unit_at(own, pers[1])),
            divisors=(divisors[0], divisors[1]),
            network=network,
            picks=(picks, picks if self.within else self.inlets[1].picks),
            touched=(self.inlets[0].touched, self.inlets[1].touched),
            symmetric=self.symmetric,
            settings=settings,
            update=self.update,
            spread=self.spread,
        )
        for coupler in dict.fromkeys((pre, post)):
            coupler.put(request)
        # The current comes from the couplers. A deposit of 0 is left nevertheless: it brings the
        # impulse, and it serves to check that junction and population are called in the right order
        # and in the same function.
        self.put((0, 0))
