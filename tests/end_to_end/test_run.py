"""`leadstream run` as a newcomer meets it: a process of its own that brings a Kafka and a Redis, and takes them away again."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import Producer

from app.embedded.kafka import EmbeddedKafka
from app.embedded.redis import EmbeddedRedis
from app.errors import ExitCode
from app.pipeline.source import Position
from tests.harness.fleet import environment, install
from tests.harness.waiting import until

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc"),
]
ROOT = Path(__file__).parents[2]
UP_S = 120.0  # 10 s on an idle machine; the limit is for one that is not
END_S = 60.0
FLOWING = re.compile(r"^\s+([1-9][\d,]*) leads ", re.MULTILINE)


class Run:
    """One `leadstream run` in a folder of its own, and whatever it has started."""

    def __init__(self, folder: Path, *argv: str, **settings: str) -> None:
        self.folder, self.log = folder, folder / "out.txt"
        self.settings = {
            "PYTHONPATH": str(ROOT),
            "LEADSTREAM_CONFIG_DIR": str(ROOT / "deploy" / "config"),
            "LEADSTREAM_SCHEMA_DIR": str(ROOT / "schemas"),
            **settings,
        }
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "app.cli", "run", *argv],
                cwd=folder, env=self._environment(), stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip

    @property
    def output(self) -> str:
        return self.log.read_text("utf-8", "replace")

    @property
    def told(self) -> Path:
        return self.folder / ".leadstream" / "run" / "env"

    def until(self, shown: str | re.Pattern[str], timeout_s: float = UP_S) -> None:
        """Wait until this is in its output."""
        pattern = re.compile(re.escape(shown)) if isinstance(shown, str) else shown

        def there() -> bool:
            assert self.process.poll() is None, f"ended with {self.process.returncode}:\n{self.output}"
            return pattern.search(self.output) is not None

        until(there, f"{shown} in the output", timeout_s)

    def tool(self, *argv: str) -> subprocess.CompletedProcess[str]:
        """A second terminal in the same folder."""
        command = [sys.executable, "-m", "app.cli", *argv]
        return subprocess.run(command, cwd=self.folder, env=self._environment(), capture_output=True, text=True, timeout=90)

    def processes(self) -> dict[int, str]:
        """Process id → command of everything that runs in the folder."""
        return running_in(self.folder)

    def pid(self, command: str) -> int:
        (found,) = [pid for pid, line in self.processes().items() if command in line]
        return found

    def end(self, number: signal.Signals | None = None) -> int:
        """Send the signal, as the terminal would, and wait for the end; the exit code."""
        if number is not None:
            self.process.send_signal(number)
        return self.process.wait(END_S if number is not None else UP_S)

    def nothing_left(self) -> None:
        """No process, no settings for tools."""
        until(lambda: not self.processes(), "no process is left", 15)
        assert not self.told.exists()

    def _environment(self) -> dict[str, str]:
        ours = ("KAFKA_", "REDIS_", "LEADSTREAM_", "SCHEMA_REGISTRY_")
        clean = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        return {**clean, **self.settings}


def running_in(folder: Path) -> dict[int, str]:
    """Process id → command of all processes whose working directory is the folder or lies in it; zombies do not run."""
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
            if state != "Z" and (entry / "cwd").resolve().is_relative_to(folder.resolve()):
                found[int(entry.name)] = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:  # it has ended meanwhile
            continue
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder for a run; whatever a failed test left there is killed."""
    yield tmp_path
    for pid in running_in(tmp_path):
        os.kill(pid, signal.SIGKILL)


def sums(output: str) -> list[int]:
    """The last line of the reconciliation: records in, the four fates, their sum."""
    (line,) = re.findall(r"^all\s+[\d, ]+$", output, re.MULTILINE)
    return [int(number.replace(",", "")) for number in line.split()[1:]]


def test_it_stops_after_so_many(folder: Path) -> None:
    """`--leads` ends by itself with exit 0: all accounted for, one line of sums that add up, nothing left, no library's noise."""
    run = Run(folder, "--leads", "1500", "--rate", "500")
    assert run.end() == 0, run.output
    records, *fates, total = sums(run.output)
    assert records == total == sum(fates) == 1_500
    assert "The reconciliation holds" in run.output
    assert FLOWING.findall(run.output)[-1] == "1,500"
    for noise in ("%3|", "%4|", "%6|", "rdkafka", "Traceback", "\x1b"):
        assert noise not in run.output
    for log in (folder / ".leadstream" / "run" / "logs").glob("*.log"):
        assert all(line.startswith("{") for line in log.read_text().splitlines()), f"{log.name} is not JSON lines"
    assert {entry.name for entry in folder.iterdir()} == {".leadstream", "out.txt"}, "it writes nowhere else"
    run.nothing_left()


