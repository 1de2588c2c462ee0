"""Results of the literature on coupled cells, as the examples reproduce them.

Each row is from a script in `examples/`. Its first lines say what was simulated, where the
parameters are from, and what could not be checked in the paper itself.
"""

from __future__ import annotations

import argparse
import runpy
from typing import Any

import common
import numpy as np

import harness
from tables import Table

QUESTION = "Do coupled cells do what was published of them?"


def measure(options: argparse.Namespace) -> list[Table]:
    """Return what the examples find beside what is published."""
    rows: list[dict[str, Any]] = []

    def add(paper: str, what: str, published: str, here: str) -> None:
        rows.append({"paper": paper, "what": what, "published": published, "here": here})

    paper = "Sherman & Rinzel 1992"
    found = example("sherman_rinzel_1992")
    cycle = "phase difference {:.3f} of a cycle"
    add(paper, "two spiking cells, g_c = 0.08", "antiphase", cycle.format(found["weak"]))
    add(paper, "g_c = 0.24", "in phase", cycle.format(found["strong"]))
    alone, coupled = found["alone"], found["coupled"]
    longer = coupled["period"] / alone["period"]
    add(paper, "two bursters, g_c = 0.06", "longer bursting period", f"{longer:.2f} times as long")
    paper = "Manor et al. 1997"
    found = example("inferior_olive")
    hertz, height = found["found"]["ohmic"]
    moving = hertz[:, 0] > 0
    add(
        paper,
        "two silent cells, coupled",
        "oscillate",
        f"from {found['onsets']['ohmic']:.4f} mS/cm2 on",
    )
    add(
        paper,
        "their frequency",
        "4 to 10 Hz",
        f"{hertz[moving].min():.1f} to {hertz[moving].max():.1f} Hz",
    )
    add(paper, "their amplitude", "0.1 to 10 mV", f"up to {height.max():.1f} mV")
    paper = "Lewis & Rinzel 2003"
    found = example("lewis_rinzel_2003")
    for drive, ends, state in zip(
        (1.1, 1.6), found["ends"], ("antiphase", "synchrony"), strict=True
    ):
        add(
            paper, f"pair at I = {drive}", state, f"phase difference {float(np.ravel(ends)[0]):.3f}"
        )
    if not options.quick:
        paper = "Hahne et al. 2015"
        published = {0.3: "asynchronous", 0.54: "switches", 0.7: "synchronous"}
        for weight, numbers in example("hahne_2015").items():
            if weight in published:
                chi = f"chi {numbers['chi']:.2f}, Fano factor {numbers['fano']:.0f}"
                add(paper, f"500 cells, {weight} nS", published[weight], chi)
    notes = (
        "Asynchronous cells of Hahne et al. share slow voltage through their junctions, which chi "
        "sees; the Fano factor is of spike counts in 5 ms. NEST 3.10, run by hand with the same "
        "connections and inputs, has chi 0.45 to 0.47, 0.98 and 0.99.",
    )
    return [Table("Published, and here", rows, notes)]


def example(name: str) -> dict[str, Any]:
    """Run an example and return what it found."""
    return runpy.run_path(str(common.ROOT / "examples" / f"{name}.py"))["main"]()


if __name__ == "__main__":
    harness.main(QUESTION, __doc__, measure)
