"""What a model consists of apart from its states, as text that can be compared.

A checkpoint contains the states. Everything else, such as the edges of a junction, its coupling
mode and constant parameters, is built again by the script when a run is resumed, and has to be the
same.
"""

from __future__ import annotations

import dataclasses
import dis
import enum
import functools
import sys
import types
import zlib
from collections.abc import Iterator, Mapping
from typing import Any, Final

import brainstate
import jax
import numpy as np
import saiunit as u
from brainstate.graph import Node

from gapjunction.runs._states import checksum, names_of, unit_name

_PLAIN: Final = (bool, int, float, complex, str, bytes, type(None), np.generic)

_LIBRARIES: Final = ("gapjunction", "brainpy", "brainstate", "braintools", "braincell")
_DEPTH: Final = 4

_INSTALLED: Final = (*_LIBRARIES, "jax", "numpy", "saiunit", "scipy")
"""Packages whose functions are described without the global variables that they read."""

CODE: Final = f"(code, Python {sys.version_info.major}.{sys.version_info.minor})"
"""The end of the name of a fact about the code of a function.

It names the Python, because the same function is other code in another Python; see `differences`.
"""


def facts_of(model: brainstate.nn.Module) -> dict[str, str]:
    """Return the facts of a model by name, as in ``gap.edges.pre_ids``: numbers, arrays, texts.

    The facts of a function are its name, its code, its default arguments, and the variables of the
    surrounding functions and of its module that it reads.
    """
    found: dict[str, str] = {}
    nodes = model.nodes()
    names = names_of(nodes)
    for path, node in nodes.items():
        # Plugs and ports would only repeat the facts of their junctions.
        if type(node).__module__.startswith("gapjunction.coupling."):
            continue
        place = names[path]
        found[place or "model"] = _name_of(type(node))
        for key, value in vars(node).items():
            if key.startswith("_") and not _is_private_fact(node, value):
                continue
            found.update(describe_parts(f"{place}.{key}" if place else key, value))
    return found


def describe_parts(name: str, value: object) -> dict[str, str]:
    """Return the facts of one value by name; none for states and nodes, which have their own."""
    return dict(_parts(name, value, ()))


def _is_private_fact(node: Node, value: object) -> bool:
    """Return whether a private attribute may be what a user has given a model.

    Only arrays count, because other private attributes are internal. In classes of the libraries,
    private attributes may also hold values that the last step has computed.
    """
    library = type(node).__module__.partition(".")[0] in _LIBRARIES
    return not library and isinstance(value, (np.ndarray, jax.Array, u.Quantity))


def _parts(name: str, value: Any, within: tuple[int, ...]) -> Iterator[tuple[str, str]]:
    if isinstance(value, (brainstate.State, Node)) or id(value) in within:
        return
    if isinstance(u.get_mantissa(value), jax.core.Tracer):
        # A traced value is left over from an earlier trace, and has no meaning any more.
        return
    inner = (*within, id(value))
    if isinstance(value, _PLAIN):
        yield name, repr(value)
    elif isinstance(value, u.Unit):
        yield name, unit_name(value)
    elif isinstance(value, (np.ndarray, jax.Array, u.Quantity)):
        yield name, _array(value)
    elif isinstance(value, enum.Enum):
        yield name, str(value)
    elif isinstance(value, types.FunctionType):
        yield name, _name_of(value)
        yield f"{name}{CODE}", f"{zlib.crc32(_code(value.__code__).encode()):08x}"
        closure = [cell.cell_contents for cell in value.__closure__ or () if _is_filled(cell)]
        yield from _parts(f"{name}(closure)", closure, inner)
        yield from _parts(f"{name}(defaults)", value.__defaults__, inner)
        yield from _parts(f"{name}(keyword defaults)", value.__kwdefaults__ or (), inner)
        yield from _parts(f"{name}(globals)", _globals_of(value), inner)
    elif isinstance(value, types.MethodType):
        yield name, _name_of(value)
        yield from _parts(f"{name}(self)", value.__self__, inner)
    elif isinstance(value, (type, types.BuiltinFunctionType)):
        yield name, _name_of(value)
    elif isinstance(value, functools.partial):
        yield from _parts(name, (value.func, value.args, value.keywords), inner)
    elif isinstance(value, Mapping):
        for key, part in value.items():
            yield from _parts(f"{name}[{key!r}]", part, inner)
    elif isinstance(value, (list, tuple)):
        for k, part in enumerate(value):
            yield from _parts(f"{name}[{k}]", part, inner)
    elif isinstance(value, (set, frozenset)):
        yield name, repr(sorted(map(str, value)))
    else:
        yield name, _name_of(type(value))
        if len(inner) <= _DEPTH:
            for key, part in _attributes(value):
                if not key.startswith("_"):
                    yield from _parts(f"{name}.{key}", part, inner)


