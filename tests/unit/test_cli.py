"""The command line: help, versions, and errors as one clear line with an exit code. Without any server."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app import __version__
from app.cli import app, main
from app.embedded.ports import free_port
from app.embedded.session import alone, tell, told
from app.errors import ConfigurationError, ExitCode

ROOT = Path(__file__).parents[2]
COMMANDS = (
    "run", "worker", "reviser", "learner", "monitor", "behaviour", "registry", "check", "topics", "schemas", "explain",
    "reconcile", "simulate", "onboard", "mapping", "audit", "inventory", "map", "match", "train-mapping", "train-matching",
    "verdict", "unmerge", "backtest", "fairness", "kpi",
)  # fmt: skip
LEAD = "ld_571d8329367214314179"


OURS = ("KAFKA_", "REDIS_", "LEADSTREAM_", "SCHEMA_REGISTRY_")


@dataclass
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str


Command = Callable[..., Done]


@pytest.fixture
def leadstream(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs a command in this process, with these settings and no others."""

    def run(*argv: str, **environment: str) -> Done:
        for name in [name for name in os.environ if name.startswith(OURS)]:
            monkeypatch.delenv(name)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        with pytest.raises(SystemExit) as ended:
            main(lambda: app(list(argv)))
        shown = capsys.readouterr()
        return Done(int(ended.value.code or 0), shown.out, shown.err)

    return run


def as_process(*argv: str, cwd: Path, **environment: str) -> Done:
    """Runs a command as a user does: whatever is printed by whomever is seen."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", *argv],
        cwd=cwd, env={**clean, "PYTHONPATH": str(ROOT), **environment}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    return Done(done.returncode, done.stdout, done.stderr)


class TestHelp:
    def test_every_command_is_listed(self) -> None:
        """The top help names every command, the settings and the exit codes."""
        text = CliRunner().invoke(app, ["--help"]).output
        for part in (*COMMANDS, "KAFKA_BOOTSTRAP_SERVERS", "Exit codes"):
            assert part in text

    @pytest.mark.parametrize("command", COMMANDS)
    def test_every_command_says_more_than_its_name(self, command: str) -> None:
        """Each has a summary line and at least one sentence on what follows from using it."""
        shown = CliRunner().invoke(app, [command, "--help"])
        assert shown.exit_code == 0
        prose = [line for line in shown.output.split("Options")[0].splitlines() if line.strip() and "Usage" not in line]
        assert len(" ".join(prose).split()) >= 12

    def test_version(self) -> None:
        """--version prints the version and nothing else."""
        assert CliRunner().invoke(app, ["--version"]).output == f"leadstream {__version__}\n"

    @pytest.mark.parametrize("argv", [["explain", "ld_1"], ["run", "--leads", "0"], ["run", "--garbage", "2"], ["nonsense"]])
    def test_wrong_usage(self, argv: list[str]) -> None:
        """What cannot be meant is refused with exit 2 before anything starts."""
        assert CliRunner().invoke(app, argv).exit_code == 2


class TestCheck:
    def test_the_shipped_configuration(self, leadstream: Command) -> None:
        """What we ship is in order, and says so in one line."""
        done = leadstream("check")
        assert (done.code, done.err) == (0, "")
        assert "12 sources, 6 teams" in done.out

    def test_all_problems_at_once(self, leadstream: Command, tmp_path: Path) -> None:
        """Every problem on a line of its own, as file:line: field; exit 1; no traceback."""
        config = tmp_path / "config"
        shutil.copytree(ROOT / "deploy" / "config", config)
        source, routing = config / "sources" / "typeform.yaml", config / "routing.yaml"
        source.write_text(source.read_text().replace("expected_per_hour:", "expected_per_day:"))
        routing.write_text(routing.read_text().replace("team: nurture", "team: nurtur"))
        done = leadstream("check", LEADSTREAM_CONFIG_DIR=str(config))
        lines = done.err.splitlines()
        assert done.code == 1
        assert any(line.startswith(f"{source}:") and ": expected_per_day: " in line for line in lines)
        assert any(line.startswith(f"{routing}:") and "nurtur" in line for line in lines)
        assert lines[-1] == f"{config}: {len(lines) - 1} problems"
        assert "Traceback" not in done.err

    def test_no_such_folder(self, leadstream: Command, tmp_path: Path) -> None:
        """A folder that is not there is a problem like any other."""
        done = leadstream("check", LEADSTREAM_CONFIG_DIR=str(tmp_path / "absent"))
        assert done.code == 1
        assert str(tmp_path / "absent") in done.err


class TestErrors:
    @pytest.mark.parametrize(
        ("name", "value"),
        [("KAFKA_SECURITY_PROTOCOL", "SECRET"), ("LEADSTREAM_WINDOW_S", "SECRET"), ("LEADSTREAM_TOPIC_PREFIX", "S E C R E T")],
    )
    def test_a_variable_that_cannot_be_used(self, leadstream: Command, name: str, value: str) -> None:
        """It is named, its value is not, and the exit code says that starting again is of no use."""
        done = leadstream("worker", **{name: value})
        assert done.code == ExitCode.CONFIGURATION
        assert done.err.startswith(f"leadstream: {name}: ")
        assert value not in done.err
        assert len(done.err.splitlines()) == 1

    def test_no_kafka_there(self, tmp_path: Path) -> None:
        """An edge that is down: one line that says which, why and what to look at, nothing of librdkafka's own; exit 70."""
        bootstrap = f"127.0.0.1:{free_port()}"
        done = as_process("explain", LEAD, cwd=tmp_path, KAFKA_BOOTSTRAP_SERVERS=bootstrap)
        assert done.code == ExitCode.FAILED
        assert done.err.startswith(f"leadstream: Kafka at {bootstrap} does not answer: ")
        assert "KAFKA_BOOTSTRAP_SERVERS" in done.err
        assert len(done.err.splitlines()) == 1

    def test_nothing_set_and_nothing_up(self, tmp_path: Path) -> None:
        """Where nothing says which Kafka, that is said, too."""
        done = as_process("explain", LEAD, cwd=tmp_path)
        if done.code == 1:
            pytest.skip("something answers on port 9092 of this machine")
        assert done.code == ExitCode.FAILED
        assert "no `leadstream run` is up in this folder" in done.err

    def test_no_pepper(self) -> None:
        """A role without the key of pseudonyms refuses to start, and says how to make one."""
        done = as_process("worker", cwd=ROOT, KAFKA_BOOTSTRAP_SERVERS=f"127.0.0.1:{free_port()}")
        assert done.code == ExitCode.CONFIGURATION
        assert "openssl rand -hex 32" in done.err

    def test_no_registry(self, leadstream: Command) -> None:
        """Registering needs to be told where."""
        done = leadstream("schemas")
        assert done.code == ExitCode.CONFIGURATION
        assert "SCHEMA_REGISTRY_URL" in done.err


