"""Where workers and the reviser find the judge: weights that people's verdicts have taught, followed on the models topic.

A swap is one assignment, so a batch sees one judge. What cannot be trusted or read is refused and logged, and the last good
weights stay; before the first, those that ship.
"""

from __future__ import annotations

import structlog
from confluent_kafka import Message

from app.edges.kafka.following import START_S, Following, News
from app.edges.kafka.names import Topics
from app.learning.match_verdicts import KEY, Taught, unsealed
from app.learning.snapshot import SnapshotError, signing_key
from app.pipeline.matching.judge import Judge
from app.pipeline.matching.weights import shipped
from app.settings import KafkaSettings

log = structlog.get_logger(__name__)


class KafkaMatchWeights:
    """Implements `app.pipeline.identity.Judges`, with one background thread.

    Args:
        kafka, names: Where.
        secret: The installation's pepper; weights not signed with a key derived from it are refused; None: all are taken.
        wait_s: How long to wait for the end of the topic before answering with the weights that ship.
    """

    def __init__(self, kafka: KafkaSettings, names: Topics, secret: bytes | None = None, wait_s: float = START_S) -> None:
        self._key = signing_key(secret)
        self._judge = Judge(shipped())
        self.taught: Taught | None = None
        self._following = Following(
            kafka.client(),
            names.models,
            self._read,
            name="match_weights",
            wait_s=wait_s,
            consequence="matching by the weights that ship until the topic can be read",
        )

    def current(self) -> Judge:
        """The judge of the next batch."""
        return self._judge

    def close(self) -> None:
        """Stop following; `current` keeps answering."""
        self._following.close()

    def _read(self, news: News) -> None:
        for message in news:
            if message is not None and message.key() == KEY:
                self._take(message)

    def _take(self, message: Message) -> None:
        try:
            taught = unsealed(message.value(), self._key)
        except SnapshotError as error:
            log.error("match_weights_refused", why=str(error), offset=message.offset())
            return
        if self.taught is None or taught.version != self.taught.version:
            self._judge, self.taught = Judge(taught.weights), taught
            log.info("match_weights_loaded", version=taught.version, labels=taught.counts.total())
