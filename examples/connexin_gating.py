# %% [markdown]
"""
# Channels of connexins close when the voltages of their cells differ

The conductance of a gap junction falls, within seconds, when there is a voltage V_j between its two
cells, down to a residual conductance. At which voltage, and how far, depends on the connexins that
the two cells make. If these are different, it depends on the sign of V_j, too. `gj.connexins` has
published parameters of six connexins. Between two cells with the same connexin the conductance,
relative to its largest value, is

    G_j = r + (1 - r) n,   dn/dt = alpha (1 - n) - beta n,   x = (|V_j| - V_0) / k,
    alpha = lambda exp(-x / 2),   beta = lambda exp(x / 2),   n_inf = 1 / (1 + exp(x))

| | V_0 (mV) | k (mV) | r | lambda (1/s) | V_0 in other papers, circles in the figure |
| --- | --- | --- | --- | --- | --- |
| Cx40 | 57.7 | 13.4 | 0.15 | 0.33 | 45 mV, Bukauskas et al. (1995) |
| Cx43 | 61.4 | 8.4 | 0.24 | 0.38 | -60.8 and 62.9 mV, Desplantez et al. (2004) |
| Cx45 | 39.6 | 10.2 | 0.13 | 0.18 | -38.9 and 38.5 mV, Desplantez et al. (2004) |
| Cx30 | 27 | 6.7 | 0.15 | | 27 mV, Valiunas et al. (1999), also the source of the preset |

The first three rows are from the model of Appukuttan, Sathe & Manchanda (2016), ModelDB 244692;
lambda follows from its time constant at V_0, which is 1 / (2 lambda). For the other connexins see
`source` and `note` of each preset in `gj.connexins`; the parameters of Cx26 and Cx36 are not
confirmed. In channels between Cx43 and Cx45, the half of Cx45 was measured to close at voltages 27
mV lower than in channels between two cells with Cx45.

What this does to spikes was not published; it is simulated here. In pairs of Hodgkin & Huxley's
cells, of 2000 um2 each, one cell gets a pulse. The table has the number of channels, to within 5 %,
that are needed to make the other cell spike.

| channels | with the slow gates that they have | if gates followed the voltage at once |
| --- | --- | --- |
| ohmic, of 61 pS | 17 | 17 |
| Cx43, of 61 pS | 17 | 37 |
| Cx45, of 32 pS | 34 | 133 |
| Cx43/Cx45, of 42 pS, spike passing to the cell with Cx45 | 34 | 352 |
| Cx43/Cx45, spike passing to the cell with Cx43 | 34 | 31 |

A spike is too short to move gates that take seconds. A voltage difference that has lasted long does
move them: after 5 s in which the second cell was 70 mV below the first, spikes do not pass for
another second.

To draw the figure:
`python examples/connexin_gating.py --plot docs/images/connexin_gating.png`; `--full` counts to 1 %.
"""

# %%
import argparse
import dataclasses

import brainstate
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np
import saiunit as u

import gapjunction as gj
from gapjunction.connexins import Cx26, Cx30, Cx36, Cx40, Cx43, Cx43_Cx45, Cx45

AREA = 2000 * u.um**2
# The time constants of gates at V_0, in the code of ModelDB 244692.
RATES = {"Cx40": 0.33 / u.second, "Cx43": 0.38 / u.second, "Cx45": 0.18 / u.second}
PULSE, WIDTH = 0.6, 1.0  # nA, ms


def with_rates(law):
    """Return the law of Cx43 with Cx45, whose gates take their time."""
    halves = zip(("pre", "post"), (law.pre, law.post), ("Cx43", "Cx45"), strict=True)
    slow = {side: dataclasses.replace(half, rate=RATES[name]) for side, half, name in halves}
    return dataclasses.replace(law, **slow)


SLOW = {
    "Cx43": Cx43.boltzmann(rate=RATES["Cx43"]),
    "Cx45": Cx45.boltzmann(rate=RATES["Cx45"]),
    "Cx43/Cx45": with_rates(Cx43_Cx45.measured),
}
FAST = {"Cx43": Cx43.boltzmann(), "Cx45": Cx45.boltzmann(), "Cx43/Cx45": Cx43_Cx45.measured}
CHANNEL = {"Cx43": Cx43.open, "Cx45": Cx45.open, "Cx43/Cx45": Cx43_Cx45.measured.unitary}


