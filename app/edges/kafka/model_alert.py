"""The one alert that the learner raises itself: a champion was rolled back. On-call engineers receive it like every other."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, Final

import structlog
from confluent_kafka import KafkaException, Producer

from app.learning.contest import Contest
from app.learning.moves import Move
from app.monitoring.alerts import fingerprint
from app.monitoring.verdicts import SEVERITY, Kind

KIND: Final[Kind] = "model_rolled_back"
_FLUSH_S: Final = 10.0

log = structlog.get_logger(__name__)


class ModelAlert:
    """Fires when the contest rolls a champion back; resolves when another move follows, or the new champion has held for long.

    Args:
        client: confluent-kafka settings of a producer.
        topic: Of alerts.
        encode: Writes the record.
        runbook: Where runbooks are; None where there are none.
        clock: Seconds since the epoch.
    """

    def __init__(
        self,
        client: dict[str, Any],
        topic: str,
        encode: Callable[[str, Mapping[str, Any]], bytes],
        runbook: str | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._topic, self._encode, self._runbook, self._clock = topic, encode, runbook, clock
        self._producer = Producer(client | {"acks": "all", "enable.idempotence": True})
        self._firing: bool | None = None  # not known after a start
        self._since_ms = 0

    def follow(self, contest: Contest) -> None:
        """Say how it stands, if that is new; Kafka away: at the next version."""
        move, firing = contest.last_appointed, contest.on_guard
        if move is None or firing == self._firing or (self._firing is None and move.cause != "rolled_back"):
            return
        now_ms = int(self._clock() * 1000)
        self._since_ms = now_ms if firing or not self._since_ms else self._since_ms
        record = alert(move, self._since_ms, now_ms, firing=firing, runbook=self._runbook)
        try:
            self._producer.produce(self._topic, self._encode("alert", record), record["fingerprint"])
            if self._producer.flush(_FLUSH_S) == 0:
                self._firing = firing
        except (KafkaException, BufferError) as error:
            log.warning("alert_not_published", kind=KIND, error=type(error).__name__)


def alert(move: Move, started_ms: int, now_ms: int, *, firing: bool, runbook: str | None) -> dict[str, Any]:
    """The record, as schemas/alert has it."""
    told = f"{move.before} was rolled back to {move.champion} after {move.labels} labels: {move.why}"
    over = f"over: {move.champion} scores ({move.cause})"
    return {
        "fingerprint": fingerprint(KIND, "*", None),
        "status": "firing" if firing else "resolved",
        "kind": KIND,
        "source": "*",
        "field": None,
        "severity": SEVERITY[KIND],
        "summary": f"all sources: model rolled back: {told if firing else over}",
        "observed": float(move.labels),
        "expected": 0.0,
        "unit": "records",
        "started_at": started_ms,
        "updated_at": now_ms,
        "ended_at": None if firing else now_ms,
        "window_s": 0.0,
        "runbook_url": f"{runbook}#{KIND}" if runbook else None,
        "sample_lead_ids": [],
        "shape_before": None,
        "shape_after": None,
    }
