"""A channel as the sections of a file."""

from __future__ import annotations

from typing import Any, Final

import saiunit as u

from gapjunction._params import value_of
from gapjunction.ion_channels import Channel, GHKChannel, IonChannel, Mechanism
from gapjunction.ion_channels._ion import NONSPECIFIC, VALENCE, valence_of
from gapjunction.ion_channels._temperature import has_q10, reference_of
from gapjunction.neuroml._nodes import Name, Node, Number, apply
from gapjunction.nmodl._errors import NmodlError
from gapjunction.nmodl._sections import UNITS, Sections
from gapjunction.nmodl._simpler import product, total
from gapjunction.nmodl._spell import Block, number
from gapjunction.nmodl._to_nodes import Input, expression, number_of
from gapjunction.nmodl._write_kinetics import Kinetics

_NONE: Final = u.UNITLESS
# In J / (K mol) and C / mol, the same values as in the library.
_GAS: Final = float(u.gas_constant.to_decimal(u.get_unit(u.joule / u.kelvin / u.mole)))
_FARADAY: Final = float(u.faraday_constant.to_decimal(u.get_unit(u.coulomb / u.mole)))


def channel_sections(cls: type[IonChannel], channel: IonChannel | None) -> Sections:
    """Return the sections of the file of a class, or of a channel with its own numbers."""
    return _Writer(cls, channel).sections()


