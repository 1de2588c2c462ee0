"""Tables of the solvers' errors against NEURON, as Markdown.

From the folder ``benchmarks`` (about two minutes; ``--help`` lists the cells)::

    python -m comparisons.tables axon
    python -m comparisons.tables
"""

import sys

import numpy as np

from simulators import neuron_peer

from .cells import CELLS
from .command import chosen, double
from .convergence import errors, fixed_steps, orders, reference

STEPS = (0.1, 0.05, 0.025, 0.0125, 0.01, 0.005)
METHODS = {
    "`exp_euler`": "exp_euler",
    "NEURON, default": 0,
    "`staggered`": "staggered",
    "NEURON, `secondorder=2`": 2,
    "`rk4`": "rk4",
}
MEASURES = {
    "worst": "Worst voltage error, mV (observed order)",
    "rms": "Root mean square voltage error, mV (observed order)",
    "spike": "Error of the last spike's time, us (observed order)",
}
NOTE = "Orders are left out where an error is near the reference's own."


def measure(cell):
    """Return errors by method and step, and those of the reference."""
    exact, precision = reference(cell)
    fixed = fixed_steps(cell, STEPS)
    found = {}
    for title, method in METHODS.items():
        for dt in STEPS:
            v = (cell.run(method, dt) if isinstance(method, str) else fixed[method, dt])["v"]
            found[title, dt] = errors(v, exact["v"], dt)
    return found, precision


def table(found, precision, what):
    """Return the lines of one measure's table; none where there is nothing to measure."""
    trust = 3 * getattr(precision, what)
    if np.isnan(trust):
        return []
    titles = list(dict.fromkeys(title for title, _ in found))
    steps = list(dict.fromkeys(dt for _, dt in found))
    lines = [f"{MEASURES[what]}:", "", f"| dt, ms | {' | '.join(titles)} |"]
    lines.append("|---:" * (1 + len(titles)) + "|")
    columns = [column([found[title, dt] for dt in steps], steps, what, trust) for title in titles]
    for dt, *entries in zip(steps, *columns, strict=True):
        lines.append(f"| {dt} | {' | '.join(entries)} |")
    return [*lines, ""]


def column(runs, steps, what, trust):
    """Return one method's entries."""
    values = np.array([getattr(run, what) for run in runs])
    observed = [np.nan, *orders(steps, values)]
    entries = []
    for run, value, order in zip(runs, values, observed, strict=True):
        if not np.isfinite(run.rms):
            entries.append("diverges")
        elif np.isnan(value):
            entries.append("no spike")
        elif np.isnan(order) or value < trust or entries[-1] == "diverges":
            entries.append(number(value))
        else:
            entries.append(f"{number(value)} ({order:.2f})")
    return entries


def number(value):
    """Write a number with two digits, without an exponent where that is short."""
    return f"{value:.0f}" if value >= 10 else f"{value:.2g}"


def main():
    """Print the tables of the cells that are named, by default of all."""
    names = chosen(__doc__, "cell", CELLS)
    if why := neuron_peer.missing(*(CELLS[name].job for name in names)):
        sys.exit(why)
    double()
    print(f"{NOTE}\n")
    for name in names:
        print(f"### {CELLS[name].title}\n")
        found, precision = measure(CELLS[name])
        for what in MEASURES:
            print("\n".join(table(found, precision, what)))


if __name__ == "__main__":
    main()
