"""The judge that workers and the reviser match by: weights that people's verdicts have taught, as the models topic tells them.

A swap is one assignment, so a batch sees one judge. What cannot be trusted or read is refused and logged, and the last good
weights stay; before the first, those that ship.
"""

from __future__ import annotations

import structlog
from confluent_kafka import Message

from app.learning.match_verdicts import Taught, unsealed
from app.learning.snapshot import SnapshotError
from app.ops.metrics_security import models_refused
from app.pipeline.matching.judge import Judge
from app.pipeline.matching.weights import shipped

log = structlog.get_logger(__name__)


class MatchWeights:
    """Implements `app.pipeline.identity.Judges`; who follows the topic tells it what comes.

    Args:
        key: What weights must be signed with; None: all are taken.
    """

    def __init__(self, key: bytes | None) -> None:
        self._key = key
        self._judge = Judge(shipped())
        self.taught: Taught | None = None

    def current(self) -> Judge:
        """The judge of the next batch."""
        return self._judge

    def take(self, message: Message) -> None:
        """A record of matching weights came; those in use already change nothing."""
        try:
            taught = unsealed(message.value(), self._key)
        except SnapshotError as error:
            models_refused.labels("match_weights").inc()
            log.error("match_weights_refused", why=str(error), offset=message.offset())
            return
        if self.taught is None or taught.version != self.taught.version:
            self._judge, self.taught = Judge(taught.weights), taught
            log.info("match_weights_loaded", version=taught.version, labels=taught.counts.total())
