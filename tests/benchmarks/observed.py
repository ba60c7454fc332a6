"""What a process used, from the kernel's own books: /proc. (Linux; elsewhere the benchmarks of processes are skipped.)"""

from __future__ import annotations

import os
import threading
import time
from bisect import bisect_left
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
EVERY_S = 0.05


def cpu_seconds(pid: int) -> float:
    """User and system time of the process so far, all threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def peak_mb(pid: int) -> float:
    """The most memory that was ever resident (VmHWM)."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return float("nan")


class CpuWatch:
    """Notes a process's CPU time again and again, so that what it used between two moments can be asked for afterwards."""

    def __init__(self, pid: int) -> None:
        self.pid, self._stop = pid, threading.Event()
        self._at: list[float] = []  # Unix seconds
        self._used: list[float] = []
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def between(self, begin: float, end: float) -> float:
        """CPU seconds used between two moments (Unix seconds), to about EVERY_S."""
        return self._until(end) - self._until(begin)

    def _until(self, moment: float) -> float:
        return self._used[min(bisect_left(self._at, moment), len(self._at) - 1)]

    def _run(self) -> None:
        while not self._stop.wait(EVERY_S):
            try:
                used = cpu_seconds(self.pid)
            except OSError:  # it has ended
                return
            self._at.append(time.time())
            self._used.append(used)
