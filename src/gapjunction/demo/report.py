"""The text that the demo prints."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import saiunit as u

from gapjunction.connectivity import components, degree
from gapjunction.demo.job import Job, Outcome
from gapjunction.demo.modes import Modes


def describe_job(job: Job) -> str:
    """Return what is about to be simulated, and whether the time step is stable."""
    worm, report = job.worm, job.stability
    giant = len(components(worm.electrical)[0])
    count = degree(worm.electrical, worm.junctions)[report.worst[1]]
    given = ", ".join(f"{current:g} pA into {name}" for name, current in job.stimulus.items())
    rows = [
        (
            "network",
            f"{worm.n_neurons} neurons, {len(worm.inhibitory)} of them GABAergic",
            f"{worm.junctions.sum()} gap junctions in {worm.electrical.n_edges} pairs, "
            f"giant component {giant} neurons",
            f"{worm.synapses.sum()} synapses in {worm.chemical.n_edges} connections",
        ),
        ("junctions", f"{job.junction}, {job.parameters.gap_conductance:g} pS each"),
        ("stimulus", f"{given}, from the start on"),
        ("time step", f"{job.dt:g} ms. {'' if is_stable(job) else 'WARNING: '}{report.advice}"),
    ]
    notes = {"kappa": [f"(kappa = dt sum(g) / C; {report.worst_name} has {count} junctions)"]}
    rows += [(name, text, *notes.get(name, [])) for name, text in report.rows().items()]
    head = (
        "Nervous system of C. elegans: model of Kunert et al. 2014, wiring of Varshney et al. 2011"
    )
    return "\n".join([head, *_table(rows)])


def is_stable(job: Job) -> bool:
    """Return whether the job's coupling mode is stable at its time step."""
    return job.dt < largest_stable_dt(job)


def largest_stable_dt(job: Job) -> float:
    """Return the largest time step (ms) at which the job's coupling mode is stable."""
    return float(job.stability.largest_dt_as_built.to_decimal(u.ms))


def advise(job: Job) -> str:
    """Return options of the command line that may keep voltages finite."""
    if is_stable(job):
        return "a smaller --dt may help"
    other = "--coupling implicit" + (" without --builtin" if job.builtin else "")
    return f"take a --dt below {largest_stable_dt(job):.3g} (ms), or {other}"


def describe_outcome(job: Job, outcome: Outcome) -> str:
    """Return the results as text."""
    worm, V, modes = job.worm, outcome.recording.V, outcome.modes
    top = np.unravel_index(np.abs(V).argmax(), V.shape)
    motor = V[outcome.lasting][:, worm.motor]
    start = outcome.recording.time[outcome.lasting][0] / 1e3
    rows = [
        (
            "run",
            f"{job.duration:g} s in {job.n_steps} steps, {outcome.wall_time:.1f} s of wall time",
        ),
        (
            "voltages",
            f"motor neurons {round(motor.min())} to {round(motor.max())} mV after {start:g} s; "
            f"farthest from 0 is {worm.labels[top[1]]} at {V[top]:.0f} mV",
            "(nothing in this model limits V; neurons act by V - V_th)",
        ),
        (
            "motor modes",
            f"of {len(worm.motor)} neurons after {start:g} s: {_rhythm(modes)}",
            f"largest departure from the mean {modes.amplitude:.3g} mV",
            f"modes 1 and 2 hold {modes.share[:2].sum():.2%} of the variance (modes 1, 2, 3: "
            + ", ".join(f"{part:.1%}" for part in modes.share[:3])
            + ")",
        ),
    ]
    if set(job.stimulus) == {"PLML", "PLMR"}:
        rows.append(
            (
                "published",
                "for constant current into PLM, Kunert et al. 2014 have two modes and a limit",
                "cycle in their plane, which they read as forward crawling",
            )
        )
    return "\n".join(_table(rows))


def describe_checkpoint(job: Job, outcome: Outcome, folder: Path) -> str:
    """Return a text that says what is in the folder of a run."""
    records = len(outcome.recording.time)
    text = f"{folder / 'recording.zarr'}: all {job.n_records} records"
    if records < job.n_records:
        text += f"; the results above are those of the last {records}"
    return "\n".join(_table([("recording", text)]))


def describe_files(*paths: Path) -> str:
    """Return a text that says where the results are."""
    return "\n".join(_table([("written", *map(str, paths))]))


def _rhythm(modes: Modes) -> str:
    if modes.period is not None:
        return f"a limit cycle in the plane of modes 1 and 2, period {modes.period / 1e3:.2f} s"
    return {
        "at rest": "no movement: a fixed point",
        "decaying": "no lasting oscillation, still settling",
    }.get(modes.behaviour, "no regular oscillation")


def _table(rows: list[tuple[str, ...]]) -> list[str]:
    lines = []
    for name, first, *more in rows:
        lines.append(f"  {name:<13}  {first}")
        lines.extend(f"  {'':<13}  {line}" for line in more)
    return lines
