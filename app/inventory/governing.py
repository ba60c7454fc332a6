"""What people look at again and again, and how often: the file governance.yaml (docs/governance.md)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from app.inventory.entry import Entry, Slug
from app.inventory.lines import Document
from app.inventory.problems import Problem

Figure = Literal["dead_letters", "toggles_off", "rollouts", "erasures_open", "suppressions", "retention"]


class Routine(Entry):
    """One of them.

    Attributes:
        who: A role.
        every_days: How often.
        report: The command that shows what is looked at.
        asks: The question that is answered.
        figure: What can be told of it at once; None: only the report tells.
    """

    name: Slug
    who: str
    every_days: Annotated[int, Field(ge=1, le=366)]
    report: str
    asks: str
    figure: Figure | None = None


class Governance(Entry):
    """The file governance.yaml."""

    version: Annotated[int, Field(ge=1)] = 1
    routines: tuple[Routine, ...] = ()


def check_governance(governance: Governance, document: Document) -> Iterator[Problem]:
    """All that is wrong with the file."""
    seen: set[str] = set()
    for n, one in enumerate(governance.routines):
        if one.name in seen:
            yield document.problem(("routines", n, "name"), f'another one is called "{one.name}", too', "give each its own name")
        seen.add(one.name)
        if not one.report.startswith("leadstream "):
            yield document.problem(("routines", n, "report"), "is no command of leadstream", "write it as in leadstream fairness")
