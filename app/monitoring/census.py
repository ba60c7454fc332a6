"""How many of a source's records hold each path, with each kind of value: of one window, and of the windows that were usual."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import exp, lgamma, log
from typing import Any, NamedTuple

MAX_SHAPES = 20_000  # of one source that are known at a time
TRUST = 100  # windows and baselines are weighed like at most so many records: shares vary by more than chance


class Leaf(NamedTuple):
    """A path and the kind of value that stands there."""

    path: str
    kind: str


Leaves = tuple[tuple[Leaf, str | None], ...]  # with the lead field that each fills


class ShapeBook:
    """What the fingerprints of shapes stand for, as the topic of shapes tells. The newest of each counts."""

    def __init__(self) -> None:
        self._sources: dict[str, dict[str, Leaves]] = {}

    def add(self, record: Mapping[str, Any]) -> None:
        """Take in a record of schemas/payload_shape."""
        known = self._sources.setdefault(record["source"], {})
        known[record["shape"]] = tuple([(Leaf(one["path"], one["kind"]), one["field"]) for one in record["leaves"]])
        if len(known) > MAX_SHAPES:
            del known[next(iter(known))]

    def of(self, source: str) -> Mapping[str, Leaves]:
        return self._sources.setdefault(source, {})


@dataclass(slots=True)
class Census:
    """Counts of records.

    Attributes:
        records: All whose shape is known.
        leaves: Leaf → records that hold it.
        fields: Lead field → records in which some path fills it.
        filled_by: Leaf → the field that it fills.
    """

    records: int = 0
    leaves: Counter[Leaf] = field(default_factory=Counter)
    fields: Counter[str] = field(default_factory=Counter)
    filled_by: dict[Leaf, str] = field(default_factory=dict)

    def add(self, leaves: Leaves, records: int) -> None:
        """So many records had this shape."""
        self.records += records
        filled = set()
        for leaf, name in leaves:
            self.leaves[leaf] += records
            if name is not None:
                filled.add(name)
                self.filled_by[leaf] = name
        for name in filled:
            self.fields[name] += records

    def share(self, leaf: Leaf) -> float:
        return self.leaves[leaf] / self.records if self.records else 0.0

    def coverage(self, name: str) -> float:
        """Share of the records in which a lead field is filled."""
        return self.fields[name] / self.records if self.records else 0.0

    def take_in(self, other: Census) -> None:
        self.records += other.records
        self.leaves.update(other.leaves)
        self.fields.update(other.fields)
        self.filled_by.update(other.filled_by)

    def lines(self, least: float) -> str:
        """A line per path: path, kind, share of records; those that at least this share holds."""
        rows = sorted(leaf for leaf in self.leaves if self.share(leaf) >= least)
        return "\n".join(f"{leaf.path} {leaf.kind} {self.share(leaf):.2f}" for leaf in rows)


def census(shapes: Mapping[str, int], known: Mapping[str, Leaves]) -> Census:
    """The census of records that had these shapes; those of unknown shapes are not counted."""
    found = Census()
    for fingerprint, records in shapes.items():
        if fingerprint in known:
            found.add(known[fingerprint], records)
    return found


class Profile:
    """The census of the last usual windows."""

    WINDOWS, MIN_WINDOWS, MIN_RECORDS = 30, 8, 50

    def __init__(self) -> None:
        self._windows: deque[Census] = deque()
        self.total = Census()

    @property
    def ready(self) -> bool:
        return len(self._windows) >= self.MIN_WINDOWS and self.total.records >= self.MIN_RECORDS

    @property
    def windows(self) -> int:
        return len(self._windows)

    def learn(self, window: Census) -> None:
        self._windows.append(window)
        if len(self._windows) > self.WINDOWS:
            self._windows.popleft()
            self.total = Census()
            for one in self._windows:
                self.total.take_in(one)
        else:
            self.total.take_in(window)


def surprise(hits: int, of: int, before: int, of_before: int, trust: int = TRUST) -> float:
    """How improbable so many hits or more are where there were `before` of `of_before`, as -ln of the probability.

    The tail of the beta-binomial distribution with Jeffreys' prior: exact for any number of records, and it knows that a share
    seen in few records is known badly.
    """
    if of > TRUST:
        hits, of = round(hits * TRUST / of), TRUST
    scale = min(1.0, trust / of_before) if of_before else 1.0
    a, b = before * scale + 0.5, (of_before - before) * scale + 0.5
    start = _log_beta(a, b)
    tail = sum(exp(_log_choose(of, k) + _log_beta(a + k, b + of - k) - start) for k in range(hits, of + 1))
    return -log(tail) if tail > 0 else 700.0


def _log_beta(a: float, b: float) -> float:
    return lgamma(a) + lgamma(b) - lgamma(a + b)


def _log_choose(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
