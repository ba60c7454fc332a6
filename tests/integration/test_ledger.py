"""The ledger on real topics: it sees each kind of wrong when that is planted. All other proofs rest on it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

from app.edges.kafka.audit import Audit, Ledger
from app.edges.kafka.ledger import read_ledger
from app.edges.kafka.names import Topics
from app.edges.kafka.reading import read_to_end, watermarks
from app.edges.kafka.topics import TopicSpec, create
from app.embedded.kafka import EmbeddedKafka
from app.pipeline.source import Position
from app.settings import KafkaSettings

SOURCE, TEAM = "web-form", "nurture"
RECORDS, PARTITIONS = 20, 2


class Books:
    """A small installation whose topics a test fills by hand."""

    def __init__(self, kafka: EmbeddedKafka, prefix: str) -> None:
        self.client = KafkaSettings(bootstrap_servers=kafka.bootstrap).client()
        self.names, self.group = Topics(prefix), f"{prefix}-workers"
        self.inbound = self.names.inbound(SOURCE)
        outputs = [self.names.routed(TEAM), self.names.review, self.names.duplicates, self.names.dlq]
        outputs += [self.names.decisions, self.names.rejected]
        create(self.client, [TopicSpec(self.inbound, PARTITIONS), *(TopicSpec(name, 2) for name in outputs)])
        self._producer = Producer(self.client)

    def put(
        self, topic: str, headers: dict[str, str] | None = None, partition: int | None = None, value: bytes | None = b"{}"
    ) -> None:
        headers = headers or {}
        where = (
            {"key": headers.get("src")} if partition is None else {"partition": partition}
        )  # a lead's revisions keep their order
        self._producer.produce(topic, value, headers=[(name, value.encode()) for name, value in headers.items()], **where)

    def position(self, n: int) -> Position:
        """The n-th inbound record: even ones are in partition 0, odd ones in 1."""
        return Position(self.inbound, n % PARTITIONS, n // PARTITIONS)

    def fill(self, fated: Sequence[int] = range(RECORDS), decided: Sequence[int] = range(RECORDS)) -> None:
        """RECORDS records in, and a fate and a decision for each of those given: the last is a dead letter, the one before it a
        review, the one before that a duplicate of the first."""
        for n in range(RECORDS):
            self.put(self.inbound, partition=n % PARTITIONS)
        for n in fated:
            self.fate(n)
        for n in decided:
            self.put(self.names.decisions, {"src": self.position(n).identity})

    def fate(self, n: int) -> None:
        headers = {"src": self.position(n).identity}
        match RECORDS - n:
            case 1:
                self.put(self.names.dlq, headers)
            case 2:
                self.put(self.names.review, headers)
            case 3:
                self.put(self.names.duplicates, headers | {"leadstream.duplicate_of": self.position(0).lead_id})
            case _:
                self.put(self.names.routed(TEAM), headers)

    def commit(self, records: int = RECORDS) -> None:
        """The group has accounted for so many records."""
        consumer = Consumer(self.client | {"group.id": self.group, "enable.auto.commit": False})
        where = [TopicPartition(self.inbound, p, (records + PARTITIONS - 1 - p) // PARTITIONS) for p in range(PARTITIONS)]
        consumer.commit(offsets=where, asynchronous=False)
        consumer.close()

    def ledger(self) -> Ledger:
        assert self._producer.flush(10) == 0
        return read_ledger(self.client, self.names, [SOURCE], [TEAM], self.group)


@pytest.fixture
def books(kafka: EmbeddedKafka, topic_prefix: str) -> Books:
    return Books(kafka, topic_prefix)


def wrong(ledger: Ledger) -> dict[str, Any]:
    """All that the ledger complains of."""
    kinds = ("lost", "doubled", "foreign", "orphans", "undecided", "behind", "untraced")
    return {kind: found for kind in kinds if (found := getattr(ledger, kind))}


class TestRight:
    def test_everything_in_order(self, books: Books) -> None:
        """One fate and one decision each: it holds, and the counts are right."""
        books.fill()
        books.commit()
        ledger = books.ledger()
        assert wrong(ledger) == {}
        assert ledger.holds
        assert ledger.records_in == {SOURCE: RECORDS}
        assert {fate: ledger.total(fate) for fate in ("routed", "review", "duplicate", "dead_letter")} == {
            "routed": RECORDS - 3, "review": 1, "duplicate": 1, "dead_letter": 1,
        }  # fmt: skip

    def test_nothing_at_all(self, books: Books) -> None:
        """Empty topics are in order."""
        assert books.ledger().holds

    def test_what_is_under_way_is_not_lost(self, books: Books) -> None:
        """Records after the group's position are behind; nothing is lost, and it does not hold yet."""
        books.fill(fated=range(12), decided=range(12))
        books.commit(12)
        ledger = books.ledger()
        assert wrong(ledger) == {"behind": RECORDS - 12}
        assert ledger.balanced
        assert not ledger.holds

    def test_markers_and_aborted_records_are_no_records(self, books: Books) -> None:
        """Producers upstream may use transactions: their markers, and what they aborted, take offsets and need no fate."""
        producer = Producer(books.client | {"transactional.id": books.group})
        producer.init_transactions()
        for commit in (True, False, True):
            producer.begin_transaction()
            producer.produce(books.inbound, b"{}", partition=0)
            producer.flush()
            if commit:
                producer.commit_transaction()
            else:
                producer.abort_transaction()
        for offset in (0, 4):  # 0 record, 1 marker, 2 aborted, 3 marker, 4 record, 5 marker
            for topic in (books.names.routed(TEAM), books.names.decisions):
                books.put(topic, {"src": Position(books.inbound, 0, offset).identity})
        consumer = Consumer(books.client | {"group.id": books.group, "enable.auto.commit": False})
        consumer.commit(offsets=[TopicPartition(books.inbound, 0, 5)], asynchronous=False)
        consumer.close()
        ledger = books.ledger()
        assert wrong(ledger) == {}
        assert ledger.records_in.total() == 2


