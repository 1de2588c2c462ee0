"""From a seed to the description of a network: a pure function, without JAX."""

import dataclasses
import itertools

import numpy as np

from .hosts import KINDS
from .laws import GATED, ONE_WAY, RECTIFYING, is_instantaneous

CLASSES = ("Symmetry", "Asymmetry", "Rectifying", "VoltageGated", "Plastic", "Spikelet")
MODES = ("step", "stage", "semi_implicit", "implicit")
SOLVED = MODES[2:]
# Few shapes, because each operation is compiled for each of them.
SIZES = ((4,), (2, 3))
# How often each combination of host, class and mode comes first in a network, at least: once in
# either precision. Half of them come a third time.
ROUNDS = 2


def refused(kind, cls):
    """Whether the package refuses this class of junctions at this kind of population."""
    if cls == "Spikelet":
        return KINDS[kind].reset is None
    # The laws have voltages of their own, in mV.
    return cls in ("Rectifying", "VoltageGated") and KINDS[kind].group == "plain"


COMBINATIONS = [
    (kind, cls, mode)
    for kind, cls, mode in itertools.product(KINDS, CLASSES, MODES)
    if not refused(kind, cls)
]
# In another order, so that neighbouring seeds are of different kinds.
ORDER = np.random.default_rng(0).permutation(len(COMBINATIONS))
SEEDS = range(ROUNDS * len(COMBINATIONS) + len(COMBINATIONS) // 2)


@dataclasses.dataclass(frozen=True, eq=False)
class Population:
    """Cells of one kind. Arrays are flat: a value for each cell, behind that of a batch."""

    kind: str
    size: tuple
    C: np.ndarray
    R: np.ndarray
    V: np.ndarray
    x: np.ndarray
    reset: str
    refractory: np.ndarray


@dataclasses.dataclass(frozen=True, eq=False)
class Junction:
    """Edges between two populations, or within one, and their conductance."""

    cls: str
    mode: str
    ends: tuple
    pre: np.ndarray
    post: np.ndarray
    # The shape is that of the argument ``weight``.
    weight: np.ndarray
    scale: np.ndarray | None
    law: str = "ohmic"
    # Of a spikelet, or of a rule of plasticity.
    form: str = ""
    amount: np.ndarray | float = 0.0
    layout: str | None = None


@dataclasses.dataclass(frozen=True, eq=False)
class Network:
    """All that is drawn; a failing test prints it."""

    seed: int
    precision: int
    dt: float
    batch: int | None
    populations: tuple
    junctions: tuple
    steps: int
    kappa: float

    @property
    def is_solved(self):
        return any(j.mode in SOLVED for j in self.junctions)


def precision_of(seed):
    """Return the precision of a network: both come with each combination."""
    return (32, 64)[(seed + seed // len(COMBINATIONS)) % 2]


def first_of(seed):
    """Return the kind, the class and the mode that a network has at least."""
    return COMBINATIONS[ORDER[seed % len(COMBINATIONS)]]


def draw(seed):
    """Return the network of a seed."""
    rng = np.random.default_rng([20, seed])
    kind, cls, mode = first_of(seed)
    two = rng.random() < 0.35
    kinds = [kind]
    if two:
        same = [
            k
            for k in KINDS
            if KINDS[k].group == KINDS[kind].group
            and abs(KINDS[k].low - KINDS[kind].low) < 10
            and not refused(k, cls)
        ]
        kinds.append(str(rng.choice(same)))
    # Every number of a batch is of its own, so it takes one in four networks.
    batch = 2 if rng.random() < 0.25 else None
    populations = tuple(_population(rng, k, batch) for k in kinds)
    dt = min(KINDS[k].dt for k in kinds)
    kappa = float(10 ** rng.uniform(-3, 3))
    junctions = [_junction(rng, cls, mode, populations, dt, kappa)]
    if rng.random() < 0.4:
        others = [c for c in CLASSES if not any(refused(k, c) for k in kinds)]
        other, its = str(rng.choice(others)), str(rng.choice(MODES))
        junctions.append(_junction(rng, other, its, populations, dt, kappa, True))
    remembers = any(j.cls in ("Plastic", "Spikelet") for j in junctions)
    steps = int(rng.choice([1, 2, 3], p=[0.1, 0.7, 0.2] if remembers else [0.8, 0.2, 0.0]))
    if kappa > 3 and any(j.mode in SOLVED and is_instantaneous(j.law) for j in junctions):
        # Their tangent is that of the step's start: cells may overshoot to anywhere.
        steps = 1
    return Network(seed, precision_of(seed), dt, batch, populations, tuple(junctions), steps, kappa)


def _population(rng, name, batch):
    kind = KINDS[name]
    size = SIZES[rng.integers(2)]
    n = int(np.prod(size))
    shape = (n,) if batch is None else (batch, n)
    V = rng.uniform(kind.low, kind.high, shape)
    if kind.reset is not None:
        spikes = rng.random(shape) < 0.25
        V = np.where(spikes, kind.threshold + rng.uniform(0.5, 4.0, shape), V)
    return Population(
        name,
        size,
        rng.uniform(*kind.C, n),
        rng.uniform(0.5, 2.0, n),
        V,
        rng.uniform(0.0, kind.drive, shape),
        str(rng.choice(["soft", "hard"])),
        rng.random(shape) < 0.2,
    )


def _edges(rng, n_pre, n_post, one):
    """Return ids of edges: none at all, with repetitions, or with cells joined to themselves."""
    count = int(rng.choice([0, 7], p=[0.05, 0.95]))
    pre, post = rng.integers(0, n_pre, count), rng.integers(0, n_post, count)
    if one and rng.random() < 0.85:
        post = np.where(pre == post, (post + 1) % n_post, post)
    return pre, post


def _junction(rng, cls, mode, populations, dt, kappa, again=False):
    two = len(populations) > 1
    one = not two or rng.random() < 0.3
    ends = (int(rng.integers(len(populations))) if again else 0,) * 2 if one else (0, 1)
    if two and not one and rng.random() < 0.5:
        ends = (1, 0)
    a, b = (populations[k] for k in ends)
    pre, post = _edges(rng, a.C.size, b.C.size, one)
    law, form, amount = _law(rng, cls, len(pre), a.kind)
    each = rng.uniform(0.2, 1.0, (len(pre), 2) if cls == "Asymmetry" else len(pre))
    if len(pre) and rng.random() < 0.3:
        # One conductance for all edges, in each shape that it may have.
        each = each[0] if rng.random() < 0.5 else each[:1]
    if mode not in SOLVED:
        # Below the limit of stability with any law, and with a strength of up to 2.
        kappa = min(kappa, 0.05 * kappa ** (1 / 6))
    # kappa is that of the cell with the largest sum of conductances over its capacitance.
    whole = np.broadcast_to(each.max(-1) if cls == "Asymmetry" else each, len(pre))
    total = [np.bincount(i, whole, p.C.size) / p.C for i, p in ((pre, a), (post, b))]
    rate = (total[0] + total[1]).max() if ends[0] == ends[1] else max(t.max() for t in total)
    weight = each * (kappa / dt / (rate if rate > 0 else 1.0))
    scale = None
    if rng.random() < 0.25:
        scale = rng.uniform(0.3, 1.0, len(pre) if rng.random() < 0.5 else ())
    layout = rng.choice([None, "edges", "dense"], p=[0.7, 0.15, 0.15])
    return Junction(cls, mode, ends, pre, post, weight, scale, law, form, amount, layout)


def _law(rng, cls, n_edges, kind):
    """Return the law, and what a junction has in addition to it."""
    if cls == "Rectifying":
        return str(rng.choice(RECTIFYING)), "", 0.0
    if cls == "VoltageGated":
        return str(rng.choice(GATED)), "", 0.0
    if cls == "Plastic":
        law = str(rng.choice(["ohmic", "slow", "olive"]))
        law = "ohmic" if refused(kind, "Rectifying") else law
        return law, str(rng.choice(["burst", "follows"])), 0.0
    if cls == "Spikelet":
        each = rng.uniform(0.5, 2.0, n_edges if rng.random() < 0.5 else ())
        return "ohmic", str(rng.choice(["area", "charge", "jump"])), each
    return "ohmic", "", 0.0


def is_directed(junction):
    """Return whether it matters which cell of an edge is pre."""
    return junction.cls == "Asymmetry" or junction.law in ONE_WAY
