"""What leads do without when something is away: the plainer way, the mark, and whether they wait."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from app.edges.memory import MemoryToggles, NoRollouts
from app.edges.redis.breaker import Breaker
from app.errors import EdgeDown
from app.inventory.falling_back import PARKABLE, Fallbacks
from app.inventory.load import load
from app.inventory.models import Inventory
from app.ops.metrics import REGISTRY
from app.pipeline.deciding import Decided, Decider
from app.pipeline.enrichment.visits import Visits
from app.pipeline.identified import Dedupe
from app.pipeline.lead import Lead
from app.pipeline.pseudonyms import Pseudonyms
from app.pipeline.scoring import RULES, RulesModel
from app.ports import Journey, Model, Prediction, Visitor

NOW = 1_763_900_000_000
INVENTORY = load(Path("deploy/config"))


class Learned(RulesModel):
    """As the rules, under another name."""

    version = "m-1"
    labels_learned = 100_000


class Broken(Learned):
    def predict(self, numbers: Mapping[str, float], categories: Mapping[str, str]) -> Prediction:
        raise ZeroDivisionError


def a_lead(**told: Any) -> Lead:
    return Lead("ld_" + "0" * 20, "web-form", "e-1", NOW, NOW, email="ada@example.org", phone="+4930123456", **told)


def decided(lead: Lead, model: Model, dedupe: Dedupe = "new", *waits_for: str) -> Decided:
    fallbacks = Fallbacks.model_validate(dict.fromkeys(waits_for, "park"))
    inventory: Inventory = INVENTORY.model_copy(update={"fallbacks": fallbacks})
    return Decider(inventory, MemoryToggles(), NoRollouts()).decide(lead, inventory.sources["web-form"], model, dedupe, None)


def test_where_nothing_is_missing_nothing_is_marked() -> None:
    """An enrichment that a toggle switched off is none that is missing."""
    assert decided(a_lead(enrichments={"behaviour": "off"}), Learned()).handling.fallbacks == {}


@pytest.mark.parametrize(
    ("told", "dedupe", "model", "marked"),
    [
        ({}, "new", RULES, {"model": "none"}),
        ({}, "new", Broken(), {"model": "failed"}),
        ({}, "unknown", Learned(), {"match_index": "away"}),
        ({"enrichments": {"behaviour": "slow"}}, "new", Learned(), {"behaviour": "slow"}),
        ({"enrichments": {"place": "failed"}}, "new", Learned(), {"place": "failed"}),
    ],
)
def test_what_is_missing_is_marked_with_why(told: dict[str, Any], dedupe: Dedupe, model: Model, marked: dict[str, str]) -> None:
    """The lead goes on: it is scored, and a team is found."""
    one = decided(a_lead(**told), model, dedupe)
    assert one.handling.fallbacks == marked
    assert 0 < one.score.probability < 1
    assert one.to.team in INVENTORY.teams
    assert not [reason for reason in one.review if reason.startswith("dependency:")]


@pytest.mark.parametrize("name", PARKABLE)
def test_a_lead_waits_for_what_the_configuration_says(name: str) -> None:
    """Held with the reason that names the dependency, and only where that one is missing."""
    missing = {
        "model": lambda: decided(a_lead(), RULES, "new", name),
        "match_index": lambda: decided(a_lead(), Learned(), "unknown", name),
        "behaviour": lambda: decided(a_lead(enrichments={"behaviour": "down"}), Learned(), "new", name),
    }[name]()
    there = decided(a_lead(), Learned(), "new", name)
    assert f"dependency:{name}" in missing.review
    assert f"dependency:{name}" not in there.review


def test_every_dependency_that_can_be_waited_for_can_be_configured() -> None:
    """And goes on where nothing is said."""
    assert set(PARKABLE) == set(Fallbacks.model_fields) - {"version"}
    assert Fallbacks().parked == frozenset()


class Shop:
    """A store of journeys that is away until it is not."""

    def __init__(self) -> None:
        self.asked = 0

    def of(self, visitors: Sequence[Visitor]) -> list[Journey | None]:
        self.asked += 1
        return [Journey(2, 7, 1, 30.0, NOW - 1, None, None) for _ in visitors]


def test_a_lead_that_went_without_is_asked_about_again() -> None:
    """What the store knows by now is filled in and the mark goes; one that nothing was missing of is not asked about."""
    shop = Shop()
    visits = Visits(shop, Pseudonyms(b"a pepper for tests"))
    held, whole, off = a_lead(enrichments={"behaviour": "slow"}), a_lead(), a_lead(enrichments={"behaviour": "off"})
    for one in (held, whole, off):
        visits.join_again(one)
    assert (held.pages_viewed, held.enrichments, shop.asked) == (7, {}, 1)
    assert off.enrichments == {"behaviour": "off"}


def test_a_store_that_is_switched_off_is_missed_by_nobody() -> None:
    """A lead that waited for it does not wait for ever."""
    held = a_lead(enrichments={"behaviour": "slow"})
    Visits(None, Pseudonyms(b"a pepper for tests")).join_again(held)
    assert held.enrichments == {}


def test_a_breaker_that_opens_is_seen() -> None:
    """Its gauge is 1 from the second failure in a row until a call works again."""
    breaker = Breaker("test", "nothing", lambda how: EdgeDown(how))

    def seen() -> float | None:
        return REGISTRY.get_sample_value("leadstream_breaker_open", {"dependency": "test"})

    told = [seen()]
    breaker.missed("down")
    told.append(seen())
    breaker.missed("slow")
    told.append(seen())
    breaker.worked()
    assert [*told, seen()] == [0, 0, 1, 0]
