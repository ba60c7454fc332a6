"""Whether one schema reads what another wrote, by the Avro project's own implementation."""

from __future__ import annotations

from avro.compatibility import ReaderWriterCompatibilityChecker, SchemaCompatibilityType
from avro.errors import AvroException
from avro.schema import parse


def can_read(reader: str, writer: str) -> str:
    """Why `reader` cannot read what `writer` wrote; empty if it can.

    Slow (milliseconds): once per schema, never per record. The answer names fields and types, no values.
    """
    try:
        found = ReaderWriterCompatibilityChecker().get_compatibility(parse(reader), parse(writer))
    except (AvroException, RecursionError) as error:
        return f"not a schema that Avro accepts ({type(error).__name__})"
    if found.compatibility is SchemaCompatibilityType.compatible:
        return ""
    return "; ".join(sorted(found.messages)) or "incompatible"
