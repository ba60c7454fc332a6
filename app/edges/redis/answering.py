"""What Redis's errors mean here: some pass, and are waited for; the others are bugs or wrong settings."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import redis
from redis.exceptions import NoPermissionError

from app.errors import ConfigurationError, EdgeDown

USER = "Redis does not let our user do what leadstream does there: give it what `leadstream redis-acl` prints"

# Trying again may help with these; any other error (a wrong password, a script error) is a bug or a wrong setting.
_TRANSIENT = (redis.ConnectionError, redis.TimeoutError, redis.BusyLoadingError, redis.ReadOnlyError, redis.OutOfMemoryError)
# The same, when a command inside a script met them: Redis before 7 tells them in the text alone.
_TRANSIENT_IN_SCRIPT = ("OOM ", "READONLY ", "MISCONF ", "LOADING ")
_DENIED_IN_SCRIPT = ("The user executing the script can't", "ACL failure in script", "NOPERM ")


@contextmanager
def answering() -> Iterator[None]:
    """Around calls of Redis: errors that pass become EdgeDown, what our user may not do ConfigurationError; the others stay."""
    try:
        yield
    except NoPermissionError as error:
        raise ConfigurationError(USER) from error
    except redis.AuthenticationError:  # a subclass of ConnectionError, but waiting does not mend a password
        raise
    except _TRANSIENT as error:
        raise EdgeDown(f"Redis does not answer: {type(error).__name__}") from error
    except redis.ResponseError as error:
        if any(word in str(error) for word in _TRANSIENT_IN_SCRIPT):
            raise EdgeDown("Redis does not write: it is full, read-only or loading") from error
        if any(word in str(error) for word in _DENIED_IN_SCRIPT):
            raise ConfigurationError(USER) from error
        raise
