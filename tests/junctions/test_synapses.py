"""Chemical synapses of brainpy.state beside junctions, in either order of construction.

Every kind of projection hands its current over in another way: as an input that the population
calls, through a function that runs before its update, as a delta input, or through a delay.
"""

import functools
import itertools

import brainpy.state as bp
import brainstate
import braintools
import jax.numpy as jnp
import numpy as np
import pytest
import saiunit as u
from scipy.linalg import expm

import gapjunction as gj
from models import mv, pairs

# The same current in populations of one stage: the quick part of the suite takes one of the two.
MODES = [pytest.param("step", marks=pytest.mark.slow), "stage"]
ORDERS = ["junction first", "synapse first"]
N, INPUTS, STEPS, DT = 3, 4, 120, 0.1
EDGES = ([0, 1], [1, 2])
WEIGHTS = np.abs(np.sin(np.arange(1.0, INPUTS * N + 1))).reshape(INPUTS, N)
TAU, DELAY = 3.0, 7


def spikes_at(i):
    """Whether each input spikes in step ``i``."""
    return ((i * np.array([3, 5, 7, 11]) + np.array([1, 2, 3, 4])) % 13 == 0) * 1.0


class Weights(brainstate.nn.Module):
    """A dense matrix between inputs and cells."""

    def __init__(self, scale):
        super().__init__()
        self.in_size, self.out_size = (INPUTS,), (N,)
        self.matrix = jnp.asarray(WEIGHTS) * scale

    def update(self, x):
        # The products of brainevent, whose events some projections pass, need numba.
        return u.math.matmul(getattr(x, "value", x), self.matrix)


def expon(size, unit):
    start = braintools.init.ZeroInit(unit=unit)
    return bp.Expon, (size,), {"tau": TAU * u.ms, "g_initializer": start}


def made(what, describe=False):
    kind, args, more = what
    return kind.desc(*args, **more) if describe else kind(*args, **more)


def align_post(cells, g, describe, **more):
    return bp.AlignPostProj(
        comm=Weights(g),
        syn=made(expon(N, u.get_unit(g)), describe),
        out=made((bp.COBA, (), {"E": 0.0 * u.mV}), describe),
        post=cells,
        **more,
    )


def current(cells, g, **more):
    return bp.CurrentProj(comm=Weights(g), out=bp.CUBA(scale=20.0 * u.mV), post=cells, **more)


class Filter(bp.Expon):
    """An exponential synapse that takes the events of brainevent, which some projections pass."""

    def update(self, x):
        return super().update(getattr(x, "value", x))


def align_pre(cells, g):
    return bp.align_pre_projection(
        lambda x: x,
        syn=Filter(INPUTS, tau=TAU * u.ms, g_initializer=braintools.init.ZeroInit()),
        comm=Weights(g),
        out=bp.COBA(E=0.0 * u.mV),
        post=cells,
    )


def align_post_of_events(cells, g, describe):
    return bp.align_post_projection(
        lambda x: x,
        comm=Weights(g),
        syn=made(expon(N, u.get_unit(g)), describe),
        out=made((bp.COBA, (), {"E": 0.0 * u.mV}), describe),
        post=cells,
    )


LATE = {"delay": DELAY * DT * u.ms}
# What each kind is, what of the closed form it is, and whether it comes late.
KINDS = {
    "align post, described": (lambda c, g: align_post(c, g, True), "conductance", 0),
    "align post, object": (lambda c, g: align_post(c, g, False), "conductance", 0),
    "align post, described, delay": (
        lambda c, g: align_post(c, g, True, **LATE),
        "conductance",
        DELAY,
    ),
    "align post, object, delay": (
        lambda c, g: align_post(c, g, False, **LATE),
        "conductance",
        DELAY,
    ),
    "align post, described, label": (
        lambda c, g: align_post(c, g, True, label="excitation"),
        "conductance",
        0,
    ),
    "align post of events, described": (
        lambda c, g: align_post_of_events(c, g, True),
        "conductance",
        0,
    ),
    "align post of events, object": (
        lambda c, g: align_post_of_events(c, g, False),
        "conductance",
        0,
    ),
    "align pre": (align_pre, "conductance", 0),
    "current": (current, "current", 0),
    "current, delay": (lambda c, g: current(c, g, **LATE), "current", DELAY),
    "delta": (lambda c, g: bp.DeltaProj(comm=Weights(0.5 * u.mV), post=c), "delta", 0),
}


