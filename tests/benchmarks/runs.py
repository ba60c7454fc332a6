"""One run of one process over records that wait for it, or that arrive at a steady rate; and what it showed."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from confluent_kafka import Producer

from app.embedded.processes import Child, spawn
from app.embedded.simulator.planned import Planned
from app.settings import MAX_RECORD_BYTES
from app.wiring import Installation
from tests.benchmarks.decisions import Decisions
from tests.benchmarks.material import partition_of
from tests.benchmarks.observed import cpu_seconds, peak_mb
from tests.harness.fleet import environment, install
from tests.harness.waiting import until

WORKER = ("-m", "app.cli", "worker")
RUN_S = 240.0  # the longest run; then something hangs
WARMING = 5  # a fifth of the records is not counted: it loads tables, compiles patterns and fills caches
SESSION_S = 30.0  # a process is frozen while its backlog is sent; it must not lose its partitions over that


def bare(batch: int) -> tuple[str, ...]:
    """How to start the bare loop."""
    return ("-m", "tests.benchmarks.bare_loop", str(batch))


@dataclass(frozen=True, slots=True)
class Speed:
    """How fast a backlog was worked off.

    Attributes:
        leads_s: Records per second, to the last decision's time stamp.
        cpu_us: CPU time of the process per record, microseconds.
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
    """Start a process, warm it up, freeze it while the backlog is sent, and take the time from its thaw to the last decision."""
    warming = len(planned) // WARMING
    with _run(argv, name, servers, planned[:warming]) as run:
        run.wait(warming)
        run.child.pause()
        load(run.installation, planned[warming:])
        began, used = time.time(), cpu_seconds(run.child.pid)
        run.child.resume()
        run.wait(len(planned))
        ended, used = run.decisions.last(), cpu_seconds(run.child.pid) - used
        peak = peak_mb(run.child.pid)
    assert len(run.decisions) == len(planned), f"{name}: {len(run.decisions)} decisions on {len(planned)} records"
    leads = len(planned) - warming
    return Speed(leads / (ended - began), 1e6 * used / leads, peak)


def pace(argv: Sequence[str], name: str, servers: Servers, planned: Sequence[Planned], rate: float) -> Latency:
    """Start the process on the records that warm it up; then send the others, so many a second."""
    warming = len(planned) // WARMING
    with _run(argv, name, servers, planned[:warming]) as run:
        run.wait(warming)
        began = int(time.time() * 1000)
        load(run.installation, planned[warming:], rate)
        run.wait(len(planned))
    return Latency(*run.decisions.latencies(began))


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


@dataclass(frozen=True, slots=True)
class _Run:
    """A process at work on topics of its own."""

    installation: Installation
    child: Child
    decisions: Decisions

    def wait(self, wanted: int) -> None:
        """Until so many decisions are committed."""
        until(lambda: self._has(wanted), f"{self.child.name}: {wanted} decisions", RUN_S, 0.02)

    def _has(self, wanted: int) -> bool:
        assert self.child.running, f"{self.child.name} ended with {self.child.exit_code}; see its log"
        return len(self.decisions) >= wanted


@contextmanager
def _run(argv: Sequence[str], name: str, servers: Servers, planned: Sequence[Planned]) -> Iterator[_Run]:
    settings = environment(name, servers.kafka, servers.redis, LEADSTREAM_SESSION_TIMEOUT_S=str(SESSION_S))
    installation = install(settings)
    load(installation, planned)
    decisions = Decisions(installation)
    child = spawn([sys.executable, *argv], name=name, log=servers.logs / f"{name}.log", env=settings)
    try:
        yield _Run(installation, child, decisions)
    finally:
        child.stop(10)
        decisions.close()
