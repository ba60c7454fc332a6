"""Which record each subject of a registry holds: topics under the topic name strategy, and records by their own names."""

from __future__ import annotations

from app.edges.kafka.names import Topics
from app.edges.registry.schemas import Schemas, topics_file
from app.errors import ConfigurationError
from app.inventory.models import Inventory


def subjects(schemas: Schemas, topics: Topics, inventory: Inventory) -> dict[str, str]:
    """Subject → record: `<topic>-value` for each topic whose values are Avro, and each record's full name.

    Raises:
        ConfigurationError: An Avro source names a record that the schema directory does not have.
    """
    found = {schemas.latest(record).subject: record for record in schemas.records}
    for name, entry in topics_file(schemas.directory).items():
        record = entry.get("record")
        if name == "inbound":
            for source in inventory.sources.values():
                if source.format == "avro":
                    found[f"{topics.inbound(source.name)}-value"] = _known(source.record, schemas, source.name)
        elif name == "routed" and record:
            avro = (team.name for team in inventory.teams.values() if team.format == "avro")
            found |= {f"{topics.routed(team)}-value": record for team in avro}
        elif record:
            found[f"{getattr(topics, name)}-value"] = record
    return found


def _known(record: str | None, schemas: Schemas, source: str) -> str:
    if record in schemas.records:
        return record
    known = ", ".join(schemas.records)
    raise ConfigurationError(f"sources/{source}.yaml: record: {record!r} is not in {schemas.directory}/registry.yaml ({known})")
