"""What the models topic holds: the learner's newest state, what workers load, kept versions, orders to be carried out."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, TypeVar

import structlog
from confluent_kafka import KafkaException, Message

from app.edges.kafka.names import Topics
from app.edges.kafka.reading import read_to_end
from app.errors import EdgeDown
from app.learning import orders, versions
from app.learning.orders import Order
from app.learning.snapshot import KEY, LEARNING, Served, Snapshot, SnapshotError, authentic, unseal, unseal_learning
from app.learning.versions import Version
from app.ops.metrics_security import models_refused
from app.settings import KafkaSettings

_TRIED: Final = 5  # newest states that are tried before the learner begins anew

One = TypeVar("One")
log = structlog.get_logger(__name__)


@dataclass(slots=True)
class ModelRecords:
    """The topic's content as far as it may be loaded.

    Attributes:
        states: Records of the learner's newest states, authentic and not loaded yet, oldest first.
        served: The newest that workers can load.
        versions: By their names, as records; oldest first.
        orders: By their ids, in the order given.
        next_offset: After the last record.
    """

    states: deque[bytes] = field(default_factory=lambda: deque(maxlen=_TRIED))
    served: Served | None = None
    versions: dict[str, bytes] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)
    next_offset: int = 0

    def snapshot(self, key: bytes | None) -> Snapshot | None:
        """The newest state that the learner can go on from; the others are logged and passed over."""
        for value in reversed(self.states):
            if (found := _read(unseal_learning, value, key, None)) is not None:
                return found
        return None

    def version(self, name: str, key: bytes | None) -> Version | None:
        """One that is kept."""
        return _read(Version.unsealed, self.versions[name], key, None) if name in self.versions else None


def read_models(kafka: KafkaSettings, names: Topics, key: bytes | None) -> ModelRecords:
    """All that the topic holds now.

    Raises:
        EdgeDown: Kafka does not answer.
    """
    found = ModelRecords()
    served: deque[bytes] = deque(maxlen=_TRIED)
    try:
        for message in read_to_end(kafka.client(), [names.models]):
            _take(found, served, message, key)
    except KafkaException as error:
        raise EdgeDown(f"Kafka does not answer: {error.args[0].str()}") from error
    while served and found.served is None:
        found.served = _read(unseal, served.pop(), key, None)
    return found


def newest_snapshot(kafka: KafkaSettings, names: Topics, key: bytes | None) -> Snapshot | None:
    """The last state that may be loaded; the others are logged and passed over.

    Raises:
        EdgeDown: Kafka does not answer.
    """
    return read_models(kafka, names, key).snapshot(key)


def order_in(message: Message, key: bytes | None) -> Order | None:
    """The order that a record of the topic is; None for everything else, and for what cannot be trusted (logged)."""
    name, value = message.key() or b"", message.value()
    if not name.startswith(orders.PREFIX) or value is None:
        return None
    order = _read(Order.unsealed, value, key, message.offset())
    return order if order is not None and order.key == name else None


def _take(found: ModelRecords, served: deque[bytes], message: Message, key: bytes | None) -> None:
    name, value = message.key() or b"", message.value()
    found.next_offset = message.offset() + 1
    if name.startswith(orders.PREFIX):
        found.orders.pop(name.removeprefix(orders.PREFIX).decode(errors="replace"), None)
        if (order := order_in(message, key)) is not None:
            found.orders[order.id] = order
    elif name.startswith(versions.PREFIX):
        version = name.removeprefix(versions.PREFIX).decode(errors="replace")
        found.versions.pop(version, None)
        if value is not None and _read(authentic, value, key, message.offset()) is not None:
            found.versions[version] = value
    elif name in (KEY, LEARNING) and value is not None and _read(authentic, value, key, message.offset()) is not None:
        (served if name == KEY else found.states).append(value)


def _read(read: Callable[[bytes | None, bytes | None], One], value: bytes, key: bytes | None, offset: int | None) -> One | None:
    try:
        return read(value, key)
    except SnapshotError as error:
        models_refused.labels("model").inc()
        log.error("model_refused", why=str(error), offset=offset)
        return None