class _Writer:
    def __init__(self, cls: type[IonChannel], channel: IonChannel | None) -> None:
        self.cls, self.channel = cls, channel
        self.owner: Any = cls if channel is None else channel
        self.what = f"channel {cls.__name__}"
        self.file = Sections(cls.__name__)
        self.inputs: dict[str, Input] = {}

    def sections(self) -> Sections:
        cls, file = self.cls, self.file
        if issubclass(cls, Mechanism) and not cls._per_area:
            raise NmodlError(
                f"currents of {self.what} must be per area to be written, as mechanisms of NMODL "
                "are."
            )
        if self.owner.noise is not None:
            raise NmodlError(f"noise of {self.what} cannot be written.")
        if has_q10(cls) and reference_of(cls) is None:
            raise NmodlError(f"reference_temperature of {self.what} must be given: it has a Q10.")
        if cls.source is not None:
            file.comment = [(cls.__doc__ or "").strip().partition("\n")[0], cls.source.cite()]
        self.ions = {
            *(ion for item in getattr(cls, "currents", {}).values() for ion in item.shares),
            *(() if cls.ion == NONSPECIFIC else (cls.ion,)),
        }
        file.reserve({*VALENCE, *self.ions})
        self._temperature()
        V = self._surroundings()
        amount = self._amount()
        kinetics = Kinetics(cls, file, V, self.inputs)
        block = Block()
        kinetics.solve(block)
        if issubclass(cls, Mechanism):
            self._currents(block, kinetics.share())
        else:
            self._write(block, {cls.ion: product(amount[0], kinetics.share(), amount[1])})
        file.block("BREAKPOINT", block)
        kinetics.write()
        return file

    def _temperature(self) -> None:
        """Declare the temperature, if anything depends on it."""
        cls = self.cls
        read = has_q10(cls) or "temperature" in cls._read_by_parts()
        if not read and not (issubclass(cls, GHKChannel) and cls.RT_F is None):
            self.inputs["temperature"] = Input(Name("celsius"), _NONE)
            if issubclass(cls, GHKChannel):
                self._declare_celsius()
            return
        self._declare_celsius()

    def _declare_celsius(self) -> None:
        celsius = self.owner.temperature
        celsius = reference_of(self.cls) if celsius is None else celsius
        if celsius is None:
            self.file.assigned["celsius"] = "degC"
        else:
            # A simulator replaces this value; it is for programs that read nothing but the file.
            self.file.parameters.append(f"celsius = {number(float(celsius))} (degC)")
        self.inputs["temperature"] = Input(Name("celsius"), _NONE)

    def _surroundings(self) -> Node:
        """Declare what functions read of the cell and of the class; return the voltage."""
        cls, file = self.cls, self.file
        for name, parameter in cls.parameters.items():
            what = f"{name} of {self.what}"
            text, unit = file.unit(u.get_unit(parameter.default), what)
            value = parameter.default
            if self.channel is not None:
                value = value_of(getattr(self.channel, name))
            own = file.safe(name)
            file.parameter(own, number_of(value, unit, what), text)
            self.inputs[name] = Input(Name(own), unit)
        own_names = {*cls.gates, *cls.variables, *cls.parameters}
        own_names |= {"open_fraction", "temperature", "E"}
        for name in cls._read_by_parts():
            if name not in own_names:
                self._concentration(name)
        if self.channel is None or self.channel.V_shift is None:
            return Name("v")
        shift = number_of(value_of(self.channel.V_shift), u.mV, f"V_shift of {self.what}")
        file.parameter("V_shift", shift, "mV")
        return apply("-", Name("v"), Name("V_shift"))

    def _concentration(self, name: str) -> None:
        """Read a value of a pool; an unknown one is refused when a function reads it."""
        kinds = {
            "e": name.removeprefix("E_") if name.startswith("E_") else None,
            "o": name.removesuffix("_out") if name.endswith("_out") else None,
            "i": name,
        }
        for kind, found in kinds.items():
            known = {str(ion): ion for ion in (*VALENCE, *self.ions)}
            if found in known:
                unit = u.mV if kind == "e" else u.mM
                self.inputs[name] = Input(Name(self.file.read(known[found], kind)), unit)
                return

    def _amount(self) -> tuple[Node, Node]:
        """Return conductance and driving force, or permeability and constant-field current."""
        cls, owner = self.cls, self.owner
        if issubclass(cls, Channel):
            g = self._per_area("g_max", owner.g_max, "S/cm2", "gbar")
            if owner.E is None:
                raise NmodlError(f"E of {self.what} must be given to be written.")
            if isinstance(owner.E, str):
                reversal = self.file.read(cls.ion, "e")
            else:
                value = number_of(value_of(owner.E), u.mV, f"E of {self.what}")
                self.file.parameter("erev", value, "mV")
                reversal = "erev"
            self.inputs["E"] = Input(Name(reversal), u.mV)
            return g, apply("-", Name("v"), Name(reversal))
        if issubclass(cls, GHKChannel):
            return self._per_area("P_max", owner.P_max, "cm/s", "pbar"), self._field(cls)
        return Number(1.0), Number(1.0)

    def _per_area(self, name: str, value: Any, unit: str, called: str) -> Node:
        what = f"{name} of {self.what}"
        if value is None:
            raise NmodlError(f"{what} must be given to be written.")
        value = value_of(value)
        if u.get_unit(value).dim != UNITS[unit].dim:
            raise NmodlError(
                f"{what} must be per area to be written, as mechanisms of NMODL are; its unit is "
                f"{u.get_unit(value)}."
            )
        self.file.parameter(called, number_of(value, UNITS[unit], what), unit)
        return Name(called)

    def _field(self, cls: type[GHKChannel]) -> Node:
        """Return the constant-field current per permeability, in mA/cm2 per cm/s."""
        celsius, what = self.inputs["temperature"], f"RT_F of {self.what}"
        # It is read from the namespace of the class that declares it, because attribute access
        # would bind a function as a method.
        declared = next(vars(base)["RT_F"] for base in cls.__mro__ if "RT_F" in vars(base))
        if declared is None:
            kelvin = apply("+", celsius.node, Number(273.15))
            scale: Node = product(Number(1e3 * _GAS / _FARADAY), kelvin)
        elif callable(declared) and not isinstance(declared, (u.Quantity, u.Unit)):
            scale = expression(lambda t: declared(t), celsius, {}, u.mV, what)
        else:
            scale = Number(number_of(declared, u.mV, what))
        z = valence_of(cls.ion)
        sides = [Name(self.file.read(cls.ion, kind)) for kind in "io"]
        xi = apply("/", product(Number(float(z)), Name("v")), scale)
        return product(Number(1e-3 * z * _FARADAY), apply("ghk", xi, *sides))

    def _currents(self, block: Block, share: Node) -> None:
        """Write the currents of a mechanism, each to the ions that carry it."""
        cls = self.cls
        inputs = {**self.inputs, "open_fraction": Input(share, _NONE)}
        flows: dict[str, list[Node]] = {}
        for name, current in getattr(cls, "currents", {}).items():
            what = f"current {name!r} of {self.what}"
            first = Input(Name("v"), u.mV)
            node: Node = expression(current.function, first, inputs, UNITS["mA/cm2"], what)
            shares = {ion: float(part) for ion, part in current.shares.items()}
            # The part that no ion carries is a nonspecific current.
            shares[NONSPECIFIC] = 1.0 - sum(shares.values())
            if list(shares.values()) != [1.0, 0.0]:
                net = self.file.variable(self.file.safe(f"i_{name}"), "mA/cm2")
                block.assign([(net, node)])
                node = Name(net)
            for ion, part in shares.items():
                if abs(part) > 1e-12:
                    flows.setdefault(ion, []).append(product(Number(part), node))
        self._write(block, {ion: total(nodes) for ion, nodes in flows.items()})

    def _write(self, block: Block, flows: dict[str, Node]) -> None:
        values = []
        for ion, node in flows.items():
            if ion == NONSPECIFIC:
                self.file.nonspecific = True
                self.file.assigned["i"] = "mA/cm2"
                values.append(("i", node))
            else:
                values.append((self.file.write(ion), node))
        block.assign(values)
