"""The engine of time under arbitrary histories: leads, reports, revisions, a reviser that is slow or refuses, and restarts."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.desk.roster import Roster
from app.inventory.models import Inventory, Routing, Service, ServiceLevel, Team
from app.inventory.people import Member
from app.inventory.reviewing import Reviewing
from app.ports import Assigned
from app.service.engine import ServiceEngine
from app.steward import SayVerdict
from tests.harness.examples import examples
from tests.harness.open_leads import HOUR, MINUTE, START, carried_out, decided, lead, outcome, said, verdicts

TEAMS = ("inside-sales", "duty", "sales-desk")
MEMBERS = tuple(Member(name=f"inside-{n}") for n in range(1, 5))
INVENTORY = Inventory(
    sources={},
    teams={name: Team(name=name, description=name, members=MEMBERS) for name in TEAMS},
    routing=Routing(
        version=1,
        rules=(),
        catch_all="sales-desk",
        service=Service(hot=ServiceLevel(contact_within_minutes=30, reassign=2, escalate_to="duty")),
    ),
    reviewing=Reviewing(hold_hours=2),
)
ROSTER = Roster(INVENTORY.teams)
STEP = st.sampled_from(("routed", "held", "contacted", "merged", "rejected", "revised", "answer", "refuse", "minute", "hour"))
HISTORY = st.lists(st.tuples(STEP, st.integers(0, 4)), min_size=1, max_size=40)


def engine() -> ServiceEngine:
    return ServiceEngine(INVENTORY, lambda: ROSTER)


class World:
    """An engine, the topics, and a reviser that carries out what the history tells it to."""

    def __init__(self) -> None:
        self.engine, self.now = engine(), START
        self.decisions: list[tuple[dict[str, Any], int]] = []
        self.outcomes: list[tuple[dict[str, Any], int]] = []
        self.verdicts: list[tuple[dict[str, Any], int]] = []
        self.newest: dict[int, dict[str, Any]] = {}
        self.said: list[SayVerdict] = []
        self.waiting: list[SayVerdict] = []
        self.contacted: set[str] = set()

    def decide(self, n: int, value: dict[str, Any]) -> None:
        self.newest[n] = value
        self.decisions.append((value, self.now))
        self.engine.on_decision(value, self.now)

    def step(self, what: str, n: int) -> None:
        known = self.newest.get(n)
        match what:
            case "routed" if known is None:
                self.decide(n, decided(n, due_at=self.now + 30 * MINUTE, service_level="hot"))
            case "held" if known is None:
                self.decide(n, decided(n, "review"))
            case "contacted":
                self.contacted.add(lead(n))
                self.outcomes.append((outcome(n), self.now))
                self.engine.on_outcome(outcome(n), self.now)
            case "merged" | "rejected" if known is not None:
                fate = "duplicate" if what == "merged" else what
                self.decide(n, known | {"fate": fate, "revision": known["revision"] + 1, "revised_by": "lead-desk"})
            case "revised" if known is not None:
                self.decide(n, known | {"revision": known["revision"] + 1, "revised_by": "dedupe"})
            case "answer" if self.waiting:
                self.answer(self.waiting.pop(0))
            case "refuse" if self.waiting:
                self.waiting.pop(0)
            case "minute" | "hour":
                self.now += MINUTE if what == "minute" else HOUR
        self.tick()

    def tick(self) -> None:
        self.now += 1_000
        for deed in verdicts(self.engine.tick(self.now)):
            self.said.append(deed)
            self.waiting.append(deed)
            self.verdicts.append((said(deed), self.now))
            self.engine.on_verdict(said(deed), self.now)

    def answer(self, deed: SayVerdict) -> None:
        n = int(deed.lead[3:], 16)
        known = self.newest[n]
        wanted = ("review",) if deed.says == "approve" else ("routed",) if deed.says == "reassign" else ("review", "routed")
        if known["fate"] in wanted:
            self.decide(n, carried_out(known, deed, self.now, INVENTORY, Assigned("inside-2", "in_turn", self.now)))

    def restarted(self, order: list[int]) -> ServiceEngine:
        """An engine that has read the topics again, from where the old one said, in some order between topics."""
        anew, since = engine(), self.engine.needed_since(self.now)
        topics = [
            [(anew.on_decision, *one) for one in self.decisions if since is not None and one[1] >= since],
            [(anew.on_outcome, *one) for one in self.outcomes],
            [(anew.on_verdict, *one) for one in self.verdicts],
        ]
        for turn in order:
            if topics[turn]:
                hand, value, at_ms = topics[turn].pop(0)
                hand(value, at_ms)
        for topic in topics:
            for hand, value, at_ms in topic:
                hand(value, at_ms)
        return anew


@examples(60)
@given(HISTORY)
def test_no_deed_is_said_twice_and_none_about_a_lead_that_is_dealt_with(history: list[tuple[str, int]]) -> None:
    """Each cause once; a routed lead of which a CRM has reported anything is never moved; merged and rejected ones neither."""
    world = World()
    for what, n in history:
        world.step(what, n)
        for deed in world.waiting:
            if deed.at_ms == world.now:
                value = world.newest[int(deed.lead[3:], 16)]
                assert value["fate"] in ("routed", "review")
                assert value["fate"] == "review" or deed.lead not in world.contacted
    assert len({one.verdict_id for one in world.said}) == len(world.said)


@examples(60)
@given(HISTORY)
def test_in_the_end_every_lead_is_escalated_or_dealt_with(history: list[tuple[str, int]]) -> None:
    """Once verdicts are carried out, no lead stays held, and none stays with a team that does not get to it."""
    world = World()
    for what, n in history:
        world.step(what, n)
    for _ in range(12):
        world.now += HOUR
        world.tick()
        while world.waiting:
            world.answer(world.waiting.pop(0))
    for n, value in world.newest.items():
        if value["fate"] == "review":
            raise AssertionError(f"{lead(n)} is held for ever")
        if value["fate"] == "routed" and lead(n) not in world.contacted and value["service_level"] == "hot":
            assert value["team"] == "duty"


@examples(60)
@given(
    HISTORY, st.lists(st.integers(0, 2), max_size=60), st.integers(0, 40), st.sampled_from([MINUTE, 20 * MINUTE, HOUR, 5 * HOUR])
)
def test_a_restart_changes_nothing(history: list[tuple[str, int]], order: list[int], stop: int, later: int) -> None:
    """Read again from where it said, in whatever order the topics come, it says next what it would have said."""
    world = World()
    for what, n in history[:stop]:
        world.step(what, n)
    anew = world.restarted(order)
    for ahead in (1_000, later, later + HOUR, later + 2 * HOUR):
        then = world.now + ahead
        ours, its = verdicts(world.engine.tick(then)), verdicts(anew.tick(then))
        assert sorted(ours, key=lambda one: one.verdict_id) == sorted(its, key=lambda one: one.verdict_id)
