"""Verdicts of people onto their topic, many at once, with word of each: where it stands, or that the broker did not take it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from confluent_kafka import KafkaError, Message, Producer

from app.pipeline.revision.verdict import Verdict
from app.pipeline.source import Position

ANSWER_S: Final = 10.0


class VerdictWriter:
    """A producer that lives as long as its process. Safe to use from all threads.

    Args:
        client: confluent-kafka settings of a producer.
        topic: Of verdicts.
        encode: Record name and value → Avro in the wire format.
    """

    def __init__(self, client: dict[str, Any], topic: str, encode: Callable[[str, Mapping[str, Any]], bytes]) -> None:
        self._topic, self._encode = topic, encode
        limits = {"delivery.timeout.ms": int(ANSWER_S * 1000), "linger.ms": 2}
        self._producer = Producer(client | {"acks": "all", "enable.idempotence": True} | limits)

    def say(self, verdicts: Sequence[tuple[Verdict, str | None]]) -> list[Position | None]:
        """Publish verdicts with their notes, in order. Where each stands; None: the broker did not take it, or nobody knows."""
        went: list[Position | None] = [None] * len(verdicts)

        def told(n: int) -> Callable[[KafkaError | None, Message], None]:
            def put(error: KafkaError | None, message: Message) -> None:
                if error is None:
                    went[n] = Position(message.topic(), message.partition(), message.offset())

            return put

        for n, (verdict, note) in enumerate(verdicts):
            value = self._encode("verdict", value_of(verdict, note))
            while True:
                try:
                    self._producer.produce(self._topic, value, verdict.lead, on_delivery=told(n))
                    break
                except BufferError:  # the client's buffer is full: it empties while we wait
                    self._producer.poll(0.1)
        self._producer.flush(ANSWER_S + 1)
        return went

    def close(self) -> None:
        """What was said is said by now: `say` waits."""
        self._producer.flush(ANSWER_S)


def value_of(verdict: Verdict, note: str | None) -> dict[str, Any]:
    """As schemas/verdict has it."""
    return {
        "lead_id": verdict.lead,
        "verdict_id": verdict.id,
        "reviewer": verdict.by,
        "decision": verdict.says,
        "decided_at": verdict.at_ms,
        "team": verdict.team,
        "owner": verdict.owner,
        "why": verdict.why,
        "duplicate_of": verdict.into,
        "corrections": verdict.corrections,
        "note": note,
    }
