"""What `leadstream run` shows: leads per second and source, fates, bands, teams, alerts, latency. Rich draws it."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

from rich.console import Group
from rich.table import Table
from rich.text import Text

from app.edges.kafka.ledger import Ledger
from app.pipeline.fate import FateName

RATE_WINDOW_S = 5.0  # rates are shown over the last five seconds
LATENCIES_KEPT = 2_000  # the newest, for the percentiles

_FATES: tuple[FateName, ...] = get_args(FateName)
_BANDS = {"hot": "bold red", "warm": "yellow", "cold": "cyan"}


@dataclass
class Live:
    """Counts of what the decisions and alerts topics told so far."""

    records: Counter[tuple[str, str]] = field(default_factory=Counter)  # (source, fate)
    teams: Counter[str] = field(default_factory=Counter)
    bands: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    alerts: dict[str, Mapping[str, Any]] = field(default_factory=dict)  # fingerprint → newest state
    alerts_fired: int = 0
    models: int = 0
    last_lead: str = ""
    _recent: deque[tuple[float, str]] = field(default_factory=deque)
    _latencies: deque[int] = field(default_factory=lambda: deque(maxlen=LATENCIES_KEPT))

    def decision(self, decision: Mapping[str, Any], delivered_at: int, now_s: float) -> None:
        """Count one decision record.

        Args:
            decision: As in schemas/decision.
            delivered_at: Kafka time of the decision, ms.
            now_s: A clock for the rates, seconds.
        """
        source, fate = decision["source"] or "?", decision["fate"]
        self.records[source, fate] += 1
        self._recent.append((now_s, source))
        self._latencies.append(max(0, delivered_at - decision["received_at"]))
        if fate == "routed":
            self.teams[decision["team"]] += 1
            self.last_lead = decision["lead_id"]
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

    def rates(self, now_s: float) -> Counter[str]:
        """Records per second and source, over the last RATE_WINDOW_S."""
        while self._recent and self._recent[0][0] < now_s - RATE_WINDOW_S:
            self._recent.popleft()
        return Counter(source for _, source in self._recent)

    def latency(self, share: float) -> float:
        """End-to-end seconds (record produced → decision delivered) at this percentile of the newest records."""
        ordered = sorted(self._latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] / 1000 if ordered else 0.0

    def line(self, now_s: float) -> str:
        """One line, for a terminal that cannot redraw."""
        fates: Counter[str] = Counter()
        for (_, fate), n in self.records.items():
            fates[fate] += n
        told = "  ".join(f"{fate} {fates[fate]:,}" for fate in _FATES)
        rate = self.rates(now_s).total() / RATE_WINDOW_S
        firing = sum(alert["status"] == "firing" for alert in self.alerts.values())
        latency = f"p50 {self.latency(0.5):.2f} s  p99 {self.latency(0.99):.2f} s"
        return f"{self.total:>9,} leads  {rate:>6,.0f}/s  {latency}  {told}  alerts {firing}"

    def render(self, now_s: float, restarts: int) -> Group:
        """The whole picture."""
        rates = self.rates(now_s)
        return Group(Text(self._headline(rates, restarts)), self._sources(rates), self._teams(), self._alerts())

    def _headline(self, rates: Counter[str], restarts: int) -> str:
        bands = "  ".join(f"{band} {self.bands[band]:,}" for band in _BANDS)
        return (
            f"{self.total:,} leads   {rates.total() / RATE_WINDOW_S:,.0f}/s   "
            f"end to end p50 {self.latency(0.5):.2f} s  p99 {self.latency(0.99):.2f} s   {bands}   "
            f"models {self.models}   restarts {restarts}"
        )

    def _sources(self, rates: Counter[str]) -> Table:
        table = Table(expand=True, pad_edge=False)
        for name in ("source", "leads/s", "leads", "routed", "review", "duplicate", "dead letter"):
            table.add_column(name, justify="left" if name == "source" else "right")
        for source in sorted({source for source, _ in self.records}):
            counts = [self.records[source, fate] for fate in _FATES]
            table.add_row(source, f"{rates[source] / RATE_WINDOW_S:,.1f}", f"{sum(counts):,}", *(f"{n:,}" for n in counts))
        return table

    def _teams(self) -> Text:
        teams = "   ".join(f"{team} {n:,}" for team, n in self.teams.most_common())
        reasons = "   ".join(f"{reason} {n:,}" for reason, n in self.reasons.most_common(8))
        lead = self.last_lead or "LEAD"
        return Text(f"teams  {teams or '-'}\ndead letters  {reasons or '-'}\nexplain one  leadstream explain {lead}")

    def _alerts(self) -> Text:
        text = Text(f"alerts  {self.alerts_fired} fired\n")
        for alert in sorted(self.alerts.values(), key=lambda one: (one["status"] != "firing", -one["updated_at"]))[:6]:
            style = "bold red" if alert["status"] == "firing" else "green"
            text.append(f"  {alert['status']:<8} {alert['summary']}\n", style=style)
        return text


def reconciliation(ledger: Ledger) -> Group:
    """The ledger as a table and a verdict."""
    table = Table(title="Reconciliation: records in = sum of fates")
    for name in ("source", "records in", *_FATES, "sum"):
        table.add_column(name.replace("_", " "), justify="left" if name == "source" else "right")
    for source in sorted(ledger.records_in):
        counts = [ledger.fates[source, fate] for fate in _FATES]
        table.add_row(source, *(f"{n:,}" for n in (ledger.records_in[source], *counts, sum(counts))))
    table.add_section()
    totals = [ledger.total(fate) for fate in _FATES]
    table.add_row("all", *(f"{n:,}" for n in (ledger.records_in.total(), *totals, sum(totals))))
    verdict = "holds" if ledger.balanced and not ledger.behind else "DOES NOT HOLD"
    return Group(
        table,
        Text(
            f"lost {len(ledger.lost)}, doubled {len(ledger.doubled)}, foreign {len(ledger.foreign)}, "
            f"orphaned duplicates {len(ledger.orphans)}, without exactly one decision {len(ledger.undecided)}, "
            f"not yet accounted for {ledger.behind}: the reconciliation {verdict}"
        ),
    )
