# %% [markdown]
"""
# Silent cells of the inferior olive oscillate once they are coupled

After Manor, Rinzel, Segev & Yarom (1997) J Neurophysiol 77:2736-2752,
https://doi.org/10.1152/jn.1997.77.5.2736. A model cell has a leak and a low-threshold calcium
current. The densities of the two decide whether it oscillates below the threshold of spikes.

    C dV/dt = -g_L (V + 63) - g_Ca m_inf(V)^3 h (V - 120) - g_c s (V - V_j)
    dh/dt   = (h_inf(V) - h) / tau_h(V)
    m_inf   = 1 / (1 + exp(-(V + 61) / 4.2)),   h_inf = 1 / (1 + exp((V + 85.5) / 8.6))
    tau_h   = 40 + 30 exp((V + 160) / 30) / (1 + exp((V + 84) / 7.3))   ms,   C = 1 uF/cm2

The numbers are those of ModelDB 144502 (Torben-Nielsen, Segev & Yarom 2012, PLoS Comput Biol
8:e1002580), a model "developed by Manor et al". A cell has an area of 1963.5 um2 there, so that 1
nS is 0.0509 mS/cm2. For the pair we chose g_Ca = 0.7 mS/cm2 in both cells and g_L = 0.20 and 0.36
mS/cm2, so that one cell rests at -53.9 mV and the other at -60.0 mV. Coupling is either ohmic,
s = 1, or falls with the voltage difference as `gj.laws.Olive` says, with
s = 0.2 + 0.8 exp(-(V - V_j)^2 / (10 mV)^2).

| | published | here |
| --- | --- | --- |
| "it is not necessary for either cell to be a spontaneous oscillator" | yes | yes, from 0.053 on |
| coupled cells, frequency | 4 to 10 Hz | 7.7 to 8.5 Hz |
| coupled cells, amplitude | 0.1 to 10 mV | up to 9.2 mV |
| region of oscillations in the map of figure 1A (2012) | a wedge | the same wedge |
| frequencies in it, at 12 points | 5.00 to 10.77 Hz | lower by 0.19 to 0.26 Hz at each |

The difference in frequency is small and nearly the same at all points: one cycle in 5 s. Its cause
is not known. SciPy agrees with the frequencies here.

Linear stability analysis predicts where oscillations begin with amplitude 0: for ohmic coupling at
0.0529 mS/cm2 (1.04 nS) and 8.47 Hz, and with the olive's law, as the cells rest 4 mV apart, at
0.0553 mS/cm2 and 8.56 Hz. In the simulations they begin at 0.0530 and 0.0552 mS/cm2. Strongly
coupled, the pair behaves like one cell with the mean of the two densities, which oscillates by
itself at 7.64 Hz: this is the rule of thumb of the paper of 1997.

To draw the figure:
`python examples/inferior_olive.py --plot docs/images/inferior_olive.png`; `--full` draws the map at
its published size, 50 by 50 cells.
"""

# %%
import argparse

import brainstate
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np
import saiunit as u

import gapjunction as gj
from gapjunction.ion_channels import Channel, Gate, exponential, sigmoid

DENSITY = u.mS / u.cm**2
G_L, G_CA = np.array([0.20, 0.36]), 0.7  # mS/cm2, of the pair
LAWS = {"ohmic": gj.laws.Ohmic(), "olive": gj.laws.Olive()}
CONDUCTANCES = np.concatenate(
    [[0.02, 0.04], np.arange(0.05, 0.06, 0.001), [0.07, 0.08, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0]]
)
# From the file behind figure 1A of Torben-Nielsen et al. (2012): a row of the map has oscillations
# between two leaks, with these frequencies at its ends. g_Ca, g_L, g_L, Hz, Hz
PUBLISHED = np.array(
    [
        [0.3367, 0.1286, 0.1469, 5.59, 5.00],
        [0.4286, 0.1561, 0.1929, 6.52, 5.50],
        [0.5204, 0.1837, 0.2388, 7.30, 5.93],
        [0.7041, 0.2388, 0.3306, 8.63, 6.77],
        [0.8878, 0.2939, 0.4133, 9.75, 7.18],
        [1.0714, 0.3490, 0.4500, 10.77, 9.23],
    ]
)


