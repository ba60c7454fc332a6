"""Keeps the match index: fills it when it lost its data, forgets what has ended, tells links that wait, and counts.

One thread in each process that asks the index; between them the index shares out the work: one restores, and each step of the
sweep is told to one.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from typing import Final

import structlog

from app.edges.redis.match_index import RedisMatchIndex
from app.errors import EdgeDown
from app.match_index import Standing
from app.ops import metrics

log = structlog.get_logger(__name__)

EVERY_S: Final = 1.0
COUNT_EVERY: Final = 10  # turns
STEPS: Final = 20  # of the sweep in one turn: for 8,000 leads a second, of 2 to 15 ms of Redis each
LONGEST_PAUSE_S: Final = 60.0  # after failures: an index that does not fit into its Redis is not filled again and again
CLOSE_S: Final = 5.0
_HELD: Final = ("leads", "bytes")
_COUNTED: Final = ("same", "crowded", "left_out", "missed", "late", "expired")


class MatchKeeper:
    """A daemon thread. No error ends it: what passes is waited for, anything else is logged and tried again.

    Args:
        index: What is kept.
        standing: Tells all leads that stand, from where they are recorded; begins when it is iterated.
        tell: Tells the index the links that wait (`Identity.tell`), for times without batches.
        heard: Told with each turn why the index cannot tell; None where it can.
        clock: Unix time.
    """

    def __init__(
        self,
        index: RedisMatchIndex,
        standing: Callable[[], Iterable[Standing | None]],
        *,
        tell: Callable[[], None] = lambda: None,
        heard: Callable[[str | None], None] = lambda _: None,
        every_s: float = EVERY_S,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._index, self._standing, self._tell, self._heard = index, standing, tell, heard
        self._every_s, self._clock = every_s, clock
        self._stop, self._turned = threading.Event(), threading.Event()
        self._turns, self._failures = 0, 0
        self._away = self._filling = False
        self._thread = threading.Thread(target=self._run, name="match-keeper", daemon=True)

    def start(self, wait_s: float = 0.0) -> None:
        """Begin; returns when the first turn is over (a new index is complete then), or after `wait_s`."""
        self._thread.start()
        self._turned.wait(wait_s)

    def close(self) -> None:
        """Stop. What was being restored is begun again by another, a minute later."""
        self._stop.set()
        self._thread.join(timeout=CLOSE_S)

    def turn(self) -> None:
        """One turn of the work.

        Raises:
            EdgeDown: The index does not answer, or another process restores it.
        """
        self._index.restore(self._told())
        self._fills(now=False)
        metrics.match_index_complete.set(1)
        self._tell()
        horizon = self._index.horizon(int(1000 * self._clock()), STEPS)
        for _ in range(horizon.steps if horizon.now_ms else 0):
            self._index.sweep(horizon.now_ms)
        if self._turns % COUNT_EVERY == 0:
            counts = asdict(self._index.counts())
            for held in _HELD:
                metrics.match_index_held.labels(held).set(counts[held])
            for counted in _COUNTED:
                metrics.match_index_counted.labels(counted).set(counts[counted])
        self._turns += 1

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self.turn()
                self._failures = 0
                self._say(None)
            except EdgeDown as down:
                self._failures += self._filling  # what was read is read again
                self._say(str(down))
            except Exception as error:
                self._failures += 1
                log.error("match_keeper_failed", error=type(error).__name__, consequence="the match index is not kept meanwhile")
                self._say(f"it cannot be kept: {type(error).__name__}")
            self._fills(now=False)
            self._turned.set()
            self._stop.wait(min(LONGEST_PAUSE_S, self._every_s * 2**self._failures))

    def _say(self, why: str | None) -> None:
        self._heard(why)
        if why and not self._away:
            metrics.match_index_complete.set(0)
            consequence = "leads wait" if self._index.wait else "leads go on; who is a duplicate is found out later"
            log.warning("match_index_away", why=why, consequence=consequence)
        elif not why and self._away:
            log.info("match_index_back")
        self._away = why is not None

    def _told(self) -> Iterator[Standing | None]:
        self._fills(now=True)
        metrics.match_index_complete.set(0)
        for one in self._standing():
            if self._stop.is_set():
                raise EdgeDown("this process ends")
            yield one

    def _fills(self, *, now: bool) -> None:
        self._filling = now
        metrics.match_index_restoring.set(now)