def simulate(law, conductances, pulses, duration, dt, hold=None, swapped=False):
    """Simulate pairs of cells side by side; the first cell of each gets pulses.

    ``hold`` is a current in nA into the second, with its onset and end in ms. With ``swapped`` the
    first cell is post. Returns V in mV, shape (steps, pairs, 2), and conductances in nS.
    """
    n = len(conductances)
    cells = gj.neurons.HH1952(2 * n, area=AREA)
    first = 2 * np.arange(n)
    edges = (first + 1, first) if swapped else (first, first + 1)
    gap = gj.VoltageGatedGapJunction(cells, "V", edges, conductances, law=law)
    brainstate.nn.init_all_states([cells, gap])
    onsets = jnp.asarray(pulses)
    held, start, stop = (0.0, 0.0, 0.0) if hold is None else hold
    one = jnp.tile(jnp.array([True, False]), n)

    def step(i):
        t = i * dt
        with brainstate.environ.context(i=i, t=t * u.ms, dt=dt * u.ms):
            gap()
            pulse = PULSE * ((t >= onsets) & (t < onsets + WIDTH)).any()
            cells(jnp.where(one, pulse, held * ((t >= start) & (t < stop))) * u.nA)
        return cells.V.value.to_decimal(u.mV), gap.conductance().to_decimal(u.nS)

    V, G = brainstate.transform.for_loop(step, jnp.arange(round(duration / dt)))
    return np.asarray(V).reshape(-1, n, 2), np.asarray(G)


# %% [markdown]
# ## How many channels it takes
#
# With slow gates a spike needs as many channels as without gates. If gates followed the voltage
# without delay, it would need twice as many of Cx43 and four times as many of Cx45. Of channels
# between Cx43 and Cx45, a spike to the cell of Cx43 would then need a tenth of the number that the
# other direction needs. With slow gates a quarter of these channels is closed at rest, whatever the
# direction of the spike.


# %%
def least(law, channel, swapped=False, ratio=1.05, dt=0.04):
    """Return the smallest number of channels with which the second cell spikes, and all peaks.

    The numbers that are tried differ by a ratio, or by 1 where that is more.
    """
    numbers = np.unique(np.round(10 * ratio ** np.arange(np.log(50) / np.log(ratio))))
    V, _ = simulate(law, numbers * channel, [5.0], 25, dt, swapped=swapped)
    peaks = V[:, :, 1].max(axis=0)
    return int(numbers[np.argmax(peaks > 0)]), numbers, peaks


def count(ratio, names=tuple(CHANNEL)):
    """Return the results of `least`, by law and by whether gates are slow."""
    found = {("ohmic", True): least(gj.laws.Ohmic(), CHANNEL["Cx43"], ratio=ratio)}
    for kind, laws in ((True, SLOW), (False, FAST)):
        for name in names:
            found[name, kind] = least(laws[name], CHANNEL[name], ratio=ratio)
        pair = "Cx43/Cx45"
        if pair in names:
            found["Cx45/Cx43", kind] = least(laws[pair], CHANNEL[pair], True, ratio)
    return found


# %% [markdown]
# ## What came before
#
# Three quarters of 44 channels of Cx45 must be open for a spike to pass. After 5 s at 70 mV a fifth
# are. Within a second they open again. (The spikes of the cells when the current ends are
# anode-break excitation, and not due to the junction.)

# %%
CHANNELS = 44
TESTS = np.array([200, 6100, 6350, 6600, 7000, 7500, 8000, 8500.0])  # ms
HOLD = (-0.5, 1000.0, 6000.0)  # nA, ms


def history(duration=9000, dt=0.05):
    """Return t in ms, V of one pair, and its conductance over that of 44 open channels."""
    weight = CHANNELS * Cx45.open
    V, G = simulate(SLOW["Cx45"], np.ones(1) * weight, TESTS, duration, dt, HOLD)
    return (np.arange(len(V)) + 1) * dt, V[:, 0], G[:, 0] / weight.to_decimal(u.nS)


