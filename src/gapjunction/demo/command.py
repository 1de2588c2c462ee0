"""The command line of the demo. Modules that need JAX are imported only after quick checks."""

from __future__ import annotations

import argparse
import functools
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from gapjunction.demo.files import check_writable, written_whole
from gapjunction.demo.options import conductance, count, positive, stimulus
from gapjunction.demo.parameters import DEFAULT_STIMULUS, PUBLISHED_STIMULUS, Parameters

if TYPE_CHECKING:
    from gapjunction.demo.job import Job

FIGURE: Final = "celegans.png"
TRACES: Final = "celegans.npz"

_RECORD_MS = 5.0
_MIN_RECORDS, _MAX_RECORDS, _MAX_RECORD_EVERY = 20, 1_000_000, 1_000_000


def add_parser(commands: argparse._SubParsersAction[Any]) -> None:
    """Add ``demo`` to the commands of an argument parser."""
    parser = commands.add_parser(
        "demo",
        help="simulate the nervous system of C. elegans",
        description="Simulate the 279 neurons of the nervous system of C. elegans with their gap "
        f"junctions and synapses, and write {FIGURE} and {TRACES}.",
        allow_abbrev=False,
    )
    add, default = parser.add_argument, "default %(default)g"
    add(
        "--duration",
        type=positive,
        default=10.0,
        metavar="S",
        help=f"simulated time in s; {default}",
    )
    add("--dt", type=positive, default=0.05, metavar="MS", help=f"time step in ms; {default}")
    add("--record-every", type=count, metavar="STEPS", help="default: as many as make 5 ms")
    add(
        "--stimulus",
        type=stimulus,
        action="append",
        metavar="NAME=PA",
        help="constant current in pA into a neuron; may be repeated. Default: "
        + " ".join(f"{name}={current:g}" for name, current in DEFAULT_STIMULUS.items()),
    )
    add(
        "--published",
        action="store_true",
        help="the stimulus of Kunert et al. 2014, "
        + " ".join(f"{name}={current:g}" for name, current in PUBLISHED_STIMULUS.items())
        + ": a limit cycle, at voltages that no animal has",
    )
    add(
        "--gap-conductance",
        type=conductance,
        default=Parameters.gap_conductance,
        metavar="PS",
        help=f"pS for each gap junction; {default}",
    )
    add(
        "--coupling",
        metavar="MODE",
        help="how the gap junctions enter the neurons' step: 'step', 'stage' (default) or "
        "'extrapolated', which limit --dt; 'semi_implicit' or 'implicit', which do not",
    )
    add("--builtin", action="store_true", help="use brainpy.state's junctions, for comparison")
    add("--output", type=Path, default=Path("results"), metavar="DIR", help="default %(default)s")
    add(
        "--checkpoint",
        type=Path,
        metavar="FOLDER",
        help="save the run there while it goes on, with all records, which are then not kept in "
        "memory; the same command resumes a run that was stopped",
    )
    add("--quiet", action="store_true", help="print nothing but errors")
    parser.set_defaults(run=functools.partial(run, parser=parser))


