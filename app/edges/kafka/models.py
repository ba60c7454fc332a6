"""Where workers find the models: the newest good ones of the compacted topic, followed while running by one consumer.

Each key of the topic has its reader here; records of other keys are other roles' and passed over. A swap is one assignment, so
a batch sees one model. What cannot be trusted or read is refused and logged, and the last good model stays; before the first one,
the fixed rules score, and the weights that ship match.
"""

from __future__ import annotations

import time

import structlog
from confluent_kafka import Message

from app.edges.kafka.following import START_S, Following, News
from app.edges.kafka.match_weights import MatchWeights
from app.edges.kafka.names import Topics
from app.learning.match_verdicts import KEY as MATCHING
from app.learning.snapshot import KEY as SCORING
from app.learning.snapshot import SnapshotError, signing_key, unseal
from app.learning.versions import CANDIDATE
from app.ops.metrics_security import models_refused
from app.pipeline.scoring import RULES
from app.ports import Model
from app.settings import KafkaSettings

log = structlog.get_logger(__name__)


class KafkaModels:
    """Implements `app.ports.Models`, with one background thread.

    Args:
        kafka: How to reach Kafka.
        names: The topics.
        secret: The installation's pepper. What is not signed with a key derived from it is refused; None: all is taken.
        wait_s: How long to wait for the end of the topic before answering with the rules.

    Attributes:
        judges: The judge of the same topic's matching weights: `app.pipeline.identity.Judges`.
    """

    def __init__(self, kafka: KafkaSettings, names: Topics, secret: bytes | None = None, wait_s: float = START_S) -> None:
        self._key = signing_key(secret)
        self._model: Model = RULES
        self._candidates: dict[bytes, Model] = {}
        self.judges = MatchWeights(self._key)
        self._readers = {SCORING: self._take, MATCHING: self.judges.take}
        self._following = Following(
            kafka.client(),
            names.models,
            self._read,
            name="models",
            wait_s=wait_s,
            consequence="scoring by rules, matching by the weights that ship, until the topic can be read",
        )

    def current(self) -> Model:
        """The model to score the next batch with."""
        return self._model

    def candidate(self, version: str) -> Model | None:
        """A version that a rollout tries; None: its record has not come, or was taken back."""
        return self._candidates.get(CANDIDATE + version.encode())

    def close(self) -> None:
        """Stop following; `current` keeps answering."""
        self._following.close()

    def _read(self, news: News) -> None:
        for message in news:
            if message is None:
                continue
            if (reader := self._readers.get(message.key())) is not None:
                reader(message)
            elif (message.key() or b"").startswith(CANDIDATE):
                self._take_candidate(message)

    def _take_candidate(self, message: Message) -> None:
        if message.value() is None:
            self._candidates.pop(message.key(), None)
            return
        try:
            self._candidates[message.key()] = unseal(message.value(), self._key).serving
        except SnapshotError as error:
            models_refused.labels("model").inc()
            log.error("model_refused", why=str(error), offset=message.offset(), keeping=self._model.version)

    def _take(self, message: Message) -> None:
        started = time.perf_counter()
        try:
            snapshot = unseal(message.value(), self._key)
        except SnapshotError as error:
            models_refused.labels("model").inc()
            log.error("model_refused", why=str(error), offset=message.offset(), keeping=self._model.version)
            return
        self._model = snapshot.serving
        took_ms = round(1_000 * (time.perf_counter() - started), 1)
        log.info("model_loaded", version=snapshot.version, labels=snapshot.serving.labels_learned, took_ms=took_ms)
