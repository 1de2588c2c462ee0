"""Pickling of what a junction holds, and messages that say what cannot be pickled.

The states of brainstate cannot be pickled, because each remembers the trace and the source line in
which it was made. A junction has states, such as its weight, from the time when it is made; they
are pickled here without that. A population has no states before it is initialised. A Param of
brainstate cannot be pickled either, because it holds a lock, so it is pickled by its attributes.
"""

from __future__ import annotations

import contextlib
import contextvars
import io
import pickle
import weakref
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import brainstate
import jax
from brainstate.graph import Node
from brainstate.util import get_unique_name

# What a state knows of the process it was made in. A restored one gets these from a new state.
_OF_PROCESS = ("_trace_state", "_level", "_source_info", "_hooks_manager")


class SavedState:
    """A state in the form in which it is pickled; it is the state again when it is read.

    Parameters
    ----------
    state : State
        The state to pickle.
    """

    def __init__(self, state: brainstate.State) -> None:
        self.state = state

    @classmethod
    def of(cls, state: brainstate.State) -> SavedState:
        """Return the saved form of a state, the same object while that is in use.

        A pickler writes an object once: two junctions that share a weight share it in the copy.
        """
        found = _SAVED.get(id(state))
        if found is None:
            found = _SAVED[id(state)] = cls(state)
        return found

    def __reduce__(self) -> tuple[Callable[..., brainstate.State], tuple[Any, ...]]:
        known = {key: item for key, item in vars(self.state).items() if key not in _OF_PROCESS}
        return _restored, (type(self.state), known)


class SavedParam:
    """A Param in the form in which it is pickled; it is the Param again when it is read.

    Parameters
    ----------
    param : Param
        The Param to pickle.
    """

    def __init__(self, param: brainstate.nn.Param) -> None:
        self.param = param

    @classmethod
    def of(cls, param: brainstate.nn.Param) -> SavedParam:
        """Return the saved form of a Param, the same object while that is in use."""
        found = _SAVED_PARAMS.get(id(param))
        if found is None:
            found = _SAVED_PARAMS[id(param)] = cls(param)
        return found

    def parts(self) -> dict[str, Any]:
        """Return what the Param is made of; its value is the one before the transform."""
        # The lock and what is kept of the last transform belong to the process.
        known = {k: item for k, item in vars(self.param).items() if not k.startswith("_cache")}
        if isinstance(known["val"], brainstate.State):
            known["val"] = SavedState.of(known["val"])
        return known

    def __reduce__(self) -> tuple[Callable[..., brainstate.nn.Param], tuple[Any, ...]]:
        return _restored_param, (type(self.param), self.parts())


# An entry lives as long as the pickler that has met it.
_SAVED: weakref.WeakValueDictionary[int, SavedState] = weakref.WeakValueDictionary()
_SAVED_PARAMS: weakref.WeakValueDictionary[int, SavedParam] = weakref.WeakValueDictionary()


def _restored_param(kind: type[brainstate.nn.Param], known: dict[str, Any]) -> brainstate.nn.Param:
    """Return a Param of a class with the attributes that were pickled."""
    param, saved = object.__new__(kind), known.pop("val")
    state = isinstance(saved, brainstate.State)
    # The base class makes the lock, and lets a change of the value be noticed. It would transform
    # the value back, so it is not told of the transform yet.
    brainstate.nn.Param.__init__(param, saved.value if state else saved, fit=state)
    vars(param).update(known)
    if state:
        # The new state keeps the hooks that tell the Param of changes, and gets all else.
        own = {key: item for key, item in vars(saved).items() if key not in _OF_PROCESS}
        vars(param.val).update(own)
    else:
        param.val = saved
    return param


def _restored(kind: type[brainstate.State], known: dict[str, Any]) -> brainstate.State:
    """Return a state of a class with the attributes that were pickled."""
    # The class is not called, because a class of the user's own may need other arguments.
    state = object.__new__(kind)
    vars(state).update(vars(brainstate.State(known["_value"])))
    vars(state).update(known)
    return state


_WHOLE: contextvars.ContextVar[bool] = contextvars.ContextVar("_WHOLE", default=False)


@contextlib.contextmanager
def whole_models() -> Iterator[None]:
    """Let checks pass what only :class:`ModelPickler` can pickle, such as initialised states."""
    token = _WHOLE.set(True)
    try:
        yield
    finally:
        _WHOLE.reset(token)


