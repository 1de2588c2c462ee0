# %% [markdown]
"""
# Release from hyperpolarisation makes a relay cell burst

The T-current of a thalamic relay cell is inactivated at the voltages at which the cell fires
single spikes. Hyperpolarisation removes the inactivation. When the hyperpolarisation ends, the
T-current opens before it inactivates again, and lifts the cell into a short burst. This is the
post-inhibitory rebound.

Two relay cells are held by a current of 0.1 nA, get 0.2 nA less for half a second, and are then
released. The second cell has no T-current. They are the cell of one compartment of Destexhe,
Neubig, Ulrich & Huguenard (1998) J Neurosci 18:3574, `gj.neurons.Destexhe1998`. The calcium
concentration outside is 8000 times that inside, and the calcium current follows the constant-field
equation of Goldman, Hodgkin and Katz.

A spike is counted where the voltage passes 0 mV. Three more spikes, on top of the calcium wave,
peak just below 0 mV: between them the voltage stays near -50 mV, where sodium channels hardly
recover from inactivation.

To draw the figure: `python examples/t_current_rebound.py --plot docs/images/t_current_rebound.png`
"""

# %%
import argparse

import brainstate
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np
import saiunit as u

import gapjunction as gj

HOLD, PULSE = 0.1 * u.nA, -0.2 * u.nA
ONSET, RELEASE, END = 300.0, 800.0, 1000.0  # ms
WITH, WITHOUT = 0, 1  # the two cells


def relay_cells():
    """Two relay cells, of which the first has a T-current."""
    cells = gj.neurons.Destexhe1998(2, solver="staggered", V_initializer=-63 * u.mV)
    T = cells.channels["t"]
    T.P_max = T.P_max * np.array([1.0, 0.0])
    return cells


def simulate(dt=0.02):
    """Return time from release in ms, and what is recorded at it, each of shape (steps, 2)."""
    cells = relay_cells()
    cells.init_state()
    T = cells.channels["t"]

    def update(i):
        with brainstate.environ.context(i=i, t=i * dt * u.ms, dt=dt * u.ms):
            pulsed = (i * dt >= ONSET) & (i * dt < RELEASE)
            spikes = cells(HOLD + jnp.where(pulsed, 1.0, 0.0) * PULSE)
        return {
            "V": cells.V.value.to_decimal(u.mV),
            "spike": spikes > 0,
            "I_T": cells.currents()["t"].to_decimal(u.uA / u.cm**2),
            "m": T.m.value,
            "h": T.h.value,
            "Ca": cells.concentrations()["Ca"].to_decimal(u.uM),
        }

    steps = jnp.arange(round(END / dt))
    records = brainstate.transform.for_loop(update, steps)
    t = (np.arange(len(steps)) + 1) * dt - RELEASE
    return t, {name: np.asarray(values) for name, values in records.items()}


# %%
def draw(t, records, path):
    """The whole run on the left, the burst on the right."""
    figure, grid = plt.subplots(
        4, 2, figsize=(8, 7.2), sharex="col", sharey="row", layout="constrained",
        height_ratios=(2, 1, 1, 1), width_ratios=(3, 2),
    )  # fmt: skip
    for voltage, current, gates, calcium in grid.T:
        voltage.plot(t, records["V"][:, WITHOUT], "#D55E00", lw=1.2, label="without T-current")
        voltage.plot(t, records["V"][:, WITH], "#0072B2", lw=1.2, label="with T-current")
        current.plot(t, records["I_T"][:, WITH], "#0072B2", lw=1.2)
        gates.plot(t, records["m"][:, WITH] ** 2, "#009E73", label="open, $m^2$")
        gates.plot(t, records["h"][:, WITH], "#009E73", ls="--", label="available, $h$")
        calcium.plot(t, records["Ca"][:, WITH], "#0072B2", lw=1.2)
        calcium.set(xlabel="time from release (ms)")
    whole, burst = grid.T
    labels = ("V (mV)", r"$I_\mathrm{T}$ (µA/cm²)", "fraction", "[Ca] (µM)")
    for axes, label in zip(whole, labels, strict=True):
        axes.set(ylabel=label, xlim=(-600, 180))
        axes.axvspan(0, 100, color="0.93")
    whole[0].plot((ONSET - RELEASE, 0), (-97, -97), "0.3", lw=3, solid_capstyle="butt")
    whole[0].annotate("0.2 nA less", (-250, -100), ha="center", va="top", color="0.3", fontsize=9)
    whole[0].set(ylim=(-116, 36))
    burst[0].set(xlim=(0, 100))
    for axes in (whole[0], whole[2]):
        axes.legend(loc="lower left", bbox_to_anchor=(0, 0.98), ncols=2, frameon=False, fontsize=9)
    for axes in grid.flat:
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=150)
    plt.close(figure)


# %%
def main(plot=None):
    t, records = simulate()
    times = [t[fired & (t > 0)] for fired in records["spike"].T]
    calcium = records["Ca"][:, WITH]
    held, low = (records["V"][np.argmin(abs(t - at)), WITH] for at in (ONSET - RELEASE, 0.0))
    print(f"with T-current, held at {held:.1f} mV, {low:.1f} mV at the end of the pulse")
    print(f"spikes after release: {', '.join(f'{at:.1f}' for at in times[WITH])} ms")
    print(f"without T-current: {len(times[WITHOUT])} spikes")
    print(f"calcium: {calcium[t < 0][-1]:.2f} uM before release, {calcium.max():.2f} uM at most")
    if plot is not None:
        draw(t, records, plot)
        print(f"figure: {plot}")
    return {"with": times[WITH], "without": times[WITHOUT], "Ca": calcium.max()}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Rebound burst, with and without T-current.")
    parser.add_argument("--plot", metavar="FILE", help="draw the figure into FILE")
    main(**vars(parser.parse_args()))
