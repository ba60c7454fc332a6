"""`leadstream dlq`: what failed, why, and sending it in again after a fix."""

from __future__ import annotations

import sys
import time as clock
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, Final

import orjson
import typer
from rich.console import Console

from app.commands.arguments import MaybeBy, MaybeWhy
from app.commands.dlq_options import (
    AsJson,
    Attempt,
    Reasons,
    Repairable,
    Since,
    Sources,
    Stages,
    State,
    States,
    Until,
    filter_of,
    lead_ids,
)
from app.commands.dlq_rehearsal import rehearsed
from app.commands.dlq_shown import groups_shown, left_out, letters_table, outlook_shown, whole_shown
from app.edges.kafka.changes import Change, note
from app.edges.kafka.replay_letters import DeadLetters
from app.edges.kafka.replay_sending import Order, Replayer
from app.edges.kafka.replay_topics import inbound_topics
from app.replay.groups import groups as grouped
from app.replay.letter import Letter
from app.replay.selection import Filter, Selection, select
from app.replay.told import group_told, letter_told, outlook_told
from app.wiring import Installation

Tool = Callable[..., Installation]
SHOWN: Final = 50
ASKED_ABOVE: Final = 1_000

Dry = Annotated[bool, typer.Option("--dry-run", help="Say what would become of them by today's configuration; send nothing.")]
Again = Annotated[bool, typer.Option("--again", help="Those, too, that failed again after a replay.")]
Yes = Annotated[bool, typer.Option("--yes", help=f"Do not ask before more than {ASKED_ABOVE:,} letters.")]


def register(app: typer.Typer, tool: Tool, out: Callable[[], Console], panel: str) -> None:
    """Add the commands."""
    app.add_typer(_dlq(tool, out), name="dlq", rich_help_panel=panel)


def _dlq(tool: Tool, out: Callable[[], Console]) -> typer.Typer:
    dlq = typer.Typer(
        no_args_is_help=True,
        rich_markup_mode="markdown",
        help="Dead letters: what could not be processed, why, and sending it in again after a fix.\n\n"
        "The way: `groups`, `show` one, mend mapping, schema or configuration, `replay --dry-run`, `replay`, and look at what "
        "failed again: `groups --attempt 2` (docs/replay.md).",
    )

    @dlq.command("list")
    def listed(
        source: Sources = None,
        stage: Stages = None,
        reason: Reasons = None,
        since: Since = None,
        until: Until = None,
        repairable: Repairable = None,
        attempt: Attempt = None,
        state: States = "waiting",
        last: Annotated[int | None, typer.Option("--last", min=1, help=f"The newest so many; {SHOWN}, with --json all.")] = None,
        as_json: AsJson = False,
    ) -> None:
        """Letter by letter, the newest first. Holds no personal data.

        Example: leadstream dlq list --reason invalid_csv --json | leadstream dlq replay - --dry-run
        """
        wanted = filter_of(
            source=source, stage=stage, reason=reason, since=since, until=until, repairable=repairable, attempt=attempt
        )
        letters, replayed = _read(tool(), wanted, state)
        letters.sort(key=lambda one: (-one.failed_ms, one.lead_id))
        if as_json:
            for one in letters[:last]:
                sys.stdout.write(orjson.dumps(letter_told(one, replayed.get(one.lead_id))).decode() + "\n")
            return
        out().print(letters_table(letters[: last or SHOWN], replayed))
        if len(letters) > (last or SHOWN):
            print(f"the newest {last or SHOWN:,} of {len(letters):,}: --last N shows more, `groups` what they have in common")

    @dlq.command()
    def groups(
        source: Sources = None,
        stage: Stages = None,
        reason: Reasons = None,
        since: Since = None,
        until: Until = None,
        repairable: Repairable = None,
        attempt: Attempt = None,
        state: States = "waiting",
        as_json: AsJson = False,
    ) -> None:
        """What failed alike, by source, stage, reason and attempt: how many, since when, an example, what to do."""
        wanted = filter_of(
            source=source, stage=stage, reason=reason, since=since, until=until, repairable=repairable, attempt=attempt
        )
        found = grouped(_read(tool(), wanted, state)[0])
        if as_json:
            for one in found:
                sys.stdout.write(orjson.dumps(group_told(one)).decode() + "\n")
        else:
            out().print(groups_shown(found))

    @dlq.command()
    def show(
        lead: Annotated[str, typer.Argument(metavar="LEAD", help="A letter's lead id, as `list` prints it.")],
        reveal: Annotated[
            bool, typer.Option("--reveal", help="The bytes as they came: personal data. Needs --by and --why.")
        ] = False,
        by: MaybeBy = None,
        why: MaybeWhy = None,
    ) -> None:
        """One letter: where from, why, what to do, and what came, masked. Exit 1 if there is none, or no longer."""
        (lead,) = lead_ids([lead])
        who = _said(by, why) if reveal else None
        one = tool()
        letters = DeadLetters(one.kafka.client(), one.names, one.codec.decode)
        with _working("looking for it"):
            whole, again = letters.find(lead), letters.replayed().get(lead)
        if whole is None:
            print(
                f"{lead}: no such letter on {one.names.dlq} (never failed, erased, or older than the topic keeps)",
                file=sys.stderr,
            )
            raise typer.Exit(1)
        if who is None:
            print(whole_shown(whole, again))
            return
        at_ms = int(clock.time() * 1000)
        change = Change("reveal", lead, None, {"topic": one.names.dlq}, *who, at_ms)
        note(one.kafka.producer(), one.codec.encode, one.names.changes, change)
        print(f"personal data follows; that {who[0]} looked at it stands on {one.names.changes}", file=sys.stderr)
        sys.stdout.flush()
        sys.stdout.buffer.write(whole.value or b"")
        sys.stdout.buffer.flush()

    @dlq.command()
    def replay(
        leads: Annotated[
            list[str] | None,
            typer.Argument(metavar="[LEAD…]", help="Only these; - reads ids, or lines of `list --json`, from standard input."),
        ] = None,
        source: Sources = None,
        stage: Stages = None,
        reason: Reasons = None,
        since: Since = None,
        until: Until = None,
        repairable: Repairable = None,
        attempt: Attempt = None,
        again: Again = False,
        limit: Annotated[int | None, typer.Option(min=1, help="At most so many, the oldest.")] = None,
        rate: Annotated[float | None, typer.Option(min=0.1, help="At most so many a second.")] = None,
        dry: Dry = False,
        by: MaybeBy = None,
        why: MaybeWhy = None,
        yes: Yes = False,
        as_json: AsJson = False,
    ) -> None:
        """Send letters in again as they came, each once, however often this is killed and run again.

        Left out, and counted: what was sent in again before; what failed again after that (--again, or name it); what nobody can
        mend (--unrepairable, or name it); what was cut when it was set aside. What fails again comes back as attempt 2, 3, …

        Example: leadstream dlq replay --source web-form --reason invalid_csv --by on-call --why "columns declared anew"
        """
        ids = lead_ids(leads or ())
        wanted = filter_of(
            ids, source=source, stage=stage, reason=reason, since=since, until=until, repairable=repairable, attempt=attempt
        )
        if leads and not ids:
            print("no letters named", file=sys.stderr)
            return
        who = ("", "") if dry else _said(by, why)
        one = tool()
        letters = DeadLetters(one.kafka.client(), one.names, one.codec.decode)
        selection = _selected(one, letters, wanted, again=again, limit=limit)
        chosen = {letter.lead_id: letter for letter in selection.chosen}
        if dry:
            with _working("") as told:
                outlook = rehearsed(one, letters, chosen, lambda what, done: told(f"{what}: {done:,} of {len(chosen):,}"))
            if as_json:
                sys.stdout.write(orjson.dumps(outlook_told(outlook, selection)).decode() + "\n")
            else:
                out().print(outlook_shown(outlook, selection))
            return
        print(*left_out(selection), sep="\n", end="\n" * bool(selection.left_out), file=sys.stderr)
        if not chosen:
            print("no letter to send in again")
            return
        if len(chosen) > ASKED_ABOVE and not yes:
            typer.confirm(f"Send {len(chosen):,} letters in again?", abort=True, err=True)
        order = Order(*who, {**wanted.told(), **({"again": True} if again else {})}, rate)
        with _working("making sure that nobody else replays") as told:
            index = one.match_index()
            replayer = Replayer(one.kafka, one.names, one.codec, one.codec.encode, one.app.group, index.erase)
            sent = replayer.send(chosen, order, lambda done: told(f"{done:,} of {len(chosen):,} sent"))
        if as_json:
            sys.stdout.write(orjson.dumps(sent._asdict()).decode() + "\n")
            return
        print(
            f"{sent.letters:,} letters sent in again ({sent.batch})" + (f", {sent.before:,} were before" if sent.before else "")
        )
        print("what fails again: leadstream dlq groups --attempt 2")

    return dlq