class TestSession:
    def test_one_run_in_a_folder(self, tmp_path: Path) -> None:
        """A second run in the same folder is refused while the first is up, and not afterwards."""
        data = tmp_path / "run"
        data.mkdir()
        with alone(data), pytest.raises(ConfigurationError, match=f"process {os.getpid()}"), alone(data):
            pass
        with alone(data):
            pass

    def test_what_is_told(self, tmp_path: Path) -> None:
        """Our settings and no others, values whole whatever is in them, for this user alone; gone when the run is."""
        environment = {"KAFKA_BOOTSTRAP_SERVERS": "h:1", "LEADSTREAM_PEPPER": "a 'b' $c\nd", "HOME": "x"}
        with alone(tmp_path):
            file = tell(tmp_path, environment)
            assert file.stat().st_mode & 0o777 == 0o600
            assert told(tmp_path) == {name: value for name, value in environment.items() if name != "HOME"}
        assert not file.exists()
        assert told(tmp_path) is None

    def test_a_leftover_counts_for_nothing(self, tmp_path: Path) -> None:
        """A file that a killed run left behind is not believed: nobody holds the lock."""
        with alone(tmp_path):
            tell(tmp_path, {"KAFKA_BOOTSTRAP_SERVERS": "h:1"})
            left = (tmp_path / "env").read_text()
        (tmp_path / "env").write_text(left)
        assert told(tmp_path) is None
