"""The learner on a real broker: it learns what decides, restarts exactly after kill -9, and workers follow its snapshots."""

from __future__ import annotations

import math
import random
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

from app.edges.kafka.learner import Policy, run_learner
from app.edges.kafka.model_records import newest_snapshot
from app.edges.kafka.models import KafkaModels
from app.edges.kafka.names import Topics
from app.edges.kafka.publisher import SnapshotPublisher
from app.edges.registry.configured import codec_for
from app.embedded.kafka import EmbeddedKafka
from app.embedded.processes import Child, spawn, tail
from app.errors import ConfigurationError, FatalError
from app.learning.ledger import Ledger
from app.learning.model import OnlineModel
from app.learning.progress import Progress
from app.learning.snapshot import KEY, Snapshot, seal, signing_key
from app.settings import AppSettings, KafkaSettings, RegistrySettings
from tests.harness.threads import in_thread
from tests.harness.waiting import until

ROOT = Path(__file__).parents[2]
CODEC = codec_for(ROOT / "schemas", RegistrySettings())
LEADS, LATE = 2_000, 200  # outcomes come so many leads after their decision
PROMPT = Policy(every_labels=1_000_000, every_s=0.2)
AS_DECLARED = {"retention.ms": "-1", "message.timestamp.type": "LogAppendTime"}
SECRET = b"a pepper long enough"


class Elsewhere(Topics):
    """The same decisions and outcomes, learned into another models topic."""

    @property
    def models(self) -> str:
        return f"{self.prefix}.models-again"


class Afterwards(Topics):
    """And into a third one."""

    @property
    def models(self) -> str:
        return f"{self.prefix}.models-afterwards"


@pytest.fixture
def settings(kafka: EmbeddedKafka) -> KafkaSettings:
    return KafkaSettings(bootstrap_servers=kafka.bootstrap)


@pytest.fixture
def names(settings: KafkaSettings, topic_prefix: str) -> Topics:
    topics = Topics(topic_prefix)
    counts = {topics.decisions: 3, topics.outcomes: 2}
    counts |= {one.models: 1 for one in (topics, Elsewhere(topic_prefix), Afterwards(topic_prefix))}
    admin = AdminClient(settings.client())
    made = admin.create_topics([NewTopic(name, count, 1, config=AS_DECLARED) for name, count in counts.items()])
    for future in made.values():
        future.result(30)
    return topics


def a_lead(rng: random.Random) -> tuple[dict[str, float], dict[str, str], bool]:
    x, source = rng.gauss(0, 1), rng.choice(["ads", "webform", "partner"])
    odds = 1.5 * x + {"ads": -1.5, "webform": 0.0, "partner": 1.0}[source] - 0.5
    return {"x": x, "noise": rng.gauss(9, 2)}, {"source": source}, rng.random() < 1 / (1 + math.exp(-odds))


def traffic() -> Iterator[tuple[str, int, str, dict[str, Any]]]:
    """(topic's kind, time stamp, lead id, record): decisions, and their outcomes LATE leads later, every tenth one twice."""
    rng, labels = random.Random(7), []
    for n in range(LEADS + LATE):
        if n < LEADS:
            numbers, categories, won = a_lead(rng)
            labels.append(won)
            place = {"source": categories["source"], "topic": "t", "partition": 0, "offset": n, "fate": "routed"}
            about = {"received_at": 1_000 + 2 * n, "numbers": numbers, "categories": categories}
            yield "decision", 1_000 + 2 * n, f"ld_{n:05}", {"lead_id": f"ld_{n:05}"} | place | about
        if n >= LATE:
            lead_id, outcome = f"ld_{n - LATE:05}", "won" if labels[n - LATE] else "lost"
            told = {"lead_id": lead_id, "outcome": outcome, "occurred_at": 1_001 + 2 * n, "event_id": f"crm-{n}"}
            for _ in range(2 if n % 10 == 0 else 1):
                yield "outcome", 1_001 + 2 * n, lead_id, told


def send(settings: KafkaSettings, names: Topics, records: list[tuple[str, int, str, dict[str, Any]]]) -> None:
    producer = Producer(settings.producer())
    topics = {"decision": names.decisions, "outcome": names.outcomes}
    for kind, stamp, lead_id, record in records:
        producer.produce(topics[kind], CODEC.encode(kind, record), lead_id, timestamp=stamp)
        producer.poll(0)
    assert producer.flush(30) == 0


