"""Members and their hours as teams.yaml has them: what is read, and what is refused with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.inventory.load import load
from app.inventory.problems import InventoryError
from tests.harness.config import CATCH_ALL, only

GOOD = """
teams:
  - name: nurture
    description: all
    hours:
      time_zone: Europe/Berlin
      week: {mon-thu: ["09:00-12:30", "13:00-17:30"], fri: [09:00-15:00]}
      holidays: [2026-12-25]
    members:
      - {name: n-1, weight: 2, per_day: 40, languages: [de], skills: [wholesale]}
      - {name: n-2, time_zone: America/New_York}
"""


def read(tmp_path: Path, teams: str) -> object:
    config = only(tmp_path / "config", "web-form", teams=teams, routing=CATCH_ALL)
    for name in ("fairness", "review", "rollouts", "flags"):
        (config / f"{name}.yaml").unlink(missing_ok=True)  # they name teams of the repository's configuration
    return load(config).teams["nurture"]


def test_members_and_hours_are_read_as_they_are_written(tmp_path: Path) -> None:
    """Days by ranges, spans with and without quotes, dates, and what is not named as documented."""
    team = read(tmp_path, GOOD)
    assert [one.name for one in team.members] == ["n-1", "n-2"]  # type: ignore[attr-defined]
    assert (team.members[1].weight, team.members[1].per_day, team.keep_owner_days) == (1.0, None, 30)  # type: ignore[attr-defined]
    assert team.hours.spans == (*(((540, 750), (780, 1050)),) * 4, ((540, 900),), (), ())  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("good", "bad", "field", "what"),
    [
        ("fri: [09:00-15:00]", "fri: [9-15]", "teams[0].hours.week.fri[0]", "is no span of time"),
        ("fri: [09:00-15:00]", "fri: [22:00-06:00]", "teams[0].hours.week.fri[0]", "ends before it begins"),
        ("fri: [09:00-15:00]", "mon: [12:00-13:00]", "teams[0].hours", "mon has spans that overlap"),
        ("fri: [09:00-15:00]", "friday: [09:00-15:00]", "teams[0].hours.week.friday", "names no days"),
        ("Europe/Berlin", "Europe", "teams[0].hours.time_zone", "is no time zone"),
        ("America/New_York", "New York", "teams[0].members[1].time_zone", "is no time zone"),
        ("weight: 2", "weight: 0", "teams[0].members[0].weight", "greater than or equal to 0.001"),
        ("per_day: 40", "per_day: -1", "teams[0].members[0].per_day", "greater than or equal to 0"),
        ("name: n-2", "name: Eva Muster", "teams[0].members[1].name", "does not fit"),
        ("name: n-2", "name: n-1", "teams[0].members[1].name", "another member of the team is called"),
        ("name: n-2, time_zone", "name: n-2, timezone", "teams[0].members[1].timezone", "is not a known setting"),
    ],
)
def test_what_makes_no_sense_is_told_with_its_place(tmp_path: Path, good: str, bad: str, field: str, what: str) -> None:
    """One problem, at the field it is about, in words that say what is wrong."""
    with pytest.raises(InventoryError) as told:
        read(tmp_path, GOOD.replace(good, bad))
    (problem,) = told.value.problems
    assert problem.field == field
    assert what in problem.what
