"""The schema directory, parsed once: every version of every record, with the id that stands for it on the wire."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from app.errors import ConfigurationError

Compatibility = ("BACKWARD_TRANSITIVE", "FULL_TRANSITIVE")


@dataclass(frozen=True, slots=True)
class Schema:
    """One version of one record.

    Attributes:
        record, version: `routed_lead`, 1: the file `schemas/routed_lead/v1.avsc`.
        id: What stands for it in the wire format where no external registry numbers it.
        subject: Its name in a registry under the record name strategy: the full Avro name.
        compatibility: What a new version must keep towards all earlier ones.
        text: The schema as one line of JSON, as registries hand it out.
    """

    record: str
    version: int
    id: int
    subject: str
    compatibility: str
    text: str

    @property
    def avro(self) -> dict[str, Any]:
        """The schema as a fresh dict, logical types included."""
        parsed: dict[str, Any] = json.loads(self.text)
        return parsed


@dataclass(frozen=True, slots=True)
class Schemas:
    """All versions of all records, oldest version first."""

    directory: Path
    records: dict[str, tuple[Schema, ...]]

    def latest(self, record: str) -> Schema:
        """The version that leadstream writes, and reads into."""
        return self.records[record][-1]

    def all(self) -> list[Schema]:
        """Every version of every record, by id."""
        return sorted((schema for versions in self.records.values() for schema in versions), key=lambda schema: schema.id)

    @staticmethod
    @lru_cache(maxsize=8)
    def load(directory: Path) -> Schemas:
        """Read `registry.yaml` and the .avsc files it names.

        Raises:
            ConfigurationError: A file is missing or wrong, or two schemas share an id.
        """
        index = directory / "registry.yaml"
        entries = _mapping(index, "records")
        records = {str(record): _versions(directory, str(record), entry, index) for record, entry in entries.items()}
        seen: dict[int, Schema] = {}
        for versions in records.values():
            for schema in versions:
                if (other := seen.setdefault(schema.id, schema)) is not schema:
                    raise ConfigurationError(
                        f"{index}: id {schema.id} stands for both {other.record} and {schema.record}: give one a new id"
                    )
        return Schemas(directory, records)


def topics_file(directory: Path) -> dict[str, dict[str, Any]]:
    """`topics.yaml`: topic name of app/edges/kafka/names.py → record, owner, key, examples.

    Raises:
        ConfigurationError: The file is missing or wrong.
    """
    return _mapping(directory / "topics.yaml", "topics")


def _mapping(path: Path, key: str) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise ConfigurationError(f"{path}: cannot be read: {error}. Set LEADSTREAM_SCHEMA_DIR to the schema directory") from None
    if not isinstance(content, dict) or not isinstance(content.get(key), dict):
        raise ConfigurationError(f"{path}: `{key}` must hold an entry for each name")
    entries: dict[str, Any] = content[key]
    return entries


def _versions(directory: Path, record: str, entry: Any, index: Path) -> tuple[Schema, ...]:
    try:
        subject, compatibility, ids = entry["subject"], entry["compatibility"], dict(entry["ids"])
        numbers = sorted((int(version), int(schema_id)) for version, schema_id in ids.items())
    except (KeyError, TypeError, ValueError):
        raise ConfigurationError(f"{index}: records.{record} needs subject, compatibility and ids (version: id)") from None
    if compatibility not in Compatibility:
        raise ConfigurationError(f"{index}: records.{record}.compatibility must be one of {', '.join(Compatibility)}")
    if not numbers or [version for version, _ in numbers] != list(range(1, len(numbers) + 1)):
        raise ConfigurationError(f"{index}: records.{record}.ids must number the versions 1, 2, 3 without a gap")
    schemas = []
    for version, schema_id in numbers:
        path = directory / record / f"v{version}.avsc"
        try:
            text = json.dumps(json.loads(path.read_text("utf-8")), separators=(",", ":"), ensure_ascii=False)
        except (OSError, ValueError) as error:
            raise ConfigurationError(f"{path}: cannot be read: {error}. {index} names it under records.{record}.ids") from None
        schemas.append(Schema(record, version, schema_id, subject, compatibility, text))
    return tuple(schemas)
