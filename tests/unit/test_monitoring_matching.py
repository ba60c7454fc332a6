"""What rings for matching: chains, an index that is away, questions that nobody answers, duplicates by kind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

from app.monitoring.matching import BACKLOG, CALM_AFTER
from app.monitoring.observation import observe, settles
from app.monitoring.verdicts import Kind
from app.monitoring.watch import Watch, WatchSettings

MINUTE = 60_000
ROOT_DIR = Path(__file__).parents[2]
ROOT = "ld_00000000000000000001"
Made = Callable[[int], dict[str, Any]]


def decision(n: int, dedupe: str = "new", **more: Any) -> dict[str, Any]:
    fate = {"same_event": "duplicate", "merged": "duplicate", "asked": "review"}.get(dedupe, "routed")
    return {"source": "shop", "lead_id": f"ld_{n}", "fate": fate, "received_at": 0, "dedupe": dedupe, "revision": 1} | more


def answered(n: int) -> dict[str, Any]:
    """A person has said that a lead is its own."""
    return decision(n, revision=2, revises="review", review_reasons=["possible_duplicate"], fate="routed")


class Watched:
    """A watch of one source, sixty leads a minute."""

    def __init__(self, alerts: list[dict[str, Any]] | None = None) -> None:
        self.watch = Watch(WatchSettings(), {"shop": 3_600.0}, alerts or ())
        self.minute, self.records = 0, list[dict[str, Any]]()

    def minutes(self, count: int, made: Made = decision, more: int = 0, of: Made = answered) -> Watched:
        for _ in range(count):
            begin = self.minute * MINUTE
            for n in range(60):
                self.watch.observe(made(n) | {"received_at": begin + n * 1000}, begin + n * 1000)
            for n in range(more):
                self.watch.observe(of(n) | {"received_at": begin}, begin + 30_000)
            self.minute += 1
            self.records += self.watch.tick(self.minute * MINUTE)
        return self

    @property
    def told(self) -> list[tuple[str, str, str]]:
        return [(record["kind"], record["source"], record["status"]) for record in self.records]


def of_every(n: int, other: str, **more: Any) -> Made:
    """Every n-th lead is something else."""
    return lambda at: decision(at, other, **more) if at % n == 0 else decision(at)


def test_one_lead_too_many_for_a_person_rings() -> None:
    """It names the lead and the person, and is over when none came for a while."""
    chained = of_every(60, "asked", match={"chained": True, "root": ROOT, "lead": "ld_9"})
    watched = Watched().minutes(10).minutes(2, chained).minutes(CALM_AFTER - 1)
    assert watched.told == [("match_chain", "shop", "firing")]
    (fired,) = watched.records
    assert fired["sample_lead_ids"] == ["ld_0", ROOT]
    assert "su_00000000000000000001" in fired["summary"]
    assert watched.minutes(1).told[1:] == [("match_chain", "shop", "resolved")]


def test_an_index_that_is_away_rings_for_all_sources_once() -> None:
    """While leads are decided as unknown, and no longer."""
    watched = Watched().minutes(10).minutes(3, of_every(2, "unknown")).minutes(2)
    assert watched.told == [("dedupe_unknown", "*", "firing"), ("dedupe_unknown", "*", "resolved")]
    assert watched.records[0]["observed"] == 0.5
    assert watched.records[0]["severity"] == "error"


def test_questions_that_nobody_answers_ring() -> None:
    """A backlog that grows beyond its limit rings once; answers resolve it when a quarter is gone."""
    watched = Watched().minutes(BACKLOG // 6 + 2, of_every(10, "asked"))
    assert watched.told == [("review_backlog", "*", "firing")]
    watched.minutes(20)
    assert all(status == "firing" for _, _, status in watched.told), "nobody asks any more, and nobody answers"
    assert watched.minutes(2, more=40).told[-1] == ("review_backlog", "*", "resolved")


def test_a_question_that_waits_for_a_second_person_is_not_answered() -> None:
    """The first of two has said something; the lead is still held."""
    half = settles({**answered(1), "fate": "review"})
    assert (settles(answered(1)), settles({**answered(1), "fate": "rejected"}), half) == (True, True, False)


def test_questions_that_are_answered_do_not_ring() -> None:
    """However many there are."""
    assert Watched().minutes(120, of_every(10, "asked"), more=6).told == []


def test_who_begins_while_it_rings_does_not_call_it_over() -> None:
    """A monitor that starts anew knows that there are many, and not how many: it waits for answers."""
    first = Watched().minutes(BACKLOG // 6 + 2, of_every(10, "asked"))
    again = Watched(first.records)
    again.minute = first.minute
    again.watch.skip(again.minute * MINUTE)
    assert again.minutes(30).told == []
    assert again.minutes(3, more=40).told == [("review_backlog", "*", "resolved")]


def test_revisions_are_no_records() -> None:
    """A flood of revisions is no spike, no leads of the source, and no duplicates."""
    twice: Made = lambda n: decision(n, "merged", revision=2, revises="routed", fate="duplicate")  # noqa: E731
    assert Watched().minutes(40).minutes(5, more=5_000, of=twice).told == []


def test_kinds_of_duplicates_ring_apart() -> None:
    """The same event again is the producer's fault, the same lead by another event is the sources'; questions are told, too."""
    for other, kind in (("same_event", "duplicate_spike"), ("merged", "merged_spike"), ("asked", "possible_duplicates")):
        watched = Watched().minutes(20).minutes(3, of_every(2, other)).minutes(3)
        told = [one for one in watched.told if one[0] != "review_backlog"]
        assert told == [(kind, "shop", "firing"), (kind, "shop", "resolved")]


def test_decisions_from_before_version_3_are_told_apart() -> None:
    """They name the kind of a duplicate in other words."""
    old = {"source": "shop", "lead_id": "ld_1", "fate": "duplicate", "received_at": 0}
    assert observe(old | {"duplicate_kind": "same_event"}, 1).dedupe == "same_event"
    assert observe(old | {"duplicate_kind": "same_phone"}, 1).dedupe == "merged"
    assert observe(old | {"fate": "routed"}, 1).dedupe == ""


def test_every_kind_has_a_section_in_the_runbook() -> None:
    """What an alert's address leads to is there."""
    sections = {line.removeprefix("## ") for line in (ROOT_DIR / "docs/alerts.md").read_text().splitlines() if line[:3] == "## "}
    assert sections == set(get_args(Kind))
