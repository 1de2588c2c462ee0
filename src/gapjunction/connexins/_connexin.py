"""What is known of a connexin's channels."""

from __future__ import annotations

import dataclasses
from typing import final

import saiunit as u

from gapjunction.laws import Boltzmann, Hemichannel


@final
@dataclasses.dataclass(frozen=True, eq=False, kw_only=True)
class Connexin:
    r"""Numbers of the channels that a connexin makes with its own kind, and where they are from.

    Parameters
    ----------
    name : str
        As in the literature.
    V0, slope : Quantity
        Of the Boltzmann curve that the conductance follows in :math:`|V_j|`; ``slope`` is
        :math:`kT / ze`.
    residual : float
        What remains of the conductance at large voltages, over that at zero.
    open : Quantity
        Conductance of one open channel.
    polarity : {-1, 1}
        Sign of its own cell's voltage, relative to the other cell's, at which a half closes.
    source : str
        Where the numbers are from.
    confirmed : bool
        Whether ``V0``, ``slope`` and ``residual`` were checked against the source, its text or its
        code.
    note : str
        What is fitted, assumed, or uncertain.
    rate : Quantity, optional
        Rate of closing, and of opening, at ``V0``, where there is a published one.
    closing : float, default 0.5
        The share of the voltage dependence that is in the closing.

    Raises
    ------
    TypeError, ValueError, saiunit.UnitMismatchError
        As :class:`gapjunction.laws.Hemichannel`.

    Examples
    --------
    >>> import saiunit as u
    >>> import gapjunction as gj
    >>> law = gj.connexins.Cx43.boltzmann()
    >>> print(law.steady_state([-150., 0., 61.4] * u.mV).round(2))
    [0.24 1.   0.62]

    With gates that take their time:

    >>> slow = gj.connexins.Cx43.boltzmann(rate=1 / u.second)
    >>> slow.instantaneous
    False
    """

    __module__ = "gapjunction.connexins"

    name: str
    V0: u.Quantity
    slope: u.Quantity
    residual: float
    open: u.Quantity
    polarity: int
    source: str
    confirmed: bool
    note: str
    rate: u.Quantity | None = None
    closing: float = 0.5

    def __post_init__(self) -> None:
        # It checks the numbers.
        self.hemichannel()

    def boltzmann(self, rate: u.Quantity | None = None, closing: float | None = None) -> Boltzmann:
        """Return the law of channels between two cells that both make this connexin.

        Parameters
        ----------
        rate : Quantity, optional
            Rate of closing, and of opening, at ``V0``; by default this connexin's, and if that is
            None too the conductance follows at once.
        closing : float, optional
            By default this connexin's.
        """
        rate, closing = self._kinetics(rate, closing)
        return Boltzmann(self.V0, self.slope, self.residual, rate, closing)

    def hemichannel(
        self, rate: u.Quantity | None = None, closing: float | None = None
    ) -> Hemichannel:
        """Return a half, for :class:`gapjunction.laws.Contingent`; arguments as above."""
        rate, closing = self._kinetics(rate, closing)
        return Hemichannel(
            self.V0, self.slope, self.residual, self.open, self.polarity, rate, closing
        )

    def _kinetics(
        self, rate: u.Quantity | None, closing: float | None
    ) -> tuple[u.Quantity | None, float]:
        return (
            self.rate if rate is None else rate,
            self.closing if closing is None else closing,
        )
