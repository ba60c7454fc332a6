"""Ctrl-C and SIGTERM, and what they mean at each moment of a run."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType
from typing import Self

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupts:
    """While this holds, a signal is a wish and not an end.

    Until `begun` the first signal raises KeyboardInterrupt, so that whatever is starting is given up and put away. Afterwards
    the first sets `stop` and the second `hurry`. No signal ever breaks into the putting away itself, so nothing stays behind.
    """

    def __init__(self) -> None:
        self.stop = threading.Event()
        self.hurry = threading.Event()
        self._starting = True

    def begun(self) -> None:
        """From now on signals only set events."""
        self._starting = False

    def __enter__(self) -> Self:
        self._before = {number: signal.signal(number, self._told) for number in _SIGNALS}
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _told(self, _number: int, _frame: FrameType | None) -> None:
        if self.stop.is_set():
            self.hurry.set()
            return
        self.stop.set()
        if self._starting:
            raise KeyboardInterrupt
