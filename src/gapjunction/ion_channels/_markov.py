"""A kinetic scheme of several states, as channel classes declare it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import brainstate
import jax
import jax.numpy as jnp
import saiunit as u

from gapjunction import _stable
from gapjunction._checks import check_choice, check_real, describe
from gapjunction._typing import QuantityLike
from gapjunction.ion_channels._kinetics import Kinetics, total
from gapjunction.ion_channels._rate_functions import Declared, Readings, evaluate


@dataclasses.dataclass(frozen=True)
class Markov(Kinetics):
    r"""A scheme of states between which a channel jumps at rates that depend on voltage.

    The state of the gate is an array of shape ``(*V.shape, n_states)``: the fraction of channels in
    each state of the scheme, in the order of ``states``. A step at a constant voltage multiplies it
    by the exponential of the rate matrix, which is computed without subtractions, so that fractions
    stay in [0, 1] and sum to 1.

    Parameters
    ----------
    states : tuple of str
        Names of the states.
    rates : dict of (str, str) to callable, Parameter or Quantity
        ``{(source, target): rate}``. Rates are constants or functions of V; functions can take the
        same further arguments as those of a :class:`Gate`.
    open : tuple of str, or dict of str to float
        The states that conduct. A dict gives each state its share of the maximal conductance; the
        states of a tuple have a share of 1.
    power : float
        The exponent with which the open fraction enters the conductance.
    q10 : float
        Factor of all rates per 10 K.
    start : dict of str to float, optional
        Fractions of channels to start from, by state, in place of the steady state.

    Examples
    --------
    >>> import saiunit as u
    >>> from gapjunction.ion_channels import Markov, exponential
    >>> s = Markov(
    ...     states=('C', 'O', 'I'),
    ...     rates={
    ...         ('C', 'O'): exponential(2 / u.ms, -40 * u.mV, 15 * u.mV),
    ...         ('O', 'C'): exponential(1 / u.ms, -40 * u.mV, -15 * u.mV),
    ...         ('O', 'I'): 0.5 / u.ms,
    ...         ('I', 'C'): exponential(0.01 / u.ms, -60 * u.mV, -10 * u.mV),
    ...     },
    ...     open=('O',),
    ... )
    """

    states: tuple[str, ...] = ()
    rates: Mapping[tuple[str, str], Declared] = dataclasses.field(default_factory=dict)
    open: tuple[str, ...] | Mapping[str, float] = ()
    power: float = 1
    q10: float = 1.0
    start: Mapping[str, float] | None = None

    def __post_init__(self) -> None:
        # This cannot wait for check(), because the names that rates read are collected before it.
        keys = self.rates if isinstance(self.rates, Mapping) else (None,)
        if not all(isinstance(key, tuple) and len(key) == 2 for key in keys):
            raise TypeError(
                "rates of a Markov scheme must be a dict with pairs of states as keys, such as "
                f"{{('C', 'O'): 1 / u.ms}}; got {describe(self.rates)}."
            )

    @property
    def instantaneous(self) -> bool:
        """Always false: a scheme has states."""
        return False

    @property
    def weights(self) -> dict[str, float]:
        """The share of the maximal conductance of each state that conducts."""
        return dict(self.open) if isinstance(self.open, Mapping) else dict.fromkeys(self.open, 1.0)

    def declared(self) -> dict[str, tuple[Declared, u.Unit]]:
        """Return the rates, by transition, with the unit they must have."""
        per_ms = u.get_unit(1 / u.ms)
        return {f"rate {a}->{b}": (rate, per_ms) for (a, b), rate in self.rates.items()}

    def check(self, name: str, known: Readings) -> None:
        """Raise an error for a scheme with unknown or unconnected states."""
        if len(set(self.states)) != len(self.states) or len(self.states) < 2:
            raise ValueError(
                f"states of gate {name} must be two or more different names, "
                f"got {describe(self.states)}."
            )
        if not self.open:
            raise ValueError(f"open of gate {name} must name the conducting states, got none.")
        for state in self.open:
            check_choice(f"open of gate {name}", state, self.states)
        for state, share in self.weights.items():
            check_real(f"open[{state!r}] of gate {name}", share, low=0.0)
        reached = {self.states[0]}
        for _ in self.states:
            for a, b in self.rates:
                check_choice(f"rates of gate {name}", a, self.states)
                check_choice(f"rates of gate {name}", b, self.states)
                if a == b:
                    raise ValueError(f"rates of gate {name} must not lead from {a} to {a}.")
                if a in reached or b in reached:
                    reached |= {a, b}
        if self.start is not None:
            for state, share in self.start.items():
                check_choice(f"start of gate {name}", state, self.states)
                check_real(f"start of gate {name}", share, low=0.0, high=1.0)
            if abs(sum(self.start.values()) - 1) > 1e-6:
                raise ValueError(
                    f"start of gate {name} must be fractions of sum 1, got {describe(self.start)}."
                )
        if lost := set(self.states) - reached:
            raise ValueError(
                f"rates of gate {name} must connect all states; {sorted(lost)} cannot be "
                f"reached from {self.states[0]}."
            )
        self.check_common(name, known)

    def steady_state_at(self, V: QuantityLike, concentrations: Readings) -> jax.Array:
        """Return the occupancy of each state in the steady state at a constant voltage."""
        return _stable.stationary(self.matrix(V, concentrations))

    def start_at(self, V: QuantityLike, concentrations: Readings) -> jax.Array:
        """Return the occupancies to start from: by default the steady state."""
        if self.start is None:
            return self.steady_state_at(V, concentrations)
        shares = jnp.asarray([self.start.get(state, 0.0) for state in self.states])
        return jnp.ones_like(u.get_mantissa(V))[..., None] * shares

    def open_fraction(self, state: jax.Array) -> jax.Array:
        """Return the total occupancy of the conducting states, by their weights."""
        return total(w * state[..., self.states.index(x)] for x, w in self.weights.items())

    def advance(
        self, state: jax.Array, V: QuantityLike, concentrations: Readings, phi: float
    ) -> jax.Array:
        """Return the occupancies one ``dt`` later: exponential of the rate matrix."""
        dt = brainstate.environ.get_dt().to_decimal(u.ms)
        step = _stable.transition_matrix(self.matrix(V, concentrations) * (phi * dt))
        return jnp.einsum("...a,...ab->...b", state, step)

    def derivative(
        self, state: jax.Array, V: QuantityLike, concentrations: Readings, phi: float
    ) -> u.Quantity:
        """Return the time derivatives of the occupancies."""
        matrix = self.matrix(V, concentrations) * phi
        inward = jnp.einsum("...a,...ab->...b", state, matrix)
        return (inward - state * matrix.sum(-1)) / u.ms

    def matrix(self, V: QuantityLike, concentrations: Readings) -> jax.Array:
        """Return the rates in 1/ms: entry (a, b) leads from a to b, the diagonal is 0."""
        zero = jnp.zeros_like(u.get_mantissa(V))
        rows = []
        for a in self.states:
            row = []
            for b in self.states:
                rate = self.rates.get((a, b))
                row.append(
                    zero
                    if rate is None
                    else evaluate(rate, V, concentrations).to_decimal(u.get_unit(1 / u.ms))
                )
            rows.append(jnp.stack(row, -1))
        return jnp.stack(rows, -2)
