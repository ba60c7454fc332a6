"""Up the ladder: fields that no declaration gave are found among what it left over.

What was found once for a shape of payload is remembered: the next record of that shape pays for looking at the values whose
names are not settled, and no more. Values are looked at each time, for a field's name does not make an address of `html`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import compress
from typing import Any

from app.inventory.models import Ladder as Limits
from app.inventory.models import Source
from app.pipeline.ladder.assign import CONTACT, assign
from app.pipeline.ladder.classifier import Classifier
from app.pipeline.ladder.confirmed import Confirmed
from app.pipeline.ladder.kinds.kind import kind_of
from app.pipeline.ladder.leaf import Leaf
from app.pipeline.ladder.naming import by_name
from app.pipeline.ladder.plans import Known, Plan, Plans
from app.pipeline.ladder.unfold.forms import NONE, Definitions
from app.pipeline.ladder.unfold.unfolder import Outline, Unfolder, unfold_all
from app.pipeline.ladder.weigh import SURELY_NONE, Scales
from app.pipeline.lead import Provenance
from app.pipeline.mapping import Left, Mapped

MAX_WEIGHED = 300  # leaves looked at, those nearest the top first: bounds the time of a hostile payload
MAX_REMEMBERED = 4_000_000  # references that all shapes hold, 8 bytes each; then they are made anew
_CONTAINERS = (dict, list, tuple)


class Ladder:
    """Maps what is left over. Immutable but for what it remembers of shapes, within bounds.

    Args:
        limits: The inventory's.
        classifier: The shipped one; it learns here from what people confirmed.
        confirmed: What people said. The mapper follows it (see `compile_mapping`); here it keeps a path from being guessed at.
        forms: Source → definitions of its forms, that tell what the ids of its answers mean.
    """

    def __init__(
        self,
        limits: Limits,
        classifier: Classifier | None = None,
        confirmed: Confirmed | None = None,
        forms: Mapping[str, Iterable[Any]] | None = None,
    ) -> None:
        self._limits, self._confirmed = limits, confirmed or Confirmed()
        self._definitions = {source: Definitions.of(exported) for source, exported in (forms or {}).items()}
        if classifier is not None:
            classifier = classifier.learned_from(self._confirmed) if limits.learned else None
        self._scales = Scales(limits, classifier)
        self._unfolder = Unfolder()
        self._shapes: dict[tuple[Any, ...], Plans] = {}
        self._known = Known()
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
        outline, values, cut = self._unfolder.unfold(left, self._definitions.get(source.name, NONE))
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
        leaves = [
            leaf
            for leaf in unfold_all(mapped.left, self._definitions.get(source.name, NONE)).leaves[:MAX_WEIGHED]
            if leaf.path not in taken
        ]
        chosen = [leaves[n] for n in self._open(source.name, leaves)]
        weighed = [self._scales.weigh(leaf, kind_of(leaf.value)) for leaf in chosen]
        return [
            (Provenance(one.field, chosen[one.leaf].path, one.rung, round(one.confidence, 3)), chosen[one.leaf].value)  # type: ignore[arg-type]
            for one in assign(chosen, weighed, climbed.fields, self._limits.certain_from, least)
        ]

    def _plan(self, source: str, outline: Outline, values: Sequence[Any], mapped: Mapped, declared: bool) -> Plan:
        key = (source, outline, *mapped.fields)
        plans = self._shapes.get(key)
        if plans is None:
            leaves = outline.leaves(values)
            some = self._open(source, leaves[:MAX_WEIGHED])
            if declared:  # only what is certain will be taken, and only contact fields that are wanting
                wanting = CONTACT.difference(mapped.fields)
                some = [n for n in some if self._scales.can_be(leaves[n], wanting)]
            plans = self._shapes[key] = Plans(self._scales, self._limits, leaves, some, mapped.fields, declared=declared)
            self._remember(plans.size)
        before = plans.size
        plan = plans.plan(values, self._known)
        if plans.size != before:
            self._remember(plans.size - before)
        return plan

    def _remember(self, references: int) -> None:
        self._remembered += references
        if self._remembered > MAX_REMEMBERED:
            self._shapes.clear()
            self._known.forget()
            self._remembered = 0

    def _open(self, source: str, leaves: Sequence[Leaf]) -> list[int]:
        """Numbers of the leaves whose names do not rule them out."""
        said = self._confirmed.of(source)
        found: list[int] = []
        for n, leaf in enumerate(leaves):
            if leaf.path in said or leaf.role == "name":
                continue
            named = by_name(leaf.label, leaf.context)
            if named is None or named.field is not None or named.confidence < SURELY_NONE:
                found.append(n)
        return found


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
