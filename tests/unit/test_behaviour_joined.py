"""Behaviour in the pipeline: one question for a batch, and how each enrichment ended is counted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import orjson
import pytest
from pydantic import SecretStr

from app.edges.memory import FixedModel, MemoryJourneys
from app.edges.memory_index import MemoryMatchIndex
from app.errors import EnrichmentMissing
from app.ops import metrics
from app.ops.counting import count_fates
from app.pipeline.behaviour import browser_of
from app.pipeline.enrichment.outcome import outcomes
from app.pipeline.fate import DeadLetter, Fate
from app.pipeline.lead import Lead
from app.pipeline.scoring import RULES
from app.pipeline.source import InboundEvent, Position
from app.ports import Journey, Moved, Visitor
from app.settings import AppSettings, JourneysSettings, KafkaSettings, RedisSettings, RegistrySettings
from app.steering import Steering
from app.wiring import Installation

NOW = 1_790_000_000_000
INSTALLATION = Installation(
    AppSettings(pepper=SecretStr("0123456789abcdef pepper of tests")), KafkaSettings(), RedisSettings(), RegistrySettings()
)


class Asked(MemoryJourneys):
    """Counts the questions; answers like a store that is away where it is told to."""

    def __init__(self, away: Literal["slow", "down"] | None = None) -> None:
        super().__init__()
        self.away, self.questions = away, 0

    def of(self, visitors: Sequence[Visitor]) -> list[Journey | None]:
        self.questions += 1
        if self.away:
            raise EnrichmentMissing(self.away)
        return super().of(visitors)


def seen(journeys: MemoryJourneys, visitor: str) -> None:
    """The visitor saw one page."""
    browser = browser_of(visitor, INSTALLATION.pseudonyms)
    assert browser is not None
    at = NOW - 60_000
    journeys.keep(0, journeys.position(0), at, [Moved(browser, ((at, f"{at:013d}|p||news.example|m"),))])


def processed(journeys: MemoryJourneys | None, *leads: dict[str, str] | None) -> list[Fate]:
    """What becomes of calls to identify; None: of a record that is none."""
    events = [
        InboundEvent(
            Position("leads.inbound.segment-identify", 0, n), None, b"x" if lead is None else orjson.dumps(lead), (), NOW
        )
        for n, lead in enumerate(leads)
    ]
    identity, steering = INSTALLATION.identity(MemoryMatchIndex()), Steering(journeys=journeys)
    made = INSTALLATION.pipeline(identity, FixedModel(RULES), steering=steering)
    return made.process(events)


def called(n: int, visitor: str) -> dict[str, str]:
    return {"messageId": f"m{n}", "timestamp": "2026-09-21T14:13:20Z", "anonymousId": visitor, "email": f"jo{n}@example.org"}


def lead_of(fate: Fate) -> Lead:
    assert not isinstance(fate, DeadLetter)
    return fate.lead


def test_a_batch_asks_once_and_each_lead_has_its_own_journey() -> None:
    """Known, unknown and dead letter side by side: one question, answers where they belong, duplicates included."""
    journeys = Asked()
    seen(journeys, "visitor-1")
    fates = processed(journeys, called(0, "visitor-1"), None, called(1, "visitor-2"), called(0, "visitor-1"))
    assert journeys.questions == 1
    assert [lead_of(fates[n]).pages_viewed for n in (0, 2, 3)] == [1, None, 1]
    assert (lead_of(fates[0]).first_touch, lead_of(fates[0]).enrichments) == ("news.example", {})


@pytest.mark.parametrize("how", ["slow", "down"])
def test_a_store_that_is_away_changes_no_fate(how: Literal["slow", "down"]) -> None:
    """The same fates as with a store that knows nothing; the leads name what they miss."""
    leads = [called(n, f"visitor-{n}") for n in range(3)]
    with_it, without = processed(Asked(), *leads), processed(Asked(how), *leads)
    assert [type(fate) for fate in without] == [type(fate) for fate in with_it]
    assert [lead_of(fate).enrichments for fate in without] == [{"behaviour": how}] * 3


def test_nobody_asks_where_it_is_switched_off() -> None:
    """LEADSTREAM_BEHAVIOUR=false: no store is made, and no lead misses anything."""
    off = Installation(AppSettings(behaviour=False), KafkaSettings(), RedisSettings(), RegistrySettings())
    assert off.journeys_asked() is None
    (fate,) = processed(None, called(0, "visitor-1"))
    assert lead_of(fate).enrichments == {}


class TestOutcomes:
    def test_what_was_found_and_what_was_not(self) -> None:
        """Each enrichment once: ok where it found something, missing where nothing is known."""
        lead = Lead("ld_1", "s", "e", NOW, NOW, country="DE", sessions=2)
        assert dict(outcomes(lead)) == {
            "place": "ok", "company": "missing", "campaign": "missing", "device": "missing", "behaviour": "ok",
        }  # fmt: skip

    def test_what_failed_is_named_as_the_lead_names_it(self) -> None:
        """slow, down and failed replace missing; a lookup within an enrichment stands beside it."""
        lead = Lead("ld_1", "s", "e", NOW, NOW, enrichments={"behaviour": "slow", "company": "failed", "ip": "failed"})
        ended = outcomes(lead)
        assert len(ended) == len(dict(ended)) == 6
        assert [dict(ended)[name] for name in ("behaviour", "company", "ip", "place")] == ["slow", "failed", "failed", "missing"]

    def test_they_are_counted(self) -> None:
        """A committed batch moves the counter of each enrichment and outcome; dead letters were not enriched."""

        def count(outcome: str) -> float:
            labels = {"enrichment": "behaviour", "outcome": outcome}
            return metrics.REGISTRY.get_sample_value("leadstream_enrichments_total", labels) or 0.0

        before = [count(outcome) for outcome in ("down", "missing")]
        count_fates(processed(Asked("down"), called(0, "visitor-1"), called(1, "visitor-2"), None))
        count_fates(processed(Asked(), called(2, "visitor-3")))
        assert [count(outcome) for outcome in ("down", "missing")] == [before[0] + 2, before[1] + 1]


class TestSettings:
    def test_the_redis_of_the_claims_unless_another_is_named(self) -> None:
        """Asking has the budget for its time limit, keeping an ordinary one."""
        claims = RedisSettings(url=SecretStr("redis://claims:1/0"), timeout_s=3.0)
        own = JourneysSettings(url=SecretStr("redis://journeys:2/0"))
        assert JourneysSettings().asking(claims).url.get_secret_value() == "redis://claims:1/0"
        assert own.asking(claims).url.get_secret_value() == "redis://journeys:2/0"
        assert (own.asking(claims).timeout_s, own.keeping(claims).timeout_s) == (0.05, 1.0)
