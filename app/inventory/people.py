"""Who works in a team, when, and how much: roles and never names, for decisions hold them."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, model_validator

from app.inventory.entry import Entry, Slug

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_MINUTES: Final = 24 * 60


def days_of(text: str) -> range:
    """The days that `mon` or `mon-fri` names, 0 for Monday.

    Raises:
        ValueError: It names none.
    """
    first, dash, last = text.partition("-")
    if first not in DAYS or (dash and last not in DAYS) or (dash and DAYS.index(last) < DAYS.index(first)):
        raise ValueError(f'"{text}" names no days; write mon, tue, wed, thu, fri, sat, sun or a range like mon-fri')
    return range(DAYS.index(first), DAYS.index(last if dash else first) + 1)


def span_of(text: str) -> tuple[int, int]:
    """`09:00-17:30` as minutes since midnight: where it begins, and the first minute after it.

    Raises:
        ValueError: It is no span of one day.
    """
    begin, _, end = text.partition("-")
    try:
        span = _minute(begin), _minute(end)
    except ValueError:
        raise ValueError(f'"{text}" is no span of time; write it as 09:00-17:30') from None
    if span[0] >= span[1]:
        raise ValueError(f'"{text}" ends before it begins; past midnight, write 22:00-24:00 and 00:00-06:00 on the next day')
    return span


def _minute(text: str) -> int:
    hour, minute = text.split(":")
    if not (len(hour) == len(minute) == 2 and text.replace(":", "").isdecimal() and int(minute) < 60):
        raise ValueError
    at = 60 * int(hour) + int(minute)
    if at > DAY_MINUTES:
        raise ValueError
    return at


def _days(text: str) -> str:
    days_of(text)
    return text


def _span(text: str) -> str:
    span_of(text)
    return text


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, OSError, ValueError):  # not found, a folder (`Europe`), not a relative name
        raise ValueError(f'"{name}" is no time zone; use a name like Europe/Berlin') from None
    return name


Zone = Annotated[str, AfterValidator(_zone)]


class Hours(Entry):
    """When somebody works, by the clock on their wall. `week: {mon-thu: [09:00-12:30, 13:00-17:30], fri: [09:00-15:00]}`."""

    time_zone: Zone = "UTC"
    week: dict[Annotated[str, AfterValidator(_days)], tuple[Annotated[str, AfterValidator(_span)], ...]]
    holidays: tuple[date, ...] = ()  # whole days off

    @property
    def spans(self) -> tuple[tuple[tuple[int, int], ...], ...]:
        """Monday to Sunday: the spans of each day in minutes since midnight, in order; none touch."""
        days: list[list[tuple[int, int]]] = [[] for _ in DAYS]
        for names, spans in self.week.items():
            for day in days_of(names):
                days[day] += map(span_of, spans)
        return tuple(tuple(sorted(day)) for day in days)

    @model_validator(mode="after")
    def _makes_sense(self) -> Hours:
        days = self.spans
        if not any(days):
            raise ValueError("names no working time: nobody would ever be there; name a day, or leave the hours out")
        for name, spans in zip(DAYS, days, strict=True):
            for one, other in pairwise(spans):
                if other[0] < one[1]:
                    raise ValueError(f"{name} has spans that overlap; write each hour once")
        return self


class Member(Entry):
    """One who takes leads in a team: a role that stays when its person changes (`dach-1`), never somebody's name."""

    name: Slug
    weight: Annotated[float, Field(ge=0.001, le=1000)] = 1.0  # of two members, twice the weight gets twice the leads
    per_day: Annotated[int, Field(ge=0, le=1_000_000)] | None = None  # leads in a local day at most; None: no limit
    hours: Hours | None = None  # None: the team's
    time_zone: Zone | None = (
        None  # whose midnight begins the day; with it the team's hours are read there. None: that of the hours
    )
    languages: tuple[Annotated[str, Field(pattern=r"^[a-z]{2,3}$")], ...] = ()  # ISO 639 codes, for leads that ask for one
    skills: tuple[Slug, ...] = ()
