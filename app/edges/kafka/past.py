"""Leads of the past, gathered from the topics: decisions, the leads as teams and reviewers got them, outcomes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import structlog

from app.edges.kafka.inbound import records
from app.edges.kafka.names import Topics
from app.edges.registry.codec import AvroCodec
from app.errors import BadRecord
from app.settings import KafkaSettings
from app.whatif.past import Gathering

log = structlog.get_logger(__name__)


def gather(
    kafka: KafkaSettings,
    names: Topics,
    teams: list[str],
    codec: AvroCodec,
    *,
    since_ms: int | None,
    most: int,
    told: Callable[[str, int], None] = lambda topic, read: None,
) -> Gathering:
    """What the topics hold since a moment.

    Args:
        since_ms: Arrival of the leads; None: as far back as the topics go.
        most: Keep so many leads, the newest.
        told: Called with a topic and how many of its records are read, now and then.

    Raises:
        EdgeDown: Kafka does not answer.
    """
    found, client = Gathering(most), kafka.client()
    leads = [(names.routed(team), "routed_lead") for team in teams] + [(names.review, "lead")]
    for topic, record in [(names.decisions, "decision"), *leads, (names.outcomes, "outcome")]:
        last = most * 2 if record == "decision" else None
        for n, event in enumerate(records(client, topic, since=since_ms, last=last)):
            if n % 1_000 == 0:
                told(topic, n)
            of_other = record in ("routed_lead", "lead") and not found.wants((event.key or b"").decode(errors="replace"))
            if event.value is None or of_other:
                continue
            try:
                value = _read(codec, event.value, record)
            except (BadRecord, orjson.JSONDecodeError) as bad:
                log.error("record_unreadable", topic=topic, reason=type(bad).__name__)
                continue
            match record:
                case "decision":
                    found.decided(value)
                case "outcome":
                    found.reported(value)
                case _:
                    found.told(value)
    return found


def _read(codec: AvroCodec, raw: bytes, record: str) -> dict[str, Any]:
    """Outcomes come from outside, and are read with the guard; a team's topic may hold JSON."""
    if record == "outcome":
        return codec.decode(raw, record)
    if record == "routed_lead" and raw.startswith(b"{"):
        value: dict[str, Any] = orjson.loads(raw)
        return value
    return codec.read_own(raw, record)
