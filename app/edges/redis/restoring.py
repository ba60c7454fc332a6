"""Filling what Redis lost: one process does it, under a lease that it renews; if it dies, another begins again."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

import redis
import structlog

from app.edges.redis.answering import answering
from app.errors import EdgeDown

RESTORING_S: Final = 60  # a process that restores renews its turn more often than that

log = structlog.get_logger(__name__)


def restored(call: Callable[..., Any], name: str, fill: Callable[[str], int], lease_s: int = RESTORING_S) -> int:
    """Fill it, where it is not complete.

    Args:
        call: The script: command (`begin`, `leave`), token, arguments.
        name: What is filled, for the log.
        fill: Fills it under a token, as its last step says that it is complete, and tells how many leads it was filled with.
        lease_s: For how long it is this process's turn, from each step on.

    Returns:
        How many leads; 0 where it was complete.

    Raises:
        EdgeDown: Redis does not answer, or another process restores it.
    """
    mine = uuid.uuid4().hex
    with answering():
        turn = call("begin", mine, lease_s)
        if turn == b"complete":
            return 0
        if turn != b"mine":
            raise EdgeDown(f"the {name.replace('_', ' ')} is not complete; a worker is restoring it from the decisions")
        log.warning(f"{name}_restoring", why="Redis does not hold it: it is new, or lost its data")
        try:
            count = fill(mine)
        except BaseException:
            with suppress(redis.RedisError):
                call("leave", mine)  # another may begin at once
            raise
    log.info(f"{name}_restored", count=count)
    return count
