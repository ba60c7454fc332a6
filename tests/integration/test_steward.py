"""The steward on a real broker, with the reviser that carries its verdicts out.

All tests share one installation; each has leads of its own.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from confluent_kafka import Producer

from app.desk.roster import Roster
from app.edges.kafka.reading import positions, read_to_end, watermarks
from app.edges.kafka.reviser import run_reviser
from app.edges.kafka.steward import run_steward
from app.edges.memory import FixedJudge, FixedModel
from app.edges.memory_desk import MemoryDesk
from app.edges.memory_index import MemoryMatchIndex
from app.embedded.kafka import EmbeddedKafka
from app.errors import FatalError
from app.ops.health import Health
from app.pipeline.identity import Identity
from app.pipeline.matching.judge import Judge
from app.pipeline.matching.seal import Seal
from app.pipeline.matching.weights import shipped
from app.pipeline.scoring import RULES
from app.steering import Steering
from app.steward import Deed, Engine, Value
from app.wiring import Installation
from tests.harness.config import only
from tests.harness.fleet import environment, install
from tests.harness.leads_told import a_decision, a_lead, a_routed, lead_id
from tests.harness.threads import in_thread
from tests.harness.waiting import until


class Broken:
    """An engine with a bug."""

    name = "broken"

    def on_decision(self, value: Value, at_ms: int) -> None:
        raise KeyError(value["lead_id"])

    on_outcome = on_verdict = on_rollout = on_decision

    def tick(self, now_ms: int) -> list[Deed]:
        raise ZeroDivisionError

    def needed_since(self, now_ms: int) -> int | None:
        return None

    def backlog(self, now_ms: int) -> dict[str, float]:
        return {}


ROUTING = """
version: 1
rules: []
catch_all: nurture
review_below_confidence: 0
service:
  warm: {contact_within_minutes: 30, reassign: 1, escalate_to: sales-desk}
"""
TEAMS = """
teams:
  - {name: nurture, description: Calls leads back, members: [{name: nurture-1}, {name: nurture-2}]}
  - {name: sales-desk, description: Helps out}
