"""Sends the plan to Kafka: inbound records, the visits before them, the outcomes after them, and what the sources cost."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import islice
from math import inf
from threading import Event
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from app.edges.kafka.names import Topics
from app.embedded.simulator.arrivals import DAY_MS, HOUR_MS
from app.embedded.simulator.incidents import Incident
from app.embedded.simulator.planned import Planned
from app.embedded.simulator.reports import Report, Reports
from app.embedded.simulator.shapes.submission import Encode
from app.embedded.simulator.spend import Spend, SpendBook
from app.embedded.simulator.traffic import USUAL, Mix, Traffic
from app.embedded.simulator.truth import Delivered, Truth
from app.embedded.simulator.visits import Trail
from app.errors import ConfigurationError, EdgeDown
from app.inventory.models import Inventory
from app.pipeline.source import Position
from app.settings import MAX_RECORD_BYTES, KafkaSettings

STORY_START_MS = 1_772_438_400_000  # Monday 2026-03-02 08:00 UTC: every story begins on a busy morning
FREE_RUN_PER_S = 10_000  # an unpaced run's stamps are as dense as if it had this rate
AHEAD_MS = 1_000  # a visit is told so long before its lead, by the stamps: who keeps journeys needs a moment
AHEAD_RECORDS = 2_000  # … or so many records, in a run that does not wait
FLUSH_S = 60.0
METADATA_S = 15.0
_POLL_S = 0.05
_POLL_EVERY = 100  # records between two looks at the delivery reports


class Simulator:
    """All sources at once.

    Args:
        kafka, names: Where to, and what the topics are called. The topics must exist.
        inventory: The sources; see Traffic.
        encode: Writes Avro in the Confluent wire format (AvroCodec.encode).
        seed: The same seed gives the same story. Its times begin now, so the bytes are the same only for the same `start_ms`.
        start_ms: Where the stamps begin. Not given: now for a paced run; for an unpaced one as far back as the run is long.
        compression: Story time against the stamps' time. Not given: such that the mean rate is the one asked for.
        day_s: Seconds, on the stamps' clock, that stand for a day between a lead and its outcome.
        stamped: Whether records carry their stamp as CreateTime, so that windows over a run do not depend on the machine's speed.
            Else their CreateTime is the wall clock.
        all_outcomes: Whether outcomes that are not due when the records end are reported at once, or never.
        on_delivered: Told of each record that Kafka acknowledged, with its position.
        garbage: Share of records that nobody could process; the mix's own if not given.
        mix, incidents, drift_at, depth, bursts, first_person: See Traffic. Incidents are in story time, from STORY_START_MS.
    """

    def __init__(
        self,
        kafka: KafkaSettings,
        names: Topics,
        inventory: Inventory,
        encode: Encode,
        seed: int,
        *,
        start_ms: int | None = None,
        compression: float | None = None,
        day_s: float = 1.0,
        stamped: bool = False,
        all_outcomes: bool = True,
        on_delivered: Delivered | None = None,
        mix: Mix = USUAL,
        garbage: float | None = None,
        incidents: Sequence[Incident] = (),
        drift_at: int | None = None,
        depth: float = 1.0,
        bursts: bool = True,
        first_person: int = 0,
    ) -> None:
        self._producer = Producer(
            kafka.producer(
                **{
                    "enable.idempotence": True,  # or a retry of the client would plant a duplicate that nobody counts
                    # One batch at a time: on a partition without any state of this producer (a new topic) a broker takes the
                    # second batch although it refused the first with "not leader", and librdkafka then counts the first as
                    # delivered, too ("implicitly acked"): it is lost, and its report has no offset. Measured.
                    "max.in.flight.requests.per.connection": 1,
                    "linger.ms": 20,
                    "compression.type": "lz4",
                    "message.max.bytes": MAX_RECORD_BYTES,
                }
            )
        )
        self._names, self._encode, self._inventory, self._seed = names, encode, inventory, seed
        self._start_ms, self._compression, self._stamped, self._all_outcomes = start_ms, compression, stamped, all_outcomes
        mix = mix if garbage is None else replace(mix, garbage=garbage)
        self._plan: dict[str, Any] = {"mix": mix, "incidents": incidents, "drift_at": drift_at, "depth": depth, "bursts": bursts}
        self._plan |= {"encode": encode, "first_person": first_person, "story_ms": STORY_START_MS}
        self._on_delivered, self._reports = on_delivered, Reports(day_s * 1000)
        self.truth = Truth()
        self.delivered: Counter[str] = Counter()  # source → records acknowledged; may be read while running
        self.reported: Counter[str] = Counter()  # outcome → records sent
        self.visited: Counter[str] = Counter()  # what visitors did → records sent
        self.failed: Counter[str] = Counter()  # error → records that Kafka refused

    def run(self, limit: int | None, rate: float | None, stop: Event) -> Truth:
        """Send until `limit` records are sent or `stop` is set.

        Args:
            limit: How many records (visits, outcomes and spend not counted); None: no end.
            rate: Records per second in the story's mean, paced by the wall clock; None: as fast as possible.
            stop: Ends the run between two records; what was sent is still flushed.

        Returns:
            What was planted.

        Raises:
            ConfigurationError: Topics are missing.
            EdgeDown: Kafka does not answer, or did not acknowledge everything.
        """
        traffic = self.traffic(limit, rate)
        self._check_topics(traffic)
        spend = SpendBook(traffic)
        last_ms = traffic.story_ms
        for planned in self._after_visits(islice(traffic.events(), limit)):
            if rate is not None:
                self._wait_until(planned.stamp_ms, stop)
            if stop.is_set():
                break
            self._send(planned)
            for bill in spend.add(planned):
                self._bill(bill)
            self._report(time.time() * 1000 if rate is not None else planned.stamp_ms)
            last_ms = planned.story_ms
        self._flush()
        if self._all_outcomes and not stop.is_set():
            self._report(inf)
        for bill in spend.close(last_ms + 1):
            self._bill(bill)
        self._flush()
        return self.truth

    def traffic(self, limit: int | None, rate: float | None) -> Traffic:
        """The plan of such a run."""
        probe = Traffic(self._inventory, self._seed, STORY_START_MS, **self._plan)
        per_s = sum(probe.per_hour.values()) * 1000 / HOUR_MS
        compression = self._compression or (rate or FREE_RUN_PER_S) / per_s
        start = self._start_ms
        if start is None:
            back_s = 0.0 if rate is not None else (limit or DAY_MS // 1000 * per_s) / (per_s * compression)
            start = int((time.time() - 1.5 * back_s) * 1000)  # the rhythm's slow hours stretch a run: leave room
        return Traffic(self._inventory, self._seed, start, compression=compression, **self._plan)

    def _check_topics(self, traffic: Traffic) -> None:
        """Missing topics would only show after half a minute, as records that were not acknowledged."""
        wanted = {self._names.inbound(source) for source in traffic.sources}
        wanted |= {self._names.behaviour, self._names.outcomes, self._names.spend}
        try:
            missing = sorted(wanted - self._producer.list_topics(timeout=METADATA_S).topics.keys())
        except KafkaException as error:
            raise EdgeDown(f"Kafka does not answer the simulator: {error.args[0].str()}") from None
        if missing:
            raise ConfigurationError(f"topics are missing: {', '.join(missing)}; create them with `leadstream topics`")

    def _after_visits(self, plan: Iterable[Planned]) -> Iterator[Planned]:
        """The plan, a little later than it comes: what people did in the shop before is sent when their lead enters."""
        waiting = deque[Planned]()
        for planned in plan:
            if planned.trail and planned.occurred_ms is not None:
                self._visit(planned.trail, planned.occurred_ms, planned.stamp_ms - AHEAD_MS)
            waiting.append(planned)
            while waiting[0].stamp_ms < planned.stamp_ms - AHEAD_MS or len(waiting) > AHEAD_RECORDS:
                yield waiting.popleft()
        yield from waiting

    def _visit(self, trail: Trail, lead_ms: int, stamp_ms: int) -> None:
        for step in trail.records(lead_ms):
            value = self._encode("behaviour_event", step)
            timestamp = stamp_ms if self._stamped else 0
            self._produce(self._names.behaviour, trail.visitor.encode(), value, timestamp=timestamp, on_delivery=self._own_told)
            self.visited[step["event"]] += 1

    def _send(self, planned: Planned) -> None:
        self.truth.add(planned)
        timestamp = planned.stamp_ms if self._stamped else 0  # 0: now
        topic, told = self._names.inbound(planned.source), partial(self._told, planned)
        self._produce(topic, planned.key, planned.value, timestamp=timestamp, on_delivery=told)
        if planned.index % _POLL_EVERY == 0:
            self._producer.poll(0)

    def _told(self, planned: Planned, error: KafkaError | None, message: Message) -> None:
        if error is not None:
            self.failed[error.name()] += 1
            return
        if message.offset() is None:  # delivered, says the client, but knows not where: then it may not be there at all
            self.failed["NO_OFFSET"] += 1
            return
        position = Position(message.topic(), message.partition(), message.offset())
        self.delivered[planned.source] += 1
        if planned.outcomes:
            self._reports.add(planned, position)
        if self._on_delivered:
            self._on_delivered(planned, position)

    def _report(self, now_ms: float) -> None:
        for report in self._reports.due(now_ms):
            self._produce_own(self._names.outcomes, report.lead_id, "outcome", report)
            self.reported[report.planned.outcome] += 1

    def _bill(self, bill: Spend) -> None:
        self._produce_own(self._names.spend, bill.source, "spend", bill)

    def _produce_own(self, topic: str, key: str, record: str, item: Report | Spend) -> None:
        self._produce(topic, key.encode(), self._encode(record, item.record), on_delivery=self._own_told)

    def _own_told(self, error: KafkaError | None, _: Message) -> None:
        if error is not None:
            self.failed[error.name()] += 1

    def _produce(self, topic: str, key: bytes | None, value: bytes | None, **options: Any) -> None:
        while True:
            try:
                self._producer.produce(topic, value, key, **options)
                return
            except BufferError:  # the client's queue is full: let it send
                self._producer.poll(_POLL_S)

    def _wait_until(self, at_ms: int, stop: Event) -> None:
        """Wait for the wall clock, serving delivery reports and outcomes that fall due meanwhile."""
        while (left_s := at_ms / 1000 - time.time()) > 0 and not stop.is_set():
            self._producer.poll(min(left_s, _POLL_S))
            self._report(time.time() * 1000)

    def _flush(self) -> None:
        left = self._producer.flush(FLUSH_S)
        if left or self.failed:
            raise EdgeDown(f"Kafka did not acknowledge {left + self.failed.total()} simulated records: {dict(self.failed)}")
