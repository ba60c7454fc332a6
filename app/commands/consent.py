"""`leadstream consent`: what a person wants to be contacted for, said by whoever heard it."""

from __future__ import annotations

import sys
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import zip_longest
from typing import Annotated, Any

import typer

from app.commands.subject import ASK, Customer, Email, Lead, Phone, Visitor, asked, given
from app.errors import EdgeDown
from app.inventory.problems import did_you_mean
from app.wiring import Installation

Tool = Callable[..., Installation]

Purpose = Annotated[
    list[str] | None, typer.Option("--purpose", help="For this purpose of privacy.yaml alone; may be repeated. Without: for all.")
]
Via = Annotated[str, typer.Option("--via", help="Where the person said it: phone, letter, unsubscribe_link, …")]
Wait = Annotated[
    float, typer.Option("--wait", metavar="SECONDS", min=0, help="For the role privacy to take it in. 0: only say it.")
]
WAIT_S = 30.0


def register(app: typer.Typer, tool: Tool, panel: str) -> None:
    """Add the commands."""
    group = typer.Typer(no_args_is_help=True, help="What people want to be contacted for: withdraw, give, show.")
    app.add_typer(group, name="consent", rich_help_panel=panel)

    @group.command()
    def withdraw(
        email: Email = None,
        phone: Phone = None,
        customer: Customer = None,
        visitor: Visitor = None,
        lead: Lead = None,
        purpose: Purpose = None,
        via: Via = "leadstream",
        wait: Wait = WAIT_S,
    ) -> None:
        """A person does not want to be contacted any more. Comes back when no lead of theirs can reach a team.

        All identifiers count, each by itself: leads with any of them become dead letters (reason `suppressed`), unless they are a
        later yes of their own. Exit 70 where no role privacy takes it in; what was said stays on its topic until one does.
        """
        _say(tool(), (email, phone, customer, visitor, lead), purpose, via, wait, given_now=False)

    @group.command()
    def give(
        email: Email = None,
        phone: Phone = None,
        customer: Customer = None,
        visitor: Visitor = None,
        lead: Lead = None,
        purpose: Purpose = None,
        via: Via = "leadstream",
        wait: Wait = WAIT_S,
    ) -> None:
        """A person agrees again. Lifts what they said before, for the identifiers that are named alone."""
        _say(tool(), (email, phone, customer, visitor, lead), purpose, via, wait, given_now=True)

    @group.command()
    def show(email: Email = None, phone: Phone = None, customer: Customer = None, visitor: Visitor = None) -> None:
        """What is known of what a person does not want; exit 1 where that is something."""
        from app.edges.kafka.consent import standing

        one = tool()
        who = given(_told(email), _told(phone), _told(customer), _told(visitor), None, lambda: list(one.inventory.sources))
        table = standing(one.kafka, one.names.suppressions, one.codec.read_own)
        objects = False
        for its in who.identifiers:
            held = table.of(one.pseudonyms.identifiers([its.text]))
            objects |= held is not None
            if held is not None:
                what = ", ".join(sorted(held.purposes)) or "everything"
                when = f"{datetime.fromtimestamp(held.since_ms / 1000, UTC):%Y-%m-%d %H:%M} UTC"
                print(f"{its.kind}: {held.why} {what}, since {when}")
        if objects:
            raise typer.Exit(1)
        print("nothing stands against contacting this person")


Given = tuple[list[str] | None, list[str] | None, list[str] | None, list[str] | None, list[str] | None]


def _say(one: Installation, who: Given, purpose: list[str] | None, via: str, wait: float, *, given_now: bool) -> None:
    from app.edges.kafka.consent import HEEDED_S, say, taken_in

    known = one.inventory.privacy.purposes
    for name in purpose or ():
        if name not in known:
            raise typer.BadParameter(
                f"{name!r} is no purpose of privacy.yaml: {did_you_mean(name, known)}", param_hint="--purpose"
            )
    email, phone, customer, visitor = (_told(values) for values in who[:4])
    given(email, phone, customer, visitor, who[4], lambda: list(one.inventory.sources))  # refuses what names nobody
    now = int(time.time() * 1000)
    changes: list[dict[str, Any]] = [
        {"change_id": uuid.uuid4().hex, "given": given_now, "purposes": purpose or [], "occurred_at": now, "via": via}
        | dict(zip(("email", "phone", "customer_id", "visitor_id", "lead_id"), its, strict=True))
        for its in zip_longest(email or (), phone or (), customer or (), visitor or (), who[4] or ())
    ]
    behind = say(one.kafka.producer(), one.names.consent, one.codec.encode, changes)
    if not wait:
        _note("said; the role privacy takes it in")
        return
    _note("said; waiting for the role privacy")
    if not taken_in(one.kafka.client(), f"{one.app.group}-privacy", behind, wait):
        raise EdgeDown(
            f"no role privacy took it in within {wait:g} s: is `leadstream privacy` running? What was said stays on "
            f"{one.names.consent}, and holds as soon as one runs"
        )
    if given_now:
        print("taken in")
        return
    _note(f"taken in; waiting {HEEDED_S:g} s for what was under way")
    time.sleep(HEEDED_S)
    print("taken in: no lead of theirs can reach a team any more")


def _told(values: list[str] | None) -> list[str] | None:
    return values and [asked("--identifier") if one == ASK else one for one in values]


def _note(text: str) -> None:
    print(text, file=sys.stderr)
