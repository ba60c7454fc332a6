"""flags.yaml: what `leadstream check` finds in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.flags.catalogue import CATALOGUE
from app.flags.definition import Definition
from app.inventory.load import load
from app.inventory.problems import InventoryError
from tests.harness.config import CATCH_ALL, only


def folder(tmp_path: Path, text: str | None) -> Path:
    config = only(tmp_path / "config", "web-form", routing=CATCH_ALL)
    if text is None:
        (config / "flags.yaml").unlink()
    else:
        (config / "flags.yaml").write_text(text)
    return config


def test_the_file_that_ships_names_every_flag() -> None:
    """All are there, and on: who opens the file sees what can be switched."""
    flags = load(Path("deploy/config")).flags
    assert flags == dict.fromkeys(CATALOGUE, Definition(enabled=True))


def test_without_the_file_everything_is_on(tmp_path: Path) -> None:
    """No file: nothing is configured."""
    assert load(folder(tmp_path, None)).flags == {}


MISSHAPEN = """
flags:
  scoring.model: {}
  dedupe.fuzzy: {percent: 140}
  mapping.learned: {enable: true}
"""
SENSELESS = """
flags:
  scoring.modle: {enabled: true}
  automation: {percent: 50}
  dedupe.fuzzy:
    enabled: true
    until: 5
  scoring.model:
    enabled: true
    rules:
    - {sources: [web-from], enabled: false}
    - {teams: [nurture], enabled: false}
  routing.by_score:
    enabled: true
    rules:
    - {teams: [nobody], enabled: false}
"""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            MISSHAPEN,
            (
                ":3: flags.scoring.model: needs either enabled or percent; write enabled: true",
                ":4: flags.dedupe.fuzzy.percent: ",
                ':5: flags.mapping.learned.enable: is not a known setting; did you mean "enabled"?',
            ),
        ),
        (
            SENSELESS,
            (
                ':3: flags.scoring.modle: is no flag; did you mean "scoring.model"?',
                ":4: flags.automation.percent: a share for all sources at once",
                ":7: flags.dedupe.fuzzy.until: the configuration holds for good",
                ':11: flags.scoring.model.rules[0].sources[0]: "web-from" is no source; did you mean "web-form"?',
                ":12: flags.scoring.model.rules[1].teams: scoring.model is asked before a team is known; name sources instead",
                ':16: flags.routing.by_score.rules[0].teams[0]: "nobody" is no team',
            ),
        ),
        ("flag: {}\n", (':1: flag: is not a known setting; did you mean "flags"?',)),
    ],
    ids=["misshapen", "senseless", "misspelt"],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, text: str, told: tuple[str, ...]) -> None:
    """File, line, field, what is wrong and how to mend it; all at once."""
    with pytest.raises(InventoryError) as wrong:
        load(folder(tmp_path, text))
    assert [one for one in told if f"flags.yaml{one}" not in str(wrong.value)] == []
    assert len(wrong.value.problems) == len(told)
