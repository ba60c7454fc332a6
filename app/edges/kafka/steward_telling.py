"""The deeds of engines as records: verdicts, rollouts with their changes, alerts that are news."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, assert_never

from app.edges.kafka.names import Topics
from app.monitoring.alerts import Alerts, Record
from app.monitoring.verdicts import State, Verdict
from app.monitoring.windows import Window
from app.pipeline.delivery import Outgoing
from app.steward import STEWARD, Alarm, Deed, PublishRollout, SayVerdict

_LOOKED_MS: Final = 60_000  # an alert that fires is confirmed after ten of these, or when it has become worse

Encode = Callable[[str, Mapping[str, Any]], bytes]


class Telling:
    """Knows which alerts fire.

    Args:
        names: The topics.
        encode: Record name and value → Avro in the wire format.
        alerts: What the alerts topic holds.
        runbook: Where runbooks are; None where there are none.
    """

    def __init__(self, names: Topics, encode: Encode, alerts: Iterable[Record], runbook: str | None) -> None:
        self._names, self._encode, self._alerts = names, encode, Alerts(alerts, runbook)

    def outgoing(self, deed: Deed) -> list[Outgoing]:
        """Its records; none for an alarm that is no news."""
        match deed:
            case SayVerdict():
                return [self._out(self._names.verdicts, deed.lead, "verdict", verdict_value(deed))]
            case PublishRollout():
                told = [self._out(self._names.rollouts, deed.record["rollout"], "rollout", deed.record)]
                if deed.change is not None:
                    told.append(self._out(self._names.changes, deed.change["name"], "change", deed.change))
                return told
            case Alarm():
                return self._alarm(deed)
            case _:
                assert_never(deed)

    def _alarm(self, deed: Alarm) -> list[Outgoing]:
        window = Window(deed.about, deed.at_ms - _LOOKED_MS, deed.at_ms)
        state: State = "breach" if deed.firing else "calm"
        told = Verdict(
            deed.kind,
            state,
            deed.observed,
            deed.expected,
            deed.unit,
            deed.text,
            deed.field,
            deed.samples,
            deed.severity,
            resolution=deed.text,
        )
        record = self._alerts.apply(window, told)
        return [] if record is None else [self._out(self._names.alerts, record["fingerprint"], "alert", record)]

    def _out(self, topic: str, key: str, record: str, value: Mapping[str, Any]) -> Outgoing:
        return Outgoing(topic, key.encode(), self._encode(record, value), [])


def verdict_value(deed: SayVerdict) -> dict[str, Any]:
    """As schemas/verdict has it."""
    return {
        "lead_id": deed.lead,
        "verdict_id": deed.verdict_id,
        "reviewer": STEWARD,
        "decision": deed.says,
        "decided_at": deed.at_ms,
        "team": deed.team,
        "owner": deed.owner,
        "why": deed.why,
        "duplicate_of": None,
        "corrections": {},
        "note": None,
    }
