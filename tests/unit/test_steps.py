"""A batch of behaviour events becomes what the store of journeys takes in."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest

from app.edges.memory import MemoryJourneys
from app.pipeline.behaviour import KEPT_MS, browser_of, person_of
from app.pipeline.pseudonyms import Pseudonyms
from app.pipeline.steps import Steps
from app.ports import Visitor

NOW = 1_790_000_000_000
PSEUDONYMS = Pseudonyms(b"a pepper for tests, long enough")
EMPTY = dict.fromkeys(("event_id", "page_url", "referrer", "product_id", "quantity", "value"))
JO = sha256(b"jo@example.org").hexdigest()


def event(visitor: str, at: int = NOW, **more: Any) -> dict[str, Any]:
    return EMPTY | {"visitor_id": visitor, "event": "page_view", "occurred_at": at, "event_id": f"{visitor}{at}"} | more


def test_steps_of_a_visitor_come_together() -> None:
    """One entry for each visitor, steps in the order of the events, all under pseudonyms."""
    steps = Steps(PSEUDONYMS)
    taken = [steps.add(event(*told), NOW) for told in (("visitor-1", NOW - 2), ("visitor-2", NOW - 1), ("visitor-1", NOW))]
    assert taken == ["kept"] * 3
    assert [(one.visitor, one.person, [at for at, _ in one.steps]) for one in steps.moved] == [
        (browser_of("visitor-1", PSEUDONYMS), None, [NOW - 2, NOW]),
        (browser_of("visitor-2", PSEUDONYMS), None, [NOW - 1]),
    ]


def test_who_identified_himself_within_the_batch_is_found_by_the_address() -> None:
    """What he did before in the same batch is his, too; an event of an older schema tells nobody."""
    steps, store = Steps(PSEUDONYMS), MemoryJourneys()
    for told in (
        event("visitor-1", NOW - 2),
        event("visitor-1", NOW - 1, email_sha256=JO),
        event("visitor-2", email_sha256=None),
    ):
        steps.add(told, NOW)
    store.keep(0, None, 3, steps.moved)
    (found,) = store.of([Visitor(None, person_of("Jo@example.org", PSEUDONYMS), NOW - KEPT_MS, NOW)])
    assert found is not None
    assert found.pages == 2


@pytest.mark.parametrize(
    ("told", "recorded", "outcome"),
    [
        (event("undefined"), NOW, "nobody"),
        (event("visitor-1"), -1, "undated"),
        (event("visitor-1", NOW - KEPT_MS - 1), NOW, "old"),
    ],
)
def test_what_is_not_kept_says_why(told: dict[str, Any], recorded: int, outcome: str) -> None:
    """No visitor, no time to hold the visitor's clock against, or too long ago."""
    steps = Steps(PSEUDONYMS)
    assert steps.add(told, recorded) == outcome
    assert steps.moved == []
