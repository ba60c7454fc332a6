"""Every decision on the simulator's usual mix explains its score, and tells nothing of the person."""

from __future__ import annotations

import math
from typing import Any

import pytest

from app.edges.memory import FixedModel
from app.edges.memory_index import MemoryMatchIndex
from app.pipeline.fate import Review, Routed
from app.pipeline.lead import Lead
from app.pipeline.scoring import RULES
from app.ports import Model
from tests.benchmarks.material import learned, material, nowhere

RECORDS = 600
INSTALLATION = nowhere()
STUFF = material(INSTALLATION, 2 * RECORDS)
PERSONAL = ("email", "phone", "full_name", "last_name", "street", "company", "message", "ip")


def decided(model: Model) -> list[tuple[Lead, dict[str, Any]]]:
    """Scored leads with their decisions, as they are read back from Kafka."""
    pipeline = INSTALLATION.pipeline(INSTALLATION.identity(MemoryMatchIndex()), FixedModel(model))
    delivery, found = INSTALLATION.delivery(), []
    for fate in pipeline.process(STUFF.events[RECORDS:]):
        if isinstance(fate, Routed | Review):
            value = delivery.outgoing(fate)[1].value
            found.append((fate.lead, INSTALLATION.codec.decode(value or b"", "decision")))
    return found


@pytest.fixture(scope="module", params=["rules", "learned"])
def decisions(request: pytest.FixtureRequest) -> list[tuple[Lead, dict[str, Any]]]:
    """By the fixed rules, and by a model that has learned some hundred outcomes."""
    model = RULES if request.param == "rules" else learned(INSTALLATION, STUFF.planned[:RECORDS], STUFF.events[:RECORDS])
    return decided(model)


def test_contributions_sum_to_the_log_odds_of_the_score(decisions: list[tuple[Lead, dict[str, Any]]]) -> None:
    """With the bias, to 1e-9, in each."""
    assert len(decisions) > RECORDS / 2
    for _, told in decisions:
        log_odds = math.log(told["score"] / (1.0 - told["score"]))
        assert sum(told["contributions"].values()) == pytest.approx(log_odds, abs=1e-9)


def test_nearly_every_lead_has_reasons_for_and_against(decisions: list[tuple[Lead, dict[str, Any]]]) -> None:
    """An explanation that says nothing is none: at most one lead of a hundred goes without, and five reasons are the most."""
    counts = [len(told["reasons"]) for _, told in decisions]
    assert sum(count == 0 for count in counts) <= len(counts) / 100
    assert max(counts) <= 5
    signs = {reason[:2] for _, told in decisions for reason in told["reasons"]}
    assert signs == {"+ ", "- "}


def test_reasons_and_features_hold_nothing_of_the_person(decisions: list[tuple[Lead, dict[str, Any]]]) -> None:
    """No address, number, name, street, company or message stands in reasons, counterfactual, groups or features."""
    for lead, told in decisions:
        texts = [*told["reasons"], told["counterfactual"] or "", *told["groups"].values()]
        texts += [text for name, text in told["categories"].items() if name not in ("campaign", "interest")]
        said = " | ".join(texts).lower()
        for field in PERSONAL:
            value = getattr(lead, field)
            assert value is None or len(value) < 5 or value.lower() not in said, field


def test_what_would_have_lifted_a_lead_is_told_of_some(decisions: list[tuple[Lead, dict[str, Any]]]) -> None:
    """Of leads below hot alone, and to a better band than theirs."""
    lifted = [(told["band"], told["counterfactual"]) for _, told in decisions if told["counterfactual"]]
    assert len(lifted) > len(decisions) / 20
    assert {(band, text.rsplit(" ", 1)[1]) for band, text in lifted} <= {("cold", "warm"), ("cold", "hot"), ("warm", "hot")}
