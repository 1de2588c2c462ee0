"""Collects and checks what the attributes of a channel or pool class declare."""

from __future__ import annotations

import difflib
import inspect
import types
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import brainstate
import saiunit as u

from gapjunction._checks import check_real, describe
from gapjunction._typing import ArrayLike, QuantityLike
from gapjunction.ion_channels._current import Current
from gapjunction.ion_channels._ion import NONSPECIFIC, check_ion
from gapjunction.ion_channels._kinetics import Kinetics
from gapjunction.ion_channels._parameter import Parameter, check_like
from gapjunction.ion_channels._variable import Variable

if TYPE_CHECKING:
    from gapjunction.ion_channels._ion_channel import IonChannel

_Item = TypeVar("_Item")
Part = Kinetics | Variable | Current | Parameter
# A channel uses these attributes itself, so that a gate cannot have these names.
_STATES = ("V", "name", "in_size", "out_size", "V_shift", "gates", "before_updates")
# Attributes that only some forms of channel have: an ohmic channel has no permeability. An error
# message suggests one of them only for a form that has it.
_FORMS = ("g_max", "E", "P_max", "RT_F", "terms", "ion")
# Names that other programs use for attributes of a declaration, for hints in error messages.
_MEANT = {
    "gmax": "g_max",
    "gbar": "g_max",
    "g": "g_max",
    "Pmax": "P_max",
    "pmax": "P_max",
    "pbar": "P_max",
    "e": "E",
    "Erev": "E",
    "E_rev": "E",
    "q10": "q10 of a Gate, or q10_conductance,",
    "Q10": "q10 of a Gate, or q10_conductance,",
    "T_ref": "reference_temperature",
    "celsius": "temperature",
    "vshift": "the argument V_shift, when a channel is made,",
    "V_shift": "the argument V_shift, when a channel is made,",
}


def collect(cls: type, kind: type[_Item], what: str) -> dict[str, _Item]:
    """Return the items of one kind that a class and its bases declare, by name.

    A subclass replaces an inherited item by declaring another one of its name, and removes it by
    setting it to None.

    Parameters
    ----------
    cls : type
        The class.
    kind : type
        The kind of item.
    what : str
        How error messages call such an item, such as "gate".
    """
    found: dict[str, _Item] = {}
    for base in reversed(cls.__mro__):
        for name, item in vars(base).items():
            if isinstance(item, kind):
                found[name] = item
            elif name in found and item is None:
                del found[name]
            elif name in found:
                raise ValueError(
                    f"{what} {name} of {cls.__name__} must be a {_named(kind)}, or None to remove "
                    f"it; got {describe(item)}."
                )
            elif isinstance(item, tuple) and any(isinstance(x, kind) for x in item):
                raise ValueError(
                    f"{what} {name} of {cls.__name__} must be a {_named(kind)}, got a tuple that "
                    "holds one: is there a comma after it?"
                )
    return found


def collect_parameters(cls: type) -> dict[str, Parameter]:
    """Return the parameters of a class and its bases; a subclass may change a default."""
    found: dict[str, Parameter] = {}
    for base in reversed(cls.__mro__):
        for name, item in vars(base).items():
            if isinstance(item, Parameter):
                if item.name != name:
                    raise ValueError(
                        f"{name} of {cls.__name__} must be its own Parameter: the one given is "
                        f"called {item.name!r} already."
                    )
                found[name] = item
            elif name in found:
                check_like(f"{name} of {cls.__name__}", item, found[name].default)
                found[name] = Parameter(item)
                found[name].__set_name__(cls, name)
    return found


def check_names(cls: type, parts: Mapping[str, Part], also: Collection[str] = ()) -> None:
    """Raise an error for a part of a declaration whose name has another meaning already.

    Parameters
    ----------
    cls : type
        The class.
    parts : dict of str to Gate, Markov, Variable, Current or Parameter
        The declared parts, by name.
    also : collection of str
        Names that are not allowed besides those of attributes of the library's own classes.
    """
    for name, item in parts.items():
        # A part would replace the attribute that the library's own classes have under its name.
        taken = any(name in vars(base) for base in cls.__mro__ if _is_form(base))
        if taken or name in _STATES or name in also or name.startswith("_"):
            raise ValueError(
                f"{_called(item)} {name} of {cls.__name__} must not be called {name!r}."
            )


def check_known(cls: type[Any], parts: Collection[str]) -> None:
    """Raise an error for attributes in the body of a class that nothing reads."""
    for base in cls.__mro__:
        # Bases that are channels were checked when they were declared.
        if base is cls or not issubclass(base, brainstate.graph.Node):
            _check_body(cls, base, parts)


