"""Each toggle's plainer way: what a lead is without the module, that it always has a fate, and that its decision says so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
import pytest
from pydantic import SecretStr

from app.edges.memory import FixedModel, MemoryJourneys, MemoryToggles
from app.edges.memory_index import MemoryMatchIndex
from app.flags.catalogue import AUTOMATION, CATALOGUE, SWITCHES
from app.flags.definition import Definition, Rule
from app.flags.states import States, number_of
from app.flags.switches import switches
from app.pipeline.behaviour import browser_of
from app.pipeline.fate import DeadLetter, Duplicate, Fate, Review, Routed
from app.pipeline.revision.toggled import found_by, matched_by
from app.pipeline.scoring import RULES, RulesModel
from app.pipeline.source import InboundEvent, Position
from app.ports import Moved, Toggles
from app.settings import AppSettings, KafkaSettings, RedisSettings, RegistrySettings
from app.steering import Steering
from app.wiring import Installation

NOW = 1_790_000_000_000
ONE = Installation(
    AppSettings(pepper=SecretStr("0123456789abcdef pepper of tests")), KafkaSettings(), RedisSettings(), RegistrySettings()
)
DELIVERY = ONE.delivery()
OFF = Definition(enabled=False)
UNDECLARED = {"Vorname": "Eva", "E-Mail": "eva.quernmoor@acme-tools.example", "kundenbudget_gesamt": "5000"}
FORM = {
    "submission_id": "f1",
    "email": "eva.quernmoor@acme-tools.com",
    "name": "Eva Quernmoor",
    "phone": "+493090123456",
    "street": "Lindenweg 7",
    "city": "Berlin",
    "postcode": "10115",
    "page_url": "https://shop.example/?utm_source=news&utm_medium=mail&gclid=Cj0Kabcdefghijklmnopqrstuvw",
}


class Learned(RulesModel):
    """Says other than the rules, and that it has learned."""

    version, labels_learned = "m-1", 1_000


def toggles(**changed: Definition) -> Toggles:
    """`scoring__model=…` for scoring.model."""
    return switches(States({flag.replace("__", "."): one for flag, one in changed.items()}))


def event(data: Mapping[str, Any], offset: int = 0, source: str = "callback-form") -> InboundEvent:
    return InboundEvent(Position(f"leads.inbound.{source}", 0, offset), None, orjson.dumps(data), (), NOW + offset)


def identify(n: int, **traits: Any) -> InboundEvent:
    """A call of the declared source segment-identify, of somebody else each time."""
    value = {"messageId": f"m{n}", "timestamp": "2026-09-21T14:13:20Z", "anonymousId": f"visitor-{n}"}
    return event(value | {"email": f"jo{n}@example.org"} | traits, n, "segment-identify")


def processed(how: Toggles, *events: InboundEvent) -> list[Fate]:
    journeys = MemoryJourneys()
    browser = browser_of("visitor-0", ONE.pseudonyms)
    assert browser is not None
    journeys.keep(0, None, NOW, [Moved(browser, ((NOW - 60_000, f"{NOW - 60_000:013d}|p||news.example|m"),))])
    identity = ONE.identity(MemoryMatchIndex())
    return ONE.pipeline(identity, FixedModel(Learned()), steering=Steering(how, journeys=journeys)).process(events)


def lead_of(how: Toggles, one: InboundEvent) -> Any:
    (fate,) = processed(how, one)
    assert not isinstance(fate, DeadLetter)
    return fate.lead


def told(fate: Fate) -> dict[str, Any]:
    """The decision."""
    return ONE.codec.decode(DELIVERY.outgoing(fate)[1].value or b"", "decision")


class TestMapping:
    def test_without_the_classifier(self) -> None:
        """The learned rung finds nothing, the others still do; what it would have found stays an attribute."""
        on, off = (lead_of(how, event(UNDECLARED)) for how in (toggles(), toggles(mapping__learned=OFF)))
        assert (on.budget, "learned" in {one.rung for one in on.provenance}) == (5000.0, True)
        assert (off.budget, off.attributes["kundenbudget_gesamt"]) == (None, "5000")
        assert (off.first_name, off.email) == (on.first_name, on.email) == ("Eva", UNDECLARED["E-Mail"])

    def test_declared_mapping_only(self) -> None:
        """Without the ladder a source that nobody declared has attributes alone; people decide, nothing is lost."""
        (fate,) = processed(toggles(mapping__ladder=OFF), event(UNDECLARED))
        assert isinstance(fate, Review)
        assert (fate.lead.email, fate.lead.provenance) == (None, [])
        assert fate.lead.attributes == UNDECLARED

    def test_the_tools_follow_the_configuration(self) -> None:
        """Who looks at records without a worker sees them as flags.yaml would have them mapped."""
        inventory = ONE.inventory.model_copy(update={"flags": {"mapping.learned": OFF}})
        plain = Installation(ONE.app, ONE.kafka, ONE.redis, ONE.registry)
        plain.__dict__["inventory"] = inventory
        source = plain.undeclared("leads.inbound.callback-form")
        assert source is not None
        found = [one.normaliser().map(UNDECLARED, source) for one in (ONE, plain)]
        assert ["budget" in one.fields for one in found] == [True, False]


class TestEnrichment:
    def enriched(self, name: str) -> tuple[Any, Any]:
        """The same record with the enrichment and without it."""
        agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Mobile"
        traits = {"traits": {"phone": "+46701234567"}, "email": "eva@acme-tools.com"}
        page = {"page": {"url": FORM["page_url"]}, "userAgent": agent}
        one = identify(0, **traits, context=page, anonymousId="visitor-0")
        return lead_of(toggles(), one), lead_of(switches(States({f"enrichment.{name}": OFF})), one)

    @pytest.mark.parametrize(
        ("name", "fields"),
        [
            ("place", ("country",)),
            ("company", ("company_domain",)),
            ("campaign", ("utm_source", "utm_medium", "click_id", "click_network")),
            ("device", ("device",)),
            ("behaviour", ("sessions", "pages_viewed")),
        ],
    )
    def test_one_is_off_and_the_others_go_on(self, name: str, fields: tuple[str, ...]) -> None:
        """Its fields are as the sender left them, all others are derived; the lead names it as off, and nothing as failed."""
        on, off = self.enriched(name)
        derived = ("country", "company_domain", "utm_source", "utm_medium", "click_id", "click_network", "device", "sessions",
                   "pages_viewed")  # fmt: skip
        assert all(getattr(on, field) is not None for field in derived)
        assert [field for field in derived if getattr(off, field) != getattr(on, field)] == [*fields]
        assert (on.enrichments, off.enrichments) == ({}, {name: "off"})

    def test_a_country_that_was_told_or_declared_stays(self) -> None:
        """Without the place: the address's own country, else the source's default; never one of phone, postcode or IP."""
        how = toggles(enrichment__place=OFF)
        web = ONE.inventory.sources["web-form"].default_country
        form = b"submission_id=f1&email=eva%40example.com&phone=%2B46701234567"
        fates = [
            processed(how, InboundEvent(Position("leads.inbound.web-form", 0, n), None, form + more, (), NOW))[0]
            for n, more in enumerate((b"&country=FR", b""))
        ]
        found = [(fate.lead.country, fate.lead.country_source) for fate in fates if not isinstance(fate, DeadLetter)]
        assert found == [("FR", "address"), (web, "default" if web else None)]


class TestIdentity:
    AGAIN = FORM | {"submission_id": "f2", "email": "eva.quernmor@acme-tools.com", "phone": ""}

    def test_exact_only(self) -> None:
        """A misspelt address of the same person is a duplicate by comparison, and none without it; the same mailbox still is."""
        first, again, same = (event(FORM, 0), event(self.AGAIN, 1), event(FORM | {"submission_id": "f3"}, 2))
        fuzzy, exact = (processed(how, first, again, same) for how in (toggles(), toggles(dedupe__fuzzy=OFF)))
        assert [fate.who.dedupe for fate in fuzzy if not isinstance(fate, DeadLetter)] == ["new", "merged", "merged"]
        assert [fate.who.dedupe for fate in exact if not isinstance(fate, DeadLetter)] == ["new", "new", "merged"]

    def test_of_one_source_in_a_batch_of_two(self) -> None:
        """The judge is chosen for each lead, not for the batch."""
        how = toggles(dedupe__fuzzy=Definition(enabled=True, rules=(Rule(sources=("callback-form",), enabled=False),)))
        fates = processed(how, event(FORM, 0), event(self.AGAIN, 1), event(self.AGAIN | {"submission_id": "f4"}, 2, "other-form"))
        dedupes = [fate.who.dedupe for fate in fates if not isinstance(fate, DeadLetter)]
        assert dedupes[:2] == ["new", "new"]
        assert dedupes[2] != "new"


class TestScoringAndRouting:
    def test_rules_score(self) -> None:
        """Without the model the fixed points score, with their own version and the inventory's reliability."""
        on, off = (processed(how, identify(0))[0] for how in (toggles(), toggles(scoring__model=OFF)))
        assert isinstance(on, Routed | Review)
        assert isinstance(off, Routed | Review)
        assert (on.score.model, off.score.model) == ("m-1", RULES.version)

    def test_routing_without_scores(self) -> None:
        """No rule looks at the score: all leads of equal fields go to one team with one service level, however they score."""
        leads = [identify(n, traits={"phone": "+46701234567"} if n % 2 else {}) for n in range(6)]
        fates = [fate for fate in processed(toggles(routing__by_score=OFF), *leads) if isinstance(fate, Routed | Review)]
        assert len({fate.handling.service_level for fate in fates}) == 1
        assert not any("score" in one.why or "band" in one.why for fate in fates for one in fate.considered if one.passed)

    def test_routing_without_scores_for_a_team(self) -> None:
        """Leads that a score would bring to the team are placed without it; leads of other teams are not touched."""
        (plain,) = processed(toggles(), identify(0))
        assert isinstance(plain, Routed | Review)
        both = [
            processed(
                toggles(routing__by_score=Definition(enabled=True, rules=(Rule(teams=(team,), enabled=False),))), identify(0)
            )[0]
            for team in (plain.team, "no-such-team")
        ]
        assert [fate.handling.toggles_off for fate in both if not isinstance(fate, DeadLetter)] == [("routing.by_score",), ()]

    def test_people_decide_all(self) -> None:
        """Automation off: every lead is held, with its proposal; on again: as the inventory has it."""
        leads = [identify(n) for n in range(20)]
        held = processed(toggles(automation=OFF), *leads)
        assert all(isinstance(fate, Review) and fate.reasons[0] == "automation_share" for fate in held)
        assert {told(fate)["toggles_off"][-1] for fate in held} == {AUTOMATION}
        assert not any("automation_share" in fate.reasons for fate in processed(toggles(), *leads) if isinstance(fate, Review))

    def test_a_share_of_one_source(self) -> None:
        """About the share goes by itself; a larger one only adds to it; other sources keep their own."""
        leads = [identify(n) for n in range(300)]
        free = [
            {
                fate.event.position.offset
                for fate in processed(
                    toggles(automation=Definition(enabled=True, rules=(Rule(sources=("segment-identify",), percent=share),))),
                    *leads,
                )
                if isinstance(fate, Routed)
            }
            for share in (30, 60)
        ]
        assert free[0] < free[1]
        assert [round(len(one) / 3, -1) for one in free] == pytest.approx([30, 60], abs=10)


