"""What must hold for every input, whatever it is: one fate, told in messages that everybody can read, in bounded time."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, get_args

import orjson

from app.edges.memory import FixedModel
from app.edges.memory_index import MemoryMatchIndex
from app.pipeline.delivery import Outgoing
from app.pipeline.fate import DeadLetter, DeadLetterReason, Duplicate, Fate, Review, Routed
from app.pipeline.process import Pipeline
from app.pipeline.source import InboundEvent
from app.ports import Model
from app.settings import MAX_RECORD_BYTES
from app.wiring import Installation
from tests.harness.timing import TRIES

REASONS: Final = frozenset(get_args(DeadLetterReason))
RECORD_S: Final = 0.15  # of processor time, whatever is in it: a full megabyte takes a third of it (docs/hostile-input.md)
HEADERS_BYTES: Final = 8_192  # of one message that is no dead letter


@dataclass(frozen=True, slots=True)
class Finding:
    """What does not hold for one input."""

    rule: str
    event: InboundEvent
    detail: str = ""


class Judge:
    """Puts inputs through the pipeline and looks at everything that comes out.

    Args:
        installation: The configuration, without broker and Redis.
        model: What scores.
    """

    def __init__(self, installation: Installation, model: Model) -> None:
        self._installation = installation
        self._delivery = installation.delivery()
        # One for the whole run, so that what it remembers is seen to stay bounded.
        self._pipeline = installation.pipeline(installation.identity(MemoryMatchIndex()), FixedModel(model))
        self._names, self._decode = installation.names, installation.codec.decode
        self._json = {
            installation.names.routed(name) for name, team in installation.inventory.teams.items() if team.format == "json"
        }
        self.fates: Counter[str] = Counter()
        self.slowest = 0.0  # seconds of processor time

    def forget(self) -> None:
        """Nobody was here before: the match index of tests has no sweeper, so the run begins a new one now and then."""
        self._pipeline = self._new()

    def _new(self) -> Pipeline:
        pipeline = copy(self._pipeline)
        pipeline._identity = self._installation.identity(MemoryMatchIndex())
        return pipeline

    def look(self, events: Sequence[InboundEvent]) -> list[Finding]:
        """What does not hold for these inputs, as one batch; one by one where the batch as a whole failed."""
        began = time.thread_time()
        try:
            fates = self._pipeline.process(events)
            told = [self._delivery.outgoing(fate) for fate in fates]
        except Exception:
            return [finding for event in events for finding in self.alone(event)] or [
                Finding("a batch that fails as a whole", events[0])
            ]
        slow = time.thread_time() - began > RECORD_S
        if len(fates) != len(events):
            return [Finding("one fate each", events[0], f"{len(fates)} of {len(events)}")]
        found = [
            finding
            for event, fate, messages in zip(events, fates, told, strict=True)
            for finding in self._judge(event, fate, messages)
        ]
        self.fates.update(_name(fate) for fate in fates)
        if slow:
            found += [finding for event in events if len(event.value or b"") > 200 for finding in self._in_time(event)]
        return found

    def alone(self, event: InboundEvent) -> list[Finding]:
        """What does not hold for one input, in a world without others."""
        try:
            (fate,) = self._new().process([event])
        except Exception as error:
            return [Finding("no exception leaves the pipeline", event, _where(error))]
        try:
            messages = self._delivery.outgoing(fate)
        except Exception as error:
            return [Finding("no exception leaves the delivery", event, _where(error))]
        return [*self._judge(event, fate, messages), *self._in_time(event)]

    def _in_time(self, event: InboundEvent) -> list[Finding]:
        took = []
        for _ in range(TRIES):
            pipeline = self._new()
            began = time.thread_time()
            for fate in pipeline.process([event]):
                self._delivery.outgoing(fate)
            took.append(time.thread_time() - began)
            if took[-1] < RECORD_S:
                self.slowest = max(self.slowest, took[-1])
                return []
        return [Finding("a record takes bounded time", event, f"{len(event.value or b'') // 100_000} x 100 kB")]

    def _judge(self, event: InboundEvent, fate: Fate, messages: Sequence[Outgoing]) -> list[Finding]:
        try:
            return [Finding(rule, event, detail) for rule, detail in self._broken(event, fate, messages)]
        except Exception as error:  # what cannot be read back is a finding, not the end of the run
            return [Finding("what goes out can be read back", event, _where(error))]

    def _broken(self, event: InboundEvent, fate: Fate, messages: Sequence[Outgoing]) -> list[tuple[str, str]]:
        broken = []
        if not isinstance(fate, Routed | Review | Duplicate | DeadLetter) or fate.event is not event:
            broken.append(("one fate each", type(fate).__name__))
        if isinstance(fate, DeadLetter):
            if fate.reason == "internal_error":
                broken.append(("no internal error", f"{fate.stage}: {fate.detail}"))
            elif fate.reason not in REASONS:
                broken.append(("reasons are a closed list", fate.reason))
            if "@" in fate.detail or len(fate.detail) > 300:
                broken.append(("a detail quotes nothing", ""))
        topics = Counter(one.topic for one in messages)
        names, lead_id = self._names, event.position.lead_id
        outcomes = sum(
            n
            for topic, n in topics.items()
            if topic.startswith(names.routed("")) or topic in (names.review, names.duplicates, names.dlq)
        )
        if topics[names.decisions] != 1 or outcomes != 1:
            broken.append(("one message and one decision", str(sorted(topics.values()))))
        for one in messages:
            broken += self._unsent(one)
            if one.topic in (names.decisions, names.dlq) and _last(one, "src") != event.position.identity.encode():
                broken.append(("the last src is ours", ""))
            if one.topic == names.decisions:
                decision = self._decode(one.value or b"", "decision")
                if (decision["topic"], decision["offset"], decision["lead_id"]) != (
                    event.position.topic,
                    event.position.offset,
                    lead_id,
                ):
                    broken.append(("a decision names its record", ""))
            elif one.topic == names.dlq:
                broken += _changed(event, one)
            elif one.topic in self._json:
                orjson.loads(one.value or b"")
            elif one.topic.startswith(names.routed("")):
                self._decode(one.value or b"", "routed_lead")
            elif one.topic in (names.review, names.duplicates):
                self._decode(one.value or b"", "lead")
        return broken

    def _unsent(self, one: Outgoing) -> list[tuple[str, str]]:
        """What the client or the broker would refuse: a worker would end over it, again and again."""
        size = sum(len(name.encode()) + len(value or b"") for name, value in one.headers)
        letter = one.topic == self._names.dlq
        if not letter and size > HEADERS_BYTES:
            return [("headers that go on are bounded", "")]
        whole = size + len(one.key or b"") + len(one.value or b"") + 10 * len(one.headers)
        if whole > MAX_RECORD_BYTES:
            return [("what goes out fits its topic", "")]
        return []


def _changed(event: InboundEvent, letter: Outgoing) -> list[tuple[str, str]]:
    """A dead letter holds the original value, or its beginning and its hash."""
    if letter.value == event.value:
        return []
    marks = dict(letter.headers)
    cut = marks.get("leadstream.value_sha256") == sha256(event.value or b"").hexdigest().encode()
    return [] if cut and (event.value or b"").startswith(letter.value or b"") else [("a dead letter's bytes are untouched", "")]


def _last(one: Outgoing, name: str) -> bytes | None:
    """A header's value; of several with one name the last counts."""
    return dict(one.headers).get(name)


def _name(fate: Fate) -> str:
    return f"dead letter, {fate.reason}" if isinstance(fate, DeadLetter) else type(fate).__name__.lower()


def _where(error: BaseException) -> str:
    """The error's type and the innermost line of ours: what makes two findings one."""
    trace, line = error.__traceback__, "?"
    while trace is not None:
        name = trace.tb_frame.f_code.co_filename
        if "/app/" in name:
            line = f"{name.rpartition('/app/')[2]}:{trace.tb_lineno}"
        trace = trace.tb_next
    return f"{type(error).__name__} at {line}"
