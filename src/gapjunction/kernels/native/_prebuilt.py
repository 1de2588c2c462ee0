"""The accelerator that comes with a wheel, so that no compiler is needed."""

from __future__ import annotations

import ctypes
import re
from pathlib import Path
from typing import Final

import jax

LIBRARY: Final = Path(__file__).with_name("prebuilt.so")
_INTERFACE: Final = "xla/ffi/api/c_api.h"


def prebuilt() -> tuple[ctypes.CDLL | None, str]:
    """Return the library that came with the package, with a remark, or None and the reason.

    The text is empty if the package came without a library, as in a source installation.
    """
    if not LIBRARY.is_file():
        return None, ""
    try:
        library = ctypes.CDLL(str(LIBRARY))
    except OSError as error:
        return None, f"the one in the wheel cannot be loaded ({error})"
    made, here = library.gapjunction_interface(), _interface()
    # A version of the interface contains all earlier ones with the same major number.
    if here is None or made // 1000 != here // 1000 or made > here:
        return None, (
            f"the one in the wheel is for version {_text(made)} of XLA's interface, and this "
            f"jaxlib has {_text(here)}"
        )
    return library, "it came with the package"


def _interface() -> int | None:
    """Return the version of XLA's interface of the installed jaxlib: 1000 major + minor."""
    try:
        text = (Path(jax.ffi.include_dir()) / _INTERFACE).read_text()
    except OSError:
        return None
    found = dict(re.findall(r"#define XLA_FFI_API_(MAJOR|MINOR) (\d+)", text))
    if set(found) != {"MAJOR", "MINOR"}:
        return None
    return 1000 * int(found["MAJOR"]) + int(found["MINOR"])


def _text(interface: int | None) -> str:
    return "no known one" if interface is None else f"{interface // 1000}.{interface % 1000}"
