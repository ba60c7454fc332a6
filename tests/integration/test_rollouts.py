"""Rollouts on a real broker: an order reaches workers within two seconds, and the steward takes back what does harm."""

from __future__ import annotations

import time
import uuid
from contextlib import closing
from dataclasses import replace
from random import Random
from typing import Any

import orjson
import pytest
from confluent_kafka import Producer
from typer.testing import CliRunner

from app.cli import app
from app.commands.rollout_targets import ready
from app.desk.roster import Roster
from app.edges.kafka.models import KafkaModels
from app.edges.kafka.reading import read_to_end
from app.edges.kafka.rollouts import RolloutWriter, read_rollouts
from app.edges.kafka.steward import run_steward
from app.embedded.kafka import EmbeddedKafka
from app.errors import EdgeDown
from app.inventory.rolling import Rolling, Stage
from app.learning.ledger import Ledger
from app.learning.model import OnlineModel
from app.learning.progress import Progress
from app.learning.snapshot import Snapshot, signing_key
from app.learning.versions import PREFIX, Version
from app.rollout.arms import arm_at, places
from app.rollout.orders import ordered, started
from app.rollout.plan import Rollout, RolloutError
from app.wiring import Installation
from tests.harness.config import only
from tests.harness.fleet import environment, install
from tests.harness.leads_told import a_decision
from tests.harness.threads import in_thread
from tests.harness.waiting import until

HOUR = 3_600_000
NOW = int(time.time() * 1000)
PLAN = Rolling().plan("routing").model_copy(update={"stages": (Stage(share=0.25, least_hours=1_000),)})


