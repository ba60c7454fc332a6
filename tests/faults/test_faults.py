"""Break the workers while they work, then account for every record. `make faults`; LONG, RATE and SEED change it.

The ledger (L1 no loss, L2 one outcome, L3 nothing foreign, L4 every duplicate has its original, L5 one lead for each intent of a
person, L6 caught up, L7 nobody has more leads than their day allows) is read from the topics alone, read_committed. The controls
must go red: a harness that cannot fail proves nothing. L5 and L7 are judged by the newest decisions, L5 also by the simulator's
truth, when the reviser has looked into what nobody could tell.
"""

from __future__ import annotations

import os
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.desk.roster import Roster
from app.edges.kafka.ledger import Ledger
from app.edges.kafka.reading import read_to_end
from app.embedded.kafka import EmbeddedKafka
from app.embedded.processes import spawn, stop_all
from app.embedded.redis import EmbeddedRedis
from app.embedded.simulator.planned import Planned
from app.embedded.simulator.producer import Simulator
from app.pipeline.source import Position
from app.wiring import Installation
from tests.harness.config import only
from tests.harness.fleet import Chaos, Fleet, environment, install

pytestmark = pytest.mark.faults

RATE = int(os.environ.get("RATE", "1000"))  # records per second while faults strike
SEED = int(os.environ.get("SEED", "1"))
LONG = float(os.environ.get("LONG", "1"))  # how many times the usual number of faults
CATCH_UP_S = 60  # L6
SOURCES = ("web-form", "meta-lead-ads", "segment-identify", "partner-csv", "partner-avro")  # one of each format
PARTITIONS = "4"
PER_DAY = 150


