"""`leadstream explain`: in words what became of a lead, and why."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from typing import Annotated

import orjson
import typer

from app.edges.kafka.decisions import history
from app.ops.explain import explain as in_words
from app.ops.explain import reasons_of
from app.wiring import Installation

Tool = Callable[..., Installation]


def register(app: typer.Typer, tool: Tool, panel: str) -> None:
    """Add the command."""

    @app.command(rich_help_panel=panel)
    def explain(
        lead: Annotated[str, typer.Argument(help="A lead id: ld_ and 20 hex digits.")],
        as_json: Annotated[bool, typer.Option("--json", help="The decision record as JSON.")] = False,
    ) -> None:
        """Say in words what became of a lead and why: who it is, score, reasons, what would have lifted it, how sure and how
        unusual, contributions, teams considered, owner and due time, toggles, arms, violations, versions, revisions.

        Reads leads.decisions; holds no personal data. Exit 1 if there is no decision on this lead.
        """
        if not re.fullmatch(r"ld_[0-9a-f]{20}", lead):
            raise typer.BadParameter(f"{lead!r} is no lead id: those are ld_ and 20 hex digits", param_hint="LEAD")
        one = tool()
        decisions = history(one.kafka.client(), one.names.decisions, one.codec, lead)
        if not decisions:
            print(f"{lead}: no decision on {one.names.decisions} (unknown id, or older than the topic keeps)", file=sys.stderr)
            raise typer.Exit(1)
        decision = decisions[-1][1]
        decision["reasons"] = list(reasons_of(decision))
        print(
            orjson.dumps(decision, bytes.hex, orjson.OPT_INDENT_2).decode()
            if as_json
            else in_words(decision, decisions, _zone(one))
        )


def _zone(one: Installation) -> Callable[[str], str]:
    """The time zone that a team works in; UTC for one that has no hours."""
    hours = {name: team.hours for name, team in one.inventory.teams.items()}

    def zone(team: str) -> str:
        its = hours.get(team)
        return "UTC" if its is None else its.time_zone

    return zone
