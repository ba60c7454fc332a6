"""The real worker on a real broker: what stands still ends it with 72; a record that ends it is set aside."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Producer

from app.edges.kafka.reading import read_to_end
from app.embedded.kafka import EmbeddedKafka
from app.embedded.redis import EmbeddedRedis
from app.errors import ExitCode
from app.wiring import Installation
from tests.harness.config import CATCH_ALL, only
from tests.harness.fleet import Fleet, environment, install
from tests.harness.hurt_worker import HURT
from tests.harness.waiting import until

TOPIC = "inbound.web-form"


class Hurt:
    """One worker that something is done to, and the topic that it reads."""

    def __init__(self, one: Installation, fleet: Fleet, logs: Path) -> None:
        self.one, self.fleet, self._logs = one, fleet, logs
        self._producer = Producer(one.kafka.client())

    def send(self, *values: bytes) -> None:
        """Records into the one partition, in order."""
        for value in values:
            self._producer.produce(f"{self.one.names.prefix}.{TOPIC}", value)
        self._producer.flush(30)

    def log(self) -> list[dict[str, Any]]:
        """What all workers have said, in order of their starts."""
        files = sorted(self._logs.glob("worker-*.log"))
        return [json.loads(line) for path in files for line in path.read_text().splitlines() if line.startswith("{")]

    def dead_letters(self) -> list[tuple[bytes, str]]:
        """Value and reason of each."""
        found = read_to_end(self.one.kafka.client(), [self.one.names.dlq])
        return [(message.value(), dict(message.headers())["leadstream.reason"].decode()) for message in found]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return only(tmp_path / "config", "web-form", routing=CATCH_ALL)


@pytest.fixture
def hurt(kafka: EmbeddedKafka, redis_server: EmbeddedRedis, topic_prefix: str, config: Path, tmp_path: Path) -> Any:
    """Makes an installation with one partition, and a worker that is hurt so."""

    @contextmanager
    def make(how: str) -> Iterator[Hurt]:
        more = {"LEADSTREAM_CONFIG_DIR": str(config), "LEADSTREAM_PARTITIONS": "1", "LEADSTREAM_BATCH": "16"}
        settings = environment(topic_prefix, kafka.bootstrap, redis_server.url, **more) | {"LEADSTREAM_SESSION_TIMEOUT_S": "3"}
        one = install(settings)
        with Fleet(one, settings, tmp_path, ("-m", "tests.harness.hurt_worker", how)) as fleet:
            fleet.join()
            yield Hurt(one, fleet, tmp_path)

    return make


def lead(number: int, text: str = "") -> bytes:
    return json.dumps({"email": f"person{number}@example.org", "name": f"Jo Nr{number}", "message": text}).encode()


class TestStuck:
    @pytest.mark.parametrize(
        ("what", "said"),
        [("loop", "loop: no progress"), ("consumer", "consumer: no progress"), ("step", "it was deciding")],
    )
    def test_it_ends_and_says_what_stood_still(self, hurt: Any, what: str, said: str) -> None:
        """The event loop, the consumer's thread, the pipeline: exit 72, and the log names it and shows each thread's place."""
        with hurt(what) as one:
            one.send(lead(1))
            (worker,) = one.fleet.workers
            until(lambda: worker.exit_code is not None, "the worker ends itself", 120)
            assert worker.exit_code == ExitCode.STUCK
            told = one.log()
            assert [said in line["why"] for line in told if line["event"] == "process_stuck"] == [True]
            assert any(line["event"] == "thread_stands" and line["role"] == "MainThread" for line in told)


class TestPoison:
    @pytest.mark.faults
    @pytest.mark.timeout(400)
    def test_a_record_that_ends_the_process_is_set_aside(self, hurt: Any) -> None:
        """A fault in C in the middle of a backlog: it alone becomes a dead letter, and its partition goes on."""
        with hurt("segfault") as one:
            poison = lead(0, HURT.decode())
            one.send(*map(lead, range(1, 30)), poison, *map(lead, range(30, 60)))
            assert one.fleet.wait_until(lambda: one.fleet.accounted() == 60, 240), one.log()[-3:]
            assert one.dead_letters() == [(poison, "suspected_poison")]
            assert one.fleet.ledger().lost == []
            assert one.fleet.happened["exit -11"] <= 5

    @pytest.mark.faults
    @pytest.mark.timeout(400)
    def test_a_record_that_takes_all_memory_is_set_aside(self, hurt: Any) -> None:
        """For want of memory the process ends itself, with the record unaccounted; after three times alone it is set aside."""
        with hurt("memory") as one:
            poison = lead(0, HURT.decode())
            one.send(poison)
            assert one.fleet.wait_until(lambda: one.fleet.accounted() == 1, 240), one.log()[-3:]
            assert one.dead_letters() == [(poison, "suspected_poison")]
            assert one.fleet.happened["exit 70"] == 3
