"""Keeps the review queue up with the topics: what is held, what was decided since, which verdicts are on their way."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import structlog
from confluent_kafka import Message

from app.edges.kafka.lane import GroupOffsets
from app.edges.kafka.names import Topics
from app.edges.kafka.reading import headers_of
from app.edges.kafka.review_store import ReviewStore
from app.edges.kafka.reviser_reading import Reading
from app.edges.kafka.reviser_shelf import Shelf
from app.edges.kafka.stepping import step_or_wait
from app.edges.kafka.topic_specs import DAY_MS
from app.errors import BadRecord
from app.inventory.reviewing import Reviewing
from app.ops import metrics_review as metrics
from app.ops.health import Health
from app.ops.progress import Progress as Standing
from app.pipeline.revision.headers import REVISION
from app.pipeline.revision.verdict import read
from app.pipeline.source import Position
from app.review.entry import Decided, Item, Said, decided_of, item_of
from app.review.saying import LEAD_ID, digest_of

BEAT_S: Final = 120.0  # a step takes a minute at most: Kafka's time limits, one after the other
PROGRESS_S: Final = 1.0  # how often to ask how far the reviser is
SHOW_S: Final = 10.0
ANSWER_S: Final = 60.0  # the loop that answers gives a sign of life every five
FORGET_S: Final = 3_600.0
KEPT_MS: Final = 30 * DAY_MS  # what the review topic keeps
_LEAD: Final = re.compile(LEAD_ID)
_TP = tuple[str, int]

log = structlog.get_logger(__name__)


class Codec(Protocol):
    """Reads Avro."""

    def read_own(self, value: bytes, record: str) -> dict[str, object]: ...
    def decode(self, value: bytes, record: str) -> dict[str, object]: ...


@dataclass(frozen=True)
class Progress:
    """How far the reviser was, and how far decisions must be read for all that it had done by then to be known."""

    passed: dict[int, int]
    until: dict[_TP, int]


class ReviewFollower:
    """Runs in a thread of its own; `store` and `shelf` are as it last knew.

    Args:
        offsets: Positions of the reviser's group.
        lock: Held while the shelf is used, by this and by whoever opens leads.
        secret: For digests of verdicts.
    """

    def __init__(
        self,
        reading: Reading,
        offsets: GroupOffsets,
        names: Topics,
        codec: Codec,
        reviewing: Reviewing,
        *,
        store: ReviewStore,
        shelf: Shelf,
        lock: threading.Lock,
        secret: bytes,
        health: Health,
    ) -> None:
        self._reading, self._offsets, self._names, self._codec = reading, offsets, names, codec
        self._reviewing, self._store, self._shelf, self._lock = reviewing, store, shelf, lock
        self._secret, self._health = secret, health
        self._verdicts = [tp for tp in reading.at if tp[0] == names.verdicts]
        self._decisions = [tp for tp in reading.at if tp[0] == names.decisions]
        self._progress: Progress | None = None
        self._standing = Standing(health, "following")
        self._asked_at = self._forgot_at = time.monotonic()
        self._shown_at = 0.0
        self.caught_up = threading.Event()

    def run(self, stop: threading.Event) -> None:
        """Read everything once, then follow until stopped.

        Raises:
            FatalError: Partitions were added: begin anew.
        """
        self._health.set("caught_up", ok=False, why="reading the review queue", todo="wait: about 30,000 records a second")
        started, count = time.monotonic(), 0
        for messages in self._reading.catch_up(stop):
            self._take(messages)
            count += len(messages)
            self._health.beat("review", BEAT_S)
        self._see_progress()
        self._health.set("caught_up", ok=True)
        self.caught_up.set()
        log.info("review_queue_read", records=count, took_ms=round(1_000 * (time.monotonic() - started)))
        while not stop.is_set():
            step_or_wait(self._step, stop, self._health, "the queue shows what it last knew; nothing is lost")
            self._health.beat("review", BEAT_S)

    def close(self) -> None:
        """End the connections, and the files."""
        self._reading.close()
        with self._lock:
            self._shelf.close()
        self._store.close()

    async def answering(self) -> None:
        """A sign of life of the loop that answers requests."""
        self._health.beat("server", ANSWER_S, "answering a request")

    def _step(self) -> None:
        self._take(self._reading.read())
        now = time.monotonic()
        if now - self._asked_at >= PROGRESS_S:
            self._asked_at = now
            self._see_progress()
        if now - self._shown_at >= SHOW_S:
            self._shown_at = now
            metrics.show_queue(*self._store.waiting())
            self._standing.look(self._reading.at, self._reading.ends())
        if now - self._forgot_at >= FORGET_S:
            self._forgot_at = now
            self._store.forget(int(time.time() * 1000) - KEPT_MS)
            with self._lock:
                self._shelf.forget(self._reading.beginnings())

    def _take(self, messages: Sequence[Message]) -> None:
        with self._lock:
            self._shelf.take(messages)
        news = [one for message in messages if (one := self._news(message)) is not None]
        if news:
            self._store.take(news)

    def _news(self, message: Message) -> Item | Decided | Said | None:
        """What a record says of the queue; None where that is nothing. What cannot be read is logged and passed over."""
        topic, value = message.topic(), message.value()
        if value is None:
            return None
        try:
            if topic == self._names.review:
                return item_of(self._codec.read_own(value, "lead"), self._reviewing, message.timestamp()[1])
            if topic == self._names.decisions and any(name == REVISION for name, _ in headers_of(message)):
                return decided_of(self._codec.read_own(value, "decision"), message.timestamp()[1])
            if topic == self._names.verdicts:
                return self._said(message, value)
        except BadRecord as bad:
            log.warning("record_passed_over", topic=topic, offset=message.offset(), reason=bad.reason)
        return None

    def _said(self, message: Message, value: bytes) -> Said | None:
        where = Position(message.topic(), message.partition(), message.offset())
        said = read(self._codec.decode(value, "verdict"), where.identity)  # anybody's
        if not _LEAD.fullmatch(said.lead):
            return None
        digest = digest_of(said, self._secret)
        return Said(said.lead, said.id, said.says, said.by, said.at_ms, where.partition, where.offset, digest)

    def _see_progress(self) -> None:
        """Verdicts that the reviser has passed by without a trace were refused: known once all its decisions until then are."""
        seen = self._progress
        if seen is not None and all(self._reading.at[tp] >= end for tp, end in seen.until.items()):
            for partition, offset in seen.passed.items():
                self._store.passed(partition, offset)
            seen = None
        if seen is None:
            passed = {tp[1]: self._offsets.committed(*tp) or 0 for tp in self._verdicts}
            seen = Progress(passed, self._offsets.ends(self._decisions))
        self._progress = seen
