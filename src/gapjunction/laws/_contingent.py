"""A channel of two hemichannels, each with its own gate."""

from __future__ import annotations

import dataclasses
import math
from typing import final

import jax
import jax.numpy as jnp
import numpy as np
import saiunit as u

from gapjunction import _stable
from gapjunction._checks import check_real, describe
from gapjunction._typing import ArrayLike, QuantityLike
from gapjunction.laws._law import Law
from gapjunction.laws._numbers import PER_MS, check_number, difference, number_in


@final
@dataclasses.dataclass(frozen=True, eq=False)
class Hemichannel:
    r"""One half of a gap-junction channel: a connexon and its gate.

    The gate senses the voltage of its own cell minus that of the other cell. It closes when this
    voltage is large and has the sign ``polarity``.

    Parameters
    ----------
    V0 : Quantity
        The sensed voltage, times ``polarity``, at which the gate is open half of the time while the
        gate in the other hemichannel is open.
    slope : Quantity
        Change of voltage that changes the ratio of closed to open gates e-fold.
    residual : float
        Conductance of a channel of two such halves with one gate closed, divided by its conductance
        with both gates open.
    open : Quantity
        Conductance of a channel of two such halves with both gates open.
    polarity : {-1, 1}
        Sign of the voltage that closes the gate: -1 if the gate closes when its own cell is more
        negative than the other one.
    rate : Quantity, optional
        Rate of closing and of opening at ``V0``; by default the gate follows the voltage without
        delay.
    closing : float, default 0.5
        Share of the voltage dependence that is in the rate of closing; the rest is in the rate of
        opening.

    Raises
    ------
    saiunit.UnitMismatchError, TypeError, ValueError
        If a parameter has the wrong unit or type, or a value out of range.

    Examples
    --------
    >>> import saiunit as u
    >>> half = Hemichannel(60 * u.mV, 8 * u.mV, residual=0.25, open=60 * u.psiemens, polarity=-1)
    """

    __module__ = "gapjunction.laws"

    V0: QuantityLike
    slope: QuantityLike
    residual: float
    open: QuantityLike
    polarity: int
    rate: QuantityLike | None = None
    closing: float = 0.5

    def __post_init__(self) -> None:
        check_number("V0", self.V0, u.mV, "a voltage")
        check_number("slope", self.slope, u.mV, "a voltage", positive=True)
        check_number("open", self.open, u.nS, "a conductance", positive=True)
        if self.rate is not None:
            check_number("rate", self.rate, PER_MS, "a rate", positive=True)
        check_real("residual", self.residual, low=0.0, high=1.0)
        check_real("closing", self.closing, low=0.0, high=1.0)
        if np.ndim(self.polarity) or self.polarity not in (-1, 1):
            raise ValueError(f"polarity must be -1 or 1, got {describe(self.polarity)}.")

    @property
    def levels(self) -> tuple[u.Quantity, u.Quantity]:
        """Conductances of this half alone, with its gate open and with its gate closed.

        The two halves of a channel are in series. Two open halves of conductance G make a channel
        of conductance G / 2, so that G is twice ``open``. A closed half in series with an open one
        makes a channel of conductance ``residual`` times ``open``.
        """
        r, both = self.residual, 2 * u.Quantity(self.open)
        return both, both * r / (2 - r)

    def x(self, V_own: ArrayLike, V_other: ArrayLike) -> jax.Array:
        """Return the logarithm of the rate of closing over that of opening.

        Parameters
        ----------
        V_own, V_other : Quantity
            Voltages of the cell that this half belongs to, and of the other cell.
        """
        v = difference(V_own, V_other) * self.polarity
        return (v - number_in(self.V0, u.mV)) / number_in(self.slope, u.mV)

    def relax(self, x: jax.Array, free: float, dt: QuantityLike) -> tuple[jax.Array, jax.Array]:
        """Return how the gate relaxes during ``dt``.

        Parameters
        ----------
        x : array
            As :meth:`x` returns it.
        free : float
            Factor on the rate of closing.
        dt : Quantity
            The time.

        Returns
        -------
        done : array
            The fraction of the way to the steady state that the gate goes, from 0 to 1.
        steady : array
            Probability that the gate is closed in the steady state.
        """
        # This is the rate of closing over the sum of both rates. The quotient itself has a
        # derivative of 0/0 far from V0.
        to = jax.nn.sigmoid(x + math.log(free)) if free else jnp.zeros_like(x)
        if self.rate is None:
            return jnp.ones_like(x), to
        a = self.closing
        speed = _stable.exp((a - 1) * x) + free * _stable.exp(a * x)
        steps = number_in(self.rate, PER_MS) * u.Quantity(dt).to_decimal(u.ms)
        return -_stable.fall(speed * steps), to


