# %% [markdown]
"""
# A potassium current of type A delays the first spike

At rest, part of the A-current is ready to open. Under a current step it opens within milliseconds
and takes most of what is injected, until it has inactivated: the cell shows a long, slow rise
before its first spike. Between spikes the same current makes long intervals, which is why Connor &
Stevens (1971) J Physiol 213:31 described it.

Here two relay cells of the thalamus get the same current step. The second cell has no A-current.

| part | source |
| --- | --- |
| A-current, two components | `A1_HM1992` and `A2_HM1992`, conductances as there |
| sodium, delayed rectifier | `Na_TM1991`, `K_TM1991`, as in the relay cell of [1] |
| leak, capacitance, area | [1]; its T-current is left out, as if blocked |
| temperature | 23.5 degC, at which the A-current was recorded |

[1] Destexhe, Neubig, Ulrich & Huguenard (1998) J Neurosci 18:3574, one compartment (ModelDB 279).

To draw the figure: `python examples/a_current_delay.py --plot docs/images/a_current_delay.png`
"""

# %%
import argparse

import brainstate
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np
import saiunit as u

import gapjunction as gj
from gapjunction.ion_channels import A1_HM1992, A2_HM1992, K_TM1991, Channel, Na_TM1991

DENSITY = u.mS / u.cm**2
CELSIUS = 23.5
AREA = 24058 * u.um**2
STEP = 0.5 * u.nA
ONSET, END = 100.0, 390.0  # ms
WITH, WITHOUT = 0, 1  # the two cells


def relay_cells():
    """Two relay cells, of which the first has an A-current."""
    n = 2
    present = np.array([1.0, 0.0])
    to_threshold = -52 * u.mV - Na_TM1991.V_T
    spikes = {"temperature": CELSIUS, "V_shift": to_threshold}
    return gj.PointNeuron(
        n,
        C=0.88 * u.uF / u.cm**2,
        channels={
            "Na": Na_TM1991(n, g_max=10 * DENSITY, **spikes),
            "K": K_TM1991(n, g_max=10 * DENSITY, E=-100 * u.mV, **spikes),
            "A1": A1_HM1992(n, g_max=present * A1_HM1992.g_max, temperature=CELSIUS),
            "A2": A2_HM1992(n, g_max=present * A2_HM1992.g_max, temperature=CELSIUS),
            "leak": Channel(n, g_max=0.0379 * DENSITY, E=-76.5 * u.mV),
        },
        area=AREA,
        solver="staggered",
        V_initializer=-76.6 * u.mV,
        V_th=-20 * u.mV,
    )


def simulate(dt=0.05):
    """Return time from onset in ms, and what is recorded at it, each of shape (steps, 2)."""
    cells = relay_cells()
    cells.init_state()

    def update(i):
        with brainstate.environ.context(i=i, t=i * dt * u.ms, dt=dt * u.ms):
            spikes = cells(jnp.where(i * dt < ONSET, 0.0, 1.0) * STEP)
        currents = cells.currents()
        record = {"V": cells.V.value.to_decimal(u.mV), "spike": spikes > 0}
        for name in ("A1", "A2"):
            record[f"I_{name}"] = currents[name].to_decimal(u.uA / u.cm**2)
            record[f"m_{name}"] = cells.channels[name].m.value
            record[f"h_{name}"] = cells.channels[name].h.value
        return record

    steps = jnp.arange(round(END / dt))
    records = brainstate.transform.for_loop(update, steps)
    t = (np.arange(len(steps)) + 1) * dt - ONSET
    return t, {name: np.asarray(values) for name, values in records.items()}


# %% [markdown]
# ## What ends the wait
#
# The inactivation of A1 does. At 23.5 degC its time constant is 19 ms, and yet the wait is five
# times as long: meanwhile the voltage rises, and opens more and more of the few channels that are
# not yet inactivated. The current falls slowly, from 1.5 to 0.6 uA/cm2 of the 2.1 that are
# injected. A2 alone would delay the spike by 8 ms.


# %%
LINES = {"A1": "#CC79A7", "A2": "#009E73"}


def draw(t, records, path):
    """Voltages of both cells; the A-current and its gates in the cell that has it."""
    figure, (top, middle, bottom) = plt.subplots(
        3, 1, figsize=(7, 6.8), sharex=True, height_ratios=(2, 1.1, 1.1), layout="constrained"
    )
    top.plot(t, records["V"][:, WITHOUT], "#D55E00", lw=1, label="without A-current")
    top.plot(t, records["V"][:, WITH], "#0072B2", lw=1.6, label="with A-current")
    top.set(ylabel="V (mV)")

    injected = np.where(t > 0, 1, 0) * (STEP / AREA).to_decimal(u.uA / u.cm**2)
    middle.plot(t, injected, "0.4", lw=1, ls=":", label="injected")
    for name, colour in LINES.items():
        middle.plot(t, records[f"I_{name}"][:, WITH], colour, label=f"$I_\\mathrm{{{name}}}$")
        opening, available = (records[f"{gate}_{name}"][:, WITH] for gate in "mh")
        bottom.plot(t, opening**4, colour, label=f"$m^4$ of {name}")
        bottom.plot(t, available, colour, ls="--", label=f"$h$ of {name}")
    middle.set(ylabel="current (µA/cm²)", ylim=(-0.1, 2.6))
    middle.annotate("cut off: the spikes' own", (131, 2.5), va="top", color="0.4", fontsize=8)
    bottom.set(ylabel="gates", xlabel="time from onset of the step (ms)", xlim=(-40, 280))
    for axes in (top, middle, bottom):
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(loc="lower left", bbox_to_anchor=(0, 0.98), ncols=4, frameon=False, fontsize=9)
    figure.savefig(path, dpi=150)
    plt.close(figure)


# %%
def main(plot=None):
    t, records = simulate()
    with_A, without = t[records["spike"].argmax(axis=0)]
    early = np.argmin(abs(t - 20))
    total = (records["I_A1"] + records["I_A2"])[early, WITH]
    share = total / (STEP / AREA).to_decimal(u.uA / u.cm**2)
    print(f"first spike with A-current:    {with_A:5.1f} ms after onset of the step")
    print(f"first spike without A-current: {without:5.1f} ms")
    print(f"delay:                         {with_A - without:5.1f} ms")
    print(f"A-current 20 ms after onset:    {total:.2f} uA/cm2, {share:.0%} of what is injected")
    if plot is not None:
        draw(t, records, plot)
        print(f"figure: {plot}")
    return {"first_with": with_A, "first_without": without, "delay": with_A - without}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="First spike, with and without A-current.")
    parser.add_argument("--plot", metavar="FILE", help="draw the figure into FILE")
    main(**vars(parser.parse_args()))
