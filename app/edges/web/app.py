"""The API as one application: routes, errors, counters, its description."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from fastapi import Depends, FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.middleware.trustedhost import TrustedHostMiddleware

from app import __version__
from app.access.same_site import LOOPBACK
from app.access.table import ROUTES
from app.edges.web import examples
from app.edges.web.door import COOKIE, Door
from app.edges.web.gate import FORM_TOKEN, Gate
from app.edges.web.limits import Limits
from app.edges.web.problems import MEDIA_TYPE, answers, install
from app.edges.web.room import Parts, Room
from app.edges.web.routes import routes
from app.edges.web.say import Saying
from app.edges.web.session_routes import session_routes
from app.edges.web.watch import Watch
from app.edges.web.who import admitted

_ABOUT: Final = """
Leads that are held for people: list, open, claim, decide, follow what became of it. Times are milliseconds since the epoch, UTC.

Who asks shows a token (`Authorization: Bearer`) or has a session (`POST /v1/session`); `x-needs` of each operation names the
permission that it needs. Who asks is who decides. Errors are `application/problem+json` (RFC 9457); tell them apart by `type`.
"""
_METHODS: Final = ("get", "post", "put", "delete")
_SCHEMES: Final = {
    "token": {"type": "http", "scheme": "bearer", "description": "Of `leadstream access token`."},
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": COOKIE,
        "description": "Of POST /v1/session; over TLS with `__Host-`.",
    },
    "form_token": {"type": "apiKey", "in": "header", "name": FORM_TOKEN.title(), "description": "Goes with writes of a session."},
}


def create(parts: Parts, door: Door, hosts: Sequence[str] = LOOPBACK) -> FastAPI:
    """The application.

    Args:
        door: Knows who asks.
        hosts: Names under which it may be asked: a page on the web that lets its own name point here is refused.
    """
    app = FastAPI(
        title="leadstream review",
        version=__version__,
        description=_ABOUT,
        docs_url=None,  # their pages load scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
        dependencies=[Depends(admitted)],
        generate_unique_id_function=lambda route: route.name,
    )
    app.include_router(session_routes(door))
    app.include_router(routes(Room(parts), Saying(parts)))
    install(app)
    app.add_middleware(Limits)  # the last one that is added is the first that a request meets
    app.add_middleware(Gate, application=app, door=door, hosts=hosts)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(hosts))
    app.add_middleware(Watch)
    app.openapi = lambda: _described(app)  # type: ignore[method-assign]
    return app


def _described(app: FastAPI) -> dict[str, Any]:
    """OpenAPI, with all errors as the problems that they are."""
    if app.openapi_schema is None:
        told = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        told["components"]["securitySchemes"] = _SCHEMES
        for path in told["paths"].values():
            for method in _METHODS:
                if method in path:
                    _guarded(method, path[method])
        for unused in ("HTTPValidationError", "ValidationError"):
            told["components"]["schemas"].pop(unused, None)
        app.openapi_schema = told
    return app.openapi_schema


def _guarded(method: str, told: dict[str, Any]) -> None:
    """What one operation needs, and how it says no."""
    need = ROUTES[told["operationId"]]
    session: dict[str, list[str]] = {"session": [], "form_token": []} if method != "get" else {"session": []}
    told["security"] = [] if need == "public" else [{"token": []}, session]
    told["x-needs"] = need
    common = {429} | (set() if need == "public" else {401, 403}) | ({413} if "requestBody" in told else set())
    for code, response in answers(*sorted(common)).items():
        told["responses"].setdefault(str(code), {"description": response["description"]})
    problem = {"schema": {"$ref": "#/components/schemas/Problem"}, "example": examples.PROBLEM}
    for code, response in told["responses"].items():
        if int(code) >= 400:
            response["content"] = {MEDIA_TYPE: problem}
