"""The last stage: a fate becomes the messages that tell it. Every fate makes one message on one output topic, and one decision; a
lead also the key of what is locked in that.

All go out in the transaction that also commits the input offset (app/edges/kafka/lane.py): never one without the others.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol, assert_never

import orjson

from app.pipeline.dead_letter import Header, dead_letter
from app.pipeline.fate import DeadLetter, Duplicate, Fate, FateName, Review, Routed
from app.pipeline.limits import TRACE_BYTES
from app.pipeline.locking import Locks, locked_entry, packed
from app.pipeline.projection import decided_dead_letter, decided_lead, full_lead, routed_lead
from app.pipeline.replayed import REPLAY_OF, came
from app.pipeline.source import InboundEvent
from app.settings import MAX_RECORD_BYTES

AVRO, JSON = b"application/avro", b"application/json"
TRACE = frozenset(TRACE_BYTES)  # W3C
_TRACES: Final = {
    "traceparent": re.compile(rb"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f-]*"),
    # Lists of key=value; values without blanks and @, so that none is an address.
    "tracestate": re.compile(rb"(?:[a-z0-9][a-z0-9_*/@-]*=[!-+\x2d-<>?A-~]*[ \t]*(?:,[ \t]*|$))*"),
}


@dataclass(slots=True)
class Outgoing:
    """A message to produce. Headers as confluent-kafka takes them."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: list[Header]


