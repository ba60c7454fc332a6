"""Everything that reads bytes from outside, as functions of any bytes: a typed refusal is fine, all else is a finding."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

from app.edges.registry.codec import AvroCodec
from app.edges.registry.shapes import UnsafeSchemaError, check
from app.errors import LeadstreamError
from app.inventory.paths import PathError, parse
from app.learning.snapshot import authentic, signed, unseal, unseal_learning
from app.pipeline.intake.auto import decode_any
from app.pipeline.intake.json import decode_object
from app.pipeline.intake.mail import mail
from app.pipeline.intake.text import csv_line, form, text
from app.pipeline.intake.xml import xml
from app.pipeline.replayed import came, received_ms
from app.pipeline.source import InboundEvent, Position
from tests.fuzz.corpus import MAILS, MARKUP, TEXTS, nowhere, seeds

OUTSIDE: Final = ("outcome", "verdict", "spend", "behaviour_event", "capacity", "flag_change", "rollout", "mapping_verdict",
                  "consent_change", "erasure")  # fmt: skip
FOREIGN: Final = 900  # the id of a writer schema that is not ours
SEED_BYTES: Final = 4_096

KEY: Final = b"k" * 32
REFUSALS: Final = (LeadstreamError, UnsafeSchemaError, PathError)

Target = Callable[[bytes], object]


def targets() -> Mapping[str, tuple[Target, list[bytes]]]:
    """Name → what gets the bytes, and what to begin with."""
    one = nowhere()
    by_format: dict[str, list[bytes]] = {}
    for seed in seeds():
        form_ = one.inventory.sources[seed.source].format if seed.source else "auto"
        if len(seed.value) <= SEED_BYTES and len(by_format.setdefault(form_, [])) < 60:
            by_format[form_].append(seed.value)
    csv = one.inventory.sources["partner-csv"].csv
    assert csv is not None
    found: dict[str, tuple[Target, list[bytes]]] = {
        "json": (decode_object, by_format["json"]),
        "form": (lambda data: form(text(data)), by_format["form"]),
        "csv": (lambda data: csv_line(text(data), csv), by_format["csv"]),
        "xml": (lambda data: xml(text(data)), list(MARKUP)),
        "mail": (mail, list(MAILS)),
        "undeclared": (partial(_undeclared, one.codec), [*by_format["auto"], *TEXTS, *MAILS, *MARKUP]),
        "avro": (partial(one.codec.decode, record="partner_lead"), by_format["avro"]),
        "avro_schema": (
            partial(_schema, one.schemas),
            [_schema_seed(one.schemas.latest("partner_lead").text, by_format["avro"][0])],
        ),
        "headers": (
            _headers,
            [b"leadstream.attempt\n2\nleadstream.replay_of\nleads.inbound.web-form-0-1", b"content-type\na/json"],
        ),
        "path": (lambda data: parse(text(data)), [b"a.b[0].c", b'user_column_data[column_id=EMAIL]."x y"', b"a@json.b"]),
        "snapshot": (lambda data: authentic(data, KEY), [b"{}", b"leadstream", signed(b"{}", KEY)]),
        "snapshot_body": (_snapshot, [b"{}", b"[]", b'{"format": 1}']),
    }
    for record in OUTSIDE:
        example = sorted((one.app.schema_dir / record / "examples").glob("*.json"))[0]
        found[record] = (partial(one.codec.decode, record=record), [_encoded(one.codec, record, example)])
    return found


def _undeclared(codec: AvroCodec, data: bytes) -> object:
    """The first line is the content-type."""
    kind, _, value = data.partition(b"\n") if data[:1].isalpha() else (b"", b"", data)
    return decode_any(value, (("content-type", kind),), codec) if value else None


def _schema(schemas: Any, data: bytes) -> object:
    """A writer schema and a value of it: what a foreign registry and a producer could do together."""
    schema, _, value = data.partition(b"\n\n")
    told = schema.decode("utf-8", "replace")
    check(told)
    return AvroCodec(schemas, fetch={FOREIGN: told}.get).decode_any(FOREIGN.to_bytes(5, "big") + value)


def _schema_seed(schema: str, value: bytes) -> bytes:
    return schema.encode() + b"\n\n" + value[5:]


def _headers(data: bytes) -> object:
    """Names and values by turns, a line each; the names as a client decodes them."""
    parts = data.split(b"\n")
    headers = tuple(
        (name.decode("utf-8", "backslashreplace"), value) for name, value in zip(parts[::2], parts[1::2], strict=False)
    )
    event = InboundEvent(Position("leads.inbound.web-form", 0, 1), None, b"{}", headers, 0)
    return came(event), received_ms(headers, 0, event.position.topic)


def _snapshot(data: bytes) -> object:
    """A body that whoever has the key has signed: of another version, or damaged before that."""
    value = signed(data, KEY)
    try:
        unseal(value, KEY)
    except LeadstreamError:
        return unseal_learning(value, KEY)
    return None


def _encoded(codec: AvroCodec, record: str, example: Path) -> bytes:
    return codec.encode(record, json.loads(example.read_text()))
