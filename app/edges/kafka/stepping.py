"""A role that goes on step by step, and waits while an edge is down."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

import structlog
from confluent_kafka import KafkaException

from app.errors import EdgeDown
from app.ops.health import Health

RETRY_S: Final = 1.0

log = structlog.get_logger(__name__)


def step_or_wait(step: Callable[[], None], stop: threading.Event, health: Health, meanwhile: str) -> None:
    """One step; where an edge is down, /readyz and the log say so, and a moment passes.

    Args:
        meanwhile: What holds until the edge is back, for who is to bring it back.
    """
    try:
        step()
        health.set("edges", ok=True)
    except (EdgeDown, KafkaException) as down:
        why = str(down) if isinstance(down, EdgeDown) else "Kafka does not answer"
        health.set("edges", ok=False, why=why, todo=f"bring it back; {meanwhile}")
        health.waits()
        log.warning("edge_down", why=why, waiting_s=RETRY_S)
        stop.wait(RETRY_S)
