"""Worker processes of one installation, to be broken on purpose and judged by the ledger."""

from __future__ import annotations

import os
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, suppress
from pathlib import Path

from pydantic import SecretStr

from app.edges.kafka import topics
from app.edges.kafka.ledger import Ledger, read_ledger
from app.edges.kafka.reading import positions, watermarks
from app.edges.redis.connecting import connect
from app.embedded.processes import Child, spawn, stop_all
from app.embedded.redis import EmbeddedRedis
from app.errors import EdgeDown
from app.settings import RedisSettings
from app.wiring import Installation


class Fleet(AbstractContextManager["Fleet"]):
    """Workers 1 to 4, restarted when they end, and the faults that can be done to them.

    Args:
        installation: What they work on; its topics exist.
        environment: The settings that made it, for the processes.
        logs: Folder for their logs.
        argv: How to start a worker; the real one unless a control breaks it.
    """

    def __init__(
        self,
        installation: Installation,
        environment: Mapping[str, str],
        logs: Path,
        argv: tuple[str, ...] = ("-m", "app.cli", "worker"),
    ) -> None:
        self.installation, self._environment, self._logs, self._argv = installation, environment, logs, argv
        self.workers: list[Child] = []
        self.happened: Counter[str] = Counter()
        self._started = 0

    def __exit__(self, *_: object) -> None:
        stop_all(self.workers, 10)

    def join(self) -> None:
        """One worker more."""
        self._started += 1
        name = f"worker-{self._started}"
        argv = [sys.executable, *self._argv]
        self.workers.append(spawn(argv, name=name, log=self._logs / f"{name}.log", env=self._environment))

    def leave(self, victim: Child) -> None:
        """One worker less, by SIGTERM."""
        self.workers.remove(victim)
        self.happened[f"leave exit {victim.stop(15)}"] += 1

    def revive(self) -> None:
        """What a supervisor does: start again what has ended."""
        for worker in [one for one in self.workers if not one.running]:
            self.happened[f"exit {worker.exit_code}"] += 1
            self.workers.remove(worker)
            self.join()

    def accounted(self) -> int:
        """Records accounted for so far."""
        return sum(max(0, offset) for offset in positions(self._client, self._group, self.installation.inbound).values())

    def caught_up(self) -> bool:
        """Whether every inbound record lies before the group's committed position."""
        committed = positions(self._client, self._group, self.installation.inbound)
        marks = watermarks(self._client, self.installation.inbound)
        return all(committed.get(where, -1) >= high for where, (_, high) in marks.items() if high)

    def wait_until(self, condition: Callable[[], bool], timeout_s: float) -> bool:
        """Poll the condition and revive workers until it holds; False when it never does. A slow broker is asked again."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            self.revive()
            with suppress(EdgeDown):
                if condition():
                    return True
            time.sleep(0.2)
        return False

    def ledger(self) -> Ledger:
        one = self.installation
        return read_ledger(self._client, one.names, one.sources_now(), list(one.inventory.teams), self._group)

    @property
    def _client(self) -> dict[str, object]:
        return self.installation.kafka.client()

    @property
    def _group(self) -> str:
        return self.installation.app.group


class Chaos:
    """Faults drawn from a seeded generator."""

    def __init__(self, fleet: Fleet, redis: EmbeddedRedis, seed: int) -> None:
        self.fleet, self.redis, self.rnd = fleet, redis, random.Random(seed)

    def kill(self) -> None:
        """Kill -9 one worker."""
        self.rnd.choice(self.fleet.workers).kill()
        self.fleet.happened["kill -9"] += 1

    def join_or_leave(self) -> None:
        """One worker more or one less, between 1 and 4."""
        if len(self.fleet.workers) > 2 or (len(self.fleet.workers) == 2 and self.rnd.random() < 0.5):
            self.fleet.leave(self.rnd.choice(self.fleet.workers))
            self.fleet.happened["leave"] += 1
        else:
            self.fleet.join()
            self.fleet.happened["join"] += 1

    def zombie(self, seconds: float) -> None:
        """Freeze a worker for longer than its session: its partitions go to another, then it wakes."""
        victim = self.rnd.choice(self.fleet.workers)
        victim.pause()
        time.sleep(seconds)
        victim.resume()
        self.fleet.happened["zombie"] += 1

    def redis_kill(self) -> None:
        self.redis.kill()
        time.sleep(self.rnd.uniform(0, 2))
        self.redis.start()
        self.fleet.happened["redis kill -9"] += 1

    def redis_empty(self) -> None:
        """All data gone at once, as after a restart without its files."""
        connect(RedisSettings(url=SecretStr(self.redis.url))).flushall()
        self.fleet.happened["redis emptied"] += 1

    def redis_pause(self) -> None:
        self.redis.pause()
        time.sleep(self.rnd.uniform(1, 4))
        self.redis.resume()
        self.fleet.happened["redis pause"] += 1


def environment(prefix: str, kafka: str, redis: str, **more: str) -> dict[str, str]:
    """Settings of a test's own installation on shared servers."""
    return {
        "KAFKA_BOOTSTRAP_SERVERS": kafka,
        "REDIS_URL": redis,
        "LEADSTREAM_TOPIC_PREFIX": prefix,
        "LEADSTREAM_GROUP": f"{prefix}-workers",
        "LEADSTREAM_PEPPER": "a pepper for tests, long enough",
        "LEADSTREAM_SESSION_TIMEOUT_S": "6",
        **more,
    }


def install(settings: Mapping[str, str]) -> Installation:
    """The installation that these settings make, with its topics, without touching this process's environment."""
    before = {name: os.environ.get(name) for name in settings}
    os.environ.update(settings)
    try:
        installation = Installation.from_environment()
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
    topics.create(installation.kafka.client(), topics.declare(installation.inventory, installation.names, installation.app))
    return installation
