"""The yardstick of the worker: the same pipeline, match index, delivery and transactions in the smallest loop there is.

One consumer, one transactional producer with the lane's settings, one transaction per batch. It has no lanes, no fencing
by partition, no watchdog, no metrics, no waiting for edges, and dies on whatever happens: not for production.
Run as `python -m tests.benchmarks.bare_loop BATCH` with the worker's environment.
"""

from __future__ import annotations

import signal
import sys
from typing import Any

from confluent_kafka import Consumer, Message, Producer

from app.edges.kafka.lane import STEP_S, producer_settings
from app.edges.kafka.models import KafkaModels
from app.pipeline.source import InboundEvent, Position
from app.wiring import Installation


def main(batch: int) -> None:
    one = Installation.from_environment()
    index = one.match_index()
    index.restore(())  # it is new, and complete
    pipeline = one.pipeline(one.identity(index), KafkaModels(one.kafka, one.names, one.secret))
    delivery, group = one.delivery(), one.app.group
    fetched = {"isolation.level": "read_committed", "auto.offset.reset": "earliest", "enable.auto.commit": False}
    consumer = Consumer(one.kafka.client(**{"group.id": group, **fetched}))
    producer = Producer(producer_settings(one.kafka.producer(), f"{group}-bare"))
    producer.init_transactions(STEP_S)
    consumer.subscribe(one.inbound)
    while True:
        messages = consumer.consume(batch, 0.1)
        if not messages:
            continue
        fates = pipeline.process([_event(message) for message in messages])
        producer.begin_transaction()
        for fate in fates:
            for record in delivery.outgoing(fate):
                producer.produce(record.topic, record.value, record.key, headers=record.headers)
        positions = consumer.position(consumer.assignment())
        producer.send_offsets_to_transaction(positions, consumer.consumer_group_metadata(), STEP_S)
        producer.commit_transaction(STEP_S)


def _event(message: Message) -> InboundEvent:
    position = Position(message.topic(), message.partition(), message.offset())
    headers: Any = message.headers() or ()
    return InboundEvent(position, message.key(), message.value(), tuple(headers), message.timestamp()[1])


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    main(int(sys.argv[1]))
