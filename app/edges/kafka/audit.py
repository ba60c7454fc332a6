"""The audit: takes in what the output topics hold, as it comes, and sets each input record against its fate and its decision.

Every output carries the header `src`, the identity of its input record. A record whose header `leadstream.revision` is above 1
revises what was said before: it is no further fate and no further decision, but says where the lead stands now. A tombstone on a
lead topic says that the lead was erased: no further fate either. Where compaction has taken the first record of a lead away, the
later ones tell that there was one (overwritten.py).

Memory: a byte for each record since the oldest one without a fate, and a number for each of the newest leads; so an audit can
follow an installation for as long as it runs, and what the topics forget meanwhile does not matter to it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from app.edges.kafka.names import Topics
from app.edges.kafka.overwritten import Overwritten
from app.edges.kafka.reading import headers_of
from app.edges.kafka.revised import Revised
from app.edges.kafka.tally import Tally
from app.pipeline.fate import FateName, FateNow
from app.pipeline.source import Position

Where = tuple[str, int]  # topic, partition
Offsets = Mapping[Where, int]

OWNERS: Final = 1_000_000  # leads that a duplicate can be traced to, the newest ones: about 100 MB
MOST_SOURCES: Final = 2_000  # whoever names more makes them up
REASON: Final = "leadstream.reason"  # a dead letter has it
_WAITING: Final = 10_000  # duplicates that may wait for their original to be met


@dataclass(frozen=True, slots=True)
class Ledger:
    """What the topics say of the input records that count.

    Attributes:
        records_in: Source → records on its inbound topic.
        fates: (source, fate) → records, by their first fate.
        lost: Identities without a fate although the group's position is past them (L1). doubled: with more than one, or with one
            revision told twice (L2). foreign: of no input record, or revisions of a lead without a fate (L3).
        orphans: Duplicates whose original is no lead: neither routed nor in review nor, at last, a duplicate of one that is (L4).
            Told when nothing is under way any more: until then an original may come after its duplicate.
        undecided: Identities without exactly one first decision record.
        behind: Records after the group's committed position, not accounted for yet (L6).
        untraced: Duplicates of leads from before those that count.
        revisions: Records that revise what was said of a lead.
        moved: (source, first fate, fate now) → leads that a revision gave another fate.
        unknown: Leads decided while the match index could not tell, and not looked into yet.
    """

    records_in: Counter[str]
    fates: Counter[tuple[str, FateName]]
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    orphans: list[str] = field(default_factory=list)
    undecided: list[str] = field(default_factory=list)
    behind: int = 0
    untraced: int = 0
    revisions: int = 0
    moved: Counter[tuple[str, FateName, FateNow]] = field(default_factory=Counter)
    unknown: int = 0

    @property
    def balanced(self) -> bool:
        """Whether every record that was accounted for has exactly one first fate and one first decision."""
        return not (self.lost or self.doubled or self.foreign or self.orphans or self.undecided)

    @property
    def holds(self) -> bool:
        """Balanced, and nothing is left to account for."""
        return self.balanced and not self.behind

    def total(self, fate: FateNow) -> int:
        """Records whose first fate it is."""
        return sum(n for (_, name), n in self.fates.items() if name == fate)

    def now(self, fate: FateNow) -> int:
        """Leads that have this fate now, revisions taken in."""
        came = sum(n for (_, _, name), n in self.moved.items() if name == fate)
        return self.total(fate) + came - sum(n for (_, name, _), n in self.moved.items() if name == fate)


def fate_topics(names: Topics, teams: Sequence[str]) -> dict[str, FateName]:
    """Topic → the first fate of every record on it."""
    routed: dict[str, FateName] = {names.routed(team): "routed" for team in teams}
    return routed | {names.review: "review", names.duplicates: "duplicate", names.dlq: "dead_letter"}


class Audit:
    """Takes in fates and decisions, in any order across partitions.

    Args:
        names, sources, teams: Of the installation.
        since: Inbound (topic, partition) → the first offset that counts; 0 where absent. Fates of earlier ones are passed over.
        whole: Whether no lead came before: then the original of every duplicate must be met.
    """

    def __init__(
        self, names: Topics, sources: Sequence[str], teams: Sequence[str], since: Offsets | None = None, *, whole: bool = True
    ) -> None:
        self._decisions, self._since, self._whole = names.decisions, since or {}, whole
        self._names, self._sources = names, {names.inbound(source): source for source in sources}
        self._kinds = fate_topics(names, teams)
        self._rejected = names.rejected  # revisions only
        self._fated: dict[Where, Tally] = {}
        self._decided: dict[Where, Tally] = {}
        self._overwritten: dict[Where, Overwritten] = {}
        self._fates: Counter[tuple[str, FateName]] = Counter()
        self._foreign: list[str] = []
        self._leads: dict[int, FateName | int] = {}  # in order of arrival: its fate, or the lead that it is a duplicate of
        self._waiting: dict[str, int] = {}  # duplicate's identity → its original, until that is met
        self._untraced = 0
        self._revised = Revised(OWNERS)
        self._unknown: set[int] = set()

    @property
    def topics(self) -> list[str]:
        """What to show it, read_committed."""
        return [*self._kinds, self._rejected, self._decisions]

    def take(self, message: Any) -> None:
        """Count one record (a confluent-kafka Message) of `topics`."""
        topic, headers = message.topic(), dict(headers_of(message))
        identity = (headers.get("src") or b"?").decode("utf-8", "replace")
        position = _position(identity)
        erased = message.value() is None and REASON not in headers  # with a reason it is a dead letter that never had a value
        if erased and position is None:
            return  # somebody else's tombstone; what it erased counts as lost
        if position is None or self._source(position.topic) is None:
            self._foreign.append(self._named(identity, topic))
            return
        tally = self._tally(self._decided if topic == self._decisions else self._fated, (position.topic, position.partition))
        if position.offset < tally.since:
            return
        lead, of = _number(position.lead_id), headers.get("leadstream.duplicate_of")
        if erased:
            self._note(position, lead, self._kinds.get(topic))
        elif (revision := _revision(headers.get("leadstream.revision"))) > 1:
            now = self._now(topic, duplicate=bool(of))
            if not tally.met(position.offset):
                self._note(position, lead, self._kinds.get(topic))
            self._revised.take(position, lead, revision, now, known=tally.met(position.offset))
            if now is None:
                self._unknown.discard(lead)
        elif topic == self._rejected or not tally.meet(position.offset):
            self._foreign.append(self._named(identity, topic))
        elif topic != self._decisions:
            fate = self._kinds[topic]
            self._fates[self._sources[position.topic], fate] += 1
            self._trace(fate, position, lead, of)
        elif headers.get("leadstream.dedupe") == b"unknown" and len(self._unknown) < OWNERS:
            self._unknown.add(lead)

    def _note(self, position: Position, lead: int, fate: FateName | None) -> None:
        """A later record stands where the first one may be gone from; nothing is said where no first one can have stood."""
        if fate is not None:
            self._gone((position.topic, position.partition)).note(position.offset, fate)
            self._leads.setdefault(lead, fate)

    def _now(self, topic: str, *, duplicate: bool) -> FateNow | None:
        """The fate that a revision on this topic gives; None for a decision."""
        if topic == self._decisions:
            return None
        return "rejected" if topic == self._rejected else "duplicate" if duplicate else self._kinds[topic]

    def _source(self, topic: str) -> str | None:
        """Whose topic this is. One that nobody declared counts, too: whether it exists is known when the ends are."""
        source = self._sources.get(topic)
        if source is None and (slug := self._names.slug_of(topic)) and len(self._sources) < MOST_SOURCES:
            source = self._sources[topic] = slug
        return source

    def missing(self, ends: Offsets) -> dict[Where, list[int]]:
        """(topic, partition) → offsets before `ends` without a fate or without a decision; empty when all is accounted for."""
        both = {
            where: {*self._unfated(where, end), *self._tally(self._decided, where).missing(end)} for where, end in ends.items()
        }
        return {where: sorted(offsets) for where, offsets in both.items() if offsets}

    def ledger(self, ends: Offsets, committed: Offsets, absent: Mapping[Where, Iterable[int]] | None = None) -> Ledger:
        """The verdict.

        Args:
            ends: Inbound (topic, partition) → the topic's next offset, read after the outputs were.
            committed: The group's positions, read before the outputs were: what lies before them must have been met.
            absent: Offsets that hold no record: a transaction's marker, an aborted or a compacted record.
        """
        empty = {where: set(offsets) for where, offsets in (absent or {}).items()}
        ledger = Ledger(Counter(), Counter(self._fates), foreign=list(self._foreign))
        behind = 0
        for where, end in ends.items():
            first, gone = self._first(where), empty.get(where, set())
            sure = min(end, max(first, committed.get(where, first)))
            ledger.records_in[self._source(where[0]) or where[0]] += max(0, end - first) - len(gone)
            behind += len(set(range(sure, end)) - gone)
            fated, decided = self._tally(self._fated, where), self._tally(self._decided, where)
            ledger.lost.extend(_identities(where, self._unfated(where, sure) - gone))
            ledger.fates.update((self._source(where[0]) or where[0], fate) for _, fate in self._gone(where).all())
            ledger.doubled.extend(_identities(where, fated.repeated()))
            ledger.undecided.extend(_identities(where, {*decided.missing(sure), *decided.repeated()} - gone))
        for where in {*self._fated, *self._decided}:
            end = ends.get(where, 0)  # a partition that the topic does not have ends before it begins
            ledger.foreign.extend(_identities(where, self._tally(self._fated, where).met_from(end)))
            decisions = _identities(where, self._tally(self._decided, where).met_from(end))
            ledger.foreign.extend(self._named(identity, self._decisions) for identity in decisions)
        unmet = [identity for identity, original in self._waiting.items() if original not in self._leads]
        if self._whole and not behind:
            ledger.orphans.extend([*unmet, *(f"ld_…{lead:015x}" for lead in self._endless())])
        ledger.doubled.extend(self._revised.twice)
        ledger.foreign.extend(f"revision of {one.identity}" for one in self._revised.strangers(self._has_fate, committed, ends))
        return replace(
            ledger,
            behind=behind,
            untraced=self._untraced + (0 if self._whole else len(unmet)),
            revisions=self._revised.records,
            moved=self._revised.moved(self._leads, self._sources),
            unknown=len(self._unknown),
        )

    def _has_fate(self, position: Position) -> bool:
        where = position.topic, position.partition
        return self._tally(self._fated, where).met(position.offset) or self._gone(where).had(position.offset)

    def _unfated(self, where: Where, end: int) -> set[int]:
        gone = self._gone(where)
        return {offset for offset in self._tally(self._fated, where).missing(end) if not gone.had(offset)}

    def _endless(self) -> list[int]:
        """Duplicates from which no way leads to a lead that is none: they lead round in a circle."""
        found = []
        for lead, of in self._leads.items():
            met = {lead}
            while isinstance(of, int) and of in self._leads and of not in met:
                met.add(of)
                of = self._leads[of]
            if of in met:
                found.append(lead)
        return found

    def _trace(self, fate: FateName, position: Position, lead: int, original: bytes | None) -> None:
        if fate == "duplicate":
            of = _number((original or b"").decode("utf-8", "replace"))
            if of not in self._leads:
                self._waiting[position.identity] = of
            if of != lead:
                self._leads[lead] = of
        elif fate != "dead_letter":
            self._leads[lead] = fate
        if len(self._leads) > OWNERS:
            del self._leads[next(iter(self._leads))]
            self._whole = False
        if len(self._waiting) > _WAITING:
            waiting = {identity: of for identity, of in self._waiting.items() if of not in self._leads}
            if not self._whole:  # they never end: duplicates of leads that nobody here has met
                self._untraced += len(waiting)
                waiting = {}
            self._waiting = waiting

    def _tally(self, tallies: dict[Where, Tally], where: Where) -> Tally:
        if where not in tallies:
            tallies[where] = Tally(self._first(where))
        return tallies[where]

    def _gone(self, where: Where) -> Overwritten:
        if where not in self._overwritten:
            tallies = self._tally(self._fated, where), self._tally(self._decided, where)
            self._overwritten[where] = Overwritten(*tallies)
        return self._overwritten[where]

    def _first(self, where: Where) -> int:
        return self._since.get(where, 0)

    def _named(self, identity: str, topic: str) -> str:
        return f"decision of {identity}" if topic == self._decisions else identity


def _position(identity: str) -> Position | None:
    parts = identity.rsplit("-", 2)
    topic, partition, offset = parts if len(parts) == 3 else ("", "", "")
    if not (partition.isdecimal() and offset.isdecimal() and len(partition) < 10 and len(offset) < 19):
        return None
    return Position(topic, int(partition), int(offset))


def _revision(told: bytes | None) -> int:
    return int(told) if told is not None and told.isdigit() and len(told) < 10 else 1


def _identities(where: Where, offsets: Iterable[int]) -> list[str]:
    return [Position(*where, offset).identity for offset in sorted(offsets)]


def _number(lead_id: str) -> int:
    """A lead id in little memory: the same id, the same number. -1 for what is none."""
    try:
        return int(lead_id.removeprefix("ld_"), 16) & 2**60 - 1
    except ValueError:
        return -1
