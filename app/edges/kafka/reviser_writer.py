"""Revisions out, and how far was read: one transaction, whose id makes the newest instance the only one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from confluent_kafka import KafkaError, KafkaException, Message, Producer, TopicPartition

from app.edges.kafka.lane import STEP_S, GroupOffsets, producer_settings
from app.edges.kafka.trouble import FENCED
from app.errors import EdgeDown, FatalError
from app.pipeline.delivery import Outgoing
from app.pipeline.source import Position
from app.settings import KafkaSettings

_FULL_S: Final = 0.1

Offsets = Mapping[tuple[str, int], int]


class Writer:
    """Commits; fences an older instance when it is made.

    Args:
        group: Consumer group that keeps the positions, and transactional id.
        role: For the message that another one took over.

    Raises:
        EdgeDown: Kafka does not answer.
    """

    def __init__(self, kafka: KafkaSettings, group: str, role: str = "reviser") -> None:
        self._role = role
        self._producer = Producer(producer_settings(kafka.producer(), group))
        try:
            self._producer.init_transactions(STEP_S)
            self.offsets = GroupOffsets(kafka.client(), group)  # read only once the predecessor cannot commit any more
        except KafkaException as error:
            raise EdgeDown(f"Kafka does not answer: {error.args[0].str()}") from error

    def deliver(self, outgoing: Sequence[Outgoing], positions: Offsets) -> list[Position]:
        """All of it or nothing; where each message stands then.

        Raises:
            EdgeDown: Nothing was committed. Call again.
            FatalError: Another one took over, or it is unknown whether it was committed: begin anew.
        """
        went: dict[int, Position] = {}
        try:
            self._producer.begin_transaction()
            for n, one in enumerate(outgoing):
                self._produce(n, one, went)
            moved = [TopicPartition(*tp, offset) for tp, offset in positions.items()]
            if moved:
                self._producer.send_offsets_to_transaction(moved, self.offsets.metadata, STEP_S)
            self._producer.flush(STEP_S)
            self._producer.commit_transaction(STEP_S)
        except KafkaException as error:
            raise self._aborted(error.args[0]) from error
        return [went[n] for n in range(len(outgoing))]

    def _produce(self, n: int, one: Outgoing, went: dict[int, Position]) -> None:
        def told(error: KafkaError | None, message: Message) -> None:
            if error is None:
                went[n] = Position(message.topic(), message.partition(), message.offset())

        arguments: dict[str, Any] = {"headers": one.headers, "on_delivery": told}
        while True:
            try:
                self._producer.produce(one.topic, one.value, one.key, **arguments)
                return
            except BufferError:  # the client's buffer is full: it empties while we wait
                self._producer.poll(_FULL_S)

    def _aborted(self, cause: KafkaError) -> EdgeDown | FatalError:
        if not _taken_over(cause):
            try:
                self._producer.abort_transaction(STEP_S)
                return EdgeDown(f"Kafka did not take a transaction: {cause.str()}")
            except KafkaException as error:  # who was fenced may hear it only here
                cause = error.args[0]
        if _taken_over(cause):
            return FatalError(f"another {self._role} took over, or Kafka refuses this one: {cause.str()}")
        return FatalError(f"neither committed nor aborted: {cause.str()}")


def _taken_over(cause: KafkaError) -> bool:
    return cause.fatal() or cause.code() in FENCED
