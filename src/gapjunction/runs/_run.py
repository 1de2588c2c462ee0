"""The run of a model, chunk by chunk."""

from __future__ import annotations

import contextlib
import functools
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import brainstate
import jax
import numpy as np
import saiunit as u

from gapjunction._checks import check_int, describe
from gapjunction._typing import QuantityLike
from gapjunction.runs._checked_model import check_all_saved, check_inputs_left, check_model
from gapjunction.runs._disk import RECORDING, locked
from gapjunction.runs._facts import describe_parts, facts_of
from gapjunction.runs._grid import Grid, check_time_resolution, make_grid, windows_per_chunk
from gapjunction.runs._inputs import Input, Inputs
from gapjunction.runs._layout import Layout
from gapjunction.runs._optional import optional
from gapjunction.runs._program import Program
from gapjunction.runs._record import Record, Source, as_records
from gapjunction.runs._recording import Memory, Recorded, Sink, Streamed
from gapjunction.runs._resume import Folder
from gapjunction.runs._signals import Signals
from gapjunction.runs._states import find_states, settle
from gapjunction.sharding._shard import Table

BETWEEN_CHECKPOINTS: Final = 60.0
"""Seconds after which a checkpoint is written, if the user does not say after how many chunks."""


class NotFiniteError(FloatingPointError):
    """A recorded number has become infinite or NaN.

    Attributes
    ----------
    time : Quantity
        The end of the window in which that happened.
    """

    __module__ = "gapjunction.runs"

    def __init__(self, message: str, time: u.Quantity) -> None:
        super().__init__(message)
        self.time = time


