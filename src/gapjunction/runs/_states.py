"""The states of a model as named arrays, and back.

A state is named by its path in the model, as in ``cells.channels.na.m``. Its value may be a tree of
arrays, each with a unit; a *leaf* is one of them, a plain array.
"""

from __future__ import annotations

import dataclasses
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import brainstate
import jax
import jax.numpy as jnp
import numpy as np
import saiunit as u

from gapjunction._checks import describe
from gapjunction._typing import Array

RANDOM: Final = "brainstate.random"
"""The name of the state from which brainstate draws random numbers."""


def find_states(model: brainstate.nn.Module) -> dict[str, brainstate.State]:
    """Return all states of a model by their names, and that of brainstate's random numbers.

    Raises
    ------
    ValueError
        If two states have one name.
    """
    found: dict[str, brainstate.State] = {}
    states = model.states()
    names = names_of(states)
    for path, state in states.items():
        if state is brainstate.random.DEFAULT:
            continue
        name = names[path]
        if name in found or name == RANDOM:
            raise ValueError(f"model must have states with different names, has {name!r} twice.")
        found[name] = state
    return {**found, RANDOM: brainstate.random.DEFAULT}


_KNOWN: Final = (
    *(u.mV, u.volt, u.ms, u.second, u.pA, u.nA, u.uA, u.psiemens, u.nS, u.uS, u.mS, u.siemens),
    *(u.pF, u.nF, u.uF, u.mM, u.uM, u.hertz, u.Mohm, u.Gohm, u.mS / u.cm**2, u.uS / u.cm**2),
    *(u.uA / u.cm**2, u.nA / u.cm**2, u.uF / u.cm**2, u.mV / u.ms, u.mV * u.ms, u.kelvin),
)


def unit_name(unit: u.Unit) -> str:
    """Return a name of a unit; equal units have the same name.

    Examples
    --------
    >>> unit_name(u.nA * u.Mohm), unit_name(u.mV)
    ('mV', 'mV')
    """
    unit = u.get_unit(unit)
    # A unit that was read from a file, or computed, may have lost its name.
    plain = u.Unit(unit.dim, unit.scale, unit.base, unit.factor)
    return next((str(known) for known in _KNOWN if known == plain), str(plain))


def names_of(paths: Iterable[tuple[Any, ...]]) -> dict[tuple[Any, ...], str]:
    """Return a name for each path in a model, the same each time that the model is built.

    Keys of a population's inputs are numbered in the order in which a process makes them, across
    all models. Here the keys of each population are numbered from 0.

    Examples
    --------
    >>> names_of([('cells', 'V'), ('cells', '_current_inputs', 'syn12', 'g')])
    {('cells', 'V'): 'cells.V', ('cells', '_current_inputs', 'syn12', 'g'):
     'cells._current_inputs.syn0.g'}
    """
    paths = list(paths)
    numbers: dict[tuple[Any, ...], set[int]] = {}
    for path in paths:
        for place, _, number in _numbered(path):
            numbers.setdefault(place, set()).add(number)
    found = {}
    for path in paths:
        parts = list(path)
        for place, k, number in _numbered(path):
            parts[k] = f"{place[-1]}{sorted(numbers[place]).index(number)}"
        found[path] = ".".join(map(str, parts))
    return found


def _numbered(path: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], int, int]]:
    """Yield the parts of a path that end in a number, such as 'syn12' behind '_current_inputs'.

    For each: the path up to it with its stem ('syn') at the end, its position, and its number.
    """
    for k, part in enumerate(path[1:], 1):
        match = re.fullmatch(r"(.*?)(\d+)", part) if isinstance(part, str) else None
        if match and str(path[k - 1]).startswith("_"):
            yield (*path[:k], match[1]), k, int(match[2])


@dataclasses.dataclass(frozen=True)
class Leaf:
    """One array of a state.

    Attributes
    ----------
    array : array
        Its numbers; for a random key, the data of the key.
    unit : Unit
        Its unit.
    key : str or None
        The name of the generator, if it is a random key.
    """

    array: Array
    unit: u.Unit
    key: str | None

    @classmethod
    def of(cls, value: Any) -> Leaf:
        """Return a leaf of a state's value."""
        mantissa, unit = u.get_mantissa(value), u.get_unit(value)
        if isinstance(mantissa, jax.Array) and jnp.issubdtype(mantissa.dtype, jax.dtypes.prng_key):
            return cls(jax.random.key_data(mantissa), unit, str(jax.random.key_impl(mantissa)))
        return cls(_strong(mantissa), unit, None)

    @property
    def kind(self) -> str:
        """What must agree between a checkpoint and a model, as readable text."""
        shape = ", ".join(map(str, np.shape(self.array)))
        unit = "" if self.unit.is_unitless else f" in {unit_name(self.unit)}"
        key = "" if self.key is None else f" of a {self.key} key"
        return f"{np.dtype(self.array.dtype).name}[{shape}]{unit}{key}"

    def with_array(self, array: Array) -> Any:
        """Return the value of this leaf with other numbers."""
        if self.key is not None:
            return jax.random.wrap_key_data(jnp.asarray(array), impl=self.key)
        value = jnp.asarray(array, self.array.dtype)
        return value if self.unit.is_unitless else u.Quantity(value, unit=self.unit)


def leaves_of(states: Mapping[str, brainstate.State]) -> dict[str, Leaf]:
    """Return all leaves of states by their names.

    Raises
    ------
    TypeError
        If the value of a state has a part that is not an array.
    """
    return {name: leaf for name, state in states.items() for name, leaf in _leaves(name, state)}


def settle(states: Mapping[str, brainstate.State]) -> None:
    """Convert all values to arrays of JAX, none of them of a weak type.

    Python's numbers and arrays of a weak type may change their type in the first step. The second
    step would then be compiled once more, to another program.
    """
    for name, state in states.items():
        put(name, state, {key: leaf.array for key, leaf in _leaves(name, state)})


def put(name: str, state: brainstate.State, arrays: Mapping[str, Array]) -> None:
    """Give a state the numbers in ``arrays``; units and structure stay as they are."""
    treedef = jax.tree.structure(state.value, is_leaf=_is_quantity)
    parts = [leaf.with_array(arrays[key]) for key, leaf in _leaves(name, state)]
    state.value = jax.tree.unflatten(treedef, parts)


def checksum(array: Array) -> int:
    """Return a number that differs, almost certainly, between arrays with different bits."""
    return zlib.crc32(np.ascontiguousarray(np.asarray(array)).reshape(-1).view(np.uint8).data)


def _leaves(name: str, state: brainstate.State) -> Iterator[tuple[str, Leaf]]:
    parts, _ = jax.tree_util.tree_flatten_with_path(state.value, is_leaf=_is_quantity)
    for path, value in parts:
        try:
            leaf = Leaf.of(value)
        except TypeError as error:
            raise TypeError(
                f"state {name} must hold arrays, to be saved; got {describe(value)}."
            ) from error
        yield name + jax.tree_util.keystr(path), leaf


def _is_quantity(value: object) -> bool:
    return isinstance(value, u.Quantity)


def _strong(value: Any) -> jax.Array:
    array = jnp.asarray(value)
    return jax.lax.convert_element_type(array, array.dtype) if array.weak_type else array
