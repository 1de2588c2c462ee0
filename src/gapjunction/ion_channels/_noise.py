"""Channels as a finite number of molecules, which open and close at random."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import brainstate
import jax
import jax.numpy as jnp
import numpy as np
import saiunit as u

from gapjunction import _stable
from gapjunction._checks import check_choice, check_int, describe
from gapjunction._typing import Numbers, QuantityLike
from gapjunction.ion_channels._gate import Gate
from gapjunction.ion_channels._kinetics import Kinetics
from gapjunction.ion_channels._markov import Markov
from gapjunction.ion_channels._parameter import check_positive, check_size
from gapjunction.ion_channels._rate_functions import Declared, Readings
from gapjunction.ion_channels._temperature import factor

if TYPE_CHECKING:
    from gapjunction.ion_channels._ion_channel import IonChannel

COUNTS = "counts"
"""The name of the state that holds the numbers of channels."""


@dataclasses.dataclass(frozen=True, eq=False)
class ChannelNoise:
    r"""A finite number of channels in each cell, which open and close at random.

    It is given to a channel when it is made, ``K_HH1952(1, noise=ChannelNoise(3600, seed=1))``, or
    set in its declaration. The channel then has one state, ``counts``: the number of its molecules
    in each joint state of all gates. A gate of power 4 counts as four independent subunits of each
    molecule, so that whole channels open and close at random, and not gates.

    Parameters
    ----------
    n_channels : int or array
        Number of channels of a cell: one number for all cells, or one for each. The ``g_max`` of
        the channel is still the conductance of a cell with all of its channels open.
    seed : int, optional
        With a seed, the random numbers after each ``init_state`` and ``reset_state`` are the same
        again; in models that are made by ``vmap``, they are the same in all copies. Without a seed,
        random numbers are drawn from ``brainstate.random``.
    method : {'jumps', 'diffusion'}
        ``'jumps'``: the numbers of channels that go from one state to another in a step are drawn
        from the multinomial distribution with the exact transition probabilities of the step. For a
        constant voltage this is exact at any ``dt``. Gradients are those of the expected numbers.
        ``'diffusion'``: the numbers are drawn from a normal distribution of the same means and
        covariances, which is the channel-based diffusion of Goldwyn & Shea-Brown as ``dt`` goes to
        0. Numbers of channels are then not whole, and may pass slightly below 0. Gradients include
        the noise.

    Raises
    ------
    TypeError
        If ``n_channels`` does not hold numbers.
    ValueError
        If a number is not whole and positive, or the method is unknown.

    References
    ----------
    Goldwyn JH, Shea-Brown E (2011) PLoS Comput Biol 7:e1002247,
    https://doi.org/10.1371/journal.pcbi.1002247

    Examples
    --------
    >>> import saiunit as u
    >>> from gapjunction.ion_channels import ChannelNoise, K_HH1952
    >>> channel = K_HH1952(1, noise=ChannelNoise(1000, seed=0))
    >>> channel.init_state([-65.0] * u.mV)
    >>> channel.counts.value.shape, float(channel.counts.value.sum())
    ((1, 5), 1000.0)
    """

    __module__ = "gapjunction.ion_channels"

    n_channels: Numbers
    seed: int | None = None
    method: str = "jumps"

    def __post_init__(self) -> None:
        numbers = np.asarray(self.n_channels)
        if numbers.dtype.kind not in "iuf":
            raise TypeError(f"n_channels must be whole numbers, got {describe(self.n_channels)}.")
        check_positive("n_channels", numbers)
        if not (np.isfinite(numbers) & (numbers == np.round(numbers))).all():
            raise ValueError(f"n_channels must be whole, got {describe(self.n_channels)}.")
        if self.seed is not None:
            check_int("seed", self.seed)
        check_choice("method", self.method, _DRAWS)

    def check(self, channel: type[IonChannel], size: tuple[int, ...]) -> None:
        """Raise an error for a channel whose molecules cannot be counted."""
        kind = channel.__name__
        check_size("n_channels", np.asarray(self.n_channels), size)
        if channel.terms is not None:
            raise ValueError(f"noise must be left out: {kind} is a sum of channels (terms).")
        if COUNTS in {**channel.gates, **channel.variables, **channel.parameters}:
            raise ValueError(
                f"noise must be left out: {kind} declares {COUNTS!r}, which is the name of the "
                "state that noise needs."
            )
        slow = {name: gate for name, gate in channel.gates.items() if not gate.instantaneous}
        if not slow:
            raise ValueError(f"noise must be left out: {kind} has no gate that takes time to open.")
        for name, gate in slow.items():
            whole = float(gate.power).is_integer() and (gate.power == 1 or isinstance(gate, Gate))
            if not whole:
                raise ValueError(
                    f"power of gate {name!r} of {kind} must be a whole number, and 1 for a scheme, "
                    f"for channels to be counted; got {gate.power}."
                )
        for name in channel._read_by_parts():
            if name in slow:
                raise ValueError(
                    f"noise must be left out: {kind} reads its gate {name!r} alone, so that its "
                    "gates are not independent parts of one molecule. A current can read "
                    "open_fraction."
                )


@dataclasses.dataclass(frozen=True)
class ChannelCounts(Kinetics):
    """The numbers of channels in each joint state of several gates, shape ``(*V.shape, ...)``.

    Parameters
    ----------
    gates : dict of str to Gate or Markov
        The gates. Each is one axis of the numbers; for a :class:`Gate` the axis has ``power + 1``
        entries, for 0 to ``power`` open subunits.
    factors : dict of str to float
        The temperature factor of each gate.
    noise : ChannelNoise
        How many channels there are, and how they are drawn.
    """

    gates: Mapping[str, Kinetics]
    factors: Mapping[str, float]
    noise: ChannelNoise
    power: float = 1
    q10: float = 1.0

    @property
    def instantaneous(self) -> bool:
        """Always false."""
        return False

    def declared(self) -> dict[str, tuple[Declared, u.Unit]]:
        """Return what its gates declare."""
        return {
            f"{key} of {name}": item
            for name, gate in self.gates.items()
            for key, item in gate.declared().items()
        }

    def check(self, name: str, known: Readings) -> None:
        """Do nothing: its gates were checked."""

    def start_at(self, V: QuantityLike, concentrations: Readings) -> jax.Array:
        """Return the expected numbers to start from."""
        return self._expected([_start(g, V, concentrations) for g in self.gates.values()])

    def steady_state_at(self, V: QuantityLike, concentrations: Readings) -> jax.Array:
        """Return the expected numbers at a constant voltage."""
        return self._expected([_steady(g, V, concentrations) for g in self.gates.values()])

    def open_fraction(self, state: jax.Array) -> jax.Array:
        """Return the share of channels all of whose gates are open."""
        for gate in reversed(list(self.gates.values())):
            state = (state * jnp.asarray(_weights(gate), state.dtype)).sum(-1)
        return (state / self._total(state)).astype(brainstate.environ.dftype())

    def advance(
        self, state: jax.Array, V: QuantityLike, concentrations: Readings, phi: float
    ) -> jax.Array:
        """Return the expected numbers one ``dt`` later."""
        for axis, matrix in enumerate(self._transitions(V, concentrations)):
            moved = _to_end(state, axis, len(self.gates))
            moved = jnp.einsum("...a,...ab->...b", moved, _fit(matrix, len(self.gates)))
            state = _from_end(moved, axis, len(self.gates))
        return state

    def derivative(
        self, state: jax.Array, V: QuantityLike, concentrations: Readings, phi: float
    ) -> u.Quantity:
        """Raise an error: numbers that change in jumps have no derivative."""
        raise ValueError(f"{COUNTS} has no derivative: channels jump between steps.")

    def drawn_start(self, V: QuantityLike, concentrations: Readings, key: jax.Array) -> jax.Array:
        """Return numbers to start from, drawn from their distribution."""
        shares = [_start(gate, V, concentrations) for gate in self.gates.values()]
        shape = u.math.shape(V) + tuple(s.shape[-1] for s in shares)
        first = (..., *(0 for _ in shares))
        state = jnp.zeros(shape, shares[0].dtype)
        state = state.at[first].set(self._total(state[first]))
        rows = [jnp.broadcast_to(s[..., None, :], (*s.shape, s.shape[-1])) for s in shares]
        return self._moved(state, rows, key)

    def draw(
        self, state: jax.Array, V: QuantityLike, concentrations: Readings, key: jax.Array
    ) -> jax.Array:
        """Return numbers one ``dt`` later, drawn from their distribution."""
        return self._moved(state, self._transitions(V, concentrations), key)

    def _moved(self, state: jax.Array, matrices: list[jax.Array], key: jax.Array) -> jax.Array:
        n = len(matrices)
        # At a given voltage the gates of a molecule are independent of each other. Therefore their
        # transitions can be drawn one gate after the other.
        for axis, (matrix, one) in enumerate(zip(matrices, jax.random.split(key, n), strict=True)):
            moved = _DRAWS[self.noise.method](_to_end(state, axis, n), _fit(matrix, n), one)
            state = _from_end(moved, axis, n)
        if self.noise.method == "jumps":
            return state
        # Over many steps rounding would change the number of channels; this corrects it.
        axes = tuple(range(-n, 0))
        whole = state.sum(axes, keepdims=True)
        return state * (jnp.expand_dims(self._total(whole.reshape(whole.shape[:-n])), axes) / whole)

    def _total(self, like: jax.Array) -> jax.Array:
        return jnp.broadcast_to(jnp.asarray(self.noise.n_channels, like.dtype), like.shape)

    def _expected(self, shares: list[jax.Array]) -> jax.Array:
        state = self._total(shares[0][..., 0])
        for k, share in enumerate(shares):
            axes = tuple(range(-1 - k, -1))
            state = state[..., None] * jnp.expand_dims(share, axes)
        return state

    def _transitions(self, V: QuantityLike, concentrations: Readings) -> list[jax.Array]:
        dt = brainstate.environ.get_dt().to_decimal(u.ms)
        return [
            _stable.transition_matrix(
                _wide(_rates(gate, V, concentrations)) * (self.factors[name] * dt)
            )
            for name, gate in self.gates.items()
        ]


def kinetics_of(channel: IonChannel) -> dict[str, Kinetics]:
    """Return the gates from which a channel's open fraction is computed.

    With noise, all gates that have a state are replaced by one :class:`ChannelCounts`.
    """
    if channel.noise is None:
        return channel.gates
    slow = {name: gate for name, gate in channel.gates.items() if not gate.instantaneous}
    factors = {name: factor(channel, gate.q10) for name, gate in slow.items()}
    at_once = {name: gate for name, gate in channel.gates.items() if gate.instantaneous}
    return {COUNTS: ChannelCounts(slow, factors, channel.noise), **at_once}


def sow(channel: IonChannel) -> None:
    """Restart a channel's own sequence of random numbers, if it has a seed."""
    seed = None if channel.noise is None else channel.noise.seed
    if seed is None:
        return
    # The generator is made here, and not with the channel, because a State cannot be pickled.
    if channel.random is None:
        channel.random = brainstate.random.RandomState(seed)
    else:
        channel.random.seed(seed)


