"""From the description of a network to populations and junctions of the package."""

import warnings

import brainstate
import jax
import jax.numpy as jnp
import numpy as np
import saiunit as u

import gapjunction as gj
from every_law import EVERY

from .draw import is_directed
from .hosts import KINDS, UNITS

# What the rules of plasticity are made of.
RULE = {"depression": 0.05, "potentiation": 0.3, "tau": 8.0, "theta": 1.3, "top": 2.0}
TAU_STRENGTH = 2.0


def with_unit(value, unit):
    """Return a number or an array in a unit, in the precision of the run."""
    value = jnp.asarray(value, brainstate.environ.dftype())
    return value if unit.is_unitless else u.Quantity(value, unit=unit)


def plain(value, unit):
    """Return a quantity as an array of float64."""
    value = value if unit.is_unitless else u.Quantity(value).to_decimal(unit)
    return np.asarray(value, np.float64)


def population(p, batch):
    """Return a population in the state that its description says."""
    kind = KINDS[p.kind]
    C, R = (jnp.asarray(v.reshape(p.size), brainstate.environ.dftype()) for v in (p.C, p.R))
    cells = kind.make(p.size, C, R, p.reset)
    cells.init_state(batch)
    shape = (*p.V.shape[:-1], *p.size)
    cells.V.value = with_unit(p.V.reshape(shape), UNITS[kind.group][1])
    if isinstance(getattr(cells, "last_spike_time", None), brainstate.State):
        # Some cells have just spiked.
        times = np.where(p.refractory.reshape(shape), -0.05, -1e7)
        cells.last_spike_time.value = with_unit(times, u.get_unit(u.ms))
    return cells


def target(a, b):
    """Return the strength that follows voltages."""
    scale = 20.0 * u.get_unit(a) if not u.get_unit(a).is_unitless else 1.0
    return jax.nn.sigmoid((a - b) / scale)


RULES = {
    "burst": gj.plasticity.BurstSpike(
        depression=RULE["depression"] / u.ms, potentiation=RULE["potentiation"]
    ),
    "follows": gj.plasticity.FollowsState(
        state="V", target=target, tau=TAU_STRENGTH * u.ms, start=0.5
    ),
}


def _special(j, group):
    """Return the arguments that a class of junctions has in addition to those of all."""
    ampere, volt = UNITS[group]
    siemens = ampere / volt
    if j.cls in ("Rectifying", "VoltageGated"):
        return {"law": EVERY[j.law]}
    if j.cls == "Plastic":
        return {"rule": RULES[j.form], "law": EVERY[j.law]}
    if j.cls == "Spikelet":
        unit = {"jump": volt, "area": volt * u.ms, "charge": volt * siemens * u.ms}[j.form]
        return {"spikelet": with_unit(j.amount, u.get_unit(unit))}
    return {}


def junction(j, populations, kinds):
    """Return a junction; raises AssertionError unless it warns of exactly what is unusual."""
    cls = getattr(gj, f"{j.cls}GapJunction")
    a, b = (populations[k] for k in j.ends)
    group = KINDS[kinds[j.ends[0]]].group
    ampere, volt = UNITS[group]
    weight = with_unit(j.weight, u.get_unit(ampere / volt))
    ids = (j.pre.astype(np.int32), j.post.astype(np.int32))
    ends = (a, "V", b, "V") if j.cls == "Asymmetry" else ((a, b), "V")
    layout = None if j.layout is None else str(j.layout)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        gap = cls(
            *ends,
            ids,
            weight,
            coupling=j.mode,
            scale=None if j.scale is None else with_unit(j.scale, u.UNITLESS),
            layout=layout,
            **_special(j, group),
        )
    told = [str(w.message) for w in caught if w.category is gj.GapJunctionWarning]
    assert _are_unusual(j) == (
        any("itself" in text for text in told),
        any("repeat" in text for text in told),
    ), told
    assert all("itself" in text or "repeat" in text for text in told), told
    return gap


def _are_unusual(j):
    """Return whether edges join cells to themselves, and whether edges are repeated."""
    edges = list(zip(j.pre.tolist(), j.post.tolist(), strict=True))
    if j.ends[0] != j.ends[1]:
        return False, len(set(edges)) < len(edges)
    others = [(a, b) for a, b in edges if a != b]
    keys = others if is_directed(j) else [tuple(sorted(edge)) for edge in others]
    return len(others) < len(edges), len(set(keys)) < len(keys)


class Model(brainstate.nn.Module):
    """A network of the package, in its initial state."""

    def __init__(self, net):
        super().__init__()
        self.net = net
        kinds = [p.kind for p in net.populations]
        with brainstate.environ.context(dt=net.dt * u.ms):
            self.populations = [population(p, net.batch) for p in net.populations]
            self.junctions = [junction(j, self.populations, kinds) for j in net.junctions]
            for gap in self.junctions:
                gap.init_state(net.batch)

    def inputs(self):
        return [
            with_unit(p.x.reshape((*p.x.shape[:-1], *p.size)), UNITS[KINDS[p.kind].group][0])
            for p in self.net.populations
        ]

    def update(self, i, *inputs):
        """Take one step, and return the voltages."""
        with brainstate.environ.context(i=i, t=i * self.net.dt * u.ms, dt=self.net.dt * u.ms):
            for gap in self.junctions:
                gap()
            for cells, x in zip(self.populations, inputs, strict=True):
                cells(x)
        return [cells.V.value for cells in self.populations]
