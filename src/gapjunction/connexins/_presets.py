"""The connexins, in the order of their numbers."""

from __future__ import annotations

import saiunit as u

from gapjunction.connexins._connexin import Connexin

# Where a paper gives z, the number of gating charges: kT / e at 36.5 degrees.
_KT_WARM = 26.68

Cx26 = Connexin(
    name="Cx26",
    V0=90.0 * u.mV,
    slope=13.0 * u.mV,
    residual=0.25,
    open=135.0 * u.psiemens,
    polarity=1,
    source="Polarity: Verselis, Ginter & Bargiello (1994) Nature 368:348-351.",
    confirmed=False,
    note="V0, slope, residual and conductance are round numbers, of the size that oocytes and HeLa "
    "cells are known for, without a source that was read: no measurement. Bring your own where "
    "they matter.",
)

Cx30 = Connexin(
    name="Cx30",
    V0=27.0 * u.mV,
    slope=_KT_WARM / 4 * u.mV,
    residual=0.15,
    open=179.0 * u.psiemens,
    polarity=1,
    source="Valiunas, Manthey, Vogel, Willecke & Weingart (1999) J Physiol 519:631-644. "
    "https://www.ncbi.nlm.nih.gov/pmc/articles/PMC2269545",
    confirmed=True,
    note="Mouse, in HeLa cells at 36-37 degrees, potassium aspartate; z = 4. Of the abstract. The "
    "residual is that of whole junctions; single channels have 48 / 179 = 0.27, and an open "
    "probability with V0 = 37 mV, z = 3. Polarity is assumed to be Cx26's, its nearest kin; it "
    "does not matter between cells of the same kind.",
)

Cx36 = Connexin(
    name="Cx36",
    V0=75.0 * u.mV,
    slope=15.0 * u.mV,
    residual=0.55,
    open=14.0 * u.psiemens,
    polarity=-1,
    source="Srinivas, Rozental, Kojima, Dermietzel, Mehler, Condorelli, Kessler & Spray (1999) "
    "J Neurosci 19:9848-9855. https://doi.org/10.1523/JNEUROSCI.19-22-09848.1999",
    confirmed=False,
    note="V0, residual and conductance (10-15 pS) as that paper is quoted for; it was not read. "
    "Slope and polarity are assumed.",
)

Cx40 = Connexin(
    name="Cx40",
    V0=57.7 * u.mV,
    slope=13.4 * u.mV,
    residual=23.6 / 162,
    open=162.0 * u.psiemens,
    polarity=-1,
    source="Compare Bukauskas, Elfgang, Willecke & Weingart (1995) Biophys J 68:2289-2298. "
    "https://doi.org/10.1016/S0006-3495(95)80411-X",
    confirmed=False,
    note="The numbers are of a compilation whose origin was not found. The paper above has, for "
    "the mouse in HeLa cells at 36-37 degrees, 198 and 36 pS, V0 = 45 mV and a residual of 0.24: "
    "channels that close earlier. Polarity: with Cx43, the Cx40 side closes if it is negative.",
)

Cx43 = Connexin(
    name="Cx43",
    V0=61.4 * u.mV,
    slope=8.4 * u.mV,
    residual=14.7 / 61,
    open=61.0 * u.psiemens,
    polarity=-1,
    source="Compare Desplantez, Halliday, Dupont & Weingart (2004) Pflugers Arch 448:363-375. "
    "https://doi.org/10.1007/s00424-004-1250-0; polarity: Bukauskas, Bukauskiene & Verselis (2002) "
    "J Gen Physiol 119:171.",
    confirmed=False,
    note="The numbers are of a compilation whose origin was not found. The first paper's, as "
    "others have them in their code: for the rat in HeLa cells, V0 = -60.8 and 62.9 mV, slopes of "
    "7.6 and 8.9 mV, residuals of 0.26 and 0.25.",
)

Cx45 = Connexin(
    name="Cx45",
    V0=39.6 * u.mV,
    slope=10.2 * u.mV,
    residual=4.2 / 32,
    open=32.0 * u.psiemens,
    polarity=-1,
    source="Compare Desplantez, Halliday, Dupont & Weingart (2004) Pflugers Arch 448:363-375. "
    "https://doi.org/10.1007/s00424-004-1250-0",
    confirmed=False,
    note="The numbers are of a compilation whose origin was not found. The paper's, as others have "
    "them in their code: for the mouse in HeLa cells, V0 = -38.9 and 38.5 mV, slopes of 10.3 and "
    "9.5 mV, residuals of 0.17 and 0.16. Polarity: with Cx43, the Cx45 side closes if it is "
    "negative.",
)
