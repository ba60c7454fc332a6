"""Disks that fill up (F1): who cannot write stops; nothing counts that was not written, and all goes on when there is room."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.embedded.redis import EmbeddedRedis
from app.embedded.server import Server
from tests.faults.conftest import Break
from tests.harness.cluster import Broker
from tests.harness.knobs import times
from tests.harness.limits import small_disk

pytestmark = pytest.mark.faults

MEGABYTES = 512
FULL_S = 15.0


def test_no_room_for_broker_redis_and_workers(broken: Break, tmp_path: Path) -> None:
    """Broker, Redis and the workers' temporary files share a disk that fills up under load."""
    with small_disk(tmp_path / "disk", MEGABYTES) as disk:
        temporary = disk.folder / "temporary"
        temporary.mkdir()
        redis = EmbeddedRedis(disk.folder / "redis")
        with (
            Broker(disk.folder / "kafka") as broker,
            broken(broker=broker, redis=redis, TMPDIR=str(temporary)) as run,
        ):

            def faults() -> None:
                for _ in times(1):
                    with run.fault("disk full"):
                        disk.fill()
                        run.chaos.kill()
                        run.fleet.wait(FULL_S)
                        disk.free()
                        _again(broker)
                        _again(redis)

            run.holds(run.under_traffic(faults))


def _again(server: Server) -> None:
    """What its supervisor does; one that is neither dead nor alive is restarted by who looks after it."""
    server.kill()
    server.start()
