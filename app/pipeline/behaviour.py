"""What visitors do in the shop: an event becomes a step, the steps of one person a journey.

Steps are kept and not sums of them: so a step that comes twice or late changes nothing, journeys of several browsers can be
joined, and what happened after a lead is not counted for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b, sha256
from typing import Any, Final

from app.pipeline.pseudonyms import Pseudonyms
from app.pipeline.touch import touch_of
from app.ports import Journey

GAP_MS: Final = 30 * 60_000  # without a step for so long: the next one begins another visit
KEPT_MS: Final = 30 * 86_400_000  # as long as the topic keeps its records; older steps say little
STEPS: Final = 120  # kept of each visitor: the first, for what brought them, and the newest
BROWSERS: Final = 4  # of one person, the newest
_AHEAD_MS: Final = 5 * 60_000  # a visitor's clock may be so much ahead of the record's
_DEAREST: Final = 1e7  # a cart above it is a mistake

_KINDS: Final = {  # what happened → one letter; all others are steps of a visit and no more
    "page_view": "p",
    "product_view": "p",
    "cart_add": "a",
    "cart_remove": "r",
    "order": "o",
}
_NOBODY: Final = frozenset(
    {"null", "none", "undefined", "unknown", "anonymous", "guest", "visitor", "test", "false", "true", "nan"}
)


def browser_of(visitor_id: str | None, pseudonym: Pseudonyms) -> str | None:
    """The pseudonym of a browser or device; None for what trackers send where they have no id: strangers would share it."""
    if visitor_id is None or len(visitor_id) < 4 or visitor_id.lower() in _NOBODY or not visitor_id.strip("0-. "):
        return None
    return pseudonym("visitor", visitor_id)


def person_of(email: str, pseudonym: Pseudonyms) -> str:
    """The pseudonym of a person by e-mail, as `person_of_digest` makes it of what trackers send."""
    return pseudonym("mail", sha256(email.strip().lower().encode("utf-8", "surrogatepass")).hexdigest())


def person_of_digest(digest: str | None, pseudonym: Pseudonyms) -> str | None:
    """The pseudonym of a person by SHA-256 of their e-mail, in hex; None where it is no such digest."""
    text = (digest or "").strip().lower()
    return pseudonym("mail", text) if len(text) == 64 and not text.strip("0123456789abcdef") else None


def step_of(event: Mapping[str, Any], recorded_ms: int) -> tuple[int, str] | None:
    """(when, the step as text): `when|kind|value|touch|mark`. The same event gives the same step.

    Args:
        event: A BehaviourEvent.
        recorded_ms: The record's own time: visitors' clocks may be wrong.

    Returns:
        None for an event older than KEPT_MS.
    """
    at: int = event["occurred_at"]
    if at > recorded_ms + _AHEAD_MS:
        at = recorded_ms
    elif at < recorded_ms - KEPT_MS:
        return None
    kind = _KINDS.get(event["event"], "x")
    worth = ""
    if kind in "ar":
        value = (event["value"] or 0.0) * max(1, event["quantity"] or 1)
        worth = f"{value:.2f}" if 0.0 < value <= _DEAREST else ""
    told = event["event_id"] or f"{event['event']} {event['occurred_at']} {event['page_url']} {event['product_id']}"
    mark = blake2b(told.encode("utf-8", "surrogatepass"), digest_size=5).hexdigest()
    return at, f"{at:013d}|{kind}|{worth}|{touch_of(event['page_url'], event['referrer']) or ''}|{mark}"


def journey_of(steps: str) -> Journey | None:
    """The journey that steps make, one a line, in any order; None where there is none."""
    rows = sorted(set(steps.split("\n"))) if steps else []
    if not rows:
        return None
    sessions = pages = adds = last = 0
    cart = 0.0
    first_touch = last_touch = None
    for row in rows:
        when, kind, worth, touch, _ = row.split("|")
        at = int(when)
        if at - last > GAP_MS:
            sessions += 1
        last = at
        if kind == "p":
            pages += 1
        elif kind == "a":
            adds += 1
            cart += float(worth or 0.0)
        elif kind == "r":
            cart = max(0.0, cart - float(worth or 0.0))
        elif kind == "o":
            cart = 0.0
        if touch:
            first_touch, last_touch = first_touch or touch, touch
    return Journey(sessions, pages, adds, round(cart, 2), last, first_touch, last_touch)
