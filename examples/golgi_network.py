# %% [markdown]
"""
# Sparse excitation desynchronises a network of electrically coupled Golgi cells

After Vervaeke, Lorincz, Gleeson, Farinella, Nusser & Silver (2010) Neuron 67:435-451,
https://doi.org/10.1016/j.neuron.2010.06.028. Golgi cells of the cerebellum fire spontaneously, and
gap junctions between them make them spike together. When mossy and parallel fibres excite a few of
the cells at the same time, their spikes and afterhyperpolarisations pass through the junctions to
the other cells. Each cell receives them as strongly as it is coupled, so that the network loses its
synchrony for a while.

All numbers are those of the published model (Open Source Brain, VervaekeEtAl-GolgiCellNetwork);
nothing was fitted. 45 cells have random positions in a volume of 350 x 80 x 350 um. Two cells at a
distance of r um, at most 155, are coupled with probability P (in percent). Their conductance g
follows from the coupling coefficient CC (in percent) that was measured at this distance:

    P = -1745 + 1835.5 / (1 + exp((r - 267) / 39)),    CC = -2.3 + 29.7 exp(-r / 70.4)
    g = -564.5 + 576.4 exp(CC / 12.4) + 0.5931 exp(CC / 2.79)   pS

The cell is `gj.neurons.Solinas2007`: its soma has the conductances of Solinas et al. (2007) Front
Cell Neurosci 1:2, at 23 degC. Each cell has a further leak of 0 to 0.26 mS/cm2. The stimulus
consists of some 16 events of mossy fibres and 260 of parallel fibres within 20 ms, to ten cells.
All cells get a few events of both kinds all the time.

**What is simplified**: the 4,672 segments of the published cell become one compartment of the same
area, 10,916 um2. The conductances of the soma, whose area is 2,290 um2, are spread over it, and the
synapses and junctions are on it, too. The low-threshold calcium current has a fixed reversal
potential, 130 mV, in place of a calcium pool of its own. Synapses open at once, for 0.1 ms. The
stimulus, which the paper gives at 1640 ms, is given here at six phases of the firing cycle.

| | published | here |
| --- | --- | --- |
| interval of a cell alone | 152 and 177 ms, in two simulators | 148 ms |
| junctions of a cell | 9.6 by P, 9.0 in a saved network | 9.4 |
| CC at 30 to 50 um | 14.1 % | 17.2 %, 12.6 % |
| CC at 50 to 80 um | 9.4 % | 11.0 %, 7.8 % |
| CC at 80 to 110 um | 5.6 % | 6.6 %, 4.4 % |
| CC at 110 to 155 um | 2.7 % | 3.6 %, 2.3 % |
| a spike's effect 50 um away | the afterhyperpolarisation dominates | 1.1 mV up, 2.8 mV down |
| without stimulus | cells are loosely synchronous | synchrony 0.97 to 0.99 |
| next spikes after the stimulus | excitation and inhibition, mixed | 22 ms later to 17 ms earlier |
| | rapid desynchronisation | down to 0.42 |
| | by heterogeneous coupling | shifts follow the coupling, rank correlation 0.94 |

Synchrony is the length of the mean phase vector of the cells that are not driven; the paper's index
was not available. Coupling coefficients are those of cells in the network, including all indirect
paths. The cells are held below threshold by a current of 30 or 60 pA, which gives the two numbers
in a row: because the membrane rectifies, they are 1.2 and 0.8 of the published ones.

Two things are not as published. Without the stimulus these cells are more than loosely synchronous.
And the effect of the stimulus depends on its phase. In the first and the last quarter of the cycle
it makes the next spikes come later. In the middle of the cycle it comes early enough for what the
junctions pass on to trigger spikes, and then most synchrony is lost. At phase 0.7 it has no effect.
In three other random networks synchrony falls to 0.4 to 0.74.

To draw the figure: `python examples/golgi_network.py --plot docs/images/golgi_network.png`;
`--full` runs with the published times, 5 s at a step of 0.05 ms, and twice as many phases.
"""

# %%
import argparse

import brainstate
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np
import saiunit as u
from scipy.signal import lfilter
from scipy.stats import spearmanr

import gapjunction as gj

# The area of the published morphology, which is one compartment here.
WHOLE = 10916.3 * u.um**2


def golgi(n, leak=0.0, V=-60.0):
    """Return cells with further leaks, in mS/cm2 of the soma, that start from V in mV."""
    return gj.neurons.Solinas2007(
        n, membrane=WHOLE, further_leak=leak * u.mS / u.cm**2, V_initializer=V * u.mV
    )


