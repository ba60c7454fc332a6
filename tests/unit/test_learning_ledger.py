"""Delayed labels: late, out of order, reversed, repeated, unknown, never."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from app.learning.horizons import Horizons
from app.learning.ledger import Ledger
from app.learning.lessons import Label, Lesson, Moved, Outcome

DAY = 86_400_000


def decision(lead_id: str, received_at: int = 0, fate: str = "routed", **numbers: float) -> dict[str, Any]:
    return {"lead_id": lead_id, "fate": fate, "received_at": received_at, "numbers": numbers, "categories": {"source": "a"}}


def labels(lessons: Iterable[Lesson]) -> list[bool]:
    return [one.won for one in lessons if isinstance(one, Label)]


class Books:
    """A ledger that numbers its own records."""

    def __init__(self, **limits: Any) -> None:
        self.ledger, self._offset = Ledger(**limits), 0

    def decide(self, lead_id: str, received_at: int = 0, fate: str = "routed", **numbers: float) -> list[bool]:
        self._offset += 1
        return labels(self.ledger.decided(0, self._offset, decision(lead_id, received_at, fate, **numbers)))

    def report(self, lead_id: str, outcome: str, at: int = 1, event_id: str | None = None) -> list[bool]:
        self._offset += 1
        return labels(self.ledger.reported(Outcome(0, self._offset, lead_id, outcome, at, event_id)))


def test_won_teaches_1_and_lost_0() -> None:
    """A final outcome is a label, with the features as they were when the lead was scored."""
    ledger = Ledger()
    list(ledger.decided(0, 5, decision("ld_1", x=1.5)))
    (label,) = ledger.reported(Outcome(0, 0, "ld_1", "won", 1, None))
    assert isinstance(label, Label)
    assert (label.numbers, label.categories, label.won) == ({"x": 1.5}, {"source": "a"}, True)


def test_a_lead_that_people_rejected_teaches_as_it_was_scored() -> None:
    """Its features stay known: `disqualified` by the reviewer is a loss, and `reopened` takes it back."""
    books = Books()
    books.decide("ld_1", has_phone=1.0)
    books.decide("ld_1", fate="rejected", has_phone=1.0)
    assert books.report("ld_1", "disqualified") == [False]


@pytest.mark.parametrize("outcome", ["contacted", "qualified", "sold?"])
def test_others_teach_nothing(outcome: str) -> None:
    """Steps on the way, and words nobody knows, are counted and not learned."""
    books = Books()
    books.decide("ld_1")
    assert books.report("ld_1", outcome) == []
    assert books.report("ld_1", "won", 2) == [True]


@pytest.mark.parametrize("event_id", ["crm-1", None])
def test_delivered_twice_is_learned_once(event_id: str | None) -> None:
    """A repeated outcome is recognised by its id, else by outcome and time, even after a reversal."""
    books = Books()
    books.decide("ld_1")
    assert books.report("ld_1", "won", 1, event_id) == [True]
    assert books.report("ld_1", "won", 1, event_id) == []
    assert books.report("ld_1", "lost", 2) == [False]
    assert books.report("ld_1", "won", 1, event_id) == []
    assert books.ledger.counts["repeated"] == 2


@pytest.mark.parametrize("reversal", ["lost", "reopened"])
def test_a_reversed_win_is_corrected_once(reversal: str) -> None:
    """Won, then lost or reopened: the correction is learned once."""
    books = Books()
    books.decide("ld_1")
    assert books.report("ld_1", "won", 1) == [True]
    assert books.report("ld_1", reversal, 2) == [False]
    assert books.report("ld_1", "lost", 3) == []
    assert books.report("ld_1", "won", 4) == [True]


def test_a_reopened_loss_waits_for_the_next_final_outcome() -> None:
    """Open again is neither won nor lost."""
    books = Books()
    books.decide("ld_1")
    assert books.report("ld_1", "lost", 1) == [False]
    assert books.report("ld_1", "reopened", 2) == []
    assert books.report("ld_1", "won", 3) == [True]


def test_the_last_to_happen_counts_whatever_comes_first() -> None:
    """An outcome that arrives after a later one does not take it back."""
    books = Books()
    books.decide("ld_1")
    assert books.report("ld_1", "lost", 5) == [False]
    assert books.report("ld_1", "won", 3) == []
    assert books.ledger.counts["superseded"] == 1


def test_an_outcome_before_its_decision_waits() -> None:
    """It is learned when the decision comes, and waiting is bounded."""
    books = Books(waiting=2)
    for n in range(3):
        assert books.report(f"ld_{n}", "won") == []
    assert books.decide("ld_0") == []  # pushed out
    assert books.decide("ld_2") == [True]
    assert books.ledger.counts["gave_up"] == 1


def test_pending_leads_are_bounded() -> None:
    """The oldest is forgotten and counted."""
    books = Books(pending=2)
    for n in range(3):
        books.decide(f"ld_{n}")
    assert len(books.ledger) == 2
    assert books.report("ld_0", "won") == []
    assert books.report("ld_2", "won") == [True]
    assert books.ledger.counts["forgotten"] == 1


@pytest.mark.parametrize("fate", ["duplicate", "dead_letter"])
def test_only_scored_leads_are_learned_from(fate: str) -> None:
    """Duplicates and dead letters have no score to learn from."""
    books = Books()
    books.decide("ld_1", fate=fate)
    assert books.ledger.counts["scored"] == 0


def test_silence_counts_as_not_won_after_the_horizon() -> None:
    """By record time; a late win corrects it, a late loss agrees."""
    books = Books(horizon_ms=30 * DAY)
    books.decide("ld_1", 0)
    books.decide("ld_2", 1)
    assert books.decide("ld_3", 29 * DAY) == []
    assert books.decide("ld_4", 31 * DAY) == [False, False]
    assert books.report("ld_1", "won", 40 * DAY) == [True]
    assert books.report("ld_2", "lost", 40 * DAY) == []


def test_names_what_must_be_read_again() -> None:
    """The oldest decision that is still remembered, and the oldest outcome that touched a remembered lead or waits."""
    ledger = Ledger(pending=2)
    for offset in (10, 20, 30):
        list(ledger.decided(1, offset, decision(f"ld_{offset}")))
        list(ledger.reported(Outcome(2, offset + 5, f"ld_{offset}", "won", 1, None)))
    assert ledger.oldest_needed() == {("decisions", 1): 20, ("outcomes", 2): 25}
    list(ledger.reported(Outcome(2, 7, "ld_unknown", "won", 1, None)))
    assert ledger.oldest_needed()["outcomes", 2] == 7


class TestRevisions:
    """Decisions are revised: the newest holds."""

    def revise(self, books: Books, revision: int, fate: str, **more: Any) -> list[Any]:
        books._offset += 1
        return list(books.ledger.decided(0, books._offset, decision("ld_2", fate=fate) | {"revision": revision} | more))

    def test_a_merged_lead_gives_its_outcome_away(self) -> None:
        """Two leads of two sources, each reported won: merged they are one win, and the second source has none."""
        books = Books()
        for lead, source in (("ld_1", "first"), ("ld_2", "second")):
            books._offset += 1
            list(books.ledger.decided(0, books._offset, decision(lead) | {"source": source}))
            assert books.report(lead, "won", event_id=f"crm-{lead}") == [True]
        merged = self.revise(books, 2, "duplicate", duplicate_of="ld_1", duplicate_kind="same_lead", source="second")
        assert merged == [Moved("second", None, True)]
        assert books.report("ld_2", "lost", 5) == [False]
        assert books.report("ld_1", "won", 5) == [True], "of one moment, the one told last counts"

    def test_it_is_scored_anew_when_it_stands_alone(self) -> None:
        """A duplicate from the beginning had no features; its revision has, and what is reported later is learned from those."""
        books = Books()
        books.decide("ld_1", x=1.0)
        self.revise(books, 1, "duplicate", duplicate_of="ld_1", duplicate_kind="same_lead")
        assert books.report("ld_2", "won") == [True], "it counts for the lead that it was merged into"
        (moved,) = self.revise(books, 2, "routed", numbers={"x": 2.0}, source="other")
        assert moved == Moved("", "other", True)
        books._offset += 1
        (label,) = books.ledger.reported(Outcome(0, books._offset, "ld_2", "lost", 9, None))
        assert isinstance(label, Label)
        assert (label.numbers, label.won, label.corrects) == ({"x": 2.0}, False, True)

    def test_an_older_revision_changes_nothing(self) -> None:
        """Read again after a newer one, it is passed over."""
        books = Books()
        books.decide("ld_1")
        self.revise(books, 3, "routed", numbers={"x": 3.0})
        assert self.revise(books, 2, "duplicate", duplicate_of="ld_1", duplicate_kind="same_lead") == []
        assert books.report("ld_2", "won") == [True]
        assert books.ledger.counts["outdated"] == 1

    def test_the_same_event_again_is_nobody(self) -> None:
        """Nobody outside knows a lead by the id of a record that was sent twice: a flood of one event pushes nothing out."""
        books = Books(pending=2)
        books.decide("ld_1")
        for n in range(20):
            books._offset += 1
            again = decision(f"ld_again{n}", fate="duplicate") | {"duplicate_of": "ld_1", "duplicate_kind": "same_event"}
            assert list(books.ledger.decided(0, books._offset, again)) == []
        assert books.report("ld_1", "won") == [True]


class TestOutcomeNames:
    """What users' CRMs say."""

    @pytest.mark.parametrize("outcome", ["refunded", "cancelled", "disqualified", "Closed Lost", "charged-back", "UNQUALIFIED"])
    def test_a_sale_that_did_not_stay_is_none(self, outcome: str) -> None:
        """Money that went back, and leads that nobody should have had, count as not won, however the CRM writes it."""
        books = Books()
        books.decide("ld_1")
        assert books.report("ld_1", "Closed-Won", 1) == [True]
        assert books.report("ld_1", outcome, 2) == [False]
        assert books.ledger.counts["reversed"] == 1

    def test_one_id_for_all_events_of_a_deal(self) -> None:
        """A CRM that gives the deal's id for the event's is still heard when the deal turns; sent again it is repeated."""
        books = Books()
        books.decide("ld_1")
        assert books.report("ld_1", "won", 1, "deal-1") == [True]
        assert books.report("ld_1", "refunded", 2, "deal-1") == [False]
        assert books.report("ld_1", "refunded", 3, "deal-1") == []
        assert books.ledger.counts["repeated"] == 1

    def test_a_reopened_lead_counts_for_nobody(self) -> None:
        """Won, reopened, won again: a win of the source, then nothing, then the win once more."""
        ledger = Ledger()
        list(ledger.decided(0, 0, decision("ld_1") | {"source": "ads"}))
        told = [Outcome(0, at, "ld_1", what, at, None) for at, what in enumerate(["won", "reopened", "won"])]
        lessons = [one for outcome in told for one in ledger.reported(outcome)]
        assert [(one.won, one.corrects) if isinstance(one, Label) else (one.source, one.to) for one in lessons] == [
            (True, False), (False, True), ("ads", None), (None, "ads"), (True, True),
        ]  # fmt: skip


