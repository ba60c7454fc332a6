"""One person, one lead: what a CRM sees of the same lead by two sources, of a second wish, of a doubt, and of a merge undone.

A worker and a reviser as processes, on a real Kafka and a real Redis; the reviser is killed (-9) on the way.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest
from confluent_kafka import Producer

from app.commands.verdict import carry
from app.edges.kafka.reading import read_to_end
from app.embedded.kafka import EmbeddedKafka
from app.embedded.processes import Child, spawn, stop_all
from app.embedded.redis import EmbeddedRedis
from app.pipeline.revision.verdict import Verdict
from app.pipeline.source import Position
from app.wiring import Installation
from tests.harness.config import CATCH_ALL, only
from tests.harness.fleet import Fleet, environment, install
from tests.harness.waiting import until

pytestmark = pytest.mark.timeout(180)
NOW = int(time.time() * 1000)
WEB, HUBSPOT = "web-form", "hubspot-form"


@dataclass
class Floor:
    """The roles at work, and what stands on the topics."""

    one: Installation
    workers: Fleet
    settings: dict[str, str]
    logs: Path
    reviser: Child | None = None

    def __post_init__(self) -> None:
        self._producer = Producer(self.one.kafka.producer())
        self._sent = dict.fromkeys((WEB, HUBSPOT), 0)
        self.revise()

    def revise(self) -> None:
        """The reviser starts; kill -9 for one that runs."""
        if self.reviser is not None:
            self.reviser.kill()
        self.reviser = spawn(
            [sys.executable, "-m", "app.cli", "reviser"], name="reviser", log=self.logs / "reviser.log", env=self.settings
        )

    def web(self, **form: str) -> str:
        """A form of our pages; the lead's id."""
        number = self._sent[WEB]
        return self._send(WEB, urlencode({"submission_id": f"w{number}", **form}).encode())

    def hubspot(self, form: str, **values: str) -> str:
        """A form of HubSpot's; the lead's id."""
        told = [{"name": name, "value": value} for name, value in values.items()]
        body = {"conversionId": f"h{self._sent[HUBSPOT]}", "submittedAt": NOW, "formId": form, "values": told}
        return self._send(HUBSPOT, orjson.dumps(body))

    def decision(self, lead: str) -> dict[str, Any]:
        """The newest."""
        (found,) = [one for one in self._newest([self.one.names.decisions], "decision") if one["lead_id"] == lead]
        return found

    def crm(self) -> dict[str, dict[str, Any]]:
        """What a CRM holds that takes the newest revision of each lead, and merges what it is told to."""
        teams = [self.one.names.routed(team) for team in self.one.inventory.teams]
        return {one["lead_id"]: one for one in self._newest(teams, "routed_lead") if one["merged_into"] is None}

    def _send(self, source: str, value: bytes) -> str:
        topic, number = self.one.names.inbound(source), self._sent[source]
        self._producer.produce(topic, value, partition=0)
        assert self._producer.flush(30) == 0
        self._sent[source] += 1
        assert self.workers.wait_until(self.workers.caught_up, 60)
        return Position(topic, 0, self._offset(topic, number)).lead_id

    def _offset(self, topic: str, number: int) -> int:
        return [int(message.offset() or 0) for message in read_to_end(self.one.kafka.client(), [topic])][number]

    def _newest(self, topics: list[str], record: str) -> list[dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        for message in read_to_end(self.one.kafka.client(), topics):
            json = ("content-type", b"application/json") in (message.headers() or [])
            value = orjson.loads(message.value()) if json else self.one.codec.read_own(message.value(), record)
            if value["revision"] >= found.get(value["lead_id"], value)["revision"]:
                found[value["lead_id"]] = value
        return list(found.values())


@pytest.fixture
def floor(kafka: EmbeddedKafka, redis_server: EmbeddedRedis, topic_prefix: str, tmp_path: Path) -> Iterator[Floor]:
    config = only(tmp_path / "config", WEB, HUBSPOT, routing=CATCH_ALL)
    more = {"LEADSTREAM_CONFIG_DIR": str(config), "LEADSTREAM_PARTITIONS": "1", "LEADSTREAM_BEHAVIOUR": "false"}
    settings = environment(topic_prefix, kafka.bootstrap, redis_server.url, **more)
    one = install(settings)
    with ExitStack() as stack:
        workers = stack.enter_context(Fleet(one, settings, tmp_path))
        workers.join()
        made = Floor(one, workers, settings, tmp_path)
        stack.callback(lambda: stop_all([made.reviser], 15) if made.reviser else None)
        yield made


def test_one_person_is_one_lead(floor: Floor, capsys: pytest.CaptureFixture[str]) -> None:
    """Two sources make one lead that knows what both said; another wish a lead of the same person; a doubt is people's to decide;
    what was merged can be taken apart again; whatever the reviser goes through meanwhile."""
    brandt = {"email": "jonas.brandt@brandt-holzbau.de", "product": "Desk lamps", "utm_campaign": "spring"}
    first = floor.web(name="Jonas Brandt", **brandt)
    values = {"email": "Jonas.Brandt@brandt-holzbau.de", "firstname": "Jonas", "lastname": "Brandt"}
    second = floor.hubspot("f-1", **values, mobilephone="+49 221 9876543", product_interest="lamps for desks")
    until(lambda: bool(floor.crm()[first]["merged"]), "the CRM gets the lead again", 60)
    lead = floor.crm()[first]
    assert (lead["phone"], lead["source"], lead["sources"]) == ("+492219876543", WEB, f"{WEB} {HUBSPOT}")
    assert (lead["merged"], lead["last_source"], lead["revision"]) == (second, HUBSPOT, 2)
    assert lead["cost_total"] == pytest.approx(lead["cost"] + 6.50)
    assert set(floor.crm()) == {first}

    third = floor.web(name="Jonas Brandt", email="jonas.brandt@brandt-holzbau.de", product="Garden pavilion")
    again = floor.crm()[third]
    assert (again["subject"], again["linked_to"]) == (lead["subject"], first)

    floor.revise()  # killed amid its work
    marta = floor.web(name="Marta Quernmoor", email="marta@quernmoor-keramik.de", city="Köln", product="Vases")
    maybe = floor.web(name="Marta Quernmoor", phone="+49 221 1234567", city="Köln", product="Vases")
    held = floor.decision(maybe)
    assert (held["fate"], held["dedupe"], held["match"]["of"]) == ("review", "asked", marta)
    carry(floor.one, Verdict(maybe, "merge", "sales", NOW), None, 60, as_json=True)
    assert orjson.loads(capsys.readouterr().out)["duplicate_of"] == marta
    until(lambda: floor.crm()[marta]["phone"] == "+492211234567", "the CRM knows her phone", 60)
    assert maybe not in floor.crm()

    carry(floor.one, Verdict(second, "unmerge", "sales", NOW), "two brothers", 60, as_json=False)
    assert f"no longer part of {first}" in capsys.readouterr().out
    crm = floor.crm()
    assert set(crm) == {first, second, third, marta}
    assert (crm[first]["phone"], crm[first]["merged"], crm[first]["revision"]) == (None, "", 3)
    assert (crm[second]["phone"], crm[second]["subject"]) == ("+492219876543", f"su_{second[3:]}")
    ledger = floor.workers.ledger()
    assert ledger.holds, ledger
