"""The monitoring agent's mind: decisions and the time go in, alert records come out. No clock, no I/O."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from math import ceil
from typing import Any

from app.inventory.models import Fairness
from app.monitoring.alerts import Alerts, Record
from app.monitoring.census import ShapeBook
from app.monitoring.detectors import Detectors
from app.monitoring.end_drift import EndDrift
from app.monitoring.fairness_watch import FairnessWatch
from app.monitoring.lead_drift import LeadDrift
from app.monitoring.observation import is_revision, observe, settles
from app.monitoring.verdicts import RESHAPED, Kind, Verdict, What
from app.monitoring.windows import EVERYTHING, Window, Windows

MIN_EXPECTED = 40.0  # records a window should hold: a slower source gets a longer window
MAX_SPAN_S = 24 * 3600.0
# ten sources silent at once: one alert, not ten
INHIBITED_BY_EVERYTHING: frozenset[Kind] = frozenset(
    {"silence", "latency", "feature_drift", "score_drift", "label_drift", "performance_drift"}
)
CAUSES: Mapping[Kind, frozenset[Kind]] = {  # what is not told while one of these is out of order, because it follows from that
    "feature_drift": RESHAPED,
    "score_drift": RESHAPED | {"feature_drift"},
    "unusual_leads": RESHAPED | {"feature_drift"},
    "catch_all_share": RESHAPED,
    "performance_drift": frozenset({"label_drift", "score_drift"}),
}
COMES_TO_STAY: frozenset[Kind] = frozenset({"volume_drop", "volume_spike", "feature_drift", "score_drift"})
ACCEPT_AFTER = 120  # windows of firing after which a changed level is taken as the new usual


@dataclass(frozen=True, slots=True)
class WatchSettings:
    """How to watch.

    Attributes:
        window_s: Length of the base window.
        rate_factor: How many times faster than the inventory says traffic comes (a simulation's compression of time).
            None: unknown; then nothing is held to the inventory's rates and every source gets the base window.
        latency_limit_s: From a lead's arrival to its team: the limit for 95 % of a source's leads in a window.
        runbook: Address of the runbooks, if any.
        fairness: Limits of the audit of fairness, and how often it is made.
        catch_all_share: Of all leads or of a source's: more than that left to the catch-all is a gap in the rules.
    """

    window_s: float = 60.0
    rate_factor: float | None = 1.0
    latency_limit_s: float = 30.0
    runbook: str | None = None
    fairness: Fairness = field(default_factory=Fairness)
    catch_all_share: float = 0.25

    def span(self, per_hour: float) -> int:
        """How many base windows make up the window of a source with this rate."""
        if self.rate_factor is None:
            return 1
        per_window = per_hour * self.rate_factor * self.window_s / 3600
        return max(1, min(ceil(MIN_EXPECTED / per_window), int(MAX_SPAN_S / self.window_s)))


class Watch:
    """Watches all sources.

    Args:
        settings: How.
        per_hour: Source → the inventory's expected records per hour.
        records: The current content of the alerts topic.
        start_ms: From when on decisions will be shown. None: there has never been one; before the first, nothing is missed.
        judge_from_ms: Windows that end by then are learned, and raise nothing: an earlier run judged them.
    """

    def __init__(
        self,
        settings: WatchSettings,
        per_hour: Mapping[str, float],
        records: Iterable[Record] = (),
        start_ms: int | None = 0,
        judge_from_ms: int = 0,
    ) -> None:
        self._begun = start_ms is not None
        self._settings, self._per_hour, self._judge_from_ms = settings, dict(per_hour), judge_from_ms
        self._alerts = Alerts(records, settings.runbook)
        rung = {record["source"]: 1 for record in self._alerts.firing}  # undeclared sources, too, are watched until it is over
        spans = rung | {source: settings.span(rate) for source, rate in per_hour.items()}
        self._windows = Windows(int(settings.window_s * 1000), start_ms or 0, spans)
        self._detectors: dict[str, Detectors] = {}
        self._shapes = ShapeBook()
        self._fairness = FairnessWatch(settings.fairness)
        self._leads, self._ends = LeadDrift(), EndDrift(self._windows.length, self._alerts.settled())

    @property
    def firing(self) -> list[Record]:
        return self._alerts.firing

    def observe(self, decision: Mapping[str, Any], at_ms: int) -> None:
        """Show one decision; `at_ms` is the Kafka timestamp of its record. A revision is no further record."""
        if not self._begun:
            self._windows.skip(at_ms)
            self._begun = True
        if not is_revision(decision):
            self._windows.add(observe(decision, at_ms))
            self._ends.decided(decision, at_ms)
        elif settles(decision):
            self._windows.settle(at_ms)
        self._fairness.decided(decision)

    def report(self, outcome: Mapping[str, Any], at_ms: int) -> None:
        """Show one outcome (schemas/outcome), after the decision on its lead; `at_ms` as for `observe`."""
        self._ends.reported(outcome, at_ms)
        self._fairness.reported(outcome)

    def levels(self) -> Iterator[tuple[str, str, float]]:
        """Source, what, value: how far features, scores, wins and losses are from what was."""
        yield from self._leads.levels()
        yield from self._ends.levels()

    def show(self, shape: Mapping[str, Any]) -> None:
        """Show one record of the topic of shapes (schemas/payload_shape)."""
        self._shapes.add(shape)

    def tick(self, now_ms: int) -> list[Record]:
        """Close and judge all windows that ended by now.

        Args:
            now_ms: The time up to which all decisions have been shown.

        Returns:
            Alert records to publish, in order.
        """
        if not self._begun:
            return []
        records = list[Record]()
        for _, ended in groupby(self._windows.close(now_ms), key=lambda window: window.end_ms):
            records += self.judge_all(list(ended))
        return records

    def skip(self, now_ms: int) -> None:
        """Nothing could be seen until now: judge none of it."""
        if self._begun:
            self._windows.skip(now_ms)

    def judge_all(self, windows: Sequence[Window]) -> list[Record]:
        """Judge closed windows of one end, that of all sources first, and learn from them what was in order."""
        for window in windows:
            self._leads.take(window)
        return [record for window in windows for record in self._judge(window)]

    def judge(self, window: Window) -> list[Record]:
        """Judge one closed window."""
        return self.judge_all([window])

    def _judge(self, window: Window) -> list[Record]:
        detectors = self._detectors.get(window.source) or self._detectors.setdefault(window.source, self._made_for(window))
        verdicts, records = detectors.judge(window, self._alerts.told(window.source)), list[Record]()
        verdicts += [*self._leads.judge(window), *self._ends.judge(window, self._alerts.since(window.source))]
        if window.end_ms > self._judge_from_ms:
            for verdict in verdicts:
                said = self._inhibited(window, self._caused(window, self._said_already(window, verdict, verdicts), verdicts))
                record = self._accept(window, verdict, detectors) or self._alerts.apply(window, said)
                records += [record] if record else []
        breached = {verdict.what for verdict in verdicts if verdict.state == "breach"}
        if window.source == EVERYTHING and window.end_ms > self._judge_from_ms:
            records += self._audited(window.end_ms)
        out = breached | self._firing_in(window)
        detectors.learn(window, out)
        self._leads.learn(window, out, caused=bool(RESHAPED & {kind for kind, _ in out}))
        return records

    def _audited(self, end_ms: int) -> list[Record]:
        rings = {group for kind, group in self._alerts.since(EVERYTHING) if kind == "fairness_breach" and group}
        window, verdicts = self._fairness.judge(end_ms, rings) or (Window(EVERYTHING, end_ms, end_ms), [])
        told = [self._alerts.apply(window, verdict) for verdict in verdicts]
        return [record for record in told if record]

    def _caused(self, window: Window, verdict: Verdict, verdicts: Iterable[Verdict]) -> Verdict:
        """What follows from something else that is out of order is not told as well."""
        since = self._alerts.since(window.source)
        if verdict.state != "breach" or verdict.what in since:
            return verdict
        out = {one.kind for one in verdicts if one.state == "breach"} | {kind for kind, _ in since}
        return replace(verdict, state="unclear") if out & CAUSES.get(verdict.kind, frozenset()) else verdict

    def _inhibited(self, window: Window, verdict: Verdict) -> Verdict:
        """A breach of a source that `*` already tells of is not told again."""
        if verdict.state != "breach" or window.source == EVERYTHING or verdict.kind not in INHIBITED_BY_EVERYTHING:
            return verdict
        if verdict.what in self._alerts.since(window.source) or verdict.what not in self._alerts.since(EVERYTHING):
            return verdict
        return Verdict(verdict.kind, "unclear", verdict.observed, verdict.expected, verdict.unit, verdict.text)

    def _said_already(self, window: Window, verdict: Verdict, verdicts: Iterable[Verdict]) -> Verdict:
        """That a required field is gone is told by missing_field: as a schema change it is told only if more changed."""
        since = self._alerts.since(window.source)
        if verdict.state != "breach" or not verdict.lost or verdict.what in since:
            return verdict
        breached = {one.what for one in verdicts if one.state == "breach"} | since.keys()
        missed = {name for kind, field in breached if kind == "missing_field" and field for name in field.split("|")}
        return replace(verdict, state="unclear") if missed.issuperset(verdict.lost) else verdict

    def _accept(self, window: Window, verdict: Verdict, detectors: Detectors) -> Record | None:
        since = self._alerts.since(window.source).get(verdict.what)
        gone = not window.records and self._is_undeclared(window.source)  # nobody promised that it would go on
        if not (verdict.kind in COMES_TO_STAY or gone) or verdict.state == "calm" or since is None:
            return None
        if window.end_ms - since < ACCEPT_AFTER * (window.end_ms - window.start_ms):
            return None
        detectors.forget(verdict.kind)
        if verdict.kind in ("feature_drift", "score_drift"):
            self._leads.forget(window.source)
        return self._alerts.accept(window, verdict)

    def _is_undeclared(self, source: str) -> bool:
        return source != EVERYTHING and source not in self._per_hour

    def _firing_in(self, window: Window) -> set[What]:
        return {what for what, since in self._alerts.since(window.source).items() if since < window.end_ms}

    def _made_for(self, window: Window) -> Detectors:
        factor, per_hour = self._settings.rate_factor, self._per_hour.get(window.source)
        expected = per_hour * factor * window.length_s / 3600 if factor and per_hour else None
        scale, limit_s = window.length_s * (factor or 1.0), self._settings.latency_limit_s
        shapes, share = self._shapes.of(window.source), self._settings.catch_all_share
        return Detectors(window.source, scale, expected, limit_s, shapes, share)
