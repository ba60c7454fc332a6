"""The desk in Redis: one truth for all workers, one script and one round trip per batch (docs/assignment.md).

Redis is a cache here, too. A mark tells that the desk knows what it gave; without it nobody gets an owner until it is restored
from the decisions. A worker remembers how many leads it has seen given under the mark: a Redis that comes back with fewer has
forgotten some, and counts as empty.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from importlib.resources import files
from typing import Any, Final

import redis

from app.desk.answering import Standing, away
from app.desk.roster import Roster
from app.edges.redis.answering import answering
from app.edges.redis.breaker import Breaker, How
from app.edges.redis.desk_wire import SEAT, Wire, packed_standing
from app.edges.redis.match_wire import packed_ids
from app.edges.redis.restoring import RESTORING_S, restored
from app.errors import EdgeDown
from app.ops.metrics import desk_wait
from app.ports import Assigned, Wanted

_CHUNK: Final = 500  # leads restored in one round trip
_PARTS: Final = ("keys", "seats", "turns", "entering", "calls")


class RedisDesk:
    """Implements `app.ports.Desk`.

    Args:
        client: Its answers must be bytes, and its timeout is the budget of a batch: no lead waits longer for its owner.
        namespace: Keeps two installations on one Redis apart; a hash tag, so that all keys stay on one node of a cluster.
        roster: Who works, now; the same object until something is said.
        breaker: A Redis that hangs costs two batches the budget, then one in 3 s.
        clock: Unix time.
    """

    def __init__(
        self,
        client: redis.Redis,
        namespace: str,
        roster: Callable[[], Roster],
        *,
        breaker: Breaker | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._client, self._roster, self._clock = client, roster, clock
        self._breaker = breaker or Breaker("desk", "leads go to their teams' queues, without an owner", _left_alone)
        folder = files("app.edges.redis") / "desk_lua"
        self._script = client.register_script("\n".join((folder / f"{part}.lua").read_text("utf-8") for part in _PARTS))
        self._keys = [f"{{{namespace}}}:d:{name}" for name in ("complete", "restoring")]
        self._seen: tuple[bytes, int] = (b"", 0)  # the mark, and how many leads were given under it

    @property
    def needed(self) -> bool:
        """Whether any team has members."""
        return bool(self._roster().teams)

    def assign(self, wanted: Sequence[Wanted]) -> list[Assigned]:
        """See the port."""
        at_ms, roster = int(1000 * self._clock()), self._roster()
        wire = Wire(wanted, roster, at_ms)
        if not roster.teams:  # queues only: there is nothing to ask
            return wire.answers(b"")
        try:
            answer = self._asked(wire, at_ms)
        except EdgeDown:
            answer = None
        return away(wanted, at_ms, roster.version) if answer is None else wire.answers(answer)

    def give_back(self, leads: Sequence[str]) -> None:
        """See the port."""
        if leads and self._roster().teams:
            try:
                self._tried("back", "", packed_ids(leads))
            except EdgeDown:  # their places stay taken for the day, at most
                return

    def forget(self, leads: Sequence[str], subjects: Sequence[str]) -> int:
        """Nobody has these leads, and these persons are nobody's; how many of them somebody's were.

        Raises:
            EdgeDown: Redis does not answer. A desk that is not complete is made from decisions, which forget them, too.
        """
        with answering():
            self._call("back", "", packed_ids(leads))
            return int(self._call("forget", "", packed_ids([f"ld_{one[3:]}" for one in subjects])))

    def taken(self, team: str) -> dict[str, tuple[int, int]]:
        """Member → (local date, leads taken on it).

        Raises:
            EdgeDown: The desk does not answer or is not complete.
        """
        with answering():
            told = self._call("seats", "", team)
        if told is None:
            raise EdgeDown("the desk is not complete: Redis is new, or lost its data")
        seats = {name.decode(): SEAT.unpack(seat) for name, seat in zip(told[::2], told[1::2], strict=True) if name != b"."}
        return {name: (day, taken) for name, (_, _, _, _, day, taken) in seats.items()}

    def restore(self, standing: Iterable[Standing | None]) -> int:
        """Fill the desk where it is not complete; asks for what stands only then.

        Args:
            standing: In the order of time; None now and then, as a sign of life.

        Returns:
            How many leads; 0 where it was complete.

        Raises:
            EdgeDown: Redis does not answer, or another process restores it.
        """
        return restored(self._call, "desk", lambda mine: self._fill(mine, standing))

    def _fill(self, mine: str, standing: Iterable[Standing | None]) -> int:
        chunk, count = list[Standing](), 0
        for one in standing:
            if one is not None:
                chunk.append(one)
            if one is None or len(chunk) == _CHUNK:
                self._mine("enter", mine, RESTORING_S, packed_standing(chunk))
                count += len(chunk)
                chunk.clear()
        self._mine("enter", mine, RESTORING_S, packed_standing(chunk))
        self._mine("finish", mine)
        return count + len(chunk)

    def _asked(self, wire: Wire, at_ms: int) -> bytes | None:
        mark, given = self._seen
        with desk_wait.time():
            answer = self._tried("assign", mark, given, at_ms, wire.teams, wire.asks)
        if answer is None:
            return None
        mark, given = answer[0], int(answer[1])
        if mark != self._seen[0] or given > self._seen[1]:
            self._seen = mark, given  # threads may overtake each other here: a number too low only sees a loss later
        return bytes(answer[2])

    def _tried(self, what: str, token: str | bytes, *args: Any) -> Any:
        self._breaker.enter()
        try:
            with answering():
                answer = self._call(what, token, *args)
        except EdgeDown as down:
            how: How = "slow" if isinstance(down.__cause__, redis.TimeoutError) else "down"
            self._breaker.missed(how, type(down.__cause__).__name__)
            raise
        self._breaker.worked()
        return answer

    def _call(self, what: str, token: str | bytes, *args: Any) -> Any:
        return self._script(keys=self._keys, args=[what, token, *args])

    def _mine(self, what: str, mine: str, *args: Any) -> None:
        if self._call(what, mine, *args) is None:
            raise EdgeDown("Redis lost its data while the desk was being restored")


def _left_alone(how: How) -> EdgeDown:
    return EdgeDown(f"Redis was {how} just now: it is left alone for a moment")
