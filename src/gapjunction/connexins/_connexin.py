"""The published properties of one connexin's channels."""

from __future__ import annotations

import dataclasses
from typing import final

from gapjunction._typing import QuantityLike
from gapjunction.laws import Boltzmann, Hemichannel


@final
@dataclasses.dataclass(frozen=True, eq=False, kw_only=True)
class Connexin:
    r"""Published properties of homotypic channels: both halves are of this connexin.

    Parameters
    ----------
    name : str
        Name of the connexin, as in the literature.
    V0, slope : Quantity
        Parameters of the Boltzmann curve that the conductance follows as a function of
        :math:`|V_j|`: its middle, and :math:`kT / ze`.
    residual : float
        Conductance at large voltages, as a fraction of that at zero.
    open : Quantity
        Conductance of one open channel.
    polarity : {-1, 1}
        Sign of the voltage that closes a half of the channel: the voltage of its own cell minus
        the voltage of the other cell.
    source : str
        The publications that the numbers come from.
    confirmed : bool
        Whether ``V0``, ``slope`` and ``residual`` were compared with the text or the code of the
        source.
    note : str
        Which numbers are fitted, assumed or uncertain.
    rate : Quantity, optional
        Rate of closing and of opening at ``V0``, where one is published.
    closing : float, default 0.5
        Share of the voltage dependence that is in the rate of closing.

    Raises
    ------
    TypeError, ValueError, saiunit.UnitMismatchError
        As for :class:`gapjunction.laws.Hemichannel`.

    Examples
    --------
    >>> import saiunit as u
    >>> import gapjunction as gj
    >>> law = gj.connexins.Cx43.boltzmann()
    >>> print(law.steady_state([-150., 0., 61.4] * u.mV).round(2))
    [0.24 1.   0.62]

    With gates that have kinetics:

    >>> slow = gj.connexins.Cx43.boltzmann(rate=1 / u.second)
    >>> slow.instantaneous
    False
    """

    __module__ = "gapjunction.connexins"

    name: str
    V0: QuantityLike
    slope: QuantityLike
    residual: float
    open: QuantityLike
    polarity: int
    source: str
    confirmed: bool
    note: str
    rate: QuantityLike | None = None
    closing: float = 0.5

    def __post_init__(self) -> None:
        # The constructor of Hemichannel checks all numbers; what it returns is not needed here.
        self.hemichannel()

    def boltzmann(
        self, rate: QuantityLike | None = None, closing: float | None = None
    ) -> Boltzmann:
        """Return the law of channels between two cells that both make this connexin.

        Parameters
        ----------
        rate : Quantity, optional
            Rate of closing and of opening at ``V0``; by default that of this connexin. If both are
            None, the conductance follows the voltage without delay.
        closing : float, optional
            Share of the voltage dependence that is in the rate of closing; by default that of this
            connexin.
        """
        rate, closing = self._kinetics(rate, closing)
        return Boltzmann(self.V0, self.slope, self.residual, rate, closing)

    def hemichannel(
        self, rate: QuantityLike | None = None, closing: float | None = None
    ) -> Hemichannel:
        """Return one half of a channel, for :class:`gapjunction.laws.Contingent`.

        Parameters
        ----------
        rate, closing : optional
            As in :meth:`boltzmann`.
        """
        rate, closing = self._kinetics(rate, closing)
        return Hemichannel(
            self.V0, self.slope, self.residual, self.open, self.polarity, rate, closing
        )

    def _kinetics(
        self, rate: QuantityLike | None, closing: float | None
    ) -> tuple[QuantityLike | None, float]:
        return (
            self.rate if rate is None else rate,
            self.closing if closing is None else closing,
        )
