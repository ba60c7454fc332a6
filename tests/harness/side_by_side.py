"""Which tests go together where processes share them (`make test`): those of one file, all that mostly wait, and all that bring
a whole installation."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Final

from xdist.scheduler import LoadScopeScheduling

WAITING: Final = {"test_incidents", "test_monitor", "test_shapes"}  # for windows to close, or a broker; little else
WHOLE: Final = {"test_run", "test_garbage", "test_erasure", "test_canary", "test_main_job", "test_scores"}  # ten processes each


class Groups(LoadScopeScheduling):  # type: ignore[misc]  # xdist carries no types
    """One process waits, one brings up installations, one at a time, and the rest takes file after file.

    Each process starts a broker and a Redis of its own, so that what needs them is not all left to one.
    """

    def _split_scope(self, nodeid: str) -> str:
        path = PurePosixPath(nodeid.partition("::")[0])
        return "waiting" if path.stem in WAITING else "whole" if path.stem in WHOLE else str(path)
