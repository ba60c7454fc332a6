"""Are two leads one? The weight of all evidence, and what each field had to say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import exp2, log2
from typing import Final, Literal, NamedTuple, Protocol

from app.pipeline.matching.compare import Levels, compare
from app.pipeline.matching.evidence import Evidence
from app.pipeline.matching.frequency import COMPANY_STEPS, FIRST_STEPS, LAST_STEPS, company_step, first_step, last_step
from app.pipeline.matching.kin import two
from app.pipeline.matching.levels import (
    BIRTH,
    COMPANY,
    EMAIL,
    EXTRA,
    FIELDS,
    FIRST,
    LAST,
    LEVELS,
    MISSING,
    NUMBER,
    PHONE,
    POSTCODE,
    SAME,
    STREET,
)
from app.pipeline.matching.weights import BY_CHANCE, CLASSES, MATCHES, Class, Weights, shipped

Kind = Literal["merge", "ask", "new"]

LEAST: Final = -8.0
"""Bits: of all pairs that nobody is asked about."""

_MOST_PATTERNS: Final = 16_384
_ID: Final = 14.0  # bits: what a unique id that agrees is worth
_NEVER: Final = -60.0  # bits
_PERSONS: Final = frozenset(CLASSES.index(one) for one in ("household", "colleague", "changed"))  # classes of persons
_COMPANIES: Final = frozenset(CLASSES.index(one) for one in ("sister", "branch", "local branch"))  # of companies
_SHARE_IDS: Final = frozenset(
    CLASSES.index(one) for one in ("colleague", "sister", "branch", "local branch")
)  # they have their company's
_IDS: Final = tuple(  # what ids that agree add to each class, by how many leads share them
    tuple(-_ID if n >= MATCHES and (own or n not in _SHARE_IDS) else 0.0 for n in range(len(CLASSES)))
    for own in (False, False, True)
)
_FIRST, _LAST, _COMPANY = SAME[FIRST], SAME[LAST], SAME[COMPANY]
_ONE_OFF_FIRST, _ONE_OFF_LAST, _SHARED = _FIRST - 1, _LAST - 1, SAME[EMAIL] - 1

Steps = tuple[int, int, int]
_Weighed = tuple[float, float, Class, bool]  # weight, probability, nearest, corroborated


@dataclass(frozen=True, slots=True)
class Said:
    """What one field says.

    Attributes:
        level: In words.
        weight: In bits: above 0 for, below 0 against a match; as against the likeliest class of other pairs.
    """

    field: str
    level: str
    weight: float


class Telling(Protocol):
    """Can say why."""

    def said(self, verdict: Verdict, /) -> tuple[Said, ...]: ...


class Verdict(NamedTuple):  # made for every pair: a frozen dataclass takes longer than the rest of the judging
    """What is thought of two leads.

    Attributes:
        weight: log2 of the odds that they are one, at least `LEAST`.
        probability: The same as a probability.
        kind: merge; ask people; new.
        blocked: A unique id disagrees, or they are told to be two (`kin.py`): never merged, whatever the rest says.
        nearest: What the pair would be if it were no match: strangers, a household, …
        levels: On which level each field agrees.
        judge: Who judged.
    """

    weight: float
    probability: float
    kind: Kind
    blocked: bool
    nearest: Class
    levels: Levels
    judge: Telling

    @property
    def evidence(self) -> tuple[Said, ...]:
        """What each field says that both leads have, the weightiest first."""
        return self.judge.said(self)


class Judge:
    """Judges pairs of leads by one set of weights. Weighs a pattern of agreement once, and remembers it."""

    def __init__(self, weights: Weights) -> None:
        self.weights = weights
        self._shares, self._fields = weights.logs()
        self._merge, self._ask = _bits(weights.merge), _bits(weights.ask)
        self._by_kind = {
            (persons, companies): tuple(
                share + _NEVER if (n in _PERSONS and not persons) or (n in _COMPANIES and not companies) else share
                for n, share in enumerate(self._shares)
            )
            for persons in (True, False)
            for companies in (True, False)
        }
        self._by_step = tuple(
            _by_step(FIELDS[at], self._fields[at][SAME[at]], chances)
            for at, chances in ((FIRST, FIRST_STEPS), (LAST, LAST_STEPS), (COMPANY, COMPANY_STEPS))
        )
        self._known: dict[tuple[Levels, Steps, bool, bool, int], _Weighed] = {}
        self._told: dict[tuple[Levels, Class], tuple[Said, ...]] = {}

    def __call__(self, a: Evidence, b: Evidence) -> Verdict:
        """Whether two leads are one. Symmetric."""
        levels = compare(a, b)
        steps = (
            first_step(a.first) if levels[FIRST] == _FIRST else -1,
            last_step(a.last if a.last and a.last in (b.last, b.first) else a.first) if levels[LAST] == _LAST else -1,
            min(company_step(a.company), company_step(b.company)) if levels[COMPANY] == _COMPANY else -1,
        )
        blocked, ids = ids_of(a.ids, b.ids) if a.ids and b.ids else (False, 0)
        persons, companies = bool(a.last or b.last or a.first or b.first), bool(a.company or b.company)
        weight, probability, nearest, sure = self.weighed(levels, steps, persons, companies, ids)
        kind: Kind = "merge" if weight >= self._merge else "ask" if weight >= self._ask else "new"
        if kind != "new" and not sure and 0 in (levels[EMAIL], levels[PHONE], levels[BIRTH], levels[STREET]):
            kind = "new"  # namesakes
        elif kind != "new" and (blocked or not sure or (persons and two(a, b, levels))):
            blocked = blocked or sure
            kind = "ask"
        return Verdict(weight, probability, kind, blocked, nearest, levels, self)

    def weighed(
        self, levels: Levels, steps: Steps = (-1, -1, -1), persons: bool = True, companies: bool = True, ids: int = 0
    ) -> _Weighed:
        """Weight, probability, nearest class of a pattern of agreement, and whether it is corroborated enough to merge.

        A disagreement never weighs more than knowing nothing: it may speak for one class of matches (moved) more than for a class
        of other pairs (household), and is not taken for evidence on that account.

        Args:
            steps: How common the names are that agree; -1 where none does.
            persons: Whether either lead names a person. An organisation has no household and no colleagues.
            companies: Whether either names a company. Where none is, there are no branches.
            ids: How many leads share a unique id that agrees: 0 none, 1 a company's, 2 one's own.
        """
        key = (levels, steps, persons, companies, ids)
        known = self._known.get(key)
        if known is not None:
            return known
        scores = self._scores(levels, steps, persons, companies, ids)
        against = scores[MATCHES:]
        weight = _sum(scores[:MATCHES]) - _sum(against)
        if weight < self._ask:  # nobody is asked: how far from it, nobody looks at
            weight = LEAST
        else:
            for n, level in enumerate(levels):
                if level == 0:
                    weight = min(
                        weight, self.weighed((*levels[:n], MISSING, *levels[n + 1 :]), steps, persons, companies, ids)[0]
                    )
        weight = max(LEAST, weight)
        odds = exp2(min(60.0, weight))
        found = (
            weight,
            odds / (1 + odds),
            CLASSES[MATCHES + against.index(max(against))],
            not persons or ids > 0 or corroborated(levels),
        )
        if len(self._known) < _MOST_PATTERNS:
            self._known[key] = found
        return found

    def classes(self, levels: Levels) -> list[float]:
        """log2 of share times likelihood per class, names being as common as in the training."""
        return self._scores(levels, (-1, -1, -1), True, True, 0)

    def said(self, verdict: Verdict) -> tuple[Said, ...]:
        """What each field of a verdict had to say. Remembered like the patterns: that is most of its cost."""
        key = (verdict.levels, verdict.nearest)
        known = self._told.get(key)
        if known is not None:
            return known
        scores = self.classes(verdict.levels)
        best = max(range(MATCHES), key=scores.__getitem__)
        other = CLASSES.index(verdict.nearest)
        said = []
        for n, level in enumerate(verdict.levels):
            if level != MISSING:
                row = self._fields[n][level]
                said.append(Said(FIELDS[n], LEVELS[FIELDS[n]][level], round(row[best] - row[other], 1)))
        told = tuple(sorted(said, key=lambda one: -abs(one.weight)))
        if len(self._told) < _MOST_PATTERNS:
            self._told[key] = told
        return told

    def _scores(self, levels: Levels, steps: Steps, persons: bool, companies: bool, ids: int) -> list[float]:
        rows = [self._by_kind[persons, companies]]
        rows += [fields[level] for fields, level in zip(self._fields, levels, strict=True) if level != MISSING]
        rows += [by_step[step] for by_step, step in zip(self._by_step, steps, strict=True) if step >= 0]
        if ids:
            rows.append(_IDS[ids])
        return list(map(sum, zip(*rows, strict=True)))


def _by_step(field: str, same: tuple[float, ...], chances: Sequence[float]) -> tuple[tuple[float, ...], ...]:
    """Per step of a name's frequency, what it adds to each class: the name's own chance, where it is chance that two have it."""
    chosen = BY_CHANCE[field]
    return tuple(tuple(chance - same[n] if n in chosen else 0.0 for n in range(len(CLASSES))) for chance in chances)


def corroborated(levels: Levels) -> bool:
    """Whether more than a name speaks for one person: a mailbox, phone or birth date; or, names agreeing, a company or two parts
    of an address beside the town.

    How common a name is in some town nobody knows beforehand; namesakes differ in all of these, and people can tell. A phone that
    has two names is a family's or an office's; a switchboard and an info@ are the same person's where both names agree.
    """
    differ = levels[FIRST] == 0 or levels[LAST] == 0
    place = (levels[STREET] >= 1) + (levels[NUMBER] == 2) + (levels[EXTRA] >= 1) + (levels[POSTCODE] >= 2) >= 2
    if levels[EMAIL] in (3, 4, 6) or levels[BIRTH] >= 2 or (levels[PHONE] >= 2 and (place or not differ)):
        return True
    if differ or (levels[LAST] == MISSING and levels[FIRST] != _FIRST):
        return False
    if levels[FIRST] >= _ONE_OFF_FIRST and levels[LAST] >= _ONE_OFF_LAST and (levels[PHONE] == 1 or levels[EMAIL] == _SHARED):
        return True
    return levels[COMPANY] >= 5 or place


def _sum(logs: list[float]) -> float:
    """log2 of the sum of what these are the log2 of."""
    most = max(logs)
    return most + log2(sum([exp2(one - most) for one in logs if one > most + _NEVER]))


def ids_of(a: tuple[str, ...], b: tuple[str, ...]) -> tuple[bool, int]:
    """Whether a kind that both have disagrees; and 1 where one agrees, 2 where it is a customer's own."""
    mine = dict(one.split(":", 1) for one in a if ":" in one)
    others = dict(one.split(":", 1) for one in b if ":" in one)
    blocked, agreed = False, 0
    for kind in mine.keys() & others.keys():
        if mine[kind] != others[kind]:
            blocked = True
        else:
            agreed = max(agreed, 2 if kind.startswith("customer ") else 1)
    return blocked, 0 if blocked else agreed


def _bits(probability: float) -> float:
    return log2(probability / (1 - probability))


@cache
def _shipped() -> Judge:
    return Judge(shipped())


def judge(a: Evidence, b: Evidence) -> Verdict:
    """Whether two leads are one, by the weights that come with the package."""
    return _shipped()(a, b)
