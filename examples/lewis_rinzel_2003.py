# %% [markdown]
"""
# Whether two cells spike in turn or together depends on their drive, and on their spikes

This is a pair of integrate-and-fire cells with a gap junction, after Lewis & Rinzel (2003) J Comput
Neurosci 14:283-309, https://doi.org/10.1023/A:1023265027714. Voltage is in units of the distance
from reset to threshold, time in membrane time constants, and conductance in units of the leak. Cell
1 follows

    dv_1/dt = -v_1 + I + g_c (v_2 - v_1),   reset from 1 to 0,

and jumps by `g_c beta` when cell 2 spikes. Cell 2 follows the same equation. An integrate-and-fire
cell has no spike shape; beta is the area under the missing spike, which the junction would pass on.
It is the `spikelet` of `gj.SpikeletGapJunction`.

Coupling below threshold drives the pair out of phase, and spikes pull it into phase. With weak
coupling synchrony is stable at any drive I. Antiphase is stable only below the drive I* that is
given by equation 11,

    beta = (I* - 1/2) ln(I* / (I* - 1)) - 1.

| in the paper | published | here |
| --- | --- | --- |
| figure 2 left, I = 1.1 | antiphase, eighth spike at 11.088 | phase 0.500, at 11.090 |
| figure 2 right, I = 1.6 | synchrony, eighth spike at 3.833 | a step apart, at 3.833 |
| I* at beta = 0.1 | 1.494 | 1.51 |
| I* at beta = 0.2 | 1.259 | 1.27 |
| I* at beta = 0.3 | 1.165 | 1.17 |
| I* at beta = 0.5 | 1.082 | 1.08 |
| figure 6, phase between them at I = 1.15 | 0.088 | between 0.08 and 0.10 |

Both runs have g_c = beta = 0.2 and start at v = (0.59, 0). The published spike times were not read
off the figure but computed from the same equations, from spike to spike. I* is the drive at which a
simulated pair near antiphase neither approaches it nor leaves it. It is extrapolated to weak
coupling from g_c = 0.1 and 0.2, at which antiphase stays stable up to a drive that is 3 and 6 %
larger.

To draw the figure: `python examples/lewis_rinzel_2003.py --plot docs/images/lewis_rinzel_2003.png`;
`--full` uses a fifth of the time step and draws a finer diagram.
"""

# %%
import argparse

import brainpy.state as bp
import brainstate
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np
import saiunit as u
from scipy.optimize import brentq

import gapjunction as gj

# One time constant is 10 ms, threshold 1 mV above reset, leak 1 nS: drives are in pA.
TAU = 10 * u.ms
DRIVES, START = (1.1, 1.6), (0.59, 0.0)
PUBLISHED = np.array(
    [
        [1.897468, 2.853088, 4.478339, 5.634060, 7.116593, 8.371712, 9.784584, 11.087931],
        [0.579445, 0.958931, 1.545007, 1.917424, 2.510622, 2.875426, 3.476285, 3.832874],
    ]
)
BETAS = np.array([0.1, 0.2, 0.3, 0.5])


def simulate(drive, start, g_c, beta, duration, dt, record=False):
    """Simulate pairs side by side, without units.

    Returns for each pair the spike times of its two cells; with ``record`` times, too, and all
    voltages, of shape (steps, pairs, 2).
    """
    n = len(drive)
    cells = bp.LIF(
        2 * n,
        R=1 * u.Gohm,
        tau=TAU,
        V_rest=0 * u.mV,
        V_reset=0 * u.mV,
        V_th=1 * u.mV,
        spk_reset="hard",
    )
    first = 2 * np.arange(n)
    gap = gj.SpikeletGapJunction(
        cells, "V", (first, first + 1), g_c * u.nS, spikelet=beta * u.mV * TAU
    )
    brainstate.nn.init_all_states([cells, gap])
    cells.V.value = jnp.asarray(np.ravel(start), cells.V.value.dtype) * u.mV
    current = jnp.repeat(jnp.asarray(drive), 2) * u.pA

    def step(i):
        with brainstate.environ.context(i=i, t=i * dt * TAU, dt=dt * TAU):
            gap()
            spikes = cells(current) > 0
        return (spikes, cells.V.value.to_decimal(u.mV)) if record else spikes

    steps = jnp.arange(round(duration / dt))
    found = brainstate.transform.for_loop(step, steps)
    spikes = np.asarray(found[0] if record else found)
    t = (np.arange(len(spikes)) + 1) * dt
    times = [[t[spikes[:, k]], t[spikes[:, k + 1]]] for k in first]
    return (times, t, np.asarray(found[1]).reshape(-1, n, 2)) if record else times


