"""Up the ladder: fields that no declaration gave are found among what it left over.

What was found once for a shape of payload is remembered: the next record of that shape pays for looking at the values whose
names are not settled, and no more. Values are looked at each time, for a field's name does not make an address of `html`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import compress
from typing import Any, Final

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
_CONTAINERS: Final = frozenset({dict, list, tuple})


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
            classifier = classifier.learned_from(self._confirmed)
        self._scales = Scales(limits, classifier)
        self._unfolder = Unfolder()
        self._shapes: dict[tuple[Any, ...], Plans] = {}
        self._barren: set[tuple[Any, ...]] = set()  # shapes of declared sources whose names rule all out
        self._known = Known()
        self._remembered = 0

    def climb(self, mapped: Mapped, source: Source) -> Mapped:
        """The same record with more of its fields found. Never raises, whatever the payload holds.

        A source without any declaration is unfolded whole. Of a declared one only the contact fields that it failed to give are
        sought, where a rung is certain: among plain values that nobody declared, and in nested ones only when the lead
        could not be reached otherwise. What the declaration leaves out on purpose stays out.
        """
        if not mapped.left:
            return mapped
        if not source.mapping.fields:
            outline, values, cut = self._unfolder.unfold(mapped.left, self._definitions.get(source.name, NONE))
            return _taken(mapped, outline, values, self._plan(self._plans(source.name, outline, values, mapped), values), cut)
        left = mapped.left
        nested = not _CONTAINERS.isdisjoint([type(value) for _, value in left])
        if nested and ("email" in mapped.fields or "phone" in mapped.fields):
            left, nested = [item for item in left if type(item[1]) not in _CONTAINERS], False
        paths = [path for path, _ in left]
        shape = source.name, *mapped.fields, None, *paths
        plain = not nested and _is_plain(paths, left)
        if plain and shape in self._barren:
            return mapped
        wanting = CONTACT.difference(mapped.fields)
        if not left or not wanting:
            return mapped
        outline, values, _ = self._unfolder.unfold(left, self._definitions.get(source.name, NONE))
        plans = self._plans(source.name, outline, values, mapped, wanting)
        if plain and not plans.open:
            self._barren.add(shape)
            self._remember(len(shape))
        plan = self._plan(plans, values)
        return _taken(mapped, outline, values, plan, None) if plan.takes else mapped

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

    def _plans(
        self, source: str, outline: Outline, values: Sequence[Any], mapped: Mapped, wanting: frozenset[str] | None = None
    ) -> Plans:
        """The plans of a shape.

        Args:
            wanting: Of a declared source the contact fields that it failed to give: only these will be taken. None: all are.
        """
        key = (source, outline, *mapped.fields)
        plans = self._shapes.get(key)
        if plans is None:
            leaves = outline.leaves(values)
            some = self._open(source, leaves[:MAX_WEIGHED])
            if wanting is not None:
                some = [n for n in some if self._scales.can_be(leaves[n], wanting)]
            declared = wanting is not None
            plans = self._shapes[key] = Plans(self._scales, self._limits, leaves, some, mapped.fields, declared=declared)
            self._remember(plans.size)
        return plans

    def _plan(self, plans: Plans, values: Sequence[Any]) -> Plan:
        before = plans.size
        plan = plans.plan(values, self._known)
        if plans.size != before:
            self._remember(plans.size - before)
        return plan

    def _remember(self, references: int) -> None:
        self._remembered += references
        if self._remembered > MAX_REMEMBERED:
            self._shapes.clear()
            self._barren.clear()
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


def _is_plain(paths: Sequence[str], scalars: Left) -> bool:
    """Whether the paths alone say which leaves these scalars are: no text can hold fields of its own (JSON, a form, tags, lines),
    and no path is one of a flattened object, whose values may be names."""
    texts = "".join([value for _, value in scalars if type(value) is str])
    if "&" in texts or "<" in texts or "{" in texts or "[" in texts or "\n" in texts or "\r" in texts:
        return False
    return ']"' not in "".join(paths)


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
