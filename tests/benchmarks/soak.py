"""Memory over a million leads: the learner's and the worker's cores, in process, on what they meet in service.

    python -m tests.benchmarks.soak learner 1000000
    python -m tests.benchmarks.soak worker 1000000

Prints the resident memory (MB) as it goes, and how much it grew after the first fifth, when all that is bounded is full.
"""

from __future__ import annotations

import gc
import multiprocessing
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from typing import Any

from app.edges.memory import FixedModel
from app.edges.memory_index import MemoryMatchIndex
from app.embedded.simulator.producer import STORY_START_MS
from app.embedded.simulator.traffic import Traffic
from app.learning.contest import Contest
from app.learning.ledger import Ledger
from app.learning.progress import Entry, Progress
from app.learning.snapshot import Snapshot, seal_learning
from app.pipeline.scoring import RULES
from app.pipeline.source import InboundEvent, Position
from app.worker import COLLECT_AFTER
from tests.benchmarks.material import SEED, nowhere

SAMPLES = 20
WARM = SAMPLES // 5  # after so many samples nothing may grow
PARTITIONS, PENDING, LATE = 6, 5_000, 20_000  # full after 30,000 leads; outcomes come so many leads later
BATCH = 500

_STORIES = (["won"], ["lost"], ["lost", "lost"], ["won", "refunded"], ["contacted", "sold?"], ["reopened"])

Sample = tuple[int, float]  # leads, megabytes


def growth(samples: list[Sample]) -> float:
    """By what share memory grew: the mean of the last five samples against that of the five after the first fifth."""
    early, last = samples[WARM : WARM + 5], samples[-5:]
    return sum(mb for _, mb in last) / sum(mb for _, mb in early) - 1.0


def learner(leads: int) -> Iterator[Sample]:
    """Decisions, merges, revisions and outcomes of every kind, of leads that are remembered and forgotten; with snapshots."""
    progress, rng, offsets = Progress(Ledger(PENDING, 1_000), Contest.of(()), {}, {}), Random(SEED), Counter[tuple[Any, int]]()

    def tell(stream: Any, lead: int, value: dict[str, Any]) -> None:
        where = stream, lead % PARTITIONS
        progress.apply(Entry(where, offsets[where], 1_000 * n, value))
        offsets[where] += 1

    for n in range(leads):
        tell("decisions", n, _decision(n, rng, 1))
        if n % 50 == 0 and n > LATE:
            tell("decisions", n - LATE, _decision(n - LATE, rng, 2))
        if n % 4 == 0 and n >= LATE:
            about = {"lead_id": f"ld_{n - rng.choice([LATE, LATE, LATE // 2, 400 * LATE])}", "event_id": f"e{n}"}
            for outcome in rng.choice(_STORIES):
                tell("outcomes", n, about | {"outcome": outcome, "occurred_at": n})
        if n % 10_000 == 0:
            seal_learning(Snapshot.of(progress, None), None)
        if (n + 1) % (leads // SAMPLES) == 0:
            yield n + 1, _megabytes()


def worker(leads: int) -> Iterator[Sample]:
    """The simulator's usual mix through the whole pipeline; the match index, which is Redis's, is emptied now and then."""
    installation = nowhere()
    pipeline = installation.pipeline(installation.identity(_Forgetful()), FixedModel(RULES))
    here, there = multiprocessing.get_context("spawn").Pipe(duplex=False)
    sender = multiprocessing.get_context("spawn").Process(target=_send, args=(there, leads), daemon=True)  # its memory is its own
    sender.start()
    there.close()
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER)
    done = 0
    while done < leads:
        pipeline.process([InboundEvent(Position(*place), key, value, (), stamp) for place, key, value, stamp in here.recv()])
        done += BATCH
        if done % (leads // SAMPLES) == 0:
            yield done, _megabytes()
    sender.join()


def _send(there: Connection, leads: int) -> None:
    installation, offsets = nowhere(), Counter[str]()
    traffic, batch = Traffic(installation.inventory, SEED, STORY_START_MS, encode=installation.codec.encode), []
    for _, one in zip(range(leads), traffic.events(), strict=False):
        offsets[one.source] += 1
        batch.append(((installation.names.inbound(one.source), 0, offsets[one.source]), one.key, one.value, one.stamp_ms))
        if len(batch) == BATCH:
            there.send(batch)
            batch = []


class _Forgetful:
    """A match index that begins anew after some thousand questions."""

    def __init__(self) -> None:
        self._index, self._asked = MemoryMatchIndex(), 0

    def __getattr__(self, name: str) -> Any:
        self._asked += 1
        if self._asked % 50 == 0:
            self._index = MemoryMatchIndex()
        return getattr(self._index, name)


def _decision(n: int, rng: Random, revision: int) -> dict[str, Any]:
    source, of = f"source-{n % 12}", f"ld_{n - 7}" if n % 20 == 19 and revision == 1 else None
    numbers = {f"number_{i}": rng.gauss(0, 1) for i in range(20)}
    words = f"w{rng.randrange(10**4)} w{rng.randrange(10**4)}"
    categories = {"source": source, "campaign": f"c{rng.randrange(10**6)}", "words": words}
    return {
        "lead_id": f"ld_{n}", "source": source, "revision": revision, "received_at": 1_000 * n, "violations": [],
        "fate": "duplicate" if of else "routed", "duplicate_of": of, "duplicate_kind": "same_lead" if of else None,
        "numbers": numbers, "categories": categories,
    }  # fmt: skip


def _megabytes() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1e6


if __name__ == "__main__":
    cores: dict[str, Callable[[int], Iterator[Sample]]] = {"learner": learner, "worker": worker}
    taken, began = [], time.monotonic()
    for sample in cores[sys.argv[1]](int(sys.argv[2])):
        taken.append(sample)
        print(f"{sample[0]:>10,} leads  {sample[1]:7.1f} MB  {time.monotonic() - began:6.0f} s", flush=True)
    print(f"growth after the first fifth: {100 * growth(taken):+.1f} %")
