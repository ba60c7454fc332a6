"""A client of Redis, by the settings."""

from __future__ import annotations

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from app.settings import RedisSettings


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