def declare(
    cls: type[IonChannel], offers: Mapping[str, ArrayLike], further: Mapping[str, Current]
) -> None:
    """Give a channel class its gates, variables and parameters, after checking all of them.

    Parameters
    ----------
    cls : type
        The class.
    offers : dict of str to number or Quantity
        Examples of what rates may read in every channel of this form.
    further : dict of str to Current
        The currents that it declares, if its form has them.
    """
    gates = collect(cls, Kinetics, "gate")  # type: ignore[type-abstract]
    variables = collect(cls, Variable, "variable")
    parameters = collect_parameters(cls)
    check_names(cls, {**gates, **variables, **parameters})
    check_known(cls, [*gates, *variables, *parameters, *further])
    check_read(cls, parameters, [*gates.values(), *variables.values(), *further.values()])
    cls.gates, cls.variables, cls.parameters = gates, variables, parameters
    cls.rate_constants = {
        rate.name: unit
        for gate in gates.values()
        for rate, unit in gate.declared().values()
        if isinstance(rate, Parameter)
    }
    known = {**offers, **{name: item.default for name, item in parameters.items()}}
    kind = cls.__name__
    check_ion(f"ion of {kind}", cls.ion, NONSPECIFIC)
    for name, variable in cls.variables.items():
        known[name] = example(variable.unit(f"{name!r} of {kind}", known))
    readings = dict(known)
    for name, gate in cls.gates.items():
        gate.check(f"{name!r} of {kind}", readings)
        readings[name] = 0.5
    for name, variable in cls.variables.items():
        variable.check(f"{name!r} of {kind}", readings)
    _check_terms(cls, kind)
    check_real(f"q10_conductance of {kind}", cls.q10_conductance, low=1e-6)
    for name in ("temperature", "reference_temperature"):
        if getattr(cls, name) is not None:
            check_real(f"{name} of {kind}", getattr(cls, name), low=-273.15)


def check_read(
    cls: type, parameters: Collection[str], readers: Collection[Kinetics | Variable | Current]
) -> None:
    """Raise an error for a parameter that nothing in the declaration reads."""
    read = {name for part in readers for name in part.reads}
    idle = [name for name in parameters if name not in read]
    # A parameter may be read by a method that the class itself defines.
    if idle and not any(_has_code(base) for base in cls.__mro__ if not _is_form(base)):
        raise ValueError(
            f"parameter {idle[0]!r} of {cls.__name__} must be read by a gate, a variable or a "
            "current: nothing reads it."
        )


def example(unit: u.Unit) -> QuantityLike | float:
    """Return a value in a unit, for trials."""
    return 0.5 if unit.is_unitless else 0.5 * unit


def _is_form(base: type) -> bool:
    # A class that defines what declarations may set is a form of channel, not a declaration.
    return "fields" in vars(base) or base in brainstate.nn.Module.__mro__[:-1]


def _named(kind: type) -> str:
    return "Gate or Markov" if kind is Kinetics else kind.__name__


def _called(item: Part) -> str:
    return "gate" if isinstance(item, Kinetics) else type(item).__name__.lower()


def _check_body(cls: type[Any], base: type, parts: Collection[str]) -> None:
    if _is_form(base):
        return
    own = {key for key, text in inspect.get_annotations(base).items() if "ClassVar" in str(text)}
    for name, item in vars(base).items():
        known = name in cls.fields or name in parts or name in own or name.startswith("_")
        if known or item is None or _is_code(item):
            continue
        near = difflib.get_close_matches(name, cls.fields, n=1)
        meant = _MEANT.get(name) or (near[0] if near else None)
        if meant is None or (meant in _FORMS and meant not in cls.fields):
            meant = f"one of {', '.join(cls.fields)}"
        raise ValueError(
            f"{name} of {cls.__name__} is not known, so that nothing would read it; is {meant} "
            "meant? Declare a number that rates read as a Parameter; annotate any other constant "
            "as a ClassVar, or let its name begin with an underscore."
        )


def _is_code(item: object) -> bool:
    """Whether an attribute is a method, a property or a class."""
    if isinstance(item, (u.Quantity, u.Unit)):
        return False
    return isinstance(item, type) or "__get__" in dir(type(item))


def _has_code(base: type) -> bool:
    code = (types.FunctionType, property, classmethod, staticmethod)
    return base.__module__ != "builtins" and any(isinstance(x, code) for x in vars(base).values())


def _check_terms(cls: type[IonChannel], kind: str) -> None:
    if cls.terms is None:
        return
    used: set[str] = set()
    for term in cls.terms if isinstance(cls.terms, tuple) else (None,):
        if not (isinstance(term, tuple) and len(term) == 2 and isinstance(term[1], tuple)):
            raise ValueError(
                f"terms of {kind} must be pairs of a number and a tuple of gates, such as "
                f"((0.85, ('n',)), (0.15, ('p',))); got {describe(cls.terms)}."
            )
        check_real(f"terms of {kind}", term[0])
        for name in term[1]:
            if name not in cls.gates:
                raise ValueError(
                    f"terms of {kind} must name its gates {sorted(cls.gates)}, got {name!r}."
                )
        used |= set(term[1])
    parts: list[Kinetics | Variable] = [*cls.gates.values(), *cls.variables.values()]
    read = {name for part in parts for name in part.reads}
    if idle := sorted(set(cls.gates) - used - read):
        raise ValueError(f"terms of {kind} must use all its gates; {idle[0]!r} is in none of them.")
