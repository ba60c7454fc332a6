"""What rollouts change in a lead's handling."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from app.edges.candidates import FoundCandidates
from app.edges.memory import MemoryToggles
from app.inventory.candidates import check_candidates
from app.inventory.models import Condition, Inventory, Routing, Rule, Source, Team
from app.pipeline.deciding import HELD, Decided, Decider
from app.pipeline.lead import Lead
from app.pipeline.routing import Router
from app.pipeline.scoring import RULES
from app.ports import Model, Placed, Prediction

SOURCE = Source.model_validate(
    {
        "name": "web",
        "description": "the shop's form",
        "owner": "web-team",
        "format": "json",
        "mapping": {"fields": {"email": "email"}},
        "expected_per_hour": 10,
        "automation": 0.0,
    }
)
TEAMS = {name: Team(name=name, description=name) for name in ("north", "south", "desk")}
CANDIDATE = Routing(version=7, rules=(Rule(name="new", when=Condition(countries=("SE",)), team="south"),), catch_all="desk")
USUAL = Routing(
    version=1,
    rules=(Rule(name="old", when=Condition(countries=("SE",)), team="north"),),
    catch_all="desk",
    review_below_confidence=0.0,
)
YAML = "version: {}\nrules: [{{name: new, when: {{countries: [SE]}}, team: {}}}]\ncatch_all: desk\n"


class Sure:
    """A model that always says the same."""

    version, labels_learned = "online-9-a", 100_000

    def reliability(self, source: str, prior: float | None) -> float:
        return 0.5

    def predict(self, numbers: Any, categories: Any) -> Prediction:
        return Prediction(0.9, {"bias": 2.197})

    def changed(self, numbers: Any, categories: Any, prediction: Prediction, changes: Any) -> float:
        return 0.9

    def usual(self, number: str) -> float | None:
        return None


class Fixed:
    """One placing, one candidate each."""

    def __init__(self, placed: Placed, *, there: bool = True) -> None:
        self._placed, self._there = placed, there

    def place(self, source: str, key: str) -> Placed:
        return self._placed

    def router(self, name: str) -> Router | None:
        return Router(CANDIDATE, TEAMS) if self._there else None

    def model(self, version: str) -> Model | None:
        return Sure() if self._there else None


def decide(placed: Placed, *, there: bool = True) -> Decided:
    inventory, fixed = Inventory(sources={"web": SOURCE}, teams=TEAMS, routing=USUAL), Fixed(placed, there=there)
    lead = Lead("ld_" + "0" * 20, "web", "e", 1, 1, country="SE", email="a@example.org")
    return Decider(inventory, MemoryToggles(), fixed, fixed).decide(lead, SOURCE, RULES, "new", "su_1")


def test_control_is_proposed_by_the_machine_and_decided_by_people() -> None:
    """The decision holds the machine's proposal, the reason `rollout`, the arms, and when the rollout changed."""
    decided = decide(Placed({"web": "control"}, held=True, version="web@5"))
    assert decided.review[0] == HELD
    assert "automation_share" not in decided.review
    assert decided.to.team == "north"
    assert (decided.handling.arms, decided.handling.rollouts_version) == ({"web": "control"}, "web@5")


def test_who_is_in_needs_no_other_share() -> None:
    """The source's own share leaves all to people; for the rollout's arm that does not hold."""
    assert "automation_share" in decide(Placed()).review
    assert decide(Placed({"web": "candidate"}, automated=True)).review == ()


def test_candidate_rules_decide_and_are_named() -> None:
    """Team and rule are the candidate's, and so is the version of the rules in the decision."""
    decided = decide(Placed({"eu": "candidate"}, routing="eu"))
    assert (decided.to.team, decided.to.rule, decided.handling.rules_version) == ("south", "new", 7)
    usual = decide(Placed({"eu": "current"}))
    assert (usual.to.team, usual.handling.rules_version) == ("north", None)


def test_a_candidate_model_scores() -> None:
    """The score names the version that gave it."""
    assert decide(Placed({"m": "candidate"}, model="online-9-a")).score.model == "online-9-a"
    assert decide(Placed({"m": "current"})).score.model == RULES.version


@pytest.mark.parametrize("placed", [Placed({"m": "candidate"}, model="x"), Placed({"eu": "candidate"}, routing="x")])
def test_a_candidate_that_cannot_be_had_stops_no_lead(placed: Placed) -> None:
    """The lead goes the usual way; its arm stays told, so that nothing is counted for another."""
    decided = decide(placed, there=False)
    assert (decided.to.team, decided.score.model) == ("north", RULES.version)
    assert decided.handling.arms == placed.arms


def test_a_changed_candidate_file_needs_no_restart(tmp_path: Path) -> None:
    """It is looked at once a second; what cannot be used leaves the last good rules."""
    (tmp_path / "candidates").mkdir()
    path, now = tmp_path / "candidates" / "eu.yaml", [0.0]

    def written(text: str, at: int) -> None:
        path.write_text(text)
        os.utime(path, ns=(at, at))
        now[0] += 2

    inventory = Inventory(sources={"web": SOURCE}, teams=TEAMS, routing=USUAL)
    found = FoundCandidates(tmp_path, inventory, None, lambda: now[0])  # type: ignore[arg-type]
    assert found.router("eu") is None
    written(YAML.format(2, "south"), 1)
    first = found.router("eu")
    assert first is not None
    assert first.routing.version == 2
    assert found.router("eu") is first
    written("rules: nonsense", 2)
    assert found.router("eu") is first
    written(YAML.format(3, "north"), 3)
    third = found.router("eu")
    assert third is not None
    assert third.routing.version == 3


def test_check_names_what_is_wrong_with_a_candidate(tmp_path: Path) -> None:
    """Every file of the folder is held against teams and sources, before any rollout names it; a missing folder is no problem."""
    assert check_candidates(tmp_path, TEAMS, {"web": SOURCE}) == []
    (tmp_path / "candidates").mkdir()
    (tmp_path / "candidates" / "good.yaml").write_text(YAML.format(2, "south"))
    (tmp_path / "candidates" / "eu.yaml").write_text(YAML.format(2, "souht"))
    problems = check_candidates(tmp_path, TEAMS, {"web": SOURCE})
    assert {Path(one.file).name for one in problems} == {"eu.yaml"}
    assert "south" in str(problems[0])
