"""The contest on a real broker: people's orders reach workers within seconds, and a learner that is killed tears nothing."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic
from typer.testing import CliRunner

from app.cli import app
from app.edges.kafka.learner import Policy, run_learner
from app.edges.kafka.model_alert import ModelAlert
from app.edges.kafka.model_records import read_models
from app.edges.kafka.models import KafkaModels
from app.edges.kafka.names import Topics
from app.edges.kafka.publisher import SnapshotPublisher
from app.edges.kafka.reading import read_to_end
from app.edges.registry.configured import codec_for
from app.embedded.kafka import EmbeddedKafka
from app.errors import FatalError
from app.learning.contest import Contest
from app.learning.gate import Limits
from app.learning.ledger import Ledger
from app.learning.moves import Move, Rules
from app.learning.orders import Order
from app.learning.progress import Progress
from app.learning.recipes import STEADY
from app.learning.snapshot import KEY, LEARNING, Snapshot, seal, signing_key
from app.settings import AppSettings, KafkaSettings, RegistrySettings
from tests.harness.threads import in_thread
from tests.harness.waiting import until

ROOT = Path(__file__).parents[2]
CODEC = codec_for(ROOT / "schemas", RegistrySettings())
PEPPER = "known to these tests, and long enough for signatures"
SIGNED = signing_key(PEPPER.encode())
LENIENT = Limits(alpha=1e-14, least=200, loss_margin=1.0, auc_margin=0.5, ece_margin=0.5, group_labels=10**6, predict_us=1e6)
SOON = Rules(recent=400, every=100, limits=LENIENT)
PROMPT = Policy(every_labels=1_000_000, every_s=0.2, rules=SOON)
LEADS = 450

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def settings(kafka: EmbeddedKafka) -> KafkaSettings:
    return KafkaSettings(bootstrap_servers=kafka.bootstrap)


@pytest.fixture
def names(settings: KafkaSettings, topic_prefix: str) -> Topics:
    topics = Topics(topic_prefix)
    counts = {topics.decisions: 1, topics.outcomes: 1, topics.models: 1}
    admin = AdminClient(settings.client())
    made = admin.create_topics([NewTopic(name, count, 1, config={"retention.ms": "-1"}) for name, count in counts.items()])
    for future in made.values():
        future.result(30)
    return topics


def send(settings: KafkaSettings, names: Topics, first: int, count: int) -> None:
    """Leads and, at once, their outcomes."""
    rng, producer = random.Random(first), Producer(settings.producer())
    for n in range(first, first + count):
        x, lead = rng.gauss(0, 1), f"ld_{n:05}"
        about = {"lead_id": lead, "source": "ads", "topic": "t", "partition": 0, "offset": n, "fate": "routed", "received_at": n}
        decided = about | {"numbers": {"x": x}, "categories": {"source": "ads"}}
        won = rng.random() < 1 / (1 + math.exp(0.5 - 1.5 * x))
        ended = {"lead_id": lead, "outcome": "won" if won else "lost", "occurred_at": n, "event_id": f"crm-{n}"}
        producer.produce(names.decisions, CODEC.encode("decision", decided), lead, timestamp=2 * n + 1)
        producer.produce(names.outcomes, CODEC.encode("outcome", ended), lead, timestamp=2 * n + 2)
    assert producer.flush(30) == 0


@contextmanager
def learning(settings: KafkaSettings, names: Topics) -> Iterator[None]:
    one = AppSettings(group=names.prefix, pepper=PEPPER, challengers="steady")
    with in_thread(lambda stop: run_learner(settings, one, names, stop, codec=CODEC, policy=PROMPT)):
        yield


def newest(settings: KafkaSettings, names: Topics) -> Snapshot | None:
    return read_models(settings, names, SIGNED).snapshot(SIGNED)


def learned(settings: KafkaSettings, names: Topics, count: int) -> Snapshot:
    until(lambda: (now := newest(settings, names)) is not None and now.lineage.labels >= count, f"{count} labels", 60, 0.2)
    found = newest(settings, names)
    assert found is not None
    return found


@pytest.fixture
def told(settings: KafkaSettings, names: Topics) -> Any:
    """`leadstream models …`: exit code and what was printed."""
    environment = {
        "KAFKA_BOOTSTRAP_SERVERS": settings.bootstrap_servers,
        "LEADSTREAM_TOPIC_PREFIX": names.prefix,
        "LEADSTREAM_PEPPER": PEPPER,
    }

    def call(*argv: str) -> tuple[int, str, str]:
        done = CliRunner().invoke(app, ["models", *argv], env=environment)
        return done.exit_code, done.stdout, done.stderr

    return call


BECAUSE = ("--why", "a test", "--by", "sales-ops")


def test_orders_reach_the_workers(settings: KafkaSettings, names: Topics, told: Any) -> None:
    """Promoted and rolled back by people: workers score by it within seconds, a restart keeps it, a refusal says why."""
    models = KafkaModels(settings, names, PEPPER.encode())
    with closing(models):
        with learning(settings, names):
            send(settings, names, 0, LEADS)
            first = learned(settings, names, LEADS)
            assert first.lineage.champion == "standard"
            assert told("promote", "nobody", *BECAUSE)[0] == 1
            code, out, err = told("promote", "steady", *BECAUSE)
            assert code == 0, err
            assert "steady scores from now on" in out
            promoted = newest(settings, names)
            assert promoted is not None
            assert (promoted.lineage.champion, promoted.lineage.cause, promoted.lineage.by) == ("steady", "ordered", "sales-ops")
            until(lambda: models.current().version == promoted.version, "the worker scores by it", 10, 0.05)
        with learning(settings, names):  # after a restart it is as it was, and the order is not carried out again
            send(settings, names, LEADS, 50)
            assert learned(settings, names, LEADS + 50).lineage.champion == "steady"
            listed = json.loads(told("list", "--json")[1])
            assert [row["name"] for row in listed["contenders"]] == ["steady", "standard"]
            assert [move["cause"] for move in listed["moves"]] == ["refused", "ordered"]
            assert listed["orders"] == []
            assert "steady" in told("list")[1]
            assert json.loads(told("compare", "steady", "standard", "--json")[1])["gate"]["findings"]
            assert told("show", "nobody")[0] == 1
            code, _, err = told("rollback", first.shelf.versions[0], *BECAUSE)
            assert (code, "--force" in err) == (1, True)
            code, out, _ = told("rollback", first.shelf.versions[0], "--force", "--json", *BECAUSE)
            assert (code, json.loads(out)["champion"]) == (0, f"standard@{first.shelf.versions[0]}")
            assert told("show", first.shelf.versions[0])[0] == 0
            back = newest(settings, names)
            assert back is not None
            until(lambda: models.current().version == back.version, "the worker scores by it", 10, 0.05)
            kept = read_models(settings, names, SIGNED).versions
            assert list(kept) == list(back.shelf.versions)
            assert len(kept) == 3


def test_an_order_of_somebody_else_is_no_order(settings: KafkaSettings, names: Topics, told: Any) -> None:
    """Unsigned, or signed with another pepper: logged and passed over; one given while no learner runs is carried out later."""
    producer = Producer(settings.producer())
    for key in (None, signing_key(b"another pepper, long enough")):
        forged = Order("forged", "promote", "steady", "because", "nobody", True, 0)
        producer.produce(names.models, forged.sealed(key), forged.key)
    producer.flush(10)
    send(settings, names, 0, LEADS)
    assert told("promote", "steady", "--wait", "0", *BECAUSE)[0] == 0
    assert "ordered, not carried out yet: promote steady" in told("list")[1]
    with learning(settings, names):
        until(lambda: len((newest(settings, names) or one(0)).contest().moves) > 0, "the order is carried out", 60, 0.2)
    found = newest(settings, names)
    assert found is not None
    assert [move.by for move in found.contest().moves] == ["sales-ops"]


def one(labels: int, parent: str | None = None) -> Snapshot:
    progress = Progress(Ledger(), Contest.of([STEADY]), {}, {})
    for n in range(labels):
        progress.model.learn({"x": float(n)}, {"source": "ads"}, n % 3 == 0)
    return Snapshot.of(progress, parent)


def test_a_learner_killed_between_two_writes_has_written_none(settings: KafkaSettings, names: Topics) -> None:
    """What workers load and what the learner goes on from are one transaction: who comes after sees both or neither."""
    first = SnapshotPublisher(settings, names, names.prefix, SIGNED)
    assert first.publish(one(30))
    torn = one(60)
    first._producer.begin_transaction()
    first._producer.produce(names.models, key=KEY, value=seal(torn, SIGNED))
    first._producer.flush(10)  # it is on the broker; here the learner dies
    second = SnapshotPublisher(settings, names, names.prefix, SIGNED)
    found = read_models(settings, names, SIGNED)
    assert found.served is not None
    assert (found.served.version, (found.snapshot(SIGNED) or torn).version) == (one(30).version, one(30).version)
    models = KafkaModels(settings, names, PEPPER.encode())
    with closing(models):
        assert models.current().version == one(30).version
    with pytest.raises(FatalError):
        first.publish(torn)
    assert second.publish(torn)


def test_what_workers_load_is_told_again_where_it_was_spoiled(settings: KafkaSettings, names: Topics) -> None:
    """A restart finds the learner's state without what workers load of it, or with another's, and publishes both anew."""
    send(settings, names, 0, 100)
    with learning(settings, names):
        good = learned(settings, names, 100)
    producer = Producer(settings.producer())
    producer.produce(names.models, None, KEY)
    producer.produce(names.models, seal(one(40), SIGNED), KEY)
    producer.produce(names.models, b"garbage", LEARNING)
    producer.flush(10)
    models = KafkaModels(settings, names, PEPPER.encode())
    with closing(models):
        assert models.current().version == one(40).version
        with learning(settings, names):
            until(lambda: models.current().version == good.version, "the champion is told again", 30, 0.1)


def test_a_rollback_rings_on_the_alerts_topic(settings: KafkaSettings, names: Topics) -> None:
    """Fires once, after a restart again, and resolves with the next champion: one key, its newest state the last."""
    admin = AdminClient(settings.client())
    admin.create_topics([NewTopic(names.alerts, 1, 1)])[names.alerts].result(30)
    contest = Contest.of([STEADY])
    contest.moves.append(Move("rolled_back", 5_000, "standard", "steady", "contest", "log loss +0.0200"))
    for _ in "12":
        ringing = ModelAlert(settings.client(), names.alerts, CODEC.encode, "https://runbook.example")
        for _ in "12":
            ringing.follow(contest)
    contest.moves.append(Move("ordered", 5_100, "steady", "standard", "sales-ops", "a test"))
    ringing.follow(contest)
    told = [(message.key(), CODEC.decode(message.value(), "alert")) for message in read_to_end(settings.client(), [names.alerts])]
    assert [alert["status"] for _, alert in told] == ["firing", "firing", "resolved"]
    assert {key.decode() for key, _ in told} == {told[0][1]["fingerprint"]}
    assert "steady was rolled back to standard after 5000 labels: log loss +0.0200" in told[0][1]["summary"]
    assert told[0][1]["runbook_url"] == "https://runbook.example#model_rolled_back"
