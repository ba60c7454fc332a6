"""From a wrong declaration to routed leads: what the on-call engineer does after a mistake, on a real broker and real workers."""

from __future__ import annotations

import json
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Producer
from typer.testing import CliRunner

from app.cli import app
from app.edges.kafka.ledger import Ledger
from app.edges.kafka.reading import read_to_end, watermarks
from app.embedded.kafka import EmbeddedKafka
from app.embedded.redis import EmbeddedRedis
from app.pipeline.source import Position
from app.wiring import Installation
from tests.harness.config import CATCH_ALL, only
from tests.harness.fleet import Fleet, environment, install

SOURCE = "partner-csv"
GOOD = 6  # leads whose columns were declared wrongly; then one that nobody can mend, and one whose sender sent it again

pytestmark = pytest.mark.timeout(600)


@dataclass
class Shop:
    """An installation, and what was done to it."""

    one: Installation
    settings: dict[str, str]
    folder: Path
    position: int = 0
    printed: dict[str, Any] = field(default_factory=dict)
    ledger: Ledger | None = None
    worker: Any = None

    def send(self, *lines: bytes) -> list[str]:
        """Lines of the partner; the ids of the leads that they make."""
        producer, topic = Producer(self.one.kafka.client()), self.one.names.inbound(SOURCE)
        for line in lines:
            producer.produce(topic, line, b"partner")
        assert producer.flush(10) == 0
        (end,) = [high for _, (_, high) in watermarks(self.one.kafka.client(), [topic]).items()]
        return [Position(topic, 0, end - len(lines) + n).lead_id for n in range(len(lines))]

    def done(self, fleet: Fleet) -> None:
        """Wait until the worker has done what there is. Not by its position: behind a replay stands its transaction's mark."""
        assert fleet.wait_until(lambda: fleet.ledger().holds, 150)
        self.ledger = fleet.ledger()

    def run(self, *argv: str, given: str | None = None) -> str:
        done = CliRunner().invoke(app, ["dlq", *argv], env=self.settings, input=given)
        assert done.exit_code == 0, done.output
        return done.stdout

    def lines(self, *argv: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.run(*argv, "--json").splitlines()]

    def decisions(self) -> dict[str, dict[str, Any]]:
        found = {}
        for message in read_to_end(self.one.kafka.client(), [self.one.names.decisions]):
            decision = self.one.codec.decode(message.value(), "decision")
            found[decision["lead_id"]] = decision
        return found


def line(n: int, columns: int = 16) -> bytes:
    """A lead of the partner, with so many columns."""
    cells = [f"P-{n}", "24.11.2026 10:00", "Frau", f"Eva{n}", f"Muster{n}", f"Muster {n} GmbH", f"eva{n}@muster{n}.example"]
    cells += [f"+49 30 90120{n:02}", f"Gasse {n}", "10115", "Berlin", "DE", "CRM", "5000", "Bitte anrufen", "ja"]
    return ";".join((cells + ["x"] * columns)[:columns]).encode()