class TestLookedAtAgain:
    def test_how_the_fields_were_found_stays_said(self) -> None:
        """Mapping and enrichment are not done anew: what was off then is told, whatever is off now."""
        lead = lead_of(toggles(), identify(0))
        before = {"toggles_off": ["mapping.learned", "scoring.model", "enrichment.behaviour"]}
        assert found_by(lead, before, toggles(enrichment__place=OFF)) == ("mapping.learned", "enrichment.behaviour")

    @pytest.mark.parametrize(("how", "off"), [(toggles(), ()), (toggles(enrichment__behaviour=OFF), ("enrichment.behaviour",))])
    def test_behaviour_that_was_not_in_time_is_asked_for_as_it_is_now(self, how: Toggles, off: tuple[str, ...]) -> None:
        """A store that was slow is asked again, unless somebody has switched that off meanwhile."""
        lead = lead_of(toggles(), identify(0))
        lead.enrichments["behaviour"] = "slow"
        assert found_by(lead, {"toggles_off": []}, how) == off

    def test_comparison_is_as_it_was_when_they_were_matched(self) -> None:
        """Matched later without comparison: the decision says so, and no more when it was compared."""
        assert matched_by(["mapping.learned"], fuzzy=False) == ["mapping.learned", "dedupe.fuzzy"]
        assert matched_by(["dedupe.fuzzy", "scoring.model"], fuzzy=True) == ["scoring.model"]


