"""Which tests go together where two processes share them (`make test`): what needs services to one, the rest to the other."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Final

from xdist.scheduler import LoadScopeScheduling

SERVICES: Final = {"contract", "integration", "end_to_end"}
WINDOWS: Final = {"test_shapes", "test_incidents", "test_monitor"}  # they wait for windows to close, and need little else


class Groups(LoadScopeScheduling):  # type: ignore[misc]  # xdist carries no types
    """One group has all that needs a broker and a Redis, so they are started once; one waits; each other file is one."""

    def _split_scope(self, nodeid: str) -> str:
        path = PurePosixPath(nodeid.partition("::")[0])
        if path.stem in WINDOWS:
            return "windows"
        return "services" if SERVICES & set(path.parts) else str(path)
