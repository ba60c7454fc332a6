"""`leadstream run`: the whole factory floor on one machine, on a real Kafka and a real Redis, under simulated traffic."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.live import Live as Screen

from app.edges.kafka.ledger import Ledger, read_ledger
from app.edges.kafka.reading import partitions, positions, reader, watermarks
from app.embedded.infrastructure import infrastructure
from app.embedded.simulator.producer import Simulator
from app.embedded.supervisor import Supervisor
from app.ops.live import Live, reconciliation
from app.wiring import Installation

CATCH_UP_S = 60  # after the last record was produced, the workers get this long to account for it
REDRAW_S = 0.5
LINE_S = 5.0  # where the terminal cannot redraw


@dataclass(frozen=True)
class Plan:
    """What to run.

    Attributes:
        leads: Stop after so many; None: until Ctrl-C.
        rate: Leads per second.
        workers: Worker processes.
        seed: Of the simulated traffic.
        garbage: Share of records that no one could process.
        data: Where Kafka and Redis keep their files; emptied at the start.
    """

    leads: int | None
    rate: float
    workers: int
    seed: int
    garbage: float
    data: Path


def run(plan: Plan, console: Console) -> bool:
    """Run until stopped or done.

    Returns:
        Whether the reconciliation holds: records in = sum of fates, each exactly once.
    """
    started = time.monotonic()
    with infrastructure(plan.data, console) as installation, Supervisor(plan.data / "logs") as supervisor:
        for n in range(plan.workers):
            supervisor.start(f"worker-{n + 1}", "worker")
        supervisor.start("learner", "learner")
        supervisor.start("monitor", "monitor")

        stop, live = threading.Event(), Live()
        traffic = _traffic(installation, plan, stop)
        follower = threading.Thread(target=_follow, args=(installation, live, stop), name="follower", daemon=True)
        console.print(f"Up after {time.monotonic() - started:.1f} s. Ctrl-C stops everything and reconciles.")
        follower.start()
        traffic.start()
        try:
            _watch(console, live, supervisor, traffic)
        except KeyboardInterrupt:
            console.print("Stopping: no new leads; the workers finish what is there.")
        stop.set()
        traffic.join(10)
        caught_up = _catch_up(installation, supervisor)
        supervisor.stop()
        ledger = _ledger(installation)
    console.print(reconciliation(ledger))
    return ledger.balanced and caught_up


def _traffic(installation: Installation, plan: Plan, stop: threading.Event) -> threading.Thread:
    simulator = Simulator(
        installation.kafka,
        installation.names,
        installation.inventory,
        installation.codec.encode,
        seed=plan.seed,
        garbage=plan.garbage,
    )
    return threading.Thread(target=simulator.run, args=(plan.leads, plan.rate, stop), name="simulator", daemon=True)


def _watch(console: Console, live: Live, supervisor: Supervisor, traffic: threading.Thread) -> None:
    """Show what happens until the traffic has ended."""
    if not console.is_terminal:
        while traffic.is_alive():
            traffic.join(LINE_S)
            supervisor.check()
            console.print(live.line(time.monotonic()), soft_wrap=True)
        return
    with Screen(console=console, auto_refresh=False) as screen:
        while traffic.is_alive():
            traffic.join(REDRAW_S)
            supervisor.check()
            screen.update(live.render(time.monotonic(), supervisor.restarts), refresh=True)


def _follow(installation: Installation, live: Live, stop: threading.Event) -> None:
    """Read decisions, alerts and models as they come."""
    names, decode = installation.names, installation.codec.decode
    consumer = reader(installation.kafka.client())
    consumer.assign(partitions(consumer, [names.decisions, names.alerts, names.models]))
    while not stop.is_set():
        for message in consumer.consume(500, 0.2):
            if message.error() or message.value() is None:
                continue
            if message.topic() == names.decisions:
                live.decision(decode(message.value(), "decision"), message.timestamp()[1], time.monotonic())
            elif message.topic() == names.alerts:
                live.alert(decode(message.value(), "alert"))
            else:
                live.models += 1
    consumer.close()


def _catch_up(installation: Installation, supervisor: Supervisor) -> bool:
    """Wait until the workers have accounted for all that is on the inbound topics."""
    client, deadline = installation.kafka.client(), time.monotonic() + CATCH_UP_S
    while time.monotonic() < deadline:
        supervisor.check()
        committed = positions(client, installation.app.group, installation.inbound)
        if all(committed.get(where, -1) >= high for where, (_, high) in watermarks(client, installation.inbound).items()):
            return True
        time.sleep(0.3)
    return False


def _ledger(installation: Installation) -> Ledger:
    inventory = installation.inventory
    return read_ledger(
        installation.kafka.client(), installation.names, list(inventory.sources), list(inventory.teams), installation.app.group
    )
