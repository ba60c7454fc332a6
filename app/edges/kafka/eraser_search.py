"""Whose leads are these? Lead topics and dead letters are read through for a person's identifiers, then decisions for who else is
the same person. Bounded memory: what decisions say of persons lies in a file of SQLite's own that ends with the search.

Iterating does the work: None now and then, so that others get a turn.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
import structlog
from confluent_kafka import Message, TopicPartition

from app.edges.kafka.names import Topics
from app.edges.kafka.reading import consumed, ended, headers_of, partitions, reader, watermarks
from app.errors import BadRecord
from app.pipeline.behaviour import browser_of, person_of
from app.pipeline.pseudonyms import Pseudonyms
from app.privacy.erasing import BROWSER, PERSON, Request, identifiers_in_raw, identifiers_of, said_elsewhere, theirs

log = structlog.get_logger(__name__)

SIGN: Final = 200  # records between two turns of others
CACHE_KB: Final = 32_768
_TABLES: Final = f"""
PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA secure_delete = ON; PRAGMA cache_size = -{CACHE_KB};
CREATE TABLE said (lead TEXT PRIMARY KEY, revision INT, subject TEXT, of TEXT, linked TEXT) WITHOUT ROWID;
"""
_SAID: Final = """
INSERT INTO said VALUES (?, ?, ?, ?, ?) ON CONFLICT (lead) DO UPDATE SET revision = excluded.revision,
    subject = excluded.subject, of = excluded.of, linked = excluded.linked WHERE excluded.revision >= said.revision
