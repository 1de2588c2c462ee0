"""The stomatogastric cells of Prinz, Bucher & Marder 2004."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, final

import saiunit as u

from gapjunction._checks import check_choice
from gapjunction._typing import QuantityLike, Size
from gapjunction.ion_channels import DecayPool, Source
from gapjunction.ion_channels.catalogue.prinz_2003 import (
    A_Pr2003,
    CaS_Pr2003,
    CaT_Pr2003,
    H_Pr2003,
    KCa_Pr2003,
    Kd_Pr2003,
    Leak_Pr2003,
    Na_Pr2003,
)
from gapjunction.neurons._published import PublishedNeuron, area_of
from gapjunction.neurons._solvers import StepFunction

_DENSITY = u.mS / u.cm**2
_AREA = 0.628e-3 * u.cm**2
_TYPES = {
    "na": Na_Pr2003,
    "cat": CaT_Pr2003,
    "cas": CaS_Pr2003,
    "a": A_Pr2003,
    "kca": KCa_Pr2003,
    "kd": Kd_Pr2003,
    "h": H_Pr2003,
    "leak": Leak_Pr2003,
}
# Conductances of the paper's table 2 in mS/cm2, in the order of _TYPES.
_CELLS = {
    "AB/PD 1": (400, 2.5, 6, 50, 10, 100, 0.01, 0),
    "AB/PD 2": (100, 2.5, 6, 50, 5, 100, 0.01, 0),
    "AB/PD 3": (200, 2.5, 4, 50, 5, 50, 0.01, 0),
    "AB/PD 4": (200, 5, 4, 40, 5, 125, 0.01, 0),
    "AB/PD 5": (300, 2.5, 2, 10, 5, 125, 0.01, 0),
    "LP 1": (100, 0, 8, 40, 5, 75, 0.05, 0.02),
    "LP 2": (100, 0, 6, 30, 5, 50, 0.05, 0.02),
    "LP 3": (100, 0, 10, 50, 5, 100, 0, 0.03),
    "LP 4": (100, 0, 4, 20, 0, 25, 0.05, 0.03),
    "LP 5": (100, 0, 6, 30, 0, 50, 0.03, 0.02),
    "PY 1": (100, 2.5, 2, 50, 0, 125, 0.05, 0.01),
    "PY 2": (200, 7.5, 0, 50, 0, 75, 0.05, 0),
    "PY 3": (200, 10, 0, 50, 0, 100, 0.03, 0),
    "PY 4": (400, 2.5, 2, 50, 0, 75, 0.05, 0),
    "PY 5": (500, 2.5, 2, 40, 0, 125, 0.01, 0.03),
    "PY 6": (500, 2.5, 2, 40, 0, 125, 0, 0.02),
}


@final
class Prinz2004(PublishedNeuron):
    r"""The cells of the 20 million model networks of the pyloric rhythm.

    Up to eight currents and a calcium pool, 1 uF/cm\ :sup:`2`. AB/PD 1 to 5 are pacemakers: alone,
    without input, they burst every 1.5 to 1.7 s. LP and PY cells follow in the network.

    Parameters
    ----------
    in_size : int or tuple of int
        Shape of the population.
    kind : {'AB/PD 1' ... 'AB/PD 5', 'LP 1' ... 'LP 5', 'PY 1' ... 'PY 6'}
        Which cell of the paper's table 2.
    solver : str or callable, default 'staggered'
        As for :class:`gapjunction.PointNeuron`. At dt = 0.05 ms periods are right to
        0.1 %; with ``'exp_euler'``, of first order, they are up to 4 % short.
    V_th, spk_fun, name
        As for :class:`gapjunction.PointNeuron`.
    area : Quantity, None or 'published', default 'published'
        Membrane area that the input, an absolute current (nA), flows into; that of the published
        cell is 0.628e-3 cm\ :sup:`2`, hence 0.628 nF. With None, input is per area.
    V_initializer : Quantity or callable, default -50 mV
        Voltage to start from. The rhythm settles within three bursts.

    Attributes
    ----------
    kinds : tuple of str
        The values that ``kind`` can have.

    Raises
    ------
    ValueError
        If ``kind`` or ``area`` is a string other than those above.

    References
    ----------
    Prinz AA, Bucher D, Marder E (2004) Nat Neurosci 7:1345-1352, https://doi.org/10.1038/nn1352;
    currents of Prinz, Billimoria & Marder 2003, https://doi.org/10.1152/jn.00641.2003

    Examples
    --------
    >>> import brainstate, saiunit as u
    >>> import gapjunction as gj
    >>> pacemaker = gj.neurons.Prinz2004(2, kind='AB/PD 2')
    >>> coupled = gj.SymmetryGapJunction(pacemaker, 'V', ([0], [1]), 20 * u.nS)
    >>> _ = pacemaker.init_state()
    >>> with brainstate.environ.context(dt=0.05 * u.ms, t=0 * u.ms):
    ...     _ = coupled(), pacemaker()
    >>> [kind for kind in gj.neurons.Prinz2004.kinds if kind.startswith('LP')]
    ['LP 1', 'LP 2', 'LP 3', 'LP 4', 'LP 5']
    """

    source = Source(
        citation=(
            "Prinz AA, Bucher D, Marder E (2004) Similar network activity from disparate circuit "
            "parameters. Nat Neurosci 7:1345-1352."
        ),
        doi="10.1038/nn1352",
        species="lobster",
        preparation="model of the pyloric network of the stomatogastric ganglion",
        temperature=11.0,
        check=(
            "first burst, periods, burst durations and spikes per burst of SciPy's LSODA for the "
            "equations written out"
        ),
        note=(
            "Conductances as in Open Source Brain's and the Macke lab's ports of table 2. The "
            "temperature, that of xolotl's ports, sets the reversal of calcium alone."
        ),
    )
    kinds: ClassVar[tuple[str, ...]] = tuple(_CELLS)

    def __init__(
        self,
        in_size: Size,
        kind: str = "AB/PD 1",
        *,
        solver: str | StepFunction = "staggered",
        area: QuantityLike | str | None = "published",
        V_initializer: QuantityLike | Callable[..., Any] = -50 * u.mV,
        V_th: QuantityLike = 0 * u.mV,
        spk_fun: Callable[..., Any] | None = None,
        name: str | None = None,
    ) -> None:
        conductances = zip(_TYPES, _CELLS[check_choice("kind", kind, _CELLS)], strict=True)
        channels = {key: _TYPES[key](in_size, g * _DENSITY) for key, g in conductances if g}
        pool = DecayPool(
            in_size,
            "Ca",
            # The published gain is for currents of a cell of the published area. As a gain for
            # currents per area it holds for any ``area`` of this neuron.
            gain=(14.96 / 200 * u.uM / (u.nA * u.ms) * _AREA).in_unit(
                u.uM / (u.uA / u.cm**2 * u.ms)
            ),
            tau=200 * u.ms,
            rest=0.05 * u.uM,
            outside=3 * u.mM,
            temperature=self.source.temperature,
        )
        super().__init__(
            in_size,
            1 * u.uF / u.cm**2,
            channels,
            pools=[pool],
            solver=solver,
            area=area_of(area, _AREA),
            V_initializer=V_initializer,
            V_th=V_th,
            spk_fun=spk_fun,
            name=name,
        )
        self.kind = kind
