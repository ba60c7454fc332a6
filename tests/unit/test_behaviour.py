"""Behaviour: events become steps, the steps of one person a journey, and a batch of leads its visits."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Any, Literal

import pytest

from app.edges.memory import MemoryJourneys
from app.errors import EnrichmentMissing
from app.pipeline.behaviour import KEPT_MS, browser_of, journey_of, person_of, person_of_digest, step_of
from app.pipeline.enrichment.visits import Visits
from app.pipeline.lead import Lead, Violation
from app.pipeline.pseudonyms import Pseudonyms
from app.pipeline.touch import touch_of
from app.ports import Journey, Moved, Visitor

NOW = 1_790_000_000_000
MINUTE = 60_000
PSEUDONYMS = Pseudonyms(b"a pepper for tests, long enough")
EMPTY = dict.fromkeys(("event_id", "page_url", "referrer", "product_id", "quantity", "value"))


def step(event: str, at: int, **fields: Any) -> tuple[int, str]:
    found = step_of(EMPTY | {"event": event, "occurred_at": at, "event_id": f"{event}{at}"} | fields, NOW)
    assert found is not None
    return found


def journey(*steps: tuple[int, str]) -> Journey:
    found = journey_of("\n".join(text for _, text in steps))
    assert found is not None
    return found


def lead(**fields: Any) -> Lead:
    return Lead("ld_1", "web-form", "e", NOW, NOW, **fields)


class TestJourney:
    def test_counts_sessions_pages_and_the_cart(self) -> None:
        """Half an hour's silence ends a visit; the cart holds what was added and neither taken out nor ordered."""
        found = journey(
            step("cart_add", NOW - 100 * MINUTE, value=40.0),
            step("order", NOW - 99 * MINUTE),
            step("page_view", NOW - 20 * MINUTE, page_url="https://shop.example/?utm_source=news&utm_medium=email"),
            step("product_view", NOW - 19 * MINUTE),
            step("cart_add", NOW - 18 * MINUTE, value=50.0, quantity=2),
            step("cart_remove", NOW - 17 * MINUTE, value=50.0),
            step("chat", NOW - 16 * MINUTE),
        )
        assert found == Journey(2, 2, 2, 50.0, NOW - 16 * MINUTE, "news/email", "news/email")

    def test_order_and_repetition_change_nothing(self) -> None:
        """The same steps, in any order and twice, are the same journey."""
        steps = [step("page_view", NOW - n * 20 * MINUTE) for n in range(5)]
        assert journey(*steps) == journey(*reversed(steps), *steps)

    def test_no_steps_are_no_journey(self) -> None:
        """Nothing known is None, and not a journey of nothing."""
        assert journey_of("") is None

    def test_a_wrong_clock_is_corrected_by_the_records(self) -> None:
        """An event from the future happened when it was recorded; one older than is kept is no step."""
        assert step("page_view", NOW + 10 * MINUTE)[0] == NOW
        assert step_of(EMPTY | {"event": "page_view", "occurred_at": NOW - KEPT_MS - 1}, NOW) is None

    def test_a_step_holds_nothing_personal(self) -> None:
        """Neither the event's id nor an address in a campaign parameter is kept."""
        _, text = step("page_view", NOW, event_id="jo@example.org", page_url="https://a.example/?utm_source=jo@example.org")
        assert "jo" not in text


@pytest.mark.parametrize(
    ("page", "referrer", "touch"),
    [
        ("https://shop.example/?utm_source=Google&utm_medium=cpc", None, "google/cpc"),
        ("https://shop.example/?fbclid=abc", "https://www.facebook.com/", "meta/click"),
        ("https://shop.example/", "https://news.site.co.uk/a", "site.co.uk"),
        ("https://shop.example/b", "https://www.shop.example/a", None),
        ("https://shop.example/", None, None),
        ("https://shop.example/?utm_source=a|b%0Ac", None, "a-bc"),
        (None, None, None),
    ],
)
def test_what_brought_somebody(page: str | None, referrer: str | None, touch: str | None) -> None:
    """Source and medium, else whose click it was, else another site's domain; nothing within the shop."""
    assert touch_of(page, referrer) == touch


