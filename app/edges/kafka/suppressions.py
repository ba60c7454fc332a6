"""What people do not want, as its compacted topic says: followed by whoever passes leads on.

Nobody answers before the topic was read to its end, and nobody goes on answering where it cannot be seen that nothing more has
come: what stands on the topic is known to every process within FRESH_S, or that process lets its leads wait.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

import structlog
from confluent_kafka import IsolationLevel, KafkaException, Message

from app.edges.kafka.following import Following, News
from app.edges.kafka.group_offsets import Ends
from app.edges.kafka.names import Topics
from app.errors import BadRecord, EdgeDown
from app.ops import metrics_privacy as metrics
from app.pipeline.suppressing import Table
from app.ports import Suppressed, Suppressing
from app.settings import KafkaSettings

RECORD: Final = "suppression"
START_S: Final = 30.0  # how long a start waits for the end of the topic: a million are read in half a minute
FRESH_S: Final = 5.0  # what was written longer ago is known, or leads wait
LOOK_S: Final = 0.5
_MOMENT_S: Final = 0.02
_CLOSE_S: Final = 12.0

log = structlog.get_logger(__name__)

Decode = Callable[[bytes, str], dict[str, Any]]


class KafkaSuppressions:
    """Implements `app.ports.Suppressions`, with two background threads.

    Args:
        kafka: How to reach Kafka.
        names: The topics.
        decode: Reads a suppression.
        wait_s: How long to wait for the end of the topic; then leads wait until it is read.
    """

    def __init__(self, kafka: KafkaSettings, names: Topics, decode: Decode, wait_s: float = START_S) -> None:
        self._decode, self._topic, self._table = decode, names.suppressions, Table()
        self._fresh_at: float | None = None
        self._stop, self._first = threading.Event(), threading.Event()
        self._ends = Ends(kafka.client())
        self._following = Following(
            kafka.client(),
            self._topic,
            self._read,
            name="suppressions",
            wait_s=0,
            consequence="leads wait until it is read: whoever objects must not be contacted",
        )
        self._watching = threading.Thread(target=self._watch, name="suppressions-fresh", daemon=True)
        self._watching.start()
        self._first.wait(wait_s)

    def current(self) -> Suppressing | None:
        if self._fresh_at is None or time.monotonic() - self._fresh_at > FRESH_S:
            raise EdgeDown(f"what people do not want is not known: {self._topic} cannot be read to its end")
        table = self._table
        return table if len(table) else None

    def close(self) -> None:
        """Stop following."""
        self._stop.set()
        self._following.close()
        self._watching.join(_CLOSE_S)

    def _read(self, news: News) -> None:
        table, behind = Table(), True
        for message in news:
            if message is None:
                behind, self._table = False, table
                metrics.suppressed.set(len(table))
                log.info("suppressions_read", count=len(table))
                continue
            take(table, message, self._decode)
            if not behind:
                metrics.suppressed.set(len(table))

    def _watch(self) -> None:
        """Note, again and again, that everything has been taken in that stood on the topic a moment ago."""
        where = (self._topic, 0)
        while not self._stop.is_set():
            asked = time.monotonic()
            with suppress(EdgeDown, KafkaException):
                end = self._ends.of([where], IsolationLevel.READ_COMMITTED).get(where)
                if end is not None and self._reached(end, asked + FRESH_S):
                    self._fresh_at = asked
                    self._first.set()
            self._stop.wait(LOOK_S)

    def _reached(self, end: int, deadline: float) -> bool:
        while self._following.reached.get(0, -1) < end:
            if time.monotonic() > deadline or self._stop.wait(_MOMENT_S):
                return False
        return True


def take(table: Table, message: Message, decode: Decode) -> None:
    """Take one record of the topic in; what cannot be read is logged, and what was said before of its key goes on."""
    try:
        identifier = bytes.fromhex((message.key() or b"").decode())
        table.put(identifier, None if message.value() is None else said(decode(message.value(), RECORD)))
    except (BadRecord, ValueError, UnicodeDecodeError) as bad:
        metrics.refused.labels("suppressions").inc()
        log.error("suppression_refused", offset=message.offset(), error=type(bad).__name__, todo="see docs/privacy.md")


def said(value: dict[str, Any]) -> Suppressed:
    """What a record says."""
    return Suppressed(value["why"], frozenset(value["purposes"]), value["since"])
