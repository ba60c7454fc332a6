"""The reviser's book of positions, its tasks, and the record of the weights that people taught."""

from __future__ import annotations

from collections import Counter
from itertools import permutations

import orjson
import pytest

from app.edges.kafka.names import Topics
from app.edges.kafka.reviser_book import Book, Sighting
from app.edges.kafka.reviser_records import KafkaRecords
from app.edges.kafka.reviser_tasks import MOST, Task, Tasks
from app.edges.kafka.reviser_values import Raw, Values
from app.learning.match_verdicts import Said, digest, more, sealed, taught, unsealed
from app.learning.snapshot import SnapshotError, signing_key
from app.pipeline.matching.levels import FIELDS, MISSING
from app.pipeline.matching.weights import shipped
from app.pipeline.revision.records import Kept
from app.pipeline.revision.verdict import Verdict
from app.pipeline.source import Position
from tests.harness.leads_told import CODEC, a_routed, lead_id

TEAM, DUPLICATES, DECISIONS = "t.routed.a", "t.duplicates", "t.decisions"


@pytest.fixture
def book() -> Book:
    return Book(DECISIONS, [TEAM, DUPLICATES])


def seen(n: int, offset: int, revision: int = 1, of: int | None = None, topic: str = TEAM) -> Sighting:
    return Sighting(lead_id(n), Position(topic, 0, offset), revision, None if of is None else lead_id(of))


class TestBook:
    def test_the_newest_revision_counts_in_whatever_order_it_is_read(self) -> None:
        """Newest and first record, and whose duplicate it is, come out the same for every order of the topics."""
        three = (seen(1, 10, 1, of=9, topic=DUPLICATES), seen(1, 4, 2), seen(1, 7, 3, of=5))
        for order in permutations(three):
            book = Book(DECISIONS, [TEAM, DUPLICATES])
            for one in order:
                book.take([one])
            assert book.newest(lead_id(1)) == Position(TEAM, 0, 7)
            assert book.first(lead_id(1)) == Position(DUPLICATES, 0, 10)
            assert (book.duplicate_of(lead_id(1)), book.duplicates_of(lead_id(5))) == (lead_id(5), [lead_id(1)])
            assert book.duplicates_of(lead_id(9)) == []

    def test_unknown_leads_are_those_whose_newest_decision_says_so(self, book: Book) -> None:
        """The oldest first; a later revision that knows takes a lead out, whichever is read first."""
        told = [Sighting(lead_id(n), Position(DECISIONS, 0, n), 1, unknown=True, at_ms=100 - n) for n in (1, 2, 3)]
        book.take(told[:2])
        book.take([Sighting(lead_id(3), Position(DECISIONS, 0, 9), 2), Sighting(lead_id(2), Position(DECISIONS, 0, 8), 2)])
        book.take(told)  # read again
        assert (book.unknown(10), book.unknown_count()) == ([lead_id(1)], 1)
        assert book.decision(lead_id(3)) == Position(DECISIONS, 0, 9)

    def test_an_erased_lead_has_no_records_whichever_is_read_after(self, book: Book) -> None:
        """Records of it that come in late, from other partitions, bring nothing back; its decision still counts."""
        book.take([seen(1, 3, of=2), seen(4, 5, topic=DUPLICATES)])
        book.take([Sighting(lead_id(1), Position(DECISIONS, 0, 7), 1, unknown=True)])
        book.erase([lead_id(1)])
        book.take([seen(1, 2, topic=DUPLICATES), seen(1, 4, 2)])
        assert (book.newest(lead_id(1)), book.first(lead_id(1)), book.duplicates_of(lead_id(2))) == (None, None, [])
        assert (book.unknown_count(), book.decision(lead_id(1))) == (0, Position(DECISIONS, 0, 7))
        assert book.newest(lead_id(4)) == Position(DUPLICATES, 0, 5)

    def test_what_is_no_lead_id_is_nobodys(self, book: Book) -> None:
        """A record that names no lead as its original, whoever wrote it, stops nobody and is nobody's duplicate."""
        book.take([Sighting(lead_id(1), Position(DUPLICATES, 0, 1), 1, "ld_0000000000000000000*")])
        assert book.duplicate_of(lead_id(1)) is None
        assert (book.newest("ld_nonsense*"), book.decision("")) == (None, None)

    def test_what_is_no_longer_kept_is_forgotten(self, book: Book) -> None:
        """Behind a partition's beginning nothing is looked for any more; what lies after it stays known."""
        book.take([seen(1, 3), seen(2, 8), seen(1, 9, 2, topic=DUPLICATES)])
        book.forget(TEAM, 0, 5)
        assert (book.first(lead_id(1)), book.newest(lead_id(1))) == (None, Position(DUPLICATES, 0, 9))
        assert book.newest(lead_id(2)) == Position(TEAM, 0, 8)


