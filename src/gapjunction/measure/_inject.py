"""Recordings of models: currents are injected into cells, and all voltages are recorded."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import brainstate
import jax
import jax.numpy as jnp
import numpy as np
import saiunit as u

from gapjunction._checks import describe
from gapjunction._typing import ArrayLike, Value
from gapjunction.coupling import Inlet, with_unit
from gapjunction.hosts import Sites, input_unit, owner_of, read_state
from gapjunction.limits import unique
from gapjunction.measure._cells import Cell, Model, cell_id, divisors_of
from gapjunction.measure._recording import MS, Recording, kind_of, time_in
from gapjunction.measure._response import quantity
from gapjunction.stability._stability import junctions_of


class Rig:
    """A model with an electrode in each cell.

    Parameters
    ----------
    model : Module, junction or sequence of them
    step : callable, optional
        Advances the model by one time step; by default this calls all junctions, and then all
        populations.
    places : sequence of Sites
        Places of multi-compartment cells that get an electrode in addition to those of junctions.
    """

    def __init__(
        self,
        model: Model,
        step: Callable[[], Any] | None = None,
        places: Sequence[Sites] = (),
    ) -> None:
        if step is not None and not callable(step):
            raise TypeError(f"step must be a function without arguments, got {describe(step)}.")
        junctions, names = junctions_of(model)
        ends = [pair for j in junctions for pair in ((j.pre, j.pre_state), (j.post, j.post_state))]
        ends += [(sites, "V") for sites in places]
        self.hosts = {id(host): (host, state) for host, state in ends}
        hosts = [host for host, _ in self.hosts.values()]
        self._per = divisors_of(junctions)
        labels = unique(names.get(id(h)) or h.name or type(h).__name__ for h in hosts)
        first = np.cumsum([0, *(int(np.prod(h.out_size)) for h in hosts)])
        self.cells = [slice(int(a), int(b)) for a, b in itertools.pairwise(first)]
        self.populations = dict(zip(labels, self.cells, strict=True))
        self.n_cells = int(first[-1])
        self._step = step
        self._junctions = junctions
        parts = [model] if isinstance(model, brainstate.nn.Module) else list(junctions)
        everything = [*parts, *junctions, *hosts]
        found = {id(s): s for part in everything for s in part.states().values()}
        self.states = list(found.values())
        # The currents of the present time step into all cells, while the model runs.
        self._now: Any = None

    @property
    def current_unit(self) -> u.Unit | None:
        """The unit of the currents from electrodes, or None if it is not known.

        It is the unit of the input of the populations; if junctions have ``per``, currents are
        absolute.
        """
        for key, (host, state) in self.hosts.items():
            if (unit := input_unit(host, state)) is not None:
                return u.get_unit(unit * self._per[key].unit) if key in self._per else unit
        return None

    def cell(self, name: str, value: Cell) -> int:
        """Return the flat id of a cell, given as a flat id or as ``(population, id)``."""
        if isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], Sites):
            known = dict(zip(self.hosts, self.populations, strict=True))
            if id(value[0]) not in known:
                raise ValueError(
                    f"{name} must be a place that a junction or an electrode has: give "
                    f"places={value[0]!r} to inject()."
                )
            value = known[id(value[0])], value[1]
        return cell_id(name, value, self.populations, self.n_cells)

    @contextmanager
    def plugged(self) -> Iterator[None]:
        """Insert the electrodes; at the end, remove them and restore all states of the model."""
        before = [state.value for state in self.states]
        key = "gapjunction.measure electrode"
        hosts = [host for host, _ in self.hosts.values()]
        try:
            for k, (host, cells) in enumerate(zip(hosts, self.cells, strict=True)):
                owner_of(host).add_current_input(f"{key} {k}", self._electrode(host, cells))
            yield
        finally:
            self._now = None
            for k, host in enumerate(hosts):
                (owner_of(host).current_inputs or {}).pop(f"{key} {k}", None)
            for state, value in zip(self.states, before, strict=True):
                state.value = value

    def run(self, currents: Value, dt: ArrayLike) -> jax.Array:
        """Return the voltages at the start of each step, shape ``(n_steps, n_cells)``.

        They are in :attr:`volt_unit`.

        Parameters
        ----------
        currents : Quantity or array, shape (n_steps, n_cells)
        dt : Quantity or float
        """

        def step(i: jax.Array, now: Value) -> jax.Array:
            V = self._voltages()
            self._now = now
            with brainstate.environ.context(i=i, t=i * dt, dt=dt):
                self._advance()
            return V

        return brainstate.transform.for_loop(step, jnp.arange(len(currents)), currents)

    def _advance(self) -> None:
        if self._step is not None:
            self._step()
            return
        for junction in self._junctions:
            junction()
        owners = {id(owner_of(host)): owner_of(host) for host, _ in self.hosts.values()}
        for owner in owners.values():
            owner()

    def _electrode(self, host: brainstate.nn.Dynamics, cells: slice) -> Callable[..., Any]:
        # Populations evaluate a callable at every stage of a time step, whereas several of them
        # use an array only at the first stage.
        part = host if isinstance(host, Sites) else None
        inlet = Inlet(owner_of(host), part, self._per.get(id(host)), np.arange(0))
        return lambda *args: inlet.into(u.math.reshape(self._now[cells], tuple(host.out_size)))

    def _voltages(self) -> jax.Array:
        """Return the voltages of all cells in :attr:`volt_unit`, shape ``(n_cells,)``."""
        found, unit = [], self.volt_unit
        for host, state in self.hosts.values():
            V = read_state("model", host, state)
            if u.math.shape(V) != tuple(host.out_size):
                raise ValueError(
                    f"model must be initialised without a batch, got voltages of {describe(V)}."
                )
            if u.get_unit(V).dim != unit.dim:
                raise u.UnitMismatchError(
                    f"model must have all of its voltages in a unit such as mV, or all without; "
                    f"got {describe(V)}."
                )
            found.append(jnp.ravel(u.Quantity(V).to_decimal(unit)))
        return jnp.concatenate(found)

    @property
    def volt_unit(self) -> u.Unit:
        """The unit of the voltages that :meth:`run` returns: mV, or none."""
        host, state = next(iter(self.hosts.values()))
        return kind_of(read_state("model", host, state), u.get_unit(u.mV))


def inject(
    model: Model,
    current: ArrayLike,
    cell: Cell | None = None,
    *,
    dt: ArrayLike | None = None,
    step: Callable[[], Any] | None = None,
    places: Sites | Sequence[Sites] = (),
) -> Recording:
    """Inject a current into cells of a model and record the voltages of all cells.

    It works for any model and any amplitude. Afterwards all states of the model have their former
    values again.

    Parameters
    ----------
    model : GapJunction, sequence of them, or Module
        Junctions between populations, or a model that contains them. It must be initialised.
    current : Quantity or array, shape (n_steps,) or (n_steps, n_cells)
        The current in each time step, into one cell or into all cells. ``braintools.input`` makes
        steps and sinusoids. It is in the unit of the input of the populations. Where junctions have
        ``per``, it is absolute and is divided by ``per``, as the currents of junctions are.
    cell : int or tuple of str and int, optional
        The cell that a current of shape ``(n_steps,)`` is injected into: its flat id among all
        cells, or the name of a population and the id in it, or ``(sites, k)`` for place ``k`` of
        :func:`gapjunction.sites`.
    dt : Quantity or float, optional
        Time step; by default that of ``brainstate.environ``. A number in a model whose time has no
        unit.
    step : callable, optional
        A function without arguments that advances the model by one time step. It is needed for a
        model that has more parts than junctions and the cells that they couple, or has other
        inputs. ``model`` must then contain all parts that the function advances, because only
        states of ``model`` are restored. By default all junctions are called, and then all
        populations without an input.
    places : Sites or sequence of Sites
        Places of multi-compartment cells to record from and to inject into, in addition to those
        that junctions couple: somata, for example. They come after the populations of junctions.

    Returns
    -------
    Recording
        The voltages of all cells, one population after the other. The first sample is the present
        state.

    Raises
    ------
    ValueError
        If the model is not initialised or has a batch dimension, ``current`` is not finite or its
        shape does not fit, there is no ``dt``, or the voltages do not stay finite.
    saiunit.UnitMismatchError
        If the current does not have the unit of the input of the populations.

    Examples
    --------
    >>> import brainpy, brainstate, braintools, saiunit as u
    >>> import gapjunction as gj
    >>> cells = brainpy.state.LIF(2, R=0.2 * u.Gohm, tau=20 * u.ms, V_th=20 * u.mV)
    >>> gap = gj.SymmetryGapJunction(cells, 'V', gj.connectivity.all_to_all(), 1 * u.nS)
    >>> _ = brainstate.nn.init_all_states(cells)
    >>> with brainstate.environ.context(dt=0.1 * u.ms):
    ...     on = braintools.input.section([0, 10] * u.pA, [50, 200] * u.ms)
    ...     recording = gj.measure.inject(gap, on, 0)
    >>> recording
    Recording(2 cells, 2500 samples in 250 ms, current into cell 0)
    >>> print(f'{gj.measure.coupling_coefficient(recording, 0, 1):.4f}')   # 1 / (1 + 5)
    0.1666
    """
    rig = Rig(model, step, [places] if isinstance(places, Sites) else places)
    if dt is None:
        dt = brainstate.environ.get("dt", default=None)
        if dt is None:
            raise ValueError("dt must be given if brainstate.environ has none; got None.")
    if time_in("dt", dt, kind_of(dt, MS)) <= 0:
        raise ValueError(f"dt must be positive, got {describe(dt)}.")
    every = _currents(rig, current, cell)
    with rig.plugged():
        V = np.asarray(rig.run(every, dt), np.float64)
    if not np.isfinite(V).all():
        raise ValueError(
            f"dt must be one for which the model is stable; at {dt} its voltages are not finite."
        )
    compartments = any(isinstance(host, Sites) for host, _ in rig.hosts.values())
    return Recording(quantity(V, rig.volt_unit), every, dt, compartments)


def _currents(rig: Rig, current: ArrayLike, cell: Cell | None) -> Value:
    """Return the current into each cell, shape ``(n_steps, n_cells)``."""
    unit = u.get_unit(current)
    if (wanted := rig.current_unit) is not None and wanted.dim != unit.dim:
        raise u.UnitMismatchError(
            f"current must be in a unit such as {wanted}, as the populations take it; got "
            f"{describe(current)}."
        )
    plain = np.asarray(u.get_mantissa(current))
    if not np.isfinite(plain).all():
        raise ValueError("current must be finite, got numbers that are not.")
    if plain.ndim == 2 and plain.shape[1] == rig.n_cells and cell is None:
        every = plain
    elif plain.ndim == 1 and cell is not None:
        every = np.zeros((len(plain), rig.n_cells), plain.dtype)
        every[:, rig.cell("cell", cell)] = plain
    else:
        raise ValueError(
            f"current must have the shape (n_steps,) with a cell, or (n_steps, {rig.n_cells}) "
            f"without; got {describe(current)} and the cell {cell!r}."
        )
    return with_unit(jnp.asarray(every, brainstate.environ.dftype()), unit)
