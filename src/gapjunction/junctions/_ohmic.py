"""Ohmic junctions, with one or two conductances each: the two classes of `brainpy.state`."""

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
from gapjunction.laws import Ohmic


@final
class SymmetryGapJunction(GapJunction):
    r"""Electrical coupling with one conductance per junction.

    A drop-in for ``brainpy.state.SymmetryGapJunction``. Along each edge the current
    :math:`g\,(V_{pre} - V_{post})` flows into post, and the same current out of pre. Over a
    whole network it is the weighted graph Laplacian applied to the voltages.

    Parameters
    ----------
    couples : Dynamics or tuple of two Dynamics
        The population that is coupled to itself, or the two populations ``(pre, post)``.
    states : str or tuple of two str
        Name of the voltage state, the same in both, or ``(pre_state, post_state)``.
    conn : callable or edges
        ``conn(pre.out_size, post.out_size)`` gives ``(pre_ids, post_ids)``; or the edges
        themselves in any form that :func:`gapjunction.connectivity.as_edges` takes. Ids are
        flat: a ``(4, 5)`` population has the ids 0 to 19. Edges given twice add up.
    weight : ArrayLike, callable, State or Param
        Conductance: a scalar or shape ``(n_edges,)``, an initialiser, or a parameter that is
        shared with others. Its unit must fit the populations: absolute (mS, nS) where they take
        a current, per area (mS/cm\ :sup:`2`) where they take a current density.
    param_type : type, default brainstate.ParamState
        What the conductance is kept in: a State type or ``brainstate.nn.Param``.
    coupling : {'stage', 'step', 'extrapolated', 'semi_implicit', 'implicit'} or Implicit
        At which voltages the current of a step is computed; the notes say more.

        - ``'step'``: at the start of the step, once, as brainpy.state does.
        - ``'stage'``: the same, and again at every later stage of a solver that has several.
        - ``'extrapolated'``: in the middle of the step, extrapolated; of second order.
        - ``'semi_implicit'``: the cell's own at the end of the step, its neighbours' at the start;
          bounded at any conductance.
        - ``'implicit'``, or an ``Implicit`` with other settings: all at the end of the step, solved
          together; right at any conductance.
    layout : str, optional
        How the network is stored in memory, see :mod:`gapjunction.kernels.layouts`; by default the
        layout that was measured to be fastest for such a graph. Results differ only by rounding.
    scale : number, array, State, Param or callable, optional
        Factor on the conductances: one number, or one for each edge. A State may be changed
        between steps. A function is called with the time, ``environ``'s ``t``, at each
        ``update()``: ``scale=lambda t: jnp.where(t < 500 * u.ms, 1.0, 0.1)`` blocks nine tenths
        of all channels after 500 ms.
    per : Quantity or tuple of two, optional
        What the current is divided by before the populations get it, for populations that do not
        take an absolute current: the membrane area of the cells where the input is per area; the
        capacitance where the input is a change of voltage per time, as in ``Izhikevich``. It is one
        value for all cells of a population, or one for each, in the shape of the population. Two
        populations take one value for both, or a pair ``(pre, post)`` in which None stands for a
        population that takes the current as it is. ``weight`` is then an absolute conductance.
    name : str, optional
        Name of this Module.

    Attributes
    ----------
    pre, post : Dynamics
        The coupled populations.
    pre_state, post_state : str
        The names of their voltages.
    pre_ids, post_ids : numpy.ndarray
        Flat cell ids of the edges, shape ``(n_edges,)``.
    edges : gapjunction.connectivity.Edges
        The edges as a whole.
    weight : State or Param
        The conductance; assigning to ``weight.value`` takes effect at the next update.
    layout : str
        The layout in use.

    Raises
    ------
    TypeError
        If an argument is of a wrong kind (complex weights, float ids, no population, ...).
    ValueError
        If ids are out of range, lengths or shapes do not match, or an option is unknown.
    saiunit.UnitMismatchError
        If the unit of the conductance, divided by that of ``per``, does not fit a population.

    See Also
    --------
    AsymmetryGapJunction : Two conductances per junction.

    Notes
    -----
    With ``'step'``, a ``PointNeuron`` and places of dendrites use the current during the whole
    step; braincell's ``SingleCompartment`` uses it at the first stage of its solver only.
    ``'stage'`` keeps a solver's order within a population, and is the same as ``'step'`` with a
    solver of one stage. Between two populations, each sees the other's voltages at the instant of
    ``update()``, which is of first order: put all cells into one population where that matters.

    ``'extrapolated'`` uses the voltages of this and of the last step (Adams and Bashforth). It is
    of second order with ``PointNeuron`` and ``'staggered'``, and stable up to half the time step of
    ``'step'``. Populations that reset their voltage after a spike are refused.

    ``'semi_implicit'`` is of first order. ``'implicit'`` solves for all populations that such
    junctions connect; it is of first order, and of second order with ``PointNeuron`` and
    ``'staggered'``. With these two, call populations themselves, ``cells(x)``, not
    ``cells.update(x)``. When ``'implicit'`` junctions connect several populations, the voltages are
    solved for in the call of the last one, and the others then repeat their step. Their states are
    right, but the spikes that their first call has returned may not be.

    Junctions do not own their populations: a model must hold these itself (``self.cells = ...``)
    for its ``states()`` to show them. Call junctions before their populations, in the same
    transformed function. A junction stays registered in its populations, but adds no current in a
    step in which it is not called.

    References
    ----------
    .. [1] Bennett, M. V. L., & Zukin, R. S. (2004). Electrical coupling and neuronal
       synchronization in the mammalian brain. Neuron, 41(4), 495-511.

    Examples
    --------
    >>> import brainpy, brainstate, saiunit as u
    >>> import gapjunction as gj
    >>> cells = brainpy.state.HH(5)
    >>> gap = gj.SymmetryGapJunction(cells, 'V', conn=gj.connectivity.ring(), weight=0.05 * u.mS)
    >>> _ = brainstate.nn.init_all_states(cells)
    >>> with brainstate.environ.context(dt=0.05 * u.ms):
    ...     leaving = gap()          # junctions first,
    ...     spikes = cells(5 * u.uA)  # then neurons
    >>> leaving.shape
    (5,)
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
            law=Ohmic(),
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
class AsymmetryGapJunction(GapJunction):
    r"""Electrical coupling with a conductance for each direction of a junction.

    A drop-in for ``brainpy.state.AsymmetryGapJunction``. Along each edge
    :math:`g_0\,(V_{pre} - V_{post})` flows into post and :math:`g_1\,(V_{pre} - V_{post})` out
    of pre. Unless the two are equal, charge is not conserved: such a junction stands for one
    whose missing current flows elsewhere. For junctions that pass current better in one
    direction than in the other, the conductance must depend on the sign of the voltage
    difference: see :class:`RectifyingGapJunction`. For one junction between populations whose
    inputs are in different units, give ``per``, not two conductances.

    Parameters
    ----------
    pre : Dynamics
        The population that edges start at.
    pre_state : str
        Name of its voltage state.
    post : Dynamics
        The population that edges end at; it may be the same.
    post_state : str
        Name of its voltage state.
    conn : callable or edges
        As in :class:`SymmetryGapJunction`.
    weight : ArrayLike, callable, State or Param
        Conductances of shape ``(n_edges, 2)``, or ``(2,)`` for the same two on all edges; column
        0 scales the current into post, column 1 the current out of pre. A scalar stands for both.
        An initialiser is called with the shape ``(n_edges, 2)``.
    param_type : type, default brainstate.ParamState
        As in :class:`SymmetryGapJunction`.
    coupling : {'stage', 'step', 'extrapolated', 'semi_implicit', 'implicit'} or Implicit
        As in :class:`SymmetryGapJunction`.
    layout : str, optional
        As in :class:`SymmetryGapJunction`.
    scale : number, array, State, Param or callable, optional
        As in :class:`SymmetryGapJunction`.
    per : Quantity or tuple of two, optional
        As in :class:`SymmetryGapJunction`.
    name : str, optional
        Name of this Module.

    Raises
    ------
    TypeError, ValueError, saiunit.UnitMismatchError
        As in :class:`SymmetryGapJunction`.

    See Also
    --------
    SymmetryGapJunction : One conductance per junction; lists the attributes.

    References
    ----------
    .. [1] Phelan, P. (2005). Innexins: members of an evolutionarily conserved family of
       gap-junction proteins. Biochimica et Biophysica Acta, 1711(2), 225-245.

    Examples
    --------
    >>> import brainpy, brainstate, saiunit as u
    >>> import gapjunction as gj
    >>> pre, post = brainpy.state.HH(3), brainpy.state.HH(3)
    >>> gap = gj.AsymmetryGapJunction(
    ...     pre, 'V', post, 'V', conn=gj.connectivity.one_to_one, weight=[0.02, 0.01] * u.mS)
    >>> _ = pre.init_state(), post.init_state()
    >>> gap.currents().post.shape
    (3,)

    A junction of 1 nS from neurons that take a current to neurons that take one per area:

    >>> pre = brainpy.state.LIF(2, R=0.1 * u.Gohm)
    >>> post = gj.neurons.HH1952(2)
    >>> gap = gj.AsymmetryGapJunction(
    ...     pre, 'V', post, 'V', ([0, 1], [0, 1]), 1 * u.nS, per=(None, 2e-4 * u.cm**2))
    """

    __module__ = "gapjunction"
    symmetric = False

    def __init__(
        self,
        pre: brainstate.nn.Dynamics,
        pre_state: str,
        post: brainstate.nn.Dynamics,
        post_state: str,
        conn: Connection,
        weight: Weight,
        param_type: Callable[[Any], Any] = brainstate.ParamState,
        *,
        coupling: str | Mode = "stage",
        layout: str | None = None,
        scale: Scale | None = None,
        per: Per | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(
            pre,
            pre_state,
            post,
            post_state,
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

    @property
    def _component(self) -> Component:
        return Nothing()
