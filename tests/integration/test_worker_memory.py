"""A worker's memory does not follow the backlog. The bound is docs/operations.md's."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest
from confluent_kafka import Producer

from app.embedded.kafka import EmbeddedKafka
from app.embedded.redis import EmbeddedRedis
from tests.harness.config import CATCH_ALL, only
from tests.harness.fleet import Fleet, environment, install
from tests.harness.waiting import until

RECORDS, RECORD_BYTES, PARTITIONS = 160, 5_000_000, 4
BOUND_MB = 200 + 3 * PARTITIONS + 400  # of a backlog of 800 MB


@pytest.mark.faults
@pytest.mark.timeout(400)
def test_large_records(kafka: EmbeddedKafka, redis_server: EmbeddedRedis, topic_prefix: str, tmp_path: Path) -> None:
    """160 records of 5 MB, compressed to nothing, wait on four partitions: each is accounted for, the worker stays within its
    bound all along, and ends in order when it is asked to."""
    config = only(tmp_path / "config", "web-form", routing=CATCH_ALL)
    more = {"LEADSTREAM_CONFIG_DIR": str(config), "LEADSTREAM_PARTITIONS": str(PARTITIONS)}
    settings = environment(topic_prefix, kafka.bootstrap, redis_server.url, **more)
    one = install(settings)
    fill(kafka.bootstrap, one.inbound[0])
    with Fleet(one, settings, tmp_path) as fleet:
        fleet.join()
        (worker,) = fleet.workers
        peak, done = [0], threading.Event()
        watching = threading.Thread(target=lambda: watch(worker.pid, peak, done))
        watching.start()
        try:
            until(lambda: fleet.accounted() == RECORDS, "all records are accounted for", 240, 0.5)
        finally:
            done.set()
            watching.join()
        assert worker.stop(10) == 0
        assert 0 < peak[0] < BOUND_MB


def fill(bootstrap: str, topic: str) -> None:
    producer = Producer(
        {"bootstrap.servers": bootstrap, "compression.type": "lz4", "message.max.bytes": 9_000_000, "linger.ms": 0}
    )
    body = json.dumps({"email": "jo@example.org", "message": "x" * RECORD_BYTES}).encode()
    for number in range(RECORDS):
        producer.produce(topic, body, partition=number % PARTITIONS)
        producer.flush(30)


def watch(pid: int, peak: list[int], done: threading.Event) -> None:
    """The greatest resident size so far, in MB, as the kernel keeps it."""
    while not done.wait(0.5):
        status = Path(f"/proc/{pid}/status").read_text()
        peak[0] = next(int(line.split()[1]) // 1_000 for line in status.splitlines() if line.startswith("VmHWM"))
