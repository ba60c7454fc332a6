"""Claims in Redis: one script call, one round trip per batch.

Redis is a cache here. A mark tells whether it holds all claims; where the mark is missing (a new Redis, or one that lost its
data), nobody claims anything until the claims that stand have been restored from the decisions topic.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Sequence
from itertools import islice

import redis
import structlog
from redis.backoff import NoBackoff
from redis.retry import Retry

from app.edges.redis.answering import answering
from app.errors import EdgeDown
from app.ops.metrics import claims_wait
from app.ports import Claim, Owned, Standing
from app.settings import RedisSettings

log = structlog.get_logger(__name__)

RESTORING_S = 60  # a worker that restores renews its mark more often than that; if it dies, another begins again
_CHUNK = 1_000  # standing claims restored in one round trip

# For each claim (owner, seconds, number of keys): the first key that another lead holds decides the owner; free keys become
# the owner's. Atomic, and the same answer however often the same claim is made: one's own claim, met again, is one's own,
# and a key that a duplicate left for its original (`original duplicate`) is not how that duplicate finds it.
# Redis 6.2 has no SET … NX GET together; GET and SET inside a script are as good, because nothing runs between them.
_CLAIM = """
if redis.call('EXISTS', KEYS[1]) == 0 then return false end
local answer, k = {}, 2
for a = 1, #ARGV, 3 do
  local me, seconds, n = ARGV[a], ARGV[a + 1], tonumber(ARGV[a + 2])
  local of, by, free = me, 0, {}
  for i = k, k + n - 1 do
    local held = redis.call('GET', KEYS[i])
    if not held then
      free[#free + 1] = KEYS[i]
    elseif of == me then
      local owner, left_by = string.match(held, '^(%S+) ?(%S*)$')
      if owner ~= me and left_by ~= me then
        of, by = owner, i - k + 1
      end
    end
  end
  local value = of
  if of ~= me then value = of .. ' ' .. me end
  for _, key in ipairs(free) do
    redis.call('SET', key, value, 'EX', seconds)
  end
  answer[#answer + 1] = of
  answer[#answer + 1] = by
  k = k + n
end
return answer
"""

# Go on restoring, or be done with it: only if nothing was lost, and so nobody else began, since we began.
_GO_ON = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if #KEYS == 1 then
  redis.call('EXPIRE', KEYS[1], ARGV[2])
else
  redis.call('SET', KEYS[2], '1')
  redis.call('DEL', KEYS[1])
end
return 1
"""


def connect(settings: RedisSettings, *, text: bool = True) -> redis.Redis:
    """A client whose every call ends within the settings' timeout. It does not retry: the lane does, and says so.

    Args:
        settings: Where Redis is.
        text: Answers are text; else bytes.
    """
    extra = {"ssl_ca_certs": str(settings.ssl_ca_certs)} if settings.ssl_ca_certs else {}
    return redis.Redis.from_url(
        settings.url.get_secret_value(),
        socket_timeout=settings.timeout_s,
        socket_connect_timeout=settings.timeout_s,
        retry=Retry(NoBackoff(), 0),
        decode_responses=text,
        **extra,
    )


class RedisClaims:
    """Claims that all workers share.

    Args:
        client: The connection.
        namespace: Keeps two installations on one Redis apart. It is a hash tag, so that a script's keys stay on one
            node of a Redis Cluster.
        standing: Tells all claims that stand, from where they are recorded; asked when Redis does not hold them.
    """

    def __init__(self, client: redis.Redis, namespace: str, standing: Callable[[], Iterable[Standing]] = lambda: ()) -> None:
        self._client, self._standing = client, standing
        self._script, self._go_on = client.register_script(_CLAIM), client.register_script(_GO_ON)
        self._prefix = "{" + namespace + "}:"
        self._complete, self._restoring = self._prefix + "complete", self._prefix + "restoring"

    def claim(self, claims: Sequence[Claim]) -> list[Owned]:
        """See `app.ports.Claims`."""
        keys = [self._complete] + [self._prefix + key for claim in claims for key in claim.keys]
        args: list[str | int] = []
        for claim in claims:
            args += (claim.owner, claim.window_s, len(claim.keys))
        with answering():
            with claims_wait.time():
                answer = self._script(keys=keys, args=args)
            if answer is None:
                self._restore()
                answer = self._script(keys=keys, args=args)
        if answer is None:
            raise EdgeDown("Redis lost its claims again")
        return [
            Owned(owner, claim.keys[by - 1] if by else None)
            for claim, owner, by in zip(claims, answer[::2], answer[1::2], strict=True)
        ]

    def _restore(self) -> None:
        """Put back every claim that stands, then the mark that all are there. One worker does it, the others wait."""
        mine = uuid.uuid4().hex
        if not self._client.set(self._restoring, mine, nx=True, ex=RESTORING_S):
            raise EdgeDown("Redis has lost its claims; a worker is restoring them from the decisions")
        log.warning("claims_restoring", why="Redis does not hold them: it is new, or lost its data")
        standing, count = iter(self._standing()), 0
        while chunk := list(islice(standing, _CHUNK)):
            self._go_on_restoring([self._restoring], mine)
            with self._client.pipeline(transaction=False) as pipe:
                for one in chunk:
                    value = one.owner if one.left_by is None else f"{one.owner} {one.left_by}"
                    for key in one.keys:  # what a duplicate left gives way to what its original holds
                        pipe.set(self._prefix + key, value, ex=one.seconds, nx=one.left_by is not None)
                pipe.execute()
            count += len(chunk)
        self._go_on_restoring([self._restoring, self._complete], mine)
        log.info("claims_restored", count=count)

    def _go_on_restoring(self, keys: list[str], mine: str) -> None:
        if not self._go_on(keys=keys, args=[mine, RESTORING_S]):
            raise EdgeDown("Redis lost its data while its claims were being restored")
