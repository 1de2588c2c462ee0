"""Voltage-clamp experiments on a channel: the commanded voltages, and the currents."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import brainstate
import jax
import jax.numpy as jnp
import numpy as np
import saiunit as u

from gapjunction._checks import check_unit, describe
from gapjunction._typing import ArrayLike, QuantityLike
from gapjunction.ion_channels import IonChannel
from gapjunction.ion_channels._parameter import check_positive


@dataclasses.dataclass(frozen=True, eq=False)
class VoltageClamp:
    """A family of currents of one channel, recorded in voltage clamp.

    Before the first step the channel is in the steady state of the holding voltage. Samples are at
    0, ``dt``, 2 ``dt``, ... after the beginning of the first step. A sample at the beginning of a
    step already has the new voltage.

    Parameters
    ----------
    current : Quantity, shape (n_samples, n_sweeps)
        Outward currents, per area or absolute, without leak and capacitive current.
    voltages : Quantity, shape (n_steps, n_sweeps)
        The commanded voltages; a step that is the same in all sweeps may have one column.
    durations : Quantity, shape (n_steps,)
        How long each step lasts: whole multiples of ``dt``.
    holding : Quantity
        Voltage before the first step, one for all sweeps or one for each.
    dt : Quantity
        Time between samples.
    blank : Quantity, optional
        Time after the beginning of each step in which samples are ignored, because they contain a
        capacitive transient; by default 0.
    concentrations : dict of str to Quantity, optional
        Constant concentrations and reversal potentials that the channel reads, by name.
    temperature : float, optional
        In degrees Celsius; by default that of the channel.

    Raises
    ------
    ValueError
        If shapes do not go together, a number is not finite, ``blank`` is negative, a duration is
        not a multiple of ``dt``, or the steps are not as long as the recording.
    saiunit.UnitMismatchError
        If an argument has the wrong unit.

    Examples
    --------
    >>> import numpy as np, saiunit as u
    >>> import gapjunction as gj
    >>> clamp = gj.measure.VoltageClamp(np.zeros((5, 2)) * u.pA, [[-40.0, 0.0]] * u.mV,
    ...                                 [0.5] * u.ms, holding=-80 * u.mV, dt=0.1 * u.ms)
    >>> print(clamp)
    2 sweeps of 5 samples, every 0.1 ms
    """

    __module__ = "gapjunction.measure"

    current: u.Quantity
    voltages: u.Quantity
    durations: u.Quantity
    holding: u.Quantity
    dt: u.Quantity
    blank: u.Quantity = dataclasses.field(default_factory=lambda: u.Quantity(0.0, unit=u.ms))
    concentrations: Mapping[str, QuantityLike] = dataclasses.field(default_factory=dict)
    temperature: float | None = None

    def __post_init__(self) -> None:
        unit = u.get_unit(self.current)
        if unit.dim not in (u.nA.dim, (u.uA / u.cm**2).dim):
            raise u.UnitMismatchError(
                "current must be a current, per area (such as uA/cm2) or absolute (such as pA), "
                f"got {describe(self.current)}."
            )
        if len(u.math.shape(self.current)) != 2:
            raise ValueError(
                f"current must have the shape (n_samples, n_sweeps), got {describe(self.current)}."
            )
        for name in ("voltages", "holding"):
            check_unit(name, getattr(self, name), u.mV, "a voltage")
        for name in ("durations", "dt", "blank"):
            check_unit(name, getattr(self, name), u.ms, "a time")
        check_positive("dt", self.dt)
        check_positive("durations", self.durations)
        for name in ("current", "voltages", "holding", "blank"):
            if not np.isfinite(np.asarray(u.get_mantissa(getattr(self, name)))).all():
                raise ValueError(f"{name} must be finite, got numbers that are not.")
        if u.math.shape(self.blank) != () or float(self.blank / u.ms) < 0:
            raise ValueError(f"blank must be one time of at least 0, got {describe(self.blank)}.")
        samples, sweeps = u.math.shape(self.current)
        shape, steps = u.math.shape(self.voltages), u.math.shape(self.durations)
        if len(steps) != 1 or len(shape) != 2 or shape != (steps[0], shape[1]):
            raise ValueError(
                "voltages must have the shape (n_steps, n_sweeps), with a duration for each step; "
                f"got shapes {shape} and {steps}."
            )
        if shape[1] not in (1, sweeps) or u.math.size(self.holding) not in (1, sweeps):
            raise ValueError(
                f"voltages and holding must be one for all sweeps or one for each of {sweeps}; got "
                f"shapes {shape} and {u.math.shape(self.holding)}."
            )
        exact = np.asarray(self.durations / self.dt, dtype=float)
        counts = self._counts
        if np.abs(exact - counts).max() > 1e-6:
            raise ValueError(
                f"durations must be whole multiples of dt, {self.dt}, got {self.durations}."
            )
        if counts.sum() not in (samples, samples - 1):
            raise ValueError(
                f"durations must add up to the length of the recording of {samples} samples, got "
                f"{counts.sum()} time steps."
            )
        # This is cached now, outside of any JAX transform, which would turn it into traced arrays.
        _ = self._millivolts

    def __str__(self) -> str:
        samples, sweeps = u.math.shape(self.current)
        return f"{sweeps} sweeps of {samples} samples, every {self.dt}"

    @property
    def time(self) -> u.Quantity:
        """Times of the samples, from the beginning of the first step."""
        return u.Quantity(np.arange(u.math.shape(self.current)[0])) * self.dt

    @property
    def command(self) -> u.Quantity:
        """The voltage at each sample, shape (n_samples, n_sweeps)."""
        return u.Quantity(self._millivolts[0], unit=u.mV)

    @property
    def counted(self) -> np.ndarray:
        """Whether each sample counts, shape (n_samples,)."""
        starts = np.concatenate([[0], np.cumsum(self._counts)[:-1]])
        since = np.arange(u.math.shape(self.current)[0])
        since = since - starts[np.searchsorted(starts, since, side="right") - 1]
        return since * float(self.dt / u.ms) >= float(self.blank / u.ms) - 1e-9

    @cached_property
    def _counts(self) -> np.ndarray:
        """The number of samples of each step."""
        return np.rint(np.asarray(self.durations / self.dt, dtype=float)).astype(int)

    @cached_property
    def _millivolts(self) -> tuple[np.ndarray, np.ndarray]:
        """The voltage at each sample, and before the first step in each sweep."""
        samples, sweeps = u.math.shape(self.current)
        counts = self._counts
        steps = np.repeat(np.arange(len(counts)), counts)[:samples]
        # A last sample at the end of the last step still has its voltage.
        steps = np.append(steps, np.full(samples - len(steps), len(counts) - 1, int))
        volts = np.asarray(self.voltages.to_decimal(u.mV), float)
        held = np.ravel(np.asarray(self.holding.to_decimal(u.mV), float))
        every = np.broadcast_to(volts, (len(counts), sweeps))[steps]
        return every, np.broadcast_to(held, (sweeps,))


def voltage_clamp(
    channel: IonChannel,
    voltages: ArrayLike,
    durations: ArrayLike,
    *,
    holding: QuantityLike,
    dt: QuantityLike,
    **concentrations: QuantityLike,
) -> VoltageClamp:
    """Return the currents of a channel in a voltage-clamp experiment.

    Gates advance exactly between samples. The channel itself is left as it is.

    Parameters
    ----------
    channel : IonChannel
        A channel of one cell, or of a cell for each sweep.
    voltages, durations, holding, dt
        The experiment, as for :class:`VoltageClamp`.
    **concentrations : Quantity
        Constant concentrations and reversal potentials that the channel reads, by name.

    Returns
    -------
    VoltageClamp
        With the currents of the channel.

    Raises
    ------
    ValueError
        As for :class:`VoltageClamp`.

    Examples
    --------
    >>> import saiunit as u
    >>> import gapjunction as gj
    >>> K = gj.ion_channels.K_HH1952(1)
    >>> clamp = gj.measure.voltage_clamp(K, [[-40.0, 0.0]] * u.mV, [10.0] * u.ms,
    ...                                  holding=-65 * u.mV, dt=0.5 * u.ms)
    >>> [round(x) for x in clamp.current[-1].to_decimal(u.uA / u.cm**2).tolist()]
    [249, 1879]
    """
    if not isinstance(channel, IonChannel):
        raise TypeError(f"channel must be an ion channel, got {describe(channel)}.")
    volts = check_unit("voltages", voltages, u.mV, "a voltage")
    if u.math.ndim(volts) != 2:
        raise ValueError(
            f"voltages must have the shape (n_steps, n_sweeps), got {describe(volts)}."
        )
    times = check_unit("durations", durations, u.ms, "a time")
    every = check_unit("dt", dt, u.ms, "a time")
    check_positive("dt", every)
    check_positive("durations", times)
    sweeps = u.math.shape(volts)[-1]
    count = int(np.rint(np.sum(np.asarray(times / every, float))))
    unit = u.uA / u.cm**2 if channel.per_area else u.nA
    empty = VoltageClamp(
        np.zeros((count + 1, sweeps)) * unit,
        volts,
        times,
        u.Quantity(holding),
        u.Quantity(dt),
        concentrations=concentrations,
        temperature=channel.temperature,
    )
    # The experiment runs on a copy, so that states of the channel itself are kept.
    current = clamped(copy.copy(channel), empty, unit)
    return dataclasses.replace(empty, current=u.Quantity(np.asarray(current), unit=unit))


def clamped(channel: IonChannel, clamp: VoltageClamp, unit: u.Unit) -> Any:
    """Return the currents of a channel in an experiment, in a unit, shape (n_samples, n_sweeps)."""
    dtype = brainstate.environ.dftype()
    volts, start = clamp._millivolts
    samples, sweeps = volts.shape
    cells = _cells(channel, sweeps)
    command = jnp.asarray(volts.reshape(samples, *cells), dtype)
    held = jnp.asarray(start.reshape(cells), dtype) * u.mV
    ions: dict[str, Any] = dict(clamp.concentrations)
    channel.init_state(held, **ions)

    def now(v: jax.Array) -> Any:
        return channel.current(v * u.mV, **ions).to_decimal(unit)

    def step(before: jax.Array, after: jax.Array) -> Any:
        with brainstate.environ.context(dt=clamp.dt):
            channel.update(before * u.mV, **ions)
        return now(after)

    first = now(command[0])
    rest = brainstate.transform.for_loop(step, command[:-1], command[1:])
    return jnp.concatenate([first[None], rest]).reshape(samples, sweeps)


def _cells(channel: IonChannel, sweeps: int) -> tuple[int, ...]:
    """Return the shape of the voltages of all sweeps: a batch of one cell, or many cells."""
    if tuple(channel.in_size) == (1,):
        return (sweeps, 1)
    if tuple(channel.in_size) == (sweeps,):
        return (sweeps,)
    raise ValueError(
        f"channel must be of one cell, or of one for each of {sweeps} sweeps; its size is "
        f"{tuple(channel.in_size)}."
    )
