"""One worker on a real Kafka and Redis beside the bare loop, in one run: same records, partitions, batches and transactions.

The two take turns, because the machine does not stay the same; the ratio is what counts.
"""

from __future__ import annotations

import os
import sys
import uuid
from collections.abc import Sequence
from statistics import fmean, quantiles

import pytest
from rich.console import Console
from rich.table import Table

from app.embedded.kafka import EmbeddedKafka
from app.embedded.redis import EmbeddedRedis
from tests.benchmarks.material import SHORT, nowhere, plan
from tests.benchmarks.runs import WORKER, Latency, Servers, Speed, bare, pace, work_off

pytestmark = [pytest.mark.bench, pytest.mark.skipif(sys.platform != "linux", reason="what a process used is read from /proc")]

FLOOR = 0.7  # of the bare loop's speed
RECORDS = 12_000 if SHORT else 40_000
TURNS = 2 if SHORT else 3
BATCH = 500  # the worker's own, per lane; the bare loop's
LARGE_BATCH = 2_000  # the bare loop has one transaction for all partitions: would larger ones help it?
RATE = 500.0  # paced records per second
PACED_S = 10 if SHORT else 30


@pytest.fixture
def servers(kafka: EmbeddedKafka, redis_server: EmbeddedRedis, tmp_path_factory: pytest.TempPathFactory) -> Servers:
    return Servers(kafka.bootstrap, redis_server.url, tmp_path_factory.mktemp("logs"))


@pytest.mark.timeout(1_200)
def test_the_worker_reaches_its_share_of_the_bare_loop(servers: Servers) -> None:
    """Reading by Faust, lanes, fencing and metrics cost at most three tenths of the speed."""
    planned = plan(nowhere(), RECORDS)
    worker, loop = [], []
    for turn in range(TURNS):
        worker.append(work_off(WORKER, _name(f"worker-{turn}"), servers, planned))
        loop.append(work_off(bare(BATCH), _name(f"bare-{turn}"), servers, planned))
    large = [work_off(bare(LARGE_BATCH), _name("bare-large"), servers, planned)]
    runs = {"worker": worker, f"bare loop, batches of {BATCH}": loop, f"bare loop, batches of {LARGE_BATCH}": large}
    ratio = _leads_s(worker) / _leads_s(loop)
    _print_speeds(runs, ratio)
    assert ratio >= FLOOR


@pytest.mark.timeout(600)
def test_what_a_lead_waits_for_when_the_worker_keeps_up(servers: Servers) -> None:
    """At 500 records a second, half are decided within half a second, and 99 of 100 within two."""
    planned = plan(nowhere(), int(RATE * PACED_S * 1.25))
    latency = pace(WORKER, _name("paced"), servers, planned, RATE)
    _print_latency(latency)
    p50, p99 = _percentiles(latency.read)
    assert p50 <= 500
    assert p99 <= 2_000


def _name(what: str) -> str:
    return f"bench-{what}-{uuid.uuid4().hex[:6]}"


def _leads_s(speeds: Sequence[Speed]) -> float:
    return fmean(one.leads_s for one in speeds)


def _percentiles(values: Sequence[float]) -> tuple[float, float]:
    cuts = quantiles(values, n=100)
    return cuts[49], cuts[98]


def _print_speeds(runs: dict[str, list[Speed]], ratio: float) -> None:
    table = Table(title=f"A backlog of {RECORDS:,} records worked off, {os.cpu_count()} cores shared with broker and Redis")
    for column in ("", "leads/s", "each turn", "CPU µs per lead", "peak memory MB"):
        table.add_column(column, justify="left" if not column else "right")
    for name, speeds in runs.items():
        each = ", ".join(f"{one.leads_s:,.0f}" for one in speeds)
        cpu, memory = fmean(one.cpu_us for one in speeds), max(one.peak_mb for one in speeds)
        table.add_row(name, f"{_leads_s(speeds):,.0f}", each, f"{cpu:.0f}", f"{memory:.0f}")
    table.add_section()
    table.add_row("worker / bare loop", f"{ratio:.2f}", f"floor {FLOOR}", "", "")
    Console(width=130).print(table)


def _print_latency(latency: Latency) -> None:
    table = Table(title=f"One worker at {RATE:.0f} records per second: milliseconds from a record's arrival in Kafka")
    for column in ("", "p50", "p99", "worst"):
        table.add_column(column, justify="left" if not column else "right")
    for name, values in (("decided", latency.decided), ("committed, in a consumer's hands", latency.read)):
        p50, p99 = _percentiles(values)
        table.add_row(name, f"{p50:.0f}", f"{p99:.0f}", f"{values[-1]:.0f}")
    Console(width=130).print(table)
