"""`leadstream kpi` on topics of a real broker."""

from __future__ import annotations

import uuid

import orjson
import pytest
from confluent_kafka import Producer
from typer.testing import CliRunner

from app.cli import app
from app.edges.kafka.topics import TopicSpec, create
from app.embedded.kafka import EmbeddedKafka
from app.wiring import Installation

DAY_MS = 86_400_000


def test_decisions_outcomes_and_spend_come_together(kafka: EmbeddedKafka, monkeypatch: pytest.MonkeyPatch) -> None:
    """A revision, a win, a bill; what nobody can read is passed over."""
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", kafka.bootstrap)
    monkeypatch.setenv("LEADSTREAM_TOPIC_PREFIX", f"kpi-{uuid.uuid4().hex[:8]}")
    one = Installation.from_environment()
    names, producer = one.names, Producer(one.kafka.client())
    create(one.kafka.client(), [TopicSpec(names.decisions, 2), TopicSpec(names.outcomes, 1), TopicSpec(names.spend, 1)])
    versions = {"schema_version": 5, "rules_version": 1, "model_version": "m", "flags_version": "", "app_version": "0"}
    for n in range(200):
        arm = "candidate" if n % 2 else "control"
        place = {"topic": names.inbound("shop"), "partition": 0, "offset": n, "received_at": n}
        about = {
            "source": "shop",
            "fate": "routed" if n % 2 else "review",
            "band": "hot",
            "team": "nurture",
            "arms": {"auto": arm},
        }
        decision = {"lead_id": f"ld_{n}", "mapping_version": 1} | place | about | versions
        producer.produce(names.decisions, key=decision["lead_id"], value=one.codec.encode("decision", decision))
    outcome = {"lead_id": "ld_7", "outcome": "won", "occurred_at": DAY_MS, "value": 10.0, "currency": "EUR"}
    producer.produce(names.outcomes, key="ld_7", value=one.codec.encode("outcome", outcome))
    bill = {"source": "shop", "campaign": None, "period_start": 0, "period_end": DAY_MS, "amount": 100.0, "currency": "EUR"}
    producer.produce(names.spend, key="shop", value=one.codec.encode("spend", bill))
    producer.produce(names.decisions, b"not Avro")
    producer.flush(20)
    done = CliRunner().invoke(app, ["kpi", "--json"])
    assert done.exit_code == 0, done.output
    told = orjson.loads(done.stdout)
    assert (told["total"]["leads"], told["total"]["won"], told["total"]["spend"]) == (200, 1, pytest.approx(100.0))
    assert told["total"]["manual_share"]["value"] == 0.5
    assert told["contrasts"][0]["changes"]["manual_share"]["relative"]["value"] == -1.0
