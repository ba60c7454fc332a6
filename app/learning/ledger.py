"""The ledger of delayed labels: which lead was scored from which features, and what its outcomes teach (docs/labels.md).

- won teaches 1; lost, disqualified, cancelled and refunded teach 0; contacted and qualified teach nothing yet.
- The outcome that happened last counts (`occurred_at`), in whatever order they arrive. One that turns what was learned teaches
  the opposite, once. A lead that is reopened is neither won nor lost: a win is taken back by teaching 0, a loss is left, and
  neither counts for its source until the lead is decided again.
- An outcome delivered again teaches nothing: it is known by its name and event_id, else its name and occurred_at, of its lead.
- An outcome before its decision waits. A lead without an end counts as not won after its source's horizon, by records' time.
- Decisions have revisions, the newest holds. What is reported about a lead that was merged counts for the lead that it was merged
  into, once; when it stands alone again it takes its outcomes along, and is scored by the features that its revision has. What
  the model has learned of an outcome already it is not taught again: only the source that it counts for may be another.

The ledger remembers a fixed number of records per partition, and is built again from the topics: `oldest_needed` says from where.
What cannot be told from those records alone is its `state`, small enough for a snapshot: what was taught of each lead, which
outcomes still matter, how far time has come, how long wins take. So it is built again as it was, even if horizons, limits or the
rules above were others then.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from app.learning.horizons import DAY_MS, HORIZON_MS, Horizons
from app.learning.lessons import Lesson, Moved, Outcome
from app.learning.marks import Marks
from app.learning.packing import Packing
from app.learning.reliability import good_lead
from app.learning.remembered import Entry
from app.learning.silence import Silence
from app.learning.waiting import Waiting

PENDING: Final = 50_000  # leads remembered per partition of the decisions topic, about 850 bytes each
WAITING: Final = 10_000  # outcomes without decision remembered per partition of the outcomes topic, about 300 bytes each

_BELIEVED_MS: Final = 7 * DAY_MS  # so long a record may have lain before it was decided
_LONGEST_WAY: Final = 100  # from a duplicate to its end: longer than any chain that is believed


class Ledger:
    """Decisions and outcomes in, labels out.

    Args:
        pending: Leads remembered per partition.
        waiting: Outcomes without decision remembered per partition.
        horizon_ms: After so long without an end a lead counts as not won, where its source neither declares it nor has shown it;
            None: never, unless declared.
        declared: Source → the same, in milliseconds.
        state: Of a ledger that is to be built again (see `rebuilt`); empty: of one that knew nothing.

    Raises:
        KeyError, TypeError, ValueError: This is no such state.

    Attributes:
        counts: What happened to records: scored, merged, outdated (an older revision), repeated, superseded, not_final,
            unknown_outcome, agreed, learned, corrected (the opposite was taught before), reversed (those of them where the
            opposite had been reported), reopened, moved, expired, forgotten (pushed out unlabelled), waited, gave_up (pushed out
            of waiting).
    """

    def __init__(
        self,
        pending: int = PENDING,
        waiting: int = WAITING,
        horizon_ms: int | None = HORIZON_MS,
        declared: Mapping[str, int] | None = None,
        state: Mapping[str, Any] | None = None,
    ) -> None:
        self._pending, self._waiting = pending, Waiting(waiting)
        self._entries: dict[str, Entry] = {}
        self._order: dict[int, deque[tuple[int, str]]] = {}  # per partition of decisions: (offset, lead_id), oldest first
        self._packing = Packing()
        self._learned = Marks()  # decisions → Entry.code
        self._needed = Marks()  # outcomes → 1: told of a lead that is remembered, or waiting
        self._elsewhere: dict[tuple[int, int], str] = {}  # those that are told of, or wait for, another lead than their own
        self._again: list[Outcome] = []  # while it is being built again
        self._silence = Silence(Horizons(declared, horizon_ms))
        self.counts: Counter[str] = Counter()
        self._before = state or None  # … from this
        self._restore()

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, lead_id: str) -> bool:
        return lead_id in self._entries

    @property
    def waiting(self) -> int:
        """How many outcomes wait for a decision."""
        return len(self._waiting)

    def good(self, lead_id: str) -> bool | None:
        """What the lead's newest decision said of its source, as far as it is remembered."""
        entry = self._entries.get(lead_id)
        return entry.good if entry else None

    def decided(self, partition: int, offset: int, decision: Mapping[str, Any], at: int | None = None) -> Iterator[Lesson]:
        """Take a decision in; what follows from outcomes that waited for it or belong elsewhere now, and from leads whose horizon
        has passed.

        Args:
            at: The record's own time; None: `received_at` serves.
        """
        lead_id: str = decision["lead_id"]
        before, revision = self._entries.get(lead_id), decision.get("revision") or 1
        at = decision["received_at"] if at is None else at
        if before is not None and revision < before.revision:
            self.counts["outdated"] += 1
            return
        entry = self._made(partition, offset, revision, _since(decision["received_at"], at), decision)
        if entry is None:
            return
        if self._before is not None:
            self._remember(lead_id, entry)
            return
        was = self._end(lead_id)
        if before is not None:  # decided again: the newer features, the same history
            entry.learned, entry.open, entry.told = before.learned, before.open, before.told
            self._learned.set(before.partition, before.offset, 0)
        self._remember(lead_id, entry)
        if before is not None and (now := self._end(lead_id)) != was:
            yield from self._pass_on(was, now)
        yield from self._tell(self._waiting.take(lead_id))
        self._silence.horizons.seen(entry.source, at)
        yield from self._expire(at)

    def reported(self, outcome: Outcome) -> Iterator[Lesson]:
        """Take an outcome in; the label it teaches, if any."""
        says = outcome.says
        if says is None or says == "step":
            self.counts["not_final" if says else "unknown_outcome"] += 1
        elif self._before is None:
            yield from self._tell([outcome])
        elif self._needed.get(outcome.partition, outcome.offset):
            self._again.append(outcome)

    def oldest_needed(self) -> dict[tuple[str, int], int]:
        """(decisions or outcomes, partition) → the oldest offset that must be read again to rebuild the ledger."""
        decisions = {("decisions", partition): order[0][0] for partition, order in self._order.items() if order}
        return decisions | {("outcomes", partition): offset for partition, offset in self._needed.oldest().items()}

    def state(self) -> Mapping[str, Any]:
        """What the records alone do not tell, as JSON can hold it."""
        if self._before is not None:
            return self._before
        return {
            "learned": self._learned.state(),
            "needed": self._needed.state(),
            "elsewhere": [[*where, lead_id] for where, lead_id in sorted(self._elsewhere.items())],
            "silence": self._silence.state(),
            "counts": dict(sorted(self.counts.items())),
        }

    @property
    def rebuilding(self) -> bool:
        """Whether it was given a state, and `rebuilt` was not called yet."""
        return self._before is not None

    def rebuilt(self) -> None:
        """All records that the ledger with that state was told, from `oldest_needed` on, were told again; what follows is new."""
        if self._before is None:
            return
        self._restore()
        self._before = None
        for entry in self._entries.values():
            entry.recall(self._learned.get(entry.partition, entry.offset))
        for outcome in self._again:
            lead_id = self._elsewhere.get((outcome.partition, outcome.offset), outcome.lead_id)
            entry_of = self._entries.get(lead_id)
            if entry_of is not None and entry_of.of is None:
                entry_of.told.append(outcome)
            else:
                self._waiting.add(lead_id, outcome)
        self._again.clear()

    def _restore(self) -> None:
        if (state := self._before) is not None:
            self._learned, self._needed = Marks(state["learned"]), Marks(state["needed"])
            self._elsewhere = {(int(partition), int(offset)): str(lead_id) for partition, offset, lead_id in state["elsewhere"]}
            self._silence.restore(state["silence"])
            self.counts = Counter(state["counts"])

    def _made(self, partition: int, offset: int, revision: int, since: int, decision: Mapping[str, Any]) -> Entry | None:
        """None for a decision that says nothing here: a dead letter, or an event that nobody else knows by this lead's id."""
        where, source = (partition, offset, revision, since), decision.get("source") or ""
        match decision["fate"]:
            case "routed" | "review" | "rejected":
                self.counts["scored"] += 1
                features = self._packing.pack(decision)
                return Entry(*where, source, good_lead(decision), features)
            case "duplicate" if revision > 1 or decision.get("duplicate_kind") != "same_event":
                self.counts["merged"] += 1
                return Entry(*where, source, good_lead(decision), None, decision.get("duplicate_of"))
        return None

    def _remember(self, lead_id: str, entry: Entry) -> None:
        self._entries[lead_id] = entry
        self._mark(entry)
        if entry.of is None:
            self._silence.add(entry.partition, entry.source, entry.offset, entry.since, lead_id)
        order = self._order.setdefault(entry.partition, deque())
        order.append((entry.offset, lead_id))
        if len(order) > self._pending:
            self._forget(entry.partition, *order.popleft())

    def _forget(self, partition: int, offset: int, lead_id: str) -> None:
        entry = self._entries.get(lead_id)
        if entry is None or (entry.partition, entry.offset) != (partition, offset):
            return
        self.counts["forgotten"] += entry.learned is None and entry.of is None
        del self._entries[lead_id]
        self._learned.set(partition, offset, 0)
        for outcome in entry.told:
            self._drop(outcome)
        self._silence.forget(partition, entry.source, offset)

    def _mark(self, entry: Entry) -> None:
        if entry.code != self._learned.get(entry.partition, entry.offset):
            self._learned.set(entry.partition, entry.offset, entry.code)

    def _end(self, lead_id: str) -> str:
        """The lead that it is part of in the end."""
        for _ in range(_LONGEST_WAY):
            entry = self._entries.get(lead_id)
            if entry is None or entry.of is None:
                break
            lead_id = entry.of
        return lead_id

    def _tell(self, outcomes: Iterable[Outcome]) -> Iterator[Lesson]:
        touched: dict[str, Outcome] = {}
        for outcome in outcomes:
            end = self._end(outcome.lead_id)
            entry = self._entries.get(end)
            if entry is None or entry.of is not None:
                self._wait(end, outcome)
            elif not self._told(end, entry, outcome):
                self.counts["repeated"] += 1
            elif outcome.order < max(one.order for one in entry.told):
                self.counts["superseded"] += 1
            else:
                touched[end] = outcome
        for end, outcome in touched.items():
            yield from self._settle(self._entries[end], outcome)

    def _told(self, lead_id: str, entry: Entry, outcome: Outcome) -> bool:
        """Whether it was not known."""
        self._place(lead_id, outcome)
        gone = entry.tell(outcome)
        if gone is not None:
            self._drop(gone)
        return gone is not outcome

    def _place(self, lead_id: str, outcome: Outcome) -> None:
        where = outcome.partition, outcome.offset
        self._needed.set(*where, 1)
        self._elsewhere.pop(where, None)
        if lead_id != outcome.lead_id:
            self._elsewhere[where] = lead_id

    def _drop(self, outcome: Outcome) -> None:
        where = outcome.partition, outcome.offset
        self._needed.set(*where, 0)
        self._elsewhere.pop(where, None)

    def _settle(self, entry: Entry, by: Outcome | None = None) -> Iterator[Lesson]:
        """What follows from all that was told of a lead; `by`: what was told last."""
        match entry.stands:
            case "won" | "lost" as end:
                if by is not None and end == "won" and entry.learned is not True:
                    self._silence.won(entry.source, (by.occurred_at if by.at is None else by.at) - entry.since)
                yield from self._teach(entry, end == "won")
            case "open" if entry.counted is not None:
                self.counts["reopened"] += 1
                if entry.learned:
                    yield from self._teach(entry, False)
                entry.open = True
                self._mark(entry)
                yield Moved(entry.source, None, False)

    def _teach(self, entry: Entry, won: bool) -> Iterator[Lesson]:
        if entry.open and entry.learned is not None:
            entry.open = False
            yield Moved(None, entry.source, entry.learned)
        if entry.learned is won or entry.features is None:
            self.counts["agreed"] += 1
        else:
            corrects = entry.learned is not None
            self.counts["corrected" if corrects else "learned"] += 1
            self.counts["reversed"] += corrects and any(one.says == ("lost" if won else "won") for one in entry.told)
            entry.learned = won
            yield self._packing.unpack(entry.features, won, corrects)
        self._mark(entry)

    def _pass_on(self, was: str, now: str) -> Iterator[Lesson]:
        """A lead's outcomes belong to another one: those that were told of `was` go where they belong.

        What was learned of them moves along, as long as nothing else speaks for it where it was.
        """
        giver, taker = self._entries.get(was), self._entries.get(now)
        pool = sorted(giver.told, key=lambda one: one.order) if giver else []
        if giver:
            giver.told = []
        for outcome in pool:
            end = self._end(outcome.lead_id)
            entry = self._entries.get(end)
            if entry is None or entry.of is not None:
                self._wait(end, outcome)
            else:
                self._told(end, entry, outcome)
        free: bool | None = None
        if giver and (giver.of is not None or (pool and not giver.told)):
            free, giver.learned, giver.open = giver.counted, None, False
            self._mark(giver)
            if giver.of is None:
                self._silence.add(giver.partition, giver.source, giver.offset, giver.since, was)
        for one in (giver, taker):
            if one is None or one.of is not None:
                continue
            if free is not None and giver and one.learned is None and one.stands == ("won" if free else "lost"):
                self.counts["moved"] += 1
                one.learned = free
                self._mark(one)
                yield Moved(giver.source, one.source, free)
                free = None
            else:
                yield from self._settle(one)
        if free is not None and giver:
            self.counts["moved"] += 1
            yield Moved(giver.source, None, free)

    def _wait(self, lead_id: str, outcome: Outcome) -> None:
        self.counts["waited"] += 1
        self._place(lead_id, outcome)
        gone = self._waiting.add(lead_id, outcome)
        if gone is not None:
            self.counts["gave_up"] += 1
            self._drop(gone)

    def _expire(self, at: int) -> Iterator[Lesson]:
        for partition, offset, lead_id in self._silence.due(at):
            entry = self._entries.get(lead_id)
            here = entry is not None and (entry.partition, entry.offset) == (partition, offset)
            if here and entry is not None and entry.learned is None and entry.of is None:
                self.counts["expired"] += 1
                yield from self._teach(entry, False)


def _since(received_at: int, decided_at: int) -> int:
    """When waiting for an end began: when the lead came, as long as the sender's clock is to be believed."""
    return received_at if 0 <= decided_at - received_at <= _BELIEVED_MS else decided_at
