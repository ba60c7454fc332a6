"""The reviser on a real broker: knowledge of duplicates, verdicts, un-merging, leads that nobody knew.

All tests share one installation, as the role finds it after restarts; each has leads of its own.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import orjson
import pytest
import typer
from confluent_kafka import Consumer, Producer, TopicPartition

from app.commands.verdict import carry
from app.edges.kafka.reading import positions, read_to_end, watermarks
from app.edges.kafka.reviser import run_reviser
from app.edges.memory import FixedJudge, FixedModel
from app.edges.memory_index import MemoryMatchIndex
from app.embedded.kafka import EmbeddedKafka
from app.errors import EdgeDown, FatalError
from app.learning.match_verdicts import KEY
from app.match_index import Ask
from app.ops.health import Health
from app.pipeline.identity import Identity
from app.pipeline.lead import Lead
from app.pipeline.matching.judge import Judge
from app.pipeline.matching.seal import Seal
from app.pipeline.matching.weights import shipped
from app.pipeline.revision.verdict import Verdict
from app.pipeline.scoring import RULES
from app.wiring import Installation
from tests.harness.config import CATCH_ALL, only
from tests.harness.fleet import environment, install
from tests.harness.leads_told import a_decision, a_lead, a_routed, lead_id
from tests.harness.threads import in_thread
from tests.harness.waiting import until

NOW = int(time.time() * 1000)
PARTNER = {"source": "partner-csv", "campaign": "spring", "cost": 4.0}


@dataclass
class Floor:
    """An installation with a reviser's ports in memory, and what stands on its topics."""

    one: Installation
    producer: Producer
    index: MemoryMatchIndex

    @property
    def identity(self) -> Identity:
        return Identity(self.index, FixedJudge(Judge(shipped())), self.one.pseudonyms, Seal(self.one.secret))

    @contextmanager
    def revising(self, health: Health | None = None) -> Iterator[None]:
        """The role in a thread of this process; what it raises, this raises."""
        with in_thread(lambda stop: self.run(stop, health)):
            yield

    def run(self, stop: threading.Event, health: Health | None) -> None:
        run_reviser(self.one.reviser(self.identity, FixedModel(RULES)), stop, health)

    def decided_unknown(self, n: int, lead: Lead) -> None:
        """A decision that could not tell who this is, as the stage makes it."""
        traits = self.identity.traits(lead, self.one.inventory.sources[lead.source])
        entry = {"number": 0, "keys": traits.ask.keys, "record": traits.ask.record, "until": NOW + 10**9}
        about = {"team": "nurture", "dedupe": "unknown", "event_id": traits.event_id, "index": entry}
        self.decided(n, ("leadstream.dedupe", b"unknown"), received_at=lead.received_at, **about)

    def send(self, topic: str, record: str, value: dict[str, Any], *headers: tuple[str, bytes]) -> None:
        told = [("src", b"in-0-1"), ("content-type", b"application/avro"), *headers]
        self.producer.produce(topic, self.one.codec.encode(record, value), value["lead_id"], headers=told)
        assert self.producer.flush(30) == 0

    def routed(self, n: int, **told: Any) -> None:
        self.send(self.one.names.routed("nurture"), "routed_lead", a_routed(n, **told))
        self.decided(n, team="nurture")

    def duplicate(self, n: int, of: int, **told: Any) -> None:
        value = a_lead(n, duplicate_of=lead_id(of), duplicate_kind="same_lead", **told)
        self.send(self.one.names.duplicates, "lead", value, ("leadstream.duplicate_of", lead_id(of).encode()))
        self.decided(n, fate="duplicate", dedupe="merged", duplicate_of=lead_id(of), duplicate_kind="same_lead")

    def held(self, n: int, **told: Any) -> None:
        """With the consent that its team needs, where a test does not say otherwise."""
        scored = {"score": 0.2, "band": "warm", "confidence": 0.9, "team": "nurture", "rule": "catch-all"}
        self.send(self.one.names.review, "lead", a_lead(n, **({"consent": True} | scored | told)))

    def decided(self, n: int, *headers: tuple[str, bytes], **told: Any) -> None:
        self.send(self.one.names.decisions, "decision", a_decision(n, **told), *headers)

    def say(self, n: int, decision: str, **told: Any) -> None:
        value = {"lead_id": lead_id(n), "decision": decision, "reviewer": "sales", "decided_at": NOW, **told}
        self.send(self.one.names.verdicts, "verdict", value)

    def all(self, topic: str, record: str, n: int) -> list[dict[str, Any]]:
        """What stands there of a lead, in order."""
        found = read_to_end(self.one.kafka.client(), [topic])
        return [self.one.codec.read_own(one.value(), record) for one in found if one.key() == lead_id(n).encode()]

    def team(self, n: int, team: str = "nurture") -> list[dict[str, Any]]:
        return self.all(self.one.names.routed(team), "routed_lead", n)

    def decisions(self, n: int) -> list[dict[str, Any]]:
        return self.all(self.one.names.decisions, "decision", n)

    def caught_up(self) -> bool:
        """Whether the reviser is done with every duplicate and verdict."""
        names = self.one.names
        work = [names.duplicates, names.verdicts]
        reached = positions(self.one.kafka.client(), f"{self.one.app.group}-reviser", work)
        return all(reached[tp] >= high for tp, (_, high) in watermarks(self.one.kafka.client(), work).items() if high)


