"""Sessions of people: log in, who am I, log out."""

from __future__ import annotations

import math
from typing import Annotated

import structlog
from fastapi import APIRouter, Request, Response, status
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from app.access import sessions
from app.access.principals import Principal
from app.access.same_site import LOOPBACK
from app.access.sessions import Session
from app.access.table import ROLES, Permission, Role
from app.access.throttle import network
from app.edges.web.door import COOKIE, HOST_COOKIE, Door, How, session_cookie
from app.edges.web.gate import too_many, unknown
from app.edges.web.logins import Logins
from app.edges.web.problems import ProblemError, answers
from app.edges.web.who import Asking
from app.errors import EdgeDown
from app.ops.metrics_access import logins

log = structlog.get_logger(__name__)


class LogIn(BaseModel):
    """What a person knows."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(max_length=64, examples=["sales-3"])
    password: Annotated[SecretStr, Field(max_length=512)]


class Known(BaseModel):
    """Who asks, and what they may do."""

    id: str
    role: Role
    permissions: list[Permission]
    how: How = Field(description="How it is known.")
    form_token: str | None = Field(None, description="For Leadstream-Form-Token: goes with each write. null: none is needed.")


def session_routes(door: Door) -> APIRouter:
    """All of them."""
    router, tries = APIRouter(prefix="/v1/session", tags=["session"]), Logins(door)

    @router.post("", summary="Log in", responses=answers(401, 403, 422, 429, 503))
    def log_in(asked: LogIn, request: Request, response: Response) -> Known:
        """For people. A new session, whatever was there before; its cookie comes with the answer. Unused, it ends."""
        address = network(request.client.host if request.client else "")
        if wait_s := tries.wait(asked.id, address):
            logins.labels("held_up").inc()
            raise too_many(wait_s)
        try:
            found = tries.log_in(asked.id, asked.password.get_secret_value(), address)
        except TimeoutError:
            raise too_many(Logins.WAIT_S) from None
        if found is None:
            logins.labels("failed").inc()
            known = asked.id if asked.id in door.who().by_id else None  # whatever else was typed may be anything
            log.warning("login_failed", principal=known)
            raise unknown()
        _end(door, request)
        logins.labels("worked").inc()
        principal, session = found
        log.info("login", principal=principal.id)
        _give(door, request, response, session)
        return _known(door, principal, session)

    @router.get("", summary="Who am I?", responses=answers(401, 422, 503))
    def who_am_i(asking: Asking) -> Known:
        """And what may I do?"""
        allowed = sorted(ROLES[asking.role])
        return Known(id=asking.id, role=asking.role, permissions=allowed, how=asking.how, form_token=asking.form_token)

    @router.delete("", summary="Log out", status_code=status.HTTP_204_NO_CONTENT, responses=answers(401, 403, 422, 503))
    def log_out(asking: Asking, request: Request, response: Response) -> None:
        """The session ends everywhere, at once."""
        for name in (COOKIE, HOST_COOKIE):
            response.delete_cookie(name, path="/", secure=name == HOST_COOKIE, httponly=True, samesite="strict")
        if asking.session is None:
            return
        log.info("logout", principal=asking.id)
        try:
            door.standing.end(sessions.known_as(asking.session.sid))
        except EdgeDown as down:
            todo = "log out again once Redis is back; else the session ends elsewhere when nobody uses it"
            raise ProblemError("redis-away", 503, str(down), todo, headers={"Retry-After": "5"}) from down

    return router


def _known(door: Door, principal: Principal, session: Session) -> Known:
    token = sessions.form_token(session.sid, door.keys.forms)
    allowed = sorted(ROLES[principal.role])
    return Known(id=principal.id, role=principal.role, permissions=allowed, how="session", form_token=token)


def _give(door: Door, request: Request, response: Response, session: Session) -> None:
    local = request.url.scheme == "http" and (request.url.hostname or "") in LOOPBACK
    longest_s = math.floor(door.longest_ms / 1000)
    response.set_cookie(
        COOKIE if local else HOST_COOKIE,
        sessions.sealed(session, door.keys.sessions),
        max_age=longest_s,
        path="/",
        secure=not local,
        httponly=True,
        samesite="strict",
    )


def _end(door: Door, request: Request) -> None:
    """The session that the browser brought, if it brought one: whoever planted it has nothing of the new one."""
    cookie = session_cookie(request.headers)
    before = None if cookie is None else sessions.opened(cookie, door.keys.sessions, door.now_ms(), door.longest_ms)
    if before is not None:
        try:
            door.standing.end(sessions.known_as(before.sid))
        except EdgeDown:
            return
