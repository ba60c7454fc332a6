"""Words about members on a real broker: followed within moments, audited, and who has what read back from the decisions."""

from __future__ import annotations

import json
import time
import uuid
from contextlib import closing
from pathlib import Path
from typing import Any

import orjson
import pytest
from confluent_kafka import Producer
from typer.testing import CliRunner

from app.cli import app
from app.desk.answering import Standing
from app.desk.roster import Roster
from app.edges.kafka.capacity import KafkaCapacity
from app.edges.kafka.reading import read_to_end
from app.edges.kafka.standing_owners import standing_owners
from app.edges.redis.connecting import connect
from app.edges.redis.desk import RedisDesk
from app.embedded.kafka import EmbeddedKafka
from app.embedded.redis import EmbeddedRedis
from app.ports import Wanted
from app.wiring import Installation
from tests.harness.config import only
from tests.harness.desks import lead_id, subject_id
from tests.harness.fleet import environment, install
from tests.harness.waiting import until

TEAMS = """
teams:
  - name: nurture
    description: takes all
    keep_owner_days: 30
    members:
      - {name: n-1, per_day: 3, time_zone: Europe/Berlin}
      - {name: n-2, weight: 2}
  - name: queue
    description: nobody
"""
ROUTING = "version: 1\nrules: []\ncatch_all: nurture\n"
WHO = ("--by", "team-leads", "--why", "holiday")

pytestmark = pytest.mark.timeout(120)


class Told:
    """An installation with members, and its commands."""

    def __init__(self, one: Installation, settings: dict[str, str]) -> None:
        self.one, self._settings = one, settings

    def run(self, *argv: str, wrong: bool = False) -> str:
        """What a command prints."""
        done = CliRunner().invoke(app, list(argv), env=self._settings)
        assert (done.exit_code != 0) == wrong, done.output
        return done.output

    def follow(self) -> KafkaCapacity:
        return KafkaCapacity(self.one.kafka, self.one.names, self.one.codec.decode, Roster(self.one.inventory.teams))


@pytest.fixture(scope="module")
def told(kafka: EmbeddedKafka, redis_server: EmbeddedRedis, tmp_path_factory: pytest.TempPathFactory) -> Told:
    folder = tmp_path_factory.mktemp("capacity")
    config = only(folder / "config", "web-form", teams=TEAMS, routing=ROUTING)
    for name in ("fairness", "review", "rollouts", "flags"):
        (config / f"{name}.yaml").unlink(missing_ok=True)  # they name teams of the repository's configuration
    settings = environment(f"cap-{uuid.uuid4().hex[:8]}", kafka.bootstrap, redis_server.url, LEADSTREAM_CONFIG_DIR=str(config))
    return Told(install(settings), settings)


def test_a_word_reaches_whoever_follows_and_leaves_a_record_of_who_said_it(told: Told) -> None:
    """Set from the command line: the roster changes in a running process, the audit says what was before and after; both were
    written in one transaction. A tombstone takes it back."""
    with closing(told.follow()) as following:
        before = following.current()
        said = told.run("capacity", "set", "nurture/n-1", "--from", "2026-01-01", "--per-day", "7", *WHO)
        assert (
            said == "nurture/n-1: absent from 2025-12-31 23:00 UTC, nobody knows until when, 7 leads a day\n"
        )  # midnight in Berlin
        until(lambda: following.current() is not before, "the word is followed", 20, 0.01)
        shift = following.current().shift("nurture", int(time.time() * 1000))
        assert shift is not None
        assert (shift.rows[0].here, shift.rows[0].limit) == ("absent", 7)
        told.run("capacity", "set", "nurture/n-1", "--back", *WHO)
        until(lambda: following.current().words["nurture", "n-1"].absent_from_ms is None, "the second word, too", 20, 0.01)
        assert following.current().words["nurture", "n-1"].per_day == 7  # what was not named stays
        producer = Producer(told.one.kafka.client())
        producer.produce(told.one.names.capacity, None, "nurture/n-1")
        producer.flush(10)
        until(lambda: following.current().version == before.version, "what was said is taken back", 20, 0.01)
    changes = [
        told.one.codec.decode(one.value(), "change") for one in read_to_end(told.one.kafka.client(), [told.one.names.changes])
    ]
    states = [None if one["before"] is None else json.loads(one["before"]) for one in changes]
    assert [one["name"] for one in changes] == ["nurture/n-1"] * 2
    assert [(one["kind"], one["by"], one["why"]) for one in changes] == [("capacity", "team-leads", "holiday")] * 2
    assert states[0] is None
    assert states[1] == json.loads(changes[0]["after"])
    assert states[1]["per_day"] == 7