def start(channel: IonChannel, gate: Kinetics, V: QuantityLike, readings: Readings) -> jax.Array:
    """Return the initial state of a gate; numbers of channels are drawn at random."""
    if isinstance(gate, ChannelCounts):
        return gate.drawn_start(V, readings, _key_of(channel))
    return gate.start_at(V, readings)


def advance(
    channel: IonChannel, gate: Kinetics, state: jax.Array, V: QuantityLike, readings: Readings
) -> jax.Array:
    """Return the state of a gate one ``dt`` later; numbers of channels are drawn at random."""
    if isinstance(gate, ChannelCounts):
        return gate.draw(state, V, readings, _key_of(channel))
    return gate.advance(state, V, readings, factor(channel, gate.q10))


def _key_of(channel: IonChannel) -> jax.Array:
    """Return a new key, from the channel's own generator or else from ``brainstate.random``."""
    return brainstate.random.split_key() if channel.random is None else channel.random.split_key()


def _rates(gate: Kinetics, V: QuantityLike, readings: Readings) -> jax.Array:
    """Return the rates between the states of a gate in 1/ms, entry (a, b) from a to b."""
    if isinstance(gate, Markov):
        return gate.matrix(V, readings)
    if not isinstance(gate, Gate):
        raise TypeError(f"noise must be of Gates and Markov schemes, got {describe(gate)}.")
    opening = gate.steady_state_at(V, readings)
    rate = (1 / gate.time_constant_at(V, readings, 1.0)).to_decimal(u.get_unit(1 / u.ms))
    n = int(gate.power)
    up = np.diag(np.arange(n, 0, -1.0), 1)
    down = np.diag(np.arange(1, n + 1.0), -1)
    alpha, beta = (jnp.asarray(x * rate)[..., None, None] for x in (opening, 1 - opening))
    return alpha * jnp.asarray(up, alpha.dtype) + beta * jnp.asarray(down, beta.dtype)


