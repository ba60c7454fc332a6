"""Working time: hours on the wall, instants underneath, also where the clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.desk.hours import DAY_MS, MINUTE_MS, WorkingTime
from app.inventory.people import DAYS, Hours

BERLIN = "Europe/Berlin"
OFFICE = Hours(
    time_zone=BERLIN, week={"mon-thu": ("09:00-12:30", "13:00-17:30"), "fri": ("09:00-15:00",)}, holidays=(date(2026, 12, 25),)
)
NIGHT = Hours(time_zone=BERLIN, week={"sat": ("22:00-24:00",), "sun": ("00:00-06:00",)})


def at(text: str, zone: str = BERLIN) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000)


@pytest.mark.parametrize(
    ("since", "minutes", "until"),
    [
        ("2026-11-24T09:00", 15, "2026-11-24T09:15"),
        ("2026-11-24T12:20", 20, "2026-11-24T13:10"),  # over lunch
        ("2026-11-24T12:20", 10, "2026-11-24T12:30"),  # not a moment later than needed
        ("2026-11-24T17:25", 15, "2026-11-25T09:10"),  # over night
        ("2026-11-27T14:30", 60, "2026-11-30T09:30"),  # over the week-end
        ("2026-12-24T17:00", 60, "2026-12-28T09:30"),  # over the holiday, which is a Friday
        ("2026-11-22T03:00", 1, "2026-11-23T09:01"),  # from a Sunday on
        ("2026-11-24T23:00", 0, "2026-11-24T23:00"),  # none
    ],
)
def test_minutes_count_while_somebody_works(since: str, minutes: int, until: str) -> None:
    """A limit of working minutes stands still in breaks, at night, at week-ends and on holidays."""
    assert WorkingTime(OFFICE).add(at(since), minutes) == at(until)


def test_an_hour_that_the_clocks_skip_is_no_working_time_and_one_that_comes_twice_counts_twice() -> None:
    """A night shift of eight hours on the wall takes seven when summer time begins and nine when it ends."""
    hours = WorkingTime(NIGHT)
    spring, autumn, usual = "2026-03-28T21:00", "2026-10-24T21:00", "2026-06-06T21:00"
    assert [hours.between(at(night), at(night) + DAY_MS) / (60 * MINUTE_MS) for night in (usual, spring, autumn)] == [8, 7, 9]
    assert hours.add(at(spring), 7 * 60) == at("2026-03-29T06:00")


def test_a_day_begins_at_the_local_midnight() -> None:
    """Half past midnight in Berlin is the new day there, and still the old one in New York."""
    instant = at("2026-07-01T00:30")
    days = [WorkingTime(None, zone).day(instant) for zone in (BERLIN, "America/New_York", "UTC")]
    assert [date(1970, 1, 1) + timedelta(days=day) for day in days] == [date(2026, 7, 1), date(2026, 6, 30), date(2026, 6, 30)]


def test_who_has_no_hours_is_always_there() -> None:
    """Without hours every minute is working time."""
    always, now = WorkingTime(), at("2026-11-22T03:00")
    assert always.working(now)
    assert always.add(now, 90) == now + 90 * MINUTE_MS
    assert always.between(now, now + 5) == 5


ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "America/Sao_Paulo", "UTC")


@st.composite
def any_hours(draw: st.DrawFn) -> Hours:
    week = {}
    for day in draw(st.sets(st.sampled_from(DAYS), min_size=1)):
        cuts = sorted(draw(st.sets(st.integers(0, 96), min_size=2, max_size=4)))
        pairs = zip(cuts[::2], cuts[1::2], strict=False)
        week[day] = tuple(f"{a // 4:02}:{a % 4 * 15:02}-{b // 4:02}:{b % 4 * 15:02}" for a, b in pairs)
    return Hours(time_zone=draw(st.sampled_from(ZONES)), week=week, holidays=(date(2026, 3, 29), date(2026, 11, 2)))


def on_the_wall(hours: Hours, instant: int) -> bool:
    """What the clock on the wall says, looked at without any table."""
    local = datetime.fromtimestamp(instant / 1000, UTC).astimezone(ZoneInfo(hours.time_zone))
    minute = local.hour * 60 + local.minute
    return local.date() not in hours.holidays and any(a <= minute < b for a, b in hours.spans[local.weekday()])


AROUND = st.sampled_from(["2026-03-08T00:00", "2026-03-29T00:00", "2026-04-05T00:00", "2026-10-25T00:00", "2026-11-01T00:00"])


@given(any_hours(), AROUND, st.integers(-3 * 96, 3 * 96))
def test_working_time_is_what_the_clock_on_the_wall_says(hours: Hours, around: str, quarters: int) -> None:
    """Around changes of the clocks, too, every instant is judged as the wall clock reads it; days are local dates."""
    instant = at(around) + quarters * 15 * MINUTE_MS
    table = WorkingTime(hours)
    assert table.working(instant) == on_the_wall(hours, instant)
    local = datetime.fromtimestamp(instant / 1000, UTC).astimezone(ZoneInfo(hours.time_zone))
    assert table.day(instant) == local.date().toordinal() - date(1970, 1, 1).toordinal()


@given(any_hours(), AROUND, st.integers(-3 * 96, 3 * 96), st.integers(1, 5000))
def test_so_many_working_minutes_lie_between_an_instant_and_when_they_have_passed(
    hours: Hours, around: str, quarters: int, minutes: int
) -> None:
    """Adding and measuring agree, and the end is the first instant that will do."""
    instant, table = at(around) + quarters * 15 * MINUTE_MS, WorkingTime(hours)
    end = table.add(instant, minutes)
    assert table.between(instant, end) == minutes * MINUTE_MS
    assert table.between(instant, end - 1) == minutes * MINUTE_MS - 1


@given(any_hours(), AROUND, st.integers(-3 * 96, 3 * 96))
def test_nothing_changes_before_it_is_said_to(hours: Hours, around: str, quarters: int) -> None:
    """Up to the end that is told, neither the day nor being at work changes; so a table made now holds until then."""
    instant, table = at(around) + quarters * 15 * MINUTE_MS, WorkingTime(hours)
    until = table.same_until(instant)
    assert instant < until <= instant + 25 * 60 * MINUTE_MS + DAY_MS
    now = table.working(instant), table.day(instant)
    for moment in {instant, (instant + until) // 2, until - 1}:
        assert (table.working(moment), table.day(moment)) == now
