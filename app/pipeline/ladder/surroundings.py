"""What the names around a leaf make of it: `name` within a company is the company's, `email` within an owner not the lead's."""

from __future__ import annotations

from dataclasses import replace
from enum import Enum, auto
from functools import lru_cache
from typing import Final

from app.pipeline.ladder.label import words
from app.pipeline.ladder.lexicon import Standing, lexicon
from app.pipeline.ladder.phrase import Reading, read
from app.pipeline.ladder.segments import segmented

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
_DESCRIBES: Final = frozenset({"structure", "definition", "schema", "settings", "config", "configuration"})  # a form, no answers
_USERS: Final = frozenset({"user", "users", "member", "members", "account", "usuario", "utilisateur", "benutzer", "utente"})
_REMARKS: Final = frozenset(
    {"comment", "comments", "note", "notes", "remarks", "activities", "conversation", "transcript", "history", "chatlog"}
)
_ANSWERS: Final = frozenset({"fields", "answers", "responses", "questions", "answer", "properties", "columns", "customfields"})
_WRAPPERS: Final = frozenset({"webhook", "webhooks", "hook", "payload", "body", "envelope", "callback", "notification", "api"})
_BUYS: Final = (("order",), ("billing",))  # `order_email`: the buyer's
_RECORDS: Final = frozenset({"card", "deal", "opportunity", "task"})  # of a CRM: a lead by another name
_PEOPLE: Final = frozenset({"email", "phone", "full_name", "first_name", "last_name", "job_title", "company"})
_PLACES: Final = frozenset({"street", "city", "region", "postcode", "country"})
_TAGS: Final = frozenset(
    {"utm_source", "utm_medium", "utm_campaign", "click_id", "referrer", "visitor_id", "user_agent", "ip", "page_url"}
)


@lru_cache(maxsize=4096)
def around(context: tuple[str, ...]) -> tuple[Around, bool]:
    """Whose the leaf is, by the nearest name that says so, and whether an address-like name stands between.

    A person of no role (`contact`, `user`, `person`) may be anybody's: the owner's person is the owner.
    """
    place, answered, found = False, False, Around.NOTHING
    for n, name in enumerate(context[:_DEEPEST]):
        if name == "item" and context[n + 1 : n + 2] == ("data",):
            continue  # an envelope, and no article
        if found is not Around.NOTHING:
            if _is_others(name):
                return Around.FOREIGN, place
            continue
        match one := _around(name):
            case Around.NOTHING:
                answered = answered or not _ANSWERS.isdisjoint(parts(name)[-1:])
            case Around.PLACE:
                place = True
            case Around.FOREIGN | Around.PAGE | Around.FORM | Around.PRODUCT if answered and not _is_others(name):
                continue  # what stands above the answers of a form is whatever keeps them: a card, a task
            case _:
                found = one
                if one is not Around.PERSON or _is_the_leads(name):
                    break
    return (Around.PLACE if place and found is Around.NOTHING else found), place


@lru_cache(maxsize=4096)
def is_the_leads(label: str, context: tuple[str, ...]) -> bool:
    """Whether a name says that the leaf is the lead's own (`customer_phone`, `email` of a `buyer`), and no parcel's."""
    if goes_with_a_parcel(label, context):
        return False
    if _is_the_leads(label) or (words(label)[:1] in _BUYS and len(words(label)) > 1):
        return True
    if is_of_something(context):
        return False  # the `coordinator` of a candidate
    nearest = next((name for name in context[:_DEEPEST] if _around(name) not in (Around.NOTHING, Around.PLACE)), None)
    return nearest is not None and _is_the_leads(nearest)


@lru_cache(maxsize=4096)
def is_of_a_user(context: tuple[str, ...]) -> bool:
    """Whether it belongs to a `user` or `member`: the lead where nobody else is, else one of those who keep the records."""
    nearest = next((name for name in context[:_DEEPEST] if _around(name) not in (Around.NOTHING, Around.PLACE)), None)
    return nearest is not None and not _USERS.isdisjoint(words(nearest)[-1:])


def is_of_others(name: str) -> bool:
    """Whether a heading says that what follows is of a thing or of people beside the lead (`Datos del anuncio`)."""
    return _around(name) in (Around.FOREIGN, Around.PRODUCT)


@lru_cache(maxsize=4096)
def is_of_something(context: tuple[str, ...]) -> bool:
    """Whether the nearest name is that of a thing that nobody knows: neither a person's, nor a place's, nor mere structure."""
    found = parts(context[0]) if context else ()
    if not found or _around(context[0]) is not Around.NOTHING:
        return False
    named = read(context[0])
    if named is not None and named.field is not None and not named.unknown:
        return False  # `emails` name what they hold
    book = lexicon().words
    structure = book["container"] | book["plumbing"] | book["filler"] | book["noise"]
    return not all(one.isdigit() or one in structure for one in found)


