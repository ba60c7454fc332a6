"""Which sessions stand: one list for all processes of the API. A key that nobody uses for a while ends by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import redis

from app.edges.redis.answering import answering
from app.edges.redis.breaker import Breaker
from app.errors import EdgeDown

AWAY: Final = "Redis does not answer: which sessions stand is known to each process of the API alone"


class RedisSessions:
    """See the module. Names of sessions are digests: who reads them cannot log in with them.

    Args:
        client: Of Redis; answers are text.
        prefix: Of keys.

    Raises:
        EdgeDown: Each method, where Redis does not answer.
    """

    def __init__(self, client: redis.Redis, prefix: str) -> None:
        self._client, self._prefix = client, f"{{{prefix}:access}}:session:"
        self._breaker = Breaker("sessions", "logging out holds in one process", lambda _: EdgeDown(AWAY), pause_s=1.0)

    def begin(self, known: str, idle_ms: int) -> None:
        self._asked(lambda: self._client.set(self._prefix + known, "1", px=idle_ms))

    def touch(self, known: str, idle_ms: int) -> bool:
        """Whether it stands; then it does for so long from now on."""
        return bool(self._asked(lambda: self._client.pexpire(self._prefix + known, idle_ms)))

    def end(self, known: str) -> None:
        self._asked(lambda: self._client.delete(self._prefix + known))

    def _asked(self, ask: Callable[[], Any]) -> Any:
        self._breaker.enter()
        try:
            with answering():
                answer = ask()
        except EdgeDown as down:
            self._breaker.missed("down", type(down.__cause__).__name__)
            raise EdgeDown(AWAY) from down
        self._breaker.worked()
        return answer
