"""What is written to erase a person's leads: blank revisions, tombstones, last decisions, keys that are gone.

Everything is made from what the topics hold, and what is erased already is left alone: done twice, nothing is done twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Protocol

import orjson
from confluent_kafka import Message

from app.edges.kafka.eraser_search import Decode, Found, ends_of, lead_of, messages
from app.edges.kafka.names import Topics
from app.edges.kafka.reading import headers_of as sent_headers
from app.pipeline.delivery import Outgoing
from app.pipeline.revision.blanking import ERASED, blank, disowned
from app.pipeline.revision.headers import REVISION, headers_of
from app.pipeline.revision.records import Kept
from app.privacy.erasing import How

AT_ONCE: Final = 500  # messages in one transaction
SRC: Final = "src"
_TURN: Final = 1_000  # more than there are teams

Where = tuple[str, int]


class Codec(Protocol):
    """Avro in and out."""

    def read_own(self, value: bytes, record: str) -> dict[str, Any]: ...
    def encode(self, record: str, value: Mapping[str, Any]) -> bytes: ...


@dataclass(frozen=True)
class Team:
    """How a team's topic is written.

    Attributes:
        tombstone: It wants tombstones rather than blank revisions.
    """

    name: str
    format: Literal["avro", "json"] = "avro"
    tombstone: bool = False


@dataclass
class Standing:
    """What stands of some leads.

    Attributes:
        newest: (topic, key) → its newest record that is not erased yet.
        records: Topic → records with a value, all revisions.
        inputs: Inbound (topic, partition) → the last offset.
        ends: Where the topics ended before they were read.
        unlocked: Decisions of versions that did not lock.
    """

    newest: dict[tuple[str, bytes], Message] = field(default_factory=dict)
    records: Counter[str] = field(default_factory=Counter)
    inputs: dict[Where, int] = field(default_factory=dict)
    ends: dict[Where, int] = field(default_factory=dict)
    unlocked: int = 0


class Deeds:
    """See the module.

    Args:
        client: confluent-kafka settings.
        teams: All that have topics.
    """

    def __init__(self, client: dict[str, Any], names: Topics, teams: Collection[Team], codec: Codec) -> None:
        self._client, self._names, self._codec = client, names, codec
        self._teams = {names.routed(team.name): team for team in teams}
        self._decode: Decode = codec.read_own
        held = (names.review, names.duplicates, names.rejected, names.dlq, names.verdicts)
        self.topics = [*self._teams, *held, names.decisions, names.keys]

    def how(self, topic: str) -> How:
        """What becomes of a person's records on it."""
        if topic == self._names.decisions:
            return "locked_for_ever"
        team = self._teams.get(topic)
        return "tombstoned" if team is None or team.tombstone else "blanked"

    def stands(self, leads: Collection[str], found: Found, standing: Standing, *, again: bool = False) -> Iterator[None]:
        """Read what stands of these leads. By key, so that hardly a record is decoded.

        Args:
            standing: Is filled.
            again: Only what came since it was filled before.
        """
        starts = dict(standing.ends) if again else None
        wanted = {lead.encode() for lead in leads}
        standing.ends = ends_of(self._client, self.topics)
        standing.newest.clear()
        for message in messages(self._client, self.topics, found, starts):
            if message is None:
                yield
            elif (key := message.key()) is not None and key.partition(b"/")[0] in wanted:
                self._take(message, key, standing)

    def outgoing(self, standing: Standing, at_ms: int, turn: int = 0) -> list[Outgoing]:
        """What is to be written. Keys come first: from then on nothing of the decisions can be opened.

        Args:
            turn: How often something was written already, and somebody else wrote after that.
        """
        base = ERASED + turn * _TURN
        rank = {self._names.keys: 0, self._names.decisions: 1}
        told, rows = list[Outgoing](), sorted(standing.newest.items(), key=lambda one: rank.get(one[0][0], 2))
        later = Counter[bytes]()  # a lead that stood with several teams: the last one's record is the newest
        for (topic, key), message in sorted(rows, key=lambda one: (rank.get(one[0][0], 2), revision_of(one[1]))):
            if topic == self._names.keys:
                told.append(Outgoing(topic, key, None, []))
            elif topic == self._names.decisions:
                told.append(self._decided(message, at_ms, base))
            elif topic in self._teams and not self._teams[topic].tombstone:
                told.append(self._blanked(message, at_ms, base + later[key]))
                later[key] += 1
            else:
                told.append(Outgoing(topic, key, None, [one for one in sent_headers(message) if one[0] == SRC][-1:]))
        return told

    def _take(self, message: Message, key: bytes, standing: Standing) -> None:
        topic, value, place = message.topic(), message.value(), (message.topic(), key)
        if value is None and not dead_without_value(message):
            standing.newest.pop(place, None)
            return
        standing.records[topic] += 1
        if topic == self._names.decisions:
            self._note_input(message, value or b"", standing)
        if revision_of(message) >= ERASED:
            standing.newest.pop(place, None)
            return
        before = standing.newest.get(place)
        if before is None or revision_of(message) >= revision_of(before):
            standing.newest[place] = message

    def _note_input(self, message: Message, value: bytes, standing: Standing) -> None:
        told = dict(sent_headers(message))
        topic, _, rest = (told.get(SRC) or b"").decode("utf-8", "replace").rpartition("-")
        topic, _, partition = topic.rpartition("-")
        if partition.isdecimal() and rest.isdecimal():
            where = topic, int(partition)
            standing.inputs[where] = max(int(rest), standing.inputs.get(where, -1))
        if REVISION not in told:
            index = self._codec.read_own(value, "decision")["index"]
            standing.unlocked += index is not None and not index["locked"]

    def _decided(self, message: Message, at_ms: int, revision: int) -> Outgoing:
        value = disowned(self._codec.read_own(message.value() or b"", "decision"), at_ms, revision)
        kept = Kept("decisions", value, tuple(sent_headers(message)))
        return Outgoing(self._names.decisions, message.key(), self._codec.encode("decision", value), headers_of(kept))

    def _blanked(self, message: Message, at_ms: int, revision: int) -> Outgoing:
        topic = message.topic()
        record = lead_of(message, message.value() or b"", self._decode)
        if record is None:  # nobody can read it: a tombstone is the only way
            return Outgoing(topic, message.key(), None, [one for one in sent_headers(message) if one[0] == SRC][-1:])
        json = self._teams[topic].format == "json"
        value = blank(record, at_ms, revision)
        body = orjson.dumps(value) if json else self._codec.encode("routed_lead", value)
        return Outgoing(topic, message.key(), body, headers_of(Kept("routed", value, tuple(sent_headers(message))), json=json))


def revision_of(message: Message) -> int:
    """As its header says; 1 without."""
    told = dict(sent_headers(message)).get(REVISION) or b"1"
    return int(told) if told.isdigit() else 1


def dead_without_value(message: Message) -> bool:
    """A dead letter of a record that never had a value is no tombstone."""
    return any(name == "leadstream.reason" for name, _ in sent_headers(message))