RISE = exponential(30 * u.ms, -160 * u.mV, 30 * u.mV)
FALL = sigmoid(1.0, -84 * u.mV, -7.3 * u.mV)


def tau_h(V):
    return 40 * u.ms + RISE(V) * FALL(V)


class Calcium(Channel):
    ion = "Ca"
    g_max = 0.4 * DENSITY
    E = 120 * u.mV
    m = Gate(3, steady_state=sigmoid(1.0, -61 * u.mV, 4.2 * u.mV))
    h = Gate(
        1,
        steady_state=sigmoid(1.0, -85.5 * u.mV, -8.6 * u.mV),
        time_constant=tau_h,
    )


def simulate(g_L, g_Ca, duration, dt=0.25, couple=None):
    """Return V in mV every step, shape (steps, cells); ``couple(cells)`` makes a junction."""
    n = len(g_L)
    cells = gj.PointNeuron(
        n,
        C=1 * u.uF / u.cm**2,
        channels={
            "Ca": Calcium(n, g_max=g_Ca * DENSITY),
            "leak": Channel(n, g_max=g_L * DENSITY, E=-63 * u.mV),
        },
        solver="staggered",
        V_initializer=-57 * u.mV,
    )
    gap = couple(cells) if couple is not None else None
    brainstate.nn.init_all_states(cells)

    def step(i):
        with brainstate.environ.context(i=i, t=i * dt * u.ms, dt=dt * u.ms):
            if gap is not None:
                gap()
            cells()
        return cells.V.value.to_decimal(u.mV)

    return np.asarray(brainstate.transform.for_loop(step, jnp.arange(round(duration / dt))))


def simulate_pairs(conductances, law, duration=12_000, dt=0.25, scale=None):
    """Return V of a pair for each conductance, shape (steps, conductances, 2)."""
    first = 2 * np.arange(len(conductances))

    def couple(cells):
        return gj.RectifyingGapJunction(
            cells, "V", (first, first + 1), conductances * DENSITY, law=law, scale=scale
        )

    g_L = np.tile(G_L, len(conductances))
    V = simulate(g_L, G_CA, duration, dt, couple)
    return V.reshape(len(V), -1, 2)


def oscillation(V, dt, least=0.05):
    """Return frequency in Hz, 0 where there is none, and amplitude from trough to peak in mV."""
    around = V - V.mean(axis=0)
    height = np.ptp(V, axis=0)
    rises = gj.measure.spike_times(around.reshape(len(V), -1) * u.mV, dt * u.ms, 0 * u.mV)
    times = [found.to_decimal(u.second) for found in rises]
    cycles = [1 / np.diff(t).mean() if len(t) > 2 else 0.0 for t in times]
    return np.where(height > least, np.reshape(cycles, height.shape), 0.0), height


# %% [markdown]
# ## How much coupling it takes
#
# The amplitude grows as the square root of the distance to the least conductance, as at a Hopf
# bifurcation. Pairs that start 7 mV away, or at rest, end in the same oscillation.


# %%
def onset(conductances, height):
    """Return the conductance at which the square of the amplitude extrapolates to 0."""
    # Nearer to the onset, 12 s are too short to settle.
    small = (height > 1.5) & (height < 4.8)
    if small.sum() < 3:
        return np.nan
    return np.polyfit(height[small] ** 2, conductances[small], 2)[-1]


