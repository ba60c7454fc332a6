"""The access file on the disk: read, followed while the API runs, and written by `leadstream access`."""

from __future__ import annotations

import fcntl
import os
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import structlog
import yaml

from app.access.principals import Principals, parse
from app.errors import ConfigurationError
from app.ops.health import Health
from app.ops.metrics_access import access_age

LOOK_S: Final = 1.0
LARGEST: Final = 4_000_000
_HEAD: Final = "# Who may ask the API for what (docs/access.md). Written by `leadstream access`, which keeps no comments.\n"

log = structlog.get_logger(__name__)


def load(path: Path) -> Principals:
    """What it says.

    Raises:
        ConfigurationError: It is not there, anybody may write it, or what is wrong in it, line by line.
    """
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_mode & stat.S_IWOTH:
                raise ConfigurationError(f"{path}: anybody on this machine may write it: chmod 600")
            raw = file.read(LARGEST + 1)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise ConfigurationError(f"{path}: {why}; LEADSTREAM_ACCESS_FILE names it, `leadstream access add` makes it") from None
    if len(raw) > LARGEST:
        raise ConfigurationError(f"{path}: larger than {LARGEST} bytes")
    try:
        told = yaml.safe_load(raw)
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # its words hold what stands there
        mark = getattr(error, "problem_mark", None)
        raise ConfigurationError(f"{path}:{mark.line + 1 if mark else '?'}: this is no YAML") from None
    return parse(told, str(path))


@contextmanager
def editing(path: Path) -> Iterator[Callable[[Principals], None]]:
    """Alone with the file; what is called with the new principals puts them there at once or not at all, for its owner only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_name(f".{path.name}.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield lambda principals: _write(path, principals)


class FollowedFile:
    """The file as it is now, looked at once a second; what it said last, where it cannot be read.

    Raises:
        ConfigurationError: At the start, where it cannot be read.
    """

    def __init__(self, path: Path, health: Health, clock: Callable[[], float] = time.monotonic) -> None:
        self._path, self._health, self._clock = path, health, clock
        self._seen = self._mark()
        self._principals, self._looked_s = load(path), clock()

    def __call__(self) -> Principals:
        now_s = self._clock()
        if now_s - self._looked_s >= LOOK_S:
            self._looked_s = now_s
            mark = self._mark()
            if mark != self._seen:
                self._read(mark)
        return self._principals

    def _read(self, mark: Any) -> None:
        try:
            self._principals = load(self._path)
        except ConfigurationError as error:
            why, todo = str(error).splitlines()[0], "mend it; `leadstream access check` tells all that is wrong"
            log.error("access_file_stale", why=why, consequence="what it said last goes on to hold", todo=todo)
            self._health.set("access_file", ok=False, degraded=True, why=why, todo=todo)
            access_age.set(1)
        else:
            log.info("access_file_read", count=len(self._principals.principals))
            self._health.set("access_file", ok=True)
            access_age.set(0)
        self._seen = mark

    def _mark(self) -> Any:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_ino, found.st_size, found.st_mode


def write_secret(path: Path, text: str) -> None:
    """A file that its owner alone can read, at once or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def _write(path: Path, principals: Principals) -> None:
    write_secret(path, _HEAD + yaml.safe_dump(principals.told(), sort_keys=False, allow_unicode=True))
