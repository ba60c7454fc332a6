"""All that the reviser knows of records: the book, the values, and how to read and write them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from confluent_kafka import Message

from app.edges.kafka.names import Topics
from app.edges.kafka.reading import headers_of
from app.edges.kafka.reviser_book import Book, Sighting
from app.edges.kafka.reviser_records import Codec, KafkaRecords
from app.edges.kafka.reviser_values import Raw, Values
from app.pipeline.delivery import Outgoing
from app.pipeline.revision.blanking import ERASED
from app.pipeline.revision.headers import DEDUPE, DUPLICATE_OF, REVISION
from app.pipeline.revision.records import Kept, Work
from app.pipeline.source import Position

Told = tuple[Kept, Outgoing]


class Shelf:
    """See the module.

    Args:
        client: confluent-kafka settings.
        teams: Team → format of its topic.
    """

    def __init__(self, client: dict[str, Any], names: Topics, teams: Mapping[str, Literal["avro", "json"]], codec: Codec) -> None:
        topics = [*(names.routed(team) for team in teams), names.review, names.duplicates, names.rejected]
        self.book, self.values = Book(names.decisions, topics), Values(client, [*topics, names.decisions])
        self.records = KafkaRecords(names, teams, codec, self.book, self.values)

    def take(self, messages: Sequence[Message]) -> None:
        """Write down where these records stand, and remember them for a while; forget what was erased."""
        seen, erased = list[Sighting](), dict[str, None]()
        for message in messages:
            topic = message.topic()
            key = message.key()
            if topic not in self.records.places or key is None:
                continue
            where = Position(topic, message.partition(), message.offset())
            told = headers_of(message)
            sighting = _sighting(key, where, told, message.timestamp()[1])
            if sighting is None:
                continue
            if message.value() is None or sighting.revision >= ERASED:
                erased[sighting.lead] = None
                if topic != self.records.decisions:
                    continue
            if message.value() is None:
                continue
            seen.append(sighting)
            if self.records.places[topic] in ("routed", "review"):  # the originals: most newcomers come soon after
                self.values.keep(where, Raw(message.value(), tuple(told)))
        if erased:
            self.values.drop(where for lead in erased for where in (self.book.newest(lead), self.book.first(lead)) if where)
        if seen:
            self.book.take(seen)
        if erased:
            self.book.erase(erased)

    def told(self, work: Work) -> list[Told]:
        """What is to be said, as messages. Of a lead all records or none: a decision without its record would lose the lead."""
        told = [(kept, self.records.outgoing(kept)) for kept in work.all()]
        broken = {kept.lead for kept, message in told if message is None}
        for lead in broken:
            work.outcomes.pop(lead, None)
        return [(kept, message) for kept, message in told if message is not None and kept.lead not in broken]

    def wrote(self, told: Sequence[Told], went: Sequence[Position]) -> None:
        """They stand there now. They will also be read; the next step is to know them before."""
        seen = []
        for (_, message), where in zip(told, went, strict=False):
            self.values.keep(where, Raw(message.value or b"", tuple(message.headers)))
            sighting = _sighting(message.key, where, message.headers, 0)
            if sighting is not None:
                seen.append(sighting)
        if seen:
            self.book.take(seen)

    def forget(self, beginnings: Mapping[tuple[str, int], int]) -> None:
        """What the topics keep no longer need not be remembered."""
        for (topic, partition), before in beginnings.items():
            if topic in self.records.places:
                self.book.forget(topic, partition, before)

    def close(self) -> None:
        """End the connection, and the book's file."""
        self.values.close()
        self.book.close()


def _sighting(key: bytes | None, where: Position, headers: Sequence[tuple[str, bytes | None]], at_ms: int) -> Sighting | None:
    """None where the key is no lead id: nobody but leadstream should write here."""
    try:
        lead = (key or b"").decode()
        if len(lead) != 23 or not lead.startswith("ld_"):
            return None
        bytes.fromhex(lead[3:])
        told = dict(headers)
        of = told.get(DUPLICATE_OF)
        revision = int(told.get(REVISION) or b"1")
        return Sighting(lead, where, revision, of.decode() if of else None, told.get(DEDUPE) == b"unknown", at_ms)
    except ValueError:
        return None
