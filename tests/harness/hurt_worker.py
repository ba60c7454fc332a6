"""The real worker, hurt by a record or stuck in some place, with time limits of seconds.

    python -m tests.harness.hurt_worker segfault | memory | loop | consumer | step

`segfault`, `memory`: a record that holds HURT ends the process: by a fault in C, or for want of memory.
`loop`, `consumer`, `step`: with the first record the event loop, the consumer's thread, or the pipeline stands still.
"""

from __future__ import annotations

import ctypes
import resource
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from app import cli
from app.edges.kafka import lane, reader, watching
from app.pipeline.fate import Fate
from app.pipeline.process import Pipeline
from app.pipeline.source import InboundEvent

HURT = b"this record hurts"
LONG_S = 300.0
SHORT_S = 4.0
SPARE_BYTES = 256_000_000

process, made, apps = Pipeline.process, reader.FetchApp.__init__, list[Any]()


def known(self: Any, *args: Any, **kwargs: Any) -> None:
    made(self, *args, **kwargs)
    apps.append(self)


def hurt(how: str) -> None:
    """End this process as the record would."""
    if how == "segfault":
        ctypes.string_at(0)
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + SPARE_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    bytearray(4 * SPARE_BYTES)


def hurting(how: str) -> Any:
    def with_care(self: Pipeline, events: Sequence[InboundEvent]) -> list[Fate]:
        if any(HURT in (event.value or b"") for event in events):
            hurt(how)
        return process(self, events)

    return with_care


def stuck(_: Pipeline, __: Sequence[InboundEvent]) -> list[Fate]:
    time.sleep(LONG_S)
    raise AssertionError("nobody noticed")


def stop(what: str) -> Any:
    """The loop, or the loop of the consumer's thread, does not return from something."""

    def and_then(self: Pipeline, events: Sequence[InboundEvent]) -> list[Fate]:
        (app,) = apps
        loop = app.loop if what == "loop" else app.consumer._thread.thread_loop
        loop.call_soon_threadsafe(time.sleep, LONG_S)
        return process(self, events)

    return and_then


if __name__ == "__main__":
    what = sys.argv[1]
    limits: dict[str, tuple[Any, str]] = {
        "loop": (watching, "LOOP_S"),
        "consumer": (watching, "POLL_S"),
        "step": (lane, "DECIDE_S"),
    }
    if what in limits:
        setattr(*limits[what], SHORT_S)
    reader.FetchApp.__init__ = known  # type: ignore[method-assign]
    replaced = {"step": stuck, "loop": stop("loop"), "consumer": stop("consumer")}
    Pipeline.process = replaced.get(what) or hurting(what)  # type: ignore[method-assign]
    sys.argv[1:] = ["worker"]
    cli.main()
