"""What Redis's errors mean here: some pass, and are waited for; the others are bugs or wrong settings."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import redis

from app.errors import EdgeDown

# Trying again may help with these; any other error (a wrong password, a script error) is a bug or a wrong setting.
_TRANSIENT = (redis.ConnectionError, redis.TimeoutError, redis.BusyLoadingError, redis.ReadOnlyError, redis.OutOfMemoryError)
# The same, when a command inside a script met them: Redis before 7 tells them in the text alone.
_TRANSIENT_IN_SCRIPT = ("OOM ", "READONLY ", "MISCONF ", "LOADING ")


@contextmanager
def answering() -> Iterator[None]:
    """Around calls of Redis: errors that pass become EdgeDown, the others stay what they are."""
    try:
        yield
    except redis.AuthenticationError:  # a subclass of ConnectionError, but waiting does not mend a password
        raise
    except _TRANSIENT as error:
        raise EdgeDown(f"Redis does not answer: {type(error).__name__}") from error
    except redis.ResponseError as error:
        if any(word in str(error) for word in _TRANSIENT_IN_SCRIPT):
            raise EdgeDown("Redis does not write: it is full, read-only or loading") from error
        raise
