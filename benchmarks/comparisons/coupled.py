"""Tables of coupled pairs beside NEURON, as Markdown.

From the folder ``benchmarks`` (about a minute; ``--help`` lists the pairs)::

    python -m comparisons.coupled kappa-1
    python -m comparisons.coupled
"""

import sys

import numpy as np

from simulators import neuron_peer

from .command import chosen, double
from .convergence import EVERY, errors, last_spike, reference
from .pairs import PAIRS, STEP, alike
from .scipy_peer import radau
from .tables import NOTE, number, table

STEPS = (0.05, 0.025, 0.0125, 0.005)
# The library: solver and coupling. NEURON: way of coupling and secondorder.
OURS = {
    "`exp_euler`, implicit": ("exp_euler", "implicit"),
    "`staggered`, implicit": ("staggered", "implicit"),
    "`exp_euler`, explicit": ("exp_euler", "stage"),
}
THEIRS = {
    "NEURON, LinearMechanism": ("matrix", 0),
    "NEURON, `secondorder=2`, one cable": ("cable", 2),
    "NEURON, ParallelContext": ("transfer", 0),
}
TITLES = tuple(title for both in zip(OURS, THEIRS, strict=True) for title in both)


def runs(pair, steps=STEPS):
    """Return voltages by method and step."""
    jobs = {
        f"{title} {dt}": pair.job_by(by, dt=dt, secondorder=order)
        for title, (by, order) in THEIRS.items()
        for dt in steps
    }
    found = neuron_peer.run(jobs)
    return {
        (title, dt): pair.run(OURS[title][0], dt, OURS[title][1])
        if title in OURS
        else found[f"{title} {dt}"]["v"]
        for title in TITLES
        for dt in steps
    }


def tables(pair):
    """Return the lines that tell how one pair's solutions approach the reference."""
    exact, precision = reference(pair)
    stiff = radau(pair, exact["t"])
    found = runs(pair)
    measured = {(title, dt): errors(v, exact["v"], dt) for (title, dt), v in found.items()}
    lines = table(measured, precision, "worst") + table(measured, precision, "spike")
    between = pair.current(exact["v"])
    largest = number(np.abs(between).max())
    lines += heading(f"Worst error of the current between the cells, of {largest} uA/cm2", TITLES)
    for dt in STEPS:
        worst = [
            np.abs(pair.current(found[title, dt]) - between[:: round(dt / EVERY)]).max()
            for title in TITLES
        ]
        entries = [number(x) if x < 1e6 else "diverges" for x in worst]
        lines.append(f"| {dt} | {' | '.join(entries)} |")
    ours, theirs = TITLES[2:4]
    apart = max(np.abs(found[ours, dt] - found[theirs, dt]).max() for dt in STEPS)
    return [
        *lines,
        "",
        f"{ours} and {theirs} differ by {apart:.0e} mV at most; the reference, by LinearMechanism "
        f"and IDA, and SciPy's Radau by {np.abs(exact['v'] - stiff).max():.0e} mV.",
        "",
    ]


def alike_runs(pair):
    """Return voltages by method: of identical cells that are driven alike, and of one alone."""
    ways = {
        "NEURON, ParallelContext": ("transfer", 0),
        "NEURON, ParallelContext, `secondorder=2`": ("transfer", 2),
        "NEURON, LinearMechanism": ("matrix", 0),
        "NEURON, `secondorder=2`, one cable": ("cable", 2),
    }
    jobs = {
        f"{title} {way}": pair.job_by(way, dt=STEP, secondorder=order)
        for title, (by, order) in ways.items()
        for way in (by, None)
    }
    done = neuron_peer.run(jobs)
    found = {
        title: (done[f"{title} {by}"]["v"], done[f"{title} None"]["v"][:, None])
        for title, (by, _) in ways.items()
    }
    for title, (solver, coupling) in list(OURS.items())[:2]:
        found[title] = (pair.run(solver, STEP, coupling), pair.run(solver, STEP, None))
    return found


def rise(v, alone):
    """Return by how much V rises in coupled cells, over its rise in one that is alone."""
    return ((v - v[0])[-1] / (alone - v[0])[-1]).mean()


def together():
    """Return the lines that tell how identical cells fare, which are driven alike."""
    rises, delays = [], []
    for kappa in (0.1, 1, 10):
        closed = alike_runs(alike(kappa, channels=False))
        entries = [f"{rise(v, alone):.6f}" for v, alone in closed.values()]
        rises.append(f"| {kappa:g} | {' | '.join(entries)} |")
        late = [
            (last_spike(v)[0] - last_spike(alone)[0]) * STEP * 1e3
            for v, alone in alike_runs(alike(kappa)).values()
        ]
        entries = ["no spike" if np.isnan(x) else f"{round(x, 2) + 0.0:.2f}" for x in late]
        delays.append(f"| {kappa:g} | {' | '.join(entries)} |")
    above = f"Rise of V at dt = {STEP} ms over that of one cell alone, membranes without channels"
    below = f"Delay of the first spike at dt = {STEP} ms to that of one cell alone, us"
    return [
        *heading(above, closed, "kappa"),
        *rises,
        "",
        *heading(below, closed, "kappa"),
        *delays,
        "",
    ]


def heading(title, columns, first="dt, ms"):
    """Return the lines above a table's entries."""
    rule = "|---:" * (1 + len(columns)) + "|"
    return [f"{title}:", "", f"| {first} | {' | '.join(columns)} |", rule]


def main():
    """Print the tables of the pairs that are named, by default of all, and of identical cells."""
    names = chosen(__doc__, "pair", PAIRS)
    if why := neuron_peer.missing(PAIRS[names[0]].job_by("transfer")):
        sys.exit(why)
    double()
    print(f"{NOTE}\n")
    for name in names:
        print(f"### {PAIRS[name].title}\n")
        print("\n".join(tables(PAIRS[name])))
    print("### Identical cells, driven alike\n")
    print("\n".join(together()))


if __name__ == "__main__":
    main()
