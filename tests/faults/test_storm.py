"""Everything at once, in one run (`make storm`), and for hours (`make soak`): three brokers, workers, reviser and Redis."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

import pytest

from tests.faults.conftest import Break
from tests.harness.broken import Broken
from tests.harness.cluster import Cluster

LEADS = int(os.environ.get("LEADS", "100000"))
RATE = int(os.environ.get("RATE", "200"))  # of a slow hour; a busy morning has nearly twice as many
HOURS = float(os.environ.get("HOURS", "2"))
SETTLED_S = 120  # of a process's life, before what it holds is compared
MOST_GROWTH_MB, MOST_GROWTH_FILES = 60.0, 20


@pytest.mark.storm
@pytest.mark.timeout(5_400)
def test_storm(broken: Break, cluster: Cluster) -> None:
    """100,000 leads with 20 kill -9 of workers, 10 rebalances, 3 broker restarts and 3 Redis kills, one with loss of all data:
    0 lost, 0 doubled, 0 unaccounted, and after each fault full rate again within 30 seconds."""
    with broken(cluster=cluster, rate=RATE) as run:
        deck = [*20 * ["kill"], *10 * ["rebalance"], *3 * ["broker"], *2 * ["redis"], "loss"]
        run.chaos.rnd.shuffle(deck)
        strike = strikes(run, cluster)

        def faults() -> None:
            for one in deck:
                strike[one]()

        run.holds(run.under_traffic(faults, leads=LEADS))
        assert run.fleet.happened["kill -9"] == 20


@pytest.mark.soak
@pytest.mark.timeout(0)
def test_soak(broken: Break, cluster: Cluster) -> None:
    """Hours under load with all faults: the books balance, and memory and open files do not grow (L10)."""
    with broken(cluster=cluster, rate=RATE, roles=("reviser",)) as run:
        strike = strikes(run, cluster)
        until = time.monotonic() + 3_600 * HOURS

        def faults() -> None:
            while time.monotonic() < until:
                strike[run.chaos.rnd.choice(sorted(strike))]()
                run.fleet.wait(run.chaos.rnd.uniform(5, 60))

        ledger = run.under_traffic(faults)
        grown = {**run.footprint.growth("worker", SETTLED_S), **run.footprint.growth("reviser", SETTLED_S)}
        print("\n".join(f"{name}: {one.megabytes:+.1f} MB, {one.files:+d} files" for name, one in grown.items()))
        run.holds(ledger)
        assert [name for name, one in grown.items() if one.megabytes > MOST_GROWTH_MB] == []
        assert [name for name, one in grown.items() if one.files > MOST_GROWTH_FILES] == []


def strikes(run: Broken, cluster: Cluster) -> dict[str, Callable[[], None]]:
    """Each fault by its name; each ends when all flows at full rate again."""

    def kill() -> None:
        with run.fault("worker kill -9"):
            run.chaos.kill()

    def rebalance() -> None:
        with run.fault("rebalance"):
            run.chaos.join_or_leave()

    def broker() -> None:
        cluster.wait_in_sync()
        member = cluster.any(run.chaos.rnd)
        with run.fault("broker kill -9 and restart"):
            member.kill()
            run.fleet.wait(run.chaos.rnd.uniform(0, 3))
            member.start()
        cluster.wait_in_sync()

    def redis() -> None:
        with run.fault("redis kill -9"):
            run.chaos.redis_kill()

    def loss() -> None:
        with run.fault("redis comes back empty"):
            run.chaos.redis_lost()

    return {"kill": kill, "rebalance": rebalance, "broker": broker, "redis": redis, "loss": loss}
