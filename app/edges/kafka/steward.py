"""The role `steward`: watches time and guardrails. One instance; a second one fences the first.

Hosts the engines (`app/steward.py`). In each step:

1. Read what came, hand it to every engine.
2. Once a second ask where the topics end; when all of that has been read, tick the engines. So none acts on stale knowledge: a
   lead whose `contacted` stands on the topic is not reassigned because the steward was slow.
3. Write their deeds, and from where on records still matter, in one transaction. What was not committed is written again.

After a restart all that is still open is read again before the first tick. Verdicts carry ids that name their cause, so one that
is said twice counts once.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import structlog
from confluent_kafka import Message

from app.edges.kafka.names import Topics
from app.edges.kafka.reading import read_to_end
from app.edges.kafka.reviser_writer import Writer
from app.edges.kafka.stepping import step_or_wait
from app.edges.kafka.steward_reading import TP, StewardReading
from app.edges.kafka.steward_telling import Telling
from app.errors import BadRecord
from app.ops import metrics_steward as metrics
from app.ops.health import Health
from app.ops.progress import Progress
from app.pipeline.delivery import Outgoing
from app.settings import KafkaSettings
from app.steward import Deed, Engine, SayVerdict

TICK_S: Final = 1.0
COMMIT_S: Final = 5.0  # positions without anything to say: they only spare a restart some reading
MEASURE_S: Final = 5.0
BEAT_S: Final = 120.0  # a step takes a minute at most: Kafka's time limits, one after the other
BEHIND_S: Final = 60.0  # without a tick for so long somebody should know
LOOK_BACK_MS: Final = 14 * 24 * 3_600_000  # outcomes and verdicts: as long as topics keep a lead that they may be about

log = structlog.get_logger(__name__)


class Codec(Protocol):
    def encode(self, record: str, value: Any) -> bytes: ...

    def decode(self, value: bytes, record: str) -> dict[str, Any]: ...

    def read_own(self, value: bytes, record: str) -> dict[str, Any]: ...


@dataclass(frozen=True)
class Parts:
    """What a steward is made of.

    Attributes:
        group: Consumer group of its positions, and transactional id.
        engines: In the order of their turns.
        runbook: Where runbooks are; None where there are none.
        clock: Seconds since the epoch.
    """

    kafka: KafkaSettings
    group: str
    names: Topics
    codec: Codec
    engines: Sequence[Engine] = field(default=())
    runbook: str | None = None
    clock: Callable[[], float] = time.time


def run_steward(parts: Parts, stop: threading.Event, health: Health | None = None) -> None:
    """Watch until stopped.

    Raises:
        ConfigurationError: A topic is missing.
        EdgeDown: Kafka does not answer at the start.
        FatalError: Another steward took over, or partitions were added: restart.
    """
    health = health or Health()
    one = Steward(parts, health)
    try:
        while not stop.is_set():
            step_or_wait(one.step, stop, health, "nothing is lost, deeds wait")
            health.beat("steward", BEAT_S)
    finally:
        one.close()


class Steward:
    """One instance, and where it stands. See `run_steward`."""

    def __init__(self, parts: Parts, health: Health) -> None:
        names, client = parts.names, parts.kafka.client()
        self._parts, self._names, self._health, self._clock = parts, names, health, parts.clock
        self._writer = Writer(parts.kafka, parts.group, "steward")  # first: from here on we are the only one
        said = (parts.codec.read_own(value, "alert") for one in read_to_end(client, [names.alerts]) if (value := one.value()))
        self._telling = Telling(names, parts.codec.encode, said, parts.runbook)
        kept = [names.decisions, names.outcomes, names.verdicts]
        self._reading = StewardReading(client, kept, [names.rollouts], self._writer.offsets, self._now())
        self._hand = {
            names.decisions: [(one.name, one.on_decision) for one in parts.engines],
            names.outcomes: [(one.name, one.on_outcome) for one in parts.engines],
            names.verdicts: [(one.name, one.on_verdict) for one in parts.engines],
            names.rollouts: [(one.name, one.on_rollout) for one in parts.engines],
        }
        ours, anybodys = parts.codec.read_own, parts.codec.decode
        self._read: dict[str, Callable[[bytes], dict[str, Any]]] = {
            names.decisions: lambda value: ours(value, "decision"),
            names.rollouts: lambda value: ours(value, "rollout"),
            names.outcomes: lambda value: anybodys(value, "outcome"),
            names.verdicts: lambda value: anybodys(value, "verdict"),
        }
        self._unsent: list[Outgoing] = []
        self._progress = Progress(health, "reading")
        self._until: dict[TP, int] | None = None  # ticked when everything before these was read
        self._committed: dict[TP, int] = {}
        self._started = self._ticked = self._committed_at = self._measured_at = time.monotonic()
        self._count, self._last_ms = 0, 0
        health.set("caught_up", ok=False, why="reading what is still open", todo="wait: some thousand records a second")

    def step(self) -> None:
        """See the module.

        Raises:
            EdgeDown: Kafka does not answer; what was not committed is written in the next step.
            FatalError: See `run_steward`.
        """
        for message in self._reading.read():
            self._take(message)
        if self._unsent:
            self._deliver()
        if not self._reading.behind:
            self._tick_when_known()
        self._measure()

    def close(self) -> None:
        """End all connections."""
        self._reading.close()

    def _take(self, message: Message) -> None:
        topic, value = message.topic(), message.value()
        self._count += 1
        if value is None:
            return
        try:
            told = self._read[topic](value)
        except BadRecord as bad:
            log.warning("record_passed_over", topic=topic, offset=message.offset(), reason=bad.reason)
            return
        at_ms = message.timestamp()[1]
        for name, hand in self._hand[topic]:
            try:
                hand(told, at_ms)
            except Exception as bug:  # ours: the engine passes this record over, all others go on
                log.error("engine_failed", role=name, topic=topic, offset=message.offset(), exc_info=bug)

    def _tick_when_known(self) -> None:
        if self._until is None and time.monotonic() - self._ticked >= TICK_S:
            self._until = self._reading.ends()
        if self._until is None or not self._reading.passed(self._until):
            return
        self._until = None
        if not self._last_ms:
            self._health.set("caught_up", ok=True)
            took_ms = round(1_000 * (time.monotonic() - self._started))
            log.info("steward_started", records=self._count, took_ms=took_ms)
        self._ticked = time.monotonic()
        self._last_ms = now_ms = max(self._last_ms, self._now())
        for engine in self._parts.engines:
            for deed in self._deeds(engine, now_ms):
                told = self._telling.outgoing(deed)
                self._unsent += told
                if told:
                    kind = deed.why if isinstance(deed, SayVerdict) else type(deed).__name__.lower()
                    metrics.deeds.labels(engine.name, kind).inc()
        self._deliver()

    def _deeds(self, engine: Engine, now_ms: int) -> list[Deed]:
        try:
            deeds = engine.tick(now_ms)
        except Exception as bug:  # ours: the other engines go on
            log.error("engine_failed", role=engine.name, exc_info=bug)
            todo = "a bug: report it with the log; what it watches stands still"
            self._health.set(f"engine_{engine.name}", ok=False, why=f"failed: {type(bug).__name__}", todo=todo)
            return []
        self._health.set(f"engine_{engine.name}", ok=True)
        return deeds

    def _deliver(self) -> None:
        """Deeds and positions, all or nothing; positions alone only now and then."""
        due = time.monotonic() - self._committed_at >= COMMIT_S
        if not self._unsent and not due:
            return
        positions = self._positions() if self._last_ms else {}
        moved = {tp: at for tp, at in positions.items() if self._committed.get(tp) != at}
        if self._unsent or moved:
            self._writer.deliver(self._unsent, moved)
        self._unsent = []
        self._committed |= moved
        self._committed_at = time.monotonic()

    def _positions(self) -> dict[TP, int]:
        """From where on records still matter: to engines; outcomes and verdicts at least as long as leads may be revised."""
        needs = [one.needed_since(self._last_ms) for one in self._parts.engines]
        since = min((one for one in needs if one is not None), default=None)
        back = min(since or self._last_ms, self._last_ms - LOOK_BACK_MS)
        return self._reading.needed(lambda topic: since if topic == self._names.decisions else back)

    def _measure(self) -> None:
        if time.monotonic() - self._measured_at < MEASURE_S:
            return
        self._measured_at = time.monotonic()
        for engine in self._parts.engines:
            for what, value in engine.backlog(self._last_ms).items():
                metrics.backlog.labels(engine.name, what).set(value)
        ends = self._reading.ends()
        self._progress.look(self._reading.at, ends)
        metrics.lag.set(sum(max(0, end - self._reading.at[tp]) for tp, end in ends.items()))
        silent = time.monotonic() - self._ticked
        if self._last_ms:
            why = f"no tick for {silent:.0f} s: more comes than is read, or a transaction stays open"
            self._health.set("ticking", ok=silent < BEHIND_S, why=why, todo="look at the steward's CPU time and at the workers")

    def _now(self) -> int:
        return int(self._clock() * 1000)
