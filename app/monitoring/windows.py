"""Tumbling windows per source, by arrival. They close on a clock handed in, so a source that sends nothing is noticed, too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import exp, log

from app.monitoring.observation import Observation
from app.monitoring.sketch import Sketch

EVERYTHING = "*"  # the pseudo-source that counts all sources together
SAMPLES = 5
BUCKETS_PER_E = 10  # latency buckets grow by a factor of e^(1/10): quantiles are right within 11 %


@dataclass(slots=True)
class Window:
    """Counts of one source in [start_ms, end_ms). Grows while open; nothing writes to it once closed.

    Attributes:
        missing: Required field → leads without it.
        latency: Logarithmic bucket → leads.
        dedupe: Who the leads are → leads.
        chains: First leads of persons that have too many, a few; leads that would have been counted for them are `chained`.
        settled: Questions about possible duplicates that people answered; kept for the pseudo-source only.
        samples: What → a few lead ids; keys are fates, what `dedupe` says, `chained` and `missing:<field>`.
        sources: Who sent; kept for the pseudo-source only.
        shapes: Fingerprint of a payload's shape → leads; not kept for the pseudo-source.
        shape_samples: Fingerprint → a lead that has it.
        mapping: The newest mapping that the leads were read by: declared version, confirmations.
        unusual: Leads unlike nearly all that the model has seen.
        placed, caught: Leads for which a team was looked for; those of them that no rule took.
        sketch: What the leads are like; not kept for the pseudo-source.
    """

    source: str
    start_ms: int
    end_ms: int
    records: int = 0
    fates: Counter[str] = field(default_factory=Counter)
    dedupe: Counter[str] = field(default_factory=Counter)
    chains: set[str] = field(default_factory=set)
    chained: int = 0
    settled: int = 0
    missing: Counter[str] = field(default_factory=Counter)
    latency: Counter[int] = field(default_factory=Counter)
    scored: int = 0
    scored_by_rules: int = 0
    last_at_ms: int | None = None
    samples: dict[str, list[str]] = field(default_factory=dict)
    sources: set[str] = field(default_factory=set)
    shapes: Counter[str] = field(default_factory=Counter)
    shape_samples: dict[str, str] = field(default_factory=dict)
    mapping: tuple[int, int] = (0, 0)
    unusual: int = 0
    placed: int = 0
    caught: int = 0
    sketch: Sketch = field(default_factory=Sketch)

    @property
    def length_s(self) -> float:
        return (self.end_ms - self.start_ms) / 1000

    @property
    def mapped(self) -> int:
        """Records that were read at all: only these can miss a field."""
        return self.records - self.fates["dead_letter"]

    @property
    def counted(self) -> Counter[str]:
        """Records by fate, by who they are, and the unusual ones."""
        return self.fates + self.dedupe + Counter(unusual=self.unusual)

    @property
    def quiet_share(self) -> float:
        """Share of the window that passed after its last record, in [0, 1]."""
        last = self.start_ms if self.last_at_ms is None else min(max(self.last_at_ms, self.start_ms), self.end_ms)
        return (self.end_ms - last) / (self.end_ms - self.start_ms)

    def latency_s(self, quantile: float) -> float:
        """The latency below which this share of the records stayed, in seconds; 0 without records."""
        rank, seen = quantile * self.records, 0
        for bucket in sorted(self.latency):
            seen += self.latency[bucket]
            if seen >= rank:
                return exp(bucket / BUCKETS_PER_E) / 1000 if bucket >= 0 else 0.0
        return 0.0

    def add(self, seen: Observation) -> None:
        self.records += 1
        self.fates[seen.fate] += 1
        self.latency[round(log(seen.latency_ms) * BUCKETS_PER_E) if seen.latency_ms else -1] += 1
        if self.last_at_ms is None or seen.at_ms > self.last_at_ms:
            self.last_at_ms = seen.at_ms
        self._sample(seen.fate, seen.lead_id)
        if seen.dedupe:
            self.dedupe[seen.dedupe] += 1
            self._sample(seen.dedupe, seen.lead_id)
        if seen.chain is not None:
            self.chained += 1
            if len(self.chains) < SAMPLES:
                self.chains.add(seen.chain)
            self._sample("chained", seen.lead_id)
        if seen.unusual:
            self.unusual += 1
            self._sample("unusual", seen.lead_id)
        if seen.caught is not None:
            self.placed += 1
            if seen.caught:
                self.caught += 1
                self._sample("catch_all", seen.lead_id)
        for name in seen.missing:
            self.missing[name] += 1
            self._sample(f"missing:{name}", seen.lead_id)
        if seen.score is not None:
            self.scored += 1
            self.scored_by_rules += seen.by_rules
        if self.source != EVERYTHING:
            if seen.traits is not None:
                self.sketch.add(*seen.traits, seen.score)
            self.mapping = max(self.mapping, seen.mapping)
            if seen.shape is not None:
                self.shapes[seen.shape] += 1
                self.shape_samples.setdefault(seen.shape, seen.lead_id)

    def _sample(self, what: str, lead_id: str) -> None:
        ids = self.samples.setdefault(what, [])
        if len(ids) < SAMPLES:
            ids.append(lead_id)


@dataclass(slots=True)
class _Lane:
    """One source's windows: those from `begin_ms` on are counted, those before `next_ms` are closed."""

    length_ms: int
    begin_ms: int
    next_ms: int
    open: dict[int, Window] = field(default_factory=dict)


