"""The embedded Kafka and Redis: they serve, and can be killed, paused and started again on the same port and data."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import redis
from confluent_kafka import Consumer, KafkaError, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, ConfigResource, ResourceType
from redis.backoff import NoBackoff
from redis.retry import Retry

from app.edges.kafka.topics import DLQ_RECORD_BYTES, TopicSpec, create
from app.embedded.kafka import EmbeddedKafka
from app.embedded.redis import EmbeddedRedis
from app.errors import EdgeDown


def write(kafka: EmbeddedKafka, topic: str, value: bytes) -> KafkaError | None:
    """Write one record and wait for the broker's word; the error, if it was one."""
    producer = Producer({"bootstrap.servers": kafka.bootstrap, "message.max.bytes": 20_000_000, "message.timeout.ms": 20_000})
    answers: list[KafkaError | None] = []
    producer.produce(topic, value, on_delivery=lambda error, _message: answers.append(error))
    producer.flush()
    return answers[0]


def first(kafka: EmbeddedKafka, topic: str) -> bytes | None:
    """The value of the first record of a topic's partition 0."""
    consumer = Consumer({"bootstrap.servers": kafka.bootstrap, "group.id": "unused", "enable.auto.commit": False})
    try:
        consumer.assign([TopicPartition(topic, 0, 0)])
        message = consumer.poll(20)
        assert message is not None
        assert message.error() is None
        value: bytes | None = message.value()
        return value
    finally:
        consumer.close()


class TestKafka:
    def test_takes_the_largest_dead_letter(self, kafka: EmbeddedKafka, topic_prefix: str) -> None:
        """The largest input with the headers that explain it goes through, byte for byte; a larger one does not."""
        topic, limit = f"{topic_prefix}.dlq", {"max.message.bytes": str(DLQ_RECORD_BYTES)}
        create({"bootstrap.servers": kafka.bootstrap}, [TopicSpec(topic, 1, config=limit)])
        value = b"x" * (DLQ_RECORD_BYTES - 1_000)  # the batch's own frame takes some
        assert write(kafka, topic, value) is None
        assert first(kafka, topic) == value
        error = write(kafka, topic, b"x" * (DLQ_RECORD_BYTES + 1))
        assert error is not None
        assert error.code() == KafkaError.MSG_SIZE_TOO_LARGE

    def test_creates_no_topic_by_itself(self, kafka: EmbeddedKafka, topic_prefix: str) -> None:
        """A misspelt topic is an error and not a new topic."""
        admin, name = AdminClient({"bootstrap.servers": kafka.bootstrap}), f"{topic_prefix}.typo"
        asked = admin.list_topics(name, timeout=10).topics[name].error
        assert asked is not None
        assert asked.code() == KafkaError.UNKNOWN_TOPIC_OR_PART
        assert name not in admin.list_topics(timeout=10).topics

    def test_deletes_nothing_by_age(self, kafka: EmbeddedKafka) -> None:
        """Simulated records carry the times of other days; the broker must not look for expired ones within any session."""
        admin, broker = AdminClient({"bootstrap.servers": kafka.bootstrap}), ConfigResource(ResourceType.BROKER, "1")
        found = admin.describe_configs([broker])[broker].result()
        assert int(found["log.retention.check.interval.ms"].value) > 365 * 24 * 3_600_000

    def test_killed_and_started_again(self, tmp_path: Path) -> None:
        """After kill -9 the same address serves the same records; after a stop, too."""
        with EmbeddedKafka(tmp_path) as kafka:
            address = kafka.bootstrap
            create({"bootstrap.servers": address}, [TopicSpec("t", 1)])
            assert write(kafka, "t", b"kept") is None
            kafka.kill()
            assert not kafka.running
            kafka.start()
            assert (kafka.bootstrap, first(kafka, "t")) == (address, b"kept")
            kafka.stop()
            assert not kafka.running
            kafka.start()
            assert (kafka.bootstrap, first(kafka, "t")) == (address, b"kept")
        assert not kafka.running

    def test_a_broker_that_cannot_start_says_why(self, tmp_path: Path) -> None:
        """The error holds the end of the broker's own log, and nothing is left running."""
        kafka = EmbeddedKafka(tmp_path, properties={"log.segment.bytes": "a lot"})
        with pytest.raises(EdgeDown, match=r"(?s)embedded Kafka.*broker\.log.*log\.segment\.bytes"):
            kafka.start()
        assert not kafka.running


def client(server: EmbeddedRedis, timeout_s: float = 5) -> redis.Redis:
    return redis.Redis.from_url(server.url, socket_timeout=timeout_s, retry=Retry(NoBackoff(), 0), decode_responses=True)


class TestRedis:
    def test_never_forgets_by_itself(self, redis_server: EmbeddedRedis) -> None:
        """A claim is neither evicted when memory is short nor lost when the server dies: the settings say so."""
        wanted = {"maxmemory-policy": "noeviction", "appendonly": "yes", "appendfsync": "always", "save": ""}
        with client(redis_server) as connection:
            assert {name: connection.config_get(name)[name] for name in wanted} == wanted

    def test_killed_and_started_again(self, tmp_path: Path) -> None:
        """What was answered before a kill -9 is there after it, at the same address."""
        with EmbeddedRedis(tmp_path) as server:
            url = server.url
            with client(server) as connection:
                connection.set("claim", "ld_1")
            server.kill()
            assert not server.running
            server.start()
            with client(server) as connection:
                assert (server.url, connection.get("claim")) == (url, "ld_1")
        assert not server.running

    def test_paused_and_resumed(self, tmp_path: Path) -> None:
        """A paused server keeps its connections and answers nothing; resumed, it goes on."""
        with EmbeddedRedis(tmp_path, appendfsync="no") as server, client(server, timeout_s=0.3) as connection:
            connection.set("claim", "ld_1")
            server.pause()
            with pytest.raises(redis.TimeoutError):
                connection.get("claim")
            server.resume()
            assert connection.get("claim") == "ld_1"

    def test_a_paused_server_can_be_stopped(self, tmp_path: Path) -> None:
        """Stopping wakes it first, so that it ends in order and at once."""
        server = EmbeddedRedis(tmp_path).start()
        server.pause()
        began = time.monotonic()
        server.stop()
        assert not server.running
        assert time.monotonic() - began < 8  # the grace before a kill is 10 s

    def test_a_server_that_cannot_start_says_why(self, tmp_path: Path) -> None:
        """The error holds the end of the server's own log."""
        (tmp_path / "appendonly.aof").write_text("this is no append-only file")
        with pytest.raises(EdgeDown, match=r"(?s)embedded Redis ended.*Bad file format"):
            EmbeddedRedis(tmp_path).start()
