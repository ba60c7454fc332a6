"""The role `reviser`: what comes after the first fate. One instance; a second one fences the first.

In each step it reads what came, does what is to be done about it, and commits revisions and positions in one transaction. What it
has done is seen from the records themselves (a lead in `merged` is not merged again, a lead that is not held is not approved),
so reading something twice does nothing twice. docs/revision.md tells the rules.
"""

from __future__ import annotations

import threading

from app.edges.kafka.reviser_steps import BEAT_S, Parts, Reviser
from app.edges.kafka.stepping import step_or_wait
from app.ops.health import Health


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
            step_or_wait(one.step, stop, health, "nothing is lost, revisions wait")
            health.beat("reviser", BEAT_S)
    finally:
        one.close()
