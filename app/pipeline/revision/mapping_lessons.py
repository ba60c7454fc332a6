"""When people's corrections are a mapping: what is known of them, and which have been said often enough by themselves.

A path of a source is taken to be a lead field when, among the decisions that are remembered,

- the right value stood there in corrections of at least LEADS leads of one shape, with at least VALUES different values: a
  constant that happens to be right, or one person who is met again, is no mapping;
- nobody said otherwise: no lead of that shape was corrected to a value from elsewhere, and none of the source was let through
  with the field as it was although another value stands at the path;
- no other path has as much to say for itself.

What is declared in the inventory, or was ever said on the mappings topic about the path or the field, is not for lessons.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from app.inventory.paths import Name, PathError, parse

LEADS: Final = 3
VALUES: Final = 3
_Told = dict[str, set[tuple[str | None, str | None]]]  # lead → (path, value)


@dataclass(frozen=True, slots=True)
class Lesson:
    """A path of a source is a field.

    Attributes:
        leads: How many leads show it.
    """

    source: str
    path: str
    field: str
    leads: int


class Lessons:
    """Takes corrections in, in any order and as often as they are read."""

    def __init__(self) -> None:
        self._said: defaultdict[str, defaultdict[str, defaultdict[str, _Told]]] = defaultdict(
            lambda: defaultdict(lambda: defaultdict(dict))
        )  # source → field → shape → …
        self._closed: set[tuple[str, str, str]] = set()

    def take(self, source: str, shape: str, lead: str, said: Iterable[Mapping[str, Any]]) -> None:
        """What one decision says: as its `corrected`."""
        for one in said:
            told = self._said[source][one["field"]][shape]
            told.setdefault(lead, set()).add((one["path"], one["value"]))

    def doubted(self, source: str) -> Collection[tuple[str, str]]:
        """Fields and paths that somebody's correction spoke for."""
        return (
            {
                (field, path)
                for field, shapes in self._said[source].items()
                for told in shapes.values()
                for said in told.values()
                for path, value in said
                if path is not None and value is not None
            }
            if source in self._said
            else set()
        )

    def due(self) -> list[Lesson]:
        """What has been said often enough, and was not closed."""
        found = [lesson for source, fields in self._said.items() for field in fields for lesson in self._of(source, field)]
        return [one for one in found if (one.source, one.path, one.field) not in self._closed]

    def close(self, lesson: Lesson) -> None:
        """It was taught, or people have said something about it themselves."""
        self._closed.add((lesson.source, lesson.path, lesson.field))

    def _of(self, source: str, field: str) -> Iterator[Lesson]:
        shapes = self._said[source][field]
        left = {path for told in shapes.values() for said in told.values() for path, value in said if value is None}
        best: dict[str, int] = {}
        for told in shapes.values():
            for path, count in _shown(told).items():
                if path not in left and readable(path):
                    best[path] = max(count, best.get(path, 0))
        if len(best) == 1:  # of two that always say the same, people choose
            ((path, count),) = best.items()
            yield Lesson(source, path, field, count)


def _shown(told: _Told) -> dict[str, int]:
    """Path → leads that show it, of those that enough leads and values show and no lead of the shape contradicts."""
    leads: defaultdict[str, set[str]] = defaultdict(set)
    values: defaultdict[str, set[str]] = defaultdict(set)
    corrected = {lead for lead, said in told.items() if any(value is not None for _, value in said)}
    for lead in corrected:
        for path, value in told[lead]:
            if path is not None and value is not None:
                leads[path].add(lead)
                values[path].add(value)
    return {
        path: len(shown)
        for path, shown in leads.items()
        if len(shown) >= LEADS and len(values[path]) >= VALUES and shown == corrected
    }


def readable(path: str) -> bool:
    """Whether a mapping can name it: not of a list of any length, nor of members named by ids."""
    try:
        return not any(isinstance(step, Name) and step.name == "*" for step in parse(path))
    except PathError:
        return False