@pytest.mark.timeout(420)  # two runs
def test_tools_beside_it_kill_9_and_ctrl_c(folder: Path) -> None:
    """While it runs, a second terminal can explain and reconcile, and start no second run. After kill -9 the kernel ends all
    that it had started; what it left behind is not believed, and does not stop the next, which Ctrl-C ends in order."""
    run = Run(folder)
    run.until(FLOWING)
    assert run.told.stat().st_mode & 0o777 == 0o600

    lead = Position("leads.inbound.meta-lead-ads", 0, 0).lead_id
    explained = run.tool("explain", lead)
    assert explained.returncode == 0, explained.stderr
    assert explained.stdout.startswith(f"{lead}  ")
    assert "meta-lead-ads (leads.inbound.meta-lead-ads, partition 0, offset 0)" in explained.stdout

    reconciled = run.tool("reconcile")
    assert reconciled.returncode in (0, 1), reconciled.stderr
    assert "DOES NOT HOLD" not in reconciled.stdout, reconciled.stdout
    assert sums(reconciled.stdout)[0] > 0

    compared = run.tool("topics")
    assert compared.returncode == 0, compared.stdout
    assert "leads.inbound.meta-lead-ads" in compared.stdout

    second = run.tool("run", "--leads", "10")
    assert second.returncode == ExitCode.CONFIGURATION
    assert f"process {run.process.pid}" in second.stderr
    assert len(second.stderr.splitlines()) == 1

    assert len(run.processes()) >= 5, "itself, Kafka, Redis, a worker, the learner"
    run.process.kill()
    run.process.wait(10)
    until(lambda: not run.processes(), "no process is left", 15)
    assert run.told.exists()
    lost = run.tool("explain", lead)
    assert lost.returncode != 0
    assert "no `leadstream run` is up in this folder" in lost.stderr or "no decision" in lost.stderr

    run = Run(folder)
    run.until(FLOWING)
    began = time.monotonic()
    assert run.end(signal.SIGINT) == 0, run.output
    assert time.monotonic() - began < END_S
    records, *fates, total = sums(run.output)
    assert records == total == sum(fates) > 0
    run.nothing_left()


def test_a_second_ctrl_c_does_not_wait(folder: Path) -> None:
    """With its worker frozen the first Ctrl-C waits, the second does not: all is stopped, what is left is told, exit 1."""
    run = Run(folder)
    run.until(FLOWING)
    os.kill(run.pid("app.cli worker"), signal.SIGSTOP)
    time.sleep(1)  # some leads more, that nobody accounts for
    run.process.send_signal(signal.SIGINT)
    run.until("the workers finish what is there")
    began = time.monotonic()
    assert run.end(signal.SIGTERM) in (0, 1)  # 0 if the woken worker finished everything on its way out
    assert time.monotonic() - began < END_S
    assert "DOES NOT HOLD" not in run.output
    assert sums(run.output)[0] >= sums(run.output)[-1] > 0
    run.nothing_left()


def test_a_signal_while_it_starts(folder: Path) -> None:
    """Stopped before anything flowed: what had been started goes away, and the exit code says that it was interrupted."""
    run = Run(folder)
    until(lambda: any("kafka.Kafka" in line for line in run.processes().values()), "the broker's process is there", UP_S)
    assert run.end(signal.SIGTERM) == 130
    assert "Stopped before any lead came" in run.output
    assert "Traceback" not in run.output
    run.nothing_left()


def test_a_cluster_that_is_in_use(folder: Path, kafka: EmbeddedKafka, redis_server: EmbeddedRedis, topic_prefix: str) -> None:
    """On topics that hold other records it counts from its own beginning, and says so; it stops none of what it did not start."""
    settings = environment(topic_prefix, kafka.bootstrap, redis_server.url)
    one = install(settings)
    producer = Producer(one.kafka.client())
    for _ in range(50):
        producer.produce(one.names.inbound("web-form"), b"email=someone%40example.org")
    assert producer.flush(10) == 0

    run = Run(folder, "--leads", "300", "--rate", "300", **settings)
    assert run.end() == 0, run.output
    assert "only what arrives from now on is shown and counted" in run.output
    assert sums(run.output)[0] == sums(run.output)[-1] == 300
    assert kafka.running
    assert redis_server.running
    run.nothing_left()
