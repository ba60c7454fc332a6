"""Implements `app.pipeline.revision.records.Records`: positions from the book, values from Kafka."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, Literal, Protocol

import orjson
import structlog

from app.edges.kafka.names import Topics
from app.edges.kafka.reviser_book import Book
from app.edges.kafka.reviser_values import Raw, Values
from app.errors import BadRecord
from app.pipeline.delivery import JSON, Outgoing
from app.pipeline.revision.headers import headers_of
from app.pipeline.revision.records import Kept, Place
from app.pipeline.source import Position
from app.settings import MAX_RECORD_BYTES

log = structlog.get_logger(__name__)

_RECORDS: Final[Mapping[Place, str]] = {
    "routed": "routed_lead",
    "review": "lead",
    "duplicates": "lead",
    "rejected": "lead",
    "decisions": "decision",
}


class Codec(Protocol):
    """Avro in and out."""

    def decode(self, value: bytes, record: str) -> dict[str, Any]: ...
    def read_own(self, value: bytes, record: str) -> dict[str, Any]: ...
    def encode(self, record: str, value: Mapping[str, Any]) -> bytes: ...


class KafkaRecords:
    """What stands on the topics.

    Args:
        names: The topics.
        teams: Team → format of its topic.
    """

    def __init__(
        self, names: Topics, teams: Mapping[str, Literal["avro", "json"]], codec: Codec, book: Book, values: Values
    ) -> None:
        self._codec, self._book, self._values, self.decisions = codec, book, values, names.decisions
        self._json = frozenset(team for team, form in teams.items() if form == "json")
        self._routed = {team: names.routed(team) for team in teams}
        self._topics: Mapping[Place, str] = {
            "review": names.review,
            "duplicates": names.duplicates,
            "rejected": names.rejected,
            "decisions": names.decisions,
        }
        self.places: Mapping[str, Place] = {
            **dict.fromkeys(self._routed.values(), "routed"),
            **{topic: place for place, topic in self._topics.items()},
        }

    def newest(self, lead: str) -> Kept | None:
        return self._kept(self._book.newest(lead))

    def first(self, lead: str) -> Kept | None:
        return self._kept(self._book.first(lead))

    def decision(self, lead: str) -> Kept | None:
        return self._kept(self._book.decision(lead))

    def duplicate_of(self, lead: str) -> str | None:
        return self._book.duplicate_of(lead)

    def duplicates_of(self, lead: str) -> Sequence[str]:
        return self._book.duplicates_of(lead)

    def fetch(self, leads: Iterable[str], *finds: Callable[[str], Position | None]) -> None:
        """Bring records near, from all partitions at once, so that asking for each is quick.

        Args:
            finds: The book's methods that say which.
        """
        self._values.several(where for lead in leads for find in finds if (where := find(lead)) is not None)

    def read(self, where: Position, raw: Raw) -> Kept | None:
        """What a record says; None where its person was erased, and, logged, where it cannot be read."""
        place = self.places[where.topic]
        record = _RECORDS[place]
        try:
            if ("content-type", JSON) in raw.headers:  # back and forth, so that an older one has all fields
                value = self._codec.read_own(self._codec.encode(record, orjson.loads(raw.value)), record)
            else:
                value = self._codec.read_own(raw.value, record)
        except (BadRecord, ValueError) as bad:
            reason = bad.reason if isinstance(bad, BadRecord) else type(bad).__name__
            log.warning("record_passed_over", topic=where.topic, partition=where.partition, offset=where.offset, reason=reason)
            return None
        return None if value["erased_at"] is not None else Kept(place, value, raw.headers)

    def outgoing(self, kept: Kept) -> Outgoing | None:
        """The message that says it; None, and logged, where no consumer could take it."""
        routed = kept.place == "routed"
        team = str(kept.value["team"]) if routed else ""
        json = team in self._json
        try:
            value = orjson.dumps(kept.value) if json else self._codec.encode(_RECORDS[kept.place], kept.value)
        except (ValueError, orjson.JSONEncodeError):
            value = b""
        if not value or len(value) > MAX_RECORD_BYTES // 2:
            log.error("revision_not_told", lead_id=kept.lead, kind=kept.place, bytes=len(value), why="does not fit its topic")
            return None
        topic = self._routed[team] if routed else self._topics[kept.place]
        return Outgoing(topic, kept.lead.encode(), value, headers_of(kept, json=json))

    def _kept(self, where: Position | None) -> Kept | None:
        raw = None if where is None else self._values.one(where)
        return None if where is None or raw is None else self.read(where, raw)
