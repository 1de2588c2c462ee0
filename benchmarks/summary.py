"""What the reports of a run show, in sentences: every number in them is from the reports."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from tables import as_text

Report = Mapping[str, Any]
Row = Mapping[str, Any]


def rows(report: Report | None, start: str = "") -> list[Row]:
    """Return the rows of the first table whose title begins so; none where there is no report."""
    tables = report["tables"] if report else []
    return next((list(t["rows"]) for t in tables if t["title"].startswith(start)), [])


def front(points: Sequence[tuple[float, float]]) -> list[int]:
    """Return which points no other beats in both numbers, by the first of these.

    A second number that is less than 1 % smaller is no better.

    Examples
    --------
    >>> front([(1.0, 9.0), (2.0, 10.0), (3.0, 1.0)])
    [0, 2]
    """
    found: list[int] = []
    for k in sorted(range(len(points)), key=lambda k: points[k]):
        if not found or points[k][1] < 0.99 * points[found[-1]][1]:
            found.append(k)
    return found


def priced(report: Report | None, column: str = "N = 100") -> list[Row]:
    """Return the simulators' rows that have both a time and an error."""
    found = rows(report, "Microseconds per step")
    return [row for row in found if row.get(column) and row.get("rms error, mV")]


def on_the_front(report: Report | None) -> list[Row]:
    """Return the simulators that no other beats in both time and error."""
    found = priced(report)
    return [found[k] for k in front([(r["N = 100"], r["rms error, mV"]) for r in found])]


def benchmarks(reports: Mapping[str, Report]) -> list[str]:
    """Return the sentences on speed."""
    parts = (_network, _coupling, _structure, _training, _scaling, _front, _modes)
    return [text for part in parts for text in part(reports)]


def _network(reports: Mapping[str, Report]) -> Iterable[str]:
    for bits in (32, 64):
        found = [r for r in rows(reports.get("network_step")) if r["float"] == bits]
        if found:
            changed = _range(r["speed-up, import changed"] for r in found)
            own = _range(r["speed-up, exp_euler"] for r in found)
            yield (
                f"A step of a whole network of {_range(r['N'] for r in found)} Hodgkin-Huxley cells"
                f" in float{bits}, after changing only the import: {changed} times as fast as with"
                f" the junctions of `brainpy.state`; with this library's neurons, too: {own} times."
            )


def _coupling(reports: Mapping[str, Report]) -> Iterable[str]:
    found = rows(reports.get("coupling"))
    if found:
        yield f"Coupling through the classes that users call, on random graphs: {_gains(found)}."
        yield (
            "The computation alone, by functions on plain arrays: "
            f"{_gains(found, 'bare, speed-up')}."
        )


def _structure(reports: Mapping[str, Report]) -> Iterable[str]:
    found = rows(reports.get("coupling"), "Batches")
    if found:
        each = "; ".join(
            f"{r['network']} (N = {r['N']:,}) {as_text(r['speed-up'])}"
            for r in found
            if r["layout"] != "complete"
        )
        yield f"Batches and networks with a structure, through the classes: {each} times."
    for r in found:
        if r["layout"] == "complete":
            yield (
                f"Where all {r['N']:,} cells are coupled to all with one conductance: "
                f"{as_text(r['speed-up'])} times as fast. Such a network needs no list of edges, "
                "only the mean of the voltages, while `brainpy.state` goes through "
                f"{r['edges']:,} edges."
            )


def _training(reports: Mapping[str, Report]) -> Iterable[str]:
    for table in reports.get("training", {}).get("tables", []):
        for note in table["notes"]:
            if note.startswith("Speed-up"):
                what = table["title"].removeprefix("Gradient through ").partition(", float")[0]
                yield (
                    "The gradient of a simulation with respect to the conductance of every junction"
                    f" ({what}): s{note[1:]}"
                )


def _scaling(reports: Mapping[str, Report]) -> Iterable[str]:
    found = rows(reports.get("scaling"), "Cost by edges")
    if found:
        last = found[-1]
        yield (
            f"A network of {last['edges']:,} junctions is made in "
            f"{as_text(last['construction, s'])} s; a step of its coupling takes "
            f"{as_text(last['step, us'] / 1e3)} ms."
        )


def _front(reports: Mapping[str, Report]) -> Iterable[str]:
    found = on_the_front(reports.get("peer_simulators"))
    if found:
        names = "; ".join(
            f"{r['simulator']}, {r['method']} ({as_text(r['N = 100'])} us, "
            f"{as_text(r['rms error, mV'])} mV)"
            for r in found
        )
        yield (
            "At one time step and N = 100, no other simulator or method is both faster and nearer "
            f"the exact solution than any of these: {names}."
        )


def _modes(reports: Mapping[str, Report]) -> Iterable[str]:
    found = rows(reports.get("worm_modes"), "Time")
    errors = rows(reports.get("worm_modes"), "V from")
    if found and errors:
        times = {r["dt, ms"]: r for r in found}
        steps = [dt for dt, r in times.items() if isinstance(r["stage"], float)]
        last = list(times)[-1]
        end = errors[-1]["implicit, rms"]
        yield (
            f"In the model of *C. elegans* explicit coupling is the cheapest up to dt = "
            f"{steps[-1]} ms, and diverges at the next step that was tried. Implicit coupling goes "
            f"on to {last} ms, with an error of {as_text(end)} mV."
        )