class Network(brainstate.nn.Module):
    """Cells with a junction and a synapse, made and called in the same order."""

    def __init__(self, cells, junction, synapse, order):
        super().__init__()
        self.cells = cells
        makers = {"junction": junction, "synapse": synapse}
        self.order = sorted(makers, reverse=order == "synapse first")
        for name in self.order:
            setattr(self, name, makers[name](cells))

    def update(self, spikes, x):
        for name in self.order:
            if name == "junction":
                self.junction()
            else:
                self.synapse(spikes)
        self.cells(x)
        return self.cells.V.value


def run(net, x, start, eager=False):
    """Voltages in mV after each step, shape (STEPS, N)."""
    # Some neurons start at random.
    brainstate.random.seed(3)
    brainstate.nn.init_all_states(net)
    net.cells.V.value = jnp.asarray(start) * u.mV
    table = jnp.asarray([spikes_at(i) for i in range(STEPS)])

    def step(i):
        with brainstate.environ.context(i=i, t=i * DT * u.ms, dt=DT * u.ms):
            return net.update(table[i], x)

    if eager:
        return mv(u.math.stack([step(i) for i in range(12)]))
    return mv(brainstate.transform.for_loop(step, jnp.arange(STEPS)))


# The closed form. With its conductances held during a step, a passive network is linear, and its
# voltages at the end of a step are known exactly.

C, LEAK, REST, GAP, SYNAPSE = 0.1, 0.01, -65.0, 0.02, 0.004  # nF, uS, mV, uS, uS
START = np.array([-65.0, -40.0, -70.0])


def closed_form(part, late, mode):
    laplacian = np.zeros((N, N))
    for i, j in zip(*EDGES, strict=True):
        laplacian[[i, j], [i, j]] += GAP
        laplacian[[i, j], [j, i]] -= GAP
    g, V, found = np.zeros(N), START, []
    for n in range(STEPS):
        spikes = spikes_at(n - late) if n >= late else np.zeros(INPUTS)
        arrived = spikes @ WEIGHTS
        g = g * np.exp(-DT / TAU) + arrived * SYNAPSE
        drive, slope = np.full(N, LEAK * REST), np.eye(N) * LEAK
        if part == "conductance":
            slope = slope + np.diag(g)
        elif part == "current":
            drive = drive + arrived * SYNAPSE * 20
        if mode == "stage":
            slope = slope + laplacian
        else:
            drive = drive - laplacian @ V
        rest = np.linalg.solve(slope, drive)
        V = rest + expm(-slope * DT / C) @ (V - rest)
        if part == "delta":
            V = V + arrived * 0.5
        found.append(V)
    return np.array(found)


def passive():
    leak = gj.ion_channels.Channel(N, g_max=LEAK * u.uS, E=REST * u.mV)
    return gj.PointNeuron(N, C * u.nF, {"leak": leak}, solver="rk4")


# Each kind in one order here, and in the other beside those of brainpy.
ONE_ORDER = dict(zip(KINDS, itertools.cycle(ORDERS), strict=False))
OTHER_ORDER = dict(zip(KINDS, itertools.cycle(ORDERS[::-1]), strict=False))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("kind", "order"), ONE_ORDER.items())
def test_synapses_beside_junctions_give_the_closed_form(kind, mode, order, x64):
    synapse, part, late = KINDS[kind]
    net = Network(
        passive(),
        lambda c: gj.SymmetryGapJunction(c, "V", pairs(*EDGES), GAP * u.uS, coupling=mode),
        lambda c: synapse(c, SYNAPSE * u.uS),
        order,
    )
    V = run(net, 0 * u.nA, START)
    exact = closed_form(part, late, mode)
    # Both the junction and the synapse matter.
    assert abs(exact[-1] - REST).min() > 0.5
    # The error of the classical Runge-Kutta method at this step is 2e-6 mV.
    np.testing.assert_allclose(V, exact, rtol=0, atol=1e-5)


