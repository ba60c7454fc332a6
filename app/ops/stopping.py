"""Being asked to stop: what is under way is finished, within a limit; asked twice, nothing is.

SIGTERM and SIGINT ask. A role that has not ended DRAIN_S later ends all the same, with where it stands in its log: supervisors
kill what takes longer than their grace (10 s of `leadstream run`, 30 s of Kubernetes), and a killed process tells nothing.
"""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Final

import structlog

from app.ops.ending import end_stuck, leave

DRAIN_S: Final = 9.0

log = structlog.get_logger(__name__)
_asked = threading.Event()


def asked(number: int) -> None:
    """The process was asked to stop: once for all that it does, twice for ending at once."""
    if _asked.is_set():
        leave(128 + number)
    _asked.set()
    threading.Thread(target=_overrun, name="drain-limit", daemon=True).start()


def until_signalled() -> threading.Event:
    """Set by SIGTERM and SIGINT. For the main thread."""
    stop = threading.Event()

    def handle(number: int, _frame: FrameType | None) -> None:
        asked(number)
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, handle)
    return stop


def _overrun() -> None:
    if not threading.Event().wait(DRAIN_S):
        end_stuck("drain_overran", f"asked to stop {DRAIN_S:g} s ago, and not done", "nothing is lost; look where it stood")
