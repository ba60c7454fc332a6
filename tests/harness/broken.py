"""An installation under traffic that is broken on purpose, and the books that must balance afterwards.

What must hold (the ledger): L1 no record is lost, L2 none has two fates, L3 nothing foreign, L4 every duplicate has its original,
L5 one lead for each intent of a person, L6 all is caught up and each fault is followed by full rate, L7 the same topics give the
same fates again (tests/faults/test_again.py), L8 the match index holds nobody whom the topics do not know, L9 aborted work is
seen by nobody who reads read_committed and is reported, L10 memory and open files do not grow (tests/faults/test_soak.py); and by
the newest decisions nobody has more leads than their day holds.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

from app.desk.roster import Roster
from app.edges.kafka.ledger import Ledger
from app.edges.kafka.reading import read_to_end
from app.embedded.simulator.planned import Planned
from app.embedded.simulator.producer import Simulator
from app.pipeline.source import Position
from app.wiring import Installation
from tests.harness.aborted import aborted
from tests.harness.chaos import Chaos
from tests.harness.fleet import Fleet
from tests.harness.footprint import Footprint
from tests.harness.index_dump import leads_in_index
from tests.harness.knobs import PATIENCE, RATE, SEED
from tests.harness.pulse import Pulse
from tests.harness.recovery import LIMIT_S, Recoveries, Recovery

BEGIN_S: Final = 60 * PATIENCE
CATCH_UP_S: Final = 60 * PATIENCE  # L6
LOOKED_INTO_S: Final = 120 * PATIENCE
REPORTED_S: Final = 120.0


class Planted(NamedTuple):
    """What the simulator knows of a record; its bytes would fill the memory of a long run."""

    kind: str
    of: int | None
    person: int | None


KEPT: Final = ("fate", "reason", "dedupe", "duplicate_of", "team", "owner", "desk", "revision")


class Broken:
    """An installation under traffic, its fleet, and what was planted.

    Args:
        rate: Records per second.
    """

    def __init__(self, installation: Installation, fleet: Fleet, chaos: Chaos, rate: int = RATE) -> None:
        self.installation, self.fleet, self.chaos, self.rate = installation, fleet, chaos, rate
        self.recoveries = Recoveries()
        self.footprint = Footprint(lambda: fleet.children)
        self.pulse = Pulse(installation.kafka.client(), installation.app.group, lambda: dict(self._ends))
        self._planted: dict[str, Planted] = {}  # by lead id
        self._sent: dict[int, str] = {}  # index in the plan → lead id
        self._ends: dict[tuple[str, int], int] = {}  # inbound (topic, partition) → the next offset, as far as Kafka told
        self._failed: list[BaseException] = []
        self._stop = threading.Event()

    @property
    def delivered(self) -> int:
        """Records that Kafka has acknowledged so far."""
        return len(self._planted)

    def under_traffic(self, faults: Callable[[], None], leads: int = 0) -> Ledger:
        """Do the faults while records come in, `leads` at least; then wait until all is accounted for, and read the ledger."""
        traffic = threading.Thread(target=self._send, args=(None, self.rate), name="simulator")
        with self.pulse, self.footprint:
            traffic.start()
            try:
                assert self.fleet.wait_until(self._begun, BEGIN_S), "the fleet never began to work"
                faults()
                enough = leads / self.rate * 2 + BEGIN_S
                assert self.fleet.wait_until(lambda: self.delivered >= leads, enough), f"only {self.delivered} records came in"
            finally:
                self._stop.set()
                traffic.join(REPORTED_S)
            self.caught_up = self.fleet.wait_until(self.fleet.caught_up, CATCH_UP_S)
        return self.books()

    def _begun(self) -> bool:
        assert not self._failed, f"the simulator failed: {self._failed}"
        return self.fleet.accounted() > self.rate

    def backlog(self, leads: int, faults: Callable[[], None] = lambda: None, within_s: float = CATCH_UP_S) -> Ledger:
        """So many records at once, as fast as they can be sent; then wait until all is accounted for, and read the ledger."""
        with self.footprint:
            self._send(leads, None)
            faults()
            self.caught_up = self.fleet.wait_until(self.fleet.caught_up, within_s)
        return self.books()

    def books(self) -> Ledger:
        """The ledger, read and told."""
        assert not self._failed, f"the simulator failed: {self._failed}"
        ledger = self.fleet.ledger()
        fates = {fate: ledger.total(fate) for fate in ("routed", "review", "duplicate", "dead_letter")}
        print(
            f"\nseed {SEED}: {ledger.records_in.total()} records, {dict(self.fleet.happened)}, {fates}, lost {len(ledger.lost)}, "
            f"doubled {len(ledger.doubled)}, foreign {len(ledger.foreign)}, orphaned duplicates {len(ledger.orphans)}, "
            f"undecided {len(ledger.undecided)}, behind {ledger.behind}"
        )
        if self.recoveries.all:
            print(self.recoveries.table())
        return ledger

    @contextmanager
    def fault(self, name: str, *, within_s: float = LIMIT_S) -> Iterator[None]:
        """What strikes in the block; then full rate is waited for, and the time kept for the table."""
        struck = time.monotonic()
        yield
        over = time.monotonic()
        after: list[float] = []

        def recovered() -> bool:
            since = self.pulse.at_full_rate_since(over)
            after[:] = [] if since is None else [since - over]
            return bool(after)

        self.fleet.wait_until(recovered, within_s * PATIENCE)
        one = Recovery(name, over - struck, after[0] if after else None)
        self.recoveries.all.append(one)
        print(f"\n  {one}", end="", flush=True)

    def holds(self, ledger: Ledger) -> None:
        """L1 to L6, L8 and L9, one decision for each record, and nobody's day overfull."""
        found = (ledger.lost, ledger.doubled, ledger.foreign, ledger.orphans, ledger.undecided)
        assert found == ([], [], [], [], [])
        assert self.caught_up
        assert ledger.behind == 0
        assert ledger.records_in.total() == self.delivered, "the broker lost records that it had acknowledged, or doubled them"
        assert self.recoveries.never == [], f"not back to full rate in time:\n{self.recoveries.table()}"
        looked_into = self.fleet.wait_until(lambda: not self._unknown(), LOOKED_INTO_S)
        assert looked_into, f"{len(self._unknown())} leads were never looked into"
        self._decisions = self.newest()
        known_as = Counter(one["dedupe"] for one in self._decisions.values())
        print(f"{dict(known_as)}, {sum(one['revision'] > 1 for one in self._decisions.values())} of them revised")
        suspected = [lead for lead, one in self._decisions.items() if one["reason"] == "suspected_poison"]
        assert suspected == [], "taken for poison, because processes ended for other reasons while they were under way"
        self._one_person_one_lead()
        self._no_day_has_more_than_it_holds()
        self._index_knows_nobody_else()
        names = self.installation.names
        gone = aborted(self.installation.kafka.client(), [names.decisions, names.review, names.duplicates])
        print(f"{gone} records of aborted transactions, seen by nobody who reads read_committed")

    def newest(self) -> dict[str, dict[str, Any]]:
        """Lead → what counts here of the newest revision of its decision."""
        one, newest = self.installation, dict[str, dict[str, Any]]()
        for message in read_to_end(one.kafka.client(), [one.names.decisions]):
            decision = one.codec.read_own(message.value(), "decision")
            known = newest.get(decision["lead_id"])
            if known is None or known["revision"] <= decision["revision"]:
                newest[decision["lead_id"]] = {name: decision[name] for name in KEPT}
        return newest

    def _no_day_has_more_than_it_holds(self) -> None:
        """By the newest decisions, whoever was killed, and whatever Redis forgot."""
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

    def _index_knows_nobody_else(self) -> None:
        """L8: who stands in the match index is a lead of a committed decision, and no dead letter."""
        inside = leads_in_index(self.chaos.redis, self.installation.names.prefix)
        ghosts = [lead for lead in inside if self._decisions.get(lead, {"fate": "dead_letter"})["fate"] == "dead_letter"]
        assert inside
        assert ghosts == []

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

    def _dedupe(self, lead: str) -> str:
        return str(self._decisions[lead]["dedupe"])

    def _end(self, lead: str) -> str:
        while (of := self._decisions[lead]["duplicate_of"]) is not None:
            lead = of
        return lead

    def _person(self, lead: str) -> int | None:
        return self._planted[lead].person

    def _send(self, limit: int | None, rate: float | None) -> None:
        one = self.installation
        try:  # the simulator's producer ends with this call, while there is a broker that it can end with
            simulator = Simulator(one.kafka, one.names, one.inventory, one.codec.encode, seed=SEED, on_delivered=self._delivered)
            simulator.run(limit, rate, self._stop)
        except BaseException as error:  # raised by `books`, in the test's own thread
            self._failed.append(error)

    def _delivered(self, planned: Planned, position: Position) -> None:
        self._planted[position.lead_id] = Planted(planned.kind, planned.of, planned.person)
        self._sent[planned.index] = position.lead_id
        where = position.topic, position.partition
        self._ends[where] = max(position.offset + 1, self._ends.get(where, 0))
