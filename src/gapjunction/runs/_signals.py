"""Delays Ctrl-C, and the signal by which a scheduler ends a job, to the end of a chunk."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any, Final

STOPS: Final = (signal.SIGINT, signal.SIGTERM)


class Signals:
    """Records a signal to stop, within a ``with`` block; a second one acts at once."""

    def __init__(self) -> None:
        self.caught: int | None = None
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Signals:
        # Python lets only the main thread set handlers of signals.
        if threading.current_thread() is threading.main_thread():
            for number in STOPS:
                self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._restore()

    def stop(self, message: str, tell: Callable[[str], Any]) -> None:
        """Raise the exception that belongs to the signal.

        Raises
        ------
        KeyboardInterrupt
            For Ctrl-C, with the message.
        SystemExit
            For the signal of a scheduler, after printing the message.
        """
        self._restore()
        if self.caught == signal.SIGTERM:
            tell(message)
            raise SystemExit(128 + signal.SIGTERM)
        raise KeyboardInterrupt(message)

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.caught = number
        self._restore()

    def _restore(self) -> None:
        while self._before:
            number, handler = self._before.popitem()
            # None stands for a handler that was not set from Python.
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