class Remembered(Values):
    """Values that were kept, without a Kafka to read others from."""

    def __init__(self) -> None:
        self.kept: dict[Position, Raw] = {}

    def one(self, where: Position) -> Raw | None:
        return self.kept.get(where)


class TestRecords:
    @pytest.mark.parametrize("team", ["crm", "bi"])
    def test_a_revision_reads_back_as_it_was_said(self, team: str) -> None:
        """As Avro or JSON, as the team has it: the value and the headers that later revisions need come back."""
        values, names = Remembered(), Topics("t")
        book = Book(names.decisions, [names.routed("crm"), names.routed("bi"), names.review, names.duplicates])
        records = KafkaRecords(names, {"crm": "avro", "bi": "json"}, CODEC, book, values)
        kept = Kept("routed", a_routed(1, team=team, revision=2, attributes='{"a":"ü"}'), (("src", b"in-0-1"),))
        told = records.outgoing(kept)
        assert told is not None
        where = Position(told.topic, 0, 7)
        values.kept[where] = Raw(told.value or b"", tuple(told.headers))
        book.take([Sighting(lead_id(1), where, 2)])
        back = records.newest(lead_id(1))
        assert back is not None
        assert back.value == kept.value
        assert records.outgoing(back) == told

    def test_an_older_record_has_all_fields(self) -> None:
        """JSON from before there were merges reads as a lead that nothing was merged into; what is no record is passed over."""
        names = Topics("t")
        records = KafkaRecords(names, {"bi": "json"}, CODEC, Book(names.decisions, [names.routed("bi")]), Remembered())
        old = {name: value for name, value in a_routed(1).items() if name not in ("merged", "sources", "subject", "revision")}
        where, json = Position(names.routed("bi"), 0, 1), (("content-type", b"application/json"),)
        kept = records.read(where, Raw(orjson.dumps(old), json))
        assert kept is not None
        assert (kept.value["merged"], kept.revision) == ("", 1)
        assert records.read(where, Raw(b"{", json)) is None
        assert records.read(where, Raw(b"nonsense", ())) is None


class TestTasks:
    def test_a_task_that_waits_holds_its_partition_back(self) -> None:
        """Positions reach up to the oldest open task; those behind it are done all the same, other partitions go on."""
        tasks, said = Tasks(), Verdict(lead_id(1), "approve", "sales", 0)
        rows = [Task(Position("t", 0, n), said) for n in (5, 6, 7)]
        for one in rows:
            tasks.add(one)
        at = {("t", 0): 8, ("t", 1): 3}
        assert tasks.positions(rows[1:], at) == {("t", 0): 5, ("t", 1): 3}
        tasks.settle(rows[1:])
        assert tasks.waiting == [rows[0]]
        assert tasks.positions(rows[:1], at) == at

    def test_more_work_is_refused_at_the_bound(self) -> None:
        """Full says so, so that reading pauses; memory stays bounded."""
        tasks, said = Tasks(), Verdict(lead_id(1), "approve", "sales", 0)
        for n in range(MOST):
            assert not tasks.full
            tasks.add(Task(Position("t", 0, n), said))
        assert tasks.full


class TestTaught:
    LEVELS = tuple(5 if field == "email" else MISSING for field in FIELDS)

    def test_verdicts_move_the_weights_and_are_kept_with_them(self) -> None:
        """People who say that two mailboxes alike are two persons make that weigh less; the record comes back as it was."""
        counts: Counter[Said] = more(Counter(), [(self.LEVELS, False)] * 50)
        one, key = taught(shipped(), counts), signing_key(b"secret")
        at = FIELDS.index("email")
        same, before = one.weights.probabilities["same"]["email"][5], shipped().probabilities["same"]["email"][5]
        assert self.LEVELS[at] == 5
        assert same < before
        back = unsealed(sealed(one, key), key)
        assert (back.counts, back.base, back.version) == (one.counts, digest(shipped()), one.version)

    def test_foreign_weights_are_refused(self) -> None:
        """Without our signature, or with levels of another version, nobody judges by them."""
        one = taught(shipped(), Counter())
        with pytest.raises(SnapshotError):
            unsealed(sealed(one, None), signing_key(b"secret"))
        with pytest.raises(SnapshotError):
            unsealed(sealed(one, None).replace(b"same", b"sane"), None)
