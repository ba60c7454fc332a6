"""What to take from payloads of one shape, by how their values look. Made once for each way to look, then remembered.

A plan depends on the payload alone, never on which payloads came before: whatever of a value could change it is in the key that
it is remembered by.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from app.inventory.models import Ladder as Limits
from app.pipeline.ladder.assign import CONTACT, assign
from app.pipeline.ladder.kinds.kind import kind_of
from app.pipeline.ladder.leaf import Candidate, Kind, Leaf
from app.pipeline.ladder.reasons import RECEIVERS, is_kept, spoken_in
from app.pipeline.ladder.recogniser import candidates
from app.pipeline.ladder.surroundings import goes_with_a_parcel
from app.pipeline.ladder.weigh import Asked, Scales
from app.pipeline.lead import Provenance, Rung

MAX_PLANS = 64  # of one shape; as many again by which of their rivals say the same
MAX_VALUES = 16_384  # that are looked at once, and remembered in this process, 300 bytes each
LONGEST = 64  # characters of a remembered value; longer ones are messages, and seldom come again
_HOME = 0.45  # what is less likely an address does not even tell where the person is; see assign.py
_PLAIN = frozenset((str, int, float, bool))

_Met = tuple[tuple[Callable[[Any], float], ...], dict[tuple[float, ...], int]]  # rules to ask a value by; answers → meaning


@dataclass(frozen=True, slots=True)
class Plan:
    """What to take from a payload.

    Attributes:
        takes: Number of the leaf, and what becomes of it.
        keeps: A byte for each leaf: 0 where it is taken.
        uncertain: Fields that are taken without certainty.
    """

    takes: tuple[tuple[int, Provenance], ...]
    keeps: bytes
    uncertain: tuple[str, ...]


class Open:
    """A leaf whose name does not rule it out.

    Args:
        plans: Its shape's.
        n: Its number.
        leaf: What names it, without a value.

    Attributes:
        candidates: What it could be, by number.
    """

    __slots__ = ("_leaf", "_met", "_numbers", "_plans", "candidates", "n")

    def __init__(self, plans: Plans, n: int, leaf: Leaf) -> None:
        self._plans, self.n, self._leaf = plans, n, leaf
        self.candidates: list[tuple[Candidate, ...]] = []
        self._numbers: dict[tuple[tuple[Candidate, ...], bool], int] = {}
        self._met: dict[Any, _Met] = {}  # by look: finite, for kinds and what suggests fields are

    def with_value(self, value: Any) -> Leaf:
        path, label, context, _, role = self._leaf
        return Leaf(path, label, context, value, role)

    def meaning(self, value: Any, _: type | None = None) -> int:
        """The number of what the leaf could be with this value. Values with the same number are alike to all plans."""
        kind = kind_of(value)
        seen = kind, type(value) is str and " " in value and " " in value.strip(), candidates(value, kind)
        met = self._met.get(seen)
        if met is not None:
            rules, meanings = met
            meaning = meanings.get(tuple([rule(value) for rule in rules]) if rules else ())
            if meaning is not None:
                return meaning
        return self._new(seen, value)

    def _new(self, seen: tuple[Kind, bool, Any], value: Any) -> int:
        kind, several, _ = seen
        asked: Asked = []
        found = self._plans.weigh(self.with_value(value), kind, asked)
        number = found, bool(found) and several
        meaning = self._numbers.get(number)
        if meaning is None:
            meaning = self._numbers[number] = len(self.candidates)
            self.candidates.append(found)
        rules, meanings = self._met.get(seen, ((), {}))
        if more := [rule for rule in dict.fromkeys(asked) if rule not in rules]:
            rules, meanings = (*rules, *more), {}
        meanings[tuple([rule(value) for rule in rules])] = meaning
        self._met[seen] = rules, meanings
        self._plans.size += 40
        return meaning


@dataclass(frozen=True, slots=True)
class _Choice:
    """Plans for leaves that could be the same. Which of them holds depends on which rivals for a field say the same.

    Attributes:
        rivals: Numbers of the leaves that compete for one field, field by field.
        plans: By what tells which of them say the same.
    """

    rivals: tuple[tuple[int, ...], ...]
    plans: dict[tuple[int, ...], Plan] = field(default_factory=dict)


class Plans:
    """The plans of one shape.

    Args:
        scales, limits: The ladder's.
        leaves: The shape's, with the values of one payload that has it.
        open_: Numbers of those whose names do not rule them out.
        taken: Fields that are filled already.
        declared: Whether the source has a declaration; then only contact fields are sought, and only the certain are taken.

    Attributes:
        open: Whether any leaf's value can change what is taken.
        size: References that it holds, about.
    """

    def __init__(
        self,
        scales: Scales,
        limits: Limits,
        leaves: Sequence[Leaf],
        open_: Sequence[int],
        taken: Collection[str],
        *,
        declared: bool,
    ) -> None:
        self._scales, self._limits, self._taken, self._declared = scales, limits, tuple(taken), declared
        self._least = limits.certain_from if declared else limits.plausible_from
        self._open = [Open(self, n, leaves[n]._replace(value=None)) for n in open_]
        self.open = bool(open_)
        self._parcel = any(goes_with_a_parcel(leaves[n].label, leaves[n].context) for n in open_)
        self._kept, self._spoken = is_kept(leaves), spoken_in(leaves)
        self._choices: dict[tuple[int, ...], _Choice] = {}
        self._leaves = len(leaves)
        self.size = 50 + 60 * len(self._open)

    def plan(self, values: Sequence[Any], known: Known) -> Plan:
        """The plan for these values of the shape's leaves."""
        meanings, number = [], known.number
        for one in self._open:
            value = values[one.n]
            kind = type(value)
            if kind in _PLAIN and (kind is not str or len(value) <= LONGEST):
                meanings.append(number(one, value, kind))  # type: ignore[arg-type]  # classes are hashable
            else:
                meanings.append(one.meaning(value))
        key = tuple(meanings)
        choice = self._choices.get(key)
        plan = None if choice is None else choice.plans.get(_alike(choice.rivals, values) if choice.rivals else ())
        return self._chosen(key, values) if plan is None else plan

    def weigh(self, leaf: Leaf, kind: Kind, asked: Asked) -> tuple[Candidate, ...]:
        """What the leaf could be, as far as it can matter. See `Scales.weigh`."""
        least = min(_HOME, self._least)
        found = self._scales.weigh(leaf, kind, asked)
        return tuple([one for one in found if one.confidence >= least and (not self._declared or one.field in CONTACT)])

    def _chosen(self, key: tuple[int, ...], values: Sequence[Any]) -> Plan:
        weighed = [one.candidates[meaning] for one, meaning in zip(self._open, key, strict=True)]
        choice = self._choices.get(key)
        if choice is None:
            if len(self._choices) >= MAX_PLANS:
                self._choices.clear()
            choice = self._choices[key] = _Choice(self._rivals(weighed))
            self.size += 50 + len(key)
        if len(choice.plans) >= MAX_PLANS:
            choice.plans.clear()
        plan = choice.plans[_alike(choice.rivals, values)] = self._made(weighed, values)
        self.size += 50 + self._leaves // 8
        return plan

    def _rivals(self, weighed: Sequence[Sequence[Candidate]]) -> tuple[tuple[int, ...], ...]:
        """Leaves that could be the same field, of the fields that one of them surely is."""
        groups: dict[str | None, list[int]] = {}
        for one, some in zip(self._open, weighed, strict=True):
            for candidate in some:
                groups.setdefault(candidate.field, []).append(one.n)
        sure = {it.field for some in weighed for it in some if it.confidence >= self._limits.certain_from}
        if self._parcel:
            sure.update(RECEIVERS)  # whether they are the lead's own decides about the address
        return tuple([tuple(group) for name, group in groups.items() if len(group) > 1 and name in sure])

    def _made(self, weighed: Sequence[Sequence[Candidate]], values: Sequence[Any]) -> Plan:
        leaves = [one.with_value(values[one.n]) for one in self._open]
        assigned = assign(
            leaves, weighed, self._taken, self._limits.certain_from, self._least, kept=self._kept, spoken=self._spoken
        )
        takes: list[tuple[int, Provenance]] = []
        uncertain: list[str] = []
        for one in assigned:
            certain = one.confidence >= self._limits.certain_from
            if self._declared and not certain:
                continue
            rung: Rung = one.rung  # type: ignore[assignment]  # candidates name rungs of the ladder
            origin = Provenance(one.field, leaves[one.leaf].path, rung, round(one.confidence, 3))
            takes.append((self._open[one.leaf].n, origin))
            if not certain:
                uncertain.append(one.field)
        gone = {n for n, _ in takes}
        return Plan(tuple(takes), bytes([n not in gone for n in range(self._leaves)]), tuple(uncertain))


class Known:
    """What numbers the values of a ladder's open leaves have: looked at once for those that come again."""

    def __init__(self) -> None:
        self.number = lru_cache(maxsize=MAX_VALUES)(Open.meaning)  # with the value's type, for 1 is equal to True

    def forget(self) -> None:
        self.number.cache_clear()


def _alike(groups: tuple[tuple[int, ...], ...], values: Sequence[Any]) -> tuple[int, ...]:
    """For each leaf of each group the first of the group that says the same."""
    told: list[int] = []
    for group in groups:
        first: dict[Any, int] = {}
        told += [first.setdefault(values[n], n) for n in group]
    return tuple(told)
