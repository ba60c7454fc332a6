"""A client of Redis, by the settings."""

from __future__ import annotations

import ssl

import redis
from redis.backoff import NoBackoff
from redis.exceptions import AuthorizationError, NoPermissionError
from redis.retry import Retry

from app.edges.redis.answering import USER
from app.errors import ConfigurationError
from app.settings import RedisSettings


def connect(settings: RedisSettings, *, text: bool = True) -> redis.Redis:
    """A client whose every call ends within the settings' timeout. It does not retry: the lane does, and says so.

    Args:
        settings: Where Redis is.
        text: Answers are text; else bytes.

    Raises:
        ConfigurationError: Redis does not know us, or we not it; says how to mend it. One that is down is waited for elsewhere.
    """
    files = {"ssl_ca_certs": settings.ssl_ca_certs, "ssl_certfile": settings.ssl_certfile, "ssl_keyfile": settings.ssl_keyfile}
    try:
        client = redis.Redis.from_url(
            settings.url.get_secret_value(),
            socket_timeout=settings.timeout_s,
            socket_connect_timeout=settings.timeout_s,
            retry=Retry(NoBackoff(), 0),
            decode_responses=text,
            **{name: str(path) for name, path in files.items() if path},
        )
    except ValueError:  # its words may quote the URL
        raise ConfigurationError("REDIS_URL: say it as redis://user:password@host:6379/0, or rediss:// for TLS") from None
    _refuse_to_start(client)
    return client


def _refuse_to_start(client: redis.Redis) -> None:
    try:
        client.ping()
    except (redis.AuthenticationError, AuthorizationError):
        raise ConfigurationError("Redis refuses us: check user and password in REDIS_URL") from None
    except NoPermissionError:
        raise ConfigurationError(USER) from None
    except redis.RedisError as error:
        if isinstance(cause := _tls(error), ssl.SSLCertVerificationError):
            raise ConfigurationError(
                f"Redis cannot be trusted: {cause.verify_message}; its certificate must be signed by REDIS_SSL_CA_CERTS, be "
                "valid today, and stand for the host in REDIS_URL"
            ) from None
        if cause is not None:
            raise ConfigurationError(
                f"Redis and we do not agree on TLS ({cause.reason}): check rediss:// in REDIS_URL, and REDIS_SSL_CERTFILE where "
                "it asks for a certificate"
            ) from None


def _tls(error: BaseException | None) -> ssl.SSLError | None:
    """What TLS said, where it was that which broke the connection."""
    while error is not None:
        if isinstance(error, ssl.SSLError) and not isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
            return error
        error = error.__cause__ or error.__context__
    return None
