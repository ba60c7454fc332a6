"""Consumers that nobody here wrote read what a worker routed: Confluent's Avro deserializer, and Kafka Connect's file sink."""

from __future__ import annotations

import json
import threading
import uuid
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Message
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext

from app.edges.kafka.ledger import Ledger
from app.edges.kafka.reading import read_to_end
from app.edges.registry.runner import serving_in_thread
from app.edges.registry.server import app
from app.embedded.kafka import EmbeddedKafka
from app.embedded.redis import EmbeddedRedis
from app.embedded.simulator.producer import Simulator
from app.wiring import Installation
from tests.harness.connect import file_sink
from tests.harness.fleet import Fleet, environment, install
from tests.harness.waiting import until

LEADS = 2_000
JSON_TEAM = "partner-desk"
_JSON: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "int": int,
    "long": int,
    "double": (int, float),
    "boolean": bool,
    "null": type(None),
}


@dataclass
class Routed:
    """What a worker made of the traffic."""

    installation: Installation
    ledger: Ledger

    def records(self, topic: str) -> list[Message]:
        return list(read_to_end(self.installation.kafka.client(), [topic]))

    def team(self, team: str) -> str:
        return self.installation.names.routed(team)


@pytest.fixture(scope="module")
def routed(kafka: EmbeddedKafka, redis_server: EmbeddedRedis, tmp_path_factory: pytest.TempPathFactory) -> Routed:
    """2,000 simulated leads, through a worker process, all accounted for."""
    settings = environment(f"consumers-{uuid.uuid4().hex[:8]}", kafka.bootstrap, redis_server.url)
    one = install(settings)
    simulator = Simulator(one.kafka, one.names, one.inventory, one.codec.encode, seed=11, garbage=0.03)
    with Fleet(one, settings, tmp_path_factory.mktemp("logs")) as fleet:
        fleet.join()
        simulator.run(LEADS, None, threading.Event())
        assert fleet.wait_until(fleet.caught_up, 90), f"not caught up; {fleet.happened}"
        ledger = fleet.ledger()
    assert ledger.holds
    return Routed(one, ledger)


@pytest.fixture(scope="module")
def deserialized(routed: Routed) -> dict[str, list[tuple[Message, Any]]]:
    """Topic → its records with what Confluent's deserializer makes of them, its schemas from the registry that we serve."""
    one = routed.installation
    avro = [routed.team(team.name) for team in one.inventory.teams.values() if team.format == "avro"]
    found: dict[str, list[tuple[Message, Any]]] = defaultdict(list)
    with serving_in_thread(app(one.schemas, one.subjects)) as url:
        deserialize = AvroDeserializer(SchemaRegistryClient({"url": url}))
        for message in read_to_end(one.kafka.client(), [*avro, one.names.review, one.names.duplicates, one.names.decisions]):
            context = SerializationContext(message.topic(), MessageField.VALUE)
            found[message.topic()].append((message, deserialize(message.value(), context)))
    return found


class TestAvroDeserializer:
    def test_every_record_of_every_avro_topic(self, routed: Routed, deserialized: dict[str, list[tuple[Message, Any]]]) -> None:
        """It decodes all of them, and there are as many as the ledger counts."""
        names, ledger = routed.installation.names, routed.ledger
        counts = {topic: len(records) for topic, records in deserialized.items()}
        json_team = len(routed.records(routed.team(JSON_TEAM)))
        assert counts.pop(names.decisions) == LEADS
        assert counts.pop(names.review) == ledger.total("review") > 0
        assert counts.pop(names.duplicates) == ledger.total("duplicate") > 0
        assert sum(counts.values()) + json_team == ledger.total("routed")
        assert len(counts) >= 4, f"hardly any team got a lead: {counts}"

    def test_values_are_whole(self, routed: Routed, deserialized: dict[str, list[tuple[Message, Any]]]) -> None:
        """Every field that the schema declares is there; the lead id is the record's key; times are points in time, in UTC."""
        names, schemas = routed.installation.names, routed.installation.schemas
        for topic, records in deserialized.items():
            plain = {names.decisions: "decision", names.review: "lead", names.duplicates: "lead"}
            declared = {field["name"] for field in json.loads(schemas.latest(plain.get(topic, "routed_lead")).text)["fields"]}
            for message, value in records:
                assert set(value) == declared
                assert value["lead_id"] == message.key().decode()
                assert isinstance(value["received_at"], datetime)
                assert value["received_at"].utcoffset() is not None

    def test_each_lead_once(self, deserialized: dict[str, list[tuple[Message, Any]]]) -> None:
        """A lead is on one topic of those that hold leads, and one decision tells of it."""
        for decisions in (False, True):
            ids = [
                value["lead_id"]
                for topic, records in deserialized.items()
                if topic.endswith(".decisions") is decisions
                for _, value in records
            ]
            assert len(ids) == len(set(ids)) > 0

    def test_a_team_gets_its_own(self, deserialized: dict[str, list[tuple[Message, Any]]]) -> None:
        """The team that a record names is the one whose topic it is on."""
        teams = {topic.rpartition(".routed.")[2]: records for topic, records in deserialized.items() if ".routed." in topic}
        assert all({value["team"] for _, value in records} == {team} for team, records in teams.items())


class TestConnect:
    def test_the_json_topic(self, kafka: EmbeddedKafka, routed: Routed, tmp_path: Path) -> None:
        """The file sink gets as many JSON objects as were routed there, each lead once, with the declared fields and types."""
        topic, output = routed.team(JSON_TEAM), tmp_path / "leads.jsonl"
        expected = {message.key().decode() for message in routed.records(topic)}
        assert len(expected) > 50
        with file_sink(kafka, [topic], output, as_text=True):
            until(
                lambda: output.exists() and output.read_bytes().count(b"\n") >= len(expected),
                f"the sink has written {len(expected)} leads",
                timeout_s=60,
            )
        leads = [json.loads(line) for line in output.read_text("utf-8").splitlines()]
        assert sorted(lead["lead_id"] for lead in leads) == sorted(expected)
        fields = json.loads(routed.installation.schemas.latest("routed_lead").text)["fields"]
        for lead in leads:
            assert lead["team"] == JSON_TEAM
            assert set(lead) == {field["name"] for field in fields}
            for field in fields:
                assert _fits(lead[field["name"]], field["type"]), field["name"]


def _fits(value: Any, declared: Any) -> bool:
    """Whether a JSON value is of a schema's type; a bool is no number."""
    if isinstance(declared, list):
        return any(_fits(value, one) for one in declared)
    kind = declared["type"] if isinstance(declared, dict) else declared
    return isinstance(value, _JSON[kind]) and (kind == "boolean" or not isinstance(value, bool))