class TestRevisions:
    def revise(self, books: Books, n: int, topic: str, revision: int = 2, of: int | None = None) -> None:
        """A revision of the n-th lead's record and of its decision."""
        headers = {"src": books.position(n).identity, "leadstream.revision": str(revision)}
        books.put(books.names.decisions, headers)
        books.put(topic, headers | ({} if of is None else {"leadstream.duplicate_of": books.position(of).lead_id}))

    def test_they_are_no_further_fates(self, books: Books) -> None:
        """A reviewed lead that is approved, a routed one that is merged and a duplicate that stands alone again each keep their
        one first fate; where they stand now is counted beside it."""
        books.fill()
        books.commit()
        names, (review, duplicate) = books.names, (RECORDS - 2, RECORDS - 3)
        self.revise(books, review, names.routed(TEAM))
        self.revise(books, 4, names.routed(TEAM), of=2)
        self.revise(books, duplicate, names.routed(TEAM))
        self.revise(books, 5, names.routed(TEAM))
        self.revise(books, 6, names.rejected)
        ledger = books.ledger()
        assert wrong(ledger) == {}
        assert ledger.holds
        assert (ledger.revisions, ledger.total("routed"), ledger.now("routed")) == (10, RECORDS - 3, RECORDS - 3)
        assert ledger.moved == {
            (SOURCE, "review", "routed"): 1, (SOURCE, "routed", "duplicate"): 1, (SOURCE, "duplicate", "routed"): 1,
            (SOURCE, "routed", "rejected"): 1,
        }  # fmt: skip
        assert sum(ledger.now(fate) for fate in ("routed", "review", "duplicate", "dead_letter", "rejected")) == RECORDS

    def test_the_newest_holds(self, books: Books) -> None:
        """A duplicate that was set apart and merged again is a duplicate: no matter in which order its revisions are read."""
        books.fill()
        books.commit()
        self.revise(books, RECORDS - 3, books.names.duplicates, revision=3, of=1)
        self.revise(books, RECORDS - 3, books.names.routed(TEAM), revision=2)
        ledger = books.ledger()
        assert wrong(ledger) == {}
        assert ledger.moved == {}

    def test_one_told_twice(self, books: Books) -> None:
        """The same revision of a lead on two topics, or of its decision twice."""
        books.fill()
        books.commit()
        self.revise(books, 6, books.names.routed(TEAM))
        self.revise(books, 6, books.names.duplicates, of=2)
        here = books.position(6).identity
        found = wrong(books.ledger())
        assert set(found) == {"doubled"}
        assert sorted(found["doubled"]) == sorted([f"revision 2 of the decision on {here}", f"revision 2 of {here}"])

    def test_of_a_lead_without_a_fate(self, books: Books) -> None:
        """Nobody revises what was never said; of a record that is under way, nothing is said yet."""
        books.fill(fated=range(12), decided=range(12))
        books.commit(12)
        self.revise(books, 15, books.names.routed(TEAM))
        assert wrong(books.ledger()) == {"behind": RECORDS - 12}
        books.commit(16)
        found = wrong(books.ledger())
        assert found["foreign"] == [f"revision of {books.position(15).identity}"]

    def test_leads_that_wait_to_be_looked_into(self, books: Books) -> None:
        """Decided without the index: counted until a revision says who they are."""
        books.fill(decided=[n for n in range(RECORDS) if n not in (3, 8)])
        for n in (3, 8):
            books.put(books.names.decisions, {"src": books.position(n).identity, "leadstream.dedupe": "unknown"})
        books.commit()
        assert (wrong(books.ledger()), books.ledger().unknown) == ({}, 2)
        self.revise(books, 8, books.names.routed(TEAM))
        assert (wrong(books.ledger()), books.ledger().unknown) == ({}, 1)


