"""The steps of the reviser: read what came, do what is to be done about it, commit, tell the match index."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

import structlog
from confluent_kafka import Message

from app.edges.kafka.keys import KeyRing
from app.edges.kafka.names import Topics
from app.edges.kafka.reading import headers_of
from app.edges.kafka.reviser_deeds import Deeds
from app.edges.kafka.reviser_mapping import MappingTeacher
from app.edges.kafka.reviser_reading import Reading
from app.edges.kafka.reviser_records import Codec
from app.edges.kafka.reviser_shelf import Shelf
from app.edges.kafka.reviser_tasks import Task, Tasks
from app.edges.kafka.reviser_unknown import Keys, Unknowns
from app.edges.kafka.reviser_values import Raw
from app.edges.kafka.reviser_weights import Teaching
from app.edges.kafka.reviser_writer import Writer
from app.errors import BadRecord, EdgeDown
from app.ops import metrics
from app.ops.health import Health
from app.ops.progress import Progress
from app.pipeline.delivery import Outgoing
from app.pipeline.identity import Identity
from app.pipeline.locking import Locks
from app.pipeline.revision.headers import DUPLICATE_OF, REVISION
from app.pipeline.revision.linking import links_of
from app.pipeline.revision.records import Work
from app.pipeline.revision.routing import House
from app.pipeline.revision.verdict import read
from app.pipeline.source import Position
from app.settings import KafkaSettings

COMMIT_S: Final = 1.0  # positions without anything to say
TELL_S: Final = 1.0  # between tries to tell an index that is away
MEASURE_S: Final = 5.0
FORGET_S: Final = 3_600.0
BEAT_S: Final = 120.0  # a step takes a minute at most: Kafka's time limits, one after the other

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Parts:
    """What a reviser is made of.

    Attributes:
        group: Consumer group of its positions, and transactional id.
        teams: Team → format of its topic.
        codec: Reads and writes our records.
        identity: The stage, for leads that are looked into afterwards, and for telling the match index.
        house: What verdicts are carried out with.
        windows: Source → seconds for which the same intent of one person makes one lead.
        secret: Signs the weights that people teach; None: unsigned.
        locks: Open what is locked with leads' keys.
        fuzzy: Source and lead → whether leads are compared, or `dedupe.fuzzy` is off.
    """

    kafka: KafkaSettings
    group: str
    names: Topics
    teams: Mapping[str, Literal["avro", "json"]]
    codec: Codec
    identity: Identity
    house: House
    windows: Callable[[str], int]
    secret: bytes | None
    locks: Locks
    fuzzy: Callable[[str, str], bool] = lambda _source, _lead: True


class Reviser:
    """One instance, and where it stands. See `run_reviser`."""

    def __init__(self, parts: Parts, health: Health) -> None:
        names, teams, client = parts.names, parts.teams, parts.kafka.client()
        self._names, self._identity, self._codec, self._health = names, parts.identity, parts.codec, health
        self._writer = Writer(parts.kafka, parts.group)  # first: from here on we are the only one
        routed, asked = [names.routed(team) for team in teams], (names.duplicates, names.verdicts)
        work = [*routed, *asked, names.decisions]
        self._shelf = Shelf(client, names, teams, parts.codec)
        read_too = [names.review, names.rejected]
        self._reading = Reading(client, [*work, *read_too], work, asked, self._writer.offsets, names.decisions)
        self._mapping = MappingTeacher(parts.kafka, names, parts.codec, parts.house.clock)
        house = replace(parts.house, doubted=self._mapping.doubted)
        self._tasks, self._deeds = Tasks(), Deeds(self._shelf, house)
        self._keys = Keys(KeyRing(client, names.keys), parts.locks)
        book, records = self._shelf.book, self._shelf.records
        self._unknowns = Unknowns(parts.identity, book, records, self._keys, parts.windows, parts.fuzzy, health)
        self._inbox: deque[Message] = deque()
        self._teaching = Teaching(parts.kafka, names, parts.secret)
        self._progress = Progress(health, "revising")
        self._committed: dict[tuple[str, int], int] = {}
        self._committed_at = self._forgot_at = self._tell_at = self._measured_at = time.monotonic()

    def begin(self, stop: threading.Event) -> None:
        """Learn where everything stands."""
        self._health.set("caught_up", ok=False, why="reading where records stand", todo="wait: about 40,000 records a second")
        started, count = time.monotonic(), 0
        for messages in self._reading.catch_up(stop):
            self._take(messages)
            count += len(messages)
            self._health.beat("reviser", BEAT_S)
        self._health.set("caught_up", ok=True)
        log.info("reviser_started", records=count, took_ms=round(1_000 * (time.monotonic() - started)))

    def step(self) -> None:
        """Read, do, commit, tell the index.

        Raises:
            EdgeDown: Kafka does not answer; what was not committed is done in the next step.
            FatalError: See `run_reviser`.
        """
        messages = self._reading.read()
        self._take(messages)
        self._inbox.extend(messages)
        while self._inbox:  # what cannot be read for now is tried again in the next step, and nothing behind it is committed
            self._note(self._inbox[0])
            self._inbox.popleft()
        work = Work(self._shelf.records)
        done = self._deeds.do(self._tasks, self._reading, work)
        self._unknowns.look(work)
        self._commit(work, done)
        self._tell()
        self._reading.pace(full=self._tasks.full)
        self._measure()
        if time.monotonic() - self._forgot_at >= FORGET_S:
            self._forgot_at = time.monotonic()
            self._shelf.forget(self._reading.beginnings())

    def _measure(self) -> None:
        metrics.reviser_waiting.labels("originals").set(len(self._tasks.waiting))
        metrics.reviser_waiting.labels("unknown").set(self._shelf.book.unknown_count())
        if time.monotonic() - self._measured_at >= MEASURE_S:
            self._measured_at = time.monotonic()
            work, ends = (self._names.duplicates, self._names.verdicts), self._reading.ends()
            done = {tp: at for tp, at in self._tasks.positions((), self._reading.worked).items() if tp[0] in work}
            metrics.reviser_lag.set(sum(max(0, end - done[tp]) for tp, end in ends.items() if tp in done))
            self._progress.look(self._reading.at, ends, self._reading.paused)

    def close(self) -> None:
        """End all connections."""
        self._reading.close()
        self._shelf.close()
        self._keys.close()

    def _take(self, messages: Sequence[Message]) -> None:
        """Remember where they stand, and what people corrected."""
        self._shelf.take(messages)
        for message in messages:
            if message.topic() == self._names.decisions:
                self._mapping.take((message.key() or b"").decode("utf-8", "replace"), headers_of(message))

    def _note(self, message: Message) -> None:
        """A task, where the record gives one; links, where it is a decision that was revised."""
        where = Position(message.topic(), message.partition(), message.offset())
        headers = dict(headers_of(message))
        if where.topic == self._names.verdicts:
            self._note_verdict(where, message.value())
        elif where.topic == self._names.decisions:
            if REVISION in headers and (kept := self._shelf.records.read(where, _raw(message))) is not None:
                self._identity.links.give_back(links_of(kept.value))
        elif DUPLICATE_OF in headers and (kept := self._shelf.records.read(where, _raw(message))) is not None:
            self._tasks.add(Task(where, kept))

    def _note_verdict(self, where: Position, value: bytes | None) -> None:
        try:
            if value is not None:
                self._tasks.add(Task(where, read(self._codec.decode(value, "verdict"), where.identity)))
        except BadRecord as bad:
            metrics.verdicts.labels("unreadable").inc()
            log.warning("verdict_passed_over", offset=where.offset, reason=bad.reason)

    def _commit(self, work: Work, done: Sequence[Task]) -> None:
        told = self._shelf.told(work)
        taught = self._teaching.with_labels(work.labels) if work.labels or self._teaching.stale else None
        lessons = self._mapping.due()
        outgoing = [one for _, one in told] + ([self._teaching.outgoing(taught)] if taught else [])
        outgoing += [self._outcome(lead, value) for lead, value in work.outcomes.items()]
        outgoing += [self._mapping.outgoing(one) for one in lessons]
        reached = self._tasks.positions(done, self._reading.worked)
        positions = {tp: at for tp, at in reached.items() if self._committed.get(tp) != at}
        if self._identity.links.waiting:  # links of decisions that the index was not told of: read again after a restart
            positions = {tp: at for tp, at in positions.items() if tp[0] != self._names.decisions}
        if outgoing or (positions and time.monotonic() - self._committed_at >= COMMIT_S):
            went = self._writer.deliver(outgoing, positions)
            self._committed |= positions
            self._committed_at = time.monotonic()
            self._shelf.wrote(told, went)
            self._mapping.taught(lessons)
            if taught:
                self._teaching.learned(taught)
        self._tasks.settle(done)
        self._deeds.count(work)

    def _outcome(self, lead: str, value: Mapping[str, Any]) -> Outgoing:
        """What a verdict says to whoever learns, in the transaction that carries it out."""
        return Outgoing(self._names.outcomes, lead.encode(), self._codec.encode("outcome", value), [])

    def _tell(self) -> None:
        """Until the index can be told the links wait; to try costs a step its time limit, so not each does."""
        if time.monotonic() < self._tell_at:
            return
        with suppress(EdgeDown):
            self._identity.tell()
        if self._identity.links.waiting:
            self._tell_at = time.monotonic() + TELL_S


def _raw(message: Message) -> Raw:
    return Raw(message.value() or b"", tuple(headers_of(message)))