@pytest.fixture(scope="module")
def shop(kafka: EmbeddedKafka, redis_server: EmbeddedRedis, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """Leads that came while the delimiter was declared wrongly; then it is mended, and one sender had sent again meanwhile."""
    folder = tmp_path_factory.mktemp("replay")
    wrong = only(folder / "wrong", SOURCE, routing=CATCH_ALL)
    entry = wrong / "sources" / f"{SOURCE}.yaml"
    right = entry.read_text()
    entry.write_text(right.replace('delimiter: ";"', 'delimiter: "|"'))
    settings = environment(f"replay-{uuid.uuid4().hex[:8]}", kafka.bootstrap, redis_server.url, LEADSTREAM_CONFIG_DIR=str(wrong))
    shop = Shop(install(settings), settings, folder)
    shop.printed["ids"] = shop.send(*(line(n) for n in range(GOOD)), line(90, columns=3), line(91))
    with Fleet(shop.one, settings, folder) as fleet:
        fleet.join()
        shop.done(fleet)
    entry.write_text(right)
    shop.printed["resent"] = shop.send(line(91))
    with Fleet(shop.one, settings, folder) as fleet:
        fleet.join()
        shop.done(fleet)
        shop.worker = fleet
        yield shop


def test_the_whole_way(shop: Shop) -> None:
    """Groups, one letter masked, a dry run that is right and emits nothing, the replay; what fails again is kept apart, and every
    record has one fate."""
    ids, (resent,) = shop.printed["ids"], shop.printed["resent"]
    (group,) = shop.lines("groups")
    assert {group[name] for name in ("source", "stage", "reason")} == {SOURCE, "intake", "invalid_csv"}
    assert (group["count"], group["attempt"], "columns" in group["hint"]) == (GOOD + 2, 1, True)

    shown = shop.run("show", ids[0])
    assert "1 columns, 16 are declared" in shown
    assert "eva0" not in shown.lower()
    assert "Muster" not in shown

    before = watermarks(shop.one.kafka.client(), [shop.one.names.inbound(SOURCE), shop.one.names.replays, shop.one.names.changes])
    listed = shop.run("list", "--reason", "invalid_csv", "--json")
    outlook = json.loads(shop.run("replay", "-", "--dry-run", "--json", given=listed))
    assert outlook["letters"] == GOOD + 2
    assert outlook["fates"]["duplicate"] == outlook["fates"]["dead_letter"] == 1
    assert before == watermarks(shop.one.kafka.client(), [topic for topic, _ in before])

    said = ("--by", "on-call", "--why", "delimiter declared anew")
    assert f"{GOOD + 2} letters sent in again" in shop.run("replay", "--source", SOURCE, *said)
    assert "no letter to send in again" in shop.run("replay", "--source", SOURCE, *said)
    shop.done(shop.worker)
    replayed = {one["replay_of"]: one for one in shop.decisions().values() if one["replay_of"]}
    assert {one["attempt"] for one in replayed.values()} == {2}
    by_id = {Position(*_parts(first)).lead_id: one for first, one in replayed.items()}
    assert set(by_id) == set(ids)
    assert Counter(one["fate"] for one in by_id.values()) == outlook["fates"]
    assert by_id[ids[-1]]["duplicate_of"] == resent

    assert shop.lines("groups") == shop.lines("groups", "--attempt", "2")
    (failed,) = shop.lines("list")
    assert (failed["attempt"], failed["replay_of"]) == (2, _src(shop, ids[GOOD]))
    assert "no letter to send in again" in shop.run("replay", *said)
    assert "1 letters sent in again" in shop.run("replay", "--again", *said)
    shop.done(shop.worker)
    (failed,) = shop.lines("list")
    assert (failed["attempt"], failed["replay_of"]) == (3, _src(shop, ids[GOOD]))

    assert shop.ledger is not None
    assert shop.ledger.holds, shop.ledger
    assert shop.ledger.records_in == {SOURCE: GOOD + 2 + 1 + GOOD + 2 + 1}
    explained = CliRunner().invoke(app, ["explain", ids[0]], env=shop.settings).output
    assert "by on-call: delimiter declared anew" in explained
    assert f"{by_id[ids[0]]['lead_id']}: {by_id[ids[0]]['fate'][:6]}" in explained


def test_bytes_are_shown_to_who_says_so(shop: Shop) -> None:
    """The original, to the last byte; who looked and why stands in the audit before it is shown."""
    lead = shop.printed["ids"][1]
    assert CliRunner().invoke(app, ["dlq", "show", lead, "--reveal"], env=shop.settings).exit_code == 2
    assert shop.run("show", lead, "--reveal", "--by", "on-call", "--why", "ticket 7").encode() == line(1)
    told = [
        shop.one.codec.decode(one.value(), "change") for one in read_to_end(shop.one.kafka.client(), [shop.one.names.changes])
    ]
    assert [(one["name"], one["by"], one["why"]) for one in told if one["kind"] == "reveal"] == [(lead, "on-call", "ticket 7")]


def _parts(identity: str) -> tuple[str, int, int]:
    topic, partition, offset = identity.rsplit("-", 2)
    return topic, int(partition), int(offset)


def _src(shop: Shop, lead_id: str) -> str:
    (one,) = [decision for decision in shop.decisions().values() if decision["lead_id"] == lead_id]
    return Position(one["topic"], one["partition"], one["offset"]).identity