# %% [markdown]
# ## The network, and what it measures like

# %%
N, BOX, REACH = 45, np.array([350, 80, 350]), 155 * u.um
DRIVEN = np.arange(1, 11)


def probability(r):
    r = r.to_decimal(u.um)
    return np.clip((-1745 + 1835.5 / (1 + np.exp((r - 267) / 39))) / 100, 0, 1)


def coefficient(r):
    """Return the published coupling coefficient, a fraction, at a distance in um."""
    return (-2.3 + 29.7 * np.exp(-r / 70.4)) / 100


def conductance(r):
    """Return the published conductance in nS."""
    percent = 100 * coefficient(r)
    return (-564.5 + 576.4 * np.exp(percent / 12.4) + 0.5931 * np.exp(percent / 2.79)) / 1000


def network(seed=3):
    """Return positions in um, edges, their lengths, and further leaks in mS/cm2."""
    rng = np.random.default_rng(seed)
    where = rng.uniform(0, 1, (N, 3)) * BOX
    edges = gj.connectivity.distance(where * u.um, probability, max_distance=REACH, seed=seed)(N, N)
    length = np.linalg.norm(where[edges.pre_ids] - where[edges.post_ids], axis=1)
    return where, edges, length, rng.uniform(0, 0.26, N)


def run(cells, gap, synapses, dt, held=0.0):
    """Return V in mV, shape (steps, cells).

    ``synapses`` are conductances in nS to 0 mV, of the same shape; ``held`` is a current in nA.
    """
    brainstate.nn.init_all_states([cells, gap])

    def step(i, g):
        with brainstate.environ.context(i=i, t=i * dt * u.ms, dt=dt * u.ms):
            gap()
            cells(held * u.nA - g * u.nS * cells.V.value)
        return cells.V.value.to_decimal(u.mV)

    synapses = jnp.asarray(synapses, brainstate.environ.dftype())
    return np.asarray(brainstate.transform.for_loop(step, jnp.arange(len(synapses)), synapses))


def side_by_side(edges, length, copies):
    """Return the edges of networks beside each other, and their conductances in nS."""
    first = N * np.arange(copies)[:, None]
    pairs = (edges.pre_ids + first).ravel(), (edges.post_ids + first).ravel()
    return pairs, np.tile(conductance(length), copies)


HELD = (-0.03, -0.06)  # nA, into each cell


def coefficients(dt=0.1, duration=600):
    """Return lengths, and for each of HELD the coefficients of coupled pairs, mean of both ways."""
    _, edges, length, leak = network()
    cells = golgi(2 * N, np.tile(leak, 2))
    pairs, g = side_by_side(edges, length, 2)
    gap = gj.SymmetryGapJunction(cells, "V", pairs, g * u.nS)
    run(cells, gap, np.zeros((round(duration / dt), 2 * N)), dt, np.repeat(HELD, N))
    Z = gj.measure.transfer(gap).to_decimal(u.Mohm)
    ratio = Z / np.diag(Z)
    return length, ((ratio[pairs] + ratio[pairs[::-1]]) / 2).reshape(2, -1)


def spikelet(r=50.0, dt=0.1, duration=650):
    """Return time in ms, V of three cells, and a Spikelet.

    The first spikes, the second is held, r um away from it, and the third is alone.
    """
    cells = golgi(3)
    gap = gj.SymmetryGapJunction(cells, "V", ([0], [1]), np.ones(1) * conductance(r) * u.nS)
    V = run(cells, gap, np.zeros((round(duration / dt), 3)), dt, np.array([0.0, -0.025, 0.0]))
    seen = gj.measure.spikelet_amplitude(
        V[:, 0] * u.mV, V[:, 1] * u.mV, dt * u.ms, before=4 * u.ms, after=100 * u.ms
    )
    return np.arange(len(V)) * dt, V, seen


# %% [markdown]
# ## The experiment
#
# Trials of one network run side by side: with the stimulus, with the same background but without
# the stimulus, and with the stimulus but without junctions. In each trial the stimulus comes at
# another phase of the network's cycle.


# %%
MOSSY = ((0.7, 0.7), (0.2, 2.5))  # nS, ms
PARALLEL = ((0.67, 1.06),)


def openings(events, parts, dt):
    """Return conductances in nS of events counted in each step."""
    return sum(g * lfilter([1], [1, -np.exp(-dt / tau)], events, axis=0) for g, tau in parts)


