"""What a result was measured on."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import jax

from gapjunction.kernels import native
from gapjunction.kernels.native import _build

PACKAGES = ("jax", "jaxlib", "brainpy", "brainstate", "braintools", "saiunit", "numpy", "scipy")


def facts() -> dict[str, dict[str, Any]]:
    """Return the ``machine`` and the ``versions``, as text and numbers."""
    return {"machine": machine(), "versions": versions()}


def machine() -> dict[str, Any]:
    """Return processor, memory, accelerators and operating system."""
    found = {
        "processor": processor(),
        "cores": cores(),
        "memory": memory(),
        "accelerators": accelerators(),
        "system": platform.platform(),
    }
    is_used, _, how = native.status().partition(": ")
    if is_used == "in use":
        found["accelerator"] = accelerator(how)
    if flags := os.environ.get("XLA_FLAGS"):
        found["XLA_FLAGS"] = flags
    return found


def accelerator(how: str) -> str:
    """Return the instructions that the library for CPUs uses, and what it was compiled by.

    Without its place on this machine, which ``how`` has behind the instructions.
    """
    instructions, _, where = how.partition(", ")
    if where == "it came with the package":
        return how
    compiler = os.environ.get("CXX") or next(filter(None, map(shutil.which, _build._COMPILERS)), "")
    first = _output(compiler, "--version").partition("\n")[0]
    flags = " ".join(
        flag for flag in (*_build._FLAGS, _build._TUNED) if flag.startswith(("-O", "-m"))
    )
    return f"{instructions}, {first} {flags}"


def versions() -> dict[str, str]:
    """Return those of Python, of what the library runs on, and of the library."""
    found = {"gapjunction": _version("gapjunction"), "Python": platform.python_version()}
    if commit := _commit():
        found["gapjunction"] += f" at {commit}"
    return found | {name: _version(name) for name in PACKAGES}


def cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def processor() -> str:
    """Return the processor's name."""
    places = Path("/proc/cpuinfo")
    if places.exists() and (named := re.search(r"model name\s*:\s*(.+)", places.read_text())):
        return named[1].strip()
    return _output("sysctl", "-n", "machdep.cpu.brand_string") or platform.processor() or "unknown"


def load() -> float | None:
    """Return how many processes wanted a core in the last minute, where that is known."""
    return round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None


def memory() -> str:
    """Return the size of the memory."""
    try:
        size = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return "unknown"
    return f"{size / 2**30:.0f} GiB"


def accelerators() -> str:
    """Return what JAX computes on besides the processor."""
    kinds = [device.device_kind for device in jax.devices() if device.platform != "cpu"]
    return ", ".join(f"{kinds.count(kind)} x {kind}" for kind in sorted(set(kinds))) or "none"


def _commit() -> str:
    here = Path(__file__).parent
    commit = _output("git", "-C", str(here), "rev-parse", "--short=12", "HEAD")
    changed = commit and _output("git", "-C", str(here), "status", "--porcelain", "-uno")
    return f"{commit}, changed" if changed else commit


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _output(*command: str) -> str:
    """Return what a command prints, or nothing if it cannot be run."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()
