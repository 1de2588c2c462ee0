"""How the programs of the tests are compiled, which is what most of their time is used for.

Nothing of this changes what a program computes. The functions of JAX and saiunit that are replaced
are not public ones: where a release has none of them, it does without.
"""

import functools
import gc
import os
import sys
import threading

import brainstate
import hypothesis
import jax
import saiunit as u
from jax._src import compilation_cache
from jax._src.interpreters import mlir

# How long an example takes depends on what else the machine does, so there is no deadline. Where
# CI is set, as hosts of continuous integration do, the same examples are drawn at every run.
hypothesis.settings.register_profile("default", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "default")

_text_of_quantity = u.Quantity.__format__


def _text(self, spec):
    # saiunit writes the numbers of both operands of every sum into the text of an error, before it
    # knows whether their units go together. That is half of the time of a step that is not
    # compiled, so here such a text has their units alone.
    if sys._getframe(1).f_code.co_name == "_binary_operation":
        return f"a value in {self.unit}"
    return _text_of_quantity(self, spec)


u.Quantity.__format__ = _text

# JAX makes a new context of MLIR for each program that it lowers. For an operation on small arrays
# that takes longer than the rest of lowering it, so here programs share one. A context keeps the
# constants of its programs, so it is given up when compiled code is.
_new_context = getattr(mlir, "make_ir_context", None)
_shared_context = functools.cache(lambda: _new_context())


def _context():
    # A program that is needed while another one is written, or by another thread, has its own.
    alone = mlir.ir.Context.current is None
    alone = alone and threading.current_thread() is threading.main_thread()
    return _shared_context() if alone else _new_context()


mlir.make_ir_context = _context

# A third of all programs is compiled before in the same process, for another function of Python.
# JAX would read them from the disk again, which takes a fifth of the time of compiling them.
_read = getattr(compilation_cache, "get_executable_and_time", None)
_write = getattr(compilation_cache, "put_executable_and_time", None)
_loaded = {}


def _find(key, options, backend, devices, *callbacks):
    # A program that calls Python is bound to the functions that it calls.
    if any(callbacks):
        return _read(key, options, backend, devices, *callbacks)
    if key not in _loaded:
        found = _read(key, options, backend, devices, *callbacks)
        if found[0] is None:
            return found
        _loaded[key] = found
    return _loaded[key]


def _keep(key, name, executable, backend, seconds):
    _loaded[key] = executable, seconds
    _write(key, name, executable, backend, seconds)


if _read is not None and _write is not None:
    compilation_cache.get_executable_and_time = _find
    compilation_cache.put_executable_and_time = _keep


def clear_caches():
    """Let go of what JAX has compiled, and of what was kept to compile it."""
    jax.clear_caches()
    _loaded.clear()
    _shared_context.cache_clear()
    gc.collect()


def set_precision(bits):
    if jax.config.jax_enable_x64 != (bits == 64):
        # What was traced in one precision is, at times, found again in the other.
        clear_caches()
    jax.config.update("jax_enable_x64", bits == 64)
    brainstate.environ.set(precision=bits)


def start(bits, optimised):
    """Set what every test starts from.

    Parameters
    ----------
    bits : int
        The precision, 32 or 64.
    optimised : bool
        Whether programs are compiled as for users. What computes little is compiled without
        optimisation, which takes less time; so is what is started as a program of its own.
    """
    set_precision(bits)
    jax.config.update("jax_disable_most_optimizations", not optimised)
    os.environ["JAX_DISABLE_MOST_OPTIMIZATIONS"] = str(int(not optimised))
    brainstate.environ.set(dt=0.1 * u.ms)
    brainstate.random.seed(1)
