"""What a source's records have in common. No value leaves here unmasked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from app.audit.dates import DateOrder, DateOrders
from app.audit.mask import masked
from app.audit.zones import LocalTimes, Zone
from app.pipeline.attributes import TRUNCATED, collect, text_of
from app.pipeline.lead import Provenance, Rung
from app.pipeline.mapping import Mapped

ALWAYS_OF: Final = 20  # records before "always there" means anything
RARE: Final = 0.02  # share of the records below which what somebody might mean is not worth a question
_MOST_PATHS: Final = 500
_TYPES: Final[Mapping[type, str]] = {bool: "boolean", int: "number", float: "number"}


@dataclass(frozen=True, slots=True)
class Found:
    """One path of a source.

    Attributes:
        path: In the payload.
        field: Lead field; None: none, an attribute.
        mapped: Whether the field is filled from it; else it only could be.
        rung, confidence: Who says so, and how sure the ladder is (the mean over the records); empty and 0 for attributes.
        share: Of the records that have it, [0, 1].
        type: JSON's name of the values' usual type.
        example: A value, with its letters and digits masked.
    """

    path: str
    field: str | None
    mapped: bool
    rung: str
    confidence: float
    share: float
    type: str
    example: str


class _Tally:
    """What was seen of one path as one field."""

    def __init__(self, value: Any) -> None:
        self.records, self.sure, self.rung = 0, 0.0, ""
        self.types: Counter[str] = Counter()
        self.example = masked(text_of(value))


class Profile:
    """Takes in records as they were mapped, one after the other. Memory is bounded: by `_MOST_PATHS`, whatever is sent."""

    def __init__(self) -> None:
        self.records = 0
        self.first_ms: int | None = None
        self.last_ms = 0
        self._mapped: dict[tuple[str, str | None], _Tally] = {}
        self._suggested: dict[tuple[str, str | None], _Tally] = {}
        self._fields: Counter[str] = Counter()
        self._reachable = 0
        self._countries: Counter[str] = Counter()
        self._orders, self._other_orders, self._times = DateOrders(), DateOrders(), LocalTimes()

    def add(self, mapped: Mapped, suggested: Iterable[tuple[Provenance, Any]], at_ms: int, country: str | None) -> None:
        """Take in one record.

        Args:
            mapped: What mapping and ladder made of it.
            suggested: What its open paths could be, with their values.
            at_ms: When it arrived; 0: nobody knows.
            country: Of its lead, where address or phone told it.
        """
        self.records += 1
        self.first_ms = at_ms if self.first_ms is None else min(self.first_ms, at_ms)
        self.last_ms = max(self.last_ms, at_ms)
        for one in mapped.provenance:
            value = mapped.fields.get(one.field)
            _meet(self._mapped, one.path, one.field, value, type(value), one.rung, one.confidence)
            self._fields[one.field] += 1
        types: list[type] = []
        rest = collect(mapped.left, types)
        rest.pop(TRUNCATED, None)
        for (path, text), kind in zip(rest.items(), types, strict=True):
            _meet(self._mapped, path, None, text, kind, "", 0.0)
            self._other_orders.take(text, 0)
        occurred = mapped.fields.get("occurred_at")
        for one, value in suggested:
            _meet(self._suggested, one.path, one.field, value, type(value), one.rung, one.confidence)
            occurred = value if one.field == "occurred_at" else occurred
        self._reachable += bool({"email", "phone"} & mapped.fields.keys())
        if occurred is not None:
            self._orders.take(text_of(occurred), at_ms)
            self._times.take(occurred, at_ms)
        if country:
            self._countries[country] += 1

    def found(self) -> list[Found]:
        """Every path, fields first, the most frequent first."""
        found = [self._found(*key, tally, mapped=key[1] is not None) for key, tally in self._mapped.items()]
        return sorted(found, key=lambda one: (one.field is None, one.field or "", -one.share, one.path))

    def suggested(self) -> list[Found]:
        """What open paths could be, the likeliest first; rare ones are left out."""
        found = [self._found(*key, tally, mapped=False) for key, tally in self._suggested.items()]
        return sorted((one for one in found if one.share >= RARE), key=lambda one: (-one.confidence, -one.share, one.path))

    def always(self) -> list[str]:
        """Fields that no record lacked; `email|phone` where each had at least one of them."""
        if self.records < ALWAYS_OF:
            return []
        always = [name for name in ("event_id", "occurred_at", "email", "phone") if self._fields[name] >= self.records]
        if not {"email", "phone"} & {*always} and self._reachable == self.records:
            always.append("email|phone")
        return always

    def date_order(self) -> DateOrder | None:
        """What the dates of the events say of day and month; where they say nothing, the dates in other fields."""
        found, other = self._orders.found(), self._other_orders.found()
        return found if found and (found.order or found.against or other is None) else other

    def time_zone(self) -> Zone | None:
        """What times without zone say of where they were written; None where there are none, or no arrivals to compare."""
        country = self.country()
        return self._times.found(country[0] if country else None)

    def country(self) -> tuple[str, float] | None:
        """The commonest country, and its share of the records that told one; None where it is not nine tenths."""
        if not self._countries:
            return None
        code, n = self._countries.most_common(1)[0]
        share = n / self._countries.total()
        return (code, round(share, 3)) if share >= 0.9 and n >= 5 else None

    def per_hour(self) -> float:
        """Records per hour between the first and the last; over an hour where they came in less."""
        hours = max(1.0, (self.last_ms - (self.first_ms or 0)) / 3_600_000)
        return max(0.1, round(self.records / hours, 1))

    def _found(self, path: str, field: str | None, tally: _Tally, *, mapped: bool) -> Found:
        return Found(
            path=path,
            field=field,
            mapped=mapped,
            rung=tally.rung,
            confidence=round(tally.sure / tally.records, 3),
            share=round(tally.records / self.records, 3),
            type=tally.types.most_common(1)[0][0],
            example=tally.example,
        )


_Tallies = dict[tuple[str, str | None], _Tally]


def _meet(tallies: _Tallies, path: str, field: str | None, value: Any, kind: type, rung: Rung | str, sure: float) -> None:
    tally = tallies.get((path, field))
    if tally is None:
        if len(tallies) >= _MOST_PATHS:
            return
        tally = tallies[path, field] = _Tally(value)
    tally.records += 1
    tally.sure += sure
    tally.rung = rung
    tally.types[_TYPES.get(kind, "text")] += 1


def uncertain(profile: Profile, certain_from: float) -> list[Found]:
    """What the ladder mapped without being sure of it, then what it left open and has an idea of: for people to say."""
    if not profile.records:
        return []
    rungs = ("declared", "confirmed", "derived")
    mapped = [one for one in profile.found() if one.field and one.rung not in rungs and one.confidence < certain_from]
    return mapped + profile.suggested()
