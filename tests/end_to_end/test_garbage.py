"""Garbage on every topic that others may write to, while everything runs: no role ends over it, and each says so."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from random import Random

import pytest
from confluent_kafka import KafkaError, Message, Producer

from tests.end_to_end.test_run import FLOWING, Run, running_in, sums
from tests.fuzz.corpus import ROOT, nowhere
from tests.fuzz.records import hostile
from tests.harness.waiting import until

pytestmark = [pytest.mark.timeout(400), pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")]

EACH = 25  # records that keep to their topic's schema, and mean harm
MORE = 300  # leads that flow after the garbage: by then everybody has met it
# topic → its record, an example
INPUTS = {
    "outcomes": ("outcome", "won"),
    "verdicts": ("verdict", "reroute"),
    "spend": ("spend", "campaign"),
    "behaviour": ("behaviour_event", "cart_add"),
    "capacity": ("capacity", "absent"),
    "flags": ("flag_change", "off"),
    "rollouts": ("rollout", "rolled_back"),
    "mappings": ("mapping_verdict", "confirmed"),
    "consent": ("consent_change", "withdrawn"),
    "erasure": ("erasure", "asked"),
}
SAID = (
    "verdict_passed_over",
    "flag_refused",
    "mapping_unreadable",
    "rollout_refused",
    "capacity_unreadable",
    "behaviour_passed_over",
    "record_passed_over",
    "model_refused",
)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder for a run; whatever a failed test left there is killed."""
    yield tmp_path
    for pid in running_in(tmp_path):
        os.kill(pid, signal.SIGKILL)


def garbage(topic: str) -> Iterator[bytes | None]:
    """What is no record at all, and what is one and means harm."""
    chance, one = Random(topic), nowhere()
    yield from (None, b"", b"\0", b"{}", b"\0\0\0\0\0", b"\0\xff\xff\xff\xff", chance.randbytes(300), b"x" * 900_000)
    if topic in INPUTS:
        record, example = INPUTS[topic]
        usual = json.loads((ROOT / "schemas" / record / "examples" / f"{example}.json").read_text())
        found = [
            one.codec.encode(record, value) for value in islice(hostile(one.schemas, one.codec, record, chance, usual), EACH)
        ]
        yield from (value for value in found if len(value) < 500_000)
        yield from (value[: len(value) // 2] for value in found[:3])


def flood(bootstrap: str, topics: dict[str, str]) -> None:
    """Send garbage of each kind to its topic, with any keys; without one only where the broker takes that."""
    refused: list[KafkaError] = []

    def told(error: KafkaError | None, _: Message) -> None:
        refused.extend([error] if error else [])

    producer = Producer({"bootstrap.servers": bootstrap, "message.max.bytes": 2_000_000})
    for name, topic in topics.items():
        for n, value in enumerate(garbage(name)):
            key = (None if "inbound" in topic else b"0", b"", b"\xff\xfe", b"scoring", b"web-form/email")[n % 5]
            producer.produce(
                topic, value, key, headers=[("traceparent", b"x" * 5_000), ("leadstream.revision", b"nine")], on_delivery=told
            )
        producer.poll(0)
    assert producer.flush(60) == 0
    assert not refused
    odd = [topics[name] for name in ("inbound", "undeclared", "outcomes", "verdicts", "behaviour", "flags", "mappings")]
    subprocess.run([sys.executable, "-m", "tests.fuzz.odd_headers", bootstrap, *odd], cwd=ROOT, check=True, timeout=60)


def logs(folder: Path) -> str:
    """What all roles said."""
    return "".join(log.read_text("utf-8", "replace") for log in (folder / ".leadstream" / "run" / "logs").glob("*.log"))


def test_no_role_ends_over_garbage(folder: Path) -> None:
    """All roles live on, as the same processes, leads flow on, the sums hold, and the logs name what was passed over."""
    run = Run(folder)
    run.until(FLOWING)
    names = nowhere().names
    inputs = {name: getattr(names, name) for name in (*INPUTS, "models")}
    inputs |= {"inbound": names.inbound("web-form"), "undeclared": names.inbound("partner-csv")}
    told = dict(line.partition("=")[::2] for line in run.told.read_text().splitlines() if "=" in line)
    bootstrap = next(value.strip("'\"") for name, value in told.items() if name.endswith("BOOTSTRAP_SERVERS"))
    roles = {pid for pid, line in run.processes().items() if "app.cli" in line}
    flood(bootstrap, inputs)
    flowed = int(FLOWING.findall(run.output)[-1].replace(",", ""))
    until(lambda: int(FLOWING.findall(run.output)[-1].replace(",", "")) >= flowed + MORE, "leads flow on", 120)
    until(lambda: all(said in logs(folder) for said in SAID), f"the logs name {SAID}", 120)
    assert roles <= set(run.processes()), f"a role has ended:\n{run.output}"
    ended = re.findall(r'"event": ?"(?:worker_ends|\w+_ends)".*', logs(folder))
    assert not ended, ended
    assert run.end(signal.SIGINT) == 0, run.output
    records, *fates, total = sums(run.output)
    assert records == total == sum(fates) > 0
    run.nothing_left()
