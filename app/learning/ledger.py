"""The ledger of delayed labels: which lead was scored from which features, and what its outcomes teach.

- won teaches 1, lost teaches 0; contacted and qualified teach nothing yet.
- The outcome that happened last counts (`occurred_at`), in whatever order they arrive. An outcome that reverses what was learned
  (won, then lost or reopened; lost, then won) teaches the correction, once.
- An outcome delivered again teaches nothing: it is known by its event_id, else by (outcome, occurred_at) of its lead.
- An outcome before its decision waits. A lead without outcome counts as not won after the horizon, by record time.
- Decisions have revisions, the newest holds. What is reported about a lead that was merged counts for the lead that it was merged
  into, once; when it stands alone again it takes its outcomes along, and is scored by the features that its revision has. What
  the model has learned of an outcome already it is not taught again: only the source that it counts for may be another.

The ledger remembers a fixed number of records per partition, so its content follows from positions alone: re-reading the topics
from `replay_from` builds it again, in whatever order the partitions are read.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Mapping
from typing import Any, Final

from app.learning.lessons import Label, Lesson, Moved, Outcome
from app.learning.packing import Packing
from app.learning.reliability import good_lead
from app.learning.remembered import Entry

PENDING: Final = 50_000  # leads remembered per partition of the decisions topic, about 850 bytes each
WAITING: Final = 50_000  # outcomes without decision remembered per partition of the outcomes topic, about 300 bytes each
HORIZON_MS: Final = 90 * 86_400_000  # default: as long as an ordinary sales cycle takes at most

_FINAL = frozenset({"won", "lost", "reopened"})
_NOT_FINAL = frozenset({"contacted", "qualified"})
_LONGEST_WAY: Final = 100  # from a duplicate to its end: longer than any chain that is believed


class Ledger:
    """Decisions and outcomes in, labels out.

    Args:
        pending: Leads remembered per partition.
        waiting: Outcomes without decision remembered per partition.
        horizon_ms: After so long without a final outcome a lead counts as not won; None: never.

    Attributes:
        counts: What happened to records: scored, merged, outdated (an older revision), repeated, superseded, not_final,
            unknown_outcome, agreed, learned, corrected, moved, expired, forgotten (pushed out unlabelled), waited, gave_up
            (pushed out of waiting).
    """

    def __init__(self, pending: int = PENDING, waiting: int = WAITING, horizon_ms: int | None = HORIZON_MS) -> None:
        self._pending, self._waiting_limit, self._horizon_ms = pending, waiting, horizon_ms
        self._entries: dict[str, Entry] = {}
        self._order: dict[int, deque[tuple[int, str]]] = {}  # per partition of decisions: (offset, lead_id), oldest first
        self._unexpired: dict[int, deque[tuple[int, int, str]]] = {}  # … (received_at, offset, lead_id)
        self._now: dict[int, int] = {}  # … the latest received_at
        self._waiting: dict[str, list[Outcome]] = {}  # for the decision on this lead
        self._waiting_order: dict[int, deque[tuple[str, Outcome]]] = {}
        self._packing = Packing()
        self.counts: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, lead_id: str) -> bool:
        return lead_id in self._entries

    def good(self, lead_id: str) -> bool | None:
        """What the lead's newest decision said of its source, as far as it is remembered."""
        entry = self._entries.get(lead_id)
        return entry.good if entry else None

    def decided(self, partition: int, offset: int, decision: Mapping[str, Any]) -> Iterator[Lesson]:
        """Take a decision in; what follows from outcomes that waited for it or belong elsewhere now, and from leads whose horizon
        has passed."""
        lead_id: str = decision["lead_id"]
        before, revision = self._entries.get(lead_id), decision.get("revision") or 1
        if before is not None and revision < before.revision:
            self.counts["outdated"] += 1
            return
        entry = self._made(partition, offset, revision, decision, before)
        if entry is None:
            return
        was = self._end(lead_id)
        if before is not None:  # decided again: the newer features, the same history
            entry.learned, entry.told = before.learned, before.told
        self._entries[lead_id] = entry
        self._order.setdefault(partition, deque()).append((offset, lead_id))
        self._push_out(partition)
        if before is not None and (now := self._end(lead_id)) != was:
            yield from self._pass_on(was, now)
        for outcome in self._waiting.pop(lead_id, ()):
            yield from self._tell(outcome)
        if entry.of is None:
            yield from self._expire(partition, offset, lead_id, decision["received_at"])

    def reported(self, outcome: Outcome) -> Iterator[Lesson]:
        """Take an outcome in; the label it teaches, if any."""
        if outcome.outcome not in _FINAL:
            self.counts["not_final" if outcome.outcome in _NOT_FINAL else "unknown_outcome"] += 1
            return
        yield from self._tell(outcome)

    def oldest_needed(self) -> dict[tuple[str, int], int]:
        """(decisions or outcomes, partition) → the oldest offset that must be read again to rebuild the ledger."""
        oldest = {("decisions", partition): order[0][0] for partition, order in self._order.items() if order}
        needed = [outcome for entry in self._entries.values() for outcome in entry.told]
        needed += [outcome for waiting in self._waiting.values() for outcome in waiting]
        for outcome in needed:
            where = "outcomes", outcome.partition
            oldest[where] = min(outcome.offset, oldest.get(where, outcome.offset))
        return oldest

    def _made(
        self, partition: int, offset: int, revision: int, decision: Mapping[str, Any], before: Entry | None
    ) -> Entry | None:
        """None for a decision that says nothing here: a dead letter, or an event that nobody else knows by this lead's id."""
        where, source = (partition, offset, revision), decision.get("source") or ""
        match decision["fate"]:
            case "routed" | "review":
                self.counts["scored"] += 1
                features = self._packing.pack(decision["numbers"], decision["categories"])
                return Entry(*where, source, good_lead(decision), features)
            case "duplicate" if before is not None or decision.get("duplicate_kind") != "same_event":
                self.counts["merged"] += 1
                return Entry(
                    *where, source, good_lead(decision), before.features if before else None, decision.get("duplicate_of")
                )
        return None

    def _end(self, lead_id: str) -> str:
        """The lead that it is part of in the end."""
        for _ in range(_LONGEST_WAY):
            entry = self._entries.get(lead_id)
            if entry is None or entry.of is None:
                break
            lead_id = entry.of
        return lead_id

    def _tell(self, outcome: Outcome) -> Iterator[Lesson]:
        end = self._end(outcome.lead_id)
        entry = self._entries.get(end)
        if entry is None or entry.of is not None:
            self._wait(end, outcome)
        elif not entry.tell(outcome):
            self.counts["repeated"] += 1
        elif outcome.order < max(one.order for one in entry.told):
            self.counts["superseded"] += 1
        else:
            yield from self._settle(entry)

    def _settle(self, entry: Entry) -> Iterator[Lesson]:
        wanted = entry.wanted
        if wanted is None:
            self.counts["agreed"] += 1
        else:
            yield from self._teach(entry, wanted)

    def _teach(self, entry: Entry, won: bool) -> Iterator[Lesson]:
        if entry.learned is won or entry.features is None:
            self.counts["agreed"] += 1
            return
        corrects = entry.learned is not None
        self.counts["corrected" if corrects else "learned"] += 1
        entry.learned = won
        yield Label(*self._packing.unpack(entry.features), won, corrects)

    def _pass_on(self, was: str, now: str) -> Iterator[Lesson]:
        """A lead's outcomes belong to another one: those that were told of `was` go where they belong.

        What was learned of them moves along, as long as nothing else speaks for it where it was.
        """
        giver, taker = self._entries.get(was), self._entries.get(now)
        pool = giver.told if giver else []
        if giver:
            giver.told = []
        for outcome in pool:
            end = self._entries.get(self._end(outcome.lead_id))
            if end is None or end.of is not None:
                self._wait(self._end(outcome.lead_id), outcome)
            else:
                end.tell(outcome)
        free: bool | None = None
        if giver and (giver.of is not None or (pool and not giver.told)):
            free, giver.learned = giver.learned, None
        for entry in (giver, taker):
            if entry is None or entry.of is not None or (wanted := entry.wanted) is None:
                continue
            if free is wanted and entry.learned is None and giver:
                self.counts["moved"] += 1
                entry.learned, free = wanted, None
                yield Moved(giver.source, entry.source, wanted)
            else:
                yield from self._teach(entry, wanted)
        if free is not None and giver:
            self.counts["moved"] += 1
            yield Moved(giver.source, None, free)

    def _wait(self, lead_id: str, outcome: Outcome) -> None:
        self.counts["waited"] += 1
        self._waiting.setdefault(lead_id, []).append(outcome)
        order = self._waiting_order.setdefault(outcome.partition, deque())
        order.append((lead_id, outcome))
        if len(order) > self._waiting_limit:
            waits_for, oldest = order.popleft()
            still = self._waiting.get(waits_for, [])
            if oldest in still:
                self.counts["gave_up"] += 1
                still.remove(oldest)
                if not still:
                    del self._waiting[waits_for]

    def _push_out(self, partition: int) -> None:
        order = self._order[partition]
        if len(order) > self._pending:
            offset, lead_id = order.popleft()
            entry = self._entries.get(lead_id)
            if entry is not None and (entry.partition, entry.offset) == (partition, offset):
                self.counts["forgotten"] += entry.learned is None and entry.of is None
                del self._entries[lead_id]

    def _expire(self, partition: int, offset: int, lead_id: str, received_at: int) -> Iterator[Lesson]:
        if self._horizon_ms is None:
            return
        now = self._now[partition] = max(received_at, self._now.get(partition, received_at))
        unexpired = self._unexpired.setdefault(partition, deque())
        unexpired.append((received_at, offset, lead_id))
        while unexpired and (unexpired[0][0] <= now - self._horizon_ms or len(unexpired) > self._pending):
            _, offset, lead_id = unexpired.popleft()
            entry = self._entries.get(lead_id)
            if entry is not None and entry.offset == offset and entry.learned is None and entry.of is None:
                self.counts["expired"] += 1
                yield from self._teach(entry, False)
