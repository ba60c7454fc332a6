"""Arguments that several commands take, checked before anything is asked of Kafka."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from app.inventory.checks import FINDABLE
from app.inventory.paths import PathError, parse
from app.inventory.problems import did_you_mean
from app.inventory.undeclared import is_slug
from app.pipeline.revision.verdict import MACHINES

LAST: Final = 1_000
MOST_WHY: Final = 500
NONE: Final = "none"  # as FIELD: an attribute


def _slug(text: str) -> str:
    if not is_slug(text):
        raise typer.BadParameter(f"{text!r} is no slug of a source: a-z, 0-9 and -, at most 41 characters")
    return text


def _path(text: str) -> str:
    try:
        parse(text)
    except PathError as error:
        raise typer.BadParameter(str(error)) from None
    return text


def _field(text: str) -> str:
    if text != NONE and text not in FINDABLE:
        raise typer.BadParameter(f"{text!r} is no field to map to: {did_you_mean(text, FINDABLE)}")
    return text


def _role(text: str) -> str:
    if "@" in text or not 0 < len(text) <= 64:
        raise typer.BadParameter("a role or a user id, at most 64 characters: an address would be personal data in the audit")
    if text in MACHINES:
        raise typer.BadParameter(f"{text} is leadstream's own: what it says needs no second person")
    return text


def _why(text: str) -> str:
    if "@" in text or not 0 < len(text.strip()) <= MOST_WHY:
        raise typer.BadParameter(f"say why, in {MOST_WHY} characters at most and without personal data: it stays in the audit")
    return text.strip()


By = Annotated[str, typer.Option("--by", help="Who says so: a role or a user id, no name and no address.", parser=_role)]
Relayed = Annotated[
    str | None,
    typer.Option("--by", help="Whom you relay, where your token may; else who decides is who asks.", parser=_role),
]
Why = Annotated[str, typer.Option("--why", help="For people who look later; stays in the audit.", parser=_why)]
MaybeBy = Annotated[
    str | None, typer.Option("--by", help="Who says so: a role or a user id, no name and no address.", parser=_role)
]
MaybeWhy = Annotated[str | None, typer.Option("--why", help="For people who look later; stays in the audit.", parser=_why)]
Slug = Annotated[str, typer.Argument(metavar="SOURCE", help="A source, declared or not.", parser=_slug)]
PayloadPath = Annotated[
    str, typer.Argument(metavar="PATH", help="A path in its payload, as `onboard` and `pending` print it.", parser=_path)
]
Field = Annotated[str, typer.Argument(metavar="FIELD", help="A lead field, or none.", parser=_field)]
Last = Annotated[int, typer.Option("--last", min=1, help="Look at so many of the newest records.")]
