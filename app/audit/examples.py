"""The worst leads of a source, for people to look at: values masked, so that a report can be passed around."""

from __future__ import annotations

from heapq import heappushpop
from typing import Final

from app.audit.findings import Example
from app.audit.mask import masked
from app.pipeline.lead import Lead

SHOWN: Final = 5
_SHOWN_FIELDS: Final = ("email", "phone", "full_name", "first_name", "last_name", "company", "city", "postcode", "country")


class Worst:
    """Keeps the few leads with the most problems, the earlier ones where equal. Bounded."""

    def __init__(self) -> None:
        self._kept: list[tuple[int, int, Example]] = []
        self._seen = 0

    def take(self, lead: Lead, problems: tuple[str, ...]) -> None:
        self._seen += 1
        if not problems or (len(self._kept) == SHOWN and len(problems) <= self._kept[0][0]):
            return
        kept = (len(problems), -self._seen, _example(lead, problems))
        if len(self._kept) < SHOWN:
            self._kept.append(kept)
            self._kept.sort(key=lambda one: one[:2])
        else:
            heappushpop(self._kept, kept)

    def examples(self) -> tuple[Example, ...]:
        return tuple(example for _, _, example in sorted(self._kept, key=lambda one: (-one[0], -one[1])))


def _example(lead: Lead, problems: tuple[str, ...]) -> Example:
    values = {name: masked(value) for name in _SHOWN_FIELDS if (value := getattr(lead, name)) is not None}
    raw = {name: masked(value) for name, value in lead.attributes.items() if name.startswith("raw.")}
    return Example(lead.lead_id, lead.received_at, problems, values | raw)
