"""The API as one application: routes, errors, counters, its description."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from fastapi import FastAPI, Request, Response
from fastapi.openapi.utils import get_openapi
from starlette.middleware.trustedhost import TrustedHostMiddleware

from app import __version__
from app.edges.web import examples
from app.edges.web.problems import MEDIA_TYPE, install
from app.edges.web.room import Parts, Room
from app.edges.web.routes import routes
from app.edges.web.say import Saying
from app.ops import metrics_review as metrics

_ABOUT: Final = """
Leads that are held for people: list, open, claim, decide, follow what became of it. Times are milliseconds since the epoch, UTC.

Errors are `application/problem+json` (RFC 9457); tell them apart by `type`. Every write names its reviewer in the header
`Leadstream-Reviewer`.
"""
LOOPBACK: Final = ("127.0.0.1", "localhost", "[::1]", "::1")
_METHODS: Final = ("get", "post", "put", "delete")


def create(parts: Parts, hosts: Sequence[str] = LOOPBACK) -> FastAPI:
    """The application.

    Args:
        hosts: Names under which it may be asked: a page on the web that lets its own name point here is refused.
    """
    app = FastAPI(
        title="leadstream review",
        version=__version__,
        description=_ABOUT,
        docs_url=None,  # their pages load scripts from elsewhere
        redoc_url=None,
        generate_unique_id_function=lambda route: route.name,
    )
    app.include_router(routes(Room(parts), Saying(parts)))
    install(app)
    app.middleware("http")(_counted)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(hosts))
    app.openapi = lambda: _described(app)  # type: ignore[method-assign]
    return app


async def _counted(request: Request, answer: Callable[[Request], Awaitable[Response]]) -> Response:
    started, status = time.monotonic(), 500
    try:
        response = await answer(request)
        status = response.status_code
        response.headers["Cache-Control"] = "no-store"  # what is shown is personal data, or of this moment
        return response
    finally:
        route = getattr(request.scope.get("route"), "name", "unknown")
        metrics.requests.labels(route, str(status)).inc()
        metrics.seconds.labels(route).observe(time.monotonic() - started)


def _described(app: FastAPI) -> dict[str, Any]:
    """OpenAPI, with all errors as the problems that they are."""
    if app.openapi_schema is None:
        told = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        problem = {"schema": {"$ref": "#/components/schemas/Problem"}, "example": examples.PROBLEM}
        for path in told["paths"].values():
            for method in _METHODS:
                for code, response in path.get(method, {}).get("responses", {}).items():
                    if int(code) >= 400:
                        response["content"] = {MEDIA_TYPE: problem}
        for unused in ("HTTPValidationError", "ValidationError"):
            told["components"]["schemas"].pop(unused, None)
        app.openapi_schema = told
    return app.openapi_schema
