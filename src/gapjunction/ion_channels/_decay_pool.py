"""Ion pools that are filled by currents and decay to a concentration at rest."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import brainstate
import jax.numpy as jnp
import saiunit as u

from gapjunction._checks import check_real, check_unit, describe
from gapjunction._params import value_of
from gapjunction._typing import Parameter, QuantityLike, Size
from gapjunction.ion_channels._ion import VALENCE, valence_of
from gapjunction.ion_channels._parameter import as_parameter, check_positive
from gapjunction.ion_channels._pools import LEAST, IonPool

_PER_CHARGE = u.mM / (u.nA * u.ms)
_DENSITY = u.uA / u.cm**2


class DecayPool(IonPool):
    r"""An ion pool that is filled by currents and decays exponentially to its rest.

    .. math:: \frac{d[X]}{dt} = -\gamma I_X - \frac{[X] - [X]_{rest}}{\tau}

    with :math:`I_X` the sum of the outward currents of all channels of that ion. For an anion the
    sign of the current is reversed, because outward current carries anions in. The concentration
    does not fall below a thousandth of ``rest``, nor below 1e-9 mM.

    Parameters
    ----------
    in_size : int or tuple of int
        Shape of the population.
    ion : {'Na', 'K', 'Ca', 'Cl', 'Mg', 'H'} or Ion
        Which ion.
    gain : Quantity
        :math:`\gamma`: concentration per charge (such as uM/(nA ms)), or, for a neuron whose
        currents are per area, concentration per charge density (such as mM/(uA/cm2 ms)).
    tau : Quantity
        Time constant of removal.
    rest : Quantity
        Concentration without current, and at the start.
    outside, E, temperature, name, label
        As for :class:`FixedPool`.
    rectified : bool, default False
        Whether only currents that fill the pool count, so that none empties it.
    sources : iterable of str, optional
        Names of the channels in its neuron whose currents change it; by default all that carry its
        ion.

    Raises
    ------
    saiunit.UnitMismatchError
        If an argument has the wrong unit.

    Examples
    --------
    >>> import saiunit as u
    >>> from gapjunction.ion_channels import DecayPool
    >>> pool = DecayPool(1, 'Ca', gain=14.96 / 200 * u.uM / (u.nA * u.ms), tau=200 * u.ms,
    ...                  rest=0.05 * u.uM)
    >>> pool.offers()
    ('Ca',)
    """

    __module__ = "gapjunction.ion_channels"

    def __init__(
        self,
        in_size: Size,
        ion: str,
        gain: Parameter,
        tau: Parameter,
        rest: Parameter,
        outside: Parameter | None = None,
        E: Parameter | None = None,
        temperature: float | None = None,
        name: str | None = None,
        *,
        rectified: bool = False,
        label: str | None = None,
        sources: Iterable[str] | None = None,
    ) -> None:
        super().__init__(in_size, ion, outside, E, temperature, name, label=label, sources=sources)
        _check_gain(value_of(gain))
        check_positive("gain", gain, zero=True)
        check_unit("tau", value_of(tau), u.ms, "a time")
        check_positive("tau", tau)
        self.gain = as_parameter("gain", gain, self.in_size)
        self.tau = as_parameter("tau", tau, self.in_size)
        self.rest = self._concentration("rest", rest)
        self.rectified = bool(rectified)

    @property
    def per_area(self) -> bool:
        """Whether it takes current per area of membrane."""
        return _check_gain(value_of(self.gain))

    @property
    def sized_by(self) -> str:
        """The part of the pool that decides whether currents are per area, for error messages."""
        return "gain of"

    @property
    def concentration(self) -> u.Quantity:
        """The concentration inside, now."""
        return self.inside.value

    def init_state(self, V: QuantityLike | None = None, *args: Any, **kwargs: Any) -> None:
        """Create the concentration at rest in the shape of ``V``; without ``V`` do nothing."""
        if isinstance(V, u.Quantity):
            self.inside = brainstate.HiddenState(self._start(V))

    def reset_state(self, V: QuantityLike | None = None, *args: Any, **kwargs: Any) -> None:
        """Put the concentration back to rest."""
        if isinstance(V, u.Quantity):
            self.inside.value = self._start(V)

    def pool_states(self) -> dict[str, brainstate.State]:
        """Return the state of the concentration, by name."""
        return {"inside": self.inside}

    def after(self, inside: Any, current: u.Quantity | None, duration: QuantityLike) -> u.Quantity:
        """Return the inner concentration after ``duration`` at a constant current, exactly."""
        tau = value_of(self.tau)
        target = value_of(self.rest)
        if current is not None:
            target = target + self._influx(current) * tau
        new = inside + (inside - target) * jnp.expm1(-(duration / tau))
        return self._above_floor(new).in_unit(inside.unit)

    def advanced(self, current: u.Quantity | None, duration: QuantityLike) -> dict[str, Any]:
        """Return the concentration after ``duration`` at a constant current, exactly."""
        return {"inside": self.after(self.concentration, current, duration)}

    def keep_in_range(self) -> None:
        """Raise a concentration that a solver took below the lowest possible one to that value."""
        self.inside.value = self._above_floor(self.inside.value)

    def read_at(self, inside: Any) -> dict[str, u.Quantity]:
        """Return what the pool would offer with the inner concentration ``inside``."""
        # An intermediate stage of an explicit method may pass below the lowest concentration.
        return super().read_at(self._above_floor(inside))

    def derivative(self, current: u.Quantity | None) -> dict[str, u.Quantity]:
        """Return the time derivative of the concentration."""
        removal = (value_of(self.rest) - self.inside.value) / value_of(self.tau)
        return {"inside": removal if current is None else removal + self._influx(current)}

    def _start(self, V: u.Quantity) -> u.Quantity:
        return (value_of(self.rest) * jnp.ones_like(u.get_mantissa(V))).in_unit(u.mM)

    def _influx(self, current: u.Quantity) -> u.Quantity:
        """Return the rate at which an outward current changes the concentration."""
        # Outward current empties pools of cations and fills pools of anions.
        sign = 1 if valence_of(self.ion) > 0 else -1
        influx = -sign * value_of(self.gain) * current
        return u.math.maximum(influx, 0 * influx) if self.rectified else influx

    def _above_floor(self, inside: u.Quantity) -> u.Quantity:
        return u.math.maximum(u.math.maximum(inside, 1e-3 * value_of(self.rest)), LEAST)


class CaDynamics_E2(DecayPool):  # noqa: N801
    r"""Calcium in a shell under the membrane with a buffer and a pump, as in Hay et al. 2011.

    .. math:: \frac{d[Ca]}{dt} = -\frac{\gamma I_{Ca}}{2 F d} - \frac{[Ca] - [Ca]_{rest}}{\tau}

    After Destexhe, Contreras, Sejnowski & Steriade (1994) J Neurophysiol 72:803,
    https://doi.org/10.1152/jn.1994.72.2.803. The class has the name of the mechanism in the models
    of the Blue Brain Project. The pool takes currents per area.

    Parameters
    ----------
    in_size : int or tuple of int
        Shape of the population.
    gamma : float, default 0.05
        Share of calcium that stays free of the buffer.
    depth : Quantity, default 0.1 um
        Depth of the shell.
    tau : Quantity, default 80 ms
        Time constant of removal.
    rest : Quantity, default 1e-4 mM
        Concentration without current.
    outside : Quantity, default 2 mM
        Concentration outside.
    E, temperature, name, label
        As for :class:`FixedPool`.
    rectified, sources
        As for :class:`DecayPool`.

    Examples
    --------
    >>> import saiunit as u
    >>> from gapjunction.ion_channels import CaDynamics_E2
    >>> pool = CaDynamics_E2(1, gamma=0.0005, tau=460 * u.ms, temperature=34.0)
    >>> pool.offers()
    ('Ca', 'Ca_out', 'E_Ca')
    """

    __module__ = "gapjunction.ion_channels"

    def __init__(
        self,
        in_size: Size,
        gamma: float = 0.05,
        depth: QuantityLike = 0.1 * u.um,
        tau: Parameter = 80.0 * u.ms,
        rest: Parameter = 1e-4 * u.mM,
        outside: Parameter = 2.0 * u.mM,
        E: Parameter | None = None,
        temperature: float | None = None,
        name: str | None = None,
        *,
        rectified: bool = False,
        label: str | None = None,
        sources: Iterable[str] | None = None,
    ) -> None:
        gamma = check_real("gamma", gamma, low=0.0, high=1.0)
        check_unit("depth", depth, u.um, "a length")
        check_positive("depth", depth)
        gain = gamma / (VALENCE["Ca"] * u.faraday_constant * depth)
        gain = gain.in_unit(u.mM / (u.uA / u.cm**2 * u.ms))
        super().__init__(
            in_size,
            "Ca",
            gain,
            tau,
            rest,
            outside,
            E,
            temperature,
            name,
            rectified=rectified,
            label=label,
            sources=sources,
        )


def _check_gain(gain: object) -> bool:
    """Return whether a gain is for currents per area."""
    for per_area, unit in ((False, _PER_CHARGE), (True, u.mM / (_DENSITY * u.ms))):
        if u.get_unit(gain).dim == unit.dim:
            return per_area
    raise u.UnitMismatchError(
        "gain must be a concentration per charge (such as uM/(nA ms)), or per charge and area "
        f"(such as mM/(uA/cm2 ms)); got {describe(gain)}.",
        u.get_unit(gain),
        _PER_CHARGE,
    )
