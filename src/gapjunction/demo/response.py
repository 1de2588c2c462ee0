"""Panels of the figure for activity that settles: which neurons respond, and how far away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import coo_matrix, csgraph

from gapjunction.demo.job import Job, Outcome, response

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_N_TRACES = 8
# The least number of records that are shown, and the shown time as a multiple of the time in which
# voltages settle.
_MIN_SHOWN, _LONGER = 20, 4
# Smaller changes (mV) are near the rounding errors of float32, and are not drawn.
_SMALLEST = 1e-3


def junctions_away(job: Job) -> np.ndarray:
    """Return the number of gap junctions on the shortest path from a stimulated neuron, or inf."""
    pre, post = job.worm.electrical
    n = job.worm.n_neurons
    graph = coo_matrix((np.ones(len(pre)), (pre, post)), shape=(n, n)).tocsr()
    sources = job.worm.index(job.stimulus)
    steps = csgraph.dijkstra(graph, directed=False, indices=sources, unweighted=True)
    return np.atleast_2d(steps).min(axis=0)


def draw_traces(ax: Axes, job: Job, outcome: Outcome) -> None:
    """Draw the voltages of the neurons that change most, until they have settled."""
    V, time = outcome.recording.V, outcome.recording.time
    change = response(outcome)
    strongest = np.argsort(-np.abs(change), kind="stable")[:_N_TRACES]
    away = np.abs(V[:, strongest] - V[outcome.lasting][:, strongest].mean(axis=0))
    unsettled = (away > 0.02 * np.abs(change[strongest])).any(axis=1)
    shown = slice(0, max(_MIN_SHOWN, _LONGER * (1 + int(np.flatnonzero(unsettled)[-1:].sum()))))
    for i in strongest:
        label = f"{job.worm.labels[i]} ({change[i]:+.1f} mV)"
        ax.plot(time[shown], V[shown, i], linewidth=1.6, label=label)
    ax.set_xlim(time[shown][0], time[shown][-1])
    ax.set_xlabel("time since the current was switched on (ms)")
    ax.set_ylabel("V (mV)")
    ax.legend(
        title="change from rest", fontsize="small", loc="center left", bbox_to_anchor=(1, 0.5)
    )
    title = "a  The neurons whose voltage changes most"
    ax.set_title(title, loc="left", fontweight="bold")


def draw_distances(ax: Axes, job: Job, outcome: Outcome) -> None:
    """Draw each neuron's change of voltage over its distance in the electrical network."""
    change, away = np.abs(response(outcome)), junctions_away(job)
    reached = np.isfinite(away) & (change > _SMALLEST)
    # Neurons at one distance stand beside each other, in the order of their ids.
    beside = np.zeros(len(away))
    for steps in np.unique(away[reached]):
        here = np.flatnonzero(away == steps)
        beside[here] = np.linspace(-0.3, 0.3, len(here)) if len(here) > 2 else 0.0
    is_motor = np.isin(np.arange(len(away)), job.worm.motor)
    for chosen, color, label in (
        (reached & is_motor, "tab:orange", "motor neurons"),
        (reached & ~is_motor, "tab:blue", "sensory neurons and interneurons"),
    ):
        ax.plot(
            (away + beside)[chosen], change[chosen], "o", color=color, markersize=3.5, label=label
        )
    ax.set_yscale("log")
    ax.set_xticks(np.unique(away[reached]))
    ax.set_xlabel("gap junctions on the shortest way from a stimulated neuron")
    ax.set_ylabel("change from rest (mV)")
    ax.legend(fontsize="small", loc="upper right")
    title = "b  The response fades from one gap junction to the next"
    ax.set_title(title, loc="left", fontweight="bold")