@contextmanager
def learning(settings: KafkaSettings, names: Topics, group: str, policy: Policy = PROMPT) -> Iterator[None]:
    """A learner in a thread of this process; what it raises, this raises."""
    with in_thread(lambda stop: run_learner(settings, AppSettings(group=group), names, stop, codec=CODEC, policy=policy)):
        yield


def labels_in(settings: KafkaSettings, names: Topics) -> int:
    found = newest_snapshot(settings, names, None)
    return found.lineage.labels if found else 0


def learned(settings: KafkaSettings, names: Topics, count: int) -> Snapshot:
    until(lambda: labels_in(settings, names) >= count, f"{count} labels learned", 60, 0.2)
    found = newest_snapshot(settings, names, None)
    assert found is not None
    return found


def auc(models: KafkaModels) -> float:
    rng, scored = random.Random(99), []
    for _ in range(1_500):
        numbers, categories, won = a_lead(rng)
        scored.append((models.current().predict(numbers, categories).probability, won))
    won_, lost = [p for p, won in scored if won], [p for p, won in scored if not won]
    return sum((a > b) + 0.5 * (a == b) for a in won_ for b in lost) / len(won_) / len(lost)


def test_scores_beat_chance_after_the_outcomes(settings: KafkaSettings, names: Topics, topic_prefix: str) -> None:
    """Decisions and outcomes in: each lead is learned once, and a worker that follows swaps the rules for a model that ranks."""
    models = KafkaModels(settings, names)
    try:
        assert models.current().version == "rules"
        send(settings, names, list(traffic()))
        with learning(settings, names, topic_prefix):
            snapshot = learned(settings, names, LEADS)
        assert snapshot.serving.labels_learned == LEADS
        until(lambda: models.current().version == snapshot.version, "the worker follows")
        assert auc(models) > 0.75
    finally:
        models.close()
    late = KafkaModels(settings, names)
    assert late.current().version == snapshot.version  # a worker that starts later has it at once
    late.close()


_ROLE = """
import sys, threading
from app.edges.kafka.learner import Policy, run_learner
from app.edges.kafka.names import Topics
from app.settings import AppSettings, KafkaSettings
bootstrap, prefix = sys.argv[1:]
run_learner(
    KafkaSettings(bootstrap_servers=bootstrap), AppSettings(group=prefix), Topics(prefix), threading.Event(),
    policy=Policy(every_labels=40, every_s=0.5, declared={"ads": 1_500}),
)
"""
IMPATIENT = replace(PROMPT, every_s=1.0, declared={"ads": 1_500})  # leads of ads count as not won after a second and a half


