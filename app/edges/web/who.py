"""Who decides: whoever asked, as the gate knows them; or a person whom a tool relays, where the access file lets it."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Annotated, Any

from fastapi import Depends, Header, Request

from app.edges.web.door import Caller
from app.edges.web.problems import ProblemError
from app.pipeline.revision.verdict import MACHINES
from app.review.saying import REVIEWER

HEADER = "Leadstream-Reviewer"


def admitted(request: Request) -> None:
    """Before every route: the gate let somebody in by the name of this very one.

    Raises:
        ProblemError: It meant another: a bug, and no reason to let anybody in.
    """
    if getattr(request.state, "way", None) != request.scope["route"].name:
        raise ProblemError("internal", 500, "the gate and the router differ", "report it")


def caller(request: Request) -> Caller:
    """Who asks."""
    found = request.state.caller
    assert isinstance(found, Caller)
    return found


def reviewer(
    request: Request,
    leadstream_reviewer: Annotated[
        str | None,
        Header(
            description="For tools that relay what their own users decide, and may (`relays` in the access file): the role or "
            "user id of who decides, no name and no address, for it stands in decisions. Others leave it out."
        ),
    ] = None,
) -> str:
    """The reviewer of a write."""
    asks = caller(request)
    if leadstream_reviewer is None or leadstream_reviewer == asks.id:
        return asks.id
    if not asks.relays:
        todo = f"leave {HEADER} out: who decides is who asks"
        raise ProblemError("forbidden", 403, f"{asks.id} asks, and may name nobody else", todo)
    if not REVIEWER.fullmatch(leadstream_reviewer) or leadstream_reviewer in MACHINES:
        raise ProblemError(
            "no-reviewer",
            400,
            f"the header {HEADER} must name a role or a user id: letters, digits and . _ : / -, at most 64",
            "name who decides; no name and no address, for it stands in decisions",
        )
    about(request)["subject"] = leadstream_reviewer
    return leadstream_reviewer


def about(request: Request) -> MutableMapping[str, Any]:
    """What the audit will say of this request beside who asked for what; fields of the log's catalogue."""
    told: MutableMapping[str, Any] = request.state.about
    return told


Asking = Annotated[Caller, Depends(caller)]
Reviewer = Annotated[str, Depends(reviewer)]
About = Annotated[MutableMapping[str, Any], Depends(about)]
