"""The plan of the simulated traffic: deterministic, with the shares that were asked for, and true to its own account."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from pathlib import Path
from random import Random

import pytest

from app.edges.registry.codec import AvroCodec
from app.edges.registry.schemas import Schemas
from app.embedded.simulator.arrivals import DAY_MS, HOUR_MS, Arrivals, rhythm
from app.embedded.simulator.incidents import Incident
from app.embedded.simulator.planned import Kind, Planned
from app.embedded.simulator.producer import STORY_START_MS
from app.embedded.simulator.traffic import Mix, Traffic
from app.inventory.load import load
from app.inventory.models import Inventory

ROOT = Path(__file__).parents[2]
START_MS = STORY_START_MS


@pytest.fixture(scope="module")
def inventory() -> Inventory:
    return load(ROOT / "deploy/config")


@pytest.fixture(scope="module")
def codec() -> AvroCodec:
    return AvroCodec(Schemas.load(ROOT / "schemas"))


@pytest.fixture(scope="module")
def plan(inventory: Inventory, codec: AvroCodec) -> list[Planned]:
    """10,000 records of an ordinary day."""
    return list(islice(Traffic(inventory, 11, START_MS, encode=codec.encode).events(), 10_000))


def test_the_same_seed_gives_the_same_bytes(inventory: Inventory, codec: AvroCodec, plan: list[Planned]) -> None:
    """Two plans of the same arguments are equal in every record and everything that is said about it."""
    again = Traffic(inventory, 11, START_MS, encode=codec.encode)
    assert plan[:3000] == list(islice(again.events(), 3000))
    assert plan[:3000] == list(islice(again.events(), 3000)), "a plan begins anew at each call"


def test_another_seed_gives_another_plan(inventory: Inventory, codec: AvroCodec, plan: list[Planned]) -> None:
    """Seeds matter."""
    other = list(islice(Traffic(inventory, 12, START_MS, encode=codec.encode).events(), 500))
    assert sum(one.value == two.value for one, two in zip(plan, other, strict=False)) < 25


def test_shares_are_as_planted(plan: list[Planned]) -> None:
    """Duplicates, garbage, late and dirty records make up the shares that the mix says, within four standard errors."""
    kinds, mix = Counter(planned.kind for planned in plan), Mix()
    originals = [planned for planned in plan if planned.kind == "original"]
    shares: dict[Kind, float] = {"exact_duplicate": mix.exact, "garbage": mix.garbage}
    shares |= {"fuzzy_duplicate": mix.fuzzy, "new_intent": mix.intent}
    for kind, share in shares.items():
        assert kinds[kind] / len(plan) == pytest.approx(share, abs=4 * (share / len(plan)) ** 0.5)
    assert sum(one.late for one in originals) / len(originals) == pytest.approx(mix.late, abs=0.006)
    assert sum(bool(one.dirt) for one in originals) / len(originals) == pytest.approx(mix.dirty, abs=0.05)


def test_every_source_sends_as_much_as_the_inventory_expects(inventory: Inventory, codec: AvroCodec) -> None:
    """Without rhythm and bursts, each source's share of the records is its share of the expected rates."""
    steady = Traffic(inventory, 3, START_MS, encode=codec.encode, depth=0.0, bursts=False)
    plan = list(islice(steady.events(), 10_000))
    seen, total = Counter(planned.source for planned in plan), sum(steady.per_hour.values())
    assert set(seen) == set(inventory.sources)
    for source, per_hour in steady.per_hour.items():
        expected = len(plan) * per_hour / total
        assert seen[source] == pytest.approx(expected, abs=4 * expected**0.5), source
    hours = (plan[-1].story_ms - plan[0].story_ms) / HOUR_MS
    assert len(plan) / hours == pytest.approx(total, rel=0.05)


def test_exact_duplicates_are_byte_identical_to_their_originals(plan: list[Planned]) -> None:
    """An exact duplicate is its original once more, from the same source, later; with or without the key."""
    copies = [planned for planned in plan if planned.kind == "exact_duplicate"]
    assert copies
    for copy in copies:
        assert copy.of is not None
        original = plan[copy.of]
        assert original.kind in ("original", "new_intent")
        assert (original.source, original.value) == (copy.source, copy.value)
        assert original.index < copy.index
    assert {copy.key is None for copy in copies} == {True, False}


def test_nobody_comes_back_twice_and_everybody_was_there_before(plan: list[Planned]) -> None:
    """A fuzzy duplicate or a new intent is a person's second submission, of other bytes, and each person has at most one: so any
    order of arrival leaves one lead per person and intent."""
    fuzzy = [planned for planned in plan if planned.kind == "fuzzy_duplicate"]
    second = fuzzy + [planned for planned in plan if planned.kind == "new_intent"]
    assert len(second) > len(fuzzy) > 0
    assert len({planned.person for planned in second}) == len(second)
    for planned in second:
        assert planned.of is not None
        assert plan[planned.of].person == planned.person
        assert plan[planned.of].value != planned.value
        assert (planned.shares in ("email", "phone")) is (planned.kind == "fuzzy_duplicate")
    assert {planned.shares for planned in fuzzy} == {"email", "phone"}
    assert any(planned.brings for planned in fuzzy)
    assert any(planned.dirt for planned in fuzzy)
    assert len({planned.source for planned in fuzzy}) > 6


def test_original_values_are_all_different(plan: list[Planned]) -> None:
    """No two originals share their bytes or their person; some are related to others."""
    originals = [planned for planned in plan if planned.kind == "original"]
    assert {planned.kin.relation for planned in originals if planned.kin} == {"family", "colleague", "namesake"}
    assert len({planned.value for planned in originals}) == len({planned.person for planned in originals}) == len(originals)


