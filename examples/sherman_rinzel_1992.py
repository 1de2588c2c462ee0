# %% [markdown]
"""
# Weak gap junctions desynchronise, and make bursts

Two identical cells spike or burst as the beta cells of the pancreas do, after Sherman & Rinzel
(1992) PNAS 89:2471-2474, https://doi.org/10.1073/pnas.89.6.2471. In cell `i`, with partner `j`:

    tau dV_i/dt   = -3.6 m_inf(V_i) (V_i - 25) - (10 n_i + 4 S_i) (V_i + 75) - g_c (V_i - V_j)
    tau dn_i/dt   = lambda (n_inf(V_i) - n_i)
    tau_S dS_i/dt = S_inf(V_i) - S_i
    x_inf(V)      = 1 / (1 + exp((V_x - V) / theta_x))

| parameter | value |
| --- | --- |
| tau, tau_S | 20 ms, 35 s |
| V_m, V_n, V_S | -20, -17, -38 mV |
| theta_m, theta_n, theta_S | 12, 5.6, 10 mV |
| S in the simulations where it is constant | 0.15 |
| lambda | 0.8; 0.9 in figure 3 |

The numbers are those of the captions of figures 1, 3 and 4, as BrainPy's example of this paper
gives them. The paper's conductances have no unit; with C = 20 uF/cm2 they are in mS/cm2.

| in the paper | published | here |
| --- | --- | --- |
| figure 1, g_c = 0.08 from 0.5 s on | antiphase | phase difference 0.500 of a cycle |
| figure 1, g_c = 0.24 from 5.5 s on | in phase | 0.000 |
| figure 3, lambda = 0.9, g_c = 0 and 0.06 | spikes come into antiphase, | 0.49 of a cycle |
| | faster | 0.25 s apart, then 0.15 s |
| | and smaller; | 29.6 mV, then 21.4 mV |
| | longer bursting period | 6.9 s, then 13.6 s |
| figure 4, lambda = 0.8, g_c = 0.04 from 20 s on | spiking turns into bursts | yes, of period 7 s |

Between the two conductances of figure 1, the in-phase solution becomes stable at 0.117. Antiphase
is stable up to about the same conductance; beyond it, phases drift until 0.155. Sherman's chapter
of 1997 on beta cells also says that quasi-periodic solutions lie between the two.

To draw the figure:
`python examples/sherman_rinzel_1992.py --plot docs/images/sherman_rinzel_1992.png`; `--full` takes
a fifth of the time step, and finer steps of g_c.
"""

# %%
import argparse

import brainstate
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np
import saiunit as u

import gapjunction as gj
from gapjunction.ion_channels import Channel, Gate, sigmoid

DENSITY = u.mS / u.cm**2
LEVEL = -40.0  # mV; a spike is a crossing of it, upwards
HELD = 0.15  # S
KICK = 0.3  # mV


class Calcium(Channel):
    ion = "Ca"
    g_max = 3.6 * DENSITY
    E = 25 * u.mV
    m = Gate(1, steady_state=sigmoid(1.0, -20 * u.mV, 12 * u.mV))


class Slow(Channel):
    ion = "K"
    g_max = 4 * DENSITY
    E = -75 * u.mV
    S = Gate(1, steady_state=sigmoid(1.0, -38 * u.mV, 10 * u.mV), time_constant=35_000 * u.ms)


def potassium(speed):
    """Return the delayed rectifier at a lambda."""

    class Potassium(Channel):
        ion = "K"
        g_max = 10 * DENSITY
        E = -75 * u.mV
        n = Gate(
            1,
            steady_state=sigmoid(1.0, -17 * u.mV, 5.6 * u.mV),
            time_constant=20 / speed * u.ms,
        )

    return Potassium


