"""The exact judge: what it merges, and what it leaves alone."""

from __future__ import annotations

import pytest

from app.pipeline.matching.evidence import Evidence
from app.pipeline.matching.plain import Plain
from app.pipeline.matching.reading import evidence

ANNA = {"first": "Anna", "last": "Keller", "email": "anna.keller@gmail.com", "phone": "+4915121234567"}


@pytest.mark.parametrize(
    ("one", "other", "kind"),
    [
        (ANNA, ANNA, "merge"),
        (ANNA, {"email": "annakeller+shop@googlemail.com"}, "merge"),
        (ANNA, {"phone": "+4915121234567", "last": "Brandt"}, "merge"),
        (ANNA, {"first": "Anna", "last": "Keller"}, "new"),
        (ANNA, {"phone": "+4915121234568", "first": "Anna", "last": "Keller"}, "new"),
        ({"email": "info@brenk.de"}, {"email": "info@brenk.de"}, "new"),
        ({}, {}, "new"),
    ],
)
def test_one_mailbox_or_phone_is_one_person(one: dict[str, str], other: dict[str, str], kind: str) -> None:
    """The same mailbox or phone merges, whatever the names; a shared mailbox or a likeness does not. Symmetric."""
    a, b = evidence(**one), evidence(**other)  # type: ignore[arg-type]
    assert Plain()(a, b).kind == Plain()(b, a).kind == kind


def test_a_unique_id_that_disagrees_blocks_the_merge() -> None:
    """Two customer ids of one shop with one phone: people decide."""
    one, other = (evidence(phone="+4915121234567", ids=[("customer shop", number)]) for number in ("1", "2"))
    verdict = Plain()(one, other)
    assert (verdict.kind, verdict.blocked) == ("ask", True)


def test_it_says_what_was_the_same() -> None:
    """The evidence names the mailbox and the phone, and nothing that was not looked at."""
    told = Plain()(evidence(**ANNA), evidence(**{**ANNA, "email": "other@gmx.de"})).evidence  # type: ignore[arg-type]
    assert [(one.field, one.level) for one in told] == [("phone", "same"), ("email", "differs")]
    assert Plain()(Evidence(), Evidence()).evidence == ()
