"""What the shared index of matching costs: bytes of Redis and microseconds of the worker per lead, and whether that stays so.

A million leads (BENCH=short: 100,000), a fifth of them of a person who came before, each with an event id and six blocking keys
on average, records of 90 bytes, batches of 100; what a batch found is linked with the next one. Processor time of the worker
counts this thread alone, and the least of ten parts counts: other work makes this work slower and nothing makes it faster.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import pytest
from rich.console import Console
from rich.table import Table

from app.edges.redis.connecting import connect
from app.edges.redis.match_index import RedisMatchIndex
from app.embedded.redis import EmbeddedRedis
from app.match_index import Ask, Link
from app.settings import RedisSettings
from tests.benchmarks.material import SEED, SHORT

pytestmark = pytest.mark.bench

LEADS = 100_000 if SHORT else 1_000_000
PARTS = 10
BATCH = 100
AGAIN = 0.2  # of a person who came before
KEYS = (4, 5, 6, 6, 7, 8)  # of one lead, beside its event id
RECORD, SEAL = 90, 6  # bytes
BYTES, WORKER_US, GROWTH = 200.0, 40.0, 1.5  # limits: memory and processor time per lead, the last batches against the first
PAIRS = 200  # batches of a large and of a small index that are compared


@dataclass(frozen=True, slots=True)
class Part:
    """What one tenth of the leads cost.

    Attributes:
        worker_us: Processor time of the worker per lead.
        server_us: Processor time of Redis per lead.
        walls_ms: Each batch's round trip, with packing and reading.
        found: Earlier leads per lead.
        bytes_per_lead: Memory of Redis for all leads so far, by `used_memory`.
        resident: The same by `used_memory_rss`, whatever else Redis holds included.
    """

    worker_us: float
    server_us: float
    walls_ms: list[float]
    found: float
    bytes_per_lead: float
    resident: float


def test_a_lead_costs_at_most_200_bytes_and_40_microseconds(tmp_path: Path) -> None:
    """Memory and the worker's time stay within their limits, and the last leads cost what the first tenth did."""
    with EmbeddedRedis(tmp_path, appendfsync="no") as server:
        client: Any = connect(RedisSettings(url=server.url, timeout_s=60), text=False)
        client.config_set("auto-aof-rewrite-percentage", 0)  # the buffers of a rewrite are not the index's
        index = _Asked(client, "leadstream")
        parts = list(_measured(client, index))
        growth = _growth(client, index)
    _print(parts, growth)
    assert parts[-1].bytes_per_lead <= BYTES
    assert min(part.worker_us for part in parts) <= WORKER_US
    assert parts[-1].bytes_per_lead <= 1.1 * parts[0].bytes_per_lead
    assert growth <= GROWTH
    assert all(part.found > AGAIN for part in parts)


class _Asked:
    """An index, and the leads that come to it."""

    def __init__(self, client: Any, namespace: str) -> None:
        self._index = RedisMatchIndex(client, namespace)
        self._index.restore(())
        self._leads, self._links = _Leads(), list[Link]()
        self.worker_s, self.found = 0.0, 0

    def batch(self) -> float:
        """Ask for the next batch; milliseconds that it took."""
        asks = [self._leads.next() for _ in range(BATCH)]
        wall, spent = time.perf_counter(), time.thread_time()
        answers = self._index.seek(asks, self._links)
        self.worker_s += time.thread_time() - spent
        wall = time.perf_counter() - wall
        assert isinstance(answers, list)
        self.found += sum(len(one.earlier) for one in answers)
        self._links = [Link(ask.lead, one.earlier[0].root) for ask, one in zip(asks, answers, strict=True) if one.earlier]
        return 1000 * wall


def _measured(client: Any, index: _Asked) -> Iterator[Part]:
    size = LEADS // PARTS
    before = int(client.info("memory")["used_memory"])
    for part in range(PARTS):
        worker, found, busy = index.worker_s, index.found, _busy(client.info("cpu"))
        walls = [index.batch() for _ in range(size // BATCH)]
        held, memory = (part + 1) * size, client.info("memory")
        yield Part(
            1e6 * (index.worker_s - worker) / size,
            1e6 * (_busy(client.info("cpu")) - busy) / size,
            walls,
            (index.found - found) / size,
            (int(memory["used_memory"]) - before) / held,
            int(memory["used_memory_rss"]) / held,
        )


def _growth(client: Any, large: _Asked) -> float:
    """How much longer a batch takes than in an index of a tenth of the leads: turn and turn about, on the same busy machine."""
    small = _Asked(client, "small")
    for _ in range(LEADS // PARTS // BATCH):
        small.batch()
    pairs = [(small.batch(), large.batch()) for _ in range(PAIRS)]
    return _usual_ms([pair[1] for pair in pairs]) / _usual_ms([pair[0] for pair in pairs])


class _Leads:
    """Leads in order of arrival, the same in every run."""

    def __init__(self) -> None:
        self._dice, self._people, self._leads = random.Random(SEED), 0, 0

    def next(self) -> Ask:
        again = self._people and self._dice.random() < AGAIN
        person = self._dice.randrange(self._people) if again else self._people
        self._people += not again
        self._leads += 1
        return Ask(
            f"ld_{_digest(f'lead {self._leads}', 10).hex()}",
            b"".join(_digest(f"key {kind} {person}", 7) + b"\xff" for kind in range(self._dice.choice(KEYS))),
            _digest(f"event {self._leads}", 16),
            self._dice.randbytes(RECORD + SEAL),
            1_800_000_000_000 + self._leads,
            30 * 86_400,
        )


def _digest(text: str, size: int) -> bytes:
    return blake2b(text.encode(), digest_size=size).digest()


def _busy(cpu: dict[str, float]) -> float:
    return cpu["used_cpu_user"] + cpu["used_cpu_sys"]


def _usual_ms(walls: list[float]) -> float:
    """A batch that nothing disturbed: the fastest tenth of them ends here."""
    return quantiles(walls, n=10)[0]


def _print(parts: list[Part], growth: float) -> None:
    table = Table(title=f"Match index: {LEADS:,} leads in tenths, batches of {BATCH}, records of {RECORD} bytes")
    columns = (
        "leads",
        "bytes per lead",
        "resident",
        "worker µs per lead",
        "Redis µs per lead",
        "ms per batch: best tenth",
        "median",
    )
    for column in columns:
        table.add_column(column, justify="right")
    for n, part in enumerate(parts, 1):
        table.add_row(
            f"{n * LEADS // PARTS:,}", f"{part.bytes_per_lead:.1f}", f"{part.resident:.0f}", f"{part.worker_us:.1f}",
            f"{part.server_us:.1f}", f"{_usual_ms(part.walls_ms):.2f}", f"{median(part.walls_ms):.2f}",
        )  # fmt: skip
    table.add_section()
    table.add_row("limit", f"{BYTES:.0f}", "", f"{WORKER_US:.0f}", "", "", "")
    Console(width=130).print(table)
    print(f"a batch among {LEADS:,} leads takes {growth:.2f} times as long as among a tenth of them; the limit is {GROWTH}")
