"""Errors as RFC 9457 has them (application/problem+json): what is wrong, what to do. They never hold values that were sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from app.errors import EdgeDown

MEDIA_TYPE: Final = "application/problem+json"
Kind = Literal[
    "not-found",
    "no-such-lead",
    "not-held",
    "not-kept",
    "claimed",
    "lease-lost",
    "in-progress",
    "other-verdict",
    "cannot-be-done",
    "invalid",
    "unknown-caller",
    "forbidden",
    "cross-site",
    "too-many",
    "too-large",
    "too-slow",
    "no-reviewer",
    "count-differs",
    "catching-up",
    "redis-away",
    "kafka-away",
    "internal",
]


class FieldProblem(BaseModel):
    """What is wrong with one part of the request."""

    field: str
    what: str


class Problem(BaseModel):
    """See RFC 9457. `type` is stable; tell errors apart by it."""

    type: str = Field(examples=["/problems/claimed"])
    title: str
    status: int
    detail: str = Field(description="What is wrong here, for a person.")
    todo: str = Field("", description="What to do about it.")
    code: str | None = Field(None, description="For cannot-be-done: the reason as `leadstream verdict` names it.")
    errors: list[FieldProblem] = []
    claimed_by: str | None = None
    claimed_until: int | None = Field(None, description="Milliseconds since the epoch, UTC.")


@dataclass
class ProblemError(Exception):
    """Answered as a problem.

    Attributes:
        more: Further members of `Problem`.
        headers: Of the answer.
    """

    kind: Kind
    status: int
    detail: str
    todo: str = ""
    more: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def answer(self) -> JSONResponse:
        title = self.kind.replace("-", " ").capitalize()
        told = Problem(
            type=f"/problems/{self.kind}", title=title, status=self.status, detail=self.detail, todo=self.todo, **self.more
        )
        return JSONResponse(told.model_dump(exclude_none=True), self.status, dict(self.headers), MEDIA_TYPE)


def answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For a route's `responses`: these statuses come as problems."""
    return {status: {"model": Problem, "description": _WORDS[status]} for status in statuses}


_WORDS: Final = {
    400: "A reviewer is named that cannot be one",
    401: "Nobody knows who asks, or they may not ask any more",
    403: "Their role may not do that, or somebody else's page asks",
    404: "Nobody knows such a one",
    409: "Somebody else has it, or it cannot be done as things stand",
    410: "Its record is older than the topics keep",
    413: "The request is too large",
    422: "The request is wrong",
    429: "Too many requests, or too many wrong passwords",
    503: "Kafka or Redis does not answer, or the queue is still being read",
}


def install(app: FastAPI) -> None:
    """Answer every error as a problem, those of the framework included."""

    @app.exception_handler(EdgeDown)
    def away(_: Request, down: EdgeDown) -> JSONResponse:
        todo = "bring it back; nothing is lost"
        return ProblemError("kafka-away", 503, str(down), todo, headers={"Retry-After": "5"}).answer()

    @app.exception_handler(ProblemError)
    def ours(_: Request, error: ProblemError) -> JSONResponse:
        return error.answer()

    @app.exception_handler(RequestValidationError)
    def invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        errors = [FieldProblem(field=".".join(map(str, one["loc"])), what=one["msg"]) for one in error.errors()]
        return ProblemError("invalid", 422, "the request does not fit", "see errors", {"errors": errors}).answer()

    @app.exception_handler(HTTPException)
    def framework(_: Request, error: HTTPException) -> JSONResponse:
        kind: Kind = "not-found" if error.status_code == 404 else "invalid"
        return ProblemError(kind, error.status_code, str(error.detail), "see /openapi.json", headers=error.headers or {}).answer()
