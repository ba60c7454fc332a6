"""A person asks to be erased: what is looked for, whose leads these are, and when the last trace is gone. Pure.

A request names a person by pseudonyms of their identifiers. A lead is theirs if it carries one of these, or if it is of the same
person as such a lead by what identity decided and people left standing: the same subject, merged into it, linked to it. Other
identifiers of their leads are not followed: a phone may be a family's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, Literal

import orjson

from app.pipeline.identifiers import Identifier, identifiers
from app.pipeline.pseudonyms import Pseudonyms
from app.pipeline.validation.phone import parse_phone
from app.privacy.raw_bytes import candidates_in

How = Literal["tombstoned", "blanked", "locked_for_ever", "truncated", "deleted", "forgotten", "expires", "nothing"]

NEVER_MS: Final = 253_402_300_799_000  # the end of the year 9999: of a topic's limit that is none
HOUR_MS: Final = 3_600_000


PERSON, BROWSER = "person", "browser"  # kinds of pseudonyms under which visits are kept


@dataclass(frozen=True)
class Request:
    """As schemas/erasure has it.

    Attributes:
        identifiers: (kind, pseudonym): email, phone, customer_id, visitor_id; and person and browser, as visits are kept.
    """

    id: str
    identifiers: frozenset[tuple[str, str]]
    leads: tuple[str, ...]
    asked_ms: int
    by: str
    why: str
    suppress: bool

    @cached_property
    def kinds(self) -> frozenset[str]:
        """What is looked for."""
        return frozenset(kind for kind, _ in self.identifiers)

    @cached_property
    def pseudonyms(self) -> frozenset[str]:
        """What it is compared with."""
        return frozenset(one for _, one in self.identifiers)

    @classmethod
    def of(cls, value: Mapping[str, Any]) -> Request:
        """A record of the topic."""
        named = frozenset((one["kind"], one["pseudonym"]) for one in value["identifiers"])
        about = (value["asked_at"], value["by"], value["why"], value["suppress"])
        return cls(value["request_id"], named, tuple(value["leads"]), *about)

    def told(self) -> dict[str, Any]:
        """As schemas/erasure has it."""
        return {
            "request_id": self.id,
            "identifiers": [{"kind": kind, "pseudonym": one} for kind, one in sorted(self.identifiers)],
            "leads": list(self.leads),
            "asked_at": self.asked_ms,
            "by": self.by,
            "why": self.why,
            "suppress": self.suppress,
        }


def theirs(said: Iterable[Identifier], request: Request, pseudonyms: Pseudonyms) -> bool:
    """Whether one of these is one of the person's."""
    return any(one.kind in request.kinds and one.pseudonym(pseudonyms) in request.pseudonyms for one in said)


def identifiers_of(record: Mapping[str, Any]) -> list[Identifier]:
    """Those of a record of a lead topic."""
    source = (record["source"],)
    return identifiers(
        email=record["email"],
        phone=record["phone"],
        customer_id=record["customer_id"],
        visitor_id=record["visitor_id"],
        sources=source,
    )


def said_elsewhere(record: Mapping[str, Any]) -> Iterator[Identifier]:
    """Those that no field took: attributes that are an address or a number and nothing else."""
    attributes = record["attributes"]
    told = orjson.loads(attributes) if isinstance(attributes, str) else attributes
    for value in told.values():
        text = value.strip() if isinstance(value, str) else ""
        if "@" in text and " " not in text:
            yield from identifiers(email=text)
        elif text.startswith("+"):
            yield from identifiers(phone=parse_phone(text, ()).e164)


def identifiers_in_raw(raw: bytes, source: str, regions: tuple[str, ...], kinds: Collection[str]) -> Iterator[Identifier]:
    """Those that bytes could hold which nobody could read as a lead.

    Args:
        source: Whose bytes they are.
        regions: Where its phone numbers without country code may be from.
        kinds: What is looked for.
    """
    for kind, text in candidates_in(raw, kinds):
        match kind:
            case "email":
                yield from identifiers(email=text)
            case "phone":
                yield from identifiers(phone=parse_phone(text, regions).e164)
            case "customer_id":
                yield from identifiers(customer_id=text, sources=(source,))
            case _:
                yield from identifiers(visitor_id=text)


@dataclass(frozen=True)
class Place:
    """One of a proof's `places`.

    Attributes:
        until_ms: When the last trace is gone by itself; None: it is gone.
    """

    place: str
    how: How
    count: int
    until_ms: int | None = None


@dataclass
class Proof:
    """What was done, as schemas/erased has it."""

    request: Request
    leads: Sequence[str]
    places: list[Place] = field(default_factory=list)

    def told(self, now_ms: int) -> dict[str, Any]:
        """The record; `waiting` as long as something can only go by itself."""
        open_ = any(one.until_ms is not None and one.until_ms > now_ms for one in self.places)
        return {
            "request_id": self.request.id,
            "state": "waiting" if open_ else "done",
            "leads": sorted(self.leads),
            "places": [{"place": p.place, "how": p.how, "count": p.count, "until": p.until_ms} for p in self.places],
            "asked_at": self.request.asked_ms,
            "erased_at": now_ms,
            "by": self.request.by,
            "why": self.request.why,
        }


def last_until(proof: Mapping[str, Any]) -> int | None:
    """When the last trace that a proof tells of is gone; None: all were gone when it was written."""
    return max((one["until"] for one in proof["places"] if one["until"] is not None), default=None)


def overwritten_by(config: Mapping[str, str], now_ms: int) -> int:
    """When what was overwritten on a topic now is gone from its files, at the latest: by compaction, or by its age.

    Args:
        config: The topic's, as the broker tells it.
    """
    policy, ages = config.get("cleanup.policy", "delete"), [NEVER_MS]
    if "compact" in policy:
        lag = _number(config, "max.compaction.lag.ms")
        if lag < NEVER_MS:  # the newest segment is closed by then, too
            ages.append(max(lag, _number(config, "min.compaction.lag.ms", 0)) + HOUR_MS)  # and a turn of the cleaner
    if "delete" in policy:
        ages.append(_aged(config))
    return min(NEVER_MS, now_ms + min(ages))


def expired_by(config: Mapping[str, str], now_ms: int) -> int:
    """When what stands on a topic now is gone by its age, at the latest; `NEVER_MS` where the topic keeps it for ever."""
    return min(NEVER_MS, now_ms + _aged(config)) if "delete" in config.get("cleanup.policy", "delete") else NEVER_MS


def _aged(config: Mapping[str, str]) -> int:
    """A record goes with its segment, whose newest record must be so old."""
    keeps = _number(config, "retention.ms")
    return NEVER_MS if keeps >= NEVER_MS else keeps + min(_number(config, "segment.ms", 0), keeps) + HOUR_MS


def _number(config: Mapping[str, str], name: str, missing: int = NEVER_MS) -> int:
    value = int(config.get(name) or missing)
    return NEVER_MS if value < 0 or value > NEVER_MS else value
