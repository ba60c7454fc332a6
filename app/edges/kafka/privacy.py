"""The role `privacy`: its duties in turn (app/privacy/duty.py). One instance; a second one fences the first.

Each duty is made with the one writer of the role, whose transactional id fences, and begun anew where it met a bug: duties may
be killed at any point. So a bug in one of them, or a store that only one of them needs, does not stop the others: objections are
taken in while an erasure waits for Redis.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import structlog
from confluent_kafka import KafkaException

from app.edges.kafka.reviser_writer import Writer
from app.errors import ConfigurationError, EdgeDown, FatalError
from app.ops import metrics_privacy as metrics
from app.ops.health import Health
from app.privacy.duty import Duty
from app.settings import KafkaSettings

IDLE_S: Final = 0.2  # between rounds in which no duty had anything to do
DOWN_S: Final = 1.0  # before a duty whose edge is down is tried again
BROKEN_S: Final = 30.0  # before a duty that met a bug is begun anew
BEAT_S: Final = 120.0  # a step of a duty takes a minute at most: Kafka's time limits, one after the other

log = structlog.get_logger(__name__)

Maker = Callable[[Writer], Duty]
"""Makes a duty. Asked only once the writer has fenced the predecessor: positions are read from `writer.offsets`.

May raise EdgeDown: it is asked again. ConfigurationError and FatalError end the role.
"""


@dataclass(frozen=True)
class Parts:
    """What the role is made of.

    Attributes:
        group: Consumer group of its positions, and transactional id.
        duties: Name → maker, in the order of their turns.
    """

    kafka: KafkaSettings
    group: str
    duties: Mapping[str, Maker]


def run_privacy(parts: Parts, stop: threading.Event, health: Health | None = None) -> None:
    """Do the duties until stopped.

    Raises:
        ConfigurationError: A topic is missing.
        EdgeDown: Kafka does not answer at the start.
        FatalError: Another instance took over: restart.
    """
    health = health or Health()
    writer = Writer(parts.kafka, parts.group, "privacy")  # first: from here on we are the only one
    posts = [Post(name, maker, writer, health) for name, maker in parts.duties.items()]
    log.info("privacy_started", count=len(posts))
    try:
        while not stop.is_set():
            busy = False
            for post in posts:
                busy |= post.turn()
                health.beat("privacy", BEAT_S)
            if not busy:
                stop.wait(IDLE_S)
    finally:
        for post in posts:
            post.close()


class Post:
    """One duty, made when it can be, with how it stands.

    Args:
        name: Of the duty.
        maker: Makes it.
        writer: The role's.
        health: Where it is told whether the duty is being done.
        clock: Seconds that only go forward.
    """

    def __init__(
        self, name: str, maker: Maker, writer: Writer, health: Health, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._name, self._maker, self._writer, self._health, self._clock = name, maker, writer, health, clock
        self._duty: Duty | None = None
        self._not_before = 0.0

    def turn(self) -> bool:
        """One step, where it is time for one; whether there was anything to do.

        Raises:
            ConfigurationError: The duty cannot be done as things are configured.
            FatalError: Another instance took over, or it is unknown what was committed.
        """
        if self._clock() < self._not_before:
            return False
        try:
            self._duty = self._duty or self._maker(self._writer)
            worked = self._duty.step()
        except (EdgeDown, KafkaException) as down:
            why = str(down) if isinstance(down, EdgeDown) else "Kafka does not answer"
            log.warning("edge_down", role=self._name, why=why, waiting_s=DOWN_S)
            return self._wait(DOWN_S, "waits", why, "bring it back; nothing is lost, what is asked for waits")
        except (ConfigurationError, FatalError):
            raise
        except Exception as bug:  # ours: the other duties go on
            log.error("duty_failed", role=self._name, exc_info=bug)
            self.close()
            return self._wait(BROKEN_S, "failed", f"failed: {type(bug).__name__}", "a bug: report it with the log")
        self._health.set(self._check, ok=True)
        if worked:
            metrics.steps.labels(self._name, "worked").inc()
        return worked

    def close(self) -> None:
        """Let go of the duty."""
        duty, self._duty = self._duty, None
        if duty is not None:
            duty.close()

    @property
    def _check(self) -> str:
        return f"duty_{self._name}"

    def _wait(self, seconds: float, how: str, why: str, todo: str) -> bool:
        metrics.steps.labels(self._name, how).inc()
        self._health.set(self._check, ok=False, why=why, todo=todo)
        self._not_before = self._clock() + seconds
        return False
