"""Junctions whose conductance depends on voltages, by a law."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, final

import brainstate

from gapjunction._typing import Connection
from gapjunction.coupling import Mode
from gapjunction.junctions._base import GapJunction
from gapjunction.junctions._component import Component, Nothing
from gapjunction.junctions._couples import Couples, ends_of
from gapjunction.junctions._per import Per
from gapjunction.junctions._scale import Scale
from gapjunction.junctions._weights import Weight
from gapjunction.laws import Law, Rectifier


@final
class RectifyingGapJunction(GapJunction):
    r"""Electrical coupling that passes current better in one direction than in the other.

    The current into post, and out of pre, is :math:`w\,s(V_j)\,V_j` with
    :math:`V_j = V_{pre} - V_{post}`. Unlike with two conductances, charge is conserved. It matters
    which cell of an edge is pre. The conductance follows the voltages without delay.

    Parameters
    ----------
    couples, states, conn, weight, param_type
        As in :class:`SymmetryGapJunction`; ``weight`` is the conductance where ``s`` is 1.
    law : gapjunction.laws.Law, default gapjunction.laws.Rectifier()
        The function ``s``: a sigmoid by default; ``Olive()``, which is bell-shaped; or a law of
        your own.
    coupling, layout, scale, per, name
        As in :class:`SymmetryGapJunction`. With ``'semi_implicit'`` and ``'implicit'`` the current
        of each edge follows its tangent at the present voltages, which is one step of Newton's
        method and keeps the order of the step. Where the current falls with rising voltage
        difference, it keeps its value at the present voltages.

    Raises
    ------
    TypeError, ValueError, saiunit.UnitMismatchError
        As in :class:`SymmetryGapJunction`, and a TypeError if ``law`` is not a Law.

    See Also
    --------
    VoltageGatedGapJunction : Conductance that may follow the voltage difference with a delay.

    Examples
    --------
    >>> import brainpy, saiunit as u
    >>> import gapjunction as gj
    >>> cells = brainpy.state.LIF(2, R=1 * u.Gohm, V_rest=-70 * u.mV, V_th=-50 * u.mV)
    >>> gap = gj.RectifyingGapJunction(
    ...     cells, 'V', ([0], [1]), 2 * u.nS, law=gj.laws.Rectifier(slope=3 * u.mV, s_min=0.1))
    >>> cells.init_state()
    >>> cells.V.value = [-40., -70.] * u.mV
    >>> print(f'{gap.conductance()[0].to_decimal(u.nS):.3f} nS')
    2.000 nS
    >>> cells.V.value = [-70., -40.] * u.mV
    >>> print(f'{gap.conductance()[0].to_decimal(u.nS):.3f} nS')
    0.200 nS

    Two conductances, 5 nS for current from pre to post and 1 nS for current from post to pre:

    >>> two = gj.laws.Rectifier(slope=0 * u.mV, s_min=1 / 5)
    >>> gap = gj.RectifyingGapJunction(cells, 'V', ([0], [1]), 5 * u.nS, law=two)
    >>> print(gap.conductance().in_unit(u.nS))
    [1.] nS
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
        law: Law | None = None,
        coupling: str | Mode = "stage",
        layout: str | None = None,
        scale: Scale | None = None,
        per: Per | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(
            *ends_of(couples, states),
            conn,
            weight,
            param_type,
            law=Rectifier() if law is None else law,
            coupling=coupling,
            layout=layout,
            scale=scale,
            per=per,
            name=name,
        )

    @property
    def _component(self) -> Component:
        return Nothing()


@final
class VoltageGatedGapJunction(GapJunction):
    r"""Electrical coupling through channels that the voltage difference closes.

    Channels of connexins close when the voltages of their two cells differ, by tens of mV and in
    tens of ms to seconds. The conductance of an edge is ``weight`` times the value of a law: a
    function of :math:`V_j = V_{pre} - V_{post}` or, for gates that close slowly, of a state that
    follows it.

    Parameters
    ----------
    couples, states, conn, weight, param_type
        As in :class:`SymmetryGapJunction`; ``weight`` is the conductance with all gates open.
    law : gapjunction.laws.Law
        ``Boltzmann`` or ``Contingent`` with your parameters, or a published law of
        :mod:`gapjunction.connexins`.
    coupling, layout, scale, per, name
        As in :class:`RectifyingGapJunction`. The state of slow gates is fixed within a step: the
        current is then linear in the voltages, and implicit coupling solves for it exactly.

    Attributes
    ----------
    gating : brainstate.HiddenState
        If the law has a state, its value for each edge, shape ``(*batch, n_edges)`` or with one
        more axis. :meth:`init_state` sets it to the steady state at the voltages of the
        populations, which must be initialised before; ``brainstate.nn.init_all_states(model)``
        keeps this order.

    Raises
    ------
    TypeError, ValueError, saiunit.UnitMismatchError
        As in :class:`SymmetryGapJunction`, and a TypeError if ``law`` is not a Law.

    See Also
    --------
    RectifyingGapJunction : Conductance that follows the voltage difference without delay.

    Examples
    --------
    >>> import brainpy, brainstate, saiunit as u
    >>> import gapjunction as gj
    >>> cells = brainpy.state.LIF(2, R=1 * u.Gohm, V_rest=-70 * u.mV, V_th=-50 * u.mV)
    >>> slow = gj.laws.Boltzmann(40 * u.mV, 10 * u.mV, s_min=0.2, rate=0.01 / u.ms)
    >>> gap = gj.VoltageGatedGapJunction(cells, 'V', ([0], [1]), 2 * u.nS, law=slow)
    >>> cells.init_state()
    >>> gap.init_state()
    >>> cells.V.value = [30., -70.] * u.mV
    >>> with brainstate.environ.context(dt=5 * u.ms):
    ...     for _ in range(20):
    ...         leaving = gap()
    >>> print(f'{gap.conductance()[0].to_decimal(u.nS):.3f} nS')
    0.404 nS
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
        law: Law,
        coupling: str | Mode = "stage",
        layout: str | None = None,
        scale: Scale | None = None,
        per: Per | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(
            *ends_of(couples, states),
            conn,
            weight,
            param_type,
            law=law,
            coupling=coupling,
            layout=layout,
            scale=scale,
            per=per,
            name=name,
        )

    @property
    def _component(self) -> Component:
        return Nothing()