class Broken:
    """An installation under traffic, its fleet, and what was planted."""

    def __init__(self, installation: Installation, fleet: Fleet, chaos: Chaos) -> None:
        self.installation, self.fleet, self.chaos = installation, fleet, chaos
        self._planted: dict[str, Planned] = {}  # by lead id
        self._sent: dict[int, str] = {}  # index in the plan → lead id
        self._stop = threading.Event()
        self._simulator = Simulator(
            installation.kafka,
            installation.names,
            installation.inventory,
            installation.codec.encode,
            seed=SEED,
            on_delivered=self._delivered,
        )

    def under_traffic(self, faults: Callable[[], None]) -> Ledger:
        """Do the faults while records come in; then wait until all is accounted for, and read the ledger."""
        traffic = threading.Thread(target=self._simulator.run, args=(None, RATE, self._stop))
        traffic.start()
        try:
            assert self.fleet.wait_until(lambda: self.fleet.accounted() > RATE, 60), "the fleet never began to work"
            faults()
        finally:
            self._stop.set()
            traffic.join(30)
        self.caught_up = self.fleet.wait_until(self.fleet.caught_up, CATCH_UP_S)
        ledger = self.fleet.ledger()
        fates = {fate: ledger.total(fate) for fate in ("routed", "review", "duplicate", "dead_letter")}
        print(
            f"\nseed {SEED}: {ledger.records_in.total()} records, {dict(self.fleet.happened)}, {fates}, lost {len(ledger.lost)}, "
            f"doubled {len(ledger.doubled)}, foreign {len(ledger.foreign)}, orphaned duplicates {len(ledger.orphans)}, "
            f"undecided {len(ledger.undecided)}, behind {ledger.behind}"
        )
        return ledger

    def holds(self, ledger: Ledger) -> None:
        """L1 to L6, and one decision for each record."""
        found = (ledger.lost, ledger.doubled, ledger.foreign, ledger.orphans, ledger.undecided)
        assert found == ([], [], [], [], [])
        assert self.caught_up
        assert ledger.behind == 0
        looked_into = self.fleet.wait_until(lambda: not self._unknown(), 2 * CATCH_UP_S)
        assert looked_into, f"{len(self._unknown())} leads were never looked into"
        self._decisions = self._newest()
        known_as = Counter(one["dedupe"] for one in self._decisions.values())
        print(f"{dict(known_as)}, {sum(one['revision'] > 1 for one in self._decisions.values())} of them revised")
        self._one_person_one_lead()
        self._no_day_has_more_than_it_holds()

    def _no_day_has_more_than_it_holds(self) -> None:
        """L7: by the newest decisions, whoever was killed, and whatever Redis forgot."""
        inventory, days = self.installation.inventory, Counter[tuple[str, str, int]]()
        roster = Roster(inventory.teams)
        for one in self._decisions.values():
            if one["fate"] == "routed" and one["owner"] is not None:
                days[one["team"], one["owner"], roster.day(one["team"], one["owner"], one["desk"]["at"])] += 1
        whys = Counter(one["desk"]["why"] for one in self._decisions.values() if one["desk"] is not None)
        print(f"{sum(days.values())} leads have an owner; the desk: {dict(whys)}")
        limits = {(team.name, member.name): member.per_day for team in inventory.teams.values() for member in team.members}
        assert days
        assert {whose: count for whose, count in days.items() if count > (limits[whose[:2]] or 0)} == {}

    def _one_person_one_lead(self) -> None:
        """L5: who was sent twice is one lead, or people are asked; nobody is merged with somebody else, but for one in a
        thousand (families that share a phone)."""
        missed = [
            lead
            for lead, planned in self._planted.items()
            if planned.kind in ("exact_duplicate", "fuzzy_duplicate")
            and not {self._dedupe(lead), self._dedupe(self._sent[planned.of or 0])} & {"same_event", "merged", "asked"}
        ]
        assert missed == []
        wrong = [lead for lead in self._planted if self._person(self._end(lead)) != self._person(lead)]
        assert len(wrong) <= max(1, len(self._planted) // 1_000)

    def _unknown(self) -> set[bytes]:
        """Leads that nobody has looked into yet."""
        unknown: set[bytes] = set()
        for message in read_to_end(self.installation.kafka.client(), [self.installation.names.decisions]):
            headers = dict(message.headers())
            if "leadstream.revision" in headers:
                unknown.discard(message.key())
            elif headers.get("leadstream.dedupe") == b"unknown":
                unknown.add(message.key())
        return unknown

    def _newest(self) -> dict[str, dict[str, Any]]:
        """The newest revision of each lead's decision."""
        one, newest = self.installation, dict[str, dict[str, Any]]()
        for message in read_to_end(one.kafka.client(), [one.names.decisions]):
            decision = one.codec.read_own(message.value(), "decision")
            known = newest.get(decision["lead_id"])
            if known is None or known["revision"] <= decision["revision"]:
                newest[decision["lead_id"]] = decision
        return newest

    def _dedupe(self, lead: str) -> str:
        return str(self._decisions[lead]["dedupe"])

    def _end(self, lead: str) -> str:
        while (of := self._decisions[lead]["duplicate_of"]) is not None:
            lead = of
        return lead

    def _person(self, lead: str) -> int | None:
        return self._planted[lead].person

    def _delivered(self, planned: Planned, position: Position) -> None:
        self._planted[position.lead_id] = planned
        self._sent[planned.index] = position.lead_id


Break = Callable[..., AbstractContextManager[Broken]]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A smaller inventory: a source of each format, and members who work around the clock, up to a limit that is reached."""
    teams = yaml.safe_load(Path("deploy/config/teams.yaml").read_text("utf-8"))
    for team in teams["teams"]:
        team.pop("hours", None)
        for member in team.get("members", ()):
            member["per_day"] = PER_DAY
    return only(tmp_path / "config", *SOURCES, teams=yaml.safe_dump(teams))


@pytest.fixture
def broken(kafka: EmbeddedKafka, config: Path, tmp_path: Path) -> Break:
    """Makes an installation with a Redis of its own, and workers that may be broken in some way."""

    @contextmanager
    def make(*breaks: str, workers: int = 2) -> Iterator[Broken]:
        with EmbeddedRedis(tmp_path / "redis") as redis:
            more = {"LEADSTREAM_CONFIG_DIR": str(config), "LEADSTREAM_PARTITIONS": PARTITIONS, "CRASHED": str(tmp_path)}
            settings = environment(f"faults-{uuid.uuid4().hex[:8]}", kafka.bootstrap, redis.url, **more)
            installation = install(settings)
            argv = ("-m", "tests.harness.broken_worker", *breaks) if breaks else ("-m", "app.cli", "worker")
            reviser = spawn(
                [sys.executable, "-m", "app.cli", "reviser"], name="reviser", log=tmp_path / "reviser.log", env=settings
            )
            try:
                with Fleet(installation, settings, tmp_path, argv) as fleet:
                    for _ in range(workers):
                        fleet.join()
                    yield Broken(installation, fleet, Chaos(fleet, redis, SEED))
                    assert reviser.running, "the reviser goes on whatever breaks"
            finally:
                stop_all([reviser], 10)

    return make


def times(usual: int) -> range:
    return range(max(1, round(usual * LONG)))


class TestWorkers:
    def test_kills_joins_and_leaves(self, broken: Break) -> None:
        """Ten kill -9 and five workers joining or leaving, under load: nothing lost, nothing twice, nothing unaccounted."""
        with broken() as run:

            def faults() -> None:
                for n in times(10):
                    run.chaos.kill()
                    run.fleet.revive()
                    _pause(run, 2.0)
                    if n % 2:
                        run.chaos.join_or_leave()
                        _pause(run, 2.0)

            run.holds(run.under_traffic(faults))
            assert run.fleet.happened["kill -9"] == len(times(10))

    def test_death_at_every_point_of_a_delivery(self, broken: Break, tmp_path: Path) -> None:
        """A worker that dies after asking the index, after the outputs, before or after the commit: each record has one fate."""
        points = ("identified", "produced", "before-commit", "after-commit")
        with broken(*(f"crash={point}" for point in points), workers=1) as run:

            def faults() -> None:
                assert run.fleet.wait_until(lambda: all((tmp_path / point).exists() for point in points), 120)

            run.holds(run.under_traffic(faults))
            assert run.fleet.happened["exit 99"] == len(points)

    def test_zombies(self, broken: Break) -> None:
        """A worker frozen for longer than its session wakes up fenced, and nothing it had under way counts."""
        with broken() as run:

            def faults() -> None:
                for _ in times(2):
                    run.chaos.zombie(9.0)
                    _pause(run, 3.0)

            run.holds(run.under_traffic(faults))


class TestRedis:
    def test_killed_and_paused(self, broken: Break) -> None:
        """While Redis is away leads flow and say that nobody could look them up; afterwards every duplicate is still known."""
        with broken() as run:

            def faults() -> None:
                for _ in times(3):
                    run.chaos.redis_kill()
                    _pause(run, 2.0)
                    run.chaos.redis_pause()
                    _pause(run, 2.0)

            run.holds(run.under_traffic(faults))
            assert not any(name.startswith("exit") for name in run.fleet.happened), "workers go on without Redis, they do not end"

    def test_losing_all_its_data(self, broken: Break) -> None:
        """An emptied Redis is filled again from the decisions: nothing is lost meanwhile, and nothing merged wrongly."""
        with broken() as run:

            def faults() -> None:
                for _ in times(2):
                    run.chaos.redis_empty()
                    _pause(run, 14.0)

            run.holds(run.under_traffic(faults))


class TestControls:
    def test_without_the_transaction_records_are_doubled(self, broken: Break, tmp_path: Path) -> None:
        """Outputs first and the position afterwards, as most pipelines do it: the ledger must go red."""
        with broken("no-transaction", "crash=before-commit") as run:
            ledger = run.under_traffic(lambda: _until_crashed(run, tmp_path / "before-commit"))
            assert ledger.doubled

    def test_without_the_owner_leads_become_their_own_duplicates(self, broken: Break, tmp_path: Path) -> None:
        """A plain set of event ids: a lead put there before the crash finds itself afterwards. The ledger must go red."""
        with broken("no-owner", "crash=identified") as run:
            ledger = run.under_traffic(lambda: _until_crashed(run, tmp_path / "identified"))
            assert ledger.orphans


def _until_crashed(run: Broken, marker: Path) -> None:
    assert run.fleet.wait_until(marker.exists, 60), "the planted crash never came"
    _pause(run, 8.0)  # long enough for the dead worker's partitions to be taken over and its last batch to be done again


def _pause(run: Broken, seconds: float) -> None:
    """Go on working, and let the supervisor restart what has ended."""
    until = time.monotonic() + seconds
    run.fleet.wait_until(lambda: time.monotonic() > until, seconds + 5)
