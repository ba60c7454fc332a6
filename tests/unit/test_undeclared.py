"""A source that nobody declared: its leads are mapped, and people decide about all of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from hashlib import sha256
from typing import Any

import orjson
import pytest

from app.edges.kafka.names import Topics
from app.edges.memory import FixedModel, MemoryToggles, NoRollouts, QueuesOnly
from app.edges.registry.codec import AvroCodec
from app.edges.registry.schemas import Schemas
from app.inventory.load import load
from app.inventory.models import Inventory, Source
from app.inventory.undeclared import undeclared
from app.pipeline import normalise
from app.pipeline.fate import DeadLetter, Duplicate, Review, Routed
from app.pipeline.ladder.classifier import shipped
from app.pipeline.normalise import Normaliser
from app.pipeline.process import Pipeline
from app.pipeline.pseudonyms import Pseudonyms
from app.pipeline.scoring import RULES
from app.pipeline.source import InboundEvent, Position
from app.settings import AppSettings
from tests.harness.identity import fresh_identity

NAMES = Topics("leads")
LEAD = {"Vorname": "Eva", "Nachname": "Müller", "E-Mail": "eva.mueller@example.com", "Telefon": "+49 30 90123456"}


@cache
def parts() -> tuple[Inventory, AvroCodec]:
    app = AppSettings()
    return load(app.config_dir), AvroCodec(Schemas.load(app.schema_dir))


def assumed(topic: str) -> Source | None:
    name = NAMES.slug_of(topic)
    return undeclared(name, 0.25) if name else None


def pipeline(newcomers: Callable[[str], Source | None] | None = assumed, **changes: Any) -> Pipeline:
    """The inventory's pipeline; changes are made to its source web-form."""
    inventory, codec = parts()
    sources = inventory.sources | {"web-form": inventory.sources["web-form"].model_copy(update=changes)}
    inventory = inventory.model_copy(update={"sources": sources})
    topics = {NAMES.inbound(source): source for source in inventory.sources}
    normaliser = Normaliser(inventory, topics, codec=codec, classifier=shipped(), undeclared=newcomers)
    pseudonyms = Pseudonyms(b"a pepper for tests, long enough")
    return Pipeline(
        inventory,
        normaliser,
        identity=fresh_identity(),
        models=FixedModel(RULES),
        pseudonyms=pseudonyms,
        toggles=MemoryToggles(),
        rollouts=NoRollouts(),
        desk=QueuesOnly(),
    )


def event(value: Any, offset: int = 0, topic: str = "leads.inbound.callback-form") -> InboundEvent:
    data = value if isinstance(value, bytes) else orjson.dumps(value)
    return InboundEvent(Position(topic, 0, offset), None, data, (), 1_772_438_400_000)


class TestUndeclared:
    def test_every_lead_goes_to_people(self) -> None:
        """Mapped by the ladder, scored, given a team, and held: with the reason first."""
        (fate,) = pipeline().process([event(LEAD)])
        assert isinstance(fate, Review)
        assert fate.reasons[0] == "undeclared_source"
        assert (fate.lead.source, fate.lead.email) == ("callback-form", "eva.mueller@example.com")
        assert fate.lead.source_reliability == 0.25

    def test_duplicates_and_dead_letters_stay_what_they_are(self) -> None:
        """Only what would have been routed is held."""
        fates = pipeline().process([event(LEAD, 0), event(LEAD, 1), event(b"call me", 2)])
        assert [type(fate) for fate in fates] == [Review, Duplicate, DeadLetter]
        assert fates[2].reason == "unknown_format"  # type: ignore[union-attr]

    @pytest.mark.parametrize("topic", ["leads.inbound.Callback", "leads.inbound.a.b", "leads.inbound.", "leads.review", "other"])
    def test_a_topic_that_no_source_may_have(self, topic: str) -> None:
        """Where the name is no slug, there is no source."""
        (fate,) = pipeline().process([event(LEAD, topic=topic)])
        assert isinstance(fate, DeadLetter)
        assert fate.reason == "unknown_source"

    def test_switched_off(self) -> None:
        """Without the toggle an undeclared topic has no source."""
        (fate,) = pipeline(None).process([event(LEAD)])
        assert isinstance(fate, DeadLetter)

    def test_made_up_topics_are_bounded(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A producer that makes topics up does not fill the memory; sources known by then go on."""
        monkeypatch.setattr(normalise, "MAX_UNDECLARED", 3)
        one = pipeline()
        fates = one.process([event(LEAD, topic=f"leads.inbound.made-up-{n}") for n in range(5)])
        assert [type(fate) for fate in fates].count(DeadLetter) == 2
        (again,) = one.process([event({**LEAD, "E-Mail": "jo@example.org", "Telefon": ""}, 7, "leads.inbound.made-up-0")])
        assert isinstance(again, Review)


def _name(n: int) -> str:
    """Of a stranger: like no other."""
    return sha256(str(n).encode()).hexdigest()[:7].translate(str.maketrans("0123456789", "ghijklmnop"))


class TestAutomation:
    FORM = "submission_id=f{n}&email={given}.{family}%40example.com&name={given}+{family}&phone=%2B4930{number:07d}&country=DE"

    def fates(self, automation: float, count: int = 400) -> list[Any]:
        forms = (self.FORM.format(n=n, given=_name(n), family=_name(-n), number=n * 7_919 % 10**7) for n in range(count))
        events = [event(form.encode(), n, "leads.inbound.web-form") for n, form in enumerate(forms)]
        return list(pipeline(automation=automation).process(events))

    def test_all_or_none(self) -> None:
        """At 1 the share holds nobody, at 0 everybody, and a declared source is not called undeclared."""
        assert not any("automation_share" in getattr(fate, "reasons", ()) for fate in self.fates(1.0, 20))
        assert all(isinstance(fate, Review) and fate.reasons[0] == "automation_share" for fate in self.fates(0.0, 20))

    def test_a_stable_share(self) -> None:
        """In between, about that share goes by itself, and always the same leads; a larger share only adds to them."""
        some, more = ([n for n, fate in enumerate(self.fates(share)) if isinstance(fate, Routed)] for share in (0.25, 0.5))
        assert 60 <= len(some) <= 140
        assert 150 <= len(more) <= 250
        assert set(some) <= set(more)
        assert some == [n for n, fate in enumerate(self.fates(0.25)) if isinstance(fate, Routed)]
