"""The gate before all routes: who asks, may they, and is it them who ask and not somebody else's page.

It stands before anything of a request but its headers is read, and knows each route by its name: one that the table of access
(app/access/table.py) does not have is served to nobody.
"""

from __future__ import annotations

import asyncio
import hmac
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import structlog
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.routing import Mount, compile_path
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.access.same_site import LOOPBACK, SAFE, cross_site
from app.access.table import AUDITED, ROUTES, Need, may
from app.access.throttle import Buckets, network
from app.edges.web.door import Caller, Door, Unknown
from app.edges.web.problems import ProblemError
from app.ops.metrics_access import refused
from app.review.saying import LEAD_ID

FORM_TOKEN: Final = "leadstream-form-token"  # noqa: S105  a header
_LEAD: Final = re.compile(LEAD_ID)
_BURST_S: Final = 10.0
_ADDRESS_RATE: Final = 4.0  # one address may send as much as so many principals
_WRONG: Final = (1.0, 30.0)  # requests of one address that show something wrong: per second, and at once

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Way:
    """A route as the gate knows it."""

    name: str
    methods: frozenset[str] | None
    path: re.Pattern[str]

    @property
    def need(self) -> Need | None:
        return ROUTES.get(self.name)


def ways(application: FastAPI) -> Iterator[Way]:
    """All routes there are, as they are tried."""
    for one in iter_route_contexts(application.routes):
        route: Any = one
        mounted = isinstance(getattr(one, "original_route", None) or one, Mount)
        path = f"{route.path}/{{rest:path}}" if mounted else route.path
        yield Way(route.name or "", frozenset(route.methods) if route.methods else None, compile_path(path)[0])


class Gate:
    """See the module.

    Args:
        application: Whose routes they are.
        hosts: Names under which we may be asked.
    """

    def __init__(self, app: ASGIApp, application: FastAPI, door: Door, hosts: Collection[str]) -> None:
        self._app, self._application, self._door = app, application, door
        self._hosts = frozenset(hosts) - frozenset(LOOPBACK)  # there, any port may be anybody's
        rate = door.settings.rate
        self._of_principal = Buckets(rate, rate * _BURST_S)
        self._of_address = Buckets(rate * _ADDRESS_RATE, rate * _ADDRESS_RATE * _BURST_S)
        self._wrong = Buckets(*_WRONG)
        self._ways: Sequence[Way] = ()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":  # the start and the end of the server
            await self._app(scope, receive, send)
            return
        way, lead = self._way(scope)
        state = scope.setdefault("state", {})
        state["way"] = "unknown" if way is None else way.name
        try:
            state["caller"] = caller = await self._let_in(scope, way)
        except ProblemError as no:
            await no.answer()(scope, receive, send)
            return
        if way is None or caller is None or way.need not in AUDITED:
            await self._app(scope, receive, send)
        else:
            await self._audited(scope, receive, send, caller, lead)

    async def _let_in(self, scope: Scope, way: Way | None) -> Caller | None:
        """Who asks; None where nobody is asked.

        Raises:
            ProblemError: They may not.
        """
        headers, now_s = Headers(scope=scope), self._door.clock()
        client = scope.get("client")
        address = network(client[0] if client else "")
        self._wait(self._of_address, address, now_s)
        if way is not None and way.need == "public":
            if scope["method"] not in SAFE:
                self._same_site(headers)
            return None
        try:
            caller = await self._caller(headers)
        except Unknown as who:
            refused.labels(who.why).inc()
            if who.why != "anonymous":
                self._wait(self._wrong, address, now_s)  # before the log is written to
                log.warning("api_unknown", reason=who.why, principal=who.principal, action=scope["state"]["way"])
            raise unknown() from None
        self._wait(self._of_principal, caller.id, now_s)
        if caller.form_token is not None and scope["method"] not in SAFE:
            self._same_site(headers)
            self._form_token(headers, caller.form_token)
        if way is None:
            return caller  # to be told that there is no such thing
        if way.need is None or not may(caller.role, way.need):
            refused.labels("forbidden").inc()
            log.warning("api_forbidden", principal=caller.id, role=caller.role, action=way.name)
            raise forbidden(caller, way.need)
        return caller

    async def _caller(self, headers: Headers) -> Caller:
        if "cookie" in headers:  # Redis is asked
            return await run_in_threadpool(self._door.caller, headers)
        return self._door.caller(headers)

    async def _audited(self, scope: Scope, receive: Receive, send: Send, caller: Caller, lead: str | None) -> None:
        """Every write and every view of personal data is written down: who, what, of which lead, and how it ended."""
        about: dict[str, Any] = {"lead_id": lead}
        scope["state"]["about"] = about
        status = 0

        async def told(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, told)
        except asyncio.CancelledError:
            raise
        finally:
            log.info("api_audit", principal=caller.id, mode=caller.how, action=scope["state"]["way"], code=status, **about)

    def _way(self, scope: Scope) -> tuple[Way | None, str | None]:
        """The route that is meant, and the lead in its path."""
        if not self._ways:
            self._ways = tuple(ways(self._application))
        for way in self._ways:
            if (way.methods is None or scope["method"] in way.methods) and (found := way.path.match(scope["path"])):
                lead = found.groupdict().get("lead_id")
                return way, lead if lead is not None and _LEAD.fullmatch(lead) else None
        return None, None

    def _wait(self, buckets: Buckets, key: str, now_s: float) -> None:
        wait_s = buckets.take(key, now_s)
        if wait_s:
            refused.labels("too_many").inc()
            raise too_many(wait_s)

    def _same_site(self, headers: Headers) -> None:
        site, origin, host = headers.get("sec-fetch-site"), headers.get("origin"), headers.get("host", "")
        if cross_site(site, origin, host, self._hosts):
            refused.labels("cross_site").inc()
            raise ProblemError("cross-site", 403, "the request comes from another site's page", "ask from a page of ours")

    def _form_token(self, headers: Headers, wanted: str) -> None:
        shown = headers.get(FORM_TOKEN, "")
        if not hmac.compare_digest(shown.encode("latin-1", "replace"), wanted.encode()):
            refused.labels("form_token").inc()
            todo = "send what GET /v1/session tells as form_token in the header Leadstream-Form-Token"
            raise ProblemError("cross-site", 403, "a write needs the token of its session", todo)


def unknown() -> ProblemError:
    """The same whatever was wrong."""
    todo = "show a token (Authorization: Bearer …), or log in: POST /v1/session; docs/access.md"
    return ProblemError("unknown-caller", 401, "nobody knows who asks", todo, headers={"WWW-Authenticate": "Bearer"})


def forbidden(caller: Caller, need: Need | None) -> ProblemError:
    """By the route alone, before anybody looks whether what is asked for exists: it says nothing of ids."""
    todo = "ask whoever keeps the access file for another role"
    return ProblemError("forbidden", 403, f"a {caller.role} may not do that: it needs {need or 'what nobody has'}", todo)


def too_many(wait_s: float) -> ProblemError:
    """Ask again later."""
    seconds = str(max(1, int(wait_s + 0.999)))
    return ProblemError("too-many", 429, "too many requests", "ask again after Retry-After", headers={"Retry-After": seconds})
