"""Working time: is somebody there, when have so many working minutes passed, which day is it where they are?

Wall-clock hours become intervals of UTC once per 64 days and are looked up from then on: below a microsecond a question. A day
is cut where the clocks change, so an hour that is skipped is no working time, and one that comes twice counts twice.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from app.inventory.people import Hours

MINUTE_MS: Final = 60_000
DAY_MS: Final = 86_400_000
NEVER: Final = 2**62
_LAST_MS: Final = 4_102_444_800_000  # 2100: a record's time is whatever its producer wrote, and calendars end somewhere

_Week = tuple[tuple[tuple[int, int], ...], ...]  # Monday to Sunday: spans in milliseconds since midnight

_BLOCK_MS: Final = 64 * DAY_MS
_MOST_BLOCKS: Final = 64  # eleven years; whoever asks for more begins again
_THURSDAY: Final = 3  # the first day of the epoch, with Monday as 0


class WorkingTime:
    """The hours of a team or member, compiled.

    Args:
        hours: None: always at work.
        zone: Where the hours are read, and whose midnight begins a day; None: the hours' own time zone, else UTC.
    """

    def __init__(self, hours: Hours | None = None, zone: str | None = None) -> None:
        self._zone = ZoneInfo(zone or (hours.time_zone if hours else "UTC"))
        self._week = tuple(tuple((a * MINUTE_MS, b * MINUTE_MS) for a, b in day) for day in hours.spans) if hours else None
        self._off = frozenset(day.toordinal() - _EPOCH for day in hours.holidays) if hours else frozenset[int]()
        self._blocks: dict[int, _Block] = {}

    def working(self, at_ms: int) -> bool:
        """Whether this instant is working time: of 09:00-17:00, nine sharp is and five sharp is not."""
        at_ms = _known(at_ms)
        return self._week is None or self._block(at_ms // _BLOCK_MS).working(at_ms)

    def add(self, at_ms: int, minutes: float) -> int:
        """The first instant by which so many working minutes have passed since `at_ms`; itself, for none."""
        left, at_ms = round(minutes * MINUTE_MS), _known(at_ms)
        if left <= 0 or self._week is None:
            return at_ms + max(left, 0)
        number = at_ms // _BLOCK_MS
        left += self._block(number).before(at_ms)
        while left > (block := self._block(number)).total:  # ends: hours name a day of the week, and holidays are few
            left -= block.total
            number += 1
        return block.passed(left)

    def between(self, since_ms: int, until_ms: int) -> int:
        """Working milliseconds from one instant to a later one."""
        since_ms, until_ms = _known(since_ms), _known(until_ms)
        if self._week is None or until_ms <= since_ms:
            return max(until_ms - since_ms, 0)
        first, last = since_ms // _BLOCK_MS, until_ms // _BLOCK_MS
        whole = sum(self._block(number).total for number in range(first, last))
        return whole + self._block(last).before(until_ms) - self._block(first).before(since_ms)

    def day(self, at_ms: int) -> int:
        """The local date, as days since 1 January 1970."""
        at_ms = _known(at_ms)
        return (at_ms + self._block(at_ms // _BLOCK_MS).offset(at_ms)) // DAY_MS

    def same_until(self, at_ms: int) -> int:
        """Until when `working` and `day` answer as they do at `at_ms`: the first instant at which one may not."""
        at_ms = _known(at_ms)
        block = self._block(at_ms // _BLOCK_MS)
        midnight = (self.day(at_ms) + 1) * DAY_MS - block.offset(at_ms)
        return min(midnight, block.next_change(at_ms))

    def _block(self, number: int) -> _Block:
        block = self._blocks.get(number)
        if block is None:
            if len(self._blocks) == _MOST_BLOCKS:
                self._blocks.clear()
            block = self._blocks[number] = _Block(number * _BLOCK_MS, self._zone, self._week, self._off)
        return block


class _Block:
    """64 days of UTC: where the zone's offset changes, and the intervals of work in them."""

    def __init__(self, begin: int, zone: ZoneInfo, week: _Week | None, off: frozenset[int]) -> None:
        self._end = begin + _BLOCK_MS
        self._cuts, self._offsets = _offsets(begin, self._end, zone)
        self._starts: list[int] = []
        self._ends: list[int] = []
        if week is not None:
            for since, until, offset in zip(self._cuts, [*self._cuts[1:], self._end], self._offsets, strict=True):
                self._fill(since, until, offset, week, off)
        self._worked = [0]  # before each interval
        for start, end in zip(self._starts, self._ends, strict=True):
            self._worked.append(self._worked[-1] + end - start)
        self.total = self._worked[-1]

    def working(self, at: int) -> bool:
        n = bisect_right(self._starts, at)
        return n > 0 and at < self._ends[n - 1]

    def before(self, at: int) -> int:
        """Working time from the block's beginning to `at`."""
        n = bisect_right(self._starts, at)
        return self._worked[n] - max(0, self._ends[n - 1] - at) if n else 0

    def passed(self, worked: int) -> int:
        """The first instant by which so much of the block's working time has passed; `worked` lies in (0, total]."""
        n = bisect_right(self._worked, worked - 1)
        return self._starts[n - 1] + worked - self._worked[n - 1]

    def offset(self, at: int) -> int:
        return self._offsets[0] if len(self._offsets) == 1 else self._offsets[bisect_right(self._cuts, at) - 1]

    def next_change(self, at: int) -> int:
        after = (bounds[bisect_right(bounds, at) :][:1] for bounds in (self._starts, self._ends, self._cuts))
        return min((one for found in after for one in found), default=self._end)

    def _fill(self, since: int, until: int, offset: int, week: _Week, off: frozenset[int]) -> None:
        for day in range((since + offset) // DAY_MS, (until - 1 + offset) // DAY_MS + 1):
            if day in off:
                continue
            midnight = day * DAY_MS - offset
            for begin, end in week[(day + _THURSDAY) % 7]:
                start, stop = max(since, midnight + begin), min(until, midnight + end)
                if start >= stop:
                    continue
                if self._ends and self._ends[-1] == start:  # cut by a change of the clocks, or up to midnight and on
                    self._ends[-1] = stop
                else:
                    self._starts.append(start)
                    self._ends.append(stop)


def _known(at_ms: int) -> int:
    """The instant itself, or the nearest of those that a calendar is made for: from 1970 to 2100."""
    return min(max(at_ms, 0), _LAST_MS)


def _offsets(begin: int, end: int, zone: ZoneInfo) -> tuple[list[int], list[int]]:
    """Where a piece with one offset begins, and the offset of each, in milliseconds."""
    cuts, offsets = [begin], [_offset(begin, zone)]
    for day in range(begin, end, DAY_MS):
        low, high, its = day, min(day + DAY_MS, end) - 1, offsets[-1]
        if _offset(high, zone) == its:
            continue
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if _offset(middle, zone) == its else (low, middle)
        cuts.append(high)
        offsets.append(_offset(high, zone))
    return cuts, offsets


def _offset(at: int, zone: ZoneInfo) -> int:
    told = datetime.fromtimestamp(at / 1000, UTC).astimezone(zone).utcoffset()
    assert told is not None  # a zone always tells
    return round(told.total_seconds() * 1000)


_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC).toordinal()
