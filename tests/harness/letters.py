"""Dead letters put on a DLQ by hand, and the inbound topics that replays write to."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from typing import Any

from confluent_kafka import Producer

from app.edges.kafka.names import Topics
from app.edges.kafka.reading import read_to_end
from app.edges.kafka.replay_letters import DeadLetters
from app.edges.kafka.replay_sending import Order, Replayer
from app.edges.kafka.topics import create, declare
from app.edges.registry.codec import AvroCodec
from app.embedded.kafka import EmbeddedKafka
from app.pipeline.dead_letter import dead_letter
from app.pipeline.fate import DeadLetter
from app.pipeline.replayed import REPLAY_OF
from app.pipeline.source import InboundEvent, Position
from app.replay.letter import Letter
from app.settings import MAX_RECORD_BYTES, AppSettings, KafkaSettings
from app.wiring import Installation

ORDER = Order("on-call", "columns declared anew", {"reasons": ["invalid_csv"]})
SOURCE = "partner-csv"


class Office:
    """The topics of an installation that no worker runs on."""

    def __init__(self, kafka: EmbeddedKafka, prefix: str, one: Installation, codec: AvroCodec) -> None:
        self.kafka, self.names, self.codec, self.group = (
            KafkaSettings(bootstrap_servers=kafka.bootstrap),
            Topics(prefix),
            codec,
            prefix,
        )
        self.inbound = self.names.inbound(SOURCE)
        wanted = {self.inbound, self.names.dlq, self.names.replays, self.names.changes}
        specs = declare(one.inventory, self.names, AppSettings(partitions=2))
        create(self.kafka.client(), [spec for spec in specs if spec.name in wanted])
        self.letters = DeadLetters(self.kafka.client(), self.names, codec.decode)
        self.forgotten: list[str] = []

    def post(self, offsets: Sequence[int], age_ms: int = 60_000, value: bytes | None = None, **fate: Any) -> list[str]:
        """A letter for each of these offsets of the inbound topic's first partition; their lead ids."""
        producer, ids = Producer(self.kafka.producer(**{"message.max.bytes": MAX_RECORD_BYTES + 1_000_000})), []
        for n in offsets:
            at_ms = int(time.time() * 1000) - age_ms + n
            body = b"line %d" % n if value is None else value
            event = InboundEvent(Position(self.inbound, 0, n), b"key %d" % n, body, (("trace", b"%d" % n),), at_ms)
            told: dict[str, Any] = {
                "stage": "intake",
                "reason": "invalid_csv",
                "detail": "1 column",
                "repairable": True,
            } | fate
            dead = DeadLetter(event, SOURCE, **told)
            key, raw, headers = dead_letter(dead, b"0.1.0", MAX_RECORD_BYTES)
            producer.produce(self.names.dlq, raw, key, headers=headers)
            ids.append(event.position.lead_id)
        assert producer.flush(20) == 0
        return ids

    def replayer(self, group: str | None = None) -> Replayer:
        """A replay of its own, as another process would begin it."""
        return Replayer(self.kafka, self.names, self.codec, self.codec.encode, group or self.group, self.forget)

    def forget(self, leads: Sequence[str]) -> int:
        """The match index."""
        self.forgotten += leads
        return len(leads)

    def chosen(self) -> dict[str, Letter]:
        return self.letters.read().letters

    def came(self) -> Counter[str]:
        """What the inbound topic holds, by the record that each is a replay of; read_committed."""
        messages = read_to_end(self.kafka.client(), [self.inbound])
        return Counter((dict(message.headers() or ())[REPLAY_OF] or b"").decode() for message in messages)

    def once(self, offsets: Sequence[int]) -> dict[str, int]:
        """What `came` is where each of these letters was sent in again once."""
        return {Position(self.inbound, 0, n).identity: 1 for n in offsets}
