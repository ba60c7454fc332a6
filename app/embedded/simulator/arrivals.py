"""When records arrive: a Poisson process per source, with a rhythm of day and week, and bursts of campaigns. Story time only."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate
from random import Random

from app.embedded.simulator.campaigns import CAMPAIGNS, Campaign
from app.embedded.simulator.incidents import Incident, active

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
_SLOT_MS = 60_000  # rates are constant for a minute
_THURSDAY = 3  # the epoch's first day

# Share of a day's traffic by hour (UTC), and of a week's by day: shops of Europe, evenings included. Made to a mean of 1 below.
_BY_HOUR = (3, 2, 2, 2, 2, 3, 6, 10, 14, 16, 16, 15, 14, 14, 15, 15, 14, 13, 13, 14, 14, 12, 8, 5)
_BY_WEEKDAY = (11, 11, 11, 10, 9, 6, 7)
_BURSTS_PER_HOUR = 0.02  # of each source: about one in two days
_BURST_HOURS = (1, 3)
_BURST_FACTOR = (2.5, 5.0)


@dataclass(frozen=True, slots=True)
class Arrival:
    """Something arrives from `source`; `push` is the campaign whose burst brings it, if one is on."""

    at_ms: int
    source: str
    push: Campaign | None


@dataclass(frozen=True, slots=True)
class _Burst:
    end_ms: int
    factor: float
    campaign: Campaign


def rhythm(at_ms: int, depth: float = 1.0) -> float:
    """How busy this hour is against the week's mean of 1. Depth 0 is an even flow, 1 the full rhythm."""
    day, hour = divmod(at_ms // HOUR_MS, 24)
    busy = (_BY_HOUR[hour] * 24 / sum(_BY_HOUR)) * (_BY_WEEKDAY[(day + _THURSDAY) % 7] * 7 / sum(_BY_WEEKDAY))
    return 1 + depth * (busy - 1)


class Arrivals:
    """The arrival process.

    Args:
        per_hour: Source to its mean rate.
        incidents: Only silences matter here.
        depth: Depth of the rhythm, in [0, 1].
        bursts: Whether campaigns burst.
    """

    def __init__(
        self, per_hour: Mapping[str, float], incidents: tuple[Incident, ...] = (), depth: float = 1.0, *, bursts: bool = True
    ) -> None:
        self._per_hour, self._incidents, self._depth, self._bursting = dict(per_hour), incidents, depth, bursts

    def since(self, start_ms: int, rng: Random) -> Iterator[Arrival]:
        """Arrivals in order of time, without end."""
        sources, bursts = list(self._per_hour), dict[str, _Burst]()
        slot, at = start_ms, float(start_ms)
        while True:
            self._start_bursts(slot, bursts, rng)
            cumulative = list(accumulate(self._rate(source, slot, bursts) for source in sources))
            total, end = cumulative[-1], slot + _SLOT_MS
            # Exponential gaps have no memory: what reaches over the slot's end is drawn anew under the next slot's rates.
            while total > 0 and (at := at + rng.expovariate(total / HOUR_MS)) < end:
                source = sources[bisect(cumulative, rng.random() * total)]
                yield Arrival(int(at), source, bursts[source].campaign if source in bursts else None)
            slot, at = end, float(end)

    def _rate(self, source: str, at_ms: int, bursts: Mapping[str, _Burst]) -> float:
        if active(self._incidents, source, "silence", at_ms):
            return 0.0
        factor = bursts[source].factor if source in bursts else 1.0
        return self._per_hour[source] * rhythm(at_ms, self._depth) * factor

    def _start_bursts(self, at_ms: int, bursts: dict[str, _Burst], rng: Random) -> None:
        for source in [source for source, burst in bursts.items() if burst.end_ms <= at_ms]:
            del bursts[source]
        if not self._bursting:
            return
        chance = _BURSTS_PER_HOUR * _SLOT_MS / HOUR_MS
        for source in self._per_hour:
            if rng.random() < chance and source not in bursts:
                end = at_ms + int(rng.uniform(*_BURST_HOURS) * HOUR_MS)
                bursts[source] = _Burst(end, rng.uniform(*_BURST_FACTOR), rng.choice(CAMPAIGNS))
