"""The linear circuit of a model: its junctions and membranes around its present state."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

import numpy as np
import saiunit as u
import scipy.sparse as sp

from gapjunction._checks import check_choice, describe
from gapjunction._params import value_of
from gapjunction._typing import ArrayLike
from gapjunction.connectivity._facts import endpoints
from gapjunction.junctions import GapJunction
from gapjunction.junctions._slopes import edge_slopes
from gapjunction.limits import MS, NoCapacitanceError, populations_of
from gapjunction.limits._populations import Cells
from gapjunction.measure._cables import cables_of
from gapjunction.measure._cells import Model, divisors_of
from gapjunction.measure._membrane import membrane_of
from gapjunction.measure._network import Active, LinearNetwork, per_cell
from gapjunction.stability._stability import junctions_of


def linearise(
    model: Model,
    leak: ArrayLike | Mapping[str, ArrayLike] | None = None,
    capacitance: ArrayLike | Mapping[str, ArrayLike] | None = None,
    *,
    gates: str = "free",
) -> LinearNetwork:
    r"""Return the linear circuit that describes a model for small signals around its present state.

    Parameters
    ----------
    model : GapJunction, sequence of them, or Module
        The junctions, or a model that contains them. The cells of the circuit are those of the
        populations that the junctions couple, one population after the other.
    leak : Quantity or array, or dict of them by name of population, optional
        Conductance of each cell to ground. Where junctions have ``per``, the whole circuit is in
        absolute units, and so is the leak. By default the leak is derived from the population: from
        ``1 / R`` or the leak conductance of passive membranes and of integrate-and-fire neurons
        that are linear below threshold, and from the channels of a ``PointNeuron``.
    capacitance : Quantity or array, or dict of them by name of population, optional
        As in :func:`gapjunction.stability`.
    gates : {'free', 'frozen'}
        Whether channels respond to the small signal. With ``'free'``,
        gates and ion pools follow the voltage (a quasi-active membrane): the steady conductance is
        the slope of the steady-state current-voltage curve, and the impedance has the resonances
        of the gates. With ``'frozen'`` they keep their present values, and the membrane conductance
        is the present :math:`\sum_k g_k`, as it is for a change faster than all gates.

    Returns
    -------
    LinearNetwork

    Raises
    ------
    TypeError, ValueError
        If there are no junctions, if the leak or the capacitance of a population is neither given
        nor known from it, or if the model has a batch dimension.

    Notes
    -----
    If junctions couple :func:`gapjunction.sites` of multi-compartment cells, the circuit contains
    all control volumes of these cells, with the slopes of their membrane currents and the axial
    conductances between them. Each control volume then counts as a cell of the circuit, and
    ``(sites, k)`` stands for the one in which place ``k`` lies, whether a junction is there or not.
    This library's channels in such cells can have free gates, too; braincell's own channels whose
    gates follow the voltage need ``gates='frozen'``.

    The circuit describes small currents around a steady state, in which the model has to be.
    A junction contributes the slope of its present current as a function of the voltages; gates of
    junctions are frozen. For a population whose leak cannot be derived, such as the HH neuron of
    `brainpy.state`, use :func:`inject` instead.

    References
    ----------
    .. [1] Koch, C. (1984). Cable theory in neurons with active, linearized membranes. Biological
       Cybernetics, 50(1), 15-33.

    Examples
    --------
    >>> import brainpy, saiunit as u
    >>> import gapjunction as gj
    >>> cells = brainpy.state.LIF(2, R=0.2 * u.Gohm, tau=20 * u.ms)
    >>> gap = gj.SymmetryGapJunction(cells, 'V', gj.connectivity.all_to_all(), 1 * u.nS)
    >>> print(gj.measure.linearise(gap).leak)
    [5. 5.] nS
    """
    check_choice("gates", gates, ("free", "frozen"))
    junctions, names = junctions_of(model)
    populations, clock = _membranes(junctions, names, capacitance)
    hosts = {id(host): host for junction in junctions for host in (junction.pre, junction.post)}
    cables = cables_of(hosts, names, gates == "free")
    # If junctions couple places, all compartments of their cells are in the circuit.
    apart = {key: cells for key, cells in populations.items() if key not in cables.nodes}
    labels = [cells.label for cells in apart.values()]
    first = np.cumsum([cables.n, *(len(c.C) for c in apart.values())])
    nodes = {
        key: a + np.arange(len(c.C)) for (key, c), a in zip(apart.items(), first, strict=False)
    }
    nodes |= cables.nodes
    n = int(first[-1])
    # Where junctions have `per`, the circuit has each population's equation multiplied by it.
    divisors = divisors_of(junctions)
    unit = _unit_of(junctions[0], divisors)
    matrix = sp.csr_array((n, n))
    for junction in junctions:
        matrix = matrix + _slopes(junction, nodes, n, unit, divisors)
    if cables.n and leak is not None and not (isinstance(leak, Mapping) and labels):
        wanted = "a dict with the populations of point neurons" if labels else "left out"
        raise ValueError(
            f"leak must be {wanted}, as multi-compartment cells have their own; got "
            f"{describe(leak)}."
        )
    given = _by_population(leak, labels, first)
    own, active, C = np.zeros(n), cables.active(unit), np.zeros(n)
    where = dict(cables.where)
    own[: cables.n], C[: cables.n] = cables.membrane(unit), cables.capacitance(unit, clock)
    for key, cells in apart.items():
        here = slice(int(nodes[key][0]), int(nodes[key][-1]) + 1)
        where[cells.label] = here
        # A population with `per` computes its membrane per area, say, in a unit of its own. The
        # factor converts these numbers to those of the circuit, which are absolute.
        per = divisors.get(key)
        own_unit = unit if per is None else u.get_unit(unit / per.unit)
        factor = 1.0 if per is None else np.broadcast_to(np.ravel(per.mantissa), (len(cells.C),))
        C[here] = np.asarray(cells.C.to_decimal(u.get_unit(own_unit * clock))) * factor
        if cells.label in given:
            own[here] = per_cell("leak", given[cells.label], unit, len(cells.C))
            continue
        membrane = membrane_of(hosts[key], cells, own_unit, gates == "free", clock)
        own[here] = membrane.conductance * factor
        if membrane.gates is not None:
            A, b, c = membrane.gates
            active.append(Active(here, A, b, c * np.reshape(factor, (-1, 1))))
    return LinearNetwork._of(
        matrix, unit, own, C, tuple(active), where, clock, cables.axial(unit, n), cables.owners
    )


def as_network(source: LinearNetwork | Model) -> LinearNetwork:
    """Return ``source`` if it is a linear network, and otherwise the model's linear circuit."""
    return source if isinstance(source, LinearNetwork) else linearise(source)


