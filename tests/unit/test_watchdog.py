"""What does not progress ends its process, with 72, and says what it was and where; what waits on purpose does not."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from typing import Any

import pytest

from app.errors import ExitCode
from app.ops.health import Health
from app.ops.progress import STUCK_S, Progress


class Clock:
    """Stands still until it is moved."""

    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def health(clock: Clock) -> Health:
    return Health(clock)


def ended(program: str) -> tuple[int, list[dict[str, Any]], str]:
    """Exit code, log lines and the rest of stderr of a process whose health is `health` and whose watchdog looks often."""
    start = """\
        import faulthandler, threading, time
        from app.ops import watchdog
        from app.ops.health import Health
        from app.ops.logging import configure
        watchdog.LOOK_S, watchdog.HELD_S = 0.1, 1.5
        configure()
        health = Health()
        health.beat("step", 0.5, "revising")
    """
    code = textwrap.dedent(start) + "with watchdog.Watchdog(health):\n" + textwrap.indent(textwrap.dedent(program), "    ")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    lines = done.stderr.splitlines()
    told = [json.loads(line) for line in lines if line.startswith("{")]
    return done.returncode, told, "\n".join(line for line in lines if not line.startswith("{"))


class TestEnding:
    def test_a_step_that_does_not_return(self) -> None:
        """Exit 72; the log says which promise was broken, what was being done, and where each thread stands."""
        code, told, _ = ended("""
            def step(): time.sleep(60)
            step()
        """)
        assert code == ExitCode.STUCK
        assert told[0]["event"] == "process_stuck"
        assert "step: no progress for" in told[0]["why"]
        assert "revising" in told[0]["why"]
        stands = {line["role"]: line["detail"] for line in told if line["event"] == "thread_stands"}
        assert "step" in stands["MainThread"]

    def test_whoever_holds_the_logs_lock(self) -> None:
        """A thread that is stuck while it writes to the log does not keep the process alive."""
        code, told, _ = ended("""
            import logging
            from app.ops import ending
            ending.LAST_WORDS_S = 0.2
            logging.getLogger().handlers[0].acquire()
            time.sleep(60)
        """)
        assert (code, told) == (ExitCode.STUCK, [])

    def test_a_library_that_never_lets_the_interpreter_go(self) -> None:
        """No thread of Python's can look then: C's timer shows the stack and ends the process with 1."""
        code, _, said = ended("""
            health.forget("step")
            time.sleep(0.3)
            def decode(): (10 ** 400_000_000) // (7 ** 90_000_000)
            decode()
        """)
        assert code == 1
        assert "in decode" in said

    def test_beats_that_come(self) -> None:
        """A process that does what it promised is left alone."""
        code, told, _ = ended("""
            for _ in range(10):
                health.beat("step", 0.5)
                time.sleep(0.1)
        """)
        assert (code, told) == (0, [])


class TestProgress:
    def test_a_position_that_does_not_move(self, health: Health, clock: Clock) -> None:
        """Records wait, nothing is down, and the position stands: overdue after five minutes, named."""
        progress = Progress(health, "reading", clock=clock)
        progress.look({("in", 0): 5, ("in", 1): 5}, {("in", 0): 9, ("in", 1): 5})
        clock.now += STUCK_S + 1
        progress.look({("in", 0): 5, ("in", 1): 5}, {("in", 0): 9, ("in", 1): 5})
        (late,) = health.overdue
        assert late.name == "progress"
        assert "reading in-0" in late.why
        assert health.told == {"waiting": 4, "seconds_without_progress": STUCK_S + 1, "slowest": "in-0"}

    @pytest.mark.parametrize(
        ("ends", "waiting"),
        [({("in", 0): 5}, ()), ({("in", 0): 9}, {("in", 0)}), ({}, ())],
        ids=["nothing waits", "it waits on purpose", "nobody knows"],
    )
    def test_what_is_not_stuck(self, health: Health, clock: Clock, ends: Any, waiting: Any) -> None:
        """At the end, waiting for what is down, or not told where the end is."""
        progress = Progress(health, "reading", clock=clock)
        for _ in range(10):
            progress.look({("in", 0): 5}, ends, waiting)
            assert health.overdue == []
            clock.now += STUCK_S / 2

    def test_waiting_gives_the_full_time_again(self, health: Health, clock: Clock) -> None:
        """After an outage a role has as long as ever to move."""
        progress = Progress(health, "reading", clock=clock)
        progress.look({("in", 0): 5}, {("in", 0): 9})
        clock.now += 10 * STUCK_S
        health.waits()
        assert health.overdue == []
        clock.now += STUCK_S + 1
        assert len(health.overdue) == 1

    def test_a_process_that_was_frozen(self, health: Health, clock: Clock) -> None:
        """All promises count from when it woke up."""
        health.beat("step", 10)
        clock.now += 100
        health.renew()
        assert health.overdue == []
        clock.now += 11
        assert [one.name for one in health.overdue] == ["step"]
