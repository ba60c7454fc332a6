"""Up the ladder: fields that no declaration gave are found among what it left over.

What was found once for a shape of payload is remembered: the next record of that shape pays for looking at the values whose
names are not settled, and no more. Values are looked at each time, for a field's name does not make an address of `html`.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from itertools import compress
from typing import Any

from app.inventory.models import Ladder as Limits
from app.inventory.models import Source
from app.pipeline.ladder.assign import CONTACT, assign
from app.pipeline.ladder.classifier import Classifier
from app.pipeline.ladder.confirmed import Confirmed
from app.pipeline.ladder.kinds import kind_of
from app.pipeline.ladder.leaf import Leaf
from app.pipeline.ladder.look import look
from app.pipeline.ladder.naming import by_name
from app.pipeline.ladder.unfold import Outline, Unfolder, unfold_all
from app.pipeline.ladder.weigh import SURELY_NONE, Scales
from app.pipeline.lead import Provenance, Rung
from app.pipeline.mapping import Left, Mapped

MAX_WEIGHED = 300  # leaves looked at, those nearest the top first: bounds the time of a hostile payload
MAX_LOOKS = 64  # per shape: ways its values may look
MAX_REMEMBERED = 1_000_000  # leaves of all shapes and looks that are remembered, 8 bytes each; then they are made anew
_EACH = 50  # as many leaves as a shape or a plan takes besides
_CONTAINERS = (dict, list, tuple)


@dataclass(frozen=True, slots=True)
class Plan:
    """What to take from a payload of one shape and look.

    Attributes:
        takes: Number of the leaf, and what becomes of it.
        keeps: A byte for each leaf: 0 where it is taken.
        uncertain: Fields that are taken without certainty.
    """

    takes: tuple[tuple[int, Provenance], ...]
    keeps: bytes
    uncertain: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Shape:
    """What the names of a shape tell, and the plans made for it so far."""

    open: tuple[tuple[int, str | None], ...]  # leaves whose names do not rule them out, with the field that the name suggests
    plans: dict[tuple[Hashable, ...], Plan] = field(default_factory=dict)


class Ladder:
    """Maps what is left over. Immutable but for what it remembers of shapes, within bounds.

    Args:
        limits: The inventory's.
        classifier: The shipped one; it learns here from what people confirmed.
        confirmed: What people said. The mapper follows it (see `compile_mapping`); here it keeps a path from being guessed at.
    """

    def __init__(self, limits: Limits, classifier: Classifier | None = None, confirmed: Confirmed | None = None) -> None:
        self._limits, self._confirmed = limits, confirmed or Confirmed()
        if classifier is not None:
            classifier = classifier.learned_from(self._confirmed) if limits.learned else None
        self._scales = Scales(limits, classifier)
        self._unfolder = Unfolder()
        self._shapes: dict[tuple[Any, ...], _Shape] = {}
        self._remembered = 0

    def climb(self, mapped: Mapped, source: Source) -> Mapped:
        """The same record with more of its fields found. Never raises, whatever the payload holds.

        A source without any declaration is unfolded whole. Of a declared one only the contact fields that it failed to give are
        sought, where a rung is certain: among plain values that nobody declared, and in nested ones only when the lead
        could not be reached otherwise. What the declaration leaves out on purpose stays out.
        """
        if not self._limits.enabled or not mapped.left:
            return mapped
        declared = bool(source.mapping.fields)
        left = mapped.left
        if declared and not CONTACT.difference(mapped.fields):
            return mapped
        if declared and ("email" in mapped.fields or "phone" in mapped.fields):
            left = [item for item in left if type(item[1]) not in _CONTAINERS]
            if not left:
                return mapped
        outline, values, cut = self._unfolder.unfold(left)
        plan = self._plan(source.name, outline, values, mapped, declared)
        if not plan.takes and declared:
            return mapped
        return _taken(mapped, outline, values, plan, None if declared else cut)

    def suggest(self, mapped: Mapped, source: Source, least: float) -> list[tuple[Provenance, Any]]:
        """What `climb` leaves open could be, with the values: for people to say. Slow, for nothing of it is remembered.

        Args:
            mapped: As `climb` gets it.
            least: The confidence that is worth a question.
        """
        climbed = self.climb(mapped, source)
        taken = {one.path for one in climbed.provenance}
        leaves = [leaf for leaf in unfold_all(mapped.left).leaves[:MAX_WEIGHED] if leaf.path not in taken]
        chosen = [leaves[n] for n, _ in self._open(source.name, leaves)]
        weighed = [self._scales.weigh(leaf, kind_of(leaf.value)) for leaf in chosen]
        return [
            (Provenance(one.field, chosen[one.leaf].path, one.rung, round(one.confidence, 3)), chosen[one.leaf].value)  # type: ignore[arg-type]
            for one in assign(chosen, weighed, climbed.fields, self._limits.certain_from, least)
        ]

    def _plan(self, source: str, outline: Outline, values: Sequence[Any], mapped: Mapped, declared: bool) -> Plan:
        key = (source, outline, *mapped.fields)
        shape = self._shapes.get(key)
        if shape is None:
            shape = self._shapes[key] = _Shape(self._open(source, outline.leaves(values)[:MAX_WEIGHED]))
            self._remember(_EACH + len(shape.open))
        seen = tuple([look(values[n], named) for n, named in shape.open])
        plan = shape.plans.get(seen)
        if plan is None:
            if len(shape.plans) >= MAX_LOOKS:
                shape.plans.clear()
            plan = shape.plans[seen] = self._made(outline.leaves(values), shape, mapped, declared)
            self._remember(_EACH + len(seen))
        return plan

    def _remember(self, leaves: int) -> None:
        self._remembered += leaves
        if self._remembered > MAX_REMEMBERED:
            self._shapes.clear()
            self._remembered = 0

    def _open(self, source: str, leaves: Sequence[Leaf]) -> tuple[tuple[int, str | None], ...]:
        said = self._confirmed.of(source)
        found: list[tuple[int, str | None]] = []
        for n, leaf in enumerate(leaves):
            if leaf.path in said or leaf.role == "name":
                continue
            named = by_name(leaf.label, leaf.context)
            if named is None:
                found.append((n, None))
            elif named.field is not None or named.confidence < SURELY_NONE:
                found.append((n, named.field))
        return tuple(found)

    def _made(self, leaves: Sequence[Leaf], shape: _Shape, mapped: Mapped, declared: bool) -> Plan:
        limits = self._limits
        chosen = [leaves[n] for n, _ in shape.open]
        weighed = [list(self._scales.weigh(leaf, kind_of(leaf.value))) for leaf in chosen]
        if declared:
            weighed = [[one for one in candidates if one.field in CONTACT] for candidates in weighed]
        least = limits.certain_from if declared else limits.plausible_from
        takes: list[tuple[int, Provenance]] = []
        uncertain: list[str] = []
        for one in assign(chosen, weighed, mapped.fields, limits.certain_from, least):
            if declared and one.confidence < limits.certain_from:
                continue
            rung: Rung = one.rung  # type: ignore[assignment]  # candidates name rungs of the ladder
            origin = Provenance(one.field, chosen[one.leaf].path, rung, round(one.confidence, 3))
            takes.append((shape.open[one.leaf][0], origin))
            if one.confidence < limits.certain_from:
                uncertain.append(one.field)
        gone = {n for n, _ in takes}
        return Plan(tuple(takes), bytes([n not in gone for n in range(len(leaves))]), tuple(uncertain))


def _taken(mapped: Mapped, outline: Outline, values: Sequence[Any], plan: Plan, cut: int | None) -> Mapped:
    """The record with what the plan takes. `cut` None: it is of a declared source."""
    fields, provenance = dict(mapped.fields), list(mapped.provenance)
    for n, origin in plan.takes:
        fields[origin.field] = values[n]
        provenance.append(origin)
    if cut is None:
        gone = {origin.path for _, origin in plan.takes}
        return Mapped(fields, [item for item in mapped.left if item[0] not in gone], provenance, plan.uncertain)
    # Nothing was declared: everything is known by the names that the leaves go by.
    rest: Left = list(compress(zip(outline.paths, values, strict=True), plan.keeps))
    return Mapped(fields, rest, provenance, plan.uncertain, cut)
