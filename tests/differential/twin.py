"""What a population does alone, under currents that are handed to it as plain inputs."""

import functools

import brainstate
import jax
import jax.numpy as jnp
import numpy as np
import saiunit as u

from .build import plain, with_unit
from .hosts import KINDS, UNITS

# Cells are independent of each other, so that populations of all sizes and batches step as this
# many rows of this many cells, with one compiled function for each kind.
ROWS, CELLS = 10, 6
# What the current at later stages is computed with, in the step that runs.
_later = []


def _at_stage(V):
    return np.asarray(_later[-1](np.asarray(V, np.float64)), V.dtype)


@functools.cache
def program(name, reset, size, follows, precision):
    """Return ``step(C, R, t, states, x, first, jump)``, which returns all states after a step."""
    kind = KINDS[name]
    ampere, volt = UNITS[kind.group]

    @jax.jit
    def step(C, R, t, dt, states, x, first, jump):
        cells = kind.make(size, C, R, reset)
        cells.init_state(len(first))
        own = cells.states()
        for path, value in states.items():
            own[path].value = value
        evaluations = []

        def current(*args):
            evaluations.append(1)
            if kind.arrays == "first" and len(evaluations) == 1:
                return with_unit(first, ampere)
            V = u.get_mantissa(args[0])
            like = jax.ShapeDtypeStruct(V.shape, V.dtype)
            return with_unit(jax.pure_callback(_at_stage, like, V), ampere)

        cells.add_current_input("oracle", current if follows else with_unit(first, ampere))
        if kind.reset is not None and kind.jumps:
            cells.add_delta_input("oracle", with_unit(jump, volt))
        with brainstate.environ.context(i=0, t=t * u.ms, dt=dt * u.ms):
            cells(with_unit(x, ampere))
        return {path: state.value for path, state in own.items()}

    return step


class Twin:
    """A population as a network has it, but without junctions.

    Currents and voltages are arrays of float64 of shape ``(batch, cells)``, of which the batch has
    one member where the network has none.
    """

    def __init__(self, net, k):
        self.net, self.p = net, net.populations[k]
        self.kind = KINDS[self.p.kind]
        self.ampere, self.volt = UNITS[self.kind.group]
        self.batch, self.n = net.batch or 1, self.p.C.size
        self.size = self.p.size if self.kind.mixed else (CELLS,)
        self.rows = 2 * (self.n + 1) if self.kind.mixed else ROWS

    def outward(self, value):
        """Return a voltage as an array of this file."""
        return plain(value, self.volt).reshape(self.batch, -1)

    def _wide(self, value, cells=True):
        """Return an array as rows of cells: repeated, and with cells added that are not read."""
        dtype = np.dtype(brainstate.environ.dftype())
        value = np.asarray(value)
        value = value.astype(dtype) if value.dtype.kind == "f" else value
        full = int(np.prod(self.size))
        value = np.pad(value, [*[(0, 0)] * (value.ndim - 1), (0, full - self.n)], mode="edge")
        if value.ndim == 1:
            return value.reshape(self.size)
        value = value.reshape(-1, full)
        return np.resize(value, (self.rows, full)).reshape(self.rows, *self.size)

    def _run(self, i, states, first, later, jump):
        """Return the states after a step, in the shape ``(rows, *size)``."""
        wide = {}
        for path, value in states.items():
            numbers = np.asarray(u.get_mantissa(value)).reshape(self.batch, self.n)
            unit = u.get_unit(value)
            numbers = self._wide(numbers)
            wide[path] = (
                numbers if unit.is_unitless else u.Quantity(jnp.asarray(numbers), unit=unit)
            )
        count = first.reshape(-1, self.batch, self.n).shape[0]
        follows = later is not None and self.kind.stages
        if follows:
            _later.append(lambda V: self._follow(later, V, count))
        stepped = program(self.p.kind, self.p.reset, self.size, follows, self.net.precision)
        jump = np.zeros((self.batch, self.n)) if jump is None else jump
        clock = np.asarray([i * self.net.dt, self.net.dt], brainstate.environ.dftype())
        try:
            after = stepped(
                self._wide(self.p.C),
                self._wide(self.p.R),
                clock[0],
                clock[1],
                wide,
                self._wide(np.atleast_2d(self.p.x)),
                self._wide(first),
                self._wide(jump),
            )
            return jax.block_until_ready(after)
        finally:
            if follows:
                _later.pop()

    def _follow(self, later, V, count):
        """Return the currents at a stage, for rows that repeat the batch ``count`` times."""
        rows = V.reshape(self.rows, -1)[: count * self.batch, : self.n]
        found = later(rows.reshape(count, self.batch, self.n))
        found = np.broadcast_to(found, (count, self.batch, self.n))
        return self._wide(np.ascontiguousarray(found).reshape(-1, self.n))

    def _narrow(self, value, rows):
        numbers = np.asarray(u.get_mantissa(value), np.float64)
        return numbers.reshape(self.rows, -1)[:rows, : self.n]

    def step(self, i, states, first, later=None, jump=None):
        """Return all states after a step, as plain numbers of shape ``(batch, cells)``.

        Parameters
        ----------
        i : int
            The number of the step.
        states : dict
            All states at its start.
        first : array
            The current at the first evaluation of the membrane equation.
        later : callable, optional
            ``later(V)`` is that at all further evaluations; by default ``first``.
        jump : array, optional
            What is added to the voltage.
        """
        after = self._run(i, states, first, later and (lambda V: later(V[0])), jump)
        return {path: self._narrow(value, self.batch) for path, value in after.items()}

    def response(self, i, states, first, later=None, jump=None):
        """Return the voltage at the end of a step, and its derivative along a current that holds.

        Parameters
        ----------
        i, states, first, jump
            As for :meth:`step`.
        later : array, optional
            The current at further evaluations; by default ``first``.

        Returns
        -------
        c : array, shape (batch, cells)
        R : array, shape (batch, cells, cells)
        """
        n, C = self.n, self.p.C
        scale = 1.0 if self.kind.group == "plain" else 20.0
        unit = scale * C / self.net.dt
        if self.kind.mixed:
            probes = np.stack([np.zeros(n), *(50.0 * np.diag(unit))])
        elif self.kind.affine:
            # As large as what it is added to, and larger, so that rounding does not show.
            probes = np.stack([np.zeros(n), 50.0 * unit])
        else:
            probes = np.stack([h * 0.05 * unit for h in (0.0, 1.0, -1.0, 2.0, -2.0)])
        count, probes = len(probes), probes[:, None]
        follow = None if later is None else (lambda V: later + probes)
        after = self._run(i, states, first + probes, follow, jump)
        V = self._narrow(after["V",], count * self.batch).reshape(count, self.batch, n)
        if self.kind.mixed:
            return V[0], np.moveaxis((V[1:] - V[0]) / (50.0 * unit)[:, None, None], 0, -1)
        if self.kind.affine:
            rho = (V[1] - V[0]) / (50.0 * unit)
        else:
            rho = (8 * (V[1] - V[2]) - (V[3] - V[4])) / (12 * 0.05 * unit)
        return V[0], rho[..., None] * np.eye(n)


def states_of(cells):
    """Return the states of a population, by path."""
    return {path: state.value for path, state in cells.states().items()}


def named(states):
    """Return states by their own name, as plain float64 in the unit that they have."""
    return {path[-1]: np.asarray(u.get_mantissa(v), np.float64) for path, v in states.items()}
