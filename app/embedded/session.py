"""What `leadstream run` leaves for others in the same folder: that it is up, and how to reach what it started.

The lock is the kernel's: it ends with the process, however that ends. A file of settings without the lock is a leftover.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path

from app.errors import ConfigurationError

TOLD = ("KAFKA_", "REDIS_", "SCHEMA_REGISTRY_", "LEADSTREAM_")  # prefixes of the variables that make an installation


@contextlib.contextmanager
def alone(data: Path) -> Iterator[None]:
    """Hold this folder, and put away at the end what was told about the run.

    Args:
        data: The run's folder; the lock lies beside it, because a run empties it.

    Raises:
        ConfigurationError: Another run holds it.
    """
    data.parent.mkdir(parents=True, exist_ok=True)
    with _lock_file(data).open("a+") as lock:
        if not _take(lock.fileno()):
            lock.seek(0)
            raise ConfigurationError(
                f"another `leadstream run` (process {lock.read().strip() or '?'}) is up in this folder, and a second one would "
                "delete its data: stop that one with Ctrl-C, or start this one in another folder"
            )
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        try:
            yield
        finally:
            _env_file(data).unlink(missing_ok=True)


def tell(data: Path, environment: Mapping[str, str]) -> Path:
    """Write down the settings for the tools; the user alone can read them, for they hold secrets. Returns the file."""
    lines = [f"{name}={shlex.quote(value)}\n" for name, value in sorted(environment.items()) if name.startswith(TOLD)]
    draft = _env_file(data).with_suffix(".draft")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.writelines(lines)
    return draft.replace(_env_file(data))


def told(data: Path) -> dict[str, str] | None:
    """The settings of the run that is up in this folder; None if none is."""
    file = _env_file(data)
    if not file.exists() or not _held(data):
        return None
    return dict(part.split("=", 1) for part in shlex.split(file.read_text()))


def _held(data: Path) -> bool:
    try:
        with _lock_file(data).open("r+") as lock:
            return not _take(lock.fileno())  # if we got it, closing the file lets go of it again
    except FileNotFoundError:
        return False


def _take(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _lock_file(data: Path) -> Path:
    return data.with_name(f"{data.name}.lock")


def _env_file(data: Path) -> Path:
    return data / "env"
