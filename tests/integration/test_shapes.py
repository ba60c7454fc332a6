"""A source renames a field under traffic, on a real Kafka and a real Redis: the ladder carries on, and the monitor tells.

Worker and monitor are processes of their own. The machine may be slow: the change counts from the decisions that show it.
"""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from app.edges.kafka.ledger import Ledger
from app.edges.kafka.reading import read_to_end
from app.embedded.kafka import EmbeddedKafka
from app.embedded.redis import EmbeddedRedis
from app.embedded.simulator.incidents import Incident
from app.embedded.simulator.planned import Planned
from app.embedded.simulator.producer import STORY_START_MS, Simulator
from app.inventory.load import load
from app.pipeline.source import Position
from app.wiring import Installation
from tests.harness.fleet import environment, install
from tests.harness.waiting import until
from tests.harness.watching import flowing, watching

SOURCE, OLD, NEW = "segment-identify", "traits.email", "traits.mail_adresse"
INVENTORY = load(Path("deploy/config"))
ALONE = INVENTORY.model_copy(update={"sources": {SOURCE: INVENTORY.sources[SOURCE]}})
PER_S, WINDOW_MS = 20, 4_000
HASTE = PER_S * 3600 / INVENTORY.sources[SOURCE].expected_per_hour
CALM, CHANGED, AFTER = 10, 4, 4  # windows

pytestmark = pytest.mark.timeout(300)


@dataclass
class Watched:
    """What the topics hold in the end. `hit`: the ids of leads from payloads in which the field was renamed."""

    ledger: Ledger
    hit: set[str] = field(default_factory=set)
    alerts: list[dict[str, Any]] = field(default_factory=list)
    decisions: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    shapes: dict[str, dict[str, Any]] = field(default_factory=dict)
    leads: list[dict[str, Any]] = field(default_factory=list)  # of review and duplicates, which tell provenance


@pytest.fixture(scope="module")
def watched(kafka: EmbeddedKafka, redis_server: EmbeddedRedis, tmp_path_factory: pytest.TempPathFactory) -> Watched:
    """The stream from its first lead to the calm after the change."""
    logs = tmp_path_factory.mktemp("logs")
    more = {"LEADSTREAM_WINDOW_S": str(WINDOW_MS / 1000), "LEADSTREAM_RATE_FACTOR": str(HASTE)}
    settings = environment(f"shapes-{uuid.uuid4().hex[:8]}", kafka.bootstrap, redis_server.url, **more)
    one, hit = install(settings), set[str]()

    def delivered(planned: Planned, position: Position) -> None:
        if planned.incident:
            hit.add(position.lead_id)

    with watching(one, settings, logs) as (monitor, workers):
        start_ms = int(time.time() * 1000) + 500
        begin = (start_ms // WINDOW_MS + 1 + CALM) * WINDOW_MS
        end = begin + CHANGED * WINDOW_MS
        begins, ends = (STORY_START_MS + int((at - start_ms) * HASTE) for at in (begin, end))
        simulator = Simulator(
            one.kafka, one.names, ALONE, one.codec.encode, seed=8, start_ms=start_ms, compression=HASTE, depth=0.0, bursts=False,
            on_delivered=delivered, incidents=[Incident("renamed_field", SOURCE, begins, ends, "email", "mail_adresse")],
        )  # fmt: skip
        with flowing(simulator, PER_S):
            until(lambda: time.time() * 1000 > end + AFTER * WINDOW_MS, "the story is told", 200, 0.5)
        assert workers.wait_until(workers.caught_up, 60)
        assert monitor.running
        return _read(one, workers.ledger(), hit)


def _read(one: Installation, ledger: Ledger, hit: set[str]) -> Watched:
    found, names, client = Watched(ledger, hit), one.names, one.kafka.client()
    for message in read_to_end(client, [names.decisions]):
        found.decisions.append((message.timestamp()[1], one.codec.decode(message.value(), "decision")))
    for message in read_to_end(client, [names.alerts]):
        found.alerts.append(one.codec.decode(message.value(), "alert"))
    for message in read_to_end(client, [names.shapes]):
        found.shapes[message.key().decode()] = one.codec.decode(message.value(), "payload_shape")
    for message in read_to_end(client, [names.review, names.duplicates]):
        found.leads.append(one.codec.decode(message.value(), "lead"))
    return found


def test_the_change_rings_within_two_windows_and_resolves(watched: Watched) -> None:
    """The alert fires with the second window that shows the new shape, at the latest, names both paths, and resolves once."""
    shown = [at for at, decision in watched.decisions if decision["lead_id"] in watched.hit]
    told = [alert for alert in watched.alerts if alert["kind"] == "schema_change"]
    assert {alert["source"] for alert in told} == {SOURCE}
    first, last = told[0], told[-1]
    full = [alert for alert in told if alert["status"] == "firing" and f"{OLD} is now {NEW}" in alert["summary"]]
    assert full, [alert["summary"] for alert in told]
    assert full[0]["updated_at"] <= min(shown) // WINDOW_MS * WINDOW_MS + 2 * WINDOW_MS
    assert (first["status"], full[0]["severity"]) == ("firing", "warning")
    assert f"{OLD} text 1.00" in full[0]["shape_before"].splitlines()
    assert any(line.startswith(f"{NEW} text ") for line in full[0]["shape_after"].splitlines())
    assert last["status"] == "resolved"
    assert last["ended_at"] <= max(shown) // WINDOW_MS * WINDOW_MS + 3 * WINDOW_MS
    assert [alert["status"] for alert in told].count("resolved") == 1


def test_leads_keep_their_address(watched: Watched) -> None:
    """After the change the ladder finds the e-mail under its new name: none lacks it, and its provenance says by which rung."""
    lacking = [d["lead_id"] for _, d in watched.decisions if d["lead_id"] in watched.hit and "email:missing" in d["violations"]]
    assert watched.hit
    assert lacking == []
    origins = [
        (one["path"], one["rung"])
        for lead in watched.leads
        if lead["lead_id"] in watched.hit
        for one in lead["provenance"]
        if one["field"] == "email"
    ]
    assert origins
    assert {path for path, _ in origins} == {NEW}
    assert "declared" not in {rung for _, rung in origins}


def test_every_decision_names_a_shape_that_was_told(watched: Watched) -> None:
    """The shapes topic holds every fingerprint of the decisions, with its key, and what became of each path."""
    named = {f"{d['source']}/{d['shape']}" for _, d in watched.decisions if d["fate"] != "dead_letter"}
    assert named
    assert named == set(watched.shapes)
    fields = {leaf["path"]: leaf["field"] for shape in watched.shapes.values() for leaf in shape["leaves"]}
    assert (fields[OLD], fields[NEW]) == ("email", "email")
    assert not [path for path in fields if "@" in path]


def test_shapes_do_not_count_as_fates(watched: Watched) -> None:
    """Records in = sum of fates, whatever was told beside them."""
    assert watched.ledger.holds
