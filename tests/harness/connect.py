"""Kafka Connect, standalone, from the same jars as the broker: a real consumer of JSON topics that nobody here wrote."""

from __future__ import annotations

import json
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from app.embedded.kafka import EmbeddedKafka, java_command
from app.embedded.ports import free_port
from app.embedded.processes import Child, spawn, tail

_START_TIMEOUT_S = 90.0  # 6 s as a rule on an idle machine
_STOP_GRACE_S = 10.0


_STRING = "org.apache.kafka.connect.storage.StringConverter"
_JSON = "org.apache.kafka.connect.json.JsonConverter"  # reads the value: one that is not JSON fails the task


def _worker(bootstrap: str, rest_port: int, offsets: Path) -> dict[str, str]:
    return {
        "bootstrap.servers": bootstrap,
        "listeners": f"http://127.0.0.1:{rest_port}",
        "offset.storage.file.filename": str(offsets),
        "offset.flush.interval.ms": "500",
        "key.converter": _STRING,
        "value.converter": _JSON,
        "value.converter.schemas.enable": "false",
        "consumer.isolation.level": "read_committed",
        "consumer.auto.offset.reset": "earliest",
        # The jars' own classes are found on the class path; a scan of it all would take longer than the test.
        "plugin.discovery": "service_load",
    }


def _sink(topics: Sequence[str], output: Path, as_text: bool) -> dict[str, str]:
    return {
        **({"value.converter": _STRING} if as_text else {}),
        "name": "file-sink",
        "connector.class": "org.apache.kafka.connect.file.FileStreamSinkConnector",
        "tasks.max": "1",
        "topics": ",".join(topics),
        "file": str(output),
    }


@contextmanager
def file_sink(kafka: EmbeddedKafka, topics: Sequence[str], output: Path, *, as_text: bool = False) -> Iterator[Child]:
    """While this holds, Connect's FileStreamSink writes every committed record of the topics to a file, from their beginning.

    One line per record: Connect reads its JSON and writes it in Java's notation (`{lead_id=l1, score=0.5}`). The connector is
    up when the block starts; records take a moment to arrive. At the end the sink is closed and the file complete up to what
    was read.

    Args:
        kafka: Where the topics are; they must exist.
        topics: JSON topics.
        output: The file, created or appended to.
        as_text: Copy the JSON text as it is instead of reading it.

    Raises (on entry):
        AssertionError: Connect did not come up, or its task failed; with the tail of its log.
    """
    with tempfile.TemporaryDirectory(prefix="connect-") as folder:
        directory, port = Path(folder), free_port()
        worker, sink, log = directory / "worker.properties", directory / "sink.properties", directory / "connect.log"
        _write(worker, _worker(kafka.bootstrap, port, directory / "offsets"))
        _write(sink, _sink(topics, output, as_text))
        main = "org.apache.kafka.connect.cli.ConnectStandalone"
        connect = spawn(java_command(main, worker, sink), name="connect", log=log, cwd=directory)
        try:
            _wait_until_running(connect, port, log)
            yield connect
            assert _state(port) == "RUNNING", f"the sink's task failed; the end of its log:\n{tail(log)}"
        finally:
            connect.stop(_STOP_GRACE_S)


def _write(path: Path, properties: dict[str, str]) -> None:
    path.write_text("".join(f"{name}={value}\n" for name, value in properties.items()))


def _state(port: int) -> str | None:
    """The state of the sink's task, from Connect's REST interface; None while there is none."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/connectors/file-sink/status", timeout=2) as answer:
            tasks = json.load(answer)["tasks"]
    except (urllib.error.URLError, TimeoutError, ConnectionError):
        return None
    return tasks[0]["state"] if tasks else None


def _wait_until_running(connect: Child, port: int, log: Path) -> None:
    deadline = time.monotonic() + _START_TIMEOUT_S
    while (state := _state(port)) != "RUNNING":
        assert connect.running, f"Connect ended with {connect.exit_code}; the end of its log:\n{tail(log)}"
        assert state != "FAILED", f"the sink's task failed; the end of its log:\n{tail(log)}"
        assert time.monotonic() < deadline, f"Connect is not up; the end of its log:\n{tail(log)}"
        time.sleep(0.1)
