# %% [markdown]
"""
# Gap junctions synchronise an inhibitory network

Five hundred fast-spiking cells inhibit each other and get random excitation. This is test case 2
(figures 9 and 10) of Hahne et al. (2015) Front Neuroinform 9:22,
https://doi.org/10.3389/fninf.2015.00022. The cell is the interneuron of Mancilla et al. (2007) J
Neurosci 27:2058, `gj.neurons.Mancilla2007`. All numbers are those of NEST 3.10: the cell is its
`hh_psc_alpha_gap`, and the network is that of its example `gap_junctions_inhibitory_network.py`.

| part | numbers |
| --- | --- |
| cell | 40 pF; Na 4500, Kv1 9, Kv3 9000, leak 10 nS |
| its reversal potentials | Na 74, K -90, leak -70 mV |
| inhibition | from 50 others, alpha function of 2 ms, -50 pA at its peak, delay 1 ms |
| excitation | Poisson, 500 1/s for each cell, alpha function of 0.2 ms, 300 pA at its peak |
| gap junctions | 15,000 pairs drawn with replacement, 60 for each cell |
| start | -80 to -40 mV, gates at rest |

| gap junctions | published | chi: here | NEST | rate: here | NEST |
| --- | --- | --- | --- | --- | --- |
| none | asynchronous, irregular | 0.14 to 0.20 | 0.15 to 0.17 | 5.90 to 5.99 | 5.95 to 5.99 |
| 0.3 nS | asynchronous | 0.48 to 0.50 | 0.45 to 0.47 | 2.55 to 2.66 | 2.53 to 2.60 |
| 0.54 nS | switches between the two | 0.977 | 0.975 | 25.5 | 25.6 |
| 0.7 nS | synchronous, stable | 0.988 | 0.989 | 27.64 | 27.65 |

The measure of synchrony chi is 1 if all voltages are equal and near 0 if cells are independent.
Firing rates are in 1/s. Both are from 100 to 500 ms. NEST 3.10 got the same connections, initial
voltages and Poisson events, none of them in the first millisecond, and ran with the waveform
relaxation of its example. The network is chaotic: spikes of the two simulators differ within 100
ms. Ranges are therefore over runs whose initial voltages differ by microvolts: six of each
simulator without junctions, five of ours and three of NEST at 0.3 nS. With half the time step our
chi at 0.3 nS is 0.46 to 0.50. With other random numbers (seed 1) the rate at 0.54 nS is 27.7 here
and 20.1 in NEST, where synchrony paused. We found no number for rates or synchrony in the paper.

To draw the figure: `python examples/hahne_2015.py --full --plot docs/images/hahne_2015.png`;
`--full` runs 3 s in place of 500 ms, in which 0.54 nS has time to switch.
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

DT = 0.05  # ms
DELAY = 1.0  # ms
T_REF = 2.0  # ms
TAU_EX, TAU_IN = 0.2, 2.0  # ms
J_EX, J_IN = 300.0, -50.0  # pA, at the peak
RATE = 0.5  # 1/ms, of each cell's Poisson input
PAIRS_PER_CELL, INDEGREE = 30, 50
SETTLING = 100.0  # ms
# What is said of each conductance in nS.
PUBLISHED = {
    0.0: "asynchronous, irregular",
    0.3: "asynchronous",
    0.54: "switches between the two",
    0.7: "synchronous, stable",
}


# %%
@dataclasses.dataclass(frozen=True)
class Draw:
    """All random numbers of the network, so that another simulator can get the same ones."""

    pairs: np.ndarray  # of cells with gap junctions, each pair once
    multiplicity: np.ndarray  # how often it was drawn
    presynaptic: np.ndarray  # (cells, INDEGREE)
    start: np.ndarray  # V in mV
    poisson: np.ndarray  # (steps, cells), events that arrive

    @classmethod
    def of(cls, n, duration, seed):
        rng = np.random.default_rng(seed)
        ends = np.sort(rng.integers(n, size=(PAIRS_PER_CELL * n, 2)), axis=1)
        # A cell drawn with itself has no current.
        pairs, multiplicity = np.unique(ends[ends[:, 0] != ends[:, 1]], axis=0, return_counts=True)
        others = rng.integers(n - 1, size=(n, INDEGREE))
        presynaptic = others + (others >= np.arange(n)[:, None])
        start = rng.uniform(-80, -40, n)
        poisson = rng.poisson(RATE * DT, (round(duration / DT), n)).astype(np.int8)
        return cls(pairs, multiplicity, presynaptic, start, poisson)


class AlphaCurrent(brainstate.nn.Module):
    """Synapses whose current is an alpha function with the weight in pA as its peak."""

    def __init__(self, n, weight, tau):
        super().__init__()
        self.n = n
        self.kick = weight * np.e / tau
        self.tau = tau

    def init_state(self):
        self.current = brainstate.HiddenState(jnp.zeros(self.n))
        self.rise = brainstate.HiddenState(jnp.zeros(self.n))

    def update(self, arrived):
        """Advance by a step, exactly, then take up what arrived at its end."""
        left = np.exp(-DT / self.tau)
        self.current.value = left * (self.current.value + DT * self.rise.value)
        self.rise.value = left * self.rise.value + self.kick * arrived


class Network(brainstate.nn.Module):
    """The cells, their gap junctions, their inhibition and their Poisson input."""

    def __init__(self, draw, weight):
        super().__init__()
        n = len(draw.start)
        self.draw = draw
        self.cells = gj.neurons.Mancilla2007(n)
        self.gaps = None
        if weight:
            self.gaps = gj.SymmetryGapJunction(
                self.cells, "V", tuple(draw.pairs.T), weight * draw.multiplicity * u.nS
            )
        self.excitation = AlphaCurrent(n, J_EX, TAU_EX)
        self.inhibition = AlphaCurrent(n, J_IN, TAU_IN)

    # This comes after the cells' own, because their gates start at rest and not at these voltages.
    @brainstate.nn.call_order(1)
    def init_state(self):
        n = len(self.draw.start)
        self.cells.V.value = jnp.asarray(self.draw.start) * u.mV
        self.refractory = brainstate.HiddenState(jnp.zeros(n, jnp.int32))
        self.sent = brainstate.HiddenState(jnp.zeros((round(DELAY / DT), n)))

    def update(self, arrived):
        """Return the spikes: V falls and is still above 0, as NEST detects them."""
        before = self.cells.V.value.to_decimal(u.mV)
        if self.gaps is not None:
            self.gaps()
        self.cells((self.excitation.current.value + self.inhibition.current.value) * u.pA)
        V = self.cells.V.value.to_decimal(u.mV)
        waiting = self.refractory.value
        spikes = (waiting == 0) & (before > V) & (V >= 0)
        self.refractory.value = jnp.where(spikes, round(T_REF / DT), jnp.maximum(waiting - 1, 0))
        self.excitation(arrived)
        self.inhibition(self.sent.value[0][self.draw.presynaptic].sum(axis=1))
        self.sent.value = jnp.concatenate([self.sent.value[1:], spikes[None].astype(float)])
        return spikes


def simulate(draw, weight):
    """Return spikes, shape (steps, cells), and V in mV every ms."""
    network = Network(draw, weight)
    brainstate.nn.init_all_states(network)
    every = round(1 / DT)

    def step(i, arrived):
        with brainstate.environ.context(i=i, t=i * DT * u.ms, dt=DT * u.ms):
            return network(arrived)

    def one_ms(i, arrived):
        spikes = brainstate.transform.for_loop(step, i * every + jnp.arange(every), arrived)
        return spikes, network.cells.V.value.to_decimal(u.mV)

    arrived = jnp.asarray(draw.poisson).reshape(-1, every, len(draw.start))
    spikes, V = brainstate.transform.for_loop(one_ms, jnp.arange(len(arrived)), arrived)
    return np.asarray(spikes).reshape(draw.poisson.shape), np.asarray(V)


# %% [markdown]
# ## How alike the cells are
#
# By voltage: chi, the root of the variance of the mean voltage over the mean variance. By spikes:
# the variance of the number of spikes in 5 ms over its mean, 1 for independent ones. Junctions
# equalise the slow part of V long before they align spikes.


# %%
def binned(spikes, width):
    """Return the values in bins of a length in ms, shape (bins, steps and cells)."""
    steps = round(width / DT)
    return spikes[: len(spikes) // steps * steps].reshape(-1, steps * spikes.shape[1])


def measure(spikes, V):
    """Return the rate in 1/s, chi, and the Fano factor of 5 ms, after the transient."""
    late = spikes[round(SETTLING / DT) :]
    counts = binned(late, 5).sum(axis=1)
    return {
        "rate": late.mean() / DT * 1000,
        "chi": gj.measure.synchrony(V[round(SETTLING) :] * u.mV),
        "fano": counts.var() / counts.mean(),
    }


COLOURS = {0.0: "0.35", 0.3: "#0072B2", 0.54: "#CC79A7", 0.7: "#D55E00"}


def draw_figure(runs, found, path):
    """Spikes of the network at each conductance, and its rate."""
    figure, rows = plt.subplots(
        2 * len(runs),
        figsize=(8, 10.5),
        sharex=True,
        height_ratios=[2.2, 1] * len(runs),
        layout="constrained",
    )
    for (weight, spikes), raster, below in zip(runs.items(), rows[::2], rows[1::2], strict=True):
        colour = COLOURS[weight]
        steps, cells = np.nonzero(spikes)
        raster.plot(steps * DT, cells, ",", color=colour, alpha=0.8)
        raster.set(ylabel="cell", ylim=(0, spikes.shape[1]), yticks=[0, spikes.shape[1]])
        numbers = found[weight]
        raster.set_title(
            f"{weight} nS: $\\chi$ = {numbers['chi']:.2f}, {numbers['rate']:.1f} spikes/s; "
            f"published: {PUBLISHED[weight]}",
            loc="left",
            fontsize=10,
        )
        rate = binned(spikes, 2).mean(axis=1) / DT * 1000
        below.fill_between(2 * np.arange(len(rate)) + 1, rate, color=colour, lw=0)
        below.set(ylabel="1/s", ylim=(0, 1.1 * rate[round(SETTLING / 2) :].max()))
    rows[-1].set(xlabel="time (ms)", xlim=(0, len(spikes) * DT))
    for axes in rows:
        axes.spines[["top", "right"]].set_visible(False)
    figure.align_ylabels(rows)
    figure.savefig(path, dpi=150)
    plt.close(figure)


# %%
def main(plot=None, full=False, weights=tuple(PUBLISHED), duration=500, seed=0, cells=500):
    """Run the network at each of the weights in nS, print the results and return them.

    The duration is in ms. Measures are taken from 100 ms on.
    """
    drawn = Draw.of(cells, 3000 if full else duration, seed)
    runs, found = {}, {}
    for weight in weights:
        runs[weight], V = simulate(drawn, weight)
        found[weight] = numbers = measure(runs[weight], V)
        print(
            f"{weight:4} nS: chi {numbers['chi']:.3f}, {numbers['rate']:5.2f} spikes/s, "
            f"Fano factor {numbers['fano']:5.1f}   published: {PUBLISHED[weight]}"
        )
    if plot is not None:
        draw_figure(runs, found, plot)
        print(f"figure: {plot}")
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="An inhibitory network with gap junctions.")
    parser.add_argument("--plot", metavar="FILE", help="draw the figure into FILE")
    parser.add_argument("--full", action="store_true", help="3 s, long enough to switch")
    main(**vars(parser.parse_args()))
