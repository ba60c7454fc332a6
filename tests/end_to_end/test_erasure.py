"""A person is erased: planted through several sources and fates, then looked for in every byte that is kept anywhere.

A worker, a reviser and the role privacy as processes, on a Kafka and a Redis of their own. Kafka is made to close and compact its
files at once, so that what would be gone after days is gone after seconds; nothing else is changed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest
import redis
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    ResourceType,
)

from app.edges.kafka.erasures import proofs
from app.edges.kafka.reading import read_to_end, watermarks
from app.embedded.kafka import EmbeddedKafka
from app.embedded.redis import EmbeddedRedis
from app.pipeline.behaviour import browser_of, person_of
from app.pipeline.identifiers import identifiers
from app.pipeline.source import Position
from app.wiring import Installation
from tests.harness.config import only
from tests.harness.fleet import Fleet, environment, install
from tests.harness.waiting import until

pytestmark = pytest.mark.timeout(540)
NOW = int(time.time() * 1000)
WEB, HUBSPOT, TEAM = "web-form", "hubspot-form", "dach-sales"
MAIL, PHONE, SECOND = "zdenka.quixwolf@quixwolf-canary.de", "+492218765432", "+492217654321"
NAME, VISITOR = "Zdenka Quixwolf", "v-quixwolf-canary-1"
OTHER = "otto.andersen@andersen-holzbau.de"
AT_ONCE = {
    "segment.ms": "500", "min.compaction.lag.ms": "0", "max.compaction.lag.ms": "500", "delete.retention.ms": "0",
    "min.cleanable.dirty.ratio": "0.01", "file.delete.delay.ms": "0",
}  # fmt: skip
CLEANS = {"log.cleaner.backoff.ms": "200", "log.cleaner.threads": "2", "log.initial.task.delay.ms": "1000"}


@dataclass
class World:
    """An installation at work."""

    one: Installation
    fleet: Fleet
    settings: dict[str, str]
    folder: Path
    redis_url: str
    leads: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.producer = Producer(self.one.kafka.producer())

    def send(self, name: str, source: str, value: bytes) -> str:
        """A raw record; the lead's id."""
        topic, client = self.one.names.inbound(source), self.one.kafka.client()
        self.producer.produce(topic, value, partition=0)
        assert self.producer.flush(30) == 0
        offset = watermarks(client, [topic])[topic, 0][1] - 1
        assert self.fleet.wait_until(self.fleet.caught_up, 60)
        self.leads[name] = Position(topic, 0, offset).lead_id
        return self.leads[name]

    def web(self, name: str, /, **form: str) -> str:
        return self.send(name, WEB, urlencode({"submission_id": f"w-{name}", **form}).encode())

    def hubspot(self, name: str, /, **values: str) -> str:
        told = [{"name": key, "value": value} for key, value in values.items()]
        body = {"conversionId": f"h-{name}", "submittedAt": NOW, "formId": "f-1", "values": told}
        return self.send(name, HUBSPOT, orjson.dumps(body))

    def put(self, topic: str, record: str, key: str, value: dict[str, Any]) -> None:
        self.producer.produce(topic, self.one.codec.encode(record, value), key)
        assert self.producer.flush(30) == 0

    def newest(self, lead: str) -> dict[str, Any]:
        """The newest decision."""
        names, found = self.one.names, list[dict[str, Any]]()
        for message in read_to_end(self.one.kafka.client(), [names.decisions]):
            if message.key() == lead.encode():
                found.append(self.one.codec.read_own(message.value(), "decision"))
        return max(found, key=lambda one: one["revision"], default={})

    def command(self, *argv: str, stdin: str = "", code: int = 0) -> str:
        """A tool of ours; what it prints."""
        done = subprocess.run(
            [sys.executable, "-m", "app.cli", *argv],
            env=os.environ | self.settings, input=stdin, capture_output=True, text=True, timeout=90, check=False,
        )  # fmt: skip
        assert done.returncode == code, done.stderr
        return done.stdout

    @property
    def topics(self) -> list[str]:
        known = AdminClient(self.one.kafka.client()).list_topics(timeout=10).topics
        return sorted(name for name in known if not name.startswith("__"))

    def close_files(self, **more: str) -> None:
        """What would happen within days happens now: topics with a short age for what expires, and a record more in each
        partition, as the next leads would be, so that the files before it are closed, compacted, deleted."""
        admin, names = AdminClient(self.one.kafka.client()), self.one.names
        soon = {"segment.ms": "500", "file.delete.delay.ms": "0"}
        short = {topic: soon | {"retention.ms": "1"} for topic in (names.behaviour, names.consent)}
        inbound = {names.inbound(source): soon for source in (WEB, HUBSPOT)}
        by_lead = {topic: AT_ONCE for topic in self.topics if topic.startswith(names.routed("")) or topic in (
            names.review, names.duplicates, names.rejected, names.dlq, names.verdicts, names.keys, names.erasure)}  # fmt: skip
        wanted = []
        for topic, config in (short | inbound | by_lead).items():
            entries = [ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET) for name, value in config.items()]
            wanted.append(ConfigResource(ResourceType.TOPIC, topic, incremental_configs=entries))
        for future in admin.incremental_alter_configs(wanted).values():
            future.result(10)
        self._topics_to_fill = [*short, *by_lead]

    def fill(self) -> None:
        """A record more in each partition that is to be closed."""
        for source in (WEB, HUBSPOT):
            self.producer.produce(self.one.names.inbound(source), b"of nobody", partition=0)
        for topic, partition in watermarks(self.one.kafka.client(), self._topics_to_fill):
            self.producer.produce(topic, None, b"of nobody", partition=partition)
        assert self.producer.flush(30) == 0


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    config = only(tmp_path / "config", WEB, HUBSPOT, routing=f"version: 1\nrules: []\ncatch_all: {TEAM}\n")
    with ExitStack() as stack:
        kafka = stack.enter_context(EmbeddedKafka(tmp_path / "kafka", retention_check_s=0.5, properties=CLEANS))
        store = stack.enter_context(EmbeddedRedis(tmp_path / "redis"))
        more = {"LEADSTREAM_CONFIG_DIR": str(config), "LEADSTREAM_PARTITIONS": "1"}
        settings = environment("er", kafka.bootstrap, store.url, **more)
        one = install(settings)
        (tmp_path / "logs").mkdir()
        fleet = stack.enter_context(Fleet(one, settings, tmp_path / "logs"))
        fleet.join()
        for role in ("reviser", "behaviour"):
            fleet.role(role)
        yield World(one, fleet, settings, tmp_path, store.url)


