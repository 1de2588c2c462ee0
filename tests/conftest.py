"""Settings every test starts from, and where the code is that tests share with the benchmarks."""

import collections
import functools
import gc
import importlib.util
import os
import sys
import threading
import zlib
from importlib.metadata import version
from pathlib import Path

# Most of a test's time is that of compiling. What was compiled is kept in a folder of the project
# and is found again by other workers, by programs that tests start, and by the next run. The
# variables must be set before JAX is imported.
CACHE = Path(__file__).parents[1] / ".cache" / "jax"
os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(CACHE))
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES", "-1")
# Code is generated in the way that takes least time, without threads. jaxlib 0.10 has two
# generators, of which the older one compiles twice as fast; an option that XLA does not know would
# end the process.
if "XLA_FLAGS" not in os.environ:
    os.environ["XLA_FLAGS"] = "--xla_cpu_parallel_codegen_split_count=1"
    if version("jaxlib").split(".")[:2] == ["0", "10"]:
        os.environ["XLA_FLAGS"] += " --xla_cpu_use_fusion_emitters=false"

import brainstate
import hypothesis
import jax
import pytest
import saiunit as u
from jax._src.interpreters import mlir

# Behind all else: nothing installed is to be hidden by a script's name.
sys.path.append(str(Path(__file__).parents[1] / "benchmarks"))

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
# constants of its programs, so it is given up when compiled code is. The functions are not public
# ones: where a release of JAX has none, nothing is shared.
_new_context = getattr(mlir, "make_ir_context", None)
_shared_context = functools.cache(lambda: _new_context())


def _context():
    # A program that is needed while another one is written, or by another thread, has its own.
    alone = mlir.ir.Context.current is None
    alone = alone and threading.current_thread() is threading.main_thread()
    return _shared_context() if alone else _new_context()


mlir.make_ir_context = _context

# Compiled code of that many tests is kept in memory by a process at most: some 500 MB.
_TESTS_BETWEEN_CLEARING = 500


def clear_caches():
    """Let go of what JAX has compiled, and of what was kept to compile it."""
    jax.clear_caches()
    _shared_context.cache_clear()


def set_precision(bits):
    if jax.config.jax_enable_x64 != (bits == 64):
        # What was traced in one precision is, at times, found again in the other.
        clear_caches()
    jax.config.update("jax_enable_x64", bits == 64)
    brainstate.environ.set(precision=bits)


def _bits(item):
    """Return the precision that a test asks for by its fixtures."""
    callspec = getattr(item, "callspec", None)
    if callspec is not None and "precision" in callspec.params:
        return callspec.params["precision"]
    return 64 if "x64" in getattr(item, "fixturenames", ()) else 32


def pytest_addoption(parser):
    parser.addoption(
        "--sample",
        action="store_true",
        help="run each test function with one of its sets of parameters, and all of those that "
        "are marked every_host",
    )


def _sample(items):
    """Return one test of each function, and all that differ by what host libraries have."""
    functions = collections.defaultdict(list)
    for item in items:
        functions[item.nodeid.partition("[")[0]].append(item)
    kept = set()
    for name, tests in functions.items():
        # Which one differs from function to function, so that all modes, laws and precisions are
        # among them; it is the same in every run.
        kept.add(tests[zlib.crc32(name.encode()) % len(tests)])
    return [item for item in items if item in kept or item.get_closest_marker("every_host")]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config, items):
    if config.getoption("sample"):
        kept = _sample(items)
        config.hook.pytest_deselected(items=[item for item in items if item not in set(kept)])
        items[:] = kept
    # After any plugin that shuffles: the precision is switched once among the many short tests,
    # because each switch costs all compiled code. The long ones, which have little of it in common,
    # come before them, so that at the end short ones are left, which the workers can share.
    items.sort(key=lambda item: (item.get_closest_marker("optimized") is None, _bits(item)))
    # Examples of docstrings that need more than the oldest braincell that is supported.
    if importlib.util.find_spec("braincell.reduction") is None:
        for item in items:
            if item.name in _NEED_PLACES:
                item.add_marker(pytest.mark.skip(reason="places of cells need braincell 0.2.0"))


_NEED_PLACES = (
    "gapjunction.hosts._choosing.sites",
    "gapjunction.plotting._morphology.morphology",
)


def pytest_collection_finish(session):
    # The modules that were imported stay until the end. Looking through them for what is no longer
    # needed, again and again, took one second in twenty.
    gc.collect()
    gc.freeze()


def pytest_runtest_teardown(item, nextitem):
    # Between two files, where no fixture holds compiled functions any more.
    count = item.config.stash.setdefault(_COUNT, 0) + 1
    if nextitem is not None and nextitem.path != item.path and count >= _TESTS_BETWEEN_CLEARING:
        clear_caches()
        count = 0
    item.config.stash[_COUNT] = count


_COUNT = pytest.StashKey[int]()


def start_afresh(item):
    set_precision(_bits(item))
    # Long simulations are compiled as for users. For the others, which compute little, compiling
    # without optimisation takes less time.
    optimized = item.get_closest_marker("optimized") is not None
    jax.config.update("jax_disable_most_optimizations", not optimized)
    brainstate.environ.set(dt=0.1 * u.ms)
    brainstate.random.seed(1)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    # Before all fixtures: those of a module, too, must not depend on the test that came before.
    start_afresh(item)


@pytest.fixture(autouse=True)
def _fresh_environment(request):
    # Fixtures of a module may have changed it.
    start_afresh(request.node)


@pytest.fixture
def x64():
    """Run the test in float64."""


@pytest.fixture(params=[32, 64], ids=["float32", "float64"])
def precision(request):
    """Run the test in both precisions."""
    return request.param