def run(
    model: brainstate.nn.Module,
    duration: QuantityLike,
    *,
    dt: QuantityLike | None = None,
    inputs: Input | tuple[Input, ...] | None = None,
    record: Mapping[str, Record | Source] | None = None,
    every: QuantityLike | int | None = None,
    start: QuantityLike | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    checkpoint_every: int | None = None,
    chunk: int | None = None,
    progress: bool | Callable[[int], Any] = True,
    finite: bool = True,
) -> Recorded:
    """Run a model for a time, in compiled chunks, and record states and functions of the model.

    Each step is one call of the model, ``model(*inputs)``, with the index ``i`` of the step and the
    time ``t = i * dt`` at its start in ``brainstate.environ``. The model's states must be
    initialised before the run; after it they have the values of the last step.

    With a folder for checkpoints, records go to the disk and are not kept in memory, whatever the
    duration. A run that was stopped in any way is resumed when the same script makes the same call
    again. With the same versions, and as many devices of the same kind, it then ends with the same
    numbers, to the last bit, as a run that was never stopped. On another number of devices the
    results agree up to rounding: saved states and random keys are the same bits, but later sums are
    taken in another order. A run that is complete is not run again: its recording is returned, and
    its last states are put into the model.

    Parameters
    ----------
    model : Module
        The model, with initialised states.
    duration : Quantity
        How long to run, a whole number of ``every``.
    dt : Quantity, optional
        Time step; by default that of ``brainstate.environ``.
    inputs : array, Quantity, callable or PerStep, or a tuple of these
        What the model is called with in each step: a constant; a function ``f(t)`` of the time,
        which may read the index of the step as ``brainstate.environ.get('i')``; or values for each
        step, :class:`gapjunction.runs.PerStep`. A tuple has one for each argument.
    record : dict of str to State, callable or Record
        What to record under which name: a state, a function without arguments that is called after
        a step, or a :class:`gapjunction.runs.Record`, which can choose cells, and take means and
        sums over ``every``.
    every : Quantity or int, optional
        Time, or number of steps, of a window. Each window gives one row of every record. By default
        a window is one step.
    start : Quantity, default 0 ms
        The time at which the run starts, such as the end of an earlier run.
    checkpoint : path, optional
        A folder for checkpoints (by Orbax) and the recording (a Zarr group). It is made if it is
        missing, and nothing else may be in it.
    checkpoint_every : int, optional
        Number of chunks after which a checkpoint is written; by default as many as take a minute.
        One is also written at the end, and when the run is stopped by Ctrl-C or by a scheduler's
        SIGTERM, both of which take effect at the end of a chunk.
    chunk : int, optional
        Number of steps in a compiled chunk, a multiple of ``every``. By default as many steps as
        are estimated to take about a second, so that all chunks are equally long if possible.
    progress : bool or callable
        Whether to show a progress bar; or a function that is called after each chunk with the
        number of its steps, and at the beginning with the number of steps that an earlier call has
        run.
    finite : bool
        Whether to raise an error when a record becomes infinite or NaN.

    Returns
    -------
    gapjunction.runs.Recorded
        The records, as a mapping; of a run in a folder they are read from there.

    Raises
    ------
    TypeError, ValueError
        If an argument does not fit, a step changes states that are not part of the model or leaves
        an input for the next step, or the run in the folder is that of another model.
    gapjunction.runs.NotFiniteError
        If a record becomes infinite or NaN.
    OSError
        If the folder cannot be written to (its last checkpoint stays), if it contains other files,
        or if its recording is missing.
    RuntimeError
        If no checkpoint in the folder can be read, or another process runs in it; if the call is
        within a transformed function, or in one of several processes of JAX.
    ImportError
        If ``tqdm``, or with a folder ``orbax-checkpoint`` or ``zarr``, is not installed.

    Warns
    -----
    GapJunctionWarning
        If a run is resumed with other versions, on other devices, or by a model with other initial
        values; or if the time in float32 does not distinguish steps.

    See Also
    --------
    gapjunction.runs.save : Write a whole model to a file.

    Examples
    --------
    >>> import brainstate, saiunit as u
    >>> import gapjunction as gj
    >>> cells = gj.neurons.HH1952(2)
    >>> _ = brainstate.nn.init_all_states(cells)
    >>> found = gj.run(cells, 20 * u.ms, dt=0.05 * u.ms, inputs=10 * u.uA / u.cm**2,
    ...                record={'V': cells.V}, every=0.5 * u.ms, progress=False)
    >>> found['V'].shape, found.time[-1]
    ((40, 2), Quantity(20., "ms"))

    The spikes of one cell in each 5 ms, resumed if it is stopped:

    >>> spikes = gj.runs.Record(cells.get_spike, at=[0], how='sum')
    >>> gj.run(cells, 60 * u.second, dt=0.05 * u.ms, inputs=10 * u.uA / u.cm**2,
    ...        record={'spikes': spikes}, every=5 * u.ms, checkpoint='a run')   # doctest: +SKIP
    """
    check_model(model)
    grid = make_grid(duration, dt, every, start)
    records, given = as_records(record), Inputs(inputs, grid)
    path = None if checkpoint is None else _as_path(checkpoint)
    if not isinstance(progress, bool) and not callable(progress):
        raise TypeError(f"progress must be True, False or a function, got {describe(progress)}.")
    if checkpoint_every is not None:
        check_int("checkpoint_every", checkpoint_every, low=1)
    chosen = None if chunk is None else _windows(chunk, grid)
    if jax.process_count() > 1:
        raise RuntimeError(
            f"gapjunction.run must be called in a single process, not in {jax.process_count()}."
        )
    tqdm = optional("tqdm", "A progress bar (progress=True)").tqdm if progress is True else None
    told = progress if callable(progress) else None
    check_inputs_left(model, "before the run")
    states = find_states(model)
    settle(states)
    layout = Layout(states)
    with brainstate.environ.context(dt=grid.dt):
        program = Program(model, grid, given, records, layout)
        check_inputs_left(model, "after a step")
        check_time_resolution(grid, program.traced.reads_time)
        kinds = program.kinds()
        size = sum(int(np.prod(k.shape)) * np.dtype(k.dtype).itemsize for k in kinds.values())
        per_chunk = chosen or windows_per_chunk(grid, program.traced.cost, size)
        loop = _Loop(program, per_chunk, finite, functools.partial(_progress, grid, tqdm, told))
        if path is None:
            return loop.to_the_end(Memory(grid, kinds, program.units), 0)
        check_all_saved(states, program.traced)
        with locked(path), contextlib.ExitStack() as stack:
            sink = Streamed(grid, kinds, program.units, path / RECORDING)
            facts = _facts(model, grid, given, records, states, program)
            folder = Folder(path, states, facts, sink)
            stack.callback(folder.checkpoints.close)
            done = folder.resume(chosen)
            if done is None:
                folder.begin(per_chunk)
            loop.per_chunk = folder.meta["windows_per_chunk"]
            return loop.with_checkpoints(folder, sink, done or 0, checkpoint_every)


