"""The pictures of the pages, drawn from the reports of a run."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from errors_figure import errors
from gapjunction.demo.files import written_whole
from summary import Report, Row, on_the_front, priced, rows

Draw = Callable[[Mapping[str, Report]], Figure | None]


class Picture(NamedTuple):
    """A picture of a page: the file it is in, what it shows, and how it is drawn."""

    name: str
    caption: str
    draw: Draw


def pictures(page: str) -> Sequence[Picture]:
    """Return the pictures of a page."""
    return VALIDATION if page == "validation" else BENCHMARKS


def draw(page: str, reports: Mapping[str, Report], folder: Path) -> list[Picture]:
    """Draw the pictures for which there are results into a folder, and return these."""
    drawn = []
    # White behind everything, so that a picture can be read on a dark page; no date and no random
    # names, so that the same results give the same file.
    with matplotlib.rc_context({"svg.hashsalt": "gapjunction", "figure.facecolor": "white"}):
        for picture in pictures(page):
            figure = picture.draw(reports)
            if figure is None:
                continue
            name = f"{page}_{picture.name}.svg"
            folder.mkdir(parents=True, exist_ok=True)
            with written_whole(folder, [name]) as (partial,):
                figure.savefig(partial, format="svg", bbox_inches="tight", metadata={"Date": None})
            drawn.append(picture)
    return drawn


def speedups(reports: Mapping[str, Report]) -> Figure | None:
    """Draw how many times as fast coupling is, by size and degree, as users call it and bare."""
    found = rows(reports.get("coupling"))
    if not found:
        return None
    panels = {
        "speed-up": "through the classes that users call",
        "bare, speed-up": "bare kernels",
    }
    figure = Figure(figsize=(10.2, 3.6), layout="constrained")
    axes = figure.subplots(1, 2, sharey=True)
    for ax, (column, title) in zip(axes, panels.items(), strict=True):
        degrees = sorted({r["K"] for r in found})
        for (k, degree), (kind, style) in itertools.product(
            enumerate(degrees), (("one", "o-"), ("each", "s--"))
        ):
            line = [r for r in found if (r["K"], r["conductances"]) == (degree, kind)]
            ax.plot(
                [r["N"] for r in line],
                [r[column] for r in line],
                style,
                color=f"C{k}",
                markersize=4,
                label=f"K = {degree}" if kind == "one" else None,
            )
        ax.axhline(1, color="0.6", linewidth=1)
        ax.set_xscale("log")
        ax.set(title=title, xlabel="cells N", ylim=(0, None))
    axes[0].set_ylabel("times as fast as brainpy.state")
    axes[-1].plot([], [], "o-", markersize=4, color="0.4", label="one conductance for all")
    axes[-1].plot([], [], "s--", markersize=4, color="0.4", label="a conductance each")
    axes[-1].legend(fontsize="small", loc="center left", bbox_to_anchor=(1.0, 0.5))
    return figure


def simulators(reports: Mapping[str, Report]) -> Figure | None:
    """Draw the time per step of every simulator and method by the size of the network."""
    found = rows(reports.get("peer_simulators"), "Microseconds per step")
    if not found:
        return None
    figure = Figure(figsize=(8.6, 5.4), layout="constrained")
    ax = figure.subplots()
    names = list(dict.fromkeys(r["simulator"] for r in found))
    markers = itertools.cycle("os^vDPX*<>")
    for k, name in enumerate(names):
        color = f"C{k}"
        for row in (r for r in found if r["simulator"] == name):
            sizes = {c: x for c, x in row.items() if c.startswith("N = ") and x is not None}
            if sizes:
                ax.loglog(
                    [int(c[4:].replace(",", "")) for c in sizes],
                    list(sizes.values()),
                    marker=next(markers),
                    color=color,
                    linestyle=":" if "float32" in row["method"] else "-",
                    linewidth=2.2 if name == "gapjunction" else 1.2,
                    markersize=5,
                    label=f"{name}, {row['method']}",
                )
    ax.set(xlabel="cells N", ylabel="time per step (us)")
    ax.legend(fontsize="x-small", loc="center left", bbox_to_anchor=(1.0, 0.5))
    return figure


def error_and_cost(reports: Mapping[str, Report]) -> Figure | None:
    """Draw error against cost: of all simulators at one time step, and of all modes at many."""
    peers, worm = priced(reports.get("peer_simulators")), reports.get("worm_modes")
    panels: list[Callable[[Axes], None]] = []
    if peers:
        best = on_the_front(reports.get("peer_simulators"))
        panels.append(lambda ax: _simulators_front(ax, peers, best))
    if worm:
        panels.append(lambda ax: _modes_front(ax, worm))
    if not panels:
        return None
    figure = Figure(figsize=(6.2 * len(panels), 4.9), layout="constrained")
    for ax, panel in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels, strict=True):
        panel(ax)
    return figure


def _simulators_front(ax: Axes, found: Sequence[Row], best: Sequence[Row]) -> None:
    names = list(dict.fromkeys(r["simulator"] for r in found))
    markers = dict(zip(names, itertools.cycle("osD^vPX"), strict=False))
    for k, name in enumerate(names):
        own = [r for r in found if r["simulator"] == name]
        ax.loglog(
            [r["N = 100"] for r in own],
            [r["rms error, mV"] for r in own],
            markers[name],
            color=f"C{k}",
            markersize=7,
            label=name,
        )
    ax.step(
        [r["N = 100"] for r in best],
        [r["rms error, mV"] for r in best],
        where="post",
        color="0.35",
        linewidth=1,
        zorder=0,
        label="front",
    )
    for r in best:
        # What is far right has its name on its left.
        is_right = len(best) > 1 and r is best[-1]
        ax.annotate(
            r["method"].replace(", ", "\n"),
            (r["N = 100"], r["rms error, mV"]),
            (-7 if is_right else 6, 5),
            ha="right" if is_right else "left",
            textcoords="offset points",
            fontsize=7,
        )
    ax.margins(0.12)
    ax.set(
        title="simulators, N = 100, dt = 0.025 ms",
        xlabel="time per step (us)",
        ylabel="rms error of V (mV)",
    )
    ax.legend(fontsize="small", loc="lower left")


def _modes_front(ax: Axes, worm: Report) -> None:
    times = {r["dt, ms"]: r for r in rows(worm, "Time")}
    errors_of = {r["dt, ms"]: r for r in rows(worm, "V from")}
    for mode, style in (("stage", "o-"), ("semi_implicit", "s-"), ("implicit", "D-")):
        steps = [dt for dt, row in times.items() if isinstance(row[mode], float)]
        x = [times[dt][mode] for dt in steps]
        y = [errors_of[dt][f"{mode}, rms"] for dt in steps]
        (line,) = ax.loglog(x, y, style, markersize=5, label=mode)
        for dt, a, b in zip(steps, x, y, strict=True):
            ax.annotate(
                f"{dt}",
                (a, b),
                (5, 4),
                textcoords="offset points",
                fontsize=7,
                color=line.get_color(),
            )
    ax.set(
        title="coupling modes, C. elegans, by time step in ms",
        xlabel="time for one simulated second (s)",
        ylabel="rms error of V in a turn of the cycle (mV)",
    )
    ax.margins(0.12)
    ax.legend(fontsize="small")


def scaling(reports: Mapping[str, Report]) -> Figure | None:
    """Draw how the time of a step, and that and the memory of construction, grow with edges."""
    found = rows(reports.get("scaling"), "Cost by edges")
    if not found:
        return None
    figure = Figure(figsize=(10.4, 3.6), layout="constrained")
    left, middle, right = figure.subplots(1, 3)
    edges = [r["edges"] for r in found]
    left.loglog(edges, [r["step, us"] for r in found], "o-", label="ours")
    builtin = [r["built-in, ns per edge"] * r["edges"] / 1e3 for r in found]
    left.loglog(edges, builtin, "s--", color="0.4", label="brainpy.state")
    left.legend(fontsize="small")
    left.set(title="a step of the coupling", ylabel="time (us)")
    middle.loglog(edges, [r["construction, s"] for r in found], "o-")
    middle.set(title="making the junctions", ylabel="time (s)")
    right.loglog(edges, [r["peak memory, GB"] for r in found], "o-")
    right.set(title="memory for making them", ylabel="memory (GB)")
    for ax in (left, middle, right):
        ax.set_xlabel("junctions")
    return figure


BENCHMARKS = (
    Picture(
        "speedup",
        "How many times as fast coupling is as with `brainpy.state`, by the number of cells N and "
        "of junctions per cell K, on random graphs in float32. A bare kernel is a function on "
        "plain arrays, without states, units and neurons.",
        speedups,
    ),
    Picture(
        "simulators",
        "The time that a step of one network of Hodgkin-Huxley cells takes in every simulator, by "
        "the number of cells. Dotted: float32. Errors differ much between methods; see the next "
        "picture.",
        simulators,
    ),
    Picture(
        "error_and_cost",
        "Error against cost; lower and further left is better. The grey line is the front: no "
        "method is both faster and more exact than those on it. NEST solves another cell, and its "
        "errors are those to its own converged solution. Where there is a second panel, it has the "
        "coupling modes in a stiff network.",
        error_and_cost,
    ),
    Picture(
        "scaling",
        "How a step of the coupling, the time to make a junction and the memory for that grow with "
        "the number of junctions.",
        scaling,
    ),
)
VALIDATION = (
    Picture(
        "errors",
        "Errors shrink with the time step, here and in NEURON and NEST. A line that is twice as "
        "steep is of second order.",
        errors,
    ),
)
