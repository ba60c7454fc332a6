"""The review API on a real broker and a real Redis: from a held lead to what its team gets, claims, and what it says when Redis
is away. The reviser runs beside it, as its role does."""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
from confluent_kafka import Producer
from typer.testing import CliRunner, Result

from app.access.credentials import TOKEN_BYTES, TOKEN_ID_BYTES, Keys, token_hash, token_of
from app.cli import app
from app.commands.api import queue_of
from app.edges.kafka.reading import read_to_end
from app.edges.kafka.reviser import run_reviser
from app.edges.memory import FixedJudge, FixedModel
from app.edges.memory_index import MemoryMatchIndex
from app.edges.web.app import create
from app.edges.web.door import Door
from app.edges.web.room import Parts
from app.edges.web.serve import listen, serve, url_of
from app.embedded.kafka import EmbeddedKafka
from app.embedded.redis import EmbeddedRedis
from app.ops.health import Health
from app.pipeline.identity import Identity
from app.pipeline.matching.judge import Judge
from app.pipeline.matching.seal import Seal
from app.pipeline.matching.weights import shipped
from app.pipeline.scoring import RULES
from app.settings import ApiSettings
from app.wiring import Installation
from tests.harness.config import CATCH_ALL, only
from tests.harness.fleet import environment, install
from tests.harness.leads_told import a_decision, a_lead, a_routed, lead_id
from tests.harness.threads import in_thread
from tests.harness.waiting import until

NOW = int(time.time() * 1000)
SCORED = {"score": 0.2, "band": "warm", "confidence": 0.4, "team": "nurture", "rule": "catch-all"}
KEYS = Keys.of(b"secret of the test")
TOKEN = token_of(b"t" * TOKEN_ID_BYTES, b"r" * TOKEN_BYTES)
DOOR = Door(KEYS, local=token_hash(TOKEN, KEYS.tokens), settings=ApiSettings(rate=1_000))
SHOWN = {"Authorization": f"Bearer {TOKEN}"}  # it relays: Leadstream-Reviewer says whom
FOUR_EYES = "four_eyes: [{name: large, when: {order_value_at_least: 9000}}]\nhold_hours: 72\nsample: 0.1\n"


@dataclass
class Office:
    """An installation with its reviser and its API."""

    one: Installation
    producer: Producer
    url: str
    parts: Parts

    def send(self, topic: str, record: str, value: dict[str, Any]) -> None:
        told = [("src", b"in-0-1"), ("content-type", b"application/avro")]
        self.producer.produce(topic, self.one.codec.encode(record, value), value["lead_id"], headers=told)
        assert self.producer.flush(30) == 0

    def held(self, n: int, *, match: dict[str, Any] | None = None, **told: Any) -> str:
        """A lead that is held, and what is known of it at once."""
        own = {"review_reasons": ["low_confidence"], "match": match, "consent": True, **SCORED, **told, "received_at": NOW + n}
        self.send(self.one.names.review, "lead", a_lead(n, **own))
        decided = {name: own[name] for name in ("score", "band", "confidence", "team", "rule", "review_reasons", "match")}
        self.send(self.one.names.decisions, "decision", a_decision(n, fate="review", **decided))
        until(lambda: self.get(f"/v1/reviews/{lead_id(n)}").status_code == 200, "the queue knows it")
        return lead_id(n)

    def team(self, n: int, team: str = "nurture") -> list[dict[str, Any]]:
        found = read_to_end(self.one.kafka.client(), [self.one.names.routed(team)])
        return [self.one.codec.read_own(one.value(), "routed_lead") for one in found if one.key() == lead_id(n).encode()]

    def get(self, path: str, **query: Any) -> httpx2.Response:
        return httpx2.get(self.url + path, params=query, headers=SHOWN, timeout=20)

    def ask(self, method: str, path: str, body: Any = None, by: str | None = "sales-1", **headers: str) -> httpx2.Response:
        told = SHOWN | {name.replace("_", "-"): value for name, value in headers.items()}
        if by is not None:
            told["Leadstream-Reviewer"] = by
        return httpx2.request(method, self.url + path, json=body, headers=told, timeout=20)

    def say(
        self, lead: str, says: str, by: str = "sales-1", *, headers: dict[str, str] | None = None, **more: Any
    ) -> httpx2.Response:
        return self.ask("POST", f"/v1/leads/{lead}/verdicts", {"says": says, **more}, by, **(headers or {}))

    def became(self, accepted: httpx2.Response) -> dict[str, Any]:
        """What becomes of a verdict in the end."""
        assert accepted.status_code == 202, accepted.text
        follow = accepted.json()["follow"]
        until(lambda: self.get(follow).json()["state"] != "said", "it is carried out, or refused")
        answer: dict[str, Any] = self.get(follow).json()
        return answer