def frequency_map(size, dt, duration=6000):
    """Return leaks, calcium conductances, and the frequencies of cells that have them."""
    g_L, g_Ca = np.linspace(0, 0.45, size), np.linspace(0, 1.5, size)
    leaks, calcium = (grid.ravel() for grid in np.meshgrid(g_L, g_Ca))
    V = simulate(leaks, calcium, duration, dt)[-round(duration / 3 / dt) :]
    # 1 ms between samples is enough.
    hertz, _ = oscillation(V[:: round(1 / dt)], 1.0, least=0.5)
    return g_L, g_Ca, hertz.reshape(size, size)


def simulate_switched(dt=0.25):
    """Return t in s and V of one pair, which is coupled from 1 s on."""
    on = lambda t: jnp.where(t < 1 * u.second, 0.0, 1.0)  # noqa: E731
    V = simulate_pairs(np.array([0.1]), LAWS["ohmic"], 4000, dt, on)[:, 0]
    return (np.arange(len(V)) + 1) * dt / 1000, V


# %%
BLUE, ORANGE, GREEN, GREY = "#0072B2", "#D55E00", "#009E73", "0.45"
# Where the pair's rest becomes unstable, by its eigenvalues, in mS/cm2.
THEORY = {"ohmic": 0.05289, "olive": 0.05529}


def draw(switched, conductances, found, landscape, path):
    """A pair that is coupled; amplitude and frequency; the map, with the pair on it."""
    figure = plt.figure(figsize=(8, 8.6), layout="constrained")
    grid = figure.add_gridspec(3, 2, height_ratios=(1, 1, 1.9))
    axes = figure.add_subplot(grid[0, :])
    t, V = switched
    for k, colour in enumerate((BLUE, ORANGE)):
        axes.plot(t, V[:, k], colour, label=f"$g_L$ = {G_L[k]:.2f} mS/cm²")
    axes.axvline(1, color=GREY, lw=0.8, ls=":")
    axes.annotate("coupled, $g_c$ = 0.1 mS/cm² →", (1.05, -48.6), color=GREY, fontsize=9)
    axes.set(xlabel="time (s)", ylabel="V (mV)", xlim=(0, 4), ylim=(-65, -46.5))
    axes.legend(loc="upper left", frameon=False, fontsize=9)

    left, right = (figure.add_subplot(grid[1, k]) for k in (0, 1))
    for (law, (hertz, height)), colour in zip(found.items(), (BLUE, GREEN), strict=True):
        moving = hertz[:, 0] > 0
        left.plot(conductances, height[:, 0], "o-", color=colour, ms=3, lw=1, label=law)
        right.plot(conductances[moving], hertz[moving, 0], "o-", color=colour, ms=3, lw=1)
        left.axvline(THEORY[law], color=colour, lw=0.8, ls="--")
    left.annotate("linear\nstability", (0.05, 9.3), ha="right", va="top", fontsize=8)
    left.axhspan(0.1, 10, color="0.93", zorder=0)
    right.axhspan(4, 10, color="0.93", zorder=0)
    right.annotate("published: 4 to 10 Hz", (0.021, 4.15), fontsize=8)
    left.annotate("published: 0.1 to 10 mV", (0.9, 0.3), ha="right", fontsize=8)
    left.set(ylabel="amplitude of cell 1 (mV)", ylim=(-0.3, 10.5))
    left.legend(loc="center right", frameon=False, fontsize=9)
    right.set(ylabel="frequency (Hz)", ylim=(3.5, 10.5))
    for axes in (left, right):
        axes.set(xscale="log", xlim=(0.019, 1.1), xlabel="$g_c$ (mS/cm²)")
        axes.set_xticks([0.02, 0.05, 0.1, 0.2, 0.5, 1], ["0.02", "0.05", "0.1", "0.2", "0.5", "1"])

    axes = figure.add_subplot(grid[2, :])
    g_L, g_Ca, hertz = landscape
    shown = np.ma.masked_equal(hertz, 0)
    image = axes.pcolormesh(g_L, g_Ca, shown, cmap="viridis", vmin=4, vmax=12, shading="nearest")
    figure.colorbar(image, ax=axes, label="frequency of a cell alone (Hz)", pad=0.01)
    for calcium, low, high, *ends in PUBLISHED:
        axes.plot([low, high], [calcium] * 2, "w", lw=1.2, zorder=2)
        axes.scatter(
            [low, high], [calcium] * 2, c=ends, cmap="viridis", vmin=4, vmax=12, ec="w", zorder=3
        )
    axes.plot([], [], "o-", color="0.7", mec="k", mew=0.5, label="published, with its frequencies")
    axes.plot(G_L, [G_CA] * 2, "X", ms=10, color=ORANGE, mec="k", label="the two cells: silent")
    axes.plot(G_L.mean(), G_CA, "*", ms=15, color=ORANGE, mec="k", label="their mean: oscillates")
    axes.set(xlabel="$g_L$ (mS/cm²)", ylabel="$g_{Ca}$ (mS/cm²)", xlim=(0, 0.455), ylim=(0, 1.5))
    axes.legend(loc="upper left", frameon=False, fontsize=9)
    for axes in figure.axes:
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=150)
    plt.close(figure)


