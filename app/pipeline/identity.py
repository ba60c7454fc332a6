"""Who is this, and was it here before? One question to the match index for a batch of leads, and what to think of its answer.

lead ─ evidence ─ keys ─┬─ index ─ earlier leads ─ judge ─ new · linked · merged · asked
       intent ──────────┘
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Final, NamedTuple, Protocol

from app.flags.catalogue import DEDUPE_FUZZY
from app.inventory.models import Source
from app.match_index import Ask, Earlier, MatchIndex, Sought, Unknown
from app.pipeline.identified import Dedupe, Identified, IndexEntry, Match, subject_of
from app.pipeline.lead import Lead
from app.pipeline.matching import intent as intents
from app.pipeline.matching import packing
from app.pipeline.matching.blocking import blocking_keys
from app.pipeline.matching.crowding import limits_of
from app.pipeline.matching.evidence import Evidence
from app.pipeline.matching.intent import Intent, intent_of
from app.pipeline.matching.links import Links
from app.pipeline.matching.plain import Plain
from app.pipeline.matching.reading import evidence_of
from app.pipeline.matching.seal import BrokenSeal, Seal
from app.pipeline.matching.stream import Judging, Known, Matched, choose
from app.pipeline.pseudonyms import Pseudonyms

DAY_S: Final = 86_400
_PLAIN: Final = Plain()


class Judges(Protocol):
    """Where the judge comes from; asked once a batch, so new weights need no pause."""

    def current(self) -> Judging: ...


class Traits(NamedTuple):
    """What matching looks at of one lead.

    Attributes:
        ask: As it goes to the index.
        event_id: Pseudonym of source and vendor's event id.
        window_s: For how long the same intent of one person makes one lead.
        fuzzy: Whether more than the same mailbox or phone may make a duplicate.
    """

    ask: Ask
    event_id: str
    evidence: Evidence
    intent: Intent
    window_s: int
    fuzzy: bool = True


class Identity:
    """The stage identity. Shared by all lanes of a process.

    Args:
        index: Who was there before.
        judges: Who says whether two leads are of one person.
        pseudonyms, seal: Keep personal data out of the index.
    """

    def __init__(self, index: MatchIndex, judges: Judges, pseudonyms: Pseudonyms, seal: Seal) -> None:
        self._index, self._judges, self._pseudonyms, self._seal = index, judges, pseudonyms, seal
        self.links = Links()
        self.unreadable = 0  # earlier leads passed over: damaged, or of another pepper or version

    def of(self, leads: Sequence[tuple[Lead, Source]]) -> list[Identified]:
        """Who each lead is, in order; in one round trip, which also tells the index what was decided before.

        Raises:
            EdgeDown: The index does not answer, and is to be waited for. Ask again with the same leads.
        """
        traits = [self.traits(lead, source) for lead, source in leads]
        return self.asked(traits) or [_alone(one, "unknown", 0) for one in traits]

    def asked(self, traits: Sequence[Traits]) -> list[Identified] | None:
        """The same by traits; None where the index cannot tell."""
        sought = self._sought([one.ask for one in traits])
        if sought is None:
            return None
        judge = self._judges.current()  # one judge for the whole batch
        return [self._one(one, found, judge if one.fuzzy else _PLAIN) for one, found in zip(traits, sought, strict=True)]

    def traits(self, lead: Lead, source: Source) -> Traits:
        """What matching looks at of a lead."""
        evidence, intent = evidence_of(lead), intent_of(lead)
        event_id = self._pseudonyms("v", f"{lead.source}/{lead.event_id}")
        window_s = int(source.dedupe_window_hours * 3600)
        record = intents.packed(intent) + packing.packed(evidence)
        ask = Ask(
            lead.lead_id,
            self._keys(blocking_keys(evidence)),
            bytes.fromhex(event_id),
            self._seal.seal(bytes.fromhex(lead.lead_id[3:]), record),
            lead.received_at,
            max(window_s, int(source.remember_days * DAY_S)),
        )
        return Traits(ask, event_id, evidence, intent, window_s, DEDUPE_FUZZY not in lead.toggles_off)

    def _keys(self, keys: Sequence[str]) -> bytes:
        """Blocking keys as the index wants them: of each a pseudonym, and how many may have it."""
        return b"".join(chain.from_iterable(zip(self._pseudonyms.keys(keys), limits_of(keys), strict=True)))

    def reopened(self, ask: Ask, event_id: str, window_s: int, *, fuzzy: bool = True) -> Traits:
        """The traits of a lead that was decided while the index could not tell, as its decision holds them.

        Args:
            fuzzy: Whether the toggle is on now.

        Raises:
            BrokenSeal, ValueError, struct.error: The record was sealed with another pepper, or by another version.
        """
        intent, evidence = self._opened(ask.lead, ask.record)
        return Traits(ask, event_id, evidence, intent, window_s, fuzzy)

    def tell(self) -> None:
        """Tell the index what was decided, without waiting for the next batch.

        Raises:
            EdgeDown: It does not answer; it is told later.
        """
        if self.links.waiting:
            self._sought(())

    def _sought(self, asks: Sequence[Ask]) -> list[Sought] | None:
        """What the index answers, told what waited for it; None where it cannot tell, and then that waits on."""
        links = self.links.take()
        try:
            sought = self._index.seek(asks, links)
        except BaseException:
            self.links.give_back(links)
            raise
        if isinstance(sought, Unknown):
            self.links.give_back(links)
            return None
        return sought

    def _one(self, one: Traits, sought: Sought, judge: Judging) -> Identified:
        lead = one.ask.lead
        if sought.same is not None:
            of, root = self.links.now(sought.same)
            return Identified("same_event", one.event_id, subject_of(root), duplicate_of=of)
        if not sought.earlier:  # most leads
            return _alone(one, "new", sought.number)
        matched = choose(lead, one.evidence, self._known(sought.earlier), judge, intent=one.intent, window_s=one.window_s)
        known = matched.known
        if known is not None and matched.outcome in ("merged", "linked"):
            same = matched.outcome == "merged"
            self.links.add(lead, known.of if same else known.root, known.root, same=same)
            for other in matched.also:
                self.links.join(known.root, other)
        return _identified(one, sought.number, matched)

    def _known(self, earlier: Sequence[Earlier]) -> Iterator[Known]:
        for one in earlier:
            try:
                intent, evidence = self._opened(one.lead, one.record)
            except (BrokenSeal, ValueError, struct.error):
                self.unreadable += 1
                continue
            of, root = self.links.now(one)
            yield Known(one.lead, of, root, one.chain, evidence, intent, one.apart)

    def _opened(self, lead: str, sealed: bytes) -> tuple[Intent, Evidence]:
        record = self._seal.open(bytes.fromhex(lead[3:]), sealed)
        return intents.unpacked(record), packing.unpacked(record[intents.SIZE :])


def _alone(one: Traits, dedupe: Dedupe, number: int) -> Identified:
    return Identified(dedupe, one.event_id, _subject(one.ask), _entry(one.ask, number))


def _identified(one: Traits, number: int, matched: Matched) -> Identified:
    known, why = matched.known, _match(matched)
    entry = _entry(one.ask, number)
    match matched.outcome:
        case "merged" if known:
            who = subject_of(known.root)
            return Identified("merged", one.event_id, who, entry, why, duplicate_of=known.of, compared=matched.compared)
        case "linked" if known:
            who = subject_of(known.root)
            return Identified("linked", one.event_id, who, entry, why, linked_to=known.of, compared=matched.compared)
        case outcome:
            return Identified(outcome, one.event_id, _subject(one.ask), entry, why, compared=matched.compared)


def _subject(ask: Ask) -> str | None:
    return subject_of(ask.lead) if ask.keys else None


def _entry(ask: Ask, number: int) -> IndexEntry:
    _, keys, _, record, at_ms, window_s = ask
    return IndexEntry(number, keys, record, at_ms + 1000 * window_s)


def _match(matched: Matched) -> Match | None:
    known, verdict = matched.known, matched.verdict
    if known is None or verdict is None:
        return None
    return Match(
        known.lead,
        known.of,
        known.root,
        verdict.probability,
        verdict.weight,
        verdict.nearest,
        verdict.blocked,
        matched.chained,
        verdict.evidence,
        matched.also,
    )
