"""What `leadstream run` has seen so far: counts and the newest rates and latencies. `screen.py` draws them. No clock, no I/O."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

from app.pipeline.fate import Band, FateName

RATE_WINDOW_S = 5.0  # rates are shown over the last five seconds
LATENCIES_KEPT = 2_000  # the newest, for the percentiles

FATES: tuple[FateName, ...] = get_args(FateName)
BANDS: tuple[Band, ...] = get_args(Band)
KNOWN_AS = ("same_event", "merged", "linked", "asked", "unknown")  # who leads are that are not simply new


@dataclass
class Live:
    """Counts of what the decisions and alerts topics told so far. One thread may write while another reads."""

    known: tuple[str, ...] = ()  # sources to show before their first record came
    records: Counter[tuple[str, str]] = field(default_factory=Counter)  # (source, fate)
    teams: Counter[str] = field(default_factory=Counter)
    bands: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)  # of dead letters
    who: Counter[str] = field(default_factory=Counter)  # who the leads are, as their first decisions say
    revised: int = 0  # decisions that revise another
    alerts: dict[str, Mapping[str, Any]] = field(default_factory=dict)  # fingerprint → newest state
    alerts_fired: int = 0
    models: int = 0
    last_lead: str = ""
    first_s: float | None = None  # when the first decision came, on the caller's clock
    _recent: deque[tuple[float, str]] = field(default_factory=deque)
    _latencies: deque[int] = field(default_factory=lambda: deque(maxlen=LATENCIES_KEPT))

    def decision(self, decision: Mapping[str, Any], delivered_at: int, now_s: float) -> None:
        """Count one decision record. A revision is no further record.

        Args:
            decision: As in schemas/decision.
            delivered_at: Kafka time of the decision, ms.
            now_s: A clock for the rates, seconds.
        """
        if (decision.get("revision") or 1) > 1:
            self.revised += 1
            return
        source, fate = decision["source"] or "?", decision["fate"]
        self.first_s = now_s if self.first_s is None else self.first_s
        self.records[source, fate] += 1
        self._recent.append((now_s, source))
        self._latencies.append(max(0, delivered_at - decision["received_at"]))
        while self._recent[0][0] < now_s - RATE_WINDOW_S:
            self._recent.popleft()
        if fate == "routed":
            self.teams[decision["team"]] += 1
            self.last_lead = decision["lead_id"]
        if decision.get("dedupe"):
            self.who[decision["dedupe"]] += 1
        if decision["band"]:
            self.bands[decision["band"]] += 1
        if fate == "dead_letter":
            self.reasons[decision["reason"]] += 1

    def alert(self, alert: Mapping[str, Any]) -> None:
        """Take in one alert record."""
        known = self.alerts.get(alert["fingerprint"])
        if alert["status"] == "firing" and (known is None or known["status"] != "firing"):
            self.alerts_fired += 1
        self.alerts[alert["fingerprint"]] = alert

    @property
    def total(self) -> int:
        return self.records.total()

    @property
    def sources(self) -> list[str]:
        return sorted({*self.known, *(source for source, _ in tuple(self.records))})

    @property
    def firing(self) -> list[Mapping[str, Any]]:
        """Alerts that fire now, the newest first."""
        states = [alert for alert in tuple(self.alerts.values()) if alert["status"] == "firing"]
        return sorted(states, key=lambda alert: -alert["updated_at"])

    def of_source(self, source: str) -> list[int]:
        """Its records by fate, in the order of FATES."""
        return [self.records[source, fate] for fate in FATES]

    def of_fate(self, fate: FateName) -> int:
        return sum(n for (_, name), n in tuple(self.records.items()) if name == fate)

    def rates(self, now_s: float) -> defaultdict[str, float]:
        """Records per second and source, over the last RATE_WINDOW_S; at the start, over the time since the first one."""
        first_s = now_s if self.first_s is None else self.first_s
        seconds = min(RATE_WINDOW_S, max(1.0, now_s - first_s))
        counts = Counter(source for at_s, source in tuple(self._recent) if at_s >= now_s - RATE_WINDOW_S)
        return defaultdict(float, {source: n / seconds for source, n in counts.items()})

    def latency(self, share: float) -> float:
        """Seconds from a record's arrival in Kafka to its decision's, at this percentile of the newest records."""
        ordered = sorted(self._latencies.copy())
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] / 1000 if ordered else 0.0