def _attributes(value: object) -> list[tuple[str, object]]:
    """Return the attributes of an object, including those in slots."""
    if dataclasses.is_dataclass(value):
        fields = dataclasses.fields(value)
        return [(field.name, getattr(value, field.name, None)) for field in fields]
    slots = [key for cls in type(value).__mro__ for key in getattr(cls, "__slots__", ())]
    found = [(key, getattr(value, key, None)) for key in slots if not key.startswith("__")]
    return [*found, *getattr(value, "__dict__", {}).items()]


def _array(value: Any) -> str:
    mantissa, unit = u.get_mantissa(value), u.get_unit(value)
    if isinstance(mantissa, jax.Array) and jax.numpy.issubdtype(
        mantissa.dtype, jax.dtypes.prng_key
    ):
        mantissa = jax.random.key_data(mantissa)
    array = np.asarray(mantissa)
    if array.dtype == object:
        return repr(array.tolist())
    text = repr(array.item()) if array.ndim == 0 else f"{checksum(array):08x}"
    shape = ", ".join(map(str, array.shape))
    tail = "" if unit.is_unitless else f" {unit_name(unit)}"
    return f"{array.dtype.name}[{shape}] {text}{tail}"


def _code(code: types.CodeType) -> str:
    """Return what a function does as text; lines and file names do not matter."""
    consts = [_code(c) if isinstance(c, types.CodeType) else _constant(c) for c in code.co_consts]
    return f"{code.co_code.hex()} {consts} {code.co_names}"


def _globals_of(function: types.FunctionType) -> dict[str, object]:
    """Return the global variables that a function reads, apart from modules and classes.

    Functions of other modules are left out too, since their code belongs to the installed versions.
    """
    if (function.__module__ or "").partition(".")[0] in _INSTALLED:
        return {}
    found = {}
    # Names that are not among the globals are those of Python's own functions, such as len.
    for name in sorted(_names_read(function.__code__) & function.__globals__.keys()):
        value = function.__globals__[name]
        foreign = isinstance(value, types.FunctionType) and value.__module__ != function.__module__
        if not foreign and not isinstance(value, (types.ModuleType, type)):
            found[name] = value
    return found


def _names_read(code: types.CodeType) -> set[str]:
    """Return the names of the global variables that a function, or one within it, reads."""
    found = {one.argval for one in dis.get_instructions(code) if one.opname == "LOAD_GLOBAL"}
    inner = (_names_read(part) for part in code.co_consts if isinstance(part, types.CodeType))
    return found.union(*inner)


def _constant(value: object) -> str:
    # The order of a set differs from process to process.
    return repr(sorted(map(repr, value)) if isinstance(value, frozenset) else value)


def _is_filled(cell: types.CellType) -> bool:
    try:
        return cell.cell_contents is not None
    except ValueError:
        # The variable is not assigned yet.
        return False


def _name_of(value: Any) -> str:
    return f"{value.__module__}.{value.__qualname__}"


def differences(saved: Mapping[str, str], present: Mapping[str, str]) -> list[str]:
    """Return what differs between the facts of a checkpoint and those of a model, as texts."""
    found = []
    for name in dict.fromkeys([*saved, *present]):
        was, now = saved.get(name, "missing"), present.get(name, "missing")
        # Code that another Python has compiled is missing under this Python's name. The two cannot
        # be compared.
        if was == now or ("(code, Python" in name and "missing" in (was, now)):
            continue
        found.append(f"{name} was {was}, is {now}")
    return found