def run(args: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    """Run the command; return the exit status."""
    n_records, record_every = _records(args, parser)
    try:
        check_writable(args.output, (FIGURE, TRACES))
    except OSError as error:
        parser.error(f"argument --output: {error}")

    from gapjunction.demo.report import advise
    from gapjunction.demo.run import NotFiniteError

    job = _job(args, parser, n_records, record_every)
    try:
        _simulate_and_write(args, job)
    except NotFiniteError as error:
        written = "nothing was" if args.checkpoint is None else "no results were"
        told = f"{parser.prog}: error: {error}; {advise(job)}; {written} written\n"
        parser.exit(1, told)
    except _OtherRunError as error:
        parser.error(f"argument --checkpoint: {error}")
    except OSError as error:
        parser.exit(1, f"{parser.prog}: error: cannot write the results: {error}\n")
    return 0


class _OtherRunError(Exception):
    """The folder for checkpoints belongs to another run, or cannot be used."""


def _simulate_and_write(args: argparse.Namespace, job: Job) -> None:
    from tqdm import tqdm

    from gapjunction._checks import GapJunctionWarning
    from gapjunction.demo.figure import draw_figure
    from gapjunction.demo.job import evaluate
    from gapjunction.demo.report import (
        describe_checkpoint,
        describe_files,
        describe_job,
        describe_outcome,
    )
    from gapjunction.demo.run import simulate
    from gapjunction.demo.traces import save_traces

    say = (lambda text: None) if args.quiet else functools.partial(print, flush=True)
    say(describe_job(job))
    start = time.perf_counter()
    model = job.model()
    with (
        warnings.catch_warnings(),
        tqdm(
            total=job.n_steps, desc="simulating", unit=" steps", leave=False, disable=args.quiet
        ) as bar,
    ):
        # The printed description already says whether coupling is stable.
        warnings.simplefilter("ignore", GapJunctionWarning)
        try:
            recording = simulate(
                model,
                job.dt,
                job.n_records,
                job.record_every,
                lambda records: bar.update(records * job.record_every),
                args.checkpoint,
            )
        except (ValueError, RuntimeError, FileExistsError) as error:
            if args.checkpoint is None:
                raise
            raise _OtherRunError(str(error)) from error
        bar.leave = True  # only after success: an error message should not follow a stale bar
    outcome = evaluate(job, recording, time.perf_counter() - start)
    with written_whole(args.output, (FIGURE, TRACES)) as (figure, traces):
        draw_figure(figure, job, outcome)
        save_traces(traces, job, outcome)
    say(describe_outcome(job, outcome))
    say(describe_files(args.output / FIGURE, args.output / TRACES))
    if args.checkpoint is not None:
        say(describe_checkpoint(job, outcome, args.checkpoint))


def _records(args: argparse.Namespace, parser: argparse.ArgumentParser) -> tuple[int, int]:
    """Return the number of records, and the number of steps between them."""
    record_every = args.record_every
    if record_every is None:
        record_every = max(1, round(min(_RECORD_MS / args.dt, _MAX_RECORD_EVERY)))
    elif record_every > _MAX_RECORD_EVERY:
        parser.error(
            f"argument --record-every: must be at most {_MAX_RECORD_EVERY} steps, "
            f"got {record_every}"
        )
    interval = args.dt * record_every
    n_records = args.duration * 1e3 / interval
    if not _MIN_RECORDS - 0.5 < n_records < _MAX_RECORDS:
        parser.error(
            f"argument --duration: must hold {_MIN_RECORDS} to {_MAX_RECORDS} records, one every "
            f"{interval:g} ms, got {args.duration:g} s"
        )
    return round(n_records), record_every


def _job(
    args: argparse.Namespace, parser: argparse.ArgumentParser, n_records: int, record_every: int
) -> Job:
    """Return the job; arguments that can only be checked against its data are checked here."""
    from gapjunction.coupling import as_mode
    from gapjunction.datasets import celegans
    from gapjunction.demo.job import Job

    worm, coupling = celegans(), "step" if args.builtin else "stage"
    if args.coupling is not None:
        if args.builtin:
            parser.error(
                "argument --coupling: brainpy.state's junctions (--builtin) have none to choose"
            )
        try:
            coupling = as_mode(args.coupling).name
        except ValueError as error:
            parser.error(f"argument --coupling: {error}")
    if args.published and args.stimulus:
        parser.error("argument --published: not together with --stimulus, which it stands for")
    usual = PUBLISHED_STIMULUS if args.published else DEFAULT_STIMULUS
    currents = dict(args.stimulus or usual)
    if args.stimulus and len(currents) < len(args.stimulus):
        parser.error("argument --stimulus: a neuron is given more than once")
    try:
        worm.index(currents)
    except ValueError as error:
        parser.error(f"argument --stimulus: {error}")
    parameters = Parameters(gap_conductance=args.gap_conductance)
    return Job(worm, parameters, currents, args.dt, n_records, record_every, coupling, args.builtin)