def test_an_erased_person_is_nowhere(world: World) -> None:
    """Routed, merged, linked, held, rejected and dead leads, a correction, visits, an outcome and a withdrawn consent: all of it
    is gone from every topic, file, log and Redis key, also after the role was killed in the middle; others are as they were; the
    proof stands; the ledger holds; a match index that is made anew does not know the person."""
    one, names = world.one, world.one.names
    _plant(world)
    canaries = Canaries.of(one)
    assert _found_in_topics(world, canaries) > {names.dlq, names.duplicates, names.review, names.behaviour, names.consent}
    told = orjson.loads(world.command("export", "--email", "-", stdin=MAIL))
    assert {names.inbound(WEB), names.dlq, names.duplicates, names.behaviour, names.decisions} <= {
        r["topic"] for r in told["records"]
    }
    assert world.leads["other"] not in told["leads"]
    others = _of_lead(world, world.leads["other"])

    asked = ("--email", "-", "--phone", SECOND, "--by", "privacy-desk", "--why", "ticket 4711", "--yes")
    number = world.command("erase", *asked, stdin=MAIL).strip()
    privacy = world.fleet.role("privacy")
    until(lambda: "erasure_begun" in (world.folder / "logs" / "privacy.log").read_text("utf-8"), "the request is met", 60)
    privacy.kill()
    again = world.fleet.role("privacy")
    until(lambda: number in proofs(one.kafka.client(), names, one.codec), "the proof", 120)
    assert again.running

    proof = proofs(one.kafka.client(), names, one.codec)[number]
    mine = {lead for name, lead in world.leads.items() if name != "other"}
    assert set(proof["leads"]) == mine
    how = {place["place"]: (place["how"], place["count"]) for place in proof["places"]}
    assert how[names.routed(TEAM)][0] == "blanked"
    assert (how[names.dlq][0], how[names.decisions][0], how[names.keys][0]) == ("tombstoned", "locked_for_ever", "tombstoned")
    assert how["redis: match index"][1] > 0
    assert how["redis: journeys"][1] > 0
    assert number in world.command("erase", "--status")
    for lead in mine:
        assert world.newest(lead)["erased_at"] is not None
        assert world.newest(lead)["index"] is None
    blank = _of_lead(world, world.leads["routed"])[names.routed(TEAM)]
    assert (blank["email"], blank["full_name"], blank["attributes"]) == (None, None, "{}")
    assert world.fleet.ledger().balanced, world.fleet.ledger()

    world.close_files()
    _until_gone(world, canaries)
    assert _of_lead(world, world.leads["other"]) == others
    ledger = world.fleet.ledger()
    assert ledger.balanced, ledger
    explained = world.command("explain", world.leads["routed"])
    assert "the person asked for it" in explained

    redis.Redis.from_url(world.redis_url).flushall()
    back = world.web("back", name=NAME, email=MAIL, product="Desk lamps")
    until(lambda: world.newest(back).get("dedupe") == "new", "the index is made anew, and does not know them", 60)
    other = world.web("other again", name="Otto Andersen", email=OTHER, product="Garden pavilion")
    until(lambda: world.newest(other).get("linked_to") == world.leads["other"], "it does know others", 60)


