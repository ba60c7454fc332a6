"""Who a lead is: asked of the index, judged, and told in the decision."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

import pytest

from app.edges.memory_index import MemoryMatchIndex
from app.inventory.models import Mapping, Source
from app.match_index import Ask, Link, Sought, Unknown
from app.pipeline.identified import Identified
from app.pipeline.identity import Identity
from app.pipeline.lead import Lead, Violation
from app.pipeline.pseudonyms import Pseudonyms
from tests.harness.identity import PEPPER, fresh_identity

PSEUDONYM = Pseudonyms(PEPPER)
HOUR_MS = 3_600_000
SOURCES = {
    name: Source(name=name, description="", owner="a", format="json", mapping=Mapping(fields={}), expected_per_hour=1)
    for name in ("web-form", "meta-ads")
}
EVA: dict[str, Any] = {
    "first_name": "Eva", "last_name": "Quernmoor", "email": "eva.quernmoor@gmail.com", "phone": "+493090123456", "city": "Berlin"
}  # fmt: skip


def lead(n: int, source: str = "web-form", **known: Any) -> Lead:
    at = 1_763_900_000_000 + n * 60_000
    told: dict[str, Any] = {"event_id": f"e{n}", "received_at": at, "occurred_at": at} | known
    return Lead(lead_id=f"ld_{n:020x}", source=source, **told)


def told(stage: Identity, *leads: Lead) -> list[Identified]:
    return stage.of([(one, SOURCES[one.source]) for one in leads])


class Lost(MemoryMatchIndex):
    """An index that cannot tell, until it is found again."""

    lost = True

    def seek(self, asks: Sequence[Ask], links: Sequence[Link] = ()) -> list[Sought] | Unknown:  # type: ignore[override]
        return Unknown("lost") if self.lost else super().seek(asks, links)


class TestPseudonyms:
    @pytest.mark.parametrize("value", ["jo@example.org", "", "\ud800", "x" * 1_000])
    def test_they_are_hmacs(self, value: str) -> None:
        """HMAC-SHA256 as the standard library makes it: pseudonyms of yesterday are those of tomorrow."""
        key = blake2b(PEPPER, person=b"leadstream/ps", digest_size=32).digest()
        assert PSEUDONYM("e", value) == hmac.digest(key, f"e\0{value}".encode("utf-8", "surrogatepass"), "sha256")[:16].hex()

    def test_another_pepper_gives_others(self) -> None:
        """Without the pepper nobody can enumerate addresses, neither from pseudonyms nor from keys."""
        other = Pseudonyms(b"another pepper, also long enough")
        assert PSEUDONYM("e", "jo@example.org") != other("e", "jo@example.org")
        assert PSEUDONYM.keys(["e:jo@example.org"]) != other.keys(["e:jo@example.org"])

    def test_kinds_are_apart(self) -> None:
        """An event id that reads like a phone number is not that phone."""
        assert PSEUDONYM("e", "+4930123456") != PSEUDONYM("p", "+4930123456")

    def test_shapes(self) -> None:
        """A pseudonym is 32 hex digits, a key seven bytes: the index adds how many may have it."""
        assert (len(bytes.fromhex(PSEUDONYM("e", "a"))), len(PSEUDONYM.keys(["e:a"])[0])) == (16, 7)


class TestKinds:
    def test_a_stranger_is_new(self) -> None:
        """Who shares nothing with anybody is a lead and a person of its own."""
        stage = fresh_identity()
        first, other = told(stage, lead(1, **EVA), lead(2, first_name="Ole", last_name="Brandvold", email="ole@brandvold.no"))
        assert (first.dedupe, other.dedupe) == ("new", "new")
        assert (first.subject, other.subject) == ("su_" + lead(1).lead_id[3:], "su_" + lead(2).lead_id[3:])

    def test_the_same_event_again(self) -> None:
        """A producer's retry has the event's id: it does not enter the index, and is a duplicate of the first."""
        stage = fresh_identity()
        first, again = told(stage, lead(1, **EVA), lead(2, event_id="e1", **EVA))
        assert (again.dedupe, again.duplicate_of, again.subject) == ("same_event", lead(1).lead_id, first.subject)
        assert again.entry is None

    def test_event_ids_of_two_sources_are_apart(self) -> None:
        """Two vendors may number their events alike."""
        stage = fresh_identity()
        both = told(stage, lead(1, email="a@b.de"), lead(2, "meta-ads", event_id="e1", email="c@d.de"))
        assert [one.dedupe for one in both] == ["new", "new"]

    def test_the_same_lead_by_another_source(self) -> None:
        """One person, one intent, two sources: merged into the first, with each field's evidence."""
        stage = fresh_identity()
        first, second = told(stage, lead(1, **EVA), lead(2, "meta-ads", **{**EVA, "first_name": "Eve"}))
        assert (second.dedupe, second.duplicate_of, second.subject) == ("merged", lead(1).lead_id, first.subject)
        assert second.match is not None
        assert {said.field for said in second.match.evidence} >= {"email", "phone", "last"}

    def test_the_same_person_with_another_intent(self) -> None:
        """A second form for another product is a lead of its own, linked, and of the same person."""
        stage = fresh_identity()
        first, second = told(stage, lead(1, **EVA, interest="desk lamps"), lead(2, **EVA, interest="garden chairs"))
        assert (second.dedupe, second.duplicate_of) == ("linked", None)
        assert (second.linked_to, second.subject) == (lead(1).lead_id, first.subject)

    def test_a_lead_goes_to_its_own_intent(self) -> None:
        """Of a person's leads the one with the same intent is the one that a newcomer is merged into."""
        stage = fresh_identity()
        told(stage, lead(1, **EVA, interest="desk lamps"), lead(2, **EVA, interest="garden chairs"))
        (third,) = told(stage, lead(3, "meta-ads", **EVA, interest="chairs"))
        assert (third.dedupe, third.duplicate_of, third.subject) == ("merged", lead(2).lead_id, "su_" + lead(1).lead_id[3:])

    def test_two_forms_of_one_source(self) -> None:
        """Who fills in two different forms of one source wants two things."""
        stage = fresh_identity()
        _, second = told(stage, lead(1, **EVA, form_id="quote"), lead(2, **EVA, form_id="newsletter"))
        assert second.dedupe == "linked"

    def test_beyond_the_window(self) -> None:
        """After the source's window the same person's lead is a new one; before that it is the same."""
        stage = fresh_identity()
        window = int(SOURCES["web-form"].dedupe_window_hours * HOUR_MS)
        soon, late = lead(2, **EVA), lead(3, **EVA)
        for one, after in ((soon, window - HOUR_MS), (late, 2 * window)):
            one.received_at = one.occurred_at = lead(1).received_at + after
        assert [one.dedupe for one in told(stage, lead(1, **EVA), soon, late)] == ["new", "merged", "linked"]

    def test_the_doubtful_is_asked(self) -> None:
        """Same rare name and town, nothing else: people decide, and see with whom it was compared."""
        stage = fresh_identity()
        who = {"first_name": "Eva", "last_name": "Quernmoor", "city": "Berlin"}
        _, second = told(stage, lead(1, **who, email="eva@quernmoor.de"), lead(2, **who, phone="+493090123456"))
        assert (second.dedupe, second.duplicate_of) == ("asked", None)
        assert second.match is not None
        assert second.match.lead == lead(1).lead_id

    def test_a_test_lead_is_nobody(self) -> None:
        """What a vendor marks as a test tells no person, whatever it holds."""
        stage = fresh_identity()
        _, second = told(stage, lead(1, **EVA, is_test=True), lead(2, **EVA, is_test=True))
        assert (second.dedupe, second.subject) == ("new", None)

    def test_a_placeholder_is_nobody(self) -> None:
        """A mail address that validation marked as a placeholder brings nobody together."""
        stage = fresh_identity()
        spoiled = [lead(n, email="test@test.com", violations=[Violation("email", "placeholder")]) for n in (1, 2)]
        assert [one.dedupe for one in told(stage, *spoiled)] == ["new", "new"]


