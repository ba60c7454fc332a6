"""The duty `consent`: what people say of being contacted becomes what workers follow.

Reads the topic `consent`, writes `suppressions`: of each identifier of the person a pseudonym, and what they do not want. Records
and position go out in one transaction, so each change counts once; and a change read twice would come to the same.

A record that cannot be read, or names nobody, may be somebody's objection: it is counted and logged with its offset, and stays on
its topic.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson
import structlog
from confluent_kafka import OFFSET_BEGINNING, IsolationLevel, Message, TopicPartition

from app.edges.kafka.group_offsets import Ends
from app.edges.kafka.names import Topics
from app.edges.kafka.reading import come, consumed, ended, headers_of, partitions, read_to_end, reader
from app.edges.kafka.reviser_writer import Writer
from app.edges.kafka.suppressions import RECORD, take
from app.errors import BadRecord, ConfigurationError, EdgeDown
from app.ops import metrics_privacy as metrics
from app.pipeline.delivery import JSON, Outgoing
from app.pipeline.identifiers import Identifier, identifiers
from app.pipeline.pseudonyms import Pseudonyms
from app.pipeline.suppressing import Table
from app.ports import Suppressed
from app.privacy.consent import Said, after, read
from app.settings import KafkaSettings

MOST: Final = 500  # changes in a step
POLL_S: Final = 0.1
CHANGE: Final = "consent_change"

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Parts:
    """What the duty is made of.

    Attributes:
        decode, encode: Our records.
        leads: Topics of leads → the record on them, for changes that name a lead.
        sources: All slugs.
        regions: Countries that phones without a country code may be from.
        purposes: All that there are.
    """

    kafka: KafkaSettings
    names: Topics
    decode: Callable[[bytes, str], dict[str, Any]]
    encode: Callable[[str, Mapping[str, Any]], bytes]
    pseudonyms: Pseudonyms
    leads: Mapping[str, str]
    sources: Sequence[str]
    regions: Sequence[str]
    purposes: Sequence[str]


class ConsentKeeper:
    """A `Duty`; see the module.

    Raises:
        ConfigurationError: A topic is missing.
        EdgeDown: Kafka does not answer.
    """

    name = "consent"

    def __init__(self, parts: Parts, writer: Writer) -> None:
        self._parts, self._writer, self._table = parts, writer, Table()
        names, client = parts.names, parts.kafka.client()
        self._consumer, self._held = reader(client), reader(client)
        where = partitions(self._consumer, [names.consent])
        held = partitions(self._held, [names.suppressions])
        if not where or not held:
            self.close()
            raise ConfigurationError(
                f"missing topics: {names.consent} or {names.suppressions}; create them with `leadstream topics --create`"
            )
        committed = {tp.partition: writer.offsets.committed(tp.topic, tp.partition) for tp in where}
        for tp in where:
            at = committed[tp.partition]
            tp.offset = OFFSET_BEGINNING if at is None else at
        self._consumer.assign(where)
        self._held.assign(held)
        self._ends, self._at = Ends(client), 0

    def step(self) -> bool:
        """See `Duty`."""
        came = [one for one in come(self._consumer, MOST, POLL_S) if not ended(one)]
        if not came:
            return False
        self._follow()
        said = [one for message in came if (one := self._read(message)) is not None]
        records, now = self._suppressions(self._with_leads(said))
        positions = {(one.topic(), one.partition()): one.offset() + 1 for one in came}
        try:
            self._writer.deliver(records, positions)
        except BaseException:
            self._go_back(came)
            raise
        for identifier, held in now.items():
            self._table.put(identifier, held)
        for one in said:
            metrics.changes.labels("given" if one.given else "withdrawn").inc()
        log.info("consent_changed", count=len(said), records=len(records))
        return True

    def close(self) -> None:
        """See `Duty`."""
        self._consumer.close()
        self._held.close()

    def _follow(self) -> None:
        """Learn what holds, by whichever duty: they write before us or after us, never at once."""
        where = self._parts.names.suppressions, 0
        end = self._ends.of([where], IsolationLevel.READ_COMMITTED).get(where)
        if end is None:
            raise EdgeDown(f"Kafka does not say where {where[0]} ends")
        while self._at < end:
            for message in consumed(self._held):
                if ended(message):
                    self._at = message.offset()
                else:
                    take(self._table, message, self._parts.decode)
                    self._at = message.offset() + 1

    def _go_back(self, came: Sequence[Message]) -> None:
        """Nothing was committed: the same again in the next step."""
        first: dict[int, int] = {}
        for one in came:
            first.setdefault(one.partition(), one.offset())
        for partition, offset in first.items():
            self._consumer.seek(TopicPartition(self._parts.names.consent, partition, offset))

    def _read(self, message: Message) -> Said | None:
        try:
            return read(self._value(message), self._parts.sources, self._parts.regions)
        except (BadRecord, ValueError, KeyError, TypeError) as bad:
            why = bad.reason if isinstance(bad, BadRecord) else type(bad).__name__
            self._refuse(message.offset(), why)
            return None

    def _value(self, message: Message) -> dict[str, Any]:
        """Avro, or the same fields as a JSON object: back and forth, so that it has all fields, of the right types."""
        value = message.value() or b""
        if ("content-type", JSON) in headers_of(message) or value[:1] == b"{":
            value = self._parts.encode(CHANGE, orjson.loads(value))
        return self._parts.decode(value, CHANGE)

    def _refuse(self, offset: int | None, why: str) -> None:
        metrics.refused.labels("consent").inc()
        log.error("consent_refused", offset=offset, reason=why, todo="it may be an objection: read it, and say it again")

    def _with_leads(self, said: Sequence[Said]) -> list[Said]:
        """Those that name a lead, with that lead's identifiers: one look through the lead topics for all of them."""
        wanted = {one.lead.encode() for one in said if one.lead}
        found = self._identifiers_of(wanted) if wanted else {}
        whole = []
        for one in said:
            more = found.get(one.lead or "", ())
            if not (one.identifiers or more):
                self._refuse(None, "names_nobody")
            whole.append(one._replace(identifiers=tuple(dict.fromkeys((*one.identifiers, *more)))))
        return whole

    def _identifiers_of(self, leads: set[bytes]) -> dict[str, tuple[Identifier, ...]]:
        found: dict[str, tuple[Identifier, ...]] = {}
        for message in read_to_end(self._parts.kafka.client(), list(self._parts.leads)):
            if message.key() not in leads or message.value() is None:
                continue
            try:
                value = self._lead(message)
            except (BadRecord, ValueError):
                continue
            its = {name: value[name] for name in ("email", "phone", "customer_id", "visitor_id")}
            more = identifiers(**its, sources=(value["source"],))
            found[value["lead_id"]] = (*found.get(value["lead_id"], ()), *more)
        return found

    def _lead(self, message: Message) -> dict[str, Any]:
        if ("content-type", JSON) in headers_of(message):
            told: dict[str, Any] = orjson.loads(message.value())
            return told
        return self._parts.decode(message.value(), self._parts.leads[message.topic()])

    def _suppressions(self, said: Iterable[Said]) -> tuple[list[Outgoing], dict[bytes, Suppressed | None]]:
        """The records, and what holds then; the last of each identifier."""
        parts, now, kinds = self._parts, dict[bytes, Suppressed | None](), dict[bytes, str]()
        for one in said:
            named = parts.pseudonyms.identifiers([its.text for its in one.identifiers])
            for its, identifier in zip(one.identifiers, named, strict=True):
                before = now[identifier] if identifier in now else self._table.of([identifier])
                then = after(before, one, parts.purposes)
                if then != before:
                    now[identifier], kinds[identifier] = then, its.kind
        records = [self._record(identifier, kinds[identifier], held) for identifier, held in now.items()]
        return records, now

    def _record(self, identifier: bytes, kind: str, held: Suppressed | None) -> Outgoing:
        key = identifier.hex()
        value = None if held is None else self._parts.encode(RECORD, told(key, kind, held))
        return Outgoing(self._parts.names.suppressions, key.encode(), value, [])


def told(identifier: str, kind: str, held: Suppressed) -> dict[str, Any]:
    """A record of the topic suppressions."""
    said = {"purposes": sorted(held.purposes), "since": held.since_ms, "why": held.why}
    return {"identifier": identifier, "kind": kind, **said}