class Destinations(Protocol):
    """Names of topics; app/edges/kafka/names.py has them."""

    def routed(self, team: str) -> str: ...
    @property
    def review(self) -> str: ...
    @property
    def duplicates(self) -> str: ...
    @property
    def dlq(self) -> str: ...
    @property
    def decisions(self) -> str: ...
    @property
    def keys(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Versions:
    """What decided, for the decision record."""

    app: str
    rules: int
    lead_schema: int = 1


class Delivery:
    """Makes messages. Holds no state but what it computed once.

    Args:
        names: The topics.
        encode: Record name and value → Avro in the wire format.
        team_formats: Team slug → avro or json.
        pseudonym: Kind and value → pseudonym; the kinds are identity.py's.
        locks: Lock what identifies a person in decisions.
        versions: See there.
        max_record_bytes: What the topics take.
    """

    def __init__(
        self,
        names: Destinations,
        encode: Callable[[str, Mapping[str, Any]], bytes],
        team_formats: Mapping[str, Literal["avro", "json"]],
        pseudonym: Callable[[str, str], str],
        locks: Locks,
        versions: Versions,
        max_record_bytes: int = MAX_RECORD_BYTES,
    ) -> None:
        self._names, self._encode, self._pseudonym, self._locks, self._versions = names, encode, pseudonym, locks, versions
        self._app_version, self._limit = versions.app.encode(), max_record_bytes
        self._json_teams = frozenset(team for team, form in team_formats.items() if form == "json")
        self._topics = {team: names.routed(team) for team in team_formats}
        self._review, self._duplicates, self._decisions, self._keys = names.review, names.duplicates, names.decisions, names.keys
        self._fixed = {
            "schema_version": versions.lead_schema,
            "rules_version": versions.rules,
            "app_version": versions.app,
        }
        self._sources: dict[str, Header] = {}  # bounded by the inventory

    def outgoing(self, fate: Fate) -> list[Outgoing]:
        """The message, the decision and, where something in that is locked, its key; in this order.

        A lead that no consumer could take (text that is not Unicode, a number beyond 64 bits, larger than the topics allow) goes
        out as a dead letter: ending the process over it would stop its partition for ever.
        """
        if isinstance(fate, DeadLetter):
            return self._dead(fate)
        identity = fate.event.position.identity.encode()
        try:
            message = self._message(fate, identity)
            key, index = self._locked(fate)
            decision = self._decision(fate, decided_lead(fate, self._pseudonym, key, index), identity)
        except (ValueError, orjson.JSONEncodeError):
            return self._dead(_undeliverable(fate, "unencodable", "a field's value does not fit the output schema"))
        size = len(message.value or b"") + len(decision.value or b"")
        if size > self._limit // 2:  # half leaves room for key and headers
            return self._dead(_undeliverable(fate, "oversized", f"the lead is larger than the topics take ({self._limit} bytes)"))
        return [message, decision] if key is None else [message, decision, Outgoing(self._keys, decision.key, key, [])]

    def _locked(self, fate: Routed | Review | Duplicate) -> tuple[bytes | None, dict[str, Any] | None]:
        """The lead's key, and its decision's `index`, locked with it; no key where there is nothing to lock."""
        entry, lead = fate.who.entry, fate.lead
        if entry is None:
            return self._locks.key(lead.lead_id, fate.event.value, b"") if lead.repairs else None, None
        plain = packed(entry)
        key = self._locks.key(lead.lead_id, fate.event.value, plain)
        return key, locked_entry(entry, key, plain, self._locks)

    def _message(self, fate: Routed | Review | Duplicate, identity: bytes) -> Outgoing:
        lead_id, event = fate.lead.lead_id.encode(), fate.event
        match fate:
            case Routed():
                value = routed_lead(fate, self._versions.rules, self._versions.app)
                if fate.team in self._json_teams:
                    body, form = orjson.dumps(value), JSON
                else:
                    body, form = self._encode("routed_lead", value), AVRO
                headers = self._headers(
                    event, fate.lead.source, identity, form, b"io.leadstream.lead.routed", lead_id + b".routed"
                )
                return Outgoing(self._topics[fate.team], lead_id, body, headers)
            case Review():
                body = self._encode("lead", full_lead(fate, self._pseudonym))
                headers = self._headers(event, fate.lead.source, identity, AVRO, b"io.leadstream.lead.held", lead_id + b".held")
                return Outgoing(self._review, lead_id, body, headers)
            case Duplicate():
                body = self._encode("lead", full_lead(fate, self._pseudonym))
                headers = self._headers(
                    event, fate.lead.source, identity, AVRO, b"io.leadstream.lead.merged", lead_id + b".merged"
                )
                headers.append(("leadstream.duplicate_of", fate.of.encode()))
                return Outgoing(self._duplicates, lead_id, body, headers)
            case _:
                assert_never(fate)

    def _dead(self, fate: DeadLetter) -> list[Outgoing]:
        key, value, headers = dead_letter(fate, self._app_version, self._limit)
        identity = fate.event.position.identity.encode()
        letter = Outgoing(self._names.dlq, key, value, headers)
        return [letter, self._decision(fate, decided_dead_letter(fate), identity)]

    def _decision(self, fate: Fate, about: dict[str, Any], identity: bytes) -> Outgoing:
        event = fate.event
        position = event.position
        about |= self._fixed
        if not isinstance(fate, DeadLetter) and fate.handling.rules_version is not None:
            about["rules_version"] = fate.handling.rules_version
        about["topic"], about["partition"], about["offset"] = position.topic, position.partition, position.offset
        about["fate"], about["received_at"] = _NAMES[type(fate)], event.timestamp_ms
        about["attempt"], about["replay_of"] = _, replay_of = came(event)
        lead_id = about["lead_id"].encode()
        headers = self._headers(event, about["source"], identity, AVRO, b"io.leadstream.lead.decided", lead_id + b".decided")
        if replay_of is not None:
            headers.append((REPLAY_OF, replay_of.encode()))  # what became of a dead letter is found without decoding the others
        if about.get("dedupe") == "unknown":
            headers.append(("leadstream.dedupe", b"unknown"))  # whoever looks into these later need not decode the others
        return Outgoing(self._decisions, lead_id, self._encode("decision", about), headers)

    def _headers(
        self, event: InboundEvent, source: str, identity: bytes, form: bytes, kind: bytes, number: bytes
    ) -> list[Header]:
        """CloudEvents 1.0, binary mode of its Kafka binding, and `src`, the input record that this comes from."""
        origin = self._sources.get(source)
        if origin is None:
            origin = self._sources[source] = ("ce_source", f"/leadstream/sources/{source}".encode())
        headers: list[Header] = [
            ("src", identity),
            ("content-type", form),
            ("ce_specversion", b"1.0"),
            ("ce_type", kind),
            origin,
            ("ce_id", number),
        ]
        if event.headers:
            headers += _traces(event)
        return headers


_NAMES: dict[type[Fate], FateName] = {Routed: "routed", Review: "review", Duplicate: "duplicate", DeadLetter: "dead_letter"}


def _traces(event: InboundEvent) -> list[Header]:
    """W3C's headers are passed on, so that a trace does not end here: each once, none that makes a record grow, and nothing that
    somebody else has put there: they go into decisions, too, where nobody may be named."""
    found = {name: value for name, value in event.headers if name in TRACE_BYTES}
    return [
        (name, value)
        for name, value in found.items()
        if value and len(value) <= TRACE_BYTES[name] and _TRACES[name].fullmatch(value)
    ]


def _undeliverable(fate: Routed | Review | Duplicate, reason: str, detail: str) -> DeadLetter:
    return DeadLetter(fate.event, fate.lead.source, "delivery", reason, detail, repairable=True)
