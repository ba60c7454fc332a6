"""The ledger of delayed labels: which lead was scored from which features, and what its outcomes teach.

- won teaches 1, lost teaches 0; contacted and qualified teach nothing yet.
- The outcome that happened last counts (`occurred_at`), in whatever order they arrive. An outcome that reverses what was learned
  (won, then lost or reopened; lost, then won) teaches the correction, once.
- An outcome delivered again teaches nothing: it is known by its event_id, else by (outcome, occurred_at) of its lead.
- An outcome before its decision waits. A lead without outcome counts as not won after the horizon, by record time.

The ledger remembers a fixed number of records per partition, so its content follows from positions alone: re-reading the topics
from `replay_from` builds it again, in whatever order the partitions are read.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from app.learning.packing import Packed, Packing

PENDING: Final = 50_000  # scored leads remembered per partition of the decisions topic, about 850 bytes each
WAITING: Final = 50_000  # outcomes without decision remembered per partition of the outcomes topic, about 300 bytes each
SEEN: Final = 16  # outcomes of one lead that are recognised when repeated
HORIZON_MS: Final = 90 * 86_400_000  # default: as long as an ordinary sales cycle takes at most

_SCORED = frozenset({"routed", "review"})
_FINAL = frozenset({"won", "lost", "reopened"})
_NOT_FINAL = frozenset({"contacted", "qualified"})


@dataclass(frozen=True, slots=True)
class Label:
    """Something to learn: features as they were when scoring, and what became of the lead.

    Attributes:
        corrects: The opposite was learned of this lead before.
    """

    numbers: dict[str, float]
    categories: dict[str, str]
    won: bool
    corrects: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """One outcome event and where it stands in its topic."""

    partition: int
    offset: int
    lead_id: str
    outcome: str
    occurred_at: int
    event_id: str | None

    @property
    def identity(self) -> str:
        """Recognises a repetition, among the outcomes of one lead."""
        return self.event_id or f"{self.outcome}@{self.occurred_at}"


@dataclass(slots=True)
class _Entry:
    """A scored lead: where its decision stands, its features, and what was learned of it."""

    partition: int
    offset: int
    features: Packed
    learned: bool | None = None
    latest_at: int | None = None
    seen: list[str] = field(default_factory=list)
    first_outcome: dict[int, int] = field(default_factory=dict)  # partition of outcomes → offset


class Ledger:
    """Decisions and outcomes in, labels out.

    Args:
        pending: Scored leads remembered per partition.
        waiting: Outcomes without decision remembered per partition.
        horizon_ms: After so long without a final outcome a lead counts as not won; None: never.

    Attributes:
        counts: What happened to records: scored, repeated, superseded, not_final, unknown_outcome, agreed, learned,
            corrected, expired, forgotten (pushed out unlabelled), waited, gave_up (pushed out of waiting).
    """

    def __init__(self, pending: int = PENDING, waiting: int = WAITING, horizon_ms: int | None = HORIZON_MS) -> None:
        self._pending, self._waiting_limit, self._horizon_ms = pending, waiting, horizon_ms
        self._entries: dict[str, _Entry] = {}
        self._order: dict[int, deque[tuple[int, str]]] = {}  # per partition of decisions: (offset, lead_id), oldest first
        self._unexpired: dict[int, deque[tuple[int, int, str]]] = {}  # … (received_at, offset, lead_id)
        self._now: dict[int, int] = {}  # … the latest received_at
        self._waiting: dict[str, list[Outcome]] = {}
        self._waiting_order: dict[int, deque[Outcome]] = {}
        self._packing = Packing()
        self.counts: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, lead_id: str) -> bool:
        return lead_id in self._entries

    def decided(self, partition: int, offset: int, decision: Mapping[str, Any]) -> Iterator[Label]:
        """Take a decision in; labels from outcomes that waited for it, and from leads whose horizon has passed."""
        if decision["fate"] not in _SCORED:
            return
        self.counts["scored"] += 1
        lead_id: str = decision["lead_id"]
        entry = _Entry(partition, offset, self._packing.pack(decision["numbers"], decision["categories"]))
        before = self._entries.get(lead_id)
        if before is not None:  # decided again, by a replay: the newer features, the same history
            entry.learned, entry.latest_at, entry.seen = before.learned, before.latest_at, before.seen
            entry.first_outcome = before.first_outcome
        self._entries[lead_id] = entry
        self._order.setdefault(partition, deque()).append((offset, lead_id))
        self._push_out(partition)
        for outcome in self._waiting.pop(lead_id, ()):
            yield from self._apply(entry, outcome)
        yield from self._expire(partition, offset, lead_id, decision["received_at"])

    def reported(self, outcome: Outcome) -> Iterator[Label]:
        """Take an outcome in; the label it teaches, if any."""
        if outcome.outcome not in _FINAL:
            self.counts["not_final" if outcome.outcome in _NOT_FINAL else "unknown_outcome"] += 1
            return
        entry = self._entries.get(outcome.lead_id)
        if entry is not None:
            yield from self._apply(entry, outcome)
        else:
            self._wait(outcome)

    def oldest_needed(self) -> dict[tuple[str, int], int]:
        """(decisions or outcomes, partition) → the oldest offset that must be read again to rebuild the ledger."""
        oldest = {("decisions", partition): order[0][0] for partition, order in self._order.items() if order}
        touched = [first for entry in self._entries.values() for first in entry.first_outcome.items()]
        touched += [(outcome.partition, outcome.offset) for waiting in self._waiting.values() for outcome in waiting]
        for partition, offset in touched:
            oldest["outcomes", partition] = min(offset, oldest.get(("outcomes", partition), offset))
        return oldest

    def _apply(self, entry: _Entry, outcome: Outcome) -> Iterator[Label]:
        entry.first_outcome.setdefault(outcome.partition, outcome.offset)
        if outcome.identity in entry.seen:
            self.counts["repeated"] += 1
            return
        entry.seen = [*entry.seen[-(SEEN - 1) :], outcome.identity]
        if entry.latest_at is not None and outcome.occurred_at < entry.latest_at:
            self.counts["superseded"] += 1
            return
        entry.latest_at = outcome.occurred_at
        if outcome.outcome == "reopened" and not entry.learned:
            self.counts["agreed"] += 1  # open again: nothing is known until the next final outcome
            return
        yield from self._teach(entry, outcome.outcome == "won")

    def _teach(self, entry: _Entry, won: bool) -> Iterator[Label]:
        if entry.learned is won:
            self.counts["agreed"] += 1
            return
        corrects = entry.learned is not None
        self.counts["corrected" if corrects else "learned"] += 1
        entry.learned = won
        yield Label(*self._packing.unpack(entry.features), won, corrects)

    def _wait(self, outcome: Outcome) -> None:
        self.counts["waited"] += 1
        self._waiting.setdefault(outcome.lead_id, []).append(outcome)
        order = self._waiting_order.setdefault(outcome.partition, deque())
        order.append(outcome)
        if len(order) > self._waiting_limit:
            oldest = order.popleft()
            still = self._waiting.get(oldest.lead_id, [])
            if oldest in still:
                self.counts["gave_up"] += 1
                still.remove(oldest)
                if not still:
                    del self._waiting[oldest.lead_id]

    def _push_out(self, partition: int) -> None:
        order = self._order[partition]
        if len(order) > self._pending:
            offset, lead_id = order.popleft()
            entry = self._entries.get(lead_id)
            if entry is not None and (entry.partition, entry.offset) == (partition, offset):
                self.counts["forgotten"] += entry.learned is None
                del self._entries[lead_id]

    def _expire(self, partition: int, offset: int, lead_id: str, received_at: int) -> Iterator[Label]:
        if self._horizon_ms is None:
            return
        now = self._now[partition] = max(received_at, self._now.get(partition, received_at))
        unexpired = self._unexpired.setdefault(partition, deque())
        unexpired.append((received_at, offset, lead_id))
        while unexpired and (unexpired[0][0] <= now - self._horizon_ms or len(unexpired) > self._pending):
            _, offset, lead_id = unexpired.popleft()
            entry = self._entries.get(lead_id)
            if entry is not None and entry.offset == offset and entry.learned is None:
                self.counts["expired"] += 1
                yield from self._teach(entry, False)
