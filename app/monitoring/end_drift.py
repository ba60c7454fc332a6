"""Drift of the won share, and of what the served scores are worth: of every source, and of all together.

All together is told only where it is not one source's doing: without the source that adds most to it, it must still show. What an
alert told of is the usual once enough came since: then what was before is forgotten.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from app.monitoring.cohorts import Cohorts
from app.monitoring.end_verdicts import labels, performance, suspected
from app.monitoring.ends import End, Ends
from app.monitoring.served import Served
from app.monitoring.verdicts import Kind, Verdict, What
from app.monitoring.windows import EVERYTHING, Window

MOMENTS: Final = 40  # tried as the beginning of a drift of all sources: powers of the root of 2 of a window ago
SETTLED_WINS, SETTLED_ENDS = 200.0, 800  # to be expected since, known since: enough to be held against


class EndDrift:
    """Decisions and outcomes in, verdicts out.

    Args:
        length_ms: Source → length of its window.
        settled: (source, kind) → since when the state that its last alert told of is the usual.
    """

    def __init__(self, length_ms: Callable[[str], int], settled: Mapping[tuple[str, Kind], int]) -> None:
        self._length_ms, self._settled = length_ms, dict(settled)
        self._ends = Ends()
        self._cohorts: dict[str, Cohorts] = {}
        self._served: dict[str, Served] = {}
        self._known_ms = 0
        self._levels: dict[tuple[str, str], float] = {}

    def decided(self, decision: Mapping[str, Any], at_ms: int) -> None:
        """A decision, as it is read."""
        if (served := self._ends.decided(decision, at_ms)) is not None:
            self._of(served.source)[0].decided(at_ms)
            self._ended(self._ends.waited(decision["lead_id"]), at_ms)
        if (lost := self._ends.pushed_out()) is not None:
            self._of(lost.source)[0].forgotten(lost.at_ms, max(0, at_ms - lost.at_ms))

    def reported(self, outcome: Mapping[str, Any], at_ms: int) -> None:
        """An outcome, after the decision on its lead was read."""
        self._known_ms = max(self._known_ms, min(outcome["occurred_at"], at_ms))
        self._ended(self._ends.reported(outcome), at_ms)

    def _ended(self, end: End | None, at_ms: int) -> None:
        if end is not None:
            cohorts, served = self._of(end.served.source)
            served.ended(end, at_ms)
            if end.won:
                cohorts.won(end.served.at_ms, end.age_ms)

    def judge(self, window: Window, told: Mapping[What, int]) -> list[Verdict]:
        """The won share first.

        Args:
            told: What rings for this source, and since when.
        """
        source = window.source
        if source != EVERYTHING:
            self._of(source)
        names = list(self._cohorts) if source == EVERYTHING else [source]
        if source == EVERYTHING and len(names) < 2:
            return []
        moments = _moments(window) if source == EVERYTHING else None
        known_ms = min(self._known_ms, window.end_ms)
        won, worth = told.get(("label_drift", None)), told.get(("performance_drift", None))
        splits = {name: self._cohorts[name].splits(known_ms, moments, won) for name in names}
        found = [
            labels(splits, rings=won is not None),
            performance({name: self._served[name].rises(moments, worth) for name in names}),
        ]
        if found[1].state == "breach" and worth is None and any(suspected(one) for one in splits.values()):
            found[1] = replace(found[1], state="unclear")
        return [self._settle(one, source, names, told.get(one.what)) for one in found]

    def levels(self) -> Iterator[tuple[str, str, float]]:
        """Source, what, value: wins seen of those to be expected, and the log loss above that of the won share."""
        return ((source, what, value) for (source, what), value in self._levels.items())

    def _settle(self, verdict: Verdict, source: str, names: list[str], since: int | None) -> Verdict:
        self._levels[source, "won" if verdict.kind == "label_drift" else "loss"] = verdict.observed
        if since is None or not self._enough(verdict.kind, names, since):
            return verdict
        for name in names:
            (self._cohorts if verdict.kind == "label_drift" else self._served)[name].cut(since)
        return Verdict(
            verdict.kind, "calm", verdict.observed, verdict.expected, verdict.unit, "", resolution="taken as usual from now on"
        )

    def _enough(self, kind: Kind, names: list[str], since: int) -> bool:
        at = np.asarray([since], dtype=np.int64)
        if kind == "label_drift":
            return sum(float(self._cohorts[name].splits(self._known_ms, at).expected[0]) for name in names) >= SETTLED_WINS
        return sum(float(self._served[name].rises(at).since[0]) for name in names) >= SETTLED_ENDS

    def _of(self, source: str) -> tuple[Cohorts, Served]:
        if source not in self._cohorts:
            length = self._length_ms(source)
            cohorts, served = self._cohorts[source], self._served[source] = Cohorts(length), Served(length)
            for name in (source, EVERYTHING):
                cohorts.cut(self._settled.get((name, "label_drift"), 0))
                served.cut(self._settled.get((name, "performance_drift"), 0))
        return self._cohorts[source], self._served[source]


def _moments(window: Window) -> npt.NDArray[np.int64]:
    ago = (window.end_ms - window.start_ms) * np.exp2(np.arange(MOMENTS, 0, -1) / 2)
    return np.asarray(window.end_ms - ago, dtype=np.int64)
