"""Which paths of a source's payloads came, went or changed their share while the audit looked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from math import sqrt
from typing import Final

from app.audit.findings import Drift

MAX_PATHS: Final = 2_000  # of one source; a payload whose keys are data would have more without end
MAX_SLICES: Final = 48
_LEAST: Final = 0.10  # a change of share that is worth telling
_SURE: Final = 4.0  # standard errors: 1 in 16,000 by chance


class PathShares:
    """Counts in how many records each path stands, over slices of time. The slices widen as the range does: 24 to 48 of them."""

    def __init__(self) -> None:
        self._width_ms = 1_000
        self._records: Counter[int] = Counter()
        self._paths: dict[int, Counter[str]] = {}
        self._known: set[str] = set()

    def take(self, at_ms: int, paths: Iterable[str]) -> None:
        """One record; a path given twice counts once."""
        n = at_ms // self._width_ms
        if n not in self._records and self._records and self._span(n) > MAX_SLICES:
            self._widen(n)
            n = at_ms // self._width_ms
        self._records[n] += 1
        here = self._paths.setdefault(n, Counter())
        for path in set(paths):
            if path in self._known or len(self._known) < MAX_PATHS:
                self._known.add(path)
                here[path] += 1

    @property
    def per_slice(self) -> tuple[int, ...]:
        """Records per slice, in order of time, empty ones included."""
        return tuple(self._records[n] for n in range(min(self._records), max(self._records) + 1)) if self._records else ()

    def _span(self, n: int) -> int:
        return max(n, *self._records) - min(n, *self._records) + 1

    def _widen(self, n: int) -> None:
        factor = 1
        while (max(n, *self._records) // factor) - (min(n, *self._records) // factor) + 1 > MAX_SLICES // 2:
            factor *= 2
        self._width_ms *= factor
        records, paths = self._records, self._paths
        self._records, self._paths = Counter(), {}
        for old, count in records.items():
            self._records[old // factor] += count
            self._paths.setdefault(old // factor, Counter()).update(paths[old])

    def drift(self) -> tuple[Drift, ...]:
        """Paths whose share in the last third differs from the first third's by more than chance (two-proportion z-test)."""
        if len(self.per_slice) < 2:
            return ()
        low, high = min(self._records), max(self._records)
        third = max(1, (high - low + 1) // 3)
        first = [n for n in self._records if n < low + third]
        last = [n for n in self._records if n > high - third]
        before, after = sum(self._records[n] for n in first), sum(self._records[n] for n in last)
        found = []
        for path in self._known:
            had, has = sum(self._paths[n][path] for n in first), sum(self._paths[n][path] for n in last)
            p, q, pooled = had / before, has / after, (had + has) / (before + after)
            error = sqrt(pooled * (1 - pooled) * (1 / before + 1 / after))
            if abs(p - q) >= _LEAST and error and abs(p - q) / error >= _SURE:
                found.append(Drift(path, p, q))
        return tuple(sorted(found, key=lambda one: (-abs(one.after - one.before), one.path)))
