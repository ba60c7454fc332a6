"""Who a lead is: pseudonyms, subjects and claims."""

from __future__ import annotations

import hmac
from hashlib import blake2b

import pytest

from app.pipeline.identity import Pseudonyms, claim_of, kind_of, subject_of
from app.pipeline.lead import Lead, Violation, ViolationCode

PSEUDONYM = Pseudonyms(b"a pepper for tests, long enough")


def lead(**known: object) -> Lead:
    return Lead(**{"lead_id": "ld_1", "source": "web-form", "event_id": "e1", "received_at": 0, "occurred_at": 0, **known})  # type: ignore[arg-type]


class TestPseudonyms:
    def test_same_value_same_pseudonym(self) -> None:
        """The same person is recognised again."""
        assert PSEUDONYM("e", "jo@example.org") == PSEUDONYM("e", "jo@example.org")

    def test_another_pepper_gives_another_pseudonym(self) -> None:
        """Without the pepper nobody can enumerate addresses."""
        assert PSEUDONYM("e", "jo@example.org") != Pseudonyms(b"another pepper, also long enough")("e", "jo@example.org")

    def test_kinds_are_apart(self) -> None:
        """An event id that reads like a phone number is not that phone."""
        assert PSEUDONYM("e", "+4930123456") != PSEUDONYM("p", "+4930123456")

    @pytest.mark.parametrize("value", ["jo@example.org", "", "\ud800", "x" * 1_000])
    def test_they_are_hmacs(self, value: str) -> None:
        """HMAC-SHA256 as the standard library makes it: pseudonyms of yesterday are those of tomorrow."""
        key = blake2b(b"a pepper for tests, long enough", person=b"leadstream/ps", digest_size=32).digest()
        assert PSEUDONYM("e", value) == hmac.digest(key, f"e\0{value}".encode("utf-8", "surrogatepass"), "sha256")[:16].hex()

    def test_shape(self) -> None:
        """A pseudonym is 32 hex digits and never holds the value."""
        assert int(PSEUDONYM("e", "jo@example.org"), 16) >= 0
        assert len(PSEUDONYM("e", "jo@example.org")) == 32


class TestClaimOf:
    def test_event_then_email_then_phone(self) -> None:
        """Keys come strongest first, and their kind can be read from them."""
        claim = claim_of(lead(email="Jo@Example.org", phone="+4930123456"), 60, PSEUDONYM)
        assert [kind_of(key) for key in claim.keys] == ["same_event", "same_email", "same_phone"]
        assert (claim.owner, claim.window_s) == ("ld_1", 60)

    def test_case_of_an_email_does_not_matter(self) -> None:
        """Mail providers ignore case, so does the claim."""
        assert claim_of(lead(email="Jo@X.org"), 60, PSEUDONYM).keys == claim_of(lead(email="jo@x.org"), 60, PSEUDONYM).keys

    def test_event_ids_of_two_sources_are_apart(self) -> None:
        """Two vendors may number their events alike."""
        assert claim_of(lead(), 60, PSEUDONYM).keys != claim_of(lead(source="typeform"), 60, PSEUDONYM).keys

    @pytest.mark.parametrize("code", ["role_address", "placeholder"])
    def test_a_shared_mailbox_makes_nobody_a_duplicate(self, code: ViolationCode) -> None:
        """info@ belongs to many people: it claims nothing and names no subject."""
        shared = lead(email="info@x.org", violations=[Violation("email", code)])
        claim = claim_of(shared, 60, PSEUDONYM)
        assert len(claim.keys) == 1
        assert subject_of(claim) is None

    def test_a_test_lead_claims_its_event_only(self) -> None:
        """A vendor's test lead must not shut out the real person whose address it borrowed."""
        assert len(claim_of(lead(email="jo@x.org", phone="+4930123456", is_test=True), 60, PSEUDONYM).keys) == 1


class TestSubject:
    def test_email_before_phone(self) -> None:
        """The e-mail names the person; the phone does where there is none."""
        both, phone = lead(email="jo@x.org", phone="+4930123456"), lead(phone="+4930123456")
        assert subject_of(claim_of(both, 60, PSEUDONYM)) == PSEUDONYM("e", "jo@x.org")
        assert subject_of(claim_of(phone, 60, PSEUDONYM)) == PSEUDONYM("p", "+4930123456")
        assert subject_of(claim_of(lead(), 60, PSEUDONYM)) is None
