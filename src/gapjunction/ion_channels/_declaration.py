"""Checks of the attributes that declare a channel class."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Collection
from typing import TYPE_CHECKING

import brainstate
import saiunit as u

from gapjunction._checks import check_choice, check_real, describe
from gapjunction.ion_channels._kinetics import Kinetics
from gapjunction.ion_channels._nernst import VALENCE

if TYPE_CHECKING:
    from gapjunction.ion_channels._ion_channel import IonChannel

# A channel uses these attributes itself, so a gate must not have their names.
_STATES = ("V", "name", "in_size", "out_size", "V_shift", "gates", "before_updates")
# Nor may a gate have the name of an attribute of one of these classes.
_BASES = ("IonChannel", "Channel", "GHKChannel", "Module", "Node")
# What a declaration may set depends on its form: a permeability is not for an ohmic channel.
_FORMS = ("g_max", "E", "P_max")
# What other programs call the attributes of a declaration, for the hint in an error message.
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


def collect_gates(cls: type) -> dict[str, Kinetics]:
    """Return the gates of a class and its bases, without those that a subclass sets to None."""
    found: dict[str, Kinetics] = {}
    for base in reversed(cls.__mro__):
        for name, item in vars(base).items():
            if isinstance(item, Kinetics):
                found[name] = item
            elif name in found and item is None:
                del found[name]
            elif name in found:
                raise ValueError(
                    f"gate {name} of {cls.__name__} must be a Gate or Markov, or None to remove "
                    f"it; got {describe(item)}."
                )
            elif isinstance(item, tuple) and any(isinstance(x, Kinetics) for x in item):
                raise ValueError(
                    f"gate {name} of {cls.__name__} must be a Gate or Markov, got a tuple that "
                    "holds one: is there a comma after it?"
                )
    return found


def check_declaration(cls: type[IonChannel]) -> None:
    """Raise an error for invalid names, terms or numbers in a declaration."""
    kind = cls.__name__
    check_choice(f"ion of {kind}", cls.ion, (*VALENCE, "nonspecific"))
    names = list(cls.gates)
    for name, gate in cls.gates.items():
        taken = any(name in vars(base) for base in cls.__mro__ if base.__name__ in _BASES)
        if taken or name in _STATES or name.startswith("_"):
            raise ValueError(f"gate {name} of {kind} must not be called {name!r}.")
        gate.check(f"{name!r} of {kind}", names[: names.index(name)])
    _check_terms(cls, kind)
    check_real(f"q10_conductance of {kind}", cls.q10_conductance, low=1e-6)
    for name in ("temperature", "reference_temperature"):
        if getattr(cls, name) is not None:
            check_real(f"{name} of {kind}", getattr(cls, name), low=-273.15)


def check_known(cls: type[IonChannel], gates: Collection[str]) -> None:
    """Raise an error for attributes of a class body that nothing reads."""
    for base in cls.__mro__:
        # Other channels were checked when they were made.
        if base is cls or not issubclass(base, brainstate.graph.Node):
            _check_body(cls, base, gates)


def _check_body(cls: type[IonChannel], base: type, gates: Collection[str]) -> None:
    if "fields" in vars(base):
        # A class that says what declarations may set is a form of channel, and not a declaration.
        return
    own = {key for key, text in inspect.get_annotations(base).items() if "ClassVar" in str(text)}
    for name, item in vars(base).items():
        known = name in cls.fields or name in gates or name in own or name.startswith("_")
        if known or item is None or _is_code(item):
            continue
        near = difflib.get_close_matches(name, cls.fields, n=1)
        meant = _MEANT.get(name) or (near[0] if near else None)
        if meant is None or (meant in _FORMS and meant not in cls.fields):
            meant = f"one of {', '.join(cls.fields)}"
        raise ValueError(
            f"{name} of {cls.__name__} is not known, so that nothing would read it; is {meant} "
            "meant? A constant of the class's own is annotated as a ClassVar, or begins with an "
            "underscore."
        )


def _is_code(item: object) -> bool:
    """Whether an attribute is a method, a property or a class."""
    if isinstance(item, (u.Quantity, u.Unit)):
        return False
    return isinstance(item, type) or "__get__" in dir(type(item))


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
    read = {name for gate in cls.gates.values() for name in gate.reads}
    if idle := sorted(set(cls.gates) - used - read):
        raise ValueError(f"terms of {kind} must use all its gates; {idle[0]!r} is in none of them.")
