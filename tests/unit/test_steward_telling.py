"""The deeds of engines as records."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from app.edges.kafka.names import Topics
from app.edges.kafka.steward_telling import Telling
from app.pipeline.delivery import Outgoing
from app.steward import Alarm, PublishRollout, SayVerdict, cause_of, verdict_id
from tests.harness.leads_told import CODEC, lead_id

NOW = 1_763_900_000_000
MINUTE = 60_000


def alarm(at_ms: int, firing: bool = True, observed: float = 3, field: str = "inside-sales") -> Alarm:
    samples = (lead_id(1),)
    return Alarm("overdue_leads", "*", field, firing, "error", "3 leads are overdue", observed, 0, "records", at_ms, samples)


def telling(*alerts: dict[str, Any]) -> Telling:
    return Telling(Topics("t"), CODEC.encode, alerts, "https://runbooks.example/alerts")


def read(one: Outgoing, record: str) -> dict[str, Any]:
    return CODEC.read_own(one.value or b"", record)


def example(record: str, name: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(Path(f"schemas/{record}/examples/{name}.json").read_text("utf-8"))
    return told


def test_a_verdict_carries_its_cause() -> None:
    """Key and id name the lead and what gave rise to it; the reviewer is the steward, and no person."""
    name = verdict_id("service_level", lead_id(1), 3, "reassign")
    (one,) = telling().outgoing(SayVerdict(name, lead_id(1), "reassign", "overdue", NOW))
    told = read(one, "verdict")
    assert (one.topic, one.key) == ("t.verdicts", lead_id(1).encode())
    assert (told["reviewer"], told["decision"], told["why"], told["decided_at"]) == ("steward", "reassign", "overdue", NOW)
    assert cause_of(told["verdict_id"]) == ("service_level", 3, "reassign")


def test_ids_of_others_name_no_cause() -> None:
    """Whatever a tool calls its verdicts."""
    for other in ("", "x", "a:b", "a:b:c", "a:b:c:d", "a:b:3:", "7d9e0c1f2a"):
        assert cause_of(other) is None


def test_a_rollout_and_its_change_go_out_together() -> None:
    """Counts that are only kept are no change for anybody."""
    record, change = example("rollout", "rolled_back"), example("change", "flag")
    both = telling().outgoing(PublishRollout(record, change))
    assert [one.topic for one in both] == ["t.rollouts", "t.changes"]
    assert [one.topic for one in telling().outgoing(PublishRollout(record))] == ["t.rollouts"]
    assert read(both[0], "rollout")["version"] == record["version"]


def test_an_alert_fires_once_and_resolves_once() -> None:
    """However often the engine says how it stands."""
    one, told = telling(), list[str]()
    for minute, firing in enumerate((False, True, True, True, False, False)):
        told += [read(out, "alert")["status"] for out in one.outgoing(alarm(NOW + minute * MINUTE, firing))]
    assert told == ["firing", "resolved"]


def test_each_team_has_its_own_alert() -> None:
    """What is wrong where: kind, source and field."""
    one = telling()
    marks = {read(out, "alert")["fingerprint"] for team in ("a", "b") for out in one.outgoing(alarm(NOW, field=team))}
    assert len(marks) == 2


def test_a_restart_resolves_what_is_over_and_fires_nothing_again() -> None:
    """The alerts topic is read at the start; an engine says of every team how it stands."""
    (fired,) = telling().outgoing(alarm(NOW))
    state = read(fired, "alert")
    assert telling(state).outgoing(alarm(NOW + MINUTE)) == []
    (over,) = telling(state).outgoing(alarm(NOW + MINUTE, firing=False))
    assert read(over, "alert")["status"] == "resolved"


def test_an_alert_that_becomes_worse_is_told_again() -> None:
    """By half, or more."""
    one = telling()
    one.outgoing(alarm(NOW))
    assert one.outgoing(alarm(NOW + MINUTE, observed=4)) == []
    assert len(one.outgoing(alarm(NOW + 2 * MINUTE, observed=9))) == 1
