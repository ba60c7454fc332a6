"""Our registry answers as the Confluent Schema Registry does: the same checks, made by clients that no one here wrote."""

from __future__ import annotations

import asyncio
import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka.schema_registry import Schema as RegistrySchema
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.schema_registry.error import SchemaRegistryError
from confluent_kafka.serialization import MessageField, SerializationContext

from app.edges.kafka.names import Topics
from app.edges.registry.codec import AvroCodec
from app.edges.registry.runner import serving, serving_in_thread
from app.edges.registry.schemas import Schemas
from app.edges.registry.server import app
from app.edges.registry.subjects import subjects
from app.errors import ConfigurationError
from app.inventory.models import Inventory, Mapping, Routing, Source, Team

DIRECTORY = Path(__file__).parents[2] / "schemas"
SCHEMAS = Schemas.load(DIRECTORY)
EXAMPLES = sorted(DIRECTORY.glob("*/examples/*.json"))


def _source(name: str, form: Any, record: str | None) -> Source:
    return Source(
        name=name,
        description="-",
        owner="-",
        format=form,
        record=record,
        mapping=Mapping(fields={"email": "e"}),
        expected_per_hour=1,
    )


def _inventory(record: str = "partner_lead") -> Inventory:
    return Inventory(
        sources={"partner": _source("partner", "avro", record), "web": _source("web", "json", None)},
        teams={"b2b": Team(name="b2b", description="-"), "shop": Team(name="shop", description="-", format="json")},
        routing=Routing(version=1, rules=(), catch_all="b2b"),
    )


SUBJECTS = subjects(SCHEMAS, Topics("leads"), _inventory())


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with serving_in_thread(app(SCHEMAS, SUBJECTS)) as address:
        yield address


@pytest.fixture(scope="module")
def client(url: str) -> Iterator[SchemaRegistryClient]:
    with SchemaRegistryClient({"url": url, "max.retries": 0, "timeout": 5}) as one:
        yield one


def ask(method: str, url: str, body: str | None = None) -> tuple[int, Any]:
    request = urllib.request.Request(url, data=body.encode() if body is not None else None, method=method)
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: f"{path.parts[-3]}-{path.stem}")
def test_a_foreign_deserializer_reads_what_we_write(client: SchemaRegistryClient, path: Path) -> None:
    """Confluent's AvroDeserializer, told nothing but the registry's address, reads every record, with times as instants."""
    record, value = path.parts[-3], json.loads(path.read_text("utf-8"))
    encoded = AvroCodec(SCHEMAS).encode(record, value)
    topic = next(
        (subject.removesuffix("-value") for subject, held in SUBJECTS.items() if held == record and "-value" in subject), record
    )
    read = AvroDeserializer(client)(encoded, SerializationContext(topic, MessageField.VALUE))
    assert in_milliseconds(read) == value


def in_milliseconds(read: Any) -> Any:
    """With instants as the examples have them."""
    match read:
        case datetime():
            return round(read.timestamp() * 1000)
        case dict():
            return {name: in_milliseconds(it) for name, it in read.items()}
        case list():
            return [in_milliseconds(it) for it in read]
    return read


def test_every_schema_is_found_by_id_subject_and_content(client: SchemaRegistryClient) -> None:
    """A schema is the same whether asked for by id, by subject and version, or by its own text."""
    for subject, record in SUBJECTS.items():
        versions = SCHEMAS.records[record]
        assert client.get_versions(subject) == [schema.version for schema in versions]
        assert client.get_latest_version(subject).schema_id == versions[-1].id
        for schema in versions:
            assert json.loads(client.get_schema(schema.id).schema_str) == schema.avro
            assert client.get_version(subject, schema.version).schema_id == schema.id
            spaced = RegistrySchema(json.dumps(schema.avro, indent=1), "AVRO")
            assert client.lookup_schema(subject, spaced).version == schema.version


def test_subjects_are_topics_and_records() -> None:
    """Avro topics have a subject each, JSON teams and sources none, and each record has one by its own name."""
    assert SUBJECTS["leads.routed.b2b-value"] == "routed_lead"
    assert SUBJECTS["leads.inbound.partner-value"] == "partner_lead"
    assert SUBJECTS["leads.decisions-value"] == "decision"
    assert SUBJECTS["io.leadstream.RoutedLead"] == "routed_lead"
    assert not [subject for subject in SUBJECTS if "shop" in subject or "web" in subject or "dlq" in subject]


