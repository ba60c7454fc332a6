"""Sources' reliability: what decisions and outcomes say of a source, and how leads come to know it."""

from __future__ import annotations

import json
from typing import Any

import orjson
import pytest

from app.edges.memory import FixedModel
from app.edges.memory_index import MemoryMatchIndex
from app.learning.ledger import Ledger
from app.learning.model import OnlineModel
from app.learning.progress import Entry, Progress
from app.learning.reliability import MAX_SOURCES, Record, Records, Reliability, good_lead
from app.learning.serving import ScoringModel
from app.learning.snapshot import Snapshot, SnapshotError, seal, unseal
from app.learning.tables import Number, Tables
from app.pipeline.fate import Review, Routed
from app.pipeline.source import InboundEvent, Position
from tests.benchmarks.material import nowhere

FORM = b"submission_id=1&email=jo%40acme-tools.de&name=Jo+Fox&submitted_at=2026-03-02+09:00:00"


def decision(n: int, fate: str = "routed", source: str = "a", **more: Any) -> dict[str, Any]:
    plain = {"lead_id": f"ld_{n}", "fate": fate, "source": source, "received_at": n, "violations": []}
    return plain | {"numbers": {}, "categories": {"source": source}} | more


class Stream:
    """Decisions and outcomes of one partition each, told to a learner's progress."""

    def __init__(self) -> None:
        self.progress = Progress(Ledger(), OnlineModel(), {}, {})
        self._offset = 0

    def decide(self, n: int, fate: str = "routed", source: str = "a", **more: Any) -> None:
        self._tell("decisions", decision(n, fate, source, **more))

    def report(self, n: int, outcome: str, at: int = 1, event_id: str | None = None) -> None:
        self._tell("outcomes", {"lead_id": f"ld_{n}", "outcome": outcome, "occurred_at": at, "event_id": event_id})

    def of(self, source: str = "a") -> Record:
        return self.progress.records.of.get(source, Record())

    def _tell(self, name: Any, value: dict[str, Any]) -> None:
        self._offset += 1
        self.progress.apply(Entry((name, 0), self._offset, self._offset, value))


@pytest.mark.parametrize(
    ("told", "good"),
    [
        ({"fate": "routed"}, True),
        ({"fate": "review", "violations": ["country:ambiguous", "email:role_address", "city:uncertain_mapping"]}, True),
        ({"fate": "review", "violations": ["email:invalid"]}, False),
        ({"fate": "routed", "violations": ["email|phone:missing"]}, False),
        ({"fate": "review", "violations": ["contact:uncontactable"]}, False),
        ({"fate": "review", "violations": ["lead:bot"]}, False),
        ({"fate": "review", "violations": ["email:invalid", "is_test:test_lead"]}, None),
        ({"fate": "duplicate", "duplicate_kind": "same_email"}, False),
        ({"fate": "duplicate", "duplicate_kind": "same_event"}, None),
        ({"fate": "rejected", "rejected_why": "spam"}, False),
        ({"fate": "rejected", "rejected_why": "test"}, None),
        ({"fate": "dead_letter", "reason": "invalid_json"}, False),
        ({"fate": "dead_letter", "reason": "internal_error"}, None),
        ({"fate": "dead_letter", "reason": "null_value"}, None),
        ({"fate": "a fate of tomorrow"}, None),
    ],
)
def test_what_a_decision_says_of_its_source(told: dict[str, Any], good: bool | None) -> None:
    """Good is a lead that can be worked with; what is nobody's fault, or our own, says nothing."""
    assert good_lead({"violations": []} | told) is good


