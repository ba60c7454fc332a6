"""A replay sends each letter once, whatever happens to it: on a real broker."""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path
from typing import Any

import orjson
import pytest
from confluent_kafka import Producer
from typer.testing import CliRunner, Result

from app.cli import app
from app.commands.dlq import ASKED_ABOVE
from app.edges.kafka import replay_sending
from app.edges.kafka.reading import read_to_end
from app.edges.kafka.replay_sending import Order, Replayer
from app.edges.kafka.topic_specs import DAY_MS
from app.edges.registry.codec import AvroCodec
from app.edges.registry.schemas import Schemas
from app.embedded.kafka import EmbeddedKafka
from app.embedded.processes import spawn
from app.embedded.redis import EmbeddedRedis
from app.errors import FatalError
from app.pipeline.replayed import ATTEMPT, RECEIVED_AT
from app.settings import MAX_RECORD_BYTES
from app.wiring import Installation
from tests.harness.fleet import environment
from tests.harness.letters import ORDER, Office
from tests.harness.waiting import until

CODEC = AvroCodec(Schemas.load(Path(__file__).parents[2] / "schemas"))
pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def office(kafka: EmbeddedKafka, topic_prefix: str, monkeypatch: pytest.MonkeyPatch) -> Office:
    """Topics, and transactions of five letters each."""
    monkeypatch.setattr(replay_sending, "BATCH", 5)
    return Office(kafka, topic_prefix, Installation.from_environment(), CODEC)


class Killed(BaseException):
    """The process is gone at this point."""


class Dying:
    """A producer whose process is killed at one of its calls. What it had begun stays as it is, as kill -9 leaves it."""

    def __init__(self, producer: Producer, at: str, after: int) -> None:
        self._producer, self._at, self._left = producer, at, after

    def __getattr__(self, name: str) -> Any:
        its = getattr(self._producer, name)

        def call(*args: Any, **more: Any) -> Any:
            if name == "commit_transaction" and self._at == "produced":
                self._producer.flush(10)  # all of it lies on the broker, and nobody will say that it counts
            self._left -= name == {"produced": "commit_transaction", "committed": "commit_transaction"}.get(self._at, self._at)
            if self._left < 0 and self._at != "committed":
                raise Killed
            answer = its(*args, **more)
            if self._left < 0:
                raise Killed
            return answer

        return call


class TestKilled:
    @pytest.mark.parametrize("at", ["begin_transaction", "produce", "produced", "committed"])
    def test_at_each_point(self, office: Office, at: str) -> None:
        """Before, inside and after a transaction: run again, the rest is sent, and no letter twice."""
        office.post(range(23))
        first = office.replayer()
        first._producer = Dying(first._producer, at, after=7 if at == "produce" else 1)
        with pytest.raises(Killed):
            first.send(office.chosen(), ORDER)
        sent = office.replayer().send(office.chosen(), ORDER)
        assert sent.before == {"begin_transaction": 5, "produce": 0, "produced": 5, "committed": 10}[at]
        assert office.came() == office.once(range(23))
        assert set(office.letters.replayed()) == set(office.chosen())

    def test_the_command_by_kill_9(
        self, office: Office, kafka: EmbeddedKafka, redis_server: EmbeddedRedis, topic_prefix: str, tmp_path: Path
    ) -> None:
        """A real process, killed at a random moment while it sends; the same command again sends the rest."""
        office.post(range(60))
        settings = environment(topic_prefix, kafka.bootstrap, redis_server.url)
        argv = [sys.executable, "-m", "app.cli", "dlq", "replay", "--by", "on-call", "--why", "a test", "--rate"]
        seed = random.randrange(10_000)
        rnd = random.Random(seed)
        print("seed", seed)
        killed = spawn([*argv, "12"], name="replay", log=tmp_path / "killed.log", env=settings)
        until(lambda: bool(office.letters.replayed()), "it sends", 60)
        time.sleep(rnd.uniform(0, 1.1))
        killed.kill()
        assert 0 < len(office.letters.replayed()) < 60
        last = spawn([*argv, "1000"], name="replay", log=tmp_path / "last.log", env=settings)
        assert last.wait(60) == 0, (tmp_path / "last.log").read_text()
        assert office.came() == office.once(range(60))


class TestTheCommand:
    def run(self, office: Office, *argv: str, given: str | None = None) -> Result:
        settings = environment(office.names.prefix, office.kafka.bootstrap_servers, "redis://127.0.0.1:1")
        return CliRunner().invoke(app, ["dlq", "replay", *argv], env=settings, input=given)

    def test_it_asks_before_very_many(self, office: Office) -> None:
        """More than a thousand wait for a word; a no sends nothing. It needs no Redis for letters that it never knew."""
        office.post(range(ASKED_ABOVE + 1))
        said = ("--by", "on-call", "--why", "a test")
        asked = self.run(office, *said, given="n\n")
        assert (asked.exit_code, office.came().total()) == (1, 0)
        assert "1,001 letters" in asked.output
        done = self.run(office, *said, "--limit", "3", "--json")
        assert orjson.loads(done.stdout) | {"batch": ""} == {"batch": "", "letters": 3, "before": 0}
        assert office.came() == office.once(range(3))

    def test_it_says_what_is_wrong_with_what_it_is_asked(self, office: Office) -> None:
        """Who and why, a lead id, a stage, a time: before anything is read."""
        for argv, told in [
            (["--source", "web-form"], "say who and why"),
            (["--by", "anna@example.com", "--why", "x"], "personal data"),
            (["ld_1", "--dry-run"], "no lead id"),
            (["--stage", "mappnig", "--dry-run"], "no stage"),
            (["--since", "yesterday", "--dry-run"], "is no time"),
        ]:
            wrong = self.run(office, *argv)
            assert (wrong.exit_code, told in " ".join(wrong.output.replace("│", " ").split())) == (2, True), wrong.output
        assert "no such letter" in self.run(office, "ld_" + "0" * 20, "--dry-run").output


