"""What people said about the mapping of sources: each a mapping of its source from then on, and an example to learn from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Confirmation:
    """One path of one source is this lead field (or none: `field` is None). See schemas/mapping_verdict.

    Attributes:
        at: Milliseconds since the epoch.
        number: Its place in the order in which all were said (the offset in leads.mappings, and one); 0: as given.
    """

    source: str
    path: str
    field: str | None
    label: str
    kind: str | None
    by: str
    at: int
    number: int = 0


class Confirmed:
    """All confirmations, the newest per source and path. Immutable: a new one makes a new object, so a batch sees one state.

    Args:
        confirmations: In the order said. Replaced ones may be missing: what follows from the others is the same.
    """

    def __init__(self, confirmations: Iterable[Confirmation] = ()) -> None:
        self._fields: dict[str, dict[str, str | None]] = {}
        self._latest: dict[tuple[str, str], Confirmation] = {}
        self._revisions: dict[str, int] = {}
        for n, one in enumerate(confirmations, 1):
            self._fields.setdefault(one.source, {})[one.path] = one.field
            self._latest.pop((one.source, one.path), None)  # what is said anew is said last, as in a compacted topic
            self._latest[one.source, one.path] = one
            self._revisions[one.source] = one.number or n

    def of(self, source: str) -> Mapping[str, str | None]:
        """Path → lead field or None, as people said for this source."""
        return self._fields.get(source, {})

    def revision(self, source: str) -> int:
        """The number of the newest confirmation of the source; 0 where there is none.

        So it grows with each, and all who have read the same topic name the same, whatever compaction left them to read.
        """
        return self._revisions.get(source, 0)

    @property
    def examples(self) -> tuple[Confirmation, ...]:
        """All that count, in the order said: what the classifier learns from."""
        return tuple(self._latest.values())


class Mappings(Protocol):
    """Port: where the worker finds what people confirmed; asked for each record, so that news need no pause."""

    def current(self) -> Confirmed:
        """The same object until something new was said."""
        ...