def behind(phase, drive):
    """Return first voltages of pairs of which the second cell is a phase behind."""
    period = np.log(drive / (drive - 1))
    return np.stack([drive * (1 - np.exp(-phase * period)), 0 * drive], axis=1)


def lags(pair):
    """Return how far the second cell is behind the first, in cycles, each cycle."""
    return gj.measure.phase_difference(*(times * u.ms for times in pair)).phases


def folded(phase):
    """Return phases from 0 to 1/2, whichever cell is first."""
    return np.minimum(phase, 1 - phase)


# %% [markdown]
# ## Up to which drive antiphase is stable
#
# Pairs start at up to 0.15 cycles from antiphase. The growth of this distance in a cycle is fitted
# with a linear and a cubic term; I* is the drive at which the linear term vanishes. To extrapolate
# I* to weak coupling, twice the value at g_c = 0.1 minus the value at 0.2 is taken.


# %%
def weak_limit(beta):
    """Return I* of equation 11."""

    def excess(drive):
        return (drive - 0.5) * np.log(drive / (drive - 1)) - 1 - beta

    return brentq(excess, 1 + 1e-6, 100)


def gain(pairs, cycles=4, near=0.2):
    """Return the growth of a small distance to antiphase per cycle, relative to its size."""
    rows = []
    for pair in pairs:
        away = lags(pair)[1:] - 0.5
        if len(away) > cycles:
            middle = (away[cycles:] + away[:-cycles]) / 2
            rows.append(np.stack([middle, middle**3, (away[cycles:] - away[:-cycles]) / cycles]))
    x, cube, change = np.concatenate(rows, axis=1)
    use = abs(x) < near
    return np.linalg.lstsq(np.stack([x, cube], 1)[use], change[use], rcond=None)[0][0]


def antiphase_limits(g_c, dt, n_drives=10):
    """Return I* of simulated pairs for each of BETAS."""
    away = np.array([-0.15, -0.12, -0.09, -0.06, -0.03, 0.03, 0.06, 0.09, 0.12, 0.15])
    weak = np.array([weak_limit(beta) for beta in BETAS])
    drives = 1 + (weak[:, None] - 1) * np.linspace(0.8, 1.7, n_drives)
    shape = (*drives.shape, len(away))
    drive = np.broadcast_to(drives[:, :, None], shape).ravel()
    beta = np.broadcast_to(BETAS[:, None, None], shape).ravel()
    phase = 0.5 + np.broadcast_to(away, shape).ravel()
    times = simulate(drive, behind(phase, drive), g_c, beta, 30, dt)
    n = len(away)
    gains = np.array([gain(times[k : k + n]) for k in range(0, len(times), n)])
    limits = []
    for x, y in zip(drives, gains.reshape(drives.shape), strict=True):
        line = np.polynomial.Polynomial.fit(x, y, 2)
        roots = [root.real for root in line.roots() if abs(root.imag) < 1e-9]
        limits.append(min(roots, key=lambda root: abs(root - x.mean())))
    return np.array(limits)


# %% [markdown]
# ## Where pairs go
#
# Equation 10 is the rate at which phases change with weak coupling. Between its two stable phases,
# 0 and 1/2, lies an unstable one, which reaches antiphase at I*. Here g_c = 0.1. At low drive a
# cell moves slowly near threshold, so that a jump of g_c beta saves it more time, and more pairs
# than predicted synchronise.