class _Loop:
    """The chunks of a run, one after the other."""

    def __init__(
        self,
        program: Program,
        per_chunk: int,
        finite: bool,
        progress: Callable[[int], contextlib.AbstractContextManager[Callable[[int], Any]]],
    ) -> None:
        self.program, self.per_chunk, self.finite = program, per_chunk, finite
        self.progress, self.grid = progress, program.grid

    def to_the_end(self, sink: Sink, done: int) -> Recorded:
        """Run all windows that are left."""
        for window, rows in self._chunks(done):
            sink.add(window, rows)
        return sink.close()

    def with_checkpoints(
        self, folder: Folder, sink: Streamed, done: int, every: int | None
    ) -> Recorded:
        """Run all windows that are left, with checkpoints on the way."""
        last, chunks, total = time.monotonic(), 0, self.grid.n_windows
        with Signals() as signals:
            for window, rows in self._chunks(done):
                with _written(folder):
                    sink.add(window, rows)
                done, chunks = min(window + self.per_chunk, total), chunks + 1
                waited = time.monotonic() - last
                due = waited > BETWEEN_CHECKPOINTS if every is None else chunks % every == 0
                stopped = signals.caught is not None and done < total
                if (due and done < total) or stopped:
                    folder.save(done)
                    last = time.monotonic()
                if stopped:
                    with _written(folder):
                        sink.flush()
                    signals.stop(self._how_to_go_on(folder, done), _tell)
            with _written(folder):
                recorded = sink.close()
            if folder.saved_at < total:
                folder.save(total)
        return recorded

    def _chunks(self, done: int) -> Iterator[tuple[int, dict[str, np.ndarray]]]:
        """Run chunk by chunk, and yield the first window of each with its records."""
        grid, total = self.grid, self.grid.n_windows
        with self.progress(done * grid.every) as tell:
            while done < total:
                # After a resumption, chunks begin at the same steps as in a run that was never
                # stopped, so that the same compiled functions compute the same steps.
                n = min(self.per_chunk - done % self.per_chunk, total - done)
                rows = self.program.run(done, n)
                if self.finite:
                    self._check_finite(done, rows)
                yield done, rows
                done += n
                tell(n * grid.every)

    def _check_finite(self, window: int, rows: Mapping[str, np.ndarray]) -> None:
        grid = self.grid
        for name, array in rows.items():
            bad = ~np.isfinite(array.reshape(len(array), -1)).all(axis=1)
            if bad.any():
                at = grid.time_of(grid.start + (window + int(bad.argmax()) + 1) * grid.every)
                raise NotFiniteError(
                    f"record {name!r} is not finite after {at}; with finite=False the run goes on.",
                    at,
                )

    def _how_to_go_on(self, folder: Folder, done: int) -> str:
        grid = self.grid
        at, end = (grid.time_of(grid.start + k * grid.every) for k in (done, grid.n_windows))
        return (
            f"stopped at {at} of {end}, and saved; to go on, make the same call again "
            f"(checkpoint={str(folder.path)!r})"
        )


@contextlib.contextmanager
def _written(folder: Folder) -> Iterator[None]:
    """Turn an error in writing the recording into one that names the last checkpoint."""
    try:
        yield
    except OSError as error:
        raise folder.not_written(error) from error


@contextlib.contextmanager
def _progress(
    grid: Grid, tqdm: Any, told: Callable[[int], Any] | None, done: int
) -> Iterator[Callable[[int], Any]]:
    """Yield a function that is called with the number of steps that were taken."""
    if tqdm is not None:
        total = grid.n_steps
        with tqdm(total=total, initial=done, unit="step", unit_scale=True, desc="run") as bar:
            yield bar.update
        return
    if told is not None and done:
        told(done)
    yield (lambda steps: None) if told is None else told


def _windows(chunk: int, grid: Grid) -> int:
    steps = check_int("chunk", chunk, low=1)
    if steps % grid.every:
        raise ValueError(f"chunk must be a multiple of every ({grid.every} steps), got {steps}.")
    return min(steps // grid.every, grid.n_windows)


def _as_path(checkpoint: str | os.PathLike[str]) -> Path:
    if not isinstance(checkpoint, (str, os.PathLike)) or not str(checkpoint):
        raise TypeError(f"checkpoint must be the path of a folder, got {describe(checkpoint)}.")
    path = Path(checkpoint).expanduser().absolute()
    if path.exists() and not path.is_dir():
        raise NotADirectoryError(f"checkpoint must be a folder, but {path} is a file.")
    return path


def _facts(
    model: brainstate.nn.Module,
    grid: Grid,
    inputs: Inputs,
    records: Mapping[str, Record],
    states: Mapping[str, brainstate.State],
    program: Program,
) -> dict[str, str]:
    """Return all that must be the same when a run is resumed, apart from its states."""
    names = {id(state): name for name, state in states.items()}
    found = {"precision": str(np.dtype(brainstate.environ.dftype())), **grid.facts()}
    found.update({f"inputs{key}": text for key, text in inputs.facts().items()})
    for name, one in records.items():
        place = f"record[{name!r}]"
        if isinstance(one.of, brainstate.State):
            found[f"{place} of"] = names.get(id(one.of), "a state outside of the model")
        else:
            found.update(describe_parts(f"{place} of", one.of))
        found.update({f"{place} {key}": text for key, text in one.facts().items()})
    outside = (s for s in program.traced.states if id(s) not in names and not isinstance(s, Table))
    for k, state in enumerate(outside):
        # A step may read states outside of the model, such as the amplitude of an input. Tables of
        # edges that are spread over devices are left out, because the edges are among the facts
        # already.
        values = jax.tree.leaves(state.value, is_leaf=lambda x: hasattr(x, "mantissa"))
        found.update(describe_parts(f"state {k} outside of the model", values))
    return {**found, **facts_of(model)}


def _tell(message: str) -> None:
    print(message, file=sys.stderr)
