"""How many of a source's records hold each path, with each kind of value: of one window, and of the windows that were usual."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Mapping
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
        paths: Path → records that hold it.
        kinds: Path → kind of value → records that hold it with that.
        fields: Lead field → records in which some path fills it.
        filled_by: Path → the field that it fills.
    """

    records: int = 0
    paths: Counter[str] = field(default_factory=Counter)
    kinds: dict[str, Counter[str]] = field(default_factory=dict)
    fields: Counter[str] = field(default_factory=Counter)
    filled_by: dict[str, str] = field(default_factory=dict)

    def add(self, leaves: Leaves, records: int) -> None:
        """So many records had this shape."""
        self.records += records
        filled, held = set(), set()
        for leaf, name in leaves:
            held.add(leaf.path)
            self.kinds.setdefault(leaf.path, Counter())[leaf.kind] += records
            if name is not None:
                filled.add(name)
                self.filled_by[leaf.path] = name
        for path in held:
            self.paths[path] += records
        for name in filled:
            self.fields[name] += records

    def share(self, path: str) -> float:
        """Share of the records that hold a path."""
        return self.paths[path] / self.records if self.records else 0.0

    def leaf(self, path: str) -> Leaf:
        """A path that some record holds, with its commonest kind."""
        kinds = self.kinds[path]
        return Leaf(path, max(kinds, key=lambda kind: (kinds[kind], kind)))

    def hits(self, leaf: Leaf) -> int:
        """Records that hold a path with this kind."""
        return self.kinds[leaf.path][leaf.kind] if leaf.path in self.kinds else 0

    def of_kind(self, leaf: Leaf) -> float:
        """Of the records that hold the path, the share in which it is of this kind."""
        return self.hits(leaf) / self.paths[leaf.path] if self.paths[leaf.path] else 0.0

    def coverage(self, name: str) -> float:
        """Share of the records in which a lead field is filled."""
        return self.fields[name] / self.records if self.records else 0.0

    def take_in(self, other: Census) -> None:
        self.records += other.records
        self.paths.update(other.paths)
        for path, kinds in other.kinds.items():
            self.kinds.setdefault(path, Counter()).update(kinds)
        self.fields.update(other.fields)
        self.filled_by.update(other.filled_by)

    def leaves(self) -> Iterator[tuple[Leaf, int]]:
        """Every path with every kind, and how many records hold it so; sorted."""
        return ((Leaf(path, kind), self.kinds[path][kind]) for path in sorted(self.kinds) for kind in sorted(self.kinds[path]))

    def lines(self, least: float) -> str:
        """A line per path and kind, with its share of records; those that at least this share holds."""
        told = [(leaf, hits / self.records) for leaf, hits in self.leaves() if hits >= least * self.records]
        return "\n".join(f"{leaf.path} {leaf.kind} {share:.2f}" for leaf, share in told)


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
