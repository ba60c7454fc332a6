"""What the names around a leaf make of it: `name` within a company is the company's, `email` within an owner not the lead's."""

from __future__ import annotations

from enum import Enum, auto
from functools import lru_cache
from typing import Final

from app.pipeline.ladder.label import words
from app.pipeline.ladder.lexicon import Standing, lexicon
from app.pipeline.ladder.phrase import Reading

_DEEPEST: Final = 6  # enclosing names that are looked at, the nearest first


class Around(Enum):
    """Whose a leaf is."""

    NOTHING = auto()
    PERSON = auto()
    COMPANY = auto()
    EVENT = auto()  # the lead itself, a submission, an enquiry
    ORDER = auto()
    PLACE = auto()
    PRODUCT = auto()
    FORM = auto()
    PAGE = auto()
    CAMPAIGN = auto()
    MACHINE = auto()  # device, browser, app, library
    FOREIGN = auto()  # owner, store, template, list …


_BY_LAST_WORD: Final = (
    (Around.PLACE, "place"),
    (Around.ORDER, "order"),
    (Around.FORM, "form"),
    (Around.PAGE, "page"),
    (Around.CAMPAIGN, "campaign"),
    (Around.PRODUCT, "product"),
    (Around.MACHINE, "machine"),
)
_PEOPLE: Final = frozenset({"email", "phone", "full_name", "first_name", "last_name", "job_title", "company"})
_PLACES: Final = frozenset({"street", "city", "region", "postcode", "country"})
_TAGS: Final = frozenset(
    {"utm_source", "utm_medium", "utm_campaign", "click_id", "referrer", "visitor_id", "user_agent", "ip", "page_url"}
)


@lru_cache(maxsize=4096)
def around(context: tuple[str, ...]) -> tuple[Around, bool]:
    """Whose the leaf is, by the nearest name that says so, and whether an address-like name stands between."""
    place = False
    for n, name in enumerate(context[:_DEEPEST]):
        if name == "item" and context[n + 1 : n + 2] == ("data",):
            continue  # an envelope, and no article
        match one := _around(name):
            case Around.NOTHING:
                continue
            case Around.PLACE:
                place = True
            case _:
                return one, place
    return (Around.PLACE if place else Around.NOTHING), place


@lru_cache(maxsize=4096)
def _around(name: str) -> Around:
    found = words(name)[:8]
    if not found:
        return Around.NOTHING
    classes = lexicon().words
    idle = classes["container"]
    last = found[-1]
    if last in idle or last.isdigit():
        while found and (found[-1] in idle or found[-1].isdigit() or found[-1] in classes["noise"]):
            found = found[:-1]
        if not found:
            return Around.NOTHING
        last = found[-1]
        if last in classes["form"]:
            return Around.EVENT  # a form's fields are the answers
    for kind, name_of_class in _BY_LAST_WORD:
        if last in classes[name_of_class]:
            return kind
    if last in classes["company"]:
        return Around.COMPANY
    if last in classes["person"]:
        return Around.FOREIGN if not classes["foreign"].isdisjoint(found[:-1]) else Around.PERSON
    if last in classes["event"]:
        return Around.EVENT
    return Around.NOTHING if (classes["foreign"] - idle).isdisjoint(found) else Around.FOREIGN


def judged(reading: Reading, label: tuple[str, ...], context: tuple[str, ...]) -> Reading:
    """The reading of a name, given the names around it."""
    whose, place = around(context)
    if whose is Around.NOTHING or reading.field is None:  # nothing to add, or nothing to take back
        return reading
    field, weak = reading.field, reading.standing <= Standing.WEAK
    none = Reading(None, 0.90, Standing.SURE)
    match whose:
        case Around.FOREIGN:
            if field in _TAGS and not weak:
                return reading
            return (
                none
                if field in _PEOPLE or field in _PLACES or weak or field in ("occurred_at", "event_id")
                else _less(reading, 0.75)
            )
        case Around.PRODUCT:
            return Reading("interest", 0.75, Standing.ALONE) if label in (("name",), ("title",)) else none
        case Around.MACHINE:
            return reading if field in ("user_agent", "ip", "language", "visitor_id") and not weak else none
        case Around.COMPANY:
            if field == "full_name":
                return Reading("company", 0.95, Standing.SURE)
            if field in _PLACES or field in ("email", "phone"):
                return _less(reading, 0.80 if field in _PLACES else 0.70)
            return none if weak or field in ("occurred_at", "event_id") else reading
        case Around.FORM | Around.PAGE | Around.CAMPAIGN:
            return _of_traffic(reading, whose, weak)
        case Around.ORDER:
            return Reading(None, 0.80, Standing.ALONE) if weak and field in ("full_name", "region", "job_title") else reading
        case Around.EVENT:
            if field == "job_title" and reading.standing is Standing.ALONE:
                return _less(reading, 0.80)
            if weak and field in ("page_url", "message"):
                return _less(reading, 0.55 if field == "page_url" else 0.65)
            if weak and field in ("full_name", "job_title", "region"):
                return _less(reading, 0.55 if field == "job_title" else 0.70)
            return Reading(field, 0.95, Standing.SURE) if weak and field == "event_id" and label == ("id",) else reading
        case Around.PERSON | Around.PLACE:
            return _of_person(reading, label, place, weak)
    return reading


def _of_traffic(reading: Reading, whose: Around, weak: bool) -> Reading:
    if whose is Around.FORM and not weak:  # a form often holds its values
        return reading if reading.standing is Standing.SURE else _less(reading, 0.70)
    if reading.field in ("page_url", "referrer") and whose is Around.PAGE:
        return Reading(reading.field, 0.95, Standing.SURE)
    return reading if reading.field in _TAGS and not weak else Reading(None, 0.88, Standing.SURE)


def _of_person(reading: Reading, label: tuple[str, ...], place: bool, weak: bool) -> Reading:
    field = reading.field
    if place and field in _PLACES:
        return Reading(field, max(reading.confidence, 0.95), Standing.SURE)
    if place and weak and field in ("job_title", "event_id", "page_url", "message", "interest"):
        return Reading(None, 0.85, Standing.SURE)
    if not weak:
        return _less(reading, 0.88) if field == "occurred_at" else reading
    match field:
        case "full_name":
            return Reading(field, 0.94 if label in (("name",), ("names",)) else 0.85, Standing.SURE)
        case "job_title" if label in (("title",), ("position",)):
            return Reading(field, 0.91, Standing.SURE)
        case "event_id" if label == ("id",):
            return Reading("customer_id", 0.88, Standing.ALONE)
        case "page_url" | "message" | "interest" | "budget" | "order_value":
            return Reading(None, 0.80, Standing.SURE) if field == "page_url" else _less(reading, 0.70)
    return reading


def _less(reading: Reading, most: float) -> Reading:
    return Reading(reading.field, min(reading.confidence, most), reading.standing, reading.unknown)
