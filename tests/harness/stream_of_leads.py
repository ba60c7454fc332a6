"""Decisions on leads, and their outcomes, for the monitor: leads of several kinds, scored by what is known of them, won by a
true chance that a test may change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import exp
from typing import Any

import numpy as np

from app.monitoring.alerts import Record
from app.monitoring.watch import Watch, WatchSettings

MINUTE = 60_000
COUNTRIES = ["DE"] * 6 + ["AT"] * 2 + ["CH", "none"]


@dataclass(frozen=True)
class World:
    """What leads are like.

    Attributes:
        mobile: Share of leads from phones; the others come from desktops.
        order_value: Mean of the order's value, on its log scale.
        bias: Of the served score, log-odds.
        odds: Of a win, beside what the score says: 1 where it is right.
        blind: Whether the score has nothing to do with the wins any more.
        unusual: Share of leads unlike all before.
        delay: Mean minutes from decision to outcome.
    """

    mobile: float = 0.4
    order_value: float = 3.0
    bias: float = 0.0
    odds: float = 1.0
    blind: bool = False
    unusual: float = 0.01
    delay: float = 20.0


CALM = World()


class Leads:
    """Sends leads of sources, window by window, into a watch."""

    def __init__(self, seed: int, sources: Sequence[str] = ("shop",), per_window: float = 50.0) -> None:
        self._rng = np.random.default_rng(seed)
        self._sources, self._per_window = tuple(sources), per_window
        self.watch = Watch(WatchSettings(), dict.fromkeys(sources, per_window * 60))
        self._due: list[tuple[int, dict[str, Any]]] = []
        self.window, self.leads = 0, 0
        self.records: list[tuple[int, Record]] = []  # with the number of leads that had come

    def run(self, windows: int, world: World | None = None, **only: World) -> list[Record]:
        """So many windows; `only`: a world for single sources. The records that were published."""
        before = len(self.records)
        for _ in range(windows):
            start, end = self.window * MINUTE, (self.window + 1) * MINUTE
            for source in self._sources:
                here = only.get(source.replace("-", "_"), world or CALM)
                for at in np.sort(self._rng.integers(start, end, int(self._rng.poisson(self._per_window)))):
                    self._lead(source, int(at), here)
            self._due.sort(key=lambda one: one[0])
            while self._due and self._due[0][0] < end:
                at_ms, outcome = self._due.pop(0)
                self.watch.report(outcome, at_ms)
            self.window += 1
            self.records += [(self.leads, record) for record in self.watch.tick(end)]
        return [record for _, record in self.records[before:]]

    def fired(self) -> set[tuple[str, str]]:
        """Kind and source of all that rang."""
        return {(record["kind"], record["source"]) for _, record in self.records}

    def _lead(self, source: str, at_ms: int, world: World) -> None:
        rng = self._rng
        mobile = rng.random() < world.mobile
        value, sessions = rng.normal(world.order_value, 1.0), rng.poisson(3.0)
        logit = -2.0 + 0.6 * (value - 3.0) + 0.3 * (sessions - 3.0) - (0.5 if mobile else 0.0)
        score = 1 / (1 + exp(-(logit + world.bias)))
        true = 1 / (1 + exp(2.0 if world.blind else -logit)) * world.odds
        lead_id = f"ld_{self.leads:020x}"
        self.leads += 1
        decision = {
            "lead_id": lead_id, "source": source, "fate": "routed", "received_at": at_ms - 200, "score": float(score),
            "model_version": "m-1", "violations": [], "unusual": 0.999 if rng.random() < world.unusual else rng.random() * 0.98,
            "numbers": {"order_value": float(value), "sessions": float(sessions), "has_phone": float(rng.random() < 0.5)},
            "categories": {
                "device": "mobile" if mobile else "desktop",
                "country": COUNTRIES[int(rng.random() * len(COUNTRIES))],
                "campaign": f"c{rng.geometric(0.1)}",
            },
        }  # fmt: skip
        self.watch.observe(decision, at_ms)
        won = rng.random() < true
        due = at_ms + int(rng.exponential(world.delay * (1.5 if won else 1.0)) * MINUTE)
        self._due.append((due, {"lead_id": lead_id, "outcome": "won" if won else "lost", "occurred_at": due}))


def changed(**what: Any) -> World:
    """A world that differs from the calm one in this."""
    return replace(CALM, **what)
