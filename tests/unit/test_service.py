"""What time does to leads: service levels, expiry of reviews, queues and parked leads."""

from __future__ import annotations

from typing import Any

import pytest

from app.desk.roster import Roster
from app.inventory.models import Inventory, Routing, Service, ServiceLevel, Team
from app.inventory.people import Hours, Member
from app.inventory.reviewing import Checkpoint, Reviewing
from app.service.book import KEPT_MS, PATIENCE_MS
from app.service.engine import MOST_OUTSTANDING, MOST_PER_TICK, ServiceEngine
from app.service.parked import CALM_MS
from app.steward import Deed, SayVerdict
from tests.harness.open_leads import HOUR, MINUTE, START, decided, firing, lead, outcome, said, verdicts

OFFICE = Hours(time_zone="UTC", week={"mon-sun": ("09:00-17:00",)})
DAY_START = START - START % (24 * HOUR)
NOON = DAY_START + 12 * HOUR


def team(name: str, *members: str) -> Team:
    people = tuple(Member(name=member, hours=OFFICE) for member in members)
    return Team(name=name, description=name, members=people)


INVENTORY = Inventory(
    sources={},
    teams={one.name: one for one in (team("inside-sales", "inside-1", "inside-2"), team("sales-desk"), team("duty"))},
    routing=Routing(
        version=1,
        rules=(),
        catch_all="sales-desk",
        service=Service(
            hot=ServiceLevel(contact_within_minutes=30, priority=1, reassign=2, escalate_to="duty"),
            warm=ServiceLevel(contact_within_minutes=120, priority=4, reassign=1),
        ),
    ),
    reviewing=Reviewing(
        hold_hours=8,
        fallback="duty",
        checkpoints=(Checkpoint(name="large", after="validation", hold_hours=1),),
    ),
)


class World:
    """An engine, and the clock."""

    def __init__(self, now_ms: int = NOON) -> None:
        self.now = now_ms
        roster = Roster(INVENTORY.teams)
        self.engine = ServiceEngine(INVENTORY, lambda: roster, ("model",))
        self.roster = roster

    def decided(self, n: int, fate: str = "routed", **more: Any) -> None:
        self.engine.on_decision(decided(n, fate, **more), self.now)

    def due(self, n: int, minutes: int = 0, **more: Any) -> None:
        """A routed lead that is to be contacted so many minutes from now."""
        told: dict[str, Any] = {"due_at": self.now + minutes * MINUTE, "service_level": "hot"}
        self.decided(n, **(told | more))

    def after(self, ms: int) -> list[Deed]:
        """What is said by then, with a tick each second at most 20 times, and the last one then."""
        self.now += ms
        return self.engine.tick(self.now)

    def ticks(self, seconds: int) -> list[SayVerdict]:
        return [one for _ in range(seconds) for one in verdicts(self.after(1_000))]


def test_a_lead_that_nobody_contacted_in_time_goes_to_another_member() -> None:
    """Not before it is due, and once."""
    world = World()
    world.due(1, 30)
    assert verdicts(world.after(29 * MINUTE)) == []
    (deed,) = verdicts(world.after(MINUTE))
    assert (deed.lead, deed.says, deed.why, deed.team) == (lead(1), "reassign", "overdue", None)
    assert world.ticks(30) == []


@pytest.mark.parametrize("what", ["contacted", "qualified", "won", "lost"])
def test_whoever_reports_anything_of_a_lead_has_dealt_with_it(what: str) -> None:
    """Nothing is said about it then or later, whether the report comes before or after the decision."""
    before, after = World(), World()
    before.engine.on_outcome(outcome(1, what), before.now)
    before.due(1, 5)
    after.due(1, 5)
    after.engine.on_outcome(outcome(1, what), after.now)
    for world in (before, after):
        assert verdicts(world.after(HOUR)) == []
        world.due(1, 5, revision=2, revised_by="dedupe")
        assert verdicts(world.after(HOUR)) == []


@pytest.mark.parametrize("fate", ["duplicate", "rejected", "dead_letter"])
def test_what_is_no_open_lead_is_left_alone(fate: str) -> None:
    """Merged, rejected and dead ones have nobody waiting."""
    world = World()
    world.due(1, 5)
    world.decided(1, fate, revision=2, team=None)
    assert verdicts(world.after(HOUR)) == []


def test_used_up_attempts_lead_to_the_team_that_helps_out() -> None:
    """With as many attempts as the level allows it is rerouted; one whose level allows none and names no team, never."""
    world = World()
    world.due(1, 5, attempts=2)
    world.due(2, 5, service_level="warm", attempts=1)
    (deed,) = verdicts(world.after(10 * MINUTE))
    assert (deed.lead, deed.says, deed.why, deed.team) == (lead(1), "reroute", "escalated", "duty")