# %%
def separatrix(drive, beta):
    """Return the unstable phase below 1/2 of equation 10, or NaN above I*."""
    T = np.log(drive / (drive - 1))

    def rate(x):
        apart = 2 / T * (x * np.sinh((1 - x) * T) - (1 - x) * np.sinh(x * T))
        return apart + beta / (drive * T**2) * (np.exp(x * T) - np.exp((1 - x) * T))

    return brentq(rate, 1e-9, 0.499) if rate(0.499) > 0 else np.nan


def basins(n, dt, beta=0.1, g_c=0.1):
    """Return drives and first phases of pairs, and by how much the phase grows from cycle 1 on."""
    drives, phases = np.linspace(1.05, 1.65, n), np.arange(0.02, 0.49, 0.46 / (2 * n - 3))
    drive, phase = (grid.ravel() for grid in np.meshgrid(drives, phases))
    times = simulate(drive, behind(phase, drive), g_c, np.full(len(drive), beta), 40, dt)
    first, last = np.array([lags(pair)[[0, -1]] for pair in times]).T
    # Pairs that synchronise in the first cycle have moved, too.
    return drive, phase, folded(last) - np.maximum(folded(first), phases[0])


# %%
BLUE, ORANGE, GREY = "#0072B2", "#D55E00", "0.45"
STILL = 0.005  # cycles


def draw(runs, limits, landscape, path):
    """The two runs; the phase in them; I* over beta; where pairs go, over I."""
    figure = plt.figure(figsize=(8, 8.2), layout="constrained")
    grid = figure.add_gridspec(3, 2, height_ratios=(1.15, 0.8, 1.8))
    for k, (drive, state, end) in enumerate(
        zip(DRIVES, ("antiphase", "synchrony"), (12, 4.2), strict=True)
    ):
        times, t, V = runs
        axes = figure.add_subplot(grid[0, k])
        for cell, colour in enumerate((BLUE, ORANGE)):
            axes.plot(t, V[:, k, cell], colour, lw=1.3, label=f"cell {cell + 1}")
            axes.vlines(times[k][cell], 1, 1.6, colour, lw=1.3)
        axes.plot(PUBLISHED[k], np.full(8, 1.82), "kv", ms=4, label="published spikes")
        axes.set(title=f"$I$ = {drive}: {state}", xlim=(0, end), ylim=(-0.05, 1.95))
        axes.set(xlabel="time (time constants)", yticks=(0, 1))
        if k == 0:
            axes.set_yticks((0, 1), ("reset", "threshold"))
            handles = axes.get_legend_handles_labels()
        below = figure.add_subplot(grid[1, k])
        lag = lags(times[k])
        below.plot(np.arange(20) + 1, folded(lag)[:20], "o", color=GREY, ms=4, clip_on=False)
        below.axhline(0.5 if k == 0 else 0, color="k", lw=0.8, ls=":")
        below.set(xlim=(0, 20.5), ylim=(-0.04, 0.56), xlabel="cycle", yticks=(0, 0.25, 0.5))
        if k == 0:
            below.set_ylabel("phase\n(cycles)")
            below.legend(*handles, loc="lower right", ncols=2, frameon=False, fontsize=8)

    axes = figure.add_subplot(grid[2, 0])
    drive = np.linspace(1.02, 1.75, 400)
    line = (drive - 0.5) * np.log(drive / (drive - 1)) - 1
    axes.plot(line, drive, "k", lw=1.2, label="equation 11")
    axes.fill_between(line, 1, drive, color=BLUE, alpha=0.1, lw=0)
    for (g_c, found), mark in zip(limits.items(), "sDo", strict=True):
        weak = g_c == 0
        label = "extrapolated to $g_c$ = 0" if weak else f"simulated, $g_c$ = {g_c}"
        style = {"mfc": ORANGE, "ms": 7} if weak else {"mfc": "w", "ms": 5}
        axes.plot(BETAS, found, mark, mec=ORANGE, label=label, **style)
    axes.annotate("synchrony alone\nis stable", (0.36, 1.42), ha="center")
    axes.annotate("antiphase is,\ntoo", (0.16, 1.08), ha="center", color=BLUE)
    axes.set(xlim=(0.05, 0.55), ylim=(1, 1.75), ylabel="drive $I$")
    axes.set_xlabel(r"area of a spike, $\beta$")
    axes.legend(loc="upper right", frameon=False, fontsize=9)
    axes.set_title("drive up to which antiphase is stable", fontsize=10)

    axes = figure.add_subplot(grid[2, 1])
    drive, phase, grown = landscape
    for sign, colour, label in ((1, BLUE, "to antiphase"), (-1, ORANGE, "to synchrony")):
        there = sign * grown > STILL
        axes.plot(drive[there], phase[there], "o", color=colour, ms=3.2, label=label)
    still = abs(grown) <= STILL
    axes.plot(drive[still], phase[still], "o", color="0.75", ms=3.2, label="hardly move")
    line = np.linspace(1.02, 1.7, 300)
    axes.plot(line, [separatrix(x, 0.1) for x in line], "k", lw=1.2, label="equation 10, unstable")
    axes.plot(1.15, 0.0884, "o", ms=11, mfc="none", mec="k", mew=1.3, label="published, $I$ = 1.15")
    axes.set(xlim=(1.02, 1.68), ylim=(0, 0.5), xlabel="drive $I$", ylabel="first phase (cycles)")
    axes.set_title(r"where pairs go at $\beta$ = 0.1", fontsize=10)
    axes.legend(
        loc="upper center", bbox_to_anchor=(0.45, -0.12), ncols=2, frameon=False, fontsize=8.5
    )
    for axes in figure.axes:
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=150)
    plt.close(figure)