@pytest.fixture(scope="module")
def one(kafka: EmbeddedKafka, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    config = only(tmp_path_factory.mktemp("config") / "c", "web-form", "partner-csv", routing=CATCH_ALL)
    there = environment(f"t-{uuid.uuid4().hex[:12]}", kafka.bootstrap, "redis://127.0.0.1:1", LEADSTREAM_CONFIG_DIR=str(config))
    return install(there)


@pytest.fixture(scope="module")
def producer(one: Installation) -> Producer:
    return Producer(one.kafka.producer())


@pytest.fixture
def floor(one: Installation, producer: Producer) -> Floor:
    return Floor(one, producer, MemoryMatchIndex())


class TestKnowledge:
    def test_a_duplicate_tells_its_original(self, floor: Floor) -> None:
        """The original's team gets it again, with the phone it lacked, both sources, both costs; its first way stays."""
        floor.routed(11, email="a@b.example", cost=2.0)
        floor.duplicate(12, of=11, phone="+4930123456", **PARTNER)
        with floor.revising():
            until(lambda: len(floor.team(11)) == 2, "the lead comes again")
        first, again = floor.team(11)
        assert (first["revision"], again["revision"]) == (1, 2)
        assert (again["phone"], again["email"], again["source"]) == ("+4930123456", "a@b.example", "web-form")
        assert (again["merged"], again["sources"], again["cost_total"]) == (lead_id(12), "web-form partner-csv", 6.0)
        assert (again["last_source"], again["last_campaign"]) == ("partner-csv", "spring")

    def test_nothing_is_told_twice_or_for_nothing(self, floor: Floor) -> None:
        """A duplicate that adds nothing, one read again after a restart, a chain of duplicates: one revision for what is new."""
        floor.routed(21, email="a@b.example")
        floor.duplicate(22, of=21, email="a@b.example")
        floor.duplicate(23, of=22, company="Acme")  # of a duplicate: knowledge goes to the end
        with floor.revising():
            until(lambda: len(floor.team(21)) == 2 and floor.caught_up(), "what is new is told")
        floor.duplicate(23, of=22, company="Acme")  # as after a loss of the positions
        floor.duplicate(24, of=21, city="Köln")
        with floor.revising():
            until(lambda: len(floor.team(21)) >= 3 and floor.caught_up(), "after the restart")
        revisions = floor.team(21)
        assert [one["revision"] for one in revisions] == [1, 2, 3]
        assert (revisions[2]["company"], revisions[2]["city"]) == ("Acme", "Köln")
        assert revisions[2]["merged"] == f"{lead_id(23)} {lead_id(24)}"

    def test_a_duplicate_that_is_there_first_waits(self, floor: Floor) -> None:
        """What it knows is kept until its original comes, and its place is not passed by; others go on meanwhile."""
        floor.duplicate(32, of=31, company="Acme")
        floor.routed(35)
        floor.duplicate(36, of=35, company="Beta")
        with floor.revising():
            until(lambda: len(floor.team(35)) == 2, "another goes on")
            assert not floor.caught_up()
            floor.routed(31)
            until(lambda: len(floor.team(31)) == 2, "its original has come")
        assert floor.team(31)[1]["company"] == "Acme"

    def test_too_many_that_wait_pause_reading_and_not_what_they_wait_for(
        self, floor: Floor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """At the bound no more duplicates are read; their originals are, and then it goes on."""
        monkeypatch.setattr("app.edges.kafka.reviser_tasks.MOST", 2)
        for n in (101, 102, 103):
            floor.duplicate(n, of=104, company="Acme")
        floor.duplicate(105, of=106, company="Beta")
        with floor.revising():
            floor.routed(106)
            floor.routed(104)
            until(lambda: len(floor.team(104)) >= 2 and len(floor.team(106)) == 2 and floor.caught_up(), "all is done")


class TestUnmerge:
    def test_both_leads_are_as_they_were(self, floor: Floor) -> None:
        """The duplicate goes to a team with a score of its own, the original is as before; the index is told."""
        for n in (41, 42):
            floor.index.seek([Ask(lead_id(n), b"sharedky", b"", b"r", NOW, 3600)])
        floor.routed(41, email="a@b.example")
        floor.duplicate(42, of=41, phone="+4930123456", **PARTNER)
        floor.duplicate(43, of=41, company="Acme")
        with floor.revising():
            until(lambda: floor.caught_up() and len(floor.team(41)) >= 2, "both are merged")
            floor.say(42, "unmerge")
            until(lambda: len(floor.decisions(42)) == 2, "the verdict is carried out")
            until(lambda: bool(apart(floor, 42)), "the index is told")
            floor.say(42, "unmerge")  # again: there is nothing left to do
            until(floor.caught_up, "the second is refused")
        again = floor.team(41)[-1]
        assert (again["phone"], again["company"], again["merged"]) == (None, "Acme", lead_id(43))
        assert (again["sources"], again["cost_total"], again["last_campaign"]) == ("", None, None)
        (alone,) = floor.team(42)
        assert (alone["revision"], alone["phone"], alone["subject"]) == (2, "+4930123456", "su_" + lead_id(42)[3:])
        decision = floor.decisions(42)[-1]
        told = (decision["fate"], decision["revises"], decision["revised_by"], decision["revised_why"], decision["duplicate_of"])
        assert told == ("routed", "duplicate", "sales", "unmerged", None)
        assert decision["score"] == alone["score"]


class TestVerdicts:
    def test_a_held_lead_is_merged_as_people_say(self, floor: Floor) -> None:
        """Into the lead that it was held for: its knowledge goes there, it stands with the duplicates, the weights learn."""
        floor.routed(51)
        floor.held(52, company="Acme")
        evidence = [{"field": "email", "level": "differs", "weight": -1.0}, {"field": "phone", "level": "same", "weight": 9.0}]
        match = {"lead": lead_id(51), "of": lead_id(51), "root": lead_id(51), "probability": 0.4, "weight": -0.5}
        match |= {"nearest": "household", "evidence": evidence}
        floor.decided(52, fate="review", team="nurture", dedupe="asked", match=match)
        with floor.revising():
            floor.say(52, "merge")
            until(lambda: len(floor.team(51)) == 2, "the original learns")
        assert floor.team(51)[1]["company"] == "Acme"
        (duplicate,) = floor.all(floor.one.names.duplicates, "lead", 52)
        assert (duplicate["revision"], duplicate["duplicate_of"]) == (2, lead_id(51))
        assert floor.decisions(52)[-1]["fate"] == "duplicate"
        taught = [one for one in read_to_end(floor.one.kafka.client(), [floor.one.names.models]) if one.key() == KEY]
        assert len(taught) == 1

    def test_a_held_lead_is_approved_with_corrections(self, floor: Floor) -> None:
        """To the proposed team, with the value that the reviewer corrected; what cannot be done is refused, and stops nobody."""
        floor.held(61, consent=None)
        floor.held(62, company="Acme Gmbh")
        for n in (61, 62):
            floor.decided(n, fate="review", team="nurture")
        with floor.revising():
            floor.say(69, "approve")
            floor.say(61, "approve")  # its team advertises, and nobody agreed to that
            floor.say(62, "reroute", team="no-such-team")
            floor.say(62, "approve", corrections={"company": "Acme GmbH"})
            until(lambda: len(floor.team(62)) == 1 and floor.caught_up(), "it is approved")
        assert (floor.team(62)[0]["company"], floor.team(62)[0]["revision"]) == ("Acme GmbH", 2)
        assert [one["fate"] for one in floor.decisions(62)] == ["review", "routed"]
        assert ([one["fate"] for one in floor.decisions(61)], floor.team(61)) == (["review"], [])

    def test_a_rejected_lead_teaches_and_can_be_brought_back(self, floor: Floor) -> None:
        """Two verdicts on one lead are two revisions, in their order; what the model is told stands with them, once."""
        floor.held(63)
        floor.decided(63, fate="review", team="nurture")
        with floor.revising():
            floor.say(63, "reject", why="spam", verdict_id="r")
            floor.say(63, "reject", why="spam", verdict_id="r")
            floor.say(63, "approve", verdict_id="a")
            until(lambda: len(floor.team(63)) == 1 and floor.caught_up(), "it is brought back")
        (rejected,) = floor.all(floor.one.names.rejected, "lead", 63)
        assert (rejected["revision"], rejected["rejected_why"], floor.team(63)[0]["revision"]) == (2, "spam", 3)
        assert [one["fate"] for one in floor.decisions(63)] == ["review", "rejected", "routed"]
        told = [
            (one["outcome"], one["reported_by"], one["event_id"]) for one in floor.all(floor.one.names.outcomes, "outcome", 63)
        ]
        assert told == [("disqualified", "reviewer", "r"), ("reopened", "reviewer", "a")]

    def test_a_routed_lead_goes_to_another_team_once(self, floor: Floor) -> None:
        """The old team is told where it went, the new one gets it; sent again after a restart, nothing is done twice."""
        floor.routed(64)
        with floor.revising():
            floor.say(64, "reroute", team="sales-desk", verdict_id="m")
            until(lambda: len(floor.team(64, "sales-desk")) == 1 and floor.caught_up(), "it has moved")
        floor.say(64, "reroute", team="sales-desk", verdict_id="m")
        with floor.revising():
            until(floor.caught_up, "after the restart")
        assert [(one["revision"], one["moved_to"]) for one in floor.team(64)] == [(1, None), (2, "sales-desk")]
        assert [(one["revision"], one["attempts"]) for one in floor.team(64, "sales-desk")] == [(3, 1)]
        assert [one["team"] for one in floor.decisions(64)] == ["nurture", "sales-desk"]

    def test_verdicts_that_are_read_again_change_nothing(self, floor: Floor) -> None:
        """As after a loss of the positions: all verdicts that were ever said, those without an id as well."""
        floor.routed(68, consent=True)
        with floor.revising():
            floor.say(68, "reassign")
            floor.say(68, "reassign")
            until(lambda: len(floor.decisions(68)) == 3 and floor.caught_up(), "both are carried out")
        client, names = floor.one.kafka.client(), floor.one.names
        before = {tp: high for tp, (_, high) in watermarks(client, [names.decisions, names.outcomes]).items()}
        consumer = Consumer(client | {"group.id": f"{floor.one.app.group}-reviser", "enable.auto.commit": False})
        consumer.commit(offsets=[TopicPartition(names.verdicts, 0, 0)], asynchronous=False)
        consumer.close()
        assert not floor.caught_up()
        with floor.revising():
            until(floor.caught_up, "all are read again")
        assert {tp: high for tp, (_, high) in watermarks(client, [names.decisions, names.outcomes]).items()} == before

    def test_what_people_correct_becomes_a_mapping(self, floor: Floor) -> None:
        """Three leads whose right value stood under one path, over a restart: said once, without a value."""
        shape = "00112233445566aa"

        def correct(n: int) -> None:
            floor.held(n, source="partner-csv", attributes={"mobil": f"+4930123456{n}"})
            floor.decided(n, fate="review", team="nurture", source="partner-csv", shape=shape)
            floor.say(n, "approve", corrections={"job_title": f"+4930123456{n}"})

        for n in (65, 66):
            correct(n)
        with floor.revising():
            until(lambda: all(len(floor.team(n)) == 1 for n in (65, 66)), "two are corrected")
        assert not mappings(floor)
        correct(67)
        with floor.revising():
            until(lambda: bool(mappings(floor)), "the third makes a mapping")
        (said,) = mappings(floor)
        assert (said["source"], said["path"], said["field"], said["by"]) == ("partner-csv", "mobil", "job_title", "verdicts")
        assert "4930" not in str(said)


class TestUnknown:
    def test_a_lead_that_nobody_knew_is_looked_into_afterwards(self, floor: Floor) -> None:
        """Once the index can tell, a routed lead that is a duplicate is told to be merged, the first learns what it knows."""
        floor.index = MemoryMatchIndex(complete=False)
        for n in (71, 72):
            lead = Lead(lead_id(n), "web-form", f"e-{n}", NOW + n, NOW + n, email="jo.doe@b.example", full_name="Jo Doe")
            lead.first_name, lead.last_name = "Jo", "Doe"
            told = a_routed(n, email=lead.email, company="Acme" if n == 72 else None)
            floor.send(floor.one.names.routed("nurture"), "routed_lead", told)
            floor.decided_unknown(n, lead)
        with floor.revising():
            floor.routed(78)
            floor.duplicate(79, of=78, company="Beta")
            until(lambda: len(floor.team(78)) == 2, "the rest goes on while the index cannot tell")
            assert len(floor.decisions(71)) == 1
            floor.index.restore([])
            until(lambda: len(floor.team(71)) == 2, "the first learns what the second knows")
        assert [one["dedupe"] for one in floor.decisions(71)] == ["unknown", "new"]
        second = floor.decisions(72)[-1]
        assert (second["fate"], second["dedupe"], second["duplicate_of"]) == ("duplicate", "merged", lead_id(71))
        assert second["index"]["number"] == 2
        assert (floor.team(72)[-1]["merged_into"], floor.team(71)[-1]["company"]) == (lead_id(71), "Acme")


def mappings(floor: Floor) -> list[dict[str, Any]]:
    """What stands on the mappings topic."""
    found = read_to_end(floor.one.kafka.client(), [floor.one.names.mappings])
    return [floor.one.codec.decode(one.value(), "mapping_verdict") for one in found]


def apart(floor: Floor, n: int) -> bool:
    """Whether people have set the lead apart in the index."""
    (sought,) = floor.index.seek([Ask(lead_id(99), b"sharedky", b"", b"r", NOW, 3600)])
    return next(one.apart for one in sought.earlier if one.lead == lead_id(n))


class TestRole:
    def test_a_second_instance_ends_the_first(self, floor: Floor) -> None:
        """The newer one goes on, the older one cannot put anything out any more."""
        ended, health = list[FatalError](), Health()

        def first(stop: threading.Event) -> None:
            try:
                floor.run(stop, health)
            except FatalError as error:
                ended.append(error)

        with in_thread(first):
            until(lambda: health.ready, "the first is at work")
            with floor.revising():
                floor.routed(91)
                floor.duplicate(92, of=91, company="Acme")
                until(lambda: len(floor.team(91)) == 2 and bool(ended), "one tells it, the other cannot")
        assert "another reviser" in str(ended[0])
        assert len(floor.team(91)) == 2

    def test_it_says_that_it_catches_up_and_what_it_lacks(self, floor: Floor) -> None:
        """Ready once all topics are read; a match index that is away is degraded, and no reason to stop."""
        floor.index, health = MemoryMatchIndex(complete=False), Health()
        floor.send(floor.one.names.routed("nurture"), "routed_lead", a_routed(95))
        floor.decided_unknown(95, Lead(lead_id(95), "web-form", "e-95", NOW, NOW, email="x@y.example"))
        with floor.revising(health):
            until(lambda: len(health.checks) == 3, "it has looked around")
            told = {one.name: one.status for one in health.checks}
        assert told == {"caught_up": "ok", "edges": "ok", "match_index": "degraded"}
        assert health.ready


class TestCommands:
    def test_what_was_done_is_printed(self, floor: Floor, capsys: pytest.CaptureFixture[str]) -> None:
        """The command waits for the revision and tells it; a lead that is not held is refused before anything is said."""
        floor.held(96)
        floor.decided(96, fate="review", team="nurture")
        with floor.revising():
            carry(floor.one, Verdict(lead_id(96), "approve", "sales", NOW), None, 30, as_json=True)
        told = orjson.loads(capsys.readouterr().out.splitlines()[-1])
        assert (told["lead_id"], told["fate"], told["revision"], told["team"]) == (lead_id(96), "routed", 2, "nurture")
        with pytest.raises(typer.Exit):
            carry(floor.one, Verdict(lead_id(96), "approve", "sales", NOW), None, 30, as_json=True)
        assert "not held for review" in capsys.readouterr().err

    def test_without_a_reviser_it_says_so(self, floor: Floor) -> None:
        """Nobody answers: the command says what is missing, and that nothing is lost."""
        floor.held(97)
        floor.decided(97, fate="review", team="nurture")
        with pytest.raises(EdgeDown, match="leadstream reviser"):
            carry(floor.one, Verdict(lead_id(97), "approve", "sales", NOW), None, 0.2, as_json=False)