def _read(one: Installation, wanted: Filter, state: State) -> tuple[list[Letter], dict[str, dict[str, object]]]:
    """The letters that are meant, and which of them were replayed."""
    letters = DeadLetters(one.kafka.client(), one.names, one.codec.decode)
    with _working("reading") as told:
        box = letters.read(wanted, lambda done: told(f"{one.names.dlq}: {done:,} records"))
        replayed = letters.replayed()
    _tell_foreign(one, box.foreign)
    return [one for one in box.letters.values() if state == "all" or (state == "replayed") == (one.lead_id in replayed)], replayed


def _selected(one: Installation, letters: DeadLetters, wanted: Filter, *, again: bool, limit: int | None) -> Selection:
    with _working("reading") as told:
        box = letters.read(wanted, lambda done: told(f"{one.names.dlq}: {done:,} records"))
        topics = inbound_topics(one.kafka.client(), one.names.inbound(""))
        replayed = letters.replayed()
    _tell_foreign(one, box.foreign)
    for lead_id in sorted(wanted.leads - box.letters.keys()):
        print(f"{lead_id}: no such letter on {one.names.dlq}", file=sys.stderr)
    return select(box.letters.values(), wanted, replayed, topics, again=again, most=limit)


def _tell_foreign(one: Installation, count: int) -> None:
    if count:
        print(f"{one.names.dlq}: {count:,} records are no letters of this version, and are passed over", file=sys.stderr)


def _said(by: str | None, why: str | None) -> tuple[str, str]:
    missing: Sequence[str] = [name for name, told in (("--by", by), ("--why", why)) if not told]
    if missing:
        raise typer.BadParameter("say who and why: it stays in the audit", param_hint=" and ".join(missing))
    return by or "", why or ""


@contextmanager
def _working(what: str) -> Iterator[Callable[[str], None]]:
    """Says on the terminal what is being done."""
    with Console(stderr=True).status(what) as status:
        yield status.update