class TestCompacted:
    """Lead topics forget earlier records of a lead, and leads that were erased."""

    def test_only_the_newest_record_is_left(self, books: Books) -> None:
        """A first fate that a revision has taken the place of is known by that and by its decision; its duplicates have it."""
        books.fill(fated=[n for n in range(RECORDS) if n not in (0, 4)])
        books.commit()
        for n in (0, 4):
            headers = {"src": books.position(n).identity, "leadstream.revision": "3"}
            books.put(books.names.routed(TEAM), headers)
        ledger = books.ledger()
        assert wrong(ledger) == {}
        assert ledger.holds
        assert ledger.total("routed") == RECORDS - 3

    def test_erased(self, books: Books) -> None:
        """A tombstone is no further fate; and when the record itself is gone, it says that there was one."""
        books.fill(fated=[n for n in range(RECORDS) if n != RECORDS - 2])
        books.commit()
        books.put(books.names.review, {"src": books.position(RECORDS - 2).identity}, value=None)
        books.put(books.names.dlq, {"src": books.position(RECORDS - 1).identity}, value=None)  # the letter still stands
        ledger = books.ledger()
        assert wrong(ledger) == {}
        assert [ledger.total(fate) for fate in ("routed", "review", "duplicate", "dead_letter")] == [RECORDS - 3, 1, 1, 1]

    def test_a_dead_letter_without_a_value_is_a_fate(self, books: Books) -> None:
        """An inbound record that had no value is a dead letter without one, and no tombstone."""
        books.fill(fated=range(RECORDS - 1))
        books.commit()
        headers = {"src": books.position(RECORDS - 1).identity, "leadstream.reason": "null_value"}
        books.put(books.names.dlq, headers, value=None)
        assert wrong(books.ledger()) == {}
        books.put(books.names.dlq, headers, value=None)
        assert set(wrong(books.ledger())) == {"doubled"}

    def test_a_later_record_alone_is_no_fate(self, books: Books) -> None:
        """Without its first decision nothing says that there ever was a first fate: it is lost, and its revision a stranger's."""
        books.fill(fated=[n for n in range(RECORDS) if n != 4], decided=[n for n in range(RECORDS) if n != 4])
        books.commit()
        books.put(books.names.routed(TEAM), {"src": books.position(4).identity, "leadstream.revision": "2"})
        assert set(wrong(books.ledger())) == {"lost", "foreign", "undecided"}


