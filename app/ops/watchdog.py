"""Alive is not progressing: ends the process (exit code STUCK) when a promised beat did not come.

A thread of its own looks, so that a loop or a step that does not return is noticed. Where a library holds the interpreter and no
thread of Python's gets a turn (a decoder that runs away in C), a timer of C's (faulthandler) does: it writes to stderr where each
thread stands, and the process ends with 1.
"""

from __future__ import annotations

import faulthandler
import sys
import threading
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Final, Protocol, Self

from app.ops.ending import end_stuck

LOOK_S: Final = 1.0
FROZEN_S: Final = 10.0  # a look that comes so late: the whole process stood still, and nobody in it can be blamed
HELD_S: Final = 60.0  # no thread of Python's gets a turn for so long


class Said(Protocol):
    """What did not come. As in health.py."""

    @property
    def name(self) -> str: ...
    @property
    def why(self) -> str: ...
    @property
    def todo(self) -> str: ...


class Promised(Protocol):
    """Whose beats are watched."""

    @property
    def overdue(self) -> Sequence[Said]: ...

    def renew(self) -> None: ...


class Watchdog:
    """Watches for as long as its context lasts.

    Args:
        health: Knows what was promised.
    """

    def __init__(self, health: Promised) -> None:
        self._health, self._stop = health, threading.Event()
        self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stop.set()
        self._thread.join()
        faulthandler.cancel_dump_traceback_later()

    def _watch(self) -> None:
        looked_at = time.monotonic()
        while not self._stop.wait(LOOK_S):
            faulthandler.dump_traceback_later(HELD_S, exit=True, file=sys.__stderr__ or sys.stderr)
            now = time.monotonic()
            if now - looked_at > FROZEN_S:
                self._health.renew()
            looked_at = now
            if late := self._health.overdue:
                why = "; ".join(f"{one.name}: {one.why}" for one in late)
                end_stuck("process_stuck", why, late[0].todo)
