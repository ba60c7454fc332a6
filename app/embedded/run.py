"""`leadstream run`: the whole factory floor on one machine, on a real Kafka and a real Redis, under simulated traffic."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from app.edges.kafka.audit import Ledger
from app.embedded.display import Display
from app.embedded.follower import Follower
from app.embedded.infrastructure import Infrastructure, infrastructure
from app.embedded.interrupts import Interrupts
from app.embedded.ports import free_port
from app.embedded.session import alone, tell
from app.embedded.simulator.producer import Simulator
from app.embedded.supervisor import Supervisor
from app.ops.live import Live
from app.reconciliation import reconciliation
from app.wiring import Installation

STALLED_S = 30.0  # the workers account for nothing more: what is left then is told, and not waited for
TICK_S = 0.25
WINDOW_S = 10  # of the monitor: a newcomer will not watch for minutes


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
    """Run until stopped or done: traffic, then the wait for the workers, then the books.

    Returns:
        Whether the reconciliation holds: records in = sum of fates, each exactly once, and nothing left.

    Raises:
        KeyboardInterrupt: Ctrl-C or SIGTERM before anything flowed.
        ConfigurationError: It cannot be run like this; another run is up in this folder.
        EdgeDown: A server does not come up, or has ended.
    """
    started_s = time.monotonic()
    with Interrupts() as interrupts, alone(plan.data), infrastructure(plan.data, console) as floor:
        one = floor.installation
        live = Live(tuple(one.inventory.sources))
        _settle_monitor(one, plan.rate)
        api = _settle_api(plan.data)
        with Supervisor(plan.data / "logs") as supervisor:
            for n in range(plan.workers):
                supervisor.start(f"worker-{n + 1}", "worker")
            supervisor.start("learner", "learner")
            supervisor.start("reviser", "reviser")
            if one.app.behaviour:
                supervisor.start("behaviour", "behaviour")
            follower, traffic = Follower(one, live), _Traffic(one, plan)
            tell(plan.data, os.environ)
            _say_up(console, plan, time.monotonic() - started_s, api, fresh=follower.fresh, behaviour=one.app.behaviour)
            interrupts.begun()
            with Display(console, live, supervisor, started_s) as display:
                tick = _ticker(floor, supervisor, display, live)
                _let_flow(traffic, live, interrupts, tick)
                _let_finish(traffic, follower, interrupts, tick)
            supervisor.stop()
            ledger = follower.conclude()
        _tell_result(console, ledger, supervisor, follower)
    return ledger.holds


class _Traffic(threading.Thread):
    """The simulator at work."""

    def __init__(self, one: Installation, plan: Plan) -> None:
        super().__init__(name="simulator", daemon=True)
        self._simulator = Simulator(one.kafka, one.names, one.inventory, one.codec.encode, seed=plan.seed, garbage=plan.garbage)
        self._plan, self._enough = plan, threading.Event()
        self._error: Exception | None = None

    def run(self) -> None:
        try:
            self._simulator.run(self._plan.leads, self._plan.rate, self._enough)
        except Exception as error:  # raised by `check`, in the thread that can end the run
            self._error = error

    def end(self) -> None:
        """No new leads; what was sent still arrives, and then the thread ends."""
        self._enough.set()

    def check(self) -> None:
        """Raises what ended it early."""
        if self._error:
            raise self._error


Tick = Callable[[str], None]


def _ticker(floor: Infrastructure, supervisor: Supervisor, display: Display, live: Live) -> Tick:
    def tick(status: str) -> None:
        floor.check()
        supervisor.check()
        if live.total and "monitor" not in supervisor:  # until leads flow they would only be in the others' way
            for role in ("monitor", "steward", "privacy", "api"):
                supervisor.start(role, role)
        display.tick(status)

    return tick


def _let_flow(traffic: _Traffic, live: Live, interrupts: Interrupts, tick: Tick) -> None:
    """Until the traffic has ended, or the first Ctrl-C."""
    traffic.start()
    while traffic.is_alive() and not interrupts.stop.wait(TICK_S):
        tick("Ctrl-C stops everything and reconciles" if live.total else "Leads are sent; the workers start")
    traffic.end()


def _let_finish(traffic: _Traffic, follower: Follower, interrupts: Interrupts, tick: Tick) -> None:
    """Until every record that was sent has its fate, or nothing moves any more, or the next Ctrl-C."""
    while traffic.is_alive() and not interrupts.hurry.wait(TICK_S):
        tick("Stopping: no new leads; the last ones are being sent")
    traffic.check()
    ends = follower.inbound_ends()
    left, moved_s = follower.left(ends), time.monotonic()
    while left and time.monotonic() - moved_s < STALLED_S and not interrupts.hurry.is_set():
        tick("No new leads; the workers finish what is there (Ctrl-C: do not wait for them)")
        interrupts.hurry.wait(TICK_S)
        before, left = left, follower.left(ends)
        if left < before:
            moved_s = time.monotonic()


def _settle_monitor(one: Installation, rate: float) -> None:
    """The monitor shall know how much faster than the inventory's rates this traffic is; told by the environment."""
    per_s = sum(source.expected_per_hour for source in one.inventory.sources.values()) / 3600
    os.environ.setdefault("LEADSTREAM_WINDOW_S", str(WINDOW_S))
    os.environ.setdefault("LEADSTREAM_RATE_FACTOR", f"{rate / per_s:.6g}")


def _settle_api(data: Path) -> str:
    """Where the review API will be, and leave its token, unless the environment says so; the tools find it there."""
    if "LEADSTREAM_API_TOKEN" not in os.environ:
        os.environ.setdefault("LEADSTREAM_API_TOKEN_FILE", str((data / "api.token").absolute()))
    port = os.environ.setdefault("LEADSTREAM_API_PORT", str(free_port()))
    return os.environ.setdefault("LEADSTREAM_API_URL", f"http://127.0.0.1:{port}")


def _say_up(console: Console, plan: Plan, took_s: float, api: str, *, fresh: bool, behaviour: bool) -> None:
    roles = f"{plan.workers} worker{'s' * (plan.workers > 1)}, learner, reviser{', behaviour' * behaviour}"
    console.print(f"Up after {took_s:.1f} s: {roles}; logs: {plan.data / 'logs'}", highlight=False, soft_wrap=True)
    console.print(f"Then monitor, steward, privacy and the review API at {api}; try `leadstream review list`", soft_wrap=True)
    if not fresh:
        console.print("The inbound topics are not empty: only what arrives from now on is shown and counted.", soft_wrap=True)


def _tell_result(console: Console, ledger: Ledger, supervisor: Supervisor, follower: Follower) -> None:
    console.print(reconciliation(ledger))
    if not follower.fresh:
        console.print("Counted: what arrived on the inbound topics during this run, whoever sent it.", soft_wrap=True)
    for name, times in supervisor.restarted.items():
        console.print(f"{name} had to be started again {times} times; see its log in {supervisor.logs}", soft_wrap=True)
