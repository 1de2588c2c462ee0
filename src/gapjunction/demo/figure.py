"""The figure of the demo."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure

from gapjunction.connectivity import degree
from gapjunction.demo.job import Job, Outcome, response
from gapjunction.demo.places import place_neurons
from gapjunction.demo.response import draw_distances, draw_traces
from gapjunction.plotting import network

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.cm import ScalarMappable

_N_HUBS = 6
_MAX_NAMES = 14
_MAX_GIVEN = 4
# The smallest range of a colour scale in mV; a smaller one would show rounding errors.
_MIN_RANGE = 0.1


def draw_figure(path: Path, job: Job, outcome: Outcome) -> None:
    """Draw voltages, modes or the spread of the response, and the network into a PNG file."""
    # The figure is made without pyplot, which would open a window and keep the figure.
    figure = Figure(figsize=(15, 8.6), layout="constrained")
    FigureCanvasAgg(figure)
    grid = figure.add_gridspec(2, 2, width_ratios=(1, 1.1), height_ratios=(1.4, 1))
    upper, lower = figure.add_subplot(grid[0, 0]), figure.add_subplot(grid[1, 0])
    settles = outcome.modes.behaviour == "at rest"
    if settles:
        draw_traces(upper, job, outcome)
        draw_distances(lower, job, outcome)
    else:
        _draw_voltages(upper, job, outcome)
        _draw_plane(lower, outcome)
    _draw_network(figure.add_subplot(grid[:, 1]), job, outcome, settles)
    given = " and ".join(f"{name} ({_current(pA)})" for name, pA in job.stimulus.items())
    if len(job.stimulus) > _MAX_GIVEN:
        given = f"{len(job.stimulus)} neurons"
    figure.suptitle(
        f"Nervous system of C. elegans with constant current into {given}\n"
        f"{job.worm.n_neurons} neurons, {job.worm.junctions.sum()} gap junctions of "
        f"{job.parameters.gap_conductance:g} pS, {job.worm.synapses.sum()} synapses",
        fontsize=13,
    )
    figure.savefig(path, dpi=130)


def _draw_voltages(ax: Axes, job: Job, outcome: Outcome) -> None:
    worm, time = job.worm, outcome.recording.time / 1e3
    V = outcome.recording.V[:, worm.motor]
    V = V - V[outcome.lasting].mean(axis=0)
    # The voltages of a few neurons of the tail change far more than others. The colour scale leaves
    # them out, so that the others can be seen.
    limit = max(float(np.quantile(np.abs(V[outcome.lasting]), 0.99)), _MIN_RANGE)
    image = ax.imshow(
        V.T,
        aspect="auto",
        cmap="RdBu_r",
        vmin=-limit,
        vmax=limit,
        extent=(time[0], time[-1], len(worm.motor) - 0.5, -0.5),
        interpolation="nearest",
    )
    classes = np.array([worm.labels[i][:2] for i in worm.motor])
    names, first = np.unique(classes, return_index=True)
    edges = np.append(first, len(classes))
    ax.set_yticks((edges[:-1] + edges[1:] - 1) / 2, names)
    ax.tick_params(axis="y", length=0)
    for edge in first[1:]:
        ax.axhline(edge - 0.5, color="0.3", linewidth=0.6)
    ax.axvline(time[outcome.lasting][0], color="0.3", linestyle="--", linewidth=1)
    ax.set_xlabel("time (s); analysed from the dashed line on")
    ax.set_ylabel("motor neurons, by class")
    ax.set_title("a  Voltages of the motor neurons", loc="left", fontweight="bold")
    _bar(ax, image, "V − mean (mV)", extend="both")


def _draw_plane(ax: Axes, outcome: Outcome) -> None:
    modes, time = outcome.modes, outcome.recording.time[outcome.lasting] / 1e3
    behaviour = modes.behaviour
    if modes.period is not None:
        behaviour = f"limit cycle, period {modes.period / 1e3:.2f} s"
    title = f"b  Plane of the first two motor modes: {behaviour}"
    ax.set_title(title, loc="left", fontweight="bold")
    points = modes.scores[:, :2]
    line = LineCollection(
        list(np.stack([points[:-1], points[1:]], axis=1)),
        array=time[:-1],
        cmap="viridis",
        linewidths=1.4,
    )
    ax.add_collection(line)
    ax.scatter(points[-1:, 0], points[-1:, 1], s=25, color="black", zorder=3)
    ax.set_aspect("equal", adjustable="datalim")
    ax.autoscale_view()
    ax.margins(0.12)
    for number, axis in ((0, ax.xaxis), (1, ax.yaxis)):
        axis.set_label_text(f"mode {number + 1} (mV), {modes.share[number]:.1%} of variance")
    _bar(ax, line, "time (s)")


def _draw_network(ax: Axes, job: Job, outcome: Outcome, settles: bool) -> None:
    worm = job.worm
    places = place_neurons(worm.electrical)
    counts = degree(worm.electrical, worm.junctions)
    if settles:
        amount, label = np.abs(response(outcome)), "change of V from rest (mV)"
        top = max(float(amount.max()), _MIN_RANGE)
        norm: Normalize = LogNorm(1e-3 * top, top, clip=True)
        amount = np.maximum(amount, 1e-3 * top)
    else:
        amount = np.ptp(outcome.recording.V[outcome.lasting], axis=0)
        label = "swing of V after the transient (mV)"
        norm = Normalize(0, max(float(np.quantile(amount, 0.98)), _MIN_RANGE))
    network(
        worm.electrical,
        ax,
        positions=places,
        color_by=amount,
        width=(0.3, 6.0),
        legend=False,
        colorbar=False,
        edge_color="0.7",
        node_size=16 + 2.5 * counts,
        cmap="inferno_r",
        norm=norm,
        edgecolors="0.25",
        linewidths=0.4,
    )
    hubs = [worm.labels[i] for i in np.argsort(-counts, kind="stable")[:_N_HUBS]]
    names = list(dict.fromkeys([*hubs, *job.stimulus]))[:_MAX_NAMES]
    _name_neurons(ax, job, places, names)
    ax.set_title("c  The electrical network", loc="left", fontweight="bold")
    dots = ax.collections[-1]
    extend = "min" if settles else "max"
    _bar(ax, dots, label, extend=extend, location="bottom", shrink=0.7, aspect=40)
    ax.text(
        0.5,
        0.0,
        f"Line width: gap junctions of a pair, 1 to {worm.junctions.max()}. "
        "Dot size: gap junctions of a neuron.\n"
        "Blue: stimulated. Rows at the bottom: neurons not connected to the others.",
        transform=ax.transAxes,
        ha="center",
        va="top",
        fontsize=10,
    )


def _name_neurons(ax: Axes, job: Job, places: np.ndarray, names: list[str]) -> None:
    """Write names in two columns beside the network, where they do not cover it."""
    spots = {name: places[job.worm.index(name)] for name in names}
    by_x = sorted(names, key=lambda name: spots[name][0])
    half = len(by_x) // 2
    for x, align, column in ((-0.06, "right", by_x[:half]), (1.06, "left", by_x[half:])):
        column.sort(key=lambda name: spots[name][1])
        for y, name in zip(_spread([spots[name][1] for name in column]), column, strict=True):
            color = "tab:blue" if name in job.stimulus else "black"
            ax.annotate(
                name,
                spots[name],
                (x, y),
                ha=align,
                va="center",
                color=color,
                fontweight="bold",
                arrowprops={"arrowstyle": "-", "color": color, "linewidth": 0.6, "alpha": 0.6},
            )


def _current(pA: float) -> str:
    return f"{pA / 1e3:g} nA" if abs(pA) >= 1e3 else f"{pA:g} pA"


def _spread(heights: list[float], gap: float = 0.05) -> list[float]:
    """Return heights near the given ones, in ascending order and at least ``gap`` apart."""
    out: list[float] = []
    for height in heights:
        out.append(max(height, out[-1] + gap) if out else height)
    return out


def _bar(ax: Axes, mappable: ScalarMappable, label: str, **options: Any) -> None:
    ax.figure.colorbar(mappable, ax=ax, label=label, pad=0.02, **options)
