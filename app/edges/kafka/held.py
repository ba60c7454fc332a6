"""All that topics hold about a person, record by record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Protocol

import orjson
from confluent_kafka import Message

from app.edges.kafka.eraser_search import Found, Search, messages
from app.edges.kafka.names import Topics
from app.edges.kafka.reading import headers_of
from app.errors import BadRecord
from app.pipeline.behaviour import browser_of, person_of_digest
from app.pipeline.identifiers import identifiers
from app.pipeline.pseudonyms import Pseudonyms
from app.pipeline.source import Position
from app.privacy.erasing import Request, theirs

JSON: Final = ("content-type", b"application/json")


class Codec(Protocol):
    """Reads Avro."""

    def read_own(self, value: bytes, record: str) -> dict[str, Any]: ...


class Holdings:
    """See the module.

    Attributes:
        found: Whose leads they are.
    """

    def __init__(self, client: dict[str, Any], names: Topics, teams: Sequence[str], codec: Codec, pseudonyms: Pseudonyms) -> None:
        self._client, self._names, self._codec, self._pseudonyms = client, names, codec, pseudonyms
        self._records = dict.fromkeys((names.routed(team) for team in teams), "routed_lead")
        self._records |= {names.review: "lead", names.duplicates: "lead", names.rejected: "lead", names.decisions: "decision"}
        self._records |= {names.verdicts: "verdict", names.outcomes: "outcome", names.replays: "replay"}
        self.found = Found()

    def of(self, request: Request, search: Search, sources: Sequence[str]) -> Iterator[dict[str, Any] | None]:
        """Each record as `topic`, `partition`, `offset`, `at`, `key` and `value`; None now and then.

        Args:
            sources: Whose inbound topics there are.

        Raises:
            EdgeDown: Kafka does not answer.
        """
        yield from search.find(request, self.found)
        wanted, inputs = {lead.encode() for lead in self.found.leads}, set[str]()
        for message in messages(self._client, [*self._records, self._names.dlq], self.found):
            if message is None:
                yield None
            elif message.key() in wanted and message.value() is not None:
                inputs.add((dict(headers_of(message)).get("src") or b"").decode("utf-8", "replace"))
                yield self._told(message)
        inbound = [self._names.inbound(source) for source in sources]
        for message in messages(self._client, inbound, self.found):
            if message is None:
                yield None
            elif Position(message.topic(), message.partition(), message.offset()).identity in inputs:
                yield self._told(message)
        others = {self._names.behaviour: self._visited, self._names.consent: self._consented}
        for message in messages(self._client, [*others, self._names.suppressions], self.found):
            if message is None:
                yield None
            elif message.topic() == self._names.suppressions:
                if (message.key() or b"").decode("utf-8", "replace") in request.pseudonyms:
                    yield self._told(message)
            elif message.value() is not None and others[message.topic()](message, request):
                yield self._told(message)

    def _visited(self, message: Message, _: Request) -> bool:
        value = self._read(message, "behaviour_event")
        if value is None:
            return False
        return (
            browser_of(value["visitor_id"], self._pseudonyms) in self.found.browsers
            or person_of_digest(value["email_sha256"], self._pseudonyms) in self.found.persons
        )

    def _consented(self, message: Message, request: Request) -> bool:
        value = self._read(message, "consent_change")
        if value is None:
            return False
        said = {name: value[name] for name in ("email", "phone", "customer_id", "visitor_id")}
        return value["lead_id"] in self.found.leads or theirs(identifiers(**said), request, self._pseudonyms)

    def _read(self, message: Message, record: str) -> Mapping[str, Any] | None:
        try:
            return self._codec.read_own(message.value() or b"", record)
        except (BadRecord, ValueError):
            return None

    def _told(self, message: Message) -> dict[str, Any]:
        others = {self._names.behaviour: "behaviour_event", self._names.consent: "consent_change"}
        record = (self._records | others | {self._names.suppressions: "suppression"}).get(message.topic())
        raw = message.value()
        value: Any
        if JSON in headers_of(message) and record is not None:
            value = orjson.loads(raw or b"null")
        else:
            value = self._read(message, record) if record else None
        return {
            "topic": message.topic(),
            "partition": message.partition(),
            "offset": message.offset(),
            "at": message.timestamp()[1],
            "key": (message.key() or b"").decode("utf-8", "replace"),
            "value": value if value is not None else (raw or b"").decode("utf-8", "replace"),
        }
