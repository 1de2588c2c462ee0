"""The compiled chunk of a run."""

from __future__ import annotations

import dataclasses
from typing import Any

import brainstate
import jax
import jax.numpy as jnp
import numpy as np
import saiunit as u

from gapjunction.runs._cost import cost_of
from gapjunction.runs._grid import Grid, index_dtype
from gapjunction.runs._inputs import Inputs
from gapjunction.runs._layout import Layout
from gapjunction.runs._record import Record, Total


@dataclasses.dataclass(frozen=True)
class Traced:
    """What is known about a step before it is compiled.

    Attributes
    ----------
    states : tuple of State
        All states that a step reads or writes.
    written : tuple of State
        Those that it writes.
    reads_time : bool
        Whether it depends on the time ``t`` itself.
    cost : float
        How long it takes in s, by an estimate.
    """

    states: tuple[brainstate.State, ...]
    written: tuple[brainstate.State, ...]
    reads_time: bool
    cost: float


class Program:
    """The steps of a model in chunks, each of which is one call of a compiled function.

    Parameters
    ----------
    model : Module
        The model, which is called once for each step.
    grid : Grid
        The steps.
    inputs : Inputs
        What the model is called with.
    records : dict of str to Record
        What is recorded of each window.
    layout : Layout
        Where the model's states are.
    """

    def __init__(
        self,
        model: brainstate.nn.Module,
        grid: Grid,
        inputs: Inputs,
        records: dict[str, Record],
        layout: Layout,
    ) -> None:
        self.model, self.grid, self.inputs, self.records = model, grid, inputs, records
        self.layout = layout
        self._compiled: dict[int, Any] = {}
        self.units: dict[str, u.Unit] = {}
        self.traced = self._trace()

    def run(self, window: int, n_windows: int) -> dict[str, np.ndarray]:
        """Run some windows, and return their records."""
        if n_windows not in self._compiled:
            self._compiled[n_windows] = brainstate.transform.jit(self._chunk_of(n_windows))
        self.layout.keep()
        index = self.grid.start + window * self.grid.every
        rows = self.inputs.rows(window, n_windows)
        found = self._compiled[n_windows](self._index(index), rows)
        # Wait for the result, so that the chunk is complete when this returns.
        return {name: np.asarray(array) for name, array in jax.block_until_ready(found).items()}

    def _trace(self) -> Traced:
        """Trace one step; find the states and the kind of each record."""

        def step(i: jax.Array, t: u.Quantity, rows: tuple[jax.Array, ...]) -> dict[str, jax.Array]:
            return self._step(i, t, rows, tuple(self.records))

        first = self._index(self.grid.start)
        rows = tuple(row[0, 0] for row in self.inputs.rows(0, 1))
        args = (first, self._time(jnp.asarray(first)), rows)
        stateful = brainstate.transform.StatefulFunction(step)
        stateful.make_jaxpr(*args)
        self.shapes: dict[str, jax.ShapeDtypeStruct] = stateful.get_out_shapes(*args)[0]
        self.totals = {
            name: Total(self.shapes[name]) for name, r in self.records.items() if r.how != "last"
        }
        jaxpr = stateful.get_jaxpr(*args).jaxpr
        reads_time, cost = cost_of(jaxpr, 1)
        return Traced(
            tuple(stateful.get_states(*args)),
            tuple(stateful.get_write_states(*args)),
            reads_time,
            cost,
        )

    def kinds(self) -> dict[str, jax.ShapeDtypeStruct]:
        """Return shape and dtype of each record of one window.

        A mean or a sum may have another dtype than the quantity, so a whole window is traced.
        """
        rows = self.inputs.rows(0, 1)
        found = brainstate.transform.StatefulFunction(self._chunk_of(1))
        first = self._index(self.grid.start)
        shapes = found.get_out_shapes(first, rows)[0]
        return {
            name: jax.ShapeDtypeStruct(shapes[name].shape[1:], shapes[name].dtype)
            for name in self.records
        }

    def _chunk_of(self, n_windows: int) -> Any:
        def chunk(first: jax.Array, rows: tuple[jax.Array, ...]) -> dict[str, jax.Array]:
            def window(k: jax.Array, row: tuple[jax.Array, ...]) -> dict[str, jax.Array]:
                return self._window(first + k * self.grid.every, row)

            return brainstate.transform.for_loop(window, self._counter(n_windows), rows)

        return chunk

    def _window(self, first: jax.Array, rows: tuple[jax.Array, ...]) -> dict[str, jax.Array]:
        """Take the steps of one window and return its records."""
        summed, every = tuple(self.totals), self.grid.every
        lasts = tuple(name for name in self.records if name not in summed)

        def step(totals: dict[str, Any], x: tuple[Any, ...]) -> tuple[dict[str, Any], None]:
            i = first + x[0]
            values = self._step(i, self._time(i), x[1], summed)
            return {n: self.totals[n].add(totals[n], v) for n, v in values.items()}, None

        zeros = {name: total.zero() for name, total in self.totals.items()}
        totals, _ = brainstate.transform.scan(step, zeros, (self._counter(every), rows))
        found = {
            name: self.totals[name].result(totals[name], self.records[name].how, every)
            for name in summed
        }
        last = first + every - 1
        with brainstate.environ.context(i=last, t=self._time(last)):
            return {**found, **self._read(lasts)}

    def _step(
        self, i: jax.Array, t: u.Quantity, rows: tuple[jax.Array, ...], names: tuple[str, ...]
    ) -> dict[str, jax.Array]:
        """Take one step, and read some of the records after it."""
        with brainstate.environ.context(i=i, t=t):
            self.model(*self.inputs.at(rows))
            return self._read(names)

    def _read(self, names: tuple[str, ...]) -> dict[str, jax.Array]:
        found = {}
        for name in names:
            found[name], self.units[name] = self.records[name].read(name)
        return found

    def _time(self, i: jax.Array) -> u.Quantity:
        return u.Quantity(
            i.astype(brainstate.environ.dftype()) * self.grid.dt.mantissa, unit=self.grid.dt.unit
        )

    def _index(self, i: int) -> np.ndarray:
        return np.asarray(i, index_dtype())

    def _counter(self, n: int) -> np.ndarray:
        return np.arange(n, dtype=index_dtype())