def _membranes(
    junctions: Sequence[GapJunction],
    names: Mapping[int, str],
    capacitance: ArrayLike | Mapping[str, ArrayLike] | None,
) -> tuple[dict[int, Cells], u.Unit]:
    """Return the membranes of the populations, and the unit of times: ms, or none."""
    try:
        return populations_of(junctions, names, capacitance), MS
    except (NoCapacitanceError, u.UnitMismatchError):
        try:
            return populations_of(junctions, names, capacitance, u.UNITLESS), u.UNITLESS
        except (NoCapacitanceError, u.UnitMismatchError):
            # Neither unit fits. The error to show is the one for times in ms, as in most models.
            pass
        raise


def _by_population(
    leak: ArrayLike | Mapping[str, ArrayLike] | None,
    labels: Sequence[str],
    first: np.ndarray,
) -> dict[str, ArrayLike]:
    """Return the leaks that were given, by the name of the population."""
    if leak is None:
        return {}
    if isinstance(leak, Mapping):
        for key in leak:
            check_choice("leak", key, labels)
        return dict(leak)
    if u.math.ndim(leak) == 0:
        return dict.fromkeys(labels, leak)
    if u.math.size(leak) != first[-1]:
        raise ValueError(
            f"leak must have one value, or one for each of {first[-1]} cells; got {describe(leak)}."
        )
    flat = u.math.reshape(leak, (-1,))
    return {name: flat[a:b] for name, (a, b) in zip(labels, itertools.pairwise(first), strict=True)}


def _unit_of(junction: GapJunction, divisors: Mapping[int, u.Quantity]) -> u.Unit:
    """Return the circuit's unit of conductances, from a junction and the ``per`` of its pre."""
    unit, per = u.get_unit(value_of(junction.weight)), junction.per[0]
    row = divisors.get(id(junction.pre))
    unit = unit if row is None else u.get_unit(unit * row.unit)
    return unit if per is None else u.get_unit(unit / per.unit)


def _slopes(
    junction: GapJunction,
    nodes: Mapping[int, np.ndarray],
    n: int,
    unit: u.Unit,
    divisors: Mapping[int, u.Quantity],
) -> sp.csr_array:
    """Return the derivatives, by each voltage, of a junction's current out of each cell."""
    edges, own = junction.edges, u.get_unit(value_of(junction.weight))
    post, pre = edge_slopes(junction, own)  # each by V_pre and by V_post
    ids = (edges.pre_ids, edges.post_ids)
    out_of_pre, into_post = (
        _row_factor(divisors.get(id(host)), per, own, unit, at)
        for host, per, at in zip((junction.pre, junction.post), junction.per, ids, strict=True)
    )
    post, pre = tuple(x * into_post for x in post), tuple(x * out_of_pre for x in pre)
    first, second = endpoints(edges)
    first = nodes[id(junction.pre)][first]
    second = nodes[id(junction.post)][second - (edges.n_pre if edges.bipartite else 0)]
    row = np.concatenate([second, second, first, first])
    column = np.concatenate([first, second, first, second])
    entries = np.concatenate([-post[0], -post[1], pre[0], pre[1]])
    # Entries with the same row and column are added. Those of a junction from a cell to itself
    # cancel.
    return sp.coo_array((entries, (row, column)), shape=(n, n)).tocsr()


def _row_factor(
    row: u.Quantity | None, per: u.Quantity | None, own: u.Unit, unit: u.Unit, ids: np.ndarray
) -> np.ndarray | float:
    """Return the factor from a junction's conductances in ``own`` to the circuit's in ``unit``.

    The current at this end is divided by the junction's own ``per``, and the equation of each cell
    is multiplied by the ``per`` of its population.
    """
    factor = u.Quantity(1.0, unit=own)
    factor = factor if row is None else factor * row
    plain = np.asarray((factor if per is None else factor / per).to_decimal(unit), np.float64)
    return float(plain) if plain.ndim == 0 else plain.reshape(-1)[ids]
