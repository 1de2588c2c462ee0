"""The guide's table of units holds for the neurons that it names."""

import inspect
import re
from pathlib import Path

import braincell
import brainpy.state as bp
import brainstate
import braintools
import pytest
import saiunit as u

import gapjunction as gj

PAGE = Path(__file__).parents[2] / "docs" / "guide" / "units.md"
UNITS = {
    "mS": u.mS,
    "S": u.siemens,
    "nS": u.nS,
    "mS/cm2": u.mS / u.cm**2,
    "S/cm2": u.siemens / u.cm**2,
    "1/ms": 1 / u.ms,
    "mV": u.mV,
    "uA": u.uA,
    "mA": u.mA,
    "nA": u.nA,
    "uA/cm2": u.uA / u.cm**2,
    "mA/cm2": u.mA / u.cm**2,
    "nA/cm2": u.nA / u.cm**2,
    "mV/ms": u.mV / u.ms,
    "a number": 1.0,
}
PER_AREA = "per area"


def rows():
    """Return (name, settings, unit of V, of the input, of the weight) for each neuron."""
    text = PAGE.read_text()
    found, names = [], []
    for line in text[: text.index("Names without a module")].splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not line.startswith("|") or len(cells) != 5 or cells[0] in ("neurons", "---"):
            continue
        said = re.findall(r"`([^`]*)`", cells[0])
        settings = [item for item in said if "=" in item]
        if cells[0].startswith("the same, all parameters per area"):
            settings = PER_AREA
        else:
            names = [item for item in said if "=" not in item]
        found += [(name, settings, *cells[2:]) for name in names]
    return found


ROWS = rows()


def densities(kind):
    """Return the defaults of a neuron, per area where they are absolute."""
    found = {}
    for name, parameter in inspect.signature(kind.__init__).parameters.items():
        value = parameter.default
        if isinstance(value, braintools.init.Constant):
            value = value.value
        dim = u.get_unit(value).dim if isinstance(value, u.Quantity) else None
        if dim in (u.siemens.dim, u.farad.dim, u.amp.dim):
            value = value / u.cm**2
        elif dim == u.ohm.dim:
            value = value * u.cm**2
        else:
            continue
        constant = isinstance(parameter.default, braintools.init.Constant)
        found[name] = braintools.init.Constant(value) if constant else value
    assert found
    return found


def neuron(name, settings):
    module, _, last = name.rpartition(".")
    kind = getattr({"": bp, "braincell": braincell, "gapjunction": gj}[module], last)
    if settings == PER_AREA:
        keywords = densities(kind)
    else:
        keywords = eval(f"dict({', '.join(settings)})", {"u": u})
    if kind is gj.PointNeuron:
        per_area = keywords["C"].dim != u.farad.dim
        g = 0.1 * u.mS / u.cm**2 if per_area else 1.0 * u.nS
        keywords["channels"] = {"leak": gj.ion_channels.Channel(2, g, -65 * u.mV)}
    with brainstate.environ.context(dt=0.1 * u.ms):
        cells = kind(2, **keywords)
        cells.init_state()
    return cells


# Conductances are tiny here, so that they change nothing but the unit.
@pytest.mark.filterwarnings("ignore::gapjunction.GapJunctionWarning")
@pytest.mark.parametrize(("name", "settings", "volt", "takes", "weight"), ROWS)
def test_table_holds(name, settings, volt, takes, weight):
    cells = neuron(name, settings)
    assert u.get_unit(cells.V.value).dim == u.get_unit(UNITS[volt]).dim
    gap = gj.SymmetryGapJunction(cells, "V", ([0], [1]), UNITS[weight] * 1e-9)
    with brainstate.environ.context(dt=0.01 * u.ms, t=0 * u.ms, i=0):
        gap()
        cells(UNITS[takes] * 0.0)
    # The neuron's own units, not only their kinds, where it shows them by its default input.
    wrong = {str(u.get_unit(x).dim): x for x in UNITS.values()}
    wrong.pop(str(u.get_unit(UNITS[weight]).dim))
    for other in wrong.values():
        with pytest.raises(u.UnitMismatchError, match="weight must be a conductance"):
            gj.SymmetryGapJunction(cells, "V", ([0], [1]), other * 1e-3)


def test_no_neuron_is_left_out():
    named = {name for name, *_ in ROWS}
    own = {
        name
        for name in bp.__all__
        if isinstance(kind := getattr(bp, name), type)
        and issubclass(kind, bp.Neuron)
        and kind is not bp.Neuron
        # brainpy 2.8's replicas of NEST's models, gone in 2.9.
        and not any(base.__name__ == "NESTNeuron" for base in kind.__mro__)
        and name[0].isupper()
    }
    # Those with synapses of their own are integrate-and-fire neurons otherwise.
    assert own - named <= {"CobaLIF", "CubaLIF"}
