"""The schema directory: documented, safe, numbered, with examples that hold."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.edges.kafka.names import Topics
from app.edges.registry.codec import AvroCodec
from app.edges.registry.schemas import Schema, Schemas, topics_file
from app.edges.registry.shapes import check
from app.errors import ConfigurationError

DIRECTORY = Path(__file__).parents[2] / "schemas"
SCHEMAS = Schemas.load(DIRECTORY)
EACH = pytest.mark.parametrize("schema", SCHEMAS.all(), ids=lambda schema: f"{schema.record}-v{schema.version}")
EXAMPLES = sorted(DIRECTORY.glob("*/examples/*.json"))


def _definitions(schema: Any) -> Iterator[dict[str, Any]]:
    """Every record and enum in a schema."""
    if isinstance(schema, list):
        for branch in schema:
            yield from _definitions(branch)
    elif isinstance(schema, dict):
        if schema["type"] in ("record", "enum"):
            yield schema
        for inner in (schema.get("items"), schema.get("values"), *(field["type"] for field in schema.get("fields", ()))):
            yield from _definitions(inner)


@EACH
def test_every_field_is_documented(schema: Schema) -> None:
    """Whoever reads a schema learns what each record, enum and field means."""
    undocumented = [
        f"{one['name']}.{field['name']}"
        for one in _definitions(schema.avro)
        for field in (one, *one.get("fields", ()))
        if len(field.get("doc", "")) < 4
    ]
    assert undocumented == []


@EACH
def test_every_instant_says_its_unit(schema: Schema) -> None:
    """A field named …_at or …_start or …_end is a timestamp in milliseconds, so that no reader guesses the unit."""
    for field in schema.avro["fields"]:
        if field["name"].endswith(("_at", "_start", "_end")):
            assert "timestamp-millis" in json.dumps(field["type"]), field["name"]


@EACH
def test_no_schema_can_be_made_a_bomb(schema: Schema) -> None:
    """Our own schemas pass the check that foreign ones must pass: no recursion, nothing without width."""
    assert check(schema.text).schema["type"] == "record"


@EACH
def test_nullable_fields_default_to_null(schema: Schema) -> None:
    """A union has null first and null as its default, so that a reader of any version can leave the field out."""
    for field in schema.avro["fields"]:
        if isinstance(field["type"], list):
            assert field["type"][0] == "null", field["name"]
            assert field["default"] is None, field["name"]


@EACH
def test_the_subject_is_the_full_name(schema: Schema) -> None:
    """Under the record name strategy a schema is found by its full Avro name."""
    assert schema.subject == f"{schema.avro['namespace']}.{schema.avro['name']}"


def test_no_schema_file_is_forgotten() -> None:
    """Every .avsc file has an id in registry.yaml."""
    named = {DIRECTORY / schema.record / f"v{schema.version}.avsc" for schema in SCHEMAS.all()}
    assert set(DIRECTORY.glob("**/*.avsc")) == named


def test_ids_never_change() -> None:
    """Ids are in the data: a schema keeps the one it was first given."""
    first = {"decision": 1, "outcome": 2, "alert": 3, "spend": 4, "lead": 5, "routed_lead": 6, "verdict": 7, "behaviour_event": 8}
    assert {record: SCHEMAS.records[record][0].id for record in first} == first
    assert [schema.id for schema in SCHEMAS.records["partner_lead"]] == [9, 10]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: f"{path.parts[-3]}-{path.stem}")
def test_examples_survive_encoding(path: Path) -> None:
    """An example, encoded and decoded, is what it was, with no field left out."""
    record, value = path.parts[-3], json.loads(path.read_text("utf-8"))
    codec = AvroCodec(SCHEMAS)
    assert codec.decode(codec.encode(record, value), record) == value
    assert value.keys() == {field["name"] for field in SCHEMAS.latest(record).avro["fields"]}


def test_topics_name_their_record_owner_and_examples() -> None:
    """Every topic of the program is described, by a record that exists and examples that exist, all of them used."""
    used: set[Path] = set()
    topics = topics_file(DIRECTORY)
    names = {name for name in dir(Topics) if not name.startswith("_")} - {"prefix", "source_of", "slug_of"}
    assert names == topics.keys()
    for name, entry in topics.items():
        assert entry["record"] is None or entry["record"] in SCHEMAS.records, name
        assert entry["owner"], name
        assert entry["description"], name
        used |= {DIRECTORY / example for example in entry["examples"]}
    assert used == set(EXAMPLES)


def test_routed_leads_are_flat() -> None:
    """Sink connectors write rows: a routed lead has no maps, arrays, records, or unions beyond null."""
    for field in SCHEMAS.latest("routed_lead").avro["fields"]:
        kinds = field["type"] if isinstance(field["type"], list) else [field["type"]]
        plain = {kind["type"] if isinstance(kind, dict) else kind for kind in kinds} - {"null"}
        assert len(plain) == 1, field["name"]
        assert plain <= {"string", "int", "long", "double", "boolean"}, field["name"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("id", "ids: {1: 4}", "ids: {1: 3}"), "id 3 stands for both"),
        (("gap", "ids: {1: 9, 2: 10}", "ids: {1: 9, 3: 10}"), "without a gap"),
        (("mode", "compatibility: FULL_TRANSITIVE", "compatibility: NONE"), "must be one of"),
        (("file", "partner_lead:", "partner_leads:"), "cannot be read"),
    ],
    ids=lambda part: part[0] if isinstance(part, tuple) else "",
)
def test_a_wrong_index_is_refused(tmp_path: Path, change: tuple[str, str, str], told: str) -> None:
    """A mistake in registry.yaml stops the start, and the message names file and mistake."""
    directory = tmp_path / "schemas"
    shutil.copytree(DIRECTORY, directory)
    index = directory / "registry.yaml"
    index.write_text(index.read_text("utf-8").replace(change[1], change[2]), "utf-8")
    with pytest.raises(ConfigurationError, match=told) as caught:
        Schemas.load(directory)
    assert str(directory) in str(caught.value)


def test_a_missing_directory_is_refused(tmp_path: Path) -> None:
    """Without schemas nothing starts, and the message says which setting names them."""
    with pytest.raises(ConfigurationError, match="LEADSTREAM_SCHEMA_DIR"):
        Schemas.load(tmp_path / "nowhere")