class TestWrong:
    def test_lost(self, books: Books) -> None:
        """A record that the group has passed, without a fate."""
        books.fill(fated=[n for n in range(RECORDS) if n != 7])
        books.commit()
        assert wrong(books.ledger()) == {"lost": [books.position(7).identity]}

    @pytest.mark.parametrize("topic", [lambda names: names.routed(TEAM), lambda names: names.dlq], ids=["same", "other"])
    def test_doubled(self, books: Books, topic: Callable[[Topics], str]) -> None:
        """A record with two fates, on one topic or on two."""
        books.fill()
        books.put(topic(books.names), {"src": books.position(4).identity})
        books.commit()
        assert wrong(books.ledger()) == {"doubled": [books.position(4).identity]}

    @pytest.mark.parametrize(
        "identity", ["{inbound}-0-4711", "{inbound}-9-0", "leads.elsewhere-0-0", "?", "{inbound}--1-0", "a-b-c"]
    )
    def test_foreign(self, books: Books, identity: str) -> None:
        """A fate of a record that no inbound topic holds: beyond the end, of no partition, of another topic, of nothing."""
        books.fill()
        books.commit()
        planted = identity.format(inbound=books.inbound)
        books.put(books.names.review, {"src": planted})
        assert wrong(books.ledger()) == {"foreign": [planted]}

    def test_foreign_without_a_header(self, books: Books) -> None:
        """A record on a team's topic that says nothing of where it is from."""
        books.fill()
        books.commit()
        books.put(books.names.routed(TEAM))
        assert wrong(books.ledger()) == {"foreign": ["?"]}

    def test_orphan(self, books: Books) -> None:
        """A duplicate of a lead that is neither with a team nor in review: the lead would be lost as its own duplicate."""
        books.fill(fated=[n for n in range(RECORDS) if n != 9])
        books.put(
            books.names.duplicates, {"src": books.position(9).identity, "leadstream.duplicate_of": books.position(9).lead_id}
        )
        books.commit()
        assert wrong(books.ledger()) == {"orphans": [books.position(9).identity]}

    def test_a_duplicate_of_a_duplicate(self, books: Books) -> None:
        """Legal where the way ends at a lead; an orphan where it leads round in a circle."""
        books.fill(fated=[n for n in range(RECORDS) if n not in (8, 9, 10)])
        for n, of in ((8, RECORDS - 3), (9, 10), (10, 9)):
            headers = {"src": books.position(n).identity, "leadstream.duplicate_of": books.position(of).lead_id}
            books.put(books.names.duplicates, headers)
        books.commit()
        found = wrong(books.ledger())
        assert set(found) == {"orphans"}
        assert {one[-15:] for one in found["orphans"]} == {books.position(n).lead_id[-15:] for n in (9, 10)}

    def test_undecided(self, books: Books) -> None:
        """A record without a decision, and one with two."""
        books.fill(decided=[*(n for n in range(RECORDS) if n != 3), 10])
        books.commit()
        assert wrong(books.ledger()) == {"undecided": [books.position(10).identity, books.position(3).identity]}

    def test_a_decision_of_nothing(self, books: Books) -> None:
        """A decision on a record that does not exist is foreign, and told apart from a fate."""
        books.fill()
        books.commit()
        books.put(books.names.decisions, {"src": f"{books.inbound}-1-999"})
        assert wrong(books.ledger()) == {"foreign": [f"decision of {books.inbound}-1-999"]}

    def test_what_was_aborted_does_not_count(self, books: Books) -> None:
        """A fate that was written in a transaction and aborted is no fate: read_committed, as every consumer should."""
        books.fill(fated=[n for n in range(RECORDS) if n != 5])
        producer = Producer(books.client | {"transactional.id": f"{books.group}-aborting"})
        producer.init_transactions()
        producer.begin_transaction()
        producer.produce(books.names.routed(TEAM), b"{}", headers=[("src", books.position(5).identity.encode())])
        producer.flush()
        producer.abort_transaction()
        books.commit()
        assert wrong(books.ledger()) == {"lost": [books.position(5).identity]}


class TestSince:
    """An audit that begins in the middle, as `leadstream run` on a cluster that is in use."""

    def test_what_came_before_does_not_count(self, books: Books) -> None:
        """Fates of earlier records are passed over; a duplicate of an earlier lead is told, and is no orphan."""
        books.fill()
        books.commit()
        books.ledger()
        since = {(books.inbound, 0): RECORDS // 2 - 3, (books.inbound, 1): RECORDS // 2 - 3}
        audit = Audit(books.names, [SOURCE], [TEAM], since, whole=False)
        for message in read_to_end(books.client, audit.topics):
            audit.take(message)
        ends = {where: high for where, (_, high) in watermarks(books.client, [books.inbound]).items()}
        assert audit.missing(ends) == {}
        ledger = audit.ledger(ends, ends)
        assert wrong(ledger) == {"untraced": 1}
        assert ledger.records_in == {SOURCE: 6}
        assert sum(ledger.fates.values()) == 6