class TestPseudonyms:
    @pytest.mark.parametrize("visitor", [None, "", "abc", "null", "Undefined", "00000000-0000-0000-0000-000000000000"])
    def test_ids_of_nobody_are_no_browser(self, visitor: str | None) -> None:
        """What trackers send where they have no id would join strangers."""
        assert browser_of(visitor, PSEUDONYMS) is None

    def test_a_digest_and_an_address_meet(self) -> None:
        """SHA-256 of the address in small letters, as trackers send it, gives the same person; anything else nobody."""
        digest = sha256(b"jo@example.org").hexdigest()
        assert person_of_digest(digest.upper(), PSEUDONYMS) == person_of("jo@example.org", PSEUDONYMS)
        assert person_of_digest(digest[:32], PSEUDONYMS) is None
        assert person_of(" Jo@Example.org ", PSEUDONYMS) == person_of("jo@example.org", PSEUDONYMS)


class _Broken(MemoryJourneys):
    def __init__(self, error: Exception) -> None:
        super().__init__()
        self._error = error

    def of(self, visitors: Sequence[Visitor]) -> list[Journey | None]:
        raise self._error


class TestVisits:
    def test_a_lead_finds_its_visit_by_visitor_and_later_by_e_mail(self) -> None:
        """Who once came with a visitor id is known again without it; others know nothing."""
        store = MemoryJourneys()
        browser = browser_of("visitor-1", PSEUDONYMS)
        assert browser is not None
        store.keep(0, None, 1, [Moved(browser, (step("page_view", NOW - MINUTE),))])
        both, later, other = (
            lead(visitor_id="visitor-1", email="jo@a.example"),
            lead(email="Jo@A.example"),
            lead(email="x@a.example"),
        )
        visits = Visits(store, PSEUDONYMS)
        visits.join([both])
        visits.join([later, other])
        assert [one.pages_viewed for one in (both, later, other)] == [1, 1, None]

    def test_what_came_after_the_lead_does_not_count(self) -> None:
        """A lead of yesterday that arrives today knows yesterday's steps."""
        store = MemoryJourneys()
        browser = browser_of("visitor-1", PSEUDONYMS)
        assert browser is not None
        store.keep(0, None, 1, [Moved(browser, (step("page_view", NOW - 50 * MINUTE), step("order", NOW - MINUTE)))])
        late = lead(visitor_id="visitor-1")
        late.occurred_at = NOW - 40 * MINUTE
        Visits(store, PSEUDONYMS).join([late])
        assert (late.sessions, late.last_seen_at) == (1, NOW - 50 * MINUTE)

    @pytest.mark.parametrize("how", ["slow", "down"])
    def test_a_store_that_is_away_costs_behaviour_alone(self, how: Literal["slow", "down"]) -> None:
        """Leads that asked say what they miss; leads that had nothing to ask miss nothing."""
        asked, silent = lead(visitor_id="visitor-1"), lead(phone="+4915112345678")
        Visits(_Broken(EnrichmentMissing(how)), PSEUDONYMS).join([asked, silent])
        assert (asked.enrichments, silent.enrichments) == ({"behaviour": how}, {})

    def test_a_bug_costs_behaviour_alone(self) -> None:
        """Whatever the store raises, the leads go on."""
        one = lead(visitor_id="visitor-1")
        Visits(_Broken(ValueError("nonsense")), PSEUDONYMS).join([one])
        assert one.enrichments == {"behaviour": "failed"}

    def test_a_mailbox_of_many_is_nobodys_journey(self) -> None:
        """info@ and vendors' test leads do not join strangers' visits."""
        store = MemoryJourneys()
        store.keep(0, None, 1, [Moved("b", (step("page_view", NOW - MINUTE),), person_of("info@a.example", PSEUDONYMS))])
        shared = lead(email="info@a.example", violations=[Violation("email", "role_address")])
        test = lead(email="info@a.example", is_test=True)
        Visits(store, PSEUDONYMS).join([shared, test])
        assert (shared.sessions, test.sessions) == (None, None)
