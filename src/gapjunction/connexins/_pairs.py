"""Channels whose halves are of different connexins."""

from __future__ import annotations

import dataclasses
import math
from typing import Any, final

import saiunit as u

from gapjunction._checks import describe
from gapjunction.connexins._connexin import Connexin
from gapjunction.connexins._presets import Cx43, Cx45
from gapjunction.laws import Contingent, Hemichannel


def heterotypic(
    pre: Connexin,
    post: Connexin,
    both: float = 0.0,
    rate: u.Quantity | None = None,
    closing: float | None = None,
) -> Contingent:
    """Return the law that is predicted of a channel, from what its halves do among their kind.

    Parameters
    ----------
    pre, post : Connexin
        Of the cells of pre and of post: the same one gives the homotypic channel.
    both : float, default 0
        As in :class:`gapjunction.laws.Contingent`.
    rate, closing
        Of both halves, as in :meth:`Connexin.boltzmann`.

    Raises
    ------
    TypeError, ValueError
        If one is no connexin, or has a rate and the other not.

    Examples
    --------
    >>> import saiunit as u
    >>> law = heterotypic(Cx43, Cx45)
    >>> print(law.steady_state([-80., 80.] * u.mV).round(2))
    [0.38 0.12]
    """
    for name, value in (("pre", pre), ("post", post)):
        if not isinstance(value, Connexin):
            raise TypeError(f"{name} must be a Connexin, got {describe(value)}.")
    return Contingent(pre.hemichannel(rate, closing), post.hemichannel(rate, closing), both)


@final
@dataclasses.dataclass(frozen=True, eq=False, kw_only=True)
class Pair:
    """Two connexins whose common channels were measured.

    Parameters
    ----------
    pre, post : Connexin
        Of the cells of pre and of post.
    measured : Contingent
        The law fitted to measurements.
    source, note : str
        As of :class:`Connexin`.

    Examples
    --------
    >>> import saiunit as u
    >>> V_j = [-80., 30., 80.] * u.mV
    >>> print(Cx43_Cx45.predicted().steady_state(V_j).round(2))
    [0.38 0.75 0.12]
    >>> print(Cx43_Cx45.measured.steady_state(V_j).round(2))
    [0.83 0.22 0.04]
    """

    __module__ = "gapjunction.connexins"

    pre: Connexin
    post: Connexin
    measured: Contingent
    source: str
    note: str

    def predicted(self, **kwargs: Any) -> Contingent:
        """Return the law that the two are predicted to have, see :func:`heterotypic`."""
        return heterotypic(self.pre, self.post, **kwargs)


def _measured() -> Contingent:
    # As published, in the voltage of Cx45's cell relative to Cx43's: V0, z and the residual of
    # both branches, of the form 1 / (p + e^x), scaled to 1 at rest.
    kT, p, low = 25.7, 0.73, 0.05
    top = (1 - low) / p + low

    def half(V0: float, z: float) -> Hemichannel:
        slope = kT / z
        return Hemichannel(
            # p moves the middle.
            (V0 + slope * math.log(p)) * u.mV,
            slope * u.mV,
            low / top,
            # Of halves in series; alike, so that the residual is the channel's.
            2 / (1 / Cx43.open + 1 / Cx45.open),
            polarity=-1,
        )

    return Contingent(half(149.3, 0.7), half(15.9, 2.1))


Cx43_Cx45 = Pair(
    pre=Cx43,
    post=Cx45,
    measured=_measured(),
    source="Desplantez, Halliday, Dupont & Weingart (2004) Pflugers Arch 448:363-375. "
    "https://doi.org/10.1007/s00424-004-1250-0, as in table 1 of Hurtado, Jilberto & Panasenko "
    "(2020) PLoS Comput Biol 16:e1007232 and its code.",
    note="Rat Cx43 and mouse Cx45 in HeLa cells. The first paper itself was not read. Its two "
    "branches, which meet 25 mV off rest, become one scheme of four states, to 4 %; rest is at "
    "0.73 of the largest conductance. That of an open channel is the prediction, halves in series. "
    "Against the prediction, Cx45's side closes 27 mV earlier and Cx43's hardly at all. The fit of "
    "Brown, Krogh-Madsen & Christini (2016) Biophys J 111:785 has V0 = 22.3 and 125.3 mV, slopes "
    "of 11.4 and 37 mV, and 0.04 of 1.03 as residual.",
)
