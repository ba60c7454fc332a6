"""The simulator on a real broker: what it says it sent is what lies in the topics."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread

import pytest
from confluent_kafka import OFFSET_BEGINNING, Consumer, Message, TopicPartition

from app.edges.kafka.names import Topics
from app.edges.kafka.topics import create, declare
from app.edges.registry.codec import AvroCodec
from app.edges.registry.schemas import Schemas
from app.embedded.kafka import EmbeddedKafka
from app.embedded.simulator.planned import Planned
from app.embedded.simulator.producer import Simulator
from app.errors import ConfigurationError
from app.inventory.load import load
from app.pipeline.source import Position
from app.settings import AppSettings, KafkaSettings

ROOT = Path(__file__).parents[2]
INVENTORY = load(ROOT / "deploy/config")
CODEC = AvroCodec(Schemas.load(ROOT / "schemas"))
FINAL = {"won", "lost", "disqualified", "refunded"}

Make = Callable[..., Simulator]


@pytest.fixture
def names(kafka: EmbeddedKafka, topic_prefix: str) -> Topics:
    """The names of a whole set of topics, created."""
    names = Topics(topic_prefix)
    settings = KafkaSettings(bootstrap_servers=kafka.bootstrap)
    create(settings.client(), declare(INVENTORY, names, AppSettings(partitions=4)))
    return names


@pytest.fixture
def simulator(kafka: EmbeddedKafka, names: Topics) -> Make:
    """Makes a simulator for those topics."""
    settings = KafkaSettings(bootstrap_servers=kafka.bootstrap)
    return lambda seed, **options: Simulator(settings, names, INVENTORY, CODEC.encode, seed, **options)


def read(kafka: EmbeddedKafka, topics: list[str]) -> list[Message]:
    """Everything in these topics, up to the watermarks of now."""
    consumer = Consumer(
        {"bootstrap.servers": kafka.bootstrap, "group.id": "reads-all", "fetch.message.max.bytes": 10_000_000}
        | {"enable.auto.commit": False, "enable.partition.eof": False}
    )
    known, ends = consumer.list_topics(timeout=10).topics, dict[tuple[str, int], int]()
    for topic in topics:
        for number in known[topic].partitions:
            ends[topic, number] = consumer.get_watermark_offsets(TopicPartition(topic, number), timeout=10)[1]
    consumer.assign([TopicPartition(topic, number, OFFSET_BEGINNING) for topic, number in ends])
    found: list[Message] = []
    deadline = time.monotonic() + 60
    while len(found) < sum(ends.values()) and time.monotonic() < deadline:
        found += [message for message in consumer.consume(1000, 0.5) if not message.error()]
    consumer.close()
    assert len(found) == sum(ends.values())
    return found


def inbound(names: Topics) -> list[str]:
    return [names.inbound(source) for source in INVENTORY.sources]


def test_two_thousand_records_arrive(kafka: EmbeddedKafka, names: Topics, simulator: Make) -> None:
    """All 2,000 records lie where the delivery reports said, byte for byte; the truth's counts are the topics'; the outcomes
    are about leads that were sent; visits are of those who sent them; and the sources are billed."""
    told: dict[Position, Planned] = {}

    def keep(planned: Planned, position: Position) -> None:
        told[position] = planned

    sent = simulator(5, on_delivered=keep)
    truth = sent.run(2000, None, Event())

    found = read(kafka, inbound(names))
    assert len(found) == len(told) == truth.records == 2000
    for message in found:
        planned = told[Position(message.topic(), message.partition(), message.offset())]
        assert (message.value(), message.key()) == (planned.value, planned.key)
    by_source = Counter(names.source_of(message.topic()) for message in found)
    assert by_source == truth.sources == sent.delivered
    assert {message.partition() for message in found} == {0, 1, 2, 3}

    outcomes = [CODEC.decode(message.value(), "outcome") for message in read(kafka, [names.outcomes])]
    leads = {position.lead_id: planned for position, planned in told.items() if planned.outcomes}
    assert {outcome["lead_id"] for outcome in outcomes} == set(leads)
    last: dict[str, str] = {}
    for outcome in sorted(outcomes, key=lambda one: one["occurred_at"]):
        if outcome["outcome"] in FINAL:
            last[outcome["lead_id"]] = outcome["outcome"]
    assert all((last[lead_id] == "won") is planned.won for lead_id, planned in leads.items())

    visits = [CODEC.decode(message.value(), "behaviour_event") for message in read(kafka, [names.behaviour])]
    assert Counter(visit["event"] for visit in visits) == sent.visited
    assert {visit["visitor_id"] for visit in visits} == {planned.trail.visitor for planned in told.values() if planned.trail}

    spend = [CODEC.decode(message.value(), "spend") for message in read(kafka, [names.spend])]
    assert {bill["source"] for bill in spend} == {name for name, source in INVENTORY.sources.items() if source.cost_per_lead}


def test_a_paced_run_keeps_its_rate_and_stops_when_told(kafka: EmbeddedKafka, names: Topics, simulator: Make) -> None:
    """At 200 records/s it neither floods nor starves the topics, reports outcomes while running, and ends within a second."""
    stop, sent = Event(), simulator(5, day_s=0.05, bursts=False, depth=0.0)
    thread = Thread(target=sent.run, args=(None, 200.0, stop))
    begun = time.monotonic()
    thread.start()
    deadline = begun + 30
    while (sent.delivered.total() < 400 or not sent.reported["won"]) and time.monotonic() < deadline:
        time.sleep(0.05)
    took = time.monotonic() - begun
    stop.set()
    thread.join(5)
    assert not thread.is_alive()
    assert sent.delivered.total() == sent.truth.records >= 400
    assert sent.truth.records / took < 260
    assert len(read(kafka, inbound(names))) == sent.truth.records
    assert sent.reported["contacted"] > sent.reported["won"] > 0


def test_stamped_records_carry_story_time(kafka: EmbeddedKafka, names: Topics, simulator: Make) -> None:
    """With `stamped`, CreateTime is the plan's own time, so that windows do not depend on the machine."""
    stamps: list[int] = []
    start = 1_772_438_400_000
    sent = simulator(
        5, start_ms=start, stamped=True, compression=1.0, on_delivered=lambda planned, _: stamps.append(planned.stamp_ms)
    )
    sent.run(300, None, Event())
    assert sorted(message.timestamp()[1] for message in read(kafka, inbound(names))) == sorted(stamps)
    assert start < min(stamps)


def test_missing_topics_are_named(kafka: EmbeddedKafka, topic_prefix: str) -> None:
    """Where a topic does not exist the run says so at once, rather than count what never arrives."""
    sent = Simulator(KafkaSettings(bootstrap_servers=kafka.bootstrap), Topics(topic_prefix), INVENTORY, CODEC.encode, 1)
    with pytest.raises(ConfigurationError, match=f"{topic_prefix}.inbound.google-ads.*leadstream topics"):
        sent.run(20, None, Event())
    assert sent.truth.records == 0