class TestOnce:
    def test_a_redelivered_lead_is_not_its_own_duplicate(self) -> None:
        """A batch that is decided again, by whomever, is decided alike."""
        index = MemoryMatchIndex()
        batch = [lead(1, **EVA), lead(2, "meta-ads", **EVA), lead(3, **EVA, interest="lamps"), lead(4, event_id="e1", **EVA)]
        first, again = told(fresh_identity(index), *batch), told(fresh_identity(index), *batch)
        assert [(one.dedupe, one.duplicate_of, one.subject) for one in first] == [
            (one.dedupe, one.duplicate_of, one.subject) for one in again
        ]

    def test_what_was_decided_counts_before_it_is_told(self) -> None:
        """A lead of the same batch that matches a duplicate goes to that one's original."""
        stage = fresh_identity()
        by_phone = {"first_name": "Eva", "last_name": "Quernmoor", "phone": EVA["phone"]}
        first, second, third = told(stage, lead(1, **{**EVA, "phone": None}), lead(2, **EVA), lead(3, "meta-ads", **by_phone))
        assert (second.duplicate_of, third.duplicate_of) == (lead(1).lead_id, lead(1).lead_id)
        assert third.subject == first.subject

    def test_links_travel_with_the_next_batch(self) -> None:
        """Another process knows with its next question what was decided here, once it was told."""
        index = MemoryMatchIndex()
        here, there = fresh_identity(index), fresh_identity(index)
        told(here, lead(1, **{**EVA, "phone": None}), lead(2, **EVA))
        here.tell()
        by_phone = {"first_name": "Eva", "last_name": "Quernmoor", "phone": EVA["phone"]}
        (third,) = told(there, lead(3, "meta-ads", **by_phone))
        assert third.duplicate_of == lead(1).lead_id


