"""What follows from a request to erase somebody."""

from __future__ import annotations

from typing import Any

import pytest

from app.pipeline.identifiers import identifiers
from app.pipeline.pseudonyms import Pseudonyms
from app.privacy.erasing import (
    HOUR_MS,
    NEVER_MS,
    Place,
    Proof,
    Request,
    expired_by,
    identifiers_in_raw,
    identifiers_of,
    last_until,
    overwritten_by,
    said_elsewhere,
    theirs,
)
from tests.harness.leads_told import CODEC, T, a_lead, a_routed, lead_id

PSEUDONYMS = Pseudonyms(b"a pepper of some length")
MAIL, PHONE = "mara.canary@example.org", "+493012345678"
DAY = 24 * HOUR_MS


def asked(**who: Any) -> Request:
    named = [(one.kind, one.pseudonym(PSEUDONYMS)) for one in identifiers(**who)]
    return Request("er-1", frozenset(named), (), T, "privacy-desk", "ticket 1", suppress=False)


@pytest.mark.parametrize(
    ("who", "lead"),
    [
        ({"email": "Mara.Canary@Example.org"}, {"email": MAIL}),
        ({"phone": "+49 30 12345678"}, {"phone": PHONE}),
        ({"customer_id": "C-1", "sources": ["web-form"]}, {"customer_id": "C-1"}),
        ({"visitor_id": "v-1"}, {"visitor_id": "v-1"}),
    ],
    ids=["email", "phone", "customer", "visitor"],
)
def test_a_lead_with_one_of_the_identifiers_is_theirs(who: dict[str, Any], lead: dict[str, Any]) -> None:
    """However it is written; and no other lead is, on a team's topic as on the others."""
    request = asked(**who)
    for made in (a_lead, a_routed):
        assert theirs(identifiers_of(made(1, **lead)), request, PSEUDONYMS)
        assert not theirs(identifiers_of(made(2, email="otto@example.org", phone="+493099999999")), request, PSEUDONYMS)


def test_another_sources_customer_is_another_person() -> None:
    """Two shops give two people the same number."""
    request = asked(customer_id="C-1", sources=["hubspot-form"])
    assert not theirs(identifiers_of(a_lead(1, customer_id="C-1")), request, PSEUDONYMS)


@pytest.mark.parametrize(
    ("attributes", "found"),
    [
        ({"raw.email": MAIL}, True),
        ({"second": " +49 30 12345678 "}, True),
        ({"text": f"my sister is {MAIL}"}, False),  # a lead of somebody who names them
        ({"number": "12345678"}, False),
    ],
)
def test_an_attribute_counts_where_it_is_nothing_but_an_identifier(attributes: dict[str, str], found: bool) -> None:
    """Fields that no mapping took are looked at, too; somebody else's message that names the person is not their lead."""
    request = Request.of(asked(email=MAIL).told() | {"identifiers": [*asked(email=MAIL).told()["identifiers"],
                                                                       *asked(phone=PHONE).told()["identifiers"]]})  # fmt: skip
    assert theirs(said_elsewhere(a_lead(1, attributes=attributes)), request, PSEUDONYMS) == found


@pytest.mark.parametrize(
    "raw",
    [
        f'{{"email": "{MAIL.upper()}", broken'.encode(),
        f"mail={MAIL.replace('@', '%40')}&tel=1".encode(),
        f'{{"x":"{MAIL}"'.replace("@", "\\u0040").encode(),
        f"name;{MAIL};1".encode("utf-16"),
        f"<a href='mailto:{MAIL}'>".encode(),
        f"Mara &lt;{MAIL.replace('@', '&#64;')}&gt;".encode(),
        b"\xff\xfe\x00" + MAIL.encode(),
        b"\x00\x00\x00\x00\x07\x02" + b"2" + MAIL.encode() + b"H" + b"something else",
    ],
    ids=["json", "form", "escaped", "utf-16", "html", "entities", "noise", "avro"],
)
def test_an_address_is_found_in_bytes_that_nobody_could_read(raw: bytes) -> None:
    """As it is written in formats that vendors send, escapes and encodings taken away."""
    request = asked(email=MAIL)
    assert theirs(identifiers_in_raw(raw, "web-form", ("DE",), request.kinds), request, PSEUDONYMS)
    other = asked(email="otto@example.org")
    assert not theirs(identifiers_in_raw(raw, "web-form", ("DE",), other.kinds), other, PSEUDONYMS)


@pytest.mark.parametrize("written", ["+49 (30) 1234-5678", "030 12345678", "0049 30 12345678", "%2B49+30+12345678"])
def test_a_number_is_found_in_bytes_with_the_sources_country(written: str) -> None:
    """With country code or without, as people write it."""
    request = asked(phone=PHONE)
    raw = f'"tel": "{written}", '.encode()
    assert theirs(identifiers_in_raw(raw, "web-form", ("DE",), request.kinds), request, PSEUDONYMS)


def test_a_request_is_told_as_it_was_asked() -> None:
    """Through its schema and back it is the same."""
    one = Request("er-1", asked(email=MAIL).identifiers, (lead_id(1),), T, "privacy-desk", "ticket 1", suppress=True)
    assert Request.of(CODEC.read_own(CODEC.encode("erasure", one.told()), "erasure")) == one


def test_a_proof_waits_until_the_last_trace_is_gone() -> None:
    """What only goes by itself is named with its date; the proof is `waiting` until then. It holds no pseudonym."""
    request = asked(email=MAIL)
    proof = Proof(request, [lead_id(1)], [Place("leads.dlq", "tombstoned", 1, T + DAY), Place("redis", "forgotten", 2)])
    told = CODEC.read_own(CODEC.encode("erased", proof.told(T)), "erased")
    assert (told["state"], last_until(told), told["leads"]) == ("waiting", T + DAY, [lead_id(1)])
    assert proof.told(T + DAY)["state"] == "done"
    assert not any(one in str(told) for one in request.pseudonyms)


def test_when_something_is_gone_follows_from_the_topics_settings() -> None:
    """Compaction where there is a limit to it, else age; never where nothing sets an end."""
    both = {
        "cleanup.policy": "compact,delete",
        "max.compaction.lag.ms": str(5 * DAY),
        "retention.ms": str(30 * DAY),
        "segment.ms": str(DAY),
    }
    assert overwritten_by(both, T) == T + 5 * DAY + HOUR_MS
    assert overwritten_by(both | {"max.compaction.lag.ms": str(2**63 - 1)}, T) == T + 31 * DAY + HOUR_MS
    assert overwritten_by({"cleanup.policy": "compact", "max.compaction.lag.ms": str(2**63 - 1)}, T) >= NEVER_MS
    assert expired_by(both, T) == T + 31 * DAY + HOUR_MS
    assert expired_by({"cleanup.policy": "delete", "retention.ms": "-1"}, T) >= NEVER_MS
    assert expired_by({"cleanup.policy": "compact"}, T) >= NEVER_MS
