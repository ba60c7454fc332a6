"""Claims in Redis: one script call, one round trip per batch."""

from __future__ import annotations

from collections.abc import Sequence

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from app.errors import EdgeDown
from app.ops.metrics import claims_wait
from app.ports import Claim, Owned
from app.settings import RedisSettings

# For each claim (owner, seconds, number of keys): the first key that another lead holds decides the owner; free keys become
# the owner's. Atomic, and the same answer however often the same claim is made: one's own claim, met again, is one's own,
# and a key that a duplicate left for its original (`original duplicate`) is not how that duplicate finds it.
# Redis 6.2 has no SET … NX GET together; GET and SET inside a script are as good, because nothing runs between them.
_CLAIM = """
local answer, k = {}, 1
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

# Trying again may help with these; any other error (a wrong password, a script error) is a bug or a wrong setting.
_TRANSIENT = (redis.ConnectionError, redis.TimeoutError, redis.BusyLoadingError, redis.ReadOnlyError, redis.OutOfMemoryError)
# The same, when a command inside a script met them: Redis before 7 tells them in the text alone.
_TRANSIENT_IN_SCRIPT = ("OOM ", "READONLY ", "MISCONF ", "LOADING ")


def connect(settings: RedisSettings) -> redis.Redis:
    """A client whose every call ends within the settings' timeout. It does not retry: the lane does, and says so."""
    extra = {"ssl_ca_certs": str(settings.ssl_ca_certs)} if settings.ssl_ca_certs else {}
    return redis.Redis.from_url(
        settings.url.get_secret_value(),
        socket_timeout=settings.timeout_s,
        socket_connect_timeout=settings.timeout_s,
        retry=Retry(NoBackoff(), 0),
        decode_responses=True,
        **extra,
    )


class RedisClaims:
    """Claims that all workers share.

    Args:
        client: The connection.
        namespace: Keeps two installations on one Redis apart. It is a hash tag, so that a script's keys stay on one
            node of a Redis Cluster.
    """

    def __init__(self, client: redis.Redis, namespace: str) -> None:
        self._script = client.register_script(_CLAIM)
        self._prefix = "{" + namespace + "}:"

    def claim(self, claims: Sequence[Claim]) -> list[Owned]:
        """See `app.ports.Claims`."""
        keys = [self._prefix + key for claim in claims for key in claim.keys]
        args: list[str | int] = []
        for claim in claims:
            args += (claim.owner, claim.window_s, len(claim.keys))
        try:
            with claims_wait.time():
                answer = self._script(keys=keys, args=args)
        except redis.AuthenticationError:  # a subclass of ConnectionError, but waiting does not mend a password
            raise
        except _TRANSIENT as error:
            raise EdgeDown(f"Redis does not answer: {type(error).__name__}") from error
        except redis.ResponseError as error:
            if any(word in str(error) for word in _TRANSIENT_IN_SCRIPT):
                raise EdgeDown("Redis does not write: it is full, read-only or loading") from error
            raise
        return [
            Owned(owner, claim.keys[by - 1] if by else None)
            for claim, owner, by in zip(claims, answer[::2], answer[1::2], strict=True)
        ]
