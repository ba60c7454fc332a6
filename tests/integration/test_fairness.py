"""`leadstream fairness` on topics of a real broker."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import orjson
import pytest
from confluent_kafka import Producer
from typer.testing import CliRunner

from app.cli import app
from app.edges.kafka.topics import TopicSpec, create
from app.embedded.kafka import EmbeddedKafka
from app.wiring import Installation
from tests.harness.stream_of_groups import told

LEADS = 600


@pytest.fixture(scope="module", autouse=True)
def topics(kafka: EmbeddedKafka) -> Iterator[None]:
    """An installation whose scores wrong a group, and a record that nobody can read."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("KAFKA_BOOTSTRAP_SERVERS", kafka.bootstrap)
        environment.setenv("LEADSTREAM_TOPIC_PREFIX", f"fairness-{uuid.uuid4().hex[:8]}")
        one = Installation.from_environment()
        names, producer = one.names, Producer(one.kafka.client())
        create(one.kafka.client(), [TopicSpec(names.decisions, 2), TopicSpec(names.outcomes, 1)])
        for kind, record in told(1, LEADS, against=1.5):
            where = {"topic": names.inbound("shop"), "partition": 0, "offset": 0} if kind == "decision" else {}
            topic = names.decisions if kind == "decision" else names.outcomes
            producer.produce(topic, key=record["lead_id"], value=one.codec.encode(kind, record | where))
        producer.produce(names.decisions, b"not Avro")
        producer.flush(20)
        yield


def _run(*arguments: str) -> tuple[int, str]:
    found = CliRunner().invoke(app, ["fairness", *arguments])
    return found.exit_code, found.stdout


def test_a_breach_is_told_and_fails_where_it_is_to() -> None:
    """JSON names the group and the measure; the exit code is 1 only with --fail-on-breach, and 0 where nothing breaches."""
    code, out = _run("--json")
    report = orjson.loads(out)
    assert code == 0
    assert report["leads"] == LEADS
    assert {one["value"] for one in report["breaches"]} == {"f"}
    assert _run("--fail-on-breach")[0] == 1
    assert _run("--fail-on-breach", "--by", "device")[0] == 0


def test_people_get_tables() -> None:
    """A table per dimension, the breach in words, and no lead's id."""
    code, out = _run("--by", "person.sex")
    assert code == 0
    assert "by person.sex (sensitive)" in out
    assert "breach: sensitive:person.sex=f:hot" in out
    assert "ld_" not in out


def test_since_leaves_out_what_came_before() -> None:
    """The leads of this story arrived in 1970."""
    assert "no leads were decided" in _run("--since", "24h")[1]
