"""Which JAX transformations the running code is inside of.

JAX runs a function that it transforms (``jit``, ``grad``, a loop) with abstract values, to record
what it does: the function is *traced*. A value computed in one trace means nothing in another.
"""

from __future__ import annotations

import weakref
from typing import Any, TypeAlias

import jax.extend.core

Traces: TypeAlias = tuple["weakref.ref[Any]", ...]


def open_traces() -> Traces:
    """Return the traces that are open here, the innermost first; none in plain Python.

    Two calls were made inside the same transformed function if their first traces are the same.
    The references are weak, so that what is kept of a trace does not keep its values in memory.

    Examples
    --------
    >>> import jax
    >>> open_traces()
    ()
    >>> _ = jax.make_jaxpr(lambda x: print(len(open_traces())) or x)(1.0)
    1
    """
    # JAX's public function gives the innermost trace, as an object that can only be compared. The
    # traces around it are found through two attributes that are not public. If a version of JAX
    # lacked these, this function would return nothing, as in plain Python, and a junction that is
    # called outside of its population's function would no longer be noticed; a test checks them.
    state = jax.extend.core.get_opaque_trace_state()
    trace = getattr(state, "_trace_ref", lambda: None)()
    traces = []
    while (parent := getattr(trace, "parent_trace", None)) is not None:
        traces.append(weakref.ref(trace))
        trace = parent
    return tuple(traces)
