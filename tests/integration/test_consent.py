"""From a withdrawal to the teams: a worker as its own process, the role privacy, and what stands on the topics."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from urllib.parse import urlencode

import orjson
import pytest
from confluent_kafka import Producer

from app.edges.kafka.consent import HEEDED_S, say, standing, taken_in
from app.edges.kafka.consent_keeper import ConsentKeeper
from app.edges.kafka.privacy import Parts, run_privacy
from app.edges.kafka.reading import read_to_end, watermarks
from app.edges.kafka.reviser_writer import Writer
from app.edges.kafka.suppressions import FRESH_S
from app.embedded.kafka import EmbeddedKafka
from app.embedded.redis import EmbeddedRedis
from app.errors import FatalError
from app.ops.health import Health
from app.pipeline.identifiers import identifiers
from app.wiring import Installation
from tests.harness.config import CATCH_ALL, only
from tests.harness.fleet import Fleet, environment, install
from tests.harness.threads import in_thread
from tests.harness.waiting import until

SOURCE, ADA, BOB = "web-form", "ada.lovelace@example.com", "bob.builder@example.com"
NOTHING = dict.fromkeys(("change_id", "email", "phone", "customer_id", "visitor_id", "lead_id"))


class Floor:
    """One source, one worker, and what people say of being contacted."""

    def __init__(self, one: Installation, workers: Fleet) -> None:
        self.one, self.workers, self.sent = one, workers, 0
        self._producer, self._sending = Producer(one.kafka.producer()), threading.Lock()

    def lead(self, email: str) -> None:
        """Somebody asks something, without having said yes to anything new."""
        with self._sending:
            self.sent += 1
            value = {"email": email, "name": "Somebody New", "submission_id": f"m{self.sent}", "message": f"Question {self.sent}"}
            self._producer.produce(self.one.names.inbound(SOURCE), urlencode(value))
        self._producer.poll(0)

    def settle(self) -> None:
        assert self._producer.flush(10) == 0
        assert self.workers.wait_until(self.workers.caught_up, 60)

    def say(self, *, given: bool, **who: str) -> None:
        """Say it, and wait until it is acknowledged."""
        change = NOTHING | {"given": given, "purposes": [], "occurred_at": int(time.time() * 1000), "via": "test"} | who
        behind = say(self.one.kafka.producer(), self.one.names.consent, self.one.codec.encode, [change])
        assert taken_in(self.one.kafka.client(), f"{self.one.app.group}-privacy", behind, 30)
        time.sleep(HEEDED_S if not given else FRESH_S)  # the promise itself is measured here

    @property
    def places(self) -> list[str]:
        """Where a lead goes that people are to have, or have already."""
        names = self.one.names
        return [names.routed("desk"), names.review, names.duplicates]

    def ends(self) -> dict[tuple[str, int], int]:
        return {where: high for where, (_, high) in watermarks(self.one.kafka.client(), self.places).items()}

    def reached(self, since: Mapping[tuple[str, int], int]) -> list[str]:
        """Whose leads have come to people since."""
        found = []
        for message in read_to_end(self.one.kafka.client(), self.places):
            if message.offset() >= since.get((message.topic(), message.partition()), 0):
                record = "routed_lead" if "routed" in message.topic() else "lead"
                found.append(self.one.codec.decode(message.value(), record)["email"])
        return found

    def dead(self) -> list[tuple[str, str]]:
        """Stage and reason of all dead letters."""
        headers = [dict(one.headers() or ()) for one in read_to_end(self.one.kafka.client(), [self.one.names.dlq])]
        return [(one["leadstream.stage"].decode(), one["leadstream.reason"].decode()) for one in headers]


@pytest.fixture
def floor(
    kafka: EmbeddedKafka, redis_server: EmbeddedRedis, topic_prefix: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Floor]:
    folder = tmp_path_factory.mktemp("consent")
    teams = "teams:\n  - {name: desk, description: Answers, partitions: 1}\n"
    config = only(folder / "config", SOURCE, routing=CATCH_ALL.replace("nurture", "desk"), teams=teams)
    (config / "fairness.yaml").unlink()
    settings = environment(topic_prefix, kafka.bootstrap, redis_server.url, LEADSTREAM_CONFIG_DIR=str(config))
    one = install(settings)
    with Fleet(one, settings, folder) as workers:
        workers.join()
        yield Floor(one, workers)


@contextmanager
def privacy(one: Installation) -> Iterator[None]:
    health = Health()
    parts = Parts(one.kafka, f"{one.app.group}-privacy", {"consent": partial(ConsentKeeper, one.consent_keeper())})
    with in_thread(lambda stop: run_privacy(parts, stop, health)):
        until(lambda: "ok" in [check.status for check in health.checks if check.name == "duty_consent"], "the role is at work")
        yield


def test_nothing_reaches_a_team_after_a_withdrawal_is_acknowledged(floor: Floor) -> None:
    """Leads of the person come all the while: those from after the acknowledgement are dead letters, others are not; a later yes
    lets them through again."""
    with privacy(floor.one):
        floor.lead(ADA)
        floor.lead(BOB)
        floor.settle()
        assert (sorted(floor.reached({})), floor.dead()) == ([ADA, BOB], [])

        stop = threading.Event()

        def come() -> None:
            while not stop.wait(0.1):
                floor.lead(ADA)

        coming = threading.Thread(target=come)
        coming.start()
        try:
            floor.say(given=False, email=ADA.upper())
            since = floor.ends()
            for _ in range(20):
                floor.lead(ADA)
            floor.lead(BOB)
        finally:
            stop.set()
            coming.join()
        floor.settle()
        assert floor.reached(since) == [BOB]
        assert set(floor.dead()) == {("routing", "suppressed")}
        assert floor.workers.ledger().holds

        floor.say(given=True, email=ADA)
        since = floor.ends()
        floor.lead(ADA)
        floor.settle()
        assert floor.reached(since) == [ADA]


def test_objections_are_kept_once_and_by_pseudonym(kafka: EmbeddedKafka, redis_server: EmbeddedRedis, topic_prefix: str) -> None:
    """Killed between transactions and begun again, each is taken in once; nothing on the topic names the person; a lead id stands
    for its person; what cannot be read stops nothing."""
    one = install(environment(topic_prefix, kafka.bootstrap, redis_server.url))
    names, group = one.names, f"{one.app.group}-privacy"
    lead_id = "ld_" + 20 * "a"
    producer = Producer(one.kafka.producer())
    value = {"lead_id": lead_id, "source": SOURCE, "email": BOB, "phone": None, "customer_id": None, "visitor_id": None}
    headers = [("content-type", b"application/json")]
    producer.produce(names.routed("partner-desk"), orjson.dumps(value), lead_id, headers=headers)
    producer.produce(names.consent, b"no change at all")
    assert producer.flush(10) == 0
    now = int(time.time() * 1000)
    changes = [
        NOTHING | {"given": False, "purposes": [], "occurred_at": now, "via": "test"} | who
        for who in ({"email": ADA}, {"lead_id": lead_id})
    ]
    behind = say(one.kafka.producer(), names.consent, one.codec.encode, changes)

    first = ConsentKeeper(one.consent_keeper(), Writer(one.kafka, group, "privacy"))
    until(first.step, "the first has taken something in")
    second = ConsentKeeper(one.consent_keeper(), Writer(one.kafka, group, "privacy"))
    say(one.kafka.producer(), names.consent, one.codec.encode, changes[:1])
    with pytest.raises(FatalError):  # a second instance fences the first
        until(first.step, "the first has nothing to say any more")
    until(second.step, "the second goes on")
    for keeper in (first, second):
        keeper.close()
    assert taken_in(one.kafka.client(), group, behind, 10)

    records = list(read_to_end(one.kafka.client(), [names.suppressions]))
    told = [one.codec.decode(record.value(), "suppression") for record in records]
    assert {(entry["kind"], entry["why"], entry["since"]) for entry in told} == {("email", "objected", now)}
    assert len({record.key() for record in records}) == len(records) == 2
    assert not any(word in bytes(record.value()) + record.key() for record in records for word in (b"ada", b"bob", b"example"))
    table = standing(one.kafka, names.suppressions, one.codec.read_own)
    for email in (ADA, BOB):
        (its,) = identifiers(email=email)
        assert table.of(one.pseudonyms.identifiers([its.text])) is not None