class Traffic(threading.Thread):
    """Workers and a CRM at work: decisions in transactions, some aborted; outcomes of every kind, some before their decision,
    some long after; a partition of decisions that stays silent.
    """

    def __init__(self, settings: KafkaSettings, names: Topics) -> None:
        super().__init__(daemon=True)
        self._names, self._rng = names, random.Random(11)
        self._deciding = Producer(settings.producer(**{"transactional.id": f"{names.prefix}-worker"}))
        self._telling = Producer(settings.producer())
        self.leads, self.enough = 0, threading.Event()

    def run(self) -> None:
        rng, due = self._rng, list[tuple[int, dict[str, Any]]]()
        self._deciding.init_transactions(30)
        while self.leads < 600 or not self.enough.is_set():
            batch = range(self.leads, self.leads + rng.randint(5, 30))
            for aborted in (True, False) if rng.random() < 0.1 else (False,):
                self._deciding.begin_transaction()
                for n in batch:
                    self._decide(n, "duplicate" if n % 23 == 22 else "routed")
                due += [one for n in batch if not aborted for one in self._fate(n)]
                told = [value for at, value in due if at <= batch.stop]
                due = [one for one in due if one[0] > batch.stop]
                self._deciding.flush(30)
                time.sleep(open_s := rng.choice([0.0, 0.0, 0.1, 0.3]))
                for value in told:  # appended after the decisions, and seen before them
                    self._tell(value)
                assert self._telling.flush(30) == 0
                time.sleep(open_s)
                self._deciding.abort_transaction(30) if aborted else self._deciding.commit_transaction(30)
            self.leads = batch.stop
        assert self._telling.flush(30) == 0

    def last_word(self) -> tuple[int, int]:
        """A lead and its win, later than all else: partition and offset of the outcome."""
        places = list[tuple[int, int]]()
        self._deciding.begin_transaction()
        self._decide(10_000, "routed")
        self._deciding.commit_transaction(30)
        told = CODEC.encode("outcome", {"lead_id": "ld_10000", "outcome": "won", "occurred_at": 1, "event_id": None})
        arrived = lambda _, message: places.append((message.partition(), message.offset()))  # noqa: E731
        self._telling.produce(self._names.outcomes, told, partition=1, on_delivery=arrived)
        assert self._telling.flush(30) == 0
        return places[0]

    def _decide(self, n: int, fate: str) -> None:
        numbers, categories, _ = a_lead(random.Random(n))
        place = {"source": categories["source"], "topic": "t", "partition": 0, "offset": n, "fate": fate}
        merged = {"duplicate_of": f"ld_{n - 9:05}", "duplicate_kind": "same_lead"} if fate == "duplicate" else {}
        about = {"received_at": int(time.time() * 1_000), "numbers": numbers, "categories": categories}
        record = CODEC.encode("decision", {"lead_id": f"ld_{n:05}"} | place | merged | about)
        self._deciding.produce(self._names.decisions, record, f"ld_{n:05}", partition=n % 2)

    def _fate(self, n: int) -> Iterator[tuple[int, dict[str, Any]]]:
        """(when so many leads are decided, outcome)"""
        rng, after, won = random.Random(-n), n, a_lead(random.Random(n))[2]
        story = ["contacted", "won" if won else "lost"]
        story += rng.choice([[], [], [], [], ["reopened"], ["refunded"], ["reopened", "won"], ["what?"]])
        for step, outcome in enumerate(story if rng.random() < 0.85 else []):
            after += rng.choice([0, 10, 40, 300])
            told = {"lead_id": f"ld_{n:05}", "outcome": outcome, "occurred_at": step, "event_id": f"deal-{n}"}
            yield after, told
            if rng.random() < 0.1:
                yield after + 60, told

    def _tell(self, value: dict[str, Any]) -> None:
        lead_id = value["lead_id"]
        self._telling.produce(self._names.outcomes, CODEC.encode("outcome", value), lead_id, partition=int(lead_id[3:]) % 2)
        self._telling.poll(0)


def test_kills_and_fencing_change_nothing(settings: KafkaSettings, names: Topics, topic_prefix: str, tmp_path: Path) -> None:
    """Killed with -9 while records of several partitions race, and fenced by a second one: in the end the learner's state is, bit
    for bit, that of one that nothing disturbed, and that of one that comes later and finds all records there.
    """
    rng, argv = random.Random(), [sys.executable, "-c", _ROLE, settings.bootstrap_servers, topic_prefix]
    live, late, traffic_ = Elsewhere(topic_prefix), Afterwards(topic_prefix), Traffic(settings, names)

    def a_child() -> Child:
        return spawn(argv, name="learner", cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, log=tmp_path / "learner.log")

    with learning(settings, live, f"{topic_prefix}-live", IMPATIENT):
        child = a_child()
        traffic_.start()
        learned(settings, names, 1)
        time.sleep(rng.uniform(0.0, 0.8))
        child.kill()
        seen = labels_in(settings, names)  # more than these are of the next one, which would fence others while it still starts
        child = a_child()
        learned(settings, names, seen + 1)
        with learning(settings, names, topic_prefix, IMPATIENT):  # takes over
            assert child.wait(60) == 1
            assert "another learner took over" in tail(tmp_path / "learner.log")
            traffic_.enough.set()
            traffic_.join(60)
            assert not traffic_.is_alive()
            last = traffic_.last_word()
            disturbed, undisturbed = (told(settings, these, last) for these in (names, live))
    with learning(settings, late, f"{topic_prefix}-late", IMPATIENT):
        afterwards = told(settings, late, last)
    counts = undisturbed.ledger["counts"]
    assert min(counts[name] for name in ("expired", "corrected", "reversed", "reopened", "repeated", "merged")) > 0
    for other in (disturbed, afterwards):
        assert other.version == undisturbed.version
        assert other.learner == undisturbed.learner
        assert other.applied == undisturbed.applied
        assert other.replay_from == undisturbed.replay_from
        assert other.ledger == undisturbed.ledger