def passed(t, V):
    """Return for each test of the run whether the second cell spikes within 30 ms."""
    tests = TESTS[t[-1] >= TESTS + 30]
    return np.array([V[(t > test) & (t < test + 30), 1].max() > 0 for test in tests])


# %%
BLUE, ORANGE, GREEN, GREY = "#0072B2", "#D55E00", "#009E73", "0.45"
COLOURS = {"Cx43": BLUE, "Cx45": ORANGE}
# V_0 and residuals of others: of Cx43 and Cx45 Desplantez et al. (2004), Cx40 Bukauskas et al.
# (1995), Cx30 Valiunas et al. (1999).
OTHERS = {
    "Cx43": [(-60.8, 0.26), (62.9, 0.25)],
    "Cx45": [(-38.9, 0.17), (38.5, 0.16)],
    "Cx40": [(-45, 0.24), (45, 0.24)],
    "Cx30": [(-27, 0.15), (27, 0.15)],
}
STEPS = np.array([-120, -90, -60, -30, 30, 60, 90, 120]) * u.mV


def draw_curves(left, right):
    """Steady conductances of equal and of unequal cells, with published half voltages."""
    presets = {cx.name: cx for cx in (Cx30, Cx45, Cx40, Cx43, Cx36, Cx26)}
    gj.plotting.law_curve({name: cx.boltzmann() for name, cx in presets.items()}, left)
    for line, name in zip(left.lines[: len(presets)], presets, strict=True):
        line.set(color=COLOURS.get(name, {"Cx40": GREEN, "Cx30": "#CC79A7"}.get(name, "0.6")))
        if name in ("Cx26", "Cx36"):
            line.set_linestyle(":" if name == "Cx26" else "-.")
        for V0, low in OTHERS.get(name, ()):
            left.plot(V0, (1 + low) / 2, "o", mfc="w", mec=line.get_color(), ms=6, mew=1.5)
    lines = left.lines[: len(presets)]
    left.legend(lines, presets, loc="upper left", bbox_to_anchor=(0, -0.2), ncols=3, frameon=False)
    left.set_title("equal cells; circles: half voltages of others", fontsize=10)

    predicted = Cx43_Cx45.predicted()
    gj.plotting.law_curve({"predicted": predicted, "measured": Cx43_Cx45.measured}, right)
    right.lines[0].set(color=GREY, linestyle="--")
    right.lines[1].set_color("k")
    for cx, sign in ((Cx43, -1), (Cx45, 1)):
        low = predicted.levels[1 if cx is Cx43 else 2]
        at = sign * cx.V0.to_decimal(u.mV)
        right.plot(at, (1 + low) / 2, "o", mfc="w", mec=COLOURS[cx.name], ms=6, mew=1.5)
    right.annotate("Cx43's\nside closes", (-108, 0.16), color=BLUE, fontsize=9)
    right.annotate("Cx45's\nside closes", (66, 0.3), color=ORANGE, fontsize=9)
    right.legend(loc="upper left", bbox_to_anchor=(0, -0.2), ncols=2, frameon=False)
    right.set_title("Cx43 in the first cell, Cx45 in the second", fontsize=10)


def draw_clamp(left, right):
    """Currents after steps of the voltage difference, of 100 channels."""
    for axes, name in ((left, "Cx43"), (right, "Cx43/Cx45")):
        settings = {"V_j": STEPS, "weight": 100 * CHANNEL[name], "duration": 6 * u.second}
        gj.plotting.law_response(SLOW[name], axes, **settings)
        axes.set_title(f"100 channels of {name}, clamped", fontsize=10)
    left.get_legend().remove()