def synapses(trial, at, duration, dt, stimulated):
    """Return the conductances of a trial in nS, shape (steps, cells)."""
    steps = round(duration / dt)
    noise, rng = np.random.default_rng(100 + trial), np.random.default_rng(200 + trial)
    mossy = noise.poisson(20 * 2e-3 * dt, (steps, N))
    parallel = noise.poisson(100 * 0.5e-3 * dt, (steps, N))
    for cell in DRIVEN if stimulated else ():
        # The published list of cells with mossy input leaves out number 6.
        for counts, sites, hertz, first, last in (
            (mossy, 0 if cell == 6 else 8, 200, 0, 10),
            (parallel, 50, 350, 2, 15),
        ):
            onset = at + first + rng.uniform(0, 5)
            k = slice(round(onset / dt), round((onset + last) / dt))
            counts[k, cell] += rng.poisson(sites * hertz / 1000 * dt, len(counts[k]))
    return openings(mossy, MOSSY, dt) + openings(parallel, PARALLEL, dt)


CONDITIONS = ("stimulus", "none", "uncoupled")


def experiment(onsets, duration, dt):
    """Return V in mV by condition, shape (steps, trials, N), with a trial for each onset in ms."""
    _, edges, length, leak = network()
    trials, n = len(onsets), len(CONDITIONS) * len(onsets)
    cells = golgi(n * N, np.tile(leak, n), np.random.default_rng(5).uniform(-65, -55, n * N))
    # The last condition is without junctions.
    pairs, g = side_by_side(edges, length, n - trials)
    gap = gj.SymmetryGapJunction(cells, "V", pairs, g * u.nS)
    given = [
        synapses(trial, at, duration, dt, name != "none")
        for name in CONDITIONS
        for trial, at in enumerate(onsets)
    ]
    V = run(cells, gap, np.concatenate(given, axis=1), dt).reshape(-1, len(CONDITIONS), trials, N)
    return dict(zip(CONDITIONS, np.moveaxis(V, 1, 0), strict=True))


OTHERS = np.setdiff1d(np.arange(N), DRIVEN)
CYCLE = 120.0  # ms, of the network
TRIALS = 6  # each at another phase of the cycle


def synchrony(V, dt):
    """Return the length of the mean phase of cells that are not driven, shape (trials, steps)."""
    length = []
    for trial in np.moveaxis(V[:, :, OTHERS], 1, 0):
        phases = gj.measure.phases(trial * u.mV, threshold=-20 * u.mV)
        length.append(np.abs(np.exp(2j * np.pi * phases).mean(axis=1)))
    return np.array(length)


def around(traces, onsets, dt, start, stop):
    """Return traces from start to stop, in ms from each trial's onset."""
    return np.array(
        [
            trace[round((at + start) / dt) : round((at + start) / dt) + round((stop - start) / dt)]
            for trace, at in zip(traces, onsets, strict=True)
        ]
    )


def delays(V, onsets, dt):
    """Return the delay of the next spike by the stimulus, in cells that are not driven, in ms.

    Of shape (trials, cells), within half a cycle to both sides; and the conductance in nS of their
    junctions to cells that are driven.
    """
    _, edges, length, _ = network()
    g = np.zeros((N, N))
    g[edges.pre_ids, edges.post_ids] = g[edges.post_ids, edges.pre_ids] = conductance(length)
    first = []
    for name in ("stimulus", "none"):
        after = around(np.moveaxis(V[name], 1, 0), onsets, dt, 20, 400)[:, :, OTHERS]
        first.append(np.argmax((after[:, 1:] >= -20) & (after[:, :-1] < -20), axis=1) * dt)
    late = (first[0] - first[1] + CYCLE / 2) % CYCLE - CYCLE / 2
    return late, g[OTHERS][:, DRIVEN].sum(axis=1)


def phase_of(V, onsets, dt):
    """Return at which phase of the network's cycle each trial has its stimulus."""
    found = []
    for trial, at in zip(np.moveaxis(V, 1, 0), onsets, strict=True):
        phases = gj.measure.phases(trial * u.mV, threshold=-20 * u.mV)[round(at / dt)]
        found.append(np.angle(np.exp(2j * np.pi * phases).mean()) / (2 * np.pi) % 1)
    return np.array(found)


# %%
BLUE, ORANGE, GREY = "#0072B2", "#D55E00", "0.45"
LABELS = {"none": (GREY, "without stimulus"), "uncoupled": ("0.75", "with it, not coupled")}


