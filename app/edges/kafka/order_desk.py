"""Where the learner finds people's orders: those it met when it read the models topic, then those that arrive."""

from __future__ import annotations

from typing import Any, Final

import structlog
from confluent_kafka import Message, TopicPartition

from app.edges.kafka.model_records import ModelRecords, order_in
from app.edges.kafka.names import Topics
from app.edges.kafka.reading import reader
from app.learning.orders import Order

_MOST: Final = 100  # records looked at in one go

log = structlog.get_logger(__name__)


class OrderDesk:
    """Follows the models topic, which has one partition, without ever waiting for it.

    Args:
        client: confluent-kafka settings.
        names: The topics.
        found: What the topic held.
        key: Orders not signed with it are refused; None: all are taken.
    """

    def __init__(self, client: dict[str, Any], names: Topics, found: ModelRecords, key: bytes | None) -> None:
        self._key, self._pending = key, dict(found.orders)
        self._consumer = reader(client, **{"queued.max.messages.kbytes": 8_192})  # mostly versions, which are passed over
        self._consumer.assign([TopicPartition(names.models, 0, found.next_offset)])

    def pending(self) -> list[Order]:
        """Orders not carried out yet, oldest first; they stay until `done`."""
        for message in self._consumer.consume(_MOST, 0):
            error = message.error()
            if error is None:
                self._take(message)
            elif error.fatal():
                log.error("orders_not_read", why=error.str())
        return list(self._pending.values())

    def done(self, order: Order) -> None:
        """It was carried out or refused, and that is published."""
        self._pending.pop(order.id, None)

    def close(self) -> None:
        """Stop following."""
        self._consumer.close()

    def _take(self, message: Message) -> None:
        order = order_in(message, self._key)
        if order is not None:
            self._pending[order.id] = order