# %%
def main(
    plot=None,
    full=False,
    conductances=CONDUCTANCES,
    duration=12_000,
    published=PUBLISHED,
    size=None,
):
    """Run everything, print the results and return them.

    Pairs run at the ``conductances`` (mS/cm2) for ``duration`` ms, cells alone for half of that,
    and the cells of the rows of ``published`` for two thirds. The map of the figure has ``size`` by
    ``size`` cells. An onset needs three conductances that are slightly above it, and is NaN
    otherwise.
    """
    found, onsets = {}, {}
    for name, law in LAWS.items():
        V = simulate_pairs(conductances, law, duration)
        found[name] = oscillation(V[-round(duration / 6 / 0.25) :], 0.25)
        hertz, height = found[name]
        onsets[name] = onset(conductances, height[:, 0])
        moving = hertz[:, 0] > 0
        print(
            f"{name}: oscillates from {onsets[name]:.4f} mS/cm2 on, "
            f"{hertz[moving].min():.1f} to {hertz[moving].max():.1f} Hz (published: 4 to 10), "
            f"{height[moving].min():.1f} to {height[moving].max():.1f} mV (0.1 to 10)"
        )
    late = -round(duration / 6 / 0.25)
    alone, _ = oscillation(simulate(G_L, G_CA, duration / 2)[late:], 0.25)
    mean, _ = oscillation(simulate(G_L.mean(keepdims=True), G_CA, duration / 2)[late:], 0.25)
    print(f"alone: {alone[0]:.1f} and {alone[1]:.1f} Hz; a cell of their mean: {mean[0]:.2f} Hz")

    V = simulate(published[:, 1:3].ravel(), np.repeat(published[:, 0], 2), duration * 2 / 3, 0.1)
    hertz = oscillation(V[-round(duration / 4 / 0.1) :], 0.1)[0].reshape(-1, 2)
    for (calcium, low, high, *ends), here in zip(published, hertz, strict=True):
        for leak, a, b in zip((low, high), ends, here, strict=True):
            print(f"g_Ca {calcium:.4f}, g_L {leak:.4f}: {b:5.2f} Hz, published {a:5.2f}")
    if plot is not None:
        usual, dt = (50, 0.1) if full else (25, 0.25)
        landscape = frequency_map(size or usual, dt, duration / 2)
        draw(simulate_switched(), np.asarray(conductances), found, landscape, plot)
        print(f"figure: {plot}")
    return {"found": found, "onsets": onsets, "alone": alone, "mean": mean[0], "map": hertz}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Silent cells that oscillate when coupled.")
    parser.add_argument("--plot", metavar="FILE", help="draw the figure into FILE")
    parser.add_argument("--full", action="store_true", help="the map at its published size")
    main(**vars(parser.parse_args()))
