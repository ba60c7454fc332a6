"""The shared index of matching in Redis: one script, one round trip per batch, at most 200 bytes per lead (docs/match-index.md).

Redis is a cache here. A mark tells that the index is complete; it is also a token, made anew at each restoring, under which a
worker remembers the highest number that it has seen: a Redis that comes back with a lower one has forgotten what it had
answered, and counts as empty.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final

import redis

from app.edges.redis.answering import answering
from app.edges.redis.breaker import Breaker, How
from app.edges.redis.match_wire import packed_asks, packed_ids, packed_links, packed_standing, read_answer, second
from app.edges.redis.restoring import RESTORING_S, restored
from app.errors import EdgeDown
from app.match_index import LATE_S, Ask, Counts, Link, Sought, Standing, Swept, Unknown
from app.ops.metrics import match_wait

_CHUNK: Final = 500  # leads restored in one round trip
_STEP: Final = 500  # keys cleared in one round trip
_SEGMENTS, _BUCKETS = 1, 16  # looked at in one step of a sweep: 2,048 leads and 3,000 references
_PARTS: Final = ("buckets", "leads", "asking", "forgetting", "calls")


@dataclass(frozen=True, slots=True)
class Horizon:
    """How far forgetting may go.

    Attributes:
        now_ms: Windows that ended before this have ended for all asks of lately; 0: there were none.
        steps: Of the sweep, for the caller to make.
    """

    now_ms: int
    steps: int


class RedisMatchIndex:
    """Implements `app.match_index.MatchIndex`.

    Args:
        client: The connection; its answers must be bytes (`connect(settings, text=False)`).
        namespace: Keeps two installations on one Redis apart; a hash tag, so that all keys stay on one node of a cluster.
        crowd: A key that so many earlier persons share finds nobody, if its own limit is not lower; at most 255.
        most: Earlier leads in one answer; at most 255.
        wait: What an index that is down or not complete does to an ask: EdgeDown, so that leads wait; else it answers Unknown.
        breaker: Of asking, where leads do not wait: a Redis that hangs costs the first two batches its timeout, then one in 3 s.
    """

    def __init__(
        self,
        client: redis.Redis,
        namespace: str,
        *,
        crowd: int = 50,
        most: int = 20,
        wait: bool = True,
        breaker: Breaker | None = None,
    ) -> None:
        if not (0 < crowd < 256 and 0 < most < 256):
            raise ValueError("crowd and most lie between 1 and 255")
        self._client, self._crowd, self._most, self.wait = client, crowd, most, wait
        self._breaker = breaker or Breaker("match_index", "leads flow; who is a duplicate is found out later", _left_alone)
        folder = files("app.edges.redis") / "match_lua"
        self._script = client.register_script("\n".join((folder / f"{part}.lua").read_text("utf-8") for part in _PARTS))
        self._keys = [f"{{{namespace}}}:i:{name}" for name in ("complete", "restoring", "s")]
        self._seen: tuple[bytes, int] = (b"", 0)  # the mark, and the highest number answered under it

    def seek(self, asks: Sequence[Ask], links: Sequence[Link] = ()) -> list[Sought] | Unknown:
        """See the port."""
        args = (self._crowd, self._most, packed_links(links), packed_asks(asks))
        try:
            answer = self._seek(args) if self.wait else self._tried(args)
            if answer is None:
                raise EdgeDown("the match index is not complete: Redis is new, or lost its data")
        except EdgeDown as error:
            if self.wait:
                raise
            return Unknown(str(error))
        return read_answer(answer, len(asks))

    def _tried(self, args: Sequence[Any]) -> bytes | None:
        self._breaker.enter()
        try:
            answer = self._seek(args)
        except EdgeDown as down:
            how: How = "slow" if isinstance(down.__cause__, redis.TimeoutError) else "down"
            self._breaker.missed(how, type(down.__cause__).__name__)
            raise
        self._breaker.worked()
        return answer

    def _seek(self, args: Sequence[Any]) -> bytes | None:
        mark, number = self._seen
        with answering(), match_wait.time():
            answer = self._call("seek", mark, number, *args)
        if answer is None:
            return None
        mark, number = answer[0], int(answer[1])
        if mark != self._seen[0] or number > self._seen[1]:
            self._seen = mark, number  # threads may overtake each other here: a number too low only sees a loss later
        return bytes(answer[2])

    def horizon(self, now_ms: int, most: int) -> Horizon:
        """What a sweep may forget, and how much of it is to be done now; each step is told to one worker.

        Args:
            now_ms: The wall clock's time.
            most: Steps at most.

        Raises:
            EdgeDown: The index does not answer or is not complete.
        """
        with answering():
            told = self._call("horizon", "", second(now_ms // 1000), LATE_S, most)
        if told is None:
            raise EdgeDown("the match index is not complete")
        return Horizon(1000 * told[0], told[1])

    def sweep(self, now_ms: int) -> Swept:
        """See the port."""
        with answering():
            expired, pruned, around = self._call("sweep", "", second(now_ms // 1000), _SEGMENTS, _BUCKETS)
        return Swept(expired, pruned, bool(around))

    def erase(self, leads: Sequence[str]) -> int:
        """See the port. The records go at once; then every reference in the index is looked at, step by step."""
        with answering():
            erased = self._whole(self._call("erase", "", packed_ids(leads)))
            bucket = 0
            while bucket >= 0:
                bucket = self._whole(self._call("prune", "", bucket, _BUCKETS))
        return erased

    def counts(self) -> Counts:
        """See the port."""
        with answering():
            told = self._call("counts", "")
        if told is None:
            raise EdgeDown("the match index is not complete")
        return Counts(*told)

    def restore(self, standing: Iterable[Standing | None]) -> int:
        """See the port."""
        return restored(self._call, "match_index", lambda mine: self._fill(mine, standing), RESTORING_S)

    def _fill(self, mine: str, standing: Iterable[Standing | None]) -> int:
        at = count = 0
        while at >= 0:
            at = self._mine("clear", mine, RESTORING_S, at, _STEP)
        for chunk in _chunks(standing):
            self._mine("enter", mine, RESTORING_S, self._crowd, packed_standing(chunk))
            count += len(chunk)
        self._mine("finish", mine)
        return count

    def _call(self, what: str, token: str | bytes, *args: Any) -> Any:
        return self._script(keys=self._keys, args=[what, token, *args])

    def _mine(self, what: str, mine: str, *args: Any) -> int:
        answer = self._call(what, mine, *args)
        if answer is None:
            raise EdgeDown("Redis lost its data while the match index was being restored")
        return int(answer)

    @staticmethod
    def _whole(answer: Any) -> int:
        if answer is None:
            raise EdgeDown("the match index is not complete")
        return int(answer)


def _chunks(standing: Iterable[Standing | None]) -> Iterator[list[Standing]]:
    """Told in pieces; an empty one, too, is a sign of life."""
    chunk: list[Standing] = []
    for one in standing:
        if one is not None:
            chunk.append(one)
        if one is None or len(chunk) == _CHUNK:
            yield chunk
            chunk = []
    yield chunk


def _left_alone(how: How) -> EdgeDown:
    return EdgeDown(f"Redis was {how} just now: it is left alone for a moment")
