"""The real worker with something broken on purpose.

    python -m tests.harness.broken_worker no-transaction | ack-first | no-owner | crash=POINT | slow=SECONDS | clock | again [...]

`no-transaction`, `ack-first`, `no-owner`: the red controls. One safety is taken out; if the ledger holds all the same, the
harness proves nothing.
`crash=POINT`: dies, once, at a named point of a delivery: identified, produced, before-commit, after-commit, acknowledged. Which
points have been met stands in the folder CRASHED, so that a restarted worker goes on.
`slow=SECONDS`: the match index answers each batch so much later.
`clock`: the wall clock is stepped again and again, by up to a day, forwards and back.
`again`: reads the inbound topics of the installation INBOUND_OF, and writes to its own topics.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from confluent_kafka import Producer

from app import cli
from app.edges.kafka import lane
from app.edges.kafka.lane import Lane
from app.edges.kafka.names import Topics
from app.edges.redis.match_index import RedisMatchIndex
from app.match_index import Ask, Earlier, Link, Sought, Unknown
from app.pipeline.fate import Fate

deliver, seek = Lane._deliver, RedisMatchIndex.seek
STEP_EACH_S = 5.0
CALM_DELIVERIES = 40  # before the crash: lanes begin with an empty delivery each, and it must strike one with records


def without_transaction(self: Any, fates: Sequence[Fate], position: int | None = None) -> None:
    """Outputs first, flushed; then the position by itself: at least once, as most pipelines are."""
    producer = self.__dict__.setdefault("plain", Producer(self._offsets._client | {"message.max.bytes": 10_000_000}))
    for fate in fates:
        for record in self._outgoing(fate):
            producer.produce(record.topic, record.value, record.key, headers=record.headers)
            producer.poll(0)
    producer.flush()
    deliver(self, [], position)


def acknowledged_first(self: Any, fates: Sequence[Fate], position: int | None = None) -> None:
    """The position first; then the outputs, without anything that joins them: at most once, as most pipelines are by mistake."""
    deliver(self, [], position)
    if fates:
        crash("acknowledged")
        without_transaction(self, fates, position)


def slowly(seconds: float) -> None:
    """A Redis that is far away."""

    def ask(self: Any, asks: Sequence[Ask], links: Sequence[Link] = ()) -> list[Sought] | Unknown:
        time.sleep(seconds)
        return seek(self, asks, links)

    setattr(RedisMatchIndex, "seek", ask)  # noqa: B010  mypy does not let a method be replaced


def stepped() -> None:
    """Another time of day every few seconds; clocks that only go forward are left alone."""
    real, began = time.time, time.monotonic()
    steps = (0, 3_600, -3_600, 86_400, -86_400, 30)

    def now() -> float:
        return real() + steps[int((time.monotonic() - began) / STEP_EACH_S) % len(steps)]

    setattr(time, "time", now)  # noqa: B010


def again() -> None:
    """The inbound topics of another installation."""
    theirs = Topics(os.environ["INBOUND_OF"])
    for name in ("inbound", "source_of", "slug_of"):
        setattr(Topics, name, _of(theirs, vars(Topics)[name]))


def _of(theirs: Topics, real: Callable[[Topics, str], str | None]) -> Callable[[Topics, str], str | None]:
    return lambda _, told: real(theirs, told)


def without_owner(self: Any, asks: Sequence[Ask], links: Sequence[Link] = ()) -> list[Sought] | Unknown:
    """A plain set of event ids: who finds its own there is the same event again, even if it put it there before it was killed."""
    answers = seek(self, asks, links)
    if isinstance(answers, Unknown):
        return answers
    fresh = [self._client.set(f"seen:{ask.exclusive.hex()}", ask.lead, nx=True) for ask in asks]
    return [
        answer if is_fresh else Sought(0, Earlier(f"{ask.lead[:-1]}*", b"", (), f"{ask.lead[:-1]}*", ask.lead, 0, apart=False))
        for ask, answer, is_fresh in zip(asks, answers, fresh, strict=True)
    ]


class CrashingProducer(Producer):  # type: ignore[misc]
    """Reports the points of a transaction."""

    def begin_transaction(self, *args: Any) -> None:
        crash("identified")
        super().begin_transaction(*args)

    def send_offsets_to_transaction(self, *args: Any) -> None:
        crash("produced")
        super().send_offsets_to_transaction(*args)

    def commit_transaction(self, *args: Any) -> None:
        crash("before-commit")
        super().commit_transaction(*args)
        crash("after-commit")


points: dict[str, int] = {}


def crash(point: str) -> None:
    """Die here if it is asked for, often enough passed, and not done before."""
    if point not in points:
        return
    points[point] += 1
    done = Path(os.environ["CRASHED"]) / point
    if points[point] > CALM_DELIVERIES and not done.exists():
        done.touch()
        os._exit(99)


if __name__ == "__main__":
    patches: dict[str, Callable[[], None]] = {
        "no-transaction": lambda: setattr(Lane, "_deliver", without_transaction),
        "ack-first": lambda: setattr(Lane, "_deliver", acknowledged_first),
        "no-owner": lambda: setattr(RedisMatchIndex, "seek", without_owner),
        "clock": stepped,
        "again": again,
    }
    for arg in sys.argv[1:]:
        what, _, where = arg.partition("=")
        if what == "crash":
            points[where] = 0
        elif what == "slow":
            slowly(float(where))
        else:
            patches[what]()
    vars(lane)["Producer"] = CrashingProducer
    sys.argv[1:] = ["worker"]
    cli.main()
