"""The numbers of a channel class by name, and classes with others in their place."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import saiunit as u

from gapjunction._checks import check_choice, describe
from gapjunction.ion_channels import Channel, GHKChannel, IonChannel, Markov, Parameter, RateForm
from gapjunction.ion_channels._temperature import reference_of

_FIELDS = ("scale", "V_half", "slope")


def numbers_of(cls: type[IonChannel]) -> dict[str, Any]:
    """Return all numbers of a class that can be fitted, by name.

    They are ``g_max``, ``E`` or ``P_max``, declared parameters by their names, the numbers of rate
    forms (``n.alpha.V_half``, for a scheme ``s.C->O.V_half``), and rates, time constants and steady
    states that are constant (``h.time_constant``).
    """
    found: dict[str, Any] = {}
    if issubclass(cls, Channel):
        found |= {"g_max": cls.g_max, "E": None if isinstance(cls.E, str) else cls.E}
    if issubclass(cls, GHKChannel):
        found["P_max"] = cls.P_max
    found |= {name: parameter.default for name, parameter in cls.parameters.items()}
    for place, rate in _rates(cls).items():
        for field in _FIELDS if isinstance(rate, RateForm) else ("",):
            value = getattr(rate, field) if field else rate
            if not (callable(value) and not isinstance(value, (u.Quantity, u.Unit))):
                found[".".join((*place, *([field] if field else [])))] = value
    return {
        name: value
        for name, value in found.items()
        if value is not None and not isinstance(value, Parameter)
    }


def chosen(cls: type[IonChannel], names: str | Iterable[str]) -> list[str]:
    """Return the numbers for given names: ``n`` or ``n.alpha`` stands for all numbers within it."""
    if isinstance(names, str):
        raise TypeError(f"names must be a list of names, got {names!r}.")
    known = numbers_of(cls)
    found: dict[str, None] = {}
    for name in names:
        if not isinstance(name, str):
            raise TypeError(f"names must hold names, got {describe(name)}.")
        within = [key for key in known if key == name or key.startswith(f"{name}.")]
        if not within:
            check_choice("names", name, known)
        found |= dict.fromkeys(within)
    if not found:
        raise ValueError("names must hold a number to fit, got none.")
    return list(found)


def with_parameters(cls: type[IonChannel], names: Sequence[str]) -> tuple[Any, dict[str, str]]:
    """Return a class whose instances take numbers as arguments, and the names of the arguments."""
    values = numbers_of(cls)
    called = {name: name if "." not in name else _argument(name) for name in names}
    free = {name: Parameter(values[name]) for name in names if "." in name}
    body: dict[str, Any] = {called[name]: parameter for name, parameter in free.items()}
    return _subclass(cls, {**body, **_parts(cls, free)}, cls.__name__), called


def with_numbers(cls: type[IonChannel], values: Mapping[str, Any], name: str) -> type[IonChannel]:
    """Return a class of this name with other numbers."""
    body = {key: value for key, value in values.items() if "." not in key}
    within = {key: value for key, value in values.items() if "." in key}
    return _subclass(cls, {**body, **_parts(cls, within)}, name)


def _subclass(cls: type[IonChannel], body: dict[str, Any], name: str) -> Any:
    # The numbers are no longer those of the source, but they hold at the same temperature.
    reference = reference_of(cls)
    own = {"source": None, "reference_temperature": reference, "__module__": cls.__module__}
    if cls.temperature is None and reference is not None:
        own["temperature"] = reference
    kind: Any = type(cls)
    own["__doc__"] = f"{cls.__name__}, with other numbers."
    return kind(name, (cls,), {**own, **body})


def _argument(name: str) -> str:
    return "fit_" + name.replace("->", "_to_").replace(".", "_")


def _rates(cls: type[IonChannel]) -> dict[tuple[str, str], Any]:
    """Return all rates of gates and schemes, by gate and name."""
    found: dict[tuple[str, str], Any] = {}
    for name, gate in cls.gates.items():
        if isinstance(gate, Markov):
            found |= {(name, f"{a}->{b}"): rate for (a, b), rate in gate.rates.items()}
        else:
            found |= {
                (name, key): rate for key, (rate, _) in gate.declared().items() if key != "start"
            }
    return found


def _parts(cls: type[IonChannel], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the gates of a class with other numbers within them."""
    gates: dict[str, Any] = dict(cls.gates)
    changed: dict[str, Any] = {}
    for (name, key), rate in _rates(cls).items():
        new = values.get(f"{name}.{key}", rate)
        if isinstance(rate, RateForm):
            own = {x: values[f"{name}.{key}.{x}"] for x in _FIELDS if f"{name}.{key}.{x}" in values}
            new = dataclasses.replace(rate, **own) if own else rate
        if new is rate:
            continue
        gate = changed.get(name, gates[name])
        if isinstance(gate, Markov):
            a, _, b = key.partition("->")
            changed[name] = dataclasses.replace(gate, rates={**gate.rates, (a, b): new})
        else:
            changed[name] = dataclasses.replace(gate, **{key: new})
    return changed