class Pairs(brainstate.nn.Module):
    """Pairs of cells, each with its conductance in mS/cm2; ``scale`` as of the junction."""

    def __init__(self, conductances, speed=0.8, bursting=False, start=-55.0, scale=None):
        super().__init__()
        first = 2 * np.arange(len(conductances))
        n = 2 * len(first)
        slow = Slow(n) if bursting else Channel(n, g_max=HELD * Slow.g_max, E=Slow.E)
        self.cells = gj.PointNeuron(
            n,
            C=20 * u.uF / u.cm**2,
            channels={"Ca": Calcium(n), "K": potassium(speed)(n), "slow": slow},
            solver="staggered",
            V_initializer=start * u.mV,
        )
        self.gaps = gj.SymmetryGapJunction(
            self.cells, "V", (first, first + 1), np.asarray(conductances) * DENSITY, scale=scale
        )
        brainstate.nn.init_all_states(self)

    def run(self, duration, dt, kick=0.0, at=0.0):
        """Return V in mV, shape (steps, cells); the first cell of each pair is kicked once."""
        first = kick * (np.arange(self.cells.varshape[0]) % 2 == 0) * u.mV
        onset = round(at / dt)

        def update(i):
            with brainstate.environ.context(i=i, t=i * dt * u.ms, dt=dt * u.ms):
                V = self.cells.V.value
                self.cells.V.value = V + jnp.where(i == onset, 1.0, 0.0).astype(V.dtype) * first
                self.gaps()
                self.cells()
            return self.cells.V.value.to_decimal(u.mV)

        return np.asarray(brainstate.transform.for_loop(update, jnp.arange(round(duration / dt))))


def spikes(V, dt):
    """Return the times in ms at which one cell crosses the level upwards."""
    # V[0] is at the end of the first step.
    return gj.measure.spike_times(V * u.mV, dt * u.ms, LEVEL * u.mV).to_decimal(u.ms) + dt


def phases(first, second):
    """Return times of spikes of the second cell, and their distance from the first's, in cycles.

    0 is in phase, 0.5 antiphase.
    """
    cycle = np.searchsorted(first, second, side="right") - 1
    inside = (cycle >= 0) & (cycle < len(first) - 1)
    second, cycle = second[inside], cycle[inside]
    share = (second - first[cycle]) / (first[cycle + 1] - first[cycle])
    return second, np.minimum(share, 1 - share)


# %% [markdown]
# ## Figure 1: antiphase, and in phase again


# %%
def simulate(dt=0.5):
    """Return the times in ms, V of both cells, and ``phases`` of them."""
    switched = lambda t: jnp.select([t < 500 * u.ms, t < 5500 * u.ms], [0.0, 1.0], 3.0)  # noqa: E731
    V = Pairs([0.08], scale=switched).run(7000, dt, KICK, at=500)
    return (np.arange(len(V)) + 1) * dt, V, phases(*(spikes(V[:, k], dt) for k in (0, 1)))


# %% [markdown]
# ## Which conductances do which
#
# Pairs of the same orbit start nearly in phase, and nearly in antiphase, at many conductances.


# %%
def scan(conductances, starts=(0.01, 0.45), duration=20_000, dt=0.5):
    """Return the least and greatest phase of the last 2 s, shape (starts, conductances, 2)."""
    one = Pairs([0.0])
    one.run(4000, dt)
    cells = one.cells
    start = {"V": cells.V.value[0], "n": cells.channels["K"].n.value[0]}
    times = spikes(one.run(2000, dt)[:, 0], dt)
    period = np.diff(times)[-1]
    found = []
    for phase in starts:
        # By this fraction of a cycle the first cell is ahead.
        cells.V.value = start["V"] * jnp.ones(2)
        cells.channels["K"].n.value = start["n"] * jnp.ones(2)
        one.run(phase * period, dt)
        ahead = {"V": cells.V.value[0], "n": cells.channels["K"].n.value[0]}
        pairs = Pairs(conductances)
        first = np.arange(2 * len(conductances)) % 2 == 0
        pairs.cells.V.value = u.math.where(first, ahead["V"], start["V"])
        pairs.cells.channels["K"].n.value = jnp.where(first, ahead["n"], start["n"])
        V = pairs.run(duration, dt)
        for a, b in V.T.reshape(len(conductances), 2, -1):
            t, phase_now = phases(spikes(a, dt), spikes(b, dt))
            late = phase_now[t > duration - 2000]
            found.append((late.min(), late.max()))
    return np.array(found).reshape(len(starts), len(conductances), 2)


