"""People who can be told from all others, in every fate: nothing that is kept or shown beside lead topics names them.

Looked through: the logs of all roles at their most talkative, metrics, health, and every byte of the topics that hold no contact
data (decisions, alerts, shapes, keys, suppressions, …), and what we write into headers of dead letters.
"""

from __future__ import annotations

import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import orjson
import pytest
from confluent_kafka import Producer

from app.edges.kafka.consent_keeper import told
from app.edges.kafka.reading import read_to_end
from app.embedded.kafka import EmbeddedKafka
from app.embedded.ports import free_port
from app.embedded.processes import Child, spawn, stop_all
from app.embedded.redis import EmbeddedRedis
from app.inventory.privacy import TOPICS
from app.pipeline.identifiers import identifiers
from app.ports import Suppressed
from app.wiring import Installation
from tests.harness.fleet import Fleet, environment, install

pytestmark = pytest.mark.timeout(300)
WORD, DIGITS = "zebedeecanary", "3091847263"
MAIL, PHONE = f"{WORD}@example.org", f"+49{DIGITS}"
PERSON = {
    "email": MAIL, "phone": PHONE, "name": f"{WORD} Canary", "message": f"Call {WORD} at home", "city": "Berlin",
    "street": f"{WORD}weg 7", "company": f"{WORD} GmbH", "submission_id": f"{WORD}-1", "page": f"https://shop.example/?mail={MAIL}",
    "consent": "yes",
}  # fmt: skip
SPARED = ("raw", "contact")  # kinds of topics that hold contact data, for as long as they may
ADDED = ("leadstream.", "__connect.", "src", "ce_", "content-type")  # of a dead letter's headers those that are ours


@dataclass
class Floor:
    one: Installation
    logs: Path
    ports: list[int]

    @property
    def fates(self) -> set[str]:
        client, names = self.one.kafka.client(), self.one.names
        decisions = read_to_end(client, [names.decisions])
        return {self.one.codec.read_own(one.value(), "decision")["fate"] for one in decisions}

    def reasons(self) -> set[str]:
        letters = read_to_end(self.one.kafka.client(), [self.one.names.dlq])
        return {dict(one.headers() or ())["leadstream.reason"].decode() for one in letters}


def plant(one: Installation) -> int:
    """The person in every fate; how many records that is."""
    names, producer = one.names, Producer(one.kafka.producer())
    (its,) = identifiers(email=f"objecting-{MAIL}")
    (identifier,) = one.pseudonyms.identifiers([its.text])
    held = told(identifier.hex(), "email", Suppressed("objected", frozenset(), int(time.time() * 1000) + 60_000))
    producer.produce(names.suppressions, one.codec.encode("suppression", held), identifier.hex())
    assert producer.flush(10) == 0
    form, shop, avro = names.inbound("web-form"), names.inbound("shopify-customer"), names.inbound("partner-avro")
    again = PERSON | {"submission_id": f"{WORD}-2"}  # the same lead by another event
    wrong = {
        "email": f"{WORD} at example",
        "phone": f"{DIGITS} or so",
        "submission_id": f"{WORD}-3",
        "name": WORD,
        "consent": "yes",
    }
    said_no = PERSON | {"email": f"no-{MAIL}", "phone": "", "consent": "no", "submission_id": f"{WORD}-4", "name": f"No {WORD}"}
    objecting = {"email": f"objecting-{MAIL}", "submission_id": f"{WORD}-5", "message": WORD}
    records = [(form, urlencode(value).encode()) for value in (PERSON, again, PERSON, wrong, said_no, objecting)]
    records += [
        (shop, f'{{"email": "{MAIL}", "note": "{WORD}'.encode()),  # cut off
        (shop, orjson.dumps([MAIL])),
        (shop, b"\xff\xfe" + MAIL.encode()),
        (shop, f'{{"{MAIL}": 1e999}}'.encode()),
        (shop, ("[" * 2_000 + MAIL).encode()),
        (avro, b"\0\0\0\xff\xff" + MAIL.encode()),
        (avro, MAIL.encode()),
        (form, f"{MAIL} {WORD} wrote by hand".encode()),
    ]
    for topic, value in records:
        producer.produce(topic, value, MAIL, headers=[("from", MAIL.encode()), ("traceparent", MAIL.encode())])
    assert producer.flush(10) == 0
    return len(records)


