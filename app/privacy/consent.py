"""What somebody said of being contacted, and what follows for each of their identifiers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from app.pipeline.identifiers import Identifier, identifiers
from app.pipeline.suppressing import joined, lifted
from app.pipeline.validation.notes import Notes
from app.pipeline.validation.phone import read_phone
from app.ports import Suppressed

OBJECTED: Final = "objected"  # to everything
WITHDRAWN: Final = "withdrawn"


class Said(NamedTuple):
    """A change of consent, of a person known by identifiers.

    Attributes:
        given: False: withdrawn.
        purposes: What for; empty: for everything.
        lead: A lead of theirs, whose identifiers count, too; None: none is named.
    """

    given: bool
    purposes: frozenset[str]
    at_ms: int
    identifiers: tuple[Identifier, ...]
    lead: str | None


def read(value: Mapping[str, Any], sources: Sequence[str], regions: Sequence[str]) -> Said:
    """A record of the topic consent.

    Args:
        value: A ConsentChange.
        sources: Whose customer id it could be: an objection counts for each.
        regions: Where a number without its country code could be from: an objection counts for each reading of it. Rather one
            person too many is left alone than one too few.
    """
    found = identifiers(email=value["email"], customer_id=value["customer_id"], visitor_id=value["visitor_id"], sources=sources)
    for phone in _numbers(value["phone"], regions):
        found += identifiers(phone=phone)
    unique = tuple(dict.fromkeys(found))
    return Said(bool(value["given"]), frozenset(value["purposes"]), int(value["occurred_at"]), unique, value["lead_id"])


def after(held: Suppressed | None, said: Said, known: Iterable[str]) -> Suppressed | None:
    """What holds for an identifier from then on. Said again, or in another order of arrival, it comes to the same or to more
    caution, never to less.

    Args:
        held: What holds before.
        known: All purposes that there are.
    """
    if said.given:
        return None if held is None else lifted(held, said.purposes, said.at_ms, known)
    return joined(held, Suppressed(WITHDRAWN if said.purposes else OBJECTED, said.purposes, said.at_ms))


def _numbers(phone: str | None, regions: Sequence[str]) -> Iterable[str]:
    if not phone:
        return ()
    readings = (read_phone(phone, tries, Notes()) for tries in [(), *((region,) for region in regions)])
    return dict.fromkeys(one for one in readings if one is not None)
