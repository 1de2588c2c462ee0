"""Pairs of leaky integrate-and-fire cells with spikelets, against exact and published solutions.

Lewis & Rinzel 2003, eq 5: ``dv/dt = -v + I + g_c (v' - v)``, reset from 1 to 0, and a jump by
``g_c beta`` at each spike of the partner; a cell that has just fired takes none.
"""

import functools

import brainpy.state as bp
import brainstate
import braintools
import jax.numpy as jnp
import numpy as np
import pytest
import saiunit as u
from numpy.testing import assert_array_equal
from scipy.optimize import brentq

import gapjunction as gj

TAU = 10.0  # ms


def pair(drive, v, g_c, beta, dt, duration, coupling="stage"):
    """Return times, in tau, and cells of the spikes of pairs side by side.

    ``drive`` and ``beta`` are one value for each pair, ``v`` is the first voltages of each cell.
    """
    drive, v = np.atleast_1d(drive), np.atleast_2d(v)
    n = len(drive)
    cells = bp.LIF(
        2 * n,
        R=1 * u.Gohm,
        tau=TAU * u.ms,
        V_th=1 * u.mV,
        V_reset=0 * u.mV,
        V_rest=0 * u.mV,
        spk_reset="hard",
    )
    area = np.broadcast_to(np.asarray(beta, float), n) * TAU * u.mV * u.ms
    edges = (np.arange(0, 2 * n, 2), np.arange(1, 2 * n, 2))
    gap = gj.SpikeletGapJunction(cells, "V", edges, g_c * u.nS, spikelet=area, coupling=coupling)
    cells.init_state()
    cells.V.value = v.reshape(-1) * u.mV
    gap.init_state()
    current = np.repeat(drive, 2) * u.pA

    def step(i):
        with brainstate.environ.context(i=i, t=i * dt * TAU * u.ms, dt=dt * TAU * u.ms):
            gap()
            return cells(current)

    spikes = np.asarray(brainstate.transform.for_loop(step, jnp.arange(round(duration / dt))))
    k, cell = np.nonzero(spikes)
    return (k + 1) * dt, cell


# Both from the paper's figure 2: g_c = 0.2, beta = 0.2, v(0) = (0.59, 0).
START = (0.59, 0.0)
ANTIPHASE = [
    1.897467817916,
    2.853087527184,
    4.478339345610,
    5.634059861104,
    7.116593302189,
    8.371711998066,
    9.784584375918,
    11.087930693909,
]
SYNCHRONY = [
    0.579445496350,
    0.958931492435,
    1.545006503035,
    1.917424290424,
    2.510621739438,
    2.875425611459,
    3.476284937878,
    3.832874254418,
]


@pytest.mark.parametrize(
    ("coupling", "drive", "times"),
    [("stage", 1.1, ANTIPHASE), ("semi_implicit", 1.6, SYNCHRONY), ("implicit", 1.1, ANTIPHASE)],
)
def test_spikes_come_at_the_published_times(x64, coupling, drive, times):
    errors = []
    for dt in (4e-3, 1e-3):
        found, cells = pair(drive, START, 0.2, 0.2, dt, times[-1] + 0.1, coupling)
        assert_array_equal(cells[:8], [0, 1] * 4)
        errors.append(np.abs(found[:8] - times).max())
    # First order: not more than a few steps late at the eighth spike, whatever the step.
    assert errors[0] < 7 * 4e-3
    assert errors[1] < 7 * 1e-3


# Two unlike cells, in real units: pF, nS, pA, mV, ms.
C = np.array([200.0, 50.0])
G, AREA = 4.0, 60.0
DRIVE = np.array([460.0, 125.0])
LOW, HIGH = -70.0, -50.0


@functools.cache
def exact(area, duration):
    """Return times and cells of the spikes of the unlike pair, solved from event to event."""
    A = -np.eye(2) / TAU + G / C[:, None] * np.array([[-1, 1], [1, -1]])
    rest = -np.linalg.solve(A, LOW / TAU + DRIVE / C)
    jump, V, now = G * area / C, np.full(2, LOW), 0.0
    times, cells = [], []
    rates, modes = np.linalg.eig(A)
    grid = np.linspace(0, 60, 1201)

    def after(s, V):
        part = np.exp(np.multiply.outer(s, rates)) * np.linalg.solve(modes, V - rest)
        return rest + part @ modes.T

    while True:
        k = int(np.argmax(after(grid, V).max(axis=1) >= HIGH))
        excess = functools.partial(lambda s, V: after(s, V).max() - HIGH, V=V)
        s = brentq(excess, grid[k - 1], grid[k], xtol=1e-13)
        now, V = now + s, after(s, V)
        if now > duration:
            return np.array(times), np.array(cells)
        first = int(V.argmax())
        fired = [first]
        V[1 - first] += jump[1 - first]
        if V[1 - first] >= HIGH:
            fired.append(1 - first)
        V[fired] = LOW
        times += [now] * len(fired)
        cells += fired


