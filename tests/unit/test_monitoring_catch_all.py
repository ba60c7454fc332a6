"""The catch-all's share: a rule that takes less than was meant is told, chance is not."""

from __future__ import annotations

import random
from typing import Any

import pytest

from app.monitoring.catch_all import CatchAll
from app.monitoring.watch import Watch, WatchSettings
from app.monitoring.windows import Window

MINUTE = 60_000


class Watched:
    """Sources of sixty leads a minute each."""

    def __init__(self, *sources: str, seed: int = 1) -> None:
        self.watch = Watch(WatchSettings(catch_all_share=0.25), dict.fromkeys(sources, 3_600.0))
        self.random, self.minute, self.leads = random.Random(seed), 0, 0

    def minutes(self, count: int, shares: dict[str, float], **more: Any) -> list[tuple[str, str, str]]:
        """Minutes in which each source's leads are left to the catch-all so often; what was told."""
        told = []
        for _ in range(count):
            begin = self.minute * MINUTE
            for n in range(60):
                for source, share in shares.items():
                    rule = "catch-all" if self.random.random() < share else "shop"
                    about = {"source": source, "lead_id": f"ld_{self.leads}", "fate": "routed", "rule": rule, "revision": 1}
                    self.watch.observe(about | {"received_at": begin + n * 1000} | more, begin + n * 1000)
                    self.leads += 1
            self.minute += 1
            records = self.watch.tick(self.minute * MINUTE)
            told += [(record["kind"], record["source"], record["status"]) for record in records]
        return told


@pytest.mark.parametrize("seed", range(5))
def test_chance_raises_nothing(seed: int) -> None:
    """Three hours at six of a hundred leads raise no alert, nor does a source that has always left a fifth."""
    assert Watched("shop", "form", seed=seed).minutes(180, {"shop": 0.06, "form": 0.20}) == []


def test_a_rule_that_takes_less_than_before_is_told_and_over_when_mended() -> None:
    """From three to thirty of a hundred, within 500 leads; it names leads to look at."""
    watched = Watched("shop")
    watched.minutes(30, {"shop": 0.03})
    told = watched.minutes(8, {"shop": 0.30})
    assert told == [("catch_all_share", "shop", "firing")]
    (record,) = watched.watch.firing
    assert len(record["sample_lead_ids"]) == 5
    assert "were taken by no rule and left to the catch-all" in record["summary"]
    assert ("catch_all_share", "shop", "resolved") in watched.minutes(30, {"shop": 0.03})


def test_a_gap_that_was_there_from_the_beginning_is_told() -> None:
    """More than the limit is too much however usual it is, and stays so until it is mended."""
    watched = Watched("shop")
    assert watched.minutes(10, {"shop": 0.45}) == [("catch_all_share", "shop", "firing")]
    watched.minutes(200, {"shop": 0.45})
    assert [record["kind"] for record in watched.watch.firing] == ["catch_all_share"]


def test_all_sources_together_have_a_share_too() -> None:
    """Where each source alone sends little, or the gap is everywhere, all together are told of."""
    watched = Watched("shop", "form")
    watched.minutes(20, {"shop": 0.03, "form": 0.03})
    assert ("catch_all_share", "*", "firing") in watched.minutes(20, {"shop": 0.5, "form": 0.5})


def test_leads_that_are_read_wrongly_are_not_told_twice() -> None:
    """Without their e-mail addresses leads fit no rule: what is told is that the field is missing."""
    watched = Watched("shop")
    watched.minutes(30, {"shop": 0.03})
    told = watched.minutes(10, {"shop": 0.6}, violations=["email:missing"])
    told += watched.minutes(10, {"shop": 0.03})
    assert {kind for kind, _, _ in told} == {"missing_field"}


def test_a_restart_does_not_end_what_rings() -> None:
    """Who begins in the middle of it says nothing until it has seen that all is well."""
    begun = CatchAll(0.25, learns=True)
    assert begun.judge(Window("shop", 0, MINUTE, placed=10, caught=6)).state == "unclear"
    assert begun.judge(Window("shop", 0, MINUTE, placed=200, caught=4)).state == "calm"
    assert begun.judge(Window("shop", 0, MINUTE)).state == "unclear"


def test_a_window_that_is_in_order_does_not_ring_for_those_before() -> None:
    """However much was amiss before: what is told is what can still be seen."""
    one, amiss = CatchAll(0.25, learns=True), Window("shop", 0, MINUTE, placed=200, caught=150)
    assert [one.judge(amiss).state for _ in range(3)][-1] == "breach"
    assert one.judge(Window("shop", 0, MINUTE, placed=200, caught=8)).state == "unclear"


def test_what_wrongly_read_leads_showed_is_forgotten() -> None:
    """Leads without their fields fit no rule; once they have them again, it is as if nothing had been."""
    one, amiss = CatchAll(0.25, learns=True), Window("shop", 0, MINUTE, placed=200, caught=150)
    for _ in range(3):
        one.judge(amiss)
        one.learn(amiss, {"missing_field"})
    assert one.judge(Window("shop", 0, MINUTE, placed=200, caught=8)).state == "calm"