class TestTwoAtOnce:
    def test_the_later_one_fences_the_earlier(self, office: Office) -> None:
        """The first is told so and ends; together they send each letter once."""
        office.post(range(23))
        later: list[Replayer] = []

        def begin(_: int) -> None:
            if not later:
                later.append(office.replayer())

        with pytest.raises(FatalError, match="another replay began"):
            office.replayer().send(office.chosen(), ORDER, begin)
        sent = later[0].send(office.chosen(), ORDER)
        assert (sent.letters, sent.before) == (18, 5)
        assert office.came() == office.once(range(23))

    def test_another_installation_is_not_in_the_way(self, office: Office) -> None:
        """The transactional id is the group's: who replays elsewhere fences nobody here."""
        office.post(range(5))
        first = office.replayer()
        office.replayer(f"{office.group}-other")
        assert first.send(office.chosen(), ORDER).letters == 5


class TestWhatIsSent:
    def test_the_record_as_it_came(self, office: Office) -> None:
        """Same partition, key, bytes, headers and time; added is whose replay it is, and which attempt."""
        office.post([3])
        (letter,) = office.chosen().values()
        office.replayer().send(office.chosen(), ORDER)
        (message,) = read_to_end(office.kafka.client(), [office.inbound])
        assert (message.partition(), message.key(), message.value()) == (0, b"key 3", b"line 3")
        assert message.timestamp()[1] == letter.received_ms
        assert message.headers() == [("trace", b"3"), ("leadstream.replay_of", letter.src.identity.encode()), (ATTEMPT, b"2")]

    def test_who_may_be_known_is_forgotten(self, office: Office) -> None:
        """What failed after the match index took it in would be found a repetition of itself; the others never came there."""
        known = office.post([1], stage="delivery", reason="unencodable") + office.post([2], reason="suspected_poison")
        office.post([3])
        office.replayer().send(office.chosen(), ORDER)
        assert sorted(office.forgotten) == sorted(known)

    def test_what_would_be_deleted_at_once_has_the_present_time(self, office: Office) -> None:
        """A letter lives longer than an inbound record: sent with its own time, the broker would delete it before it is read."""
        (young,), (old,) = office.post([1], age_ms=9 * DAY_MS), office.post([2], age_ms=11 * DAY_MS)
        chosen, now_ms = office.chosen(), time.time() * 1000
        office.replayer().send(chosen, ORDER)
        found = {message.key(): message for message in read_to_end(office.kafka.client(), [office.inbound])}
        assert found[b"key 1"].timestamp()[1] == chosen[young].received_ms
        assert found[b"key 2"].timestamp()[1] == pytest.approx(now_ms, abs=60_000)
        assert dict(found[b"key 2"].headers())[RECEIVED_AT] == b"%d" % chosen[old].received_ms

    def test_the_audit_says_who_and_why(self, office: Office) -> None:
        """A record for each transaction, so that it holds however the replay ended."""
        office.post(range(7))
        sent = office.replayer().send(office.chosen(), Order("on-call", "columns declared anew", {"sources": ["partner-csv"]}))
        told = [CODEC.decode(message.value(), "change") for message in read_to_end(office.kafka.client(), [office.names.changes])]
        assert [(one["kind"], one["name"], one["by"], one["why"]) for one in told] == [
            ("replay", sent.batch, "on-call", "columns declared anew")
        ] * 2
        assert [orjson.loads(one["after"])["sent"] for one in told] == [5, 7]

    def test_nothing_once_erased(self, office: Office) -> None:
        """A tombstone takes a letter away, wherever it lies: it is neither listed nor sent."""
        gone, left = office.post([0, 1])
        producer = Producer(office.kafka.producer())
        producer.produce(office.names.dlq, None, gone)
        producer.produce(office.names.dlq, b"{}", b"somebody else's")
        assert producer.flush(10) == 0
        box = office.letters.read()
        assert (set(box.letters), box.foreign) == ({left}, 1)
        assert office.letters.find(gone) is None
        assert office.replayer().send(box.letters, ORDER).letters == 1

    def test_a_record_of_megabytes(self, office: Office) -> None:
        """What the DLQ took whole goes back whole, in a transaction that the topic takes."""
        office.post([0], value=b"x" * (MAX_RECORD_BYTES - 200_000))
        office.replayer().send(office.chosen(), ORDER)
        (message,) = read_to_end(office.kafka.client(), [office.inbound])
        assert len(message.value()) == MAX_RECORD_BYTES - 200_000