def test_an_unknown_record_of_a_source_is_refused() -> None:
    """An Avro source whose record does not exist stops the start, naming the source."""
    with pytest.raises(ConfigurationError, match=r"sources/partner\.yaml.*shoe"):
        subjects(SCHEMAS, Topics("leads"), _inventory("shoe"))


def test_listings(client: SchemaRegistryClient) -> None:
    """Subjects, types, modes and compatibility are told as a registry tells them."""
    assert client.get_subjects() == sorted(SUBJECTS)
    assert client.get_schema_types() == ["AVRO"]
    assert client.get_compatibility("io.leadstream.Spend") == "BACKWARD_TRANSITIVE"
    assert client.get_compatibility() == "FULL_TRANSITIVE"
    assert client.get_global_mode() == "READONLY"
    assert "leads.routed.b2b-value" in client.get_subjects_by_schema_id(6)
    assert {found.version for found in client.get_schema_versions(10)} == {2}


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/schemas/ids/999", 404, 40403),
        ("GET", "/schemas/ids/x", 404, 40403),
        ("GET", "/schemas/ids/99999999999999999999", 404, 40403),
        ("GET", "/schemas/ids/999/versions", 404, 40403),
        ("GET", "/subjects/nobody/versions", 404, 40401),
        ("GET", "/subjects/nobody/versions/1", 404, 40401),
        ("GET", "/subjects/io.leadstream.Spend/versions/9", 404, 40402),
        ("GET", "/subjects/io.leadstream.Spend/versions/x", 422, 42202),
        ("GET", "/config/nobody", 404, 40401),
        ("GET", "/mode/nobody", 404, 40401),
        ("GET", "/no/such/thing", 404, 404),
        ("POST", "/subjects/nobody", 404, 40401),
        ("POST", "/subjects/io.leadstream.Spend", 404, 40403),
        ("POST", "/subjects/io.leadstream.Spend/versions", 405, 42205),
        ("PUT", "/config", 405, 42205),
        ("PUT", "/config/io.leadstream.Spend", 405, 42205),
        ("PUT", "/mode", 405, 42205),
        ("DELETE", "/subjects/io.leadstream.Spend", 405, 42205),
        ("DELETE", "/subjects/io.leadstream.Spend/versions/1", 405, 42205),
    ],
)
def test_errors_have_the_registrys_codes(url: str, method: str, path: str, status: int, code: int) -> None:
    """What is missing, wrong or a write is answered with status and error code as the registry's API documents them."""
    body = json.dumps({"schema": '"string"'}) if method in ("POST", "PUT") else None
    assert [(found, answer["error_code"], bool(answer["message"])) for found, answer in [ask(method, url + path, body)]] == [
        (status, code, True)
    ]


@pytest.mark.parametrize("body", ["", "[]", "3", "{", '{"schema": 3}', '{"schema": "{"}', '{"schema": "' + "[" * 50_000 + '"}'])
def test_lookups_of_nonsense_are_refused(url: str, body: str) -> None:
    """A lookup that carries no schema is the client's mistake, not an error of the server."""
    status, answer = ask("POST", f"{url}/subjects/io.leadstream.Spend", body)
    assert (status, answer["error_code"]) == (422, 42201)


def test_a_client_that_wants_to_write_is_told_why_not(client: SchemaRegistryClient) -> None:
    """Registering a schema fails with a message that says where schemas live."""
    with pytest.raises(SchemaRegistryError, match="Read-only") as caught:
        client.register_schema("new", RegistrySchema('"string"', "AVRO"))
    assert caught.value.http_status_code == 405


def test_the_server_stops_with_its_context() -> None:
    """After the context there is no thread and nothing listens."""
    with serving_in_thread(app(SCHEMAS, SUBJECTS)) as address:
        assert ask("GET", address + "/")[0] == 200
    with pytest.raises(urllib.error.URLError):
        ask("GET", address + "/")
    assert "registry" not in {thread.name for thread in threading.enumerate() if thread.name == address}


def test_a_taken_port_is_a_configuration_error(url: str) -> None:
    """A port that is in use stops the start with a sentence, in a thread as in a loop."""
    port = int(url.rsplit(":", 1)[1])
    with pytest.raises(ConfigurationError, match="cannot listen"), serving_in_thread(app(SCHEMAS, SUBJECTS), port=port):
        pass

    async def in_a_loop() -> None:
        async with serving(app(SCHEMAS, SUBJECTS), port=port):
            pass

    with pytest.raises(ConfigurationError, match="cannot listen"):
        asyncio.run(in_a_loop())
