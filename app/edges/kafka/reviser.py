"""The role `reviser`: what comes after the first fate. One instance; a second one fences the first.

In each step it reads what came, does what is to be done about it, and commits revisions and positions in one transaction. What it
has done is seen from the records themselves (a lead in `merged` is not merged again, a lead that is not held is not approved),
so reading something twice does nothing twice. docs/revision.md tells the rules.
"""

from __future__ import annotations

import threading
from typing import Final

import structlog
from confluent_kafka import KafkaException

from app.edges.kafka.reviser_steps import BEAT_S, Parts, Reviser
from app.errors import EdgeDown
from app.ops.health import Health

RETRY_S: Final = 1.0

log = structlog.get_logger(__name__)


def run_reviser(parts: Parts, stop: threading.Event, health: Health | None = None) -> None:
    """Revise until stopped.

    Raises:
        ConfigurationError: A topic is missing.
        EdgeDown: Kafka does not answer at the start.
        FatalError: Another reviser took over, or partitions were added: restart.
    """
    health = health or Health()
    one = Reviser(parts, health)
    try:
        one.begin(stop)
        while not stop.is_set():
            try:
                one.step()
                health.set("edges", ok=True)
            except (EdgeDown, KafkaException) as down:
                why = str(down) if isinstance(down, EdgeDown) else "Kafka does not answer"
                health.set("edges", ok=False, why=why, todo="bring it back; nothing is lost, revisions wait")
                log.warning("edge_down", why=why, waiting_s=RETRY_S)
                stop.wait(RETRY_S)
            health.beat("reviser", BEAT_S)
    finally:
        one.close()
