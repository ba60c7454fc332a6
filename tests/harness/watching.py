"""A monitor and a worker at work on one installation, each a process of its own, and traffic for them."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from confluent_kafka.admin import AdminClient

from app.embedded.processes import Child, spawn, stop_all
from app.embedded.simulator.producer import Simulator
from app.wiring import Installation
from tests.harness.fleet import Fleet
from tests.harness.membership import at_work
from tests.harness.waiting import until


@contextmanager
def watching(one: Installation, settings: Mapping[str, str], logs: Path) -> Iterator[tuple[Child, Fleet]]:
    """The monitor and the worker; both are up, and the worker has its partitions, when the block begins."""
    admin = AdminClient(one.kafka.client())
    monitor = spawn([sys.executable, "-m", "app.cli", "monitor"], name="monitor", log=logs / "monitor.log", env=settings)
    try:
        with Fleet(one, settings, logs) as workers:
            workers.join()
            until(lambda: "monitor_starts" in (logs / "monitor.log").read_text(), "the monitor is up", 60)
            until(lambda: at_work(admin, one.app.group), "the worker has its partitions", 90, 0.2)
            yield monitor, workers
    finally:
        stop_all([monitor], 10)


@contextmanager
def flowing(simulator: Simulator, per_s: float) -> Iterator[None]:
    """The simulator's traffic, for as long as the block takes."""
    stop = threading.Event()
    traffic = threading.Thread(target=simulator.run, args=(None, per_s, stop))
    traffic.start()
    try:
        yield
    finally:
        stop.set()
        traffic.join(20)