def draw_measured(left, right, measured, seen):
    """Coefficients over distance; a spikelet."""
    r = np.linspace(12, 155, 200)
    left.plot(r, 100 * coefficient(r), "k", lw=1.5, label="published", zorder=3)
    length, found = measured
    for held, values, colour in zip(HELD, found, (ORANGE, BLUE), strict=True):
        name = f"network, held by {-1000 * held:.0f} pA"
        left.plot(length, 100 * values, "o", ms=3.2, color=colour, alpha=0.7, mew=0, label=name)
    left.set(xlabel="distance (µm)", ylabel="coupling coefficient (%)", ylim=(0, 40), xlim=(0, 158))
    left.legend(frameon=False, fontsize=9)

    t, V, _ = seen
    at = gj.measure.spike_times(V[:, 0] * u.mV, t[1] * u.ms).to_decimal(u.ms)[-2]
    use = (t > at - 40) & (t < at + 110)
    right.plot(t[use] - at, V[use, 0], BLUE, lw=1.2, label="cell that spikes")
    right.plot(t[use] - at, V[use, 1], ORANGE, lw=1.6, label="partner, 50 µm away, held")
    right.set(xlabel="time from the spike (ms)", ylabel="V (mV)", xlim=(-40, 110), ylim=(-69, -50))
    right.legend(loc="upper right", frameon=False, fontsize=9)


def draw_spikes(axes, V, at, dt):
    """Spikes of a trial."""
    for row, cell in enumerate(np.concatenate([DRIVEN, OTHERS])):
        spikes = gj.measure.spike_times(V[:, cell] * u.mV, dt * u.ms).to_decimal(u.ms) - at
        colour = ORANGE if cell in DRIVEN else "k"
        axes.plot(spikes, np.full(len(spikes), row), "|", color=colour, ms=4, mew=1.1)
    axes.set(ylabel="cell", ylim=(N, -1), xlim=(BEFORE, AFTER), yticks=())
    axes.text(-0.005, 0.9, "driven", color=ORANGE, ha="right", transform=axes.transAxes, fontsize=9)


BEFORE, AFTER = -300, 800  # ms, what is shown


def draw(measured, seen, V, tracks, waits, phase, onsets, dt, path):
    """What is measured of the network; spikes of a trial; synchrony; delays."""
    stop = min(AFTER, len(V) * dt - onsets.max())
    figure = plt.figure(figsize=(8, 10), layout="constrained")
    grid = figure.add_gridspec(4, 2, height_ratios=(1.2, 1.25, 1, 1.2))
    draw_measured(*(figure.add_subplot(grid[0, k]) for k in (0, 1)), measured, seen)

    upper = figure.add_subplot(grid[1, :])
    colours = plt.get_cmap("plasma")(0.05 + 0.85 * phase)
    shown = {name: around(track, onsets, dt, BEFORE, stop) for name, track in tracks.items()}
    most = int(shown["stimulus"].min(axis=1).argmin())
    draw_spikes(upper, V[:, most], onsets[most], dt)
    upper.tick_params(labelbottom=False)
    upper.set_title(f"the trial with the largest effect, at phase {phase[most]:.2f}", fontsize=10)
    lower = figure.add_subplot(grid[2, :], sharex=upper)
    for name, length in shown.items():
        t = BEFORE + np.arange(length.shape[1]) * dt
        for trial, colour in zip(length, colours, strict=True):
            lower.plot(t, trial, color=colour if name == "stimulus" else LABELS[name][0], lw=1)
        if name != "stimulus":
            lower.plot([], [], color=LABELS[name][0], label=LABELS[name][1])
    lower.set(ylabel="synchrony of cells\nthat are not driven", ylim=(0, 1.05))
    lower.set_xlabel("time from the stimulus (ms)")
    lower.legend(loc="upper right", bbox_to_anchor=(1, 0.72), frameon=False, fontsize=9)
    for axes in (upper, lower):
        axes.axvline(0, color=GREY, lw=0.8, ls=":")

    where, edges, _, _ = network()
    left, right = (figure.add_subplot(grid[3, k]) for k in (0, 1))
    plane = where[:, [0, 2]]
    for a, b in zip(edges.pre_ids, edges.post_ids, strict=True):
        left.plot(*plane[[a, b]].T, color="0.8", lw=0.7, zorder=1)
    for cells, colour in ((OTHERS, "k"), (DRIVEN, ORANGE)):
        left.plot(*plane[cells].T, "o", color=colour, ms=5.5, zorder=2)
    left.set(xlabel="µm", ylabel="µm", aspect="equal")
    left.set_title("the network, from above", fontsize=10)

    delay, g = waits
    for k in np.argsort(phase):
        label = f"{phase[k]:.2f}"
        right.plot(g, delay[k], "o", color=colours[k], ms=3.5, mew=0, label=label)
    right.legend(
        title="phase of the stimulus",
        loc="upper center",
        bbox_to_anchor=(0.5, -0.2),
        ncols=3,
        frameon=False,
        fontsize=9,
    )
    right.axhline(0, color="0.8", lw=0.8)
    right.set(xlabel="junctions to driven cells (nS)", ylabel="delay of the next spike (ms)")
    right.set_title("cells that are not driven", fontsize=10)
    for axes in figure.axes:
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=150)
    plt.close(figure)


