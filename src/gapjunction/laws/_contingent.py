"""A channel of two hemichannels, each with a gate of its own."""

from __future__ import annotations

import dataclasses
import math
from typing import Any, final

import jax
import jax.numpy as jnp
import numpy as np
import saiunit as u

from gapjunction import _stable
from gapjunction._checks import check_real, describe
from gapjunction.laws._law import Law
from gapjunction.laws._numbers import check_number

_PER_MS = u.get_unit(1 / u.ms)


@final
@dataclasses.dataclass(frozen=True, eq=False)
class Hemichannel:
    r"""One half of a channel: a connexon, and its gate.

    The gate closes when its own cell is at a voltage of one sign relative to the other cell's.

    Parameters
    ----------
    V0 : Quantity
        That voltage at which the gate is as often closed as open, the other being open.
    slope : Quantity
        The voltage over which the ratio of the two changes e-fold.
    residual : float
        Conductance of the channel with this gate closed, over that with both open, where the
        other half is of the same kind.
    open : Quantity
        Conductance of the channel with both gates open, where both halves are of this kind.
    polarity : {-1, 1}
        The sign at which the gate closes: -1 if its cell is the more negative one.
    rate : Quantity, optional
        Rate of closing, and of opening, at ``V0``; by default the gate is fast.
    closing : float, default 0.5
        The share of the voltage dependence that is in the closing.

    Raises
    ------
    saiunit.UnitMismatchError, ValueError
        If a parameter is not what it must be.

    Examples
    --------
    >>> import saiunit as u
    >>> half = Hemichannel(60 * u.mV, 8 * u.mV, residual=0.25, open=60 * u.psiemens, polarity=-1)
    """

    __module__ = "gapjunction.laws"

    V0: u.Quantity
    slope: u.Quantity
    residual: float
    open: u.Quantity
    polarity: int
    rate: u.Quantity | None = None
    closing: float = 0.5

    def __post_init__(self) -> None:
        check_number("V0", self.V0, u.mV, "a voltage")
        check_number("slope", self.slope, u.mV, "a voltage", positive=True)
        check_number("open", self.open, u.nS, "a conductance", positive=True)
        if self.rate is not None:
            check_number("rate", self.rate, _PER_MS, "a rate", positive=True)
        check_real("residual", self.residual, low=0.0, high=1.0)
        check_real("closing", self.closing, low=0.0, high=1.0)
        if self.polarity not in (-1, 1):
            raise ValueError(f"polarity must be -1 or 1, got {describe(self.polarity)}.")

    @property
    def levels(self) -> tuple[u.Quantity, u.Quantity]:
        """Its own conductance with the gate open and closed: halves are in series."""
        r = self.residual
        return 2 * self.open, 2 * self.open * r / (2 - r)

    def x(self, V_own: Any, V_other: Any) -> jax.Array:
        """Return the logarithm of closing over opening, at the two cells' voltages."""
        v = (V_own - V_other).to_decimal(u.mV) * self.polarity
        return (v - float(self.V0.to_decimal(u.mV))) / float(self.slope.to_decimal(u.mV))

    def relax(self, x: jax.Array, free: float, dt: Any) -> tuple[jax.Array, jax.Array]:
        """Return how far the gate goes in ``dt``, from 0 to 1, and where to.

        ``free`` scales the rate of closing.
        """
        # Not as a quotient, whose derivative is 0/0 far from V0.
        to = jax.nn.sigmoid(x + math.log(free)) if free else jnp.zeros_like(x)
        if self.rate is None:
            return jnp.ones_like(x), to
        a = self.closing
        speed = _stable.exp((a - 1) * x) + free * _stable.exp(a * x)
        steps = float(self.rate.to_decimal(_PER_MS)) * dt.to_decimal(u.ms)
        return -_stable.fall(speed * steps), to


