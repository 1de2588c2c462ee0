"""Values of formulas, as JAX arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import jax
import jax.numpy as jnp
import numpy as np

from gapjunction import _stable
from gapjunction.nmodl._calculus import order
from gapjunction.nmodl._graph import Node

# This number replaces 0 as a divisor in branches that are not taken.
_NEARLY_ZERO: Final = 1e-15
_WHOLE: Final = 20


def _exp(x: jax.Array) -> jax.Array:
    # Exponentials of larger numbers overflow, or their squares do in a derivative.
    limit = 80.0 if jnp.finfo(jnp.result_type(x, jnp.float32)).bits <= 32 else 340.0
    return jnp.exp(jnp.clip(x, -limit, limit))


def _guarded(a: jax.Array, b: jax.Array) -> jax.Array:
    return a / jnp.where(b == 0, _NEARLY_ZERO, b)


def _power(a: jax.Array, b: Any) -> jax.Array:
    if isinstance(b, float) and b.is_integer() and abs(b) <= _WHOLE:
        return jnp.asarray(a) ** int(b)
    return jnp.power(a, b)


def _operations(
    xp: Any, special: Mapping[str, Callable[..., Any]]
) -> dict[str, Callable[..., Any]]:
    """Return what each operation does with arrays of JAX or of NumPy."""
    same = ("exp", "expm1", "log", "log10", "sqrt", "abs", "sin", "cos", "tan", "tanh")
    return {
        **{name: getattr(xp, name) for name in (*same, "sinh", "cosh", "floor", "ceil")},
        "add": lambda a, b: a + b,
        "mul": lambda a, b: a * b,
        "div": lambda a, b: a / b,
        "mod": xp.fmod,
        "atan": xp.arctan,
        "asin": xp.arcsin,
        "acos": xp.arccos,
        "less": lambda a, b: a < b,
        "less_equal": lambda a, b: a <= b,
        "equal": lambda a, b: a == b,
        "and": lambda a, b: xp.logical_and(a, b),
        "or": lambda a, b: xp.logical_or(a, b),
        "not": lambda a: xp.logical_not(a),
        "where": lambda c, a, b: xp.where(xp.asarray(c) != 0, a, b),
        **special,
    }


_JAX: Final = _operations(
    jnp,
    {
        "exp": _exp,
        # Parameters may be numbers of Python, for which 0 / 0 would raise an error.
        "div": jnp.divide,
        "guarded": _guarded,
        "pow": _power,
        "linoid": lambda a: _stable.linoid(jnp.asarray(a)),
    },
)


def _numpy_linoid(x: Any) -> Any:
    x = np.asarray(x, float)
    safe = np.where(x == 0, 1.0, x)
    return np.where(x == 0, 1.0, safe / -np.expm1(-safe))


_NUMPY: Final = _operations(
    np, {"guarded": lambda a, b: a / b, "pow": np.power, "linoid": _numpy_linoid}
)


class Formula:
    """A formula that can be computed for values of its inputs."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.inputs = tuple(sorted(node.inputs))
        self._steps = order([node])

    def __call__(self, values: Mapping[str, Any]) -> Any:
        """Return its value as JAX computes it; ``values`` are in the units of the file."""
        return self._value(values, _JAX)

    def probe(self, values: Mapping[str, Any]) -> np.ndarray:
        """Return its value as NumPy computes it, in double precision."""
        doubles = {key: np.asarray(value, float) for key, value in values.items()}
        with np.errstate(all="ignore"):
            return np.asarray(self._value(doubles, _NUMPY), float)

    def _value(self, values: Mapping[str, Any], ops: Mapping[str, Callable[..., Any]]) -> Any:
        found: dict[int, Any] = {}
        for node in self._steps:
            if node.op == "constant":
                found[node.number] = np.float64(node.value) if ops is _NUMPY else node.value
            elif node.op == "input":
                found[node.number] = values[node.key]
            else:
                found[node.number] = ops[node.op](*(found[x.number] for x in node.args))
        return found[self.node.number]
