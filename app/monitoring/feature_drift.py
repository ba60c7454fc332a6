"""Notices that a source's leads, or their scores, are others than before: two adjacent stretches of windows, feature by feature.

Recent windows are held against those before them, which fade. Two spans of recent windows are looked at: a short one that shows
a gross change at once, and a longer one that shows a smaller one. While something has drifted, nothing recent becomes usual;
what has come to stay is taken as usual when the watch says so (`forget`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from math import log
from typing import Final, NamedTuple

from app.monitoring.divergence import Divergence, diverged
from app.monitoring.sketch import SCORE, Sketch
from app.monitoring.verdicts import EVIDENCE

MEMORY: Final = 6_000  # leads that are remembered as usual
READY_LEADS, READY_WINDOWS = 300, 8
TRUST: Final = 1_000.0  # recent leads are weighed like at most so many: shares vary by more than chance
RHYTHM: Final = 0.01  # how fast the ups and downs of quiet times are learned, beyond which a drift must be
SCORE_STEP: Final = 0.05  # of the mean score: less matters to nobody


class Span(NamedTuple):
    """So many windows and leads at least, and the psi from which on they have drifted."""

    windows: int
    leads: int
    psi: float


SHORT, LONG = Span(2, 60, 1.0), Span(5, 300, 0.25)
# Below that psi, and with less evidence than CALM_EVIDENCE, all is as usual: after a gross change a few leads show it.
SOON_CALM, CALM = Span(2, 120, 0.1), Span(2, 300, 0.1)
CALM_EVIDENCE: Final = 6.0


@dataclass(frozen=True, slots=True)
class Pair:
    """What was and what is; the leads before are worth so many independent ones."""

    before: Sketch
    worth: float
    now: Sketch

    def divergence(self, name: str) -> Divergence:
        """Of a feature; of SCORE among the leads that have one."""
        was, trusted = self.worth / self.before.leads, min(1.0, TRUST / self.now.leads)
        before, now = self.before.features.get(name, {}), self.now.features.get(name, {})
        of_before, of_now = (self.before.scored, self.now.scored) if name == SCORE else (self.before.leads, self.now.leads)
        return diverged(
            {cell: count * was for cell, count in before.items()}, of_before * was,
            {cell: count * trusted for cell, count in now.items()}, of_now * trusted,
        )  # fmt: skip

    @property
    def names(self) -> list[str]:
        """What was seen before: a feature that is new to us has no past to differ from."""
        scored = self.before.scored >= READY_LEADS and self.now.scored > 0
        return [name for name in sorted(self.before.features) if name != SCORE or scored]


class Book:
    """The windows of one source: recent ones, and the faded sum of those before."""

    def __init__(self) -> None:
        self._usual, self._windows, self._recent = Sketch(), 0, deque[Sketch]()
        self._rhythm: dict[str, float] = {}

    def pair(self, span: Span) -> Pair | None:
        """The newest windows that make up a span, and what was before; None where there are too few of either."""
        if self._usual.leads < READY_LEADS or self._windows < READY_WINDOWS or (windows := self._newest(span)) is None:
            return None
        now = Sketch()
        for one in windows:
            now.take_in(one)
        return Pair(self._usual, self._usual.leads, now)

    def take(self, sketch: Sketch) -> None:
        """A window has closed."""
        if sketch.leads:
            self._recent.append(sketch)

    def settle(self, *, drifted: bool) -> None:
        """What is older than the longest span becomes usual; while something has drifted, it is passed over."""
        leads = sum(one.leads for one in self._recent)
        while len(self._recent) > LONG.windows and leads - self._recent[0].leads >= LONG.leads:
            oldest = self._recent.popleft()
            leads -= oldest.leads
            if not drifted:
                self._learn(oldest)

    def drop_newest(self) -> None:
        """The last window was out of order for a known cause: it says nothing."""
        if self._recent:
            self._recent.pop()

    def forget_scores(self) -> None:
        """Another kind of model scores from now on: another scale."""
        for one in (self._usual, *self._recent):
            one.features.pop(SCORE, None)
            one.scored, one.score_sum = 0, 0.0

    def is_back(self) -> None:
        """The newest windows are as usual: those before them were not, and count no more."""
        self._recent = deque(self._newest(SOON_CALM) or ())

    def forget(self) -> None:
        """What comes from now on is usual."""
        self._usual, self._windows, self._rhythm = Sketch(), 0, {}

    @property
    def rhythm(self) -> Mapping[str, float]:
        """Feature → the psi of quiet times: what the hours of the day bring about."""
        return self._rhythm

    def learn_rhythm(self, psi: Mapping[str, float]) -> None:
        before = self._rhythm
        self._rhythm = {name: (1 - RHYTHM) * before.get(name, 0.0) + RHYTHM * one for name, one in psi.items()}

    def _learn(self, sketch: Sketch) -> None:
        usual = self._usual
        for name, cells in sketch.features.items():
            if usual.leads and name not in usual.features and name != SCORE:  # new to us: as if it had always been so
                usual.features[name] = {cell: count * usual.leads / sketch.leads for cell, count in cells.items()}
        usual.fade(max(0.0, 1.0 - sketch.leads / MEMORY))
        usual.take_in(sketch)
        self._windows += 1

    def _newest(self, span: Span) -> list[Sketch] | None:
        found, leads = list[Sketch](), 0.0
        for one in reversed(self._recent):
            found.append(one)
            leads += one.leads
            if len(found) >= span.windows and leads >= span.leads:
                return found[::-1]
        return None


def pooled(books: Iterable[Book], span: Span) -> Pair | None:
    """All sources together: what their recent leads would be like if each source were as it was, and what they are like.

    Each source weighs by its recent leads, so that one that sends more than before is no drift.
    """
    before, now, scatter = Sketch(), Sketch(), 0.0
    for book in books:
        if (pair := book.pair(span)) is not None:
            n, m = pair.now.leads, pair.before.leads
            now.take_in(pair.now)
            before.take_in(pair.before, n / m)
            scatter += n * n / m
    return Pair(before, now.leads**2 / scatter, now) if now.leads else None


@dataclass(frozen=True, slots=True)
class Findings:
    """What the spans say.

    Attributes:
        drifted: Feature, or SCORE → how; the most first.
        calm: Whether all features are as usual beyond doubt; score_calm: whether the scores are.
        psi: Of the longer span.
        score: The mean before and now.
        known: Whether there was enough to go by.
    """

    drifted: Mapping[str, Divergence] = field(default_factory=dict)
    calm: bool = False
    score_calm: bool = False
    psi: Mapping[str, float] = field(default_factory=dict)
    score: tuple[float, float] = (0.0, 0.0)
    known: bool = False


def findings(pair_of: Callable[[Span], Pair | None], rhythm: Mapping[str, float], *, rings: bool) -> Findings:
    """Judge the spans; where there is no pair, a span says nothing.

    Args:
        rings: Whether a drift is told already: only then it matters whether all is calm.
    """
    pairs = {span: pair_of(span) for span in (LONG, SHORT)}
    drifted, psi, score = dict[str, Divergence](), dict[str, float](), (0.0, 0.0)
    for span, pair in pairs.items():
        if pair is None:
            continue
        score = pair.before.score_mean, pair.now.score_mean
        beyond_chance = EVIDENCE + log(max(1, len(pair.names)))
        for name in pair.names:
            one = pair.divergence(name)
            if span is LONG:
                psi[name] = one.psi
            matters = name != SCORE or abs(score[1] - score[0]) >= SCORE_STEP
            if matters and one.psi >= span.psi + rhythm.get(name, 0.0) and one.evidence >= beyond_chance:
                drifted[name] = max(one, drifted.get(name, one), key=lambda seen: seen.psi)
    ranked = dict(sorted(drifted.items(), key=lambda item: (-item[1].psi, item[0])))
    gross = any(one.psi >= SHORT.psi for one in drifted.values())
    moved = _moved(pair_of(SOON_CALM if gross else CALM), rhythm) if drifted or rings else None
    if moved is not None:
        ranked = {name: one for name, one in ranked.items() if name in moved}
    return Findings(
        ranked,
        moved is not None and not moved - {SCORE},
        moved is not None and SCORE not in moved,
        psi,
        score,
        any(pairs.values()),
    )


def _moved(pair: Pair | None, rhythm: Mapping[str, float]) -> set[str] | None:
    """What is not as usual beyond doubt."""
    if pair is None:
        return None
    by_chance = CALM_EVIDENCE + log(max(1, len(pair.names)))
    seen = {name: pair.divergence(name) for name in pair.names}
    return {name for name, one in seen.items() if one.psi >= CALM.psi + rhythm.get(name, 0.0) or one.evidence >= by_chance}