@final
@dataclasses.dataclass(frozen=True, eq=False)
class Contingent(Law):
    r"""Two gates in series, of four states: both open, either closed, both closed.

    In series, a closed gate takes most of the voltage, so that the other does not close: gating is
    contingent. ``both`` is the weight of the state with both closed, over that of gates that know
    nothing of each other. The rates are in detailed balance. Of the two conductances of a closed
    and an open half, the channel's is that of conductances in series.

    Parameters
    ----------
    pre, post : Hemichannel
        The halves in the cells of pre and of post: the same, homotypic; or heterotypic.
    both : float, default 0
        0: never both closed; 1: independent gates.

    Raises
    ------
    TypeError, ValueError
        If a half is none, one has a rate and the other not, or ``both`` is not in [0, 1].

    Notes
    -----
    The state are occupancies, in the order open-open, closed-open (pre's is closed), open-closed,
    closed-closed. A step relaxes one gate for half of it, the other for all, the first again:
    second order, and occupancies stay in [0, 1] and of sum 1. Fast gates are at their steady
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
            raise ValueError("pre and post must both have a rate, or both none.")
        check_real("both", self.both, low=0.0, high=1.0)

    @property
    def unitary(self) -> u.Quantity:
        """Conductance of one channel with both gates open: a weight is a number of these."""
        return _series(self.pre.levels[0], self.post.levels[0])

    @property
    def levels(self) -> np.ndarray:
        """Conductance of each state over ``unitary``, shape ``(4,)``."""
        one, two = self.pre.levels, self.post.levels
        pairs = [(0, 0), (1, 0), (0, 1), (1, 1)]
        return np.array([float(_series(one[i], two[j]) / self.unitary) for i, j in pairs])

    @property
    def instantaneous(self) -> bool:
        """Whether the gates are fast."""
        return self.pre.rate is None

    def initial(self, V_pre: Any, V_post: Any) -> jax.Array | None:
        """Return the occupancies at voltages that are held; None with fast gates."""
        return None if self.instantaneous else self.occupancy(V_pre, V_post)

    def occupancy(self, V_pre: Any, V_post: Any) -> jax.Array:
        """Return the steady state, shape ``(*batch, n_edges, 4)``."""
        x, y = self.pre.x(V_pre, V_post), self.post.x(V_post, V_pre)
        both = jnp.log(self.both) if self.both else -jnp.inf
        return jax.nn.softmax(jnp.stack([jnp.zeros_like(x), x, y, x + y + both], -1), axis=-1)

    def advance(self, state: Any, V_pre: Any, V_post: Any, dt: Any) -> Any:
        """Return the occupancies one ``dt`` later, at voltages that are held."""
        if self.instantaneous:
            return state
        x, y = self.pre.x(V_pre, V_post), self.post.x(V_post, V_pre)
        # As (pre's gate, post's gate).
        p = jnp.swapaxes(state.reshape(*state.shape[:-1], 2, 2), -1, -2)
        p = self._move(p, self.pre, x, dt / 2)
        p = jnp.swapaxes(self._move(jnp.swapaxes(p, -1, -2), self.post, y, dt), -1, -2)
        p = self._move(p, self.pre, x, dt / 2)
        return jnp.swapaxes(p, -1, -2).reshape(state.shape)

    def conductance(self, state: Any, V_pre: Any, V_post: Any) -> jax.Array:
        """Return the conductance, shape of the voltages."""
        p = self.occupancy(V_pre, V_post) if state is None else state
        return (p * jnp.asarray(self.levels, p.dtype)).sum(-1)

    def _move(self, p: jax.Array, half: Hemichannel, x: jax.Array, dt: Any) -> jax.Array:
        """Let the gate of the last axis but one relax, the other held open and closed."""
        columns = []
        for other, free in ((0, 1.0), (1, self.both)):
            far, to = half.relax(x, free, dt)
            total = p[..., 0, other] + p[..., 1, other]
            closed = p[..., 1, other] + (to * total - p[..., 1, other]) * far
            columns.append(jnp.stack([total - closed, closed], -1))
        return jnp.stack(columns, -1)


def _series(one: u.Quantity, two: u.Quantity) -> u.Quantity:
    total = one + two
    return one * two / total if float(u.get_mantissa(total)) else 0 * one
