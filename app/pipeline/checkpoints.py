"""Where configuration wants a person to look (review.yaml): compiled once, asked of each lead when all stages have found theirs.

Which of several leads a share takes hangs on the lead id alone, so a replay holds the same ones.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b
from typing import Final, NamedTuple

from app.inventory.reviewing import STAGES, Checkpoint, Reviewing, When
from app.pipeline.fate import Score
from app.pipeline.identified import Dedupe
from app.pipeline.lead import Lead

SAMPLE: Final = "sample"  # the reason of leads that are held only to measure how right machines are


class Seen(NamedTuple):
    """What the stages found of a lead.

    Attributes:
        match: Probability that it is an earlier lead's person; 0 where none came into question.
    """

    lead: Lead
    score: Score
    team: str
    rule: str
    dedupe: Dedupe
    match: float


class Held(NamedTuple):
    """Why checkpoints hold a lead.

    Attributes:
        reasons: In the order of the stages; empty: none holds it.
        checkpoint: The first that does.
    """

    reasons: tuple[str, ...]
    checkpoint: str | None


FREE: Final = Held((), None)
Check = Callable[[Seen], bool]


class Checkpoints:
    """All of them, by the sources that they look at."""

    def __init__(self, reviewing: Reviewing) -> None:
        points = sorted(reviewing.checkpoints, key=lambda one: STAGES.index(one.after))
        named = {source for one in points for source in one.when.sources or ()}
        self._any = _compiled(points, None)
        self._by_source = {source: _compiled(points, source) for source in named}
        self._sample = reviewing.sample

    def hold(self, seen: Seen) -> Held:
        """Which hold this lead."""
        points = self._by_source.get(seen.lead.source, self._any)
        found = [point for point in points if point.holds(seen)] if points else ()
        if not found:
            return FREE
        return Held(tuple(dict.fromkeys(one.reason for one in found)), found[0].name)

    def sampled(self, lead_id: str) -> bool:
        """Whether people decide this lead although machines may. Its first digits, for the last ones are `automation`'s."""
        return self._sample > 0 and int(lead_id[3:11], 16) / 2**32 < self._sample


class FourEyes:
    """Which held leads two people must agree on."""

    def __init__(self, reviewing: Reviewing) -> None:
        self._pairs = [(one.name, frozenset(one.says), checks(one.when)) for one in reviewing.four_eyes]

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self._pairs)

    def wanted(self, seen: Seen, says: str) -> str | None:
        """The name of the rule by which this verdict needs a second person; None: one is enough."""
        for name, words, conditions in self._pairs:
            if says in words and all(check(seen) for check in conditions):
                return name
        return None


class _Point:
    __slots__ = ("_checks", "_share", "name", "reason")

    def __init__(self, point: Checkpoint) -> None:
        self.name, self.reason, self._share = point.name, point.reason, point.share
        self._checks = checks(point.when)

    def holds(self, seen: Seen) -> bool:
        for check in self._checks:
            if not check(seen):
                return False
        return self._share >= 1.0 or _place(self.name, seen.lead.lead_id) < self._share


def _compiled(points: list[Checkpoint], source: str | None) -> tuple[_Point, ...]:
    return tuple(_Point(one) for one in points if one.when.sources is None or source in one.when.sources)


def _place(checkpoint: str, lead_id: str) -> float:
    """Where a lead stands among all that a checkpoint could hold, in [0, 1); another place at each checkpoint."""
    return int.from_bytes(blake2b(f"{checkpoint}:{lead_id}".encode(), digest_size=4).digest(), "big") / 2**32


def checks(when: When) -> tuple[Check, ...]:
    """Its conditions, the quickest first."""
    found = [make(limit) for name, make in _MAKE.items() if (limit := getattr(when, name)) is not None]
    return tuple(found)


def _sources(wanted: tuple[str, ...]) -> Check:
    of = frozenset(wanted)
    return lambda seen: seen.lead.source in of


def _teams(wanted: tuple[str, ...]) -> Check:
    of = frozenset(wanted)
    return lambda seen: seen.team in of


def _rules(wanted: tuple[str, ...]) -> Check:
    of = frozenset(wanted)
    return lambda seen: seen.rule in of


def _bands(wanted: tuple[str, ...]) -> Check:
    of = frozenset(wanted)
    return lambda seen: seen.score.band in of


def _dedupe(wanted: tuple[str, ...]) -> Check:
    of = frozenset(wanted)
    return lambda seen: seen.dedupe in of


def _countries(wanted: tuple[str, ...]) -> Check:
    of = frozenset(wanted)
    return lambda seen: seen.lead.country in of


def _languages(wanted: tuple[str, ...]) -> Check:
    of = frozenset(one.lower() for one in wanted)
    return lambda seen: (seen.lead.language or "").lower().partition("-")[0] in of


def _least_order(limit: float) -> Check:
    return lambda seen: (value := seen.lead.order_value) is not None and value >= limit


def _least_budget(limit: float) -> Check:
    return lambda seen: (value := seen.lead.budget) is not None and value >= limit


def _violations(wanted: tuple[str, ...]) -> Check:
    of = frozenset(wanted)
    return lambda seen: any(one.code in of or f"{one.field}:{one.code}" in of for one in seen.lead.violations)


def _rungs(wanted: tuple[str, ...]) -> Check:
    of = frozenset(wanted)
    return lambda seen: any(one.rung in of for one in seen.lead.provenance)


_MAKE: Final[dict[str, Callable[..., Check]]] = {
    "sources": _sources,
    "teams": _teams,
    "rules": _rules,
    "bands": _bands,
    "dedupe": _dedupe,
    "countries": _countries,
    "score_at_least": lambda limit: lambda seen: seen.score.probability >= limit,
    "score_below": lambda limit: lambda seen: seen.score.probability < limit,
    "confidence_below": lambda limit: lambda seen: seen.score.confidence < limit,
    "sureness_below": lambda limit: lambda seen: seen.score.sureness < limit,
    "unusual_from": lambda limit: lambda seen: seen.score.unusual >= limit,
    "match_at_least": lambda limit: lambda seen: seen.match >= limit,
    "order_value_at_least": _least_order,
    "budget_at_least": _least_budget,
    "languages": _languages,
    "enrichment_missing": lambda names: lambda seen: any(name in seen.lead.enrichments for name in names),
    "has": lambda names: lambda seen: all(getattr(seen.lead, name) not in (None, "") for name in names),
    "lacks": lambda names: lambda seen: any(getattr(seen.lead, name) in (None, "") for name in names),
    "violations": _violations,
    "rungs": _rungs,
    "mapped_below": lambda limit: lambda seen: any(one.confidence < limit for one in seen.lead.provenance),
}
