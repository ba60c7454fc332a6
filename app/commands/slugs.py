"""A source's slug and how many of its records to look at, as arguments of commands."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from app.inventory.undeclared import is_slug

LAST: Final = 1_000


def _slug(text: str) -> str:
    if not is_slug(text):
        raise typer.BadParameter(f"{text!r} is no slug of a source: a-z, 0-9 and -, at most 41 characters")
    return text


Slug = Annotated[str, typer.Argument(metavar="SOURCE", help="A source, declared or not.", parser=_slug)]
Last = Annotated[int, typer.Option("--last", min=1, help="Look at so many of the newest records.")]
