"""The duty `eraser` of the role privacy: requests on the topic `erasure` become erasures, and these become proofs on `erased`.

One request after the other, in the order in which they stand:

1. Wait until the workers have passed what stood on the inbound topics when the request was met: nothing is under way.
2. Find the person's leads (eraser_search.py).
3. Write what erases them (eraser_deeds.py), keys first.
4. Redis forgets them; raw records go from the inbound topics as far as the workers have read.
5. A moment later, look at what came since: the reviser may have revised one of the leads at the same time. Erase that, too.
6. The proof and the position after the request, in one transaction.

Killed at any point it begins the request anew: what was erased is met no more, and the proof is written once. No state but that.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import structlog
from confluent_kafka import Consumer, TopicPartition

from app.edges.kafka.eraser_deeds import AT_ONCE, Codec, Deeds, Standing
from app.edges.kafka.eraser_inbound import Inbound
from app.edges.kafka.eraser_search import Found, Search
from app.edges.kafka.names import Topics
from app.edges.kafka.reading import come, ended, partitions, read_to_end, reader
from app.edges.kafka.reviser_writer import Writer
from app.edges.kafka.topic_configs import Configs, configs
from app.edges.redis.oblivion import Oblivion
from app.errors import BadRecord, ConfigurationError
from app.ops import metrics_erasure as metrics
from app.pipeline.delivery import Outgoing
from app.pipeline.identifiers import KINDS
from app.privacy.erasing import Place, Proof, Request, expired_by, last_until, overwritten_by

STEP_S: Final = 5.0  # of one step; other duties wait so long
SETTLE_S: Final = 12.0  # what somebody else had begun when we wrote is committed or aborted by then: a transaction lasts 10 s
LOOK_S: Final = 60.0  # between two looks at what should be gone by itself by now
WAIT_S: Final = 1.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Parts:
    """What the duty works with.

    Attributes:
        client: confluent-kafka settings.
        redis: What Redis knows.
        declared: Topic → its settings as we declare them.
        suppress: Request → records that keep the person from being contacted again.
        clock_ms: Milliseconds since the epoch.
    """

    client: dict[str, Any]
    names: Topics
    codec: Codec
    search: Search
    deeds: Deeds
    inbound: Inbound
    redis: Oblivion
    declared: Configs
    suppress: Callable[[Request, int], Sequence[Outgoing]]
    clock_ms: Callable[[], int] = lambda: int(time.time() * 1000)
    settle_s: float = SETTLE_S


class Eraser:
    """See the module. A `Duty`.

    Raises:
        ConfigurationError: A topic is missing.
        EdgeDown: Kafka does not answer.
    """

    name = "eraser"

    def __init__(self, parts: Parts, writer: Writer) -> None:
        self._parts, self._writer, self._names = parts, writer, parts.names
        self._proofs = self._read_proofs()
        self._consumer, self._at = self._begin()
        self._under_way: tuple[TopicPartition, Iterator[None]] | None = None
        self._not_before, self._looked_at = 0.0, 0.0

    def step(self) -> bool:
        """See `Duty`."""
        if time.monotonic() < self._not_before:
            return False
        if self._under_way is None:
            self._under_way = self._next()
        if self._under_way is None:
            return self._settle_proofs()
        _, work = self._under_way
        until = time.monotonic() + STEP_S
        try:
            for _ in work:
                if time.monotonic() >= until or time.monotonic() < self._not_before:
                    return True
        except BaseException:
            self._give_up()
            raise
        self._under_way = None
        return True

    def close(self) -> None:
        """See `Duty`."""
        self._consumer.close()

    def _read_proofs(self) -> dict[str, Mapping[str, Any]]:
        """Request → its newest proof; of more than a year, which is what the topic keeps."""
        found: dict[str, Mapping[str, Any]] = {}
        for message in read_to_end(self._parts.client, [self._names.erased]):
            if (value := message.value()) is not None:
                try:
                    told = self._parts.codec.read_own(value, "erased")
                except BadRecord as bad:
                    log.warning("record_passed_over", topic=self._names.erased, offset=message.offset(), reason=bad.reason)
                    continue
                found[told["request_id"]] = told
        return found

    def _begin(self) -> tuple[Consumer, dict[tuple[str, int], int]]:
        consumer = reader(self._parts.client)
        assigned = partitions(consumer, [self._names.erasure])
        if not assigned:
            consumer.close()
            raise ConfigurationError(f"missing topics: {self._names.erasure}; create them with `leadstream topics --create`")
        at: dict[tuple[str, int], int] = {}
        for tp in assigned:
            position = self._writer.offsets.committed(tp.topic, tp.partition)
            if position is not None:
                tp.offset = max(position, self._writer.offsets.beginning(tp.topic, tp.partition))
            at[tp.topic, tp.partition] = tp.offset
        consumer.assign(assigned)
        return consumer, at

    def _next(self) -> tuple[TopicPartition, Iterator[None]] | None:
        """The next request, and the work of it."""
        for message in come(self._consumer, 1, 0.1):
            if ended(message):
                continue
            where = TopicPartition(message.topic(), message.partition(), message.offset())
            if (value := message.value()) is None:  # a request that was done
                continue
            try:
                request = Request.of(self._parts.codec.read_own(value, "erasure"))
            except BadRecord as bad:
                log.error("erasure_unreadable", topic=where.topic, offset=where.offset, reason=bad.reason)
                self._writer.deliver([], {(where.topic, where.partition): where.offset + 1})
                continue
            if request.id in self._proofs:
                log.info("erasure_repeated", request=request.id)
                self._writer.deliver([self._over(request)], {(where.topic, where.partition): where.offset + 1})
                continue
            return where, self._work(request, where)
        return None

    def _over(self, request: Request) -> Outgoing:
        """Takes the request away, and with it the person's pseudonyms; the proof has none."""
        return Outgoing(self._names.erasure, request.id.encode(), None, [])

    def _give_up(self) -> None:
        """The request is met again."""
        if self._under_way is not None:
            self._consumer.seek(self._under_way[0])
            self._under_way = None

    def _work(self, request: Request, where: TopicPartition) -> Iterator[None]:
        parts, started = self._parts, time.monotonic()
        log.info("erasure_begun", request=request.id)
        # 1
        ends = parts.inbound.ends()
        while waiting := parts.inbound.waiting(ends):
            metrics.waiting.set(waiting)
            yield from self._pause(WAIT_S)
        metrics.waiting.set(0)
        # 2
        found = Found()
        yield from parts.search.find(request, found)
        leads = sorted(found.leads)
        # 3
        standing, done = Standing(), Counter[str]()
        yield from parts.deeds.stands(leads, found, standing)
        now_ms, held = parts.clock_ms(), Counter(standing.records)
        yield from self._write(standing, done, now_ms, 0)
        # 4
        places = parts.redis.forget(leads, found.browsers, found.persons)
        cut = parts.inbound.cut(standing.inputs)
        # 5
        turn = 0
        while True:
            turn += 1
            yield from self._pause(parts.settle_s)
            yield from parts.deeds.stands(leads, found, standing, again=True)
            if not standing.newest:
                break
            yield from self._write(standing, done, now_ms, turn)
        # 6
        proof = Proof(request, leads, self._places(held, done, standing, found, cut) + places)
        told = proof.told(parts.clock_ms())
        suppressing = list(parts.suppress(request, told["erased_at"])) if request.suppress else []
        record = Outgoing(self._names.erased, request.id.encode(), parts.codec.encode("erased", told), [])
        self._writer.deliver([record, *suppressing, self._over(request)], {(where.topic, where.partition): where.offset + 1})
        self._proofs[request.id] = told
        metrics.erasures.labels(told["state"]).inc()
        took = round(time.monotonic() - started, 1)
        log.info("erasure_done", request=request.id, count=len(leads), records=found.read, seconds=took)

    def _write(self, standing: Standing, done: Counter[str], at_ms: int, turn: int) -> Iterator[None]:
        told = self._parts.deeds.outgoing(standing, at_ms, turn)
        for start in range(0, len(told), AT_ONCE):
            some = told[start : start + AT_ONCE]
            self._writer.deliver(some, {})
            done.update(one.topic for one in some)
            yield

    def _pause(self, seconds: float) -> Iterator[None]:
        self._not_before = time.monotonic() + seconds
        yield

    def _places(
        self, held: Mapping[str, int], done: Mapping[str, int], standing: Standing, found: Found, cut: Mapping[str, int | None]
    ) -> list[Place]:
        """What the proof tells of topics."""
        names, now_ms, deeds = self._names, self._parts.clock_ms(), self._parts.deeds
        told = configs(self._parts.client, [*deeds.topics, *cut, names.behaviour, names.consent], self._parts.declared)
        places = []
        for topic in deeds.topics:
            count, how = held.get(topic, 0), deeds.how(topic)
            until = overwritten_by(told[names.keys if topic == names.decisions else topic], now_ms)
            if topic == names.decisions and standing.unlocked:
                until = expired_by(told[topic], now_ms)
            places.append(Place(topic, how, count, until) if count else Place(topic, "nothing", 0))
        for topic, partitions_cut in cut.items():
            if partitions_cut is None:
                places.append(Place(topic, "expires", 0, expired_by(told[topic], now_ms)))
            else:
                places.append(Place(topic, "truncated", partitions_cut, expired_by(told[topic], now_ms)))  # its file's age counts
        expiring = [topic for topic in (names.behaviour, names.consent) if topic in told]
        places += [Place(topic, "expires", 0, expired_by(told[topic], now_ms)) for topic in expiring]
        places.append(Place("files of api and reviser", "forgotten", len(found.leads)))
        return places

    def _settle_proofs(self) -> bool:
        """Say so where the last trace should be gone by now."""
        if time.monotonic() - self._looked_at < LOOK_S:
            return False
        self._looked_at, now_ms = time.monotonic(), self._parts.clock_ms()
        over = [one for one in self._proofs.values() if one["state"] == "waiting" and (last_until(one) or 0) <= now_ms]
        for one in over:
            told = {**one, "state": "done"}
            record = Outgoing(self._names.erased, one["request_id"].encode(), self._parts.codec.encode("erased", told), [])
            self._writer.deliver([record], {})
            self._proofs[one["request_id"]] = told
            log.info("erasure_over", request=one["request_id"])
        return bool(over)


def suppressing(topic: str, encode: Callable[[str, Mapping[str, Any]], bytes], request: Request, now_ms: int) -> list[Outgoing]:
    """Records that keep the person from being contacted, should their data come again."""
    told = {"purposes": [], "since": now_ms, "why": "erased"}
    return [
        Outgoing(topic, one.encode(), encode("suppression", {"identifier": one, "kind": kind, **told}), [])
        for kind, one in sorted(request.identifiers)
        if kind in KINDS
    ]
