"""Which JAX transformations the code that is running is inside of."""

from __future__ import annotations

import weakref
from typing import Any, TypeAlias

import jax.extend.core

Traces: TypeAlias = tuple["weakref.ref[Any]", ...]


def open_traces() -> Traces:
    """Return the traces that are open here, innermost first; none in plain Python.

    Two places are inside the same transformed function if their first traces are the same.

    Examples
    --------
    >>> import jax
    >>> open_traces()
    ()
    >>> _ = jax.make_jaxpr(lambda x: print(len(open_traces())) or x)(1.0)
    1
    """
    # JAX tells the innermost trace, as something to compare; what it is inside of is not public.
    # Without these attributes all traces would look like plain Python, and mistakes pass unseen.
    state = jax.extend.core.get_opaque_trace_state()
    trace = getattr(state, "_trace_ref", lambda: None)()
    traces = []
    while (parent := getattr(trace, "parent_trace", None)) is not None:
        traces.append(weakref.ref(trace))
        trace = parent
    return tuple(traces)
