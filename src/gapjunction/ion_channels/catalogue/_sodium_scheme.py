"""Sodium channel with four sensors and an inactivation gate: the scheme of Raman & Bean 2001.

::

    C1 - C2 - C3 - C4 - C5 - O ( - B )
    |    |    |    |    |    |
    I1 - I2 - I3 - I4 - I5 - I6
"""

from __future__ import annotations

from gapjunction._typing import QuantityLike
from gapjunction.ion_channels._markov import Markov
from gapjunction.ion_channels._rate_functions import RateLike
from gapjunction.ion_channels._rates import exponential

_OPENING = ("C1", "C2", "C3", "C4", "C5", "O")
_INACTIVATED = ("I1", "I2", "I3", "I4", "I5", "I6")


def sodium_scheme(
    alpha: exponential,
    beta: exponential,
    gamma: RateLike,
    delta: RateLike,
    con: QuantityLike,
    coff: QuantityLike,
    oon: QuantityLike,
    ooff: QuantityLike,
    a: float,
    b: float,
    block: tuple[RateLike, RateLike] | None = None,
    q10: float = 1.0,
) -> Markov:
    """Return the scheme, which conducts in O.

    Parameters
    ----------
    alpha, beta : exponential
        Rates at which one voltage sensor moves out, and back.
    gamma, delta : callable or Quantity
        Rates of opening and closing once all sensors are out.
    con, coff : Quantity
        Rates of inactivation from C1 and of recovery to it.
    oon, ooff : Quantity
        The same for the open state.
    a, b : float
        Factors of inactivation and of recovery for each sensor that is out. In an inactivated
        channel they are also the factors of alpha and of beta.
    block : tuple of two rates, optional
        Rates from O into a blocked state B, and back.
    q10 : float
        Factor of all rates per 10 K.

    Returns
    -------
    Markov
        Of 12 states, or 13 with ``block``.
    """
    rates: dict[tuple[str, str], RateLike] = {}
    for row, on, off in ((_OPENING, 1.0, 1.0), (_INACTIVATED, a, b)):
        for k in range(4):
            rates[row[k], row[k + 1]] = _scaled(alpha, (4 - k) * on)
            rates[row[k + 1], row[k]] = _scaled(beta, (k + 1) * off)
        rates[row[4], row[5]], rates[row[5], row[4]] = gamma, delta
    for k in range(5):
        rates[_OPENING[k], _INACTIVATED[k]] = con * a**k
        rates[_INACTIVATED[k], _OPENING[k]] = coff * b**k
    rates["O", "I6"], rates["I6", "O"] = oon, ooff
    states: tuple[str, ...] = (*_OPENING, *_INACTIVATED)
    if block is not None:
        rates["O", "B"], rates["B", "O"] = block
        states = (*states, "B")
    return Markov(states=states, rates=rates, open=("O",), q10=q10)


def _scaled(rate: exponential, factor: float) -> exponential:
    return exponential(factor * rate.scale, rate.V_half, rate.slope)
