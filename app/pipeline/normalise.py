"""The first half of a lead's way: the bytes of a record become a clean lead, or the dead letter that they are.

intake → mapping (declared, confirmed, then the ladder) → validation → enrichment. It decides nothing about anybody, so the
tools that look at records (audit, onboard, map) use it as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from app.flags.catalogue import AT, MAPPING_LADDER, MAPPING_LEARNED
from app.flags.states import States
from app.flags.switches import switches
from app.inventory.models import Inventory, Source
from app.pipeline.attributes import collect
from app.pipeline.enrichment import Enricher
from app.pipeline.facts import Facts
from app.pipeline.fate import DeadLetter
from app.pipeline.intake.decode import Payload, decode, is_textual
from app.pipeline.ladder.classifier import Classifier
from app.pipeline.ladder.confirmed import Confirmed, Mappings
from app.pipeline.ladder.ladder import Ladder
from app.pipeline.lead import Lead, Provenance, Violation
from app.pipeline.mapping import Mapped, compile_mapping
from app.pipeline.shape import Shapes
from app.pipeline.source import InboundEvent
from app.pipeline.staged import Record, each, portions
from app.pipeline.validation import Draft, Validator, compile_validator
from app.ports import Codec, Toggles

_NOBODYS = "no inventory entry claims this topic"
MAX_UNDECLARED = 1_000  # sources that nobody declared: more are no sources, but a producer that makes topics up


class Normaliser:
    """Makes leads of records.

    Args:
        inventory: The sources, the ladder's limits, and how the toggles are configured.
        source_of: Topic → source slug, of the inventory's sources.
        undeclared: What is assumed of the source of any other topic; None where it is no source's. Asked once for each.
        codec: Reads Avro.
        mappings: What people confirmed; followed while running. None: nothing.
        classifier: The ladder's learned rung; None: without it.
        shapes: Remembers the shapes of payloads; None: for this object alone.
    """

    def __init__(
        self,
        inventory: Inventory,
        source_of: Mapping[str, str],
        *,
        codec: Codec,
        mappings: Mappings | None = None,
        classifier: Classifier | None = None,
        undeclared: Callable[[str], Source | None] | None = None,
        shapes: Shapes | None = None,
    ) -> None:
        self._shapes = Shapes() if shapes is None else shapes
        self._inventory, self._codec, self._mappings, self._classifier = inventory, codec, mappings, classifier
        self._undeclared, self._sources = undeclared, dict(inventory.sources)
        self._enricher = Enricher(self._sources)
        self._configured = switches(States(inventory.flags))
        self._source_of = dict(source_of)
        self._state = _State(inventory, Confirmed(), classifier, {})
        for name in self._source_of.values():
            self._state.source(inventory.sources[name])

    def source(self, topic: str) -> Source | None:
        """Whose topic this is; of MAX_UNDECLARED topics at most that no source of the inventory has."""
        name = self._source_of.get(topic)
        return self._newcomer(topic) if name is None else self._sources[name]

    def normalise(self, event: InboundEvent) -> Lead | DeadLetter:
        """A clean lead, or the dead letter that the record is.

        Raises:
            EdgeDown: The schema registry does not answer.
        """
        return self.normalise_all((event,))[0]

    def normalise_all(self, events: Sequence[InboundEvent], toggles: Toggles | None = None) -> list[Lead | DeadLetter]:
        """For each event, in order, a clean lead or the dead letter that the record is.

        In small steps over a few records at a time: what a step needs stays in the processor's caches, which saves a fifth of the
        time.

        Args:
            toggles: What is switched on, in one state for all of them; None: as configured.

        Raises:
            EdgeDown: The schema registry does not answer. Nothing was decided.
        """
        out: list[Lead | DeadLetter] = []
        off = (toggles or self._configured).off
        for some in portions(events):
            state = self._followed()
            records = [Record(event, self.source(event.position.topic)) for event in some]
            known = [(one, state.source(one.source)) for one in records if one.source is not None]
            for one, _ in known:
                one.off = off("arrival", one.its.name, one.lead_id)
            decoded = each("intake", self._decoded, known)
            mapped = each("mapping", _mapped, decoded)
            climbed = each("mapping", state.climbed, mapped)
            shaped = each("mapping", self._shaped, climbed)
            begun = each("validation", _begun, shaped)
            joined = each("validation", _joined, begun)
            named = each("validation", _named, joined)
            validated = each("validation", _judged, named)
            for one, lead in each("enrichment", self._enriched, validated):
                one.came = lead
            out += [one.came or DeadLetter(one.event, "", "intake", "unknown_source", _NOBODYS, True) for one in records]
        return out

    def _decoded(self, one: Record, compiled: _Compiled) -> tuple[_Compiled, Payload]:
        return compiled, decode(one.event, one.its, self._codec)

    def _shaped(self, one: Record, so_far: tuple[_Compiled, Mapped]) -> _Shaped:
        compiled, mapped = so_far
        types: list[type] = []
        attributes = collect(mapped.left, types, mapped.cut)
        shapes, textual = self._shapes.of(one.its.name), is_textual(one.event, one.its)
        shape = shapes.shape_of(mapped.fields, mapped.provenance, attributes, types, textual=textual)
        return compiled, mapped, attributes, shape

    def _enriched(self, one: Record, lead: Lead) -> Lead:
        self._enricher.enrich(lead)
        return lead

    def mapped(self, event: InboundEvent, source: Source) -> Mapped:
        """What mapping and ladder make of a record, before validation: for the tools that propose mappings.

        Raises:
            BadRecord: It cannot be decoded.
            EdgeDown: The schema registry does not answer.
        """
        return self.map(decode(event, source, self._codec), source)

    def map(self, payload: Payload, source: Source) -> Mapped:
        """What mapping and ladder make of a decoded record."""
        state = self._followed()
        return state.climb(state.source(source).mapper.map(payload), source, self._off(source))

    def suggest(self, payload: Payload, source: Source) -> list[tuple[Provenance, Any]]:
        """What the paths that a decoded record leaves open could be, with their values: for people to say."""
        state, least = self._followed(), self._inventory.ladder.plausible_from / 2
        return state.ladder(self._off(source)).suggest(state.source(source).mapper.map(payload), source, least)

    def lead(self, mapped: Mapped, event: InboundEvent, source: Source) -> Lead:
        """What validation and enrichment make of what `map` made of a record."""
        one, compiled = Record(event, source, self._off(source)), self._followed().source(source)
        drafted = _begun(one, (compiled, mapped, collect(mapped.left, cut=mapped.cut), None))
        return self._enriched(one, _judged(one, _named(one, _joined(one, drafted))))

    def _off(self, source: Source) -> tuple[str, ...]:
        """As configured, for the tools that look at a source and not at a lead: a flag that is on for some is on."""
        return tuple(flag for flag in AT["arrival"] if self._configured.share(flag, source.name) == 0.0)

    def _newcomer(self, topic: str) -> Source | None:
        if self._undeclared is None or len(self._sources) >= len(self._inventory.sources) + MAX_UNDECLARED:
            return None
        source = self._undeclared(topic)
        if source is not None:  # two lanes may come here at once: they say the same
            self._sources[source.name] = source
            self._source_of[topic] = source.name
        return source

    def _followed(self) -> _State:
        """The state that follows what people have confirmed by now. One assignment: a record sees one state."""
        state = self._state
        if self._mappings is not None and (confirmed := self._mappings.current()) is not state.confirmed:
            state = self._state = _State(self._inventory, confirmed, self._classifier, state.sources)
        return state


_Shaped = tuple["_Compiled", Mapped, dict[str, str], str | None]  # with attributes and the shape's fingerprint
_Drafted = tuple[Validator, Draft, tuple[str, ...]]  # with the fields that were mapped without certainty


def _mapped(one: Record, so_far: tuple[_Compiled, Payload]) -> tuple[_Compiled, Mapped]:
    compiled, payload = so_far
    if compiled.facts is not None:
        one.told = compiled.facts.of(payload)
    return compiled, compiled.mapper.map(payload)


def _begun(one: Record, so_far: _Shaped) -> _Drafted:
    compiled, mapped, attributes, shape = so_far
    draft = compiled.validator.begin(mapped.fields, attributes, mapped.provenance, one.event, one.lead_id)
    draft.lead.toggles_off = one.off
    draft.lead.shape, draft.lead.mapping_revision = shape, compiled.revision
    if one.told is not None:
        draft.lead.facts, draft.lead.groups = one.told
    return compiled.validator, draft, mapped.uncertain


def _joined(_: Record, so_far: _Drafted) -> _Drafted:
    so_far[0].join(so_far[1])
    return so_far


def _named(_: Record, so_far: _Drafted) -> _Drafted:
    so_far[0].name(so_far[1])
    return so_far


def _judged(_: Record, so_far: _Drafted) -> Lead:
    validator, draft, uncertain = so_far
    validator.judge(draft)
    if uncertain:
        draft.lead.violations.extend([Violation(name, "uncertain_mapping") for name in uncertain])
    return draft.lead


class _State:
    """Everything compiled for one state of the confirmations."""

    def __init__(
        self, inventory: Inventory, confirmed: Confirmed, classifier: Classifier | None, earlier: Mapping[str, _Compiled]
    ) -> None:
        self.confirmed = confirmed
        self._whole = Ladder(inventory.ladder, classifier, confirmed, inventory.forms)
        self._unlearned = Ladder(inventory.ladder, None, confirmed, inventory.forms)
        self.sources = {name: one for name, one in earlier.items() if one.revision == confirmed.revision(name)}

    def source(self, source: Source) -> _Compiled:
        found = self.sources.get(source.name)
        if found is None:
            found = self.sources[source.name] = _Compiled(source, self.confirmed)
        return found

    def ladder(self, off: tuple[str, ...]) -> Ladder:
        """The ladder that is left by the toggles that are off."""
        return self._unlearned if off and MAPPING_LEARNED in off else self._whole

    def climb(self, mapped: Mapped, source: Source, off: tuple[str, ...]) -> Mapped:
        """What the ladder adds, as far as the toggles let it."""
        return mapped if off and MAPPING_LADDER in off else self.ladder(off).climb(mapped, source)

    def climbed(self, one: Record, so_far: tuple[_Compiled, Mapped]) -> tuple[_Compiled, Mapped]:
        compiled, mapped = so_far
        return compiled, self.climb(mapped, one.its, one.off)


class _Compiled:
    """One source, ready to run."""

    def __init__(self, source: Source, confirmed: Confirmed) -> None:
        self.revision = confirmed.revision(source.name)
        self.mapper = compile_mapping(source, confirmed.of(source.name))
        self.validator = compile_validator(source)
        facts = Facts(source)
        self.facts = facts if facts else None
