"""The processes of one installation, to be broken on purpose and judged by the ledger."""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, suppress
from pathlib import Path

from app.edges.kafka import topics
from app.edges.kafka.ledger import Ledger, read_ledger
from app.edges.kafka.reading import positions, watermarks
from app.embedded.processes import Child, spawn, stop_all
from app.errors import EdgeDown
from app.wiring import Installation

GRACE_S = 10.0  # a worker that is told to stop has left by then
LONGEST_PAUSE_S = 5.0  # between an end and the next start: what cannot run must not take the processor from what can


class Fleet(AbstractContextManager["Fleet"]):
    """Workers 1 to 4 and other roles, started again when they end.

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
        self.roles: dict[str, Child] = {}
        self.happened: Counter[str] = Counter()
        self.left_s: list[float] = []  # how long each worker took that was told to stop
        self._started = 0
        self._due: list[float] = []  # when a worker that ended is started again
        self._began: dict[int, float] = {}  # process → its start
        self._pause_s = 0.0

    def __exit__(self, *_: object) -> None:
        stop_all([*self.workers, *self.roles.values()], GRACE_S)

    @property
    def children(self) -> list[Child]:
        """All that run now."""
        return [*self.workers, *self.roles.values()]

    def join(self) -> None:
        """One worker more."""
        self._started += 1
        name = f"worker-{self._started}"
        worker = self._spawn(name, *self._argv)
        self.workers.append(worker)
        self._began[worker.pid] = time.monotonic()

    def role(self, name: str) -> Child:
        """Start another role of the application."""
        self.roles[name] = self._spawn(name, "-m", "app.cli", name)
        return self.roles[name]

    def leave(self, victim: Child) -> int:
        """One worker less, by SIGTERM; its exit code."""
        self.workers.remove(victim)
        began = time.monotonic()
        code = victim.stop(3 * GRACE_S)
        self.left_s.append(time.monotonic() - began)
        self.happened[f"leave exit {code}"] += 1
        return code

    def revive(self) -> None:
        """What a supervisor does: start again what has ended, at once; what ends soon after its start, after a pause."""
        now = time.monotonic()
        for worker in [one for one in self.workers if not one.running]:
            self.happened[f"exit {worker.exit_code}"] += 1
            self.workers.remove(worker)
            soon = now - self._began.pop(worker.pid, 0.0) < LONGEST_PAUSE_S and worker.exit_code != -9
            self._pause_s = min(LONGEST_PAUSE_S, 2 * self._pause_s or 0.25) if soon else 0.0
            self._due.append(now + self._pause_s)
        for due in [due for due in self._due if due <= now]:
            self._due.remove(due)
            self.join()
        for name, child in list(self.roles.items()):
            if not child.running:
                self.happened[f"{name} exit {child.exit_code}"] += 1
                self.role(name)

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

    def wait(self, seconds: float) -> None:
        """Let it go on for so long, as a supervisor does."""
        until = time.monotonic() + seconds
        self.wait_until(lambda: time.monotonic() > until, seconds + 5)

    def ledger(self) -> Ledger:
        one = self.installation
        return read_ledger(self._client, one.names, one.sources_now(), list(one.inventory.teams), self._group)

    def _spawn(self, name: str, *argv: str) -> Child:
        return spawn([sys.executable, *argv], name=name, log=self._logs / f"{name}.log", env=self._environment)

    @property
    def _client(self) -> dict[str, object]:
        return self.installation.kafka.client()

    @property
    def _group(self) -> str:
        return self.installation.app.group


def environment(prefix: str, kafka: str, redis: str, **more: str) -> dict[str, str]:
    """Settings of a test's own installation on shared servers."""
    return {
        "KAFKA_BOOTSTRAP_SERVERS": kafka,
        "REDIS_URL": redis,
        "LEADSTREAM_TOPIC_PREFIX": prefix,
        "LEADSTREAM_GROUP": f"{prefix}-workers",
        "LEADSTREAM_PEPPER": "known to all tests, and long enough",
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
    create_topics(installation)
    return installation


def create_topics(installation: Installation) -> None:
    """The topics that are missing."""
    specs = topics.declare(installation.inventory, installation.names, installation.app, installation.kafka.replication_factor)
    topics.create(installation.kafka.client(), specs)
