"""How good a source's leads are, learned from what became of them: beta-binomial estimates that fade.

- **Quality**: the share of its records that became good leads, by the decisions. Not good is what was dead-lettered, what belongs
  to a person who was there already, and a lead that misses a required field, holds a value nobody could read or use, or came from
  a robot. What says nothing of a source is not counted: a record sent again, a vendor's test lead, doubts of our own mapping,
  dead letters of our own making.
  A decision that is revised later (a lead is found to be a duplicate, or stands alone again) moves to where it now belongs.
- **Conversion**: the share of its leads that were won, by the labels. A label taken back moves one lead to the other side and is
  no further lead; an end that counts for another source's lead now is moved there.

Both begin at what the inventory declares. It is one number and speaks of both, so each half explains the root of its odds: a
source of .8 is taken to send four good records of five, and to win at twice the other sources' odds. One number comes of both in
the same way: the root of quality's odds, multiplied by how the odds of winning compare with the others'. Where nothing is known
that is what was declared; a half is a source that nothing sets apart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import fsum, sqrt
from typing import Any, Final

from app.learning.share import BASE, WEIGHT
from app.pipeline.scoring import UNKNOWN_RELIABILITY

# Per lead of the source itself, not per day: so a small source is not forgotten while it has nothing to say, and no clock is
# needed. 500 leads are remembered, half of that weight from the last 350: enough that chance moves a share of .7 by .015 (one
# standard error), few enough that a form that broke shows within some hundred leads.
FADE: Final = 0.998
# What the prior is worth, in leads: as many as give a beta distribution the spread that sources really have. Priors that people
# declare differ by about .1 from what comes (20 leads at .6); conversions of sources differ by half of their mean (30 at .1).
QUALITY_WEIGHT: Final = 20.0
CONVERSION_WEIGHT: Final = 30.0
MAX_SOURCES: Final = 1_000  # with a record of their own; anybody who can make topics can name a source

_EDGE: Final = 0.01  # a declared prior of 0 or 1 would be deaf to one kind of evidence for ever
_MOST: Final = 1.0 / (1.0 - FADE)
_SPOILED: Final = frozenset({"missing", "invalid", "implausible", "placeholder", "disposable", "uncontactable", "bot"})
_OURS: Final = frozenset({"null_value", "internal_error", "unencodable", "suspected_poison", "unknown_source"})


@dataclass(frozen=True, slots=True)
class Record:
    """What is remembered of one source, in leads; each lead weighs FADE times less with every later one.

    Attributes:
        good, met: Of all that came.
        won, ended: Of those whose end is known.
    """

    good: float = 0.0
    met: float = 0.0
    won: float = 0.0
    ended: float = 0.0

    def after_decision(self, good: bool) -> Record:
        """One lead more."""
        return Record(self.good * FADE + good, self.met * FADE + 1.0, self.won, self.ended)

    def after_revision(self, before: bool | None, after: bool | None) -> Record:
        """The same lead, judged anew."""
        if before is None:
            return self if after is None else self.after_decision(after)
        met = max(0.0, self.met - (after is None))
        good = min(met, max(0.0, self.good + bool(after) - before))
        return Record(good, met, self.won, self.ended)

    def without_end(self, won: bool) -> Record:
        """One end less: it was another lead's."""
        ended = max(0.0, self.ended - 1.0)
        return Record(self.good, self.met, min(ended, max(0.0, self.won - won)), ended)

    def after_end(self, won: bool, corrects: bool) -> Record:
        """One end more, or one that was told before and is now the other."""
        if corrects:
            return Record(self.good, self.met, min(self.ended, max(0.0, self.won + (1.0 if won else -1.0))), self.ended)
        return Record(self.good, self.met, self.won * FADE + won, self.ended * FADE + 1.0)


class Records:
    """What is remembered of all sources.

    Args:
        known: Source → (good, met, won, ended), from an earlier `state()`.

    Raises:
        ValueError: These are no such counts.
    """

    def __init__(self, known: Mapping[str, Sequence[float]] | None = None) -> None:
        self.of = {name: _checked(name, counts) for name, counts in (known or {}).items()}

    def decided(self, decision: Mapping[str, Any]) -> None:
        """Take a decision in; to be called once for each."""
        good = good_lead(decision)
        if good is not None and (record := self._record(decision["source"])) is not None:
            self.of[decision["source"]] = record.after_decision(good)

    def revised(self, source: str, before: bool | None, after: bool | None) -> None:
        """Take a revision of a decision in: what `good_lead` said of it before, and says now."""
        if before is not after and (record := self._record(source)) is not None:
            self.of[source] = record.after_revision(before, after)

    def moved(self, source: str | None, to: str | None, won: bool) -> None:
        """Take back an end that counted for one source, and count it for another; None: for none."""
        if source == to:
            return
        if source is not None and (record := self.of.get(source)) is not None:
            self.of[source] = record.without_end(won)
        if to is not None:
            self.ended(to, won, corrects=False)

    def ended(self, source: str, won: bool, corrects: bool) -> None:
        """Take a label in."""
        if (record := self._record(source)) is not None:
            self.of[source] = record.after_end(won, corrects)

    def state(self) -> dict[str, list[float]]:
        """As JSON can hold it."""
        return {name: [record.good, record.met, record.won, record.ended] for name, record in sorted(self.of.items())}

    def _record(self, source: str) -> Record | None:
        record = self.of.get(source)
        return Record() if record is None and len(self.of) < MAX_SOURCES else record