def validation(reports: Mapping[str, Report]) -> list[str]:
    """Return the sentences on what is right."""
    found = []
    if traces := rows(reports.get("with_brainpy"), "Traces"):
        worst = max(r["largest difference, mV"] for r in traces)
        found.append(
            f"Traces of {len(traces)} networks of `brainpy.state`'s neurons differ from those with "
            f"its own junctions by at most {worst:.2g} mV in float64."
        )
    axon = {
        r["method"]: r for r in rows(reports.get("with_neuron"), "Worst error of V, mV: squid axon")
    }
    if {"`staggered`", "NEURON, `secondorder=2`"} <= set(axon):
        ours, theirs = (axon[key]["0.025 ms"] for key in ("`staggered`", "NEURON, `secondorder=2`"))
        found.append(
            f"A squid axon at dt = 0.025 ms: `staggered` is {as_text(ours)} mV from the converged "
            f"solution, and NEURON's second-order method {as_text(theirs)} mV."
        )
    alike = {r["method"]: r for r in rows(reports.get("with_neuron"), "Identical cells")}
    if {"`staggered`, implicit", "NEURON, ParallelContext"} <= set(alike):
        ours, theirs = (
            alike[key]["kappa 1"] for key in ("`staggered`, implicit", "NEURON, ParallelContext")
        )
        found.append(
            "The voltages of identical cells with identical input must rise like that of a cell "
            f"alone. With junctions of kappa = 1 they rise by {ours} of this with implicit "
            f"coupling, and by {theirs} of it with NEURON's `ParallelContext`."
        )
    passive = {r["method"]: r for r in rows(reports.get("with_arbor"), "Worst error")}
    if {"`staggered`, `implicit`", "Arbor"} <= set(passive):
        ours, theirs = (passive[k]["0.025 ms"] for k in ("`staggered`, `implicit`", "Arbor"))
        found.append(
            f"Two passive cells at dt = 0.025 ms: {as_text(ours)} mV from the exact solution with "
            f"`staggered` and implicit coupling, {as_text(theirs)} mV in Arbor."
        )
    cables = {r["g, nS"]: r for r in rows(reports.get("with_cables"), "Steady coupling")}
    if pair := cables.get(1.0):
        finest = [name for name in pair if name.endswith("per branch")][-1]
        found.append(
            "Two cells joined on their dendrites by 1 nS: the coupling coefficient of their somata "
            f"is {pair[finest]} with {finest.partition(' ')[0]} compartments in each branch, and "
            f"{pair['closed form']} by the cable equation."
        )
    if papers := rows(reports.get("literature")):
        sources = list(dict.fromkeys(r["paper"] for r in papers))
        found.append(f"{len(papers)} published results are repeated, of {', '.join(sources)}.")
    return found


def remarks(report: Report) -> list[str]:
    """Return explanations of rows that look odd, where there are such rows."""
    explain: dict[str, Sequence[Callable[[Report], Iterable[str]]]] = {
        "layouts": (_bare, _kept_in_order, _not_the_best),
        "network_step": (_slower_second_order,),
        "coupling_modes": (_cheaper_than_explicit,),
        "peer_simulators": (_one_step,),
    }
    return [text for part in explain.get(report["name"], ()) for text in part(report)]


def _bare(report: Report) -> Iterable[str]:
    yield (
        "These are bare kernels: functions on plain arrays. Reading states and units, and adding "
        "the current to the neurons' input, is not in these times."
    )


def _kept_in_order(report: Report) -> Iterable[str]:
    found = [r["edges"] / _best(r) for r in rows(report) if r["chosen"] == "edges"]
    off = [ratio for ratio in found if ratio > 1]
    if off:
        yield (
            f"In {len(off)} rows the library takes `edges` although another layout is up to "
            f"{as_text(max(off))} times as fast. This is on purpose: below 512 junctions a step of "
            "coupling takes a microsecond or less, and `edges` sums in the order of "
            "`brainpy.state`, so that the traces of small models stay the same to the last digit. "
            "With the argument `layout` of a junction you can choose another one."
        )


def _not_the_best(report: Report) -> Iterable[str]:
    found = [r[r["chosen"]] / _best(r) for r in rows(report) if r["chosen"] != "edges"]
    if found and max(found) > 1.02:
        yield (
            "In the other rows simple rules on size and density choose. Their layout takes at most "
            f"{as_text(max(found))} times as long as the best one of the row."
        )


def _best(row: Row) -> float:
    return min(row[name] for name in ("edges", "rows", "padded", "dense") if row.get(name))


def _one_step(report: Report) -> Iterable[str]:
    yield (
        "A time per step says little without the error at that step: a method of second order can "
        "take longer steps for the same error. The picture of error and cost has both."
    )


def _slower_second_order(report: Report) -> Iterable[str]:
    slower = [r for r in rows(report) if r["speed-up, staggered"] < r["speed-up, exp_euler"]]
    if slower:
        yield (
            "`staggered` takes longer per step than `exp_euler`, because it finds the voltages in "
            "the middle of a step by a trial half step. It is of second order: at the same step "
            "its error is far smaller, as the picture of error and cost shows."
        )


def _cheaper_than_explicit(report: Report) -> Iterable[str]:
    modes = ("extrapolated", "semi_implicit", "implicit")
    if any(r[f"cost, {m}"] < 0.95 for r in rows(report) for m in modes):
        yield (
            "With `staggered` other modes can cost less than explicit coupling by `stage`, which "
            "is evaluated in two half steps, the first of them a trial; with the others the step "
            "needs no trial."
        )


def _gains(found: Sequence[Row], column: str = "speed-up") -> str:
    gains = [r[column] for r in found]
    mean = math.exp(sum(map(math.log, gains)) / len(gains))
    return f"{_range(gains)} times as fast, {as_text(mean)} times in the geometric mean"


def _range(values: Iterable[float]) -> str:
    found = list(values)
    low, high = as_text(min(found)), as_text(max(found))
    return low if low == high else f"{low} to {high}"