def borders(conductances, found):
    """Return from where in phase is stable, and up to where antiphase is and pairs drift."""
    from_in, from_anti = found
    in_phase = conductances[np.flatnonzero(from_in[:, 1] > 0.02)[-1] + 1]
    antiphase = conductances[np.flatnonzero(from_anti[:, 0] < 0.48)[0] - 1]
    lost = conductances[np.flatnonzero(from_anti[:, 1] > 0.02)[-1]]
    return in_phase, antiphase, lost


# %% [markdown]
# ## Figures 3 and 4: bursts
#
# With S free, an in-phase pair bursts at lambda = 0.9 and beats at 0.8. Antiphase spikes are small,
# and raise S less per spike. S then takes longer to end a burst, and longer to recover.


# %%
def bursts(dt=0.5, duration=50_000):
    """Return V by figure: of 3 without and with coupling, each 1 uV apart, and of 4."""
    start = -38 - 10 * np.log(1 / 0.172 - 1)
    how = {"bursting": True, "start": start}
    three = Pairs([0.0, 0.06], speed=0.9, **how).run(duration, dt, kick=1e-3)
    late = Pairs([0.04], speed=0.8, scale=lambda t: jnp.where(t < 20_000 * u.ms, 0.0, 1.0), **how)
    four = late.run(duration, dt, KICK, at=20_000)
    return {"alone": three[:, :2], "coupled": three[:, 2:], "four": four}


def burst_starts(times, pause=1500):
    """Return the first spikes after pauses, in ms."""
    return times[1:][np.diff(times) > pause]


def measure(V, dt):
    """Return the measures of bursts: their period, and interval, height and phase of spikes.

    The period is NaN where fewer than two bursts have begun, phases are those from the first on.
    """
    times = [spikes(V[:, k], dt) for k in (0, 1)]
    starts = burst_starts(times[0])
    within = [pair for pair in zip(times[0], times[0][1:], strict=False) if np.ptp(pair) < 1000]
    waves = [V[round(a / dt) : round(b / dt), 0] for a, b in within]
    t, phase = phases(*times)
    return {
        "period": np.diff(starts).mean() / 1000 if len(starts) > 1 else np.nan,
        "interval": np.median(np.diff(within)) / 1000,
        "height": np.median([np.ptp(wave) for wave in waves]),
        "phase": np.median(phase[t > starts[0]]) if len(starts) else np.nan,
    }


# %%
BLUE, ORANGE, GREEN, GREY = "#0072B2", "#D55E00", "#009E73", "0.45"
WINDOWS = {"g_c = 0": 0.0, "g_c = 0.08": 4.9, "g_c = 0.24": 6.4}  # s


