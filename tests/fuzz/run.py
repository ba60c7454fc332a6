"""A run of the fuzzer: chunks of inputs, the same for the same seed, shared out over processes, and taken up where it stopped."""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from random import Random

from tests.benchmarks.material import learned, material
from tests.fuzz.corpus import nowhere, seeds
from tests.fuzz.findings import keep, smallest
from tests.fuzz.judge import Finding, Judge
from tests.fuzz.mutate import Mutator

CHUNK = 5_000  # inputs that are made from one number: what is begun is ended, or begun again
BATCHES = (1, 5, 20, 100)  # records that are decided together
WARM = 4  # chunks of a process until its caches are as full as they get
GROWTH_BYTES = 120_000_000  # that a process may take beyond what it had then; ten thousand leads in one batch hold less
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass
class Chunk:
    """What one chunk came to."""

    number: int
    inputs: int = 0
    fates: dict[str, int] = field(default_factory=dict)
    findings: list[str] = field(default_factory=list)  # rule: detail
    resident: int = 0  # bytes of the process, afterwards
    slowest: float = 0.0
    seconds: float = 0.0
    grown: bool = False


class Process:
    """What one process works with; made once in each."""

    def __init__(self, seed: int, *, writes: bool) -> None:
        self.seed, self.writes = seed, writes
        one = nowhere()
        given = material(one, 1_000)
        self.judge = Judge(one, learned(one, given.planned, given.events))
        self.mutator = Mutator(seeds(), one.inventory, one.names.inbound, one.codec.encode, one.codec.decode)
        self.met: set[str] = set()
        self.done, self.warm = 0, 0

    def chunk(self, number: int, inputs: int = CHUNK) -> Chunk:
        """Make the inputs of a chunk and look at what becomes of them."""
        chance, began = Random(f"{self.seed}/{number}"), time.monotonic()
        self.judge.forget()
        self.judge.fates.clear()
        told = Chunk(number)
        while told.inputs < inputs:
            size = min(chance.choice(BATCHES), inputs - told.inputs)
            first = number * CHUNK + told.inputs
            batch = [self.mutator.event(chance, first + n) for n in range(size)]
            for finding in self.judge.look(batch):
                self._take(finding, told)
            told.inputs += size
        told.fates, told.resident = dict(self.judge.fates), resident()
        told.slowest, told.seconds = self.judge.slowest, time.monotonic() - began
        self.done += 1
        if self.done <= WARM:
            self.warm = max(self.warm, told.resident)
        told.grown = self.done > WARM and told.resident > self.warm + GROWTH_BYTES
        return told

    def _take(self, finding: Finding, told: Chunk) -> None:
        kind = f"{finding.rule}: {finding.detail}"
        told.findings.append(kind)
        if self.writes and kind not in self.met:
            self.met.add(kind)
            keep(smallest(finding, self.judge.alone))


def resident() -> int:
    """Bytes of memory that this process holds now; where the system does not say, at most so far."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


_process: Process | None = None


def _begin(seed: int) -> None:
    global _process
    _process = Process(seed, writes=True)


def _work(number: int) -> Chunk:
    assert _process is not None
    return _process.chunk(number)


class Progress:
    """Which chunks of a seed are done, on disk: a run that was stopped goes on."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.chunks: dict[int, Chunk] = {}
        if path.exists():
            self.chunks = {one["number"]: Chunk(**one) for one in map(json.loads, path.read_text().splitlines())}

    def add(self, chunk: Chunk) -> None:
        self.chunks[chunk.number] = chunk
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a") as out:
            out.write(json.dumps(vars(chunk)) + "\n")

    @property
    def inputs(self) -> int:
        return sum(one.inputs for one in self.chunks.values())

    @property
    def fates(self) -> Counter[str]:
        return sum((Counter(one.fates) for one in self.chunks.values()), Counter())

    @property
    def findings(self) -> Counter[str]:
        return sum((Counter(one.findings) for one in self.chunks.values()), Counter())


def run(inputs: int, seed: int, processes: int, minutes: float | None, progress: Progress) -> None:
    """Work off what is left of so many inputs; stops after `minutes`."""
    wanted: Sequence[int] = [n for n in range(-(-inputs // CHUNK)) if n not in progress.chunks]
    until = time.monotonic() + minutes * 60 if minutes else None
    shown = progress.inputs
    with get_context("spawn").Pool(processes, _begin, (seed,)) as pool:
        for chunk in pool.imap_unordered(_work, wanted):
            progress.add(chunk)
            if progress.inputs - shown >= min(100_000, max(CHUNK, inputs // 10)):
                shown = progress.inputs
                show(progress, inputs, chunk)
            if until and time.monotonic() > until:
                pool.terminate()
                return


def show(progress: Progress, inputs: int, chunk: Chunk) -> None:
    """One line of progress."""
    rate = chunk.inputs / chunk.seconds if chunk.seconds else 0
    print(
        f"{progress.inputs:>9,} of {inputs:,}  {progress.findings.total()} findings  "
        f"slowest record {chunk.slowest * 1000:.0f} ms  "
        f"{chunk.resident / 1e6:.0f} MB resident  {rate:,.0f} inputs/s and process",
        file=sys.stderr,
        flush=True,
    )
