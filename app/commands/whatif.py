"""`leadstream whatif`: who would have got what, by a configuration that is not in force."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import orjson
import typer
from rich.console import Console

from app.commands.audit import moment
from app.desk.roster import Roster
from app.edges.flags.records import read_changed
from app.edges.kafka.capacity import read_capacity
from app.edges.kafka.model_records import read_models
from app.edges.kafka.past import gather
from app.edges.memory import NoRollouts
from app.errors import ConfigurationError
from app.flags.catalogue import SCORING_MODEL
from app.flags.states import States
from app.flags.switches import switches
from app.inventory.load import load
from app.inventory.models import Inventory
from app.inventory.undeclared import undeclared
from app.learning.snapshot import signing_key
from app.ops.whatif_table import tables
from app.pipeline.deciding import Decided, Decider
from app.pipeline.fate import Score
from app.pipeline.scoring import RULES
from app.ports import Model, Toggles
from app.whatif.past import Past
from app.whatif.replay import Plan, replay
from app.whatif.report import compare
from app.wiring import Installation

Tool = Callable[..., Installation]
MOST: Final = 100_000


def register(app: typer.Typer, tool: Tool, out: Callable[[], Console], panel: str) -> None:
    """Add the command."""

    @app.command(rich_help_panel=panel)
    def whatif(
        routing: Annotated[
            Path | None, typer.Option(help="Candidate for routing.yaml.", exists=True, dir_okay=False, readable=True)
        ] = None,
        model: Annotated[
            str | None,
            typer.Option(help="A version that is kept (`leadstream models list`), or rules. Not given: the scores as they were."),
        ] = None,
        flags: Annotated[
            Path | None, typer.Option(help="Candidate for flags.yaml.", exists=True, dir_okay=False, readable=True)
        ] = None,
        since: Annotated[str | None, typer.Option(help="Leads from: 2026-11-01, 2026-11-01T08:00, or so long ago.")] = "24h",
        most: Annotated[int, typer.Option(min=1, help="Look at so many of the newest leads, at most.")] = MOST,
        look: Annotated[int, typer.Option(min=0, help="Name so many single leads.")] = 10,
        as_json: Annotated[bool, typer.Option("--json", help="Everything as JSON.")] = False,
    ) -> None:
        """Replay leads of the past through another configuration: moves per team, load, expected wins, service-level breaches.

        Nothing is emitted. Leads take their way twice, by today's configuration and by the candidate, in the order in which they
        came, with the features that were known then; each team's desk begins empty. docs/whatif.md says what the figures mean.

        Example: leadstream whatif --routing new-routing.yaml --since 7d
        """
        if routing is None and model is None and flags is None:
            raise typer.BadParameter("name a candidate: --routing FILE, --model VERSION or --flags FILE")
        one, now = tool(), datetime.now(UTC)
        candidate = load(one.app.config_dir, routing, flags)
        _refuse_new_teams(one.inventory, candidate)
        progress = Console(stderr=True)
        with progress.status("reading") as status:
            found = gather(
                one.kafka,
                one.names,
                list(one.inventory.teams),
                one.codec,
                since_ms=moment(since, now, "--since"),
                most=most,
                told=lambda topic, n: status.update(f"{topic}: {n:,}"),
            )
            past = found.leads()
            changed = read_changed(one.kafka.client(), one.names.flags, one.codec.decode)
            now_set = switches(States(one.inventory.flags, changed, int(now.timestamp() * 1000)))
            then_set = switches(States(candidate.flags)) if flags else now_set
            words = read_capacity(one.kafka.client(), one.names.capacity, one.codec.decode)
            roster = Roster(one.inventory.teams, words.values())
            plans = (
                _plan(one, one.inventory, roster, now_set, None),
                _plan(one, candidate, roster, then_set, _model(one, model)),
            )
            placed = [
                replay(past, plan, lambda n, what=what: status.update(f"{what}: {n:,} of {len(past):,}"))  # type: ignore[misc]
                for what, plan in zip(("as it is", "as it would be"), plans, strict=True)
            ]
        report = compare(past, placed[0], placed[1], look)
        if found.dropped or found.without_record:
            progress.print(
                f"left out: {found.dropped:,} older leads (--most {most}), {found.without_record:,} whose records are gone"
            )
        if as_json:
            sys.stdout.write(orjson.dumps(report.to_json(), option=orjson.OPT_INDENT_2).decode() + "\n")
        else:
            out().print(tables(report))


def _plan(one: Installation, inventory: Inventory, roster: Roster, toggles: Toggles, model: Model | None) -> Plan:
    decider = Decider(inventory, toggles, NoRollouts())

    def place(past: Past, scored: Score) -> Decided:
        source = inventory.sources.get(past.lead.source) or undeclared(past.lead.source, one.app.undeclared_reliability)
        return decider.place(past.lead, source, scored, past.dedupe, past.subject, past.match)

    def scorer(past: Past) -> Model | None:
        off = toggles.current().off("decision", past.lead.source, past.subject or past.lead.lead_id)
        return RULES if SCORING_MODEL in off else model

    return Plan(inventory.routing, place, roster, scorer)


def _model(one: Installation, name: str | None) -> Model | None:
    """A kept version, ready to score.

    Raises:
        ConfigurationError: There is none of this name.
    """
    if name is None or name == RULES.version:
        return RULES if name else None
    key = signing_key(one.secret)
    found = read_models(one.kafka, one.names, key)
    if found.served is not None and found.served.version == name:
        return found.served.serving
    kept = found.version(name, key)
    if kept is None:
        told = ", ".join(found.versions) or "none"
        raise ConfigurationError(f"--model: no version {name!r} is kept; there are: {told}")
    return kept.model().export(name)


def _refuse_new_teams(now: Inventory, then: Inventory) -> None:
    unknown = sorted({rule.team for rule in then.routing.rules} - set(now.teams))
    if unknown:
        raise ConfigurationError(f"--routing: no team {', '.join(unknown)} in teams.yaml")
