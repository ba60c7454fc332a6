"""Child processes that never outlive us.

Three ways a child ends: its owner stops it; this process leaves normally (atexit); or this process dies in any way at all,
kill -9 included, and the Linux kernel kills the child (PR_SET_PDEATHSIG). Elsewhere than on Linux the third does not exist.

PR_SET_PDEATHSIG has a trap: the signal comes when the *thread* that forked ends, not the process. All children are therefore
started by one daemon thread, which lives as long as this process. It is set by a launcher between fork and exec, because Python
code run in the forked child of a process with threads (preexec_fn) can deadlock.

Each child leads its own session, so that Ctrl-C in the terminal reaches this process alone, which then stops them in order.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import queue
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from functools import cache
from pathlib import Path
from typing import IO

# Runs in the child before the real program. If the parent died before prctl took effect, the child has another parent already.
_LAUNCHER = """\
import ctypes, os, sys
if ctypes.CDLL(None, use_errno=True).prctl(1, 9, 0, 0, 0) or os.getppid() != int(sys.argv[1]):
    sys.exit(70)
os.execvp(sys.argv[2], sys.argv[2:])
"""


class Child:
    """One child process and the group it leads."""

    def __init__(self, name: str, process: subprocess.Popen[bytes]) -> None:
        self.name, self._process = name, process

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative: the signal that ended it."""
        return self._process.poll()

    @property
    def running(self) -> bool:
        return self.exit_code is None

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the child and its own children; nothing happens if it has ended."""
        if self.running:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, number)

    def wait(self, timeout_s: float) -> int | None:
        """The exit code, or None if it still runs after the timeout."""
        try:
            return self._process.wait(max(timeout_s, 0))
        except subprocess.TimeoutExpired:
            return None

    def kill(self) -> None:
        """End it at once, as kill -9 does, and wait until it is gone."""
        self.signal(signal.SIGKILL)
        self._process.wait()

    def pause(self) -> None:
        """Freeze it: its connections stay open and nothing answers."""
        self.signal(signal.SIGSTOP)

    def resume(self) -> None:
        self.signal(signal.SIGCONT)

    def stop(self, grace_s: float) -> int:
        """SIGTERM, then SIGKILL if it still runs after the grace; the exit code."""
        return stop_all([self], grace_s)[0]


def stop_all(children: Sequence[Child], grace_s: float) -> list[int]:
    """Stop all at the same time, so that the grace is spent once and not once per child.

    Returns:
        Their exit codes, in order; -9 for those that needed SIGKILL.
    """
    for child in children:
        child.resume()  # a paused process would sleep through its SIGTERM
        child.signal(signal.SIGTERM)
    deadline = time.monotonic() + grace_s
    codes: list[int] = []
    for child in children:
        if child.wait(deadline - time.monotonic()) is None:
            child.kill()
        codes.append(child.exit_code or 0)
    return codes


def spawn(
    argv: Sequence[str | Path],
    *,
    name: str,
    log: Path | None = None,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> Child:
    """Start a program that ends with us.

    Args:
        argv: The program and its arguments.
        name: What to call it in messages.
        log: Its output is appended here; without it, it writes to our own standard output and error.
        env: Added to our environment.
        cwd: Its working directory.

    Raises:
        OSError: It cannot be started.
    """
    if shutil.which(argv[0]) is None:
        raise FileNotFoundError(f"{name}: no such program: {argv[0]}")
    command = [str(part) for part in argv]
    if sys.platform == "linux":
        command = [sys.executable, "-I", "-S", "-c", _LAUNCHER, str(os.getpid()), *command]
    output: IO[bytes] | None = log.open("ab") if log else None
    environment = {**os.environ, **(env or {})}

    def start() -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603  our own programs
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=cwd, env=environment, start_new_session=True
        )

    try:
        answer: Future[subprocess.Popen[bytes]] = Future()
        _spawner(os.getpid()).put((start, answer))
        child = Child(name, answer.result())
    finally:
        if output:
            output.close()
    _children.add(child)
    return child


def tail(log: Path, characters: int = 3_000) -> str:
    """The end of a child's log, for the message that says it failed."""
    return log.read_text(errors="replace")[-characters:] if log.exists() else "(no log)"


_Request = tuple[Callable[[], "subprocess.Popen[bytes]"], "Future[subprocess.Popen[bytes]]"]
_children: set[Child] = set()


@cache  # per process id: a fork inherits this module, but not the thread
def _spawner(_pid: int) -> queue.SimpleQueue[_Request]:
    requests: queue.SimpleQueue[_Request] = queue.SimpleQueue()

    def serve() -> None:
        while True:
            start, answer = requests.get()
            try:
                answer.set_result(start())
            except OSError as error:
                answer.set_exception(error)

    threading.Thread(target=serve, name="spawner", daemon=True).start()
    return requests


@atexit.register
def _kill_all(owner: int = os.getpid()) -> None:
    if os.getpid() == owner:  # a fork of us that ends must not take our children along
        for child in _children:
            child.kill()