def _plant(world: World) -> None:
    one, names = world.one, world.one.names
    visit = {"visitor_id": VISITOR, "event": "cart_add", "occurred_at": NOW, "email_sha256": sha256(MAIL.encode()).hexdigest()}
    world.put(names.behaviour, "behaviour_event", VISITOR, visit)
    world.web("other", name="Otto Andersen", email=OTHER, phone="+49 221 1112223", product="Desk lamps")
    routed = world.web("routed", name=NAME, email=MAIL, city="Köln", product="Desk lamps", visitor_id=VISITOR)
    who = {"email": MAIL.upper(), "firstname": "Zdenka", "lastname": "Quixwolf", "mobilephone": PHONE}
    world.hubspot("merged", **who, product_interest="lamps for desks")
    world.web("linked", name=NAME, email=MAIL, product="Garden pavilion")
    broken = '{"conversionId": "x", "values": [{"name": "email", "value": "' + MAIL.replace("@", "\\u0040")
    world.send("dead", HUBSPOT, broken.encode())
    held = world.web("held", name=NAME, phone=SECOND, city="Köln", product="Desk lamps")
    assert world.newest(world.leads["merged"])["fate"] == "duplicate"
    assert world.newest(world.leads["linked"])["linked_to"] == routed
    assert world.newest(world.leads["dead"])["fate"] == "dead_letter"
    assert world.newest(held)["fate"] == "review", world.newest(held)
    said = {
        "lead_id": held,
        "decision": "merge",
        "reviewer": "sales",
        "decided_at": NOW,
        "duplicate_of": routed,
        "note": f"{NAME} rang",
    }
    world.put(names.verdicts, "verdict", held, said)
    until(lambda: world.newest(held)["fate"] == "duplicate", "the verdict is carried out", 60)
    until(lambda: _of_lead(world, routed)[names.routed(TEAM)]["revision"] > 1, "the team gets it again", 60)
    world.put(names.outcomes, "outcome", routed, {"lead_id": routed, "outcome": "won", "occurred_at": NOW, "reported_by": "crm"})
    change = {"given": True, "purposes": [], "occurred_at": NOW, "email": MAIL, "via": "phone"}
    world.put(names.consent, "consent_change", "c1", change)
    assert one.inventory.sources.keys() == {WEB, HUBSPOT}


