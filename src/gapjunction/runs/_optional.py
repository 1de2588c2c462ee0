"""Packages that only long runs need; they are imported when they are used."""

from __future__ import annotations

import importlib
from typing import Any


def optional(package: str, purpose: str) -> Any:
    """Import a package of the extra ``runs`` and return it.

    Raises
    ------
    ImportError
        If it is not installed; the message says how to install it.

    Examples
    --------
    >>> optional('math', 'Numbers').sqrt(4)
    2.0
    >>> optional('not_there', 'Recording to disk')
    Traceback (most recent call last):
    ImportError: Recording to disk needs not_there: pip install 'gapjunction[runs]'.
    """
    try:
        return importlib.import_module(package)
    except ImportError as error:
        name = package.partition(".")[0]
        raise ImportError(
            f"{purpose} needs {name}: pip install 'gapjunction[runs]'.", name=name
        ) from error
