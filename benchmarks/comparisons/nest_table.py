"""Tables of errors of coupled cells against NEST, as Markdown.

From the folder ``benchmarks`` (a few minutes; ``--help`` lists the pairs)::

    python -m comparisons.nest_table driven
    python -m comparisons.nest_table
"""

import sys

import numpy as np

from simulators import nest_peer

from .command import chosen, double
from .convergence import errors
from .nest_pair import PAIRS, PUBLISHED, USUAL
from .tables import MEASURES, table

STEPS = (0.1, 0.05, 0.025, 0.0125, 0.005, 0.0025)
METHODS = {
    "`exp_euler`, `implicit`": ("exp_euler", "implicit"),
    "`staggered`, `implicit`": ("staggered", "implicit"),
    "`rk4`, `stage`": ("rk4", "stage"),
}
NEST_METHODS = {"NEST, waveform relaxation": USUAL, "NEST without it": None}
NOTE = """\
The reference is its solution at 0.0025 ms with wfr_tol 1e-12; the column has 1e-4, which is usual,
and at most 10 iterations. Inside a step of any dt NEST integrates each cell by itself, with
adaptive steps: its errors are those of the coupling, the other methods' those of cells and
coupling. Orders are left out where an error is near the reference's own.
"""


def measure(pair):
    """Return errors by method and step, and those of the reference."""
    exact, precision = pair.reference()
    jobs = {
        f"{title} {dt}": pair.job(dt, waveform)
        for title, waveform in NEST_METHODS.items()
        for dt in STEPS
    }
    theirs = nest_peer.run(jobs) if pair.weight is not None else {}
    found = {}
    for title, method in METHODS.items():
        for dt in STEPS:
            found[title, dt] = errors(pair.run(*method, dt)["V"], exact["V"], dt)
    for title in NEST_METHODS if theirs else ():
        for dt in STEPS:
            found[title, dt] = errors(theirs[f"{title} {dt}"]["V"], exact["V"], dt)
    return found, precision


def published():
    """Return the lines of the table beside NEST's published voltages."""
    pair, steps = PAIRS["driven"], list(PUBLISHED)
    exact, _ = pair.reference()
    rows = {"published": np.array([*PUBLISHED.values()])}
    theirs = nest_peer.run({str(dt): pair.job(dt, USUAL, every=0.1) for dt in STEPS[:4]})
    for dt, samples in theirs.items():
        rows[f"NEST, {dt} ms"] = samples["V"][steps, 1]
    rows["NEST, reference"] = exact["V"][[40 * step for step in steps], 1]
    rows["SciPy"] = pair.by_scipy(0.1)[steps, 1]
    for title, method in METHODS.items():
        for dt in STEPS:
            V = pair.run(*method, dt)["V"][:: round(0.1 / dt), 1]
            if np.isfinite(V).all():
                rows[f"{title}, {dt} ms"] = V[steps]
    lines = [f"| V, mV, after step | {' | '.join(map(str, steps))} |"]
    lines.append("|---|" + "---:|" * len(steps))
    for title, values in rows.items():
        lines.append(f"| {title} | {' | '.join(f'{value:.4f}' for value in values)} |")
    return lines


def main():
    """Print the tables of the pairs that are named, by default of all."""
    names = chosen(__doc__, "pair", [*PAIRS, "published"])
    if why := nest_peer.missing():
        sys.exit(why)
    double()
    print(f"With NEST {nest_peer.version()[0]}.\n{NOTE}")
    for name in names:
        if name == "published":
            print("### The cell without drive, where NEST's own test looks\n")
            print("\n".join(published()))
            continue
        print(f"### {PAIRS[name].title}\n")
        found, precision = measure(PAIRS[name])
        print(f"SciPy from the reference: worst {precision.worst:.1g} mV.\n")
        for what in MEASURES:
            print("\n".join(table(found, precision, what)))


if __name__ == "__main__":
    main()