@pytest.fixture(scope="module")
def office(kafka: EmbeddedKafka, redis_server: EmbeddedRedis, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    config = only(tmp_path_factory.mktemp("config") / "c", "web-form", "partner-csv", routing=CATCH_ALL, review=FOUR_EYES)
    there = environment(f"t-{uuid.uuid4().hex[:12]}", kafka.bootstrap, redis_server.url, LEADSTREAM_CONFIG_DIR=str(config))
    one = install(there)
    identity = Identity(MemoryMatchIndex(), FixedJudge(Judge(shipped())), one.pseudonyms, Seal(one.secret))
    listening, health, revising = listen("127.0.0.1", 0), Health(), Health()
    parts, follower = queue_of(one, ApiSettings(), health)

    def answer(stop: threading.Event) -> None:
        serve(create(parts, DOOR), follower, listening, stop)

    def revise(stop: threading.Event) -> None:
        run_reviser(one.reviser(identity, FixedModel(RULES)), stop, revising)

    with in_thread(answer), in_thread(revise):
        until(lambda: health.ready and parts.ready.is_set() and revising.ready, "the queue is read, and verdicts are carried out")
        yield Office(one, Producer(one.kafka.producer()), url_of(listening), parts)


def test_from_a_held_lead_to_its_team(office: Office) -> None:
    """Listed, claimed, corrected and approved with the claim's token: its team gets it, and the queue says what became of it."""
    lead = office.held(11, company="Acme Gmbh", email="a@b.example", violations=[{"field": "company", "code": "implausible"}])
    claim = office.ask("POST", f"/v1/reviews/{lead}/claim").json()
    listed = office.get("/v1/reviews", reason="low_confidence", limit=100).json()
    (item,) = [one for one in listed["items"] if one["lead_id"] == lead]
    assert (item["claimed_by"], item["state"], item["team"], listed["claims_known"]) == ("sales-1", "open", "nurture", True)
    opened = office.get(f"/v1/reviews/{lead}").json()
    company = next(one for one in opened["fields"] if one["name"] == "company")
    assert (company["value"], company["violations"], company["correctable"]) == ("Acme Gmbh", ["implausible"], True)
    unclaimed = office.say(lead, "approve")
    assert (unclaimed.status_code, unclaimed.json()["type"]) == (409, "/problems/claimed")
    key = {"Lease-Token": claim["token"], "Idempotency-Key": "approve-11"}
    accepted = office.say(lead, "approve", headers=key, corrections={"company": "Acme GmbH"})
    became = office.became(accepted)
    assert (became["state"], became["how"], became["fate"], became["revision"]) == ("carried_out", "approved", "routed", 2)
    (routed,) = office.team(11)
    assert (routed["company"], routed["revision"]) == ("Acme GmbH", 2)
    again = office.say(lead, "approve", headers={"Idempotency-Key": "approve-11"}, corrections={"company": "Acme GmbH"})
    assert (again.status_code, again.json()["repeated"]) == (202, True)
    other = office.say(lead, "approve", headers={"Idempotency-Key": "approve-11"})
    assert (other.status_code, other.json()["type"]) == (409, "/problems/other-verdict")
    late = office.say(lead, "reject", why="spam")
    assert (late.status_code, late.json()["code"]) == (409, "not_in_review")
    assert lead not in [one["lead_id"] for one in office.get("/v1/reviews", pending="both", limit=500).json()["items"]]
    assert len(office.team(11)) == 1


def test_a_possible_duplicate_is_shown_side_by_side_and_merged(office: Office) -> None:
    """What both say, field by field, and where the other stands; merged, it is part of that one."""
    office.send(office.one.names.routed("nurture"), "routed_lead", a_routed(21, email="jo@b.example", phone="+491"))
    office.send(office.one.names.decisions, "decision", a_decision(21, team="nurture"))
    evidence = [{"field": "email", "level": "differs", "weight": -1.0}]
    match = {"lead": lead_id(21), "of": lead_id(21), "root": lead_id(21), "probability": 0.4, "weight": -0.5}
    match |= {"nearest": "household", "evidence": evidence}
    lead = office.held(22, match=match, email="joe@b.example", review_reasons=["possible_duplicate"])
    shown = office.get(f"/v1/reviews/{lead}").json()["possible_duplicate"]
    assert (shown["lead_id"], shown["stands"], shown["team"]) == (lead_id(21), "routed", "nurture")
    assert {"field": "email", "this": "joe@b.example", "other": "jo@b.example"} in shown["side_by_side"]
    became = office.became(office.say(lead, "merge"))
    assert (became["how"], became["fate"]) == ("merged", "duplicate")
    undone = office.became(office.say(lead, "unmerge"))
    assert (undone["how"], undone["fate"]) == ("unmerged", "routed")


def test_a_verdict_of_another_tool_is_followed_and_a_refused_one_leaves_the_lead_open(office: Office) -> None:
    """The reviser passes by what cannot be done: its lead is offered again, and whoever asks is told."""
    lead = office.held(25, review_reasons=["by:others"])
    value = {
        "lead_id": lead,
        "verdict_id": "crm-25",
        "reviewer": "crm",
        "decision": "reroute",
        "team": "nobody",
        "decided_at": NOW,
    }
    office.send(office.one.names.verdicts, "verdict", value)
    until(lambda: office.get("/v1/verdicts/crm-25").status_code == 200, "the queue has seen it")
    until(lambda: office.get("/v1/verdicts/crm-25").json()["state"] == "refused", "the reviser has passed it by")
    told = office.get("/v1/verdicts/crm-25").json()
    assert (told["by"], told["says"]) == ("crm", "reroute")
    assert told["why"].startswith("no team 'nobody'; there are: ")
    until(lambda: office.get("/v1/reviews/counts", reason="by:others").json()["total"] == 1, "it can be decided")
    unasked = office.became(office.say(office.held(26, consent=False), "approve"))
    assert (unasked["state"], unasked["why"].startswith("the consent for marketing")) == ("refused", True)


def test_two_people_have_to_agree(office: Office) -> None:
    """The first one's word keeps it open for somebody else; the same person again is refused, and not offered it again."""
    lead = office.held(31, order_value=9500.0, source="partner-csv")
    assert office.get(f"/v1/reviews/{lead}").json()["second_person"] == "large"
    assert office.became(office.say(lead, "approve", by="sales-1"))["state"] == "awaits_second"
    assert office.say(lead, "approve", by="sales-1").json()["code"] == "needs_another"
    mine = office.ask("POST", "/v1/reviews/claim-next", {"filter": {"source": "partner-csv"}}, by="sales-1")
    assert mine.status_code == 204
    other = office.ask("POST", "/v1/reviews/claim-next", {"filter": {"source": "partner-csv"}}, by="sales-2").json()
    assert (other["lead_id"], [one["by"] for one in other["lead"]["approvals"]]) == (lead, ["sales-1"])
    second = office.say(lead, "approve", by="sales-2", headers={"Lease-Token": other["token"]})
    assert office.became(second)["how"] == "approved"
    assert len(office.team(31)) == 1


def test_many_at_once(office: Office) -> None:
    """The dry run says lead by lead what would be done; then each is said once, and what others have claimed is left."""
    leads = [office.held(n, review_reasons=["shape:odd"]) for n in range(41, 45)]
    office.ask("POST", f"/v1/reviews/{leads[3]}/claim", by="sales-9")
    asked = {"select": {"filter": {"reason": "shape:odd"}}, "verdict": {"says": "reject", "why": "spam"}}
    dry = office.ask("POST", "/v1/verdicts/bulk", asked).json()
    assert (dry["meant"], dry["counts"]) == (4, {"would_say": 3, "claimed": 1})
    wrong = office.ask("POST", "/v1/verdicts/bulk", asked | {"dry_run": False, "expected": 3})
    assert (wrong.status_code, wrong.json()["type"]) == (409, "/problems/count-differs")
    done = office.ask("POST", "/v1/verdicts/bulk", asked | {"dry_run": False, "expected": 4}, Idempotency_Key="clean-up-1").json()
    assert done["counts"] == {"said": 3, "claimed": 1}
    said = [one["verdict_id"] for one in done["outcomes"] if one["outcome"] == "said"]
    until(lambda: all(office.get(f"/v1/verdicts/{one}").json()["fate"] == "rejected" for one in said), "all are carried out")
    again = {"select": {"ids": leads}, "verdict": asked["verdict"], "dry_run": False}
    assert office.ask("POST", "/v1/verdicts/bulk", again, Idempotency_Key="clean-up-1").json()["counts"]["repeated"] == 3


def test_of_many_that_reach_for_one_lead_one_gets_it(office: Office) -> None:
    """Eight reviewers claim the next of three leads at once: three get one each, nobody the same; who lets go lets another in."""
    leads = {office.held(n, review_reasons=["wanted:by_many"]) for n in (51, 52, 53)}
    asked = {"filter": {"reason": "wanted:by_many"}, "minutes": 5}
    with ThreadPoolExecutor(8) as reviewers:
        answers = list(reviewers.map(lambda n: office.ask("POST", "/v1/reviews/claim-next", asked, by=f"sales-{n}"), range(8)))
    got = [one.json() for one in answers if one.status_code == 201]
    assert sorted(one.status_code for one in answers) == [201] * 3 + [204] * 5
    assert {one["lead_id"] for one in got} == leads
    one = got[0]
    refused = office.ask("POST", f"/v1/reviews/{one['lead_id']}/claim", by="sales-99")
    assert (refused.status_code, refused.json()["claimed_by"]) == (409, one["reviewer"])
    path = f"/v1/reviews/{one['lead_id']}/claim"
    stolen = office.ask("DELETE", path, by="sales-99", Lease_Token=one["token"])
    assert (stolen.status_code, stolen.json()["type"]) == (409, "/problems/lease-lost")
    renewed = office.ask("PUT", path, {"minutes": 0.01}, by=one["reviewer"], Lease_Token=one["token"])
    assert renewed.json()["until"] < one["until"]
    until(lambda: office.ask("POST", path, by="sales-99").status_code == 201, "the claim has ended by itself")
    late = office.say(one["lead_id"], "approve", by=one["reviewer"], headers={"Lease-Token": one["token"]})
    assert (late.status_code, late.json()["claimed_by"]) == (409, "sales-99")


def test_counts_and_precision(office: Office) -> None:
    """Groups of what is held; of sampled leads that people left as they were, the share and its interval."""
    leads = [office.held(n, review_reasons=["sample"], source="partner-csv") for n in (61, 62)]
    assert office.get("/v1/reviews/counts", reason="sample").json()["source"] == {"partner-csv": 2}
    office.became(office.say(leads[0], "approve"))
    office.became(office.say(leads[1], "approve", corrections={"city": "Köln"}))
    told = office.get("/v1/reviews/precision").json()
    measured = next(one for one in told["measured"] if one["source"] == "partner-csv")
    assert (told["sample"], measured["decided"], measured["agreed"]) == (0.1, 2, 1)
    assert measured["low"] < measured["precision"] == 0.5 < measured["high"]


@pytest.mark.parametrize(
    ("method", "path", "body", "by", "status", "kind"),
    [
        ("POST", f"/v1/leads/{lead_id(1)}/verdicts", {"says": "approve"}, "jo@example.com", 400, "no-reviewer"),
        ("POST", f"/v1/leads/{lead_id(1)}/verdicts", {"says": "approve"}, "sales-1", 404, "no-such-lead"),
        ("POST", f"/v1/leads/{lead_id(1)}/verdicts", {"says": "shrug"}, "sales-1", 422, "invalid"),
        ("POST", f"/v1/leads/{lead_id(1)}/verdicts", {"says": "reject"}, "sales-1", 422, "invalid"),
        ("POST", f"/v1/leads/{lead_id(1)}/verdicts", {"says": "approve", "corrections": {"budget": "lots"}}, "a", 422, "invalid"),
        ("GET", f"/v1/reviews/{lead_id(1)}", None, None, 404, "no-such-lead"),
        ("GET", "/v1/reviews/ld_1", None, None, 422, "invalid"),
        ("GET", "/v1/reviews?cursor=nonsense", None, None, 422, "invalid"),
        ("GET", "/v1/reviews?colour=red", None, None, 422, "invalid"),
        ("GET", "/v1/verdicts/vd_0", None, None, 404, "not-found"),
        ("GET", "/v2", None, None, 404, "not-found"),
        ("POST", "/v1/verdicts/bulk", {"select": {}, "verdict": {"says": "approve"}}, "sales-1", 422, "invalid"),
    ],
)
def test_what_is_wrong_is_told_as_a_problem(
    office: Office, method: str, path: str, body: Any, by: str | None, status: int, kind: str
) -> None:
    """RFC 9457, with a type that tools can tell apart; never with a value that was sent."""
    answer = office.ask(method, path, body, by)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert answer.json()["type"] == f"/problems/{kind}"
    assert not any(sent in answer.text for sent in ("jo@example.com", "lots", "shrug", "nonsense"))


class TestCommands:
    """`leadstream review` against the same API."""

    def run(self, office: Office, *arguments: str, stdin: str | None = None) -> Result:
        environment = {
            "LEADSTREAM_API_URL": office.url,
            "LEADSTREAM_API_TOKEN": TOKEN,
            "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
            "COLUMNS": "200",
        }
        return CliRunner().invoke(app, ["review", *arguments], input=stdin, env=environment)

    def test_a_reviewers_day_in_the_terminal(self, office: Office) -> None:
        """Claim the next, look at it, approve it with a correction; lists go through pipes; bulk says first what it would do."""
        leads = [office.held(n, review_reasons=["by:terminal"], company="Acme Gmbh") for n in (81, 82, 83, 84)]
        claimed = json.loads(self.run(office, "claim", "--reason", "by:terminal", "--by", "sales-1", "--json").output)
        assert claimed["lead_id"] == leads[0]
        shown = self.run(office, "show", leads[0]).output
        assert "Acme Gmbh" in shown
        assert "held for: by:terminal" in shown
        taken = self.run(office, "approve", leads[0], "--by", "sales-2")
        assert (taken.exit_code, "claimed by sales-1" in taken.output) == (1, True)
        lease = ("--lease", claimed["token"], "--correct", "company=Acme GmbH")
        assert "approved, routed" in self.run(office, "approve", leads[0], "--by", "sales-1", *lease).output
        dry = self.run(office, "bulk", "reject", "--why", "spam", "--reason", "by:terminal", "--by", "sales-1")
        assert (dry.output.count("\twould_say"), "--expected 3" in dry.output) == (3, True)
        ids = self.run(office, "list", "--reason", "by:terminal", "--ids").output
        assert ids.split() == leads[1:]
        piped = self.run(office, "reject", "-", "--why", "spam", "--by", "sales-1", "--json", stdin=ids)
        assert json.loads(piped.output)["counts"] == {"said": 3}
        until(lambda: office.get("/v1/reviews/counts", reason="by:terminal", pending="both").json()["total"] == 0, "all are gone")
        assert self.run(office, "claim", "--reason", "by:terminal", "--by", "sales-1").exit_code == 1
        undone = self.run(office, "unmerge", leads[0], "--by", "sales-1")
        assert (undone.exit_code, "not a duplicate" in undone.output) == (1, True)
        moved = self.run(office, "reassign", leads[0], "--owner", "nobody", "--by", "sales-1")
        assert (moved.exit_code, "no member" in moved.output) == (1, True)
        again = self.run(office, "retry", leads[0], "--by", "sales-1")
        assert (again.exit_code, "nothing was missing" in again.output) == (1, True)
        assert "all" in self.run(office, "counts").output
        assert "precision" in self.run(office, "precision").output

    def test_an_api_that_is_not_there(self, office: Office) -> None:
        """It says what to start, and where it looked."""
        failed = self.run(office, "list", "--api", "http://127.0.0.1:1")
        assert "leadstream api" in str(failed.exception)


def test_another_name_that_points_here_is_refused(office: Office) -> None:
    """A page on the web cannot have a browser read the queue under a name of its own."""
    assert httpx2.get(office.url + "/v1/reviews", headers={"Host": "evil.example"}).status_code == 400


def test_without_redis_people_go_on(kafka: EmbeddedKafka, office: Office) -> None:
    """The queue is listed, with nobody knowing who has what; claims say what to do; verdicts are taken."""
    lead = office.held(71)
    there = office.one.redis.model_copy(update={"url": type(office.one.redis.url)("redis://127.0.0.1:1")})
    one = Installation(office.one.app, office.one.kafka, there, office.one.registry)
    listening, health = listen("127.0.0.1", 0), Health()
    parts, follower = queue_of(one, ApiSettings(), health)
    with in_thread(lambda stop: serve(create(parts, DOOR), follower, listening, stop)):
        away = Office(one, office.producer, url_of(listening), parts)
        until(parts.ready.is_set, "a second process has read the same queue")
        page = away.get("/v1/reviews", limit=500).json()
        assert page["claims_known"] is False
        assert lead in [item["lead_id"] for item in page["items"]]
        claim = away.ask("POST", f"/v1/reviews/{lead}/claim")
        assert (claim.status_code, claim.json()["type"]) == (503, "/problems/redis-away")
        assert "Redis" in claim.json()["todo"]
        assert away.became(away.say(lead, "approve"))["how"] == "approved"
