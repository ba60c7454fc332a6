"""Who has claimed which lead of the review queue, and until when: one truth for all processes that serve the queue.

A lease is a key that ends by itself. Only who knows its token renews or releases it. All keys share one hash tag.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import redis

from app.edges.redis.answering import answering
from app.edges.redis.breaker import Breaker
from app.errors import EdgeDown

# Takes the first of the keys that is free; answers its place from 1 on, or 0.
_TAKE: Final = """
for n, key in ipairs(KEYS) do
  if redis.call('SET', key, ARGV[1], 'NX', 'PX', ARGV[2]) then return n end
end
return 0
"""
_RENEW: Final = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end return 0"
_RELEASE: Final = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"
_HOLDERS: Final = """
local found = {}
for n, key in ipairs(KEYS) do
  local value = redis.call('GET', key)
  found[n] = value and {value, redis.call('PTTL', key)} or {'', 0}
end
return found
"""
_DROP: Final = "local n = 0 for _, key in ipairs(KEYS) do n = n + redis.call('DEL', key) end return n"
AWAY: Final = "Redis does not answer: nothing can be claimed for now"


@dataclass(frozen=True, slots=True)
class Lease:
    """A claim that stands.

    Attributes:
        left_ms: How long it still does.
    """

    token: str
    reviewer: str
    left_ms: int


class Leases:
    """See the module. Each call is one round trip.

    Args:
        client: Of Redis; answers are text.
        prefix: Of keys.

    Raises:
        EdgeDown: Each method, where Redis does not answer.
    """

    def __init__(self, client: redis.Redis, prefix: str) -> None:
        self._prefix = f"{{{prefix}:review}}:lease:"
        self._take, self._renew = client.register_script(_TAKE), client.register_script(_RENEW)
        self._release, self._holders = client.register_script(_RELEASE), client.register_script(_HOLDERS)
        self._drop = client.register_script(_DROP)
        self._breaker = Breaker("leases", "nothing can be claimed", lambda _: EdgeDown(AWAY), pause_s=1.0)

    def take(self, leads: Sequence[str], reviewer: str, token: str, lease_ms: int) -> str | None:
        """Claim the first of these that nobody has; None: all are claimed."""
        if not leads:
            return None
        place = int(self._asked(self._take, leads, f"{token} {reviewer}", lease_ms))
        return leads[place - 1] if place else None

    def renew(self, lead: str, reviewer: str, token: str, lease_ms: int) -> bool:
        """Hold it from now on for so long; whether it was still held."""
        return bool(self._asked(self._renew, [lead], f"{token} {reviewer}", lease_ms))

    def release(self, lead: str, reviewer: str, token: str) -> bool:
        """Let it go; whether it was still held."""
        return bool(self._asked(self._release, [lead], f"{token} {reviewer}"))

    def drop(self, leads: Sequence[str]) -> int:
        """Let go of all claims on these, whoever has them; how many there were."""
        return int(self._asked(self._drop, leads)) if leads else 0

    def holders(self, leads: Sequence[str]) -> list[Lease | None]:
        """Of each, who has it."""
        if not leads:
            return []
        found = []
        for value, left_ms in self._asked(self._holders, leads):
            token, _, reviewer = value.partition(" ")
            found.append(Lease(token, reviewer, int(left_ms)) if value else None)
        return found

    def _asked(self, script: Any, leads: Sequence[str], *arguments: str | int) -> Any:
        self._breaker.enter()
        try:
            with answering():
                answer = script(keys=[self._prefix + lead for lead in leads], args=arguments)
        except EdgeDown as down:
            self._breaker.missed("down", type(down.__cause__).__name__)
            raise EdgeDown(AWAY) from down
        self._breaker.worked()
        return answer
