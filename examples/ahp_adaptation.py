# %% [markdown]
"""
# Calcium-activated potassium currents make firing adapt

Each spike lets calcium into the cell, which is gone again within some 40 ms. The calcium opens
channels of a potassium current, I_AHP, which close with a time constant of a second. Their effect
adds up from spike to spike and makes the cell fire more slowly. A second current, I_C, needs
calcium and depolarization together. It flows only during the spikes, its effect does not add up,
and it hardly changes the rate (by 2 Hz at most).

The cell is the soma, without dendrites, of the CA3 pyramidal cell of Traub, Wong, Miles & Michelson
(1991) J Neurophysiol 66:635. It gets a steady current. It has all six currents of the paper with
their conductances, the paper's calcium pool (in the paper's unit, chi), 3 uF/cm2, and a leak of 10
kohm cm2. A second cell has no I_AHP. (In both cells the first intervals are long, because the
A-current still inactivates.)

To draw the figure: `python examples/ahp_adaptation.py --plot docs/images/ahp_adaptation.png`
"""

# %%
import argparse

import brainstate
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np
import saiunit as u

import gapjunction as gj
from gapjunction import ion_channels as ic
from gapjunction.ion_channels.catalogue.traub_1991 import CHI

INJECTED = 4 * u.uA / u.cm**2
ONSET, END = 100.0, 2100.0  # ms
WITH, WITHOUT = 0, 1  # the two cells


def pyramidal_cells():
    """Two somata, of which the first has the current I_AHP."""
    n = 2
    present = np.array([1.0, 0.0])
    per_influx = 0.578 * CHI / (u.ms * u.uA / u.cm**2)
    return gj.PointNeuron(
        n,
        C=3 * u.uF / u.cm**2,
        channels={
            "Na": ic.Na_Tr1991(n),
            "Kdr": ic.Kdr_Tr1991(n),
            "A": ic.A_Tr1991(n),
            "Ca": ic.Ca_Tr1991(n),
            "C": ic.C_Tr1991(n),
            "AHP": ic.AHP_Tr1991(n, g_max=present * ic.AHP_Tr1991.g_max),
            "leak": ic.Channel(n, g_max=0.1 * u.mS / u.cm**2, E=-60 * u.mV),
        },
        pools=[ic.DecayPool(n, "Ca", gain=per_influx, tau=13.33 * u.ms, rest=0 * u.mM)],
        solver="staggered",
        V_initializer=-69.2 * u.mV,
    )


def simulate(dt=0.05):
    """Return time from onset in ms, and what is recorded at it, each of shape (steps, 2)."""
    cells = pyramidal_cells()
    cells.init_state()

    def update(i):
        with brainstate.environ.context(i=i, t=i * dt * u.ms, dt=dt * u.ms):
            spikes = cells(jnp.where(i * dt < ONSET, 0.0, 1.0) * INJECTED)
        return {
            "V": cells.V.value.to_decimal(u.mV),
            "spike": spikes > 0,
            "Ca": cells.concentrations()["Ca"] / CHI,
            "q": cells.channels["AHP"].q.value,
        }

    steps = jnp.arange(round(END / dt))
    records = brainstate.transform.for_loop(update, steps)
    t = (np.arange(len(steps)) + 1) * dt - ONSET
    return t, {name: np.asarray(values) for name, values in records.items()}


def rates(t, spike):
    """Return, for each cell, its spike times in ms and the rate in Hz of each interval."""
    times = [t[fired] for fired in spike.T]
    return [(at, 1e3 / np.diff(at)) for at in times]


# %%
def draw(t, records, path):
    """Voltages and rates of both cells; calcium and the gate of I_AHP in the cell that has it."""
    figure, rows = plt.subplots(
        5, 1, figsize=(7, 7.4), sharex=True, height_ratios=(1, 1, 1.4, 1, 1), layout="constrained"
    )
    blue, orange = "#0072B2", "#D55E00"
    for axes, cell, colour, label in (
        (rows[0], WITHOUT, orange, "without $I_\\mathrm{AHP}$"),
        (rows[1], WITH, blue, "with $I_\\mathrm{AHP}$"),
    ):
        axes.plot(t, records["V"][:, cell], colour, lw=0.8)
        axes.set(ylabel="V (mV)", ylim=(-80, 40))
        axes.set_title(label, loc="left", fontsize=10, color=colour)
        times, rate = rates(t, records["spike"])[cell]
        rows[2].plot(times[1:], rate, colour, marker=".", ms=5, lw=1)
    rows[2].set(ylabel="rate (Hz)", ylim=(0, 55))
    rows[2].set_title("rate of each interval, at its end", loc="left", fontsize=10)
    rows[3].plot(t, records["Ca"][:, WITH], blue, lw=1)
    rows[3].set(ylabel=r"calcium ($\chi$)")
    rows[3].set_title("calcium, with $I_\\mathrm{AHP}$", loc="left", fontsize=10, color=blue)
    rows[4].plot(t, records["q"][:, WITH], blue, lw=1.2)
    rows[4].set(ylabel="open, $q$", xlabel="time from onset of the current (ms)", ylim=(0, None))
    rows[4].set_title("channels of $I_\\mathrm{AHP}$", loc="left", fontsize=10, color=blue)
    rows[4].set(xlim=(-ONSET, END - ONSET))
    for axes in rows:
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=150)
    plt.close(figure)


# %%
def main(plot=None):
    t, records = simulate()
    (_, adapting), (_, steady) = rates(t, records["spike"])
    q = records["q"][t > t[-1] - 500, WITH].mean()
    for label, rate in (("with I_AHP:   ", adapting), ("without I_AHP:", steady)):
        print(f"{label} {rate[0]:.1f} Hz at first, {rate[-1]:.1f} Hz after two seconds")
    print(f"calcium: up to {records['Ca'][:, WITH].max():.0f} chi with I_AHP")
    print(f"channels of I_AHP open in the last half second: {q:.1%}")
    if plot is not None:
        draw(t, records, plot)
        print(f"figure: {plot}")
    return {"with": adapting, "without": steady, "open": q}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Firing rate, with and without I_AHP.")
    parser.add_argument("--plot", metavar="FILE", help="draw the figure into FILE")
    main(**vars(parser.parse_args()))
