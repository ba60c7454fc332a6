"""What leadstream needs of Redis: the commands it calls, in scripts too, and the keys it touches; and the ACL line of that.

A test holds the list against the scripts, and runs the contracts of everything that is in Redis as this user.
"""

from __future__ import annotations

from typing import Final

# `auth` no user can be denied, and what the client says of itself (`client setinfo`) may be. `info` tells nothing of keys: it is
# asked how full Redis is.
COMMANDS: Final = (
    "ping", "hello", "select", "info", "evalsha", "script|load",
    "get", "mget", "set", "setrange", "setbit", "getbit", "del", "expire", "pexpire", "pttl", "memory|usage",
    "hget", "hmget", "hgetall", "hlen", "hset", "hdel",
    "lindex", "llen", "lrange", "lset", "rpush",
    "zadd", "zcard", "zrange", "zrangebyscore", "zrevrange", "zremrangebyrank",
)  # fmt: skip
KEYS: Final = ("{prefix}:*", "{prefix:review}:*", "{prefix:access}:*")  # braces of ours: hash tags of a cluster


def acl(prefix: str, user: str = "leadstream") -> str:
    """The command that makes the user; it is given its password by who runs it.

    Args:
        prefix: Of topics and keys (LEADSTREAM_TOPIC_PREFIX).
    """
    keys = " ".join(f"~{key.replace('prefix', prefix)}" for key in KEYS)
    may = " ".join(f"+{command}" for command in COMMANDS)
    return f"ACL SETUSER {user} reset on >PASSWORD resetchannels {keys} {may}"
