"""The life of an alert: fires once, updates sparingly, resolves once. Its state is its last record on the alerts topic."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from typing import Any

from app.monitoring.verdicts import SEVERITY, Kind, Severity, Verdict, What
from app.monitoring.windows import Window

MATERIAL = 1.5  # an update says that the observed value grew or shrank by half
GRAVITY: tuple[Severity, ...] = ("info", "warning", "error", "critical")
UPDATE_EVERY = 10  # windows: a firing alert is confirmed so often, at least

Record = dict[str, Any]  # the fields of schemas/alert, times in integer milliseconds


def fingerprint(kind: Kind, source: str, field: str | None) -> str:
    """Names what is wrong where: 16 hex digits, the same whenever and wherever computed."""
    return blake2b("\0".join((kind, source, field or "")).encode(), digest_size=8).hexdigest()


class Alerts:
    """All alerts there are or were.

    Args:
        records: The current content of the alerts topic.
        runbook: Where runbooks are; the kind becomes the fragment. None where there are none.
    """

    def __init__(self, records: Iterable[Record] = (), runbook: str | None = None) -> None:
        self._records: dict[str, Record] = {record["fingerprint"]: dict(record) for record in records}
        self._runbook = runbook

    @property
    def firing(self) -> list[Record]:
        return [record for record in self._records.values() if record["status"] == "firing"]

    def since(self, source: str) -> dict[What, int]:
        """What is firing for a source, and since when (start of the first breached window)."""
        return {(r["kind"], r["field"]): r["started_at"] for r in self.firing if r["source"] == source}

    def told(self, source: str) -> dict[What, float]:
        """What is firing for a source, and what was expected instead."""
        return {(r["kind"], r["field"]): r["expected"] for r in self.firing if r["source"] == source}

    def settled(self) -> dict[tuple[str, Kind], int]:
        """Of what has rung and is over: since when."""
        return {(r["source"], r["kind"]): r["started_at"] for r in self._records.values() if r["status"] == "resolved"}

    def apply(self, window: Window, verdict: Verdict) -> Record | None:
        """The record to publish for this verdict, or None where it changes nothing.

        A window that an alert's record already accounts for is not judged again: so a restart fires nothing twice.
        """
        mark = fingerprint(verdict.kind, window.source, verdict.field)
        known = self._records.get(mark)
        if known and window.end_ms <= known["updated_at"]:
            return None
        firing = known is not None and known["status"] == "firing"
        match verdict.state:
            case "breach" if known is None or not firing:
                return self._publish(mark, window, verdict, "firing", window.start_ms)
            case "breach" if known and self._worth_an_update(known, window, verdict):
                return self._publish(mark, window, verdict, "firing", known["started_at"])
            case "calm" if known and firing:
                return self._publish(mark, window, verdict, "resolved", known["started_at"])
        return None

    def accept(self, window: Window, verdict: Verdict) -> Record:
        """Resolve a firing alert because what it complained of has become usual."""
        mark = fingerprint(verdict.kind, window.source, verdict.field)
        return self._publish(mark, window, verdict, "resolved", self._records[mark]["started_at"], "taken as usual from now on: ")

    def _worth_an_update(self, known: Record, window: Window, verdict: Verdict) -> bool:
        was, now = abs(known["observed"]), abs(verdict.observed)
        changed: bool = max(was, now) > MATERIAL * min(was, now)
        since_ms: int = window.end_ms - known["updated_at"]
        worse = verdict.severity is not None and GRAVITY.index(verdict.severity) > GRAVITY.index(known["severity"])
        return changed or worse or since_ms >= UPDATE_EVERY * (window.end_ms - window.start_ms)

    def _publish(self, mark: str, window: Window, verdict: Verdict, status: str, started_at: int, prefix: str = "") -> Record:
        resolved = status == "resolved"
        where = "all sources" if window.source == "*" else window.source
        text = verdict.resolution if resolved and not prefix else prefix + verdict.text
        before = self._records.get(mark, {}) if resolved else {}  # what rang is still told when it is over
        record = {
            "fingerprint": mark,
            "status": status,
            "kind": verdict.kind,
            "source": window.source,
            "field": verdict.field,
            "severity": verdict.severity or before.get("severity") or SEVERITY[verdict.kind],
            "summary": f"{where}: {verdict.kind.replace('_', ' ')}: {text}",
            "observed": float(verdict.observed),
            "expected": float(verdict.expected),
            "unit": verdict.unit,
            "started_at": started_at,
            "updated_at": window.end_ms,
            "ended_at": window.end_ms if resolved else None,
            "window_s": window.length_s,
            "runbook_url": f"{self._runbook}#{verdict.kind}" if self._runbook else None,
            "sample_lead_ids": list(verdict.samples),
            "shape_before": verdict.shape_before or before.get("shape_before"),
            "shape_after": verdict.shape_after or before.get("shape_after"),
        }
        self._records[mark] = record
        return dict(record)