def test_a_lead_is_not_taken_from_the_last_member_who_could_have_it() -> None:
    """All members had it, or the team has none: it goes to the team that helps out at once."""
    world = World()
    world.due(1, 5, attempts=1)
    world.due(2, 5, team="sales-desk", owner=None)
    told = {one.lead: (one.says, one.team) for one in verdicts(world.after(10 * MINUTE))}
    assert told == {lead(1): ("reroute", "duty"), lead(2): ("reroute", "duty")}


def test_a_refused_step_is_followed_by_the_next_and_in_the_end_by_an_alert() -> None:
    """Nothing comes of the reassignment: an hour later it escalates; nothing comes of that: people are told, for a day."""
    world = World()
    world.due(1, 0)
    assert [one.says for one in verdicts(world.after(1_000))] == ["reassign"]
    assert [one.says for one in verdicts(world.after(PATIENCE_MS))] == ["reroute"]
    world.after(PATIENCE_MS)
    (alarm,) = firing(world.after(10_000))
    assert (alarm.kind, alarm.field, alarm.samples) == ("overdue_leads", "inside-sales", (lead(1),))
    world.engine.on_outcome(outcome(1), world.now)
    assert firing(world.after(10_000)) == []
    assert world.engine.needed_since(world.now) is None


def test_the_most_urgent_and_the_oldest_come_first_and_no_more_than_the_pace() -> None:
    """After an outage all are overdue: hot before warm, and in each the oldest first, so many a second."""
    world = World()
    for n in range(MOST_PER_TICK):
        world.due(n, 1000 - n, service_level="warm")
    for n in range(MOST_PER_TICK, 2 * MOST_PER_TICK):
        world.due(n, n)
    world.now += 24 * HOUR
    hot, warm = world.ticks(1), world.ticks(1)
    assert [one.lead for one in hot] == [lead(n) for n in range(MOST_PER_TICK, 2 * MOST_PER_TICK)]
    assert [one.lead for one in warm] == [lead(n) for n in reversed(range(MOST_PER_TICK))]


def test_while_nobody_carries_verdicts_out_only_so_many_are_said() -> None:
    """The verdicts topic is no place to pile up a backlog."""
    world = World()
    for n in range(2 * MOST_OUTSTANDING):
        world.due(n, 0)
    assert len(world.ticks(60)) == MOST_OUTSTANDING


def test_after_a_restart_nothing_is_said_again() -> None:
    """A verdict that is found on its topic was said, whatever is read first."""
    world = World()
    world.due(1, 0)
    (deed,) = verdicts(world.after(1_000))
    for verdict_first in (True, False):
        anew = World(world.now)
        if verdict_first:
            anew.engine.on_verdict(said(deed), deed.at_ms)
        anew.due(1, -1)
        if not verdict_first:
            anew.engine.on_verdict(said(deed), deed.at_ms)
        assert anew.ticks(30) == []
        assert [one.says for one in verdicts(anew.after(PATIENCE_MS))] == ["reroute"]


def test_what_a_person_has_just_said_comes_first() -> None:
    """The machine does not overrule a reviewer whose verdict is about to be carried out."""
    world = World()
    world.due(1, 1)
    world.after(30_000)
    world.engine.on_verdict({"lead_id": lead(1), "verdict_id": "x", "reviewer": "lead-desk", "decision": "reroute"}, world.now)
    assert world.ticks(45) == []
    assert [one.says for one in world.ticks(60)] == ["reassign"]


def test_a_review_expires_into_its_fallback() -> None:
    """By its checkpoint's hours and fallback, else by those of all; where that was refused, it goes to the catch-all."""
    world = World()
    world.decided(1, "review", checkpoint="large")
    world.decided(2, "review")
    world.after(30 * MINUTE)
    world.decided(1, "review", checkpoint="large", revision=2, revised_by="dedupe")
    (deed,) = verdicts(world.after(30 * MINUTE))
    assert (deed.lead, deed.says, deed.why, deed.team) == (lead(1), "approve", "expired", None)
    world.decided(1, revision=3, revised_by="steward")
    (deed,) = verdicts(world.after(7 * HOUR))
    assert (deed.lead, deed.says, deed.why, deed.team) == (lead(2), "reroute", "expired", "duty")
    (deed,) = verdicts(world.after(PATIENCE_MS))
    assert (deed.lead, deed.says, deed.why, deed.team) == (lead(2), "reroute", "expired", "sales-desk")


def test_a_contacted_lead_that_is_held_still_expires() -> None:
    """Held leads wait for people's decision, not for a call: an outcome of another tool does not leave them lying there."""
    world = World()
    world.decided(1, "review", checkpoint="large")
    world.engine.on_outcome(outcome(1), world.now)
    assert [one.says for one in verdicts(world.after(HOUR))] == ["approve"]


def queued(world: World, n: int, why: str = "nobody_in", **more: Any) -> None:
    desk = {"why": why, "load": {}, "passed_over": {}, "at": world.now, "roster": world.roster.version}
    world.decided(n, **({"owner": None, "desk": desk} | more))


