"""Sending dead letters in again, each once: kill it at any point, start it twice, run it again; no letter goes out a second time.

1. Fence: the transactional id is one for the installation, so whoever replays at this moment can commit no more, and what it had
   open is aborted.
2. Read the topic `replays` to its end. All that anybody ever sent stands there, because:
3. each transaction holds the records for the inbound topics, one record of `replays` for each, and one of `changes`, which says
   who and why. All of it becomes visible, or nothing.
4. What was sent before is left out.

Before that the match index forgets letters that may stand there because they failed at the stage identity or later: the replay of
such a one would be taken for a repetition of itself. A dead letter is no lead, so nothing is lost by it, whatever happens next.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

import orjson
from confluent_kafka import KafkaError, KafkaException, Producer

from app.edges.kafka.changes import RECORD as CHANGE
from app.edges.kafka.changes import Change
from app.edges.kafka.lane import STEP_S, producer_settings
from app.edges.kafka.names import Topics
from app.edges.kafka.replay_letters import RECORD, DeadLetters
from app.edges.kafka.replay_topics import Inbound
from app.edges.kafka.trouble import FENCED
from app.errors import EdgeDown, FatalError
from app.pipeline.source import InboundEvent
from app.ports import Codec
from app.replay.letter import Letter, Sending, entered, sending
from app.settings import KafkaSettings

BATCH: Final = 200  # letters in one transaction
BATCH_BYTES: Final = 16_000_000

Encode = Callable[[str, dict[str, Any]], bytes]
Forget = Callable[[Sequence[str]], int]


class Order(NamedTuple):
    """A replay that somebody wants.

    Attributes:
        asked: What for, as the audit tells it: filters and the like, without personal data.
        per_s: At most so many letters a second; None: as fast as Kafka takes them.
    """

    by: str
    why: str
    asked: Mapping[str, Any]
    per_s: float | None = None


class Sent(NamedTuple):
    """What came of it.

    Attributes:
        batch: Names it in `replays` and `changes`.
        before: Letters that turned out to have been sent before.
    """

    batch: str
    letters: int
    before: int


class Replayer:
    """The only one that replays, from here on.

    Args:
        kafka, names: Where.
        codec, encode: Read and write our own records.
        group: The workers' group; with it the transactional id is made.
        forget: Takes leads out of the match index.
        clock: Unix time.

    Raises:
        EdgeDown: Kafka does not answer.
    """

    def __init__(
        self,
        kafka: KafkaSettings,
        names: Topics,
        codec: Codec,
        encode: Encode,
        group: str,
        forget: Forget,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._names, self._encode, self._forget, self._clock = names, encode, forget, clock
        self._letters = DeadLetters(kafka.client(), names, codec.decode)
        self._client = kafka.client()
        self._sent = 0
        self._producer = Producer(producer_settings(kafka.producer(), f"{group}-replay"))
        with self._told():
            self._producer.init_transactions(STEP_S)

    def send(self, chosen: Mapping[str, Letter], order: Order, progress: Callable[[int], None] = lambda done: None) -> Sent:
        """Send these letters in again, those left out that were sent before.

        Args:
            progress: Told how many are sent, after each transaction.

        Raises:
            EdgeDown: An edge does not answer. What was sent is sent; begin anew for the rest.
            FatalError: Another replay began meanwhile, or nobody knows whether the last transaction was committed. As above.
        """
        before = self._letters.replayed()
        left = {lead_id: letter for lead_id, letter in chosen.items() if lead_id not in before}
        inbound = Inbound(self._client, {letter.src.topic for letter in left.values()})
        batch, total = f"rp_{uuid.uuid4().hex[:12]}", len(left)
        pace = _Pace(order.per_s)
        if known := [lead_id for lead_id, letter in left.items() if entered(letter)]:
            self._forget(known)
        for some in _batches(self._letters.records(left), pace.most):
            pace.wait(len(some))
            self._commit(some, inbound, batch, order, total)
            self._sent += len(some)
            progress(self._sent)
        return Sent(batch, self._sent, len(chosen) - total)

    def _commit(
        self, some: Sequence[tuple[Letter, InboundEvent]], inbound: Inbound, batch: str, order: Order, total: int
    ) -> None:
        now_ms = int(self._clock() * 1000)
        with self._told():
            self._producer.begin_transaction()
            for letter, event in some:
                self._produce(sending(event, now_ms, inbound.keeps_ms(event.position.topic)), inbound)
                told = {
                    "lead_id": letter.lead_id,
                    "src": letter.src.identity,
                    "topic": letter.src.topic,
                    "attempt": letter.attempt + 1,
                    "batch": batch,
                    "replayed_at": now_ms,
                    "by": order.by,
                    "why": order.why,
                }
                self._put(self._names.replays, self._encode(RECORD, told), letter.lead_id.encode())
            before = {"sent": self._sent, "of": total}
            after = {"sent": self._sent + len(some), "of": total, "asked": orjson.dumps(dict(order.asked)).decode()}
            change = Change("replay", batch, before if self._sent else None, after, order.by, order.why, now_ms)
            self._put(self._names.changes, self._encode(CHANGE, change.told()), batch.encode())
            self._producer.commit_transaction(STEP_S)

    def _produce(self, one: Sending, inbound: Inbound) -> None:
        where = {"partition": one.partition} if inbound.has(one.topic, one.partition) else {}
        self._put(one.topic, one.value, one.key, headers=one.headers, timestamp=one.timestamp_ms, **where)

    def _put(self, topic: str, value: bytes | None, key: bytes | None, **more: Any) -> None:
        while True:
            try:
                self._producer.produce(topic, value, key, **more)
                return
            except BufferError:  # the client's buffer is full: it empties while we wait
                self._producer.poll(0.1)

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except KafkaException as error:
            raise self._ended(error.args[0]) from error

    def _ended(self, cause: KafkaError) -> EdgeDown | FatalError:
        so_far = f"{self._sent:,} letters were sent before; run it again for the rest, none is sent twice"
        if not cause.fatal() and cause.code() not in FENCED:
            try:
                self._producer.abort_transaction(STEP_S)
                return EdgeDown(f"Kafka did not take a transaction: {cause.str()}; {so_far}")
            except KafkaException as error:
                cause = error.args[0]
        if cause.code() in FENCED or cause.fatal():
            return FatalError(f"another replay began and took over ({cause.str()}); {so_far}")
        return FatalError(f"nobody knows whether the last {BATCH} letters were sent ({cause.str()}); {so_far}")


class _Pace:
    """Holds back, between transactions."""

    def __init__(self, per_s: float | None) -> None:
        self._per_s, self._next = per_s, time.monotonic()

    @property
    def most(self) -> int:
        """Letters in one transaction: what may go in a second."""
        return BATCH if self._per_s is None else max(1, min(BATCH, int(self._per_s)))

    def wait(self, letters: int) -> None:
        """Until these may go."""
        if self._per_s is None:
            return
        time.sleep(max(0.0, self._next - time.monotonic()))
        self._next = max(self._next, time.monotonic()) + letters / self._per_s


def _batches(records: Iterable[tuple[Letter, InboundEvent]], most: int) -> Iterator[list[tuple[Letter, InboundEvent]]]:
    batch: list[tuple[Letter, InboundEvent]] = []
    size = 0
    for one in records:
        batch.append(one)
        size += one[0].weight
        if len(batch) == most or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
