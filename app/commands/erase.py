"""`leadstream erase`: a person asks to be forgotten."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from secrets import token_hex
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.progress import Progress, TextColumn
from rich.table import Table

from app.commands.arguments import MaybeBy, MaybeWhy
from app.commands.subject import Customer, Email, Lead, Phone, Visitor, given
from app.edges.kafka.eraser_search import Found
from app.edges.kafka.erasures import ask, await_proof, open_requests, proofs
from app.erasure import search
from app.privacy.erasing import NEVER_MS
from app.wiring import Installation

Tool = Callable[..., Installation]

Number = Annotated[str | None, typer.Argument(metavar="[REQUEST]", help="With --status: this one alone.")]
Suppress = Annotated[
    bool, typer.Option("--suppress", help="And never contact them again, should their data come once more (by pseudonyms).")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only look for their leads, and say how many; nothing is written.")]
Status = Annotated[bool, typer.Option("--status", help="Show what was asked, and the proofs of what was done.")]
Wait = Annotated[float, typer.Option("--wait", metavar="SECONDS", min=0, help="Wait so long for the proof; exit 1 without it.")]


def register(app: typer.Typer, tool: Tool, out: Callable[[], Console], panel: str) -> None:
    """Add the command."""

    @app.command(rich_help_panel=panel)
    def erase(
        number: Number = None,
        email: Email = None,
        phone: Phone = None,
        customer: Customer = None,
        visitor: Visitor = None,
        lead: Lead = None,
        by: MaybeBy = None,
        why: MaybeWhy = None,
        suppress: Suppress = False,
        dry_run: DryRun = False,
        yes: Annotated[bool, typer.Option("--yes", help="Do not ask whether it is meant.")] = False,
        wait: Wait = 0,
        status: Status = False,
        as_json: Annotated[bool, typer.Option("--json", help="Proofs as JSON.")] = False,
    ) -> None:
        """Erase a person: every lead of theirs, wherever it is kept. `leadstream privacy` does it; this asks for it.

        All identifiers that you give are taken for one person's. Their leads are those that carry one of them, and those that
        were merged or linked with these. Team topics get the lead again with all fields about the person empty; reviews,
        duplicates and dead letters are removed; the keys of what is kept in decisions are destroyed; Redis forgets; raw records
        go as far as they were read, other people's with them. What can only go by age is named with its date: see the proof.

        An identifier on the command line stands in the shell's history and in the list of processes: write `-` and it is asked
        for, or read from stdin. The request holds pseudonyms only.

        Examples:

        leadstream erase --email - --phone - --by privacy-desk --why "ticket 4711" --dry-run

        leadstream erase --status
        """
        if status:
            _status(tool(), number, out(), as_json=as_json)
            return
        if number is not None:
            raise typer.BadParameter("only --status takes a request; name a person by --email, --phone, …")
        if not dry_run and not (by and why):
            raise typer.BadParameter("say --by whom it is asked on the person's behalf, and --why: the ticket")
        one = tool()
        named = given(email, phone, customer, visitor, lead, one.sources_now)
        about = (f"er-{datetime.now(UTC):%Y%m%d}-{token_hex(4)}", int(time.time() * 1000))
        request = named.request(one.pseudonyms, *about, by=by or "", why=why or "", suppress=suppress)
        if dry_run or not yes:
            found = Found()
            _looking(search(one).find(request, found), found)
            print(f"{len(found.leads)} leads and dead letters of this person, in {found.read:,} records", file=sys.stderr)
            if dry_run:
                print("\n".join(sorted(found.leads)))
                return
            typer.confirm("Erase them? This cannot be undone", abort=True, err=True)
        ask(one.kafka.producer(), one.names, one.codec, request)
        print(request.id)
        print(f"asked; `leadstream privacy` does it, `leadstream erase --status {request.id}` shows the proof", file=sys.stderr)
        if wait:
            proof = await_proof(one.kafka.client(), one.names, one.codec, request.id, wait)
            if proof is None:
                print(f"no proof within {wait:.0f} s: is `leadstream privacy` running?", file=sys.stderr)
                raise typer.Exit(1)
            _show([proof], out(), as_json=as_json)


def _looking(work: Iterator[None], found: Found) -> None:
    with Progress(TextColumn("{task.description}"), console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("looking")
        for _ in work:
            progress.update(task, description=f"looking: {found.read:,} records read, {len(found.leads)} leads found")


def _status(one: Installation, number: str | None, out: Console, *, as_json: bool) -> None:
    client = one.kafka.client()
    done = proofs(client, one.names, one.codec)
    waiting = {name: one for name, one in open_requests(client, one.names, one.codec).items() if name not in done}
    if number is not None and number not in {*done, *waiting}:
        print(f"{number}: no such request (or older than the topic keeps)", file=sys.stderr)
        raise typer.Exit(1)
    for name, request in waiting.items():
        if number in (None, name):
            print(f"{name}: asked {_time(request.asked_ms)} by {request.by}; not done yet", file=sys.stderr)
    _show([proof for name, proof in done.items() if number in (None, name)], out, as_json=as_json)


def _show(told: list[Mapping[str, Any]], out: Console, *, as_json: bool) -> None:
    if as_json:
        print(orjson.dumps(told, option=orjson.OPT_INDENT_2).decode())
        return
    for proof in told:
        title = (
            f"{proof['request_id']}: {proof['state']}, {len(proof['leads'])} leads; asked {_time(proof['asked_at'])} "
            f"by {proof['by']} ({proof['why']}), erased {_time(proof['erased_at'])}"
        )
        table = Table("place", "how", "records", "the last trace is gone", title=title, title_justify="left")
        for place in proof["places"]:
            table.add_row(place["place"], place["how"].replace("_", " "), f"{place['count']:,}", _until(place["until"]))
        out.print(table)


def _until(at_ms: int | None) -> str:
    return "now" if at_ms is None else "never by itself" if at_ms >= NEVER_MS else _time(at_ms)


def _time(at_ms: int) -> str:
    return f"{datetime.fromtimestamp(at_ms / 1000, UTC):%Y-%m-%d %H:%M} UTC"
