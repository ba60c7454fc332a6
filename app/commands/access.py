"""`leadstream access`: who may ask the API for what, in the access file."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Final

import orjson
import typer
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table

from app.access.credentials import (
    SALT_BYTES,
    TOKEN_BYTES,
    TOKEN_ID_BYTES,
    Keys,
    password_hash,
    password_wrong,
    token_hash,
    token_of,
)
from app.access.principals import Principal, Principals, Token, over
from app.access.table import ROLES, Role
from app.edges.web.access_file import editing, load
from app.errors import ConfigurationError
from app.settings import AccessSettings, from_environment
from app.wiring import Installation

Tool = Callable[..., Installation]
DAYS: Final = 365

Id = Annotated[str, typer.Argument(metavar="ID", help="A role or user id, no name and no address: it stands in decisions.")]
File = Annotated[Path | None, typer.Option("--file", help="The access file; else LEADSTREAM_ACCESS_FILE.", dir_okay=False)]
Expires = Annotated[str | None, typer.Option(help="The last day, UTC: 2027-01-31.", metavar="DATE")]


def register(app: typer.Typer, tool: Tool, out: Callable[[], Console], panel: str) -> None:
    """Add the commands."""
    app.add_typer(_access(tool, out), name="access", rich_help_panel=panel)


def _access(tool: Tool, out: Callable[[], Console]) -> typer.Typer:
    access = typer.Typer(
        no_args_is_help=True,
        help="Who may ask the review API for what: principals, their roles, tokens and passwords (docs/access.md).\n\n"
        "A running API follows the file within a second.",
    )

    @access.command()
    def add(
        principal: Id,
        role: Annotated[Role, typer.Option(help="viewer: no personal data; reviewer: decides; operator: everything.")],
        expires: Expires = None,
        relays: Annotated[bool, typer.Option("--relays", help="A tool that names whose verdicts it passes on.")] = False,
        file: File = None,
    ) -> None:
        """Add somebody, who cannot come in yet: `token` or `password` follows. Makes the file where there is none."""
        path = _path(tool, file)
        with editing(path) as put:
            there = load(path) if path.exists() else Principals()
            if principal in there.by_id:
                raise _wrong(f"{principal} is there already; `leadstream access role` changes its role")
            put(there.changed(_principal(id=principal, role=role, expires=_day(expires), relays=relays)))

    @access.command()
    def role(principal: Id, role: Annotated[Role, typer.Argument(help="The new one.")], file: File = None) -> None:
        """Change somebody's role. It holds at the next request, in sessions that stand, too."""
        _change(_path(tool, file), principal, lambda one: one.model_copy(update={"role": role}))

    @access.command()
    def token(
        principal: Id,
        what: Annotated[str, typer.Option("--for", help="Where it is used; stands in the file.")] = "",
        days: Annotated[int, typer.Option(min=1, max=3_650, help="It is good for so many days.")] = DAYS,
        file: File = None,
    ) -> None:
        """Make a token and print it, this once: the file holds a keyed hash of it. Needs the LEADSTREAM_PEPPER of the API."""
        path, today = _path(tool, file), datetime.now(UTC).date()
        made = token_of(secrets.token_bytes(TOKEN_ID_BYTES), secrets.token_bytes(TOKEN_BYTES))
        hashed = token_hash(made, Keys.of(tool(reach=False).secret).tokens)
        kept = Token(id=made.split("_")[1], hash=hashed, what=what, made=today, expires=today + timedelta(days=days))
        _change(path, principal, lambda one: one.model_copy(update={"tokens": (*one.tokens, kept)}))
        print(f"token {kept.id} of {principal}, good until {kept.expires}; it is not shown again", file=sys.stderr)
        print(made)

    @access.command()
    def revoke(
        token: Annotated[str, typer.Argument(metavar="TOKEN", help="Its id, as `list` prints it; a whole token will do.")],
        file: File = None,
    ) -> None:
        """Take a token away."""
        path, number = _path(tool, file), token.split("_")[1] if token.startswith("lst_") else token
        found = load(path).by_token.get(number)
        if found is None:
            raise _wrong("no such token")
        left = tuple(one for one in found[0].tokens if one.id != number)
        _change(path, found[0].id, lambda one: one.model_copy(update={"tokens": left}))

    @access.command()
    def password(
        principal: Id,
        remove: Annotated[bool, typer.Option("--remove", help="Have none: no session can be begun.")] = False,
        stdin: Annotated[bool, typer.Option("--stdin", help="Read it from standard input.")] = False,
        file: File = None,
    ) -> None:
        """Set somebody's password; asks for it. Their sessions end."""
        path, hashed = _path(tool, file), None
        if not remove:
            given = (
                sys.stdin.readline().rstrip("\n")
                if stdin
                else typer.prompt("Password", hide_input=True, confirmation_prompt=True)
            )
            if (why := password_wrong(given, principal)) is not None:
                raise _wrong(f"the password will not do: {why}")
            hashed = password_hash(given, secrets.token_bytes(SALT_BYTES))
        _change(path, principal, lambda one: one.model_copy(update={"password": hashed}))

    @access.command()
    def disable(
        principal: Id, undo: Annotated[bool, typer.Option("--undo", help="Let them in again.")] = False, file: File = None
    ) -> None:
        """Shut somebody out within a second, sessions and tokens at once."""
        _change(_path(tool, file), principal, lambda one: one.model_copy(update={"disabled": not undo}))

    @access.command("list")
    def listed(
        file: File = None, as_json: Annotated[bool, typer.Option("--json", help="The same as JSON, without hashes.")] = False
    ) -> None:
        """Who there is, in which role, by what they are known, and until when."""
        principals = load(_path(tool, file)).principals
        if as_json:
            print(orjson.dumps([_row(one) for one in principals]).decode())
        else:
            out().print(_table(principals))

    @access.command()
    def check(file: File = None) -> None:
        """Whether the file can be used; names each place that is wrong, warns of what deserves a look. Exit 78 if not."""
        path = _path(tool, file)
        principals, now_ms = load(path).principals, datetime.now(UTC).timestamp() * 1000
        roles = ", ".join(f"{sum(one.role == role for one in principals)} {role}s" for role in ROLES)
        print(f"{path}: {roles}: no problems")
        if path.stat().st_mode & 0o077:
            print(f"warning: {path}: others may read it: chmod 600", file=sys.stderr)
        for one in principals:
            for warning in _warnings(one, int(now_ms)):
                print(f"warning: {one.id}: {warning}", file=sys.stderr)

    return access


