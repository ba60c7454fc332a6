"""Hostile input from end to end of the pure pipeline: headers, floods, times, schemas. What is refused, and what it may cost."""

from __future__ import annotations

import json
import os
import tracemalloc
from collections import Counter
from typing import Any

import orjson
import pytest

from app.desk.hours import WorkingTime
from app.edges.memory import FixedModel
from app.edges.memory_index import MemoryMatchIndex
from app.edges.registry.codec import AvroCodec
from app.edges.registry.schemas import Schema
from app.edges.registry.shapes import check
from app.errors import BadRecord
from app.inventory.people import Hours
from app.pipeline.delivery import Outgoing
from app.pipeline.fate import DeadLetter, Duplicate, Fate, Routed
from app.pipeline.limits import HEADERS, HEADERS_BYTES, TRACE_BYTES
from app.pipeline.process import Pipeline
from app.pipeline.scoring import RULES
from app.pipeline.source import InboundEvent, Position
from tests.fuzz.corpus import nowhere
from tests.harness.timing import within

NOW = 1_772_438_400_000
LEAD = {"id": 1, "created_at": "2026-03-02T10:00:00Z", "email": "jo@brenk-foods.de", "first_name": "Jo", "last_name": "Brenk"}
FLOOD, BATCH = int(os.environ.get("FLOOD", "5000")), 500  # FLOOD=100000 takes half a minute
FLOOD_BYTES = 12_000_000  # of Python objects, whatever the flood: nothing is kept of what came again
Headers = tuple[tuple[str, bytes | None], ...]


def pipeline() -> Pipeline:
    one = nowhere()
    return one.pipeline(one.identity(MemoryMatchIndex()), FixedModel(RULES))


def lead(offset: int = 0, at: int = NOW, headers: Headers = (), partition: int = 0, **other: Any) -> InboundEvent:
    position = Position(nowhere().names.inbound("shopify-customer"), partition, offset)
    return InboundEvent(position, b"k", orjson.dumps(LEAD | other), headers, at)


def told(fate: Fate) -> list[Outgoing]:
    return nowhere().delivery().outgoing(fate)


class TestHeaders:
    @pytest.mark.parametrize(
        "headers",
        [
            (("h", b"1"),) * (HEADERS + 1),
            (("h", b"1"),) * 10_000,
            (("h", b"x" * HEADERS_BYTES),),
            (("x" * HEADERS_BYTES, b"1"),),
        ],
        ids=["one too many", "ten thousand", "a large value", "a large name"],
    )
    def test_more_than_anybody_needs_are_a_dead_letter(self, headers: Headers) -> None:
        """Too many headers, or too many bytes in them: a dead letter at once, that still has them."""
        (fate,) = within(0.05, lambda: pipeline_once([lead(headers=headers)]))
        assert isinstance(fate, DeadLetter)
        assert (fate.stage, fate.reason) == ("intake", "oversized")
        assert "header" in fate.detail
        letter = told(fate)[0]
        assert letter.headers[: len(headers)] == list(headers)

    def test_as_many_as_allowed_are_a_lead(self) -> None:
        """The limit itself is no offence."""
        (fate,) = pipeline().process([lead(headers=(("h", b"1"),) * HEADERS)])
        assert isinstance(fate, Routed)

    def test_a_trace_cannot_make_a_lead_grow(self) -> None:
        """Of trace headers the last of each name goes on, and none that is longer than W3C asks for."""
        traces: Headers = (("traceparent", b"00-" + b"a" * 32 + b"-" + b"b" * 16 + b"-01"),) * 30 + (
            ("traceparent", b"00-" + b"c" * 32 + b"-" + b"d" * 16 + b"-01"),
            ("tracestate", b"x" * 513),
        )
        (fate,) = pipeline().process([lead(headers=traces)])
        for one in told(fate):
            passed_on = [header for header in one.headers if header[0] in TRACE_BYTES]
            assert passed_on in (
                [("traceparent", b"00-" + b"c" * 32 + b"-" + b"d" * 16 + b"-01")],
                [],
            )  # a key of what is locked has none
        assert (
            len([one for one in told(fate) if ("traceparent", b"00-" + b"c" * 32 + b"-" + b"d" * 16 + b"-01") in one.headers])
            >= 2
        )

    def test_forged_names_have_no_say(self) -> None:
        """Headers that look like ours, or like those that Faust answers to, change nothing of what is decided."""
        forged: Headers = (
            ("src", b"forged-0-0"),
            ("Faust-Ag-ReplyTo", b"leads.routed.b2b"),
            ("leadstream.duplicate_of", b"ld_0"),
            ("leadstream.dedupe", b"unknown"),
            ("leadstream.replay_of", b"another.topic-0-1"),
            ("leadstream.attempt", b"99999999"),
        )
        (plain,), (fate,) = pipeline().process([lead()]), pipeline().process([lead(headers=forged)])
        assert [(one.topic, one.key, one.value, one.headers) for one in told(fate)] == [
            (one.topic, one.key, one.value, one.headers) for one in told(plain)
        ]


def pipeline_once(events: list[InboundEvent]) -> list[Fate]:
    return pipeline().process(events)


