"""Up the ladder: fields that no declaration gave are found among what it left over.

What was found once for a shape of payload is remembered: the next record of that shape pays for looking at the values whose
names are not settled, and no more. Values are looked at each time, for a field's name does not make an address of `html`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from app.inventory.models import Ladder as Limits
from app.inventory.models import Source
from app.pipeline.ladder.assign import CONTACT, assign
from app.pipeline.ladder.classifier import Classifier
from app.pipeline.ladder.confirmed import Confirmed
from app.pipeline.ladder.kinds import kind_of
from app.pipeline.ladder.leaf import Kind, Leaf
from app.pipeline.ladder.naming import by_name
from app.pipeline.ladder.recogniser import fits
from app.pipeline.ladder.unfold import unfold_all
from app.pipeline.ladder.weigh import SURELY_NONE, Scales
from app.pipeline.lead import Provenance, Rung
from app.pipeline.mapping import Mapped

MAX_WEIGHED = 300  # leaves looked at, those nearest the top first: bounds the time of a hostile payload
MAX_SHAPES, MAX_LOOKS = 2_000, 64  # remembered: shapes, and per shape how their values may look
_CONTAINERS = (dict, list, tuple)

_Look = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What to take from a payload of one shape and look."""

    takes: tuple[tuple[int, Provenance], ...] = ()
    uncertain: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Shape:
    """What the names of a shape tell, and the plans made for it so far."""

    open: tuple[tuple[int, str | None], ...]  # leaves whose names do not rule them out, with the field that the name suggests
    plans: dict[_Look, Plan] = field(default_factory=dict)


_NOTHING = Plan()


class Ladder:
    """Maps what is left over. Holds no values of records; immutable but for what it remembers of shapes.

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
        self._shapes: dict[tuple[Any, ...], _Shape] = {}

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
        leaves, cut = unfold_all(left)
        plan = self._plan(source.name, leaves, mapped, declared)
        if not plan.takes and declared:
            return mapped
        return _taken(mapped, leaves, plan, left if declared else None, cut)

    def _plan(self, source: str, leaves: Sequence[Leaf], mapped: Mapped, declared: bool) -> Plan:
        some = leaves if len(leaves) <= MAX_WEIGHED else leaves[:MAX_WEIGHED]
        key = (source, *mapped.fields, None, *[leaf.path for leaf in some])
        shape = self._shapes.get(key)
        if shape is None:
            if len(self._shapes) >= MAX_SHAPES:
                self._shapes.clear()
            shape = self._shapes[key] = _Shape(self._open(source, some))
        if not shape.open:
            return _NOTHING
        look = tuple([_look(some[n].value, named) for n, named in shape.open])
        plan = shape.plans.get(look)
        if plan is None:
            if len(shape.plans) >= MAX_LOOKS:
                shape.plans.clear()
            plan = shape.plans[look] = self._made(some, shape, mapped, declared)
        return plan

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
        takes, uncertain = [], []
        for one in assign(chosen, weighed, mapped.fields, limits.certain_from, least):
            if declared and one.confidence < limits.certain_from:
                continue
            rung: Rung = one.rung  # type: ignore[assignment]  # candidates name rungs of the ladder
            origin = Provenance(one.field, chosen[one.leaf].path, rung, round(one.confidence, 3))
            takes.append((shape.open[one.leaf][0], origin))
            if one.confidence < limits.certain_from:
                uncertain.append(one.field)
        return Plan(tuple(takes), tuple(uncertain))


def _look(value: Any, named: str | None) -> Any:
    """What of a value can change the plan: its kind, whether it fits what its name says, and whether a name has several words."""
    kind = kind_of(value)
    if named is not None:
        return kind, round(fits(named, kind, value), 1), kind is Kind.NAME and " " in value.strip()
    return kind


def _taken(mapped: Mapped, leaves: Sequence[Leaf], plan: Plan, left: list[tuple[str, Any]] | None, cut: int) -> Mapped:
    fields, provenance = dict(mapped.fields), list(mapped.provenance)
    gone = set()
    for n, origin in plan.takes:
        fields[origin.field] = leaves[n].value
        provenance.append(origin)
        gone.add(leaves[n].path)
    if left is None:  # nothing was declared: everything is known by the names that the leaves go by
        rest = [(leaf.path, leaf.value) for leaf in leaves if leaf.path not in gone]
        return Mapped(fields, rest, provenance, plan.uncertain, cut)
    rest = [item for item in mapped.left if item[0] not in gone]
    return Mapped(fields, rest, provenance, plan.uncertain)
