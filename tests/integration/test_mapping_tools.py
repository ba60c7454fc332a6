"""What people say of a mapping reaches a running worker, and the tools see sources that nobody declared: on a real broker."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest
from confluent_kafka import Producer
from typer.testing import CliRunner

from app.cli import app
from app.edges.kafka.reading import read_to_end
from app.edges.kafka.topics import TopicSpec, create
from app.embedded.kafka import EmbeddedKafka
from app.embedded.redis import EmbeddedRedis
from app.wiring import Installation
from tests.harness.config import CATCH_ALL, only
from tests.harness.fleet import Fleet, environment, install
from tests.harness.waiting import until

SOURCE, DECLARED, RECORDS = "callback-form", "web-form", 30

pytestmark = pytest.mark.timeout(180)


@dataclass
class Told:
    """An installation with one worker, and what came out of it."""

    one: Installation
    settings: dict[str, str]
    fleet: Fleet
    sent: int = 0
    _seen: dict[str, dict[str, Any]] = field(default_factory=dict)

    def send(self, **more: str) -> str:
        """One record more of the undeclared source. Returns the address in it."""
        n, self.sent = self.sent, self.sent + 1
        lead = {"Vorname": "Eva", "E-Mail": f"eva{n}@example.com", "feld_7": f"Muster {n} GmbH", "wert_x": f"K-{n}", **more}
        producer = Producer(self.one.kafka.client())
        producer.produce(self.one.names.inbound(SOURCE), orjson.dumps(lead))
        producer.flush(10)
        return f"eva{n}@example.com"

    def lead(self, email: str) -> dict[str, Any]:
        """The lead with this address in review."""

        def there() -> bool:
            for message in read_to_end(self.one.kafka.client(), [self.one.names.review]):
                found = self.one.codec.decode(message.value(), "lead")
                self._seen[found["email"]] = found
            return email in self._seen

        until(there, f"{email} lies in review", 40, 0.2)
        return self._seen[email]

    def run(self, *argv: str) -> str:
        """What a command prints."""
        done = CliRunner().invoke(app, list(argv), env=self.settings)
        assert done.exit_code == 0, done.output
        return done.output


@pytest.fixture(scope="module")
def told(kafka: EmbeddedKafka, redis_server: EmbeddedRedis, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    """A worker on one declared source and one that nobody declared, with some records of each."""
    folder = tmp_path_factory.mktemp("mapping-tools")
    limits = "version: 1\ncertain_from: 0.99\nplausible_from: 0.60\n"  # so that something is pending
    config = only(folder / "config", DECLARED, routing=CATCH_ALL, mapping=limits)
    settings = environment(f"tools-{uuid.uuid4().hex[:8]}", kafka.bootstrap, redis_server.url, LEADSTREAM_CONFIG_DIR=str(config))
    one = install(settings)
    create(one.kafka.client(), [TopicSpec(one.names.inbound(SOURCE), 1)])
    with Fleet(one, settings, folder) as fleet:
        fleet.join()
        told = Told(one, settings, fleet)
        for n in range(RECORDS):
            told.send(created_at=f"{n % 27 + 1:02}.11.2026 10:00")
        yield told


def test_a_correction_takes_effect_in_a_running_worker(told: Told) -> None:
    """The next leads name the confirmed path and the mapping's new revision; the worker is the one that was there before."""
    before = told.lead(told.send())
    assert before["mapping_revision"] == 0
    assert "confirmed" not in {one["rung"] for one in before["provenance"]}
    (worker,) = told.fleet.workers
    process = worker.pid
    said = told.run("mapping", "correct", SOURCE, "wert_x", "customer_id", "--by", "sales-operations")
    revision = int(said.rpartition("revision ")[2].rstrip(")\n"))
    lead = before
    until(lambda: lead.update(told.lead(told.send())) or lead["mapping_revision"] == revision, "the word is followed", 30, 0.5)
    assert {"field": "customer_id", "path": "wert_x", "rung": "confirmed", "confidence": 1.0} in lead["provenance"]
    assert lead["customer_id"].startswith("K-")
    assert [one.pid for one in told.fleet.workers] == [process]
    assert not told.fleet.happened
    assert f"{SOURCE}\twert_x\tcustomer_id\tsales-operations\n" in told.run("mapping", "list")


def test_a_confirmation_takes_what_pending_shows(told: Told) -> None:
    """`pending` lists a path with its field; confirmed without naming one, it is that field, and no longer pending."""
    rows = [line.split("\t") for line in told.run("mapping", "pending", SOURCE).splitlines()]
    assert rows
    assert {row[-1] for row in rows} <= {"mapped", "open"}
    assert "eva0" not in str(rows)
    path, name = rows[0][:2]
    assert f"{path} is {name} from now on" in told.run("mapping", "confirm", SOURCE, path, "--by", "sales-operations")
    again = [line.split("\t")[0] for line in told.run("mapping", "pending", SOURCE).splitlines()]
    assert path not in again


def test_audit_covers_sources_that_nobody_declared(told: Told) -> None:
    """Without any name it judges the inventory's and the undeclared ones, and says which is which; by name, too."""
    found = {one["source"]: one for one in json.loads(told.run("audit", "--json"))["sources"]}
    assert set(found) == {SOURCE, DECLARED}
    assert (found[SOURCE]["declared"], found[DECLARED]["declared"]) == (False, True)
    assert found[SOURCE]["records"] == found[SOURCE]["leads"] == told.sent
    assert found[SOURCE]["dead_letters"] == {}
    assert found[DECLARED]["records"] == 0
    assert f"{SOURCE} (undeclared)" in told.run("audit", SOURCE)
    assert CliRunner().invoke(app, ["audit", "nobody"], env=told.settings).exit_code != 0


def test_onboard_reads_the_topic(told: Told) -> None:
    """The proposed entry counts the topic's records and holds none of their values."""
    shown = told.run("onboard", SOURCE)
    assert shown.startswith(f"# Proposed by `leadstream onboard {SOURCE}` from {told.sent} records.")
    assert 'email: "E-Mail"' in shown
    assert "eva0" not in shown
