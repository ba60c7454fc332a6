"""What the commands of `leadstream review` have in common."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Annotated, Any, Literal, NoReturn

import typer

from app.edges.web.client import Refused

Url = Annotated[str | None, typer.Option("--api", help="Where `leadstream api` answers; else LEADSTREAM_API_URL.")]
AsJson = Annotated[bool, typer.Option("--json", help="The API's answer as JSON.")]
Reason = Annotated[str | None, typer.Option(help="One of its reasons, as `counts` names them.")]
Source = Annotated[str | None, typer.Option(help="Slug of the source.")]
Team = Annotated[str | None, typer.Option(help="Slug of the proposed team.")]
Band = Annotated[Literal["hot", "warm", "cold"] | None, typer.Option(help="Of its score.")]
Checkpoint = Annotated[str | None, typer.Option(help="Name in review.yaml.")]
Older = Annotated[float | None, typer.Option("--older-than", min=0, metavar="HOURS", help="Waiting for so many hours.")]
Due = Annotated[float | None, typer.Option("--due-within", min=0, metavar="HOURS", help="Due within so many hours.")]


def filtered(
    reason: str | None,
    source: str | None,
    team: str | None,
    band: str | None,
    checkpoint: str | None,
    older_than: float | None,
    due_within: float | None,
) -> dict[str, Any]:
    """A filter as the API takes it; None where an option is not given."""
    chosen: dict[str, Any] = {"reason": reason, "source": source, "team": team, "band": band, "checkpoint": checkpoint}
    chosen["older_than_s"] = None if older_than is None else older_than * 3600
    return chosen | {"due_within_s": None if due_within is None else due_within * 3600}


def answer(ask: Callable[[], Any]) -> Any:
    """What the API answers; its no ends the command."""
    try:
        return ask()
    except Refused as no:
        fail(str(no))


def fail(why: str) -> NoReturn:
    """The answer is no."""
    print(f"leadstream: {why}", file=sys.stderr)
    raise typer.Exit(1)