@lru_cache(maxsize=4096)
def is_a_place(context: tuple[str, ...]) -> bool:
    """Whether an address or a location encloses it."""
    return bool(context) and _around(context[0]) is Around.PLACE


@lru_cache(maxsize=4096)
def goes_with_a_parcel(label: str, context: tuple[str, ...]) -> bool:
    """Whether it says where goods go, and to whom: often not to the one who buys them."""
    return any(map(_is_a_parcels, (label, *context[:_DEEPEST])))


@lru_cache(maxsize=4096)
def parts(name: str) -> tuple[str, ...]:
    """The words of a name, those that are written together apart."""
    return segmented(words(name)[:8], lexicon())[:8]


@lru_cache(maxsize=4096)
def _is_the_leads(name: str) -> bool:
    return not lexicon().words["strong"].isdisjoint(parts(name)[:4])


@lru_cache(maxsize=4096)
def _is_others(name: str) -> bool:
    found = parts(name)
    return bool(found) and found[-1] not in lexicon().words["strong"] and not lexicon().words["others"].isdisjoint(found)


@lru_cache(maxsize=4096)
def _is_a_parcels(name: str) -> bool:
    found = parts(name)
    return not lexicon().words["shipping"].isdisjoint(found) and "billing" not in found


@lru_cache(maxsize=4096)
def _around(name: str) -> Around:
    found = parts(name)
    if not found:
        return Around.NOTHING
    classes = lexicon().words
    idle = classes["container"] | _WRAPPERS
    last = found[-1]
    if last in idle or last.isdigit():
        while found and (found[-1] in idle or found[-1].isdigit() or found[-1] in classes["noise"]):
            found = found[:-1]
        if not found:
            return Around.NOTHING
        last = found[-1]
        if last in classes["form"]:
            return Around.EVENT  # a form's fields are the answers
    if _is_others(name) or (last in _DESCRIBES and not classes["form"].isdisjoint(found)):
        return Around.FOREIGN
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
    reading = within_a_part(reading, context)
    found = _judged(reading, label, context)
    return _less(found, reading.most) if reading.most < found.most else found


def _judged(reading: Reading, label: tuple[str, ...], context: tuple[str, ...]) -> Reading:
    whose, place = around(context)
    if whose is Around.NOTHING or reading.field is None:  # nothing to add, or nothing to take back
        return reading
    field, weak = reading.field, reading.standing <= Standing.WEAK
    none = Reading(None, 0.90, Standing.SURE)
    match whose:
        case Around.FOREIGN:
            if not lexicon().words["strong"].isdisjoint(label):
                return reading  # `requester_email`, in whatever it stands
            if field in _TAGS and not weak:
                return reading
            if field == "occurred_at" and not weak and not _RECORDS.isdisjoint(parts(context[0])[-1:]):
                return _less(reading, 0.88)
            return (
                none
                if field in _PEOPLE or field in _PLACES or weak or field in ("occurred_at", "event_id")
                else _less(reading, 0.75)
            )
        case Around.PRODUCT if field == "message" and label in (("body",), ("message",)):
            return _less(reading, 0.62)  # of a ticket's article
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
            if weak and field == "event_id" and label == ("id",):
                return Reading(field, 0.95 if _is_whole_event(context) else 0.85, Standing.SURE)
            return reading
        case Around.PERSON | Around.PLACE:
            return _of_person(reading, label, place, weak)
    return reading


def within_a_part(reading: Reading, context: tuple[str, ...]) -> Reading:
    """The reading of what stands in a remark, a delivery or a message: that is a part of the lead, and its keepers' as a rule."""
    if not context:
        return reading
    if reading.field in _PEOPLE and any(map(_is_a_parcels, context[:_DEEPEST])):
        return _less(reading, 0.60 if reading.field == "company" else 0.85)  # the carrier, or who takes it in
    if reading.field == "message" and not _REMARKS.isdisjoint(words(context[0])[-1:]):
        return _less(reading, 0.80)
    return _less(reading, 0.85) if reading.field == "event_id" and not _is_whole_event(context) else reading


def _is_whole_event(context: tuple[str, ...]) -> bool:
    """Not a part of one: a comment, an answer, an entry of a batch."""
    last = words(context[0])[-1:]
    return _REMARKS.isdisjoint(last) and last not in (("message",), ("messages",), ("entry",)) and not _is_a_parcels(context[0])


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
    if place and field in ("message", "job_title", "event_id", "page_url", "interest") and (weak or field == "message"):
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
    """As sure as that at most, whatever else speaks for it."""
    return replace(reading, confidence=min(reading.confidence, most), most=min(reading.most, most))