"""
NOW = int(time.time() * 1000)
MINUTE = 60_000


@dataclass
class Floor:
    """An installation, a clock that the test moves, and what stands on its topics."""

    one: Installation
    producer: Producer
    ahead_ms: list[int] = field(default_factory=lambda: [0])
    more: tuple[Engine, ...] = ()

    @property
    def roster(self) -> Roster:
        return Roster(self.one.inventory.teams)

    def steward(self, stop: threading.Event, health: Health | None = None) -> None:
        roster = self.roster
        parts = self.one.steward(lambda: roster)
        parts = replace(parts, engines=(*self.more, *parts.engines), clock=lambda: time.time() + self.ahead_ms[0] / 1000)
        run_steward(parts, stop, health)

    @contextmanager
    def watching(self) -> Iterator[Health]:
        """The role in a thread of this process, once it has caught up."""
        health = Health()
        with in_thread(lambda stop: self.steward(stop, health)):
            until(lambda: "ok" in [one.status for one in health.checks if one.name == "caught_up"], "it has caught up")
            yield health

    @contextmanager
    def revising(self) -> Iterator[None]:
        identity = Identity(MemoryMatchIndex(), FixedJudge(Judge(shipped())), self.one.pseudonyms, Seal(self.one.secret))
        desk = MemoryDesk(lambda: self.roster)
        with in_thread(lambda stop: run_reviser(self.one.reviser(identity, FixedModel(RULES), Steering(desk=desk)), stop)):
            yield

    def send(self, topic: str, record: str, value: dict[str, Any]) -> None:
        headers = [("src", b"in-0-1"), ("content-type", b"application/avro")]
        self.producer.produce(topic, self.one.codec.encode(record, value), value["lead_id"], headers=headers)
        assert self.producer.flush(30) == 0

    def routed(self, n: int, due_at: int, **told: Any) -> None:
        """A lead that nurture-1 has."""
        service = {"owner": "nurture-1", "due_at": due_at}
        self.send(self.one.names.routed("nurture"), "routed_lead", a_routed(n, **service))
        about = {"team": "nurture", "band": "warm", "service_level": "warm", **service, **told}
        self.send(self.one.names.decisions, "decision", a_decision(n, **about))

    def parked(self, n: int, **told: Any) -> None:
        """A lead that is held because what the visitor did could not be asked for."""
        held = {
            "team": "nurture",
            "band": "warm",
            "review_reasons": ["dependency:behaviour"],
            "enrichments": {"behaviour": "down"},
        }
        score = {"score": 0.2, "confidence": 0.9, "rule": "catch-all"}
        self.send(self.one.names.review, "lead", a_lead(n, **held, **score))
        about = {"fate": "review", "fallbacks": {"behaviour": "down"}, **held, **score}
        self.send(self.one.names.decisions, "decision", a_decision(n, **about))

    def contacted(self, n: int) -> None:
        value = {"lead_id": lead_id(n), "outcome": "contacted", "occurred_at": NOW}
        self.send(self.one.names.outcomes, "outcome", value)

    def all(self, topic: str, record: str, n: int) -> list[dict[str, Any]]:
        found = read_to_end(self.one.kafka.client(), [topic])
        return [self.one.codec.read_own(one.value(), record) for one in found if one.key() == lead_id(n).encode()]

    def verdicts(self, n: int) -> list[dict[str, Any]]:
        return self.all(self.one.names.verdicts, "verdict", n)

    def decisions(self, n: int) -> list[dict[str, Any]]:
        return self.all(self.one.names.decisions, "decision", n)


@pytest.fixture(scope="module")
def one(kafka: EmbeddedKafka, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    config = only(tmp_path_factory.mktemp("config") / "c", "web-form", routing=ROUTING, teams=TEAMS, fairness="version: 1\n")
    there = environment(f"t-{uuid.uuid4().hex[:12]}", kafka.bootstrap, "redis://127.0.0.1:1", LEADSTREAM_CONFIG_DIR=str(config))
    return install(there)


@pytest.fixture
def floor(one: Installation) -> Floor:
    return Floor(one, Producer(one.kafka.producer()))


def test_a_lead_that_nobody_contacts_is_reassigned_and_then_escalated(floor: Floor) -> None:
    """Overdue: to the other member. Overdue again: to the team that helps out. A lead that was contacted stays where it is."""
    floor.routed(1, NOW - MINUTE)
    floor.routed(2, NOW - MINUTE)
    floor.contacted(2)
    with floor.revising(), floor.watching():
        until(lambda: len(floor.decisions(1)) == 2, "it is reassigned")
        second = floor.decisions(1)[-1]
        assert (second["owner"], second["attempts"], second["revised_by"]) == ("nurture-2", 1, "steward")
        floor.ahead_ms[0] = 40 * MINUTE
        until(lambda: len(floor.decisions(1)) == 3, "it is escalated")
    third = floor.decisions(1)[-1]
    assert (third["team"], third["fate"], third["revised_why"]) == ("sales-desk", "routed", "rerouted")
    assert [one["why"] for one in floor.verdicts(1)] == ["overdue", "escalated"]
    assert floor.verdicts(2) == []


def test_a_parked_lead_goes_on_once_nobody_misses_what_it_waited_for(floor: Floor) -> None:
    """Half a minute without a mark: it is assessed again, and goes to its team without the mark."""
    floor.parked(5)
    with floor.revising(), floor.watching():
        floor.ahead_ms[0] = MINUTE
        until(lambda: len(floor.decisions(5)) == 2, "it goes on")
    told = floor.decisions(5)[-1]
    assert (told["fate"], told["revised_why"], told["fallbacks"]) == ("routed", "retried", {"model": "none"})
    assert [one["why"] for one in floor.verdicts(5)] == ["dependency_back"]


def test_an_engine_that_fails_stops_no_other(floor: Floor) -> None:
    """/readyz names it; what the others have to say is said."""
    floor.more = (Broken(),)
    floor.routed(7, NOW - MINUTE)
    with floor.watching() as health:
        until(lambda: len(floor.verdicts(7)) == 1, "the others go on")
        failed = [one.name for one in health.checks if one.status == "failed"]
    assert failed == ["engine_broken"]


def test_a_restart_says_nothing_twice_and_reads_only_what_is_open(floor: Floor) -> None:
    """No reviser runs: the verdict stands on its topic, and the next steward finds it there; its position is the open lead's."""
    for n in range(20, 40):
        floor.routed(n, NOW + 10 * MINUTE)
        floor.contacted(n)
    floor.routed(11, NOW - MINUTE)
    with floor.watching():
        until(lambda: len(floor.verdicts(11)) == 1, "it is said")
    floor.routed(12, NOW - MINUTE)
    with floor.watching():
        until(lambda: len(floor.verdicts(12)) == 1, "the next one is at work")
    assert len(floor.verdicts(11)) == 1


def test_where_nothing_is_open_positions_follow_the_topics(floor: Floor) -> None:
    """A steward that has nothing to wait for leaves nothing to read again in the decisions."""
    decisions = [floor.one.names.decisions]
    for n in (1, 5, 7, 11, 12):
        floor.contacted(n)

    def reached() -> bool:
        committed = positions(floor.one.kafka.client(), f"{floor.one.app.group}-steward", decisions)
        ends = watermarks(floor.one.kafka.client(), decisions)
        return all(committed[tp] >= high for tp, (_, high) in ends.items() if high)

    with floor.watching():
        until(reached, "it has committed the ends", timeout_s=40)


def test_a_second_instance_ends_the_first(floor: Floor) -> None:
    """The newer one goes on, the older one cannot say anything any more."""
    ended = list[FatalError]()

    def first(stop: threading.Event) -> None:
        try:
            floor.steward(stop, health)
        except FatalError as error:
            ended.append(error)

    health = Health()
    with in_thread(first):
        until(lambda: health.ready, "the first is at work")
        with floor.watching():
            floor.routed(51, NOW - MINUTE)
            until(lambda: len(floor.verdicts(51)) == 1 and bool(ended), "one says it, the other cannot")
    assert "another steward" in str(ended[0])
