"""What simulated visitors do before they become leads: findable, like a tracker's events, and worth learning from."""

from __future__ import annotations

from collections import Counter
from itertools import islice

import pytest

from app.edges.memory import FixedModel, MemoryJourneys
from app.edges.memory_index import MemoryMatchIndex
from app.embedded.simulator.intent import AFTER, BEFORE
from app.embedded.simulator.planned import Planned
from app.embedded.simulator.producer import AHEAD_MS, STORY_START_MS
from app.embedded.simulator.traffic import Mix, Traffic
from app.embedded.simulator.visits import VISITING
from app.learning.model import OnlineModel
from app.pipeline.behaviour import GAP_MS
from app.pipeline.fate import Review, Routed
from app.pipeline.scoring import RULES
from app.pipeline.source import InboundEvent, Position
from app.pipeline.steps import Steps
from app.ports import Journeys
from app.steering import Steering
from tests.benchmarks.material import nowhere
from tests.harness.ranking import auc

INSTALLATION = nowhere()
LEADS, LEARNED = 9_000, 5_000

Scored = tuple[dict[str, float], dict[str, str], bool]


@pytest.fixture(scope="module")
def plan() -> list[Planned]:
    """The usual mix of all sources, duplicates and garbage included."""
    traffic = Traffic(INSTALLATION.inventory, 17, STORY_START_MS, encode=INSTALLATION.codec.encode)
    return list(islice(traffic.events(), LEADS))


@pytest.fixture(scope="module")
def kept(plan: list[Planned]) -> MemoryJourneys:
    """All that visitors did, as the role `behaviour` keeps it."""
    store, steps = MemoryJourneys(), Steps(INSTALLATION.pseudonyms)
    for one in plan:
        for step in one.trail.records(one.occurred_ms or 0) if one.trail else ():
            event = INSTALLATION.codec.decode(INSTALLATION.codec.encode("behaviour_event", step), "behaviour_event")
            assert steps.add(event, one.stamp_ms - AHEAD_MS) == "kept"
    store.keep(0, None, 1, steps.moved)
    return store


def scored(plan: list[Planned], journeys: Journeys | None) -> dict[int, tuple[Planned, Routed | Review]]:
    """Place in the plan → truth and fate of each lead whose end is known."""
    identity, steering = INSTALLATION.identity(MemoryMatchIndex()), Steering(journeys=journeys)
    pipeline = INSTALLATION.pipeline(identity, FixedModel(RULES), steering=steering)
    events = [
        InboundEvent(Position(INSTALLATION.names.inbound(one.source), 0, one.index), one.key, one.value, (), one.stamp_ms)
        for one in plan
    ]
    told = zip(plan, pipeline.process(events), strict=True)
    return {one.index: (one, fate) for one, fate in told if isinstance(fate, Routed | Review) and one.won is not None}


@pytest.fixture(scope="module")
def with_visits(plan: list[Planned], kept: MemoryJourneys) -> dict[int, tuple[Planned, Routed | Review]]:
    return scored(plan, kept)


def learned(leads: dict[int, tuple[Planned, Routed | Review]]) -> tuple[float, float]:
    """AUC and mean log loss (nats) on the leads that follow those learned from, each scored before it is learned."""
    model, ranked, loss, n = OnlineModel(), [], 0.0, 0
    for one, fate in leads.values():
        numbers, categories, won = fate.score.numbers, fate.score.categories, bool(one.won)
        if n >= LEARNED:
            ranked.append((model.probability(numbers, categories), won))
        lost = model.learn(numbers, categories, won)
        loss += lost if n >= LEARNED else 0.0
        n += 1
    return auc(ranked), loss / (n - LEARNED)


def test_only_those_come_by_whose_source_is_on_a_site(plan: list[Planned]) -> None:
    """Each source has its share of visitors; forms within an advertising network and partners have none."""
    leads = Counter(one.source for one in plan if one.kind in ("original", "new_intent"))
    visited = Counter(one.source for one in plan if one.trail)
    for source, count in leads.items():
        share = VISITING.get(source, (0, 0))[0] / 100
        assert visited[source] / count == pytest.approx(share, abs=4 * (0.25 / count) ** 0.5 * (share > 0))
    assert not any(one.trail for one in plan if one.kind not in ("original", "new_intent"))


def test_steps_are_in_order_and_before_their_lead(plan: list[Planned]) -> None:
    """Sessions are parted by the gap that the journey counts by, steps within one are not, and none is after the lead."""
    for trail in [one.trail for one in plan if one.trail]:
        assert [step.before_ms for step in trail.steps] == sorted((step.before_ms for step in trail.steps), reverse=True)
        assert trail.steps[-1].before_ms > 0
        for earlier, later in zip(trail.steps, trail.steps[1:], strict=False):
            assert (earlier.before_ms - later.before_ms > GAP_MS) is (earlier.session != later.session)
        assert trail.cart >= 0


def test_nobody_is_there_without_a_share() -> None:
    """With a share of 0 nobody visits, and the plan has the same people."""
    usual, none = (
        list(islice(Traffic(INSTALLATION.inventory, 3, STORY_START_MS, mix=mix).events(), 300)) for mix in (Mix(), Mix(visited=0))
    )
    assert any(one.trail for one in usual)
    assert not any(one.trail for one in none)


def test_leads_find_what_their_visitor_did(plan: list[Planned], with_visits: dict[int, tuple[Planned, Routed | Review]]) -> None:
    """By the visitor's id in the payload, or by the e-mail that the tracker was told: as planted; the others know nothing."""
    found, several = Counter[str](), {one.person for one in plan if one.kind == "new_intent" or one.kin}
    several |= {one.kin.of for one in plan if one.kin}
    for one, fate in with_visits.values():
        lead = fate.lead
        if one.person in several:
            continue  # what one person did before two leads, or a family at one mailbox, is one journey
        if one.trail is None or lead.sessions is None:
            assert lead.sessions is None
            continue
        assert (lead.sessions, lead.pages_viewed) == (one.trail.steps[-1].session + 1, one.trail.pages), one.source
        assert ((lead.cart_value or 0) > 0) is (one.trail.cart > 0)
        found["by visitor" if lead.visitor_id else "by e-mail"] += 1
    print(f"leads with a journey: {dict(found)} of {len(with_visits)}")
    assert min(found["by visitor"], found["by e-mail"]) > len(with_visits) / 20


def test_learning_from_visits_pays(plan: list[Planned], with_visits: dict[int, tuple[Planned, Routed | Review]]) -> None:
    """A model that sees visits ranks leads it has not learned yet better than one that does not, and loses less."""
    (ranked, loss), (ranked_without, loss_without) = learned(with_visits), learned(scored(plan, None))
    ideal = auc([(one.probability or 0.0, bool(one.won)) for n, (one, _) in enumerate(with_visits.values()) if n >= LEARNED])
    print(f"AUC {ranked_without:.3f} → {ranked:.3f} (true chances {ideal:.3f}), log loss {loss_without:.4f} → {loss:.4f}")
    assert ranked > ranked_without + 0.015
    assert loss < loss_without - 0.003


def test_the_drift_turns_what_visits_mean() -> None:
    """Who only knows what visits meant before ranks worse for it afterwards."""
    assert BEFORE.pages * AFTER.pages < 0 > BEFORE.cart * AFTER.cart