def _steady(gate: Kinetics, V: QuantityLike, readings: Readings) -> jax.Array:
    return _distribution(gate, _wide(gate.steady_state_at(V, readings)))


def _start(gate: Kinetics, V: QuantityLike, readings: Readings) -> jax.Array:
    return _distribution(gate, _wide(gate.start_at(V, readings)))


def _wide(x: jax.Array) -> jax.Array:
    """Return numbers in float32 or wider, because float16 cannot count beyond 2048."""
    return x.astype(jnp.promote_types(x.dtype, jnp.float32))


def _distribution(gate: Kinetics, state: jax.Array) -> jax.Array:
    """Return the probability of each state: for a gate, of each number of open subunits."""
    if isinstance(gate, Markov):
        return state
    n = int(gate.power)
    return jnp.stack(
        [math.comb(n, k) * state**k * (1 - state) ** (n - k) for k in range(n + 1)], -1
    )


def _weights(gate: Kinetics) -> np.ndarray:
    """Return the share of the maximal conductance of each state."""
    if isinstance(gate, Markov):
        return np.array([gate.weights.get(state, 0.0) for state in gate.states])
    return np.eye(int(gate.power) + 1)[-1]


def _to_end(state: jax.Array, axis: int, n: int) -> jax.Array:
    return jnp.moveaxis(state, axis - n, -1)


