"""What it costs to restore the match index from decisions: memory of the worker, which must not grow with them, and time.

A million decisions (BENCH=short: 100,000) as they come from six partitions, one after the other, a fifth of them merged. Kafka is
left out, and so is the reading of Avro but for its price, which is measured beside.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from rich.table import Table

from app.edges.kafka.standing_book import StandingBook
from app.edges.redis.connecting import connect
from app.edges.redis.match_index import RedisMatchIndex
from app.embedded.redis import EmbeddedRedis
from app.match_index import Standing
from app.pipeline.locking import Locks
from app.settings import RedisSettings
from tests.benchmarks.material import SEED, SHORT
from tests.harness.leads_told import CODEC, a_decision, lead_id

pytestmark = pytest.mark.bench

LEADS = 100_000 if SHORT else 1_000_000
PARTITIONS = 6
AGAIN = 0.2
NOON = 1_800_000_000_000
WINDOW_MS = 90 * 86_400_000
EXTRA_MB = 100.0  # limit: what the worker may grow by, however many decisions there are


def test_restoring_takes_a_bounded_part_of_the_workers_memory(tmp_path: Path) -> None:
    """Every lead comes back; the decisions are on disk meanwhile, and not in memory."""
    value = CODEC.encode("decision", _decision(1, random.Random(SEED)))
    reading = min(_seconds_of(lambda: CODEC.read_own(value, "decision")) for _ in range(300))
    before = _resident_mb()
    book, taking, most = StandingBook(Locks(b"pepper")), 0.0, before
    for partition in range(PARTITIONS):
        dice = random.Random(SEED + partition)
        for n in range(partition, LEADS, PARTITIONS):
            one = _decision(n, dice)
            began = time.perf_counter()
            book.take(one)
            taking += time.perf_counter() - began
        most = max(most, _resident_mb())
    told = _Timed(book.standing(NOON))
    with EmbeddedRedis(tmp_path, appendfsync="no") as server:
        client: Any = connect(RedisSettings(url=server.url, timeout_s=60), text=False)
        index = RedisMatchIndex(client, "leadstream")
        began = time.perf_counter()
        restored = index.restore(told)
        whole = time.perf_counter() - began
        most, held = max(most, _resident_mb()), index.counts()
        client.close()
    book.close()
    _print(reading, taking / LEADS, told.seconds / LEADS, (whole - told.seconds) / LEADS, most - before)
    assert (restored, held.leads, held.missed) == (LEADS, LEADS, 0)
    assert most - before <= EXTRA_MB


class _Timed:
    """An iterator, and how long it took to make what it told."""

    def __init__(self, told: Iterator[Standing | None]) -> None:
        self._told, self.seconds = told, 0.0

    def __iter__(self) -> Iterator[Standing | None]:
        return self

    def __next__(self) -> Standing | None:
        began = time.perf_counter()
        try:
            return next(self._told)
        finally:
            self.seconds += time.perf_counter() - began


def _decision(n: int, dice: random.Random) -> dict[str, Any]:
    entry = {"number": n + 1, "keys": dice.randbytes(48), "record": dice.randbytes(96), "until": NOON + n + WINDOW_MS}
    told = _BASE | {"lead_id": lead_id(_spread(n)), "received_at": NOON + n, "event_id": dice.randbytes(16).hex(), "index": entry}
    if n and dice.random() < AGAIN:
        earlier = lead_id(_spread(dice.randrange(n)))
        told |= {"fate": "duplicate", "duplicate_kind": "same_lead", "duplicate_of": earlier, "match": _MATCH | {"root": earlier}}
    return told


_BASE = a_decision(0)
_MATCH = {"lead": "", "of": "", "nearest": "strangers", "probability": 0.99, "weight": 7.0, "joined": []}


def _spread(n: int) -> int:
    """Ids are hashes: in no order."""
    return (n + 1) * 0x9E3779B97F4A7C15F39C % 2**80


def _seconds_of(work: Any) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _resident_mb() -> float:
    (line,) = [line for line in Path("/proc/self/status").read_text("ascii").splitlines() if line.startswith("VmRSS")]
    return int(line.split()[1]) / 1024


def _print(reading: float, taking: float, telling: float, entering: float, extra_mb: float) -> None:
    table = Table(title=f"Restoring the match index from {LEADS:,} decisions")
    names = ("decode a decision", "put in order", "tell", "enter (Redis and worker)", "all", "the worker grows by, MB")
    for name in names:
        table.add_column(name, justify="right")
    each = (reading, taking, telling, entering, reading + taking + telling + entering)
    table.add_row(*[f"{1e6 * one:.0f} µs" for one in each], f"{extra_mb:.0f}")
    Console(width=130).print(table)