@dataclass(frozen=True)
class Canaries:
    """What must be nowhere: the values as they were written, and their pseudonyms, in hex and in bytes."""

    told: tuple[bytes, ...]

    @classmethod
    def of(cls, one: Installation) -> Canaries:
        told = [b"quixwolf", b"8765432", b"7654321", sha256(MAIL.encode()).hexdigest().encode()]
        pseudonyms, of_her = one.pseudonyms, identifiers(email=MAIL, phone=PHONE, visitor_id=VISITOR)
        named = [each.pseudonym(pseudonyms) for each in [*of_her, *identifiers(phone=SECOND)]]
        named += [person_of(MAIL, pseudonyms), browser_of(VISITOR, pseudonyms) or ""]
        named += [pseudonyms("r", MAIL), pseudonyms("r", PHONE)]
        return cls(tuple(form for text in named for form in (text.encode(), bytes.fromhex(text).lower())) + tuple(told))

    def search(self, text: bytes) -> bool:
        """Whether one of them is there."""
        low = text.lower()
        return any(each in low for each in self.told)


def _found_in_topics(world: World, canaries: Canaries) -> set[str]:
    """Topics of which a consumer, uncommitted records included, still gets one."""
    found, client = set[str](), world.one.kafka.client()
    consumer = Consumer(client | {"group.id": "search", "isolation.level": "read_uncommitted", "enable.auto.commit": False})
    marks = watermarks(client, world.topics)
    consumer.assign([TopicPartition(*where, low) for where, (low, high) in marks.items() if high > low])
    for where, (low, high) in marks.items():
        if high > low:
            consumer.assign([TopicPartition(*where, low)])
            while (message := consumer.poll(1.0)) is not None:
                headers = b"".join(name.encode() + (value or b"") for name, value in message.headers() or ())
                if canaries.search((message.key() or b"") + b"|" + (message.value() or b"") + b"|" + headers):
                    found.add(where[0])
                if message.offset() >= high - 1:
                    break
    consumer.close()
    return found


def _found_in_redis(world: World, canaries: Canaries) -> list[bytes]:
    client = redis.Redis.from_url(world.redis_url)
    return [
        key for key in client.scan_iter(count=1000) if canaries.search(bytes(key)) or canaries.search(client.dump(key) or b"")
    ]


def _found_in_files(world: World, canaries: Canaries) -> list[str]:
    """Files of Kafka, of Redis and of all processes; the log segments as they lie on the disk. Kafka's indexes hold numbers of
    places, in files of ten megabytes each."""
    paths = [path for path in world.folder.rglob("*") if path.is_file() and path.suffix not in (".index", ".timeindex")]
    return [str(path.relative_to(world.folder)) for path in paths if canaries.search(_bytes(path))]


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:  # Kafka deletes files while we look
        return b""


def _until_gone(world: World, canaries: Canaries) -> None:
    redis.Redis.from_url(world.redis_url).bgrewriteaof()
    found: list[Any] = []

    def gone() -> bool:
        world.fill()
        found[:] = [_found_in_redis(world, canaries), _found_in_files(world, canaries)]
        if not any(found):
            found.append(_found_in_topics(world, canaries))
        return not any(found)

    try:
        until(gone, "nothing is found", 150)
    except BaseException:
        print("still found in", found)
        raise


def _of_lead(world: World, lead: str) -> dict[str, dict[str, Any]]:
    """Topic → its newest record of a lead."""
    names, found = world.one.names, dict[str, dict[str, Any]]()
    topics = [names.routed(team) for team in world.one.inventory.teams] + [names.review, names.duplicates, names.rejected]
    for message in read_to_end(world.one.kafka.client(), topics):
        if message.key() == lead.encode() and message.value() is not None:
            json = ("content-type", b"application/json") in (message.headers() or [])
            record = "routed_lead" if ".routed." in message.topic() else "lead"
            found[message.topic()] = orjson.loads(message.value()) if json else world.one.codec.read_own(message.value(), record)
    return found
