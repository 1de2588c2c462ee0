"""Compiles the accelerator into a wheel, where the environment asks for it.

By default a wheel has no compiled parts, and the accelerator is compiled on the user's machine.
With ``GAPJUNCTION_PREBUILT=1`` the wheel is for this platform only and contains the accelerator.
``.github/workflows/release.yml`` builds such wheels, and ``make wheel-native`` builds one here.
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SWITCH = "GAPJUNCTION_PREBUILT"
FOLDER = Path("src/gapjunction/kernels/native")
# The interface of XLA only grows: a library that is compiled for an old one works with later ones.
HEADERS = "jaxlib==0.10.2"
FLAGS = ["-std=c++17", "-O2", "-ffp-contract=fast", "-fno-math-errno", "-fPIC", "-shared", "-w"]
# Small images of containers have no C++ library.
STATIC = ["-static-libstdc++", "-static-libgcc", "-Wl,--strip-all"]


class Prebuilt(BuildHookInterface):
    """The hook that hatchling calls when it builds a wheel."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Return what is needed to build, besides hatchling."""
        return [HEADERS] if os.environ.get(SWITCH) == "1" else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, and put the library into the wheel."""
        if os.environ.get(SWITCH) != "1" or version == "editable":
            return
        import jaxlib

        made = Path(self.root) / "build" / "prebuilt" / "rows.so"
        made.parent.mkdir(parents=True, exist_ok=True)
        include = Path(jaxlib.__file__).parent / "include"
        # No options for this machine's processor: the library chooses its instructions at run time.
        command = [os.environ.get("CXX", "c++"), *FLAGS, f"-I{include}"]
        command += STATIC if sys.platform == "linux" else []
        subprocess.run(
            [*command, str(Path(self.root) / FOLDER / "rows.cc"), "-o", str(made)], check=True
        )
        platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
        build_data["pure_python"] = False
        # It depends on the platform, but not on the version of Python.
        build_data["tag"] = f"py3-none-{platform}"
        build_data["force_include"][str(made)] = "gapjunction/kernels/native/prebuilt.so"
