"""The accelerator: that it is found, that nothing needs it, that threads do not matter."""

import os
import subprocess
import sys
import time

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gapjunction.kernels import Laplacian, native
from gapjunction.kernels.native import _build

needs_it = pytest.mark.skipif(not native.is_available(), reason=native.status())


def random(n, degree, seed=0):
    return np.random.default_rng(seed).integers(0, n, (2, n * degree // 2)).astype(np.int32)


def test_it_is_used_where_there_is_a_compiler():
    """This machine's part of the promise: with a compiler on PATH it must not be missing."""
    if any(map(_build.shutil.which, _build._COMPILERS)) and os.environ.get(_build.SWITCH) != "0":
        assert native.status().startswith("in use"), native.status()


@pytest.mark.parametrize(
    ("setting", "reason"),
    [
        ({"GAPJUNCTION_NATIVE": "0"}, "the environment variable GAPJUNCTION_NATIVE is 0"),
        ({"CXX": "/bin/false"}, "/bin/false failed"),
        ({"CXX": "/no/such/compiler"}, "No such file"),
        ({"PATH": "/nowhere"}, "no C++ compiler is found"),
    ],
)
def test_it_is_told_why_it_is_missing(setting, reason, tmp_path, monkeypatch):
    for name in ("CXX", _build.SWITCH):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"XDG_CACHE_HOME": str(tmp_path), **setting}.items():
        monkeypatch.setenv(name, value)
    library, why = _build.load.__wrapped__()
    assert library is None
    assert reason in why
    # Nothing half-made is left.
    assert not list(tmp_path.rglob("*.so"))


@pytest.mark.one_stack
def test_nothing_needs_it(tmp_path):
    """In a process of its own, with an empty cache and a compiler that fails."""
    code = """
import numpy as np, jax.numpy as jnp
from gapjunction.kernels import Laplacian, native
pre, post = np.random.default_rng(0).integers(0, 500, (2, 2000)).astype(np.int32)
made = Laplacian(pre, post, (500,), layout="rows"), Laplacian(pre, post, (500,))
w, x = jnp.ones(2000), jnp.arange(500.0)
np.testing.assert_allclose(made[0](w, x), made[1](w, x), rtol=1e-4)
print(made[1].layout((2000,)).name, native.status())
"""
    environment = {k: v for k, v in os.environ.items() if k not in ("CXX", _build.SWITCH)}
    environment |= {"XDG_CACHE_HOME": str(tmp_path), "CXX": "/bin/false"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True
    )
    assert done.stdout.startswith("padded not in use: /bin/false failed")


def test_systems_without_numbers_of_users(monkeypatch):
    """Windows has neither a recipe nor these functions."""
    for name in ("getuid", "geteuid", "killpg"):
        monkeypatch.delattr(os, name, raising=False)
    monkeypatch.delenv(_build.SWITCH, raising=False)
    monkeypatch.setattr(sys, "platform", "win32")
    assert _build.load.__wrapped__() == (None, "there is no recipe to compile it on win32")


@pytest.mark.one_stack
@pytest.mark.skipif(sys.platform == "win32", reason="compilers are not started there")
def test_a_compiler_that_hangs(tmp_path, monkeypatch, caplog):
    """It is announced, ended with the programs that it started, and not tried twice."""
    compiler, started, late = (tmp_path / name for name in ("hangs", "started", "late"))
    compiler.write_text(f"#!/bin/sh\necho >>{started}\n(sleep 2; echo >{late}) &\nwait\n")
    compiler.chmod(0o700)
    for name, value in {"CXX": str(compiler), "XDG_CACHE_HOME": str(tmp_path / "cache")}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv(_build.SWITCH, raising=False)
    monkeypatch.setattr(_build, "QUIET_S", 0.2)
    monkeypatch.setattr(_build, "LIMIT_S", 1.0)
    assert _build.load.__wrapped__() == (None, f"{compiler} took more than 1 s")
    assert [record.getMessage() for record in caplog.records] == [
        f"gapjunction waits for the compiler {compiler}, for at most 1 s more; the environment "
        "variable GAPJUNCTION_NATIVE=0 does without it."
    ]
    time.sleep(2)
    assert not late.exists()
    assert started.read_text() == "\n"
    # Nothing half-made is left.
    assert not list((tmp_path / "cache" / "gapjunction").iterdir())


@needs_it
@pytest.mark.parametrize(
    ("batch", "precision"), [((), 32), ((5,), 64), ((16,), 32), ((37,), 64), ((37,), 32)]
)
def test_large_sums_on_several_threads_are_the_same_every_time(batch, precision):
    pre, post = random(20_000, 20)
    rng = np.random.default_rng(1)
    w, x = jnp.asarray(rng.random(len(pre))), jnp.asarray(rng.normal(size=(*batch, 20_000)))
    rows, edges = (Laplacian(pre, post, (20_000,), layout=name) for name in ("rows", "edges"))
    first = rows(w, x)
    np.testing.assert_allclose(first, edges(w, x), atol=5e-5 if precision == 32 else 1e-12)
    for _ in range(5):
        np.testing.assert_array_equal(rows(w, x), first)


@needs_it
def test_many_calls_at_once():
    """Calls that share XLA's threads must not wait for each other for ever."""
    pre, post = random(20_000, 20)
    rows = Laplacian(pre, post, (20_000,), layout="rows")
    w, x = jnp.ones(len(pre)), jnp.asarray(np.random.default_rng(1).normal(size=20_000))
    call = jax.jit(lambda x: [rows(w, x + i) for i in range(20)])
    results = [call(x) for _ in range(20)]
    np.testing.assert_allclose(results[-1][0], rows(w, x), atol=1e-4)


@needs_it
def test_rounding_is_no_worse_than_that_of_edges():
    """Errors against float64, of voltages at -65 mV whose differences are small."""
    pre, post = random(5000, 100)
    rng = np.random.default_rng(1)
    w = rng.random(len(pre)).astype(np.float32)
    x = (-65 + 0.01 * rng.normal(size=5000)).astype(np.float32)
    flow = w.astype(np.float64) * (x[pre].astype(np.float64) - x[post])
    exact = np.bincount(post, flow, 5000) - np.bincount(pre, flow, 5000)
    errors = [
        np.std(Laplacian(pre, post, (5000,), layout=name)(w, jnp.asarray(x)) - exact)
        for name in ("rows", "edges")
    ]
    assert errors[0] <= errors[1]
