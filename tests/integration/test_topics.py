"""Creating topics on a real broker."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient
from rich.console import Console

from app.edges.kafka import topics
from app.edges.kafka.names import Topics
from app.edges.kafka.topics import Difference, TopicSpec, create, declare
from app.embedded.kafka import EmbeddedKafka
from app.embedded.ports import free_port
from app.errors import ConfigurationError, EdgeDown
from app.inventory.load import load
from app.settings import AppSettings, KafkaSettings


def client(kafka: EmbeddedKafka) -> dict[str, object]:
    return KafkaSettings(bootstrap_servers=kafka.bootstrap).client()


def specs(prefix: str) -> list[TopicSpec]:
    kept = {"cleanup.policy": "delete", "retention.ms": "86400000"}
    return [
        TopicSpec(f"{prefix}.inbound.a", 2, config=kept),
        TopicSpec(f"{prefix}.models", 1, config={"cleanup.policy": "compact"}),
    ]


def test_creates_what_is_missing(kafka: EmbeddedKafka, topic_prefix: str) -> None:
    """On an empty cluster all topics are created, with their partitions, and can be used at once."""
    wanted = specs(topic_prefix)
    report = create(client(kafka), wanted)
    assert report.created == tuple(spec.name for spec in wanted)
    found = AdminClient(client(kafka)).list_topics(timeout=10).topics
    assert [len(found[spec.name].partitions) for spec in wanted] == [2, 1]
    assert all(partition.leader >= 0 for spec in wanted for partition in found[spec.name].partitions.values())


def test_a_second_time_changes_nothing(kafka: EmbeddedKafka, topic_prefix: str) -> None:
    """Every start may declare all topics again; the broker's own notation of a setting is no difference."""
    create(client(kafka), specs(topic_prefix))
    report = create(client(kafka), specs(topic_prefix))
    assert (report.created, report.differing) == ((), ())


def test_the_shipped_inventory(kafka: EmbeddedKafka, topic_prefix: str) -> None:
    """All topics of deploy/config can be created, and read back exactly as they were declared."""
    wanted = declare(load(Path("deploy/config")), Topics(topic_prefix), AppSettings())
    assert len(create(client(kafka), wanted).created) == len(wanted)
    assert create(client(kafka), wanted).differing == ()


def test_an_existing_topic_is_left_and_its_differences_are_told(kafka: EmbeddedKafka, topic_prefix: str) -> None:
    """Partitions and settings that are not as declared are reported, one by one, and stay as they are."""
    inbound, models = specs(topic_prefix)
    create(client(kafka), [inbound, models])
    changed = replace(inbound, partitions=6, config={**inbound.config, "retention.ms": "5"})
    report = create(client(kafka), [changed, models])
    assert [state.spec.name for state in report.differing] == [inbound.name]
    expected = (Difference("partitions", "6", "2"), Difference("retention.ms", "5", "86400000"))
    assert report.differing[0].differences == expected
    assert create(client(kafka), [inbound, models]).differing == ()  # nothing was changed


def test_the_table_shows_states_and_differences(kafka: EmbeddedKafka, topic_prefix: str) -> None:
    """What `leadstream topics` prints names each topic, what was done, and what differs."""
    inbound, models = specs(topic_prefix)
    create(client(kafka), [inbound])
    out = io.StringIO()
    Console(file=out, width=200).print(create(client(kafka), [replace(inbound, partitions=3), models]).table())
    lines = {line.split()[1]: line for line in out.getvalue().splitlines() if topic_prefix in line}
    assert "kept" in lines[inbound.name]
    assert "partitions: 3 → 2" in lines[inbound.name]
    assert "created" in lines[models.name]


def test_several_at_once(kafka: EmbeddedKafka, topic_prefix: str) -> None:
    """Processes that start together may all declare the topics; each topic is created by one of them."""
    wanted = specs(topic_prefix)
    with ThreadPoolExecutor(4) as pool:
        reports = list(pool.map(lambda _: create(client(kafka), wanted), range(4)))
    assert sorted(name for report in reports for name in report.created) == sorted(spec.name for spec in wanted)
    assert [report.differing for report in reports] == [()] * 4


def test_more_replicas_than_brokers_is_a_configuration_error(kafka: EmbeddedKafka, topic_prefix: str) -> None:
    """The message names the topic and the setting to change."""
    with pytest.raises(ConfigurationError, match=rf"{topic_prefix}.models: .*KAFKA_REPLICATION_FACTOR"):
        create(client(kafka), [TopicSpec(f"{topic_prefix}.models", 1, replication_factor=3)])


def test_a_setting_that_kafka_does_not_know_is_a_configuration_error(kafka: EmbeddedKafka, topic_prefix: str) -> None:
    """Waiting would not help, so it is not told as an outage."""
    with pytest.raises(ConfigurationError, match="retention"):
        create(client(kafka), [TopicSpec(f"{topic_prefix}.a", 1, config={"retention.ms": "a month"})])


def test_tls_to_a_plain_listener_is_told(kafka: EmbeddedKafka, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the call itself it looks like a silent network; what the client heard says more."""
    monkeypatch.setattr(topics, "ANSWER_S", 3.0)
    settings = KafkaSettings(bootstrap_servers=kafka.bootstrap, security_protocol="SSL")
    with pytest.raises(EdgeDown, match=r"SSL connection closed.*KAFKA_SECURITY_PROTOCOL"):
        create(settings.client(), [])


def test_nobody_there_is_an_edge_down(monkeypatch: pytest.MonkeyPatch) -> None:
    """An address where nothing listens may come back: the caller is told to wait, and where to look."""
    monkeypatch.setattr(topics, "ANSWER_S", 1.0)
    address = f"127.0.0.1:{free_port()}"
    with pytest.raises(EdgeDown, match=f"{address}.*KAFKA_BOOTSTRAP_SERVERS"):
        create(KafkaSettings(bootstrap_servers=address).client(), [])