class TestAllOfThem:
    BATCH = (
        event(UNDECLARED, 0),
        event({"nothing": ""}, 1),
        event(FORM, 2),
        event(FORM | {"submission_id": "f2"}, 3),
        identify(0),
    )

    @pytest.mark.parametrize("off", [(flag,) for flag in CATALOGUE] + [SWITCHES, tuple(CATALOGUE)], ids=" ".join)
    def test_off_never_stops_anything(self, off: tuple[str, ...]) -> None:
        """As many fates as records, the dead letters the same, and each decision names what was off and the state's version."""
        how = switches(States(dict.fromkeys(off, OFF)))
        fates = processed(how, *self.BATCH)
        whole = processed(toggles(), *self.BATCH)
        assert [isinstance(fate, DeadLetter) for fate in fates] == [isinstance(fate, DeadLetter) for fate in whole]
        for fate in fates:
            decision = told(fate)
            if isinstance(fate, DeadLetter):
                assert (decision["flags_version"], decision["toggles_off"]) == ("", [])
                continue
            asked = [flag for flag in off if not (isinstance(fate, Duplicate) and CATALOGUE[flag].moment == "decision")]
            assert decision["flags_version"] == how.version
            assert sorted(decision["toggles_off"]) == sorted(asked)

    def test_a_replay_with_the_same_flags_decides_the_same(self) -> None:
        """Percentages included: the same records by the same flags give the same messages, byte for byte."""
        configured = {flag: Definition(percent=50) for flag in SWITCHES}
        leads = [identify(n) for n in range(60)]
        runs = [
            [(one.key, one.value, one.headers) for fate in processed(switches(States(configured)), *leads)
             for one in DELIVERY.outgoing(fate)]
            for _ in range(2)
        ]  # fmt: skip
        assert runs[0] == runs[1]

    def test_a_batch_sees_one_state(self) -> None:
        """What is switched while a batch is under way counts from the next one on."""
        live = MemoryToggles()
        before = live.version

        class Switching(MemoryMatchIndex):
            """Somebody switches in the middle of the batch."""

            def seek(self, *asked: Any, **how: Any) -> Any:
                live.change("scoring.model", OFF)
                return super().seek(*asked, **how)

        pipeline = ONE.pipeline(ONE.identity(Switching()), FixedModel(Learned()), steering=Steering(live))
        first, second = (pipeline.process([identify(n), identify(n + 1)]) for n in (0, 2))
        told_of = [(told(fate)["flags_version"], told(fate)["model_version"]) for fate in (*first, *second)]
        assert told_of[:2] == [(before, "m-1")] * 2
        assert {model for _, model in told_of[2:]} == {RULES.version}
        assert [number_of(version) for version, _ in told_of] == [0, 0, 1, 1]