# %%
def main(plot=None, full=False, dt=None, n_drives=10, size=None):
    """Run everything, print the results and return them.

    ``dt``, in time constants, is the time step; the diagram of where pairs go takes steps twice as
    long, and has ``size`` drives. I* is found among ``n_drives``, at least three.
    """
    fine = dt or (1e-4 if full else 5e-4)
    coarse = 2 * fine
    drives = np.array(DRIVES)
    runs = simulate(drives, np.tile(START, (2, 1)), 0.2, np.full(2, 0.2), 60, fine, record=True)
    eight = np.array([np.sort(np.concatenate(pair))[:8] for pair in runs[0]])
    ends = []
    for drive, pair, times, published in zip(DRIVES, runs[0], eight, PUBLISHED, strict=True):
        ends.append(folded(lags(pair)[-1]))
        print(f"I = {drive}: phase {ends[-1]:.3f} of a cycle after 60 time constants;")
        print(f"         eighth spike at {times[-1]:.3f}, published {published[-1]:.3f}")

    limits = {g_c: antiphase_limits(g_c, fine, n_drives) for g_c in (0.2, 0.1)}
    limits[0] = 2 * limits[0.1] - limits[0.2]
    print("drive up to which antiphase is stable:")
    for beta, *found in zip(BETAS, *limits.values(), strict=True):
        each = ", ".join(f"{x:.3f}" for x in found)
        print(f"  beta = {beta}: {each} at g_c = 0.2, 0.1, 0; equation 11: {weak_limit(beta):.3f}")

    landscape = basins(size or (25 if full else 13), coarse)
    if plot is not None:
        draw(runs, limits, landscape, plot)
        print(f"figure: {plot}")
    return {"ends": ends, "spikes": eight, "limits": limits, "landscape": landscape}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="In turn or together: two coupled cells.")
    parser.add_argument("--plot", metavar="FILE", help="draw the figure into FILE")
    parser.add_argument("--full", action="store_true", help="with finer steps")
    main(**vars(parser.parse_args()))