# Solved together with the step, by the answer that a point neuron states, or by one found on trial.
SOLVED = list(itertools.product(["semi_implicit", "implicit"], [True, False]))
FIRST = dict(zip(KINDS, itertools.cycle(SOLVED), strict=False))
SOLVED_CASES = [
    pytest.param(kind, *how, marks=() if how == FIRST[kind] else pytest.mark.slow)
    for kind, how in itertools.product(KINDS, SOLVED)
]


def solved_form(part, late, mode, stated):
    """Exponential Euler with the current of the junction at voltages of the step's end."""
    laplacian = np.zeros((N, N))
    for i, j in zip(*EDGES, strict=True):
        laplacian[[i, j], [i, j]] += GAP
        laplacian[[i, j], [j, i]] -= GAP
    own = np.diag(np.diag(laplacian)) if mode == "semi_implicit" else laplacian
    g, V, found = np.zeros(N), START, []
    for n in range(STEPS):
        arrived = (spikes_at(n - late) if n >= late else np.zeros(INPUTS)) @ WEIGHTS
        g = g * np.exp(-DT / TAU) + arrived * SYNAPSE
        slope = LEAK + (g if part == "conductance" else 0 * g)
        drive = LEAK * REST + (arrived * SYNAPSE * 20 if part == "current" else 0 * g)
        kick = arrived * 0.5 if part == "delta" else 0 * g
        decay = np.exp(-slope * DT / C)
        rho = (1 - decay) / slope
        free = drive / slope + decay * (V - drive / slope)
        # What a trial finds at the end of the step has the jump in it; a solver adds it later.
        before, after = (0, kick) if stated else (kick, 0)
        right = free + before - rho * ((laplacian - own) @ V)
        V = np.linalg.solve(np.eye(N) + rho[:, None] * own, right) + after
        found.append(V)
    return np.array(found)


@pytest.mark.parametrize(("kind", "mode", "stated"), SOLVED_CASES)
def test_synapses_beside_junctions_that_are_solved_with_the_step(kind, mode, stated, x64):
    synapse, part, late = KINDS[kind]
    leak = gj.ion_channels.Channel(N, g_max=LEAK * u.uS, E=REST * u.mV)
    cells = gj.PointNeuron(N, C * u.nF, {"leak": leak})
    cells.states_answer = stated
    net = Network(
        cells,
        lambda c: gj.SymmetryGapJunction(c, "V", pairs(*EDGES), GAP * u.uS, coupling=mode),
        lambda c: synapse(c, SYNAPSE * u.uS),
        ONE_ORDER[kind],
    )
    V = run(net, 0 * u.nA, START)
    np.testing.assert_allclose(V, solved_form(part, late, mode, stated), rtol=0, atol=1e-9)


# As brainpy.state's own junction, in its neurons.

HOSTS = {
    "LIF": (
        lambda: bp.LIF(
            N,
            R=100 * u.Mohm,
            tau=10 * u.ms,
            V_rest=-65 * u.mV,
            V_reset=-68 * u.mV,
            V_th=-50 * u.mV,
            spk_reset="hard",
        ),
        1.0 * u.uS,
        0.2 * u.nA,
    ),
    "CubaLIF": (
        lambda: bp.CubaLIF(
            N,
            R=100 * u.Mohm,
            tau=10 * u.ms,
            V_rest=-65 * u.mV,
            V_reset=-68 * u.mV,
            V_th=-50 * u.mV,
            spk_reset="hard",
        ),
        1.0 * u.uS,
        0.2 * u.nA,
    ),
    "HH": (lambda: bp.HH(N), 10.0 * u.mS, 4 * u.uA),
}