class Windows:
    """The open windows of all sources.

    A record that comes after its window closed is counted in the oldest one still open, so that none goes uncounted;
    a record from before the first whole window is not counted, because that window was not seen from its beginning.

    Args:
        length_ms: Length of a window.
        start_ms: Where counting begins; the first window starts at the next boundary.
        spans: Source → how many lengths its window takes, for sources too slow for one. These sources are watched from
            the beginning, any other from its first record.
    """

    def __init__(self, length_ms: int, start_ms: int, spans: Mapping[str, int]) -> None:
        self._length_ms, self._start_ms, self._spans = length_ms, start_ms, dict(spans)
        self._lanes: dict[str, _Lane] = {}
        for source in (EVERYTHING, *spans):
            self._watch(source, start_ms)

    def add(self, seen: Observation) -> None:
        """Count one decision in its source's window and in the one of everything."""
        if seen.source not in self._lanes:
            length = self.length(seen.source)
            self._watch(seen.source, max(self._start_ms, seen.at_ms // length * length))
        _count(self._lanes[seen.source], seen)
        window = _count(self._lanes[EVERYTHING], seen, EVERYTHING)
        if window:
            window.sources.add(seen.source)

    def settle(self, at_ms: int) -> None:
        """Count a question that people answered."""
        lane = self._lanes[EVERYTHING]
        if at_ms >= lane.begin_ms:
            _open(lane, at_ms, EVERYTHING).settled += 1

    def close(self, now_ms: int) -> list[Window]:
        """All windows that ended by `now_ms`, empty ones included, in order of their end; the one of everything first."""
        closed: list[Window] = []
        for source, lane in self._lanes.items():
            while lane.next_ms + lane.length_ms <= now_ms:
                start, end = lane.next_ms, lane.next_ms + lane.length_ms
                closed.append(lane.open.pop(start) if start in lane.open else Window(source, start, end))
                lane.next_ms = end
        return sorted(closed, key=lambda w: (w.end_ms, w.source != EVERYTHING, w.source))

    def skip(self, now_ms: int) -> None:
        """Forget what is open and begin again at the next boundary: until now there was nobody to count."""
        self._start_ms = now_ms
        for source in list(self._lanes):
            self._watch(source, now_ms)

    def _watch(self, source: str, from_ms: int) -> None:
        length = self.length(source)
        begin = -(-from_ms // length) * length
        self._lanes[source] = _Lane(length, begin, begin)

    def length(self, source: str) -> int:
        """Of a source's window, milliseconds."""
        return self._length_ms * self._spans.get(source, 1)


def _count(lane: _Lane, seen: Observation, source: str | None = None) -> Window | None:
    if seen.at_ms < lane.begin_ms:
        return None
    window = _open(lane, seen.at_ms, source or seen.source)
    window.add(seen)
    return window


def _open(lane: _Lane, at_ms: int, source: str) -> Window:
    start = max(at_ms // lane.length_ms * lane.length_ms, lane.next_ms)
    window = lane.open.get(start)
    if window is None:
        window = lane.open[start] = Window(source, start, start + lane.length_ms)
    return window
