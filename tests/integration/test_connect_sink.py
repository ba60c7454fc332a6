"""A consumer that nobody here wrote reads our JSON topics: Kafka Connect's file sink."""

from __future__ import annotations

import json
from pathlib import Path

from confluent_kafka import Producer

from app.edges.kafka.topics import TopicSpec, create
from app.embedded.kafka import EmbeddedKafka
from app.settings import KafkaSettings
from tests.harness.connect import file_sink
from tests.harness.waiting import until

PER_TRANSACTION = 50


def transaction(producer: Producer, topic: str, number: int, *, commit: bool) -> list[str]:
    """Write one transaction of leads and end it; the lines that the file sink makes of them."""
    lines = []
    producer.begin_transaction()
    for lead in range(PER_TRANSACTION):
        lead_id = f"l{number}-{lead}"
        producer.produce(topic, json.dumps({"lead_id": lead_id}).encode(), lead_id)
        lines.append(f"{{lead_id={lead_id}}}")
    producer.flush()  # on the broker, aborted or not
    if commit:
        producer.commit_transaction()
    else:
        producer.abort_transaction()
    return lines


def test_connect_writes_exactly_the_committed_leads(kafka: EmbeddedKafka, topic_prefix: str, tmp_path: Path) -> None:
    """What a transaction aborted never reaches a sink; what it committed reaches it once and in order."""
    topic, output = f"{topic_prefix}.routed.sales", tmp_path / "leads.txt"
    settings = KafkaSettings(bootstrap_servers=kafka.bootstrap)
    create(settings.client(), [TopicSpec(topic, 1)])
    producer = Producer(settings.client(**{"transactional.id": topic_prefix}))
    producer.init_transactions()
    committed = transaction(producer, topic, 1, commit=True)
    transaction(producer, topic, 2, commit=False)

    with file_sink(kafka, [topic], output):
        committed += transaction(producer, topic, 3, commit=True)  # while it reads
        transaction(producer, topic, 4, commit=False)
        committed += transaction(producer, topic, 5, commit=True)
        until(
            lambda: output.exists() and output.read_text().endswith(f"{committed[-1]}\n"),
            "the last committed lead is in the file",
        )

    assert output.read_text().splitlines() == committed
