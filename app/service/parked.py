"""Parked leads: held because a dependency was missing, assessed again once it is back.

Whether it is back is told by the stream itself: while decisions are marked with the dependency in `fallbacks`, it is not. After
`CALM_MS` without a mark one lead is tried; it comes back decided, or parked once more (see trickle.py). So nothing is asked that
the workers and the reviser do not ask anyway, and what works for them counts, not what answers a ping.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from app.service.open_lead import Open
from app.steward import Alarm, Said, Value

CALM_MS: Final = 30_000


class Parked:
    """The rule; see the module.

    Args:
        dependencies: Those that leads may be parked for, for alarms that are over.
    """

    name: Final = "parked"
    says: Said = "retry"
    why: Final = "dependency_back"

    def __init__(self, dependencies: Iterable[str] = ()) -> None:
        self._missed_ms: dict[str, int] = {}
        self._alarming = set(dependencies)

    def on_decision(self, value: Value, at_ms: int) -> None:
        """Which dependencies are missing now; what is only carried on by a revision says nothing about now."""
        if value["revised_why"] not in (None, "retried"):
            return
        for name in value["fallbacks"]:
            self._missed_ms[name] = max(at_ms, self._missed_ms.get(name, 0))

    def waits_for(self, row: Open) -> str | None:
        """The dependency; of several the one that is named first, for the others may be back by then."""
        return row.lacks[0] if row.lacks else None

    def may(self, what: str, row: Open, now_ms: int) -> bool:
        """Whether nobody missed it for a while."""
        return now_ms - self._missed_ms.get(what, 0) >= CALM_MS

    def priority(self, row: Open) -> int:
        """Hot ones first."""
        return row.band

    def alarms(self, waiting: Mapping[str, int], now_ms: int) -> Iterator[Alarm]:
        """Leads that wait for a dependency."""
        parked = {name for name, count in waiting.items() if count}
        for name in sorted(self._alarming | parked):
            count = waiting.get(name, 0)
            text = f"{name}: {count} leads are parked until it is back"
            yield Alarm("parked_leads", "*", name, count > 0, "warning", text, count, 0, "records", now_ms)
        self._alarming = parked