class TestUnknown:
    def test_leads_flow_when_the_index_cannot_tell(self) -> None:
        """Each is a lead of its own, says so, and carries what is needed to ask again."""
        stage = Identity(index := Lost(), fresh_identity()._judges, PSEUDONYM, fresh_identity()._seal)
        (found,) = told(stage, lead(1, **EVA))
        assert (found.dedupe, found.duplicate_of) == ("unknown", None)
        assert found.entry is not None
        assert (found.entry.number, bool(found.entry.keys), bool(found.entry.record)) == (0, True, True)
        index.lost = False
        told(stage, lead(2, **EVA))
        event, record = bytes.fromhex(found.event_id), found.entry.record
        ask = Ask(lead(1).lead_id, found.entry.keys, event, record, lead(1).received_at, 3600)
        again = stage.asked([stage.reopened(ask, found.event_id, 3600)])
        assert again is not None
        assert (again[0].dedupe, again[0].duplicate_of) == ("merged", lead(2).lead_id)

    @pytest.mark.parametrize(("fuzzy", "dedupe"), [(True, "merged"), (False, "new")])
    def test_asked_again_as_the_toggle_stands_now(self, fuzzy: bool, dedupe: str) -> None:
        """A lead that is looked into later is compared only if dedupe.fuzzy is on by then."""
        eva = EVA | {"street": "Lindenweg 7", "postcode": "10115"}
        stage = Identity(index := Lost(), fresh_identity()._judges, PSEUDONYM, fresh_identity()._seal)
        (found,) = told(stage, lead(1, **eva | {"email": "eva.quernmor@gmail.com", "phone": None}))
        index.lost = False
        told(stage, lead(2, **eva))
        assert found.entry is not None
        ask = Ask(lead(1).lead_id, found.entry.keys, bytes.fromhex(found.event_id), found.entry.record, lead(1).received_at, 3600)
        again = stage.asked([stage.reopened(ask, found.event_id, 3600, fuzzy=fuzzy)])
        assert again is not None
        assert again[0].dedupe == dedupe

    def test_links_wait_until_they_can_be_told(self) -> None:
        """What was decided before the index was lost is told when it is back."""
        index = Lost()
        index.lost = False
        stage = Identity(index, fresh_identity()._judges, PSEUDONYM, fresh_identity()._seal)
        told(stage, lead(1, **{**EVA, "phone": None}), lead(2, **EVA))
        index.lost = True
        told(stage, lead(3, email="other@example.org"))
        index.lost = False
        stage.tell()
        assert stage.links.take() == []

    def test_a_damaged_record_finds_nobody(self) -> None:
        """An earlier lead whose record cannot be opened is passed over and counted, and stops nothing."""
        stage = fresh_identity(index := MemoryMatchIndex())
        told(stage, lead(1, **EVA))
        traits = stage.traits(lead(2, **EVA), SOURCES["web-form"])
        index.seek([traits.ask._replace(record=b"damaged, or sealed with another pepper")])
        (found,) = told(stage, lead(3, **EVA))
        assert (found.dedupe, found.duplicate_of, stage.unreadable) == ("merged", lead(1).lead_id, 1)
