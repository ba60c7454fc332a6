"""Limits of the machine, made small: a disk that fills up, memory that the kernel takes back."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

_BLOCK = bytes(1 << 16)


class SmallDisk:
    """A folder on a file system of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self._filler = folder, folder / "filler"

    def fill(self) -> None:
        """Not a byte is left."""
        with self._filler.open("ab", buffering=0) as file, suppress(OSError):
            while True:
                file.write(_BLOCK)

    def free(self) -> None:
        self._filler.unlink(missing_ok=True)


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[SmallDisk]:
    """A disk of this size; the test is skipped where none can be mounted."""
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"no small disk: mounting a tmpfs is not allowed here ({mounted.stderr.decode().strip()})")
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextmanager
def no_memory(pid: int, name: str) -> Iterator[None]:
    """The process may take no page more: with the next one the kernel kills it. Skipped where control groups cannot be made."""
    old, new = Path("/sys/fs/cgroup/memory"), Path("/sys/fs/cgroup")
    group, limit = (old / name, "memory.limit_in_bytes") if old.is_dir() else (new / name, "memory.max")
    try:
        group.mkdir()
        (group / limit).write_text(str(os.sysconf("SC_PAGE_SIZE")))
    except OSError as error:
        with suppress(OSError):
            group.rmdir()
        pytest.skip(f"no memory limits: control groups cannot be made here ({error.strerror})")
    try:
        (group / "cgroup.procs").write_text(str(pid))
        yield
    finally:
        group.rmdir()