def _change(path: Path, principal: str, change: Callable[[Principal], Principal]) -> None:
    with editing(path) as put:
        there = load(path)
        if principal not in there.by_id:
            raise _wrong(f"no such principal; there are: {', '.join(sorted(there.by_id)) or 'none'}")
        put(there.changed(change(there.by_id[principal])))


def _path(tool: Tool, given: Path | None) -> Path:
    tool(reach=False)
    path = given or from_environment(AccessSettings).file
    if path is None:
        raise ConfigurationError("no access file is named: --file, or LEADSTREAM_ACCESS_FILE, which the API reads, too")
    return path


def _principal(**told: object) -> Principal:
    try:
        return Principal.model_validate(told)
    except ValidationError:
        raise _wrong("an id is a to z, 0 to 9 and . _ -, begins with a letter, and is none of leadstream's own") from None


def _day(text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter("write it as 2027-01-31", param_hint="--expires") from None


def _wrong(why: str) -> typer.Exit:
    print(f"leadstream: {why}", file=sys.stderr)
    return typer.Exit(1)


def _warnings(one: Principal, now_ms: int) -> list[str]:
    found = []
    if not one.good(now_ms):
        found.append("disabled or expired")
    elif one.password is None and not [token for token in one.tokens if not over(token.expires, now_ms)]:
        found.append("has neither a password nor a token that is good")
    found += [f"token {token.id} has expired" for token in one.tokens if over(token.expires, now_ms)]
    return found + [f"token {token.id} never expires" for token in one.tokens if token.expires is None]


def _row(one: Principal) -> dict[str, object]:
    tokens = [token.model_dump(mode="json", exclude={"hash"}) for token in one.tokens]
    told = one.model_dump(mode="json", exclude={"tokens", "password"})
    return told | {"password": one.password is not None, "tokens": tokens}


def _table(principals: tuple[Principal, ...]) -> Table:
    table = Table("id", "role", "password", "tokens", "until", "", box=None)
    for one in principals:
        tokens = "\n".join(f"{token.id} {token.what} until {token.expires or 'ever'}" for token in one.tokens)
        marks = ", ".join(word for word, holds in (("disabled", one.disabled), ("relays", one.relays)) if holds)
        table.add_row(one.id, one.role, "yes" if one.password else "", tokens, str(one.expires or ""), marks)
    return table
