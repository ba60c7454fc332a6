"""The main job on a real Kafka and a real Redis: 50,000 leads, 3 % garbage, every one accounted for."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from app.edges.kafka.ledger import Ledger
from app.edges.kafka.reading import read_to_end
from app.embedded.kafka import EmbeddedKafka
from app.embedded.redis import EmbeddedRedis
from app.embedded.simulator.planned import Planned
from app.embedded.simulator.producer import Simulator
from app.pipeline.source import Position
from app.wiring import Installation
from tests.harness.fleet import Fleet, environment, install

LEADS, GARBAGE = 50_000, 0.03


@dataclass
class Told:
    """What was planted, by the position that Kafka gave it; and what the topics say of it."""

    planted: dict[str, Planned] = field(default_factory=dict)
    positions: dict[int, Position] = field(default_factory=dict)
    installation: Installation = None  # type: ignore[assignment]
    ledger: Ledger = None  # type: ignore[assignment]
    exits: dict[str, int] = field(default_factory=dict)

    def delivered(self, planned: Planned, position: Position) -> None:
        self.planted[position.identity] = planned
        self.positions[planned.index] = position


@pytest.fixture(scope="module")
def told(kafka: EmbeddedKafka, redis_server: EmbeddedRedis, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    settings = environment(f"main-{uuid.uuid4().hex[:8]}", kafka.bootstrap, redis_server.url)
    installation = install(settings)
    result = Told(installation=installation)
    simulator = Simulator(
        installation.kafka,
        installation.names,
        installation.inventory,
        installation.codec.encode,
        seed=3,
        garbage=GARBAGE,
        on_delivered=result.delivered,
    )
    with Fleet(installation, settings, tmp_path_factory.mktemp("logs")) as fleet:
        fleet.join()
        simulator.run(LEADS, None, threading.Event())
        assert fleet.wait_until(fleet.caught_up, 240), f"not caught up; {fleet.happened}"
        result.ledger = fleet.ledger()
        result.exits = dict(fleet.happened)
        yield result


class TestFiftyThousandLeads:
    def test_records_in_equal_the_sum_of_fates(self, told: Told) -> None:
        """Every record ends in exactly one fate, with exactly one decision; nothing is left, no worker ended."""
        ledger = told.ledger
        assert ledger.records_in.total() == LEADS
        assert sum(ledger.fates.values()) == LEADS
        assert (ledger.lost, ledger.doubled, ledger.foreign, ledger.orphans, ledger.undecided) == ([], [], [], [], [])
        assert ledger.behind == 0
        assert told.exits == {}

    def test_every_planted_exact_duplicate_is_found(self, told: Told) -> None:
        """A record sent again byte for byte is a duplicate, and names a lead of the same person."""
        fates = _fates(told)
        twice = [identity for identity, planned in told.planted.items() if planned.kind == "exact_duplicate"]
        assert len(twice) > LEADS * 0.03
        missed = [identity for identity in twice if fates[identity] != "duplicate"]
        # Of two identical records either may come first: they can lie in different partitions.
        first = [told.positions[told.planted[identity].of or 0].identity for identity in missed]
        assert [fates[identity] for identity in first] == ["duplicate"] * len(missed)
        assert len(missed) < len(twice) * 0.2

    def test_no_two_leads_of_one_person_are_routed(self, told: Told) -> None:
        """A person's records, exact or in other spelling, through one source or two, make one lead."""
        fates = _fates(told)
        people: dict[int, int] = {}
        for identity, planned in told.planted.items():
            if planned.person is not None and fates[identity] in ("routed", "review"):
                people[planned.person] = people.get(planned.person, 0) + 1
        assert [person for person, leads in people.items() if leads > 1] == []

    def test_nobody_is_taken_for_somebody_else(self, told: Told) -> None:
        """Every person who came has a lead."""
        fates = _fates(told)
        came = {planned.person for planned in told.planted.values() if planned.person is not None}
        have = {told.planted[identity].person for identity, fate in fates.items() if fate in ("routed", "review")}
        assert came == have - {None}

    def test_every_garbage_record_is_a_dead_letter_with_its_reason(self, told: Told) -> None:
        """Invalid JSON, bombs, five megabytes, NaN: each in the DLQ with the planted reason; and nothing else is there."""
        names, client = told.installation.names, told.installation.kafka.client()
        reasons = {}
        for message in read_to_end(client, [names.dlq]):
            headers = dict(message.headers())
            reasons[headers["src"].decode()] = headers["leadstream.reason"].decode()
        planted = {identity: planned.reason for identity, planned in told.planted.items() if planned.kind == "garbage"}
        assert reasons == planted
        assert len(set(planted.values())) >= 12

    def test_dead_letters_keep_their_bytes(self, told: Told) -> None:
        """Key and value of a dead letter are the ones that came in, to the last byte."""
        names, client = told.installation.names, told.installation.kafka.client()
        for message in read_to_end(client, [names.dlq]):
            planned = told.planted[dict(message.headers())["src"].decode()]
            assert (message.key(), message.value()) == (planned.key, planned.value)


def _fates(told: Told) -> dict[str, str]:
    """identity → fate, from the decisions."""
    found = {}
    for message in read_to_end(told.installation.kafka.client(), [told.installation.names.decisions]):
        decision = told.installation.codec.decode(message.value(), "decision")
        found[dict(message.headers())["src"].decode()] = decision["fate"]
    return found
