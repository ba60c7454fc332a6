"""Drift of features and of the score: of every source, and of all together.

All together is told only where it is not one source's doing: without the source that adds most to it, it must still show.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from typing import Final

from app.monitoring.divergence import Divergence
from app.monitoring.feature_drift import LONG, Book, Findings, findings, pooled
from app.monitoring.sketch import SCORE
from app.monitoring.verdicts import Kind, State, Verdict, What
from app.monitoring.windows import EVERYTHING, Window

KINDS: Final[tuple[Kind, Kind]] = ("feature_drift", "score_drift")
NAMED: Final = 3  # features, and sources, that the summary spells out
_RESOLVED: Final = "as it was before"


class LeadDrift:
    """Closed windows in, verdicts out."""

    def __init__(self) -> None:
        self._books: dict[str, Book] = {}
        self._by_rules: dict[str, bool] = {}
        self._found: dict[str, Findings] = {}
        self._off = set[str]()  # sources that drifted and are not back yet
        self._all_off = True  # not known after a start

    def take(self, window: Window) -> None:
        """A source's window has closed: to be told before it is judged, and before that of all sources of the same end is."""
        if window.source == EVERYTHING:
            return
        book = self._books.setdefault(window.source, Book())
        if window.scored:
            by_rules = window.scored_by_rules * 2 > window.scored
            if self._by_rules.setdefault(window.source, by_rules) != by_rules:
                self._by_rules[window.source] = by_rules
                book.forget_scores()
        book.take(window.sketch)

    def judge(self, window: Window) -> list[Verdict]:
        """Features first."""
        if window.source == EVERYTHING:
            found = self._together()
            return [_features(found, self._parts(found)), _score(found)]
        book = self._books[window.source]
        found = self._found[window.source] = findings(book.pair, book.rhythm, rings=window.source in self._off)
        return [_features(found), _score(found)]

    def learn(self, window: Window, out: Set[What], *, caused: bool) -> None:
        """Take in what became of the verdicts.

        Args:
            out: What is out of order.
            caused: Whether something is that changes what leads look like.
        """
        if window.source == EVERYTHING:
            self._all_off = bool({kind for kind, _ in out} & set(KINDS))
            return
        book, found = self._books[window.source], self._found[window.source]
        drifted = bool({kind for kind, _ in out} & set(KINDS))
        if caused and window.sketch.leads:
            book.drop_newest()
        elif found.calm and found.score_calm and window.source in self._off:
            book.is_back()
            self._off.discard(window.source)
        if drifted:
            self._off.add(window.source)
        if not drifted and not caused:
            book.learn_rhythm(found.psi)
        book.settle(drifted=drifted)

    def forget(self, source: str) -> None:
        """What the source (or all) sends now has come to stay."""
        for name, book in self._books.items():
            if source in (name, EVERYTHING):
                book.forget()

    def levels(self) -> Iterator[tuple[str, str, float]]:
        """Source, what, value: the greatest psi of a feature, and the mean score now."""
        for source, found in self._found.items():
            if found.known:
                yield source, "features", max((psi for name, psi in found.psi.items() if name != SCORE), default=0.0)
                yield source, "score", found.score[1]

    def _together(self) -> Findings:
        ready = {name: book for name, book in self._books.items() if book.pair(LONG) is not None}
        if len(ready) < 2:
            return Findings()
        found = _pooled(ready.values(), rings=self._all_off)
        if not found.drifted:
            return found
        worst = next(iter(found.drifted))
        most = max(ready, key=lambda name: self._share(name, worst))
        rest = _pooled((book for name, book in ready.items() if name != most), rings=False)
        still = {name: one for name, one in found.drifted.items() if name in rest.drifted}
        return Findings(still, found.calm, found.score_calm, found.psi, found.score, found.known)

    def _share(self, source: str, name: str) -> float:
        """What a source adds to a drift of all."""
        pair = self._books[source].pair(LONG)
        return pair.now.leads * pair.divergence(name).psi if pair and name in pair.names else 0.0

    def _parts(self, found: Findings) -> list[str]:
        """The sources that have a part in it, the greatest first."""
        if not found.drifted:
            return []
        worst = next(iter(found.drifted))
        shares = {name: self._share(name, worst) for name in self._books}
        return sorted((name for name, share in shares.items() if share > 0), key=lambda name: -shares[name])


def _pooled(books: Iterable[Book], *, rings: bool) -> Findings:
    ready = list(books)
    return findings(lambda span: pooled(ready, span), {}, rings=rings)


def _features(found: Findings, sources: Iterable[str] = ()) -> Verdict:
    drifted = {name: one for name, one in found.drifted.items() if name != SCORE}
    if not drifted:
        state: State = "calm" if found.calm else "unclear"
        return Verdict("feature_drift", state, 0.0, 0.0, "psi", "leads as usual", resolution=_RESOLVED)
    said = [_said(name, one) for name, one in list(drifted.items())[:NAMED]]
    said += [f"and {len(drifted) - NAMED} more"] if len(drifted) > NAMED else []
    was, now = found.score
    said += [f"mean score {now:.2f}, was {was:.2f}"] if SCORE in found.drifted else []
    among = list(sources)
    said += [f"most of it from {', '.join(among[:NAMED])}"] if among else []
    worst = next(iter(drifted.values()))
    return Verdict("feature_drift", "breach", worst.psi, LONG.psi, "psi", "; ".join(said), resolution=_RESOLVED)


def _score(found: Findings) -> Verdict:
    was, now = found.score
    state: State = "breach" if SCORE in found.drifted else "calm" if found.score_calm else "unclear"
    return Verdict("score_drift", state, now, was, "score", f"mean score {now:.2f}, was {was:.2f}", resolution=_RESOLVED)


def _said(name: str, one: Divergence) -> str:
    return f"{name} {one.cell}: {one.now:.0%} of the leads, was {one.before:.0%}"
