"""A circuit breaker: who failed twice in a row is left alone for a while, so that not every batch pays for the wait."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Literal

import structlog

from app.ops.metrics_fallbacks import breaker_open

log = structlog.get_logger(__name__)

How = Literal["slow", "down"]


class Breaker:
    """Closed as long as calls work; open for a pause after failures; then one call tries for all.

    Args:
        name: Of what is asked, in the log.
        consequence: What it means that it is away, for the log.
        refusal: What is raised instead of a call.
        failures: In a row, until it opens.
        pause_s: For how long nobody is let through.
        clock: Seconds.
    """

    def __init__(
        self,
        name: str,
        consequence: str,
        refusal: Callable[[How], Exception],
        *,
        failures: int = 2,
        pause_s: float = 3.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._name, self._consequence, self._refusal = name, consequence, refusal
        self._limit, self._pause_s, self._clock = failures, pause_s, clock
        self._lock = threading.Lock()
        self._failed = 0
        self._until = 0.0
        self._how: How = "down"
        self._open = breaker_open.labels(name)
        self._open.set(0)

    def enter(self) -> None:
        """Ask before each call.

        Raises:
            Exception: It is open: the refusal.
        """
        if self._failed < self._limit:
            return
        with self._lock:
            if self._failed >= self._limit:
                now = self._clock()
                if now < self._until:
                    raise self._refusal(self._how)
                self._until = now + self._pause_s  # this call tries; the others go on without

    def missed(self, how: How, error: str | None = None) -> None:
        """The call failed."""
        with self._lock:
            self._failed += 1
            self._how, self._until = how, self._clock() + self._pause_s
            opened = self._failed == self._limit
        if opened:
            self._open.set(1)
            log.warning(f"{self._name}_missing", reason=how, error=error, consequence=self._consequence)

    def worked(self) -> None:
        """The call was answered."""
        if self._failed:
            with self._lock:
                back, self._failed = self._failed >= self._limit, 0
            if back:
                self._open.set(0)
                log.info(f"{self._name}_back")