class TestRecords:
    def test_each_lead_and_each_end_counts_once(self) -> None:
        """A lead decided again, and an outcome delivered again, change nothing."""
        stream = Stream()
        for _ in range(2):
            stream.decide(1)
        for _ in range(3):
            stream.report(1, "won", event_id="crm-1")
        assert stream.of() == Record(good=1.0, met=1.0, won=1.0, ended=1.0)

    def test_an_end_that_is_taken_back_moves_one_lead(self) -> None:
        """Won, then reopened, lost, and won after all: one lead, counted as it stands."""
        stream = Stream()
        stream.decide(1)
        stood = []
        for at, outcome in enumerate(["won", "reopened", "lost", "won"]):
            stream.report(1, outcome, at)
            stood.append((stream.of().won, stream.of().ended))
        assert stood == [(1.0, 1.0), (0.0, 0.0), (0.0, 1.0), (1.0, 1.0)], "while it is open again it is no end"

    def test_sources_are_counted_apart(self) -> None:
        """What one source sends says nothing of the others."""
        stream = Stream()
        stream.decide(1, "dead_letter", "a", reason="invalid_json")
        stream.decide(2, "routed", "b")
        stream.report(2, "won")
        assert (stream.of("a"), stream.of("b")) == (Record(0.0, 1.0), Record(1.0, 1.0, 1.0, 1.0))

    def test_names_of_sources_are_bounded(self) -> None:
        """Whoever makes topics without end fills no memory; sources that are known go on."""
        records = Records()
        for n in range(MAX_SOURCES + 5):
            records.decided(decision(n, source=f"s{n}"))
        records.decided(decision(0, source="s0"))
        assert len(records.of) == MAX_SOURCES
        assert records.of["s0"].met > 1.9

    @pytest.mark.parametrize("counts", [[2.0, 1.0, 0, 0], [0, 0, -1.0, 1.0], [0, 1e9, 0, 0], [0, float("nan"), 0, 0]])
    def test_counts_that_cannot_be_are_refused(self, counts: list[float]) -> None:
        """More good leads than leads, negative ones, more than are ever remembered, and NaN are no record."""
        with pytest.raises(ValueError, match="cannot be"):
            Records({"a": counts})


class TestReliability:
    def test_without_evidence_it_is_the_inventorys(self) -> None:
        """What is declared holds exactly until something is known; nothing declared and nothing known is a half."""
        assert Reliability({}).of("a", 0.62) == 0.62
        assert Reliability({}).of("a", None) == pytest.approx(0.5)

    def test_without_a_prior_it_is_as_the_others_are(self) -> None:
        """A newcomer that nobody declared is expected to be like the sources there are."""
        good, bad = ({f"s{n}": Record(share * 400, 400.0) for n in range(3)} for share in (0.9, 0.2))
        assert Reliability(good).quality("new", None) > 0.85
        assert Reliability(good).of("new", None) > 0.7
        assert Reliability(bad).of("new", None) < 0.35

    def test_its_own_leads_outweigh_the_prior(self) -> None:
        """After some hundred leads a source is as good as they were, whatever was declared."""
        shown = Reliability({"a": Record(40.0, 400.0, 5.0, 400.0), "b": Record(300.0, 400.0, 60.0, 400.0)})
        assert shown.quality("a", 0.9) < 0.15
        assert shown.conversion("a", 0.9) < 0.05
        assert shown.of("a", 0.9) < 0.1

    def test_a_prior_speaks_of_both(self) -> None:
        """A source that is declared good is expected to win more often than the others, until its own ends say otherwise."""
        others = {"b": Record(0.0, 0.0, 50.0, 500.0)}
        assert Reliability(others).conversion("a", 0.8) > 0.15 > 0.1 > 0.08 > Reliability(others).conversion("a", 0.2)

    def test_who_sells_twice_as_often_is_twice_as_good(self) -> None:
        """Between two sources whose leads are equally clean, the odds of reliability are as the odds of winning."""
        records = {"a": Record(300.0, 500.0, 100.0, 500.0), "b": Record(300.0, 500.0, 50.0, 500.0)}
        a, b = (Reliability(records).of(name, 0.6) for name in "ab")
        assert a > 0.65 > 0.6 > 0.55 > b


