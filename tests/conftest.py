"""Settings every test starts from, and where the code is that tests share with the benchmarks."""

import collections
import gc
import importlib.util
import os
import sys
import zlib
from importlib.metadata import version
from pathlib import Path

import pytest

# Most of a test's time is that of compiling. What was compiled is kept in a folder of the project
# and is found again by other workers, by programs that tests start, and by the next run. The
# variables must be set before JAX is imported.
CACHE = Path(__file__).parents[1] / ".cache" / "jax"
os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(CACHE))
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES", "-1")
# Where in Python an operation was asked for is not written into its program.
os.environ.setdefault("JAX_TRACEBACK_IN_LOCATIONS_LIMIT", "0")
os.environ.setdefault("JAX_DISABLE_MOST_OPTIMIZATIONS", "1")
# Systems of equations are small here. Each worker has a processor core, and the further threads of
# NumPy's linear algebra would only wait for each other, on cores that other workers need.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# Code is generated in the way that takes least time, without threads. jaxlib 0.10 has two
# generators, of which the older one compiles twice as fast; an option that XLA does not know would
# end the process.
if "XLA_FLAGS" not in os.environ:
    os.environ["XLA_FLAGS"] = "--xla_cpu_parallel_codegen_split_count=1"
    if version("jaxlib").split(".")[:2] == ["0", "10"]:
        os.environ["XLA_FLAGS"] += " --xla_cpu_use_fusion_emitters=false"

# Behind all else: nothing installed is to be hidden by a script's name.
sys.path.append(str(Path(__file__).parents[1] / "benchmarks"))

# Compiled code of that many tests is kept in memory by a process at most: some 1 GB.
_TESTS_BETWEEN_CLEARING = 1000


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
        "are marked every_host, but none that is marked one_stack",
    )


def _sample(items):
    """Return one test of each function, and all that differ by what host libraries have."""
    functions = collections.defaultdict(list)
    items = [item for item in items if not item.get_closest_marker("one_stack")]
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
            if _needs_places(item):
                item.add_marker(pytest.mark.skip(reason="places of cells need braincell 0.2.0"))


def _needs_places(item):
    test = getattr(item, "dtest", None)
    return test is not None and any("gj.sites(" in example.source for example in test.examples)


def pytest_sessionstart(session):
    # The process that hands out the tests to others runs none, and starts faster without JAX.
    if not session.config.pluginmanager.hasplugin("dsession"):
        importlib.import_module("compiling")
        # While modules are imported, there is nothing that is no longer needed.
        gc.disable()


def pytest_collection_finish(session):
    # The modules that were imported stay until the end, and so does most of what is compiled.
    # Looking through them for what is no longer needed, again and again, took one second in twenty.
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    gc.enable()


def start(item):
    import compiling

    # Long simulations are compiled as for users.
    compiling.start(_bits(item), optimised=item.get_closest_marker("optimized") is not None)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    # Before fixtures, some of which are made once for a file.
    start(item)


def pytest_runtest_teardown(item, nextitem):
    # Between two files, where no fixture holds compiled functions any more.
    count = item.config.stash.setdefault(_COUNT, 0) + 1
    if nextitem is not None and nextitem.path != item.path and count >= _TESTS_BETWEEN_CLEARING:
        import compiling

        compiling.clear_caches()
        count = 0
    item.config.stash[_COUNT] = count


_COUNT = pytest.StashKey[int]()


@pytest.fixture(autouse=True)
def _fresh_environment(request):
    # Fixtures of a file may have changed it.
    start(request.node)


@pytest.fixture
def x64():
    """Run the test in float64."""


@pytest.fixture(params=[32, 64], ids=["float32", "float64"])
def precision(request):
    """Run the test in both precisions."""
    return request.param
