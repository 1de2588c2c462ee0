"""What a junction may have in addition to edges, conductances, a law and a scale."""

from __future__ import annotations

import abc
from typing import Any, ClassVar, TypeAlias, final

import brainstate
import jax

from gapjunction._typing import Value
from gapjunction.coupling import Impulse
from gapjunction.junctions._ends import Ends

Kept: TypeAlias = dict[str, Any]
"""The values of a component's states, by name."""

Voltages: TypeAlias = tuple[Any, Any]
"""V_pre and V_post."""


class Component(abc.ABC):
    """Plasticity or spikelets: a part of a junction with states of its own.

    The states are attributes of the junction, which makes them and keeps their values. Like a law,
    a component only holds parameters and has functions of these values.
    """

    states: ClassVar[dict[str, type[brainstate.State]]]
    """Names and kinds of its states."""

    missing: ClassVar[str]
    """What a junction lacks as long as its states do not exist, for the error message."""

    alike: ClassVar[bool]
    """Whether the conductances of all edges stay equal if ``weight`` is one number."""

    @property
    @abc.abstractmethod
    def largest_factor(self) -> float:
        """The largest factor on the conductances."""

    @abc.abstractmethod
    def check(self, ends: Ends) -> None:
        """Raise an error if the populations are unsuitable; called before they are changed."""

    @abc.abstractmethod
    def initial(self, ends: Ends, voltages: Voltages) -> Kept:
        """Return the values that the states start with."""

    @abc.abstractmethod
    def advance(self, ends: Ends, voltages: Voltages, kept: Kept) -> Kept:
        """Return the values at the next step."""

    @abc.abstractmethod
    def factor(self, kept: Kept) -> jax.Array | None:
        """Return the factor on the conductance of each edge; None for 1."""

    @abc.abstractmethod
    def start(self, ends: Ends, voltages: Voltages) -> Voltages:
        """Return the voltages from which the coming step of the populations starts."""

    @abc.abstractmethod
    def impulses(
        self, ends: Ends, kept: Kept, conductance: Value, factor: jax.Array | None
    ) -> tuple[tuple[Impulse, Impulse], Kept]:
        """Return what pre and post get apart from the current, and the new values of the states.

        Parameters
        ----------
        ends : Ends
            The junction's populations and edges.
        kept : dict
            The values of the states.
        conductance : Quantity or array
            The present conductance of the edges.
        factor : array or None
            The factor of ``scale``, which ``conductance`` contains; None for 1.
        """


def kept_by(junction: object, component: Component, label: str) -> Kept:
    """Return the values of a component's states; raise an error if they do not exist yet."""
    found = {key: getattr(junction, key, None) for key in component.states}
    if not all(isinstance(state, brainstate.State) for state in found.values()):
        raise ValueError(
            f"{label} {component.missing}: call its init_state(), or "
            "brainstate.nn.init_all_states(model), after its populations are initialised."
        )
    return {key: state.value for key, state in found.items() if state is not None}


@final
class Nothing(Component):
    """Nothing in addition to edges, conductances, a law and a scale."""

    states: ClassVar[dict[str, type[brainstate.State]]] = {}
    missing: ClassVar[str] = ""
    alike: ClassVar[bool] = True
    largest_factor = 1.0

    def check(self, ends: Ends) -> None:
        """Accept all populations."""

    def initial(self, ends: Ends, voltages: Voltages) -> Kept:
        """Return no values: there are no states."""
        return {}

    def advance(self, ends: Ends, voltages: Voltages, kept: Kept) -> Kept:
        """Return no values: there are no states."""
        return {}

    def factor(self, kept: Kept) -> None:
        """Return no factor."""
        return

    def start(self, ends: Ends, voltages: Voltages) -> Voltages:
        """Return the present voltages."""
        return voltages

    def impulses(
        self, ends: Ends, kept: Kept, conductance: Value, factor: jax.Array | None
    ) -> tuple[tuple[Impulse, Impulse], Kept]:
        """Return no impulses."""
        return (Impulse(), Impulse()), {}