@final
@dataclasses.dataclass(frozen=True, eq=False)
class Contingent(Law):
    r"""A channel with two gates in series, one in each hemichannel.

    The channel has four states: both gates open, either one closed, and both closed. A closed gate
    takes up most of the transjunctional voltage, so that the other gate senses little of it and
    stays open: whether a gate closes is contingent on the other gate [1]_. ``both`` is the factor
    on the weight of the state in which both gates are closed, compared with independent gates. The
    transition rates obey detailed balance. In each state the conductance of the channel is that of
    its two halves in series.

    Parameters
    ----------
    pre, post : Hemichannel
        The halves in the presynaptic and in the postsynaptic cell. Two equal halves make a
        homotypic channel, two different ones a heterotypic channel.
    both : float, default 0
        With 0 the two gates are never closed together; with 1 they are independent.

    Raises
    ------
    TypeError, ValueError
        If ``pre`` or ``post`` is not a Hemichannel, if only one of them has a rate, or if ``both``
        is not in [0, 1].

    Notes
    -----
    The state of the law holds the occupancies of the four states, in the order open-open,
    closed-open (the gate of ``pre`` is closed), open-closed, closed-closed. One time step relaxes
    the gate of ``pre`` for half of the step, then that of ``post`` for the whole step, then that
    of ``pre`` for the other half (Strang splitting). This is accurate to second order, and the
    occupancies stay within [0, 1] with a sum of 1. Gates without a rate are always at their steady
    state.

    References
    ----------
    .. [1] Harris, A. L., Spray, D. C., & Bennett, M. V. L. (1981). Kinetic properties of a
       voltage-dependent junctional conductance. J Gen Physiol, 77(1), 95-117.
       https://doi.org/10.1085/jgp.77.1.95

    Examples
    --------
    >>> import saiunit as u
    >>> half = Hemichannel(60 * u.mV, 8 * u.mV, residual=0.25, open=60 * u.psiemens, polarity=-1)
    >>> law = Contingent(half, half)
    >>> print(law.steady_state([-120., 0., 120.] * u.mV).round(2))
    [0.25 1.   0.25]
    >>> law.unitary
    Quantity(60., "pS")
    """

    __module__ = "gapjunction.laws"

    pre: Hemichannel
    post: Hemichannel
    both: float = 0.0

    def __post_init__(self) -> None:
        for name in ("pre", "post"):
            if not isinstance(getattr(self, name), Hemichannel):
                raise TypeError(
                    f"{name} must be a Hemichannel, got {describe(getattr(self, name))}."
                )
        if (self.pre.rate is None) != (self.post.rate is None):
            missing = "pre" if self.pre.rate is None else "post"
            raise ValueError(
                f"pre and post must both have a rate, or neither of them; {missing} has none."
            )
        check_real("both", self.both, low=0.0, high=1.0)

    @property
    def unitary(self) -> u.Quantity:
        """Conductance of one channel with both gates open.

        The junction's ``weight`` is this conductance times the number of its channels.
        """
        return _series(self.pre.levels[0], self.post.levels[0])

    @property
    def levels(self) -> np.ndarray:
        """Conductance of each of the four states, divided by ``unitary``; shape ``(4,)``."""
        one, two = self.pre.levels, self.post.levels
        pairs = [(0, 0), (1, 0), (0, 1), (1, 1)]
        return np.array([float(_series(one[i], two[j]) / self.unitary) for i, j in pairs])

    @property
    def instantaneous(self) -> bool:
        """Whether the gates follow the voltage without delay: they have no rate."""
        return self.pre.rate is None

    def initial(self, V_pre: ArrayLike, V_post: ArrayLike) -> jax.Array | None:
        """Return the steady occupancies at constant voltages, or None for gates without a rate."""
        return None if self.instantaneous else self.occupancy(V_pre, V_post)

    def occupancy(self, V_pre: ArrayLike, V_post: ArrayLike) -> jax.Array:
        """Return the steady occupancies at constant voltages, shape ``(*batch, n_edges, 4)``."""
        x, y = self.pre.x(V_pre, V_post), self.post.x(V_post, V_pre)
        both = jnp.log(self.both) if self.both else -jnp.inf
        return jax.nn.softmax(jnp.stack([jnp.zeros_like(x), x, y, x + y + both], -1), axis=-1)

    def advance(
        self, state: jax.Array, V_pre: ArrayLike, V_post: ArrayLike, dt: QuantityLike
    ) -> jax.Array:
        """Return the occupancies after ``dt`` at constant voltages."""
        if self.instantaneous:
            return state
        x, y = self.pre.x(V_pre, V_post), self.post.x(V_post, V_pre)
        # The last two axes become the gate of pre and the gate of post, each open or closed.
        p = jnp.swapaxes(state.reshape(*state.shape[:-1], 2, 2), -1, -2)
        p = self._move(p, self.pre, x, dt / 2)
        p = jnp.swapaxes(self._move(jnp.swapaxes(p, -1, -2), self.post, y, dt), -1, -2)
        p = self._move(p, self.pre, x, dt / 2)
        return jnp.swapaxes(p, -1, -2).reshape(state.shape)

    def conductance(
        self, state: jax.Array | None, V_pre: ArrayLike, V_post: ArrayLike
    ) -> jax.Array:
        """Return the relative conductance, in the shape of the voltages."""
        p = self.occupancy(V_pre, V_post) if state is None else state
        return (p * jnp.asarray(self.levels, p.dtype)).sum(-1)

    def _move(self, p: jax.Array, half: Hemichannel, x: jax.Array, dt: QuantityLike) -> jax.Array:
        """Relax the gate along axis -2 for ``dt``, while the gate along axis -1 does not move."""
        columns = []
        # While the other gate is closed, this one closes at ``both`` times the rate.
        for other, free in ((0, 1.0), (1, self.both)):
            far, to = half.relax(x, free, dt)
            total = p[..., 0, other] + p[..., 1, other]
            closed = p[..., 1, other] + (to * total - p[..., 1, other]) * far
            columns.append(jnp.stack([total - closed, closed], -1))
        return jnp.stack(columns, -1)


def _series(one: u.Quantity, two: u.Quantity) -> u.Quantity:
    """Return the conductance of two conductances in series; 0 if both are 0."""
    total = one + two
    return one * two / total if float(u.get_mantissa(total)) else 0 * one