def _from_end(state: jax.Array, axis: int, n: int) -> jax.Array:
    return jnp.moveaxis(state, -1, axis - n)


def _fit(matrix: jax.Array, n: int) -> jax.Array:
    """Give matrices, one per cell, axes of length 1 for the states of ``n - 1`` other gates."""
    return jnp.expand_dims(matrix, tuple(range(-n - 1, -2)))


def _jumps(counts: jax.Array, probabilities: jax.Array, key: jax.Array) -> jax.Array:
    """Return new numbers; those that leave a state together are drawn from a multinomial."""
    expected = jnp.einsum("...a,...ab->...b", counts, probabilities)
    # Drawn numbers have no derivative; the derivative of the expected numbers is used instead.
    start = jax.lax.stop_gradient(counts)
    rows = jnp.broadcast_to(jax.lax.stop_gradient(probabilities), (*start.shape, start.shape[-1]))

    def draw(
        carry: tuple[jax.Array, jax.Array], chosen: tuple[jax.Array, jax.Array]
    ) -> tuple[tuple[jax.Array, jax.Array], jax.Array]:
        (left, rest), (chance, one) = carry, chosen
        given = jnp.clip(chance / jnp.maximum(rest, 1e-30), 0.0, 1.0)
        gone = jax.random.binomial(one, left, given, dtype=left.dtype)
        return (left - gone, rest - chance), gone.sum(-1)

    # A multinomial draw is made of binomial ones: each target state in turn gets a random share of
    # the channels that are left, and the last state gets the rest.
    targets = jnp.moveaxis(rows, -1, 0)[:-1]
    keys = jax.random.split(key, targets.shape[0])
    (left, _), arrived = jax.lax.scan(draw, (start, jnp.ones_like(start)), (targets, keys))
    drawn = jnp.concatenate([jnp.moveaxis(arrived, 0, -1), left.sum(-1, keepdims=True)], -1)
    # The bracket is exactly 0, so that numbers stay whole, and has the derivative of ``expected``.
    return drawn + (expected - jax.lax.stop_gradient(expected))


def _diffusion(counts: jax.Array, probabilities: jax.Array, key: jax.Array) -> jax.Array:
    """Return new numbers with the means and covariances of those of :func:`_jumps`."""
    expected = jnp.einsum("...a,...ab->...b", counts, probabilities)
    shape = (*counts.shape, counts.shape[-1])
    normal = jax.random.normal(key, shape, counts.dtype)
    # Independent numbers of variance p, less p times their sum, have the covariance of a
    # multinomial: diag(p) - p p'.
    own = _root(jnp.broadcast_to(probabilities, shape)) * normal
    own = own - probabilities * own.sum(-1, keepdims=True)
    return expected + (_root(counts)[..., None] * own).sum(-2)


def _root(x: jax.Array) -> jax.Array:
    """Return the square root; 0 with derivative 0 where the argument is not positive."""
    positive = x > 0
    return jnp.where(positive, jnp.sqrt(jnp.where(positive, x, 1.0)), 0.0)


_DRAWS = {"jumps": _jumps, "diffusion": _diffusion}
