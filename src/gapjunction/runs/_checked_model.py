"""Whether a model can be run chunk by chunk, and saved between chunks."""

from __future__ import annotations

from collections.abc import Mapping

import brainstate
import jax

from gapjunction._checks import describe
from gapjunction.runs._program import Traced


def check_model(model: object) -> brainstate.nn.Module:
    """Return the model, if it is a Module and its states are not being traced.

    Raises
    ------
    TypeError
        If it is not a Module.
    RuntimeError
        If it is run within a transformed function.
    """
    if not isinstance(model, brainstate.nn.Module):
        raise TypeError(f"model must be a brainstate.nn.Module, got {describe(model)}.")
    for path, state in model.states().items():
        leaves = jax.tree.leaves(state.value)
        if any(isinstance(leaf, jax.core.Tracer) for leaf in leaves):
            raise RuntimeError(
                "gapjunction.run must be called outside of transformed functions (jit, grad, ...), "
                f"because it moves chunks to the host; the state {'.'.join(map(str, path))} is "
                "being traced. Within them use brainstate.transform.for_loop."
            )
    return model


def check_inputs_left(model: brainstate.nn.Module, when: str) -> None:
    """Raise an error if an array is among the inputs of a population, to be used in its next step.

    The step is traced once and then repeated. An array that is there before the run would be added
    in every repetition, and an array that a step leaves for the next one would be lost.
    """
    for path, node in model.nodes().items():
        if not isinstance(node, brainstate.nn.Dynamics):
            continue
        for kind in ("current_inputs", "delta_inputs"):
            for key, item in (getattr(node, kind) or {}).items():
                if not callable(item):
                    name = ".".join(map(str, path)) or type(node).__name__
                    raise ValueError(
                        f"model must use up its inputs within each step, but {kind}[{key!r}] of "
                        f"{name} holds an array {when}. Call what gives the input before the "
                        "population, in the same step."
                    )


def check_all_saved(states: Mapping[str, brainstate.State], traced: Traced) -> None:
    """Raise an error if a step changes a state that is not part of the model."""
    known = {id(state) for state in states.values()}
    for state in traced.written:
        if id(state) not in known:
            raise ValueError(
                "model must hold all states that its steps change, to be saved; a "
                f"{type(state).__name__} ({describe(state.value)}) is not part of it. Make it an "
                "attribute of the model, or of a part of it."
            )
