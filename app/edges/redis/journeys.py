"""Journeys in Redis: what visitors did, and how far into the topic that is. A cache: the topic makes all of it again.

Keys, all below `{namespace}:b:`, all of pseudonyms:
- `v:<visitor>` a sorted set of the visitor's steps by time; 30 days after the last one it is gone
- `m:<person>` a sorted set of the person's visitors by when they were last met; 30 days, too
- `at:<partition>` the offset up to which the partition is in the steps; written with them, in one script

So steps and position are lost together and found together: a Redis that lost its data says so by a missing position, and the
partition is read again from its beginning. What leads told (this visitor is that person) is told again by the next lead alone.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

import redis
from redis.exceptions import NoPermissionError

from app.edges.redis.answering import answering
from app.edges.redis.breaker import Breaker
from app.errors import EdgeDown, EnrichmentMissing
from app.ops.metrics import journeys_wait
from app.pipeline.behaviour import BROWSERS, KEPT_MS, STEPS, journey_of
from app.ports import Journey, Moved, Visitor

_TTL_S: Final = KEPT_MS // 1000
_MOST: Final = 0.8  # of a Redis that evicts nothing: the rest is for the match index, which may share it
_NOBODY: Final = "-"  # stands for the key of whom a lead does not tell; nothing is ever kept there

# For each pair of keys (visitor, person) and times (since, until): the steps of the visitor and of the person's other ones.
# A visitor and a person that come together belong together from then on.
_ASK = """
local prefix, most, ttl, nobody = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[1] .. 'v:-'
local answer = {}
for i = 1, #KEYS, 2 do
  local mine, person, since, till = KEYS[i], KEYS[i + 1], ARGV[i + 3], ARGV[i + 4]
  local keys = {}
  if mine ~= nobody then keys[1] = mine end
  if person ~= nobody then
    local met = mine == nobody
    for _, visitor in ipairs(redis.call('ZREVRANGE', person, 0, most - 1)) do
      local key = prefix .. 'v:' .. visitor
      if key == mine then met = true else keys[#keys + 1] = key end
    end
    if not met then
      redis.call('ZADD', person, till, string.sub(mine, #prefix + 3))
      redis.call('ZREMRANGEBYRANK', person, 0, -most - 1)
      redis.call('EXPIRE', person, ttl)
    end
  end
  local found = {}
  for _, key in ipairs(keys) do
    local steps = redis.call('ZRANGEBYSCORE', key, since, till)
    if #steps > 0 then found[#found + 1] = table.concat(steps, '\\n') end
  end
  if #found > 0 then
    answer[#answer + 1] = (i - 1) / 2
    answer[#answer + 1] = table.concat(found, '\\n')
  end
end
return answer
"""

# For each visitor (number of steps, `1` where a person follows), then its steps (when, step). Only from the position named.
_KEEP = """
local at = redis.call('GET', KEYS[1]) or ''
if at ~= ARGV[1] then return at end
local prefix, most, browsers, ttl = ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[6]
local k, a = 2, 7
while k <= #KEYS do
  local key, n, told = KEYS[k], tonumber(ARGV[a]), ARGV[a + 1] == '1'
  local last = 0
  if n > 0 then
    redis.call('ZADD', key, unpack(ARGV, a + 2, a + 1 + 2 * n))
    local over = redis.call('ZCARD', key) - most
    if over > 0 then redis.call('ZREMRANGEBYRANK', key, 1, over) end
    redis.call('EXPIRE', key, ttl)
    last = ARGV[a + 2 * n]
  end
  a, k = a + 2 + 2 * n, k + 1
  if told then
    redis.call('ZADD', KEYS[k], last, string.sub(key, #prefix + 3))
    redis.call('ZREMRANGEBYRANK', KEYS[k], 0, -browsers - 1)
    redis.call('EXPIRE', KEYS[k], ttl)
    k = k + 1
  end
end
redis.call('SET', KEYS[1], ARGV[2])
return ARGV[2]
"""


class RedisJourneys:
    """Implements `app.ports.JourneyStore`.

    Args:
        client: For asking, its timeout is the budget of a batch: each step of a call (to connect, to send, to hear) ends
            within it. For keeping, an ordinary one.
        namespace: Keeps two installations on one Redis apart; a hash tag, so that a script's keys stay on one node of a cluster.
        breaker: Of asking. Keeping does not use it: who keeps waits.
    """

    def __init__(self, client: redis.Redis, namespace: str, breaker: Breaker | None = None) -> None:
        self._client = client
        self._breaker = breaker or Breaker("behaviour", "leads go on without what visitors did", EnrichmentMissing)
        self._ask, self._keep = client.register_script(_ASK), client.register_script(_KEEP)
        self._prefix = "{" + namespace + "}:b:"

    def of(self, visitors: Sequence[Visitor]) -> list[Journey | None]:
        """See `app.ports.Journeys`."""
        if not visitors:
            return []
        keys: list[str] = []
        args: list[str | int] = [self._prefix, BROWSERS, _TTL_S]
        for one in visitors:
            keys += (
                f"{self._prefix}v:{one.visitor or _NOBODY}",
                f"{self._prefix}m:{one.person}" if one.person else f"{self._prefix}v:{_NOBODY}",
            )
            args += (one.since, one.until)
        self._breaker.enter()
        try:
            with journeys_wait.time():
                answer = self._ask(keys=keys, args=args)
        except redis.TimeoutError:
            self._breaker.missed("slow")
            raise EnrichmentMissing("slow") from None
        except (redis.RedisError, OSError) as error:
            self._breaker.missed("down", type(error).__name__)
            raise EnrichmentMissing("down") from None
        self._breaker.worked()
        found: list[Journey | None] = [None] * len(visitors)
        for n, steps in zip(answer[::2], answer[1::2], strict=True):
            found[n] = journey_of(steps)
        return found

    def position(self, partition: int) -> int | None:
        """See `app.ports.JourneyStore`."""
        with answering():
            at = self._client.get(self._at(partition))
        return None if at is None else int(str(at))

    def keep(self, partition: int, since: int | None, until: int, moved: Sequence[Moved]) -> int | None:
        """See `app.ports.JourneyStore`."""
        keys = [self._at(partition)]
        args: list[str | int] = ["" if since is None else since, until, self._prefix, STEPS, BROWSERS, _TTL_S]
        for one in moved:
            keys.append(f"{self._prefix}v:{one.visitor}")
            args += (len(one.steps), "1" if one.person else "0")
            for at, step in one.steps:
                args += (at, step)
            if one.person:
                keys.append(f"{self._prefix}m:{one.person}")
        with answering():
            self._leave_room()
            at = self._keep(keys=keys, args=args)
        return None if at == "" else int(at)

    def erase(self, visitors: Collection[str], persons: Collection[str]) -> int:
        """Forget these, and all visitors of these persons; how many journeys and persons there were.

        Raises:
            EdgeDown: Redis does not answer. Erase again.
        """
        found = set(visitors)
        with answering():
            for person in persons:
                found |= {str(one) for one in self._client.zrange(f"{self._prefix}m:{person}", 0, -1)}
            keys = [f"{self._prefix}v:{one}" for one in found] + [f"{self._prefix}m:{one}" for one in persons]
            return sum(int(self._client.delete(key)) for key in keys)

    def _leave_room(self) -> None:
        try:
            memory = self._client.info("memory")
        except NoPermissionError:  # whoever denies INFO looks after the memory himself
            return
        most = int(memory.get("maxmemory", 0))
        if memory.get("maxmemory_policy") == "noeviction" and int(memory["used_memory"]) > _MOST * most > 0:
            raise EdgeDown(
                f"Redis is filled to {_MOST:.0%} of its maxmemory, and the rest is left to the match index: give it more, or the "
                "journeys a Redis of their own (REDIS_JOURNEYS_URL, maxmemory-policy volatile-lru)"
            )

    def _at(self, partition: int) -> str:
        return f"{self._prefix}at:{partition}"