@pytest.fixture(scope="module")
def floor(kafka: EmbeddedKafka, redis_server: EmbeddedRedis, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Floor]:
    """A worker and the roles behind it, at their most talkative, once all has been decided."""
    folder = tmp_path_factory.mktemp("canary")
    settings = environment(f"canary-{uuid.uuid4().hex[:8]}", kafka.bootstrap, redis_server.url, LEADSTREAM_LOG_LEVEL="debug")
    one, ports, roles = install(settings), [free_port() for _ in range(4)], list[Child]()
    with Fleet(one, settings | {"LEADSTREAM_HEALTH_PORT": str(ports[0])}, folder) as workers:
        workers.join()
        for role, port in zip(("reviser", "monitor", "learner"), ports[1:], strict=True):
            environ = settings | {"LEADSTREAM_HEALTH_PORT": str(port), "LEADSTREAM_WINDOW_S": "2"}
            roles.append(spawn([sys.executable, "-m", "app.cli", role], name=role, log=folder / f"{role}.log", env=environ))
        try:
            count = plant(one)
            assert workers.wait_until(lambda: decided(one) >= count, 120)
            yield Floor(one, folder, ports)
        finally:
            stop_all(roles, 10)


def decided(one: Installation) -> int:
    """Input records with a decision."""
    sources = {dict(message.headers() or ())["src"] for message in read_to_end(one.kafka.client(), [one.names.decisions])}
    return len(sources)


def names_somebody(data: bytes) -> bool:
    low = data.lower()
    return WORD.encode() in low or DIGITS.encode() in low


def test_every_fate_was_met(floor: Floor) -> None:
    """Else the others would prove nothing."""
    assert floor.fates >= {"routed", "review", "duplicate", "dead_letter"}
    assert floor.reasons() >= {
        "suppressed",
        "invalid_json",
        "not_an_object",
        "not_utf8",
        "unknown_schema_id",
        "no_magic_byte",
        "invalid_form",
    }


def test_no_topic_beside_the_lead_topics_names_them(floor: Floor) -> None:
    """Keys, values and headers of every topic whose kind is not raw or contact; a trace id that is none goes nowhere either."""
    names = floor.one.names
    topics = [getattr(names, topic) for topic, kind in TOPICS.items() if kind not in SPARED]
    found = []
    for message in read_to_end(floor.one.kafka.client(), topics):
        parts = [message.key(), message.value(), *(value for _, value in message.headers() or ())]
        if any(names_somebody(bytes(part)) for part in parts if part):
            found.append((message.topic(), message.offset()))
    assert found == []


def test_no_header_of_ours_on_a_dead_letter_names_them(floor: Floor) -> None:
    """The original travels in it untouched; what we say of it names nobody. Its own key is its own, too."""
    for letter in read_to_end(floor.one.kafka.client(), [floor.one.names.dlq]):
        for name, value in letter.headers() or ():
            if name.startswith(ADDED) and name != "leadstream.key":
                assert not names_somebody(value or b""), name
        assert not names_somebody(letter.key())


def test_no_log_names_them(floor: Floor) -> None:
    """Whatever was logged of them, at whatever level, by us or by a library."""
    logs = sorted(floor.logs.glob("*.log"))
    assert len(logs) == 4
    told = [(log.name, line) for log in logs for line in log.read_bytes().splitlines() if names_somebody(line)]
    assert told == []


@pytest.mark.parametrize("path", ["metrics", "healthz", "readyz"])
def test_neither_metrics_nor_health_names_them(floor: Floor, path: str) -> None:
    """Labels are slugs and reasons; checks are sentences of ours."""
    for port in floor.ports:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/{path}", timeout=5) as answer:
                told = answer.read()
        except urllib.error.HTTPError as refused:
            with refused:
                told = refused.read()
        assert told
        assert not names_somebody(told)