def told(settings: KafkaSettings, names: Topics, last: tuple[int, int]) -> Snapshot:
    """The first snapshot that includes this outcome."""

    found = list[Snapshot]()

    def learned_it() -> bool:
        found[:] = filter(None, [newest_snapshot(settings, names, None)])
        return bool(found) and found[0].applied.get(("outcomes", last[0]), 0) > last[1]

    until(learned_it, "the last outcome is learned", 60, 0.2)
    return found[0]


def a_snapshot(labels: int) -> Snapshot:
    progress = Progress(Ledger(), OnlineModel(), {}, {})
    for n in range(labels):
        progress.model.learn({"x": float(n)}, {"source": "ads"}, n % 3 == 0)
    return Snapshot.of(progress, None)


def test_a_worker_refuses_what_it_cannot_trust(settings: KafkaSettings, names: Topics, topic_prefix: str) -> None:
    """Garbage, an unsigned and a foreign snapshot change nothing; the next good one is taken."""
    key, good, better = signing_key(SECRET), a_snapshot(30), a_snapshot(60)
    publisher = SnapshotPublisher(settings, names, topic_prefix, key)
    assert publisher.publish(good)
    bad = [b"garbage", None, seal(a_snapshot(40), None), seal(a_snapshot(50), signing_key(b"someone else's pepper"))]
    bad.append(seal(better, key).replace(b"model/1", b"model/9"))
    producer = Producer(settings.producer())
    for value in bad:
        producer.produce(names.models, value, KEY)
    producer.flush(30)
    models = KafkaModels(settings, names, SECRET)
    try:
        assert models.current().version == good.version
        assert publisher.publish(better)
        until(lambda: models.current().version == better.version, "the next good snapshot is loaded")
    finally:
        models.close()
    newest = newest_snapshot(settings, names, key)
    assert newest is not None
    assert newest.version == better.version


def test_without_a_topic_the_rules_score(settings: KafkaSettings, topic_prefix: str) -> None:
    """A missing models topic does not keep a worker from starting."""
    models = KafkaModels(settings, Topics(topic_prefix))
    assert models.current().version == "rules"
    models.close()


def test_the_newest_learner_is_the_only_one(settings: KafkaSettings, names: Topics, topic_prefix: str) -> None:
    """An older instance that comes back cannot publish: it is fenced and ends."""
    older = SnapshotPublisher(settings, names, topic_prefix, None)
    newer = SnapshotPublisher(settings, names, topic_prefix, None)
    with pytest.raises(FatalError, match="another learner"):
        older.publish(a_snapshot(30))
    assert newer.publish(a_snapshot(30))


def test_refuses_a_model_that_knows_more_than_the_topics(settings: KafkaSettings, names: Topics, topic_prefix: str) -> None:
    """Topics made anew under an old model would never be learned from: say so instead."""
    known = Progress(Ledger(), OnlineModel(), {("decisions", 0): 10_000}, {})
    assert SnapshotPublisher(settings, names, f"{topic_prefix}-learner", None).publish(Snapshot.of(known, None))
    with pytest.raises(ConfigurationError, match="made anew"):
        run_learner(settings, AppSettings(group=topic_prefix), names, threading.Event(), codec=CODEC)


def test_unreadable_records_are_passed_over(settings: KafkaSettings, names: Topics, topic_prefix: str) -> None:
    """Bytes that are no outcome, and tombstones, stop nothing."""
    producer = Producer(settings.producer())
    for partition in (0, 1):
        producer.produce(names.outcomes, b"not avro", partition=partition)
        producer.produce(names.outcomes, None, b"ld_1", partition=partition)
        producer.produce(names.decisions, b"\x00\x00\x00\x00\x01", partition=partition)
    producer.flush(30)
    send(settings, names, list(traffic()))
    with learning(settings, names, topic_prefix):
        assert learned(settings, names, LEADS).serving.labels_learned == LEADS
