"""A person's verdict goes onto its topic, where the reviser finds it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from confluent_kafka import KafkaError, Message, Producer

from app.edges.kafka.verdict_writer import value_of
from app.errors import EdgeDown
from app.pipeline.revision.verdict import Verdict

_ANSWER_S: Final = 10.0


def say(
    client: dict[str, Any], topic: str, encode: Callable[[str, Mapping[str, Any]], bytes], verdict: Verdict, note: str | None
) -> None:
    """Publish it.

    Args:
        client: confluent-kafka settings of a producer.
        note: For people; it may hold personal data, and goes nowhere else.

    Raises:
        EdgeDown: Kafka did not take it.
    """
    errors: list[KafkaError | None] = []

    def told(error: KafkaError | None, _: Message) -> None:
        errors.append(error)

    producer = Producer(client | {"acks": "all", "enable.idempotence": True})
    producer.produce(topic, encode("verdict", value_of(verdict, note)), verdict.lead, on_delivery=told)
    producer.flush(_ANSWER_S)
    if not errors or errors[0] is not None:
        why = errors[0].str() if errors and errors[0] else f"no answer within {_ANSWER_S:.0f} s"
        raise EdgeDown(f"{topic} did not take the verdict: {why}; create the topics with `leadstream topics --create`")