"""
_SAME: Final = """
WITH mine AS (SELECT * FROM said WHERE lead = ?)
SELECT said.lead FROM said, mine WHERE said.subject = mine.subject UNION SELECT of FROM mine UNION SELECT linked FROM mine
UNION SELECT lead FROM said WHERE of = ? UNION SELECT lead FROM said WHERE linked = ?
"""

Decode = Callable[[bytes, str], dict[str, Any]]


@dataclass
class Found:
    """What was found of a person.

    Attributes:
        leads: Ids of their leads and dead letters.
        browsers, persons: Pseudonyms under which journeys are kept.
        read: Records that were looked at.
        unreadable: Records of lead topics that could not be read, and so not be compared.
    """

    leads: set[str] = field(default_factory=set)
    browsers: set[str] = field(default_factory=set)
    persons: set[str] = field(default_factory=set)
    read: int = 0
    unreadable: int = 0


class Search:
    """Searches.

    Args:
        client: confluent-kafka settings.
        teams: Slugs.
        decode: Reads one of our records.
        regions: Source → where its phone numbers without country code may be from.
    """

    def __init__(
        self,
        client: dict[str, Any],
        names: Topics,
        teams: Sequence[str],
        decode: Decode,
        pseudonyms: Pseudonyms,
        regions: Callable[[str], tuple[str, ...]],
    ) -> None:
        self._client, self._names, self._decode = client, names, decode
        self._pseudonyms, self._regions = pseudonyms, regions
        self.routed = [names.routed(team) for team in teams]
        self.held = [names.review, names.duplicates, names.rejected]

    def find(self, request: Request, found: Found) -> Iterator[None]:
        """Fill `found`.

        Raises:
            EdgeDown: Kafka does not answer.
        """
        found.leads |= set(request.leads)
        found.persons |= {one for kind, one in request.identifiers if kind == PERSON}
        found.browsers |= {one for kind, one in request.identifiers if kind == BROWSER}
        yield from self._by_identifier(request, found)
        yield from self._the_same(found)
        yield from self._by_identifier(request, found, everything=False)

    def _by_identifier(self, request: Request, found: Found, *, everything: bool = True) -> Iterator[None]:
        """Compare all; or only look where those stand that are known by now, for their other identifiers."""
        topics = [*self.routed, *self.held, *([self._names.dlq] if everything else [])]
        for message in messages(self._client, topics, found):
            if message is None:
                yield
                continue
            lead, value = (message.key() or b"").decode("utf-8", "replace"), message.value()
            if message.topic() == self._names.dlq:
                if lead not in found.leads and self._is_theirs(message, request):
                    found.leads.add(lead)
                continue
            if value is None or (not everything and lead not in found.leads):
                continue
            record = lead_of(message, value, self._decode)
            if record is None:
                found.unreadable += 1
            elif lead in found.leads or theirs((*identifiers_of(record), *said_elsewhere(record)), request, self._pseudonyms):
                found.leads.add(lead)
                self._note_journeys(record, found)

    def _is_theirs(self, message: Message, request: Request) -> bool:
        headers = headers_of(message)
        told = dict(headers)
        source = (told.get("leadstream.source") or b"").decode("utf-8", "replace")
        raw = b"\n".join([message.value() or b"", *(value or b"" for _, value in headers)])
        return theirs(identifiers_in_raw(raw, source, self._regions(source), request.kinds), request, self._pseudonyms)

    def _note_journeys(self, record: Mapping[str, Any], found: Found) -> None:
        if (browser := browser_of(record["visitor_id"], self._pseudonyms)) is not None:
            found.browsers.add(browser)
        if record["email"]:
            found.persons.add(person_of(record["email"], self._pseudonyms))

    def _the_same(self, found: Found) -> Iterator[None]:
        """Who else is one of them, by the newest decision of each lead."""
        with closing(sqlite3.connect("", isolation_level=None)) as db:
            db.executescript(_TABLES)
            db.execute("BEGIN")
            for message in messages(self._client, [self._names.decisions], found):
                if message is None:
                    yield
                elif (value := message.value()) is not None:
                    try:
                        told = self._decode(value, "decision")
                    except BadRecord:
                        found.unreadable += 1
                        continue
                    if told["subject"] or told["duplicate_of"]:
                        row = (told["lead_id"], told["revision"], told["subject"], told["duplicate_of"], told["linked_to"])
                        db.execute(_SAID, row)
            for column in ("subject", "of", "linked"):
                db.execute(f"CREATE INDEX by_{column} ON said ({column})")
            yield
            row_of_leads = sorted(found.leads)
            for lead in row_of_leads:  # grows
                for (other,) in db.execute(_SAME, (lead, lead, lead)):
                    if other is not None and other not in found.leads:
                        found.leads.add(other)
                        row_of_leads.append(other)


def lead_of(message: Message, value: bytes, decode: Decode) -> dict[str, Any] | None:
    """A record of a lead topic; None where it cannot be read, or holds nobody any more."""
    try:
        if value.startswith(b"{"):
            told: dict[str, Any] = orjson.loads(value)
        else:
            told = decode(value, "routed_lead" if ".routed." in message.topic() else "lead")
    except (BadRecord, ValueError) as bad:
        reason = bad.reason if isinstance(bad, BadRecord) else type(bad).__name__
        log.warning("record_passed_over", topic=message.topic(), offset=message.offset(), reason=reason)
        return None
    return told


def messages(
    client: dict[str, Any], topics: Sequence[str], found: Found, starts: Mapping[tuple[str, int], int] | None = None
) -> Iterator[Message | None]:
    """Every committed record up to where the topics end now; None now and then.

    Args:
        starts: (topic, partition) → where to begin; else from the beginning.

    Raises:
        EdgeDown: The broker does not answer.
    """
    consumer = reader(client)
    try:
        assigned = partitions(consumer, topics)
        if starts is not None:
            assigned = [TopicPartition(tp.topic, tp.partition, starts.get((tp.topic, tp.partition), 0)) for tp in assigned]
        waiting = {(tp.topic, tp.partition) for tp in assigned}
        consumer.assign(assigned)
        while waiting:
            for message in consumed(consumer, SIGN):
                if ended(message):
                    waiting.discard((message.topic(), message.partition()))
                else:
                    found.read += 1
                    yield message
            yield None
    finally:
        consumer.close()


def ends_of(client: dict[str, Any], topics: Sequence[str]) -> dict[tuple[str, int], int]:
    """(topic, partition) → the next offset."""
    return {where: end for where, (_, end) in watermarks(client, topics).items()}
