"""A circuit breaker: who failed twice in a row is left alone for a while, so that not every batch pays for the wait."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Literal

import structlog

from app.errors import EnrichmentMissing

log = structlog.get_logger(__name__)


class Breaker:
    """Closed as long as calls work; open for a pause after failures; then one call tries for all.

    Args:
        failures: In a row, until it opens.
        pause_s: For how long nobody is let through.
        clock: Seconds.
    """

    def __init__(self, failures: int = 2, pause_s: float = 3.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit, self._pause_s, self._clock = failures, pause_s, clock
        self._lock = threading.Lock()
        self._failed = 0
        self._until = 0.0
        self._how: Literal["slow", "down"] = "down"

    def enter(self) -> None:
        """Ask before each call.

        Raises:
            EnrichmentMissing: It is open.
        """
        if self._failed < self._limit:
            return
        with self._lock:
            if self._failed >= self._limit:
                now = self._clock()
                if now < self._until:
                    raise EnrichmentMissing(self._how)
                self._until = now + self._pause_s  # this call tries; the others go on without

    def missed(self, how: Literal["slow", "down"], error: str | None = None) -> None:
        """The call failed."""
        with self._lock:
            self._failed += 1
            self._how, self._until = how, self._clock() + self._pause_s
            opened = self._failed == self._limit
        if opened:
            log.warning("behaviour_missing", reason=how, error=error, consequence="leads go on without what visitors did")

    def worked(self) -> None:
        """The call was answered."""
        if self._failed:
            with self._lock:
                back, self._failed = self._failed >= self._limit, 0
            if back:
                log.info("behaviour_back")
