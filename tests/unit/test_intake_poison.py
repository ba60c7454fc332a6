"""Every file under tests/poison/{json,form,csv} is refused for the reason that its name begins with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app.errors import BadRecord
from app.inventory.load import load
from app.inventory.models import Source
from app.pipeline.intake.decode import decode
from app.pipeline.limits import VALUE_BYTES
from app.pipeline.source import InboundEvent, Position
from tests.harness.timing import within

ROOT = Path(__file__).parents[2]
POISON = ROOT / "tests" / "poison"
SOURCES = load(ROOT / "deploy" / "config").sources
SOURCE_OF = {"json": SOURCES["google-ads"], "form": SOURCES["web-form"], "csv": SOURCES["partner-csv"]}
FILES = sorted(path for kind in SOURCE_OF for path in (POISON / kind).iterdir() if path.name != ".gitattributes")

# Too long to keep as files.
MADE = {
    "too_deep.10000_lists": b"[" * 10_000 + b"]" * 10_000,
    "too_deep.25000_objects_after_text": b'{"t":"' + b"]}" * 9_000 + b'","a":' + b'{"a":' * 25_000,
    "too_deep.100000_lists_never_closed": b"[" * 100_000,
    "too_deep.100000_objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "oversized.5_megabytes": b'{"message":"' + b"x" * 5_000_000 + b'"}',
    "oversized.one_byte_more": b" " * (VALUE_BYTES + 1),
    "oversized.wide": b"[" + b"[]," * 300_000 + b"[]]",
    "oversized.wide_never_closed": b'{"a":[' + b"[]," * 300_000 + b"}",
    "not_an_object.many": b"[" + b"[]," * 19_000 + b"[]]",
    "invalid_json.long_string_never_closed": b'{"a":"' + b"x" * 990_000,
    "number_out_of_range.at_the_end": b'{"a":[' + b"1.5," * 200_000 + b"1e999]}",
    "number_out_of_range.among_strings": b'{"a":[' + b'"",' * 300_000 + b"99999999999999999999]}",
}


class NoCodec:
    """A codec that must not be asked."""

    def decode(self, value: bytes, record: str) -> dict[str, Any]:
        raise AssertionError("no Avro here")

    def decode_any(self, value: bytes) -> dict[str, Any]:
        raise AssertionError("no Avro here")


def refused(value: bytes | None, source: Source) -> BadRecord:
    """The refusal of a value."""
    with pytest.raises(BadRecord) as caught:
        decode(InboundEvent(Position("leads.inbound.x", 0, 0), None, value, (), 0), source, NoCodec())
    return caught.value


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_poison_file(path: Path) -> None:
    """A poison file is refused at intake, for the reason in its name, with a detail for a person."""
    bad = refused(path.read_bytes(), SOURCE_OF[path.parent.name])
    assert (bad.stage, bad.reason) == ("intake", path.name.partition(".")[0])
    assert bad.detail


@pytest.mark.parametrize("name", MADE)
def test_made_poison(name: str) -> None:
    """What is too long for a file is refused for its reason, too, without holding up its partition."""
    bad = within(0.25, lambda: refused(MADE[name], SOURCE_OF["json"]))  # 50 ms on a quiet machine
    assert bad.reason == name.partition(".")[0]


@pytest.mark.parametrize(("value", "reason"), [(None, "null_value"), (b"", "empty_value")])
@pytest.mark.parametrize("kind", SOURCE_OF)
def test_nothing_at_all(kind: str, value: bytes | None, reason: str) -> None:
    """A tombstone and a value without bytes are told apart, whatever the format."""
    assert refused(value, SOURCE_OF[kind]).reason == reason


def test_details_hold_no_values() -> None:
    """A refusal's detail never quotes the record: it travels in headers and decisions."""
    for path in FILES:
        bad = refused(path.read_bytes(), SOURCE_OF[path.parent.name])
        assert "example.com" not in str(bad)
        assert "ller" not in str(bad)
        assert bad.__cause__ is None