def draw(one, conductances, found, three, dt, path):
    """Figure 1 in three windows and as a phase; the scan; the bursts of figures 3 and 4."""
    figure = plt.figure(figsize=(8, 10.5), layout="constrained")
    grid = figure.add_gridspec(6, 3, height_ratios=(1.2, 0.9, 1.4, 0.9, 0.9, 0.9))
    t, V, (when, phase) = one
    t, when = t / 1000, when / 1000
    for column, (title, begin) in enumerate(WINDOWS.items()):
        axes = figure.add_subplot(grid[0, column])
        inside = (t > begin) & (t < begin + 0.5)
        axes.plot(t[inside], V[inside, 0], BLUE, lw=2.2, label="cell 1")
        axes.plot(t[inside], V[inside, 1], ORANGE, lw=1.1, label="cell 2")
        axes.set(title=f"${title}$", xlabel="time (s)", ylim=(-62, -12))
        if column == 0:
            axes.set_ylabel("V (mV)")
            axes.legend(loc="upper left", ncols=2, frameon=False, fontsize=8)

    axes = figure.add_subplot(grid[1, :])
    axes.plot(when, phase, ".", color=BLUE)
    for border in (0.5, 5.5):
        axes.axvline(border, color=GREY, lw=0.8, ls=":")
    for x, text in ((0.25, "0"), (3, "$g_c$ = 0.08"), (6.25, "0.24")):
        axes.annotate(text, (x, 0.56), ha="center", color=GREY, fontsize=9)
    axes.set(xlim=(0, 7), ylim=(-0.04, 0.66), xlabel="time (s)", ylabel="phase (cycles)")

    axes = figure.add_subplot(grid[2, :])
    labels = ("from nearly in phase", "from nearly in antiphase")
    for (low, high), label, colour, width in zip(
        found.transpose(0, 2, 1), labels, (GREEN, ORANGE), (5.5, 2), strict=True
    ):
        axes.vlines(conductances, low, high, colour, lw=width, alpha=0.9)
        for end in (low, high):
            axes.plot(conductances, end, "o", ms=width + 2, color=colour, mew=0)
        axes.plot([], [], "o", color=colour, label=label)
    for g, y, text in ((0.08, 0.5, "published:\nantiphase"), (0.24, 0.0, "published:\nin phase")):
        axes.plot(g, y, "o", ms=14, mfc="none", mec="k", mew=1.3)
        axes.annotate(
            text, (g, abs(y - 0.09)), ha="center", va="top" if y else "bottom", fontsize=9
        )
    axes.set(xlabel="$g_c$ (mS/cm²)", ylabel="phase (cycles)", ylim=(-0.06, 0.56))
    axes.legend(loc="center right", bbox_to_anchor=(1, 0.62), frameon=False, fontsize=9)

    seconds = (np.arange(len(three["four"])) + 1) * dt / 1000
    titles = {
        "alone": r"figure 3, $\lambda = 0.9$: alone, cells burst",
        "coupled": r"$g_c = 0.06$ from the start: longer bursting period, smaller spikes",
        "four": r"figure 4, $\lambda = 0.8$: beating, and bursts with $g_c = 0.04$ from 20 s on",
    }
    for row, (name, title) in enumerate(titles.items()):
        axes = figure.add_subplot(grid[3 + row, :])
        axes.plot(seconds, three[name][:, 0], BLUE, lw=0.9)
        axes.plot(seconds, three[name][:, 1], ORANGE, lw=0.5)
        axes.set(ylabel="V (mV)", xlim=(0, 50), ylim=(-72, -18))
        axes.set_title(title, loc="left", fontsize=10)
    axes.axvline(20, color=GREY, lw=0.8, ls=":")
    axes.set_xlabel("time (s)")
    for axes in figure.axes:
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=150)
    plt.close(figure)


# %%
def main(plot=None, full=False, conductances=None, settle=20_000, bursting=50_000):
    """Run everything, print the results and return them.

    The scan runs ``settle`` ms at each of the ``conductances`` (mS/cm2), some of which must be
    below the borders and some above; figures 3 and 4 run ``bursting`` ms.
    """
    dt = 0.1 if full else 0.5
    one = simulate(dt)
    when, phase = one[2]
    weak = phase[(when > 4500) & (when < 5500)].mean()
    strong = phase[when > 6500].mean()
    print("phase difference in cycles, 0.5 being antiphase:")
    print(f"  g_c = 0.08: {weak:.3f}   published: antiphase")
    print(f"  g_c = 0.24: {strong:.3f}   published: in phase")

    if conductances is None:
        conductances = np.round(np.arange(0.02, 0.2401, 0.0025 if full else 0.01), 4)
    conductances = np.asarray(conductances)
    found = scan(conductances, duration=settle, dt=dt)
    in_phase, antiphase, lost = borders(conductances, found)
    print(f"in phase is stable from {in_phase} mS/cm2 on, antiphase up to {antiphase};")
    print(f"started near antiphase, pairs drift up to {lost}, and go in phase above")

    three = bursts(dt, bursting)
    measured = {name: measure(three[name], dt) for name in ("alone", "coupled")}
    for name, values in measured.items():
        print(f"figure 3, {name:7}:", ", ".join(f"{k} {v:.3f}" for k, v in values.items()))
    starts = burst_starts(spikes(three["four"][:, 0], dt)) / 1000
    print("figure 4: pauses end at", ", ".join(f"{start:.1f}" for start in starts), "s")
    if plot is not None:
        draw(one, conductances, found, three, dt, plot)
        print(f"figure: {plot}")
    borders_found = {"in_phase": in_phase, "antiphase": antiphase, "lost": lost}
    return {"weak": weak, "strong": strong, "starts": starts, **borders_found, **measured}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Two weakly coupled bursters.")
    parser.add_argument("--plot", metavar="FILE", help="draw the figure into FILE")
    parser.add_argument("--full", action="store_true", help="with finer steps")
    main(**vars(parser.parse_args()))
