"""What people look at again and again: what is due, and that each routine can be done."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer.main

from app.cli import app
from app.inventory.governing import Routine
from app.inventory.load import load
from app.privacy.governing import DAY_MS, last_done, standing

NOW = 1_800_000_000_000
ROUTINES = load(Path("deploy/config")).governance.routines


def routine(name: str, days: int) -> Routine:
    return Routine(name=name, who="privacy", every_days=days, report="leadstream topics", asks="?")


def done(name: str, days_ago: float, kind: str = "governance") -> dict[str, Any]:
    return {"kind": kind, "name": name, "by": "privacy", "why": "looked", "changed_at": NOW - int(days_ago * DAY_MS)}


def test_what_was_not_done_in_time_is_overdue() -> None:
    """By its last time; one that nobody ever did is overdue, and changes of other kinds are no routines."""
    said = last_done([done("aa", 6), done("aa", 2), done("bb", 8), done("cc", 1, kind="flag")])
    stand = standing([routine(name, 7) for name in ("aa", "bb", "cc")], said, NOW)
    assert [(one.routine.name, one.overdue, round(one.left_days)) for one in stand] == [
        ("aa", False, 5),
        ("bb", True, -1),
        ("cc", True, -7),
    ]
    assert stand[2].last is None


def test_every_report_is_a_command() -> None:
    """Nobody is sent to a report that there is not."""
    for one in ROUTINES:
        command: Any = typer.main.get_command(app)
        for word in one.report.split()[1:]:
            if not word.startswith("-"):
                command = command.commands[word]


def test_the_page_names_every_routine() -> None:
    """What the file lists is what the page explains, with who and in which report."""
    page = Path("docs/governance.md").read_text("utf-8")
    rows = {line.split("|")[1].strip(): line for line in page.splitlines() if line.startswith("| `")}
    assert list(rows) == [f"`{one.name}`" for one in ROUTINES]
    assert all(one.who in rows[f"`{one.name}`"] and f"`{one.report}`" in rows[f"`{one.name}`"] for one in ROUTINES)
