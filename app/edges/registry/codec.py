"""Avro in the Confluent wire format: `0x00`, the schema id as four bytes big-endian, the Avro body.

fastavro reads and writes; `guard.py` looks first at whatever comes from outside. Logical types are stripped from the schemas
that fastavro gets, which changes nothing on the wire: times are integers (milliseconds since the epoch) in the dicts on
both sides, never datetime objects, because building those is slow and fails for a year above 9999.

Schema ids in headers (`__value_schema_id`, a GUID) are not read: such a value has no magic byte, and is refused as that.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from struct import Struct
from typing import Any

import fastavro
from cachetools import LRUCache

from app.edges.registry.compatibility import can_read
from app.edges.registry.guard import compile_guard, refuse
from app.edges.registry.schemas import Schema, Schemas
from app.edges.registry.shapes import Shape, UnsafeSchemaError, check
from app.errors import BadRecord

HEADER_BYTES = 5
MAX_VALUE_BYTES = 1_048_576  # Kafka's default message.max.bytes; guard and decoder together take about 20 ms for a full one
FOREIGN_SCHEMAS = 256  # writer schemas kept of those that are not in the schema directory

_header = Struct(">bI")
_schema_id = Struct(">I").unpack_from

Fetch = Callable[[int], str | None]  # schema id of an external registry → schema text, None if unknown; raises EdgeDown


@dataclass(frozen=True, slots=True)
class _Writer:
    """How to read the values of one writer schema into the newest version of a record."""

    record: str
    schema: dict[str, Any]
    guard: Callable[[bytes, int], None]
    reader: dict[str, Any] | None  # None: written with the newest version
    more: bool  # the writer has fields that the newest version does not


class AvroCodec:
    """Implements `app.ports.Codec`, and writes.

    Args:
        schemas: The schema directory.
        ids: (record, version) → id in an external registry; the directory's own ids where none is configured.
        fetch: Asks the external registry for a writer schema; None where there is none.
    """

    def __init__(self, schemas: Schemas, ids: Mapping[tuple[str, int], int] | None = None, fetch: Fetch | None = None) -> None:
        self._fetch = fetch
        self._newest = {record: check(schemas.latest(record).text) for record in schemas.records}
        self._texts = {record: schemas.latest(record).text for record in schemas.records}
        self._known: dict[int, _Writer] = {}
        self._foreign: LRUCache[tuple[int, str | None], _Writer | BadRecord] = LRUCache(FOREIGN_SCHEMAS)
        self._lock = threading.Lock()  # the cache is not safe for two threads, and two need not ask for the same schema
        self._headers: dict[str, bytes] = {}
        for schema in schemas.all():
            number = schema.id if ids is None else ids[schema.record, schema.version]
            self._known[number] = self._own(schema, is_newest=schema is schemas.latest(schema.record))
            self._headers[schema.record] = _header.pack(0, number)  # by id, so oldest first: the newest version stays

    def encode(self, record: str, value: Mapping[str, Any]) -> bytes:
        """The value in the wire format, written with the newest version. Times are integers; absent fields get their default.

        Raises:
            ValueError: A field without default is absent or of the wrong type, or text is not valid Unicode. The message names no
                value, unlike fastavro's: it may end in a log.
        """
        out = BytesIO()
        out.write(self._headers[record])
        try:
            fastavro.schemaless_writer(out, self._newest[record].schema, value)
        except (ValueError, TypeError, OverflowError, KeyError) as error:
            raise ValueError(f"a value does not fit the schema of {record} ({type(error).__name__})") from None
        return out.getvalue()

    def decode(self, value: bytes, record: str) -> dict[str, Any]:
        """Whatever bytes come: a dict of the newest version's fields (and of those that only the writer has), or BadRecord."""
        if len(value) > MAX_VALUE_BYTES:
            raise refuse("avro_bomb", f"an Avro value of {len(value)} bytes, above {MAX_VALUE_BYTES}")
        writer = self._writer(value, record)
        writer.guard(value, HEADER_BYTES)
        return _read(value, writer)

    def decode_any(self, value: bytes) -> dict[str, Any]:
        """As `decode`, of any record: one of ours into its newest version, a schema that is not ours as it was written."""
        if len(value) > MAX_VALUE_BYTES:
            raise refuse("avro_bomb", f"an Avro value of {len(value)} bytes, above {MAX_VALUE_BYTES}")
        number = _number(value)
        writer = self._known.get(number) or self._from_registry(number, None)
        writer.guard(value, HEADER_BYTES)
        return _read(value, writer)

    def read_own(self, value: bytes, record: str) -> dict[str, Any]:
        """As `decode`, half the time, without the guard: for topics that only leadstream may write (decisions, alerts)."""
        return _read(value, self._writer(value, record))

    def _writer(self, value: bytes, record: str) -> _Writer:
        number = _number(value)
        writer = self._known.get(number) or self._from_registry(number, record)
        if writer.record != record:
            raise refuse("wrong_schema", f"schema {number} is of {writer.record}, not {record}")
        return writer

    def _from_registry(self, number: int, record: str | None) -> _Writer:
        with self._lock:
            found = self._foreign.get((number, record))
            if found is None:
                text = self._fetch(number) if self._fetch else None
                if text is None:  # not kept here: it may be registered later. The client remembers for a while
                    raise BadRecord("intake", "unknown_schema_id", f"no schema has the id {number}", repairable=True)
                self._foreign[number, record] = found = self._admit(number, text, record)
        if isinstance(found, BadRecord):
            raise BadRecord(found.stage, found.reason, found.detail, repairable=found.repairable)
        return found

    def _admit(self, number: int, text: str, record: str | None) -> _Writer | BadRecord:
        """Compile a writer schema that is not ours, unless it is dangerous or our newest version cannot read it.

        Where no record is expected (None), it is read as it was written.
        """
        try:
            shape = check(text)
        except UnsafeSchemaError as unsafe:
            return BadRecord("intake", unsafe.reason, f"schema {number}: {unsafe}")
        if record is None:
            return _Writer("", shape.schema, compile_guard(shape), None, more=False)
        newest = self._newest[record]
        if why := can_read(self._texts[record], text):
            return BadRecord("intake", "wrong_schema", f"schema {number} cannot be read as {record}: {why}", repairable=True)
        return _Writer(record, shape.schema, compile_guard(shape), newest.schema, more=_has_more(shape, newest))

    def _own(self, schema: Schema, *, is_newest: bool) -> _Writer:
        newest = self._newest[schema.record]
        shape = newest if is_newest else check(schema.text)
        reader = None if is_newest else newest.schema
        return _Writer(schema.record, shape.schema, compile_guard(shape), reader, more=_has_more(shape, newest))


def _number(value: bytes) -> int:
    """The id of the schema that wrote the value."""
    if len(value) < HEADER_BYTES or value[0] != 0:
        raise refuse("no_magic_byte", "the value does not begin with 0 and a schema id")
    return int(_schema_id(value, 1)[0])


def _has_more(shape: Shape, newest: Shape) -> bool:
    names = {field["name"] for field in newest.schema["fields"]}
    return any(field["name"] not in names for field in shape.schema["fields"])


def _read(value: bytes, writer: _Writer) -> dict[str, Any]:
    body = BytesIO(value)
    body.seek(HEADER_BYTES)
    try:
        found: dict[str, Any] = fastavro.schemaless_reader(body, writer.schema, writer.reader)
        if writer.more:
            body.seek(HEADER_BYTES)
            found = {**fastavro.schemaless_reader(body, writer.schema, None), **found}
    except fastavro.read.SchemaResolutionError:
        raise refuse("wrong_schema", "the value does not resolve to the newest version") from None
    except (ValueError, EOFError, IndexError, KeyError, TypeError, OverflowError, MemoryError) as error:
        raise refuse("invalid_avro", f"the body cannot be decoded ({type(error).__name__})") from None
    return found
