"""A simulated month, in a short form: what is bad is rolled back within a day, what is good is not; KPIs say what it was worth.

`make month` runs the long form: thirty days, twenty calm months, other worlds.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner

from app.cli import app
from tests.month.assumptions import Assumptions
from tests.month.machine import AUTOMATION
from tests.month.measured import measured, moved
from tests.month.month import PLANTED, START_MS, Month, Simulation, Start

SHORT_DAYS = 22  # until the second planted candidate has had its day
CALM = (Start(7.3, "model-next", "model", "good"), Start(8.3, "rules-next", "routing", "harmless"))


@pytest.fixture(scope="module")
def planted() -> Month:
    """A model taught with won and lost swapped at day 10, rules that send a territory to the wrong team at day 20."""
    return Simulation(Assumptions(), 1, SHORT_DAYS, PLANTED).run()


def test_what_is_planted_is_rolled_back_within_a_day(planted: Month) -> None:
    """Both candidates, each by a guardrail, and nothing else."""
    back = planted.rolled_back()
    assert back.keys() == {"model-next", "rules-next"}
    assert max(back.values()) < 1.0
    assert "rollout_rolled_back" in planted.alarms


def test_automation_reaches_its_full_share_by_itself(planted: Month) -> None:
    """Through all stages, while people do what it does not do yet."""
    shares = [one.share for _, one in planted.changes if one.name == AUTOMATION and one.status in ("shadow", "running")]
    assert shares == [0.0, 0.05, 0.25, 1.0]
    assert planted.full_ms is not None


def test_the_kpis_of_the_files_are_those_of_the_month(planted: Month, tmp_path: Path) -> None:
    """`leadstream kpi --from` says the same of the arms as the code that it is made of."""
    planted.machine.topics.write(tmp_path)
    assert planted.full_ms is not None
    moment = datetime.fromtimestamp(planted.full_ms / 1000, UTC).isoformat()
    done = CliRunner().invoke(app, ["kpi", "--from", str(tmp_path), "--json", "--by", "none", "--since", moment])
    assert done.exit_code == 0, done.output
    told = next(one for one in orjson.loads(done.output)["contrasts"] if one["name"] == AUTOMATION)
    expected = moved(measured(planted), "manual_share")
    assert told["changes"]["manual_share"]["relative"]["value"] == pytest.approx(expected.value, abs=0.01)


def test_people_handle_less_and_hot_leads_are_answered_sooner(planted: Month) -> None:
    """By 60 and by 30 %, and more than chance brings about; the other two figures need a month, and are in docs/kpi.md."""
    report = measured(planted)
    assert moved(report, "manual_share").high < -0.6
    assert moved(report, "hot_response_median").high < -0.3


def test_calm_days_roll_nothing_back() -> None:
    """A good model and harmless rules, both at half of the subjects."""
    month = Simulation(Assumptions(), 2, 11, CALM).run()
    assert month.rolled_back() == {}
    assert {one.name for _, one in month.changes} == {AUTOMATION, "model-next", "rules-next"}


def test_the_same_seed_gives_the_same_month() -> None:
    """Decision by decision."""
    few = replace(Assumptions(), leads_per_day=80.0, people=4, history=100)
    one, other = (Simulation(few, 3, 3, ()).run().machine.topics for _ in range(2))
    assert orjson.dumps(one.decisions, default=dict) == orjson.dumps(other.decisions, default=dict)
    assert one.outcomes == other.outcomes


def test_every_lead_has_one_fate_and_nobody_is_idle_while_leads_wait() -> None:
    """Records in are first decisions out; by the second evening of few leads no line is left."""
    few = replace(Assumptions(), leads_per_day=60.0, people=6, history=100)
    month = Simulation(few, 4, 4, ()).run()
    first = [one["lead_id"] for one in month.machine.topics.decisions if one["revision"] == 1]
    assert len(first) == len(set(first))
    assert all(one["received_at"] >= START_MS for one in month.machine.topics.decisions)
    assert sum(month.left.values()) < len(first) / 3
