"""What a model consists of apart from its states, as text that can be compared.

A checkpoint contains the states. Everything else, such as the edges of a junction, its coupling
mode and constant parameters, is built again by the script when a run is resumed, and has to be the
same.
"""

from __future__ import annotations

import dataclasses
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

CODE: Final = f"(code, Python {sys.version_info.major}.{sys.version_info.minor})"
"""The end of the name of a fact that is the code of a function, which differs between Pythons."""


def facts_of(model: brainstate.nn.Module) -> dict[str, str]:
    """Return the facts of a model by name, as in ``gap.edges.pre_ids``: numbers, arrays, texts.

    The facts of a function are its name, its code, and the variables that it uses from outside.
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
    private attributes may also hold what the last step has left.
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
    elif isinstance(value, (type, types.BuiltinFunctionType, types.MethodType)):
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
        if was == now or ("(code, Python" in name and "missing" in (was, now)):
            continue
        found.append(f"{name} was {was}, is {now}")
    return found
