"""Rates and conductance of a channel, fitted to voltage-clamp currents."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import brainstate
import jax
import jax.numpy as jnp
import numpy as np
import saiunit as u

from gapjunction._checks import check_choice, describe
from gapjunction._typing import ArrayLike
from gapjunction.ion_channels import IonChannel
from gapjunction.ion_channels._parameter import check_like
from gapjunction.measure._estimate import Estimate
from gapjunction.measure._fit import correlation_of
from gapjunction.measure._free import chosen, numbers_of, with_numbers, with_parameters
from gapjunction.measure._solve import Free, Function, free, solve, with_unit
from gapjunction.measure._voltage_clamp import VoltageClamp, clamped
from gapjunction.plotting import clamp_fit

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclasses.dataclass(frozen=True, eq=False)
class ChannelFit:
    """Numbers of a channel, fitted to voltage-clamp currents.

    Attributes
    ----------
    parameters : dict of str to Estimate
        The fitted numbers with their intervals, by name. Intervals of numbers that are fitted as
        logarithms are not symmetric. If a number is not determined, its interval is infinite.
    channel : type
        The channel class with the fitted numbers.
    recordings : tuple of VoltageClamp
        The recordings that were fitted.
    fitted : tuple of Quantity, shape (n_samples, n_sweeps)
        The currents of the fit, for each recording.
    undetermined : tuple of str
        The numbers that the recordings do not determine.
    noise : Quantity
        Standard deviation of the residuals.
    correlation : float
        Correlation of each residual with that of the next sample. It is well above 0 if the noise
        is not white, or if the channel class does not describe the recorded channel; without
        ``lags`` the intervals are then too narrow.
    level : float
        Level of the intervals.
    converged : bool
        Whether least squares met its tolerances.
    costs : tuple of float
        Half the sum of squares that was reached from each starting point, in units of the squared
        largest current. Points at which currents are not finite are left out.
    """

    __module__ = "gapjunction.measure"

    parameters: dict[str, Estimate]
    channel: type[IonChannel]
    recordings: tuple[VoltageClamp, ...]
    fitted: tuple[u.Quantity, ...]
    undetermined: tuple[str, ...]
    noise: u.Quantity
    correlation: float
    level: float
    converged: bool
    costs: tuple[float, ...]

    @property
    def residuals(self) -> tuple[u.Quantity, ...]:
        """Recorded minus fitted currents, for each recording."""
        return tuple(r.current - x for r, x in zip(self.recordings, self.fitted, strict=True))

    def plot(self, recording: int = 0, axes: Sequence[Axes] | None = None) -> Sequence[Axes]:
        """Draw recorded and fitted currents, and below them the residuals.

        Parameters
        ----------
        recording : int, default 0
            Which recording.
        axes : pair of matplotlib.axes.Axes, optional
            Where to draw; by default in a new figure.

        Returns
        -------
        pair of matplotlib.axes.Axes
        """
        clamp = self.recordings[recording]
        return clamp_fit(clamp.time, clamp.current, self.fitted[recording], axes)

    def __str__(self) -> str:
        lines = [f"{self.channel.__name__}, {100 * self.level:g} % confidence"]
        width = max(map(len, self.parameters))
        for name, one in self.parameters.items():
            mark = "  not determined" if name in self.undetermined else ""
            lines.append(f"  {name:<{width}}  {one}{mark}")
        noise = f"{float(self.noise.mantissa):.3g} {self.noise.unit}"
        lines.append(f"  noise {noise}, correlation {self.correlation:.2g}")
        return "\n".join(lines)


def fit_channel(
    cls: type[IonChannel],
    recordings: VoltageClamp | Sequence[VoltageClamp],
    names: Iterable[str],
    *,
    values: Mapping[str, ArrayLike] | None = None,
    starts: int = 1,
    seed: int = 0,
    lags: int = 0,
    level: float = 0.95,
) -> ChannelFit:
    r"""Fit rates and conductance of a channel to families of voltage-clamp currents.

    The currents of the whole experiment are fitted by least squares (with SciPy); JAX computes
    their derivatives by the fitted numbers through the exact steps of the gates. Numbers other than
    voltages are fitted as logarithms, so that they keep their signs. Intervals come from the
    covariance :math:`\sigma^2 (J^T J)^{-1}`.

    Parameters
    ----------
    cls : type
        A channel class. The fit starts from its numbers.
    recordings : VoltageClamp or sequence of them
        Currents of one channel, all per area or all absolute.
    names : iterable of str
        What to fit: ``g_max``, ``E``, ``P_max``, declared parameters, numbers of rate forms such as
        ``n.alpha.V_half`` (``s.C->O.V_half`` of a scheme), constant rates and time constants such
        as ``h.time_constant``. ``n.alpha`` stands for all numbers within it, ``n`` for all of the
        gate.
    values : dict of str to Quantity or float, optional
        Values in place of those of the class: where fitted numbers start, and what others stay at.
    starts : int, default 1
        Number of starting points. The first one has the numbers of the class. The others are drawn
        at random around it, with a standard deviation of a factor of 1.6 for rates and conductances
        and of 10 mV for voltages. The best result is returned.
    seed : int, default 0
        Seed of the random starting points.
    lags, level : optional
        As in :func:`fit_conductance`.

    Returns
    -------
    ChannelFit

    Raises
    ------
    TypeError
        If ``cls`` is not a class of channels, ``recordings`` are not VoltageClamps, or ``names`` is
        one text.
    ValueError
        If the class has no number of a given name, or there are not more samples than numbers.
    saiunit.UnitMismatchError
        If a value has the wrong unit, or currents are per area and the conductance is not.

    Warns
    -----
    GapJunctionWarning
        If the recordings do not determine a number, or several that can change together. They are
        named, and their intervals are infinite.

    See Also
    --------
    fit_points : for activation curves, and for rates at each voltage.

    Examples
    --------
    >>> import numpy as np, saiunit as u
    >>> import gapjunction as gj
    >>> K = gj.ion_channels.K_HH1952
    >>> clamp = gj.measure.voltage_clamp(K(1, g_max=20 * u.mS / u.cm**2), [[-30.0, 10.0]] * u.mV,
    ...                                  [8.0] * u.ms, holding=-80 * u.mV, dt=0.5 * u.ms)
    >>> fit = gj.measure.fit_channel(K, clamp, ["g_max"])
    >>> print(round(float(fit.parameters["g_max"].value.to_decimal(u.mS / u.cm**2)), 3))
    20.0
    """
    if not (isinstance(cls, type) and issubclass(cls, IonChannel)):
        raise TypeError(f"cls must be a class of channels, got {describe(cls)}.")
    records = (recordings,) if isinstance(recordings, VoltageClamp) else tuple(recordings)
    for item in records:
        if not isinstance(item, VoltageClamp):
            raise TypeError(f"recordings must hold VoltageClamps, got {describe(item)}.")
    if not records:
        raise ValueError("recordings must hold at least one VoltageClamp, got none.")
    base = cls if values is None else _with_values(cls, values)
    every = chosen(base, names)
    numbers = [free(name, numbers_of(base)[name]) for name in every]
    unit = _unit(base, records)
    function, currents = _function(base, numbers, records, unit)
    found = solve(function, numbers, starts=starts, seed=seed, lags=lags, level=level)
    size = _size(records, unit)
    best = {item.name: with_unit(found.estimates[item.name].value) for item in numbers}
    return ChannelFit(
        found.estimates,
        with_numbers(base, best, f"{cls.__name__}_fitted"),
        records,
        tuple(u.Quantity(x, unit=unit) for x in currents(found.x)),
        found.undetermined,
        u.Quantity(np.sqrt(found.variance) * size, unit=unit),
        correlation_of(found.residuals),
        level,
        found.converged,
        found.costs,
    )


def _with_values(cls: type[IonChannel], values: Mapping[str, ArrayLike]) -> type[IonChannel]:
    known = numbers_of(cls)
    for name, value in values.items():
        # A class may have no defaults for conductance and reversal potential, which are then not
        # among its numbers, but can be given.
        if name not in known and name in ("g_max", "E", "P_max") and name in cls.fields:
            continue
        check_choice("values", name, known)
        check_like(f"values[{name!r}]", value, known[name])
    return with_numbers(cls, values, cls.__name__)


def _unit(cls: type[IonChannel], records: Sequence[VoltageClamp]) -> u.Unit:
    unit = u.get_unit(records[0].current)
    per_area = cls(1, temperature=records[0].temperature).per_area
    for record in records:
        found = u.get_unit(record.current)
        if found.dim != ((u.uA / u.cm**2).dim if per_area else u.nA.dim):
            kinds = ("absolute", "per area")
            raise u.UnitMismatchError(
                f"current of the recordings must be {kinds[per_area]}, as {cls.__name__} is; its "
                f"unit is {found}."
            )
    return unit


def _size(records: Sequence[VoltageClamp], unit: u.Unit) -> float:
    largest = max(float(np.abs(np.asarray(r.current.to_decimal(unit))).max()) for r in records)
    return largest or 1.0


def _function(
    cls: type[IonChannel], numbers: Sequence[Free], records: Sequence[VoltageClamp], unit: u.Unit
) -> tuple[Function, Any]:
    """Return residuals with their derivatives, and currents, as functions of the coordinates."""
    made, called = with_parameters(cls, [item.name for item in numbers])
    size, dtype = _size(records, unit), brainstate.environ.dftype()

    def currents(x: jax.Array, record: VoltageClamp) -> jax.Array:
        arguments = {}
        for k, item in enumerate(numbers):
            value = item.value(x[k], jnp.exp)
            plain = item.unit.is_unitless
            arguments[called[item.name]] = value if plain else u.Quantity(value, unit=item.unit)
        channel = made(1, temperature=record.temperature, **arguments)
        return clamped(channel, record, unit) / size

    def both(x: jax.Array, record: VoltageClamp) -> tuple[jax.Array, jax.Array]:
        value = currents(x, record)
        return value, value

    runs = [
        jax.jit(lambda x, record=record: jax.jacfwd(both, has_aux=True)(x, record))
        for record in records
    ]
    measured = [np.asarray(r.current.to_decimal(unit), float) / size for r in records]

    def function(x: np.ndarray) -> tuple[list[np.ndarray], list[np.ndarray]]:
        residuals, jacobians = [], []
        for run, record, theirs in zip(runs, records, measured, strict=True):
            jacobian, ours = run(jnp.asarray(x, dtype))
            residuals.append((np.asarray(ours, float) - theirs)[record.counted])
            jacobians.append(np.asarray(jacobian, float)[record.counted])
        return residuals, jacobians

    def at(x: np.ndarray) -> list[np.ndarray]:
        return [np.asarray(run(jnp.asarray(x, dtype))[1], float) * size for run in runs]

    return function, at
