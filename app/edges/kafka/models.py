"""Where workers find the model: the newest good snapshot of the compacted topic, followed while running.

A swap is one assignment, so a batch sees one model. What cannot be trusted or read is refused and logged, and the last good model
stays; before the first one, the fixed rules score.
"""

from __future__ import annotations

import threading
import time
from typing import Final

import structlog
from confluent_kafka import KafkaError, KafkaException, Message

from app.edges.kafka.names import Topics
from app.edges.kafka.reading import partitions, reader
from app.errors import EdgeDown
from app.learning.snapshot import KEY, SnapshotError, signing_key, unseal
from app.pipeline.scoring import RULES
from app.ports import Model
from app.settings import KafkaSettings

START_S: Final = 10.0  # how long a start waits for the newest model; a worker without it scores by the rules until it comes
RETRY_S: Final = 2.0  # between attempts to reach a broker or a topic that is not there

log = structlog.get_logger(__name__)


class KafkaModels:
    """Implements `app.ports.Models`, with one background thread.

    Args:
        kafka: How to reach Kafka.
        names: The topics.
        secret: The installation's pepper. Snapshots not signed with a key derived from it are refused; None: all are taken.
        wait_s: How long to wait for the end of the topic before answering with the rules.
    """

    def __init__(self, kafka: KafkaSettings, names: Topics, secret: bytes | None = None, wait_s: float = START_S) -> None:
        self._client, self._topic, self._key = kafka.client(), names.models, signing_key(secret)
        self._model: Model = RULES
        self._stop, self._caught_up = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="models", daemon=True)
        self._thread.start()
        if not self._caught_up.wait(wait_s):
            log.warning("models_not_read", waited_s=wait_s, consequence="scoring by rules until the topic can be read")

    def current(self) -> Model:
        """The model to score the next batch with."""
        return self._model

    def close(self) -> None:
        """Stop following; `current` keeps answering."""
        self._stop.set()
        self._thread.join(timeout=5.0)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._follow()
            except (EdgeDown, KafkaException) as error:
                log.warning("models_unreachable", error=type(error).__name__, keeping=self._model.version)
            self._stop.wait(RETRY_S)

    def _follow(self) -> None:
        """Read the topic to its end, then on; returns when stopped, or at once when there is no such topic."""
        consumer = reader(self._client)
        try:
            assigned = partitions(consumer, [self._topic])
            if not assigned:
                self._caught_up.set()  # nothing to wait for
                return
            behind = {tp.partition for tp in assigned}
            consumer.assign(assigned)
            while not self._stop.is_set():
                message = consumer.poll(0.5)
                if message is None:
                    continue
                error = message.error()
                if error is None:
                    self._take(message)
                elif error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001  the client's own name for it
                    behind.discard(message.partition())
                    if not behind:
                        self._caught_up.set()
                elif not error.retriable():
                    raise KafkaException(error)
        finally:
            consumer.close()

    def _take(self, message: Message) -> None:
        if message.key() != KEY:
            return
        started = time.perf_counter()
        try:
            snapshot = unseal(message.value(), self._key)
        except SnapshotError as error:
            log.error("model_refused", why=str(error), offset=message.offset(), keeping=self._model.version)
            return
        self._model = snapshot.serving
        took_ms = round(1_000 * (time.perf_counter() - started), 1)
        log.info("model_loaded", version=snapshot.version, labels=snapshot.serving.labels_learned, took_ms=took_ms)