# %%
WINDOWS = {"before": (-250, -50), "after": (50, 250), "later": (600, 800)}  # ms from the stimulus


def main(plot=None, full=False, trials=None, duration=None, alone=650, held=600):
    """Run everything, print the results and return them.

    ``trials`` and ``duration`` (ms) are those of the experiment, ``alone`` and ``held`` (ms) those
    of the runs that measure the spikelet and the coupling coefficients. The duration must reach 400
    ms beyond the last stimulus; windows that end after it are left out.
    """
    first, usual_trials, usual, dt = (
        (1640, 2 * TRIALS, 5000, 0.05) if full else (440, TRIALS, 1500, 0.1)
    )
    trials, duration = trials or usual_trials, duration or usual
    onsets = first + CYCLE / trials * np.arange(trials)
    windows = {
        when: window for when, window in WINDOWS.items() if onsets.max() + window[1] <= duration
    }
    seen = spikelet(duration=alone)
    times = gj.measure.spike_times(seen[1][:, 2] * u.mV, seen[0][1] * u.ms).to_decimal(u.ms)
    peak, trough = (x.to_decimal(u.mV) for x in (seen[2].amplitude, seen[2].afterhyperpolarisation))
    print(f"interval of a cell alone: {np.diff(times)[-1]:.0f} ms")
    print(f"spikelet 50 um away: {peak:.1f} mV up, {trough:.1f} mV down")

    length, values = coefficients(duration=held)
    table = {}
    for low, high in ((30, 50), (50, 80), (80, 110), (110, 155)):
        use = (length >= low) & (length < high)
        table[low, high] = coefficient(length[use]).mean(), *values[:, use].mean(axis=1)
        row = ", ".join(f"{100 * x:.1f}" for x in table[low, high])
        print(f"coupling coefficient at {low} to {high} um: published, with 30 and 60 pA: {row} %")

    found = experiment(onsets, duration, dt)
    tracks = {name: synchrony(V, dt) for name, V in found.items()}
    levels = {}
    for name, track in tracks.items():
        for when, window in windows.items():
            levels[name, when] = around(track, onsets, dt, *window).mean(axis=1)
        row = ", ".join(
            f"{values.mean():.2f} ({values.min():.2f} to {values.max():.2f}) {when}"
            for (which, when), values in levels.items()
            if which == name
        )
        print(f"synchrony of cells that are not driven, {name}: {row}")
    waits = delays(found, onsets, dt)
    phase = phase_of(found["none"], onsets, dt)
    for k in np.argsort(phase):
        mean, spread = waits[0][k].mean(), waits[0][k].std()
        print(f"stimulus at phase {phase[k]:.2f}: next spikes {mean:+.0f} ms, sd {spread:.0f} ms")
    rank = spearmanr(abs(waits[0]).mean(axis=0), waits[1]).statistic
    print(f"rank correlation of what spikes move with conductance: {rank:.2f}")
    if plot is not None:
        draw((length, values), seen, found["stimulus"], tracks, waits, phase, onsets, dt, plot)
        print(f"figure: {plot}")
    return {
        "interval": np.diff(times)[-1],
        "spikelet": (peak, trough),
        "table": table,
        "levels": levels,
        "delays": waits,
        "phase": phase,
        "rank": rank,
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Golgi cells fall out of step.")
    parser.add_argument("--plot", metavar="FILE", help="draw the figure into FILE")
    parser.add_argument(
        "--full", action="store_true", help="as long as published, twice the trials"
    )
    main(**vars(parser.parse_args()))