def draw_count(axes, found):
    """What the second cell's voltage reaches, over the number of channels."""
    styles = {
        "ohmic": ("k", 4.5, "ohmic", 0.25),
        "Cx43": (BLUE, 1.4, "Cx43", 1),
        "Cx45": (ORANGE, 1.4, "Cx45", 1),
        "Cx43/Cx45": ("#CC79A7", 1.4, "Cx43 to Cx45", 1),
        "Cx45/Cx43": (GREEN, 1.4, "Cx45 to Cx43", 1),
    }
    for (name, slow), (_, numbers, peaks) in found.items():
        colour, width, label, alpha = styles[name]
        style = {"color": colour, "lw": width, "alpha": alpha, "ls": "-" if slow else "--"}
        axes.plot(numbers, peaks, label=label if slow else None, **style)
    axes.plot([], [], "0.3", ls="--", label="if gates followed at once")
    axes.set(
        xscale="log", xlim=(10, 480), xlabel="channels", ylabel="peak of the\nsecond cell (mV)"
    )
    axes.set_xticks([10, 20, 50, 100, 200, 400], ["10", "20", "50", "100", "200", "400"])
    axes.minorticks_off()
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False, fontsize=9)


def draw_history(upper, lower, past, needed):
    """Voltages of the pair, and its conductance, with what a spike needs."""
    t, V, G = past
    seconds = t / 1000
    upper.plot(seconds, V[:, 0], BLUE, lw=0.9, label="first cell")
    upper.plot(seconds, V[:, 1], ORANGE, lw=0.9, label="second cell")
    for test, ok in zip(TESTS / 1000, passed(t, V), strict=False):
        upper.plot(test, 62, "v" if ok else "x", color=GREEN if ok else "k", ms=6, mew=1.5)
    upper.annotate("second cell held down", (3.5, -118), ha="center", color=ORANGE, fontsize=9)
    upper.set(ylabel="V (mV)", ylim=(-140, 72))
    upper.set_title(
        f"{CHANNELS} channels of Cx45: spikes that pass (▾) and do not (×)", fontsize=10
    )
    upper.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False, fontsize=9)
    lower.plot(seconds, G, "k", lw=1.3)
    lower.axhline(needed, color=GREY, lw=0.8, ls=":")
    lower.annotate("needed", (0.1, needed - 0.04), va="top", color=GREY, fontsize=9)
    lower.set(ylabel="$G_j$", ylim=(0, 1.05), xlabel="time (s)")


def draw(found, past, path):
    """Curves; currents; channels that it takes; what came before."""
    figure = plt.figure(figsize=(8.4, 11), layout="constrained")
    grid = figure.add_gridspec(5, 2, height_ratios=(1.5, 1.5, 1.1, 0.9, 0.7))
    draw_curves(*(figure.add_subplot(grid[0, k]) for k in (0, 1)))
    draw_clamp(*(figure.add_subplot(grid[1, k]) for k in (0, 1)))
    draw_count(figure.add_subplot(grid[2, :]), found)
    upper = figure.add_subplot(grid[3, :])
    lower = figure.add_subplot(grid[4, :], sharex=upper)
    at_rest = past[2][0]
    draw_history(upper, lower, past, at_rest * found["Cx45", True][0] / CHANNELS)
    upper.set_xlim(0, 9)
    upper.tick_params(labelbottom=False)
    for axes in figure.axes:
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=150)
    plt.close(figure)


# %%
def main(plot=None, full=False, ratio=None, names=tuple(CHANNEL), duration=9000):
    """Run everything, print the results and return them.

    Channels of the junctions in ``names`` are counted, in numbers that differ by a ``ratio``. The
    history takes ``duration`` ms, and contains the tests that fit into it. A figure needs Cx45.
    """
    found = count(ratio or (1.01 if full else 1.05), names)
    print("least number of channels that pass a spike:")
    for (name, slow), (number, *_) in found.items():
        print(f"  {name:9}: {number:4d}{'' if slow else ', if gates followed at once'}")
    past = history(duration)
    t, V, G = past
    for test, ok in zip(TESTS, passed(t, V), strict=False):
        state = G[np.argmin(abs(t - test))]
        print(f"at {test / 1000:.2f} s: {state:.2f} open, a spike {'passes' if ok else 'does not'}")
    if plot is not None:
        draw(found, past, plot)
        print(f"figure: {plot}")
    numbers = {key: number for key, (number, *_) in found.items()}
    return {"numbers": numbers, "passed": passed(t, V), "past": past}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="What gates of connexins do to a pair.")
    parser.add_argument("--plot", metavar="FILE", help="draw the figure into FILE")
    parser.add_argument("--full", action="store_true", help="count channels more finely")
    main(**vars(parser.parse_args()))
