"""What tells who somebody is."""

from __future__ import annotations

import pytest

from app.pipeline.identifiers import identifiers, texts_of
from app.pipeline.lead import Lead
from app.pipeline.pseudonyms import Pseudonyms

PSEUDONYMS = Pseudonyms(b"a pepper of sixteen bytes or more")


def lead(**told: str) -> Lead:
    return Lead("ld_1", "web-form", "e", 0, 0, **told)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("of_lead", "said"),
    [
        ({"email": "Ada.Berg+shop@gmail.com"}, {"email": " adaberg@GoogleMail.com "}),
        ({"email": "Ada@example.com"}, {"email": "ada@EXAMPLE.com"}),
        ({"phone": "+493012345678"}, {"phone": "+49 (30) 12345678"}),
        ({"customer_id": "1001"}, {"customer_id": " 1001 ", "sources": ("web-form", "shop")}),
        ({"visitor_id": "v-77"}, {"visitor_id": "v-77"}),
    ],
)
def test_a_lead_and_who_objects_are_named_alike(of_lead: dict[str, str], said: dict[str, str]) -> None:
    """However somebody writes an address or a number, it has the pseudonym that the lead's has."""
    (text,) = texts_of(lead(**of_lead))
    assert text in [one.text for one in identifiers(**said)]


def test_what_tells_nobody_is_left_out() -> None:
    """No mailbox, a number without its country, a customer id of nobody's shop: it would be somebody else's, too."""
    assert identifiers(email="no address", phone="030 12345678", customer_id="1001", visitor_id=" ") == []


def test_pseudonyms_are_keyed_and_kinds_kept_apart() -> None:
    """The same text under another pepper, or of another kind, is another pseudonym; nothing of the text is in it."""
    (email,) = identifiers(email="ada@example.com")
    told = email.pseudonym(PSEUDONYMS)
    assert (len(told), int(told, 16) > 0) == (32, True)
    assert told != email.pseudonym(Pseudonyms(b"another pepper of sixteen bytes"))
    assert len({one.pseudonym(PSEUDONYMS) for one in identifiers(customer_id="7", visitor_id="7", sources=("a", "b"))}) == 3
