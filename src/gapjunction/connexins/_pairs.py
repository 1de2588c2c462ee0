"""Channels whose halves are of different connexins."""

from __future__ import annotations

import dataclasses
import math
from typing import Any, final

import saiunit as u

from gapjunction._checks import describe
from gapjunction._typing import QuantityLike
from gapjunction.connexins._connexin import Connexin
from gapjunction.connexins._presets import Cx43, Cx45
from gapjunction.laws import Contingent, Hemichannel


def heterotypic(
    pre: Connexin,
    post: Connexin,
    both: float = 0.0,
    rate: QuantityLike | None = None,
    closing: float | None = None,
) -> Contingent:
    """Return the law predicted for a heterotypic channel from the homotypic channels of its halves.

    Parameters
    ----------
    pre, post : Connexin
        The connexin of the presynaptic and of the postsynaptic cell. The same connexin twice gives
        the homotypic channel.
    both : float, default 0
        As in :class:`gapjunction.laws.Contingent`.
    rate, closing : optional
        Kinetics of both halves, as in :meth:`Connexin.boltzmann`.

    Raises
    ------
    TypeError, ValueError
        If ``pre`` or ``post`` is not a Connexin, or only one of them has a rate.

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
    """Two connexins whose heterotypic channels were measured.

    Parameters
    ----------
    pre, post : Connexin
        The connexin of the presynaptic and of the postsynaptic cell.
    measured : Contingent
        The law fitted to the measurements.
    source, note : str
        As in :class:`Connexin`.

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
        """Return the law predicted from the two connexins; arguments as in :func:`heterotypic`."""
        return heterotypic(self.pre, self.post, **kwargs)


def _measured() -> Contingent:
    # The published curve is a function of the voltage of the cell with Cx45, relative to the cell
    # with Cx43. Each of its two branches has a V0, a gating charge z, a residual ``low`` and the
    # form 1 / (p + e^x). The value of p makes the conductance at rest 1.
    kT, p, low = 25.7, 0.73, 0.05
    top = (1 - low) / p + low
    # Two halves in series make the predicted conductance of the channel. Both get the same
    # conductance, so that the residual of a half is also that of the channel. A sum of quantities
    # would start JAX's devices while the package is imported.
    one, other = (float(half.open / u.psiemens) for half in (Cx43, Cx45))
    open_ = 2 * one * other / (one + other) * u.psiemens

    def half(V0: float, z: float) -> Hemichannel:
        slope = kT / z
        return Hemichannel(
            # A Boltzmann curve has 1 in the place of p, which moves its middle by slope * log(p).
            (V0 + slope * math.log(p)) * u.mV,
            slope * u.mV,
            low / top,
            open_,
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
    note="Rat Cx43 and mouse Cx45 in HeLa cells. The first paper itself was not checked. It "
    "fits two branches, which meet 25 mV from rest; here one scheme of four states reproduces them "
    "to within 4 %. At rest the conductance is 0.73 of its maximum. The conductance of an open "
    "channel is predicted from two halves in series. Compared with the predicted law, the side of "
    "Cx45 closes at voltages that are smaller by 27 mV, and the side of Cx43 hardly closes at all. "
    "The fit of Brown, Krogh-Madsen & Christini (2016) Biophys J 111:785 has V0 = 22.3 and 125.3 "
    "mV, slopes of 11.4 and 37 mV, and a residual of 0.04 of 1.03.",
)
