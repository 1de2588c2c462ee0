"""The text that the demo prints."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import saiunit as u

from gapjunction.connectivity import components, degree
from gapjunction.demo.job import Job, Outcome, response
from gapjunction.demo.modes import Modes
from gapjunction.demo.parameters import DEFAULT_STIMULUS, PUBLISHED_STIMULUS, Parameters

_N_NAMED = 7
_ANIMAL = 100.0
"""No neuron of the animal has a voltage (mV) farther from 0 than this."""


def describe_job(job: Job) -> str:
    """Return a text about the simulation to come, and whether the time step is stable."""
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
        ("stimulus", f"{given}, from the start on", *_unlike_the_animal(job)),
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
            f"{job.duration:g} s in {job.n_steps:,} steps, {outcome.wall_time:.1f} s of wall time",
        ),
        (
            "voltages",
            f"all neurons {round(V.min())} to {round(V.max())} mV; "
            f"motor neurons {round(motor.min())} to {round(motor.max())} mV after {start:g} s",
            *_beyond(f"{worm.labels[top[1]]} at {V[top]:,.0f} mV", abs(float(V[top]))),
        ),
        *_response(job, outcome),
        (
            "motor modes",
            f"of {len(worm.motor)} neurons after {start:g} s: {_rhythm(modes)}",
            *_modes(modes),
        ),
        *_published(job),
    ]
    return "\n".join(_table(rows))


def describe_checkpoint(job: Job, outcome: Outcome, folder: Path) -> str:
    """Return a text about the recording in the folder of a run."""
    records = len(outcome.recording.time)
    text = f"{folder / 'recording.zarr'}: all {job.n_records} records"
    if records < job.n_records:
        text += f"; the results above are those of the last {records}"
    return "\n".join(_table([("recording", text)]))


def describe_files(*paths: Path) -> str:
    """Return a text that says where the results are."""
    return "\n".join(_table([("written", *map(str, paths))]))


def _unlike_the_animal(job: Job) -> list[str]:
    """Return what a reader should know about a stimulus before reading its results."""
    if job.stimulus != PUBLISHED_STIMULUS:
        return []
    return [
        "(as published: at least 100 times the current that touch evokes in the animal. Nothing in",
        "the model limits V, which reaches volts: read the motor neurons' pattern, not their V)",
    ]


def _beyond(what: str, voltage: float) -> list[str]:
    if voltage <= _ANIMAL:
        return []
    return [
        f"farthest from 0 is {what}, which no animal reaches: nothing in this model",
        "limits V, and neurons act on each other by V - V_th",
    ]


def _response(job: Job, outcome: Outcome) -> list[tuple[str, ...]]:
    """Return a text on how far the change from rest spreads, if voltages come to rest again."""
    if outcome.modes.behaviour != "at rest":
        return []
    change = response(outcome)
    moved = [i for i in np.argsort(-np.abs(change), kind="stable") if abs(change[i]) >= 1]
    if not moved:
        return [("response", "no neuron moves by 1 mV from rest")]
    first = ", ".join(f"{job.worm.labels[i]} {change[i]:+.1f}" for i in moved[:_N_NAMED])
    more = ", ..." if len(moved) > _N_NAMED else ""
    plural = "" if len(moved) == 1 else "s"
    return [
        ("response", f"{len(moved)} neuron{plural} moved by 1 mV or more from rest, in mV:"),
        ("", first + more),
    ]


def _modes(modes: Modes) -> list[str]:
    if modes.behaviour == "at rest":
        return []
    return [
        f"largest departure from the mean {modes.amplitude:.3g} mV",
        f"modes 1 and 2 hold {modes.share[:2].sum():.2%} of the variance (modes 1, 2, 3: "
        + ", ".join(f"{part:.1%}" for part in modes.share[:3])
        + ")",
    ]


def _published(job: Job) -> list[tuple[str, ...]]:
    if job.stimulus == PUBLISHED_STIMULUS:
        return [
            (
                "published",
                "for constant current into PLM, Kunert et al. 2014 find two modes and a limit",
                "cycle in their plane, which they interpret as forward crawling",
            )
        ]
    if job.stimulus == DEFAULT_STIMULUS and job.parameters == Parameters():
        return [
            (
                "published",
                "PVC, which follows PLM here, makes the animal go forward after touch at its tail",
                "(Chalfie et al. 1985). The limit cycle of Kunert et al. 2014 begins",
                "at 1,245 pA into each PLM, at volts that no animal has; --published shows it",
            )
        ]
    return []


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