class Reliability:
    """What to expect of sources, as they stand now. Never changes.

    Args:
        records: Source → what is remembered of it; in whatever order, the answers are the same.
    """

    def __init__(self, records: Mapping[str, Record]) -> None:
        self._records = dict(records)
        totals = [fsum(getattr(record, name) for record in records.values()) for name in ("good", "met", "won", "ended")]
        self._all = Record(*totals)
        self._told: dict[tuple[str, float | None], float] = {}  # asked for with every lead

    def of(self, source: str, prior: float | None) -> float:
        """Share of good leads to expect, in (0, 1) once anything is known.

        Args:
            prior: What the inventory declares; None: what the other sources have shown.
        """
        told = self._told.get((source, prior))
        if told is None:
            told = self._of(source, prior)
            if len(self._told) < MAX_SOURCES:
                self._told[source, prior] = told
        return told

    def _of(self, source: str, prior: float | None) -> float:
        if source not in self._records and prior is not None:
            return prior
        others = self._others_conversion(self._records.get(source, _NOTHING))
        odds = sqrt(_odds(self.quality(source, prior))) * _odds(self.conversion(source, prior)) / _odds(others)
        return odds / (1.0 + odds)

    def quality(self, source: str, prior: float | None) -> float:
        """The share of its records that become good leads, in (0, 1)."""
        record = self._records.get(source, _NOTHING)
        if prior is None:
            prior = _smooth(max(0.0, self._all.good - record.good), max(0.0, self._all.met - record.met), *_UNKNOWN)
        return _smooth(record.good, record.met, _within(prior), QUALITY_WEIGHT)

    def conversion(self, source: str, prior: float | None) -> float:
        """The share of its leads that are won, in (0, 1)."""
        record = self._records.get(source, _NOTHING)
        odds = _odds(self._others_conversion(record)) * (1.0 if prior is None else sqrt(_odds(_within(prior))))
        return _smooth(record.won, record.ended, odds / (1.0 + odds), CONVERSION_WEIGHT)

    def _others_conversion(self, record: Record) -> float:
        """The other sources' alone: its own leads would pull the measure after them, and one won more could count against it."""
        return _smooth(max(0.0, self._all.won - record.won), max(0.0, self._all.ended - record.ended), BASE, WEIGHT)


def good_lead(decision: Mapping[str, Any]) -> bool | None:
    """Whether a record became a good lead; None where it says nothing of its source."""
    match decision["fate"]:
        case "routed" | "review":
            codes = {violation.rpartition(":")[2] for violation in decision.get("violations") or ()}
            return None if "test_lead" in codes else not codes & _SPOILED
        case "rejected":  # by people
            return None if decision.get("rejected_why") == "test" else False
        case "duplicate":
            return None if decision.get("duplicate_kind") == "same_event" else False
        case "dead_letter":
            return None if decision.get("reason") in _OURS else False
        case _:
            return None


def _smooth(hits: float, count: float, prior: float, weight: float) -> float:
    """The mean of the beta distribution that began at the prior, worth `weight` leads."""
    return (hits + weight * prior) / (count + weight)


def _odds(share: float) -> float:
    return share / (1.0 - share)


def _within(prior: float) -> float:
    return min(1.0 - _EDGE, max(_EDGE, prior))


def _checked(name: str, counts: Sequence[float]) -> Record:
    good, met, won, ended = (float(count) for count in counts)
    record = Record(good, met, won, ended)
    sane = 0.0 <= record.good <= record.met <= _MOST + 1.0 and 0.0 <= record.won <= record.ended <= _MOST + 1.0
    if not sane:  # NaN is not, either
        raise ValueError(f"the record of source {name!r} holds counts that cannot be; publish the snapshot again")
    return record


_NOTHING: Final = Record()
_UNKNOWN: Final = (UNKNOWN_RELIABILITY, QUALITY_WEIGHT)
