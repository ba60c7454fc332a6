"""Snapshots into the models topic. Written in transactions, whose id makes the newest learner the only one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import structlog
from confluent_kafka import KafkaError, KafkaException, Producer

from app.edges.kafka.names import Topics
from app.errors import EdgeDown, FatalError
from app.learning import versions
from app.learning.orders import Order
from app.learning.snapshot import KEY, LEARNING, Snapshot, seal, seal_learning
from app.learning.versions import Version
from app.settings import MAX_RECORD_BYTES, KafkaSettings

TIMEOUT_S: Final = 10.0  # of each step of a transaction; what was not published is with the next, or learned again

log = structlog.get_logger(__name__)


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
        settings: dict[str, str | int] = {"transactional.id": transactional_id, "message.max.bytes": MAX_RECORD_BYTES}
        # The client waits for a coordinator for its socket's time limit, whatever a call's own says: 60 s, and a fenced learner
        # that is asked to stop would take that long.
        settings |= {"compression.type": "zstd", "socket.timeout.ms": int(TIMEOUT_S * 1_000)}
        self._producer = Producer(kafka.producer(**settings))
        try:
            self._producer.init_transactions(TIMEOUT_S)
        except KafkaException as error:
            raise EdgeDown(f"Kafka does not answer: {error.args[0].str()}") from error

    def publish(self, snapshot: Snapshot, leaving: Sequence[str] = (), obeyed: Sequence[Order] = ()) -> bool:
        """True when the snapshot is in the topic; False when it is not and may be tried again.

        What workers load, what the learner goes on from, the version if it is kept, and the tombstones are one transaction: a
        learner that is killed between two of the writes has written none.

        Args:
            snapshot: Its newest version on the shelf is itself where it is to be kept.
            leaving: Versions that are kept no more.
            obeyed: Orders that it accounts for.

        Raises:
            FatalError: Another learner took over, or it is unknown whether the snapshot is in the topic.
        """
        try:
            self._producer.begin_transaction()
            for name, value in self._records(snapshot, leaving, obeyed):
                self._producer.produce(self._topic, key=name, value=value)
            self._producer.commit_transaction(TIMEOUT_S)
        except (KafkaException, BufferError) as error:
            cause = error.args[0] if isinstance(error, KafkaException) else None
            self._abort(cause)
            log.warning("model_not_published", version=snapshot.version, error=cause.name() if cause else type(error).__name__)
            return False
        log.info("model_published", version=snapshot.version, parent=snapshot.parent, labels=snapshot.lineage.labels)
        return True

    def _records(
        self, snapshot: Snapshot, leaving: Sequence[str], obeyed: Sequence[Order]
    ) -> Iterator[tuple[bytes, bytes | None]]:
        yield KEY, seal(snapshot, self._key)
        yield LEARNING, seal_learning(snapshot, self._key)
        if snapshot.version in snapshot.shelf.versions[-1:]:
            yield versions.PREFIX + snapshot.version.encode(), Version.of(snapshot).sealed(self._key)
        yield from ((versions.PREFIX + version.encode(), None) for version in leaving)
        yield from ((order.key, None) for order in obeyed)

    def _abort(self, cause: KafkaError | None) -> None:
        """Undo it. Where another one took over while records were handed in, only the abort says so, not the error before."""
        try:
            if cause is None or not cause.fatal():
                self._producer.abort_transaction(TIMEOUT_S)
                return
        except KafkaException as error:
            cause = error.args[0]
            if not cause.fatal():
                raise FatalError(f"neither committed nor aborted: {cause.str()}") from error
        raise FatalError(f"another learner took over, or Kafka refuses this one: {cause.str()}")
