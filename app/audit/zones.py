"""In which time zone a source writes times that carry none: the one in which they lie just before they arrived."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from phonenumbers import country_code_for_region
from phonenumbers.tzdata import TIMEZONE_DATA

from app.audit.dates import ORDERS
from app.pipeline.validation.notes import Notes
from app.pipeline.validation.time import read_time

SURE_FROM: Final = 0.5  # share of the times that must fit: leads that come in batches fit no zone well
LEAST: Final = 5  # times
STEP_MIN: Final = 15  # zones differ by multiples of it
EARLY_MIN: Final = 2  # clocks differ by so much, so a time may lie so long after its arrival
_DAY_MS, _HOUR_MS, _MIN_MS = 86_400_000, 3_600_000, 60_000

# Where most people live among those of the same clock, so that no smaller place is named before them.
PRINCIPAL: Final = (
    "Europe/Berlin", "Europe/Paris", "Europe/London", "Europe/Lisbon", "Europe/Helsinki", "Europe/Kyiv", "Europe/Istanbul",
    "Europe/Moscow", "America/New_York", "America/Chicago", "America/Denver", "America/Phoenix", "America/Los_Angeles",
    "America/Sao_Paulo", "America/Argentina/Buenos_Aires", "America/Bogota", "America/Mexico_City", "America/Santiago",
    "Asia/Shanghai", "Asia/Tokyo", "Asia/Kolkata", "Asia/Jakarta", "Asia/Dubai", "Asia/Karachi", "Asia/Dhaka", "Asia/Jerusalem",
    "Australia/Sydney", "Australia/Brisbane", "Australia/Perth", "Pacific/Auckland", "Africa/Lagos", "Africa/Johannesburg",
    "Africa/Nairobi", "Africa/Cairo",
)  # fmt: skip
_BY_THE_NEW_NAME: Final = {"Asia/Calcutta": "Asia/Kolkata", "America/Buenos_Aires": "America/Argentina/Buenos_Aires"}


@dataclass(frozen=True, slots=True)
class Zone:
    """What the times say.

    Attributes:
        name: Of the zone that fits best.
        times: How many without zone there were.
        fits: How many of them lie within minutes before their arrival when they are read in that zone.
        others: Some zones that fit as well.
    """

    name: str
    times: int
    fits: int
    others: tuple[str, ...]

    @property
    def share(self) -> float:
        """How sure, [0, 1]."""
        return round(self.fits / self.times, 3)

    @property
    def sure(self) -> bool:
        """Whether enough fit for it to be proposed."""
        return self.fits >= LEAST and self.share >= SURE_FROM

    @property
    def text(self) -> str:
        """The evidence, as a clause."""
        also = f"; {', '.join(self.others)} would fit as well" if self.others else ""
        return f"{self.share:.0%} of {self.times:,} times without zone, so read, lie just before their arrival{also}"


class LocalTimes:
    """Takes in times as a source writes them, with their arrivals, and counts by how much they are apart."""

    def __init__(self) -> None:
        self._apart: Counter[tuple[int, int]] = Counter()  # hour of the arrival, offset in minutes that makes the time fit it
        self._times = 0

    def take(self, value: Any, at_ms: int) -> None:
        """One value of `occurred_at`, of any type; `at_ms`: when it arrived, 0: nobody knows."""
        local = _local(value, at_ms) if at_ms else None
        if local is None:
            return
        self._times += 1
        late_min = (at_ms - local) / _MIN_MS + EARLY_MIN  # if it were UTC; the zone's offset makes up for it
        self._apart[at_ms // _HOUR_MS, -int(late_min // STEP_MIN) * STEP_MIN] += 1

    def found(self, country: str | None = None) -> Zone | None:
        """The zone that fits best, `country`'s before others'; None without any time."""
        if not self._times:
            return None
        here = _zones_of(country) if country else ()
        ranked = [*(name for name in PRINCIPAL if name in here), *here, "UTC", *PRINCIPAL]
        fits = {name: self._fits(name) for name in ranked}
        most = max(fits.values())
        alike = [name for name, fit in fits.items() if fit == most]
        others = [name for name in alike[1:] if name in here or not here]
        return Zone(alike[0], self._times, most, tuple(others[:3]) if most else ())

    def _fits(self, name: str) -> int:
        zone, found = ZoneInfo(name), 0
        for (hour, offset), count in self._apart.items():
            there = datetime.fromtimestamp(hour * 3600, UTC).astimezone(zone).utcoffset()
            found += count * (there is not None and there.total_seconds() == offset * 60)
        return found


def _local(value: Any, at_ms: int) -> int | None:
    """The clock's time as if it were UTC, ms; None where the value carries its zone, is a day alone, or no time."""
    for order in ORDERS:
        notes = Notes()
        reading = read_time(value, UTC, order, at_ms, notes)
        zoneless = any(one.rule == "local_time" for one in notes.repairs)
        if zoneless and not notes.violations and abs(at_ms - reading) < 2 * _DAY_MS and reading % _DAY_MS:
            return reading
    return None


@lru_cache(maxsize=512)
def _zones_of(country: str) -> tuple[str, ...]:
    """The zones of a country, and of those that share its calling code."""
    found = TIMEZONE_DATA.get(str(country_code_for_region(country)), ())
    return tuple(_BY_THE_NEW_NAME.get(name, name) for name in found)
