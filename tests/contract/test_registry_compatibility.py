"""Schemas evolve without breaking who reads them, by the verdict of Avro's reference implementation."""

from __future__ import annotations

import io
import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import avro.io
import avro.schema
import fastavro
import pytest

from app.edges.registry.codec import AvroCodec
from app.edges.registry.compatibility import can_read
from app.edges.registry.schemas import Schema, Schemas

DIRECTORY = Path(__file__).parents[2] / "schemas"
SCHEMAS = Schemas.load(DIRECTORY)
EARLIER = [
    (old, new) for versions in SCHEMAS.records.values() for new in versions for old in versions if old.version < new.version
]
EXAMPLES = sorted(DIRECTORY.glob("*/examples/*.json"))


def breaks(old: Schema, new: Schema) -> list[str]:
    """What a new version breaks of its record's promise towards an earlier one."""
    found = [f"v{new.version} cannot read v{old.version}: {why}" for why in [can_read(new.text, old.text)] if why]
    if new.compatibility == "FULL_TRANSITIVE":
        found += [f"v{old.version} cannot read v{new.version}: {why}" for why in [can_read(old.text, new.text)] if why]
    return found


def _changed(schema: Schema, compatibility: str, **fields: Any) -> Schema:
    """The next version, with fields changed, added (a dict) or removed (None)."""
    avro_schema = schema.avro
    kept = [
        {**field, **(fields.get(field["name"]) or {})}
        for field in avro_schema["fields"]
        if fields.get(field["name"], 0) is not None
    ]
    names = {field["name"] for field in schema.avro["fields"]}
    avro_schema["fields"] = kept + [{"name": name, **change} for name, change in fields.items() if change and name not in names]
    return Schema(schema.record, schema.version + 1, 999, schema.subject, compatibility, json.dumps(avro_schema))


@pytest.mark.parametrize(("old", "new"), EARLIER, ids=lambda schema: f"{schema.record}-v{schema.version}")
def test_every_version_keeps_its_promise_to_all_earlier_ones(old: Schema, new: Schema) -> None:
    """Inputs stay readable for ever, outputs in both directions."""
    assert breaks(old, new) == []


def test_there_is_an_evolution_to_judge() -> None:
    """At least one record has a second version, or the test above would prove nothing."""
    assert EARLIER


@pytest.mark.parametrize(
    ("compatibility", "change", "allowed"),
    [
        ("BACKWARD_TRANSITIVE", {"note": {"type": ["null", "string"], "default": None}}, True),
        ("FULL_TRANSITIVE", {"note": {"type": ["null", "string"], "default": None}}, True),
        ("BACKWARD_TRANSITIVE", {"note": {"type": "string"}}, False),  # old records have none
        ("BACKWARD_TRANSITIVE", {"currency": None}, True),  # nobody asks for it any more
        ("FULL_TRANSITIVE", {"currency": None}, False),  # old sinks still do
        ("BACKWARD_TRANSITIVE", {"amount": {"type": "int"}}, False),  # narrowed
        ("BACKWARD_TRANSITIVE", {"currency": {"name": "money"}}, False),  # renamed without an alias
        ("BACKWARD_TRANSITIVE", {"currency": {"name": "money", "aliases": ["currency"]}}, True),
    ],
)
def test_the_judge_tells_good_changes_from_bad(compatibility: str, change: dict[str, Any], allowed: bool) -> None:
    """A check that never says no would let everything pass: these changes have known verdicts."""
    spend = SCHEMAS.latest("spend")
    assert (breaks(spend, _changed(spend, compatibility, **change)) == []) is allowed


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: f"{path.parts[-3]}-{path.stem}")
def test_the_reference_implementation_reads_what_we_write(path: Path) -> None:
    """Stripping logical types and writing with fastavro changes nothing on the wire: Avro's own reader sees the same values."""
    record, value = path.parts[-3], json.loads(path.read_text("utf-8"))
    body = AvroCodec(SCHEMAS).encode(record, value)[5:]
    plain = json.loads(SCHEMAS.latest(record).text.replace('"logicalType":"timestamp-millis"', '"unit":"ms"'))
    decoder = avro.io.BinaryDecoder(io.BytesIO(body))
    assert avro.io.DatumReader(avro.schema.parse(json.dumps(plain))).read(decoder) == value


@pytest.mark.parametrize("versions", [pairwise(versions) for versions in SCHEMAS.records.values() if len(versions) > 1])
def test_values_of_old_versions_read_as_the_newest(versions: list[tuple[Schema, Schema]]) -> None:
    """A record written before a field existed has the field's default; one that is no more may be there still."""
    codec = AvroCodec(SCHEMAS)
    for old, _ in versions:
        example = sorted((DIRECTORY / old.record / "examples").glob("*.json"))[0]
        known = {field["name"] for field in old.avro["fields"]}
        value = {name: item for name, item in json.loads(example.read_text("utf-8")).items() if name in known}
        out = io.BytesIO(old.id.to_bytes(5, "big"))
        out.seek(5)
        fastavro.schemaless_writer(out, old.avro, value)
        read = codec.decode(out.getvalue(), old.record)
        newest = SCHEMAS.latest(old.record).avro["fields"]
        added = {field["name"]: field["default"] for field in newest if field["name"] not in known}
        assert added
        assert read == {**value, **added} | {name: read[name] for name in known - {field["name"] for field in newest}}
