"""The real worker with something broken on purpose.

    python -m tests.harness.broken_worker no-transaction | no-owner | crash=POINT [...]

`no-transaction`, `no-owner`: the red controls. One safety is taken out; if the ledger holds all the same, the harness proves
nothing.
`crash=POINT`: dies, once, at a named point of a delivery: identified, produced, before-commit, after-commit. Which points
have been met stands in the folder CRASHED, so that a restarted worker goes on.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from confluent_kafka import Producer

from app import cli
from app.edges.kafka import lane
from app.edges.kafka.lane import Lane
from app.edges.redis.match_index import RedisMatchIndex
from app.match_index import Ask, Earlier, Link, Sought, Unknown
from app.pipeline.fate import Fate

deliver, seek = Lane._deliver, RedisMatchIndex.seek
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
        "no-owner": lambda: setattr(RedisMatchIndex, "seek", without_owner),
    }
    for arg in sys.argv[1:]:
        what, _, where = arg.partition("=")
        if what == "crash":
            points[where] = 0
        else:
            patches[what]()
    vars(lane)["Producer"] = CrashingProducer
    sys.argv[1:] = ["worker"]
    cli.main()
