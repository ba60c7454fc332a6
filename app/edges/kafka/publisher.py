"""Snapshots in and out of the models topic. Written in transactions, whose id makes the newest learner the only one."""

from __future__ import annotations

from typing import Final

import structlog
from confluent_kafka import KafkaError, KafkaException, Producer

from app.edges.kafka.names import Topics
from app.edges.kafka.reading import read_to_end
from app.errors import EdgeDown, FatalError
from app.learning.snapshot import KEY, Snapshot, SnapshotError, seal, unseal
from app.settings import MAX_RECORD_BYTES, KafkaSettings

TIMEOUT_S: Final = 30.0  # of each step of a transaction

log = structlog.get_logger(__name__)


def newest_snapshot(kafka: KafkaSettings, names: Topics, key: bytes | None) -> Snapshot | None:
    """The last snapshot that may be loaded; the others are logged and passed over.

    Raises:
        EdgeDown: Kafka does not answer.
    """
    found = None
    try:
        for message in read_to_end(kafka.client(), [names.models]):
            if message.key() == KEY:
                try:
                    snapshot = unseal(message.value(), key)
                    snapshot.model()  # whatever the learner cannot go on from is passed over, too
                    found = snapshot
                except (SnapshotError, KeyError, TypeError, ValueError) as error:
                    log.error("model_refused", why=str(error), offset=message.offset())
    except KafkaException as error:
        raise EdgeDown(f"Kafka does not answer: {error.args[0].str()}") from error
    return found


class SnapshotPublisher:
    """Publishes snapshots; fences an older publisher of the same id when it is made.

    Args:
        kafka, names: Where.
        transactional_id: The same for every instance of the role.
        key: For signing; None: unsigned.

    Raises:
        EdgeDown: Kafka does not answer.
    """

    def __init__(self, kafka: KafkaSettings, names: Topics, transactional_id: str, key: bytes | None) -> None:
        self._topic, self._key = names.models, key
        settings = {"transactional.id": transactional_id, "message.max.bytes": MAX_RECORD_BYTES, "compression.type": "zstd"}
        self._producer = Producer(kafka.producer(**settings))
        try:
            self._producer.init_transactions(TIMEOUT_S)
        except KafkaException as error:
            raise EdgeDown(f"Kafka does not answer: {error.args[0].str()}") from error

    def publish(self, snapshot: Snapshot) -> bool:
        """True when the snapshot is in the topic; False when it is not and may be tried again.

        Raises:
            FatalError: Another learner took over, or it is unknown whether the snapshot is in the topic.
        """
        try:
            self._producer.begin_transaction()
            self._producer.produce(self._topic, key=KEY, value=seal(snapshot, self._key))
            self._producer.commit_transaction(TIMEOUT_S)
        except (KafkaException, BufferError) as error:
            cause = error.args[0] if isinstance(error, KafkaException) else None
            self._abort(cause)
            log.warning("model_not_published", version=snapshot.version, error=cause.name() if cause else type(error).__name__)
            return False
        log.info("model_published", version=snapshot.version, parent=snapshot.parent, labels=snapshot.serving.labels_learned)
        return True

    def _abort(self, cause: KafkaError | None) -> None:
        if cause is not None and cause.fatal():
            raise FatalError(f"another learner took over, or Kafka refuses this one: {cause.str()}")
        try:
            self._producer.abort_transaction(TIMEOUT_S)
        except KafkaException as error:
            raise FatalError(f"neither committed nor aborted: {error.args[0].str()}") from error
