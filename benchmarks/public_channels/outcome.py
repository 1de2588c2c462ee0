"""What becomes of a file, and many files in processes with a limit of time."""

from __future__ import annotations

import dataclasses
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any, TypeVar

T = TypeVar("T")
R = TypeVar("R")


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What became of a file: a word for it, the reason, and the difference as a share."""

    kind: str
    reason: str = ""
    error: float | None = None


def each(
    function: Callable[[T], R],
    items: Sequence[T],
    workers: int,
    seconds: int,
    failed: Callable[[str], R],
) -> list[R]:
    """Apply a function to all items, in processes; give up what fails or takes longer."""
    limited = _Limited(function, seconds, failed)
    if workers == 0:
        return [limited(item) for item in items]
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        return list(pool.map(limited, items))


@dataclasses.dataclass(frozen=True)
class _Limited:
    function: Callable[[Any], Any]
    seconds: int
    failed: Callable[[str], Any]

    def __call__(self, item: Any) -> Any:
        signal.signal(signal.SIGALRM, _stop)
        signal.alarm(self.seconds)
        try:
            return self.function(item)
        except _TooLongError:
            return self.failed(f"it takes more than {self.seconds} s")
        except Exception as error:  # whatever it is, the other files are tried
            return self.failed(f"{type(error).__name__}: {error}")
        finally:
            signal.alarm(0)


class _TooLongError(BaseException):
    pass


def _stop(*_: object) -> None:
    raise _TooLongError