@pytest.fixture(scope="module")
def there(kafka: EmbeddedKafka, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder, fairness = tmp_path_factory.mktemp("config") / "c", "version: 1\n"
    config = only(folder, "web-form", routing="version: 1\nrules: []\ncatch_all: nurture\n", fairness=fairness)
    (config / "candidates").mkdir()
    (config / "candidates" / "eu-rules.yaml").write_text("version: 2\nrules: []\ncatch_all: sales-desk\n")
    (config / "candidates" / "broken.yaml").write_text("version: 2\nrules: []\ncatch_all: nobody\n")
    return environment(f"t-{uuid.uuid4().hex[:12]}", kafka.bootstrap, "redis://127.0.0.1:1", LEADSTREAM_CONFIG_DIR=str(config))


@pytest.fixture(scope="module")
def one(there: dict[str, str]) -> Installation:
    return install(there)


def begun(name: str, at_ms: int) -> Rollout:
    return started(None, name, "routing", "eu-rules", PLAN, 0.1, "ops", "try the new rules", at_ms)


def records(one: Installation, topic: str, record: str) -> list[dict[str, Any]]:
    return [one.codec.read_own(found.value(), record) for found in read_to_end(one.kafka.client(), [topic])]


def test_an_order_is_in_force_within_two_seconds_and_stands_in_the_audit(one: Installation) -> None:
    """Start, then back: each is there in a worker's follower within two seconds, with one record of who and why."""
    with closing(one.rollouts()) as rollouts:
        writer, first = RolloutWriter(one.kafka, one.names, one.codec.encode), begun("orders", NOW)
        writer.write(None, first)
        until(lambda: "orders" in rollouts.place("web-form", "s").arms, "it has begun", 2)
        after = ordered(first, "back", "lead-operations", "not today", NOW + 5)
        writer.write(first, after)
        until(lambda: "orders" not in rollouts.place("web-form", "s").arms, "it is taken back", 2)
    told = [change for change in records(one, one.names.changes, "change") if change["name"] == "orders"]
    assert [(change["by"], change["why"]) for change in told] == [
        ("ops", "try the new rules"),
        ("lead-operations", "not today"),
    ]
    assert orjson.loads(told[1]["after"])["status"] == "rolled_back"
    assert read_rollouts(one.kafka.client(), one.names.rollouts, one.codec.read_own)["orders"] == after


@pytest.mark.usefixtures("one")
def test_people_lead_a_rollout_by_the_command(there: dict[str, str]) -> None:
    """start, list, show, pause, resume, advance, back, end: each says what holds; what cannot be is refused with exit code 1."""

    def told(*words: str, says: bool = True, code: int = 0) -> Any:
        who = ("--by", "ops", "--why", "a trial") if says else ()
        done = CliRunner(env=there).invoke(app, ["rollout", *words, *who, "--json"])
        assert done.exit_code == code, done.output
        return orjson.loads(done.stdout) if code == 0 else done.output

    assert told("start", "web", "source", "web-form", "--stages", "0,50", "--control", "20")["status"] == "shadow"
    assert "under way" in told("start", "web", "source", "web-form", code=1)
    assert "same leads" in told("start", "web-2", "source", "web-form", code=1)
    assert "nobody" in told("start", "broken", "routing", "broken", code=1)
    assert "no source" in told("start", "other", "source", "web-from", code=1)
    assert told("advance", "web")["share"] == 0.5
    assert told("pause", "web")["status"] == "paused"
    assert "is paused" in told("advance", "web", code=1)
    assert told("resume", "web")["status"] == "running"
    shown = told("show", "web", says=False)
    assert (shown["control"], shown["by"], len(shown["guardrails"])) == (0.2, "ops", 6)
    assert told("back", "web")["share"] == 0.0
    assert told("end", "web")["status"] == "ended"
    assert "web" not in {found["rollout"] for found in told("list", says=False)}
    assert "web" in {found["rollout"] for found in told("list", "--all", says=False)}
    plain = CliRunner(env=there).invoke(app, ["rollout", "show", "web"])
    assert "rerouted" in plain.stdout


def test_of_two_who_order_at_once_one_is_refused(one: Installation) -> None:
    """Who began to look later is the one whose order counts: nobody writes upon what is not the newest."""
    early = RolloutWriter(one.kafka, one.names, one.codec.encode)
    late = RolloutWriter(one.kafka, one.names, one.codec.encode)
    with pytest.raises(EdgeDown, match="look again"):
        early.write(None, begun("twice", NOW))
    late.write(None, begun("twice", NOW))


def test_harm_is_taken_back_with_alert_and_evidence(one: Installation) -> None:
    """Of the candidate's leads half are re-routed: rolled back when their windows are over, told in the audit, alerted, and gone
    from workers within two seconds."""
    _harm(one, begun("harm", NOW - HOUR))
    roster, seen_at, gone_at = Roster(one.inventory.teams), [0.0], [0.0]
    parts = replace(one.steward(lambda: roster), clock=lambda: time.time() + 5 * HOUR / 1000)

    def rolled_back() -> bool:
        status = read_rollouts(one.kafka.client(), one.names.rollouts, one.codec.read_own)["harm"].status
        return status == "rolled_back"

    with closing(one.rollouts()) as rollouts, in_thread(lambda stop: run_steward(parts, stop)):
        assert rollouts.place("web-form", "s").arms
        until(rolled_back, "the steward takes it back")
        seen_at[0] = time.monotonic()
        until(lambda: "harm" not in rollouts.place("web-form", "s").arms, "workers know", 2)
        gone_at[0] = time.monotonic()
    change = next(one for one in records(one, one.names.changes, "change") if one["name"] == "harm")
    evidence = orjson.loads(change["after"])["evidence"]
    assert (change["by"], evidence["guardrail"]) == ("steward", "rerouted")
    alert = next(one for one in records(one, one.names.alerts, "alert") if one["kind"] == "rollout_rolled_back")
    assert (alert["status"], alert["field"], alert["severity"]) == ("firing", "harm", "error")
    assert alert["sample_lead_ids"] == evidence["samples"]
    assert gone_at[0] - seen_at[0] <= 2.0


def _harm(one: Installation, rollout: Rollout) -> None:
    """A rollout, leads in its arms, and what people did with them, on the topics."""
    producer, dice, place = Producer(one.kafka.producer()), Random(1), places(rollout.name)
    producer.produce(one.names.rollouts, one.codec.encode("rollout", rollout.record()), rollout.name)
    for n in range(300):
        first = a_decision(n)
        arm = arm_at(place(first["lead_id"]), rollout.share, rollout.control)
        told = [first | {"arms": {rollout.name: arm}, "received_at": NOW}]
        if dice.random() < (0.6 if arm == "candidate" else 0.04):
            told.append(told[0] | {"revision": 2, "revises": "routed", "revised_why": "rerouted", "revised_by": "dach-lead"})
        for value in told:
            producer.produce(one.names.decisions, one.codec.encode("decision", value), value["lead_id"])
    assert producer.flush(30) == 0


def test_a_kept_version_reaches_workers_when_a_rollout_names_it(one: Installation) -> None:
    """`start` lays it out in the form that workers load; they score with it for the candidate's arm, the champion goes on."""
    served = Snapshot.of(Progress(Ledger(), OnlineModel(), {}, {}), None)
    version, key = Version.of(served), signing_key(one.secret)
    producer = Producer(one.kafka.producer())
    producer.produce(one.names.models, version.sealed(key), PREFIX + version.version.encode())
    producer.flush(10)
    with closing(KafkaModels(one.kafka, one.names, one.secret)) as models:
        candidates = one.candidates(models)
        assert candidates.model(version.version) is None
        ready(one, "model", version.version)
        until(lambda: candidates.model(version.version) is not None, "it is there", 2)
        assert models.current().version == "rules"
    with pytest.raises(RolloutError, match="is kept"):
        ready(one, "model", "online-9-nothing")


def test_counts_change_nothing_for_workers(one: Installation) -> None:
    """A record that only keeps counts leaves the table as it is."""
    with closing(one.rollouts()) as rollouts:
        writer, first = RolloutWriter(one.kafka, one.names, one.codec.encode), begun("counting", NOW)
        writer.write(None, first)
        until(lambda: "counting" in rollouts.place("web-form", "s").arms, "it has begun", 2)
        table = rollouts.table
        producer = Producer(one.kafka.producer())
        kept = replace(first, version=2, counts={"until": NOW, "spans": [], "tallies": {}})
        producer.produce(one.names.rollouts, one.codec.encode("rollout", kept.record()), "counting")
        producer.flush(10)
        writer.write(None, begun("marker", NOW))
        until(lambda: "marker" in rollouts.place("web-form", "s").arms, "what came after it was read", 2)
        assert [one.name for one in rollouts.table.rollouts if one not in table.rollouts] == ["counting", "marker"]
