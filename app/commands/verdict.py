"""`leadstream verdict`: what a person decides about a lead after its first fate, and what came of it."""

from __future__ import annotations

import re
import sys
import time
import uuid
from collections.abc import Callable, Sequence
from contextlib import closing
from typing import Annotated, Any, Final, Literal

import orjson
import typer

from app.commands.arguments import By
from app.edges.kafka.decisions import Awaiting, find
from app.edges.kafka.verdicts import say
from app.errors import EdgeDown
from app.pipeline.revision.corrections import CORRECTABLE, refused
from app.pipeline.revision.seconding import said_before
from app.pipeline.revision.verdict import Verdict, code, objection, target_of
from app.wiring import Installation

Tool = Callable[..., Installation]
WAIT_S: Final = 30.0
_SHOWN: Final = (
    *("lead_id", "fate", "revision", "revises", "revised_by", "revised_why", "team", "owner", "due_at", "attempts"),
    *("duplicate_of", "subject", "rejected_why", "approvals", "agreed"),
)
_Word = Literal["approve", "reroute", "reassign", "reject", "retry", "merge"]


def _lead(text: str) -> str:
    if not re.fullmatch(r"ld_[0-9a-f]{20}", text):
        raise typer.BadParameter(f"{text!r} is no lead id: those are ld_ and 20 hex digits")
    return text


def _reason(text: str) -> str:
    if code(text) is None:
        raise typer.BadParameter("a code, such as spam or not_a_customer: it stands in decisions; `--why` takes a text")
    return text


LeadId = Annotated[str, typer.Argument(metavar="LEAD", help="A lead id: ld_ and 20 hex digits.", parser=_lead)]
Why = Annotated[str | None, typer.Option("--why", help="For people who look later; stays on leads.verdicts.")]
Wait = Annotated[float, typer.Option("--wait", min=0, help="Seconds to wait for the reviser; 0: only say it.")]
AsJson = Annotated[bool, typer.Option("--json", help="What was done as a JSON object.")]


def register(app: typer.Typer, tool: Tool, panel: str) -> None:
    """Add the command."""

    @app.command(rich_help_panel=panel)
    def verdict(
        lead: LeadId,
        decision: Annotated[
            _Word,
            typer.Argument(
                help="approve: to the proposed team; reroute: to another team; reassign: to another member of its team; "
                "reject: it is no lead; retry: assess it again; merge: it is another lead once more."
            ),
        ],
        by: By,
        into: Annotated[
            str | None,
            typer.Option(help="For merge: the lead that it is; without it the one that it was held for.", parser=_lead),
        ] = None,
        team: Annotated[str | None, typer.Option(help="For reroute: the team that gets it.")] = None,
        owner: Annotated[
            str | None, typer.Option(help="Member of the team who gets it; without it whoever's turn it is.")
        ] = None,
        reason: Annotated[
            str | None, typer.Option(help="For reject: a code, such as spam, test or not_a_customer.", parser=_reason)
        ] = None,
        correct: Annotated[
            list[str] | None, typer.Option("--correct", metavar="FIELD=VALUE", help="A field's right value; may be repeated.")
        ] = None,
        why: Why = None,
        wait: Wait = WAIT_S,
        as_json: AsJson = False,
    ) -> None:
        """Decide about a lead: one that is held for review, was rejected, or is with a team.

        Says so on leads.verdicts, waits until the role `reviser` has carried it out, and prints what was done. `leadstream
        explain LEAD` shows why a lead was held, and which lead it may be. Held leads are approved, rerouted, merged or rejected;
        rejected ones approved or rerouted; those of a team rerouted or reassigned. Where two people have to agree, the first
        verdict is written down. What people say teaches matching, mappings and model (docs/revision.md).

        Exit 1 where it cannot be done: the lead is not held, there is no such team. Exit 70 where no reviser answers; the verdict
        stays on its topic and is carried out as soon as one runs.
        """
        said = Verdict(
            lead,
            decision,
            by,
            int(time.time() * 1000),
            team,
            into,
            _corrections(correct or ()),
            id=uuid.uuid4().hex,
            owner=owner,
            why=reason,
        )
        if decision == "reroute" and team is None:
            raise typer.BadParameter("reroute needs the team that gets it", param_hint="--team")
        carry(tool(), said, why, wait, as_json=as_json)


def carry(one: Installation, said: Verdict, why: str | None, wait_s: float, *, as_json: bool) -> None:
    """Say it, wait for what comes of it, print that.

    Raises:
        EdgeDown: Kafka or the reviser does not answer.
    """
    client = one.kafka.client()
    _note(f"looking up {said.lead} on {one.names.decisions}")
    before = find(client, one.names.decisions, one.codec, said.lead)
    members = {name: frozenset(who.name for who in team.members) for name, team in one.inventory.teams.items()}
    _refuse(objection(said, before, frozenset(one.inventory.teams), members))
    if before and not said.corrections:
        _refuse(said_before(said, before))
    target = target_of(said, before or {}) if said.says == "merge" else None
    if target and find(client, one.names.decisions, one.codec, target) is None:
        _fail(f"no decision on {target}: unknown, or older than the topics keep")
    with closing(Awaiting(client, one.names.decisions, one.codec, said.lead)) as awaiting:
        say(one.kafka.producer(), one.names.verdicts, one.codec.encode, said, why)
        if not wait_s:
            _note("said; the reviser carries it out")
            return
        _note("said; waiting for the reviser")
        after = awaiting.next(wait_s, said.id)
    if after is None:
        raise EdgeDown(
            f"no reviser carried it out within {wait_s:g} s: is `leadstream reviser` running? The verdict stays on "
            f"{one.names.verdicts} and is carried out as soon as one runs; its log says so if it cannot be"
        )
    shown = {name: after[name] for name in _SHOWN}
    print(orjson.dumps(shown).decode() if as_json else _told(after, before or {}))


def _told(after: dict[str, Any], before: dict[str, Any]) -> str:
    what = f"{after['lead_id']}: {after['revised_why']}, revision {after['revision']}"
    match after["fate"]:
        case "duplicate":
            return f"{what}; merged into {after['duplicate_of']}"
        case "rejected":
            return f"{what} ({after['rejected_why']}); approve or reroute brings it back"
        case "review" if after["revised_why"] == "awaits_second":
            return f"{what}; it stays held until another person says the same"
        case "review":
            return f"{what}; held: {', '.join(after['review_reasons'])}"
        case _ if before.get("duplicate_of"):
            return f"{what}; stands alone with {_where(after)}, no longer part of {before['duplicate_of']}"
        case _:
            return f"{what}; with {_where(after)}"


def _where(after: dict[str, Any]) -> str:
    return f"team {after['team']}" + (f", {after['owner']}" if after["owner"] else "")


def _corrections(given: Sequence[str]) -> dict[str, str]:
    if any("=" not in one for one in given):
        raise typer.BadParameter("FIELD=VALUE is wanted; FIELD= empties the field", param_hint="--correct")
    told = dict(one.partition("=")[::2] for one in given)
    for name in refused(told):
        names = ", ".join(sorted(CORRECTABLE))
        raise typer.BadParameter(f"{name!r} cannot be corrected to that; fields: {names}", param_hint="--correct")
    return told


def _refuse(said_against: Any) -> None:
    if said_against is not None:
        _fail(said_against.why)


def _fail(why: str) -> None:
    print(f"leadstream: {why}", file=sys.stderr)
    raise typer.Exit(1)


def _note(text: str) -> None:
    print(text, file=sys.stderr)