class TestHorizons:
    """How long an end is waited for."""

    def test_each_source_has_its_own(self) -> None:
        """Declared for a source, by days; another source's decisions let the time pass, so a silent source expires, too."""
        ledger = Ledger(horizon_ms=90 * DAY, declared={"ads": 5 * DAY})
        for lead, source in (("ld_1", "ads"), ("ld_2", "fair")):
            list(ledger.decided(0, int(lead[-1]), decision(lead) | {"source": source}))
        assert labels(ledger.decided(1, 0, decision("ld_3", 5 * DAY) | {"source": "web"})) == [False]
        assert labels(ledger.decided(1, 1, decision("ld_4", 90 * DAY) | {"source": "web"})) == [False]

    def test_it_is_learned_from_the_wins(self) -> None:
        """Where none is declared it is the time within which nearly all wins came, once the slow ones had the time to come."""
        horizons = Horizons(default_ms=90 * DAY)
        horizons.seen("ads", 0)
        for n in range(200):
            horizons.won("ads", (10 + n % 10) * DAY, n * DAY // 10)
        assert horizons.of("ads") == 90 * DAY, "20 days in, those that take 30 cannot have come"
        for n in range(200):
            horizons.won("ads", (10 + n % 10) * DAY, (20 + n) * DAY)
        assert 19 * DAY < (horizons.of("ads") or 0) < 24 * DAY
        assert horizons.of("fair") == horizons.of("ads"), "a source without wins is taken for an ordinary one"
        again = Horizons(default_ms=90 * DAY)
        again.restore(horizons.state())
        assert again.state() == horizons.state()

    def test_no_clock_of_a_sender_lets_time_pass(self) -> None:
        """A lead whose sender's clock stands in the year 2099, or at 0, expires neither the others nor itself."""
        ledger = Ledger(horizon_ms=DAY)
        list(ledger.decided(0, 0, decision("ld_1", 100 * DAY), at=100 * DAY))
        for offset, received_at in enumerate([47_000 * DAY, 0], 1):
            assert labels(ledger.decided(0, offset, decision(f"ld_{offset}x", received_at), at=100 * DAY)) == []
        assert labels(ledger.decided(0, 9, decision("ld_9", 101 * DAY), at=101 * DAY)) == [False, False, False]
