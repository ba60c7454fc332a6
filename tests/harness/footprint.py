"""What processes hold while they are being broken: resident memory and open files, once a second, from /proc."""

from __future__ import annotations

import os
import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.embedded.processes import Child

EVERY_S: Final = 1.0
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Held:
    """Megabytes resident, and open files."""

    megabytes: float
    files: int


def held(pid: int) -> Held:
    """What a process holds now.

    Raises:
        OSError: It has ended.
    """
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return Held(pages * _PAGE / 1e6, len(os.listdir(f"/proc/{pid}/fd")))


class Footprint:
    """A context: watches the processes that there are, each by itself.

    Args:
        children: Tells who runs now.
    """

    def __init__(self, children: Callable[[], Sequence[Child]]) -> None:
        self._children = children
        self.seen: defaultdict[str, list[Held]] = defaultdict(list)  # process → second by second
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="footprint", daemon=True)

    def __enter__(self) -> Footprint:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def most(self, kind: str) -> Held:
        """The most that any process whose name begins so ever held; nothing where none ran."""
        looks = [one for name, some in self.seen.items() if name.startswith(kind) for one in some]
        return Held(max((one.megabytes for one in looks), default=0.0), max((one.files for one in looks), default=0))

    def growth(self, kind: str, settled_s: int) -> dict[str, Held]:
        """Process → what its last quarter holds more than the quarter after `settled_s`; of those that lived long enough."""
        grown = {}
        for name, looks in self.seen.items():
            rest = looks[settled_s:]
            if name.startswith(kind) and len(rest) >= settled_s:
                quarter = len(rest) // 4
                first, last = rest[:quarter], rest[-quarter:]
                grown[name] = Held(
                    _median([one.megabytes for one in last]) - _median([one.megabytes for one in first]),
                    round(_median([one.files for one in last]) - _median([one.files for one in first])),
                )
        return grown

    def _run(self) -> None:
        while not self._stop.wait(EVERY_S):
            for child in list(self._children()):
                with suppress(OSError, IndexError):
                    self.seen[child.name].append(held(child.pid))


def _median(numbers: Sequence[float]) -> float:
    return sorted(numbers)[len(numbers) // 2]
