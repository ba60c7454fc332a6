"""The worst leads of a source, for people to look at: values masked, so that a report can be passed around."""

from __future__ import annotations

import re
from heapq import heappushpop
from typing import Final

from app.audit.findings import Example
from app.pipeline.lead import Lead

SHOWN: Final = 5
MAX_CHARS: Final = 60
_SHOWN_FIELDS: Final = ("email", "phone", "full_name", "first_name", "last_name", "company", "city", "postcode", "country")
_WORD = re.compile(r"\w+")


def masked(value: object) -> str:
    """`Anna Müller` → `A… M…`, `anna@example.com` → `a…@e….c…`, digits → `#`: the form stays, the person does not."""
    return _WORD.sub(_hidden, str(value)[: 4 * MAX_CHARS])[:MAX_CHARS]


def _hidden(word: re.Match[str]) -> str:
    text = word[0]
    return "#" * len(text) if text.isdigit() else text if len(text) == 1 else f"{text[0]}…"


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