def unlike(area, dt, duration, coupling):
    """Return the same of the library."""
    cells = bp.LIF(
        2,
        R=TAU / C * u.Gohm,
        tau=TAU * u.ms,
        V_th=HIGH * u.mV,
        V_reset=LOW * u.mV,
        V_rest=LOW * u.mV,
        V_initializer=braintools.init.Constant(LOW * u.mV),
        spk_reset="hard",
    )
    gap = gj.SpikeletGapJunction(
        cells, "V", ([0], [1]), G * u.nS, spikelet=area * u.mV * u.ms, coupling=coupling
    )
    cells.init_state()
    gap.init_state()

    def step(i):
        with brainstate.environ.context(i=i, t=i * dt * u.ms, dt=dt * u.ms):
            gap()
            return cells(DRIVE * u.pA)

    spikes = np.asarray(brainstate.transform.for_loop(step, jnp.arange(round(duration / dt))))
    k, cell = np.nonzero(spikes)
    return (k + 1) * dt, cell


# An area above 0 depolarises, one below hyperpolarises.
@pytest.mark.parametrize(
    ("coupling", "area"), [("stage", 60.0), ("semi_implicit", 60.0), ("implicit", -40.0)]
)
def test_unlike_cells_converge_to_the_exact_solution(x64, area, coupling):
    times, who = exact(area, 150.0)
    assert min((who == 0).sum(), (who == 1).sum()) >= 4
    worst = []
    for dt in (0.02, 0.005):
        found, cells = unlike(area, dt, 151.0, coupling)
        assert_array_equal(cells[: len(who)], who)
        worst.append(np.abs(found[: len(who)] - times).max() / dt)
    # First order: so many steps late, whatever the step.
    assert max(worst) < 25
    assert worst[1] > worst[0] / 3


# beta, and the drive above which antiphase is not stable: eq 11,
# beta = (I - 1/2) ln(I / (I - 1)) - 1.
LIMITS = {0.1: 1.494153, 0.2: 1.259221, 0.3: 1.164843}


def lag(times, cells, n):
    """Return how far apart, in cycles, the two cells of each pair are at the end."""
    found = []
    for k in range(n):
        a, b = times[cells == 2 * k], times[cells == 2 * k + 1]
        phase = (b[b > a[-2]][0] - a[-2]) / (a[-1] - a[-2])
        found.append(min(phase % 1, 1 - phase % 1))
    return np.array(found)


def test_limits_are_those_of_the_equation():
    for beta, drive in LIMITS.items():
        assert abs((drive - 0.5) * np.log(drive / (drive - 1)) - 1 - beta) < 1e-5


@pytest.mark.one_stack
def test_antiphase_is_stable_below_the_published_drive_and_synchrony_at_any(x64):
    betas = np.array(list(LIMITS))
    critical = np.array(list(LIMITS.values()))
    below, above = 1 + 0.5 * (critical - 1), 1 + 2 * (critical - 1)
    drive = np.concatenate([below, above, below, above])
    beta = np.tile(betas, 4)
    # Where the cell that starts at 0 is after 40 % of its cycle, and after 3 %.
    T = np.log(drive / (drive - 1))
    away = np.repeat([0.4, 0.4, 0.03, 0.03], len(betas))
    v = np.stack([drive * (1 - np.exp(-away * T)), 0 * drive], axis=1)
    times, cells = pair(drive, v, 0.1, beta, 2e-3, 200.0)
    found = lag(times, cells, len(drive)).reshape(4, -1)
    assert found[0].min() > 0.45, "antiphase, low drive"
    assert found[1].max() < 0.02, "antiphase, high drive"
    assert found[2:].max() < 0.02, "synchrony"


def test_without_spikelets_cells_go_to_antiphase(x64):
    drive = np.array([1.1, 1.3, 1.6])
    T = np.log(drive / (drive - 1))
    v = np.stack([drive * (1 - np.exp(-0.2 * T)), 0 * drive], axis=1)
    times, cells = pair(drive, v, 0.2, 0.0, 2e-3, 150.0)
    assert lag(times, cells, 3).min() > 0.45
