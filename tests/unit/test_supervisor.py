"""The supervisor of `leadstream run`: starts again what ended, with a growing pause, and knows when that is of no use."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.embedded.supervisor import GRACE_S, LONGEST_PAUSE_S, Supervisor
from app.errors import ConfigurationError, ExitCode
from tests.harness.waiting import until


class Clock:
    """Stands still until it is moved."""

    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def supervisor(tmp_path: Path, clock: Clock) -> Iterator[Supervisor]:
    """Its roles are `python -c PROGRAM`."""
    with Supervisor(tmp_path / "logs", command=[sys.executable, "-c"], clock=clock) as supervisor:
        yield supervisor


def ended(supervisor: Supervisor, name: str) -> None:
    until(lambda: not supervisor.child(name).running, f"{name} has ended")


SLEEP = "import time; time.sleep(60)"
FAIL = f"import sys; sys.exit({ExitCode.FAILED.value})"


class TestStartingAgain:
    def test_not_before_the_pause(self, supervisor: Supervisor, clock: Clock) -> None:
        """What ends soon after its start is started again after half a second, and not before."""
        supervisor.start("worker", FAIL)
        ended(supervisor, "worker")
        supervisor.check()
        clock.now += 0.49
        supervisor.check()
        assert (supervisor.restarts, supervisor.child("worker").running) == (0, False)
        clock.now += 0.02
        supervisor.check()
        assert supervisor.restarted == {"worker": 1}

    def test_the_pause_doubles_up_to_a_limit(self, supervisor: Supervisor, clock: Clock) -> None:
        """Each quick end doubles the pause, until it is five seconds."""
        supervisor.start("worker", FAIL)
        pauses = []
        for _ in range(6):
            ended(supervisor, "worker")
            supervisor.check()
            before, began = supervisor.restarts, clock.now
            while supervisor.restarts == before:
                clock.now += 0.25
                supervisor.check()
            pauses.append(clock.now - began)
        assert pauses == [0.5, 1.0, 2.0, 4.0, LONGEST_PAUSE_S, LONGEST_PAUSE_S]

    def test_what_ran_for_long_starts_again_at_once(self, supervisor: Supervisor, clock: Clock) -> None:
        """One that ends after half a minute is no crash loop: a quarter of a second."""
        supervisor.start("worker", FAIL)
        ended(supervisor, "worker")
        clock.now += 30
        supervisor.check()
        clock.now += 0.26
        supervisor.check()
        assert supervisor.restarts == 1

    def test_an_exit_of_zero_is_an_end_too(self, supervisor: Supervisor, clock: Clock) -> None:
        """A role never ends by itself while it is wanted; whatever its code, it is started again."""
        supervisor.start("learner", "pass")
        ended(supervisor, "learner")
        supervisor.check()
        clock.now += 1
        supervisor.check()
        assert supervisor.restarted == {"learner": 1}

    def test_each_on_its_own(self, supervisor: Supervisor, clock: Clock) -> None:
        """One that ends leaves the others alone."""
        supervisor.start("worker-1", FAIL)
        pid = supervisor.start("worker-2", SLEEP).pid
        ended(supervisor, "worker-1")
        supervisor.check()
        clock.now += 1
        supervisor.check()
        assert supervisor.restarted == {"worker-1": 1}
        assert supervisor.child("worker-2").pid == pid


class TestRefusing:
    def test_a_wrong_configuration(self, supervisor: Supervisor) -> None:
        """A role that says that its configuration cannot be run is not tried again, and its own words are told."""
        supervisor.start("worker", f"import sys; print('topic x is missing'); sys.exit({ExitCode.CONFIGURATION.value})")
        ended(supervisor, "worker")
        with pytest.raises(ConfigurationError, match=r"worker refuses to start.*\n.*topic x is missing"):
            supervisor.check()


class TestStopping:
    def test_all_at_the_end(self, tmp_path: Path) -> None:
        """Leaving the context stops them all, and they had the time to finish; restarts are still told."""
        finish = (
            "import signal, sys, time\n"
            "signal.signal(signal.SIGTERM, lambda *_: (print('finished', flush=True), sys.exit(0)))\n"
            "print('up', flush=True)\n"
            "time.sleep(60)"
        )
        with Supervisor(tmp_path, command=[sys.executable, "-c"]) as supervisor:
            children = [supervisor.start(name, finish) for name in ("a", "b")]
            until(lambda: all((tmp_path / f"{name}.log").read_text() == "up\n" for name in ("a", "b")), "both are up")
        assert [child.exit_code for child in children] == [0, 0]
        assert (tmp_path / "a.log").read_text() == "up\nfinished\n"
        assert GRACE_S >= 10  # an open transaction is given up by the broker after that

    def test_one_for_good(self, supervisor: Supervisor) -> None:
        """What was ended on purpose is not started again."""
        child = supervisor.start("worker", SLEEP)
        assert "worker" in supervisor
        supervisor.end("worker")
        supervisor.check()
        assert not child.running
        assert "worker" not in supervisor
