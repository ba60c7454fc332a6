"""Asked to stop: once for finishing, within a limit; twice for ending at once."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap

from app.errors import ExitCode

ROLE = """\
    import time
    from app.ops import stopping
    stopping.DRAIN_S = 1.0
    stop = stopping.until_signalled()
    print("up", flush=True)
    stop.wait()
"""


def role(finishing: str) -> subprocess.Popen[str]:
    """A role that is up, and does this once it is asked to stop."""
    code = textwrap.dedent(ROLE) + finishing
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    return process


def test_it_finishes() -> None:
    """What is under way is done, and the exit is 0."""
    one = role("print('done')")
    one.send_signal(signal.SIGTERM)
    assert one.communicate(timeout=30)[0] == "done\n"
    assert one.returncode == 0


def test_it_has_a_limit() -> None:
    """A role that does not get done ends all the same, and its log says where it stood."""
    one = role("def finish(): time.sleep(60)\nfinish()")
    one.send_signal(signal.SIGTERM)
    told = one.communicate(timeout=30)
    assert one.returncode == ExitCode.STUCK
    assert "drain_overran" in "".join(told)
    assert "finish" in "".join(told)


def test_twice_ends_at_once() -> None:
    """Whoever asks again does not want to wait."""
    one = role("print('finishing', flush=True)\ntime.sleep(60)")
    one.send_signal(signal.SIGTERM)
    assert one.stdout is not None
    assert one.stdout.readline() == "finishing\n"
    one.send_signal(signal.SIGTERM)
    assert one.wait(30) == 128 + signal.SIGTERM
    one.communicate()
