"""What a run records."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

import brainstate
import jax
import jax.numpy as jnp
import numpy as np
import saiunit as u

from gapjunction._checks import check_choice, describe
from gapjunction._typing import Array, Numbers
from gapjunction.hosts import Part

HOW: Final = ("last", "mean", "sum")
"""How a record combines the steps of a window."""

Source: TypeAlias = "brainstate.State | Part | Callable[[], Any]"
"""A state, places of cells, or a function without arguments that returns an array."""


@dataclasses.dataclass(frozen=True, eq=False)
class Record:
    """One quantity that :func:`gapjunction.run` records.

    Parameters
    ----------
    of : State, Sites or callable
        A state of the model, whose value is recorded; places of cells, whose voltages are recorded;
        or a function without arguments that is called after a step and returns an array, with or
        without a unit.
    at : int or array of int, optional
        Places along the last axis, such as the ids of chosen cells; by default all.
    how : {'last', 'mean', 'sum'}
        How a window of ``every`` steps is recorded: by the value after the last step, the mean over
        all steps, or the sum, which counts spikes.

    Raises
    ------
    TypeError, ValueError
        If an argument is of another kind, or an id is negative.

    Examples
    --------
    >>> import brainpy, saiunit as u
    >>> import gapjunction as gj
    >>> cells = brainpy.state.LIF(3, R=1 * u.Gohm)
    >>> cells.init_state()
    >>> one = gj.runs.Record(cells.V, at=[2])
    >>> rate = gj.runs.Record(cells.get_spike, how='sum')
    """

    __module__ = "gapjunction.runs"

    of: Source
    at: Numbers | None = None
    how: str = "last"

    def __post_init__(self) -> None:
        # A population can be called too, but a call would step it once more.
        steps = isinstance(self.of, brainstate.nn.Dynamics) and not isinstance(self.of, Part)
        if steps or not (isinstance(self.of, brainstate.State) or callable(self.of)):
            raise TypeError(
                f"record must be of a State or of a function without arguments, got "
                f"{describe(self.of)}{': name one of its states' if steps else ''}."
            )
        check_choice("how", self.how, HOW)
        if self.at is None:
            return
        at = np.asarray(self.at)
        if at.dtype.kind not in "iu" or at.ndim > 1:
            raise TypeError(f"at must be an int or a list of ints, got {describe(self.at)}.")
        if at.size == 0 or at.min() < 0:
            raise ValueError(f"at must hold ids from 0 on, got {describe(self.at)}.")

    def read(self, name: str) -> tuple[jax.Array, u.Unit]:
        """Return the present value, of the chosen places, and its unit."""
        if isinstance(self.of, Part):
            value = self.of.read("V")
        else:
            value = self.of.value if isinstance(self.of, brainstate.State) else self.of()
        try:
            array, unit = jnp.asarray(u.get_mantissa(value)), u.get_unit(value)
        except TypeError as error:
            raise TypeError(
                f"record[{name!r}] must be one array, got {describe(value)}."
            ) from error
        if self.at is None:
            return array, unit
        if not array.ndim:
            raise ValueError(
                f"at of record[{name!r}] must be left out, because a single number is "
                f"recorded; got {describe(self.at)}."
            )
        at, size = np.asarray(self.at), array.shape[-1]
        if at.max() >= size:
            # JAX would return the last element instead of raising an error.
            raise ValueError(
                f"at of record[{name!r}] must hold ids from 0 to {size - 1}, got {at.max()}."
            )
        return array[..., at], unit

    def facts(self) -> dict[str, str]:
        """Return what must be the same when the run is resumed."""
        at = "all" if self.at is None else repr(np.asarray(self.at).tolist())
        return {"at": at, "how": self.how}


def as_records(record: Mapping[str, Record | Source] | None) -> dict[str, Record]:
    """Return the records of a run, after checking the argument of :func:`gapjunction.run`."""
    if record is None:
        return {}
    if not isinstance(record, Mapping):
        raise TypeError(
            f"record must be a dict of names and what they stand for, as in "
            f"record={{'V': cells.V}}; got {describe(record)}."
        )
    for name in record:
        if not isinstance(name, str) or not name or "/" in name or name.startswith((".", "_")):
            raise ValueError(
                "record must have names without a slash, a leading dot or a leading underscore, "
                f"because they become names of files; got {describe(name)}."
            )
    return {n: r if isinstance(r, Record) else Record(r) for n, r in record.items()}


def unknown_name(name: str, names: list[str]) -> str:
    """Return the message of an error about a name that was not recorded."""
    near = difflib.get_close_matches(name, names, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    return f"{name!r} was not recorded; recorded: {', '.join(map(repr, names)) or 'nothing'}.{hint}"


class Total:
    """The sum of a quantity over the steps of a window.

    The rounding error of each addition is carried along and subtracted from the next number (Kahan
    summation), so that the mean of a long window in float32 is right to the last digit or two.

    Parameters
    ----------
    like : ShapeDtypeStruct
        Shape and dtype of what is summed.
    """

    def __init__(self, like: jax.ShapeDtypeStruct) -> None:
        self.shape, dtype = like.shape, like.dtype
        if jnp.issubdtype(dtype, jnp.inexact):
            self.dtype = jnp.promote_types(dtype, jnp.float32)
        else:
            # Spikes may be bools.
            self.dtype = jnp.promote_types(dtype, jnp.int32)

    def zero(self) -> tuple[jax.Array, jax.Array]:
        """Return a sum of 0, and a rounding error of 0."""
        zero = jnp.zeros(self.shape, self.dtype)
        return zero, zero

    def add(self, total: tuple[jax.Array, jax.Array], x: Array) -> tuple[jax.Array, jax.Array]:
        """Return the sum with one more number."""
        old, lost = total
        part = jnp.asarray(x, self.dtype) - lost
        new = old + part
        if not jnp.issubdtype(self.dtype, jnp.inexact):
            return new, lost
        return new, (new - old) - part

    def result(self, total: tuple[jax.Array, jax.Array], how: str, n: int) -> jax.Array:
        """Return the sum, or the mean of ``n`` numbers."""
        return total[0] / n if how == "mean" else total[0]
