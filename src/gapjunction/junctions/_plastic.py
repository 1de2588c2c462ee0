"""Junctions whose strength changes with the activity of their cells."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, final

import brainstate

from gapjunction._checks import describe
from gapjunction._typing import ArrayLike, Connection
from gapjunction.coupling import Mode
from gapjunction.junctions._base import GapJunction
from gapjunction.junctions._component import Component
from gapjunction.junctions._couples import Couples, ends_of
from gapjunction.junctions._per import Per
from gapjunction.junctions._plasticity import Plasticity
from gapjunction.junctions._scale import Scale
from gapjunction.junctions._weights import Weight
from gapjunction.laws import Law, Ohmic
from gapjunction.plasticity import Rule


@final
class PlasticGapJunction(GapJunction):
    r"""Electrical coupling whose strength depends on the activity of its cells.

    The conductance of an edge is ``weight`` times its strength, times the value of a law. A rule
    changes the strength. For that it keeps *traces* of each cell, such as its filtered spike train,
    or one of its states.

    Parameters
    ----------
    couples, states, conn, weight, param_type
        As in :class:`SymmetryGapJunction`; ``weight`` is the conductance at a strength of 1.
    rule : gapjunction.plasticity.Rule
        What changes the strength: ``BurstSpike``, ``FollowsState``, or a rule of your own.
    law : gapjunction.laws.Law, default gapjunction.laws.Ohmic()
        How the conductance depends on voltages.
    threshold : Quantity, optional
        A cell spikes where its voltage crosses this one upwards: one value, or one for each cell;
        by default the population's ``V_th``. It is not used for populations that reset their
        voltage, whose spikes are known.
    coupling, layout, scale, per, name
        As in :class:`VoltageGatedGapJunction`.

    Attributes
    ----------
    strength : brainstate.HiddenState
        Strength of each edge, shape ``(*batch, n_edges)``. It exists after :meth:`init_state`.
    traces : brainstate.ShortTermState
        A tuple with the traces of the cells of pre and those of the cells of post. It has one item
        for a population that is coupled to itself.

    Raises
    ------
    TypeError, ValueError, saiunit.UnitMismatchError
        As in :class:`SymmetryGapJunction`; a TypeError if ``rule`` is not a Rule or ``law`` is not
        a Law; an error if ``threshold`` is not a finite voltage in the shape of the cells, or is
        not used; and an error if the rule reads spikes, but those of a population are not known,
        because it may reset its voltage within the step of a spike.

    Notes
    -----
    ``update()`` is called between two steps. It first advances the state of the law, then the
    traces by the step that has ended, and then the strength to the end of the step that follows.
    Rules do not see what happens within a step. A population of your own that resets its voltage
    must therefore keep the voltage of a spike until its next step, and states this by a method
    ``after_reset(V)`` that returns the V from which its step starts. A population resets if it has
    an attribute ``V_reset``, or an attribute ``resets`` that is true. In any other population, a
    cell spikes if its voltage has crossed the threshold from one ``update()`` to the next.

    Examples
    --------
    Two cells that burst together, at 250 Hz, drift apart:

    >>> import brainpy, brainstate, jax.numpy as jnp, saiunit as u
    >>> import gapjunction as gj
    >>> cells = brainpy.state.LIF(
    ...     2, R=1 * u.Gohm, V_rest=-70 * u.mV, V_reset=-70 * u.mV, V_th=-50 * u.mV)
    >>> rule = gj.plasticity.BurstSpike(depression=1e-3 / u.ms, potentiation=2e-3)
    >>> gap = gj.PlasticGapJunction(cells, 'V', ([0], [1]), 2 * u.nS, rule=rule)
    >>> cells.init_state()
    >>> gap.init_state()
    >>> def step(i):
    ...     cells.V.value = jnp.where(i % 40 == 0, -40., -70.) * jnp.ones(2) * u.mV
    ...     gap()
    ...     return gap.conductance()
    >>> with brainstate.environ.context(dt=0.1 * u.ms):
    ...     g = brainstate.transform.for_loop(step, jnp.arange(1000))
    >>> print(f'{g[0, 0].to_decimal(u.nS):.2f} -> {g[-1, 0].to_decimal(u.nS):.2f} nS')
    2.00 -> 1.87 nS
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
        rule: Rule,
        law: Law | None = None,
        threshold: ArrayLike | None = None,
        coupling: str | Mode = "stage",
        layout: str | None = None,
        scale: Scale | None = None,
        per: Per | None = None,
        name: str | None = None,
    ) -> None:
        if not isinstance(rule, Rule):
            raise TypeError(
                f"rule must be one of gapjunction.plasticity, or a Rule, got {describe(rule)}."
            )
        self.rule = rule
        self.threshold = threshold
        super().__init__(
            *ends_of(couples, states),
            conn,
            weight,
            param_type,
            law=Ohmic() if law is None else law,
            coupling=coupling,
            layout=layout,
            scale=scale,
            per=per,
            name=name,
        )

    @property
    def _component(self) -> Component:
        return Plasticity(self.rule, self.threshold)
