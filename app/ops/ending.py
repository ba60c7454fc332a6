"""The end of a process that must not go on: said in the log, without a commit, at once."""

from __future__ import annotations

import os
import sys
import threading
import traceback
from types import FrameType
from typing import Final, NoReturn

import structlog
from confluent_kafka import KafkaException

from app.errors import ExitCode, FatalError, LeadstreamError

FRAMES: Final = 3  # innermost ones of each thread; what they hold is not shown
THREADS: Final = 40
LAST_WORDS_S: Final = 3.0

log = structlog.get_logger(__name__)


def end_process(error: BaseException) -> NoReturn:
    """Die without a commit, now: a stall or a lost position is worse than a restart, which replays."""
    code = error.code if isinstance(error, FatalError) else ExitCode.FAILED
    told = str(error) if isinstance(error, LeadstreamError | KafkaException) else "a bug, or an edge that nobody waits for"
    log.critical("worker_ends", code=int(code), error=type(error).__name__, why=told, exc_info=error)
    leave(code)


def end_stuck(event: str, why: str, todo: str) -> NoReturn:
    """As `end_process`, with where each thread stands, for whoever is to find out why nothing moved."""
    places = _places()

    def say() -> None:
        log.critical(event, code=int(ExitCode.STUCK), why=why, todo=todo)
        for name, place in places:
            log.critical("thread_stands", role=name, detail=place)

    saying = threading.Thread(target=say, name="last-words", daemon=True)
    saying.start()
    saying.join(LAST_WORDS_S)  # who is stuck may hold the log's lock
    leave(ExitCode.STUCK)


def leave(code: int) -> NoReturn:
    """End now: no handler, no thread is waited for."""
    os._exit(code)


def _places() -> list[tuple[str, str]]:
    """Thread → where it stands, this one left out."""
    names = {thread.ident: thread.name.replace(" ", "_") for thread in threading.enumerate()}
    frames = [one for one in sys._current_frames().items() if one[0] != threading.get_ident()]  # noqa: SLF001  documented
    return [(names.get(ident, "unnamed"), _where(frame)) for ident, frame in frames[:THREADS]]


def _where(frame: FrameType) -> str:
    """Innermost first."""
    found = traceback.extract_stack(frame)[-FRAMES:][::-1]
    return " < ".join(f"{'/'.join(one.filename.rsplit('/', 2)[-2:])}:{one.lineno} {one.name}" for one in found)
