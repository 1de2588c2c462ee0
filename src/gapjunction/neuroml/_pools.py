"""Concentration models of a file as classes of pools."""

from __future__ import annotations

import math
import types
from collections.abc import Callable
from typing import Any, Final
from xml.etree.ElementTree import Element

import saiunit as u

from gapjunction._typing import ArrayLike
from gapjunction.ion_channels import Parameter, Pool, Variable
from gapjunction.neuroml._densities import IONS
from gapjunction.neuroml._document import Document
from gapjunction.neuroml._errors import NeuromlError
from gapjunction.neuroml._names import class_name
from gapjunction.neuroml._units import DIMENSIONS

# For each type, the names of the attributes for rest and time constant.
POOLS: Final = {
    "decayingPoolConcentrationModel": ("restingConc", "decayConstant"),
    "fixedFactorConcentrationModel": ("restingConc", "decayConstant"),
    "fixedFactorConcentrationModelTraub": ("restingConc", "beta"),
    "concentrationModelHayEtAl": ("minCai", "decay"),
}
UNSUPPORTED_POOLS: Final = ("concentrationModel",)
# The charge number of calcium, the only ion that the equations of these types are for.
_CHARGES: Final = 2
_GAIN = u.get_unit(u.mM / (u.uA / u.cm**2 * u.ms))


def build_pool(
    root: Element, element: Element, given: dict[str, ArrayLike]
) -> tuple[type[Pool], Document]:
    """Return the class of a concentration model, and the notes for the report."""
    document = Document(root, given)
    name = document.attribute(element, "id", f"a {element.tag}")
    what = f"{element.tag} {name!r}"
    tag = element.get("type", "") if element.tag == "concentrationModel" else element.tag
    # A file may define a type of this name in another way.
    if tag not in POOLS or any(x.get("name") == tag for x in root.iter("ComponentType")):
        raise NeuromlError(f"{what} is not supported.")
    ion = document.attribute(element, "ion", what).lower()
    if ion != "ca":
        raise NeuromlError(
            f"ion of {what} must be 'ca', which its equation is for; got {ion[:40]!r}."
        )

    def number(key: str, attribute: str, dimension: str) -> float:
        text = document.attribute(element, attribute, what)
        return document.number(key, text, DIMENSIONS[dimension], f"{attribute} of {what}")

    names = POOLS[tag]
    rest = number("rest", names[0], "concentration")
    traub = tag == "fixedFactorConcentrationModelTraub"
    tau = number("beta" if traub else "tau", names[1], "per_time" if traub else "time")
    for key, value in zip(names, (rest, tau), strict=True):
        if value < 0 or (key == names[1] and value == 0):
            raise NeuromlError(f"{key} of {what} must be positive, got {value:g}.")
    if traub:
        # This type has a factor of 1e-9 in its equation, and a rate in place of a time constant.
        tau, gain = 1 / tau, number("phi", "phi", "rho_factor") * 1e-9 * 1e7
    elif tag == "fixedFactorConcentrationModel":
        # From mol per m, A and s to mM per uA/cm2 and ms: 1 uA/cm2 is 0.01 A/m2.
        gain = number("rho", "rho", "rho_factor") * 1e7
    elif tag == "concentrationModelHayEtAl":
        free = number("gamma", "gamma", "none")
        gain = free * _per_depth(number("depth", "depth", "length"), f"depth of {what}")
    else:
        depth = number("depth", "shellThickness", "length") * _share(document, what, element)
        gain = _per_depth(depth, f"shellThickness of {what}")
    body: dict[str, Any] = {
        "__doc__": f"Concentration model {name[:100]}, read from NeuroML.",
        "__module__": __name__,
        "ion": IONS[ion],
        "gain": Parameter(u.Quantity(gain, unit=_GAIN)),
        "tau": Parameter(tau * u.ms),
        "rest": Parameter(rest * u.mM),
    }
    body["inside"] = Variable(_fills(), start=body["rest"])
    document.check_all_used()
    document.notes.imported.append("inside: filled by current, decays to rest")
    try:
        return types.new_class(
            class_name(name), (Pool,), exec_body=lambda x: x.update(body)
        ), document
    except (ValueError, TypeError) as error:
        raise NeuromlError(f"{what} cannot be declared: {error}") from error


def _per_depth(depth: float, what: str) -> float:
    """Return the gain of a shell of a depth in m."""
    if depth <= 0:
        raise NeuromlError(f"{what} must be positive.")
    # The types' definitions have 96485.3 C/mol, which differs in the seventh digit.
    return float((1 / (_CHARGES * u.faraday_constant * depth * u.meter)).to_decimal(_GAIN))


def _fills() -> Callable[..., Any]:
    return lambda current, inside, gain, tau, rest: -gain * current - (inside - rest) / tau


def _share(document: Document, what: str, element: Element) -> float:
    """Return the volume of the shell divided by thickness and area of the membrane."""
    document.notes.numbers["area"] = "not in the file"
    area = document.given("area", float("nan"), DIMENSIONS["area"])
    thickness = document.given("depth", float("nan"), DIMENSIONS["length"])
    if area != area:
        document.notes.approximated.append(
            f"{what}: a flat shell, of volume area * shellThickness; with area=, a sphere's"
        )
        return 1.0
    if thickness != thickness:
        text = element.get("shellThickness", "")
        thickness = document.number(
            "depth", text, DIMENSIONS["length"], f"shellThickness of {what}"
        )
    radius = math.sqrt(max(area, 0.0) / (4 * math.pi))
    if not 0 < thickness <= radius:
        raise NeuromlError(
            f"area must be that of a sphere wider than the shell of {what}, got {area:g} m2."
        )
    ratio = thickness / radius
    return 1 - ratio + ratio**2 / 3
