"""One run of one process over records that wait for it, or that arrive at a steady rate; and what it showed."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from confluent_kafka import Producer

from app.embedded.processes import spawn
from app.embedded.simulator.planned import Planned
from app.settings import MAX_RECORD_BYTES
from app.wiring import Installation
from tests.benchmarks.decisions import Decisions
from tests.benchmarks.material import partition_of
from tests.benchmarks.observed import CpuWatch, peak_mb
from tests.harness.fleet import environment, install
from tests.harness.waiting import until

WORKER = ("-m", "app.cli", "worker")
RUN_S = 240.0  # the longest run; then something hangs
WARMING = 5  # the first fifth is not counted: it loads tables, compiles patterns and fills caches


def bare(batch: int) -> tuple[str, ...]:
    """How to start the bare loop."""
    return ("-m", "tests.benchmarks.bare_loop", str(batch))


@dataclass(frozen=True, slots=True)
class Speed:
    """How fast a backlog was worked off.

    Attributes:
        leads_s: Records per second between the first decision after warming up and the last, by their time stamps.
        cpu_us: CPU time of the process per record in that time, microseconds.
        peak_mb: Its memory at the most, start included.
    """

    leads_s: float
    cpu_us: float
    peak_mb: float


@dataclass(frozen=True, slots=True)
class Latency:
    """Of records that came at a steady rate: milliseconds from their CreateTime, in order of size.

    Attributes:
        decided: To the decision's time stamp.
        read: To the moment when a read_committed consumer held the decision.
    """

    decided: list[float]
    read: list[float]


@dataclass(frozen=True, slots=True)
class Servers:
    """What all runs share, and where their logs go."""

    kafka: str
    redis: str
    logs: Path


def work_off(argv: Sequence[str], name: str, servers: Servers, planned: Sequence[Planned]) -> Speed:
    """Fill topics of this run's own, start the process, and wait until every record has its decision."""
    with _run(argv, name, servers, planned) as (_, decisions, watch, wait):
        wait(len(planned))
        peak = peak_mb(watch.pid)
    stamps = decisions.stamps()
    assert len(stamps) == len(planned), f"{name}: {len(stamps)} decisions on {len(planned)} records"
    warm = stamps[len(stamps) // WARMING :]
    first, last = warm[0], warm[-1]
    return Speed(len(warm) / (last - first), 1e6 * watch.between(first, last) / len(warm), peak)


def pace(argv: Sequence[str], name: str, servers: Servers, planned: Sequence[Planned], rate: float) -> Latency:
    """Start the process on the records that warm it up; then send the others, so many a second."""
    warming = len(planned) // WARMING
    with _run(argv, name, servers, planned[:warming]) as (installation, decisions, _, wait):
        wait(warming)
        began = int(time.time() * 1000)
        load(installation, planned[warming:], rate)
        wait(len(planned))
    return Latency(*decisions.latencies(began))


def load(installation: Installation, planned: Sequence[Planned], rate: float | None = None) -> None:
    """Produce the records, all at once or so many a second; always to the same partitions."""
    settings = {"linger.ms": 0 if rate else 20, "compression.type": "lz4", "message.max.bytes": MAX_RECORD_BYTES}
    producer = Producer(installation.kafka.producer(**settings, **{"max.in.flight.requests.per.connection": 1}))
    refused: Counter[str] = Counter()
    began = time.time()
    for n, one in enumerate(planned):
        if rate and (left := began + n / rate - time.time()) > 0:
            time.sleep(left)
        partition = partition_of(one, installation.inventory.sources[one.source].partitions)
        producer.produce(
            installation.names.inbound(one.source), one.value, one.key, partition,
            on_delivery=lambda error, _: refused.update([error.name()] if error else []),
        )  # fmt: skip
        if n % 100 == 0:
            producer.poll(0)
    assert producer.flush(60) == 0, "the broker did not acknowledge the benchmark's records"
    assert not refused, f"the broker refused {dict(refused)}"


@contextmanager
def _run(
    argv: Sequence[str], name: str, servers: Servers, planned: Sequence[Planned]
) -> Iterator[tuple[Installation, Decisions, CpuWatch, Callable[[int], None]]]:
    settings = environment(name, servers.kafka, servers.redis)
    installation, log = install(settings), servers.logs / f"{name}.log"
    load(installation, planned)
    decisions = Decisions(installation)
    child = spawn([sys.executable, *argv], name=name, log=log, env=settings)
    watch = CpuWatch(child.pid)

    def progress(wanted: int) -> bool:
        assert child.running, f"{name} ended with {child.exit_code}; see {log}"
        return len(decisions) >= wanted

    try:
        yield installation, decisions, watch, lambda n: until(lambda: progress(n), f"{name}: {n} decisions", RUN_S, 0.1)
    finally:
        watch.stop()
        child.stop(10)
        decisions.close()