class TestFlood:
    def test_one_lead_again_and_again_is_one_lead(self) -> None:
        """One event re-sent over three partitions: one lead, the others its duplicates, and memory stays where it was."""
        flooded, fates = pipeline(), Counter[str]()
        of = set()
        tracemalloc.start()
        try:
            for begin in range(0, FLOOD, BATCH):
                events = [lead(offset=n // 3, partition=n % 3) for n in range(begin, begin + BATCH)]
                for fate in flooded.process(events):
                    fates[type(fate).__name__] += 1
                    if isinstance(fate, Duplicate):
                        of.add(fate.of)
                if begin == BATCH * 2:
                    tracemalloc.reset_peak()
                    settled = tracemalloc.get_traced_memory()[0]
            assert tracemalloc.get_traced_memory()[1] < settled + FLOOD_BYTES
        finally:
            tracemalloc.stop()
        assert fates == {"Routed": 1, "Duplicate": FLOOD - 1}
        assert len(of) == 1


TIMES = {
    "1970": 0,
    "before": -(2**63),
    "2100": 4_102_444_800_000,
    "10000": 253_402_300_800_000,
    "the end": 2**63 - 1,
    "seconds": 1_772_438_400,
}


class TestTimes:
    @pytest.mark.parametrize("at", TIMES.values(), ids=TIMES)
    def test_any_time_is_decided_and_always_the_same(self, at: int) -> None:
        """Whatever a record says of its time, it has a fate, and a replay has the same to the last byte."""
        first, second = (
            [(one.topic, one.value) for fate in pipeline().process([lead(at=at)]) for one in told(fate)] for _ in "12"
        )
        assert first == second
        (fate,) = pipeline().process([lead(at=at)])
        assert not (isinstance(fate, DeadLetter) and fate.reason == "internal_error")

    def test_records_of_all_times_beside_each_other(self) -> None:
        """A batch in no order of time: each record its fate, and the ones from now are what they are without the others."""
        times = [*TIMES.values(), NOW, NOW - 7 * 86_400_000, NOW + 3_600_000]
        people: list[dict[str, Any]] = [
            {"id": 100 + n, "email": f"jo{n}@brenk-foods.de", "first_name": f"J{chr(97 + n)}o"} for n in range(len(times))
        ]
        events = [lead(offset=n, at=at, **people[n]) for n, at in enumerate(times)]
        fates = pipeline().process(events)
        assert len(fates) == len(events)
        assert not [fate for fate in fates if isinstance(fate, DeadLetter)]

    @pytest.mark.parametrize("at", TIMES.values(), ids=TIMES)
    def test_hours_of_work_are_told_at_any_time(self, at: int) -> None:
        """Calendars end somewhere; whoever is asked beyond answers as of there, and at once."""
        hours = Hours.model_validate({"time_zone": "Europe/Berlin", "week": {"mon-fri": ["09:00-17:00"]}})
        times = WorkingTime(hours)
        within(0.5, lambda: (times.working(at), times.add(at, 90.0), times.day(at), times.same_until(at)))
        within(2.0, lambda: times.between(at, 2**63 - 1))


class TestSchemas:
    @pytest.mark.parametrize("schema", nowhere().schemas.all(), ids=lambda one: f"{one.record} v{one.version}")
    def test_no_schema_of_ours_can_be_turned_into_a_bomb(self, schema: Schema) -> None:
        """None is recursive, and none has items of no width: no value of seven bytes can keep a decoder busy."""
        check(schema.text)

    @pytest.mark.parametrize(
        ("change", "reads"),
        [
            ({"add": {"name": "new", "type": ["null", "string"], "default": None}}, True),
            ({"add": {"name": "new", "type": "string"}}, True),  # the reader does not know it
            ({"remove": "contact_email"}, True),  # has a default
            ({"remove": "inquiry_id"}, False),  # has none
            ({"rename": ("inquiry_id", "inquiry_number")}, False),
            ({"rename": ("contact_email", "mail")}, True),
            ({"retype": ("captured_at", "string")}, False),
            ({"retype": ("captured_at", "int")}, True),  # widened while reading
            ({"retype": ("contact_email", "string")}, True),
        ],
        ids=str,
    )
    def test_writers_of_other_versions_are_read_or_refused(self, change: dict[str, Any], reads: bool) -> None:
        """A compatible writer's lead is read; one that the newest version cannot read is a wrong schema, and repairable."""
        one = nowhere()
        schema = one.schemas.latest("partner_lead").avro
        value = json.loads((one.app.schema_dir / "partner_lead" / "examples" / "full.json").read_text())
        _apply(schema, value, change)
        codec = AvroCodec(one.schemas, fetch={900: json.dumps(schema)}.get)
        data = (900).to_bytes(5, "big") + _written(schema, value)
        if reads:
            assert codec.decode(data, "partner_lead")["inquiry_id"] == value["inquiry_id"]
        else:
            with pytest.raises(BadRecord) as refused:
                codec.decode(data, "partner_lead")
            assert (refused.value.reason, refused.value.repairable) == ("wrong_schema", True)


def _apply(schema: dict[str, Any], value: dict[str, Any], change: dict[str, Any]) -> None:
    match change:
        case {"add": field}:
            schema["fields"].append(field)
            value[field["name"]] = "x"
        case {"remove": name}:
            schema["fields"] = [field for field in schema["fields"] if field["name"] != name]
        case {"rename": (name, other)}:
            for field in schema["fields"]:
                field["name"] = other if field["name"] == name else field["name"]
            value[other] = value[name]
        case {"retype": (name, kind)}:
            for field in schema["fields"]:
                field["type"] = kind if field["name"] == name else field["type"]
            if name == "captured_at":
                value[name] = str(value[name]) if kind == "string" else 1_000
                for field in schema["fields"]:
                    if field["name"] == name:
                        field.pop("default", None)
            else:
                for field in schema["fields"]:
                    if field["name"] == name:
                        field.pop("default", None)


def _written(schema: dict[str, Any], value: dict[str, Any]) -> bytes:
    from io import BytesIO

    import fastavro

    out = BytesIO()
    fastavro.schemaless_writer(out, fastavro.parse_schema(schema), value)
    return out.getvalue()