def test_a_queue_waits_until_somebody_is_in() -> None:
    """Nothing is said at night; in the morning one lead is tried, the hottest; the others follow as they are taken."""
    world = World(DAY_START + 20 * HOUR)
    for n in range(40):
        queued(world, n, band="cold" if n else "hot")
    assert verdicts(world.after(HOUR)) == []
    world.now = DAY_START + 33 * HOUR
    (deed,) = world.ticks(5)
    assert (deed.lead, deed.says, deed.why) == (lead(0), "reassign", "drained")
    taken, waves = [deed], []
    for _ in range(10):
        for one in taken:
            world.decided(int(one.lead[3:], 16), revision=2, revised_by="steward", attempts=0)
        taken = verdicts(world.after(1_000))
        waves.append(len(taken))
    assert waves[:5] == [2, 4, 8, 16, 9]


def test_a_queue_that_nobody_takes_from_is_tried_less_and_less() -> None:
    """Each refusal doubles the pause: a day of it is a handful of tries and no storm."""
    world, tries, revision = World(DAY_START + 9 * HOUR), 0, 1
    queued(world, 1, "away")
    for _ in range(7 * 360):
        for one in verdicts(world.after(10_000)):
            tries, revision = tries + 1, revision + 1
            queued(world, int(one.lead[3:], 16), "away", revision=revision, revised_by="steward")
    assert 8 <= tries <= 30


def test_a_full_team_is_asked_again_on_another_day_or_with_another_roster() -> None:
    """Asking on would only make revisions."""
    world = World()
    queued(world, 1, "full")
    assert verdicts(world.after(4 * HOUR)) == []
    world.now = NOON + 24 * HOUR
    assert [one.why for one in world.ticks(1)] == ["drained"]


def test_a_team_without_members_is_a_queue_by_design() -> None:
    """Its leads are not moved about."""
    world = World()
    queued(world, 1, "no_members", team="duty")
    assert verdicts(world.after(HOUR)) == []


def park(world: World, n: int, **more: Any) -> None:
    told = {"review_reasons": ["dependency:model"], "fallbacks": {"model": "missing"}}
    world.decided(n, "review", **(told | more))


def test_parked_leads_go_on_once_nobody_misses_the_dependency() -> None:
    """Calm first, then one, then more."""
    world = World()
    for n in range(10):
        park(world, n)
    assert [one.field for one in firing(world.after(10_000))] == ["model"]
    assert verdicts(world.after(CALM_MS - 11_000)) == []
    (deed,) = verdicts(world.after(1_000))
    assert (deed.says, deed.why) == ("retry", "dependency_back")
    world.decided(int(deed.lead[3:], 16), revision=2, revised_by="steward")
    assert len(verdicts(world.after(1_000))) == 2


def test_a_flapping_dependency_makes_no_storm() -> None:
    """Away again after each try: a hundred parked leads make a few tries in six hours, not thousands."""
    world, tries, revisions = World(), 0, dict.fromkeys(range(100), 1)
    for n in revisions:
        park(world, n)
    for _ in range(6 * 360):
        for one in verdicts(world.after(10_000)):
            n, tries = int(one.lead[3:], 16), tries + 1
            revisions[n] += 1
            park(world, n, revision=revisions[n], revised_by="steward", revised_why="retried")
    assert 8 <= tries <= 30


def test_a_lead_is_moved_by_one_concern_at_a_time() -> None:
    """A queued lead that is overdue, too: one verdict, until it is carried out."""
    world = World()
    queued(world, 1, due_at=world.now, service_level="hot")
    assert len(world.ticks(60)) == 1


def test_a_lead_that_time_does_nothing_about_is_not_kept() -> None:
    """Without due time and with an owner; with a level that is not configured; held for as long as it takes."""
    world = World()
    world.decided(1)
    world.due(2, 5, service_level="cold")
    assert world.engine.needed_since(world.now) is None
    world.due(3, 5)
    world.due(3, 5, owner="inside-2", due_at=None, revision=2, revised_by="lead-desk")
    assert world.engine.needed_since(world.now) is None


def test_a_lead_that_topics_do_not_keep_any_more_is_let_go() -> None:
    """Nobody could carry out what is said about it."""
    world = World()
    park(world, 1, checkpoint=None, team="duty")
    world.after(0)
    assert world.engine.needed_since(world.now) is not None
    world.now += KEPT_MS + HOUR
    world.after(2 * HOUR)
    assert world.engine.needed_since(world.now) is None


def test_what_must_be_read_again_is_what_is_open() -> None:
    """The oldest open lead says from when on; none open: nothing."""
    world = World()
    world.due(1, 5)
    first = world.now
    world.after(2 * HOUR)
    world.due(2, 5)
    since = world.engine.needed_since(world.now)
    assert since is not None
    assert first - MINUTE < since <= first
    for n in (1, 2):
        world.engine.on_outcome(outcome(n), world.now)
    assert world.engine.needed_since(world.now) is None