class TestOnTheWay:
    @pytest.mark.parametrize("sources", [{"a": [2.0, 1.0, 0.0, 0.0]}, {"a": [1.0, 1.0]}, {"a": None}, [1]])
    def test_records_that_cannot_be_make_no_snapshot(self, sources: object) -> None:
        """Whoever writes nonsense into a snapshot is refused like any other damage."""
        head, _, body = seal(Snapshot.of(Stream().progress, None), None).partition(b"\n")
        data = json.loads(body)
        data["serving"]["sources"] = sources
        with pytest.raises(SnapshotError):
            unseal(head + b"\n" + orjson.dumps(data), None)

    def test_it_names_the_version(self) -> None:
        """Two models with the same weights and other records have other versions, for their scores differ."""
        one, other = Stream(), Stream()
        other.decide(1, "dead_letter", reason="invalid_json")
        assert Snapshot.of(one.progress, None).version != Snapshot.of(other.progress, None).version

    def test_the_lead_carries_it_and_is_scored_by_it(self) -> None:
        """A source that has shown bad leads gives its next lead a low reliability; the score counts it, the decision keeps it."""
        installation = nowhere()
        event = InboundEvent(Position(installation.names.inbound("web-form"), 0, 1), None, FORM, (), 1_772_438_400_000)

        def scored(records: Records) -> Routed | Review:
            by_reliability = Number(0.5, 4.0, 1.0, 0.0, (), ((0.0,) * 7,), None)
            model = ScoringModel("m", 500, 0.0, Tables(numbers={"reliability": by_reliability}), 0.0, [], records)
            (fate,) = installation.pipeline(installation.identity(MemoryMatchIndex()), FixedModel(model)).process([event])
            assert isinstance(fate, Routed | Review)
            assert fate.score.numbers["reliability"] == fate.lead.source_reliability
            return fate

        declared = installation.inventory.sources["web-form"].reliability
        unknown, bad = scored(Records()), scored(Records({"web-form": [20.0, 400.0, 2.0, 300.0]}))
        assert unknown.lead.source_reliability == declared
        assert bad.lead.source_reliability < 0.1
        assert bad.score.probability < unknown.score.probability


class TestRevisions:
    """What a source was told for is put right when a lead turns out to be something else."""

    def test_a_lead_that_becomes_a_duplicate(self) -> None:
        """It counted as good and counts against its source now; standing alone again it counts as before."""
        records = Records({"a": [8.0, 10.0, 0.0, 0.0]})
        records.revised("a", True, False)
        assert records.of["a"] == Record(7.0, 10.0)
        records.revised("a", False, True)
        assert records.of["a"] == Record(8.0, 10.0)

    def test_the_same_event_says_nothing(self) -> None:
        """A lead that turns out to be a record sent twice is no lead of its source at all."""
        records = Records({"a": [8.0, 10.0, 0.0, 0.0]})
        records.revised("a", True, None)
        assert records.of["a"] == Record(7.0, 9.0)

    def test_an_end_moves_to_another_source(self) -> None:
        """One win less for one, one more for the other; and none for either where it had been counted twice."""
        records = Records({"a": [1.0, 1.0, 3.0, 9.0]})
        records.moved("a", "b", True)
        records.moved("a", None, False)
        records.moved("a", "a", True)
        assert (records.of["a"], records.of["b"]) == (Record(1.0, 1.0, 2.0, 7.0), Record(0.0, 0.0, 1.0, 1.0))

    def test_progress_follows(self) -> None:
        """Decisions of a lead: routed, found to be a duplicate, standing alone again: its source is as good as at first."""
        progress = Progress(Ledger(), OnlineModel(), {}, {})
        base = {
            "lead_id": "ld_2",
            "source": "a",
            "received_at": 0,
            "numbers": {},
            "categories": {"source": "a"},
            "violations": [],
        }
        states = []
        for n, (fate, of, kind) in enumerate(
            [("routed", None, None), ("duplicate", "ld_1", "same_lead"), ("routed", None, None)], start=1
        ):
            value = base | {"fate": fate, "duplicate_of": of, "duplicate_kind": kind, "revision": n}
            progress.apply(Entry(("decisions", 0), n, n, value))
            states.append(progress.records.state()["a"])
        assert states == [[1.0, 1.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [1.0, 1.0, 0.0, 0.0]]
