"""Run every comparison, each in a process of its own, and draw how errors shrink.

``make validate`` does so; ``python benchmarks/validation/run.py --only with_nest`` runs one.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import common  # noqa: F401, finds what follows
import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

import run_all

FIGURE = "validation.png"
# Report, beginning of the table's title, methods by what they are to be called.
PANELS = (
    (
        "with_neuron",
        "Worst error of V, mV: squid axon",
        "a squid axon",
        {
            "NEURON, default": "NEURON",
            "NEURON, `secondorder=2`": "NEURON, secondorder=2",
            "`exp_euler`": "exp_euler",
            "`staggered`": "staggered",
            "`rk4`": "rk4",
        },
    ),
    (
        "with_neuron",
        "Worst error of V of two cells, mV: 40 mS/cm2",
        "two of them, κ = 1 at 0.025 ms",
        {
            "NEURON, ParallelContext": "NEURON, ParallelContext",
            "NEURON, LinearMechanism": "NEURON, LinearMechanism",
            "`exp_euler`, implicit": "exp_euler, implicit",
            "`staggered`, implicit": "staggered, implicit",
        },
    ),
    (
        "with_nest",
        "Worst error of V, mV: one of two is driven, 200 pA, 20 nS, until",
        "two interneurons, below threshold",
        {
            "NEST without it": "NEST, no waveform relaxation",
            "`exp_euler`, `implicit`": "exp_euler, implicit",
            "`staggered`, `implicit`": "staggered, implicit",
            "`rk4`, `stage`": "rk4, stage",
        },
    ),
)


def draw(folder: Path, path: Path) -> None:
    """Draw errors over time steps from the reports in a folder; what is not there is left out."""
    fig, axes = plt.subplots(1, len(PANELS), figsize=(12, 4.6), layout="constrained")
    for ax, (report, start, title, methods) in zip(axes, PANELS, strict=True):
        for row in _rows(folder / f"{report}.json", start):
            if row["method"] not in methods:
                continue
            steps = {float(key[:-3]): x for key, x in row.items() if key.endswith(" ms")}
            points = {dt: x for dt, x in steps.items() if isinstance(x, float)}
            theirs = methods[row["method"]].startswith("NE")
            ax.loglog(
                list(points),
                list(points.values()),
                "s--" if theirs else "o-",
                markersize=4,
                markerfacecolor="none" if theirs else None,
                label=methods[row["method"]],
            )
        ax.set(title=title, xlabel="time step (ms)")
        steps = sorted({dt for line in ax.lines for dt in line.get_xdata()})
        ax.set_xticks(steps, [f"{dt:g}" for dt in steps], rotation=45)
        ax.minorticks_off()
        ax.legend(fontsize="small", loc="upper center", bbox_to_anchor=(0.5, -0.28), ncols=2)
    axes[0].set_ylabel("worst error of V (mV)")
    fig.savefig(path, dpi=130, bbox_inches="tight")
    plt.close(fig)


def _rows(path: Path, start: str) -> list[dict[str, Any]]:
    if not path.exists():
        return []
    tables = json.loads(path.read_text(encoding="utf-8"))["tables"]
    return next((table["rows"] for table in tables if table["title"].startswith(start)), [])


def main() -> int:
    """Run, and return how many failed."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--output", type=Path, default=Path("results/validation"))
    options, others = parser.parse_known_args()
    code = run_all.main([*others, "--output", str(options.output)], Path(__file__).parent)
    images = options.output.parent / "images"
    images.mkdir(parents=True, exist_ok=True)
    draw(options.output, images / FIGURE)
    print(f"=== {images / FIGURE}")
    return code


if __name__ == "__main__":
    sys.exit(bool(main()))
