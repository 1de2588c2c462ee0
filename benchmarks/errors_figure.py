"""The figure of the validation page: how errors shrink with the time step."""

from __future__ import annotations

from collections.abc import Mapping

from matplotlib.figure import Figure

from summary import Report, rows

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


def errors(reports: Mapping[str, Report]) -> Figure | None:
    """Return errors over time steps; what is not in the reports is left out."""
    if not any(rows(reports.get(report), start) for report, start, _, _ in PANELS):
        return None
    figure = Figure(figsize=(12, 4.6), layout="constrained")
    axes = figure.subplots(1, len(PANELS))
    for ax, (report, start, title, methods) in zip(axes, PANELS, strict=True):
        for row in rows(reports.get(report), start):
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
        if steps:
            ax.legend(fontsize="small", loc="upper center", bbox_to_anchor=(0.5, -0.28), ncols=2)
    axes[0].set_ylabel("worst error of V (mV)")
    return figure
