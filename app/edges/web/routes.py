"""The API's routes. Each is a sentence; what it does is in room.py and say.py."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Header, Path, Query, Response, status

from app.edges.web import examples
from app.edges.web.problems import answers
from app.edges.web.room import Room
from app.edges.web.say import Saying
from app.edges.web.shapes import (
    Accepted,
    Became,
    Bulk,
    BulkAnswer,
    Claim,
    Claimed,
    ClaimFor,
    ClaimNext,
    Counts,
    Listing,
    Page,
    Precision,
    Wanted,
)
from app.edges.web.who import About, Reviewer
from app.review.saying import LEAD_ID, Draft
from app.review.view import Opened

Lead = Annotated[str, Path(pattern=LEAD_ID, description="ld_ and 20 hex digits.", examples=[examples.LEAD])]
Token = Annotated[str, Header(alias="Lease-Token", description="Token of the claim.", max_length=100)]
OwnToken = Annotated[
    str | None, Header(alias="Lease-Token", description="Where the reviewer has claimed the lead.", max_length=100)
]
Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        description="Chosen by the sender: the same verdict sent again under it counts once.",
        min_length=8,
        max_length=200,
    ),
]


def routes(room: Room, saying: Saying) -> APIRouter:
    """All of them."""
    router = APIRouter(prefix="/v1")

    @router.get("/reviews", tags=["queue"], summary="List held leads", responses=answers(422, 503))
    def list_reviews(wanted: Annotated[Listing, Query()]) -> Page:
        """In the order in which they should be decided: best band first, in it what is due first, then the oldest.

        Holds no personal data. Works without Redis; then nobody knows who has claimed what.
        """
        return room.page(wanted)

    @router.get(
        "/reviews/counts", tags=["queue"], summary="Count held leads by reason, source, team, …", responses=answers(422, 503)
    )
    def count_reviews(wanted: Annotated[Wanted, Query()]) -> Counts:
        """A filter narrows all groups."""
        return room.counts(wanted)

    @router.get("/reviews/precision", tags=["queue"], summary="How right machines are", responses=answers(422, 503))
    def measure_precision(days: Annotated[float, Query(gt=0, le=400)] = 28) -> Precision:
        """Of the sampled leads (review.yaml) that people decided, the share that they left as machines had proposed them."""
        return room.precision(days)

    @router.post(
        "/reviews/claim-next",
        tags=["claims"],
        summary="Claim the next lead that nobody has",
        responses={204: {"description": "No lead is free that fits"}, **answers(400, 422, 503)},
        status_code=status.HTTP_201_CREATED,
        response_model=Claimed,
    )
    def claim_next(asked: ClaimNext, reviewer: Reviewer, about: About) -> Claimed | Response:
        """The first in order. It opens the lead, too: the answer holds personal data."""
        found = room.claim_next(asked.filter, reviewer, asked.minutes)
        if found is None:
            return Response(status_code=status.HTTP_204_NO_CONTENT)
        about["lead_id"] = found.lead_id
        return found

    @router.get(
        "/reviews/{lead_id}",
        tags=["queue"],
        summary="Open one lead",
        responses={200: examples.shown(examples.OPENED, "The lead as its reviewer sees it"), **answers(404, 410, 422, 503)},
    )
    def open_review(lead_id: Lead) -> Opened:
        """Its fields and where they came from, what is wrong, the proposal with its reasons, the possible duplicate side by side.

        Holds personal data.
        """
        return room.opened(lead_id)

    @router.post(
        "/reviews/{lead_id}/claim",
        tags=["claims"],
        summary="Claim a lead",
        status_code=status.HTTP_201_CREATED,
        responses={201: examples.shown(examples.CLAIM, "The claim"), **answers(400, 404, 409, 422, 503)},
    )
    def claim(lead_id: Lead, reviewer: Reviewer, asked: ClaimFor | None = None) -> Claim:
        """For a while nobody else decides it. The claim ends by itself."""
        return room.claim(lead_id, reviewer, asked.minutes if asked else None)

    @router.put(
        "/reviews/{lead_id}/claim",
        tags=["claims"],
        summary="Renew a claim",
        responses={200: examples.shown(examples.CLAIM, "The claim"), **answers(400, 409, 422, 503)},
    )
    def renew(lead_id: Lead, reviewer: Reviewer, token: Token, asked: ClaimFor | None = None) -> Claim:
        """From now on for so long."""
        return room.renew(lead_id, reviewer, token, asked.minutes if asked else None)

    @router.delete(
        "/reviews/{lead_id}/claim",
        tags=["claims"],
        summary="Let a claim go",
        status_code=status.HTTP_204_NO_CONTENT,
        responses=answers(400, 409, 422, 503),
    )
    def release(lead_id: Lead, reviewer: Reviewer, token: Token) -> None:
        """Somebody else may take the lead at once."""
        room.release(lead_id, reviewer, token)

    @router.post(
        "/leads/{lead_id}/verdicts",
        tags=["verdicts"],
        summary="Decide a lead",
        status_code=status.HTTP_202_ACCEPTED,
        responses={202: examples.shown(examples.ACCEPTED, "The broker has it"), **answers(400, 404, 409, 422, 503)},
    )
    def say(
        lead_id: Lead,
        draft: Annotated[Draft, Body(openapi_examples=examples.DRAFTS)],
        reviewer: Reviewer,
        response: Response,
        about: About,
        token: OwnToken = None,
        key: Key = None,
    ) -> Accepted:
        """A held lead, or (reroute, reassign, unmerge, retry) one that was decided. `follow` says what becomes of it.

        A lead that is claimed is decided with the claim's token alone.
        """
        about["kind"] = draft.says
        accepted = saying.say(lead_id, draft, reviewer, token, key)
        response.headers["Location"] = accepted.follow
        return accepted

    @router.post(
        "/verdicts/bulk",
        tags=["verdicts"],
        summary="Decide many leads",
        responses=answers(400, 409, 422, 503),
    )
    def bulk(asked: Bulk, reviewer: Reviewer, about: About, key: Key = None) -> BulkAnswer:
        """By ids or by filter. With `dry_run`, which is the default, it only says what would be done.

        Leads that others have claimed, and those that cannot be decided so, are left out and named.
        """
        about.update(kind=asked.verdict.says, state="tried" if asked.dry_run else "said")
        told = saying.bulk(asked, reviewer, key)
        about["count"] = told.meant
        return told

    @router.get(
        "/verdicts/{verdict_id}",
        tags=["verdicts"],
        summary="Follow a verdict",
        responses={200: examples.shown(examples.BECAME, "What became of it"), **answers(404, 422, 503)},
    )
    def follow(verdict_id: Annotated[str, Path(max_length=100)]) -> Became:
        """Verdicts of other tools are found by their verdict_id, too."""
        return saying.follow(verdict_id)

    return router