def test_words_that_cannot_be_read_change_nothing(told: Told) -> None:
    """A tool that writes garbage harms nobody; who begins later reads the same."""
    producer = Producer(told.one.kafka.client())
    producer.produce(told.one.names.capacity, b"garbage", "nurture/n-2")
    producer.produce(told.one.names.capacity, b"nobody's")
    producer.flush(10)
    with closing(told.follow()) as following:
        assert following.current().words == {}


@pytest.mark.parametrize(
    "argv",
    [
        ("nurture/n-9", "--gone"),
        ("nurture/n-1",),
        ("nurture/n-1", "--back", "--gone"),
        ("nurture/n-1", "--from", "soon"),
        ("nurture/n-1", "--from", "2026-02-01", "--until", "2026-01-01"),
        ("nurture/n-1", "--per-day", "-1"),
        ("nurture/n-1", "--weight", "0"),
        ("nurture/n-1", "--gone", "--by", "eva@example.com"),
    ],
)
def test_what_makes_no_sense_is_refused(told: Told, argv: tuple[str, ...]) -> None:
    """Unknown members, no change at all, contradictions, and addresses where a role belongs."""
    told.run("capacity", "set", *WHO, *argv, wrong=True)


@pytest.fixture
def decisions(told: Told) -> Any:
    """Writes decisions: lead, revision, owner, minutes ago, fate."""
    like = orjson.loads(Path("schemas/decision/examples/routed.json").read_bytes())
    producer, now = Producer(told.one.kafka.client()), int(time.time() * 1000)

    def write(n: int, revision: int, owner: str | None, minutes: int, fate: str = "routed", why: str = "in_turn") -> None:
        desk = None if owner is None else {"why": why, "load": {}, "passed_over": {}, "at": now - minutes * 60_000, "roster": ""}
        value = like | {
            "lead_id": lead_id(n),
            "revision": revision,
            "owner": owner,
            "desk": desk,
            "fate": fate,
            "team": "nurture",
        }
        value |= {"subject": subject_id(n)}
        producer.produce(told.one.names.decisions, told.one.codec.encode("decision", value), lead_id(n))

    write.flush = lambda: producer.flush(10)  # type: ignore[attr-defined]
    return write


def test_an_emptied_desk_is_restored_from_the_newest_decisions(told: Told, decisions: Any) -> None:
    """Whoever has a lead by its newest revision has it again; what was taken from somebody counts for nobody."""
    decisions(1, 1, "n-1", 3)
    decisions(2, 1, "n-1", 2)
    decisions(2, 2, "n-2", 1, why="named")  # reassigned
    decisions(3, 1, "n-2", 4)
    decisions(3, 2, None, 0, "duplicate")  # merged into another
    decisions(4, 1, "n-1", 5 * 24 * 60)  # of last week
    decisions(5, 1, None, 1, "review")
    decisions(6, 2, "n-2", 1)  # revisions come in any order
    decisions(6, 1, "n-1", 9)
    decisions.flush()
    one, now = told.one, Roster(told.one.inventory.teams)

    def stands() -> list[Standing]:
        found = standing_owners(one.kafka.client(), one.names, one.codec.read_own, lambda: now, wait_s=0)
        return [lead for lead in found if lead is not None]

    expected = [
        (lead_id(4), "n-1", "in_turn", False),
        (lead_id(1), "n-1", "in_turn", True),
        *sorted([(lead_id(2), "n-2", "named", True), (lead_id(6), "n-2", "in_turn", True)]),
    ]
    assert [(lead.lead, lead.member, lead.why, lead.counts) for lead in stands()] == expected
    desk = RedisDesk(connect(one.redis, text=False), one.names.prefix, lambda: now)
    assert desk.restore(stands()) == 4
    assert {member: taken for member, (_, taken) in desk.taken("nurture").items()} == {"n-1": 1, "n-2": 2}
    (again,) = desk.assign([Wanted(lead_id(1), subject_id(1), "nurture")])
    assert again.owner == "n-1"
    (same_person,) = desk.assign([Wanted(lead_id(40), subject_id(4), "nurture")])
    assert (same_person.owner, same_person.why) == ("n-1", "sticky")
    rows = {row["member"]: row for row in json.loads(told.run("capacity", "show", "--json"))}
    assert (rows["n-1"]["today"], rows["n-1"]["per_day"], rows["n-2"]["weight"]) == (2, 3, 2.0)
    assert "nurture/n-1" in told.run("capacity", "show", "nurture")
    told.run("capacity", "show", "nobody", wrong=True)