def in_host(host, kind, order, junction, eager=False):
    make, scale, x = HOSTS[host]
    net = Network(
        make(),
        lambda c: junction(c, "V", pairs(*EDGES), 0.004 * scale),
        lambda c: KINDS[kind][0](c, 0.002 * scale),
        order,
    )
    return run(net, x, START, eager)


@functools.cache
def of_brainpy(host, kind, eager=False):
    return in_host(host, kind, "synapse first", bp.SymmetryGapJunction, eager)


CASES = [("LIF", kind, OTHER_ORDER[kind]) for kind in KINDS] + [
    (host, kind, order)
    for host, orders in (("CubaLIF", ONE_ORDER), ("HH", OTHER_ORDER))
    for kind, order in orders.items()
    if kind in ("align post, described", "align post, object, delay", "align pre", "current")
]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("host", "kind", "order"), CASES)
def test_synapses_beside_junctions_act_as_beside_those_of_brainpy(host, kind, mode, order, x64):
    junction = functools.partial(gj.SymmetryGapJunction, coupling=mode)
    V = in_host(host, kind, order, junction)
    assert np.ptp(V) > 10
    np.testing.assert_allclose(V, of_brainpy(host, kind), rtol=0, atol=1e-9)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("kind", "order"),
    [
        ("align post, described", "synapse first"),
        ("align pre", "junction first"),
        ("current, delay", "synapse first"),
        ("delta", "junction first"),
    ],
)
def test_the_same_holds_eagerly(kind, mode, order, x64):
    junction = functools.partial(gj.SymmetryGapJunction, coupling=mode)
    V = in_host("LIF", kind, order, junction, eager=True)
    np.testing.assert_allclose(V, of_brainpy("LIF", kind, True), rtol=0, atol=1e-9)
    np.testing.assert_allclose(V, of_brainpy("LIF", kind)[: len(V)], rtol=0, atol=1e-9)


class Two(brainstate.nn.Module):
    """Two populations that excite and inhibit each other, with a junction between them."""

    def __init__(self, junction, order):
        super().__init__()
        make = HOSTS["LIF"][0]
        self.one, self.two = make(), make()
        if order == "junction first":
            self.gap = junction((self.one, self.two), "V", pairs(*EDGES), 0.004 * u.uS)
        self.forth = self.synapse(self.one.V_th, self.two, 0.0 * u.mV)
        self.back = self.synapse(self.two.V_th, self.one, -80.0 * u.mV)
        if order == "synapse first":
            self.gap = junction((self.one, self.two), "V", pairs(*EDGES), 0.004 * u.uS)

    def synapse(self, level, post, E):
        return bp.AlignPostProj(
            comm=brainstate.nn.AllToAll(N, N, 0.003 * u.uS),
            syn=made(expon(N, u.uS), True),
            out=bp.COBA.desc(E=E),
            post=post,
            delay=0.5 * u.ms,
        )

    def update(self):
        self.forth(self.one.get_spike())
        self.gap()
        self.back(self.two.get_spike())
        self.one(0.25 * u.nA)
        self.two(0.1 * u.nA)
        return u.math.concatenate([self.one.V.value, self.two.V.value])


def voltages_of_two(junction, order):
    net = Two(junction, order)
    brainstate.nn.init_all_states(net)
    net.one.V.value, net.two.V.value = jnp.asarray(START) * u.mV, jnp.full(N, -60.0) * u.mV

    def step(i):
        with brainstate.environ.context(i=i, t=i * DT * u.ms, dt=DT * u.ms):
            return net.update()

    return mv(brainstate.transform.for_loop(step, jnp.arange(400)))


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("mode", MODES)
def test_synapses_and_junctions_between_two_populations(mode, order, x64):
    V = voltages_of_two(functools.partial(gj.SymmetryGapJunction, coupling=mode), order)
    wanted = voltages_of_two(bp.SymmetryGapJunction, "synapse first")
    # Both populations spike, so that all synapses are active.
    assert (V[:, :N] >= -50).any()
    assert (V[:, N:] >= -50).any()
    np.testing.assert_allclose(V, wanted, rtol=0, atol=1e-9)