def test_late_records_say_an_earlier_time(plan: list[Planned]) -> None:
    """Late means that the vendor's time lies at least two hours back; the others are seconds old, not always in order."""
    originals = [planned for planned in plan if planned.kind == "original" and planned.occurred_ms is not None]
    ages = {late: [one.stamp_ms - (one.occurred_ms or 0) for one in originals if one.late is late] for late in (True, False)}
    assert min(ages[True]) >= 2 * HOUR_MS
    assert max(ages[False]) < 60_000
    in_time = [one.occurred_ms or 0 for one in originals if not one.late]
    assert in_time != sorted(in_time)


def test_compression_moves_stamps_and_nothing_else(inventory: Inventory, codec: AvroCodec) -> None:
    """Compressed twelve times, an hour of story lasts five minutes by the stamps; kinds and people stay."""
    plain = list(islice(Traffic(inventory, 5, 0, story_ms=START_MS, encode=codec.encode).events(), 2000))
    dense = list(islice(Traffic(inventory, 5, 0, story_ms=START_MS, encode=codec.encode, compression=12).events(), 2000))
    assert [one.kind for one in plain] == [one.kind for one in dense]
    assert [one.person for one in plain] == [one.person for one in dense]
    assert [one.story_ms for one in plain] == [one.story_ms for one in dense]
    assert dense[-1].stamp_ms == pytest.approx(plain[-1].stamp_ms / 12, abs=1)


def test_nights_are_quieter_than_days() -> None:
    """The rhythm of the day is there, and its mean over a week is the expected rate."""
    hours = [rhythm(START_MS + hour * HOUR_MS) for hour in range(7 * 24)]
    assert sum(hours) / len(hours) == pytest.approx(1)
    seen: Counter[int] = Counter()
    for arrival in Arrivals({"one": 600.0}, bursts=False).since(START_MS, Random(1)):
        if arrival.at_ms >= START_MS + DAY_MS:
            break
        seen[arrival.at_ms // HOUR_MS % 24] += 1
    assert sum(seen[hour] for hour in range(9, 13)) > 4 * sum(seen[hour] for hour in range(1, 5)) > 0


def test_bursts_bring_leads_of_one_campaign() -> None:
    """While a burst is on, its source sends a multiple of its rate, and all of it from one campaign."""
    pushed: Counter[tuple[str, str]] = Counter()
    for arrival in Arrivals({"one": 60.0, "two": 60.0}, depth=0.0).since(START_MS, Random(3)):
        if arrival.at_ms >= START_MS + 7 * DAY_MS:
            break
        if arrival.push:
            pushed[arrival.source, arrival.push.name] += 1
    assert max(pushed.values()) > 60 * 2


def test_incidents_happen_when_and_where_they_are_planted(inventory: Inventory, codec: AvroCodec) -> None:
    """Silence, a spike of duplicates, a missing and a renamed field strike their source in their interval, and only there."""
    begin, end = START_MS + HOUR_MS, START_MS + 2 * HOUR_MS
    incidents = (
        Incident("silence", "meta-lead-ads", begin, end),
        Incident("duplicate_spike", "shopify-checkout", begin, end),
        Incident("missing_field", "hubspot-form", begin, end, "message"),
        Incident("renamed_field", "segment-identify", begin, end, "email", "mail_adresse"),
    )
    traffic = Traffic(inventory, 8, START_MS, encode=codec.encode, incidents=incidents)
    plan = []
    for planned in traffic.events():
        if planned.story_ms >= START_MS + 3 * HOUR_MS:
            break
        plan.append(planned)

    def of(source: str, during: bool) -> list[Planned]:
        return [one for one in plan if one.source == source and (begin <= one.story_ms < end) is during]

    assert not of("meta-lead-ads", True)
    assert of("meta-lead-ads", False)
    spike = [one.kind == "exact_duplicate" for one in of("shopify-checkout", True)]
    assert sum(spike) / len(spike) > 0.5
    calm = [one.kind == "exact_duplicate" for one in of("shopify-checkout", False)]
    assert sum(calm) / len(calm) < 0.12
    forms = [one for one in of("hubspot-form", True) if one.kind == "original"]
    assert all(b'"message"' not in (one.value or b"") and one.incident == "missing_field:hubspot-form:message" for one in forms)
    assert any(b'"message"' in (one.value or b"") for one in of("hubspot-form", False))
    for during, name in ((True, b'"mail_adresse":'), (False, b'"email":')):
        calls = [one for one in of("segment-identify", during) if one.kind == "original"]
        assert all(name in (one.value or b"") and (one.incident is not None) is during for one in calls)


def test_a_field_only_belongs_to_a_missing_field() -> None:
    """An incident that makes no sense is refused."""
    with pytest.raises(ValueError, match="missing_field"):
        Incident("silence", "typeform", 0, 1, "email")
    with pytest.raises(ValueError, match="renamed_field"):
        Incident("missing_field", "typeform", 0, 1, "email", "mail")


def test_the_drift_begins_where_it_was_planted(inventory: Inventory, codec: AvroCodec) -> None:
    """From the given record on, the other concept decides who buys."""
    plan = list(islice(Traffic(inventory, 2, START_MS, encode=codec.encode, drift_at=700).events(), 1400))
    originals = [planned for planned in plan if planned.kind == "original"]
    assert all((planned.concept == "after") is (planned.index >= 700) for planned in originals)


def test_without_an_encoder_avro_sources_are_silent(inventory: Inventory) -> None:
    """The plan needs no registry for the other formats."""
    plan = list(islice(Traffic(inventory, 2, START_MS).events(), 1000))
    assert "partner-avro" not in {planned.source for planned in plan}
