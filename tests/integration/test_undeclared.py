"""A topic that nobody declared, on a real broker, under workers that are at work."""

from __future__ import annotations

import time
from pathlib import Path

import orjson
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

from app.edges.kafka.discovery import MISSED, Discovery
from app.edges.kafka.names import Topics
from app.embedded.kafka import EmbeddedKafka
from app.embedded.redis import EmbeddedRedis
from tests.harness.config import CATCH_ALL, only
from tests.harness.fleet import Fleet, environment, install

RECORDS = 300
FORM = "submission_id=f{n}&email=jo{n}%40example.com&name=Jo+Miller"


def made(bootstrap: str, *topics: str, partitions: int = 2) -> None:
    """Create topics."""
    admin = AdminClient({"bootstrap.servers": bootstrap})
    for future in admin.create_topics([NewTopic(topic, partitions, 1) for topic in topics]).values():
        future.result(30)


class TestDiscovery:
    def test_only_what_a_source_may_be_called(self, kafka: EmbeddedKafka, topic_prefix: str) -> None:
        """Declared topics, other topics and names that are no slugs are left out; a deleted topic goes after some looks."""
        names = Topics(topic_prefix)
        topics = [names.inbound(name) for name in ("declared", "new-one", "Not_A_Slug")]
        made(kafka.bootstrap, *topics, f"{topic_prefix}.other")
        discovery = Discovery({"bootstrap.servers": kafka.bootstrap}, names, ["declared"])
        deadline = time.monotonic() + 20
        while not (found := discovery.look()) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert found == [names.inbound("new-one")]
        admin = AdminClient({"bootstrap.servers": kafka.bootstrap})
        for future in admin.delete_topics([names.inbound("new-one")], operation_timeout=20).values():
            future.result(30)
        while names.inbound("new-one") in admin.list_topics(timeout=10).topics and time.monotonic() < deadline:
            time.sleep(0.1)
        looks = [discovery.look() for _ in range(MISSED)]
        assert looks[0] == found
        assert looks[-1] == []


def test_a_new_topic_is_consumed_and_nothing_is_lost_or_doubled(kafka: EmbeddedKafka, tmp_path: Path, topic_prefix: str) -> None:
    """Two workers at work, a topic comes: all of its records get one fate each, none of them routed; the others go on."""
    config = only(tmp_path / "config", "web-form", routing=CATCH_ALL)
    with EmbeddedRedis(tmp_path / "redis") as redis:
        settings = environment(topic_prefix, kafka.bootstrap, redis.url, LEADSTREAM_CONFIG_DIR=str(config))
        one = install(settings)
        producer = Producer(one.kafka.client())
        with Fleet(one, settings, tmp_path) as fleet:
            fleet.join()
            fleet.join()
            for n in range(RECORDS):
                producer.produce(one.names.inbound("web-form"), FORM.format(n=n).encode())
            producer.flush(10)
            assert fleet.wait_until(fleet.caught_up, 60)
            newcomer = one.names.inbound("callback-form")
            made(kafka.bootstrap, newcomer, partitions=3)
            for n in range(RECORDS):
                lead = {"Vorname": "Eva", "E-Mail": f"eva{n % 250}@example.org"}  # the last 50 come a second time
                producer.produce(newcomer, b"call me" if n % 100 == 99 else orjson.dumps(lead), partition=n % 250 % 3)
                producer.produce(one.names.inbound("web-form"), FORM.format(n=RECORDS + n).encode())
                producer.poll(0.01)
            producer.flush(10)
            assert fleet.wait_until(lambda: fleet.ledger().holds, 60)
            ledger = fleet.ledger()
        assert fleet.happened.total() == 0, "a worker ended on the way"
    fates = {fate: n for (source, fate), n in ledger.fates.items() if source == "callback-form"}
    assert ledger.records_in == {"web-form": 2 * RECORDS, "callback-form": RECORDS}
    assert sum(fates.values()) == RECORDS
    assert (fates.get("routed", 0), fates["dead_letter"]) == (0, 3)
    assert fates["review"] >= 240
