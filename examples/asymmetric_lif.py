# %% [markdown]
# # Asymmetric junctions between two populations of LIF neurons
#
# This is the example from the documentation of `brainpy.state.AsymmetryGapJunction`, corrected so
# that it runs and shows an effect. As published, it stops at three places:
#
# - The keyword of the threshold is `V_th`, not `V_threshold`.
# - `weights[:, 0] *= 2.0` is refused for a quantity. Scale the numbers before they get their unit.
# - `one_to_one` is not defined. Here it is `gapjunction.connectivity.one_to_one`.
#
# With these corrections it runs but shows no effect, for two reasons:
#
# - The default `V_reset` of 0 mV is above a threshold of -50 mV.
# - A junction of 2 nS has no visible effect on the default membrane, whose resistance is 1 ohm.
#   What counts is the product g R.
#
# A conductance times a voltage must be what the neuron's membrane equation takes as its input. A
# unit that does not fit raises an error when the junction is made. `docs/guide/units.md` lists the
# unit of the conductance for each kind of neuron, and from which conductance on coupling is strong.

# %%
import argparse

import brainpy
import brainstate
import braintools
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np
import saiunit as u

import gapjunction as gj

N = 100
DT = 0.1 * u.ms
V_REST = -70 * u.mV


def population():
    """100 LIF cells of 100 Mohm and 10 ms, at rest."""
    return brainpy.state.LIF(
        N,
        R=100 * u.Mohm,
        tau=10 * u.ms,
        V_rest=V_REST,
        V_th=-50 * u.mV,
        V_reset=-65 * u.mV,
        V_initializer=braintools.init.Constant(V_REST),
    )


class Pairs(brainstate.nn.Module):
    """Each pre cell is driven, and joined to one post cell that is not."""

    def __init__(self):
        super().__init__()
        self.pre, self.post = population(), population()
        weights = np.ones((N, 2))
        weights[:, 0] *= 2.0  # double the current into post
        self.junction = gj.AsymmetryGapJunction(
            pre=self.pre,
            pre_state="V",
            post=self.post,
            post_state="V",
            conn=gj.connectivity.one_to_one,
            weight=weights * u.nS,
        )

    def update(self, i, drive):
        with brainstate.environ.context(i=i, t=i * DT, dt=DT):
            self.junction()  # junctions first, then neurons
            self.pre(drive)
            self.post(0 * u.nA)
            return self.pre.V.value, self.post.V.value


def simulate(drive, duration):
    """Voltages of both populations in mV, shape (steps, 100)."""
    model = Pairs()
    brainstate.nn.init_all_states(model)
    steps = jnp.arange(round(duration / DT))
    pre, post = brainstate.transform.for_loop(lambda i: model.update(i, drive), steps)
    return np.asarray(pre.to_decimal(u.mV)), np.asarray(post.to_decimal(u.mV))


# %% [markdown]
# ## What the coupling does
#
# The drive grows over the cells from 0 to 0.4 nA. Below threshold, post follows pre by the coupling
# coefficient g R / (1 + g R) = 0.2 / 1.2. Above, each reset of pre shows in post as a sawtooth.


# %%
def draw(drive, pre, post, path):
    """Draw two of the pairs over time, and the mean voltages of all pairs."""
    t = np.arange(len(pre)) * DT.to_decimal(u.ms)
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.6), layout="constrained")
    for cell, colour in ((N // 4, "C0"), (3 * N // 4, "C3")):
        label = f"{drive[cell].to_decimal(u.nA):.1f} nA"
        left.plot(t, pre[:, cell], colour, label=f"pre, {label}")
        left.plot(t, post[:, cell], colour, ls="--", label=f"post, driven by pre at {label}")
    left.axhline(-50, color="0.6", lw=0.8, zorder=0)
    left.annotate("threshold", (t[-1], -49.6), ha="right", va="bottom", color="0.4", fontsize=8)
    left.set(xlabel="time (ms)", ylabel="V (mV)", title="Two of the 100 pairs", ylim=(-71, -38))
    left.legend(fontsize=8, ncols=2, loc="upper center")
    right.plot(drive.to_decimal(u.nA), pre[1000:].mean(axis=0), "C2", label="pre")
    right.plot(drive.to_decimal(u.nA), post[1000:].mean(axis=0), "C2--", label="post")
    right.set(
        xlabel="drive of pre (nA)", ylabel="mean V of the last 100 ms (mV)", title="All pairs"
    )
    right.legend(fontsize=8)
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=150)
    plt.close(figure)


def main(plot=None):
    drive = np.linspace(0, 0.4, N) * u.nA
    pre, post = simulate(drive, 200 * u.ms)

    quiet = N // 4  # 0.1 nA
    rest = V_REST.to_decimal(u.mV)
    coefficient = (post[-1, quiet] - rest) / (pre[-1, quiet] - rest)
    print(f"coupling coefficient of a quiet pair: {coefficient:.4f}")
    print(f"from its closed form, g R / (1 + g R): {1 / 6:.4f}")
    print(f"spiking pre cells: {(np.diff(pre, axis=0) < -5).any(axis=0).sum()} of {N}")
    if plot is not None:
        draw(drive, pre, post, plot)
        print(f"figure: {plot}")
    return coefficient


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Pairs of neurons with asymmetric junctions.")
    parser.add_argument("--plot", metavar="FILE", help="draw the figure into FILE")
    main(**vars(parser.parse_args()))
