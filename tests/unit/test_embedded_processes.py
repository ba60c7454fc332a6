"""Child processes: how they end, and that they never outlive their parent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from app.embedded.processes import spawn, stop_all, tail
from tests.harness.waiting import until

SLEEP = ["sleep", "60"]
linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent has died")

PARENT = """\
import pathlib, sys
from app.embedded.processes import spawn
print(spawn(["sleep", "60"], name="child", log=pathlib.Path("/dev/null")).pid, flush=True)
sys.stdin.read()
"""


def alive(pid: int) -> bool:
    """Whether it runs; a zombie, whose exit code nobody has asked for yet, does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def started(pid: int) -> bool:
    """Whether it runs `sleep` by now, and not the launcher any more."""
    return Path(f"/proc/{pid}/cmdline").read_bytes().startswith(b"sleep")


def parent() -> tuple[subprocess.Popen[bytes], int]:
    """A process with a child that it never stops; and the child's pid."""
    process = subprocess.Popen([sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    child = int(process.stdout.readline())
    until(lambda: started(child), "the child runs its program")
    return process, child


@linux
class TestOutliving:
    def test_the_parent_is_killed(self) -> None:
        """After kill -9 of the parent the kernel ends the child."""
        process, child = parent()
        assert alive(child)
        process.kill()
        process.communicate()
        until(lambda: not alive(child), "the child is gone", timeout_s=10)

    def test_the_parent_ends(self) -> None:
        """A parent that ends without stopping its child takes it along."""
        process, child = parent()
        process.communicate()
        assert process.returncode == 0
        until(lambda: not alive(child), "the child is gone", timeout_s=10)

    def test_the_thread_that_asked_for_it_ends(self) -> None:
        """The child belongs to the process and not to the thread, of whose end the kernel would tell it."""
        children = []

        def ask() -> None:
            children.append(spawn(SLEEP, name="child"))
            until(lambda: started(children[0].pid), "the child runs its program, so it has asked for the signal")

        thread = threading.Thread(target=ask)
        thread.start()
        thread.join()
        assert children[0].wait(0.3) is None
        children[0].kill()


class TestStopping:
    def test_sigterm_first(self) -> None:
        """A child that heeds SIGTERM is not killed."""
        assert spawn(SLEEP, name="child").stop(10) == -signal.SIGTERM

    def test_then_sigkill(self, tmp_path: Path) -> None:
        """A child that ignores SIGTERM is killed after the grace."""
        log = tmp_path / "log"
        stubborn = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
        child = spawn([sys.executable, "-c", stubborn], name="child", log=log)
        until(lambda: tail(log) == "up\n", "the child ignores SIGTERM")
        assert child.stop(0.1) == -signal.SIGKILL

    def test_a_paused_child(self) -> None:
        """A paused child is woken to hear its SIGTERM."""
        child = spawn(SLEEP, name="child")
        child.pause()
        assert child.stop(10) == -signal.SIGTERM

    def test_all_share_one_grace(self) -> None:
        """Children are stopped together; their codes come in order, those of ended ones too."""
        ended, sleeping = spawn(["false"], name="ended"), spawn(SLEEP, name="sleeping")
        assert ended.wait(10) == 1
        assert stop_all([ended, sleeping], 10) == [1, -signal.SIGTERM]

    def test_a_child_of_the_child(self, tmp_path: Path) -> None:
        """Killing ends the whole group: nothing that the child started stays behind."""
        log = tmp_path / "log"
        child = spawn(["sh", "-c", "sleep 60 & echo $!; wait"], name="child", log=log)
        until(lambda: tail(log).endswith("\n"), "the child has told its own child's id")
        grandchild = int(tail(log))
        child.kill()
        until(lambda: not alive(grandchild), "the grandchild is gone")


class TestSpawning:
    def test_ctrl_c_does_not_reach_it(self) -> None:
        """It leads its own session, so the terminal sends Ctrl-C to the parent alone."""
        child = spawn(SLEEP, name="child")
        assert os.getsid(child.pid) == child.pid
        child.kill()

    def test_no_such_program(self) -> None:
        """A program that is not there is told at once, and by name."""
        with pytest.raises(FileNotFoundError, match="no-such-program"):
            spawn(["no-such-program"], name="child")

    def test_environment_and_output(self, tmp_path: Path) -> None:
        """The child sees our environment and what was added; what it prints goes to its log, after what was there."""
        log = tmp_path / "log"
        log.write_text("before\n")
        assert spawn(["sh", "-c", 'echo $ADDED; test -n "$PATH"'], name="child", log=log, env={"ADDED": "yes"}).wait(10) == 0
        assert log.read_text() == "before\nyes\n"
