"""Which tests go together where two processes share them (`make test`): those of one file, and all that mostly wait."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Final

from xdist.scheduler import LoadScopeScheduling

WAITING: Final = {"test_incidents", "test_monitor", "test_shapes"}  # for windows to close, or a broker; little else


class Groups(LoadScopeScheduling):  # type: ignore[misc]  # xdist carries no types
    """One process waits while the other works; then both take file after file, the ones that need services first.

    Each process starts a broker and a Redis of its own, so that what needs them is not all left to one.
    """

    def _split_scope(self, nodeid: str) -> str:
        path = PurePosixPath(nodeid.partition("::")[0])
        return "waiting" if path.stem in WAITING else str(path)
