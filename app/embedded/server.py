"""What the embedded servers have in common: a child process with a folder and a log, that starts, stops and starts again."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

from app.embedded.processes import Child, spawn, tail
from app.errors import EdgeDown


class Server(ABC):
    """One server process.

    Args:
        data_dir: Where its data and log live; created if absent, kept afterwards.
    """

    NAME: ClassVar[str]
    LOG: ClassVar[str]
    START_TIMEOUT_S: ClassVar[float]
    STOP_GRACE_S: ClassVar[float]

    def __init__(self, data_dir: Path) -> None:
        self.data_dir, self.log = data_dir, data_dir / self.LOG
        self._child: Child | None = None

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child else None

    @property
    def running(self) -> bool:
        return self._child is not None and self._child.running

    def start(self) -> Self:
        """Start, or start again after stop or kill; returns when it serves. Nothing happens if it runs.

        Raises:
            EdgeDown: It did not come up; the message ends with the tail of its log.
        """
        if self.running:
            return self
        self.data_dir.mkdir(parents=True, exist_ok=True)
        self._child = spawn(self._command(), name=self.NAME.lower(), log=self.log)
        try:
            self._wait_until_it_serves(time.monotonic() + self.START_TIMEOUT_S)
        except BaseException:  # Ctrl-C included: no half-started server stays behind
            self.kill()
            raise
        return self

    def stop(self) -> None:
        """Shut down in order, killing it if that takes too long."""
        if self._child:
            self._child.stop(self.STOP_GRACE_S)

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

    @abstractmethod
    def _command(self) -> Sequence[str | Path]:
        """The command line, and whatever must be there before."""

    @abstractmethod
    def _serves(self) -> bool:
        """Whether it answers; takes a second at most."""

    def _wait_until_it_serves(self, deadline: float) -> None:
        while time.monotonic() < deadline:
            if not self.running:
                raise self._failure("ended while starting")
            if self._serves():
                return
            time.sleep(0.02)
        raise self._failure(f"does not serve after {self.START_TIMEOUT_S:.0f} s")

    def _failure(self, what: str) -> EdgeDown:
        return EdgeDown(f"the embedded {self.NAME} {what}; the end of {self.log}:\n{tail(self.log)}")
