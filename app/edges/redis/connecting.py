"""A client of Redis, by the settings."""

from __future__ import annotations

import socket
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
    _refuse_to_start(client, settings)
    return client


def _refuse_to_start(client: redis.Redis, settings: RedisSettings) -> None:
    try:
        client.ping()
    except (redis.AuthenticationError, AuthorizationError):
        raise ConfigurationError("Redis refuses us: check user and password in REDIS_URL") from None
    except NoPermissionError:
        raise ConfigurationError(USER) from None
    except redis.RedisError as error:
        cause = _tls(error)
        if cause is None and isinstance(error, redis.ConnectionError):
            cause = _told_before_it_hung_up(client, settings)
        if isinstance(cause, ssl.SSLCertVerificationError):
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


def _told_before_it_hung_up(client: redis.Redis, settings: RedisSettings) -> ssl.SSLError | None:
    """Why TLS refuses us, where it does; who listens and says nothing hears it.

    In TLS 1.3 a server judges our certificate after we take the connection for open. It says why and hangs up; who writes by
    then may get a broken pipe in place of the reason.
    """
    asked = client.connection_pool.connection_kwargs
    if not settings.url.get_secret_value().startswith("rediss:"):
        return None
    try:
        context = ssl.create_default_context(cafile=settings.ssl_ca_certs)
        if settings.ssl_certfile:
            context.load_cert_chain(settings.ssl_certfile, settings.ssl_keyfile)
        with (
            socket.create_connection((asked["host"], asked.get("port", 6379)), settings.timeout_s) as plain,
            context.wrap_socket(plain, server_hostname=asked["host"]) as secured,
        ):
            secured.recv(1)
    except OSError as error:
        return _tls(error)
    return None
