"""The connexins, in the order of their numbers."""

from __future__ import annotations

import saiunit as u

from gapjunction.connexins._connexin import Connexin

# kT / e in mV at 36.5 degrees Celsius, for papers that give the number z of gating charges.
_KT_WARM = 26.68

# Source of Cx40, Cx43 and Cx45: it gives all three in one form, with single-channel conductances.
_CARDIAC = (
    "Appukuttan, Sathe & Manchanda (2016) Int Conf Systems in Medicine and Biology, 128-131. "
    "https://doi.org/10.1109/ICSMB.2016.7915104, with code, https://modeldb.science/244692"
)
_SECOND_HAND = (
    "The numbers come from the published code. It models measurements of other authors, whom it "
    "does not name. It adds the curves of the two sides, which makes the conductance at rest 1 to "
    "4 % smaller than here. Its gates have a time constant of "
)

Cx26 = Connexin(
    name="Cx26",
    V0=92.0 * u.mV,
    slope=6.4 * u.mV,
    residual=0.2,
    open=135.0 * u.psiemens,
    polarity=1,
    source="Polarity: Verselis, Ginter & Bargiello (1994) Nature 368:348-351.",
    confirmed=False,
    note="Not confirmed: V0, slope (z = 4), residual and conductance are for orientation, and were "
    "not checked against a measurement. Use numbers of your own where they matter. The text of the "
    "paper on the polarity was not checked either.",
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
    note="Mouse, in HeLa cells at 36-37 degrees, potassium aspartate; z = 4. The numbers are "
    "those of the abstract. The residual is that of whole junctions; that of single channels is "
    "48 / 179 = 0.27, and their open probability has V0 = 37 mV, z = 3. The polarity is assumed to "
    "be that of Cx26; it does not matter between cells of the same kind.",
)

Cx36 = Connexin(
    name="Cx36",
    V0=75.0 * u.mV,
    slope=16.7 * u.mV,
    residual=0.55,
    open=14.3 * u.psiemens,
    polarity=-1,
    source="Srinivas, Rozental, Kojima, Dermietzel, Mehler, Condorelli, Kessler & Spray (1999) "
    "J Neurosci 19:9848-9855. https://doi.org/10.1523/JNEUROSCI.19-22-09848.1999; conductance: "
    "Teubner et al. (2000) J Membr Biol 176:249.",
    confirmed=False,
    note="Not confirmed: V0, slope (0.06 / mV) and residual are those that others cite the "
    "first paper for; its text was not checked. The abstract of the second paper has the "
    "conductance of 14.3 pS, which depends little on voltage. The polarity is assumed; it does not "
    "matter between cells of the same kind.",
)

Cx40 = Connexin(
    name="Cx40",
    V0=57.74 * u.mV,
    slope=13.42 * u.mV,
    residual=23.6384 / 162,
    open=162.0 * u.psiemens,
    polarity=-1,
    source=_CARDIAC,
    confirmed=True,
    note=_SECOND_HAND + "1.5 s at V0 (rate=0.33 / second), and a shorter one at other voltages. "
    "Bukauskas, Elfgang, Willecke & Weingart (1995) Biophys J 68:2289 measured mouse Cx40 in HeLa "
    "cells at 36-37 degrees: 198 and 36 pS, V0 = 45 mV and a residual of 0.24, so that these "
    "channels close at smaller voltages. Polarity: in channels with Cx43, the side of Cx40 closes "
    "when its cell is the more negative one.",
)

Cx43 = Connexin(
    name="Cx43",
    V0=61.41 * u.mV,
    slope=8.405 * u.mV,
    residual=14.646 / 61,
    open=61.0 * u.psiemens,
    polarity=-1,
    source=_CARDIAC + "; polarity: Bukauskas, Bukauskiene & Verselis (2002) J Gen Physiol 119:171.",
    confirmed=True,
    note=_SECOND_HAND + "1.3 s at V0 (rate=0.38 / second), and a shorter one at other voltages. "
    "Desplantez et al. (2004) Pflugers Arch 448:363 have for rat Cx43 in HeLa cells V0 = -60.8 and "
    "62.9 mV, slopes of 7.6 and 8.9 mV, and residuals of 0.26 and 0.25 (read from the code of "
    "others). In CsCl, single channels have 120 pS.",
)

Cx45 = Connexin(
    name="Cx45",
    V0=39.55 * u.mV,
    slope=10.24 * u.mV,
    residual=4.2393 / 32,
    open=32.0 * u.psiemens,
    polarity=-1,
    source=_CARDIAC,
    confirmed=True,
    note=_SECOND_HAND + "2.7 s at V0 (rate=0.18 / second), and a shorter one at other voltages. "
    "Desplantez et al. (2004) Pflugers Arch 448:363 have for mouse Cx45 in HeLa cells V0 = -38.9 "
    "and 38.5 mV, slopes of 10.3 and 9.5 mV, and residuals of 0.17 and 0.16 (read from the code of "
    "others). Moreno, Laing, Beyer & Spray (1995) Am J Physiol 268:C356 have 32 pS as well, but "
    "V0 = 13.4 mV and a residual of 0.06. Polarity: in channels with Cx43, the side of Cx45 closes "
    "when its cell is the more negative one.",
)
