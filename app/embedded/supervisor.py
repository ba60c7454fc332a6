"""Runs the roles as processes of their own and starts again what ended: on one machine, what Kubernetes does elsewhere."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog

from app.embedded.processes import Child, spawn, stop_all, tail
from app.errors import ConfigurationError, ExitCode

log = structlog.get_logger(__name__)

GRACE_S = 10.0  # a worker finishes its open transactions within it
LONGEST_PAUSE_S = 5.0  # between an end and the next start; doubles from a quarter of a second


@dataclass
class _Role:
    name: str
    argv: Sequence[str]
    child: Child
    started_at: float
    restart_at: float | None = None


class Supervisor:
    """The processes of `leadstream run`. A context: leaving it stops them all.

    Args:
        logs: Folder for one log file per process.
        command: What runs a role; its name and arguments come after it.
        clock: Seconds, for the pauses between starts.
    """

    def __init__(
        self,
        logs: Path,
        *,
        command: Sequence[str] = (sys.executable, "-m", "app.cli"),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.logs, self._command, self._clock = logs, command, clock
        self._starts: Counter[str] = Counter()
        self._roles: dict[str, _Role] = {}
        logs.mkdir(parents=True, exist_ok=True)

    def __enter__(self) -> Supervisor:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def __contains__(self, name: str) -> bool:
        return name in self._roles

    @property
    def restarts(self) -> int:
        """How often a process had to be started again."""
        return self.restarted.total()

    @property
    def restarted(self) -> Counter[str]:
        """Name → how often it had to be started again; told after the end, too."""
        return Counter({name: starts - 1 for name, starts in self._starts.items() if starts > 1})

    def start(self, name: str, *argv: str) -> Child:
        """Start `leadstream ARGV` under this name."""
        child = self._spawn(name, argv)
        self._roles[name] = _Role(name, argv, child, self._clock())
        return child

    def end(self, name: str) -> None:
        """Stop one process for good, gracefully."""
        self._roles.pop(name).child.stop(GRACE_S)

    def child(self, name: str) -> Child:
        return self._roles[name].child

    def check(self) -> None:
        """Start again what has ended; call it often.

        Raises:
            ConfigurationError: A process ended because its configuration cannot be run: starting it again would not help.
        """
        now = self._clock()
        for role in self._roles.values():
            code = role.child.exit_code
            if code is None:
                continue
            if code == ExitCode.CONFIGURATION:
                raise ConfigurationError(
                    f"{role.name} refuses to start; the end of {self._log(role.name)}:\n{tail(self._log(role.name), 500).strip()}"
                )
            if role.restart_at is None:
                quick = now - role.started_at < 4 * LONGEST_PAUSE_S
                pause = min(LONGEST_PAUSE_S, 0.25 * 2 ** min(self._starts[role.name], 8)) if quick else 0.25
                role.restart_at = now + pause
                log.warning("process_ended", role=role.name, code=code, restart_in_s=pause)
            elif now >= role.restart_at:
                role.child, role.started_at, role.restart_at = self._spawn(role.name, role.argv), now, None

    def stop(self) -> None:
        """Stop all, gracefully, at the same time."""
        stop_all([role.child for role in self._roles.values()], GRACE_S)
        self._roles.clear()

    def _spawn(self, name: str, argv: Sequence[str]) -> Child:
        self._starts[name] += 1
        return spawn([*self._command, *argv], name=name, log=self._log(name))

    def _log(self, name: str) -> Path:
        return self.logs / f"{name}.log"
