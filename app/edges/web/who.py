"""Who asks. The one place that says so: authentication replaces `reviewer` and nothing else."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Header

from app.edges.web.problems import ProblemError
from app.review.saying import REVIEWER

HEADER = "Leadstream-Reviewer"


def reviewer(
    leadstream_reviewer: Annotated[
        str | None, Header(description="Role or user id of the reviewer: no name and no address, for it stands in decisions.")
    ] = None,
) -> str:
    """The reviewer that a request names."""
    if leadstream_reviewer is None or not REVIEWER.fullmatch(leadstream_reviewer) or leadstream_reviewer == "steward":
        raise ProblemError(
            "no-reviewer",
            400,
            f"the header {HEADER} must name a role or a user id: letters, digits and . _ : / -, at most 64",
            "name who decides; no name and no address, for it stands in decisions",
        )
    return leadstream_reviewer


Reviewer = Annotated[str, Depends(reviewer)]
