"""`leadstream explain`: in words what became of a lead, and why."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from typing import Annotated, Any

import orjson
import typer

from app.edges.kafka.decisions import attempts, history
from app.edges.kafka.replay_letters import DeadLetters
from app.ops.explain import explain as in_words
from app.ops.explain import reasons_of
from app.pipeline.source import Position
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
        if as_json:
            print(orjson.dumps(decision, bytes.hex, orjson.OPT_INDENT_2).decode())
            return
        again, others = _replays(one, decision) if decision["fate"] == "dead_letter" or decision["replay_of"] else (None, [])
        print(in_words(decision, decisions, _zone(one), again, others))


def _replays(one: Installation, decision: dict[str, Any]) -> tuple[dict[str, Any] | None, list[dict[str, Any]]]:
    """When its dead letter was sent in again, and what became of the other attempts."""
    client, first = one.kafka.client(), decision["replay_of"]
    if first is None:
        first = Position(decision["topic"], decision["partition"], decision["offset"]).identity
    again = DeadLetters(client, one.names, one.codec.decode).replayed().get(decision["lead_id"])
    others = attempts(client, one.names.decisions, one.codec, first)
    return again, [other for other in others if other["lead_id"] != decision["lead_id"]]


def _zone(one: Installation) -> Callable[[str], str]:
    """The time zone that a team works in; UTC for one that has no hours."""
    hours = {name: team.hours for name, team in one.inventory.teams.items()}

    def zone(team: str) -> str:
        its = hours.get(team)
        return "UTC" if its is None else its.time_zone

    return zone
