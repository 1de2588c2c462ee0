"""The stability of gap junctions, computed from junctions or from a model that holds them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import brainstate
import numpy as np
import saiunit as u

from gapjunction._checks import check_unit, describe
from gapjunction._params import value_of
from gapjunction._typing import ArrayLike
from gapjunction.coupling import Mode
from gapjunction.hosts import Sites
from gapjunction.junctions._base import GapJunction
from gapjunction.limits import MS, Network, NoCapacitanceError, populations_of, unique
from gapjunction.stability._report import StabilityReport

_OWN = "the neurons' own equations may need less"

Model: TypeAlias = GapJunction | Sequence[GapJunction] | brainstate.nn.Module
"""A junction, several of them, or a model that holds some."""


def stability(
    model: Model,
    dt: ArrayLike | None = None,
    capacitance: ArrayLike | Mapping[Any, ArrayLike] | None = None,
) -> StabilityReport:
    r"""Report how stiff gap junctions are, and which time steps are stable in each coupling mode.

    Parameters
    ----------
    model : GapJunction, sequence of them, or Module
        The junctions, or a model that holds them. Conductances of junctions that share a population
        add up at its cells.
    dt : Quantity or float, optional
        Time step; by default that of ``brainstate.environ``. It is a number for models whose time
        has no unit; times and rates in the report are then numbers, too.
    capacitance : Quantity or float, or dict of them by population, optional
        Capacitance of each cell, as one value or in the shape of the population; absolute or per
        area, as the input of the population is. The keys of a dict are populations, or their names
        in the report. By default it is the population's own: its ``C``, or ``tau / R``, or ``tau``
        of a population without ``R``.

    Returns
    -------
    StabilityReport
        The report; print it, or read its attributes.

    Raises
    ------
    TypeError
        If ``model`` is neither a Module nor made of junctions, or a weight is traced by a JAX
        transform.
    ValueError
        If ``model`` holds no junction, ``dt`` is missing or not positive, a capacitance is not
        known, or a conductance is not finite.
    saiunit.UnitMismatchError
        If a conductance over its capacitance is not a rate, or ``dt`` is not a time.

    Notes
    -----
    The report is about the junctions alone. Stable junctions do not mean stable neurons: the spike
    of a squid axon needs a time step of 0.05 ms or less, however weak its junctions are.

    Limits hold for conductances that are not negative, and for membranes and junctions whose
    states do not change. They are larger for a larger conductance of the membrane, except with
    explicit Runge-Kutta solvers. The rate at which a cell decays by itself is 1 / tau; or its leak
    conductance over its capacitance, if the population has one; or, in a ``PointNeuron`` that is
    initialised, all of its present conductance over its capacitance. It counts as 0 where it is
    not known, and where it is not finite because voltages have blown up.

    The limit is a lower bound between different populations whose solvers have several stages, and
    for complex eigenvalues, which two conductances per junction can give. Beyond 512 cells the
    largest eigenvalue is found by iteration, to a relative error of 1e-4. Where the iteration is
    slow, Gershgorin's bound is taken, which is exact in rings and grids.

    Examples
    --------
    >>> import brainpy, saiunit as u
    >>> import gapjunction as gj
    >>> cells = brainpy.state.LIF(2, R=1 * u.ohm, tau=5 * u.ms)
    >>> gap = gj.SymmetryGapJunction(cells, 'V', gj.connectivity.all_to_all(), 25 * u.siemens)
    >>> print(gj.stability(gap, 0.1 * u.ms))
    Stability of gap junctions at dt = 0.1 ms
    <BLANKLINE>
    SymmetryGapJunction: 1 junction, coupling 'stage'
      kappa          0.5 mean, 0.5 at most (LIF, cell 0)
      lambda_max     10 / ms, 50 times the membrane's 0.2 / ms
      largest dt     0.2 ms for 'step', 'stage'; 0.1 ms for 'extrapolated'; any for the others
      lagged scheme  damps by 33.3 % on average, 33.3 % at most
    <BLANKLINE>
    The junctions are stable up to dt = 0.2 ms; the neurons' own equations may need less.
    """
    step, clock = _check_dt(dt)
    junctions, names = junctions_of(model)
    if clock.is_unitless and _have_units(junctions, names, capacitance):
        check_unit("dt", step, u.ms, "a time")
    populations = populations_of(junctions, names, capacitance, clock)

    def report(
        name: str, chosen: Sequence[GapJunction], parts: tuple[StabilityReport, ...] = ()
    ) -> StabilityReport:
        return _report(name, Network.of(chosen, populations, clock), step, clock, parts)

    labels = unique(names.get(id(j)) or j.name or type(j).__name__ for j in junctions)
    parts = tuple(report(name, [j]) for name, j in zip(labels, junctions, strict=True))
    return parts[0] if len(parts) == 1 else report("all together", junctions, parts)


def _report(
    name: str, net: Network, dt: float, clock: u.Unit, parts: tuple[StabilityReport, ...]
) -> StabilityReport:
    """Return the report on a network at a time step in the unit ``clock``."""

    def time(value: float) -> Any:
        return value if clock.is_unitless else u.Quantity(value, unit=clock)

    kappa = dt * net.matrix.diagonal() / net.C
    ends = np.cumsum([len(c.C) for c in net.cells])
    by_population = dict(zip((c.label for c in net.cells), np.split(kappa, ends[:-1]), strict=True))
    worst = int(kappa.argmax())
    where = int(np.searchsorted(ends, worst, side="right"))
    cell = worst - int(ends[where]) + len(net.cells[where].C)
    rate = None if net.rate is None else float(net.rate.mean())
    top, by_mode, built = net.limits()
    modes = {j.coupling: j.mode for j in net.junctions}
    negative = any(np.any(u.get_mantissa(value_of(j.weight)) < 0) for j in net.junctions)
    lost = kappa / (1 + kappa)
    return StabilityReport(
        name=name,
        couplings=tuple(modes),
        n_junctions=sum(j.edges.n_edges for j in net.junctions),
        dt=time(dt),
        kappa=by_population,
        kappa_mean=float(kappa.mean()),
        kappa_max=float(kappa.max()),
        worst=(net.cells[where].label, cell),
        worst_name=_name_of(net, where, cell),
        lambda_max=top / time(1.0),
        membrane_rate=None if rate is None else rate / time(1.0),
        stiffness=top / rate if rate else None,
        largest_dt={name: time(limit) for name, limit in by_mode.items()},
        largest_dt_as_built=time(built),
        damping_mean=float(lost.mean()),
        damping_max=float(lost[worst]),
        advice=_advice(
            modes.values(), dt, built, "" if clock.is_unitless else " ms", kappa[worst], negative
        ),
        parts=parts,
    )


def _name_of(net: Network, population: int, cell: int) -> str | None:
    """Return the name of a cell, from the edges of the first junction that has labels for it."""
    host = net.hosts[population]
    if isinstance(host, Sites):
        return host.labels[cell]
    for junction in net.junctions:
        labels = junction.edges.labels
        if labels is not None and junction.pre is host:
            return labels[cell]
        if labels is not None and junction.post is host:
            return labels[junction.edges.n_pre + cell]
    return None


def _advice(
    modes: Iterable[Mode],
    dt: float,
    limit: float,
    unit: str,
    kappa: float,
    negative: bool,
) -> str:
    """Return what to do, for a time step ``dt`` and the largest stable one, both in ``unit``."""
    if negative:
        return "Negative conductances can make voltages grow at any dt: these limits do not hold."
    if dt >= limit:
        return f"Unstable: take dt < {limit:.3g}{unit}, or coupling='implicit'."
    if dt > limit / 2:
        return (
            "Stable, but differences change sign at each step: take dt < "
            f"{limit / 2:.3g}{unit}, or coupling='implicit'."
        )
    cautions = [mode.caution(kappa) for mode in modes]
    if any(cautions):
        return " ".join(filter(None, cautions))
    if limit == math.inf:
        return f"The junctions are stable at any dt; {_OWN}."
    return f"The junctions are stable up to dt = {limit:.3g}{unit}; {_OWN}."


def _have_units(
    junctions: Sequence[GapJunction],
    names: Mapping[int, str],
    capacitance: ArrayLike | Mapping[Any, ArrayLike] | None,
) -> bool:
    """Return whether conductances over capacitances are rates in a unit, so that times have one."""
    try:
        populations_of(junctions, names, capacitance)
    except (NoCapacitanceError, u.UnitMismatchError):
        return False
    return True


def _check_dt(dt: ArrayLike | None) -> tuple[float, u.Unit]:
    """Return the time step and its unit, ms or none; that of the environment if ``dt`` is None."""
    if dt is None:
        dt = brainstate.environ.get("dt", default=None)
        if dt is None:
            raise ValueError("dt must be given: brainstate.environ has none.")
    clock = u.UNITLESS if u.get_unit(dt).is_unitless else MS
    time = check_unit("dt", dt, clock, "a time")
    value = np.asarray(time.to_decimal(clock), np.float64)
    if value.shape != () or not 0 < value < math.inf:
        raise ValueError(f"dt must be one positive time, got {describe(dt)}.")
    return float(value), clock


def junctions_of(model: Model) -> tuple[list[GapJunction], dict[int, str]]:
    """Return the junctions of a model, and the names of its parts by their ``id()``.

    A part's name is its path in the model, such as ``'cortex.cells'``.
    """
    if isinstance(model, GapJunction):
        return [model], {}
    if isinstance(model, (list, tuple)):
        for item in model:
            if not isinstance(item, GapJunction):
                raise TypeError(f"model must be made of gap junctions, got {describe(item)}.")
        if not model:
            raise ValueError("model must hold a gap junction, got an empty sequence.")
        return list({id(item): item for item in model}.values()), {}
    if not isinstance(model, brainstate.nn.Module):
        raise TypeError(
            f"model must be a Module that holds junctions, or junctions; got {describe(model)}."
        )
    nodes = model.nodes(brainstate.nn.Module)
    names: dict[int, str] = {}
    for depth in range(1, 1 + max(map(len, nodes))):
        # A part may be found in several places: the shortest path is the best name.
        for path, node in model.nodes(brainstate.nn.Module, allowed_hierarchy=(1, depth)).items():
            names.setdefault(id(node), ".".join(map(str, path)))
    found = [node for node in nodes.values() if isinstance(node, GapJunction)]
    if not found:
        raise ValueError(
            f"model must hold a gap junction of this library; {type(model).__name__} holds none."
        )
    return found, names