class ModelPickler(pickle.Pickler):
    """A pickler that also takes the states, Params and random keys of brainstate and JAX.

    Only the pickler can do this for states of other libraries: pickle asks the class of each object
    how to pickle it, unless the pickler overrides that. The result is read by ``pickle.load``.
    """

    def reducer_override(self, item: Any) -> Any:
        """Return how an object is pickled, or NotImplemented to leave it to its class."""
        if item is brainstate.random.DEFAULT:
            # There is one for each process: a model refers to it, and has none of its own.
            return _default_random, ()
        by_itself = type(item).__reduce__ is not object.__reduce__
        if isinstance(item, brainstate.State) and not by_itself:
            if item.has_hooks():
                raise pickle.PicklingError(f"hooks of a {type(item).__name__} cannot be pickled")
            return SavedState(item).__reduce__()
        if isinstance(item, brainstate.nn.Param) and not by_itself:
            return SavedParam(item).__reduce__()
        if isinstance(item, jax.Array) and jax.numpy.issubdtype(item.dtype, jax.dtypes.prng_key):
            return _random_key, (str(jax.random.key_impl(item)), jax.random.key_data(item))
        return NotImplemented


def _default_random() -> brainstate.random.RandomState:
    return brainstate.random.DEFAULT


def _random_key(generator: str, data: jax.Array) -> jax.Array:
    return jax.random.wrap_key_data(data, impl=generator)


class _Probe(ModelPickler):
    """A pickler that keeps nothing, and leaves out what joins junctions and populations."""

    def __init__(self, owner: object) -> None:
        super().__init__(io.BytesIO(), pickle.HIGHEST_PROTOCOL)
        self.owner = owner

    def reducer_override(self, item: Any) -> Any:
        """Return how an object is pickled by the pickler that is used."""
        return super().reducer_override(item) if _WHOLE.get() else NotImplemented

    def persistent_id(self, item: Any) -> str | None:
        """Return a token for what is not to be written."""
        if item is self.owner:
            return "owner"
        ours = isinstance(item, Node) and type(item).__module__.startswith("gapjunction.coupling.")
        return "end of a junction" if ours else None


def _failure(owner: object, item: object) -> Exception | None:
    """Return the error of pickling a part of ``owner``; None if it can be pickled."""
    try:
        _Probe(owner).dump(item)
    # Classes decide how their objects are pickled, so this may be an exception of any kind.
    except Exception as error:
        return error
    return None


def culprit(owner: object, item: object, path: str) -> tuple[str, object, Exception] | None:
    """Return path, value and error of the innermost part that cannot be pickled, or None."""
    error = _failure(owner, item)
    if error is None:
        return None
    parts: list[tuple[str, object]] = []
    if isinstance(item, Mapping):
        parts = [(f"{path}[{key!r}]", part) for key, part in item.items()]
    elif isinstance(item, (list, tuple)):
        parts = [(f"{path}[{k}]", part) for k, part in enumerate(item)]
    elif isinstance(item, Node):
        parts = [(f"{path}.{key}", part) for key, part in vars(item).items()]
    for name, part in parts:
        if (found := culprit(owner, part, name)) is not None:
            return found
    return path, item, error


def check_host(host: object, junction: str) -> None:
    """Raise an error that names the attribute for which a population cannot be pickled."""
    kind = type(host).__name__
    for key, item in vars(host).items():
        if (found := culprit(host, item, f"{kind}.{key}")) is not None:
            path, part, error = found
            advice = "gapjunction.runs.save(model, path), or pickle the model before init_state()"
            with whole_models():
                if culprit(host, item, f"{kind}.{key}") is not None:
                    # No pickler can write this model. The script that has made it can make it
                    # again, and read its states from a checkpoint.
                    advice = "checkpoints of gapjunction.run(), which keep the states alone"
            raise TypeError(
                f"{junction} cannot be pickled, because its population {kind} cannot be: {path} is "
                f"a {type(part).__name__}, of which pickle says {str(error)!r}. Take {advice}."
            ) from error


def saved_junction(junction: object, label: str) -> dict[str, Any]:
    """Return what to pickle of a junction.

    Raises
    ------
    TypeError
        If something that was given to the junction cannot be pickled.
    """
    saved = dict(vars(junction))
    for key, item in saved.items():
        found = culprit(junction, item, key)
        if found is None:
            continue
        if isinstance(item, brainstate.State):
            saved[key] = SavedState.of(item)
            found = culprit(junction, saved[key], key)
        elif isinstance(item, brainstate.nn.Param):
            saved[key] = SavedParam.of(item)
            parts = saved[key].parts().items()
            failures = (culprit(junction, part, f"{key}.{name}") for name, part in parts)
            found = next((failure for failure in failures if failure is not None), None)
        if found is not None:
            path, part, error = found
            raise TypeError(
                f"{label} cannot be pickled: its {path} is a {type(part).__name__}, of which "
                f"pickle says {str(error)!r}."
            ) from error
    return saved


def reserve(key: str) -> None:
    """Keep a key that was numbered in another process from being given again in this one."""
    prefix = key.rstrip("0123456789")
    number = int(key[len(prefix) :] or 0)
    while int(get_unique_name(prefix)[len(prefix) :]) < number:
        pass
