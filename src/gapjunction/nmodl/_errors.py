"""The error that this package raises."""

from __future__ import annotations


class NmodlError(ValueError):
    """A file cannot be read, or not exactly: the message says what was found, where, and why.

    Parameters
    ----------
    message : str
        What is wrong.
    line : int, optional
        The line, from 1.
    file : str
        The name of the file, if it is known.

    Examples
    --------
    >>> from gapjunction.nmodl import NmodlError
    >>> print(NmodlError("VERBATIM is refused.", 12, "kap.mod"))
    kap.mod, line 12: VERBATIM is refused.
    """

    __module__ = "gapjunction.nmodl"

    def __init__(self, message: str, line: int | None = None, file: str = "") -> None:
        self.message, self.line, self.file = message, line, file
        where = ", ".join(filter(None, (file, f"line {line}" if line is not None else "")))
        super().__init__(f"{where}: {message}" if where else message)

    def __reduce__(self) -> tuple[type[NmodlError], tuple[str, int | None, str]]:
        return NmodlError, (self.message, self.line, self.file)
