"""What the ladder remembers of shapes: never more than it may, and nothing that makes one record depend on others."""

from __future__ import annotations

from typing import Any

import pytest

from app.inventory.models import Ladder as Limits
from app.inventory.models import Mapping, Source
from app.pipeline.ladder import ladder as ladder_module
from app.pipeline.ladder.assign import CONTACT
from app.pipeline.ladder.classifier import shipped
from app.pipeline.ladder.kinds.kind import kind_of
from app.pipeline.ladder.ladder import Ladder
from app.pipeline.ladder.leaf import Leaf
from app.pipeline.ladder.recogniser import candidates
from app.pipeline.ladder.unfold import unfolder as unfold_module
from app.pipeline.ladder.unfold.memory import MAX_KEY
from app.pipeline.ladder.weigh import Scales
from app.pipeline.mapping import Mapped, compile_mapping

VALUES: list[Any] = [
    "eva@example.com", "info@example.com", "+49 30 1234567", "030 1234567", 13800138000, "Eva Maier", "Anna", "王小明", "Jordan",
    "Example GmbH", "Germany", "DE", "de-DE", "10115", "SW1A 1AA", "Musterstraße 12", "2026-11-20 10:00", 1763380021, True, 3,
    "https://example.com/?utm_source=x", "192.0.2.7", "Mozilla/5.0 (X11; Linux x86_64)", "a1b2c3d4-0000-4000-8000-abcdefabcdef",
    "Please call me back about the garden house that you offer.", "blue", 2.5, "n/a", "1.200,50 €",
]  # fmt: skip


def source(**fields: str) -> Source:
    return Source(name="test", description="", owner="", format="json", mapping=Mapping(fields=fields), expected_per_hour=1)


def climbed(ladder: Ladder, payload: dict[str, Any], of: Source | None = None) -> Mapped:
    of = of or source()
    return ladder.climb(compile_mapping(of).map(payload), of)


def order(email: str, other: str, name: str = "Eva Maier") -> dict[str, Any]:
    """An order whose two addresses may or may not be of the same person."""
    return {"billing": {"email": email, "name": name}, "shipping": {"email": other, "name": name}}


class TestOneRecordIsNotAnother:
    @pytest.mark.parametrize("first", [0, 1, 2, 3])
    def test_what_was_met_before_changes_nothing(self, first: int) -> None:
        """A record is mapped the same whatever records of its shape came before: rivals that agree, others' mailboxes."""
        records = [
            order("eva@example.com", "eva@example.com"),
            order("eva@example.com", "bob@example.com"),
            order("info@example.com", "eva@example.com"),
            order("eva@example.com", "n/a", "Eva"),
        ]
        ladder = Ladder(Limits(), shipped())
        climbed(ladder, records[first])
        for record in records:
            assert climbed(ladder, record) == climbed(Ladder(Limits(), shipped()), record)

    def test_one_is_not_true(self) -> None:
        """1, 1.0 and true are equal and look different."""
        ladder = Ladder(Limits(), shipped())
        for value in (1, True, 1.0, "1", True, 1):
            record = {"newsletter": value, "email": "eva@example.com"}
            assert repr(climbed(ladder, record)) == repr(climbed(Ladder(Limits(), shipped()), record))


class TestBounds:
    def test_always_new_shapes(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Payloads whose names never come again make the ladder forget and start anew; what it holds stays within bounds."""
        monkeypatch.setattr(unfold_module, "MAX_BYTES", 200_000)
        monkeypatch.setattr(ladder_module, "MAX_REMEMBERED", 20_000)
        ladder, known, used = Ladder(Limits()), set(), set()
        for n in range(300):
            climbed(ladder, {f"a{n}x{k}": {f"b{n}": f"{n} {k}"} for k in range(10)})
            known.add(ladder._remembered)
            used.add(ladder._unfolder._used.bytes)
        assert max(known) <= 20_000
        assert max(used) <= 200_000 + 50_000  # one payload more
        assert len(ladder._shapes) < 300

    def test_names_that_are_too_long_are_not_kept(self) -> None:
        """A name of a megabyte is unfolded and forgotten."""
        ladder = Ladder(Limits())
        before = ladder._unfolder._used.bytes
        for n in range(3):
            climbed(ladder, {"n" * 1_000_000 + str(n): "x", "a": {"m" * 1_000_000 + str(n): "y"}})
        assert ladder._unfolder._used.bytes - before < 100_000
        spots = [spot for outline in ladder._unfolder._outlines.values() for spot in outline.spots]
        assert max(len(text) for spot in spots for text in (spot.path, spot.label, *spot.context)) <= MAX_KEY

    def test_elements_with_names_of_their_own_each_time(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Elements that are called by something new in each record, as products are, do not pile up."""
        monkeypatch.setattr(unfold_module, "MAX_BYTES", 200_000)
        ladder, used = Ladder(Limits()), set()
        for n in range(500):
            climbed(ladder, {"lines": [{"name": f"product {n}", "value": n}, {"name": "email", "value": "eva@example.com"}]})
            used.add(ladder._unfolder._used.bytes)
        assert max(used) <= 250_000


class TestDeclared:
    @pytest.mark.parametrize("certain", [0.7, 0.8, 0.9, 0.99])
    def test_what_no_value_can_make_certain_is_not_looked_at(self, certain: float) -> None:
        """A leaf is left out only where no value at all could make it a wanted contact field for certain."""
        scales = Scales(Limits(certain_from=certain), shipped())
        for label in ("a", "zzqx", "note", "phone", "company", "unternehmen", "from", "contact", "remark", "town"):
            for field in CONTACT:
                leaf = Leaf(label, label, (), None)
                if not scales.can_be(leaf, [field]):
                    for value in VALUES:
                        found = scales.weigh(leaf._replace(value=value), kind_of(value))
                        assert not any(one.field == field and one.confidence >= certain for one in found), (label, field, value)

    def test_what_a_source_did_not_declare_is_still_found(self) -> None:
        """A contact field that the declaration misses is taken where its name and value are certain."""
        out = climbed(
            Ladder(Limits(), shipped()), {"mail": "eva@example.com", "company": "Example GmbH", "x": 1}, source(email="mail")
        )
        assert out.fields["company"] == "Example GmbH"

    @pytest.mark.parametrize("value", VALUES)
    def test_values_alone_are_no_surer_than_is_assumed(self, value: Any) -> None:
        """No value is surer of a contact field than `can_be` takes for granted."""
        assumed = {"email": 0.95, "phone": 0.86}
        for one in candidates(value, kind_of(value)):
            assert one.field not in CONTACT or one.confidence <= assumed.get(one.field or "", 0.80)
